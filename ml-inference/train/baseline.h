/* baseline.h: what plain rules would answer, to see what training is worth. */
#ifndef DOCKET_TRAIN_BASELINE_H
#define DOCKET_TRAIN_BASELINE_H

#include "corpus.h"

/* The answer to one field, or NULL. */
enum err baseline_answer(const struct paper *p, enum field_id field, struct arena *mem, const char **ret,
                         struct why *why) MUST_CHECK;

#endif
