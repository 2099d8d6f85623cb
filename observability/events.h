/* events.h: the table of events, as data. */
#ifndef DOCKET_EVENTS_H
#define DOCKET_EVENTS_H

#include "observe.h"

struct event {
	const char *name;
	enum log_level level;
	const char *fields, *meaning, *advice;
};
extern const struct event events[];
extern const size_t n_events;

/* NULL: not listed. */
const struct event *event_find(const char *name);

/* Is one of that name to be written, or is it one too many in its second of the steady clock? `held_back`:
 * how many were not written since the last that was. */
bool event_passes(const char *name, int64_t now_ms, int32_t *held_back);

#endif
