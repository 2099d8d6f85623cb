/* model_card.h: what the model that is served is known to get right, as anybody may know it. */
#ifndef DOCKET_MODEL_CARD_H
#define DOCKET_MODEL_CARD_H

#include "settings.h"

/* {"name", "version", "fields": [{"name", "right", "strangers", "sure", "sure_right"}]} of its measured
 * scores: the share of values found rightly from pictures, that from sellers never seen, how many values are
 * given as sure, and how many of those are right. For free(); NULL when there is no model, or it was not
 * measured. */
char *model_card(const struct settings *s);

#endif
