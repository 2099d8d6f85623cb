#include "events.h"

#include "own.h"

#include <pthread.h>
#include <stdatomic.h>

const struct event events[] = {
#define X(name, level, fields, meaning, advice) {name, LOG_##level, fields, meaning, advice},
#include "events.tbl.h"
#undef X
};
const size_t n_events = ARRAY_LEN(events);

/* What was written of an event in the second that `second` names. */
struct flood {
	const char *name;
	int32_t most;
	_Atomic int64_t second;
	_Atomic int32_t written, held_back;
};
static struct flood floods[] = {
#define X(...)
#define NOISY(event_name, n) {.name = (event_name), .most = (n)},
#include "events.tbl.h"
#undef X
};

bool
event_passes(const char *name, int64_t now_ms, int32_t *held_back)
{
	*held_back = 0;
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct flood *f = &floods[i];
		if (strcmp(f->name, name) != 0)
			continue;
		int64_t second = now_ms / 1000;
		if (atomic_exchange(&f->second, second) != second)
			atomic_store(&f->written, 0);
		if (atomic_fetch_add(&f->written, 1) >= f->most) {
			atomic_fetch_add(&f->held_back, 1);
			return false;
		}
		*held_back = atomic_exchange(&f->held_back, 0);
		return true;
	}
	return true;
}

static uint16_t by_name[ARRAY_LEN(events)];
static pthread_once_t sorted = PTHREAD_ONCE_INIT;

static int
name_order(const void *x, const void *y)
{
	return strcmp(events[*(const uint16_t *)x].name, events[*(const uint16_t *)y].name);
}

static void
sort_names(void)
{
	for (size_t i = 0; i < n_events; i++)
		by_name[i] = (uint16_t)i;
	qsort(by_name, n_events, sizeof by_name[0], name_order);
}

const struct event *
event_find(const char *name)
{
	pthread_once(&sorted, sort_names);
	for (size_t from = 0, to = n_events; from < to;) {
		size_t middle = from + (to - from) / 2;
		const struct event *e = &events[by_name[middle]];
		int d = strcmp(name, e->name);
		if (d == 0)
			return e;
		if (d < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}
