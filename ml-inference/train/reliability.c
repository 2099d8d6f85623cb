#include "reliability.h"

#include "bands.h"

#include <math.h>

/* Papers of one seller are right or wrong together: so alike are they. */
#define ALIKE 0.02f

/* Outcomes of one origin; those of fold `skip` left out, or only those of fold `only`. `ret_paper`, if not
 * NULL: whose each is. */
static size_t
collect(const struct reliability_data *d, int origin, int skip, int only, struct outcome *ret,
        size_t *ret_paper)
{
	const struct corpus *c = d->c;
	size_t n = 0;
	OWNED(mem_free) uint32_t *papers = calloc(c->n + 1, sizeof *papers);
	OWNED(mem_free) uint32_t *group = calloc(c->n + 1, sizeof *group);
	if (!papers || !group)
		BUG("no memory for outcomes");
	for (size_t i = 0; i < c->n; i++)
		if (d->counted[i] && (origin < 0 || (int)c->p[i].origin == origin) &&
		    (skip < 0 || d->fold[i] != skip) && (only < 0 || d->fold[i] == only)) {
			group[n] = c->p[i].vendor;
			papers[group[n]]++;
			if (ret_paper)
				ret_paper[n] = i;
			ret[n++] = d->outcome[i];
		}
	for (size_t i = 0; i < n; i++)
		ret[i].weight = d->sellers ? 1 / (1 + ALIKE * (float)(papers[group[i]] - 1)) : 1;
	return n;
}

static void
note(struct reliability *r, double p, double high, bool right)
{
	int b = (int)(p * RELIABILITY_BINS);
	b = b < 0 ? 0 : b >= RELIABILITY_BINS ? RELIABILITY_BINS - 1 : b;
	r->said[b] += p;
	r->right[b] += right;
	r->spread[b] += p * (1 - p);
	r->count[b]++;
	r->n++;
	if (p >= high) {
		r->high++;
		r->high_right += right;
	} else if (p >= BAND_MEDIUM) {
		r->medium++;
		r->medium_right += right;
	} else {
		r->low++;
		r->low_right += right;
	}
}

/* Few values miss what is said of them even where it is true: a sum of chances has a normal error, whose mean
 * size is sqrt(2 / pi) of its deviation. */
static void
measure(struct reliability *r)
{
	r->error = r->by_chance = 0;
	for (int b = 0; b < RELIABILITY_BINS && r->n; b++) {
		r->error += fabs(r->said[b] - r->right[b]) / (double)r->n;
		r->by_chance += sqrt(2 / M_PI * r->spread[b]) / (double)r->n;
	}
}

/* A value held back, as it was judged by the others. */
struct held {
	double p;
	unsigned fold;
	bool right, other; /* other: of a paper that is no receipt of SROIE */
	bool elsewhere;    /* of one that is no receipt at all */
};

static int
surest_first(const void *a, const void *b)
{
	double x = ((const struct held *)a)->p, y = ((const struct held *)b)->p;
	return (x < y) - (x > y);
}

#define HIGH_RIGHT 0.985 /* of 98 in 100, and a little for luck */
#define HIGH_LEAST 40    /* values, or it says nothing */
#define HIGH_HOLDS 0.98  /* in folds that had no part in setting it */
#define NEVER      2.0

/* The least confidence from which on enough of the values held back were right; those of fold `skip` left
 * out. `h` is sorted. */
static double
high_from(const struct held *h, size_t n, int skip)
{
	double from = NEVER;
	size_t seen = 0, right = 0;
	for (size_t i = 0; i < n; i++) {
		if (skip >= 0 && h[i].fold == (unsigned)skip)
			continue;
		seen++;
		right += h[i].right;
		bool step = i + 1 == n || h[i + 1].p < h[i].p;
		if (step && seen >= HIGH_LEAST && (double)right >= HIGH_RIGHT * (double)seen)
			from = h[i].p;
	}
	return fmax(from, BAND_HIGH);
}

static void
never_high(struct reliability *r)
{
	r->medium += r->high;
	r->medium_right += r->high_right;
	r->high = r->high_right = 0;
}

/* What each fold's papers of an origin are said to be by a curve fitted on the others. */
static size_t
hold_back(const struct reliability_data *d, int origin, unsigned folds, struct held *ret)
{
	const struct corpus *c = d->c;
	OWNED(mem_free) struct outcome *some = calloc(c->n + 1, sizeof *some);
	OWNED(mem_free) size_t *paper = calloc(c->n + 1, sizeof *paper);
	size_t n_held = 0;
	if (!some || !paper)
		BUG("no memory for outcomes");
	for (unsigned k = 0; k < folds; k++) {
		struct calibration cal;
		calibration_fit(&cal, some, collect(d, origin, (int)k, -1, some, NULL));
		size_t n = collect(d, origin, -1, (int)k, some, paper);
		for (size_t i = 0; i < n; i++) {
			const struct paper *p = &c->p[paper[i]];
			ret[n_held++] =
			    (struct held){calibration_apply(&cal, &some[i].signs), k, some[i].right, p->other,
			                  strcmp(p->type, type_names[TYPE_RECEIPT]) != 0};
		}
	}
	return n_held;
}

void
reliability_fit_elsewhere(const struct reliability_data *d, unsigned folds, struct elsewhere *ret)
{
	size_t n = 0, room = d->c->n + 1;
	OWNED(mem_free) struct held *held = calloc(room, sizeof *held);
	OWNED(mem_free) double *p = calloc(room, sizeof *p);
	OWNED(mem_free) bool *right = calloc(room, sizeof *right);
	if (!held || !p || !right)
		BUG("no memory for outcomes");
	for (int o = 0; o < ORIGIN_COUNT; o++)
		n += hold_back(d, o, folds, held + n);
	for (int k = -1; k < (int)folds; k++) {
		size_t some = 0;
		for (size_t i = 0; i < n; i++)
			if (held[i].elsewhere && (k < 0 || held[i].fold != (unsigned)k)) {
				p[some] = held[i].p;
				right[some++] = held[i].right;
			}
		struct tempering t = calibration_fit_tempering(p, right, some);
		*(k < 0 ? &ret->all : &ret->without[k]) = t;
	}
}

void
reliability_fit(const struct reliability_data *d, int origin, unsigned folds, const char *name,
                const struct elsewhere *elsewhere, struct calibration *served, struct reliability *ret,
                struct reliability *others)
{
	struct reliability r = {0}, o = {0};
	OWNED(mem_free) struct outcome *some = calloc(d->c->n + 1, sizeof *some);
	OWNED(mem_free) struct held *held = calloc(d->c->n + 1, sizeof *held);
	if (!some || !held)
		BUG("no memory for outcomes");
	snprintf(r.name, sizeof r.name, "%s", name);
	size_t all = collect(d, origin, -1, -1, some, NULL);
	if (all == 0) /* no reading of that origin: the other one's is better than none */
		all = collect(d, -1, -1, -1, some, NULL);
	calibration_fit(served, some, all);
	size_t n_held = hold_back(d, origin, folds, held);
	for (size_t i = 0; elsewhere && i < n_held; i++)
		if (held[i].elsewhere)
			held[i].p = calibration_temper(&elsewhere->without[held[i].fold], held[i].p);
	if (elsewhere)
		served->elsewhere = elsewhere->all;
	qsort(held, n_held, sizeof *held, surest_first);
	served->high = high_from(held, n_held, -1);
	for (unsigned k = 0; k < folds; k++) {
		double high = high_from(held, n_held, (int)k);
		for (size_t i = 0; i < n_held; i++)
			if (held[i].fold == k)
				note(others && held[i].other ? &o : &r, held[i].p, high, held[i].right);
	}
	/* what held only where it was set is no promise */
	if ((double)(r.high_right + o.high_right) < HIGH_HOLDS * (double)(r.high + o.high)) {
		served->high = NEVER;
		never_high(&r);
		never_high(&o);
	}
	measure(&r);
	*ret = r;
	if (others)
		reliability_add(others, &o);
}

void
reliability_add(struct reliability *to, const struct reliability *r)
{
	for (int b = 0; b < RELIABILITY_BINS; b++) {
		to->said[b] += r->said[b];
		to->right[b] += r->right[b];
		to->spread[b] += r->spread[b];
		to->count[b] += r->count[b];
	}
	to->n += r->n;
	to->high += r->high;
	to->high_right += r->high_right;
	to->medium += r->medium;
	to->medium_right += r->medium_right;
	to->low += r->low;
	to->low_right += r->low_right;
	measure(to);
}

static double
share(size_t part, size_t all)
{
	return all ? (double)part / (double)all : 0;
}

void
reliability_print(const struct reliability *r)
{
	printf("%-28s error %.4f  high %zu of %zu, right %.4f  medium %zu, %.3f  low %zu, %.3f  by chance "
	       "%.4f\n",
	       r->name, r->error, r->high, r->n, share(r->high_right, r->high), r->medium,
	       share(r->medium_right, r->medium), r->low, share(r->low_right, r->low), r->by_chance);
}

json_t *
reliability_json(const struct reliability *r)
{
	return json_pack("{s:f, s:f, s:f, s:i}", "expected_error", r->error, "high_share",
	                 share(r->high, r->n), "high_right", share(r->high_right, r->high), "n", (int)r->n);
}

/* ---- the picture ---- */

#define SIDE   150
#define GAP    50
#define ACROSS 3

static void
draw(FILE *f, const struct reliability *r, int x, int y)
{
	fprintf(f, "<g transform=\"translate(%d,%d)\">\n", x, y);
	fprintf(f, "<rect width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#999\"/>", SIDE, SIDE);
	fprintf(f, "<path d=\"M0 %d L%d 0\" stroke=\"#bbb\" stroke-dasharray=\"4 4\"/>\n", SIDE, SIDE);
	fprintf(f, "<text x=\"0\" y=\"-18\" font-weight=\"bold\">%s</text>", r->name);
	fprintf(f, "<text x=\"0\" y=\"-5\">error %.3f, %zu values</text>\n", r->error, r->n);
	for (int b = 0; b < RELIABILITY_BINS; b++) {
		if (!r->count[b])
			continue;
		double n = (double)r->count[b], said = r->said[b] / n, right = r->right[b] / n;
		double size = 2 + 8 * sqrt(n / (double)r->n);
		fprintf(
		    f,
		    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#2a6fb0\" fill-opacity=\"0.75\"/>\n",
		    said * SIDE, (1 - right) * SIDE, size);
	}
	fprintf(f, "</g>\n");
}

enum err
reliability_svg(const struct reliability *r, size_t n, const char *path, struct why *why)
{
	OWNED(file_close) FILE *f = fopen(path, "w");
	if (!f)
		return fail_errno(why, ERR_BROKEN, "cannot write %s", path);
	int rows = (int)((n + ACROSS - 1) / ACROSS), step = SIDE + GAP;
	fprintf(f,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	        "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" "
	        "fill=\"#fff\"/>\n",
	        ACROSS * step + GAP, rows * (step + 10) + GAP);
	for (size_t i = 0; i < n; i++)
		draw(f, &r[i], GAP + (int)(i % ACROSS) * step, GAP + (int)(i / ACROSS) * (step + 10));
	fprintf(f,
	        "<text x=\"%d\" y=\"%d\">across: the confidence said; up: how many were right; "
	        "the larger the dot, the more values</text>\n</svg>\n",
	        GAP, rows * (step + 10) + GAP / 2);
	return fflush(f) == 0 ? ERR_NONE : fail_errno(why, ERR_BROKEN, "cannot write %s", path);
}
