/* GET /status: how the last four weeks kept their objectives, and what the model is known to get right. For
 * everybody, where a setting says so; nothing of anybody's papers, and no counts that tell who uses it. */
#include "clock.h"
#include "server.h"

#include <pthread.h>
#include <stdlib.h>

#define DAYS     28
#define DAY_MS   86400000LL
#define KEPT_MS  10000
#define BODY_MAX (256 * KIB)

struct tally {
	int64_t good, bad;
};

/* A document that cannot be read misses no objective: only what is ours to blame does. */
static void
count(const struct outcome_row *r, struct tally *done, struct tally *in_time)
{
	if (r->state == JOB_DONE) {
		done->good += r->jobs;
		*(r->late ? &in_time->bad : &in_time->good) += r->jobs;
	} else if (r->state == JOB_FAILED) {
		*(err_http(r->error) >= 500 ? &done->bad : &done->good) += r->jobs;
	}
}

static void
put_objective(struct buf *out, const char *name, const char *percent, const struct tally *k)
{
	int64_t all = k->good + k->bad;
	buf_printf(out, "{\"name\":\"%s\",\"target\":%g,\"kept\":", name, strtod(percent, NULL));
	if (all == 0)
		buf_puts(out, "null}");
	else
		buf_printf(out, "%.2f}", 100.0 * (double)k->good / (double)all);
}

static enum err
make_body(struct request *rq, struct buf *out, struct why *why)
{
	const struct settings *s = request_settings(rq);
	struct outcome_report r;
	int64_t now_ms = clock_wall_ms();
	TRY(storage_outcomes(request_storage(rq), now_ms - DAYS * DAY_MS, now_ms + 1, s->slo_result_limit,
	                     rq->mem, &r, why));
	struct tally done = {0}, in_time = {0};
	for (size_t i = 0; i < r.n; i++)
		count(&r.rows[i], &done, &in_time);
	buf_printf(out, "{\"days\":%d,\"limit_ms\":%lld,\"objectives\":[", DAYS,
	           (long long)s->slo_result_limit);
	put_objective(out, "jobs_done", s->slo_jobs_done, &done);
	buf_putc(out, ',');
	put_objective(out, "result_time", s->slo_result_time, &in_time);
	buf_printf(out, "],\"model\":%s}\n", request_published(rq) ? request_published(rq) : "null");
	return out->full ? fail(why, ERR_BROKEN, "the status is too long") : ERR_NONE;
}

/* Four weeks of jobs are added up for it, and anybody may ask, from as many networks as they have: so once in
 * a while, by one, and the others get what was there before. */
static struct {
	pthread_mutex_t lock;
	bool making;
	int64_t until_ms;
	size_t n;
	char body[BODY_MAX];
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum err
make_anew(struct request *rq, struct why *why)
{
	OWNED(buf_free) struct buf body = buf_init(BODY_MAX);
	enum err e = make_body(rq, &body, why);
	pthread_mutex_lock(&kept.lock);
	kept.making = false;
	if (e == ERR_NONE) {
		memcpy(kept.body, body.data, body.len);
		kept.n = body.len;
		kept.until_ms = clock_steady_ms() + KEPT_MS;
	}
	pthread_mutex_unlock(&kept.lock);
	return e;
}

static enum err
get_status(struct request *rq, struct why *why)
{
	if (!request_settings(rq)->api_public_status)
		return fail(why, ERR_ABSENT, "%s", "");
	pthread_mutex_lock(&kept.lock);
	bool mine = !kept.making && clock_steady_ms() >= kept.until_ms;
	kept.making |= mine;
	pthread_mutex_unlock(&kept.lock);
	if (mine)
		TRY(make_anew(rq, why));
	pthread_mutex_lock(&kept.lock);
	if (kept.n > 0)
		buf_put(answer_json(rq, 200), kept.body, kept.n);
	pthread_mutex_unlock(&kept.lock);
	return rq->answer.status == 200 ? ERR_NONE : fail(why, ERR_BUSY, "it is being added up");
}

const struct route route_get_status = {.name = "GET /status",
                                       .handle = get_status,
                                       .auth = AUTH_NONE,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_OPEN};
