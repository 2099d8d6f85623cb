/* mime.h: a mail taken apart (RFC 5322, 2045 to 2047, 2231): its parts, their names, their bytes.
 *
 * Our own, and not a library's: the one that Debian keeps for this converts character sets by loading
 * shared objects when they are needed, which is what the sandbox is there to prevent.
 *
 * Views into the mail's bytes; nothing is copied but names. Parts are found depth first, at most
 * `max_parts`, nested at most MIME_DEEP deep; what is further inside is not looked at.
 */
#ifndef DOCKET_MIME_H
#define DOCKET_MIME_H

#include "arena.h"
#include "buf.h"
#include "charset.h"

#define MIME_DEEP 16

struct mime_view {
	const uint8_t *p;
	size_t n;
};

enum mime_coding { MIME_PLAIN, MIME_BASE64, MIME_QUOTED };

struct mime_part {
	struct mime_view headers, body; /* as they lie there */
	char type[64];                  /* "text/html", lower case */
	enum mime_coding coding;
	const struct charset *charset; /* NULL: not said, or not known */
	const char *name;              /* of the file, UTF-8; NULL */
	bool attached;                 /* says that it is an attachment */
	bool referred;                 /* has a name by which a text shows it: a picture inside of it */
	int32_t alternative;           /* parts with one number > 0 say the same: the last is the richest */
};

struct mime {
	const struct mime_part *parts; /* leaves, in order; [0] the headers of the whole when there is none */
	size_t n_parts;
	struct mime_view headers; /* of the mail */
	bool more;                /* parts beyond the ceiling were left out */
};

enum err mime_read(const uint8_t *p, size_t n, size_t max_parts, struct arena *mem, struct mime *ret,
                   struct why *why) MUST_CHECK;

/* A header's value, unfolded and decoded, as one line of UTF-8; false if there is none. */
bool mime_header(struct mime_view headers, const char *name, struct buf *ret);
/* A part's bytes as they were before they were sent. */
void mime_decode(const struct mime_part *part, struct buf *ret);

#endif
