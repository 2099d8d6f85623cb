/* multipart.h: multipart/form-data taken apart as it streams by (RFC 7578).
 *
 * Never holds more than one part's headers; the bytes of a part go to the sink as they come. A
 * parser of its own rather than libmicrohttpd's, which knows no filename* and cannot say why it
 * refuses.
 */
#ifndef DOCKET_MULTIPART_H
#define DOCKET_MULTIPART_H

#include "err.h"

#include <stdint.h>

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 */
#define MULTIPART_HEADERS_MAX  8192
#define MULTIPART_PARTS_MAX    32

struct multipart_sink {
	void *arg;
	/* A part begins. `name` and `filename` (NULL: none) live during the call. */
	enum err (*part)(void *arg, const char *name, const char *filename, struct why *why);
	enum err (*data)(void *arg, const void *p, size_t n, struct why *why);
};

struct multipart {
	struct multipart_sink sink;
	enum { MP_PREAMBLE, MP_AFTER_BOUNDARY, MP_HEADERS, MP_BODY, MP_EPILOGUE } state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
	size_t delimiter_len;
	size_t matched; /* characters of the delimiter seen so far */
	char after[2];  /* the two characters after a boundary */
	size_t n_after;
	char headers[MULTIPART_HEADERS_MAX + 1];
	size_t n_headers;
	int parts;
};

/* `content_type` is the request's whole header. ERR_BAD_REQUEST without a usable boundary. */
enum err multipart_begin(struct multipart *m, const char *content_type, const struct multipart_sink *sink,
                         struct why *why) MUST_CHECK;
enum err multipart_feed(struct multipart *m, const char *p, size_t n, struct why *why) MUST_CHECK;
/* Did the closing boundary come? ERR_BODY_CUT otherwise. */
enum err multipart_end(const struct multipart *m, struct why *why) MUST_CHECK;

#endif
