/* line_items.h: what was bought: the rows between the head and the total that end in an amount. */
#ifndef DOCKET_ML_LINE_ITEMS_H
#define DOCKET_ML_LINE_ITEMS_H

#include "reading.h"

#include <jansson.h>

#define LINE_ITEMS_MAX 300

/* Appends objects {n, description, quantity, unit_price, amount}, each member {value, normalized,
 * confidence, regions}. `total` as for facts_by_rule(). Nothing when the rows do not look like items. */
enum err line_items_find(const struct reading *r, int64_t total, const char *currency, json_t *items,
                         struct arena *mem, struct why *why) MUST_CHECK;

/* What the rows that look like items add up to; INT64_MIN: they are not two. */
int64_t line_items_sum(const struct reading *r);

#endif
