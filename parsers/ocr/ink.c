#include "ink.h"

#include <math.h>
#include <string.h>

/* Of the darkest: a column with less is between letters; rules are often grey. */
#define DARK 0.35F
#define GREY 0.1F

/* Rows of which more is dark are a rule, in the outer quarters of a crop. */
#define RULE 0.75F

/* Small letters beside capitals, in most faces; measured ones lie between these. */
#define LOW       0.73F
#define LOW_LEAST 0.6F
#define LOW_MOST  0.86F

/* Of the way from small letters to capitals: small is between the first two, a capital between the others;
 * what is beyond them is of other print or not the letter's own. */
#define TOO_SMALL    (-0.5F)
#define SURELY_SMALL 0.3F
#define SURELY_TALL  0.7F
#define TOO_TALL     1.6F

#define LEAST_STEP 3.4F  /* rows from small letters to capitals that tell them apart in worn print */
#define LEAST_TALL 0.37F /* of a crop's rows, in a line that is none of dashes and specks */

/* Columns on both sides of a letter's middle: half of one that is narrow, and less beside what has a stem. */
#define HALF_LETTER 4
#define BESIDE_STEM 1
#define BAR_AWAY    10 /* a rule is found that far from where the net says it */
#define MOST        64 /* letters that are measured */

static const char *const tall[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "А", "Б", "Е",
                                   "Р", "A", "B", "D", "E", "F", "G", "H", "L", "N", "P", "R", NULL};
static const char *const low[] = {"а", "е", "р", "a", "e", "r", "n", "m", NULL};
static const char *const hangs[] = {"р", "у", "ф", "ц", "щ", "д", "Д", "Ц", "Щ", "Q", "g", "j",
                                    "p", "q", "y", ",", ";", "(", ")", "/", "|", "-", "_", NULL};

static const char *const stems[] = {"б", "ё", "й", "ф", "b", "d", "f", "h", "k", "l", "t", "0", "1",
                                    "2", "3", "4", "5", "6", "7", "8", "9", "№", "%", "!", "?", NULL};

/* Higher than any letter and so close that a letter beside them cannot be measured. */
static const char *const brackets[] = {"(", ")", "[", "]", "/", "|", "\"", NULL};

static const char *const marked[] = {"Й", "й", NULL}; /* as high as a capital in either case */

static bool
is_one_of(const char *c, const char *const set[])
{
	for (; *set; set++)
		if (strcmp(c, *set) == 0)
			return true;
	return false;
}

/* How many of a row's columns are dark, as a share. */
static float
dark_share(const float *row, int32_t columns)
{
	int32_t n = 0;
	for (int32_t x = 0; x < columns; x++)
		n += row[x] >= DARK;
	return (float)n / (float)columns;
}

void
ink_measure(const float *in, size_t stride, int32_t rows, int32_t columns, struct ink *ret)
{
	int32_t from = 0, to = rows;
	for (int32_t y = 0; y < rows / 4; y++) {
		if (dark_share(in + (size_t)y * stride, columns) > RULE)
			from = y + 1;
		if (dark_share(in + (size_t)(rows - 1 - y) * stride, columns) > RULE)
			to = rows - 1 - y;
	}
	for (int32_t x = 0; x < columns; x++)
		ret[x] = (struct ink){UINT8_MAX, 0, false, true};
	for (int32_t y = 0; y < rows; y++)
		for (int32_t x = 0; x < columns; x++) {
			float v = in[(size_t)y * stride + (size_t)x];
			ret[x].through &= v >= GREY;
			if (v < DARK)
				continue;
			ret[x].any = true;
			if (y < from || y >= to)
				continue;
			ret[x].top = ret[x].top == UINT8_MAX ? (uint8_t)y : ret[x].top;
			ret[x].bottom = (uint8_t)y;
		}
}

static int32_t
middle_of(const struct letter *l)
{
	return 2 * (l->first + l->last + 1);
}

static bool
has_stem(const struct weights *w, const struct letter *l)
{
	return is_one_of(w->alphabet[l->class], stems);
}

/* The columns of a letter, as far as they are nobody else's; false where it cannot be measured. */
static bool
extent(const struct weights *w, const struct letter *l, size_t n, size_t i, const struct ink *ink,
       int32_t columns, struct ink *ret)
{
	*ret = (struct ink){UINT8_MAX, 0, false, false};
	if ((i > 0 && is_one_of(w->alphabet[l[i - 1].class], brackets)) ||
	    (i + 1 < n && is_one_of(w->alphabet[l[i + 1].class], brackets)))
		return false;
	bool high = has_stem(w, &l[i]) || is_one_of(w->alphabet[l[i].class], tall);
	int32_t at = middle_of(&l[i]);
	int32_t from = at - (!high && i > 0 && has_stem(w, &l[i - 1]) ? BESIDE_STEM : HALF_LETTER);
	int32_t to = at + (!high && i + 1 < n && has_stem(w, &l[i + 1]) ? BESIDE_STEM : HALF_LETTER);
	if (i > 0 && from < (middle_of(&l[i - 1]) + at) / 2)
		from = (middle_of(&l[i - 1]) + at) / 2;
	if (i + 1 < n && to > (middle_of(&l[i + 1]) + at) / 2)
		to = (middle_of(&l[i + 1]) + at) / 2;
	for (int32_t x = from < 0 ? 0 : from; x <= to && x < columns; x++) {
		ret->top = ink[x].top < ret->top ? ink[x].top : ret->top;
		ret->bottom =
		    ink[x].top <= ink[x].bottom && ink[x].bottom > ret->bottom ? ink[x].bottom : ret->bottom;
	}
	return ret->top <= ret->bottom;
}

static int
by_row(const void *a, const void *b)
{
	return *(const uint8_t *)a - *(const uint8_t *)b;
}

static bool
middle(uint8_t *rows, size_t n, float *ret)
{
	qsort(rows, n, sizeof *rows, by_row);
	if (n)
		*ret = ((float)rows[(n - 1) / 2] + (float)rows[n / 2]) / 2;
	return n > 0;
}

bool
ink_foot(const struct weights *w, const struct letter *l, size_t n, const struct ink *ink, int32_t columns,
         float *ret)
{
	uint8_t bottoms[MOST];
	size_t k = 0;
	for (size_t i = 0; i < n && k < MOST; i++) {
		struct ink e;
		if (!decode_is_space(w, &l[i]) && !is_one_of(w->alphabet[l[i].class], hangs) &&
		    extent(w, l, n, i, ink, columns, &e))
			bottoms[k++] = e.bottom;
	}
	return middle(bottoms, k, ret);
}

static bool
top_of(const struct weights *w, const struct letter *l, size_t n, const struct ink *ink, int32_t columns,
       const char *const set[], float *ret)
{
	uint8_t tops[MOST];
	size_t k = 0;
	for (size_t i = 0; i < n && k < MOST; i++) {
		struct ink e;
		if (is_one_of(w->alphabet[l[i].class], set) && extent(w, l, n, i, ink, columns, &e))
			tops[k++] = e.top;
	}
	return middle(tops, k, ret);
}

bool
ink_gauge(const struct weights *w, const struct letter *l, size_t n, const struct ink *ink, int32_t columns,
          struct gauge *ret)
{
	float foot, top;
	if (!ink_foot(w, l, n, ink, columns, &foot))
		return false;
	*ret = (struct gauge){.foot = foot};
	if (top_of(w, l, n, ink, columns, tall, &top))
		ret->tall = foot - top;
	if (top_of(w, l, n, ink, columns, low, &top))
		ret->low = foot - top;
	return ret->tall > 0 || ret->low > 0;
}

static bool
in_proportion(const struct gauge *g)
{
	return g->low > LOW_LEAST * g->tall && g->low < LOW_MOST * g->tall;
}

float
ink_proportion(const struct gauge *g, size_t n)
{
	float talls = 0, lows = 0;
	for (size_t i = 0; i < n; i++)
		if (in_proportion(&g[i])) {
			talls += g[i].tall;
			lows += g[i].low;
		}
	return talls > 0 ? lows / talls : LOW;
}

bool
ink_complete(const struct weights *w, float proportion, struct gauge *g)
{
	if (g->tall <= 0)
		g->tall = g->low / proportion;
	if (g->low <= 0)
		g->low = g->tall * proportion;
	return g->tall > LEAST_TALL * (float)w->rows && g->tall - g->low > LEAST_STEP && in_proportion(g);
}

void
ink_settle_case(const struct weights *w, struct letter *l, size_t n, const struct ink *ink, int32_t columns,
                const struct gauge *g)
{
	for (size_t i = 0; i < n; i++) {
		struct ink e;
		int32_t other = decode_other_case(w, &l[i]);
		if (!other || (uint8_t)w->alphabet[other][0] < 0xd0 ||
		    is_one_of(w->alphabet[other], marked) || !extent(w, l, n, i, ink, columns, &e))
			continue;
		float share = (g->foot - (float)e.top - g->low) / (g->tall - g->low);
		bool capital = decode_is_capital(w, &l[i]);
		if (capital ? share > TOO_SMALL && share < SURELY_SMALL
		            : share > SURELY_TALL && share < TOO_TALL)
			l[i].class = other;
	}
}

static bool
runs_through(const struct ink *ink, int32_t columns, int32_t middle)
{
	for (int32_t x = middle - BAR_AWAY; x <= middle + BAR_AWAY; x++)
		if (x >= 0 && x < columns && ink[x].through)
			return true;
	return false;
}

void
ink_drop_rules(const struct weights *w, struct letter *l, size_t *n, const struct ink *ink, int32_t columns)
{
	size_t kept = 0;
	int32_t space = decode_class(w, " ");
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(w->alphabet[l[i].class], "|") == 0 && runs_through(ink, columns, middle_of(&l[i])))
			l[i].class = space;
		if (decode_is_space(w, &l[i]) && (kept == 0 || decode_is_space(w, &l[kept - 1])))
			continue;
		l[kept++] = l[i];
	}
	while (kept > 0 && decode_is_space(w, &l[kept - 1]))
		kept--;
	*n = kept;
}
