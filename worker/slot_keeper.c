#include "slot_keeper.h"

#include "clock.h"
#include "forecast.h"
#include "own.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOOK_MS       1000
#define REST_MS       50    /* between two looks, however much comes in, */
#define REST_SHARE    20    /* and so many times what the last one took: a long queue is slow to count */
#define ARRIVALS_MS   5000  /* arrivals are counted so often, */
#define RECENT_MS     60000 /* over so long */
#define HISTORY_DAYS  42
#define AHEAD         2 /* buckets of forecast that count */
#define FIRST_GUESS_S 1.0
#define DAY_MS        ((int64_t)FORECAST_DAY * FORECAST_BUCKET_MS)

struct slot_keeper {
	struct storage *storage;
	struct scaling_limits limits;
	void (*apply)(void *arg, int32_t slots);
	void *arg;
	const struct log *log;
	struct scaler scaler;
	struct forecast forecast;
	int64_t bucket_ms; /* wall clock: where the bucket that runs began; 0: no history yet */
	double arrivals_per_s;
	int64_t counted_ms;         /* steady clock */
	_Atomic int64_t service_us; /* mean, forgotten exponentially */
	_Atomic bool stopping;
	pthread_t thread;
};

/* What came since a whole day began, day after day, from the first day on which anything came. All of it or
 * nothing: a day that is learnt twice would move the week. */
static enum err
learn_history(struct slot_keeper *k, int64_t now_ms, struct why *why)
{
	struct forecast learnt = {.seen = 0};
	int64_t counts[FORECAST_DAY];
	int64_t today = now_ms / DAY_MS * DAY_MS;
	bool any = false;
	for (int64_t day = today - HISTORY_DAYS * DAY_MS; day <= today; day += DAY_MS) {
		TRY(storage_arrivals(k->storage, day, FORECAST_BUCKET_MS, FORECAST_DAY, counts, why));
		for (size_t i = 0; i < FORECAST_DAY && !any; i++)
			any = counts[i] > 0;
		size_t ended = day < today ? FORECAST_DAY : (size_t)((now_ms - today) / FORECAST_BUCKET_MS);
		for (size_t i = 0; (any || day == today) && i < ended; i++)
			forecast_add(&learnt, (double)counts[i]);
	}
	k->forecast = learnt;
	k->bucket_ms = now_ms / FORECAST_BUCKET_MS * FORECAST_BUCKET_MS;
	return ERR_NONE;
}

static enum err
learn_ended(struct slot_keeper *k, int64_t now_ms, struct why *why)
{
	if (k->bucket_ms == 0)
		return learn_history(k, now_ms, why);
	for (int64_t count; now_ms >= k->bucket_ms + FORECAST_BUCKET_MS; k->bucket_ms += FORECAST_BUCKET_MS) {
		TRY(storage_arrivals(k->storage, k->bucket_ms, FORECAST_BUCKET_MS, 1, &count, why));
		forecast_add(&k->forecast, (double)count);
	}
	return ERR_NONE;
}

static enum err
count_arrivals(struct slot_keeper *k, struct why *why)
{
	int64_t now = clock_steady_ms(), wall = clock_wall_ms(), count;
	if (k->counted_ms != 0 && now < k->counted_ms + ARRIVALS_MS)
		return ERR_NONE;
	TRY(storage_arrivals(k->storage, wall - RECENT_MS, RECENT_MS, 1, &count, why));
	TRY(learn_ended(k, wall, why));
	k->arrivals_per_s = (double)count * 1000 / RECENT_MS;
	k->counted_ms = now;
	return ERR_NONE;
}

static void
show(const struct slot_keeper *k, const struct scaling_signals *now, const struct scaling_decision *d)
{
	metric_set(METRIC_SCALING_ARRIVALS, NULL, NULL, now->arrivals_per_s);
	metric_set(METRIC_SCALING_SERVICE, NULL, NULL, now->service_s);
	metric_set(METRIC_SCALING_DRAIN, NULL, NULL, d->drain_s);
	metric_set(METRIC_SCALING_DESIRED, "reactive", NULL, d->reactive);
	metric_set(METRIC_SCALING_DESIRED, "applied", NULL, d->applied);
	if (now->forecast_per_s < 0)
		return;
	metric_set(METRIC_SCALING_DESIRED, "forecast", NULL, d->forecast);
	metric_set(METRIC_SCALING_FORECAST, NULL, NULL, now->forecast_per_s);
	metric_set(METRIC_SCALING_ERROR, NULL, NULL, forecast_error(&k->forecast));
}

static enum err
look(struct slot_keeper *k, struct why *why)
{
	struct queue_stats q;
	TRY(count_arrivals(k, why));
	TRY(storage_queue_stats(k->storage, &q, why));
	struct scaling_signals now = {.arrivals_per_s = k->arrivals_per_s,
	                              .forecast_per_s = -1,
	                              .service_s = (double)atomic_load(&k->service_us) / 1e6,
	                              .queued = q.queued - q.delayed,
	                              .oldest_wait_s = (double)q.oldest_ready_ms / 1000};
	for (size_t a = 0; forecast_is_ready(&k->forecast) && a < AHEAD; a++) {
		double per_s = forecast_at(&k->forecast, a) * 1000 / FORECAST_BUCKET_MS;
		now.forecast_per_s = per_s > now.forecast_per_s ? per_s : now.forecast_per_s;
	}
	struct scaling_decision d = scaling_decide(&k->scaler, &k->limits, &now, clock_steady_ms());
	show(k, &now, &d);
	k->apply(k->arg, d.applied);
	return ERR_NONE;
}

/* In pieces, so that an end is not waited for. */
static void
rest(const struct slot_keeper *k, int64_t ms)
{
	for (; ms > 0 && !atomic_load(&k->stopping); ms -= REST_MS)
		clock_sleep_ms(ms < REST_MS ? ms : REST_MS);
}

static void *
keep(void *arg)
{
	struct slot_keeper *k = arg;
	bool told = false;
	while (!atomic_load(&k->stopping)) {
		struct why why;
		int64_t begun_ms = clock_steady_ms();
		enum err e = look(k, &why);
		int64_t rest_ms = REST_SHARE * (clock_steady_ms() - begun_ms);
		if (e != ERR_NONE) { /* storage cannot say: then nothing must be held back */
			k->apply(k->arg, k->limits.max);
			if (!told)
				log_event(k->log, LOG_WARN, "worker.scaling_blind", F_ERR(e, &why));
		}
		told = e != ERR_NONE;
		rest(k, rest_ms > REST_MS ? rest_ms : REST_MS);
		if (!atomic_load(&k->stopping))
			storage_claim_wait(k->storage, LOOK_MS);
	}
	return NULL;
}

struct slot_keeper *
slot_keeper_start(struct storage *st, const struct scaling_limits *limits,
                  void (*apply)(void *arg, int32_t slots), void *arg, const struct log *log)
{
	struct slot_keeper *k = calloc(1, sizeof *k);
	if (!k)
		BUG("no memory for the keeper of slots");
	k->storage = st;
	k->limits = *limits;
	k->apply = apply;
	k->arg = arg;
	k->log = log;
	atomic_store(&k->service_us, (int64_t)(FIRST_GUESS_S * 1e6));
	if (pthread_create(&k->thread, NULL, keep, k) != 0)
		BUG("no thread for the keeper of slots");
	return k;
}

void
slot_keeper_served(struct slot_keeper *k, int64_t us)
{
	int64_t old = atomic_load_explicit(&k->service_us, memory_order_relaxed);
	atomic_store_explicit(&k->service_us, old + (us - old) / 16,
	                      memory_order_relaxed); /* a race loses one */
}

void
slot_keeper_stop(struct slot_keeper **ret)
{
	struct slot_keeper *k = TAKE(*ret);
	if (!k)
		return;
	atomic_store(&k->stopping, true);
	storage_claim_wake(k->storage);
	pthread_join(k->thread, NULL);
	free(k);
}
