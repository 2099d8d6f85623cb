/* rates.h: token buckets that the nodes of one service share.
 *
 * A bucket holds what a minute refills. Nothing of them is of record: they go with the server's crash, and
 * what has not been drawn from for minutes is full and is swept. One statement for many buckets; no fsync is
 * waited for.
 */
#ifndef DOCKET_RATES_H
#define DOCKET_RATES_H

#include "storage.h"

#define RATE_KEY_LEN   16
#define RATE_DRAWS_MAX 256

struct rate_draw {
	uint8_t key[RATE_KEY_LEN]; /* a hash of whose bucket of what it is */
	int64_t per_minute;
	int64_t spent;  /* already, on credit: taken whether it is there or not */
	int64_t wanted; /* beyond that: taken as far as it is there */
	/* the answer */
	int64_t granted; /* of `wanted` */
	double left;     /* tokens then; less than none: owed */
};

/* From 0 to RATE_DRAWS_MAX buckets, each key once, in the order of the keys (so that two nodes do not wait
 * for each other). ERR_ABSENT: this storage is one process's alone (SQLite), whose own memory is as good. */
enum err storage_rates_draw(struct storage *st, struct rate_draw *draws, size_t n, struct why *why)
    MUST_CHECK;
/* Forgets those that nobody has drawn from for `age_ms`; ERR_ABSENT as above. */
enum err storage_rates_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why) MUST_CHECK;

#endif
