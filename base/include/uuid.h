/* uuid.h: UUID version 7 (RFC 9562): 48 bits of wall clock, then randomness from the kernel.
 *
 * Ids made by one process sort by time of making, also within a millisecond (a 12-bit counter
 * follows the clock). Text is the usual 36 lower-case characters.
 */
#ifndef DOCKET_UUID_H
#define DOCKET_UUID_H

#include "err.h"

#include <stdint.h>

struct uuid {
	uint8_t b[16];
};
#define UUID_TEXT_LEN 37

struct uuid uuid_new(void);
bool uuid_is_nil(struct uuid u);
bool uuid_equal(struct uuid a, struct uuid b);
void uuid_text(struct uuid u, char ret[static UUID_TEXT_LEN]);
/* Only the 36-character form, either case. False leaves `ret` alone. */
bool uuid_parse(const char *s, struct uuid *ret);

/* Bytes from the kernel's generator; aborts if there are none, as nothing is safe then. */
void random_bytes(void *p, size_t n);
uint64_t random_below(uint64_t bound);

/* Lower-case hexadecimal: `ret` holds 2 * n + 1 characters. */
void hex_text(const uint8_t *p, size_t n, char *ret);
/* 2 * n digits in either case and nothing behind them; else false. */
bool hex_parse(const char *s, uint8_t *ret, size_t n);
int hex_digit(char c); /* 0 to 15; -1: it is none */

#endif
