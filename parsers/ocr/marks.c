#include "marks.h"

#define WINDOW 41 /* pixels of the square whose mean is the paper's level */
#define DARKER 12 /* levels below it that make a mark */

struct run {
	int32_t x0, x1, mark;
};

/* Mean of a square around each pixel, by sums of columns that slide down and a window that slides along. */
struct surroundings {
	const struct reader_page *page;
	uint32_t *column; /* sums of the rows in the window */
	int32_t top, bottom;
};

static const uint8_t *
row_of(const struct reader_page *p, int32_t y)
{
	return p->pixels + (size_t)y * p->stride;
}

static void
slide_to(struct surroundings *s, int32_t y)
{
	int32_t half = WINDOW / 2;
	for (; s->bottom < s->page->height && s->bottom <= y + half; s->bottom++) {
		const uint8_t *r = row_of(s->page, s->bottom);
		for (int32_t x = 0; x < s->page->width; x++)
			s->column[x] += r[x];
	}
	for (; s->top < y - half; s->top++) {
		const uint8_t *r = row_of(s->page, s->top);
		for (int32_t x = 0; x < s->page->width; x++)
			s->column[x] -= r[x];
	}
}

/* One row smoothed by [1 2 1] both ways, times 16. */
static void
smooth_row(const struct reader_page *p, int32_t y, uint16_t *sum, uint16_t *out)
{
	const uint8_t *b = row_of(p, y), *a = y ? row_of(p, y - 1) : b,
	              *c = y + 1 < p->height ? row_of(p, y + 1) : b;
	int32_t w = p->width;
	for (int32_t x = 0; x < w; x++)
		sum[x] = (uint16_t)(a[x] + 2 * b[x] + c[x]);
	for (int32_t x = 0; x < w; x++) {
		int32_t l = x ? sum[x - 1] : sum[x], r = x + 1 < w ? sum[x + 1] : sum[x];
		out[x] = (uint16_t)(l + 2 * sum[x] + r);
	}
}

/* The sums of the square around each pixel of the row. */
static void
sums_of_row(const struct surroundings *s, uint32_t *sums)
{
	int32_t w = s->page->width, half = WINDOW / 2;
	uint32_t sum = 0;
	for (int32_t x = 0; x < w && x < half; x++)
		sum += s->column[x];
	for (int32_t x = 0; x < w; x++) {
		sum += x + half < w ? s->column[x + half] : 0;
		sum -= x > half ? s->column[x - half - 1] : 0;
		sums[x] = sum;
	}
}

/* Columns of the square around x that lie on the page. */
static uint32_t
columns_at(int32_t x, int32_t width)
{
	int32_t half = WINDOW / 2, left = x > half ? x - half : 0, right = x + half + 1;
	return (uint32_t)((right < width ? right : width) - left);
}

/* 1 where the pixel is darker than its surroundings. The largest product is under 8 million. */
static void
dark_of_row(const struct surroundings *s, const uint16_t *smooth, const uint32_t *sums, uint8_t *dark)
{
	int32_t w = s->page->width, half = WINDOW / 2, inner = w > 2 * half ? w - half : 0;
	uint32_t rows = (uint32_t)(s->bottom - s->top);
	for (int32_t x = half; x < inner; x++)
		dark[x] = (smooth[x] + 16U * DARKER) * (rows * WINDOW) < 16 * sums[x];
	for (int32_t x = 0; x < w; x = x + 1 == half && inner ? inner : x + 1)
		dark[x] = (smooth[x] + 16U * DARKER) * (rows * columns_at(x, w)) < 16 * sums[x];
}

static size_t
runs_of_row(const uint8_t *dark, int32_t w, struct run *runs)
{
	size_t n = 0;
	uint8_t before = 0;
	for (int32_t x = 0; x < w; before = dark[x], x++) {
		if (dark[x] == before)
			continue;
		if (dark[x])
			runs[n++] = (struct run){x, w, -1};
		else
			runs[n - 1].x1 = x;
	}
	return n;
}

struct union_find {
	struct mark *marks;
	int32_t *parent;
	size_t n, cap;
};

static int32_t
root(struct union_find *u, int32_t i)
{
	/* There is an array wherever there is an index into it.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	while (u->parent[i] != i)
		i = u->parent[i] = u->parent[u->parent[i]];
	return i;
}

static void
widen(struct mark *a, const struct mark *b)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as above */
	a->x0 = b->x0 < a->x0 ? b->x0 : a->x0;
	a->y0 = b->y0 < a->y0 ? b->y0 : a->y0;
	a->x1 = b->x1 > a->x1 ? b->x1 : a->x1;
	a->y1 = b->y1 > a->y1 ? b->y1 : a->y1;
	a->area += b->area;
}

static bool
grow(struct union_find *u)
{
	size_t cap = u->cap ? 2 * u->cap : 4096;
	struct mark *m = realloc(u->marks, cap * sizeof *m);
	if (m)
		u->marks = m;
	int32_t *p = realloc(u->parent, cap * sizeof *p);
	if (p)
		u->parent = p;
	if (m && p)
		u->cap = cap;
	return m && p;
}

/* Runs that touch runs of the row above (corners count) join their marks. */
static enum err
join_rows(struct union_find *u, const struct run *above, size_t n_above, struct run *runs, size_t n,
          int32_t y, struct why *why)
{
	size_t a = 0;
	for (size_t i = 0; i < n; i++) {
		struct run *r = &runs[i];
		struct mark m = {r->x0, y, r->x1, y + 1, r->x1 - r->x0};
		while (a < n_above && above[a].x1 < r->x0)
			a++;
		for (size_t k = a; k < n_above && above[k].x0 <= r->x1; k++) {
			int32_t to = root(u, above[k].mark);
			if (r->mark < 0) {
				r->mark = to;
				continue;
			}
			int32_t from = root(u, r->mark);
			if (from == to)
				continue;
			int32_t low = from < to ? from : to, high = from < to ? to : from;
			u->parent[high] = low;
			widen(&u->marks[low], &u->marks[high]);
			r->mark = low;
		}
		if (r->mark >= 0) {
			widen(&u->marks[root(u, r->mark)], &m);
			continue;
		}
		if (u->n == u->cap && !grow(u))
			return fail(why, ERR_PARSER_MEMORY, "no memory for the marks of the page");
		r->mark = (int32_t)u->n;
		u->parent[u->n] = (int32_t)u->n;
		u->marks[u->n++] = m;
	}
	return ERR_NONE;
}

struct row_room {         /* what one row of the page is made into */
	uint16_t *smooth; /* two rows of it */
	uint32_t *sums;
	uint8_t *dark;
};

static enum err
collect(const struct reader_page *page, struct surroundings *s, const struct row_room *room, struct run *runs,
        struct union_find *u, struct why *why)
{
	size_t most = (size_t)page->width / 2 + 1, n_above = 0;
	struct run *above = runs, *now = runs + most;
	for (int32_t y = 0; y < page->height; y++) {
		slide_to(s, y);
		smooth_row(page, y, room->smooth, room->smooth + page->width);
		sums_of_row(s, room->sums);
		dark_of_row(s, room->smooth + page->width, room->sums, room->dark);
		size_t n = runs_of_row(room->dark, page->width, now);
		TRY(join_rows(u, above, n_above, now, n, y, why));
		struct run *t = above;
		above = now;
		now = t;
		n_above = n;
	}
	return ERR_NONE;
}

enum err
marks_find(const struct reader_page *page, struct arena *mem, struct mark **ret, size_t *ret_n,
           struct why *why)
{
	size_t w = (size_t)page->width;
	OWNED(mem_free) uint32_t *column = calloc(w, sizeof *column);
	OWNED(mem_free) uint16_t *smooth = calloc(2 * w, sizeof *smooth);
	OWNED(mem_free) uint32_t *sums = calloc(w, sizeof *sums);
	OWNED(mem_free) uint8_t *dark = calloc(w, sizeof *dark);
	OWNED(mem_free) struct run *runs = calloc(2 * (w / 2 + 1), sizeof *runs);
	if (!column || !smooth || !sums || !dark || !runs)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the rows of the page");
	struct surroundings s = {page, column, 0, 0};
	struct union_find u = {0};
	enum err e = collect(page, &s, &(struct row_room){smooth, sums, dark}, runs, &u, why);
	size_t n = 0;
	for (size_t i = 0; e == ERR_NONE && i < u.n; i++)
		n += u.parent[i] == (int32_t)i;
	struct mark *out = e == ERR_NONE ? arena_array(mem, n ? n : 1, sizeof *out) : NULL;
	if (e == ERR_NONE && !out)
		e = arena_full(mem, why);
	if (e == ERR_NONE) {
		*ret = out;
		*ret_n = n;
		for (size_t i = 0; i < u.n; i++)
			if (u.parent[i] == (int32_t)i)
				*out++ = u.marks[i];
	}
	free(u.marks);
	free(u.parent);
	return e;
}
