/* Token buckets that nodes share. */
#include "conformance_world.h"

#include "clock.h"
#include "rates.h"

#define PER_MINUTE 60000 /* a token a millisecond */

static struct rate_draw
draw(struct world *w, uint8_t key, int64_t per_minute, int64_t spent, int64_t wanted)
{
	struct rate_draw d = {.key = {key}, .per_minute = per_minute, .spent = spent, .wanted = wanted};
	OK(storage_rates_draw(w->st, &d, 1, &w->why));
	return d;
}

/* SQLite has nobody to share with. */
static bool
shared(struct world *w)
{
	enum err e = storage_rates_draw(w->st, NULL, 0, &w->why);
	if (e != ERR_ABSENT)
		OK(e);
	return e == ERR_NONE;
}

static void
a_bucket_gives_what_it_holds_and_no_more(void **state)
{
	struct world *w = *state;
	if (!shared(w))
		return;
	assert_int_equal(draw(w, 1, 5, 0, 3).granted, 3);
	struct rate_draw d = draw(w, 1, 5, 0, 3);
	assert_int_equal(d.granted, 2);
	assert_true(d.left >= 0 && d.left < 1);
	assert_int_equal(draw(w, 1, 5, 0, 1).granted, 0);
	assert_int_equal(draw(w, 2, 5, 0, 1).granted, 1);
}

static void
what_was_spent_on_credit_is_owed_and_paid_before_anything_is_given(void **state)
{
	struct world *w = *state;
	if (!shared(w))
		return;
	struct rate_draw d = draw(w, 1, 5, 8, 1);
	assert_int_equal(d.granted, 0);
	assert_true(d.left < -2.5);
	assert_int_equal(draw(w, 1, 5, 0, 1).granted, 0);
	/* Two at once, each its own answer. */
	struct rate_draw two[] = {{.key = {1}, .per_minute = 5, .wanted = 1},
	                          {.key = {2}, .per_minute = 5, .spent = 1, .wanted = 9}};
	OK(storage_rates_draw(w->st, two, 2, &w->why));
	assert_int_equal(two[0].granted, 0);
	assert_int_equal(two[1].granted, 4);
}

static void
a_bucket_fills_again_and_is_swept_when_nobody_draws(void **state)
{
	struct world *w = *state;
	size_t n;
	if (!shared(w))
		return;
	assert_int_equal(draw(w, 1, PER_MINUTE, PER_MINUTE, 0).granted, 0);
	int64_t begun = clock_steady_ms();
	while (draw(w, 1, PER_MINUTE, 0, 1).granted == 0)
		assert_true(clock_steady_ms() - begun < 30000);
	OK(storage_rates_sweep(w->st, 60000, &n, &w->why));
	assert_int_equal(n, 0);
	OK(storage_rates_sweep(w->st, -1000, &n, &w->why));
	assert_int_equal(n, 1);
	assert_int_equal(draw(w, 1, PER_MINUTE, 0, PER_MINUTE).granted, PER_MINUTE);
}

int
rates_conformance(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_bucket_gives_what_it_holds_and_no_more, world_setup,
	                                    world_teardown),
	    cmocka_unit_test_setup_teardown(
	        what_was_spent_on_credit_is_owed_and_paid_before_anything_is_given, world_setup,
	        world_teardown),
	    cmocka_unit_test_setup_teardown(a_bucket_fills_again_and_is_swept_when_nobody_draws, world_setup,
	                                    world_teardown),
	};
	return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
