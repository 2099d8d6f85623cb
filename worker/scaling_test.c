#include "forecast.h"
#include "scaling.h"

#include "own.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct scaling_limits limits = {
    .min = 1, .max = 8, .target_wait_s = 10, .utilisation = 0.5, .cooldown_ms = 60000};

static struct scaling_decision
decide(struct scaler *s, double per_s, double forecast, int64_t queued, int64_t now_ms)
{
	const struct scaling_signals now = {
	    .arrivals_per_s = per_s, .forecast_per_s = forecast, .service_s = 1, .queued = queued};
	return scaling_decide(s, &limits, &now, now_ms);
}

static void
what_arrives_and_what_waits_decide_together(void **state)
{
	(void)state;
	struct scaler s = {0};
	assert_int_equal(decide(&s, 0, -1, 0, 1).applied, 1);
	assert_int_equal(decide(&s, 1, -1, 0, 2).applied, 2);  /* one a second, half of a slot's time */
	assert_int_equal(decide(&s, 1, -1, 10, 3).applied, 4); /* and ten to be read within ten seconds */
	assert_int_equal(decide(&s, 99, -1, 9999, 4).applied, 8);
	assert_true(decide(&s, 1, -1, 16, 5).drain_s == 2.0);
}

static void
a_forecast_adds_and_never_takes_away(void **state)
{
	(void)state;
	struct scaler s = {0};
	struct scaling_decision d = decide(&s, 0, 2, 0, 1);
	assert_int_equal(d.reactive, 1);
	assert_int_equal(d.forecast, 4);
	assert_int_equal(d.applied, 4);
	/* Busy, and expected to be quiet: what is there stays. */
	for (int64_t t = 2; t < 1000; t++)
		assert_int_equal(decide(&s, 2, 0, 0, t * 1000).applied, 4);
}

static void
slots_go_one_by_one_after_a_cooldown(void **state)
{
	(void)state;
	struct scaler s = {0};
	decide(&s, 2, -1, 0, 1000);
	assert_int_equal(decide(&s, 0, -1, 0, 2000).applied, 4);
	assert_int_equal(decide(&s, 0, -1, 0, 61000).applied, 4);
	assert_int_equal(decide(&s, 0, -1, 0, 62000).applied, 3);
	assert_int_equal(decide(&s, 0, -1, 0, 63000).applied, 3);
	assert_int_equal(decide(&s, 2, -1, 0, 64000).applied, 4);  /* and back at once */
	assert_int_equal(decide(&s, 0, -1, 0, 121000).applied, 4); /* the cooldown begins anew */
}

static void
who_waits_behind_a_long_document_gets_one_more(void **state)
{
	(void)state;
	struct scaler s = {.applied = 1};
	struct scaling_signals now = {
	    .forecast_per_s = -1, .service_s = 0.1, .queued = 1, .oldest_wait_s = 9};
	assert_int_equal(scaling_decide(&s, &limits, &now, 1).applied, 1);
	now.oldest_wait_s = 11;
	assert_int_equal(scaling_decide(&s, &limits, &now, 2).applied, 2);
	assert_int_equal(scaling_decide(&s, &limits, &now, 3).applied, 3);
	for (int64_t t = 4; t < 20; t++)
		assert_true(scaling_decide(&s, &limits, &now, t).applied <= limits.max);
}

static void
no_number_counts_as_nothing(void **state)
{
	(void)state;
	struct scaler s = {0};
	assert_int_equal(decide(&s, NAN, NAN, 0, 1).applied, 1);
	assert_int_equal(decide(&s, INFINITY, -1, 0, 2).applied, 8);
}

/* A day with a morning peak; weekends half as busy. */
static double
shape(size_t bucket)
{
	double hour = (double)(bucket % FORECAST_DAY) / 12;
	double weekend = bucket / FORECAST_DAY % 7 >= 5 ? 0.5 : 1;
	return weekend * (20 + 80 * exp(-(hour - 9) * (hour - 9) / 2));
}

static void
a_daily_shape_is_learnt_in_days(void **state)
{
	(void)state;
	static struct forecast f;
	f = (struct forecast){0};
	for (size_t i = 0; i < (size_t)4 * FORECAST_DAY; i++)
		forecast_add(&f, shape(i));
	assert_true(forecast_is_ready(&f));
	size_t nine = 9 * 12;
	assert_true(fabs(forecast_at(&f, nine) - shape(f.seen + nine)) < 10);
	assert_true(fabs(forecast_at(&f, 0) - shape(f.seen)) < 5);
	assert_true(forecast_error(&f) < 0.05);
}

static void
weekends_are_learnt_in_weeks(void **state)
{
	(void)state;
	static struct forecast f;
	f = (struct forecast){0};
	for (size_t i = 0; i < (size_t)6 * FORECAST_WEEK; i++)
		forecast_add(&f, shape(i));
	size_t saturday_nine = (size_t)5 * FORECAST_DAY + 9 * 12;
	assert_true(fabs(forecast_at(&f, saturday_nine) - shape(saturday_nine)) < 5);
	assert_true(forecast_error(&f) < 0.03);
}

static void
nothing_is_promised_before_two_days_nor_of_nothing(void **state)
{
	(void)state;
	static struct forecast f;
	f = (struct forecast){0};
	for (size_t i = 0; i < (size_t)2 * FORECAST_DAY; i++) {
		assert_false(forecast_is_ready(&f));
		forecast_add(&f, 0);
	}
	assert_true(forecast_is_ready(&f));
	assert_true(forecast_at(&f, 100) == 0);
	assert_true(forecast_error(&f) == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_arrives_and_what_waits_decide_together),
	    cmocka_unit_test(a_forecast_adds_and_never_takes_away),
	    cmocka_unit_test(slots_go_one_by_one_after_a_cooldown),
	    cmocka_unit_test(who_waits_behind_a_long_document_gets_one_more),
	    cmocka_unit_test(no_number_counts_as_nothing),
	    cmocka_unit_test(a_daily_shape_is_learnt_in_days),
	    cmocka_unit_test(weekends_are_learnt_in_weeks),
	    cmocka_unit_test(nothing_is_promised_before_two_days_nor_of_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
