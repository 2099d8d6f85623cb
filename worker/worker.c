#include "worker.h"

#include "clock.h"
#include "errand_runner.h"
#include "hold.h"
#include "lease_keeper.h"
#include "own.h"
#include "pipeline.h"
#include "presence.h"
#include "slot_keeper.h"

#include <stdatomic.h>

#define CLAIM_WAIT_MS  1000 /* a hint that got lost delays a job by no more */
#define CLAIM_PAUSE_MS 200  /* after a claim that failed; doubles */
#define PAUSE_MAX_MS   5000
#define SETTLE_TRIES   5
#define UTILISATION    0.7 /* of a slot's time that scaling may plan away */
#define CLAIM_MEMORY   (64 * KIB)

struct slot {
	struct worker *worker;
	pthread_t thread;
};

struct worker {
	struct pipeline pipeline;
	struct uuid id; /* a fresh one each start: a name that comes back would look alive */
	int64_t job_deadline_ms, stop_grace_ms, result_limit_ms, trace_slow_ms;
	struct slot *slots;
	struct hold *holds;        /* one a slot */
	size_t n, n_started;       /* slots, and those with a thread */
	struct presence *presence; /* NULL: no other worker shares this machine */
	struct lease_keeper *keeper;
	struct slot_keeper *slot_keeper; /* NULL: all slots work */
	struct errand_runner *errands;
	struct log *log;
	_Atomic bool stopping;
	_Atomic int released, busy;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* stopping, a slot has ended, or another number is wanted */
	size_t wanted;          /* slots from here on rest */
	size_t running;
};

/* Sleeps, but not through a stop. */
static void
pause_ms(struct worker *w, int64_t ms)
{
	int64_t until = clock_steady_ms() + ms;
	pthread_mutex_lock(&w->lock);
	while (!atomic_load(&w->stopping) && clock_cond_wait(&w->changed, &w->lock, until))
		;
	pthread_mutex_unlock(&w->lock);
}

/* ---- settling ---- */

static void
observe_job(const struct claim *c, int64_t ms)
{
	struct trace_context trace = trace_of_job(c->job_id);
	metric_observe_in(&trace, METRIC_JOB_SECONDS, NULL, NULL, (double)ms / 1000);
}

static bool
ours_no_more(enum err e)
{
	return err_fate(e) == FATE_DROP;
}

/* Storage may be busy for a moment; a job that cannot be settled at all comes back by its lease. */
static enum err
settle(struct worker *w, const struct claim *c, enum err outcome, const struct why *why, enum job_state *ret,
       struct why *settle_why)
{
	enum err e = ERR_NONE;
	int64_t pause = CLAIM_PAUSE_MS;
	for (int i = 0; i < SETTLE_TRIES; i++, pause *= 2) {
		e = outcome == ERR_STOPPING
		        ? storage_release(w->pipeline.storage, c, settle_why)
		        : storage_settle_failed(w->pipeline.storage, c, outcome, why->text, ret, settle_why);
		if (e == ERR_NONE || ours_no_more(e) || i + 1 == SETTLE_TRIES)
			break;
		clock_sleep_ms(pause);
	}
	return e;
}

/* What the document itself is to blame for (4xx) misses no objective of ours. */
static void
count_objective(const char *slo, bool good)
{
	metric_add(METRIC_SLO_EVENTS, slo, good ? "good" : "bad", 1);
}

static void
count_cost(const struct worker *w, const struct claim *c, const char *doc_type, const char *outcome)
{
	const struct cost *u = &c->used;
	const char *type = doc_type[0] ? doc_type : "unknown";
	metric_add(METRIC_JOB_CPU, type, outcome, (double)u->cpu_ms / 1000);
	metric_add(METRIC_JOB_MEMORY, type, outcome, (double)u->memory_kib_s / (1024.0 * 1024));
	metric_add(METRIC_JOB_BYTES, type, "in", (double)u->bytes_in);
	metric_add(METRIC_JOB_BYTES, type, "out", (double)u->bytes_out);
	if (w->pipeline.prices.currency[0])
		metric_add(
		    METRIC_JOB_PRICE, type, outcome,
		    price_of(&w->pipeline.prices, u->cpu_ms, u->memory_kib_s, u->bytes_in + u->bytes_out));
}

static void
finish_failed(struct worker *w, const struct claim *c, struct log *log, enum err outcome,
              const struct why *why, const struct pipeline_report *report)
{
	const char *stage = job_stage_name(report->stage), *code = err_code(outcome);
	enum job_state state = JOB_QUEUED;
	struct why settle_why = {""};
	enum err e = ours_no_more(outcome) ? outcome : settle(w, c, outcome, why, &state, &settle_why);
	count_cost(w, c, report->doc_type, "wasted");
	if (e != ERR_NONE) {
		if (e != outcome) /* not settled: say why the work failed all the same */
			log_event(log, LOG_WARN, "job.unsettled", F_ERR(e, &settle_why),
			          F_STR("outcome", code), F_STR("stage", stage));
		else
			log_event(log, LOG_INFO, "job.dropped", F_ERR(outcome, why), F_STR("stage", stage));
		metric_add(METRIC_JOBS, outcome == ERR_CANCELLED ? "cancelled" : "lost", code, 1);
	} else if (outcome == ERR_STOPPING) {
		log_event(log, LOG_INFO, "job.released", F_STR("stage", stage));
		metric_add(METRIC_JOBS, "released", code, 1);
		atomic_fetch_add(&w->released, 1);
	} else if (state == JOB_FAILED) {
		log_event(log, LOG_WARN, "job.failed", F_ERR(outcome, why), F_STR("stage", stage),
		          F_INT("attempt", c->attempt));
		metric_add(METRIC_JOBS, "failed", code, 1);
		count_objective("jobs_done", err_http(outcome) < 500);
		observe_job(c, clock_wall_ms() - c->created_ms);
	} else {
		log_event(log, LOG_WARN, "job.retrying", F_ERR(outcome, why), F_STR("stage", stage),
		          F_INT("attempt", c->attempt));
		metric_add(METRIC_JOBS, "retried", code, 1);
	}
}

static void
finish_done(const struct worker *w, const struct claim *c, struct log *log,
            const struct pipeline_report *report)
{
	int64_t ms = clock_wall_ms() - c->created_ms;
	log_event(log, LOG_INFO, "job.done", F_INT("ms", ms), F_INT("cpu_ms", c->used.cpu_ms));
	count_cost(w, c, report->doc_type, "done");
	metric_add(METRIC_JOBS, "done", err_code(ERR_NONE), 1);
	count_objective("jobs_done", true);
	count_objective("result_time", ms <= w->result_limit_ms);
	observe_job(c, ms);
}

/* ---- a slot ---- */

static struct log *
job_log(const struct log *parent, const struct claim *c)
{
	char job[UUID_TEXT_LEN], document[UUID_TEXT_LEN], user[UUID_TEXT_LEN], trace[TRACE_ID_LEN];
	struct trace_context context = trace_of_job(c->job_id);
	trace_id_text(&context, trace);
	uuid_text(c->job_id, job);
	uuid_text(c->document_id, document);
	uuid_text(c->user_id, user);
	return log_child(parent, F_STR("request_id", c->request_id), F_STR("job_id", job),
	                 F_STR("trace_id", trace), F_STR("document_id", document), F_STR("user_id", user));
}

/* From the moment of the upload, so that the wait in the queue stands inside. */
static struct spans *
job_spans(const struct claim *c)
{
	char job[UUID_TEXT_LEN];
	struct trace_context upload = trace_of_job(c->job_id);
	uuid_text(c->job_id, job);
	struct spans *s = spans_open("worker", &upload, "job", SPAN_CONSUMER);
	spans_began(s, c->created_ms * 1000);
	spans_set(s, F_STR("docket.job_id", job), F_STR("docket.request_id", c->request_id),
	          F_INT("docket.attempt", c->attempt), F_STR("docket.media_type", c->media_type));
	return s;
}

static void
work(struct worker *w, struct hold *hold, const struct claim *claimed)
{
	struct claim own = *claimed, *c = &own; /* its use is written down as it goes */
	OWNED(log_close) struct log *log = job_log(w->log, c);
	log_event(log, LOG_INFO, "job.claimed", F_INT("attempt", c->attempt),
	          F_INT("wait_ms", clock_wall_ms() - c->created_ms), F_INT("bytes", (int64_t)c->blob.size),
	          F_STR("media_type", c->media_type));
	if (c->attempt == 1)
		metric_observe(METRIC_JOB_WAIT, NULL, NULL, (double)(clock_wall_ms() - c->created_ms) / 1000);
	int64_t left = c->deadline_ms - clock_wall_ms();
	if (left > w->job_deadline_ms) /* a clock that jumped gives nobody more time */
		left = w->job_deadline_ms;
	hold_take(hold, c->job_id, c->lease, clock_steady_ms() + left);
	OWNED(spans_drop) struct spans *spans = job_spans(c);
	struct pipeline_report report = {.stage = STAGE_QUEUED};
	struct why why = {""};
	enum err e = pipeline_run(&w->pipeline, c, hold, log, spans, &report, &why);
	if (e == ERR_NONE)
		finish_done(w, c, log, &report);
	else
		finish_failed(w, c, log, e, &why, &report);
	hold_drop(hold);
	spans_close(&spans, e, e != ERR_NONE || clock_wall_ms() - c->created_ms > w->trace_slow_ms);
}

/* One job, if there is one. False: the queue could not be asked. */
static bool
work_once(struct worker *w, struct hold *hold)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("claim", CLAIM_MEMORY);
	const struct claim *claims = NULL;
	size_t n = 0;
	struct why why;
	enum err e = storage_claim(w->pipeline.storage, w->id, 1, mem, &claims, &n, &why);
	if (e != ERR_NONE) {
		log_event(w->log, LOG_ERROR, "worker.claim_failed", F_ERR(e, &why));
		return false;
	}
	if (n == 0)
		storage_claim_wait(w->pipeline.storage, CLAIM_WAIT_MS);
	for (size_t i = 0; i < n; i++) {
		int64_t begun = clock_steady_us();
		atomic_fetch_add(&w->busy, 1);
		work(w, hold, &claims[i]);
		atomic_fetch_sub(&w->busy, 1);
		if (w->slot_keeper)
			slot_keeper_served(w->slot_keeper, clock_steady_us() - begun);
	}
	return true;
}

static void
want_slots(void *arg, int32_t n)
{
	struct worker *w = arg;
	pthread_mutex_lock(&w->lock);
	w->wanted = (size_t)n;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

/* Until this slot is worth having, or the worker stops. */
static void
await_turn(struct worker *w, size_t slot)
{
	pthread_mutex_lock(&w->lock);
	while (slot >= w->wanted && !atomic_load(&w->stopping))
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static void *
slot_main(void *arg)
{
	struct slot *slot = arg;
	struct worker *w = slot->worker;
	struct hold *hold = &w->holds[slot - w->slots];
	int64_t pause = CLAIM_PAUSE_MS;
	for (;;) {
		await_turn(w, (size_t)(slot - w->slots));
		if (atomic_load(&w->stopping))
			break;
		if (work_once(w, hold)) {
			pause = CLAIM_PAUSE_MS;
			continue;
		}
		pause_ms(w, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- start and stop ---- */

static void
measure(void *arg)
{
	struct worker *w = arg;
	metric_set(METRIC_POOL_CAPACITY, "worker_slots", NULL, (double)w->n);
	metric_set(METRIC_POOL_BUSY, "worker_slots", NULL, atomic_load(&w->busy));
}

static struct worker *
worker_new(const struct worker_options *o)
{
	struct worker *w = calloc(1, sizeof *w);
	size_t n = o->slots > 0 ? (size_t)o->slots : 1;
	if (w) {
		w->slots = calloc(n, sizeof *w->slots);
		w->holds = calloc(n, sizeof *w->holds);
	}
	if (!w || !w->slots || !w->holds)
		BUG("no memory for a worker");
	w->pipeline = (struct pipeline){o->storage, o->parsers, o->inference, o->max_mail_depth, o->prices};
	w->id = uuid_new();
	w->job_deadline_ms = o->job_deadline_ms;
	w->stop_grace_ms = o->stop_grace_ms;
	w->result_limit_ms = o->result_limit_ms;
	w->trace_slow_ms = o->trace_slow_ms;
	w->n = w->wanted = n;
	w->log = log_root("worker");
	pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->changed);
	for (size_t i = 0; i < n; i++)
		hold_init(&w->holds[i]);
	return w;
}

static void
worker_free(struct worker *w)
{
	for (size_t i = 0; i < w->n; i++)
		hold_destroy(&w->holds[i]);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	log_close(&w->log);
	free(w->slots);
	free(w->holds);
	free(w);
}

enum err
worker_start(const struct worker_options *o, struct worker **ret, struct why *why)
{
	struct worker *w = worker_new(o);
	enum err e = o->presence ? presence_open(o->presence, w->id, &w->presence, why) : ERR_NONE;
	if (e != ERR_NONE) {
		worker_free(w);
		return e;
	}
	w->keeper = lease_keeper_start(o->storage, w->holds, w->n, o->lease_ms, w->presence, w->log);
	if (o->scaling) {
		w->wanted = 1; /* until the keeper has looked */
		const struct scaling_limits limits = {.min = 1,
		                                      .max = (int32_t)w->n,
		                                      .target_wait_s = (double)o->target_wait_ms / 1000,
		                                      .utilisation = UTILISATION,
		                                      .cooldown_ms = o->scale_in_ms};
		w->slot_keeper = slot_keeper_start(o->storage, &limits, want_slots, w, w->log);
	}
	for (size_t i = 0; i < w->n; i++) {
		w->slots[i].worker = w;
		pthread_mutex_lock(&w->lock);
		w->running++;
		pthread_mutex_unlock(&w->lock);
		if (pthread_create(&w->slots[i].thread, NULL, slot_main, &w->slots[i]) == 0) {
			w->n_started++;
			continue;
		}
		pthread_mutex_lock(&w->lock);
		w->running--;
		pthread_mutex_unlock(&w->lock);
		worker_stop(&w);
		return fail(why, ERR_BROKEN, "thread %zu of the worker did not start", i + 1);
	}
	w->errands = errand_runner_start(o, w->log);
	char id[UUID_TEXT_LEN];
	uuid_text(w->id, id);
	log_event(w->log, LOG_INFO, "worker.started", F_STR("worker_id", id), F_INT("slots", (int64_t)w->n),
	          F_INT("lease_ms", o->lease_ms));
	metric_on_scrape(measure, w);
	*ret = w;
	return ERR_NONE;
}

/* True when all slots have ended by then. */
static bool
await_slots(struct worker *w, int64_t ms)
{
	int64_t until = clock_steady_ms() + ms;
	pthread_mutex_lock(&w->lock);
	while (w->running > 0 && clock_cond_wait(&w->changed, &w->lock, until))
		;
	bool ended = w->running == 0;
	pthread_mutex_unlock(&w->lock);
	return ended;
}

void
worker_stop(struct worker **ret)
{
	struct worker *w = TAKE(*ret);
	if (!w)
		return;
	metric_off_scrape(measure, w);
	pthread_mutex_lock(&w->lock);
	atomic_store(&w->stopping, true);
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	storage_claim_wake(w->pipeline.storage);
	if (!await_slots(w, w->stop_grace_ms)) {
		for (size_t i = 0; i < w->n; i++)
			hold_judge_any(&w->holds[i], ERR_STOPPING);
	}
	for (size_t i = 0; i < w->n_started; i++)
		pthread_join(w->slots[i].thread, NULL);
	slot_keeper_stop(&w->slot_keeper);
	lease_keeper_stop(&w->keeper);
	errand_runner_stop(&w->errands);
	presence_close(&w->presence);
	log_event(w->log, LOG_INFO, "worker.stopped", F_INT("released", atomic_load(&w->released)));
	worker_free(w);
}
