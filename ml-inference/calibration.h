/* calibration.h: from what the trees say to how often that is right.
 *
 * A logistic curve over a few signs of certainty, fitted to held-back papers so that of the values given as
 * 0.9 nine in ten are right; apart for clean text and for OCR.
 */
#ifndef DOCKET_ML_CALIBRATION_H
#define DOCKET_ML_CALIBRATION_H

#include "err.h"

#include <jansson.h>
#include <stddef.h>

#define CALIBRATION_SIGNS 9

struct signs {
	float
	    v[CALIBRATION_SIGNS]; /* margin, lead over the next, words' confidence, sender's likeness, ... */
};
extern const char *const calibration_sign_names[CALIBRATION_SIGNS];

struct calibration {
	double weight[CALIBRATION_SIGNS], bias;
	double
	    high; /* from here on "high" was right in 98 of 100 held-back values and more; above 1: never */
	double least, most; /* between which it stays */
	struct tempering {
		double bias, slope;
	} elsewhere; /* what the log-odds are worth on papers that are no receipts */
};

double calibration_apply(const struct calibration *c, const struct signs *s);

/* What `p` is worth elsewhere. */
double calibration_temper(const struct tempering *t, double p);

struct outcome {
	struct signs signs;
	bool right;
	float weight; /* how much it tells: many papers of one seller tell little more than one */
};
void calibration_fit(struct calibration *c, const struct outcome *o, size_t n);
/* Of few values, held back: `p[i]` was said, `right[i]` it was. The fewer there are, the nearer it stays to
 * what the curve says. */
struct tempering calibration_fit_tempering(const double *p, const bool *right, size_t n);

json_t *calibration_json(const struct calibration *c);
enum err calibration_from_json(const json_t *j, struct calibration *ret, struct why *why) MUST_CHECK;

#endif
