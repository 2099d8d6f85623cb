/* observe.h: the door of observability: events, metrics, and the admin port that shows them.
 *
 * Never a source of product data: nothing here may steer what a user gets.
 *
 * Events are one JSON object a line on standard error: time, level, event, contour, then the
 * context (request_id, job_id, user_id, trace_id, ...) and the event's own fields. A `struct log`
 * is a context that children extend, so an id is written once and every later event carries it.
 * Names of events are listed in events.tbl.h. Documents' contents, e-mails and secrets never go in.
 *
 * All functions are thread-safe; a struct log is immutable after it is made.
 */
#ifndef DOCKET_OBSERVE_H
#define DOCKET_OBSERVE_H

#include "buf.h"
#include "err.h"

#include <stdint.h>

/* ---- events ---- */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum field_type { FIELD_END, FIELD_INT, FIELD_STR, FIELD_NUM, FIELD_BOOL };
struct field {
	enum field_type type;
	const char *key;
	int64_t i;
	double d;
	const char *s;
};
#define F_INT(k, v)  ((struct field){.type = FIELD_INT, .key = (k), .i = (v)})
#define F_NUM(k, v)  ((struct field){.type = FIELD_NUM, .key = (k), .d = (v)})
#define F_STR(k, v)  ((struct field){.type = FIELD_STR, .key = (k), .s = (v)}) /* NULL: left out */
#define F_BOOL(k, v) ((struct field){.type = FIELD_BOOL, .key = (k), .i = (v)})
#define F_ERR(e, w)  F_STR("error", err_code(e)), F_STR("why", (w)->text)
#define F_END_       ((struct field){.type = FIELD_END})

struct log;

/* The first context of a process or contour. `contour` must be a literal. Never NULL. */
struct log *log_root(const char *contour);
/* A copy of `parent` with more fields, independent of it. log_child(log, F_STR("job_id", id)) */
#define log_child(parent, ...) log_child_((parent), (const struct field[]){__VA_ARGS__, F_END_})
struct log *log_child_(const struct log *parent, const struct field *fields);
void log_close(struct log **log); /* as OWNED wants it */

/* log_event(log, LOG_WARN, "job.failed", F_ERR(e, &why)); `log` may be NULL in tools. */
#define log_event(log, level, event, ...) \
	log_event_((log), (level), (event), (const struct field[]){__VA_ARGS__ __VA_OPT__(, ) F_END_})
void log_event_(const struct log *log, enum log_level level, const char *event, const struct field *fields);

/* Events below this level are dropped. From settings, at start. False: no such level. */
bool log_set_level(const char *name);
/* Where lines go instead of standard error; for tests. */
void log_set_fd(int fd);

/* ---- metrics ----
 *
 * Each metric is one row of metrics.tbl.h (name, type, labels, help); METRIC_<NAME> names it here.
 * Label values are few and known beforehand (routes, codes, stages): never ids. A metric whose
 * values exceed METRIC_SERIES_MAX sends the rest to the series "other".
 */
enum metric {
#define X(name, type, metric_name, label_a, label_b, help) METRIC_##name,
#include "metrics.tbl.h"
#undef X
	METRIC_MAX
};
#define METRIC_SERIES_MAX 256

/* a, b: the values of the row's labels, NULL where the row has none. */
void metric_add(enum metric m, const char *a, const char *b, double n); /* counters */
void metric_set(enum metric m, const char *a, const char *b, double v); /* gauges */
void metric_observe(enum metric m, const char *a, const char *b,
                    double s); /* histograms, in the row's unit */

/* Called before each scrape, to set gauges that are read rather than counted (queue depth). */
void metric_on_scrape(void (*fn)(void *arg), void *arg);
/* When it returns `fn` does not run and never will again. */
void metric_off_scrape(void (*fn)(void *arg), void *arg);

/* All metrics as /metrics shows them: Prometheus' text format 0.0.4, or OpenMetrics 1.0, the one with
 * exemplars (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS };
void metrics_write(struct buf *out, enum metrics_format format);
/* The same as a JSON object: {"docket_queue_depth": [{"labels": {"state": "queued"}, "value": 3}]}; a
 * histogram's series have "count", "sum" and "buckets": [[bound, how many up to it], ...]. */
void metrics_write_json(struct buf *out);

/* ---- the admin port ----
 * /metrics, /healthz (the process lives: 200), /readyz (200 when `ready` says so, else 503 with the
 * reason as problem+json). Serves on threads of its own, one a connection: `ready` and pages may be called at
 * the same time, and nobody waits for another's. */
struct admin;
typedef enum err ready_fn(void *arg, struct why *why);
/* One more page: GET `path`?from=MS&to=MS&by=WORD answers the JSON that `write` makes. */
struct admin_query {
	int64_t from_ms, to_ms; /* [from, to); the last 30 days where the query names none */
	const char *by;         /* "" where it names none */
};
struct admin_page {
	const char *path;
	enum err (*write)(void *arg, const struct admin_query *q, struct buf *out, struct why *why);
};
/* `pages` ends with a NULL path; NULL: none. `arg` is handed to `ready` and to each page. */
enum err admin_start(const char *host_port, ready_fn *ready, const struct admin_page *pages, void *arg,
                     struct admin **ret, struct why *why) MUST_CHECK;
/* The port in use: tells what ":0" became. */
int admin_port(const struct admin *a);
void admin_stop(struct admin **a);

#endif
