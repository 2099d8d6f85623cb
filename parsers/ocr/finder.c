#include "finder.h"

#include "marks.h"

#include <math.h>

/* A page of small print has some ten thousand letters; a page of noise has no end of specks. */
#define MOST_MARKS  40000
#define MOST_LINES  4000
#define MAX_SKEW    15.0 /* degrees */
#define MOST_SPLITS 6    /* of what was joined, into rows and columns, one within the other */
#define MAX_GAP     2.2F /* between letters of a line, of their height */
#define DOT_GAP     0.9F /* the same for dots and dashes at a line's end */

/* A long dash, of a letter's height; what is longer is a rule. */
#define DASH        3.2F
#define DASH_HEIGHT 0.3F
/* Letters of a heading are up to so many times as high as usual ones, and so many side by side: a few large
 * marks are a drawing. */
#define LARGE         3.2F
#define LARGEST       6.0F
#define LARGE_LETTERS 4
/* White between two columns of prose, of a letter's height; words of a justified line stand closer. Three
 * lines near each other, with as many letters on either side of it, make it known, and then it parts any
 * line. */
#define GUTTER         1.1F
#define GUTTER_LETTERS 10
#define GUTTER_LINES   3 /* beside the one that is parted */
#define GUTTER_REACH   20.0F
#define MOST_GUTTERS   1000

/* A line of one or two marks as low and narrow as this may be a comma or a quote: of a letter's height */
#define SIGN_MARKS  2
#define SIGN_HEIGHT 0.85F
#define SIGN_WIDTH  1.2F
/* A quote and the apostrophe behind the letter after it find each other over the letter's head: they are
 * lower than the lowest letters. */
#define QUOTES_MARKS  4
#define QUOTES_HEIGHT 0.7F
#define QUOTES_WIDTH  2.6F
#define FLAT_LETTERS  6
/* What a step above or below a line counts against one beside it, when a small mark looks for its line. */
#define OFF_LEVEL 3.0F

struct piece { /* a mark, turned so that text runs level */
	float u0, v0, u1, v1;
	int32_t line;
};

struct pieces {
	struct piece *letters, *dots;
	size_t n_letters, n_dots;
	float usual; /* height of a letter */
};

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static float
percentile(float *v, size_t n, float p)
{
	qsort(v, n, sizeof *v, by_value);
	return v[(size_t)(p * (float)(n - 1) + .5F)];
}

static bool
like_a_letter(const struct mark *m)
{
	int32_t w = m->x1 - m->x0, h = m->y1 - m->y0;
	return h >= 6 && h <= 90 && w >= 2 && w < 4 * h && h < 8 * w && (double)m->area >= .12 * h * w;
}

/* The median height of what may be letters; 0 when there are too few to be text. */
static float
usual_height(const struct mark *marks, size_t n, float *scratch)
{
	size_t k = 0;
	for (size_t i = 0; i < n && k < MOST_MARKS; i++)
		if (like_a_letter(&marks[i]) && marks[i].y1 - marks[i].y0 >= 8)
			scratch[k++] = (float)(marks[i].y1 - marks[i].y0);
	if (k > 2)
		return percentile(scratch, k, .5F);
	k = 0;
	for (size_t i = 0; i < n && k < MOST_MARKS; i++)
		if (like_a_letter(&marks[i]))
			scratch[k++] = (float)(marks[i].y1 - marks[i].y0);
	return k ? percentile(scratch, k, .5F) : 0;
}

enum shape { NOISE, LETTER, DOT };

static enum shape
shape_of(const struct mark *m, float usual)
{
	float w = (float)(m->x1 - m->x0), h = (float)(m->y1 - m->y0), a = (float)m->area;
	if (h >= .5F * usual && h <= LARGEST * usual && w <= 14 * usual && w >= 2 && a >= .08F * w * h &&
	    !(h < .75F * usual && w > 4 * h))
		return LETTER;
	bool dot = h <= .7F * usual && w <= 1.6F * usual,
	     dash = h <= DASH_HEIGHT * usual && w <= DASH * usual;
	return a >= 3 && (dot || dash) ? DOT : NOISE;
}

/* How sharply the feet of the letters fall into rows when the page is turned by `slope`. */
static double
sharpness(const struct mark *marks, size_t n, float usual, double slope, int32_t *bins, size_t n_bins,
          double height)
{
	memset(bins, 0, n_bins * sizeof *bins);
	double size = usual / 4, sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (shape_of(&marks[i], usual) != LETTER)
			continue;
		double y = marks[i].y1 - slope * (marks[i].x0 + marks[i].x1) / 2 + height;
		size_t b = y < 0 ? 0 : (size_t)(y / size);
		bins[b < n_bins ? b : n_bins - 1]++;
	}
	for (size_t b = 0; b < n_bins; b++)
		sum += (double)bins[b] * bins[b];
	return sum;
}

static enum err
find_skew(const struct reader_page *page, const struct mark *marks, size_t n, float usual, double *ret,
          struct why *why)
{
	double margin = .3 * page->width + 1;
	size_t n_bins = (size_t)((page->height + 2 * margin) / (usual / 4)) + 2;
	OWNED(mem_free) int32_t *bins = calloc(n_bins, sizeof *bins);
	if (!bins)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the skew of the page");
	if (n > MOST_MARKS)
		n = MOST_MARKS;
	double best = 0, found = -1, middle = 0;
	for (double step = 1; step > .05; step /= 5, middle = best) {
		double reach = step > .5 ? MAX_SKEW : 5 * step;
		found = -1;
		for (int32_t k = 0; k <= (int32_t)(2 * reach / step + .5); k++) {
			/* from the middle outwards, so that equal sharpness keeps the page as it is */
			double d = middle + ((k & 1) ? 1 : -1) * ((k + 1) / 2) * step;
			double s = sharpness(marks, n, usual, tan(d * M_PI / 180), bins, n_bins, margin);
			if (s > found * 1.0001) {
				found = s;
				best = d;
			}
		}
	}
	*ret = best * M_PI / 180;
	return ERR_NONE;
}

static struct piece
turned(const struct mark *m, float c, float s)
{
	float x = (float)(m->x0 + m->x1) / 2, y = (float)(m->y0 + m->y1) / 2;
	float w = (float)(m->x1 - m->x0), h = (float)(m->y1 - m->y0), t = fabsf(s);
	/* the upright box of a slanted letter is larger than the letter */
	float h0 = (h * c - w * t) / (c * c - t * t), w0 = (w * c - h * t) / (c * c - t * t);
	h0 = h0 < .5F * h ? .5F * h : h0;
	w0 = w0 < .5F * w ? .5F * w : w0;
	float u = x * c + y * s, v = y * c - x * s;
	return (struct piece){u - w0 / 2, v - h0 / 2, u + w0 / 2, v + h0 / 2, -1};
}

static int
by_left(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	return x->u0 != y->u0 ? (x->u0 > y->u0) - (x->u0 < y->u0) : (x->v0 > y->v0) - (x->v0 < y->v0);
}

static int32_t
head_of(struct piece *p, int32_t i)
{
	while (p[i].line != i)
		i = p[i].line = p[p[i].line].line;
	return i;
}

/* Side by side, of like height, no wider apart than letters are. */
static bool
neighbours(const struct piece *a, const struct piece *b)
{
	float ha = a->v1 - a->v0, hb = b->v1 - b->v0;
	float low = ha < hb ? ha : hb, high = ha < hb ? hb : ha;
	float common = fminf(a->v1, b->v1) - fmaxf(a->v0, b->v0);
	return common > .55F * low && high < 2.2F * low && b->u0 - a->u1 < MAX_GAP * high;
}

static void
join_neighbours(struct pieces *p)
{
	struct piece *l = p->letters;
	for (size_t i = 0; i < p->n_letters; i++)
		l[i].line = (int32_t)i;
	for (size_t i = 0; i < p->n_letters; i++) {
		float reach = l[i].u1 + MAX_GAP * 2.2F * fmaxf(l[i].v1 - l[i].v0, p->usual);
		for (size_t j = i + 1; j < p->n_letters && l[j].u0 <= reach; j++) {
			if (!neighbours(&l[i], &l[j]))
				continue;
			int32_t a = head_of(l, (int32_t)i), b = head_of(l, (int32_t)j);
			l[a < b ? b : a].line = a < b ? a : b;
		}
	}
}

struct band { /* a line while it is made, in turned coordinates around its middle */
	float u0, u1, v0, v1, slope, middle;
	size_t n;  /* letters */
	bool flat; /* a few of one height: there may be quotes over their heads */
	bool part_of_another;
};

/* The least-squares slope of the letters' middles, for lines long enough to have one. */
static void
fit_slope(const struct piece *p, const int32_t *member, size_t n, float usual, struct band *b)
{
	double su = 0, suu = 0, suv = 0;
	b->u0 = p[member[0]].u0;
	b->u1 = p[member[0]].u1;
	for (size_t i = 0; i < n; i++) {
		const struct piece *q = &p[member[i]];
		su += (q->u0 + q->u1) / 2;
		b->u1 = fmaxf(b->u1, q->u1);
		b->u0 = fminf(b->u0, q->u0);
	}
	b->middle = (b->u0 + b->u1) / 2;
	b->slope = 0;
	if (n < 8 || b->u1 - b->u0 < 8 * usual)
		return;
	su /= (double)n;
	for (size_t i = 0; i < n; i++) {
		const struct piece *q = &p[member[i]];
		double u = (q->u0 + q->u1) / 2 - su, v = (q->v0 + q->v1) / 2;
		suu += u * u;
		suv += u * v;
	}
	double slope = suu > 0 ? suv / suu : 0;
	b->slope = (float)(slope > .06 ? .06 : slope < -.06 ? -.06 : slope);
}

/* Where two rows of letters were joined, by a mark that reaches from one into the other, their middles
 * leave a gap. Marks taller than `usual_here` say nothing of rows. Returns the level of the gap. */
static bool
gap_between_rows(const struct piece *p, const int32_t *member, size_t n, float *scratch, float *ret)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		scratch[i] = p[member[i]].v1 - p[member[i]].v0;
	float height = percentile(scratch, n, .4F), widest = 0;
	for (size_t i = 0; i < n; i++) {
		const struct piece *q = &p[member[i]];
		if (q->v1 - q->v0 < 1.5F * height)
			scratch[k++] = (q->v0 + q->v1) / 2;
	}
	if (k < 4)
		return false;
	qsort(scratch, k, sizeof *scratch, by_value);
	if (scratch[k - 1] - scratch[0] < .8F * height)
		return false;
	for (size_t i = 2; i + 1 < k; i++)
		if (scratch[i] - scratch[i - 1] > widest) {
			widest = scratch[i] - scratch[i - 1];
			*ret = (scratch[i] + scratch[i - 1]) / 2;
		}
	return widest > .4F * height;
}

static struct band
band_of(const struct piece *p, const int32_t *member, size_t n, float usual, float *scratch)
{
	struct band b = {.n = n};
	fit_slope(p, member, n, usual, &b);
	float *tops = scratch, *feet = scratch + n;
	for (size_t i = 0; i < n; i++) {
		const struct piece *q = &p[member[i]];
		float level = b.slope * ((q->u0 + q->u1) / 2 - b.middle);
		tops[i] = q->v0 - level;
		feet[i] = q->v1 - level;
	}
	/* four letters and more outvote a stray tall mark */
	b.v0 = percentile(tops, n, n >= 4 ? .08F : 0);
	b.flat = n <= FLAT_LETTERS && tops[n / 2] - b.v0 < .15F * usual;
	b.v1 = percentile(feet, n, n >= 4 ? .92F : 1);
	return b;
}

static int
by_head(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : by_left(a, b);
}

struct gutter {
	float u0, u1, v; /* white from u0 to u1 in the line at v */
};

struct making { /* what making bands of one page needs */
	const struct pieces *p;
	struct band *bands;
	size_t n;
	float *scratch;
	int32_t *lower;
	struct gutter gutters[MOST_GUTTERS];
	struct gutter starts[MOST_GUTTERS]; /* of lines as long, at u1 */
	size_t n_gutters, n_starts;
};

/* Full stops and dashes between `from` and `to` leave less white there. `ret` is its widest part. */
static float
widest_white(const struct pieces *p, float from, float to, float v0, float v1, struct gutter *ret)
{
	size_t low = 0, high = p->n_dots; /* dots go from left to right */
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (p->dots[middle].u0 < from)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = (struct gutter){from, from, (v0 + v1) / 2};
	for (size_t i = low; from < to; i++) {
		bool is_dot = i < p->n_dots && p->dots[i].u0 < to;
		const struct piece *d = is_dot ? &p->dots[i] : NULL;
		if (d && (d->v1 < v0 || d->v0 > v1))
			continue;
		float until = d ? d->u0 : to;
		if (until - from > ret->u1 - ret->u0) {
			ret->u0 = from;
			ret->u1 = until;
		}
		from = d ? fmaxf(from, d->u1) : to;
	}
	return ret->u1 - ret->u0;
}

/* White as wide as a gutter before member i, which has `right` to its left? */
static bool
white_before(const struct making *m, const int32_t *member, size_t i, float right, float white,
             struct gutter *ret)
{
	const struct piece *a = &m->p->letters[member[i - 1]], *b = &m->p->letters[member[i]];
	return b->u0 - right > white && widest_white(m->p, right, b->u0, fminf(a->v0, b->v0) - .2F * white,
	                                             fmaxf(a->v1, b->v1) + .2F * white, ret) > white;
}

static float
gutter_of(const struct making *m, const int32_t *member, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m->scratch[i] = m->p->letters[member[i]].v1 - m->p->letters[member[i]].v0;
	return GUTTER * percentile(m->scratch, n, .8F);
}

/* Remembers where the members, from left to right, leave the white of a gutter. */
static void
note_gutters(struct making *m, const int32_t *member, size_t n)
{
	const struct piece *l = m->p->letters;
	if (n >= GUTTER_LETTERS && m->n_starts < MOST_GUTTERS)
		m->starts[m->n_starts++] =
		    (struct gutter){.u1 = l[member[0]].u0, .v = (l[member[0]].v0 + l[member[0]].v1) / 2};
	if (n < 2 * GUTTER_LETTERS)
		return;
	float white = gutter_of(m, member, n), right = l[member[0]].u1;
	size_t since = 1;
	for (size_t i = 1; i + GUTTER_LETTERS <= n && m->n_gutters < MOST_GUTTERS; i++, since++) {
		struct gutter g;
		if (since >= GUTTER_LETTERS && white_before(m, member, i, right, white, &g)) {
			m->gutters[m->n_gutters++] = g;
			since = 0;
		}
		right = fmaxf(right, l[member[i]].u1);
	}
}

static bool
is_known(const struct making *m, const struct gutter *g, float white)
{
	size_t n = 0;
	float reach = GUTTER_REACH * m->p->usual;
	for (size_t i = 0; i < m->n_gutters && n < GUTTER_LINES; i++) {
		const struct gutter *o = &m->gutters[i];
		float away = fabsf(o->v - g->v), common = fminf(o->u1, g->u1) - fmaxf(o->u0, g->u0);
		n += away > .5F * m->p->usual && away < reach && common > .95F * white;
	}
	for (size_t i = 0; i < m->n_starts && n < GUTTER_LINES; i++) {
		const struct gutter *o = &m->starts[i];
		float away = fabsf(o->v - g->v);
		n += away > .5F * m->p->usual && away < reach && fabsf(o->u1 - g->u1) < .4F * m->p->usual;
	}
	return n >= GUTTER_LINES;
}

/* How many of the members stand left of the first gutter; `n` where there is none. */
static size_t
left_of_gutter(const struct making *m, const int32_t *member, size_t n)
{
	if (n < 2)
		return n;
	const struct piece *l = m->p->letters;
	float white = gutter_of(m, member, n), right = l[member[0]].u1;
	for (size_t i = 1; i < n; i++) {
		struct gutter g;
		if (white_before(m, member, i, right, white, &g) && is_known(m, &g, white))
			return i;
		right = fmaxf(right, l[member[i]].u1);
	}
	return n;
}

/* The upper row's members first, either row from left to right. Returns how many those are. */
static size_t
upper_first(struct making *m, int32_t *member, size_t n, float level)
{
	size_t upper = 0, lower = 0;
	for (size_t i = 0; i < n; i++) {
		const struct piece *q = &m->p->letters[member[i]];
		if ((q->v0 + q->v1) / 2 < level)
			member[upper++] = member[i];
		else
			m->lower[lower++] = member[i];
	}
	memcpy(member + upper, m->lower, lower * sizeof *member);
	return upper;
}

/* One band of the members, which go from left to right, or several where they are several rows or columns.
 * `member` is reordered. */
static void
add_bands(struct making *m, int32_t *member, size_t n, int depth)
{
	const struct piece *l = m->p->letters;
	float level = 0;
	if (m->n >= MOST_LINES)
		return;
	size_t first = depth < MOST_SPLITS ? left_of_gutter(m, member, n) : n;
	if (first == n && depth < MOST_SPLITS && gap_between_rows(l, member, n, m->scratch, &level))
		first = upper_first(m, member, n, level);
	if (first < n) {
		add_bands(m, member, first, depth + 1);
		add_bands(m, member + first, n - first, depth + 1);
		return;
	}
	struct band b = band_of(l, member, n, m->p->usual, m->scratch);
	if (b.v1 - b.v0 >= 5 && b.u1 - b.u0 >= 3)
		m->bands[m->n++] = b;
}

static enum err
make_bands(struct pieces *p, struct band *bands, size_t *ret_n, struct why *why)
{
	OWNED(mem_free) int32_t *member = calloc(p->n_letters, sizeof *member);
	OWNED(mem_free) int32_t *lower = calloc(p->n_letters, sizeof *lower);
	OWNED(mem_free) float *scratch = calloc(2 * p->n_letters, sizeof *scratch);
	if (!member || !lower || !scratch)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the lines of the page");
	for (size_t i = 0; i < p->n_letters; i++)
		head_of(p->letters, (int32_t)i);
	for (size_t i = 0; i < p->n_letters; i++)
		p->letters[i].line = head_of(p->letters, (int32_t)i);
	qsort(p->letters, p->n_letters, sizeof *p->letters, by_head);
	struct making m = {.p = p, .bands = bands, .scratch = scratch, .lower = lower};
	for (size_t i = 0; i < p->n_letters; i++)
		member[i] = (int32_t)i;
	for (size_t i = 0, j; i < p->n_letters; i = j) {
		for (j = i; j < p->n_letters && p->letters[j].line == p->letters[i].line; j++)
			;
		note_gutters(&m, member + i, j - i);
	}
	for (size_t i = 0, j; i < p->n_letters; i = j) {
		for (j = i; j < p->n_letters && p->letters[j].line == p->letters[i].line; j++)
			;
		add_bands(&m, member + i, j - i, 0);
	}
	*ret_n = m.n;
	return ERR_NONE;
}

static bool
like_a_sign(const struct band *b, float usual)
{
	float w = b->u1 - b->u0, h = b->v1 - b->v0;
	return (b->n <= SIGN_MARKS && h < SIGN_HEIGHT * usual && w < SIGN_WIDTH * usual) ||
	       (b->n <= QUOTES_MARKS && h < QUOTES_HEIGHT * usual && w < QUOTES_WIDTH * usual);
}

/* The nearest line that something as small as a dot lies beside; `n` where there is none. */
static size_t
line_beside(float u0, float u1, float v, const struct band *bands, size_t n, float usual)
{
	float u = (u0 + u1) / 2, least = 1e9F;
	size_t nearest = n;
	for (size_t i = 0; i < n; i++) {
		const struct band *b = &bands[i];
		float h = b->v1 - b->v0, level = v - b->slope * (u - b->middle);
		float above = b->flat ? usual : .1F * h;
		if (level < b->v0 - above || level > b->v1 + .25F * h || u0 > b->u1 + DOT_GAP * h ||
		    u1 < b->u0 - .5F * h || like_a_sign(b, usual))
			continue;
		float away = fmaxf(0, fmaxf(u0 - b->u1, b->u0 - u1)) +
		             OFF_LEVEL * fmaxf(0, fmaxf(b->v0 - level, level - b->v1));
		if (away < least) {
			least = away;
			nearest = i;
		}
	}
	return nearest;
}

static void
lengthen(struct band *b, float u0, float u1)
{
	b->u0 = fminf(b->u0, u0);
	b->u1 = fmaxf(b->u1, u1);
}

/* Full stops, dashes and commas lengthen the nearest line that they lie beside. */
static void
add_dots(const struct pieces *p, struct band *bands, const struct band *as_found, size_t n)
{
	for (size_t k = 0; k < p->n_dots; k++) {
		const struct piece *d = &p->dots[k];
		size_t to = line_beside(d->u0, d->u1, (d->v0 + d->v1) / 2, as_found, n, p->usual);
		if (to < n)
			lengthen(&bands[to], d->u0, d->u1);
	}
}

/* Commas and quotes of large print are as tall as small letters and find no neighbour on their own level:
 * they are no lines but parts of those that they lie beside. Returns how many lines are left. */
static size_t
join_signs(struct band *bands, const struct band *as_found, size_t n, float usual)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		const struct band *b = &as_found[i];
		size_t to = like_a_sign(b, usual)
		                ? line_beside(b->u0, b->u1, (b->v0 + b->v1) / 2, as_found, n, usual)
		                : n;
		if (to < n) {
			lengthen(&bands[to], b->u0, b->u1);
			if (as_found[to].flat)
				bands[to].v0 = fminf(bands[to].v0, b->v0);
		}
		bands[i].part_of_another = to < n;
	}
	for (size_t i = 0; i < n; i++)
		if (!bands[i].part_of_another)
			bands[kept++] = bands[i];
	return kept;
}

static int
longest_first(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	float lx = x->u1 - x->u0, ly = y->u1 - y->u0;
	return lx != ly ? (lx < ly) - (lx > ly) : (x->v0 > y->v0) - (x->v0 < y->v0);
}

static bool
lies_in(const struct band *a, const struct band *b)
{
	float area = (a->u1 - a->u0) * (a->v1 - a->v0);
	float shift = b->slope * (a->middle - b->middle);
	float w = fminf(a->u1, b->u1) - fmaxf(a->u0, b->u0);
	float h = fminf(a->v1, b->v1 + shift) - fmaxf(a->v0, b->v0 + shift);
	return w > 0 && h > 0 && w * h > .6F * area;
}

/* A few large marks, or large ones with lines in them, are a drawing or a stamp and no heading. */
static size_t
drop_false_headings(struct band *b, size_t n, float usual)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		bool large = b[i].v1 - b[i].v0 > LARGE * usual;
		bool drop = large && b[i].n < LARGE_LETTERS;
		for (size_t k = 0; large && !drop && k < n; k++)
			drop = b[k].v1 - b[k].v0 <= LARGE * usual && b[k].n >= LARGE_LETTERS &&
			       lies_in(&b[k], &b[i]);
		b[i].part_of_another = drop;
	}
	for (size_t i = 0; i < n; i++)
		if (!b[i].part_of_another)
			b[kept++] = b[i];
	return kept;
}

/* A line that lies mostly inside a longer one is a part of it. */
static size_t
drop_inner(struct band *b, size_t n)
{
	size_t kept = 0;
	qsort(b, n, sizeof *b, longest_first);
	for (size_t i = 0; i < n; i++) {
		bool inner = false;
		for (size_t k = 0; k < kept && !inner; k++)
			inner = lies_in(&b[i], &b[k]);
		if (!inner)
			b[kept++] = b[i];
	}
	return kept;
}

static int
by_top(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	float p = x->v0 + x->v1, q = y->v0 + y->v1;
	return p != q ? (p > q) - (p < q) : (x->u0 > y->u0) - (x->u0 < y->u0);
}

static int
by_start(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	return (x->u0 > y->u0) - (x->u0 < y->u0);
}

/* From top to bottom; what stands on one level, from left to right. */
static void
order(struct band *b, size_t n)
{
	qsort(b, n, sizeof *b, by_top);
	for (size_t i = 0, j; i < n; i = j) {
		float level = (b[i].v0 + b[i].v1) / 2, half = (b[i].v1 - b[i].v0) / 2;
		for (j = i + 1; j < n && (b[j].v0 + b[j].v1) / 2 < level + half; j++)
			;
		qsort(b + i, j - i, sizeof *b, by_start);
	}
}

static struct found_line
line_of(const struct band *b, float angle)
{
	float h = b->v1 - b->v0, c = cosf(angle), s = sinf(angle);
	float u = b->u0 - .05F * h, v = b->v0 - .1F * h + b->slope * (b->u0 - b->middle);
	return (struct found_line){
	    .x = u * c - v * s,
	    .y = u * s + v * c,
	    .length = b->u1 - b->u0 + .1F * h,
	    .height = 1.2F * h,
	    .angle = angle + atanf(b->slope),
	    .pitch = (b->u1 - b->u0) / (float)(b->n ? b->n : 1),
	};
}

static enum err
sort_out(const struct mark *marks, size_t n, float angle, struct pieces *p, struct why *why)
{
	p->letters = calloc(MOST_MARKS, sizeof *p->letters);
	p->dots = calloc(MOST_MARKS, sizeof *p->dots);
	if (!p->letters || !p->dots)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the marks of the page");
	float c = cosf(angle), s = sinf(angle);
	for (size_t i = 0; i < n; i++) {
		enum shape shape = shape_of(&marks[i], p->usual);
		if (shape == LETTER && p->n_letters < MOST_MARKS)
			p->letters[p->n_letters++] = turned(&marks[i], c, s);
		else if (shape == DOT && p->n_dots < MOST_MARKS)
			p->dots[p->n_dots++] = turned(&marks[i], c, s);
	}
	qsort(p->letters, p->n_letters, sizeof *p->letters, by_left);
	qsort(p->dots, p->n_dots, sizeof *p->dots, by_left);
	return ERR_NONE;
}

static enum err
find_lines(struct pieces *p, float angle, struct arena *mem, struct found *ret, struct why *why)
{
	OWNED(mem_free) struct band *bands = calloc(2 * MOST_LINES, sizeof *bands);
	if (!bands)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the lines of the page");
	size_t n = 0;
	join_neighbours(p);
	TRY(make_bands(p, bands, &n, why));
	n = drop_false_headings(bands, n, p->usual);
	memcpy(bands + MOST_LINES, bands, n * sizeof *bands);
	add_dots(p, bands, bands + MOST_LINES, n);
	n = join_signs(bands, bands + MOST_LINES, n, p->usual);
	n = drop_inner(bands, n);
	order(bands, n);
	ARENA_TRY(ret->lines, arena_array(mem, n ? n : 1, sizeof *ret->lines), mem, why);
	for (size_t i = 0; i < n; i++)
		ret->lines[i] = line_of(&bands[i], angle);
	ret->n = n;
	ret->angle = angle;
	return ERR_NONE;
}

enum err
finder_find(const struct reader_page *page, struct arena *mem, struct found *ret, struct why *why)
{
	struct mark *marks = NULL;
	size_t n = 0;
	*ret = (struct found){0};
	if (page->width < 8 || page->height < 8)
		return ERR_NONE;
	TRY(marks_find(page, mem, &marks, &n, why));
	OWNED(mem_free) float *scratch = calloc(MOST_MARKS, sizeof *scratch);
	if (!scratch)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the marks of the page");
	struct pieces p = {.usual = usual_height(marks, n, scratch)};
	if (p.usual <= 0)
		return ERR_NONE;
	double angle = 0;
	TRY(find_skew(page, marks, n, p.usual, &angle, why));
	enum err e = sort_out(marks, n, (float)angle, &p, why);
	if (e == ERR_NONE && p.n_letters)
		e = find_lines(&p, (float)angle, mem, ret, why);
	free(p.letters);
	free(p.dots);
	return e;
}
