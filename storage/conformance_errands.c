/* What errands.h promises, of any driver. */
#include "conformance_world.h"

#include "clock.h"
#include "own.h"

#include <pthread.h>

static struct uuid
put_letter(struct world *w, struct uuid user, int64_t due_ms)
{
	struct errand e = {
	    .id = uuid_new(), .user_id = user, .kind = ERRAND_MAIL, .body = "{}", .due_ms = due_ms};
	OK(storage_errand_put(w->st, &e, &w->why));
	return e.id;
}

static const struct errand *
claim_up_to(struct world *w, enum errand_kind last, int64_t hold_ms)
{
	const struct errand *e = NULL;
	enum err err = storage_errand_claim(w->st, last, hold_ms, w->mem, &e, &w->why);
	assert_true(err == ERR_NONE || err == ERR_ABSENT);
	return err == ERR_NONE ? e : NULL;
}

static const struct errand *
claim_errand(struct world *w, int64_t hold_ms)
{
	return claim_up_to(w, ERRAND_EXPORT, hold_ms);
}

static struct uuid
put_webhook(struct world *w, struct uuid user, uint32_t events)
{
	struct webhook h = {.id = uuid_new(),
	                    .user_id = user,
	                    .url = "https://hooks.example/x",
	                    .secret = "s3cret",
	                    .events = events};
	OK(storage_webhook_create(w->st, &h, &w->why));
	return h.id;
}

static struct uuid
put_delivery(struct world *w, struct uuid user, struct uuid hook, int64_t due_ms)
{
	struct errand e = {.id = uuid_new(),
	                   .user_id = user,
	                   .subject_id = hook,
	                   .kind = ERRAND_WEBHOOK,
	                   .body = "{}",
	                   .due_ms = due_ms};
	OK(storage_errand_put(w->st, &e, &w->why));
	return e.id;
}

/* One of this owner's, and of no other's. */
static const struct errand *
claim_of(struct world *w, struct uuid user)
{
	const struct errand *e = claim_errand(w, 60000);
	assert_non_null(e);
	assert_true(uuid_equal(e->user_id, user));
	return e;
}

static void
an_errand_is_in_one_hand_until_it_is_settled(void **state)
{
	struct world *w = *state;
	struct uuid id = put_letter(w, w->ann, clock_wall_ms() - 1);
	(void)put_letter(w, w->bob, clock_wall_ms() + 600000); /* not yet due */
	const struct errand *e = claim_errand(w, 60000);
	assert_non_null(e);
	assert_true(uuid_equal(e->id, id));
	assert_string_equal(e->body, "{}");
	assert_int_equal(e->attempt, 1);
	assert_null(claim_errand(w, 60000));
	OK(storage_errand_settle(w->st, e, ERRAND_DONE, 0, 0, 0, "sent", &w->why));
	assert_int_equal(storage_errand_settle(w->st, e, ERRAND_DONE, 0, 0, 0, "sent", &w->why),
	                 ERR_LEASE_LOST);
	assert_null(claim_errand(w, 60000));
}

static void
a_letter_goes_before_all_else_and_an_export_only_to_who_takes_it(void **state)
{
	struct world *w = *state;
	OK(storage_export_begin(w->st, w->ann, &w->why));
	struct uuid told = put_delivery(w, w->ann, put_webhook(w, w->ann, EVENT_DOCUMENT_DONE), 0);
	struct uuid letter = put_letter(w, w->bob, clock_wall_ms() - 1); /* due after all others */
	const struct errand *e = claim_errand(w, 60000);
	assert_non_null(e);
	assert_true(uuid_equal(e->id, letter));
	e = claim_up_to(w, ERRAND_WEBHOOK, 60000);
	assert_non_null(e);
	assert_true(uuid_equal(e->id, told));
	assert_null(claim_up_to(w, ERRAND_WEBHOOK, 60000));
	e = claim_errand(w, 60000);
	assert_non_null(e);
	assert_int_equal(e->kind, ERRAND_EXPORT);
}

static void
who_held_an_errand_too_long_settles_nothing(void **state)
{
	struct world *w = *state;
	(void)put_letter(w, w->ann, clock_wall_ms() - 1);
	const struct errand *first = claim_errand(w, 0);
	const struct errand *second = claim_errand(w, 60000);
	assert_non_null(second);
	assert_int_equal(second->attempt, 2);
	assert_int_equal(storage_errand_settle(w->st, first, ERRAND_DEAD, 0, 0, 0, "late", &w->why),
	                 ERR_LEASE_LOST);
	OK(storage_errand_settle(w->st, second, ERRAND_WAITING, clock_wall_ms() - 1, 0, 0, "451", &w->why));
	const struct errand *third = claim_errand(w, 60000);
	assert_int_equal(third->attempt, 3);
	assert_string_equal(third->detail, "451");
}

static void
a_webhook_is_told_of_its_events_and_of_no_one_elses(void **state)
{
	struct world *w = *state;
	struct uuid hook = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	(void)put_webhook(w, w->ann, EVENT_DOCUMENT_FAILED);
	(void)put_job(w, w->bob, "bobs");
	settle(w, claim_one(w), "{}");
	assert_null(claim_errand(w, 60000));

	const struct job *j = put_job(w, w->ann, "anns");
	char id[UUID_TEXT_LEN], delivery[UUID_TEXT_LEN];
	settle(w, claim_one(w), "{}");
	const struct errand *e = claim_errand(w, 60000);
	assert_non_null(e);
	assert_int_equal(e->kind, ERRAND_WEBHOOK);
	assert_true(uuid_equal(e->subject_id, hook));
	uuid_text(j->id, id);
	uuid_text(e->id, delivery);
	assert_non_null(strstr(e->body, id));
	assert_non_null(strstr(e->body, delivery));
	assert_non_null(strstr(e->body, "document.done"));
	assert_null(claim_errand(w, 60000));
	OK(storage_errand_settle(w->st, e, ERRAND_DONE, 0, 0, 0, "204", &w->why));

	(void)put_job(w, w->ann, "bad");
	enum job_state state_after;
	OK(storage_settle_failed(w->st, claim_one(w), ERR_CORRUPT_FILE, NULL, &state_after, &w->why));
	e = claim_errand(w, 60000);
	assert_non_null(strstr(e->body, "document.failed"));
}

static void
of_one_owner_one_webhook_is_out_and_owners_take_turns(void **state)
{
	struct world *w = *state;
	struct uuid hooks[3], bobs = put_webhook(w, w->bob, EVENT_DOCUMENT_DONE);
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		hooks[i] = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
		for (int64_t k = 0; k < 3; k++)
			(void)put_delivery(w, w->ann, hooks[i], 1000 + k);
	}
	for (int64_t k = 0; k < 3; k++)
		(void)put_delivery(w, w->bob, bobs, 2000 + k); /* all after hers */
	const struct errand *anns = claim_of(w, w->ann), *his = claim_of(w, w->bob);
	assert_null(claim_errand(w, 60000));
	OK(storage_errand_settle(w->st, his, ERRAND_DONE, 0, 0, 0, "204", &w->why));
	his = claim_of(w, w->bob);
	OK(storage_errand_settle(w->st, anns, ERRAND_DONE, 0, 0, 0, "204", &w->why));
	OK(storage_errand_settle(w->st, his, ERRAND_DONE, 0, 0, 0, "204", &w->why));
	/* Both are free, and he was called for last, so she is next; of hers, an address that was not. */
	const struct errand *next = claim_of(w, w->ann);
	assert_false(uuid_equal(next->subject_id, anns->subject_id));
	(void)claim_of(w, w->bob);
	assert_null(claim_errand(w, 60000));
}

/* Whoever keeps us waiting stands behind who does not for as long as they owe it, also where the quick one
 * was called for after them: or many slow ones together would leave the quick a turn in as many. */
static void
an_owner_whose_addresses_take_long_goes_after_who_is_quick(void **state)
{
	struct world *w = *state;
	struct uuid anns = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE),
	            bobs = put_webhook(w, w->bob, EVENT_DOCUMENT_DONE);
	for (int64_t k = 0; k < 3; k++) {
		(void)put_delivery(w, w->ann, anns, 1000 + k);
		(void)put_delivery(w, w->bob, bobs, 2000 + k);
	}
	OK(storage_errand_settle(w->st, claim_of(w, w->ann), ERRAND_DONE, 0, 0, 600000, "slow", &w->why));
	for (int i = 0; i < 3; i++)
		OK(storage_errand_settle(w->st, claim_of(w, w->bob), ERRAND_DONE, 0, 0, 0, "quick", &w->why));
	/* and where nobody else waits it costs them nothing */
	OK(storage_errand_settle(w->st, claim_of(w, w->ann), ERRAND_DONE, 0, 0, 0, "slow", &w->why));
}

static void
an_address_that_did_not_answer_rests_and_the_owners_others_do_not(void **state)
{
	struct world *w = *state;
	const struct webhook *h;
	struct uuid bad = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	(void)put_delivery(w, w->ann, bad, 1000);
	const struct errand *e = claim_of(w, w->ann);
	OK(storage_errand_settle(w->st, e, ERRAND_DEAD, 0, clock_wall_ms() + 600000, 0, "late", &w->why));
	struct uuid later = put_delivery(w, w->ann, bad, 1000);
	assert_null(claim_errand(w, 60000));
	OK(storage_webhook_get(w->st, w->ann, bad, w->mem, &h, &w->why));
	assert_int_equal(h->failures, 1);

	struct uuid good = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	(void)put_delivery(w, w->ann, good, 2000);
	const struct errand *other = claim_of(w, w->ann);
	assert_true(uuid_equal(other->subject_id, good));
	OK(storage_errand_settle(w->st, other, ERRAND_DONE, 0, 0, 0, "204", &w->why));
	assert_null(claim_errand(w, 60000));

	/* Somebody who has mended it sends again by hand. */
	OK(storage_errand_again(w->st, w->ann, e->id, &w->why));
	for (int i = 0; i < 2; i++) {
		const struct errand *again = claim_of(w, w->ann);
		assert_true(uuid_equal(again->id, e->id) || uuid_equal(again->id, later));
		OK(storage_errand_settle(w->st, again, ERRAND_DONE, 0, 0, 0, "204", &w->why));
	}
	OK(storage_webhook_get(w->st, w->ann, bad, w->mem, &h, &w->why));
	assert_int_equal(h->failures, 0);
}

static void
who_ends_a_webhook_that_is_out_gains_no_second(void **state)
{
	struct world *w = *state;
	struct uuid first = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE),
	            second = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	(void)put_delivery(w, w->ann, first, 1000);
	const struct errand *e = claim_of(w, w->ann);
	(void)put_delivery(w, w->ann, second, 1000);
	OK(storage_webhook_end(w->st, w->ann, first, &w->why));
	assert_null(claim_errand(w, 60000));
	assert_int_equal(storage_errand_settle(w->st, e, ERRAND_DONE, 0, 0, 0, "204", &w->why),
	                 ERR_LEASE_LOST);
	e = claim_of(w, w->ann);
	assert_true(uuid_equal(e->subject_id, second));
}

#define RUNNERS 8

struct runner {
	struct world *w;
	pthread_t thread;
	int claimed;
};

static void *
claim_many(void *arg)
{
	struct runner *r = arg;
	OWNED(arena_destroy) struct arena *mem = arena_create("claims", MIB);
	struct why why;
	const struct errand *e;
	for (int i = 0; i < 20; i++)
		r->claimed +=
		    storage_errand_claim(r->w->st, ERRAND_WEBHOOK, 60000, mem, &e, &why) == ERR_NONE;
	return NULL;
}

static void
who_claims_at_the_same_time_takes_no_two_of_one_owner(void **state)
{
	struct world *w = *state;
	struct runner runners[RUNNERS] = {{0}};
	int claimed = 0;
	for (int i = 0; i < WEBHOOKS_MAX; i++) {
		(void)put_delivery(w, w->ann, put_webhook(w, w->ann, EVENT_DOCUMENT_DONE), 1000);
		(void)put_delivery(w, w->bob, put_webhook(w, w->bob, EVENT_DOCUMENT_DONE), 1000);
	}
	for (size_t i = 0; i < RUNNERS; i++) {
		runners[i].w = w;
		assert_int_equal(pthread_create(&runners[i].thread, NULL, claim_many, &runners[i]), 0);
	}
	for (size_t i = 0; i < RUNNERS; i++) {
		pthread_join(runners[i].thread, NULL);
		claimed += runners[i].claimed;
	}
	assert_int_equal(claimed, 2);
}

static enum err
add_webhook(struct world *w, struct why *why)
{
	const struct webhook h = {.id = uuid_new(), .user_id = w->ann, .url = "u", .secret = "s"};
	return storage_webhook_create(w->st, &h, why);
}

static void
who_adds_webhooks_at_the_same_time_has_no_more_than_may_be(void **state)
{
	struct world *w = *state;
	const struct webhook *h;
	size_t n;
	assert_int_equal(at_once(w, add_webhook, ERR_INVALID), WEBHOOKS_MAX);
	OK(storage_webhook_list(w->st, w->ann, w->mem, &h, &n, &w->why));
	OK(storage_webhook_end(w->st, w->ann, h[0].id, &w->why));
	assert_int_equal(at_once(w, add_webhook, ERR_INVALID), 1);
}

static void
a_dead_delivery_is_sent_again_under_its_id(void **state)
{
	struct world *w = *state;
	struct errand_page page;
	struct uuid hook = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE), nil = {{0}};
	(void)put_job(w, w->ann, "anns");
	settle(w, claim_one(w), "{}");
	const struct errand *e = claim_errand(w, 60000);
	assert_int_equal(storage_errand_again(w->st, w->ann, e->id, &w->why), ERR_CONFLICT);
	OK(storage_errand_settle(w->st, e, ERRAND_DEAD, 0, 0, 0, "410", &w->why));
	assert_null(claim_errand(w, 60000));
	OK(storage_errand_list(w->st, w->ann, hook, nil, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
	assert_int_equal(page.errands[0].state, ERRAND_DEAD);
	assert_string_equal(page.errands[0].detail, "410");
	OK(storage_errand_list(w->st, w->bob, hook, nil, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, 0);
	assert_int_equal(storage_errand_again(w->st, w->bob, e->id, &w->why), ERR_ABSENT);
	OK(storage_errand_again(w->st, w->ann, e->id, &w->why));
	const struct errand *again = claim_errand(w, 60000);
	assert_true(uuid_equal(again->id, e->id));
	assert_string_equal(again->body, e->body);
	assert_int_equal(again->attempt, 2);
}

static size_t
expired_before(struct world *w, int64_t before_ms)
{
	size_t n;
	OK(storage_errand_expire(w->st, before_ms, &n, &w->why));
	return n;
}

/* Done and dead alike, letters and deliveries; what waits, or waits again, stays however old it is. */
static void
what_has_ended_goes_in_time_and_what_waits_stays(void **state)
{
	struct world *w = *state;
	struct errand_page page;
	struct uuid hook = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE), nil = {{0}}, ids[3];
	int64_t later = clock_wall_ms() + 60000;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		ids[i] = put_delivery(w, w->ann, hook, (int64_t)i + 1);
		const struct errand *e = claim_errand(w, 60000);
		assert_true(uuid_equal(e->id, ids[i]));
		OK(storage_errand_settle(w->st, e, i == 1 ? ERRAND_DONE : ERRAND_DEAD, 0, 0, 0, "410",
		                         &w->why));
	}
	OK(storage_errand_again(w->st, w->ann, ids[2], &w->why));
	(void)put_letter(w, w->bob, 0);
	OK(storage_errand_settle(w->st, claim_errand(w, 60000), ERRAND_DONE, 0, 0, 0, "250", &w->why));

	assert_int_equal(expired_before(w, clock_wall_ms() - 60000), 0);
	assert_int_equal(expired_before(w, later), 3);
	assert_int_equal(expired_before(w, later), 0);
	OK(storage_errand_list(w->st, w->ann, hook, nil, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
	assert_true(uuid_equal(page.errands[0].id, ids[2]));
	assert_int_equal(storage_errand_again(w->st, w->ann, ids[0], &w->why), ERR_ABSENT);
	assert_true(uuid_equal(claim_errand(w, 60000)->id, ids[2]));
}

static void
of_very_many_that_have_ended_some_go_at_a_time(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 1001; i++)
		(void)put_letter(w, w->ann, 0);
	for (const struct errand *e; (e = claim_errand(w, 60000));)
		OK(storage_errand_settle(w->st, e, ERRAND_DONE, 0, 0, 0, NULL, &w->why));
	assert_int_equal(expired_before(w, clock_wall_ms() + 60000), 1000);
	assert_int_equal(expired_before(w, clock_wall_ms() + 60000), 1);
}

static void
a_webhook_ends_with_its_deliveries(void **state)
{
	struct world *w = *state;
	const struct webhook *h;
	size_t n;
	struct uuid hook = put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	(void)put_job(w, w->ann, "anns");
	settle(w, claim_one(w), "{}");
	OK(storage_webhook_list(w->st, w->ann, w->mem, &h, &n, &w->why));
	assert_int_equal(n, 1);
	assert_string_equal(h[0].secret, "s3cret");
	assert_int_equal(storage_webhook_get(w->st, w->bob, hook, w->mem, &h, &w->why), ERR_ABSENT);
	assert_int_equal(storage_webhook_end(w->st, w->bob, hook, &w->why), ERR_ABSENT);
	OK(storage_webhook_end(w->st, w->ann, hook, &w->why));
	assert_null(claim_errand(w, 60000));
	for (int i = 0; i < WEBHOOKS_MAX; i++)
		(void)put_webhook(w, w->ann, EVENT_DOCUMENT_DONE);
	struct webhook more = {.id = uuid_new(), .user_id = w->ann, .url = "u", .secret = "s"};
	assert_int_equal(storage_webhook_create(w->st, &more, &w->why), ERR_INVALID);
}

static void
an_export_runs_once_and_gives_way_to_the_next(void **state)
{
	struct world *w = *state;
	struct export_row row;
	OWNED(fd_close) int fd = -1;
	assert_int_equal(storage_export_get(w->st, w->ann, &row, &w->why), ERR_ABSENT);
	OK(storage_export_begin(w->st, w->ann, &w->why));
	assert_int_equal(storage_export_begin(w->st, w->ann, &w->why), ERR_CONFLICT);
	const struct errand *e = claim_errand(w, 60000);
	assert_int_equal(e->kind, ERRAND_EXPORT);
	struct blob zip = put_blob(w, "zip");
	OK(storage_export_end(w->st, w->ann, &zip, &w->why));
	OK(storage_export_get(w->st, w->ann, &row, &w->why));
	assert_int_equal(row.state, EXPORT_DONE);
	assert_string_equal(row.blob.key, zip.key);
	assert_int_equal(row.blob.size, 3);
	OK(storage_export_begin(w->st, w->ann, &w->why));
	assert_int_equal(blob_open(w->st, zip.key, &fd, &w->why), ERR_ABSENT); /* everything of hers: gone */
	OK(storage_export_end(w->st, w->ann, NULL, &w->why));
	OK(storage_export_get(w->st, w->ann, &row, &w->why));
	assert_int_equal(row.state, EXPORT_FAILED);
	OK(storage_export_begin(w->st, w->ann, &w->why));
	zip = put_blob(w, "zip again");
	OK(storage_export_end(w->st, w->ann, &zip, &w->why));
	OK(storage_user_erase(w->st, w->ann, &w->why));
	assert_int_equal(blob_open(w->st, zip.key, &fd, &w->why), ERR_ABSENT);
	assert_null(claim_errand(w, 60000));
}

static void
an_export_is_kept_for_its_time_and_no_longer(void **state)
{
	struct world *w = *state;
	struct export_row row;
	OWNED(fd_close) int fd = -1;
	assert_int_equal(storage_export_expire(w->st, clock_wall_ms() + 60000, &w->why), ERR_ABSENT);
	OK(storage_export_begin(w->st, w->ann, &w->why));
	assert_int_equal(storage_export_expire(w->st, clock_wall_ms() + 60000, &w->why), ERR_ABSENT);
	struct blob zip = put_blob(w, "zip");
	OK(storage_export_end(w->st, w->ann, &zip, &w->why));
	assert_int_equal(storage_export_expire(w->st, clock_wall_ms() - 60000, &w->why), ERR_ABSENT);
	OK(storage_export_get(w->st, w->ann, &row, &w->why));
	OK(storage_export_expire(w->st, clock_wall_ms() + 60000, &w->why));
	assert_int_equal(storage_export_get(w->st, w->ann, &row, &w->why), ERR_ABSENT);
	assert_int_equal(blob_open(w->st, zip.key, &fd, &w->why), ERR_ABSENT);
	assert_int_equal(storage_export_expire(w->st, clock_wall_ms() + 60000, &w->why), ERR_ABSENT);
}

int
errands_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(an_errand_is_in_one_hand_until_it_is_settled),
	    T(a_letter_goes_before_all_else_and_an_export_only_to_who_takes_it),
	    T(who_held_an_errand_too_long_settles_nothing),
	    T(a_webhook_is_told_of_its_events_and_of_no_one_elses),
	    T(of_one_owner_one_webhook_is_out_and_owners_take_turns),
	    T(an_owner_whose_addresses_take_long_goes_after_who_is_quick),
	    T(an_address_that_did_not_answer_rests_and_the_owners_others_do_not),
	    T(who_ends_a_webhook_that_is_out_gains_no_second),
	    T(who_claims_at_the_same_time_takes_no_two_of_one_owner),
	    T(who_adds_webhooks_at_the_same_time_has_no_more_than_may_be),
	    T(a_dead_delivery_is_sent_again_under_its_id),
	    T(what_has_ended_goes_in_time_and_what_waits_stays),
	    T(of_very_many_that_have_ended_some_go_at_a_time),
	    T(a_webhook_ends_with_its_deliveries),
	    T(an_export_runs_once_and_gives_way_to_the_next),
	    T(an_export_is_kept_for_its_time_and_no_longer),
	};
	return cmocka_run_group_tests_name("errands conformance", tests, NULL, NULL);
}
