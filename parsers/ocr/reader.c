#include "reader.h"

#include "clock.h"
#include "crop.h"
#include "dash.h"
#include "decode.h"
#include "finder.h"
#include "ink.h"
#include "net.h"
#include "own.h"
#include "search.h"

#include <math.h>

#define MOST_WORDS 50000

/* A page is Latin with so many letters that are nothing else, and so few in a hundred that are Cyrillic. */
#define LATIN_LETTERS 40
#define LATIN_SHARE   3

#define SAME_LEVEL 0.15F /* of a capital's height */

#define SURE_OF_DASH 6.0F /* nats */

/* Small letters without one that rises or hangs make a line of 0.7 of the others' height. */
#define AS_TALL 0.85F

/* Where a line goes on: the next one of its column begins no further down and no further aside, of its
 * height. */
#define NEXT_LINE   2.2F
#define NEXT_INDENT 3.0F

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

/* A line as it was read, until all of the page is. */
struct reading {
	struct letter *letters;
	size_t n;
	int32_t columns;
	float hyphen;    /* ln of how much likelier than the stop it was read to end in; else -INFINITY */
	struct ink *ink; /* of each column */
};

/* What reading a page needs beside the answer; made once, for its widest line. */
struct desk {
	const struct reader *reader;
	const struct reader_page *page;
	const struct found *found;
	struct arena *mem;
	struct net_run net;
	struct search search;
	uint8_t *grey;
	struct letter *letters;
	struct reading *readings;      /* of each found line */
	float *lean;                   /* as struct search's */
	bool doubt_mixed;              /* words of two alphabets are searched again */
	struct dash dashes[DASH_MOST]; /* of the line in hand */
	size_t n_dashes;
	struct reader_text *text;
	size_t cap;
	struct decode_letters script; /* of the page */
};

static void
desk_clear(struct desk *d)
{
	net_run_release(&d->net);
	search_release(&d->search);
	free(d->grey);
	free(d->letters);
	free(d->lean);
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

static bool
is_inky(const struct reading *r, float column)
{
	int32_t c = (int32_t)fminf(column, (float)(r->columns - 1));
	return r->ink[c].any;
}

/* The word's span in columns of the crop: half a letter around its outer letters, then in to the ink. */
static void
span_of(const struct reading *r, const struct letter *l, size_t n, float before, float after, float *ret_a,
        float *ret_b)
{
	float step = 4, pitch = 14;
	float first = ((float)(l[0].first + l[0].last + 1) / 2) * step;
	float last = ((float)(l[n - 1].first + l[n - 1].last + 1) / 2) * step;
	if (n > 1)
		pitch = (last - first) / (float)(n - 1);
	float a = fmaxf(first - .9F * pitch, before), b = fminf(last + .9F * pitch, after);
	while (a + 1 < first && !is_inky(r, a))
		a++;
	while (b - 1 > last && !is_inky(r, b - 1))
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
add_words(struct desk *d, const struct found_line *line, const struct reading *r, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	const struct letter *l = r->letters;
	size_t was = d->text->n;
	for (size_t i = 0, j; i < r->n; i = j + 1) {
		for (j = i; j < r->n && !decode_is_space(w, &l[j]); j++)
			;
		if (j == i)
			continue;
		float before = i ? ((float)(l[i - 1].first + l[i - 1].last + 1) / 2) * 4 : 0;
		float after = j < r->n ? ((float)(l[j].first + l[j].last + 1) / 2) * 4 : (float)r->columns;
		float a, b;
		span_of(r, l + i, j - i, before, after, &a, &b);
		TRY(add_word(d, line, l + i, j - i, a, b, r->columns, why));
	}
	d->text->lines += d->text->n > was;
	return ERR_NONE;
}

static float
best_of(const float *scores, size_t stride, const struct letter *at, int32_t class)
{
	float best = scores[(size_t)at->first * stride + (size_t) class];
	for (int32_t t = at->first; t <= at->last; t++)
		best = fmaxf(best, scores[(size_t)t * stride + (size_t) class]);
	return best;
}

static enum err
keep(struct desk *d, struct reading *r, const struct letter *letters, size_t n, struct why *why)
{
	r->n = n;
	ARENA_TRY(r->letters, arena_array(d->mem, n ? n : 1, sizeof *letters), d->mem, why);
	if (n)
		memcpy(r->letters, letters, n * sizeof *letters);
	return ERR_NONE;
}

/* The net's scores for the line drawn at `columns`. */
static float *
look_at(struct desk *d, const struct found_line *line, struct reading *r, int32_t *ret_steps,
        size_t *ret_stride)
{
	const struct weights *w = &d->reader->weights;
	int32_t columns = r->columns, padded = (columns + 3) / 4 * 4 + 4, steps = 0;
	size_t stride = 0;
	float *in = net_input(&d->net, padded, &stride);
	crop_line(d->page, line, w->rows, columns, d->grey, in, stride);
	for (int32_t y = 0; y < w->rows; y++) {
		float *row = in + (size_t)y * stride;
		for (int32_t x = columns; x < padded; x++)
			row[x] = 0;
	}
	ink_measure(in, stride, w->rows, columns, r->ink);
	float unit = (float)columns / (line->length + 2 * CROP_MARGIN_X * line->height) * line->height *
	             (1 + 2 * CROP_MARGIN_Y) / (float)w->rows;
	d->n_dashes = dash_find(in, stride, w->rows, columns, unit, d->dashes);
	float *scores = net_forward(&d->net, padded, &steps, ret_stride);
	*ret_steps = (columns + 3) / 4 < steps ? (columns + 3) / 4 : steps;
	return scores;
}

/* A long dash is one, whatever the net says: a letter's step, blanks beside it, and no space where there is
 * none. */
static void
say_dash(const struct weights *w, const struct dash *dash, float *scores, int32_t steps, size_t stride)
{
	int32_t from = dash->from / 4, to = dash->to / 4;
	int32_t hyphen = decode_class(w, "-"), space = decode_class(w, " ");
	for (int32_t t = from - 2; hyphen && t <= to + 2; t++) {
		if (t < 0 || t >= steps)
			continue;
		float *row = scores + (size_t)t * stride, best = row[0];
		for (int32_t c = 1; c < w->classes; c++)
			best = fmaxf(best, row[c]);
		if (t > from && t < to)
			row[0] = best + SURE_OF_DASH;
		row[hyphen] = t == (from + to) / 2 ? best + 2 * SURE_OF_DASH : best - SURE_OF_DASH;
		if ((t <= from && dash->joined_before) || (t >= to && dash->joined_behind))
			row[space] = best - SURE_OF_DASH;
	}
}

/* Scores of words of both alphabets lean to the one that has more of them; whether there is such a word. */
static bool
lean_in_mixed_words(struct desk *d, size_t n, float *scores, int32_t steps, size_t stride)
{
	const struct weights *w = &d->reader->weights;
	float lean[WEIGHTS_MAX_CLASSES];
	size_t from = 0, to = 0;
	bool any = false;
	while (decode_next_mixed(w, d->letters, n, &from, &to, lean)) {
		any = true;
		for (int32_t t = d->letters[from].first - 1; t <= d->letters[to - 1].last + 1; t++)
			for (int32_t c = 0; t >= 0 && t < steps && c < w->classes; c++)
				scores[(size_t)t * stride + (size_t)c] += lean[c];
	}
	return any;
}

static enum err
read_line(struct desk *d, const struct found_line *line, struct reading *r, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	int32_t steps = 0;
	size_t stride = 0, n = 0;
	r->columns = crop_columns(line, w->rows, d->net.max_columns - 8);
	if (!r->ink)
		ARENA_TRY(r->ink, arena_array(d->mem, (size_t)r->columns, sizeof *r->ink), d->mem, why);
	float *scores = look_at(d, line, r, &steps, &stride);
	for (size_t i = 0; i < d->n_dashes; i++)
		say_dash(w, &d->dashes[i], scores, steps, stride);
	TRY(search_line(&d->search, scores, steps, stride, d->letters, &n, why));
	if (d->doubt_mixed && lean_in_mixed_words(d, n, scores, steps, stride))
		TRY(search_line(&d->search, scores, steps, stride, d->letters, &n, why));
	for (size_t i = 0; i < n; i++) {
		int32_t other = decode_other_mark(w, &d->letters[i]);
		if (other)
			d->letters[i].odds = best_of(scores, stride, &d->letters[i], other) -
			                     best_of(scores, stride, &d->letters[i], d->letters[i].class);
	}
	TRY(keep(d, r, d->letters, n, why));
	r->hyphen = -INFINITY;
	if (decode_ends_in_stop(w, r->letters, n)) {
		const struct letter *last = &r->letters[n - 1];
		r->hyphen = best_of(scores, stride, last, decode_class(w, "-")) -
		            best_of(scores, stride, last, last->class);
	}
	return ERR_NONE;
}

static enum err
time_is_left(const struct desk *d, struct why *why)
{
	return d->page->deadline_ms && clock_steady_ms() >= d->page->deadline_ms
	           ? fail(why, ERR_PARSER_TIMEOUT, "the page's time is over")
	           : ERR_NONE;
}

static bool
is_latin(struct decode_letters n)
{
	return n.latin >= LATIN_LETTERS && n.cyrillic < n.latin * LATIN_SHARE / 100;
}

/* Cyrillic letters on a page of Latin ones are mostly misread: their lines are read again, less ready for
 * them. */
static enum err
doubt_foreign_letters(struct desk *d, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	if (!d->script.cyrillic || !is_latin(d->script))
		return ERR_NONE;
	d->lean = calloc((size_t)w->classes, sizeof *d->lean);
	if (!d->lean)
		return fail(why, ERR_PARSER_MEMORY, "no memory to read a line");
	decode_lean_to_latin(w, d->lean);
	d->search.lean = d->lean;
	for (size_t i = 0; i < d->found->n; i++) {
		struct reading *r = &d->readings[i];
		struct decode_letters has = {0};
		decode_count(w, r->letters, r->n, &has);
		if (!has.cyrillic)
			continue;
		TRY(read_line(d, &d->found->lines[i], r, why));
		TRY(time_is_left(d, why));
	}
	return ERR_NONE;
}

/* On a page of Cyrillic letters words of other tongues are common, words of both alphabets are not. */
static enum err
doubt_mixed_words(struct desk *d, struct why *why)
{
	d->doubt_mixed = d->script.cyrillic > d->script.latin;
	for (size_t i = 0; d->doubt_mixed && i < d->found->n; i++) {
		struct reading *r = &d->readings[i];
		float lean[WEIGHTS_MAX_CLASSES];
		if (!decode_next_mixed(&d->reader->weights, r->letters, r->n, &(size_t){0}, &(size_t){0},
		                       lean))
			continue;
		TRY(read_line(d, &d->found->lines[i], r, why));
		TRY(time_is_left(d, why));
	}
	return ERR_NONE;
}

/* Rows of a line's crop as pixels of the page. */
static float
pixels_of(const struct desk *d, const struct found_line *l)
{
	return l->height * (1 + 2 * CROP_MARGIN_Y) / (float)d->reader->weights.rows;
}

/* How far line `b` stands on a lower level than `a`, foot to foot, in pixels. */
static float
below(const struct desk *d, const struct found_line *a, float foot_a, const struct found_line *b,
      float foot_b)
{
	float c = cosf(a->angle), s = sinf(a->angle);
	float down_a = foot_a * pixels_of(d, a) - CROP_MARGIN_Y * a->height;
	float down_b = foot_b * pixels_of(d, b) - CROP_MARGIN_Y * b->height;
	float x = b->x - down_b * sinf(b->angle), y = b->y + down_b * cosf(b->angle);
	return (y - a->y) * c - (x - a->x) * s - down_a;
}

/* A line that tells no heights takes those of the nearest that stands on its level: cells of a row are of one
 * size. */
static bool
borrow_gauge(const struct desk *d, const struct gauge *gauges, size_t i, struct gauge *ret)
{
	const struct found_line *line = &d->found->lines[i];
	const struct reading *r = &d->readings[i];
	float foot, nearest = INFINITY;
	if (!ink_foot(&d->reader->weights, r->letters, r->n, r->ink, r->columns, &foot))
		return false;
	for (size_t k = 0; k < d->found->n; k++) {
		const struct found_line *other = &d->found->lines[k];
		const struct gauge *g = &gauges[k];
		float unit = pixels_of(d, other) / pixels_of(d, line), far = fabsf(other->x - line->x);
		if (g->tall <= 0 || far >= nearest ||
		    fabsf(below(d, line, foot, other, g->foot)) > SAME_LEVEL * g->tall * pixels_of(d, other))
			continue;
		nearest = far;
		*ret = (struct gauge){foot, g->tall * unit, g->low * unit};
	}
	return nearest < INFINITY;
}

/* On a page of Cyrillic letters case is what the picture shows, and so are the marks of its numbers. */
static enum err
settle_by_ink(struct desk *d, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	size_t n = d->found->n;
	if (d->script.cyrillic <= d->script.latin)
		return ERR_NONE;
	OWNED(mem_free) struct gauge *gauges = calloc(n + 1, sizeof *gauges);
	if (!gauges)
		return fail(why, ERR_PARSER_MEMORY, "no memory to read a page");
	for (size_t i = 0; i < n; i++) {
		struct reading *r = &d->readings[i];
		decode_mend_decimals(w, r->letters, r->n);
		ink_drop_rules(w, r->letters, &r->n, r->ink, r->columns);
		if (!ink_gauge(w, r->letters, r->n, r->ink, r->columns, &gauges[i]))
			gauges[i] = (struct gauge){0};
	}
	float proportion = ink_proportion(gauges, n);
	for (size_t i = 0; i < n; i++)
		if (!ink_complete(w, proportion, &gauges[i]))
			gauges[i] = (struct gauge){0};
	for (size_t i = 0; i < n; i++) {
		struct reading *r = &d->readings[i];
		struct gauge g = gauges[i];
		if (g.tall > 0 || borrow_gauge(d, gauges, i, &g))
			ink_settle_case(w, r->letters, r->n, r->ink, r->columns, &g);
	}
	return ERR_NONE;
}

/* Does `b` go on where `a` ends: the next line of its column? */
static bool
goes_on_in(const struct found_line *a, const struct found_line *b)
{
	float c = cosf(a->angle), s = sinf(a->angle);
	float along = (b->x - a->x) * c + (b->y - a->y) * s, down = (b->y - a->y) * c - (b->x - a->x) * s;
	return down > .5F * a->height && down < NEXT_LINE * a->height &&
	       fabsf(along) < NEXT_INDENT * a->height && b->height < 1.5F * a->height &&
	       a->height < 1.5F * b->height;
}

static void
mend_hyphens(struct desk *d)
{
	const struct weights *w = &d->reader->weights;
	const struct found *f = d->found;
	for (size_t i = 0; i < f->n; i++) {
		const struct found_line *line = &f->lines[i];
		struct reading *r = &d->readings[i];
		if (!decode_ends_in_stop(w, r->letters, r->n))
			continue;
		size_t k = i + 1;
		while (k < f->n && !goes_on_in(line, &f->lines[k]))
			k++;
		if (k < f->n)
			decode_mend_hyphen(w, r->letters, r->n, r->hyphen, &d->readings[k].letters[0],
			                   d->readings[k].n);
	}
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* Of lines that say something, in the middle; 0 where none does. */
static enum err
usual_height(const struct desk *d, float *ret, struct why *why)
{
	size_t n = 0;
	OWNED(mem_free) float *heights = calloc(d->found->n + 1, sizeof *heights);
	if (!heights)
		return fail(why, ERR_PARSER_MEMORY, "no memory to read a page");
	for (size_t i = 0; i < d->found->n; i++)
		if (d->readings[i].n > 2)
			heights[n++] = d->found->lines[i].height;
	qsort(heights, n, sizeof *heights, by_value);
	*ret = heights[n / 2];
	return ERR_NONE;
}

static enum err
read_lines(struct desk *d, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	const struct found *f = d->found;
	for (size_t i = 0; i < f->n; i++) {
		TRY(read_line(d, &f->lines[i], &d->readings[i], why));
		TRY(time_is_left(d, why));
	}
	float usual;
	TRY(usual_height(d, &usual, why));
	for (size_t i = 0; i < f->n; i++) {
		struct reading *r = &d->readings[i];
		if (decode_is_speck(w, r->letters, r->n, f->lines[i].height / usual))
			r->n = 0;
		decode_count(w, r->letters, r->n, &d->script);
	}
	TRY(doubt_foreign_letters(d, why));
	TRY(doubt_mixed_words(d, why));
	for (size_t i = 0; i < f->n; i++) {
		decode_settle_script(w, d->readings[i].letters, d->readings[i].n, d->script);
		if (f->lines[i].height > AS_TALL * usual)
			decode_settle_tall_line(w, d->readings[i].letters, d->readings[i].n);
	}
	TRY(settle_by_ink(d, why));
	for (size_t i = 0; i < f->n; i++) {
		decode_settle_case(w, d->readings[i].letters, d->readings[i].n);
		decode_mend_quotes(w, d->readings[i].letters, d->readings[i].n);
		decode_mend_firm(w, d->readings[i].letters, d->readings[i].n, d->script);
	}
	mend_hyphens(d);
	for (size_t i = 0; i < f->n; i++)
		TRY(add_words(d, &f->lines[i], &d->readings[i], why));
	return ERR_NONE;
}

static enum err
desk_set(struct desk *d, struct why *why)
{
	const struct weights *w = &d->reader->weights;
	const struct found *f = d->found;
	int32_t widest = 16;
	for (size_t i = 0; i < f->n; i++) {
		int32_t c = crop_columns(&f->lines[i], w->rows, NET_MAX_COLUMNS);
		widest = c > widest ? c : widest;
	}
	widest += 16;
	TRY(net_run_init(w, d->reader->kernels, widest, &d->net, why));
	TRY(search_init(w, widest, &d->search, why));
	ARENA_TRY(d->readings, arena_array(d->mem, f->n, sizeof *d->readings), d->mem, why);
	memset(d->readings, 0, f->n * sizeof *d->readings);
	d->grey = malloc((size_t)widest * (size_t)w->rows);
	d->letters = calloc((size_t)widest, sizeof *d->letters);
	return d->grey && d->letters ? ERR_NONE : fail(why, ERR_PARSER_MEMORY, "no memory to read a line");
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
	struct desk d = {.reader = r, .page = page, .found = &found, .mem = mem, .text = &text};
	TRY(finder_find(page, mem, &found, why));
	text.skew = found.angle * -57.29578F;
	enum err e = found.n ? desk_set(&d, why) : ERR_NONE;
	if (e == ERR_NONE)
		e = read_lines(&d, why);
	desk_clear(&d);
	if (e == ERR_NONE)
		*ret = text;
	return e;
}
