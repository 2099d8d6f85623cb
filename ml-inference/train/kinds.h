/* kinds.h: training for the kind of paper. */
#ifndef DOCKET_TRAIN_KINDS_H
#define DOCKET_TRAIN_KINDS_H

#include "corpus.h"

/* By the class in the data's manifest, mended where that is plainly wrong; false: it says nothing about
 * kinds. */
bool kind_of_paper(const struct paper *p, enum paper_type *ret);
/* Fills ret->kind and ret->text.type. */
enum err fit_kinds(const struct corpus *c, const bool *use, uint64_t seed, struct predictor *ret,
                   struct why *why) MUST_CHECK;

#endif
