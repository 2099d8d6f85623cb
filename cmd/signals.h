/* signals.h: signals as a descriptor. Blocked in every thread that starts afterwards. */
#ifndef DOCKET_SIGNALS_H
#define DOCKET_SIGNALS_H

#include "err.h"

#include <stdint.h>

/* SIGTERM, SIGINT, SIGHUP and SIGCHLD from now on arrive at this descriptor; SIGPIPE is ignored. */
int signals_open(void);
/* The next one, or 0 after timeout_ms (-1: wait for ever). */
int signals_next(int fd, int64_t timeout_ms);
/* While we stop, a second Ctrl-C ends the process at once. */
void signals_let_through(void);
/* In a child, before exec: as at the start of a program. */
void signals_reset(void);

#endif
