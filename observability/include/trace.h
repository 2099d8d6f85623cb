/* trace.h: the second door of observability: W3C trace contexts, and spans sent by OTLP/HTTP.
 *
 *	OWNED(spans_drop) struct spans *s = spans_open("api", incoming, "POST /upload", SPAN_SERVER);
 *	...  spans_add(s, "persist", from_us, trace_now_us(), ERR_NONE, F_INT("bytes", n));
 *	spans_close(&s, ERR_NONE, false);
 *
 * The head decides by rate whether a trace is sampled, and that travels in `traceparent`; rules give a
 * route or a class of users a rate of its own. The tail may overrule it: whoever closes with `keep` sends
 * the spans of its process all the same (errors, slow jobs).
 * Nothing here blocks: spans wait in a bounded queue, a thread sends them in batches, and what does not
 * fit or cannot be sent is dropped and counted (docket_trace_spans_total).
 */
#ifndef DOCKET_TRACE_H
#define DOCKET_TRACE_H

#include "err.h"
#include "observe.h"
#include "uuid.h"

#include <stdint.h>

struct trace_context {
	uint8_t trace_id[16], span_id[8];
	bool sampled;
};

/* "00-<32 hex>-<16 hex>-<2 hex>". False leaves `ret` alone: not a context that W3C allows. */
bool trace_parse(const char *traceparent, struct trace_context *ret);
#define TRACEPARENT_LEN 56
void trace_text(const struct trace_context *c, char ret[static TRACEPARENT_LEN]);
#define TRACE_ID_LEN 33
void trace_id_text(const struct trace_context *c, char ret[static TRACE_ID_LEN]);

/* A job's trace carries the job's own id, so that whoever knows one knows the other, and processes that
 * share nothing but the id agree on trace and sampling. Its span is the upload that made the job. */
struct trace_context trace_of_job(struct uuid job);

enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER }; /* OTLP's */

struct spans;
/* Begins the span of this process's part. `parent` NULL: a new trace. Never NULL. */
struct spans *spans_open(const char *contour, const struct trace_context *parent, const char *name,
                         enum span_kind kind);
/* This part is the one that others name as their parent already: the upload of a job. */
void spans_adopt(struct spans *s, const struct trace_context *self);
/* What the head decided, where more than the name counts. */
void spans_sample(struct spans *s, bool sampled);
/* The trace of another part that this one came from, where that is not its parent. At most 8. */
void spans_link(struct spans *s, const struct trace_context *to);
/* Where others hang their spans. */
const struct trace_context *spans_context(const struct spans *s);
/* The part began earlier than spans_open(): a job waited in the queue before somebody took it. */
void spans_began(struct spans *s, int64_t wall_us);
/* Fields of the part itself. */
#define spans_set(s, ...) spans_set_((s), (const struct field[]){__VA_ARGS__, F_END_})
void spans_set_(struct spans *s, const struct field *fields);
/* A finished step of it; times of the wall clock in microseconds. At most 64, more are counted only. */
#define spans_add(s, name, from_us, to_us, outcome, ...)       \
	spans_add_((s), (name), (from_us), (to_us), (outcome), \
	           (const struct field[]){__VA_ARGS__ __VA_OPT__(, ) F_END_})
void spans_add_(struct spans *s, const char *name, int64_t from_us, int64_t to_us, enum err outcome,
                const struct field *fields);
/* Ends the part and hands all to the exporter, if the trace is sampled or `keep`. */
void spans_close(struct spans **s, enum err outcome, bool keep);
void spans_drop(struct spans **s); /* as OWNED wants it; unclosed ones are forgotten */

int64_t trace_now_us(void); /* wall clock */

/* metric_observe(), and the trace becomes its bucket's exemplar if it is sampled: whoever sees a slow
 * bucket in a graph finds one trace that fell into it. Shown to scrapers that speak OpenMetrics. */
void metric_observe_in(const struct trace_context *trace, enum metric m, const char *a, const char *b,
                       double s);

/* ---- the exporter ---- */
struct trace_options {
	const char *endpoint; /* http://HOST:4318/v1/traces; "": none, spans go nowhere */
	const char *service;  /* "docket-worker" */
	int32_t sample_percent;
	/* "POST /upload=100, GET /jobs/{id}=1, class:admin=100": percent by a part's name, or by who asks.
	 * NULL or "": none. A class beats a name, and both beat sample_percent. */
	const char *rules;
};
enum err trace_start(const struct trace_options *o, struct why *why) MUST_CHECK;
/* Is there anybody to send spans to? Where there is not, opening them is a waste. */
bool trace_runs(void);
/* The head's decision for a new part of that name; `class` of users may be NULL. */
bool trace_samples(const char *name, const char *class);
/* Sends what waits, for at most two seconds. */
void trace_stop(void);

#endif
