/* Sets what flow.c gathered on pages of A4, and draws them. */
#include "flow_private.h"
#include "own.h"
#include "surface.h"

#include <math.h>

/* A4 at 150 dots an inch: what the app shows at most, and text of 10.5 points. */
#define PAGE_DPI   150
#define PAGE_W     1240
#define PAGE_H     1754
#define MARGIN     90
#define COLUMN_GAP 28
#define CONTENT_W  (PAGE_W - 2 * MARGIN)
#define LEADING    1.35F /* of the size, from line to line */
#define ASCENT     0.76F /* of the size, above the baseline; the rest of it is below */

struct setter {
	struct flow *f;
	int32_t max_pages;
	struct cell_line *broken; /* a paragraph's or a row's lines, of one word at least each */
	float y;                  /* the top of the next line */
	bool new_block;
};

/* A line of a cell: words that stand side by side. */
struct cell_line {
	uint32_t first, n;
	const struct flow_paragraph *of;
	float x;
};

static float
space_width(enum flow_size size)
{
	return flow_word_width(FACE_PLAIN, size, " ");
}

static float
width_of(const struct flow_word *w, enum flow_size size)
{
	return flow_word_width(w->face, size, w->text);
}

/* ---- pages ---- */

static enum err
new_page(struct setter *s, struct why *why)
{
	struct flow *f = s->f;
	if (f->n_pages == (size_t)s->max_pages)
		return fail(why, ERR_TOO_MANY_PAGES, "the text fills more than %d pages", s->max_pages);
	f->pages[f->n_pages++] = (struct flow_page){.first_word = (uint32_t)f->n_words,
	                                            .first_line = (uint32_t)f->n_lines,
	                                            .first_block = (uint32_t)f->n_blocks};
	s->y = MARGIN;
	s->new_block = true;
	return ERR_NONE;
}

static struct flow_page *
this_page(struct setter *s)
{
	return &s->f->pages[s->f->n_pages - 1];
}

/* A line begins on the page: room for it, its block, its span. */
static enum err
begin_line(struct setter *s, float height, struct why *why)
{
	if (s->y + height > PAGE_H - MARGIN && this_page(s)->n_lines > 0)
		TRY(new_page(s, why));
	struct flow *f = s->f;
	struct flow_page *p = this_page(s);
	if (s->new_block) {
		f->blocks[f->n_blocks++] = (struct span){p->n_lines, 0};
		p->n_blocks++;
		s->new_block = false;
	}
	f->blocks[f->n_blocks - 1].n++;
	f->lines[f->n_lines++] = (struct span){p->n_words, 0};
	p->n_lines++;
	return ERR_NONE;
}

static float
clamp01(float v)
{
	return v > 0 ? (v < 1 ? v : 1) : 0;
}

static void
place(struct setter *s, const struct flow_word *w, float x, float top, enum flow_size size)
{
	struct flow *f = s->f;
	float px = flow_size_px[size];
	f->places[f->n_words] = (struct flow_place){x, top + ASCENT * px, w->face, size};
	f->words[f->n_words] =
	    (struct word){w->text,
	                  1,
	                  {clamp01(x / PAGE_W), clamp01(top / PAGE_H),
	                   clamp01((x + width_of(w, size)) / PAGE_W), clamp01((top + px) / PAGE_H)}};
	f->n_words++;
	f->lines[f->n_lines - 1].n++;
	this_page(s)->n_words++;
}

/* ---- lines ---- */

static void
place_line(struct setter *s, const struct cell_line *l)
{
	enum flow_size size = l->of->size;
	float x = l->x, column = flow_word_width(FACE_MONO, size, "0");
	for (uint32_t i = 0; i < l->n; i++) {
		const struct flow_word *w = &s->f->said[l->first + i];
		if (l->of->lines)
			x = l->x + (float)w->column * column;
		place(s, w, x, s->y, size);
		x += width_of(w, size) + space_width(size);
	}
}

/* Breaks a paragraph into lines of at most `width`, behind the n that are there. */
static size_t
break_lines(struct setter *s, const struct flow_paragraph *p, float x, float width, size_t n)
{
	const struct flow *f = s->f;
	for (uint32_t i = 0; i < p->n;) {
		struct cell_line l = {.first = p->first + i, .n = 0, .of = p, .x = x};
		float used = 0;
		for (; i < p->n; i++, l.n++) {
			float w = width_of(&f->said[p->first + i], p->size);
			if (l.n > 0 && !p->lines && used + w > width)
				break;
			used += w + space_width(p->size);
		}
		s->broken[n++] = l;
	}
	return n;
}

static enum err
set_paragraph(struct setter *s, const struct flow_paragraph *p, struct why *why)
{
	float height = flow_size_px[p->size] * LEADING;
	size_t n = break_lines(s, p, MARGIN, CONTENT_W, 0);
	for (size_t i = 0; i < n; i++) {
		TRY(begin_line(s, height, why));
		place_line(s, &s->broken[i]);
		s->y += height;
	}
	return ERR_NONE;
}

/* ---- tables ---- */

static float
natural_width(const struct flow *f, const struct flow_paragraph *p)
{
	float w = -space_width(p->size);
	for (uint32_t i = 0; i < p->n; i++)
		w += width_of(&f->said[p->first + i], p->size) + space_width(p->size);
	return w;
}

static bool
in_table(const struct flow *f, const struct flow_paragraph *p)
{
	return p->row != NO_ROW && !f->rows[p->row].apart;
}

static void
measure_tables(struct flow *f)
{
	for (size_t i = 0; i < f->n_paragraphs; i++) {
		const struct flow_paragraph *p = &f->paragraphs[i];
		if (!in_table(f, p))
			continue;
		struct flow_table *t = &f->tables[f->rows[p->row].table];
		float each = natural_width(f, p) / (float)p->span;
		for (int32_t c = p->column; c < p->column + p->span; c++)
			t->natural[c] = fmaxf(t->natural[c], each);
		if (p->column + p->span > t->n_columns)
			t->n_columns = p->column + p->span;
	}
}

/* Narrow columns get what they want; the others share what is left. */
static void
place_columns(struct flow_table *t)
{
	float left = CONTENT_W - COLUMN_GAP * (float)(t->n_columns - 1), share = 0;
	bool settled[COLUMNS_MAX] = {false};
	int32_t open = t->n_columns;
	for (bool again = true; again && open > 0;) {
		again = false;
		share = left / (float)open;
		for (int32_t c = 0; c < t->n_columns; c++) {
			if (settled[c] || t->natural[c] > share)
				continue;
			settled[c] = again = true;
			left -= t->natural[c];
			open--;
		}
	}
	t->x[0] = MARGIN;
	for (int32_t c = 0; c < t->n_columns; c++)
		t->x[c + 1] = t->x[c] + (settled[c] ? t->natural[c] : fmaxf(share, 8)) + COLUMN_GAP;
}

/* The paragraphs i to end of one row, whose cells' first lines stand on one level, then their second... */
static enum err
set_row(struct setter *s, size_t from, size_t end, struct why *why)
{
	const struct cell_line *lines = s->broken;
	struct flow *f = s->f;
	struct flow_table *t = &f->tables[f->rows[f->paragraphs[from].row].table];
	size_t first[COLUMNS_MAX] = {0}, count[COLUMNS_MAX] = {0}, n = 0, deepest = 0;
	for (size_t i = from; i < end; i++) {
		const struct flow_paragraph *p = &f->paragraphs[i];
		size_t before = n;
		n = break_lines(s, p, t->x[p->column],
		                t->x[p->column + p->span] - t->x[p->column] - COLUMN_GAP, n);
		if (count[p->column] == 0)
			first[p->column] = before;
		count[p->column] += n - before;
		deepest = count[p->column] > deepest ? count[p->column] : deepest;
	}
	for (size_t k = 0; k < deepest; k++) {
		float height = 0;
		for (int c = 0; c < COLUMNS_MAX; c++) {
			if (k < count[c])
				height = fmaxf(height, flow_size_px[lines[first[c] + k].of->size] * LEADING);
		}
		TRY(begin_line(s, height, why));
		for (int c = 0; c < COLUMNS_MAX; c++) {
			if (k < count[c])
				place_line(s, &lines[first[c] + k]);
		}
		s->y += height;
	}
	return ERR_NONE;
}

/* ---- all of it ---- */

static enum err
set_all(struct setter *s, struct why *why)
{
	struct flow *f = s->f;
	TRY(new_page(s, why));
	for (size_t i = 0; i < f->n_paragraphs;) {
		const struct flow_paragraph *p = &f->paragraphs[i];
		if (p->page_before && this_page(s)->n_lines > 0)
			TRY(new_page(s, why));
		size_t end = i + 1;
		if (in_table(f, p)) {
			struct flow_table *t = &f->tables[f->rows[p->row].table];
			if (t->x[0] <= 0)
				place_columns(t);
			while (end < f->n_paragraphs && f->paragraphs[end].row == p->row)
				end++;
			TRY(set_row(s, i, end, why));
		} else {
			TRY(set_paragraph(s, p, why));
		}
		if (f->paragraphs[end - 1].gap_after) {
			s->y += flow_size_px[SIZE_TEXT] * 0.8F;
			s->new_block = true;
		}
		i = end;
	}
	return ERR_NONE;
}

enum err
flow_set(struct flow *f, const struct limits *l, int32_t *ret_pages, struct why *why)
{
	TRY(flow_end_paragraph(f, why));
	size_t n = f->n_said + 1;
	OWNED(mem_free) struct cell_line *broken = calloc(n, sizeof *broken);
	f->words = calloc(n, sizeof *f->words);
	f->places = calloc(n, sizeof *f->places);
	f->lines = calloc(n, sizeof *f->lines);
	f->blocks = calloc(n, sizeof *f->blocks);
	f->pages = calloc((size_t)l->max_pages, sizeof *f->pages);
	if (!broken || !f->words || !f->places || !f->lines || !f->blocks || !f->pages)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the text's pages");
	measure_tables(f);
	struct setter s = {.f = f, .max_pages = l->max_pages, .broken = broken};
	TRY(set_all(&s, why));
	*ret_pages = (int32_t)f->n_pages;
	return ERR_NONE;
}

static struct Pix *
draw(const struct flow *f, const struct flow_page *p)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PAGE_W, PAGE_H);
	cairo_t *cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_source_rgb(cr, 0, 0, 0);
	for (uint32_t i = p->first_word; i < p->first_word + p->n_words; i++) {
		const struct flow_place *at = &f->places[i];
		cairo_set_scaled_font(cr, flow_font(at->face, at->size));
		cairo_move_to(cr, (double)at->x, (double)at->baseline);
		cairo_show_text(cr, f->words[i].text);
	}
	cairo_destroy(cr);
	struct Pix *pix = surface_pix(surface);
	cairo_surface_destroy(surface);
	return pix;
}

enum err
flow_page(struct flow *f, int32_t page, struct limits *l, struct format_page *ret, struct why *why)
{
	const struct flow_page *p = &f->pages[page];
	TRY(limits_take(l, PAGE_W, PAGE_H, 8, why));
	ret->pix = draw(f, p);
	if (!ret->pix)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page's picture");
	ret->dpi = PAGE_DPI;
	ret->has_text = true;
	ret->text = (struct page){.words = f->words + p->first_word,
	                          .n_words = p->n_words,
	                          .lines = f->lines + p->first_line,
	                          .n_lines = p->n_lines,
	                          .blocks = f->blocks + p->first_block,
	                          .n_blocks = p->n_blocks};
	return ERR_NONE;
}
