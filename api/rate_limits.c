#include "rate_limits.h"

#include "own.h"
#include "uuid.h"

#include <pthread.h>
#include <sodium.h>

#define SETS  4096
#define WAYS  8
#define LOCKS 64

struct bucket {
	uint64_t key; /* 0: free */
	int64_t at_ms;
	double tokens;
	double per_ms, most; /* as when it was last used, to tell how full it is by now */
};
struct rate_limits {
	uint8_t secret[crypto_shorthash_KEYBYTES];
	pthread_mutex_t locks[LOCKS];
	struct bucket sets[SETS][WAYS];
};

struct rate_limits *
rate_limits_create(void)
{
	struct rate_limits *r = calloc(1, sizeof *r);
	if (!r)
		BUG("no memory for rate limits");
	random_bytes(r->secret, sizeof r->secret);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&r->locks[i], NULL);
	return r;
}

void
rate_limits_destroy(struct rate_limits **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&(*r)->locks[i]);
	free(*r);
	*r = NULL;
}

static uint64_t
hash_of(const struct rate_limits *r, enum rate_class c, const void *key, size_t n)
{
	uint8_t text[1 + 400], hash[crypto_shorthash_BYTES];
	uint64_t h;
	n = n < 400 ? n : 400;
	text[0] = (uint8_t)c;
	memcpy(text + 1, key, n);
	crypto_shorthash(hash, text, n + 1, r->secret);
	memcpy(&h, hash, sizeof h);
	return h ? h : 1;
}

static double
tokens_by_now(const struct bucket *b, int64_t now_ms)
{
	double t = b->tokens + (double)(now_ms - b->at_ms) * b->per_ms;
	return t < b->most ? t : b->most;
}

/* The key's bucket, or the place of whoever is nearest to full. */
static struct bucket *
bucket_for(struct bucket set[static WAYS], uint64_t key, int64_t now_ms)
{
	struct bucket *best = &set[0];
	double least_loss = -1;
	for (size_t i = 0; i < WAYS; i++) {
		struct bucket *b = &set[i];
		if (b->key == key)
			return b;
		double fullness = b->key ? tokens_by_now(b, now_ms) / b->most : 2;
		if (fullness > least_loss) {
			least_loss = fullness;
			best = b;
		}
	}
	best->key = 0;
	return best;
}

bool
rate_take(struct rate_limits *r, enum rate_class c, const void *key, size_t n, int64_t per_minute,
          int64_t cost, int64_t now_ms, struct rate_state *ret)
{
	*ret = (struct rate_state){.left = per_minute};
	if (per_minute == 0)
		return true;
	uint64_t h = hash_of(r, c, key, n);
	size_t set = h % SETS;
	pthread_mutex_lock(&r->locks[set % LOCKS]);
	struct bucket *b = bucket_for(r->sets[set], h, now_ms);
	double per_ms = (double)per_minute / 60000.0, most = (double)per_minute;
	double tokens = b->key ? tokens_by_now(b, now_ms) : most;
	tokens = tokens < most ? tokens : most;
	double needed = cost > 0 ? (double)cost : 1;
	bool there = tokens >= needed;
	if (there)
		tokens -= (double)cost;
	*b = (struct bucket){.key = h, .at_ms = now_ms, .tokens = tokens, .per_ms = per_ms, .most = most};
	pthread_mutex_unlock(&r->locks[set % LOCKS]);
	ret->left = (int64_t)tokens;
	ret->after_s = there ? 0 : (int64_t)((needed - tokens) / per_ms / 1000) + 1;
	return there;
}
