/* GET /status: how the last four weeks kept their objectives, and what the model is known to get right. For
 * everybody, where a setting says so; nothing of anybody's papers, and no counts that tell who uses it. */
#include "clock.h"
#include "server.h"

#include <stdlib.h>

#define DAYS   28
#define DAY_MS 86400000LL

struct kept {
	int64_t good, bad;
};

/* A document that cannot be read misses no objective: only what is ours to blame does. */
static void
count(const struct outcome_row *r, struct kept *done, struct kept *in_time)
{
	if (r->state == JOB_DONE) {
		done->good += r->jobs;
		*(r->late ? &in_time->bad : &in_time->good) += r->jobs;
	} else if (r->state == JOB_FAILED) {
		*(err_http(r->error) >= 500 ? &done->bad : &done->good) += r->jobs;
	}
}

static void
put_objective(struct buf *out, const char *name, const char *percent, const struct kept *k)
{
	int64_t all = k->good + k->bad;
	buf_printf(out, "{\"name\":\"%s\",\"target\":%g,\"kept\":", name, strtod(percent, NULL));
	if (all == 0)
		buf_puts(out, "null}");
	else
		buf_printf(out, "%.2f}", 100.0 * (double)k->good / (double)all);
}

static enum err
get_status(struct request *rq, struct why *why)
{
	const struct settings *s = request_settings(rq);
	if (!s->api_public_status)
		return fail(why, ERR_ABSENT, "%s", "");
	struct outcome_report r;
	int64_t now_ms = clock_wall_ms();
	TRY(storage_outcomes(request_storage(rq), now_ms - DAYS * DAY_MS, now_ms + 1, s->slo_result_limit,
	                     rq->mem, &r, why));
	struct kept done = {0}, in_time = {0};
	for (size_t i = 0; i < r.n; i++)
		count(&r.rows[i], &done, &in_time);
	struct buf *out = answer_json(rq, 200);
	buf_printf(out, "{\"days\":%d,\"limit_ms\":%lld,\"objectives\":[", DAYS,
	           (long long)s->slo_result_limit);
	put_objective(out, "jobs_done", s->slo_jobs_done, &done);
	buf_putc(out, ',');
	put_objective(out, "result_time", s->slo_result_time, &in_time);
	buf_printf(out, "],\"model\":%s}\n", request_published(rq) ? request_published(rq) : "null");
	return ERR_NONE;
}

const struct route route_get_status = {.name = "GET /status",
                                       .handle = get_status,
                                       .auth = AUTH_NONE,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_OPEN};
