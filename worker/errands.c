#include "errands.h"

#include "accounts.h"
#include "clock.h"
#include "library.h"

#include <pthread.h>

#define LOOK_EVERY_MS 1000

struct errands {
	struct storage *storage;
	int64_t trash_ms;
	const struct log *log; /* the worker's, which outlives us */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stopping;
};

/* One account that is to go. False: nobody is, or it did not work and is to be tried later. */
static bool
erase_one(struct errands *e)
{
	struct uuid user;
	struct why why;
	char id[UUID_TEXT_LEN];
	enum err err = storage_user_due(e->storage, &user, &why);
	if (err == ERR_NONE)
		err = storage_user_erase(e->storage, user, &why);
	if (err == ERR_ABSENT) /* or another worker was faster */
		return false;
	uuid_text(user, id);
	if (err != ERR_NONE) {
		log_event(e->log, LOG_ERROR, "user.erase_failed", F_ERR(err, &why));
		return false;
	}
	log_event(e->log, LOG_INFO, "user.erased", F_STR("user_id", id));
	return true;
}

/* Some of the trash. False: there is no more, or it did not work and is to be tried later. */
static bool
empty_trash(struct errands *e)
{
	size_t n;
	struct why why;
	enum err err = storage_trash_empty(e->storage, clock_wall_ms() - e->trash_ms, &n, &why);
	if (err != ERR_NONE)
		log_event(e->log, LOG_ERROR, "trash.empty_failed", F_ERR(err, &why));
	else if (n > 0)
		log_event(e->log, LOG_INFO, "trash.emptied", F_INT("documents", (int64_t)n));
	return err == ERR_NONE && n > 0;
}

/* True: told to stop. */
static bool
rest(struct errands *e)
{
	int64_t until = clock_steady_ms() + LOOK_EVERY_MS;
	struct timespec t = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	pthread_mutex_lock(&e->lock);
	while (!e->stopping && pthread_cond_timedwait(&e->stopped, &e->lock, &t) == 0)
		;
	bool stopping = e->stopping;
	pthread_mutex_unlock(&e->lock);
	return stopping;
}

static void *
errands_main(void *arg)
{
	struct errands *e = arg;
	do {
		while (erase_one(e))
			;
		while (empty_trash(e))
			;
	} while (!rest(e));
	return NULL;
}

struct errands *
errands_start(struct storage *st, int64_t trash_ms, const struct log *log)
{
	struct errands *e = calloc(1, sizeof *e);
	if (!e)
		BUG("no memory for errands");
	e->storage = st;
	e->trash_ms = trash_ms;
	e->log = log;
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->stopped, &steady);
	pthread_condattr_destroy(&steady);
	if (pthread_create(&e->thread, NULL, errands_main, e) != 0)
		BUG("the thread for errands did not start");
	return e;
}

void
errands_stop(struct errands **ret)
{
	struct errands *e = *ret;
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_cond_broadcast(&e->stopped);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	pthread_cond_destroy(&e->stopped);
	pthread_mutex_destroy(&e->lock);
	free(e);
	*ret = NULL;
}
