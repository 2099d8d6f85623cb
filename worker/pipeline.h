/* pipeline.h: one claimed job, from its blob to its stored result. */
#ifndef DOCKET_PIPELINE_H
#define DOCKET_PIPELINE_H

#include "hold.h"
#include "observe.h"
#include "trace.h"
#include "worker.h"

struct pipeline {
	struct storage *storage;
	struct parser_pool *parsers;
	struct inference_client *inference;
	int32_t max_mail_depth;
	struct price_table prices;
};

struct pipeline_report {
	enum job_stage stage; /* where it ended */
	char doc_type[32];    /* "" until it is known */
};

/* ERR_NONE: the result is stored and the job done. Otherwise nothing has been settled, and the code
 * says how it should be. What it has cost so far is in c->used either way. */
enum err pipeline_run(const struct pipeline *p, struct claim *c, struct hold *hold, struct log *log,
                      struct spans *spans, struct pipeline_report *report, struct why *why) MUST_CHECK;

#endif
