#include "layout.h"

#include "text.h"

#include <math.h>

struct builder {
	const struct document_text *doc;
	struct arena *mem;
	struct segment *segs;
	size_t n, n_words;
	float y_base; /* of the current page */
	uint32_t column;
};

static int
by_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* Heights of the words that have letters or digits; the whole page's measure. */
static float
median_height(const struct page *p, struct arena *mem)
{
	size_t n = p->n_words < LAYOUT_MAX_WORDS ? p->n_words : LAYOUT_MAX_WORDS;
	float *h = arena_array(mem, n ? n : 1, sizeof *h);
	if (!h || n == 0)
		return 0.02f;
	for (size_t i = 0; i < n; i++)
		h[i] = p->words[i].box.y1 - p->words[i].box.y0;
	qsort(h, n, sizeof *h, by_float);
	return fmaxf(h[n / 2], 1e-4f);
}

static float
page_scale(const struct page *p)
{
	return p->width > 0 && p->height > 0 ? (float)p->height / (float)p->width * 1000.0f : 1414.0f;
}

static enum err
add_segment(struct builder *b, uint32_t page, size_t first, size_t n, struct why *why)
{
	const struct page *p = &b->doc->pages[page];
	OWNED(buf_free) struct buf text = buf_init(LAYOUT_SEGMENT_LEN + DOCUMENT_MAX_WORD_LEN + 2);
	OWNED(buf_free) struct buf canon = buf_init(16 * KIB);
	struct segment g = {.page = page,
	                    .column = b->column,
	                    .first_word = (uint32_t)first,
	                    .x0 = 1e9f,
	                    .y0 = 1e9f,
	                    .x1 = -1e9f};
	float h = 0, conf = 0, y0 = 0, y1 = 0;
	float scale = page_scale(p);
	size_t k = 0;
	for (; k < n && (k == 0 || text.len < LAYOUT_SEGMENT_LEN); k++) {
		const struct word *w = &p->words[first + k];
		if (k)
			buf_putc(&text, ' ');
		buf_puts(&text, w->text);
		g.x0 = fminf(g.x0, w->box.x0 * 1000.0f);
		g.x1 = fmaxf(g.x1, w->box.x1 * 1000.0f);
		y0 += w->box.y0;
		y1 += w->box.y1;
		h += w->box.y1 - w->box.y0;
		conf += w->confidence;
	}
	/* means rather than extremes: one smudge read as a tall letter must not merge two rows */
	g.y0 = b->y_base + y0 / (float)k * scale;
	g.y1 = b->y_base + y1 / (float)k * scale;
	g.h = fmaxf(h / (float)k * scale, 0.5f);
	g.confidence = conf / (float)k;
	g.n_words = (uint32_t)k;
	g.len = (uint32_t)text.len;
	ARENA_TRY(g.text, arena_strndup(b->mem, text.data, text.len), b->mem, why);
	ARENA_TRY(g.upper, text_upper(b->mem, text.data, text.len), b->mem, why);
	text_canonical(&canon, g.upper, g.len, false);
	ARENA_TRY(g.canon, arena_strndup(b->mem, canon.data ? canon.data : "", canon.len), b->mem, why);
	b->segs[b->n++] = g;
	if (k < n && b->n < LAYOUT_MAX_SEGMENTS)
		return add_segment(b, page, first + k, n - k, why);
	return ERR_NONE;
}

static bool
has_sign_of_text(const char *s)
{
	for (size_t i = 0, n = strlen(s), k; i < n; i += k) {
		uint32_t c = text_decode(s + i, n - i, &k);
		if (text_is_letter(c) || (c < 128 && text_is_digit((char)c)))
			return true;
	}
	return false;
}

/* Cut the line at gaps wider than 1.3 letters' height; specks that no letter is part of are dropped. */
static enum err
add_line(struct builder *b, uint32_t page, struct span line, float height, struct why *why)
{
	const struct page *p = &b->doc->pages[page];
	float aspect = page_scale(p) / 1000.0f;
	size_t start = line.first;
	for (size_t i = line.first; i <= line.first + line.n; i++) {
		bool cut = i == line.first + line.n;
		if (!cut && i > start) {
			const struct word *w = &p->words[i], *q = &p->words[i - 1];
			float h = fmaxf(height, fminf(w->box.y1 - w->box.y0, q->box.y1 - q->box.y0)) * aspect;
			cut = w->box.x0 - q->box.x1 > 1.3f * h || w->box.x1 < q->box.x0 - 2 * h;
		}
		if (!cut)
			continue;
		bool text = false;
		for (size_t j = start; j < i && !text; j++)
			text = has_sign_of_text(p->words[j].text);
		if (i > start && text && b->n < LAYOUT_MAX_SEGMENTS)
			TRY(add_segment(b, page, start, i - start, why));
		start = i;
	}
	return ERR_NONE;
}

static int
by_middle(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	float d = (x->y0 + x->y1) - (y->y0 + y->y1);
	if (x->page != y->page)
		return x->page > y->page ? 1 : -1;
	if (x->column != y->column)
		return x->column > y->column ? 1 : -1;
	if (d != 0)
		return d > 0 ? 1 : -1;
	if (x->x0 != y->x0)
		return x->x0 > y->x0 ? 1 : -1;
	return (x->first_word > y->first_word) - (x->first_word < y->first_word);
}

static int
by_row(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	if (x->row != y->row)
		return x->row > y->row ? 1 : -1;
	if (x->x0 != y->x0)
		return x->x0 > y->x0 ? 1 : -1;
	return (x->first_word > y->first_word) - (x->first_word < y->first_word);
}

static float
overlap(float a0, float a1, float b0, float b1)
{
	return fminf(a1, b1) - fmaxf(a0, b0);
}

/* Does segment i belong beside those of row r? It shares half its height with one of them and
 * covers none of them. Only the last few segments are looked at: they are sorted by height. */
static bool
fits_row(const struct builder *b, size_t i, uint32_t r)
{
	const struct segment *s = &b->segs[i];
	bool beside = false;
	for (size_t j = i; j-- > 0 && i - j < 40;) {
		const struct segment *q = &b->segs[j];
		if (q->row != r || q->page != s->page || q->column != s->column)
			continue;
		if (overlap(s->y0, s->y1, q->y0, q->y1) > 0.5f * fminf(s->h, q->h))
			beside = true;
		if (overlap(s->x0, s->x1, q->x0, q->x1) >= 0.3f * fminf(s->x1 - s->x0, q->x1 - q->x0) + 0.5f)
			return false;
	}
	return beside;
}

static enum err
make_rows(struct builder *b, struct sheet *s, struct why *why)
{
	qsort(b->segs, b->n, sizeof *b->segs, by_middle);
	uint32_t n_rows = 0;
	for (size_t i = 0; i < b->n; i++) {
		b->segs[i].row = UINT32_MAX;
		for (uint32_t back = 1; back <= 3 && back <= n_rows; back++)
			if (fits_row(b, i, n_rows - back)) {
				b->segs[i].row = n_rows - back;
				break;
			}
		if (b->segs[i].row == UINT32_MAX)
			b->segs[i].row = n_rows++;
	}
	qsort(b->segs, b->n, sizeof *b->segs, by_row);
	ARENA_TRY(s->rows, arena_array(b->mem, n_rows + 1, sizeof *s->rows), b->mem, why);
	s->n_rows = n_rows;
	for (size_t i = 0; i < b->n; i++) {
		struct row *r = &s->rows[b->segs[i].row];
		if (r->n++ == 0)
			r->first = (uint32_t)i;
	}
	OWNED(buf_free) struct buf text = buf_init(64 * KIB);
	for (uint32_t r = 0; r < n_rows; r++) {
		buf_clear(&text);
		for (uint32_t k = 0; k < s->rows[r].n && text.len < 4 * KIB; k++) {
			if (k)
				buf_putc(&text, ' ');
			buf_puts(&text, b->segs[s->rows[r].first + k].canon);
		}
		ARENA_TRY(s->rows[r].canon, arena_strndup(b->mem, text.data ? text.data : "", text.len),
		          b->mem, why);
	}
	return ERR_NONE;
}

static enum err
measure(struct sheet *s, struct arena *mem, struct why *why)
{
	s->x1 = s->y1 = 1;
	s->median_h = 1;
	if (s->n == 0)
		return ERR_NONE;
	float *h;
	ARENA_TRY(h, arena_array(mem, s->n, sizeof *h), mem, why);
	s->x0 = s->y0 = 1e9f;
	s->x1 = s->y1 = -1e9f;
	for (size_t i = 0; i < s->n; i++) {
		const struct segment *g = &s->segs[i];
		h[i] = g->h;
		s->x0 = fminf(s->x0, g->x0);
		s->x1 = fmaxf(s->x1, g->x1);
		s->y0 = fminf(s->y0, g->y0);
		s->y1 = fmaxf(s->y1, g->y1);
		if (i < 15)
			s->max_head_h = fmaxf(s->max_head_h, g->h);
	}
	qsort(h, s->n, sizeof *h, by_float);
	s->median_h = h[s->n / 2];
	return ERR_NONE;
}

/* The middle of a line, of the page's 0..1. */
static float
middle_of(const struct page *p, struct span line)
{
	float sum = 0;
	for (uint32_t i = line.first; i < line.first + line.n; i++)
		sum += p->words[i].box.y0 + p->words[i].box.y1;
	return line.n ? sum / (float)(2 * line.n) : 0;
}

static enum err
add_page(struct builder *b, uint32_t number, struct why *why)
{
	const struct page *p = &b->doc->pages[number];
	float height = median_height(p, b->mem), last = 0;
	b->column = 0;
	for (size_t l = 0, block = 0; l < p->n_lines && b->n_words < LAYOUT_MAX_WORDS; l++) {
		float middle = middle_of(p, p->lines[l]);
		if (block < p->n_blocks && p->blocks[block].first == l) {
			b->column += l > 0 && middle < last - height;
			block++;
		}
		last = middle;
		TRY(add_line(b, number, p->lines[l], height, why));
		b->n_words += p->lines[l].n;
	}
	b->y_base += page_scale(p) + 100.0f;
	return ERR_NONE;
}

enum err
layout_build(const struct document_text *doc, struct arena *mem, const struct sheet **ret, struct why *why)
{
	struct sheet *s;
	struct builder b = {.doc = doc, .mem = mem};
	ARENA_TRY(s, arena_alloc(mem, sizeof *s), mem, why);
	size_t words = 0;
	for (size_t p = 0; p < doc->n_pages; p++)
		words += doc->pages[p].n_words;
	size_t most = words < LAYOUT_MAX_SEGMENTS ? words : LAYOUT_MAX_SEGMENTS;
	ARENA_TRY(b.segs, arena_array(mem, most + 1, sizeof *b.segs), mem, why);
	for (uint32_t p = 0; p < doc->n_pages && b.n_words < LAYOUT_MAX_WORDS; p++)
		TRY(add_page(&b, p, why));
	s->doc = doc;
	s->segs = b.segs;
	s->n = b.n;
	TRY(make_rows(&b, s, why));
	TRY(measure(s, mem, why));
	*ret = s;
	return ERR_NONE;
}

struct touched {
	struct box box;
	float confidence, worst;
	int n;
};

static struct touched
touch(const struct sheet *s, const struct segment *g, size_t start, size_t end)
{
	const struct page *p = &s->doc->pages[g->page];
	struct touched t = {.box = {1, 1, 0, 0}, .worst = 1};
	size_t at = 0;
	for (uint32_t k = 0; k < g->n_words; k++) {
		const struct word *w = &p->words[g->first_word + k];
		size_t to = at + strlen(w->text);
		if (at < end && to > start) {
			t.box.x0 = fminf(t.box.x0, w->box.x0);
			t.box.y0 = fminf(t.box.y0, w->box.y0);
			t.box.x1 = fmaxf(t.box.x1, w->box.x1);
			t.box.y1 = fmaxf(t.box.y1, w->box.y1);
			t.confidence += w->confidence;
			t.worst = fminf(t.worst, w->confidence);
			t.n++;
		}
		at = to + 1;
	}
	if (t.n)
		t.confidence /= (float)t.n;
	else
		t.box = (struct box){0, 0, 0, 0};
	return t;
}

struct box
layout_box(const struct sheet *s, const struct segment *g, size_t start, size_t end)
{
	return touch(s, g, start, end).box;
}

float
layout_confidence(const struct sheet *s, const struct segment *g, size_t start, size_t end)
{
	return touch(s, g, start, end).confidence;
}

float
layout_worst(const struct sheet *s, const struct segment *g, size_t start, size_t end)
{
	return touch(s, g, start, end).worst;
}
