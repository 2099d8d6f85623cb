#include "packing.h"

#include <zlib.h>

#define PACK_FROM    (4 * KIB) /* less goes out at once anyway */
#define PACK_LEVEL   1         /* keys repeat so often that more effort gains little */
#define GZIP_WINDOW  (15 + 16) /* to zlib: its largest window, in gzip's frame */
#define MEMORY_LEVEL 8         /* zlib's own default */

bool
gzip_pack(const void *p, size_t n, struct buf *out)
{
	z_stream z = {.next_in = (void *)p, .avail_in = (uInt)n};
	if (n == 0 || n > UINT32_MAX / 2 ||
	    deflateInit2(&z, PACK_LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	unsigned char piece[16 * KIB];
	int state;
	do {
		z.next_out = piece;
		z.avail_out = sizeof piece;
		state = deflate(&z, Z_FINISH);
		buf_put(out, piece, sizeof piece - z.avail_out);
	} while (state == Z_OK && out->len < n);
	deflateEnd(&z);
	if (state == Z_STREAM_END && !out->full && out->len < n)
		return true;
	buf_clear(out);
	return false;
}

/* The ETag stays as it is: it names a version of what is told, which no coding changes, and answers are kept
 * in no cache that would compare bytes by it. */
void
answer_pack(struct request *rq)
{
	struct answer *a = &rq->answer;
	/* Tokens, recovery codes and secrets of webhooks are told once, in the answer to the POST that made
	 * them. Those are never packed: how short a packed answer is tells of a secret beside words of
	 * somebody else. */
	if (a->body.len < PACK_FROM || !a->content_type || strcmp(a->content_type, "application/json") != 0 ||
	    strncmp(rq->route->name, "GET ", 4) != 0)
		return;
	answer_header(rq, "Vary", "Accept-Encoding");
	struct buf packed = buf_init(a->body.len);
	if (!coding_accepted(request_header(rq, "Accept-Encoding"), "gzip") ||
	    !gzip_pack(a->body.data, a->body.len, &packed)) {
		buf_free(&packed);
		return;
	}
	buf_free(&a->body);
	a->body = packed;
	answer_header(rq, "Content-Encoding", "gzip");
}
