/* packing.h: what is told, in gzip, to whoever can take it so. Files of the app come packed already; pictures
 * and archives are as small as they get. */
#ifndef DOCKET_PACKING_H
#define DOCKET_PACKING_H

#include "request.h"

/* `n` bytes in gzip. False, with nothing in `out`, when that makes them no smaller. */
bool gzip_pack(const void *p, size_t n, struct buf *out) MUST_CHECK;
/* Packs the body of a JSON answer where its reader takes gzip and it is worth the time; else leaves it alone.
 * Takes some milliseconds for a result of many pages: on a thread that may wait. */
void answer_pack(struct request *rq);

#endif
