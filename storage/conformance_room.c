/* What a person keeps is counted, and may be no more than their share; of any driver. */
#include "conformance_world.h"

#include "library.h"
#include "own.h"

static void
what_a_user_keeps_is_counted(void **state)
{
	struct world *w = *state;
	struct usage u;
	OK(storage_user_usage(w->st, w->ann, &u, &w->why));
	assert_int_equal(u.documents, 0);
	(void)put_job(w, w->ann, "12345");
	(void)put_job(w, w->ann, "123");
	OK(storage_user_usage(w->st, w->ann, &u, &w->why));
	assert_int_equal(u.documents, 2);
	assert_int_equal(u.bytes, 8);
	assert_int_equal(u.waiting, 2);
	OK(storage_user_usage(w->st, w->bob, &u, &w->why));
	assert_int_equal(u.documents, 0);
}

static void
expect_usage(struct world *w, struct usage is)
{
	struct usage u;
	OK(storage_user_usage(w->st, w->ann, &u, &w->why));
	assert_int_equal(u.documents, is.documents);
	assert_int_equal(u.bytes, is.bytes);
	assert_int_equal(u.trashed, is.trashed);
	assert_int_equal(u.trashed_bytes, is.trashed_bytes);
	assert_int_equal(u.waiting, is.waiting);
}

static void
move(struct world *w, const struct job *j, bool trashed)
{
	struct document_change c = {DOCUMENT_CHANGE_NONE};
	const struct document *d;
	c.trashed = trashed;
	OK(storage_document_change(w->st, w->ann, j->document_id, &c, w->mem, &d, &w->why));
}

static void
what_lies_in_the_trash_is_counted_until_it_is_gone(void **state)
{
	struct world *w = *state;
	const struct job *three = put_job(w, w->ann, "123"), *five = put_job(w, w->ann, "12345");
	(void)put_job(w, w->ann, "1");
	settle(w, claim_one(w), "{}");
	expect_usage(w, (struct usage){.documents = 3, .bytes = 9, .waiting = 2});
	move(w, three, true);
	move(w, three, true);
	move(w, five, true);
	expect_usage(w, (struct usage){3, 9, 2, 8, 2});
	move(w, five, false);
	expect_usage(w, (struct usage){3, 9, 1, 3, 2});
	OK(storage_document_delete(w->st, w->ann, three->document_id, NULL, &w->why));
	OK(storage_document_delete(w->st, w->ann, five->document_id, NULL, &w->why));
	expect_usage(w, (struct usage){.documents = 1, .bytes = 1, .waiting = 1});
	/* Nothing is left of who leaves. */
	struct why why;
	OK(storage_user_erase(w->st, w->ann, &why));
	expect_usage(w, (struct usage){0});
}

static enum err
bring_and_throw_away(struct world *w, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("paper", MIB);
	struct blob b = {.size = 3};
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .media_type = "image/png"};
	struct document_change c = {DOCUMENT_CHANGE_NONE};
	const struct document *d;
	const struct job *j;
	bool replayed;
	hex_text(u.job_id.b, sizeof u.job_id.b, b.key);
	c.trashed = true;
	TRY(storage_upload(w->st, &u, mem, &j, &replayed, why));
	return storage_document_change(w->st, w->ann, u.document_id, &c, mem, &d, why);
}

static void
what_changes_at_the_same_time_is_counted_each(void **state)
{
	struct world *w = *state;
	assert_int_equal(at_once(w, bring_and_throw_away, ERR_QUOTA), AT_ONCE_TAKES);
	expect_usage(w, (struct usage){AT_ONCE_TAKES, 3 * AT_ONCE_TAKES, AT_ONCE_TAKES, 3 * AT_ONCE_TAKES,
	                               AT_ONCE_TAKES});
}

static void
who_has_used_their_room_is_refused_and_nobody_else(void **state)
{
	struct world *w = *state;
	const struct job *j;
	bool replayed;
	w->options.max_documents_per_user = 2;
	w->options.max_bytes_per_user = 20;
	reopen(w);
	struct blob b = put_blob(w, "12345");
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .media_type = "image/jpeg",
	                   .idempotency_key = "key"};
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	(void)put_job(w, w->ann, "123");
	struct blob more = put_blob(w, "x");
	struct upload third = {.user = w->ann,
	                       .job_id = uuid_new(),
	                       .document_id = uuid_new(),
	                       .blob = &more,
	                       .media_type = "image/jpeg"};
	assert_int_equal(storage_upload(w->st, &third, w->mem, &j, &replayed, &w->why), ERR_QUOTA);
	/* What was acknowledged before is not taken back. */
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_true(replayed);
	struct blob large = put_blob(w, "123456789012345678901");
	third.user = w->bob;
	third.blob = &large;
	assert_int_equal(storage_upload(w->st, &third, w->mem, &j, &replayed, &w->why), ERR_QUOTA);
	(void)put_job(w, w->bob, "12345678901234567890");
}

int
room_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(what_a_user_keeps_is_counted),
	    T(what_lies_in_the_trash_is_counted_until_it_is_gone),
	    T(what_changes_at_the_same_time_is_counted_each),
	    T(who_has_used_their_room_is_refused_and_nobody_else),
	};
	return cmocka_run_group_tests_name("room conformance", tests, NULL, NULL);
}
