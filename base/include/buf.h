/* buf.h: a growing run of bytes that is born with its ceiling.
 *
 *	OWNED(buf_free) struct buf b = buf_init(1 * MIB);
 *	buf_printf(&b, "{\"n\":%d}", n);
 *	if (b.full) return fail(why, ERR_TOO_BIG, "...");
 *
 * Writes past the ceiling are refused whole and set `full`; the reader checks once, at the end.
 * The bytes always end in a NUL that `len` does not count.
 */
#ifndef DOCKET_BUF_H
#define DOCKET_BUF_H

#include "err.h"
#include "own.h"

#include <stdint.h>

struct buf {
	char *data;
	size_t len, cap, ceiling;
	bool full, lent; /* lent: the bytes are the caller's, as buf_on() was told */
};

struct buf buf_init(size_t ceiling);
/* On `size` bytes of the caller's, at least one, that outlive it: no allocation, and never more. */
struct buf buf_on(char *space, size_t size);
/* Such bytes on the stack: none is read that was not written, so they need not be cleared. */
#define UNCLEARED __attribute__((uninitialized))
void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* Back to the first `len` bytes, and no longer full: what did not fit was never begun. */
void buf_cut(struct buf *b, size_t len);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* `s` as a quoted JSON string; bytes that are not UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *s, size_t n);
/* Hand the bytes on (malloc's memory, so never of a lent one); the buffer is empty afterwards. */
char *buf_take(struct buf *b, size_t *ret_len);

#endif
