/* score.h: right or wrong, by the contest's rule and by a forgiving one. As score_sroie.py. */
#ifndef DOCKET_TRAIN_SCORE_H
#define DOCKET_TRAIN_SCORE_H

#include "candidates.h"

#include <jansson.h>

#define TRUTH_ABSENT "-" /* the paper does not say it: whatever is answered is wrong */

bool score_exact(const char *answer, const char *truth);
/* Case, punctuation and blanks dropped; dates and amounts parsed. */
bool score_normalised(enum field_id field, const char *answer, const char *truth);
int64_t score_amount(const char *s); /* hundredths; INT64_MIN: no number */

struct tally {
	size_t exact[FIELD_COUNT], normalised[FIELD_COUNT], answered[FIELD_COUNT], truth[FIELD_COUNT];
};
void tally_add(struct tally *t, enum field_id field, const char *answer, const char *truth);
double tally_f1(const struct tally *t, int field, bool exact); /* field -1: all together */
void tally_print(const char *name, const struct tally *t);
json_t *tally_json(const struct tally *t);

#endif
