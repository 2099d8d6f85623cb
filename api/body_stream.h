/* body_stream.h: a body that is made while it goes out, by a thread of its own.
 *
 * What has been made and not yet sent is bounded: the maker waits for a slow reader, at the end until it has
 * all, and is told when the reader has gone, or takes under 512 bytes a second. A reader that is faster than
 * the maker is suspended meanwhile. Nobody has two at once: ERR_RATE_LIMITED. Few run at once; one more is
 * ERR_BUSY, and for a minute from then on who takes under 64 KiB a second is cut off, so that whoever was
 * refused finds a place.
 */
#ifndef DOCKET_BODY_STREAM_H
#define DOCKET_BODY_STREAM_H

#include "err.h"
#include "uuid.h"

#include <microhttpd.h>

struct body_stream;
struct body_streams; /* all of a service */

/* `slow_after_ms`: so long a reader may take as little as it likes. */
struct body_streams *body_streams_create(int max, int64_t slow_after_ms);
/* Ends all that run, and waits for their makers. Beginning stays allowed, and refused. */
void body_streams_stop(struct body_streams *all);
void body_streams_destroy(struct body_streams **all); /* after that */

/* `make` runs on the new thread and owns `arg`; false from it breaks the body off, so that no half looks
 * whole. The stream is the caller's until it becomes a response. */
enum err body_stream_begin(struct body_streams *all, struct uuid owner, struct MHD_Connection *c,
                           bool (*make)(struct body_stream *s, void *arg), void *arg,
                           struct body_stream **ret, struct why *why) MUST_CHECK;
/* NULL on failure; the stream is then still the caller's. */
struct MHD_Response *body_stream_response(struct body_stream *s);
void body_stream_abandon(struct body_stream **s); /* as OWNED wants it */

/* Has a reader that kept its maker waiting for so long taken too little meanwhile? Then it is cut off.
 * `wanted`: somebody else was refused for want of its place. */
bool body_stream_is_slow(int64_t after_ms, int64_t ms, uint64_t bytes, bool wanted);

/* For makers. False: nobody reads any more. */
bool body_stream_write(struct body_stream *s, const void *p, size_t n) MUST_CHECK;

#endif
