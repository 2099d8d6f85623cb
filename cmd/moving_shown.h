/* moving_shown.h: what copy, backup and restore say while they work and when they are done. */
#ifndef DOCKET_MOVING_SHOWN_H
#define DOCKET_MOVING_SHOWN_H

#include "moving.h"

/* A line on standard error about every two seconds. */
struct moving_shown {
	int64_t last_ms;
};
struct moving_watch moving_show(struct moving_shown *s);

/* Opens what was made, which brings it up to date, and proves its audit. Prints what is there. */
enum err moving_prove(const struct storage_options *o, struct why *why) MUST_CHECK;

#endif
