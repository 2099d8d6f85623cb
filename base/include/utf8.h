/* utf8.h: is it UTF-8? */
#ifndef DOCKET_UTF8_H
#define DOCKET_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed sequence (Unicode 15, table 3-7) at the beginning of `n` bytes; 0: there is none.
 */
size_t utf8_sequence(const char *s, size_t n);

#endif
