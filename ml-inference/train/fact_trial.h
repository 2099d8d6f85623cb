/* fact_trial.h: how often what rules find is right, beside the confidence that they were given by hand. */
#ifndef DOCKET_TRAIN_FACT_TRIAL_H
#define DOCKET_TRAIN_FACT_TRIAL_H

#include "err.h"

#include <stdint.h>

/* On `each` papers of every paper of the grammar `made`, and on the invoices of `data` whose truth is known,
 * as `ocr` has them (NULL: none). Prints one row a field. */
enum err fact_trial_run(const char *made, unsigned each, uint64_t seed, const char *data, const char *ocr,
                        struct why *why) MUST_CHECK;

#endif
