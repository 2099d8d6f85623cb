/* predictor.h: the trained parts together, and how they choose. Serving and training's own scoring
 * both come through here, so that what is measured is what is served.
 */
#ifndef DOCKET_ML_PREDICTOR_H
#define DOCKET_ML_PREDICTOR_H

#include "calibration.h"
#include "candidates.h"
#include "kind.h"
#include "senders.h"
#include "trees.h"

enum origin { ORIGIN_TEXT, ORIGIN_OCR, ORIGIN_COUNT };

struct predictor {
	struct text_models text;
	struct trees *field[FIELD_COUNT];
	struct trees *kind;
	struct senders *senders;
	struct calibration calibration[FIELD_COUNT][ORIGIN_COUNT];
	struct calibration type_calibration;
};
void predictor_release(struct predictor *p);

/* One field on one paper. */
struct choice {
	struct candidates all;
	float *odds;      /* of each candidate */
	uint32_t *order;  /* best first */
	const char *text; /* of the best, mended from the senders known */
	bool mended;
	double known; /* likeness to a sender known, 0: none */
	struct signs signs;
	double confidence; /* calibrated */
	double high;       /* confidence that counts as high */
};
/* All fields of a paper, so that they agree with each other: a line is not both the name and the address.
 * A field without candidates leaves its all.n at 0. */
enum err predictor_choose_all(const struct predictor *p, const struct reading *r, struct arena *mem,
                              struct choice ret[FIELD_COUNT], struct why *why) MUST_CHECK;
/* Of a paper that is no receipt the same signs are worth less or more. */
void predictor_temper(const struct predictor *p, const struct reading *r, struct choice c[FIELD_COUNT]);
/* What kind of paper it is. */
struct kind_choice {
	enum paper_type kind;
	float p[TYPE_COUNT];
	struct signs signs;
	double confidence, high; /* calibrated: that `kind` is right; what counts as high */
};
enum err predictor_kind(const struct predictor *p, const struct reading *r, struct kind_choice *ret,
                        struct why *why) MUST_CHECK;
enum origin reading_origin(const struct reading *r);

#endif
