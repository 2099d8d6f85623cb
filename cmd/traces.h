/* traces.h: the exporter of spans as the settings want it; trace_stop() ends it. */
#ifndef DOCKET_CMD_TRACES_H
#define DOCKET_CMD_TRACES_H

#include "err.h"
#include "settings.h"

/* `command`: the process is the service "docket-<command>". */
enum err traces_start(const struct settings *s, const char *command, struct why *why) MUST_CHECK;

#endif
