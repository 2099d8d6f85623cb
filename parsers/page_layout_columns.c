/* Where a page has columns: prose that runs on in the next one, and heads, where two things stand abreast. */
#include "page_layout.h"

#include <math.h>

#define GUTTER       0.7F /* of a letter's height, white between columns of prose */
#define PLACES       96   /* where across the page a gutter is looked for */
#define PROSE_ROWS   4
#define PROSE_WORDS  3.0  /* a row, on the average */
#define PROSE_DIGITS 0.3  /* at most, of letters and digits */
#define HEAD_GUTTER  1.5F /* of a letter's height, white between what stands side by side in a head */
#define WIDE_GUTTER  2.0F
#define HEAD_ROWS    5 /* of both sides together, at least, and two of each */
#define HEAD_WORDS   2 /* a row, on the average */
#define HEAD_LETTERS 6
#define HEAD_DIGITS  0.4
#define HEAD_LEVEL   0.2F
#define BAND         0.6F /* of a letter's height: white across the page that parts a head from what follows */

/* ---- prose ---- */

struct side {
	uint32_t rows, words, letters, digits;
	/* in a head */
	uint32_t wide;   /* parts that are not the first of their row */
	uint32_t labels; /* rows that begin with a part which ends in a colon */
	bool label_first;
	float middle; /* of its last row */
};

static void
count_letters(struct side *s, const struct part *t)
{
	s->words += t->words.n;
	s->letters += t->letters.letters;
	s->digits += t->letters.digits;
}

static bool
is_prose(const struct side *s)
{
	return s->rows >= PROSE_ROWS && s->words >= PROSE_WORDS * s->rows &&
	       s->digits <= PROSE_DIGITS * (s->letters + s->digits);
}

static uint32_t
fewer_rows(const struct side sides[2])
{
	return sides[0].rows < sides[1].rows ? sides[0].rows : sides[1].rows;
}

/* Where the text of a region begins and ends, from left to right. */
static void
measure_across(const struct part *parts, size_t n, float *left, float *right)
{
	*left = INFINITY;
	*right = 0;
	for (size_t i = 0; i < n; i++) {
		*left = fminf(*left, parts[i].x0);
		*right = fmaxf(*right, parts[i].x1);
	}
}

/* The gutter with the most rows of prose on both its sides; rows = 0 when there is none. */
static struct gutter
find_prose(float usual, const struct part *parts, size_t n)
{
	struct gutter best = {0};
	float left, right, half = GUTTER * usual / 2;
	measure_across(parts, n, &left, &right);
	for (int k = 1; k < PLACES; k++) {
		float x = left + (right - left) * (float)k / PLACES;
		struct side sides[2] = {{0}};
		size_t first = 0;
		for (size_t i = 0; i <= n; i++) {
			if (i < n && (parts[i].x1 < x - half || parts[i].x0 > x + half)) {
				struct side *s = &sides[parts[i].x0 > x];
				count_letters(s, &parts[i]);
				s->rows++;
				continue;
			}
			uint32_t rows = fewer_rows(sides);
			if (rows > best.rows && is_prose(&sides[0]) && is_prose(&sides[1]))
				best = (struct gutter){first, i - first, x, rows};
			first = i + 1;
			memset(sides, 0, sizeof sides);
		}
	}
	return best;
}

/* ---- what stands side by side in a head ---- */

struct head {
	struct side sides[2];
	uint32_t level;   /* rows of the one on one level with a row of the other */
	float gap0, gap1; /* the white between them */
};

static void
count_part(struct head *h, const struct page *p, float usual, const struct part *t, float x)
{
	bool on_right = t->x0 > x;
	struct side *s = &h->sides[on_right];
	const struct side *other = &h->sides[!on_right];
	float middle = (t->y0 + t->y1) / 2;
	const char *last = p->words[t->words.first + t->words.n - 1].text;
	size_t len = strlen(last);
	bool label = len > 0 && last[len - 1] == ':';
	count_letters(s, t);
	if (on_right)
		h->gap1 = fminf(h->gap1, t->x0);
	else
		h->gap0 = fmaxf(h->gap0, t->x1);
	if (s->rows > 0 && middle - s->middle < usual / 2) {
		s->wide++;
		return;
	}
	s->label_first |= s->rows == 0 && label;
	s->labels += label;
	s->rows++;
	s->middle = middle;
	h->level += other->rows > 0 && middle - other->middle < HEAD_LEVEL * usual;
}

static bool
is_text(const struct side *s)
{
	return s->words >= HEAD_WORDS * s->rows && s->letters >= HEAD_LETTERS * s->rows &&
	       s->digits <= HEAD_DIGITS * (s->letters + s->digits);
}

/* Rows of a table, or keys and their values, stand on one level; what two columns of a head say does so by
 * chance alone. Where all rows do, they are columns if both are text that needs no other to be understood. */
static bool
is_head(const struct head *h, float usual)
{
	const struct side *l = &h->sides[0], *r = &h->sides[1];
	uint32_t fewer = fewer_rows(h->sides);
	float gap = h->gap1 - h->gap0;
	if (!is_text(l) || !is_text(r) || fewer < 2 || l->rows + r->rows < HEAD_ROWS)
		return false;
	if (h->level * 2 < fewer)
		return l->labels * 2 < l->rows && (l->wide == 0 || r->wide == 0) &&
		       (fewer > 2 || gap > WIDE_GUTTER * usual);
	if (l->wide + r->wide > 0 || gap < WIDE_GUTTER * usual)
		return false;
	if (l->label_first && r->label_first)
		return l->labels == 1 && r->labels == 1;
	return fewer > 2 && l->labels == 0 && 2 * l->words >= 5 * l->rows;
}

/* The gutter with the most rows of a head on both its sides; rows = 0 when there is none. */
static struct gutter
find_head(const struct page *p, float usual, const struct part *parts, size_t n)
{
	static const struct head NOTHING = {.gap1 = INFINITY};
	struct gutter best = {0};
	float left, right, half = HEAD_GUTTER * usual / 2;
	measure_across(parts, n, &left, &right);
	for (int k = 1; k < PLACES; k++) {
		float x = left + (right - left) * (float)k / PLACES, bottom = 0;
		struct head h = NOTHING;
		size_t first = 0;
		for (size_t i = 0; i <= n; i++) {
			bool beside = i < n && (parts[i].x1 < x - half || parts[i].x0 > x + half);
			bool ends = !beside || (i > first && parts[i].y0 - bottom > BAND * usual);
			if (ends) {
				uint32_t rows = fewer_rows(h.sides);
				if (rows > best.rows && is_head(&h, usual))
					best = (struct gutter){first, i - first, x, rows};
				first = i + !beside;
				h = NOTHING;
				bottom = 0;
			}
			if (beside) {
				count_part(&h, p, usual, &parts[i], x);
				bottom = fmaxf(bottom, parts[i].y1);
			}
		}
	}
	return best;
}

struct gutter
layout_gutter(const struct page *p, float usual, const struct part *parts, size_t n)
{
	struct gutter prose = find_prose(usual, parts, n), head = find_head(p, usual, parts, n);
	/* a head ends where white runs across the page, prose goes on */
	return head.rows * 4 >= prose.rows * 3 ? head : prose;
}
