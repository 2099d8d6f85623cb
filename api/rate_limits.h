/* rate_limits.h: token buckets, so that one caller cannot take the place of all others.
 *
 * A bucket holds as many tokens as a minute refills. Memory is fixed: buckets live in sets of eight, and the
 * fullest of a set gives way, as a full bucket says nothing that an absent one would not. Keys are hashed
 * with a secret of the process, so that nobody can aim at another's bucket.
 *
 * Where several nodes are one service (PostgreSQL) each asks the bucket that all share as well:
 *
 *	take -> this node's own bucket -> a share that it holds of the common one -> there
 *	              |                           | none                  |
 *	              v                           v                       v used half up
 *	           refused                       ASK: a round trip      a thread draws the next, many
 *	                                                                buckets in one statement
 *
 * A share is a sixteenth of a bucket: half of it is drawn in advance, half may be spent on credit while the
 * thread draws. So over all nodes at most a bucket, its refill and a share for each node are let through,
 * and a request waits only when its node's share is used up. Buckets of less than 32 have no shares: each
 * take is a round trip, at most so many a minute. While the common buckets cannot be asked, each node's own
 * decide.
 */
#ifndef DOCKET_RATE_LIMITS_H
#define DOCKET_RATE_LIMITS_H

#include "err.h"
#include "observe.h"
#include "storage.h"

#include <stdint.h>

enum rate_class {
	RATE_REQUESTS, /* of one user; without one, of a network, as in all that follow */
	RATE_UPLOADS,
	RATE_SEARCHES, /* lists, searches, sums */
	RATE_EXPORTS,
	RATE_LOGINS,
	RATE_SIGNUPS,
	RATE_MAILS,   /* what sends a letter, or answers one */
	RATE_ACCOUNT, /* what asks for the password, or makes secrets */
	RATE_OPEN,    /* what anybody may ask, and costs */
	RATE_FEEDS,   /* of one calendar address */
	RATE_LETTERS, /* to one e-mail */
	RATE_GUESSES  /* wrong passwords for one e-mail from one network: others' guesses lock nobody out */
};

struct rate_limits;
struct rate_limits *rate_limits_create(void);
void rate_limits_destroy(struct rate_limits **r);
/* From now on with whoever uses the same storage; nothing where it is this process's alone. */
enum err rate_limits_share(struct rate_limits *r, struct storage *st, struct log *log, struct why *why)
    MUST_CHECK;

struct rate_want {
	enum rate_class class;
	const void *key;
	size_t n;
	int64_t per_minute; /* 0: no limit */
	int64_t cost;       /* tokens; 0: look only */
};
struct rate_state {
	int64_t left;    /* tokens */
	int64_t after_s; /* until there is one again; 0 when there is */
};
enum rate_answer {
	RATE_THERE,
	RATE_NOT_THERE, /* and nothing is taken */
	RATE_ASK        /* rate_ask() knows */
};
/* Never waits. */
enum rate_answer rate_take(struct rate_limits *r, const struct rate_want *w, int64_t now_ms,
                           struct rate_state *ret);
/* After RATE_ASK: a round trip. True: there. */
bool rate_ask(struct rate_limits *r, const struct rate_want *w, int64_t now_ms, struct rate_state *ret);
/* Both, for those who may wait. */
bool rate_take_waiting(struct rate_limits *r, const struct rate_want *w, int64_t now_ms,
                       struct rate_state *ret);

#endif
