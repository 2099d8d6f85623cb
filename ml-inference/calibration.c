#include "calibration.h"

#include "bands.h"
#include "json_own.h"
#include "own.h"

#include <math.h>

const char *const calibration_sign_names[CALIBRATION_SIGNS] = {"margin",     "lead",   "word_confidence",
                                                               "known",      "length", "candidates",
                                                               "worst_word", "sums",   "items_add_up"};

static double
raw(const struct calibration *c, const struct signs *s)
{
	double z = c->bias;
	for (int i = 0; i < CALIBRATION_SIGNS; i++)
		z += c->weight[i] * (double)s->v[i];
	return 1 / (1 + exp(-z));
}

double
calibration_apply(const struct calibration *c, const struct signs *s)
{
	return fmin(fmax(raw(c, s), c->least), c->most);
}

static double
log_odds(double p)
{
	double q = fmin(fmax(p, 1e-6), 1 - 1e-6);
	return log(q / (1 - q));
}

double
calibration_temper(const struct tempering *t, double p)
{
	return 1 / (1 + exp(-t->bias - t->slope * log_odds(p)));
}

#define HELD_BY 5.0 /* how strongly both stay at what changes nothing */

/* Newton's steps with the most that the curve can be bent: they never go too far. */
struct tempering
calibration_fit_tempering(const double *p, const bool *right, size_t n)
{
	struct tempering t = {0, 1};
	double bb = HELD_BY, bs = 0, ss = HELD_BY;
	for (size_t i = 0; i < n; i++) {
		double x = log_odds(p[i]);
		bb += 0.25;
		bs += 0.25 * x;
		ss += 0.25 * x * x;
	}
	double det = bb * ss - bs * bs;
	for (int step = 0; step < 1000; step++) {
		double gb = HELD_BY * t.bias, gs = HELD_BY * (t.slope - 1);
		for (size_t i = 0; i < n; i++) {
			double off = calibration_temper(&t, p[i]) - right[i];
			gb += off;
			gs += off * log_odds(p[i]);
		}
		t.bias -= (ss * gb - bs * gs) / det;
		t.slope -= (bb * gs - bs * gb) / det;
	}
	return t;
}

/* Gradient descent on the whole batch: the data are small, the answer is the same on every machine. */
static void
fit_logistic(struct calibration *c, const struct outcome *o, size_t n)
{
	double mean[CALIBRATION_SIGNS] = {0}, dev[CALIBRATION_SIGNS] = {0}, w[CALIBRATION_SIGNS] = {0};
	double b = 0, all = 0;
	for (size_t i = 0; i < n; i++)
		all += (double)o[i].weight;
	for (int k = 0; k < CALIBRATION_SIGNS; k++) {
		for (size_t i = 0; i < n; i++)
			mean[k] += (double)o[i].weight * (double)o[i].signs.v[k] / all;
		for (size_t i = 0; i < n; i++)
			dev[k] += (double)o[i].weight * pow((double)o[i].signs.v[k] - mean[k], 2) / all;
		dev[k] = sqrt(dev[k]) + 1e-6;
	}
	for (int step = 0; step < 3000; step++) {
		double gw[CALIBRATION_SIGNS] = {0}, gb = 0;
		for (size_t i = 0; i < n; i++) {
			double z = b;
			for (int k = 0; k < CALIBRATION_SIGNS; k++)
				z += w[k] * ((double)o[i].signs.v[k] - mean[k]) / dev[k];
			double d = (double)o[i].weight * (1 / (1 + exp(-z)) - o[i].right);
			gb += d;
			for (int k = 0; k < CALIBRATION_SIGNS; k++)
				gw[k] += d * ((double)o[i].signs.v[k] - mean[k]) / dev[k];
		}
		b -= gb / all;
		for (int k = 0; k < CALIBRATION_SIGNS; k++)
			w[k] -= (gw[k] + 1.0 * w[k]) / all;
	}
	c->bias = b;
	for (int k = 0; k < CALIBRATION_SIGNS; k++) {
		c->weight[k] = w[k] / dev[k];
		c->bias -= w[k] * mean[k] / dev[k];
	}
}

struct point {
	double x, weight;
};

static int
by_x(const void *a, const void *b)
{
	double x = ((const struct point *)a)->x, y = ((const struct point *)b)->x;
	return (x > y) - (x < y);
}

/* Where the curve goes beyond the least and the most sure 20th of what was held back, nobody knows whether
 * it holds: it stays at what that 20th says. */
#define END 0.05

static void
fit_ends(struct calibration *c, struct point *p, size_t n)
{
	double all = 0, before = 0, low = 0, low_weight = 0, high = 0, high_weight = 0;
	qsort(p, n, sizeof *p, by_x);
	for (size_t i = 0; i < n; i++)
		all += p[i].weight;
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || before < END * all, last = i + 1 == n || before > (1 - END) * all;
		low += first ? p[i].weight * p[i].x : 0;
		low_weight += first ? p[i].weight : 0;
		high += last ? p[i].weight * p[i].x : 0;
		high_weight += last ? p[i].weight : 0;
		before += p[i].weight;
	}
	c->least = low / low_weight;
	c->most = high / high_weight;
}

void
calibration_fit(struct calibration *c, const struct outcome *o, size_t n)
{
	*c = (struct calibration){.high = BAND_HIGH, .most = 1, .elsewhere = {0, 1}};
	if (n == 0)
		return;
	fit_logistic(c, o, n);
	OWNED(mem_free) struct point *p = calloc(n, sizeof *p);
	if (!p)
		BUG("no memory to calibrate");
	for (size_t i = 0; i < n; i++)
		p[i] = (struct point){raw(c, &o[i].signs), (double)o[i].weight};
	fit_ends(c, p, n);
}

json_t *
calibration_json(const struct calibration *c)
{
	json_t *w = json_object();
	for (int i = 0; i < CALIBRATION_SIGNS; i++)
		json_object_set_new(w, calibration_sign_names[i], json_real(c->weight[i]));
	return json_pack("{s:f, s:f, s:f, s:f, s:o, s:{s:f, s:f}}", "high_from", c->high, "least", c->least,
	                 "most", c->most, "bias", c->bias, "weights", w, "elsewhere", "bias",
	                 c->elsewhere.bias, "slope", c->elsewhere.slope);
}

enum err
calibration_from_json(const json_t *j, struct calibration *ret, struct why *why)
{
	struct calibration c = {.bias = json_get_num(j, "bias", NAN),
	                        .least = json_get_num(j, "least", NAN),
	                        .most = json_get_num(j, "most", NAN),
	                        .high = json_get_num(j, "high_from", BAND_HIGH)};
	const json_t *w = json_object_get(j, "weights"),
	             *e = json_object_get(j, "elsewhere"); /* models until 1.13.0 have none */
	c.elsewhere = (struct tempering){json_get_num(e, "bias", 0), json_get_num(e, "slope", 1)};
	bool good = isfinite(c.bias) && c.least >= 0 && c.most <= 1 && c.least <= c.most;
	for (int i = 0; i < CALIBRATION_SIGNS; i++) {
		c.weight[i] = json_get_num(w, calibration_sign_names[i], NAN);
		good &= isfinite(c.weight[i]) != 0;
	}
	if (!good)
		return fail(why, ERR_SCHEMA, "the calibration is incomplete");
	*ret = c;
	return ERR_NONE;
}
