#include "rate_limits.h"

#include "clock.h"
#include "own.h"
#include "rates.h"
#include "uuid.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SETS      4096
#define WAYS      8
#define LOCKS     64
#define MINUTE_MS 60000
#define PAUSE_MS  10   /* between two statements of the thread */
#define SILENT_MS 1000 /* an answer that takes longer is not waited for; nor is it asked again sooner */
#define SWEEP_MS  MINUTE_MS
#define SWEPT_MS  (10 * (int64_t)MINUTE_MS) /* by then full, whatever was owed */

struct bucket {
	uint64_t key; /* 0: free */
	int64_t at_ms;
	double tokens;
	double per_ms, most; /* as when it was last used, to tell how full it is by now */
	/* of the common one */
	uint8_t common[RATE_KEY_LEN];
	int64_t lent;  /* drawn, and not used yet, */
	int64_t owed;  /* used, and not told yet, */
	int64_t asked; /* told, and not answered yet */
	int64_t lent_ms, dry_until_ms;
	double known; /* what it held when it was last heard of */
	bool queued;
};
struct rate_limits {
	uint8_t secret[crypto_shorthash_KEYBYTES];
	pthread_mutex_t locks[LOCKS];

	/* where nodes share; `st` NULL: they do not */
	struct storage *st;
	struct log *log;
	pthread_t drawer;
	pthread_mutex_t lock; /* of what follows; taken after a set's */
	pthread_cond_t more;
	struct bucket *queue[RATE_DRAWS_MAX];
	size_t n_queued;
	bool stopping;
	atomic_bool alone;               /* the last try failed */
	_Atomic int64_t alone_until_ms;  /* then: not asked again sooner */
	_Atomic int64_t waiting_from_ms; /* the drawer, for an answer; 0: it does not */

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
	pthread_mutex_init(&r->lock, NULL);
	clock_cond_init(&r->more);
	return r;
}

void
rate_limits_destroy(struct rate_limits **r)
{
	if (!*r)
		return;
	if ((*r)->st) {
		pthread_mutex_lock(&(*r)->lock);
		(*r)->stopping = true;
		pthread_cond_signal(&(*r)->more);
		pthread_mutex_unlock(&(*r)->lock);
		pthread_join((*r)->drawer, NULL);
	}
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&(*r)->locks[i]);
	pthread_mutex_destroy(&(*r)->lock);
	pthread_cond_destroy(&(*r)->more);
	free(*r);
	*r = NULL;
}

/* ---- this node's own ---- */

static size_t
key_text(const struct rate_want *w, uint8_t ret[static 1 + 400])
{
	size_t n = w->n < 400 ? w->n : 400;
	ret[0] = (uint8_t)w->class;
	memcpy(ret + 1, w->key, n);
	return n + 1;
}

static uint64_t
hash_of(const struct rate_limits *r, const struct rate_want *w)
{
	uint8_t text[1 + 400], hash[crypto_shorthash_BYTES];
	uint64_t h;
	crypto_shorthash(hash, text, key_text(w, text), r->secret);
	memcpy(&h, hash, sizeof h);
	return h ? h : 1;
}

static pthread_mutex_t *
lock_of(struct rate_limits *r, size_t set)
{
	return &r->locks[set % LOCKS];
}

static double
tokens_by_now(const struct bucket *b, int64_t now_ms)
{
	double t = b->tokens + (now_ms > b->at_ms ? (double)(now_ms - b->at_ms) * b->per_ms : 0);
	return t < b->most ? t : b->most;
}

/* The key's bucket, or the place of whoever is nearest to full. */
static struct bucket *
place_for(struct bucket set[static WAYS], uint64_t key, int64_t now_ms)
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
	return best;
}

/* As full as it is by now; its set is locked. */
static struct bucket *
bucket_for(struct rate_limits *r, const struct rate_want *w, uint64_t h, int64_t now_ms)
{
	struct bucket *b = place_for(r->sets[h % SETS], h, now_ms);
	double most = (double)w->per_minute;
	if (b->key != h) {
		*b = (struct bucket){.key = h, .tokens = most, .known = most};
		uint8_t text[1 + 400];
		if (r->st)
			crypto_generichash(b->common, sizeof b->common, text, key_text(w, text), NULL, 0);
	} else {
		b->tokens = tokens_by_now(b, now_ms);
	}
	b->tokens = b->tokens < most ? b->tokens : most;
	b->at_ms = now_ms > b->at_ms ? now_ms : b->at_ms; /* who has waited may come after others */
	b->per_ms = most / MINUTE_MS;
	b->most = most;
	return b;
}

static int64_t
seconds_to(double tokens_short, double per_ms)
{
	return (int64_t)(tokens_short / per_ms / 1000) + 1;
}

static int64_t
needed(const struct rate_want *w)
{
	return w->cost > 0 ? w->cost : 1;
}

/* ---- what all nodes share ---- */

static bool
shares(struct rate_limits *r, int64_t now_ms)
{
	int64_t from = atomic_load(&r->waiting_from_ms);
	return r->st && now_ms >= atomic_load(&r->alone_until_ms) && (from == 0 || now_ms - from < SILENT_MS);
}

/* What is drawn in advance, and what may be spent on credit. */
static int64_t
half_share(int64_t per_minute)
{
	return per_minute / 32;
}

static void
draw_soon(struct rate_limits *r, struct bucket *b)
{
	if (b->queued)
		return;
	pthread_mutex_lock(&r->lock);
	if (r->n_queued < RATE_DRAWS_MAX) {
		r->queue[r->n_queued++] = b;
		b->queued = true;
		pthread_cond_signal(&r->more);
	}
	pthread_mutex_unlock(&r->lock);
}

static enum rate_answer
take_share(struct rate_limits *r, struct bucket *b, const struct rate_want *w, int64_t now_ms,
           struct rate_state *ret)
{
	int64_t half = half_share(w->per_minute);
	if (!shares(r, now_ms))
		return RATE_THERE;
	if (now_ms - b->lent_ms > MINUTE_MS)
		b->lent = 0; /* the others have done without for long enough */
	if (b->lent < needed(w) && now_ms < b->dry_until_ms) {
		ret->after_s = (b->dry_until_ms - now_ms) / 1000 + 1;
		return RATE_NOT_THERE;
	}
	if (b->lent >= needed(w))
		b->lent -= w->cost;
	else if (half > 0 && b->owed + b->asked + w->cost <= half)
		b->owed += w->cost;
	else
		return RATE_ASK;
	if (b->lent <= half / 2)
		draw_soon(r, b);
	return RATE_THERE;
}

enum rate_answer
rate_take(struct rate_limits *r, const struct rate_want *w, int64_t now_ms, struct rate_state *ret)
{
	*ret = (struct rate_state){.left = w->per_minute};
	if (w->per_minute == 0)
		return RATE_THERE;
	uint64_t h = hash_of(r, w);
	pthread_mutex_lock(lock_of(r, h % SETS));
	struct bucket *b = bucket_for(r, w, h, now_ms);
	enum rate_answer a = RATE_NOT_THERE;
	if (b->tokens >= (double)needed(w))
		a = take_share(r, b, w, now_ms, ret);
	else
		ret->after_s = seconds_to((double)needed(w) - b->tokens, b->per_ms);
	if (a == RATE_THERE)
		b->tokens -= (double)w->cost;
	double common = (double)(b->lent - b->owed - b->asked) + b->known;
	double left = a == RATE_NOT_THERE && ret->after_s > 0 && common < 1 ? 0 : b->tokens;
	left = r->st && common < left ? common : left;
	ret->left = left > 0 ? (int64_t)left : 0;
	pthread_mutex_unlock(lock_of(r, h % SETS));
	return a;
}

/* What this node wants of the common bucket: what it owes, `cost` now, and half a share to go on with. */
static struct rate_draw
draw_begin(struct bucket *b, int64_t cost)
{
	int64_t more = half_share((int64_t)b->most) - b->lent;
	struct rate_draw d = {
	    .per_minute = (int64_t)b->most, .spent = b->owed, .wanted = cost + (more > 0 ? more : 0)};
	memcpy(d.key, b->common, sizeof d.key);
	b->asked += b->owed;
	b->owed = 0;
	return d;
}

static void
draw_end(struct bucket *b, const struct rate_draw *d, enum err e, int64_t now_ms)
{
	b->asked = b->asked > d->spent ? b->asked - d->spent : 0;
	if (e != ERR_NONE) {
		b->owed += d->spent;
		return;
	}
	b->lent += d->granted;
	b->lent_ms = now_ms;
	b->known = d->left;
	if (b->lent == 0 && d->left < 1)
		b->dry_until_ms = now_ms + (int64_t)((1 - d->left) / b->per_ms) + 1;
}

static enum err
draw(struct rate_limits *r, struct rate_draw *draws, size_t n)
{
	struct why why = {""};
	enum err e = storage_rates_draw(r->st, draws, n, &why);
	bool failed = e != ERR_NONE;
	if (failed)
		atomic_store(&r->alone_until_ms, clock_steady_ms() + SILENT_MS);
	if (atomic_exchange(&r->alone, failed) != failed) {
		if (failed)
			log_event(r->log, LOG_WARN, "limits.alone", F_ERR(e, &why));
		else
			log_event(r->log, LOG_INFO, "limits.shared");
	}
	return e;
}

bool
rate_ask(struct rate_limits *r, const struct rate_want *w, int64_t now_ms, struct rate_state *ret)
{
	uint64_t h = hash_of(r, w);
	pthread_mutex_t *lock = lock_of(r, h % SETS);
	pthread_mutex_lock(lock);
	struct rate_draw d = draw_begin(bucket_for(r, w, h, now_ms), w->cost);
	pthread_mutex_unlock(lock);
	/* Who has waited for a thread need not wait for the database as well, when another has just done so
	 * in vain. */
	enum err e = shares(r, clock_steady_ms()) ? draw(r, &d, 1) : ERR_BUSY;
	now_ms = clock_steady_ms() > now_ms ? clock_steady_ms() : now_ms;
	pthread_mutex_lock(lock);
	struct bucket *b = bucket_for(r, w, h, now_ms);
	draw_end(b, &d, e, now_ms);
	/* Where nobody answers this node's own bucket decides, and now: those who came together have all
	 * found it full. */
	bool alone = e != ERR_NONE, own = b->tokens >= (double)needed(w);
	bool there = alone ? own : b->lent >= needed(w) || (w->cost == 0 && d.left >= 1);
	double missing = alone ? (double)needed(w) - b->tokens : 1 - d.left;
	if (there && !alone)
		b->lent -= w->cost;
	if (there)
		b->tokens -= (double)w->cost;
	double left = b->known + (double)b->lent < b->tokens ? b->known + (double)b->lent : b->tokens;
	*ret = (struct rate_state){.left = there && left > 0 ? (int64_t)left : 0,
	                           .after_s = there ? 0 : seconds_to(missing, b->per_ms)};
	pthread_mutex_unlock(lock);
	return there;
}

bool
rate_take_waiting(struct rate_limits *r, const struct rate_want *w, int64_t now_ms, struct rate_state *ret)
{
	enum rate_answer a = rate_take(r, w, now_ms, ret);
	return a == RATE_ASK ? rate_ask(r, w, now_ms, ret) : a == RATE_THERE;
}

/* ---- the thread that draws ---- */

struct drawn {
	struct rate_draw d; /* first: what is sorted by */
	struct bucket *b;
	uint64_t key;
};

static int
by_key(const void *a, const void *b)
{
	return memcmp(((const struct drawn *)a)->d.key, ((const struct drawn *)b)->d.key, RATE_KEY_LEN);
}

static pthread_mutex_t *
lock_of_bucket(struct rate_limits *r, const struct bucket *b)
{
	return lock_of(r, (size_t)(b - &r->sets[0][0]) / WAYS);
}

static void
draw_all(struct rate_limits *r, struct bucket *const *queue, size_t n)
{
	struct drawn drawn[RATE_DRAWS_MAX];
	struct rate_draw draws[RATE_DRAWS_MAX];
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		struct bucket *b = queue[i];
		pthread_mutex_lock(lock_of_bucket(r, b));
		if (b->queued) /* else it has given way to another meanwhile */
			drawn[m++] = (struct drawn){.d = draw_begin(b, 0), .b = b, .key = b->key};
		b->queued = false;
		pthread_mutex_unlock(lock_of_bucket(r, b));
	}
	qsort(drawn, m, sizeof drawn[0], by_key);
	for (size_t i = 0; i < m; i++)
		draws[i] = drawn[i].d;
	atomic_store(&r->waiting_from_ms, clock_steady_ms());
	enum err e = draw(r, draws, m);
	atomic_store(&r->waiting_from_ms, 0);
	for (size_t i = 0; i < m; i++) {
		struct bucket *b = drawn[i].b;
		pthread_mutex_lock(lock_of_bucket(r, b));
		if (b->key == drawn[i].key)
			draw_end(b, &draws[i], e, clock_steady_ms());
		pthread_mutex_unlock(lock_of_bucket(r, b));
	}
}

static void *
drawer(void *arg)
{
	struct rate_limits *r = arg;
	struct bucket *queue[RATE_DRAWS_MAX];
	int64_t sweep_ms = clock_steady_ms() + SWEEP_MS;
	pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		if (r->n_queued == 0)
			(void)clock_cond_wait(&r->more, &r->lock, sweep_ms);
		size_t n = r->n_queued;
		memcpy(queue, r->queue, n * sizeof queue[0]);
		r->n_queued = 0;
		pthread_mutex_unlock(&r->lock);
		if (n > 0)
			draw_all(r, queue, n);
		if (clock_steady_ms() >= sweep_ms) {
			struct why why;
			size_t swept;
			(void)!storage_rates_sweep(r->st, SWEPT_MS, &swept, &why);
			sweep_ms = clock_steady_ms() + SWEEP_MS;
		}
		clock_sleep_ms(PAUSE_MS);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

enum err
rate_limits_share(struct rate_limits *r, struct storage *st, struct log *log, struct why *why)
{
	if (storage_rates_draw(st, NULL, 0, why) == ERR_ABSENT)
		return ERR_NONE;
	r->log = log;
	r->st = st;
	if (pthread_create(&r->drawer, NULL, drawer, r) == 0)
		return ERR_NONE;
	r->st = NULL;
	return fail(why, ERR_BROKEN, "no thread for limits that are shared");
}
