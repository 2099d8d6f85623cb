/* booster.h: XGBoost's C API as we use it: score rows, explain one, train from a matrix. */
#ifndef DOCKET_ML_BOOSTER_H
#define DOCKET_ML_BOOSTER_H

#include "err.h"

#include <stddef.h>

struct booster;
void booster_free(struct booster **b);

enum err booster_read(const void *bytes, size_t n, struct booster **ret, struct why *why) MUST_CHECK;
enum err booster_write(const struct booster *b, const char *path, struct why *why) MUST_CHECK;

/* ret[rows][classes]: log-odds, one a row where there are no classes (1). Thread-safe. */
enum err booster_score(const struct booster *b, const float *x, size_t rows, size_t columns, size_t classes,
                       float *ret, struct why *why) MUST_CHECK;
/* For a booster without classes. ret[columns + 1]: what each feature added to the log-odds of this row (exact
 * TreeSHAP), then the bias. */
enum err booster_explain(const struct booster *b, const float *x, size_t columns, float *ret, struct why *why)
    MUST_CHECK;

/* Deterministic: one thread, a fixed seed. */
struct booster_options {
	int rounds, depth;
	int classes; /* 0: right or wrong, y is 0 or 1; else y is a class */
	double eta, subsample, columns, lambda, min_child;
	unsigned seed;
};
enum err booster_train(const float *x, const float *y, const float *weight, size_t rows, size_t columns,
                       const struct booster_options *o, struct booster **ret, struct why *why) MUST_CHECK;

#endif
