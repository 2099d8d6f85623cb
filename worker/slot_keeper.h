/* slot_keeper.h: the thread that asks scaling.h how many slots are worth having now, and tells the worker.
 *
 * Looks whenever something may have come, at most twenty times a second, and every second in any case.
 * Also shows docket_scaling_*, which a cluster's autoscaler reads.
 */
#ifndef DOCKET_SLOT_KEEPER_H
#define DOCKET_SLOT_KEEPER_H

#include "observe.h"
#include "scaling.h"
#include "storage.h"

struct slot_keeper;
/* `apply` is called on the keeper's thread with each decision. */
struct slot_keeper *slot_keeper_start(struct storage *st, const struct scaling_limits *limits,
                                      void (*apply)(void *arg, int32_t slots), void *arg,
                                      const struct log *log);
/* A job was worked on for so long. */
void slot_keeper_served(struct slot_keeper *k, int64_t us);
void slot_keeper_stop(struct slot_keeper **k); /* as OWNED wants it; ends claim waits too */

#endif
