#include "body_stream.h"

#include "clock.h"
#include "own.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define HELD_MAX (256 * KIB)
#define PIECE    (64 * KIB)
#define STACK    (512 * KIB)
#define LOOK_MS  1000 /* who waits looks so often whether its reader is one */

#define SLOW_BYTES_S   512        /* as of bodies that come in */
#define WANTED_MS      60000      /* after somebody was refused, */
#define WANTED_BYTES_S (64 * KIB) /* who takes less makes room */

struct body_streams {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct body_stream *running; /* their makers' */
	int n;                       /* threads that have not ended */
	int max;
	int64_t slow_after_ms;
	_Atomic int64_t wanted_ms; /* until then there are too few */
	bool stopping;
};

struct body_stream {
	struct body_streams *all;
	struct MHD_Connection *connection;
	bool (*make)(struct body_stream *s, void *arg);
	void *arg;
	struct uuid owner;
	struct body_stream *next; /* under all->lock */

	pthread_mutex_t lock;
	pthread_cond_t space;
	int holders; /* the maker, the response */
	bool closed; /* nobody reads any more */
	bool ended, whole;
	int64_t stalled_ms; /* so long its maker has waited for room, since it was judged last, */
	uint64_t stalled;   /* and so much was read meanwhile */
	bool waiting;       /* its connection is suspended until there is something */
	size_t start, len;
	char bytes[HELD_MAX]; /* a ring */
};

struct body_streams *
body_streams_create(int max, int64_t slow_after_ms)
{
	struct body_streams *all = calloc(1, sizeof *all);
	if (!all)
		BUG("no memory for streams");
	all->max = max;
	all->slow_after_ms = slow_after_ms;
	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->ended, NULL);
	return all;
}

void
body_streams_destroy(struct body_streams **all)
{
	if (!*all)
		return;
	pthread_cond_destroy(&(*all)->ended);
	pthread_mutex_destroy(&(*all)->lock);
	free(*all);
	*all = NULL;
}

/* Under its lock. The connection is suspended, so it is there. */
static void
wake_reader(struct body_stream *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	MHD_resume_connection(s->connection);
}

static void
close_stream(struct body_stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	wake_reader(s);
	pthread_cond_signal(&s->space);
	pthread_mutex_unlock(&s->lock);
}

static void
let_go(struct body_stream *s)
{
	pthread_mutex_lock(&s->lock);
	bool last = --s->holders == 0;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	pthread_cond_destroy(&s->space);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
body_streams_stop(struct body_streams *all)
{
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	for (struct body_stream *s = all->running; s; s = s->next)
		close_stream(s);
	while (all->n > 0)
		pthread_cond_wait(&all->ended, &all->lock);
	pthread_mutex_unlock(&all->lock);
}

bool
body_stream_is_slow(int64_t after_ms, int64_t ms, uint64_t bytes, bool wanted)
{
	uint64_t least = wanted ? WANTED_BYTES_S : SLOW_BYTES_S;
	return ms > after_ms && bytes < (uint64_t)ms / 1000 * least;
}

/* Under its lock. A reader that takes a byte now and then would hold one of the few streams for ever. Each
 * time of waiting is judged by itself: what sockets swallow at first, megabytes of it, would speak for hours
 * of nothing. */
static void
wait_for_room(struct body_stream *s)
{
	int64_t begun = clock_steady_ms();
	size_t held = s->len;
	(void)clock_cond_wait(&s->space, &s->lock, begun + LOOK_MS);
	s->stalled_ms += clock_steady_ms() - begun;
	s->stalled += held - s->len;
	bool wanted = clock_steady_ms() < atomic_load(&s->all->wanted_ms);
	if (body_stream_is_slow(s->all->slow_after_ms, s->stalled_ms, s->stalled, wanted)) {
		s->closed = true;
		wake_reader(s);
	} else if (s->stalled_ms > s->all->slow_after_ms) {
		s->stalled_ms = 0;
		s->stalled = 0;
	}
}

static void *
maker(void *arg)
{
	struct body_stream *s = arg;
	struct body_streams *all = s->all;
	bool whole = s->make(s, s->arg);
	/* What is held until a slow reader has it all is held in its place. */
	pthread_mutex_lock(&s->lock);
	while (whole && s->len > 0 && !s->closed)
		wait_for_room(s);
	whole = whole && s->len == 0;
	pthread_mutex_unlock(&s->lock);
	/* That is free before its reader hears of the end, and perhaps asks for the next. */
	pthread_mutex_lock(&all->lock);
	struct body_stream **at = &all->running;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	pthread_mutex_unlock(&all->lock);

	pthread_mutex_lock(&s->lock);
	s->ended = true;
	s->whole = whole;
	wake_reader(s);
	pthread_mutex_unlock(&s->lock);
	let_go(s);
	pthread_mutex_lock(&all->lock);
	all->n--;
	pthread_cond_broadcast(&all->ended);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/* Under its lock. Who reads slowly holds a stream for hours, and all others would wait for that. */
static enum err
check_place(struct body_streams *all, struct uuid owner, struct why *why)
{
	int n = 0;
	for (struct body_stream *s = all->running; s; s = s->next, n++)
		if (uuid_equal(s->owner, owner))
			return fail(why, ERR_RATE_LIMITED, "an export of yours is under way");
	if (all->stopping)
		return fail(why, ERR_BUSY, "the service is stopping");
	if (n < all->max)
		return ERR_NONE;
	atomic_store(&all->wanted_ms, clock_steady_ms() + WANTED_MS);
	return fail(why, ERR_BUSY, "%d exports are under way", n);
}

enum err
body_stream_begin(struct body_streams *all, struct uuid owner, struct MHD_Connection *c,
                  bool (*make)(struct body_stream *s, void *arg), void *arg, struct body_stream **ret,
                  struct why *why)
{
	struct body_stream *s = calloc(1, sizeof *s);
	pthread_attr_t detached;
	pthread_t thread;
	if (!s)
		BUG("no memory for a stream");
	*s = (struct body_stream){
	    .all = all, .connection = c, .make = make, .arg = arg, .owner = owner, .holders = 2};
	pthread_mutex_init(&s->lock, NULL);
	clock_cond_init(&s->space);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, STACK);
	pthread_mutex_lock(&all->lock);
	enum err e = check_place(all, owner, why);
	if (e == ERR_NONE && pthread_create(&thread, &detached, maker, s) != 0)
		e = fail(why, ERR_BUSY, "no thread for an export");
	if (e == ERR_NONE) {
		s->next = all->running;
		all->running = s;
		all->n++;
	}
	pthread_mutex_unlock(&all->lock);
	pthread_attr_destroy(&detached);
	if (e != ERR_NONE) {
		s->holders = 1;
		let_go(s);
		return e;
	}
	*ret = s;
	return ERR_NONE;
}

bool
body_stream_write(struct body_stream *s, const void *p, size_t n)
{
	const char *from = p;
	pthread_mutex_lock(&s->lock);
	while (n > 0 && !s->closed) {
		if (s->len == HELD_MAX) {
			wait_for_room(s);
			continue;
		}
		size_t at = (s->start + s->len) % HELD_MAX;
		size_t room = HELD_MAX - s->len, piece = n;
		if (piece > room)
			piece = room;
		if (piece > HELD_MAX - at)
			piece = HELD_MAX - at;
		memcpy(s->bytes + at, from, piece);
		s->len += piece;
		from += piece;
		n -= piece;
		wake_reader(s);
	}
	bool open = !s->closed;
	pthread_mutex_unlock(&s->lock);
	return open;
}

/* On an epoll thread: never waits. */
static ssize_t
read_some(void *arg, uint64_t pos, char *to, size_t max)
{
	struct body_stream *s = arg;
	(void)pos;
	ssize_t got = 0;
	pthread_mutex_lock(&s->lock);
	if (s->len > 0) {
		size_t n = s->len < HELD_MAX - s->start ? s->len : HELD_MAX - s->start;
		n = n < max ? n : max;
		memcpy(to, s->bytes + s->start, n);
		s->start = (s->start + n) % HELD_MAX;
		s->len -= n;
		pthread_cond_signal(&s->space);
		got = (ssize_t)n;
	} else if (s->ended || s->closed) {
		got = s->ended && s->whole ? MHD_CONTENT_READER_END_OF_STREAM
		                           : MHD_CONTENT_READER_END_WITH_ERROR;
	} else {
		s->waiting = true;
		MHD_suspend_connection(s->connection);
	}
	pthread_mutex_unlock(&s->lock);
	return got;
}

static void
reader_gone(void *arg)
{
	struct body_stream *s = arg;
	pthread_mutex_lock(&s->lock);
	s->waiting = false; /* its connection is no more */
	pthread_mutex_unlock(&s->lock);
	close_stream(s);
	let_go(s);
}

struct MHD_Response *
body_stream_response(struct body_stream *s)
{
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, read_some, s, reader_gone);
}

void
body_stream_abandon(struct body_stream **s)
{
	if (*s)
		reader_gone(*s);
	*s = NULL;
}
