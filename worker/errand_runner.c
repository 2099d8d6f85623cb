#include "errand_runner.h"

#include "account_export.h"
#include "accounts.h"
#include "clock.h"
#include "courier.h"
#include "errands.h"
#include "library.h"
#include "messages.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOOK_EVERY_MS 500
#define HOLD_MS       90000 /* longer than any one of them may take, but for exports, which are fenced */
#define LETTER_MS     75000
#define WEBHOOK_MS    15000 /* the courier gives up after ten seconds, but for a name that nobody tells it */
#define PAUSE_MAX_MS  (6 * 3600 * 1000)
#define REST_MAX_MS   (5 * 60 * 1000)
/* What a call takes its owner owes a hundredfold before the next turn: up to a hundred slow owners a thread
 * keep the quick waiting for no more than what is out. */
#define OWED_FOR_TIME  100
#define ERRAND_MEMORY  (4 * MIB)
#define FORGET_MS      60000
#define SWEEP_EVERY_MS 86400000
#define SWEEP_AGE_MS   86400000 /* longer than any upload */

/* A letter finds a thread whatever becomes of webhooks and exports. Of one owner one webhook is out at a
 * time, so that of several threads some are there for others. */
static const struct duty {
	enum errand_kind last; /* that it takes */
	bool keeps_house;
} duties[] = {{ERRAND_MAIL, false},
              {ERRAND_WEBHOOK, true},
              {ERRAND_WEBHOOK, false},
              {ERRAND_WEBHOOK, false},
              {ERRAND_EXPORT, false}};

struct errand_runner {
	struct storage *storage;
	struct errand_options options;
	int64_t trash_ms, keys_ms, archives_ms, errands_ms;
	const struct log *log; /* the worker's, which outlives us */
	struct runner {
		struct errand_runner *all;
		const struct duty *duty;
		pthread_t thread;
	} runners[ARRAY_LEN(duties)];
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stopping;
	_Atomic int64_t sweep_ms, forget_ms, expire_ms, ended_ms; /* steady clock: when next */
};

/* ---- accounts that are to go ---- */

/* False: nobody is, or it did not work and is to be tried later. */
static bool
erase_one(struct errand_runner *r)
{
	struct uuid user;
	struct why why;
	char id[UUID_TEXT_LEN];
	enum err err = storage_user_due(r->storage, &user, &why);
	if (err == ERR_NONE)
		err = storage_user_erase(r->storage, user, &why);
	if (err == ERR_ABSENT) /* or another worker was faster */
		return false;
	uuid_text(user, id);
	if (err != ERR_NONE) {
		log_event(r->log, LOG_ERROR, "user.erase_failed", F_ERR(err, &why));
		return false;
	}
	log_event(r->log, LOG_INFO, "user.erased", F_STR("user_id", id));
	return true;
}

/* Some of the trash. False: there is no more, or it did not work and is to be tried later. */
static bool
empty_trash(struct errand_runner *r)
{
	size_t n;
	struct why why;
	enum err err = storage_trash_empty(r->storage, clock_wall_ms() - r->trash_ms, &n, &why);
	if (err != ERR_NONE)
		log_event(r->log, LOG_ERROR, "trash.empty_failed", F_ERR(err, &why));
	else if (n > 0)
		log_event(r->log, LOG_INFO, "trash.emptied", F_INT("documents", (int64_t)n));
	return err == ERR_NONE && n > 0;
}

/* Once a day, and not all workers at the same time: what uploads that broke off have left behind. */
static void
sweep_sometimes(struct errand_runner *r)
{
	int64_t now = clock_steady_ms(), due = atomic_load(&r->sweep_ms);
	size_t n;
	struct why why;
	if (now < due || !atomic_compare_exchange_strong(&r->sweep_ms, &due, now + SWEEP_EVERY_MS))
		return;
	enum err err = storage_sweep(r->storage, SWEEP_AGE_MS, &n, &why);
	if (err != ERR_NONE)
		log_event(r->log, LOG_WARN, "blobs.sweep_failed", F_ERR(err, &why));
	else if (n > 0)
		log_event(r->log, LOG_INFO, "blobs.swept", F_INT("blobs", (int64_t)n));
}

/* Once a minute, and by one of the threads, what is kept for `life_ms` is looked at. */
static bool
is_due(_Atomic int64_t *next, int64_t life_ms)
{
	int64_t every = life_ms / 2 < FORGET_MS ? life_ms / 2 : FORGET_MS;
	int64_t now = clock_steady_ms(), due = atomic_load(next);
	return now >= due && atomic_compare_exchange_strong(next, &due, now + every);
}

/* Whole copies of accounts, with all that their owners may have deleted since. */
static void
expire_archives(struct errand_runner *r)
{
	struct why why;
	enum err err = ERR_NONE;
	if (!is_due(&r->expire_ms, r->archives_ms))
		return;
	while (err == ERR_NONE)
		err = storage_export_expire(r->storage, clock_wall_ms() - r->archives_ms, &why);
	if (err != ERR_ABSENT)
		log_event(r->log, LOG_ERROR, "archives.expire_failed", F_ERR(err, &why));
}

/* Idempotency keys that nobody will send again. */
static void
forget_keys(struct errand_runner *r)
{
	size_t n = 1;
	struct why why;
	enum err err = ERR_NONE;
	if (!is_due(&r->forget_ms, r->keys_ms))
		return;
	while (err == ERR_NONE && n > 0)
		err = storage_idempotency_expire(r->storage, clock_wall_ms() - r->keys_ms, &n, &why);
	if (err != ERR_NONE)
		log_event(r->log, LOG_ERROR, "keys.forget_failed", F_ERR(err, &why));
}

/* What was sent or given up long ago. */
static void
forget_ended(struct errand_runner *r)
{
	size_t n = 1;
	struct why why;
	enum err err = ERR_NONE;
	if (!is_due(&r->ended_ms, r->errands_ms))
		return;
	while (err == ERR_NONE && n > 0)
		err = storage_errand_expire(r->storage, clock_wall_ms() - r->errands_ms, &n, &why);
	if (err != ERR_NONE)
		log_event(r->log, LOG_ERROR, "errands.forget_failed", F_ERR(err, &why));
}

/* ---- one errand ---- */

static int64_t
pause_after(const struct errand_runner *r, int32_t attempt)
{
	int64_t ms = r->options.backoff_ms;
	for (int32_t i = 1; i < attempt && ms < PAUSE_MAX_MS; i++)
		ms *= 4;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	return ms / 2 + (int64_t)random_below((uint64_t)ms / 2 + 1);
}

static enum err
carry_letter(struct errand_runner *r, const struct errand *e, struct courier_report *report, struct why *why)
{
	OWNED(json_release) json_t *message = NULL;
	TRY(letter_message(e, &r->options, &message, why));
	return courier_carry(message, LETTER_MS, report, why);
}

/* `rest_until_ms`: until when its address is left alone, if it did not answer as it should. */
static enum err
carry_webhook(struct errand_runner *r, const struct errand *e, struct arena *mem,
              struct courier_report *report, int64_t *rest_until_ms, struct why *why)
{
	OWNED(json_release) json_t *message = NULL;
	const struct webhook *hook;
	TRY(storage_webhook_get(r->storage, e->user_id, e->subject_id, mem, &hook, why));
	if (!hook->secret)
		return fail(why, ERR_SECRET_LOST,
		            "its secret is sealed with another key: make the webhook anew");
	TRY(webhook_message(e, hook, &r->options, &message, why));
	TRY(courier_carry(message, WEBHOOK_MS, report, why));
	if (!report->carried && !report->for_good) {
		int64_t pause = pause_after(r, hook->failures + 1);
		*rest_until_ms = clock_wall_ms() + (pause < REST_MAX_MS ? pause : REST_MAX_MS);
	}
	return ERR_NONE;
}

static enum err
export_account(struct errand_runner *r, const struct errand *e, struct log *log,
               struct courier_report *report, struct why *why)
{
	struct blob zip;
	enum err err = account_export(r->storage, e->user_id, log, &zip, why);
	report->carried = err == ERR_NONE;
	if (err == ERR_NONE) {
		err = storage_export_end(r->storage, e->user_id, &zip, why);
		if (err == ERR_ABSENT) /* somebody else was faster, or its owner has left */
			blob_discard(r->storage, &zip);
		return err;
	}
	if (e->attempt >= r->options.max_attempts) { /* its owner sees that it failed; the log tells why */
		struct why end_why;
		enum err end = storage_export_end(r->storage, e->user_id, NULL, &end_why);
		if (end != ERR_NONE)
			log_event(r->log, LOG_WARN, "errand.unsettled", F_ERR(end, &end_why));
	}
	return err;
}

static void
settle(struct errand_runner *r, const struct errand *e, struct log *log, const struct courier_report *report,
       int64_t rest_until_ms, int64_t took_ms)
{
	struct why why;
	bool last = report->for_good || e->attempt >= r->options.max_attempts;
	enum errand_state state = report->carried ? ERRAND_DONE : last ? ERRAND_DEAD : ERRAND_WAITING;
	int64_t due = clock_wall_ms() + (state == ERRAND_WAITING ? pause_after(r, e->attempt) : 0);
	enum err err = storage_errand_settle(r->storage, e, state, due, rest_until_ms,
	                                     OWED_FOR_TIME * took_ms, report->detail, &why);
	if (err != ERR_NONE)
		log_event(log, LOG_WARN, "errand.unsettled", F_ERR(err, &why));
	else if (state == ERRAND_DONE)
		log_event(log, LOG_INFO, "errand.done", F_INT("attempt", e->attempt));
	else
		log_event(log, LOG_WARN, state == ERRAND_DEAD ? "errand.dead" : "errand.retrying",
		          F_STR("detail", report->detail), F_INT("attempt", e->attempt));
}

/* One that is due, if there is one. */
static bool
run_one(struct errand_runner *r, enum errand_kind last)
{
	static const char *const kinds[] = {"mail", "webhook", "export"};
	OWNED(arena_destroy) struct arena *mem = arena_create("errand", ERRAND_MEMORY);
	const struct errand *e;
	struct courier_report report = {0};
	struct why why = {""};
	enum err err = storage_errand_claim(r->storage, last, HOLD_MS, mem, &e, &why);
	if (err != ERR_NONE) {
		if (err != ERR_ABSENT)
			log_event(r->log, LOG_ERROR, "errand.claim_failed", F_ERR(err, &why));
		return false;
	}
	char id[UUID_TEXT_LEN], user[UUID_TEXT_LEN];
	uuid_text(e->id, id);
	uuid_text(e->user_id, user);
	OWNED(log_close)
	struct log *log =
	    log_child(r->log, F_STR("errand_id", id), F_STR("kind", kinds[e->kind]), F_STR("user_id", user));
	int64_t rest_until_ms = 0, begun_ms = clock_steady_ms();
	if (e->kind == ERRAND_MAIL)
		err = carry_letter(r, e, &report, &why);
	else if (e->kind == ERRAND_WEBHOOK)
		err = carry_webhook(r, e, mem, &report, &rest_until_ms, &why);
	else
		err = export_account(r, e, log, &report, &why);
	if (err != ERR_NONE) {
		/* Its webhook or its user is gone. That an export failed is told to its owner by the last
		 * try. */
		report.for_good = e->kind != ERRAND_EXPORT && (err == ERR_ABSENT || err == ERR_SECRET_LOST);
		snprintf(report.detail, sizeof report.detail, "%.150s", err_code(err));
		log_event(log, LOG_WARN, "errand.failed", F_ERR(err, &why));
	}
	settle(r, e, log, &report, rest_until_ms, clock_steady_ms() - begun_ms);
	return true;
}

/* ---- threads ---- */

/* True: told to stop. */
static bool
rest(struct errand_runner *r, int64_t ms)
{
	int64_t until = clock_steady_ms() + ms;
	pthread_mutex_lock(&r->lock);
	while (!r->stopping && ms > 0 && clock_cond_wait(&r->stopped, &r->lock, until))
		;
	bool stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return stopping;
}

/* True: there may be more. */
static bool
keep_house(struct errand_runner *r)
{
	sweep_sometimes(r);
	forget_keys(r);
	expire_archives(r);
	forget_ended(r);
	return erase_one(r) || empty_trash(r);
}

static void *
runner_main(void *arg)
{
	const struct runner *me = arg;
	struct errand_runner *r = me->all;
	bool more = true;
	while (!rest(r, more ? 0 : LOOK_EVERY_MS))
		more = (me->duty->keeps_house && keep_house(r)) || run_one(r, me->duty->last);
	return NULL;
}

struct errand_runner *
errand_runner_start(const struct worker_options *o, const struct log *log)
{
	struct errand_runner *r = calloc(1, sizeof *r);
	if (!r)
		BUG("no memory for errands");
	r->storage = o->storage;
	r->options = o->errands;
	r->trash_ms = o->trash_ms;
	r->keys_ms = o->keys_ms;
	r->archives_ms = o->archives_ms;
	r->errands_ms = o->errands_ms;
	atomic_store(&r->sweep_ms, clock_steady_ms() + (int64_t)random_below(SWEEP_EVERY_MS));
	r->log = log;
	pthread_mutex_init(&r->lock, NULL);
	clock_cond_init(&r->stopped);
	for (size_t i = 0; i < ARRAY_LEN(duties); i++) {
		struct runner *one = &r->runners[i];
		one->all = r;
		one->duty = &duties[i];
		if (pthread_create(&one->thread, NULL, runner_main, one) != 0)
			BUG("a thread for errands did not start");
	}
	return r;
}

void
errand_runner_stop(struct errand_runner **ret)
{
	struct errand_runner *r = *ret;
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->stopped);
	pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < ARRAY_LEN(duties); i++)
		pthread_join(r->runners[i].thread, NULL);
	pthread_cond_destroy(&r->stopped);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*ret = NULL;
}
