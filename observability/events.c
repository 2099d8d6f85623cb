#include "events.h"

#include "own.h"

const struct event events[] = {
#define X(name, level, fields, meaning, advice) {name, LOG_##level, fields, meaning, advice},
#include "events.tbl.h"
#undef X
};
const size_t n_events = ARRAY_LEN(events);

const struct event *
event_find(const char *name)
{
	for (size_t i = 0; i < n_events; i++) {
		if (strcmp(events[i].name, name) == 0)
			return &events[i];
	}
	return NULL;
}
