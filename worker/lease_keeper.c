#include "lease_keeper.h"

#include "clock.h"
#include "own.h"

#define REAP_MS  5000 /* the silent are looked for so often, give or take a fifth */
#define LOOK_MS  500  /* and the dead of this machine */
#define AGAIN_MS 1000 /* what somebody asked for and died may be done by now */
#define DEAD_MAX 16

struct lease_keeper {
	struct storage *storage;
	struct hold *holds;
	struct heartbeat *beats; /* room for one a slot */
	size_t n;
	struct presence *presence;
	int64_t lease_ms;
	const struct log *log;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	pthread_t renewer, looker;
	struct {
		struct uuid id;
		int64_t again_ms; /* 0: not any more */
	} dead[DEAD_MAX];
	size_t n_dead;
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
	struct lease_keeper *k = arg;
	char id[UUID_TEXT_LEN];
	uuid_text(dead, id);
	TRY(storage_worker_gone(k->storage, dead, why));
	log_event(k->log, LOG_WARN, "worker.died", F_STR("worker_id", id));
	k->dead[k->n_dead].id = dead;
	k->dead[k->n_dead].again_ms = clock_steady_ms() + AGAIN_MS;
	k->n_dead = (k->n_dead + 1) % DEAD_MAX;
	return ERR_NONE;
}

/* A claim that the database was at when its worker died is made all the same, a moment later, for nobody. */
static void
look_again_after_the_dead(struct lease_keeper *k)
{
	struct why why; /* then by the lease */
	for (size_t i = 0; i < DEAD_MAX; i++) {
		if (k->dead[i].again_ms == 0 || clock_steady_ms() < k->dead[i].again_ms)
			continue;
		k->dead[i].again_ms = 0;
		(void)!storage_worker_gone(k->storage, k->dead[i].id, &why);
	}
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
renew(void *arg)
{
	struct lease_keeper *k = arg;
	int64_t next;
	do {
		next = clock_steady_ms() + k->lease_ms / 3;
		beat(k);
	} while (!sleep_until(k, next));
	return NULL;
}

/* On a thread of its own: to look after others may take long, where storage is slow or there is much to take
 * back, and no lease of ours may run out meanwhile. */
static void *
look_after_others(void *arg)
{
	struct lease_keeper *k = arg;
	int64_t reap_ms = k->lease_ms < 2 * REAP_MS ? k->lease_ms / 2 : REAP_MS;
	int64_t next_reap = clock_steady_ms(), next_look = next_reap;
	for (;;) {
		int64_t now = clock_steady_ms();
		if (now >= next_reap) {
			reap(k);
			/* Several workers should not all look at the same moment. */
			next_reap =
			    now + reap_ms * 4 / 5 + (int64_t)random_below((uint64_t)reap_ms * 2 / 5 + 1);
		}
		if (k->presence && now >= next_look) {
			presence_look(k->presence, bury, k);
			look_again_after_the_dead(k);
			next_look = now + LOOK_MS;
		}
		if (sleep_until(k, k->presence && next_look < next_reap ? next_look : next_reap))
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
	if (pthread_create(&k->renewer, NULL, renew, k) != 0 ||
	    pthread_create(&k->looker, NULL, look_after_others, k) != 0)
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
	pthread_cond_broadcast(&(*k)->wake);
	pthread_mutex_unlock(&(*k)->lock);
	pthread_join((*k)->renewer, NULL);
	pthread_join((*k)->looker, NULL);
	pthread_mutex_destroy(&(*k)->lock);
	pthread_cond_destroy(&(*k)->wake);
	free((*k)->beats);
	free(*k);
	*k = NULL;
}
