/* reliability.h: is a confidence worth what it says? Each fold is judged by a calibration that has not seen
 * it. */
#ifndef DOCKET_TRAIN_RELIABILITY_H
#define DOCKET_TRAIN_RELIABILITY_H

#include "trial.h"

#define RELIABILITY_BINS 10

struct reliability {
	char name[64];
	double error;     /* expected calibration error */
	double by_chance; /* what it would be, on average, were every confidence true */
	size_t n, high, high_right, medium, medium_right, low, low_right;
	double said[RELIABILITY_BINS], right[RELIABILITY_BINS], spread[RELIABILITY_BINS]; /* sums */
	size_t count[RELIABILITY_BINS];
};

/* What cross-validation left: of each paper its outcome and its fold. */
struct reliability_data {
	const struct corpus *c;
	const struct outcome *outcome;
	const bool *counted;
	const uint8_t *fold;
	bool sellers; /* what a seller's papers have in common shall count but little */
};
/* What a field's confidence is worth on papers that are no receipts, of both origins together since they are
 * few: by all of them, and by those outside each fold. */
#define RELIABILITY_MOST_FOLDS 100
struct elsewhere {
	struct tempering all, without[RELIABILITY_MOST_FOLDS];
};
void reliability_fit_elsewhere(const struct reliability_data *d, unsigned folds, struct elsewhere *ret);
/* Fits the calibration that is served from all outcomes of one origin (-1: all), and measures it: *ret on
 * receipts, and what papers of other kinds add to *others. NULL: all of them in *ret. `elsewhere` may be
 * NULL: worth the same there. */
void reliability_fit(const struct reliability_data *d, int origin, unsigned folds, const char *name,
                     const struct elsewhere *elsewhere, struct calibration *served, struct reliability *ret,
                     struct reliability *others);
/* Of transcripts and pictures together. */
void reliability_add(struct reliability *to, const struct reliability *r);
void reliability_print(const struct reliability *r);
json_t *reliability_json(const struct reliability *r);
/* One small diagram each, as a picture for docs/. */
enum err reliability_svg(const struct reliability *r, size_t n, const char *path, struct why *why) MUST_CHECK;

#endif
