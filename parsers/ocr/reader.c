#include "reader.h"

#include "clock.h"
#include "crop.h"
#include "decode.h"
#include "finder.h"
#include "net.h"
#include "search.h"

#include <math.h>

#define INK        0.35F /* of the darkest: a column with less is between letters */
#define MOST_WORDS 50000

struct reader {
	struct weights weights;
	const struct kernels *kernels;
};

enum err
reader_open(const char *path, struct reader **ret, struct why *why)
{
	struct weights w;
	TRY(weights_map(path, &w, why));
	struct reader *r = calloc(1, sizeof *r);
	if (!r)
		BUG("no memory for a reader");
	*r = (struct reader){w, kernels_choose()};
	*ret = r;
	return ERR_NONE;
}

enum err
reader_open_bytes(const void *p, size_t n, struct reader **ret, struct why *why)
{
	struct weights w;
	TRY(weights_parse(p, n, &w, why));
	struct reader *r = calloc(1, sizeof *r);
	if (!r)
		BUG("no memory for a reader");
	*r = (struct reader){w, kernels_choose()};
	*ret = r;
	return ERR_NONE;
}

void
reader_close(struct reader **r)
{
	if (!*r)
		return;
	weights_release(&(*r)->weights);
	free(*r);
	*r = NULL;
}

const char *
reader_version(const struct reader *r)
{
	return r->weights.version;
}

const char *
reader_sha256(const struct reader *r)
{
	return r->weights.sha256;
}

const char *
reader_kernels(const struct reader *r)
{
	return r->kernels->name;
}

/* What reading a page needs beside the answer; made once, for its widest line. */
struct desk {
	const struct reader *reader;
	const struct reader_page *page;
	struct arena *mem;
	struct net_run net;
	struct search search;
	uint8_t *grey;
	struct letter *letters;
	float *ink; /* the darkest of each column of the line in hand */
	struct reader_text *text;
	size_t cap;
	int32_t script; /* of the page so far */
};

static void
desk_clear(struct desk *d)
{
	net_run_release(&d->net);
	search_release(&d->search);
	free(d->grey);
	free(d->letters);
	free(d->ink);
}

static enum err
room_for_word(struct desk *d, struct why *why)
{
	struct reader_text *t = d->text;
	if (t->n < d->cap)
		return ERR_NONE;
	size_t cap = d->cap ? 2 * d->cap : 256;
	if (cap > MOST_WORDS)
		return fail(why, ERR_TOO_BIG, "over %d words on a page", MOST_WORDS);
	struct reader_word *words;
	ARENA_TRY(words, arena_array(d->mem, cap, sizeof *words), d->mem, why);
	if (t->n)
		memcpy(words, t->words, t->n * sizeof *words);
	t->words = words;
	d->cap = cap;
	return ERR_NONE;
}

/* The word's span in columns of the crop: half a letter around its outer letters, then in to the ink. */
static void
span_of(const struct desk *d, const struct letter *l, size_t n, float before, float after, int32_t columns,
        float *ret_a, float *ret_b)
{
	float step = 4, pitch = 14;
	float first = ((float)(l[0].first + l[0].last + 1) / 2) * step;
	float last = ((float)(l[n - 1].first + l[n - 1].last + 1) / 2) * step;
	if (n > 1)
		pitch = (last - first) / (float)(n - 1);
	float a = fmaxf(first - .9F * pitch, before), b = fminf(last + .9F * pitch, after);
	while (a + 1 < first && d->ink[(int32_t)a] < INK)
		a++;
	while (b - 1 > last && d->ink[(int32_t)fminf(b - 1, (float)(columns - 1))] < INK)
		b--;
	*ret_a = a;
	*ret_b = b;
}

static float
confidence_of(const struct letter *l, size_t n)
{
	float least = 1, sum = 0;
	for (size_t i = 0; i < n; i++) {
		least = fminf(least, l[i].confidence);
		sum += l[i].confidence;
	}
	return sqrtf(least * sum / (float)n);
}

static enum err
add_word(struct desk *d, const struct found_line *line, const struct letter *l, size_t n, float a, float b,
         int32_t columns, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	TRY(room_for_word(d, why));
	char *text;
	ARENA_TRY(text, arena_alloc(d->mem, 4 * n + 1), d->mem, why);
	size_t at = 0;
	for (size_t i = 0; i < n; i++)
		for (const char *c = w->alphabet[l[i].class]; *c; c++)
			text[at++] = *c;
	float side = CROP_MARGIN_X * line->height, scale = (line->length + 2 * side) / (float)columns;
	float c = cosf(line->angle), s = sinf(line->angle), u0 = a * scale - side, u1 = b * scale - side;
	float x[4] = {u0 * c, u1 * c, u1 * c - line->height * s, u0 * c - line->height * s};
	float y[4] = {u0 * s, u1 * s, u1 * s + line->height * c, u0 * s + line->height * c};
	struct reader_word word = {text, confidence_of(l, n), 1e9F, 1e9F, -1e9F, -1e9F, d->text->lines};
	for (size_t i = 0; i < 4; i++) {
		word.x0 = fminf(word.x0, x[i] + line->x);
		word.x1 = fmaxf(word.x1, x[i] + line->x);
		word.y0 = fminf(word.y0, y[i] + line->y);
		word.y1 = fmaxf(word.y1, y[i] + line->y);
	}
	word.x0 = fmaxf(0, fminf(word.x0, (float)d->page->width - 1));
	word.y0 = fmaxf(0, fminf(word.y0, (float)d->page->height - 1));
	word.x1 = fmaxf(word.x0 + 1, fminf(word.x1, (float)d->page->width));
	word.y1 = fmaxf(word.y0 + 1, fminf(word.y1, (float)d->page->height));
	d->text->words[d->text->n++] = word;
	return ERR_NONE;
}

static enum err
add_words(struct desk *d, const struct found_line *line, size_t n, int32_t columns, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	size_t was = d->text->n;
	for (size_t i = 0, j; i < n; i = j + 1) {
		for (j = i; j < n && !decode_is_space(w, &d->letters[j]); j++)
			;
		if (j == i)
			continue;
		float before =
		    i ? ((float)(d->letters[i - 1].first + d->letters[i - 1].last + 1) / 2) * 4 : 0;
		float after =
		    j < n ? ((float)(d->letters[j].first + d->letters[j].last + 1) / 2) * 4 : (float)columns;
		float a, b;
		span_of(d, d->letters + i, j - i, before, after, columns, &a, &b);
		TRY(add_word(d, line, d->letters + i, j - i, a, b, columns, why));
	}
	d->text->lines += d->text->n > was;
	return ERR_NONE;
}

static enum err
read_line(struct desk *d, const struct found_line *line, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	int32_t columns = crop_columns(line, w->rows, d->net.max_columns - 8), steps = 0;
	int32_t padded = (columns + 3) / 4 * 4 + 4;
	size_t stride = 0;
	float *in = net_input(&d->net, padded, &stride);
	crop_line(d->page, line, w->rows, columns, d->grey, in, stride);
	memset(d->ink, 0, (size_t)padded * sizeof *d->ink);
	for (int32_t y = 0; y < w->rows; y++) {
		float *row = in + (size_t)y * stride;
		for (int32_t x = columns; x < padded; x++)
			row[x] = 0;
		for (int32_t x = 0; x < columns; x++)
			d->ink[x] = row[x] > d->ink[x] ? row[x] : d->ink[x];
	}
	const float *scores = net_forward(&d->net, padded, &steps, &stride);
	int32_t real = (columns + 3) / 4;
	size_t n = 0;
	TRY(search_line(&d->search, scores, real < steps ? real : steps, stride, d->letters, &n, why));
	decode_settle_script(w, d->letters, n, &d->script);
	decode_settle_case(w, d->letters, n);
	return add_words(d, line, n, columns, why);
}

static enum err
desk_set(struct desk *d, const struct found *found, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	int32_t widest = 16;
	for (size_t i = 0; i < found->n; i++) {
		int32_t c = crop_columns(&found->lines[i], w->rows, NET_MAX_COLUMNS);
		widest = c > widest ? c : widest;
	}
	widest += 16;
	TRY(net_run_init(w, d->reader->kernels, widest, &d->net, why));
	TRY(search_init(w, widest, &d->search, why));
	d->grey = malloc((size_t)widest * (size_t)w->rows);
	d->letters = calloc((size_t)widest, sizeof *d->letters);
	d->ink = calloc((size_t)widest, sizeof *d->ink);
	return d->grey && d->letters && d->ink ? ERR_NONE
	                                       : fail(why, ERR_PARSER_MEMORY, "no memory to read a line");
}

enum err
reader_read(const struct reader *r, const struct reader_page *page, struct arena *mem,
            struct reader_text *ret, struct why *why)
{
	if (page->width < 0 || page->height < 0 || (int64_t)page->width * page->height > READER_MAX_PIXELS)
		return fail(why, ERR_PAGE_TOO_LARGE, "a picture of %d x %d pixels", page->width,
		            page->height);
	struct found found;
	struct reader_text text = {0};
	struct desk d = {.reader = r, .page = page, .mem = mem, .text = &text};
	TRY(finder_find(page, mem, &found, why));
	text.skew = found.angle * -57.29578F;
	enum err e = found.n ? desk_set(&d, &found, why) : ERR_NONE;
	for (size_t i = 0; e == ERR_NONE && i < found.n; i++) {
		e = read_line(&d, &found.lines[i], why);
		if (e == ERR_NONE && page->deadline_ms && clock_steady_ms() >= page->deadline_ms)
			e = fail(why, ERR_PARSER_TIMEOUT, "the page's time is over");
	}
	desk_clear(&d);
	if (e == ERR_NONE)
		*ret = text;
	return e;
}
