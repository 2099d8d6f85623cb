/* Hints between processes: NOTIFY "a job may be claimed".
 *
 * They leave by a connection of their own, at most 50 times a second, and never inside the transaction
 * that they tell of: a commit that notifies holds a lock on the whole database until its standby has
 * answered. Nothing depends on them: who waits for a job looks for itself every second or so. */
#include "pg_store.h"

#include "clock.h"
#include "own.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#define TELL_EVERY_MS 20
#define PROBE_MS      10000
#define LOOK_MS       1000
#define RECONNECT_MS  1000

/* ---- in this process ---- */

void
pg_note_ready(struct storage *st)
{
	struct pg *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->queue_changes++;
	db->tell_queue = true;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
	if (db->listening)
		(void)eventfd_write(db->wake_fd, 1);
}

/* Somebody else has said so, or may have. */
static void
note_theirs(struct pg *db)
{
	pthread_mutex_lock(&db->lock);
	db->queue_changes++;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
}

void
pg_claim_wait(struct storage *st, int64_t timeout_ms)
{
	struct pg *db = st->rows;
	int64_t look = LOOK_MS / 2 + (int64_t)random_below(LOOK_MS); /* not all workers at once */
	int64_t until = clock_steady_ms() + (timeout_ms < look ? timeout_ms : look);
	pthread_mutex_lock(&db->lock);
	uint64_t seen = db->queue_changes, wakes = db->wakes;
	while (db->queue_changes == seen && db->wakes == wakes && !db->stopping &&
	       clock_cond_wait(&db->changed, &db->lock, until))
		;
	pthread_mutex_unlock(&db->lock);
}

void
pg_claim_wake(struct storage *st)
{
	struct pg *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->wakes++;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
}

/* ---- between processes ---- */

static bool
say(struct pg_connection *c, const char *sql)
{
	const struct pg_call q = {.sql = sql};
	RESULT *r = c->c ? pg_exec(c, &q, false, clock_steady_ms() + PROBE_MS / 2) : NULL;
	ExecStatusType s = PQresultStatus(r);
	return s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK;
}

static void
tell(struct pg *db, struct pg_connection *c)
{
	pthread_mutex_lock(&db->lock);
	db->tell_queue = false;
	pthread_mutex_unlock(&db->lock);
	(void)say(c, "NOTIFY docket_queue"); /* else whoever it was for looks in time */
}

static void
hear(struct pg *db, struct pg_connection *c)
{
	for (PGnotify *n; c->c && (n = PQnotifies(c->c));) {
		if (n->be_pid != PQbackendPID(c->c))
			note_theirs(db);
		PQfreemem(n);
	}
}

static bool
listen_again(struct pg *db, struct pg_connection *c)
{
	struct why why;
	if (pg_connect(db, c, clock_steady_ms() + PROBE_MS, &why) != ERR_NONE)
		return false;
	/* A hint may be lost; the commit that carries it need not wait for any disk. */
	if (!say(c, "SET synchronous_commit = off") || !say(c, "LISTEN docket_queue")) {
		pg_disconnect(c);
		return false;
	}
	note_theirs(db); /* whatever was said meanwhile */
	return true;
}

static bool
is_stopping(struct pg *db)
{
	pthread_mutex_lock(&db->lock);
	bool stopping = db->stopping;
	pthread_mutex_unlock(&db->lock);
	return stopping;
}

static bool
anything_to_tell(struct pg *db)
{
	pthread_mutex_lock(&db->lock);
	bool any = db->tell_queue;
	pthread_mutex_unlock(&db->lock);
	return any;
}

static void *
listener_main(void *arg)
{
	struct pg *db = arg;
	struct pg_connection c = {0};
	int64_t told = 0, heard = 0, retry = 0;
	while (!is_stopping(db)) {
		int64_t now = clock_steady_ms();
		if (c.c && !pg_connected(&c))
			pg_disconnect(&c);
		if (!c.c && now >= retry) {
			if (!listen_again(db, &c))
				retry = clock_steady_ms() + RECONNECT_MS / 2 +
				        (int64_t)random_below(RECONNECT_MS);
			heard = clock_steady_ms();
		}
		now = clock_steady_ms();
		if (c.c && anything_to_tell(db) && now - told >= TELL_EVERY_MS) {
			told = now;
			tell(db, &c);
		} else if (c.c && now - heard >= PROBE_MS) {
			heard = now; /* a half-open connection is found by this, not by waiting */
			(void)say(&c, "SELECT 1");
		}
		hear(db, &c);
		int64_t wake = !c.c ? retry : anything_to_tell(db) ? told + TELL_EVERY_MS : heard + PROBE_MS;
		int64_t left = wake - clock_steady_ms();
		struct pollfd p[2] = {{.fd = db->wake_fd, .events = POLLIN},
		                      {.fd = c.c ? PQsocket(c.c) : -1, .events = POLLIN}};
		if (left > 0 && poll(p, 2, (int)left) < 0 && errno != EINTR)
			BUG("poll");
		eventfd_t n;
		if (p[0].revents)
			(void)eventfd_read(db->wake_fd, &n);
		if (p[1].revents && !PQconsumeInput(c.c))
			pg_disconnect(&c);
	}
	pg_disconnect(&c);
	return NULL;
}

enum err
pg_hints_start(struct pg *db, struct why *why)
{
	if (db->st->options.pooler) /* LISTEN behind a pooler says yes and never hears */
		return ERR_NONE;
	db->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (db->wake_fd < 0)
		return fail_errno(why, ERR_BROKEN, "eventfd");
	db->listening = pthread_create(&db->listener, NULL, listener_main, db) == 0;
	return db->listening ? ERR_NONE : fail(why, ERR_BROKEN, "cannot start the listener");
}

void
pg_hints_stop(struct pg *db)
{
	if (db->listening) {
		(void)eventfd_write(db->wake_fd, 1);
		pthread_join(db->listener, NULL);
		db->listening = false;
	}
	fd_close(&db->wake_fd);
}
