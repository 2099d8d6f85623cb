/* The pace of codes: nobody who mistypes notices it, and whoever guesses gets nowhere. */
#include "code_pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DAY_MS (24 * 3600000LL)

static void
a_few_are_free_and_then_each_waits_longer(void **state)
{
	(void)state;
	for (int32_t n = 0; n < CODES_FREE; n++)
		assert_int_equal(code_wait_ms(n), 0);
	assert_int_equal(code_wait_ms(CODES_FREE), 30000);
	for (int32_t n = CODES_FREE; n < 100; n++)
		assert_true(code_wait_ms(n + 1) > code_wait_ms(n));
}

/* How many codes somebody gets to try in a year who tries `at_once` whenever one may be tried. */
static int
tries_of_a_year(int at_once)
{
	int32_t wrong = 0;
	int64_t last_ms = 0;
	int tries = 0;
	for (int64_t now_ms = 0; now_ms < 365 * DAY_MS; now_ms = last_ms + code_wait_ms(wrong)) {
		for (int i = 0; i < at_once; i++) { /* as storage counts them */
			int32_t kept = wrong - (int32_t)((now_ms - last_ms) / CODE_FORGET_MS);
			wrong = 1 + (kept > 0 ? kept : 0);
			last_ms = now_ms;
			tries++;
		}
	}
	return tries;
}

static void
a_year_of_guessing_is_four_a_day(void **state)
{
	(void)state;
	assert_in_range(tries_of_a_year(1), 2 * 365, 4 * 365 + 20);
	assert_true(tries_of_a_year(16) <= 4 * 365 + 50);
	assert_true(tries_of_a_year(500) <= 4 * 365 + 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_few_are_free_and_then_each_waits_longer),
	    cmocka_unit_test(a_year_of_guessing_is_four_a_day),
	};
	return cmocka_run_group_tests_name("code_pace", tests, NULL, NULL);
}
