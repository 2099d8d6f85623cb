#include "blocking_pool.h"

#include "observe.h"

#include <pthread.h>

struct blocking_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct request *head, **tail;
	int queued, max_queued, busy, threads_started;
	uint64_t refused, refused_told;
	bool stopping;
	void (*run)(struct request *rq);
	int n_threads;
	pthread_t threads[];
};

static void *
work(void *arg)
{
	struct blocking_pool *p = arg;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->head && !p->stopping)
			pthread_cond_wait(&p->more, &p->lock);
		struct request *rq = p->head;
		if (!rq)
			break;
		p->head = rq->next;
		if (!p->head)
			p->tail = &p->head;
		p->queued--;
		p->busy++;
		rq->next = NULL;
		pthread_mutex_unlock(&p->lock);
		p->run(rq);
		pthread_mutex_lock(&p->lock);
		p->busy--;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum err
blocking_pool_start(int threads, int max_queued, void (*run)(struct request *rq), struct blocking_pool **ret,
                    struct why *why)
{
	struct blocking_pool *p = calloc(1, sizeof *p + (size_t)threads * sizeof p->threads[0]);
	if (!p)
		BUG("no memory for a pool of threads");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->tail = &p->head;
	p->max_queued = max_queued;
	p->run = run;
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 512 * KIB);
	int rc = 0;
	while (p->n_threads < threads && rc == 0) {
		rc = pthread_create(&p->threads[p->n_threads], &small, work, p);
		if (rc == 0)
			p->n_threads++;
	}
	pthread_attr_destroy(&small);
	if (rc != 0) {
		int started = p->n_threads;
		blocking_pool_destroy(&p);
		return fail(why, ERR_BROKEN, "only %d of %d threads could be started", started, threads);
	}
	p->threads_started = p->n_threads;
	*ret = p;
	return ERR_NONE;
}

bool
blocking_pool_post(struct blocking_pool *p, struct request *rq)
{
	pthread_mutex_lock(&p->lock);
	bool taken = !p->stopping && p->queued < p->max_queued;
	if (taken) {
		rq->next = NULL;
		*p->tail = rq;
		p->tail = &rq->next;
		p->queued++;
		pthread_cond_signal(&p->more);
	} else {
		p->refused++;
	}
	pthread_mutex_unlock(&p->lock);
	return taken;
}

void
blocking_pool_measure(struct blocking_pool *p, const char *name)
{
	pthread_mutex_lock(&p->lock);
	int capacity = p->threads_started, busy = p->busy, waiting = p->queued;
	uint64_t refused = p->refused - p->refused_told;
	p->refused_told = p->refused;
	pthread_mutex_unlock(&p->lock);
	metric_set(METRIC_POOL_CAPACITY, name, NULL, capacity);
	metric_set(METRIC_POOL_BUSY, name, NULL, busy);
	metric_set(METRIC_POOL_WAITING, name, NULL, waiting);
	metric_add(METRIC_POOL_REFUSED, name, NULL, (double)refused);
}

void
blocking_pool_stop(struct blocking_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (; p->n_threads > 0; p->n_threads--)
		pthread_join(p->threads[p->n_threads - 1], NULL);
}

void
blocking_pool_destroy(struct blocking_pool **pp)
{
	struct blocking_pool *p = *pp;
	if (!p)
		return;
	blocking_pool_stop(p);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
	*pp = NULL;
}
