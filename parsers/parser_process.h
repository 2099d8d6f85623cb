/* parser_process.h: one docket-parse process, from its start to its end. */
#ifndef DOCKET_PARSER_PROCESS_H
#define DOCKET_PARSER_PROCESS_H

#include "parsers.h"

#include <sys/types.h>

struct parser_process {
	pid_t pid; /* 0: none */
	int pidfd, socket;
	uint32_t sandbox; /* after READY */
};
#define PARSER_PROCESS_NONE ((struct parser_process){.pidfd = -1, .socket = -1})

struct parser_end {
	bool exited; /* else by a signal */
	int code;    /* of exit, or the signal */
	int64_t cpu_ms, peak_rss_kib;
};

/* Starts it and waits until it is READY. It dies with the calling thread. hashed: one that was started before
 * has checked the models' digest. */
enum err parser_process_start(const struct parser_options *o, const char *program, bool hashed,
                              struct parser_process *ret, struct why *why) MUST_CHECK;
/* Of processors, by all its threads; 0: it is gone. */
int64_t parser_process_cpu_ms(const struct parser_process *p);
/* Waits for its end for at most `patience_ms`, then kills it. Leaves nothing behind. */
struct parser_end parser_process_end(struct parser_process *p, int64_t patience_ms);

#endif
