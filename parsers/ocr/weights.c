#include "weights.h"

#include "own.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MAX_CHANNELS 1024
#define MAX_KERNEL   16
#define MAX_FILE     (64 * MIB)

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t
u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

static size_t
utf8_length(uint8_t lead)
{
	return lead < 0x80                   ? 1
	       : lead >= 0xc2 && lead < 0xe0 ? 2
	       : lead >= 0xe0 && lead < 0xf0 ? 3
	       : lead >= 0xf0 && lead < 0xf5 ? 4
	                                     : 0;
}

static enum err
parse_alphabet(const uint8_t *p, size_t n, struct weights *w, struct why *why)
{
	size_t at = 0;
	for (int32_t c = 1; c < w->classes; c++) {
		size_t len = at < n ? utf8_length(p[at]) : 0;
		if (len == 0 || len > n - at)
			return fail(why, ERR_MODEL_UNAVAILABLE,
			            "reader weights: character %d of the alphabet", c);
		for (size_t i = 0; i < len; i++)
			w->alphabet[c][i] = (char)p[at + i];
		at += len;
	}
	return at == n ? ERR_NONE
	               : fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the alphabet is too long");
}

static bool
within(uint32_t v, uint32_t low, uint32_t high)
{
	return v >= low && v <= high;
}

/* `count` numbers of 4 bytes at `offset`, wholly inside the file and aligned. */
static const void *
numbers(const uint8_t *p, size_t n, uint64_t first, uint64_t offset, uint64_t count)
{
	if (offset < first || offset % 64 || offset > n || count > (n - offset) / sizeof(float))
		return NULL;
	return p + offset;
}

static enum err
parse_layer(const uint8_t *p, size_t n, uint64_t first, const uint8_t *at, struct weights *w, struct why *why)
{
	int32_t i = w->n_layers;
	struct layer *l = &w->layers[i];
	uint32_t f[11];
	for (size_t k = 0; k < ARRAY_LEN(f); k++)
		f[k] = u32(at + 4 * k);
	if (!within(f[0], LAYER_CONV, LAYER_DEPTHWISE) || !within(f[1], 1, MAX_CHANNELS) ||
	    !within(f[2], 1, MAX_CHANNELS) || f[2] % PANEL || !within(f[3], 1, MAX_KERNEL) ||
	    !within(f[4], 1, MAX_KERNEL) || !within(f[5], 1, 2) || !within(f[6], 1, 2) ||
	    !within(f[7], 0, f[3] - 1) || !within(f[8], 0, f[4] - 1) || f[9] > (uint32_t)i || f[10] > 1)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: layer %d is out of bounds", i);
	*l = (struct layer){
	    .kind = (enum layer_kind)f[0],
	    .in = (int32_t)f[1],
	    .out = (int32_t)f[2],
	    .rows = (int32_t)f[3],
	    .columns = (int32_t)f[4],
	    .step_y = (int32_t)f[5],
	    .step_x = (int32_t)f[6],
	    .pad_y = (int32_t)f[7],
	    .pad_x = (int32_t)f[8],
	    .add = (int32_t)f[9] - 1,
	    .rectify = f[10] != 0,
	};
	bool conv = l->kind == LAYER_CONV;
	uint64_t count = conv ? f[3] * (((uint64_t)f[4] * f[1] + 1) / 2) * f[2] : (uint64_t)f[4] * f[2];
	const void *weights = numbers(p, n, first, u64(at + 44), count);
	l->pairs = conv ? weights : NULL;
	l->taps = conv ? NULL : weights;
	l->bias = numbers(p, n, first, u64(at + 52), f[2]);
	if (!weights || !l->bias)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: layer %d lies outside the file", i);

	int32_t in = i ? w->layers[i - 1].out : 1;
	int32_t in_rows = i ? w->layers[i - 1].out_rows : w->rows;
	bool square = l->kind != LAYER_DEPTHWISE || (l->in == l->out && l->rows == 1 && l->step_x == 1 &&
	                                             l->step_y == 1 && l->add < 0 && !l->rectify);
	int32_t span = in_rows + 2 * l->pad_y - l->rows;
	if (l->in != in || !square || span < 0)
		return fail(why, ERR_MODEL_UNAVAILABLE,
		            "reader weights: layer %d does not follow from the one before", i);
	l->out_rows = span / l->step_y + 1;
	return ERR_NONE;
}

/* How many columns of the picture make one column of layer i's output. */
static int32_t
columns_per_step(const struct weights *w, int32_t i)
{
	int32_t s = 1;
	for (int32_t k = 0; k <= i; k++)
		s *= w->layers[k].step_x;
	return s;
}

/* What is added must have the shape of what it is added to; every layer keeps the width but for its
 * step. A kernel wider than 2 * pad + 1 would lose columns and is refused. */
static enum err
check_shapes(const struct weights *w, struct why *why)
{
	for (int32_t i = 0; i < w->n_layers; i++) {
		const struct layer *l = &w->layers[i];
		if (l->columns != 2 * l->pad_x + 1)
			return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: layer %d changes the width",
			            i);
		if (l->add < 0)
			continue;
		const struct layer *a = &w->layers[l->add];
		if (l->add >= i || a->out != l->out || a->out_rows != l->out_rows ||
		    columns_per_step(w, l->add) != columns_per_step(w, i))
			return fail(why, ERR_MODEL_UNAVAILABLE,
			            "reader weights: layer %d adds what does not fit", i);
	}
	const struct layer *last = &w->layers[w->n_layers - 1];
	if (last->out_rows != 1 || last->out < w->classes || columns_per_step(w, w->n_layers - 1) > 16)
		return fail(why, ERR_MODEL_UNAVAILABLE,
		            "reader weights: the last layer is not one row of classes");
	return ERR_NONE;
}

static enum err
parse_language(const uint8_t *p, size_t n, uint64_t first, struct weights *w, struct why *why)
{
	uint64_t at = u64(p + 96), slots = u64(p + 104);
	if (slots == 0)
		return ERR_NONE;
	if (at < first || at % 64 || at > n || slots > (n - at) / sizeof(uint64_t) || (slots & (slots - 1)))
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the language lies outside the file");
	w->language = (struct language){(const uint64_t *)(const void *)(p + at), slots};
	return ERR_NONE;
}

enum err
weights_parse(const uint8_t *p, size_t n, struct weights *ret, struct why *why)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	if (n < WEIGHTS_HEAD || memcmp(p, WEIGHTS_MAGIC, 8) != 0)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: not a file of weights");
	crypto_hash_sha256(digest, p + 64, n - 64);
	if (memcmp(digest, p + 32, sizeof digest) != 0)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the digest does not match");

	struct weights w = {.size = n};
	memcpy(w.version, p + 8, 24);
	uint32_t rows = u32(p + 64), classes = u32(p + 68), letters = u32(p + 72), layers = u32(p + 76);
	uint64_t first = u64(p + 80), size = u64(p + 88);
	uint64_t symbols = (WEIGHTS_HEAD + (uint64_t)letters + 63) / 64 * 64;
	uint64_t table = (symbols + classes + 63) / 64 * 64;
	if (!within(rows, 8, 128) || !within(classes, 2, WEIGHTS_MAX_CLASSES) ||
	    !within(layers, 1, WEIGHTS_MAX_LAYERS) || letters > 4 * WEIGHTS_MAX_CLASSES || size != n ||
	    first > n)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the head is out of bounds");
	if (table + (uint64_t)layers * WEIGHTS_LAYER_SIZE > first)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the layers run into the numbers");
	w.rows = (int32_t)rows;
	w.classes = (int32_t)classes;
	TRY(parse_alphabet(p + WEIGHTS_HEAD, letters, &w, why));
	w.symbol = p + symbols;
	TRY(parse_language(p, n, first, &w, why));
	for (; w.n_layers < (int32_t)layers; w.n_layers++)
		TRY(parse_layer(p, n, first, p + table + (size_t)w.n_layers * WEIGHTS_LAYER_SIZE, &w, why));
	TRY(check_shapes(&w, why));
	*ret = w;
	return ERR_NONE;
}

enum err
weights_map(const char *path, struct weights *ret, struct why *why)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(why, ERR_MODEL_UNAVAILABLE, "reader weights %s", path);
	if (st.st_size < WEIGHTS_HEAD || (uint64_t)st.st_size > MAX_FILE)
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights %s: %lld bytes", path,
		            (long long)st.st_size);
	size_t n = (size_t)st.st_size;
	uint8_t *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return fail_errno(why, ERR_MODEL_UNAVAILABLE, "reader weights %s", path);
	enum err e = weights_parse(p, n, ret, why);
	if (e != ERR_NONE)
		munmap(p, n);
	else
		ret->map = p;
	return e;
}

void
weights_release(struct weights *w)
{
	if (w->map)
		munmap((void *)(uintptr_t)w->map, w->size);
	w->map = NULL;
}
