/* pg_queue.h: the queue's virtual time, which makes it fair between people.
 *
 * Each job has a vtime, given when it is queued: a place in the step of VTIME_STEP after that of its owner's
 * last one that waits, and at least one more than that of the job claimed last. Claims go by vtime, so
 * somebody's first paper stands before the next of everybody else, and before the rest of the ten thousand of
 * one of them; no claim has to look at owners (start-time fair queueing). What one person uploads at once
 * goes one after another (room_held()), or together a step apart: had it all one vtime, everybody else's next
 * paper would wait until the last of it is claimed. Where in its step is left to chance.
 *
 * Papers that are read again are in a lane of their own (`lane` 1): they stand VTIME_AGAIN apart, and what
 * their owner uploads goes by the uploads that wait alone. So nobody's fresh paper waits for them, and beside
 * those of others they get a quarter of the turns.
 *
 * What has failed and is tried again has had its turn: it stands as if its owner had brought it anew, behind
 * what they have waiting and behind everybody else's next one. What a worker gives back, or loses by dying,
 * has not had its turn and stands before all.
 *
 * It runs on with every job. Claims look no further back than to where it stood a moment ago, uploads to
 * VTIME_SLACK behind it: where an old snapshot keeps dead rows from being vacuumed they lie behind that, and
 * are not walked over, however many people have work waiting. What is committed later than that is brought
 * forward by the reaper every few seconds. Jobs that wait for a moment stand `aside` until then. Held ones
 * are found by the end of their lease, which lies ahead.
 */
#ifndef DOCKET_PG_QUEUE_H
#define DOCKET_PG_QUEUE_H

#include "pg_store.h"

#define VTIME_STEP  "1024"
#define VTIME_AGAIN "4096"
#define VTIME_SLACK "256"
#define VTIME_FRONT "1" /* before all that wait */
/* After the vtime `last`; NULL where that is. */
#define VTIME_NEXT "(last / " VTIME_STEP " + 1) * " VTIME_STEP " + floor(random() * " VTIME_STEP ")::bigint"
/* Of the `n`-th of this person in this lane whose moment to be tried again has come. */
#define VTIME_TRIED(user, row_lane, n)                                                              \
	"(SELECT CASE WHEN " row_lane " = 0 THEN (GREATEST(v + 1, last) / " VTIME_STEP " + " n      \
	") * " VTIME_STEP " + floor(random() * " VTIME_STEP ")::bigint ELSE GREATEST(v, last) + " n \
	" * " VTIME_AGAIN " END FROM"                                                               \
	" (SELECT v, (SELECT max(w.vtime) FROM job_q w WHERE w.user_id = " user                     \
	" AND w.worker IS NULL AND NOT w.aside"                                                     \
	" AND w.vtime >= v - " VTIME_SLACK " AND (w.lane = 0 OR " row_lane " = 1)) AS last"         \
	" FROM (SELECT last_value AS v FROM queue_time) t) l)"

/* A lease that has ended so long ago was taken back by then, or is found when all are looked at. */
#define HELD_SLACK_MS "60000"

/* An attempt's row is written when it ends, by whoever ends it. */
#define PG_ATTEMPT                                                                             \
	"attempt (job_id, lease, worker, started_ms, ended_ms, outcome, cpu_ms, memory_kib_s," \
	" bytes_in, bytes_out)"
/* Where that may be another process than the one that claimed it: while a cluster is renewed, a node of a
 * version before 22 may have written it when it claimed. */
#define PG_ATTEMPT_THERE                                                           \
	" ON CONFLICT (job_id, lease) DO UPDATE SET ended_ms = excluded.ended_ms," \
	" outcome = excluded.outcome"

#define PG_LEASE_LOST "the lease has passed on"

/* Nothing was changed. Was it an earlier try of ours, whose answer was lost (`again`), that ended the attempt
 * so? Else ERR_LEASE_LOST. */
enum err pg_check_ended(struct storage *st, const struct claim *c, const char *outcome, bool again,
                        struct why *why) MUST_CHECK;

#endif
