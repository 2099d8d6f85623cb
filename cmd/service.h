/* service.h: a process of the service: some of the contours, started in order, stopped in reverse. */
#ifndef DOCKET_SERVICE_H
#define DOCKET_SERVICE_H

#include "command.h"

enum service_part {
	SERVICE_API = 1,
	SERVICE_WORKER = 2,
	SERVICE_INFERENCE = 4, /* as a supervised child */
};

/* Runs until told to stop; returns the exit status. `name`: "up", "api", "worker". */
int service_run(const char *name, unsigned parts, const struct invocation *inv);

#endif
