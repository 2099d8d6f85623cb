/* period.h: from which day to which, for reports. Days are UTC's. */
#ifndef DOCKET_PERIOD_H
#define DOCKET_PERIOD_H

#include "err.h"

#include <argp.h>
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

/* --from and --to, for a command's list of options and the parser of it. */
#define PERIOD_OPTIONS                                                                    \
	{"from", 'f', "DAY", 0, "First day, as 2026-11-24; 30 days ago if not told.", 0}, \
	{                                                                                 \
		"to", 't', "DAY", 0, "Last day; today if not told.", 0                    \
	}
/* ARGP_ERR_UNKNOWN: none of these two. */
error_t period_option(struct period *p, int key, const char *arg, struct argp_state *state);
/* One of `names`, which have "|" between them; else the usage is told and we end. */
const char *choice_option(const char *names, const char *arg, struct argp_state *state);

#endif
