/* Tables whose rows and columns are drawn on the paper: their lines, from pixels; their cells, from words. */
#include "page_steps.h"

#include "own.h"

#include <leptonica/allheaders.h>

#define LOOK_SIDE   1300 /* pixels of the copy's longer side */
#define DARKER      40   /* grey levels from paper to a line */
#define LEAST_LINE  36   /* pixels of the copy: longer than a letter's strokes and a dash */
#define MOST_THICK  8
#define LEAST_SIDE  40 /* of a table */
#define SAME_LINE   6  /* lines nearer than this are one, drawn twice or a little askew */
#define MOST_LINES  200
#define LEAST_CELLS 2 /* along one side, and 1 along the other: a frame around a text is no table */

#define MOST_EMPTY 3 /* places for each entry */

struct lines { /* where lines across one direction stand, sorted */
	int at[MOST_LINES];
	uint32_t n;
};

/* A copy in which thin lines stay as dark as they are: of each square the darkest pixel. */
static PIX *
small_copy(PIX *grey, int *ret_factor)
{
	int side = pixGetWidth(grey) > pixGetHeight(grey) ? pixGetWidth(grey) : pixGetHeight(grey);
	*ret_factor = (side + LOOK_SIDE - 1) / LOOK_SIDE;
	return *ret_factor > 1 ? pixScaleGrayMinMax(grey, *ret_factor, *ret_factor, L_CHOOSE_MIN)
	                       : pixClone(grey);
}

/* What is long in one direction and thin in the other, gaps of a few pixels closed. */
static PIX *
thin_lines(PIX *dark, bool level)
{
	int w = level ? LEAST_LINE : 1, h = level ? 1 : LEAST_LINE;
	OWNED(pixDestroy) PIX *lengthy = pixOpenBrick(NULL, dark, w, h);
	OWNED(pixDestroy)
	PIX *thick = !lengthy ? NULL
	             : level  ? pixOpenBrick(NULL, lengthy, 1, MOST_THICK)
	                      : pixOpenBrick(NULL, lengthy, MOST_THICK, 1);
	if (!thick)
		return NULL;
	pixSubtract(lengthy, lengthy, thick);
	return level ? pixCloseBrick(NULL, lengthy, 9, 3) : pixCloseBrick(NULL, lengthy, 3, 9);
}

static void
add_line(struct lines *l, int at)
{
	uint32_t i = l->n;
	if (l->n == MOST_LINES)
		return;
	for (; i > 0 && l->at[i - 1] > at; i--)
		l->at[i] = l->at[i - 1];
	l->at[i] = at;
	l->n++;
}

static void
join_near(struct lines *l)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n; i++) {
		if (n == 0 || l->at[i] - l->at[n - 1] > SAME_LINE)
			l->at[n++] = l->at[i];
	}
	l->n = n;
}

/* The lines of one direction that lie in the box. */
static struct lines
lines_in(BOXA *segments, int x, int y, int w, int h, bool level)
{
	struct lines l = {.n = 0};
	for (int i = 0; i < boxaGetCount(segments); i++) {
		int sx, sy, sw, sh;
		boxaGetBoxGeometry(segments, i, &sx, &sy, &sw, &sh);
		if (sx < x - 2 || sy < y - 2 || sx + sw > x + w + 2 || sy + sh > y + h + 2)
			continue;
		if ((level ? sw : sh) >= LEAST_LINE)
			add_line(&l, level ? sy + sh / 2 : sx + sw / 2);
	}
	join_near(&l);
	return l;
}

/* Between which of the lines a place is; -1: outside. */
static int
between(const struct lines *l, float at)
{
	int i = 0;
	if (l->n == 0 || at < (float)l->at[0] || at >= (float)l->at[l->n - 1])
		return -1;
	while (at >= (float)l->at[i + 1])
		i++;
	return i;
}

struct place {
	int row, column;
};

static struct place
place_of(const struct word *word, float w, float h, const struct lines *rows, const struct lines *columns)
{
	struct place p = {between(rows, (word->box.y0 + word->box.y1) / 2 * h),
	                  between(columns, (word->box.x0 + word->box.x1) / 2 * w)};
	return p.row < 0 || p.column < 0 ? (struct place){-1, -1} : p;
}

/* Entries of a table, the most that a page's words could make: room for one table after another. */
struct entries {
	struct table_cell *cells;
	size_t room;
};

static void
entries_free(struct entries *e)
{
	free(e->cells);
}

/* Neighbours on a line that stand in one cell are an entry of it. */
static struct table
fill(const struct page *p, float w, float h, const struct lines *rows, const struct lines *columns,
     struct entries *to)
{
	struct table_cell *cells = to->cells;
	size_t n = 0;
	for (size_t l = 0; l < p->n_lines; l++) {
		struct place before = {-1, -1};
		for (uint32_t i = p->lines[l].first; i < p->lines[l].first + p->lines[l].n; i++) {
			struct place at = place_of(&p->words[i], w, h, rows, columns);
			if (at.row >= 0 && at.row == before.row && at.column == before.column)
				cells[n - 1].words.n++;
			else if (at.row >= 0 && n < to->room)
				cells[n++] =
				    (struct table_cell){(uint32_t)at.row, (uint32_t)at.column, {i, 1}};
			before = n > 0 && cells[n - 1].words.first + cells[n - 1].words.n == i + 1
			             ? at
			             : (struct place){-1, -1};
		}
	}
	return (struct table){.box = {(float)columns->at[0] / w, (float)rows->at[0] / h,
	                              (float)columns->at[columns->n - 1] / w,
	                              (float)rows->at[rows->n - 1] / h},
	                      .rows = rows->n - 1,
	                      .columns = columns->n - 1,
	                      .ruled = true,
	                      .cells = cells,
	                      .n_cells = n};
}

/* Lines that belong to no table, a floor's boards among them, part places that nothing stands in. */
static bool
is_used(const struct table *t)
{
	return t->n_cells > 1 && MOST_EMPTY * t->n_cells >= (size_t)t->rows * t->columns;
}

/* Only what is kept takes memory of the page: a picture may be full of frames. */
static enum err
keep(const struct table *t, struct page *p, struct table *tables, struct arena *mem, struct why *why)
{
	struct table_cell *cells;
	ARENA_TRY(cells, arena_array(mem, t->n_cells, sizeof *cells), mem, why);
	memcpy(cells, t->cells, t->n_cells * sizeof *cells);
	tables[p->n_tables] = *t;
	tables[p->n_tables++].cells = cells;
	return ERR_NONE;
}

static enum err
tables_of(PIX *level, PIX *upright, struct page *p, struct arena *mem, struct why *why)
{
	OWNED(pixDestroy) PIX *both = pixOr(NULL, level, upright);
	OWNED(pixDestroy) PIX *joined = both ? pixCloseBrick(NULL, both, 5, 5) : NULL;
	OWNED(boxaDestroy) BOXA *frames = joined ? pixConnCompBB(joined, 8) : NULL;
	OWNED(boxaDestroy) BOXA *across = pixConnCompBB(level, 8);
	OWNED(boxaDestroy) BOXA *down = pixConnCompBB(upright, 8);
	OWNED(entries_free)
	struct entries room = {.room = p->n_words < DOCUMENT_MAX_CELLS ? p->n_words : DOCUMENT_MAX_CELLS};
	float w = (float)pixGetWidth(level), h = (float)pixGetHeight(level);
	struct table *tables;
	ARENA_TRY(tables, arena_array(mem, DOCUMENT_MAX_TABLES, sizeof *tables), mem, why);
	room.cells = malloc(room.room * sizeof *room.cells);
	if (!frames || !across || !down || !room.cells)
		return fail(why, ERR_PARSER_MEMORY, "no memory to look for ruled tables");
	p->tables = tables;
	for (int i = 0; i < boxaGetCount(frames) && p->n_tables < DOCUMENT_MAX_TABLES; i++) {
		int x, y, bw, bh;
		boxaGetBoxGeometry(frames, i, &x, &y, &bw, &bh);
		if (bw < LEAST_SIDE || bh < LEAST_SIDE / 2)
			continue;
		struct lines rows = lines_in(across, x, y, bw, bh, true);
		struct lines columns = lines_in(down, x, y, bw, bh, false);
		if (rows.n < 2 || columns.n < 2 || rows.n + columns.n - 2 <= LEAST_CELLS)
			continue;
		const struct table t = fill(p, w, h, &rows, &columns, &room);
		if (is_used(&t))
			TRY(keep(&t, p, tables, mem, why));
	}
	return ERR_NONE;
}

enum err
page_ruled_tables(struct Pix *grey, float paper, struct page *p, struct arena *mem, struct why *why)
{
	int factor = 1, split = (int)paper - DARKER;
	p->n_tables = 0;
	if (p->n_words < 2 || split < 1)
		return ERR_NONE;
	OWNED(pixDestroy) PIX *small = small_copy(grey, &factor);
	OWNED(pixDestroy) PIX *dark = small ? pixThresholdToBinary(small, split) : NULL;
	OWNED(pixDestroy) PIX *level = dark ? thin_lines(dark, true) : NULL;
	OWNED(pixDestroy) PIX *upright = dark ? thin_lines(dark, false) : NULL;
	if (!level || !upright)
		return fail(why, ERR_PARSER_MEMORY, "no memory to look for ruled tables");
	return tables_of(level, upright, p, mem, why);
}
