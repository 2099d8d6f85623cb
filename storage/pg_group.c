#include "pg_group.h"

#include "clock.h"

#include <sched.h>

#define LONG_MS 200

void
pg_group_init(struct pg_group *g, int at_most)
{
	pthread_mutex_init(&g->lock, NULL);
	g->first = NULL;
	g->last = &g->first;
	g->under_way = 0;
	g->at_most = at_most;
	g->crowd = false;
}

void
pg_group_destroy(struct pg_group *g)
{
	pthread_mutex_destroy(&g->lock);
}

/* From the front, with one at least. */
static size_t
take(struct pg_group *g, struct pg_ticket *ret[static PG_GROUP_MAX])
{
	size_t n = 0, bytes = 0;
	while (g->first && n < PG_GROUP_MAX && (n == 0 || bytes + g->first->weight <= PG_GROUP_BYTES)) {
		struct pg_ticket *t = g->first;
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
may_go(const struct pg_group *g)
{
	return g->under_way == 0 || (g->under_way < g->at_most && clock_steady_ms() - g->begun_ms >= LONG_MS);
}

void
pg_group_go(struct pg_group *g, struct storage *st, struct pg_ticket *t, pg_group_fn *serve)
{
	bool yielded = false;
	t->next = NULL;
	t->taken = t->done = false;
	clock_cond_init(&t->turn);
	pthread_mutex_lock(&g->lock);
	*g->last = t;
	g->last = &t->next;
	while (!t->done) {
		if (t->taken || !may_go(g)) {
			(void)clock_cond_wait(&t->turn, &g->lock, clock_steady_ms() + LONG_MS);
			continue;
		}
		if (g->crowd && !yielded) {
			/* Who has just been served with others is about to come again: they go first. */
			yielded = true;
			pthread_mutex_unlock(&g->lock);
			sched_yield();
			pthread_mutex_lock(&g->lock);
			continue;
		}
		struct pg_ticket *group[PG_GROUP_MAX];
		size_t n = take(g, group);
		g->crowd = n > 1;
		g->under_way++;
		g->begun_ms = clock_steady_ms();
		pthread_mutex_unlock(&g->lock);
		serve(st, group, n);
		pthread_mutex_lock(&g->lock);
		for (size_t i = 0; i < n; i++) {
			group[i]->done = true;
			if (group[i] != t)
				pthread_cond_signal(&group[i]->turn);
		}
		g->under_way--;
		if (g->first)
			pthread_cond_signal(&g->first->turn); /* the next to go */
	}
	pthread_mutex_unlock(&g->lock);
	pthread_cond_destroy(&t->turn);
}
