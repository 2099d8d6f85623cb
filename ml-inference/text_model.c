#include "text_model.h"

#include "own.h"
#include "text.h"

#include <math.h>

#define TEXT_MAX_PIECES 60000 /* of one text; longer ones are cut */

struct collector {
	struct piece *p;
	size_t n, cap;
};

static uint32_t
fnv(const char *s, size_t n, uint32_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h ^ (h >> 15);
}

static void
collect(struct collector *c, uint32_t bucket)
{
	if (c->n < c->cap)
		c->p[c->n++] = (struct piece){bucket, 1.0f};
}

/* Character 2-, 3- and 4-grams of " word ", counted in letters rather than bytes. */
static void
collect_grams(struct collector *c, const char *w, size_t n)
{
	char b[256];
	uint16_t at[256];
	if (n > sizeof b - 3)
		n = sizeof b - 3;
	b[0] = ' ';
	memcpy(b + 1, w, n);
	b[n + 1] = ' ';
	size_t len = n + 2, letters = 0;
	for (size_t i = 0, k; i < len && letters < ARRAY_LEN(at) - 1; i += k) {
		at[letters++] = (uint16_t)i;
		text_decode(b + i, len - i, &k);
	}
	at[letters] = (uint16_t)len;
	for (size_t g = 2; g <= 4; g++)
		for (size_t i = 0; i + g <= letters; i++)
			collect(c,
			        fnv(b + at[i], (size_t)(at[i + g] - at[i]), 2166136261u) % TEXT_CHAR_BUCKETS);
}

/* By bucket: a few are put in place one by one, many in two rounds of a byte each. */
#define FEW 24

static void
sort_buckets(struct piece *p, struct piece *room, size_t n)
{
	if (n < FEW) {
		for (size_t i = 1; i < n; i++) {
			struct piece x = p[i];
			size_t j = i;
			for (; j > 0 && p[j - 1].bucket > x.bucket; j--)
				p[j] = p[j - 1];
			p[j] = x;
		}
		return;
	}
	_Static_assert(TEXT_BUCKETS <= 1 << 16, "two bytes hold a bucket");
	for (int shift = 0; shift < 16; shift += 8) {
		size_t at[257] = {0};
		for (size_t i = 0; i < n; i++)
			at[(p[i].bucket >> shift & 0xFF) + 1]++;
		for (int b = 0; b < 256; b++)
			at[b + 1] += at[b];
		for (size_t i = 0; i < n; i++)
			room[at[p[i].bucket >> shift & 0xFF]++] = p[i];
		memcpy(p, room, n * sizeof *p);
	}
}

/* Equal buckets become one, and the vector gets unit length. `room` holds as many again. */
static size_t
fold(struct piece *p, struct piece *room, size_t n)
{
	sort_buckets(p, room, n);
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (m > 0 && p[m - 1].bucket == p[i].bucket)
			p[m - 1].value += 1.0f;
		else
			p[m++] = p[i];
	}
	double sum = 0;
	for (size_t i = 0; i < m; i++)
		sum += (double)p[i].value * p[i].value;
	float scale = sum > 0 ? (float)(1.0 / sqrt(sum)) : 0;
	for (size_t i = 0; i < m; i++)
		p[i].value *= scale;
	return m;
}

enum err
text_pieces(const char *s, size_t n, struct arena *mem, struct pieces *ret, struct why *why)
{
	size_t most = 6 * n + 16;
	if (most > TEXT_MAX_PIECES)
		most = TEXT_MAX_PIECES;
	OWNED(mem_free) struct piece *room = malloc(2 * most * sizeof *room);
	if (!room)
		return fail(why, ERR_BROKEN, "no memory for the pieces of a text");
	/* words from the end of the room, so that grams cannot crowd them out */
	struct collector grams = {room, 0, most * 2 / 3};
	struct collector words = {room + grams.cap, 0, most - grams.cap};
	uint32_t last = 0;
	bool first = true;
	for (size_t i = 0; i < n;) {
		while (i < n && s[i] == ' ')
			i++;
		size_t start = i;
		while (i < n && s[i] != ' ')
			i++;
		if (i == start)
			break;
		collect_grams(&grams, s + start, i - start);
		uint32_t h = fnv(s + start, i - start, 0x9747b28cu);
		collect(&words, TEXT_CHAR_BUCKETS + h % TEXT_WORD_BUCKETS);
		if (!first)
			collect(&words, TEXT_CHAR_BUCKETS + ((last * 31u) ^ h) % TEXT_WORD_BUCKETS);
		last = h;
		first = false;
	}
	grams.n = fold(grams.p, room + most, grams.n);
	words.n = fold(words.p, room + most, words.n);
	struct piece *p;
	ARENA_TRY(p, arena_array(mem, grams.n + words.n + 1, sizeof *p), mem, why);
	memcpy(p, grams.p, grams.n * sizeof *p);
	memcpy(p + grams.n, words.p, words.n * sizeof *p);
	*ret = (struct pieces){p, grams.n + words.n};
	return ERR_NONE;
}

void
text_model_free(struct text_model *m)
{
	free(m->weights);
	m->weights = NULL;
	m->n_classes = 0;
}

void
text_model_apply(const struct text_model *m, const struct pieces *x, float *ret)
{
	uint32_t k = m->n_classes;
	const float *bias = m->weights + (size_t)TEXT_BUCKETS * k;
	memcpy(ret, bias, k * sizeof *ret);
	for (size_t i = 0; i < x->n; i++) {
		const float *w = m->weights + (size_t)x->p[i].bucket * k;
		for (uint32_t c = 0; c < k; c++)
			ret[c] += w[c] * x->p[i].value;
	}
	float top = ret[0], sum = 0;
	for (uint32_t c = 1; c < k; c++)
		top = fmaxf(top, ret[c]);
	for (uint32_t c = 0; c < k; c++)
		sum += ret[c] = expf(ret[c] - top);
	for (uint32_t c = 0; c < k; c++)
		ret[c] /= sum;
}

/* ---- the file ---- */

#define TEXT_MODEL_MAGIC   "DKTM"
#define TEXT_MODEL_VERSION 1

static uint16_t
to_bfloat(float f)
{
	uint32_t u;
	memcpy(&u, &f, sizeof u);
	return (uint16_t)((u + 0x7FFF + ((u >> 16) & 1)) >> 16);
}

static float
from_bfloat(uint16_t b)
{
	uint32_t u = (uint32_t)b << 16;
	float f;
	memcpy(&f, &u, sizeof f);
	return f;
}

void
text_model_round(struct text_model *m)
{
	for (size_t i = 0; i < (size_t)(TEXT_BUCKETS + 1) * m->n_classes; i++)
		m->weights[i] = from_bfloat(to_bfloat(m->weights[i]));
}

enum err
text_model_read(const char *bytes, size_t n, struct text_model *ret, struct why *why)
{
	uint8_t head[8];
	if (n < sizeof head || memcmp(bytes, TEXT_MODEL_MAGIC, 4) != 0)
		return fail(why, ERR_SCHEMA, "not a text model");
	memcpy(head, bytes, sizeof head);
	uint32_t k = head[5];
	if (head[4] != TEXT_MODEL_VERSION || k < 2 || k > TEXT_MAX_CLASSES)
		return fail(why, ERR_SCHEMA, "a text model of version %u with %u classes", head[4], k);
	size_t count = (size_t)(TEXT_BUCKETS + 1) * k;
	if (n != sizeof head + count * 2)
		return fail(why, ERR_SCHEMA, "a text model of %zu bytes, expected %zu", n,
		            sizeof head + count * 2);
	float *w = malloc(count * sizeof *w);
	if (!w)
		return fail(why, ERR_BROKEN, "no memory for a text model");
	const uint8_t *p = (const uint8_t *)bytes + sizeof head;
	for (size_t i = 0; i < count; i++)
		w[i] = from_bfloat((uint16_t)(p[2 * i] | p[2 * i + 1] << 8));
	*ret = (struct text_model){k, w};
	return ERR_NONE;
}

enum err
text_model_write(const struct text_model *m, const char *path, struct why *why)
{
	OWNED(file_close) FILE *f = fopen(path, "wb");
	if (!f)
		return fail_errno(why, ERR_BROKEN, "cannot write %s", path);
	uint8_t head[8] = {'D', 'K', 'T', 'M', TEXT_MODEL_VERSION, (uint8_t)m->n_classes, 0, 0};
	fwrite(head, 1, sizeof head, f);
	for (size_t i = 0; i < (size_t)(TEXT_BUCKETS + 1) * m->n_classes; i++) {
		uint16_t b = to_bfloat(m->weights[i]);
		uint8_t le[2] = {(uint8_t)b, (uint8_t)(b >> 8)};
		fwrite(le, 1, 2, f);
	}
	if (ferror(f) || fflush(f) != 0)
		return fail_errno(why, ERR_BROKEN, "cannot write %s", path);
	return ERR_NONE;
}

/* ---- training ---- */

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static void
step(float *w, float *g2, float grad)
{
	*g2 += grad * grad;
	*w -= 0.5f * grad / (sqrtf(*g2) + 1e-4f);
}

void
text_model_fit(struct text_model *m, uint32_t n_classes, const struct text_example *ex, size_t n,
               uint32_t epochs, float l2, uint64_t seed)
{
	size_t count = (size_t)(TEXT_BUCKETS + 1) * n_classes;
	m->n_classes = n_classes;
	m->weights = calloc(count, sizeof *m->weights);
	OWNED(mem_free) float *g2 = calloc(count, sizeof *g2);
	OWNED(mem_free) uint32_t *order = calloc(n ? n : 1, sizeof *order);
	if (!m->weights || !g2 || !order)
		BUG("no memory to train a text model");
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	for (uint32_t e = 0; e < epochs; e++) {
		for (size_t i = n; i > 1; i--) {
			size_t j = next_random(&seed) % i;
			uint32_t t = order[i - 1];
			order[i - 1] = order[j];
			order[j] = t;
		}
		for (size_t i = 0; i < n; i++) {
			const struct text_example *x = &ex[order[i]];
			float p[TEXT_MAX_CLASSES];
			text_model_apply(m, &x->x, p);
			p[x->label] -= 1.0f;
			float *bias = m->weights + (size_t)TEXT_BUCKETS * n_classes;
			float *bias2 = g2 + (size_t)TEXT_BUCKETS * n_classes;
			for (uint32_t c = 0; c < n_classes; c++) {
				float d = p[c] * x->weight;
				for (size_t k = 0; k < x->x.n; k++) {
					size_t at = (size_t)x->x.p[k].bucket * n_classes + c;
					step(&m->weights[at], &g2[at],
					     d * x->x.p[k].value + l2 * m->weights[at]);
				}
				step(&bias[c], &bias2[c], d);
			}
		}
	}
}
