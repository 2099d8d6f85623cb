/* Tables: rows of parts that stand under each other. */
#include "page_layout.h"

#include <math.h>

#define LEAST_ROWS  3
#define MOST_ALONE  1   /* rows of a single part in sequence: a cell's second line, a subtitle */
#define PLACES      400 /* across the table, where gutters are looked for */
#define CROSSED     0.1 /* of the rows, at most, that a gutter runs through */
#define LEAST_FILL  0.5 /* of the rows that a column has a cell in, for two columns at least */
#define MOST_COLUMN 40
#define ROW_GAP     3.0F /* of a row's height, at most, between rows of a table */

struct rows {
	const struct page *page;
	struct size size;
	const struct part *parts;
	const uint32_t *first; /* the first part of each line, and the end */
};

static uint32_t
parts_of(const struct rows *r, size_t line)
{
	return r->first[line + 1] - r->first[line];
}

/* Whether a ruled table holds some of the line. */
static bool
is_ruled(const struct page *p, size_t line)
{
	const struct box *b = &p->words[p->lines[line].first].box;
	for (size_t i = 0; i < p->n_tables; i++) {
		const struct box *t = &p->tables[i].box;
		float middle = (b->y0 + b->y1) / 2;
		if (middle > t->y0 && middle < t->y1)
			return true;
	}
	return false;
}

static bool
next_below(const struct rows *r, size_t line)
{
	const struct part *a = &r->parts[r->first[line - 1]], *b = &r->parts[r->first[line]];
	return b->y0 >= a->y0 && b->y0 - a->y1 < ROW_GAP * fminf(a->height, b->height);
}

/* The lines from `from` on that may be one table; how many of them have two parts and more. */
static size_t
candidate(const struct rows *r, size_t from, uint32_t *ret_wide)
{
	size_t end = from + 1, alone = 0, l = from + 1;
	*ret_wide = 1;
	for (; l < r->page->n_lines && parts_of(r, l) > 0 && next_below(r, l) && !is_ruled(r->page, l); l++) {
		if (parts_of(r, l) >= 2) {
			alone = 0;
			end = l + 1;
			++*ret_wide;
		} else if (++alone > MOST_ALONE) {
			break;
		}
	}
	return end;
}

struct columns {
	float from[MOST_COLUMN], to[MOST_COLUMN];
	uint32_t n;
};

static struct columns
find_columns(const struct rows *r, size_t from, size_t end, uint32_t wide)
{
	uint16_t over[PLACES] = {0};
	float left = INFINITY, right = 0;
	struct columns c = {.n = 0};
	const struct part *first = &r->parts[r->first[from]], *last = &r->parts[r->first[end]];
	for (const struct part *p = first; p < last; p++) {
		left = fminf(left, p->x0);
		right = fmaxf(right, p->x1);
	}
	float step = (right - left) / PLACES;
	for (const struct part *p = first; p < last && step > 0; p++) {
		if (parts_of(r, p->line) < 2)
			continue;
		int a = (int)((p->x0 - left) / step), b = (int)((p->x1 - left) / step);
		for (int i = a < 0 ? 0 : a; i <= b && i < PLACES; i++)
			over[i]++;
	}
	uint16_t crossed = (uint16_t)(CROSSED * wide);
	for (int i = 0; i < PLACES; i++) {
		bool in = over[i] > crossed, before = i > 0 && over[i - 1] > crossed;
		if (in && !before) {
			if (c.n == MOST_COLUMN)
				break;
			c.from[c.n++] = left + step * (float)i;
		}
		if (in)
			c.to[c.n - 1] = left + step * (float)(i + 1);
	}
	return c;
}

/* The column with which a part has the most in common. */
static uint32_t
column_of(const struct columns *c, const struct part *p)
{
	uint32_t best = 0;
	float most = -INFINITY;
	for (uint32_t i = 0; i < c->n; i++) {
		float common = fminf(c->to[i], p->x1) - fmaxf(c->from[i], p->x0);
		if (common > most) {
			most = common;
			best = i;
		}
	}
	return best;
}

static bool
well_filled(const struct rows *r, const struct columns *c, size_t from, size_t end, uint32_t wide)
{
	uint32_t cells[MOST_COLUMN] = {0}, good = 0;
	for (uint32_t i = r->first[from]; i < r->first[end]; i++) {
		if (parts_of(r, r->parts[i].line) >= 2)
			cells[column_of(c, &r->parts[i])]++;
	}
	for (uint32_t i = 0; i < c->n; i++)
		good += cells[i] >= LEAST_FILL * wide;
	return good >= 2;
}

static enum err
make_table(const struct rows *r, const struct columns *c, size_t from, size_t end, struct arena *mem,
           struct table *ret, struct why *why)
{
	struct table_cell *cells;
	uint32_t n = r->first[end] - r->first[from];
	float x0 = INFINITY, y0 = INFINITY, x1 = 0, y1 = 0;
	ARENA_TRY(cells, arena_array(mem, n, sizeof *cells), mem, why);
	for (uint32_t i = 0; i < n; i++) {
		const struct part *p = &r->parts[r->first[from] + i];
		cells[i] = (struct table_cell){p->line - (uint32_t)from, column_of(c, p), p->words};
		x0 = fminf(x0, p->x0);
		y0 = fminf(y0, p->y0);
		x1 = fmaxf(x1, p->x1);
		y1 = fmaxf(y1, p->y1);
	}
	float w = (float)r->size.width, h = (float)r->size.height;
	*ret = (struct table){.box = {x0 / w, y0 / h, x1 / w, y1 / h},
	                      .rows = (uint32_t)(end - from),
	                      .columns = c->n,
	                      .cells = cells,
	                      .n_cells = n};
	return ERR_NONE;
}

enum err
layout_tables(struct page *p, struct size s, struct arena *mem, struct why *why)
{
	struct part *parts;
	uint32_t *first;
	struct table *tables;
	size_t n_parts = 0, n = 0;
	TRY(layout_parts(p, s, mem, &parts, &n_parts, why));
	ARENA_TRY(first, arena_array(mem, p->n_lines + 1, sizeof *first), mem, why);
	ARENA_TRY(tables, arena_array(mem, DOCUMENT_MAX_TABLES, sizeof *tables), mem, why);
	for (; n < p->n_tables; n++)
		tables[n] = p->tables[n];
	for (size_t l = 0, i = 0; l <= p->n_lines; l++) {
		while (i < n_parts && parts[i].line < l)
			i++;
		first[l] = (uint32_t)i;
	}
	const struct rows r = {p, s, parts, first};
	for (size_t l = 0; l < p->n_lines && n < DOCUMENT_MAX_TABLES; l++) {
		uint32_t wide;
		if (parts_of(&r, l) < 2 || is_ruled(p, l))
			continue;
		size_t end = candidate(&r, l, &wide);
		struct columns c = find_columns(&r, l, end, wide);
		if (wide >= LEAST_ROWS && c.n >= 2 && first[end] - first[l] <= DOCUMENT_MAX_CELLS &&
		    well_filled(&r, &c, l, end, wide))
			TRY(make_table(&r, &c, l, end, mem, &tables[n++], why));
		l = end - 1;
	}
	p->tables = tables;
	p->n_tables = n;
	return ERR_NONE;
}
