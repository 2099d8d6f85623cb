/* lease_keeper.h: one thread that renews the leases of all slots in one call, passes on what it
 * learns (lost, cancelled), and takes back jobs whose holders have gone silent. */
#ifndef DOCKET_LEASE_KEEPER_H
#define DOCKET_LEASE_KEEPER_H

#include "hold.h"
#include "observe.h"
#include "storage.h"

struct lease_keeper;
/* `holds` outlive it. */
struct lease_keeper *lease_keeper_start(struct storage *st, struct hold *holds, size_t n, int64_t lease_ms,
                                        const struct log *log);
void lease_keeper_stop(struct lease_keeper **k);

#endif
