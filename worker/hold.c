#include "hold.h"

#include "clock.h"

void
hold_init(struct hold *h)
{
	*h = (struct hold){.verdict = ERR_NONE};
	pthread_mutex_init(&h->lock, NULL);
}

void
hold_destroy(struct hold *h)
{
	pthread_mutex_destroy(&h->lock);
}

void
hold_take(struct hold *h, struct uuid job_id, int64_t lease, int64_t deadline_ms)
{
	pthread_mutex_lock(&h->lock);
	h->busy = true;
	h->job_id = job_id;
	h->lease = lease;
	h->deadline_ms = deadline_ms;
	h->verdict = ERR_NONE;
	pthread_mutex_unlock(&h->lock);
}

void
hold_drop(struct hold *h)
{
	pthread_mutex_lock(&h->lock);
	h->busy = false;
	pthread_mutex_unlock(&h->lock);
}

bool
hold_look(struct hold *h, struct uuid *job_id, int64_t *lease)
{
	pthread_mutex_lock(&h->lock);
	bool busy = h->busy;
	*job_id = h->job_id;
	*lease = h->lease;
	pthread_mutex_unlock(&h->lock);
	return busy;
}

static void
judge(struct hold *h, enum err verdict)
{
	if (h->busy && h->verdict == ERR_NONE)
		h->verdict = verdict;
}

void
hold_judge(struct hold *h, struct uuid job_id, int64_t lease, enum err verdict)
{
	pthread_mutex_lock(&h->lock);
	if (uuid_equal(h->job_id, job_id) && h->lease == lease)
		judge(h, verdict);
	pthread_mutex_unlock(&h->lock);
}

void
hold_judge_any(struct hold *h, enum err verdict)
{
	pthread_mutex_lock(&h->lock);
	judge(h, verdict);
	pthread_mutex_unlock(&h->lock);
}

enum err
hold_verdict(struct hold *h, struct why *why)
{
	pthread_mutex_lock(&h->lock);
	enum err e = h->verdict;
	int64_t deadline_ms = h->deadline_ms;
	pthread_mutex_unlock(&h->lock);
	if (e == ERR_NONE && clock_steady_ms() >= deadline_ms)
		e = ERR_DEADLINE;
	return e == ERR_NONE ? ERR_NONE : fail(why, e, "%s", err_text(e));
}
