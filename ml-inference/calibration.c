#include "calibration.h"

#include "bands.h"
#include "json_own.h"
#include "own.h"

#include <math.h>

const char *const calibration_sign_names[CALIBRATION_SIGNS] = {
    "margin", "lead", "word_confidence", "known", "length", "candidates", "worst_word"};

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
	double p = raw(c, s);
	if (c->n == 0)
		return p;
	if (p <= c->x[0])
		return c->y[0];
	for (size_t i = 1; i < c->n; i++)
		if (p <= c->x[i]) {
			double t = (p - c->x[i - 1]) / fmax(c->x[i] - c->x[i - 1], 1e-9);
			return c->y[i - 1] + t * (c->y[i] - c->y[i - 1]);
		}
	return c->y[c->n - 1];
}

/* Gradient descent on the whole batch: the data are small, the answer is the same on every machine. */
static void
fit_logistic(struct calibration *c, const struct outcome *o, size_t n)
{
	double mean[CALIBRATION_SIGNS] = {0}, dev[CALIBRATION_SIGNS] = {0}, w[CALIBRATION_SIGNS] = {0};
	double b = 0;
	for (int k = 0; k < CALIBRATION_SIGNS; k++) {
		for (size_t i = 0; i < n; i++)
			mean[k] += (double)o[i].signs.v[k] / (double)n;
		for (size_t i = 0; i < n; i++)
			dev[k] += pow((double)o[i].signs.v[k] - mean[k], 2) / (double)n;
		dev[k] = sqrt(dev[k]) + 1e-6;
	}
	for (int step = 0; step < 3000; step++) {
		double gw[CALIBRATION_SIGNS] = {0}, gb = 0;
		for (size_t i = 0; i < n; i++) {
			double z = b;
			for (int k = 0; k < CALIBRATION_SIGNS; k++)
				z += w[k] * ((double)o[i].signs.v[k] - mean[k]) / dev[k];
			double d = 1 / (1 + exp(-z)) - o[i].right;
			gb += d;
			for (int k = 0; k < CALIBRATION_SIGNS; k++)
				gw[k] += d * ((double)o[i].signs.v[k] - mean[k]) / dev[k];
		}
		b -= gb / (double)n;
		for (int k = 0; k < CALIBRATION_SIGNS; k++)
			w[k] -= (gw[k] + 1.0 * w[k]) / (double)n;
	}
	c->bias = b;
	for (int k = 0; k < CALIBRATION_SIGNS; k++) {
		c->weight[k] = w[k] / dev[k];
		c->bias -= w[k] * mean[k] / dev[k];
	}
}

struct point {
	double x;
	bool right;
};

static int
by_x(const void *a, const void *b)
{
	double x = ((const struct point *)a)->x, y = ((const struct point *)b)->x;
	return (x > y) - (x < y);
}

struct block {
	double x, right, n;
};

/* Pool adjacent violators; each block of the staircase becomes a knot. Blocks of fewer than a
 * sixth of all are pooled first, and everything is pulled a little towards the middle: ten of
 * ten right is not certainty. */
static void
fit_staircase(struct calibration *c, struct point *p, size_t n)
{
	qsort(p, n, sizeof *p, by_x);
	OWNED(mem_free) struct block *b = calloc(n + 1, sizeof *b);
	if (!b)
		BUG("no memory to calibrate");
	size_t m = 0, least = n / 6 + 5;
	for (size_t i = 0; i < n;) {
		struct block k = {0};
		for (; i < n && (k.n < (double)least || n - i < least); i++) {
			k.x += p[i].x;
			k.right += p[i].right;
			k.n++;
		}
		b[m++] = k;
		while (m > 1 && b[m - 2].right * b[m - 1].n >= b[m - 1].right * b[m - 2].n) {
			b[m - 2].x += b[m - 1].x;
			b[m - 2].right += b[m - 1].right;
			b[m - 2].n += b[m - 1].n;
			m--;
		}
	}
	c->n = m < CALIBRATION_KNOTS ? m : CALIBRATION_KNOTS;
	for (size_t i = 0; i < c->n; i++) {
		c->x[i] = b[i].x / b[i].n;
		c->y[i] = (b[i].right + 0.5) / (b[i].n + 1);
		if (i && c->y[i] < c->y[i - 1])
			c->y[i] = c->y[i - 1];
	}
}

void
calibration_fit(struct calibration *c, const struct outcome *o, size_t n)
{
	*c = (struct calibration){.high = BAND_HIGH};
	if (n == 0)
		return;
	fit_logistic(c, o, n);
	OWNED(mem_free) struct point *p = calloc(n, sizeof *p);
	if (!p)
		BUG("no memory to calibrate");
	for (size_t i = 0; i < n; i++)
		p[i] = (struct point){raw(c, &o[i].signs), o[i].right};
	fit_staircase(c, p, n);
}

json_t *
calibration_json(const struct calibration *c)
{
	json_t *w = json_object(), *k = json_array();
	for (int i = 0; i < CALIBRATION_SIGNS; i++)
		json_object_set_new(w, calibration_sign_names[i], json_real(c->weight[i]));
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(k, json_pack("[f, f]", c->x[i], c->y[i]));
	return json_pack("{s:f, s:f, s:o, s:o}", "high_from", c->high, "bias", c->bias, "weights", w, "knots",
	                 k);
}

enum err
calibration_from_json(const json_t *j, struct calibration *ret, struct why *why)
{
	struct calibration c = {.bias = json_get_num(j, "bias", NAN),
	                        .high = json_get_num(j, "high_from", BAND_HIGH)};
	const json_t *w = json_object_get(j, "weights"), *k = json_object_get(j, "knots");
	bool good = isfinite(c.bias);
	for (int i = 0; i < CALIBRATION_SIGNS; i++) {
		c.weight[i] = json_get_num(w, calibration_sign_names[i], NAN);
		good &= isfinite(c.weight[i]) != 0;
	}
	c.n = json_array_size(k);
	if (!good || c.n > CALIBRATION_KNOTS)
		return fail(why, ERR_SCHEMA, "the calibration is incomplete");
	for (size_t i = 0; i < c.n; i++) {
		const json_t *e = json_array_get(k, i);
		c.x[i] = json_number_value(json_array_get(e, 0));
		c.y[i] = json_number_value(json_array_get(e, 1));
		if (i && (c.x[i] < c.x[i - 1] || c.y[i] < c.y[i - 1]))
			return fail(why, ERR_SCHEMA, "the calibration does not rise");
	}
	*ret = c;
	return ERR_NONE;
}
