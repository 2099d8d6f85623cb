/* blocking_pool.h: threads for requests that wait: for a commit, for a password hash.
 *
 * Bounded in threads and in what may queue before them: past that the service is busy and says so.
 */
#ifndef DOCKET_BLOCKING_POOL_H
#define DOCKET_BLOCKING_POOL_H

#include "request.h"

struct blocking_pool;
/* `run` is called on one of the threads with each request posted. */
enum err blocking_pool_start(int threads, int max_queued, void (*run)(struct request *rq),
                             struct blocking_pool **ret, struct why *why) MUST_CHECK;
/* False when the queue is full or the pool is stopping: the request stays the caller's. */
bool blocking_pool_post(struct blocking_pool *p, struct request *rq) MUST_CHECK;
/* Gauges docket_pool_*{pool=name}, for a scrape. */
void blocking_pool_measure(struct blocking_pool *p, const char *name);
/* Finish what is queued, take nothing new, end the threads. Posting stays allowed, and refused. */
void blocking_pool_stop(struct blocking_pool *p);
void blocking_pool_destroy(struct blocking_pool **p);

#endif
