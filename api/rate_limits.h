/* rate_limits.h: token buckets, so that one caller cannot take the place of all others.
 *
 * A bucket holds as many tokens as a minute refills. Memory is fixed: buckets live in sets of eight, and the
 * fullest of a set gives way, as a full bucket says nothing that an absent one would not. Keys are hashed
 * with a secret of the process, so that nobody can aim at another's bucket.
 */
#ifndef DOCKET_RATE_LIMITS_H
#define DOCKET_RATE_LIMITS_H

#include "err.h"

#include <stdint.h>

enum rate_class {
	RATE_REQUESTS, /* of one user */
	RATE_UPLOADS,  /* of one user */
	RATE_AUTH,     /* signup and login from one address */
	RATE_CODES,    /* wrong codes of one user's second factor */
	RATE_LETTERS,  /* to one e-mail */
	RATE_GUESSES   /* wrong passwords for one e-mail from one address: others' guesses lock nobody out */
};

struct rate_limits;
struct rate_limits *rate_limits_create(void);
void rate_limits_destroy(struct rate_limits **r);

struct rate_state {
	int64_t left;    /* tokens */
	int64_t after_s; /* until there is one again; 0 when there is */
};
/* Take `cost` tokens, 0 to look only; `per_minute` 0: no limit. False, and nothing is taken, when they are
 * not there. */
bool rate_take(struct rate_limits *r, enum rate_class c, const void *key, size_t n, int64_t per_minute,
               int64_t cost, int64_t now_ms, struct rate_state *ret);

#endif
