/* speed.h: how long the newest model takes for an answer, from the request's JSON to the answer's. */
#ifndef DOCKET_TRAIN_SPEED_H
#define DOCKET_TRAIN_SPEED_H

#include "err.h"

enum err speed_measure(const char *models, const char *documents, struct why *why) MUST_CHECK;

#endif
