/* export.h: a trained predictor as a model folder with its manifest. */
#ifndef DOCKET_TRAIN_EXPORT_H
#define DOCKET_TRAIN_EXPORT_H

#include "predictor.h"

/* `facts` goes into the manifest as it is: training data, scores. */
enum err export_model(const struct predictor *p, const char *name, const char *version, const char *folder,
                      json_t *facts, struct why *why) MUST_CHECK;

#endif
