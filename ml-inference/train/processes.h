/* processes.h: folds side by side, each in a process of its own: what one does to the corpus the others do
 * not see, so that the result is the same however many run at once.
 */
#ifndef DOCKET_TRAIN_PROCESSES_H
#define DOCKET_TRAIN_PROCESSES_H

#include "err.h"

#include <stddef.h>

/* Zeroed memory that child processes share with their parent; never given back. */
void *shared_room(size_t n, size_t size);
/* Runs one(arg, 0) to one(arg, n - 1), at most `jobs` at once. What they say must be in shared memory. */
enum err in_processes(unsigned n, unsigned jobs, enum err (*one)(void *arg, unsigned k, struct why *why),
                      void *arg, struct why *why) MUST_CHECK;

#endif
