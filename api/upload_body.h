/* upload_body.h: the body of an upload on its way to a blob, never whole in memory.
 *
 *	bytes -> (form taken apart) -> up to 64 KiB held -> a thread that may wait writes them
 *
 * A small upload is held until it is whole, so that all of its disk work is one turn on the pool.
 */
#ifndef DOCKET_UPLOAD_BODY_H
#define DOCKET_UPLOAD_BODY_H

#include "request.h"

struct upload_body;

/* Reads the headers: form or raw, and the name of a raw one. */
enum err upload_body_begin(struct request *rq, struct upload_body **ret, struct why *why) MUST_CHECK;
void upload_body_free(struct upload_body **u); /* leaves nothing behind */

/* On the epoll thread. ERR_TOO_BIG, ERR_UNSUPPORTED_TYPE as soon as it is known, form errors. */
enum err upload_body_take(struct upload_body *u, const char *p, size_t n, struct why *why) MUST_CHECK;
/* Enough is held: call upload_body_write() before taking more. */
bool upload_body_is_full(const struct upload_body *u);
/* On a thread that may wait. */
enum err upload_body_write(struct upload_body *u, struct why *why) MUST_CHECK;
/* The last byte came. Writes and publishes; blob, name and media type are then known. */
enum err upload_body_finish(struct upload_body *u, struct blob *ret, const char **ret_name,
                            const char **ret_media_type, struct why *why) MUST_CHECK;

#endif
