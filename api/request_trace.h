/* request_trace.h: a request's place in a trace (W3C traceparent), and the span that tells of it.
 *
 * A caller's trace is gone on with, but its wish to be sampled counts only where trace.follow says so:
 * strangers must not decide what we send. A trace id stands in the request's log lines as soon as there
 * is one, sampled or not. An upload belongs to its job's trace, since the worker's part hangs below it;
 * where the caller has a trace of its own, the two name each other by links.
 */
#ifndef DOCKET_REQUEST_TRACE_H
#define DOCKET_REQUEST_TRACE_H

#include "request.h"

/* When route and user are known. */
void request_trace_begin(struct request *rq);
/* A new job came of this request; `from_us`: its storing began then (trace_now_us). */
void request_trace_job(struct request *rq, struct uuid job, int64_t from_us);
/* When status and failure are known; failures of ours are sent whatever the head decided. */
void request_trace_end(struct request *rq);
/* False: no trace. */
bool request_trace_id(const struct request *rq, char ret[static TRACE_ID_LEN]);

#endif
