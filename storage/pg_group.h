/* pg_group.h: calls that are made at the same time go to the database together: one statement, one commit.
 *
 * Who comes while others are under way waits, and the next to go takes all who wait along, up to a number. A
 * call that comes alone goes at once; where the last one went in company, others that are ready to run may
 * come first. So the more there is to do, the less each costs; nobody waits for company. (The SQLite driver's
 * writer does the same with its one thread.)
 *
 * One group goes after another: two would write to the same pages, and wait for each other there. Where one
 * takes long it waits for something, a lock or a standby, and others need not wait with it.
 */
#ifndef DOCKET_PG_GROUP_H
#define DOCKET_PG_GROUP_H

#include "pg_store.h"

#define PG_GROUP_MAX   64
#define PG_GROUP_BYTES (4 * MIB)

/* What one caller wants; stands first in a struct of the call's own. */
struct pg_ticket {
	size_t weight; /* bytes, about */
	struct pg_ticket *next;
	_Atomic uint32_t state; /* each its own: a group that comes back wakes nobody else */
	bool taken;
};

/* Serves `n` tickets: answers go where the call's own struct says. */
typedef void pg_group_fn(struct storage *st, struct pg_ticket *const *tickets, size_t n);

/* `at_most`: under way at once, where they take long. */
void pg_group_init(struct pg_group *g, int at_most);
void pg_group_destroy(struct pg_group *g);
/* Returns when `t` has been served. */
void pg_group_go(struct pg_group *g, struct storage *st, struct pg_ticket *t, pg_group_fn *serve);

#endif
