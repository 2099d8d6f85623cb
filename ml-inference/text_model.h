/* text_model.h: a small linear model over hashed pieces of text.
 *
 * Softmax regression over character 2- to 4-grams inside words, words and pairs of words, each
 * kind scaled to unit length. It tells what a line looks like (a company, an address, neither), what
 * stands beside an amount or a date, and what kind of paper the whole text is; the trees then use
 * its probabilities as features. Weights are plain floats in one file.
 */
#ifndef DOCKET_ML_TEXT_MODEL_H
#define DOCKET_ML_TEXT_MODEL_H

#include "arena.h"
#include "err.h"

#include <stdint.h>

#define TEXT_CHAR_BUCKETS 16384
#define TEXT_WORD_BUCKETS 8192
#define TEXT_BUCKETS      (TEXT_CHAR_BUCKETS + TEXT_WORD_BUCKETS)
#define TEXT_MAX_CLASSES  16

struct piece {
	uint32_t bucket;
	float value;
};
struct pieces { /* the sparse vector of one text */
	const struct piece *p;
	size_t n;
};
/* Counted, scaled and sorted by bucket. `s` should be canonical with digits folded. */
enum err text_pieces(const char *s, size_t n, struct arena *mem, struct pieces *ret, struct why *why)
    MUST_CHECK;

struct text_model {
	uint32_t n_classes;
	float *weights; /* [TEXT_BUCKETS + 1][n_classes]; the last row is the bias */
};
void text_model_free(struct text_model *m);
/* ret[n_classes], summing to 1. */
void text_model_apply(const struct text_model *m, const struct pieces *x, float *ret);

/* The file: "DKTM", version, classes, then weights as 16-bit floats (bfloat16: enough for a vote). */
enum err text_model_read(const char *bytes, size_t n, struct text_model *ret, struct why *why) MUST_CHECK;
enum err text_model_write(const struct text_model *m, const char *path, struct why *why) MUST_CHECK;
/* Rounds the weights to what the file keeps, so that training sees what serving will. */
void text_model_round(struct text_model *m);

/* AdaGrad with L2, `epochs` passes in an order drawn from `seed`; deterministic. */
struct text_example {
	struct pieces x;
	uint32_t label;
	float weight;
};
void text_model_fit(struct text_model *m, uint32_t n_classes, const struct text_example *ex, size_t n,
                    uint32_t epochs, float l2, uint64_t seed);

#endif
