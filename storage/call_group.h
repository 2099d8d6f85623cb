/* call_group.h: calls that are made at the same time go to a database or a disk together: one statement and
 * one commit, or one fsync of a folder.
 *
 * Who comes while others are under way waits, and the next to go takes all who wait along, up to a number. A
 * call that comes alone goes at once; where the last one went in company, others that are ready to run may
 * come first. So the more there is to do, the less each costs; nobody waits for company. (The SQLite driver's
 * writer does the same with its one thread.)
 *
 * One group goes after another: two would write to the same pages, and wait for each other there. Where one
 * takes long it waits for something, a lock or a standby, and others need not wait with it.
 */
#ifndef DOCKET_CALL_GROUP_H
#define DOCKET_CALL_GROUP_H

#include "backend.h"

#include <pthread.h>
#include <stdatomic.h>

#define CALL_GROUP_MAX   64
#define CALL_GROUP_BYTES (4 * MIB)

/* What one caller wants; stands first in a struct of the call's own. */
struct call_ticket {
	size_t weight; /* bytes, about */
	struct call_ticket *next;
	_Atomic uint32_t state; /* each its own: a group that comes back wakes nobody else */
	bool taken;
};

struct call_group {
	pthread_mutex_t lock;
	struct call_ticket *first, **last;
	int under_way, at_most;
	int64_t begun_ms; /* the last to go */
	bool crowd;       /* the last to go was more than one call */
};

/* Serves `n` tickets: answers go where the call's own struct says. */
typedef void call_group_fn(struct storage *st, struct call_ticket *const *tickets, size_t n);

/* `at_most`: under way at once, where they take long. */
void call_group_init(struct call_group *g, int at_most);
void call_group_destroy(struct call_group *g);
/* Returns when `t` has been served. */
void call_group_go(struct call_group *g, struct storage *st, struct call_ticket *t, call_group_fn *serve);

#endif
