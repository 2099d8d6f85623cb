/* child.h: one supervised process: started again with a growing pause when it dies, dead when we die
 * (PR_SET_PDEATHSIG), stopped with us. All calls from the main thread: a child dies with the thread
 * that made it, not with the process. */
#ifndef DOCKET_CHILD_H
#define DOCKET_CHILD_H

#include "err.h"
#include "observe.h"

#include <stdint.h>
#include <sys/types.h>

struct child {
	const char *name;
	char **argv;                              /* of this same program; ends with NULL */
	pid_t pid;                                /* 0: not running */
	int64_t started_ms, restart_ms, pause_ms; /* steady clock; the pause before the next start */
};

void child_start(struct child *c, const struct log *log);
/* After SIGCHLD, and when child_due() has passed: reaps it, starts it again. */
void child_tend(struct child *c, const struct log *log);
/* Milliseconds until child_tend() has something to do; -1: nothing. */
int64_t child_due(const struct child *c);
/* SIGTERM, then SIGKILL after grace_ms. */
void child_stop(struct child *c, int64_t grace_ms, const struct log *log);

#endif
