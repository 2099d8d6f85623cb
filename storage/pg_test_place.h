/* pg_test_place.h: what the tests on a real PostgreSQL stand on. */
#ifndef DOCKET_PG_TEST_PLACE_H
#define DOCKET_PG_TEST_PLACE_H

#include "storage.h"

#define NODES 2

extern char schema[32]; /* of the place that was made last */

/* A statement of the test's own, outside the driver. The first value of the first row, or ""; `ret` may be
 * NULL. */
void sql(const char *text, char *ret, size_t n);

/* A paper whose bytes are nowhere: what is looked at are its rows. From any thread. */
enum err upload_paper(struct storage *st, struct uuid user, struct why *why);

void open_nodes(const struct storage_options *o, struct storage *ret[static NODES]);
void close_nodes(struct storage *st[static NODES]);

#endif
