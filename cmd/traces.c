#include "traces.h"

#include "trace.h"

#include <stdio.h>

enum err
traces_start(const struct settings *s, const char *command, struct why *why)
{
	char service[64];
	snprintf(service, sizeof service, "docket-%s", command);
	const struct trace_options o = {.endpoint = s->trace_endpoint,
	                                .service = service,
	                                .sample_percent = (int32_t)s->trace_sample,
	                                .rules = s->trace_rules};
	return trace_start(&o, why);
}
