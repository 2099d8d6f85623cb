/* kinds.h: training for the kind of paper. */
#ifndef DOCKET_TRAIN_KINDS_H
#define DOCKET_TRAIN_KINDS_H

#include "corpus.h"

/* The kind that a class of the data's manifest stands for; false: says nothing about kinds. */
bool kind_of_class(const char *class, enum paper_type *ret);
/* Fills ret->kind and ret->text.type. */
enum err fit_kinds(const struct corpus *c, const bool *use, uint64_t seed, struct predictor *ret,
                   struct why *why) MUST_CHECK;

#endif
