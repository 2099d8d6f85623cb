/* parser_process.h: one process of docket-parse, a nursery or a parser, until its end. */
#ifndef DOCKET_PARSER_PROCESS_H
#define DOCKET_PARSER_PROCESS_H

#include "parsers.h"
#include "wire.h"

#include <sys/types.h>

struct parser_process {
	pid_t pid; /* 0: none */
	int pidfd, socket;
	uint32_t nursery; /* the number of the one that bore it */
	uint32_t sandbox; /* after READY */
};
#define PARSER_PROCESS_NONE ((struct parser_process){.pidfd = -1, .socket = -1})

struct parser_end {
	bool exited; /* else by a signal */
	int code;    /* of exit, or the signal */
	int64_t cpu_ms, peak_rss_kib;
};

/* A child of ours, which nobody has waited for. ERR_BROKEN: it is dead and buried. */
enum err parser_process_adopt(struct parser_process *p, pid_t pid, struct why *why) MUST_CHECK;
/* What it says of itself before it is at work. ERR_DEADLINE: nothing yet. */
enum err parser_process_hear(const struct parser_process *p, enum wire_type want, int64_t wait_ms,
                             struct wire_message *ret, struct why *why) MUST_CHECK;
/* Of processors, by all its threads; 0: it is gone. */
int64_t parser_process_cpu_ms(const struct parser_process *p);
bool parser_process_ended(const struct parser_process *p);
/* Waits for its end for at most `patience_ms`, then kills it. Leaves nothing behind. */
struct parser_end parser_process_end(struct parser_process *p, int64_t patience_ms);

#endif
