/* presence.h: which workers of this machine live.
 *
 * Each holds a lock on a file of its own in a folder that they share. The kernel lets go of it when the
 * process dies, however that happens; who can have the lock of another's file so knows that its owner is
 * dead, and gives its jobs back at once instead of waiting for their leases to run out. A worker that is
 * merely stopped keeps its lock: for that, and for a machine that is gone, there are the leases.
 */
#ifndef DOCKET_PRESENCE_H
#define DOCKET_PRESENCE_H

#include "err.h"
#include "uuid.h"

struct presence;
/* `folder` is made if missing. From now on `me` is seen to live. */
enum err presence_open(const char *folder, struct uuid me, struct presence **ret, struct why *why) MUST_CHECK;
/* Leaves in order: nobody will find `me` dead. */
void presence_close(struct presence **p);
/* Calls `bury` for each that has died since. Where it fails, the same one is found again next time. */
void presence_look(struct presence *p, enum err (*bury)(void *arg, struct uuid dead, struct why *why),
                   void *arg);

#endif
