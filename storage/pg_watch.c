/* Looks, with a connection of its own to each host, whether another has become the primary. A primary that is
 * frozen or cut off takes no notice of that itself, and its clients would go on waiting for it.
 *
 * The newest timeline that has been seen is marked beside the blobs, where all nodes find it: one that is
 * started while only an old primary answers would otherwise take that for the newest. */
#include "pg_store.h"

#include "clock.h"
#include "own.h"

#include <pthread.h>
#include <sys/eventfd.h>

#define EVERY_MS  1000
#define ANSWER_MS 500
#define PROBE_MS  100
#define HOSTS_MAX 16

/* What one host says. Who does not answer is asked again by a new connection next time. */
static void
look(struct pg *db, int host, struct pg_connection *c)
{
	struct why why;
	uint32_t timeline = 0;
	int64_t until = clock_steady_ms() + ANSWER_MS;
	if (!c->c && pg_connect_host(db, host, c, until, &why) != ERR_NONE)
		return;
	if (pg_timeline(c, &timeline, until, &why) != ERR_NONE || timeline <= atomic_load(&db->timeline))
		return;
	atomic_store(&db->host, host);
	pg_saw_timeline(db, timeline);
	if (db->listening)
		(void)eventfd_write(db->wake_fd, 1); /* it listens to the old one */
}

static bool
sleep_between(struct pg *db, int64_t ms)
{
	int64_t until = clock_steady_ms() + ms;
	pthread_mutex_lock(&db->lock);
	while (!db->stopping && clock_cond_wait(&db->changed, &db->lock, until))
		;
	bool stopping = db->stopping;
	pthread_mutex_unlock(&db->lock);
	return !stopping;
}

static void *
watcher_main(void *arg)
{
	struct pg *db = arg;
	struct pg_connection hosts[HOSTS_MAX] = {{0}};
	int n = pg_hosts(db);
	while (sleep_between(db, EVERY_MS)) {
		for (int i = 0; i < n; i++)
			look(db, i, &hosts[i]);
	}
	for (int i = 0; i < n; i++)
		pg_disconnect(&hosts[i]);
	return NULL;
}

/* ---- the mark ---- */

static enum err
mark(struct pg *db, struct why *why)
{
	uint32_t now = atomic_load(&db->timeline);
	if (now > db->marked) {
		TRY(db->st->blob_driver->mark(db->st, db->epoch, now, why));
		db->marked = now;
	}
	return ERR_NONE;
}

enum err
pg_epoch_check(struct pg *db, struct pg_connection *c, int64_t until, struct why *why)
{
	const struct pg_call q = {.sql = "SELECT system_identifier FROM pg_control_system()", .once = true};
	RESULT *r = pg_exec(c, &q, false, until);
	if (!r || PQresultStatus(r) != PGRES_TUPLES_OK)
		return fail(why, ERR_BUSY, "the database does not say which one it is");
	snprintf(db->epoch, sizeof db->epoch, "timeline-%.30s", PQgetvalue(r, 0, 0));
	TRY(db->st->blob_driver->highest(db->st, db->epoch, &db->marked, why));
	pg_saw_timeline(db, db->marked);
	while (!pg_connected(c) && pg_connect(db, c, until, why) != ERR_NONE) {
		if (clock_steady_ms() >= until)
			return ERR_BUSY;
		clock_sleep_ms(100);
	}
	return mark(db, why);
}

/* On a thread of its own: the store of blobs may be gone with the primary. */
static void *
marker_main(void *arg)
{
	struct pg *db = arg;
	struct why why; /* tried again */
	while (sleep_between(db, EVERY_MS))
		(void)!mark(db, &why);
	return NULL;
}

/* ---- the probe ---- */

/* While the database is away nobody who is in a hurry asks it: this does, until it answers. */
static void *
prober_main(void *arg)
{
	struct pg *db = arg;
	for (;;) {
		pthread_mutex_lock(&db->lock);
		while (!db->stopping && !atomic_load(&db->away))
			pthread_cond_wait(&db->changed, &db->lock);
		pthread_mutex_unlock(&db->lock);
		if (!sleep_between(db, PROBE_MS))
			return NULL;
		pg_probe(db, clock_steady_ms() + ANSWER_MS);
	}
}

void
pg_seems_away(struct pg *db)
{
	if (atomic_exchange(&db->away, true))
		return;
	pthread_mutex_lock(&db->lock);
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
}

/* ---- starting and stopping ---- */

enum err
pg_watch_start(struct pg *db, struct why *why)
{
	db->marking = pthread_create(&db->marker, NULL, marker_main, db) == 0;
	if (!db->marking)
		return fail(why, ERR_BROKEN, "cannot start the marker of timelines");
	db->probing = pthread_create(&db->prober, NULL, prober_main, db) == 0;
	if (!db->probing)
		return fail(why, ERR_BROKEN, "cannot start the probe of the database");
	if (pg_hosts(db) == 1)
		return ERR_NONE;
	db->watching = pthread_create(&db->watcher, NULL, watcher_main, db) == 0;
	return db->watching ? ERR_NONE : fail(why, ERR_BROKEN, "cannot start the watcher of hosts");
}

void
pg_watch_stop(struct pg *db)
{
	if (db->watching)
		pthread_join(db->watcher, NULL);
	if (db->marking)
		pthread_join(db->marker, NULL);
	if (db->probing)
		pthread_join(db->prober, NULL);
	db->watching = db->marking = db->probing = false;
}
