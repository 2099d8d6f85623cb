/* Buckets that nodes share: two nodes, and a database that is a variable here. */
#include "rate_limits.h"

#include "clock.h"
#include "rates.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#undef fail

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double common;
static int64_t draws;
static bool away;

enum err __wrap_storage_rates_draw(struct storage *st, struct rate_draw *d, size_t n, struct why *why);
enum err
__wrap_storage_rates_draw(struct storage *st, struct rate_draw *d, size_t n, struct why *why)
{
	(void)st;
	pthread_mutex_lock(&lock);
	bool gone = away && n > 0;
	draws += n > 0;
	for (size_t i = 0; i < n && !gone; i++) {
		common -= (double)d[i].spent;
		int64_t there = common > 0 ? (int64_t)common : 0;
		d[i].granted = d[i].wanted < there ? d[i].wanted : there;
		common -= (double)d[i].granted;
		d[i].left = common;
	}
	pthread_mutex_unlock(&lock);
	return gone ? fail(why, ERR_BUSY, "away") : ERR_NONE;
}

struct nodes {
	struct rate_limits *of[2];
	struct log *log;
};

static struct nodes
begin(double tokens, bool is_away)
{
	static char nobody[1];
	struct nodes n = {.log = log_root("api")};
	struct why why;
	common = tokens;
	draws = 0;
	away = is_away;
	for (int i = 0; i < 2; i++) {
		n.of[i] = rate_limits_create();
		assert_int_equal(rate_limits_share(n.of[i], (struct storage *)nobody, n.log, &why), ERR_NONE);
	}
	return n;
}

static void
end(struct nodes *n)
{
	for (int i = 0; i < 2; i++)
		rate_limits_destroy(&n->of[i]);
	log_close(&n->log);
}

/* How many of `tries`, each at the next node, are let through. */
static int64_t
through(struct nodes *n, int64_t per_minute, int tries)
{
	int64_t there = 0, now_ms = clock_steady_ms();
	struct rate_state s;
	const struct rate_want w = {RATE_UPLOADS, "ann", 3, per_minute, 1};
	for (int i = 0; i < tries; i++) {
		bool yes = rate_take_waiting(n->of[i % 2], &w, now_ms, &s);
		there += yes;
		assert_true(yes ? s.after_s == 0 : s.after_s > 0);
		assert_in_range(s.left, 0, per_minute);
	}
	return there;
}

static void
two_nodes_let_through_what_one_would_and_a_share_for_each(void **state)
{
	(void)state;
	struct nodes n = begin(320, false);
	int64_t there = through(&n, 320, 2000), share = 320 / 16;
	assert_true(there >= 320 - share && there <= 320 + 2 * share);
	assert_true(draws < 320 / 4); /* not a round trip for each */
	end(&n);
}

static void
small_buckets_are_exact(void **state)
{
	(void)state;
	struct nodes n = begin(10, false);
	assert_int_equal(through(&n, 10, 100), 10);
	assert_true(draws <= 12); /* who was refused does not ask again */
	end(&n);
}

static void
while_nobody_answers_each_node_goes_by_its_own(void **state)
{
	(void)state;
	struct nodes n = begin(0, true);
	assert_int_equal(through(&n, 10, 100), 20);
	assert_true(draws <= 2);
	end(&n);
	n = begin(0, true);
	assert_int_equal(through(&n, 320, 2000), 640);
	end(&n);
}

/* Before the first has heard that nobody answers, the others have been judged, too. */
static void
who_comes_together_while_nobody_answers_gets_no_more(void **state)
{
	(void)state;
	struct nodes n = begin(0, true);
	const struct rate_want w = {RATE_LOGINS, "198.51.100.1", 12, 10, 1};
	struct rate_state s;
	int64_t now_ms = clock_steady_ms(), there = 0;
	for (int i = 0; i < 50; i++)
		assert_int_equal(rate_take(n.of[0], &w, now_ms, &s), RATE_ASK);
	for (int i = 0; i < 50; i++) {
		bool yes = rate_ask(n.of[0], &w, now_ms, &s);
		there += yes;
		assert_true(yes ? s.after_s == 0 : s.after_s > 0);
	}
	assert_int_equal(there, 10);
	assert_true(draws < 50); /* nor is the database asked again by each */
	end(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_nodes_let_through_what_one_would_and_a_share_for_each),
	    cmocka_unit_test(small_buckets_are_exact),
	    cmocka_unit_test(while_nobody_answers_each_node_goes_by_its_own),
	    cmocka_unit_test(who_comes_together_while_nobody_answers_gets_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
