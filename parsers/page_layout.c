#include "page_layout.h"

#include <math.h>

#define PART_GAP     1.0F /* of a letter's height: words of a part stand nearer */
#define BLOCK_GAP    1.2F /* of a row's height: rows of a block stand nearer */
#define BLOCK_SCALE  1.8F /* rows of a block are of like height */
#define CELL_NEAR    0.3F /* of a letter's height: from a row to the lines of a cell beside it, at least */
#define CELL_FAR     0.85F
#define CELL_APART   1.15F /* of the distance of these lines: what is no part of the row is farther */
#define DEPTH        16
#define SIDE_LETTERS 3    /* of a line that runs up the page, at least */
#define SIDE_SHAPE   2.0F /* and its height, of its width */
#define OPEN_ROWS    6
#define ROW_PARTS    1000 /* no paper has as many: each is compared with all of its row */
#define SPECK_SIGNS  3    /* letters, digits and signs of a part that may be none */
#define SPECK_SURE   0.5F

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* ---- parts ---- */

static float
word_height(const struct page *p, struct size s, uint32_t i)
{
	return (p->words[i].box.y1 - p->words[i].box.y0) * (float)s.height;
}

static void
add_word(struct part *t, const struct page *p, struct size s, uint32_t i)
{
	const struct box *b = &p->words[i].box;
	t->x0 = fminf(t->x0, b->x0 * (float)s.width);
	t->y0 = fminf(t->y0, b->y0 * (float)s.height);
	t->x1 = fmaxf(t->x1, b->x1 * (float)s.width);
	t->y1 = fmaxf(t->y1, b->y1 * (float)s.height);
	t->words.n++;
}

/* Higher than any letter, and longer upwards than across. */
static bool
is_on_side(const struct page *p, struct size s, struct span line)
{
	float x0 = INFINITY, y0 = INFINITY, x1 = 0, y1 = 0;
	size_t letters = 0;
	for (uint32_t i = line.first; i < line.first + line.n; i++) {
		const struct box *b = &p->words[i].box;
		x0 = fminf(x0, b->x0 * (float)s.width);
		y0 = fminf(y0, b->y0 * (float)s.height);
		x1 = fmaxf(x1, b->x1 * (float)s.width);
		y1 = fmaxf(y1, b->y1 * (float)s.height);
		for (const char *c = p->words[i].text; *c; c++)
			letters += (*c & 0xC0) != 0x80;
	}
	return letters >= SIDE_LETTERS && y1 - y0 > SIDE_SHAPE * (x1 - x0);
}

/* Letters of any alphabet are whatever is neither ASCII sign nor digit. */
struct letters
layout_letters(const struct page *p, struct span words)
{
	struct letters l = {0};
	for (uint32_t i = words.first; i < words.first + words.n; i++) {
		for (const unsigned char *c = (const unsigned char *)p->words[i].text; *c; c++) {
			bool starts = (*c & 0xC0) != 0x80;
			l.digits += *c >= '0' && *c <= '9';
			l.letters +=
			    starts && (*c >= 0xC3 || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z'));
		}
	}
	return l;
}

enum err
layout_parts(const struct page *p, struct size s, struct arena *mem, struct part **ret, size_t *ret_n,
             struct why *why)
{
	struct part *parts;
	float *heights;
	size_t n = 0;
	ARENA_TRY(parts, arena_array(mem, p->n_words, sizeof *parts), mem, why);
	ARENA_TRY(heights, arena_array(mem, p->n_words, sizeof *heights), mem, why);
	for (size_t l = 0; l < p->n_lines; l++) {
		struct span line = p->lines[l];
		for (uint32_t i = 0; i < line.n; i++)
			heights[i] = word_height(p, s, line.first + i);
		qsort(heights, line.n, sizeof *heights, by_value);
		float usual = line.n ? heights[line.n / 2] : 0;
		bool on_side = is_on_side(p, s, line);
		for (uint32_t i = line.first; i < line.first + line.n; i++) {
			float left = p->words[i].box.x0 * (float)s.width;
			bool near = i > line.first && left - parts[n - 1].x1 < PART_GAP * usual &&
			            left > parts[n - 1].x0;
			bool goes_on = on_side ? i > line.first : near;
			if (!goes_on)
				parts[n++] = (struct part){.words = {i, 0},
				                           .line = (uint32_t)l,
				                           .x0 = INFINITY,
				                           .y0 = INFINITY,
				                           .height = usual,
				                           .on_side = on_side};
			add_word(&parts[n - 1], p, s, i);
		}
	}
	for (size_t i = 0; i < n; i++)
		parts[i].letters = layout_letters(p, parts[i].words);
	*ret = parts;
	*ret_n = n;
	return ERR_NONE;
}

/* Two or three doubtful letters with nothing beside them: a fold, a stamp's rim, a piece of a picture. */
static bool
is_speck(const struct page *p, const struct part *t)
{
	uint32_t signs = 0;
	for (uint32_t i = t->words.first; i < t->words.first + t->words.n; i++) {
		if (p->words[i].confidence >= SPECK_SURE)
			return false;
		for (const char *c = p->words[i].text; *c; c++)
			signs += (*c & 0xC0) != 0x80;
	}
	return signs <= SPECK_SIGNS;
}

/* ---- columns, rows, blocks ---- */

struct row {
	uint32_t first, n; /* of `order` */
	float y0, y1, height;
};

struct desk {
	const struct page *page;
	struct part *parts; /* all of the page; regions are ranges of them */
	struct part *sorted, *spare;
	size_t n_sorted;
	struct row *rows;
	size_t n_rows;
	uint32_t *blocks; /* the first row of each */
	size_t n_blocks;
	float usual;
};

static int
by_middle(const void *a, const void *b)
{
	const struct part *p = a, *q = b;
	float x = p->y0 + p->y1, y = q->y0 + q->y1;
	return x != y ? (x > y) - (x < y) : (p->x0 > q->x0) - (p->x0 < q->x0);
}

static int
by_left(const void *a, const void *b)
{
	const struct part *p = a, *q = b;
	return p->x0 != q->x0 ? (p->x0 > q->x0) - (p->x0 < q->x0) : by_middle(a, b);
}

/* On one level with the part of the row that stands nearest to its left, and beside all of them. */
static bool
stands_in_row(const struct desk *d, const struct row *r, const struct part *t)
{
	const struct part *near = NULL;
	if (r->n == ROW_PARTS)
		return false;
	for (uint32_t i = r->first; i < r->first + r->n; i++) {
		const struct part *o = &d->sorted[i];
		float common = fminf(o->x1, t->x1) - fmaxf(o->x0, t->x0);
		if (common > 0.3F * fminf(o->x1 - o->x0, t->x1 - t->x0))
			return false;
		if (!near || fabsf(o->x0 - t->x0) < fabsf(near->x0 - t->x0))
			near = o;
	}
	float common = near ? fminf(near->y1, t->y1) - fmaxf(near->y0, t->y0) : 0;
	return near && common > 0.55F * fminf(near->y1 - near->y0, t->y1 - t->y0);
}

/* ---- cells of two lines, beside whose middle the rest of their row stands ---- */

static float
level_of(const struct row *r)
{
	return (r->y0 + r->y1) / 2;
}

static struct part *
in_column(struct desk *d, const struct row *r, const struct part *t)
{
	for (uint32_t i = r->first; i < r->first + r->n; i++)
		if (fminf(d->sorted[i].x1, t->x1) > fmaxf(d->sorted[i].x0, t->x0))
			return &d->sorted[i];
	return NULL;
}

/* Each part of `of` is beside all of `row` and has one of `with` in its column. */
static bool
are_its_cells(struct desk *d, const struct row *of, const struct row *with, const struct row *row)
{
	for (uint32_t i = of->first; i < of->first + of->n; i++)
		if (in_column(d, row, &d->sorted[i]) || !in_column(d, with, &d->sorted[i]))
			return false;
	return true;
}

/* Is row r between the two lines of its cells, rows r - 1 and r + 1? A note beside a paragraph and the halves
 * of a page that lies askew stand so too, but there the lines go on. */
static bool
is_within_cells(struct desk *d, size_t first, size_t r)
{
	const struct row *up = &d->rows[r - 1], *row = up + 1, *down = up + 2;
	float h = row->height, above = level_of(row) - level_of(up), below = level_of(down) - level_of(row);
	if (above < CELL_NEAR * h || above > CELL_FAR * h || fabsf(above - below) > CELL_NEAR * h)
		return false;
	float apart = CELL_APART * (above + below);
	if ((r - 1 > first && level_of(up) - level_of(up - 1) < apart) ||
	    (r + 2 < d->n_rows && level_of(down + 1) - level_of(down) < apart))
		return false;
	return are_its_cells(d, up, down, row) && are_its_cells(d, down, up, row);
}

/* A cell is read to its end before the next one. */
static void
join_cells(struct desk *d, size_t first)
{
	for (size_t r = first + 1; r + 1 < d->n_rows; r++) {
		if (!is_within_cells(d, first, r))
			continue;
		struct row *up = &d->rows[r - 1], *down = up + 2;
		for (uint32_t i = up->first; i < up->first + up->n; i++) {
			struct part *other = in_column(d, down, &d->sorted[i]);
			d->sorted[i].x0 = other->x0 = fminf(d->sorted[i].x0, other->x0);
		}
		up->n += up[1].n + down->n;
		up->y1 = down->y1;
		up->height = up[1].height;
		memmove(up + 1, up + 3, (size_t)(&d->rows[d->n_rows] - (up + 3)) * sizeof *up);
		d->n_rows -= 2;
	}
}

/* Parts of one column, sorted from top to bottom, become rows. A row's parts are kept together in `sorted`,
 * so one that joins a row above the last moves the rows below it. */
static void
make_rows(struct desk *d, const struct part *parts, size_t n)
{
	size_t first_row = d->n_rows;
	for (size_t i = 0; i < n; i++) {
		size_t r = d->n_rows, open = r - first_row < OPEN_ROWS ? first_row : r - OPEN_ROWS;
		while (r > open && !stands_in_row(d, &d->rows[r - 1], &parts[i]))
			r--;
		if (r == open) {
			d->rows[d->n_rows++] =
			    (struct row){(uint32_t)d->n_sorted, 0, parts[i].y0, parts[i].y1, parts[i].height};
			r = d->n_rows;
		}
		struct row *row = &d->rows[r - 1];
		uint32_t at = row->first + row->n;
		memmove(&d->sorted[at + 1], &d->sorted[at], (d->n_sorted - at) * sizeof *d->sorted);
		d->sorted[at] = parts[i];
		d->n_sorted++;
		row->n++;
		row->y0 = fminf(row->y0, parts[i].y0);
		row->y1 = fmaxf(row->y1, parts[i].y1);
		for (size_t k = r; k < d->n_rows; k++)
			d->rows[k].first++;
	}
	join_cells(d, first_row);
	for (size_t r = first_row; r < d->n_rows; r++) {
		qsort(d->sorted + d->rows[r].first, d->rows[r].n, sizeof *d->sorted, by_left);
		const struct row *now = &d->rows[r], *above = now - 1;
		float tall = fmaxf(now->height, r > first_row ? above->height : 0),
		      low = fminf(now->height, r > first_row ? above->height : now->height);
		if (r == first_row || now->y0 - above->y1 > BLOCK_GAP * low || tall > BLOCK_SCALE * low)
			d->blocks[d->n_blocks++] = (uint32_t)r;
	}
}

/* Parts sorted from top to bottom: what is above a gutter, left of it, right of it, below it. */
static void
arrange(struct desk *d, struct part *parts, size_t n, int depth)
{
	struct gutter g = depth < DEPTH ? layout_gutter(d->page, d->usual, parts, n) : (struct gutter){0};
	if (g.rows == 0) {
		make_rows(d, parts, n);
		return;
	}
	arrange(d, parts, g.first, depth + 1);
	size_t left = 0, right = 0;
	for (size_t i = g.first; i < g.first + g.n; i++) {
		if (parts[i].x0 > g.x)
			d->spare[right++] = parts[i];
		else
			parts[g.first + left++] = parts[i];
	}
	memcpy(parts + g.first + left, d->spare, right * sizeof *parts);
	arrange(d, parts + g.first, left, depth + 1);
	arrange(d, parts + g.first + left, right, depth + 1);
	arrange(d, parts + g.first + g.n, n - g.first - g.n, depth + 1);
}

static enum err
write_back(const struct desk *d, struct page *p, struct arena *mem, struct why *why)
{
	struct word *words;
	struct span *lines, *blocks;
	ARENA_TRY(words, arena_array(mem, p->n_words, sizeof *words), mem, why);
	ARENA_TRY(lines, arena_array(mem, d->n_rows, sizeof *lines), mem, why);
	ARENA_TRY(blocks, arena_array(mem, d->n_blocks, sizeof *blocks), mem, why);
	uint32_t n = 0;
	for (size_t r = 0; r < d->n_rows; r++) {
		lines[r].first = n;
		for (uint32_t i = d->rows[r].first; i < d->rows[r].first + d->rows[r].n; i++) {
			const struct span *from = &d->sorted[i].words;
			memcpy(words + n, p->words + from->first, from->n * sizeof *words);
			n += from->n;
		}
		lines[r].n = n - lines[r].first;
	}
	for (size_t b = 0; b < d->n_blocks; b++) {
		uint32_t end = b + 1 < d->n_blocks ? d->blocks[b + 1] : (uint32_t)d->n_rows;
		blocks[b] = (struct span){d->blocks[b], end - d->blocks[b]};
	}
	p->words = words;
	p->n_words = n;
	p->lines = lines;
	p->n_lines = d->n_rows;
	p->blocks = blocks;
	p->n_blocks = d->n_blocks;
	return ERR_NONE;
}

enum err
layout_order(struct page *p, struct size s, struct arena *mem, struct why *why)
{
	struct desk d = {.page = p};
	struct part *on_side;
	size_t n_all = 0, n = 0, n_side = 0;
	float *heights;
	TRY(layout_parts(p, s, mem, &d.parts, &n_all, why));
	ARENA_TRY(on_side, arena_array(mem, n_all, sizeof *on_side), mem, why);
	for (size_t i = 0; i < n_all; i++) {
		if (is_speck(p, &d.parts[i]))
			continue;
		if (d.parts[i].on_side)
			on_side[n_side++] = d.parts[i];
		else
			d.parts[n++] = d.parts[i];
	}
	if (n + n_side == 0) {
		p->n_words = p->n_lines = p->n_blocks = 0;
		return ERR_NONE;
	}
	ARENA_TRY(d.sorted, arena_array(mem, n_all + 1, sizeof *d.sorted), mem, why);
	ARENA_TRY(d.spare, arena_array(mem, n_all, sizeof *d.spare), mem, why);
	ARENA_TRY(d.rows, arena_array(mem, n_all, sizeof *d.rows), mem, why);
	ARENA_TRY(d.blocks, arena_array(mem, n_all, sizeof *d.blocks), mem, why);
	ARENA_TRY(heights, arena_array(mem, n_all, sizeof *heights), mem, why);
	for (size_t i = 0; i < n; i++)
		heights[i] = d.parts[i].height;
	qsort(heights, n, sizeof *heights, by_value);
	d.usual = n ? heights[n / 2] : 0;
	qsort(d.parts, n, sizeof *d.parts, by_middle);
	arrange(&d, d.parts, n, 0);
	for (size_t i = 0; i < n_side; i++)
		make_rows(&d, &on_side[i], 1);
	return write_back(&d, p, mem, why);
}
