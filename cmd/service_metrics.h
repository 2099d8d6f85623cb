/* service_metrics.h: gauges that are read when somebody scrapes: the queue, the parsers, the disk,
 * readiness; and the objectives' targets. */
#ifndef DOCKET_SERVICE_METRICS_H
#define DOCKET_SERVICE_METRICS_H

#include "observe.h"
#include "parsers.h"
#include "settings.h"
#include "storage.h"

struct service_sources {
	struct storage *storage;
	struct parser_pool *parsers; /* may be NULL */
	int32_t max_parsers;
	const struct settings *settings;
	ready_fn *ready;
	void *ready_arg;
};
/* Once a process. ERR_INVALID where a target is no percentage. */
enum err service_metrics_start(const struct service_sources *from, struct why *why) MUST_CHECK;
void service_metrics_stop(void);

/* "99.9" -> 0.999 */
enum err percentage(const char *name, const char *text, double *ret, struct why *why) MUST_CHECK;

#endif
