/* feature_row.h: the numbers that describe a candidate, each under its name.
 *
 * One piece of code both writes the values and, asked for `names`, lists what it writes: the list's
 * hash in a model's manifest therefore always tells what the code at hand computes.
 */
#ifndef DOCKET_ML_FEATURE_ROW_H
#define DOCKET_ML_FEATURE_ROW_H

#include "buf.h"

#include <stddef.h>

struct features {
	float *v;
	size_t n, cap;
	struct buf *names; /* NULL: values only */
};

void feat(struct features *f, const char *name, double value);
/* group.name, for the same numbers told of several things: "left" and "TOTAL" */
void feat_in(struct features *f, const char *group, const char *name, double value);
/* One 0 or 1 for each of `words` (substrings) in `text`. */
void feat_words(struct features *f, const char *group, const char *text, const char *const words[], size_t n);

#endif
