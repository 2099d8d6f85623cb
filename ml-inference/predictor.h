/* predictor.h: the trained parts together, and how they choose. Serving and training's own scoring
 * both come through here, so that what is measured is what is served.
 */
#ifndef DOCKET_ML_PREDICTOR_H
#define DOCKET_ML_PREDICTOR_H

#include "booster.h"
#include "calibration.h"
#include "candidates.h"
#include "senders.h"

enum paper_type {
#define X(name, text) TYPE_##name,
#include "types.tbl.h"
#undef X
	TYPE_COUNT
};
extern const char *const type_names[TYPE_COUNT];

enum origin { ORIGIN_TEXT, ORIGIN_OCR, ORIGIN_COUNT };

struct predictor {
	struct text_models text;
	struct booster *field[FIELD_COUNT];
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
};
/* A field without candidates leaves ret->all.n at 0. */
enum err predictor_choose(const struct predictor *p, enum field_id field, const struct reading *r,
                          struct arena *mem, struct choice *ret, struct why *why) MUST_CHECK;
/* What kind of paper it is: p[TYPE_COUNT], and how sure that the best of them is right. */
enum paper_type predictor_type(const struct predictor *p, const struct reading *r, float *type_p,
                               double *confidence);
enum origin reading_origin(const struct reading *r);

#endif
