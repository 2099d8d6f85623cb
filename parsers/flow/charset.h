/* charset.h: bytes of any character set as UTF-8.
 *
 * With tables of our own: the C library's iconv() loads a set from a shared object when it is first asked
 * for, and inside the sandbox nothing can be loaded. What has no meaning becomes U+FFFD.
 */
#ifndef DOCKET_CHARSET_H
#define DOCKET_CHARSET_H

#include "buf.h"

struct charset;

/* By its label, "KOI8-R" or "cp1251"; NULL if it is not one of those that are known here. */
const struct charset *charset_find(const char *label, size_t n);
/* By the bytes: a byte order mark, UTF-8 that holds together, UTF-16 without a mark, or the Cyrillic or
 * Western set whose letters read most like a text. Never NULL. */
const struct charset *charset_guess(const uint8_t *p, size_t n);
const char *charset_name(const struct charset *c);
/* Appends; a byte order mark is left out. */
void charset_decode(const struct charset *c, const uint8_t *p, size_t n, struct buf *out);

#endif
