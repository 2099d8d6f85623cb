/* errands.h: one thread for what is to be done besides reading documents: accounts whose time to go has come,
 * documents that have lain in the trash for long enough.
 */
#ifndef DOCKET_ERRANDS_H
#define DOCKET_ERRANDS_H

#include "observe.h"
#include "storage.h"

struct errands;
struct errands *errands_start(struct storage *st, int64_t trash_ms, const struct log *log);
/* Finishes what it is at. NULL there is as good. */
void errands_stop(struct errands **e);

#endif
