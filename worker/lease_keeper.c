#include "lease_keeper.h"

#include "clock.h"
#include "own.h"

#define REAP_MS 5000 /* the silent are looked for so often, give or take a fifth */
#define LOOK_MS 500  /* and the dead of this machine */

struct lease_keeper {
	struct storage *storage;
	struct hold *holds;
	struct heartbeat *beats; /* room for one a slot */
	size_t n;
	struct presence *presence;
	int64_t lease_ms, next_beat_ms, next_reap_ms, next_look_ms; /* steady clock */
	const struct log *log;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	pthread_t thread;
};

static void
beat(struct lease_keeper *k)
{
	size_t n = 0;
	for (size_t i = 0; i < k->n; i++) {
		struct heartbeat *b = &k->beats[n];
		*b = (struct heartbeat){.lost = false};
		if (hold_look(&k->holds[i], &b->job_id, &b->lease))
			n++;
	}
	if (n == 0)
		return;
	struct why why;
	enum err e = storage_heartbeat(k->storage, k->beats, n, &why);
	if (e != ERR_NONE) {
		/* The work goes on: if the lease runs out meanwhile, its number fences us off. */
		log_event(k->log, LOG_ERROR, "worker.heartbeat_failed", F_ERR(e, &why),
		          F_INT("jobs", (int64_t)n));
		return;
	}
	for (size_t b = 0; b < n; b++) {
		const struct heartbeat *answer = &k->beats[b];
		enum err verdict = answer->cancelled ? ERR_CANCELLED
		                   : answer->lost    ? ERR_LEASE_LOST
		                                     : ERR_NONE;
		for (size_t i = 0; verdict != ERR_NONE && i < k->n; i++)
			hold_judge(&k->holds[i], answer->job_id, answer->lease, verdict);
	}
}

static void
reap(struct lease_keeper *k)
{
	size_t n = 0;
	struct why why;
	if (storage_reap(k->storage, &n, &why) == ERR_NONE && n > 0) {
		metric_add(METRIC_JOBS, "lost", err_code(ERR_LEASE_LOST), (double)n);
		log_event(k->log, LOG_WARN, "worker.reaped", F_INT("jobs", (int64_t)n));
	}
}

static enum err
bury(void *arg, struct uuid dead, struct why *why)
{
	const struct lease_keeper *k = arg;
	char id[UUID_TEXT_LEN];
	uuid_text(dead, id);
	enum err e = storage_worker_gone(k->storage, dead, why);
	if (e == ERR_NONE)
		log_event(k->log, LOG_WARN, "worker.died", F_STR("worker_id", id));
	return e;
}

/* True when told to stop. */
static bool
sleep_until(struct lease_keeper *k, int64_t when_ms)
{
	pthread_mutex_lock(&k->lock);
	while (!k->stopping && clock_cond_wait(&k->wake, &k->lock, when_ms))
		;
	bool stopping = k->stopping;
	pthread_mutex_unlock(&k->lock);
	return stopping;
}

static void *
keep(void *arg)
{
	struct lease_keeper *k = arg;
	int64_t reap_ms = k->lease_ms < 2 * REAP_MS ? k->lease_ms / 2 : REAP_MS;
	k->next_beat_ms = k->next_reap_ms = k->next_look_ms = clock_steady_ms();
	for (;;) {
		int64_t now = clock_steady_ms();
		if (now >= k->next_beat_ms) {
			beat(k);
			k->next_beat_ms = now + k->lease_ms / 3;
		}
		if (now >= k->next_reap_ms) {
			reap(k);
			/* Several workers should not all look at the same moment. */
			k->next_reap_ms =
			    now + reap_ms * 4 / 5 + (int64_t)random_below((uint64_t)reap_ms * 2 / 5 + 1);
		}
		int64_t next = k->next_beat_ms < k->next_reap_ms ? k->next_beat_ms : k->next_reap_ms;
		if (k->presence) {
			if (now >= k->next_look_ms) {
				presence_look(k->presence, bury, k);
				k->next_look_ms = now + LOOK_MS;
			}
			next = next < k->next_look_ms ? next : k->next_look_ms;
		}
		if (sleep_until(k, next))
			return NULL;
	}
}

struct lease_keeper *
lease_keeper_start(struct storage *st, struct hold *holds, size_t n, int64_t lease_ms,
                   struct presence *presence, const struct log *log)
{
	struct lease_keeper *k = calloc(1, sizeof *k);
	struct heartbeat *beats = calloc(n, sizeof *beats);
	if (!k || !beats)
		BUG("no memory for the keeper of leases");
	*k = (struct lease_keeper){.storage = st,
	                           .holds = holds,
	                           .beats = beats,
	                           .n = n,
	                           .presence = presence,
	                           .lease_ms = lease_ms,
	                           .log = log};
	pthread_mutex_init(&k->lock, NULL);
	clock_cond_init(&k->wake);
	if (pthread_create(&k->thread, NULL, keep, k) != 0)
		BUG("no thread for the keeper of leases");
	return k;
}

void
lease_keeper_stop(struct lease_keeper **k)
{
	if (!*k)
		return;
	pthread_mutex_lock(&(*k)->lock);
	(*k)->stopping = true;
	pthread_cond_signal(&(*k)->wake);
	pthread_mutex_unlock(&(*k)->lock);
	pthread_join((*k)->thread, NULL);
	pthread_mutex_destroy(&(*k)->lock);
	pthread_cond_destroy(&(*k)->wake);
	free((*k)->beats);
	free(*k);
	*k = NULL;
}
