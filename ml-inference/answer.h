/* answer.h: the prediction object, docket.prediction/1, from what the predictor chose. */
#ifndef DOCKET_ML_ANSWER_H
#define DOCKET_ML_ANSWER_H

#include "predictor.h"

#include <jansson.h>

enum err answer_compose(const struct predictor *p, struct reading *r, json_t *model, struct arena *mem,
                        json_t **ret, struct why *why) MUST_CHECK;

#endif
