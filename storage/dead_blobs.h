/* dead_blobs.h: blobs that no row will name any more: their rows go in the transaction, the files after it.
 * A file whose row is gone is swept at the next start if nobody got to it. */
#ifndef DOCKET_DEAD_BLOBS_H
#define DOCKET_DEAD_BLOBS_H

#include "sqlite_store.h"

struct dead_blobs {
	const char **keys;
	size_t n;
};
/* `sql` selects keys (or NULLs) by ?1. */
enum err dead_blobs_find(struct connection *c, const char *sql, struct uuid id, struct arena *mem,
                         struct dead_blobs *ret, struct why *why) MUST_CHECK;
enum err dead_blobs_forget(struct connection *c, const struct dead_blobs *d, struct why *why) MUST_CHECK;
void dead_blobs_remove(struct storage *st, const struct dead_blobs *d); /* after the commit */

#endif
