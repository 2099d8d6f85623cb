#include "job_waiters.h"

#include "clock.h"

#include <pthread.h>

#define LOOK_MS_MIN 15
#define LOOK_MS_MAX 500
#define ROW_MAX     (64 * KIB)

struct job_waiters {
	struct storage *st;
	void (*let_go)(struct request *rq);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct request *arriving; /* under the lock */
	bool stopping;
};

/* Is there anything to tell: a change, an end, an error, the end of its patience? */
static bool
ripe(struct storage *st, const struct request *rq)
{
	if (clock_steady_ms() >= rq->wait_until_ms)
		return true;
	if (rq->refused != ERR_NONE)
		return false;
	OWNED(arena_destroy) struct arena *mem = arena_create("waiting", ROW_MAX);
	const struct job *job;
	struct why why;
	if (storage_job_get(st, rq->user->id, rq->id, mem, &job, &why) != ERR_NONE)
		return true;
	return job->version != rq->wait_version;
}

static void *
look(void *arg)
{
	struct job_waiters *w = arg;
	struct request *waiting = NULL; /* this thread's own */
	storage_in_a_hurry();           /* one that cannot be looked up goes on, and hears why */
	for (;;) {
		pthread_mutex_lock(&w->lock);
		while (!waiting && !w->arriving && !w->stopping)
			pthread_cond_wait(&w->changed, &w->lock);
		bool stopping = w->stopping;
		while (w->arriving) {
			struct request *rq = w->arriving;
			w->arriving = rq->next;
			rq->next = waiting;
			waiting = rq;
		}
		pthread_mutex_unlock(&w->lock);

		int64_t n = 0;
		for (struct request **at = &waiting; *at;) {
			struct request *rq = *at;
			if (stopping || ripe(w->st, rq)) {
				*at = rq->next;
				rq->next = NULL;
				w->let_go(rq);
			} else {
				at = &rq->next;
				n += rq->refused == ERR_NONE;
			}
		}
		if (stopping)
			return NULL;
		int64_t pause = n < LOOK_MS_MIN ? LOOK_MS_MIN : n > LOOK_MS_MAX ? LOOK_MS_MAX : n;
		if (waiting)
			clock_sleep_ms(pause);
	}
}

enum err
job_waiters_start(struct storage *st, void (*let_go)(struct request *rq), struct job_waiters **ret,
                  struct why *why)
{
	struct job_waiters *w = calloc(1, sizeof *w);
	if (!w)
		BUG("no memory for the waiters");
	w->st = st;
	w->let_go = let_go;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (pthread_create(&w->thread, NULL, look, w) != 0) {
		free(w);
		return fail(why, ERR_BROKEN, "no thread for requests that wait");
	}
	*ret = w;
	return ERR_NONE;
}

bool
job_waiters_add(struct job_waiters *w, struct request *rq)
{
	pthread_mutex_lock(&w->lock);
	bool taken = !w->stopping;
	if (taken) {
		rq->next = w->arriving;
		w->arriving = rq;
		pthread_cond_signal(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return taken;
}

void
job_waiters_stop(struct job_waiters *w)
{
	pthread_mutex_lock(&w->lock);
	bool first = !w->stopping;
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (first)
		pthread_join(w->thread, NULL);
}

void
job_waiters_destroy(struct job_waiters **ww)
{
	struct job_waiters *w = *ww;
	if (!w)
		return;
	job_waiters_stop(w);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*ww = NULL;
}
