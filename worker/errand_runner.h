/* errand_runner.h: threads for what is to be done besides reading documents: letters, webhooks, exports,
 * accounts whose time to go has come, documents that have lain in the trash for long enough, archives that
 * have been kept for long enough, idempotency keys that nobody will send again.
 *
 * What failed is tried again after backoff * 4^(attempt-1), at most six hours, with jitter; after the last
 * attempt, or when trying is of no use, it is dead. An address that did not answer is left alone for such a
 * pause too, longer with each failure in a row, at most five minutes.
 */
#ifndef DOCKET_ERRAND_RUNNER_H
#define DOCKET_ERRAND_RUNNER_H

#include "observe.h"
#include "worker.h"

struct errand_runner;
struct errand_runner *errand_runner_start(const struct worker_options *o, const struct log *log);
/* Finishes what it is at. NULL there is as good. */
void errand_runner_stop(struct errand_runner **r);

#endif
