/* booster.h: XGBoost's C API as training uses it. */
#ifndef DOCKET_TRAIN_BOOSTER_H
#define DOCKET_TRAIN_BOOSTER_H

#include "trees.h"

/* Deterministic: one thread, a fixed seed. */
struct booster_options {
	int rounds, depth;
	int classes; /* 0: right or wrong, y is 0 or 1; else y is a class */
	double eta, subsample, columns, lambda, min_child;
	unsigned seed;
	unsigned runs; /* so many are grown, by other chance each, and their average taken; 0: one */
};
enum err booster_train(const float *x, const float *y, const float *weight, size_t rows, size_t columns,
                       const struct booster_options *o, struct trees **ret, struct why *why) MUST_CHECK;

/* A model as XGBoost writes it in JSON. */
enum err booster_trees(const char *json, size_t n, struct trees **ret, struct why *why) MUST_CHECK;

#endif
