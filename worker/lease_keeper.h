/* lease_keeper.h: one thread that renews the leases of all slots in one call and passes on what it learns
 * (lost, cancelled), and one that takes back jobs whose holders have died or gone silent. */
#ifndef DOCKET_LEASE_KEEPER_H
#define DOCKET_LEASE_KEEPER_H

#include "hold.h"
#include "observe.h"
#include "presence.h"
#include "storage.h"

struct lease_keeper;
/* `holds` outlive it, and `presence` (NULL: no other worker shares this machine) does too. */
struct lease_keeper *lease_keeper_start(struct storage *st, struct hold *holds, size_t n, int64_t lease_ms,
                                        struct presence *presence, const struct log *log);
void lease_keeper_stop(struct lease_keeper **k);

#endif
