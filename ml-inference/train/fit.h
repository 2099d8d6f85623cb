/* fit.h: training: text models first, then trees over features that the text models made for papers
 * they had not seen.
 */
#ifndef DOCKET_TRAIN_FIT_H
#define DOCKET_TRAIN_FIT_H

#include "corpus.h"

enum fold_kind { FOLDS_RANDOM, FOLDS_VENDOR, FOLDS_SOURCE };
/* fold[i] in 0..k-1 for every paper. Twins always share a fold. */
void folds_draw(const struct corpus *c, enum fold_kind kind, unsigned k, uint64_t seed, uint8_t *fold);

/* Trains what chooses fields, on the papers for which use[i]. The readings' probabilities are overwritten.
 * Of *ret, zeroed or not, the rest stays as it is. */
enum err fit_fields(const struct corpus *c, const bool *use, uint64_t seed, struct predictor *ret,
                    struct why *why) MUST_CHECK;

/* Is the candidate the truth? `best` is the best likeness among the paper's own. */
bool is_truth(const struct paper *p, enum field_id field, const struct candidate *c, double best);
double truth_likeness(const struct paper *p, enum field_id field, const struct candidates *all);

#endif
