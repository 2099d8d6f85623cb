/* evidence.h: why this value, in one sentence, from the features that spoke for it most. */
#ifndef DOCKET_ML_EVIDENCE_H
#define DOCKET_ML_EVIDENCE_H

#include "predictor.h"

enum err evidence_write(const struct predictor *p, enum field_id field, const struct choice *c,
                        struct buf *out, struct buf *out_russian, struct why *why) MUST_CHECK;

/* Which words on the paper speak for its kind. */
void evidence_of_kind(const struct reading *r, enum paper_type kind, struct buf *english,
                      struct buf *russian);

#endif
