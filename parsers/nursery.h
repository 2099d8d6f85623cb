/* nursery.h: a docket-parse that has loaded everything, and the parsers that it bears, a fork each.
 *
 * They are our children and not the nursery's, so that it is we who hear of their ends. Those of one nursery
 * share the layout of its address space: after NURSERY_BIRTHS of them or NURSERY_MS another one takes its
 * place, loaded while the old one still bears. No nursery meets a byte of a document.
 *
 * For one thread: nurseries and parsers die with it.
 */
#ifndef DOCKET_NURSERY_H
#define DOCKET_NURSERY_H

#include "parser_process.h"

#define NURSERY_BIRTHS 64
#define NURSERY_MS     600000

struct nursery {
	struct parser_process process;
	uint32_t number;
	int64_t begun_ms;
	int32_t born;
};

struct nurseries {
	const struct parser_options *options;
	const char *program;
	struct nursery now, next; /* pid 0: none; next: loads */
	uint32_t started;
};
#define NURSERIES(options_, program_) \
	((struct nurseries){          \
	    options_, program_, {.process = PARSER_PROCESS_NONE}, {.process = PARSER_PROCESS_NONE}, 0})

/* A parser that is READY. Nurseries up to the number `condemned` are ended and not asked again. One that is
 * dead is replaced. ERR_BROKEN: a fresh one did not come up, or bore none. */
enum err nurseries_bear(struct nurseries *n, uint32_t condemned, struct parser_process *ret, struct why *why)
    MUST_CHECK;
void nurseries_end(struct nurseries *n);

#endif
