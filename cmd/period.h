/* period.h: from which day to which, for reports. Days are UTC's. */
#ifndef DOCKET_PERIOD_H
#define DOCKET_PERIOD_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

#define DAY_MS       86400000LL
#define DAY_TEXT_LEN 11 /* "2026-11-24" */

struct period {
	int64_t from_ms, to_ms; /* [from, to) */
};
/* The 30 days that end with today. */
struct period period_usual(void);
/* "2026-11-24": its beginning. */
bool day_parse(const char *text, int64_t *ret_ms);
void day_text(int64_t ms, char ret[static DAY_TEXT_LEN]);

#endif
