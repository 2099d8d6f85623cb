/* trial.h: what cross-validation finds out, and what confidence is worth. */
#ifndef DOCKET_TRAIN_TRIAL_H
#define DOCKET_TRAIN_TRIAL_H

#include "fit.h"
#include "score.h"

#include <jansson.h>

/* The four fields that trees choose, per paper, by folds of one kind. */
struct trial {
	struct outcome *outcome[FIELD_COUNT]; /* of each paper; all in shared_room() */
	bool *counted[FIELD_COUNT];           /* the truth is known and something was answered */
	uint8_t *fold;
	struct tally tally[ORIGIN_COUNT];
	struct tally rules[ORIGIN_COUNT]; /* what plain rules answer */
	struct tally aside;               /* pictures that our reader had not seen either */
	struct tally others;              /* papers that are no receipts of SROIE, in no other tally */
};
struct trial_options {
	enum fold_kind kind;
	unsigned folds, jobs;
	uint64_t seed;
	bool list;         /* print what came out wrong */
	const bool *aside; /* papers to be tallied apart; may be NULL */
	/* what the answer takes each paper for: it gives no field that such papers do not have; may be NULL
	 */
	const enum paper_type *goes_by;
};
/* Papers made up always teach and are never tried. */
enum err trial_run(const struct corpus *c, const struct trial_options *o, struct trial *ret, struct why *why)
    MUST_CHECK;
/* Per field, of what is wrong from pictures, how much is right from the same receipts' transcripts: the
 * reader's mistakes. */
void trial_print_readers(const char *name, const struct corpus *c, const struct trial *t);

/* Kinds of paper, by folds that keep a source together. */
struct kind_trial {
	struct outcome *outcome;
	enum paper_type *said;
	bool *counted;
	uint8_t *fold;
	unsigned seen[TYPE_COUNT][TYPE_COUNT]; /* [truth][answer] */
};
enum err kind_trial_run(const struct corpus *c, const struct trial_options *o, struct kind_trial *ret,
                        struct why *why) MUST_CHECK;
/* F1 of each kind; *ret_macro: over those with ten papers and more. */
json_t *kind_trial_json(const struct kind_trial *t, double *ret_macro);
void kind_trial_print(const struct kind_trial *t);

#endif
