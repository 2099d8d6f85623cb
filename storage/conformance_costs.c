/* Sums for operators: what reading has cost, how it went, how much came in. */
#include "conformance_world.h"

#include "clock.h"

static const struct cost some = {.cpu_ms = 300, .memory_kib_s = 5000, .bytes_in = 70, .bytes_out = 900};

static struct claim
claim_with(struct world *w, struct cost used)
{
	const struct claim *c = claim_one(w);
	assert_non_null(c);
	struct claim copy = *c;
	copy.used = used;
	return copy;
}

static const struct cost_row *
row_of(const struct cost_report *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->rows[i].key, key) == 0)
			return &r->rows[i];
	}
	fail_msg("no row \"%s\"", key);
	return NULL;
}

static void
what_attempts_cost_is_summed_by_type_user_and_day(void **state)
{
	struct world *w = *state;
	enum job_state now;
	int64_t from = clock_wall_ms();
	(void)put_job(w, w->ann, "one");
	struct claim c = claim_with(w, some);
	OK(storage_settle_failed(w->st, &c, ERR_MODEL_UNAVAILABLE, "away", &now, &w->why));
	assert_int_equal(now, JOB_QUEUED);
	c = claim_with(w, some);
	OK(storage_settle_failed(w->st, &c, ERR_CORRUPT_FILE, "torn", &now, &w->why));
	(void)put_job(w, w->bob, "two");
	struct claim b = claim_with(w, some);
	struct cost_report r;
	OK(storage_costs(w->st, from, clock_wall_ms() + 1, COST_BY_TYPE, w->mem, &r, &w->why));
	/* One that runs is counted, and is not known to be in vain. */
	assert_int_equal(row_of(&r, "")->jobs, 2);
	assert_int_equal(row_of(&r, "")->attempts, 3);
	assert_int_equal(row_of(&r, "")->wasted, 2);
	assert_int_equal(row_of(&r, "")->used.cpu_ms, 600);
	settle(w, &b, "{}");

	OK(storage_costs(w->st, from, clock_wall_ms() + 1, COST_BY_TYPE, w->mem, &r, &w->why));
	const struct cost_row *receipts = row_of(&r, "receipt"), *unread = row_of(&r, "");
	assert_int_equal(receipts->jobs, 1);
	assert_int_equal(receipts->attempts, 1);
	assert_int_equal(receipts->wasted, 0);
	assert_int_equal(receipts->used.cpu_ms, 300);
	assert_int_equal(receipts->used.memory_kib_s, 5000);
	assert_int_equal(receipts->used.bytes_in, 70);
	assert_int_equal(receipts->used.bytes_out, 900);
	assert_int_equal(unread->jobs, 1);
	assert_int_equal(unread->attempts, 2);
	assert_int_equal(unread->wasted, 2);
	assert_int_equal(unread->used_in_vain.cpu_ms, 600);

	char bob[UUID_TEXT_LEN];
	uuid_text(w->bob, bob);
	OK(storage_costs(w->st, from, clock_wall_ms() + 1, COST_BY_USER, w->mem, &r, &w->why));
	assert_int_equal(r.n, 2);
	assert_int_equal(row_of(&r, bob)->used.cpu_ms, 300);
	OK(storage_costs(w->st, from, clock_wall_ms() + 1, COST_BY_DAY, w->mem, &r, &w->why));
	assert_in_range(r.n, 1, 2); /* midnight may come between */
	assert_int_equal(strlen(r.rows[0].key), 10);
	OK(storage_costs(w->st, from - 1000, from, COST_BY_DAY, w->mem, &r, &w->why));
	assert_int_equal(r.n, 0);
}

static void
outcomes_tell_late_ones_and_whose_fault_it_was(void **state)
{
	struct world *w = *state;
	enum job_state now;
	int64_t from = clock_wall_ms();
	(void)put_job(w, w->ann, "one");
	struct claim c = claim_with(w, some);
	settle(w, &c, "{}");
	(void)put_job(w, w->bob, "two");
	c = claim_with(w, some);
	OK(storage_settle_failed(w->st, &c, ERR_CORRUPT_FILE, "torn", &now, &w->why));
	(void)put_job(w, w->bob, "three");
	struct outcome_report r;
	OK(storage_outcomes(w->st, from, clock_wall_ms() + 1, 3600000, w->mem, &r, &w->why));
	int64_t of[JOB_STATE_MAX] = {0};
	for (size_t i = 0; i < r.n; i++) {
		of[r.rows[i].state] += r.rows[i].jobs;
		assert_false(r.rows[i].late);
		assert_int_equal(r.rows[i].error,
		                 r.rows[i].state == JOB_FAILED ? ERR_CORRUPT_FILE : ERR_NONE);
		assert_int_equal(r.rows[i].day_ms % 86400000, 0);
	}
	assert_int_equal(of[JOB_DONE], 1);
	assert_int_equal(of[JOB_FAILED], 1);
	assert_int_equal(of[JOB_QUEUED], 1);
	OK(storage_outcomes(w->st, from, clock_wall_ms() + 1, -1, w->mem, &r, &w->why));
	bool late = false;
	for (size_t i = 0; i < r.n; i++)
		late |= r.rows[i].state == JOB_DONE && r.rows[i].late;
	assert_true(late);
}

static void
the_slowest_come_first_and_those_under_way_count(void **state)
{
	struct world *w = *state;
	int64_t from = clock_wall_ms();
	const struct job *waiting = put_job(w, w->ann, "one");
	struct claim c = claim_with(w, some);
	clock_sleep_ms(20);
	(void)put_job(w, w->bob, "two");
	const struct slow_job *jobs;
	size_t n;
	OK(storage_slowest(w->st, from, 10, w->mem, &jobs, &n, &w->why));
	assert_int_equal(n, 2);
	assert_true(uuid_equal(jobs[0].job_id, waiting->id));
	assert_int_equal(jobs[0].state, JOB_PROCESSING);
	assert_true(jobs[0].took_ms >= 20 && jobs[0].took_ms >= jobs[1].took_ms);
	settle(w, &c, "{}");
	OK(storage_slowest(w->st, from, 1, w->mem, &jobs, &n, &w->why));
	assert_int_equal(n, 1);
}

static void
arrivals_fall_into_their_buckets(void **state)
{
	struct world *w = *state;
	int64_t from = clock_wall_ms() - 5 * 60000, counts[10];
	(void)put_job(w, w->ann, "one");
	(void)put_job(w, w->bob, "two");
	OK(storage_arrivals(w->st, from, 60000, 10, counts, &w->why));
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(counts[i], 0);
	assert_int_equal(counts[5] + counts[6], 2); /* a slow machine may pass into the next */
	for (size_t i = 7; i < 10; i++)
		assert_int_equal(counts[i], 0);
}

int
costs_conformance(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_attempts_cost_is_summed_by_type_user_and_day, world_setup,
	                                    world_teardown),
	    cmocka_unit_test_setup_teardown(outcomes_tell_late_ones_and_whose_fault_it_was, world_setup,
	                                    world_teardown),
	    cmocka_unit_test_setup_teardown(the_slowest_come_first_and_those_under_way_count, world_setup,
	                                    world_teardown),
	    cmocka_unit_test_setup_teardown(arrivals_fall_into_their_buckets, world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("sums for operators", tests, NULL, NULL);
}
