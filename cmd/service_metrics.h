/* service_metrics.h: gauges that are read from storage and the parser pool when somebody scrapes. */
#ifndef DOCKET_SERVICE_METRICS_H
#define DOCKET_SERVICE_METRICS_H

#include "parsers.h"
#include "storage.h"

/* `parsers` may be NULL. Once a process. */
void service_metrics_start(struct storage *st, struct parser_pool *parsers);
void service_metrics_stop(void);

#endif
