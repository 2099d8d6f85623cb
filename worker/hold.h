/* hold.h: a job in the hands of a slot, as the keeper of leases sees it.
 *
 * The slot takes and drops; the keeper renews what is held and passes a verdict on it; the slot asks
 * for the verdict at every step. A verdict is final: the first one stands.
 */
#ifndef DOCKET_HOLD_H
#define DOCKET_HOLD_H

#include "err.h"
#include "uuid.h"

#include <pthread.h>

struct hold {
	pthread_mutex_t lock;
	bool busy;
	struct uuid job_id;
	int64_t lease;
	int64_t deadline_ms; /* steady clock */
	enum err verdict;    /* ERR_NONE: go on */
};

void hold_init(struct hold *h);
void hold_destroy(struct hold *h);
void hold_take(struct hold *h, struct uuid job_id, int64_t lease, int64_t deadline_ms);
void hold_drop(struct hold *h);

/* What is held now. False: nothing. */
bool hold_look(struct hold *h, struct uuid *job_id, int64_t *lease);
/* Unless the job has changed since, or was judged before. */
void hold_judge(struct hold *h, struct uuid job_id, int64_t lease, enum err verdict);
/* Whatever is held: for stopping. */
void hold_judge_any(struct hold *h, enum err verdict);

/* ERR_NONE, ERR_LEASE_LOST, ERR_CANCELLED, ERR_STOPPING, or ERR_DEADLINE when its time is over. */
enum err hold_verdict(struct hold *h, struct why *why);

#endif
