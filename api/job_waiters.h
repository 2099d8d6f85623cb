/* job_waiters.h: requests that wait for their job to change, suspended, without a thread of their own.
 *
 * One thread looks after all of them: it reads their jobs' versions every few milliseconds (the more
 * waiters, the rarer) and lets go those whose job changed or whose time is over. Answers that are to be held
 * back for a while wait here as well.
 */
#ifndef DOCKET_JOB_WAITERS_H
#define DOCKET_JOB_WAITERS_H

#include "request.h"

struct job_waiters;
enum err job_waiters_start(struct storage *st, void (*let_go)(struct request *rq), struct job_waiters **ret,
                           struct why *why) MUST_CHECK;
/* One that is refused waits for its time alone: `wait_until_ms`. False when stopping. The request must be
 * suspended already. */
bool job_waiters_add(struct job_waiters *w, struct request *rq) MUST_CHECK;
/* Lets everybody go. Adding stays allowed, and refused. */
void job_waiters_stop(struct job_waiters *w);
void job_waiters_destroy(struct job_waiters **w); /* after that */

#endif
