/* A body that is made while it goes out: its maker waits for a slow reader, and hears when the reader has
 * gone. */
#include "body_stream.h"

#include "own.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MORE (1 * MIB) /* than is ever held */

/* What a maker is to do, and what it did. */
struct work {
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool go, begun, done, written;
};

static bool
write_more_than_is_held(struct body_stream *s, void *arg)
{
	static const char piece[MORE];
	struct work *w = arg;
	pthread_mutex_lock(&w->lock);
	w->begun = true;
	pthread_cond_broadcast(&w->told);
	while (!w->go)
		pthread_cond_wait(&w->told, &w->lock);
	pthread_mutex_unlock(&w->lock);
	bool written = body_stream_write(s, piece, sizeof piece);
	pthread_mutex_lock(&w->lock);
	w->written = written;
	w->done = true;
	pthread_cond_broadcast(&w->told);
	pthread_mutex_unlock(&w->lock);
	return written;
}

static void
await(struct work *w, const bool *what)
{
	pthread_mutex_lock(&w->lock);
	while (!*what)
		pthread_cond_wait(&w->told, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static void
let_go_on(struct work *w)
{
	pthread_mutex_lock(&w->lock);
	w->go = true;
	pthread_cond_broadcast(&w->told);
	pthread_mutex_unlock(&w->lock);
}

static const struct uuid ann = {{1}}, bob = {{2}};

#define WORK                                                                                    \
	{                                                                                       \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false, false, false \
	}

static void
a_maker_hears_that_its_reader_has_gone(void **state)
{
	(void)state;
	struct work w = WORK;
	struct body_streams *all = body_streams_create(2, 20000);
	struct body_stream *s = NULL;
	struct why why;
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &w, &s, &why), ERR_NONE);
	await(&w, &w.begun);
	let_go_on(&w); /* it fills what is held, and waits for room that never comes */
	body_stream_abandon(&s);
	assert_null(s);
	await(&w, &w.done);
	assert_false(w.written);
	body_streams_stop(all);
	body_streams_destroy(&all);
	assert_null(all);
}

static void
one_more_than_there_may_be_is_told_to_come_again(void **state)
{
	(void)state;
	struct work w = WORK, refused = WORK;
	struct body_streams *all = body_streams_create(1, 20000);
	struct body_stream *s = NULL, *other = NULL;
	struct why why;
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &w, &s, &why), ERR_NONE);
	assert_int_equal(body_stream_begin(all, bob, NULL, write_more_than_is_held, &refused, &other, &why),
	                 ERR_BUSY);
	assert_null(other);
	assert_false(refused.begun);
	let_go_on(&w);
	body_stream_abandon(&s);
	body_streams_stop(all);
	body_streams_destroy(&all);
}

static void
nobody_has_two_at_once(void **state)
{
	(void)state;
	struct work first = WORK, second = WORK, next = WORK, bobs = WORK;
	struct body_streams *all = body_streams_create(2, 20000);
	struct body_stream *s = NULL, *refused = NULL, *his = NULL, *again = NULL;
	struct why why;
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &first, &s, &why),
	                 ERR_NONE);
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &second, &refused, &why),
	                 ERR_RATE_LIMITED);
	assert_int_equal(body_stream_begin(all, bob, NULL, write_more_than_is_held, &bobs, &his, &why),
	                 ERR_NONE);
	let_go_on(&first);
	body_stream_abandon(&s);
	await(&first, &first.done);
	/* Once it is over, the next begins. */
	enum err e;
	while ((e = body_stream_begin(all, ann, NULL, write_more_than_is_held, &next, &again, &why)) ==
	       ERR_RATE_LIMITED)
		sched_yield();
	assert_int_equal(e, ERR_NONE);
	let_go_on(&next);
	let_go_on(&bobs);
	body_stream_abandon(&again);
	body_stream_abandon(&his);
	body_streams_stop(all);
	body_streams_destroy(&all);
}

static void
stopping_ends_makers_that_wait_and_refuses_new_ones(void **state)
{
	(void)state;
	struct work w = WORK, late = WORK;
	struct body_streams *all = body_streams_create(2, 20000);
	struct body_stream *s = NULL, *other = NULL;
	struct why why;
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &w, &s, &why), ERR_NONE);
	let_go_on(&w);
	body_streams_stop(all); /* returns once the maker has ended */
	assert_true(w.done);
	assert_false(w.written);
	assert_int_equal(body_stream_begin(all, ann, NULL, write_more_than_is_held, &late, &other, &why),
	                 ERR_BUSY);
	body_stream_abandon(&s);
	body_streams_destroy(&all);
}

static void
who_takes_a_byte_now_and_then_is_slow(void **state)
{
	(void)state;
	assert_false(body_stream_is_slow(20000, 0, 0, false));
	assert_false(body_stream_is_slow(20000, 20000, 0, false)); /* a tunnel */
	assert_true(body_stream_is_slow(20000, 20001, 100, false));
	assert_true(body_stream_is_slow(20000, 3600000, 3600, false));
	assert_false(body_stream_is_slow(20000, 30000, 30 * 512, false));
	/* While somebody waits for a place, more is asked of those who have one. */
	assert_true(body_stream_is_slow(20000, 30000, 30 * 512, true));
	assert_false(body_stream_is_slow(20000, 30000, UINT64_C(30) * 64 * 1024, true));
	assert_false(body_stream_is_slow(20000, 20000, 0, true));
}

static bool
write_a_byte(struct body_stream *s, void *arg)
{
	struct work *w = arg;
	bool written = body_stream_write(s, "x", 1);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_broadcast(&w->told);
	pthread_mutex_unlock(&w->lock);
	return written;
}

/* All is made, and nothing of it taken: its place is not free until its reader is cut off. */
static void
what_is_made_stays_in_its_place_until_it_is_taken(void **state)
{
	(void)state;
	struct work w = WORK, next = WORK;
	struct body_streams *all = body_streams_create(2, 20000);
	struct body_stream *s = NULL, *other = NULL;
	struct why why;
	assert_int_equal(body_stream_begin(all, ann, NULL, write_a_byte, &w, &s, &why), ERR_NONE);
	await(&w, &w.done);
	assert_int_equal(body_stream_begin(all, ann, NULL, write_a_byte, &next, &other, &why),
	                 ERR_RATE_LIMITED);
	body_stream_abandon(&s);
	enum err e;
	while ((e = body_stream_begin(all, ann, NULL, write_a_byte, &next, &other, &why)) == ERR_RATE_LIMITED)
		sched_yield();
	assert_int_equal(e, ERR_NONE);
	body_stream_abandon(&other);
	body_streams_stop(all);
	body_streams_destroy(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_maker_hears_that_its_reader_has_gone),
	    cmocka_unit_test(one_more_than_there_may_be_is_told_to_come_again),
	    cmocka_unit_test(nobody_has_two_at_once),
	    cmocka_unit_test(what_is_made_stays_in_its_place_until_it_is_taken),
	    cmocka_unit_test(who_takes_a_byte_now_and_then_is_slow),
	    cmocka_unit_test(stopping_ends_makers_that_wait_and_refuses_new_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
