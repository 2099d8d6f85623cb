/* The keeper of slots, with storage played at its door. */
#include "slot_keeper.h"

#include "clock.h"
#include "forecast.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#define DAYS 43 /* that a history has, today among them */

static int days;
static bool failed;
static _Atomic int decisions;

/* Something came yesterday; today cannot be asked about the first time. */
enum err __wrap_storage_arrivals(struct storage *st, int64_t from_ms, int64_t bucket_ms, size_t n,
                                 int64_t *counts, struct why *why);
enum err
__wrap_storage_arrivals(struct storage *st, int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts,
                        struct why *why)
{
	(void)st, (void)from_ms, (void)bucket_ms;
	int day = n == FORECAST_DAY ? days++ % DAYS : -1;
	if (day == DAYS - 1 && !failed) {
		failed = true;
		return (fail)(why, ERR_BUSY, "as told");
	}
	for (size_t i = 0; i < n; i++)
		counts[i] = day == DAYS - 2;
	return ERR_NONE;
}

enum err __wrap_storage_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why);
enum err
__wrap_storage_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why)
{
	(void)st, (void)why;
	*ret = (struct queue_stats){.queued = 0};
	return ERR_NONE;
}

void __wrap_storage_claim_wait(struct storage *st, int64_t timeout_ms);
void
__wrap_storage_claim_wait(struct storage *st, int64_t timeout_ms)
{
	(void)st, (void)timeout_ms;
}

void __wrap_storage_claim_wake(struct storage *st);
void
__wrap_storage_claim_wake(struct storage *st)
{
	(void)st;
}

static void
count(void *arg, int32_t slots)
{
	(void)arg, (void)slots;
	atomic_fetch_add(&decisions, 1);
}

static void
history_that_broke_off_is_learnt_once(void **state)
{
	(void)state;
	static const struct scaling_limits limits = {
	    .min = 1, .max = 2, .target_wait_s = 1, .utilisation = 0.7, .cooldown_ms = 60000};
	struct slot_keeper *k = slot_keeper_start(NULL, &limits, count, NULL, NULL);
	for (int64_t end = clock_steady_ms() + 60000; atomic_load(&decisions) < 2;) {
		if (clock_steady_ms() > end)
			fail_msg("no decision");
		clock_sleep_ms(5);
	}
	slot_keeper_stop(&k);
	OWNED(buf_free) struct buf text = buf_init(MIB);
	metrics_write(&text, METRICS_PROMETHEUS);
	assert_non_null(strstr(text.data, "\ndocket_scaling_desired_workers{rule=\"applied\"}"));
	/* Yesterday and what has been of today are less than the two days that a forecast wants. */
	assert_null(strstr(text.data, "\ndocket_scaling_forecast_per_second "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(history_that_broke_off_is_learnt_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
