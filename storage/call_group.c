#include "call_group.h"

#include "clock.h"
#include "word.h"

#include <sched.h>

#define LONG_MS 200

void
call_group_init(struct call_group *g, int at_most)
{
	pthread_mutex_init(&g->lock, NULL);
	g->first = NULL;
	g->last = &g->first;
	g->under_way = 0;
	g->at_most = at_most;
	g->crowd = false;
}

void
call_group_destroy(struct call_group *g)
{
	pthread_mutex_destroy(&g->lock);
}

/* From the front, with one at least. */
static size_t
take(struct call_group *g, struct call_ticket *ret[static CALL_GROUP_MAX])
{
	size_t n = 0, bytes = 0;
	while (g->first && n < CALL_GROUP_MAX && (n == 0 || bytes + g->first->weight <= CALL_GROUP_BYTES)) {
		struct call_ticket *t = g->first;
		g->first = t->next;
		t->taken = true;
		bytes += t->weight;
		ret[n++] = t;
	}
	if (!g->first)
		g->last = &g->first;
	return n;
}

static bool
may_go(const struct call_group *g)
{
	return g->under_way == 0 || (g->under_way < g->at_most && clock_steady_ms() - g->begun_ms >= LONG_MS);
}

/* ---- waiting and waking ---- */

enum { WAITS, TURN, SERVED };

static bool
is_served(struct call_ticket *t)
{
	return atomic_load(&t->state) == SERVED;
}

/* ---- going ---- */

/* With the lock held, which is let go meanwhile. */
static void
lead(struct call_group *g, struct storage *st, const struct call_ticket *mine, call_group_fn *serve)
{
	struct call_ticket *group[CALL_GROUP_MAX];
	_Atomic uint32_t *words[CALL_GROUP_MAX];
	size_t n = take(g, group), n_words = 0;
	g->crowd = n > 1;
	g->under_way++;
	g->begun_ms = clock_steady_ms();
	pthread_mutex_unlock(&g->lock);
	serve(st, group, n);
	for (size_t i = 0; i < n; i++) {
		if (group[i] != mine)
			words[n_words++] = &group[i]->state;
		atomic_store(&group[i]->state, SERVED); /* from here on it is its owner's again */
	}
	pthread_mutex_lock(&g->lock);
	g->under_way--;
	if (g->first) { /* the next to go */
		atomic_store(&g->first->state, TURN);
		word_wake(&g->first->state);
	}
	pthread_mutex_unlock(&g->lock);
	for (size_t i = 0; i < n_words; i++)
		word_wake(words[i]);
	pthread_mutex_lock(&g->lock);
}

void
call_group_go(struct call_group *g, struct storage *st, struct call_ticket *t, call_group_fn *serve)
{
	bool yielded = false;
	t->next = NULL;
	t->taken = false;
	atomic_init(&t->state, WAITS);
	pthread_mutex_lock(&g->lock);
	*g->last = t;
	g->last = &t->next;
	while (!is_served(t)) {
		if (t->taken || !may_go(g)) {
			uint32_t turn = TURN;
			(void)atomic_compare_exchange_strong(&t->state, &turn, WAITS);
			pthread_mutex_unlock(&g->lock);
			word_wait(&t->state, WAITS, LONG_MS); /* then it is time to look anyway */
			if (is_served(t))
				return;
			pthread_mutex_lock(&g->lock);
		} else if (g->crowd && !yielded) {
			/* Who has just been served with others is about to come again: they go first. */
			yielded = true;
			pthread_mutex_unlock(&g->lock);
			sched_yield();
			pthread_mutex_lock(&g->lock);
		} else {
			lead(g, st, t, serve);
		}
	}
	pthread_mutex_unlock(&g->lock);
}
