/* pg_queue.h: the queue's virtual time, which makes it fair between people.
 *
 * Each job has a vtime, given when it is queued: one more than that of its owner's last one that waits, and
 * one more than that of the job claimed last. Claims go by vtime, so somebody's first paper stands before the
 * second of everybody else, and before the rest of the ten thousand of one of them; no claim has to look at
 * owners (start-time fair queueing).
 *
 * So it runs on with every job, and claims and uploads look no further back than VTIME_SLACK: where an old
 * snapshot keeps dead rows from being vacuumed they lie behind that, and are not walked over. Every few
 * seconds one claim looks at all; the longer that takes, the more seldom.
 */
#ifndef DOCKET_PG_QUEUE_H
#define DOCKET_PG_QUEUE_H

#include "pg_store.h"

#define VTIME_SLACK "100"
#define VTIME_FRONT "50" /* before all that wait, and still within the slack */

#define PG_LEASE_LOST "the lease has passed on"

/* Nothing was changed. Was it an earlier try of ours, whose answer was lost (`again`), that ended the attempt
 * so? Else ERR_LEASE_LOST. */
enum err pg_check_ended(struct storage *st, const struct claim *c, const char *outcome, bool again,
                        struct why *why) MUST_CHECK;

#endif
