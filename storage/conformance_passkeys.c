/* What any row driver must do with passkeys and their challenges. */
#include "conformance_world.h"

#include "clock.h"
#include "passkeys.h"

static struct passkey
passkey_of(struct uuid user, const char *credential, uint32_t count)
{
	return (struct passkey){.id = uuid_new(),
	                        .user_id = user,
	                        .credential = credential,
	                        .algorithm = -7,
	                        .public_key = "AAECAw",
	                        .sign_count = count,
	                        .name = "phone"};
}

static void
a_passkey_is_found_by_its_credential_and_listed_for_its_owner(void **state)
{
	struct world *w = *state;
	const struct passkey *found;
	size_t n;
	struct passkey p = passkey_of(w->ann, "one", 7), other = passkey_of(w->ann, "two", 0);
	OK(storage_passkey_create(w->st, &p, &w->why));
	OK(storage_passkey_create(w->st, &other, &w->why));
	OK(storage_passkey_find(w->st, "one", w->mem, &found, &w->why));
	assert_true(uuid_equal(found->id, p.id));
	assert_true(uuid_equal(found->user_id, w->ann));
	assert_int_equal(found->algorithm, -7);
	assert_int_equal(found->sign_count, 7);
	assert_string_equal(found->public_key, "AAECAw");
	assert_string_equal(found->name, "phone");
	assert_int_equal(found->used_ms, 0);
	assert_true(found->created_ms > 0);
	assert_int_equal(storage_passkey_find(w->st, "One", w->mem, &found, &w->why), ERR_ABSENT);
	OK(storage_passkey_list(w->st, w->ann, w->mem, &found, &n, &w->why));
	assert_int_equal(n, 2);
	assert_string_equal(found[0].credential, "two");
	OK(storage_passkey_list(w->st, w->bob, w->mem, &found, &n, &w->why));
	assert_int_equal(n, 0);
}

static bool
has_one(struct world *w, struct uuid user)
{
	const struct user *u;
	OK(storage_user_by_id(w->st, user, w->mem, &u, &w->why));
	return u->passkey;
}

/* Also in the row that every request of theirs reads. */
static void
a_person_is_known_to_have_one_as_long_as_they_do(void **state)
{
	struct world *w = *state;
	const uint8_t hash[TOKEN_HASH_LEN] = {7};
	const struct user *u;
	struct passkey p = passkey_of(w->ann, "one", 0);
	begin_session(w, w->ann, hash[0], 600000, 600000);
	OK(storage_session_user(w->st, hash, w->mem, &u, &w->why));
	assert_false(u->passkey);
	OK(storage_passkey_create(w->st, &p, &w->why));
	OK(storage_session_user(w->st, hash, w->mem, &u, &w->why));
	assert_true(u->passkey);
	assert_true(has_one(w, w->ann));
	assert_false(has_one(w, w->bob));
	OK(storage_passkey_end(w->st, w->ann, p.id, &w->why));
	OK(storage_session_user(w->st, hash, w->mem, &u, &w->why));
	assert_false(u->passkey);
	assert_false(has_one(w, w->ann));
}

static void
a_credential_is_one_persons_and_nobody_has_too_many(void **state)
{
	struct world *w = *state;
	struct passkey p = passkey_of(w->ann, "one", 0), theirs = passkey_of(w->bob, "one", 0);
	OK(storage_passkey_create(w->st, &p, &w->why));
	assert_int_equal(storage_passkey_create(w->st, &theirs, &w->why), ERR_CONFLICT);
	for (int i = 1; i < PASSKEYS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "key %d", i);
		struct passkey more = passkey_of(w->ann, name, 0);
		OK(storage_passkey_create(w->st, &more, &w->why));
	}
	struct passkey last = passkey_of(w->ann, "last", 0);
	assert_int_equal(storage_passkey_create(w->st, &last, &w->why), ERR_INVALID);
	last.user_id = w->bob;
	OK(storage_passkey_create(w->st, &last, &w->why));
}

static enum err
add_passkey(struct world *w, struct why *why)
{
	char credential[UUID_TEXT_LEN];
	uuid_text(uuid_new(), credential);
	struct passkey p = passkey_of(w->ann, credential, 0);
	return storage_passkey_create(w->st, &p, why);
}

static void
who_adds_passkeys_at_the_same_time_has_no_more_than_may_be(void **state)
{
	struct world *w = *state;
	const struct passkey *found;
	size_t n;
	assert_int_equal(at_once(w, add_passkey, ERR_INVALID), PASSKEYS_MAX);
	OK(storage_passkey_list(w->st, w->ann, w->mem, &found, &n, &w->why));
	OK(storage_passkey_end(w->st, w->ann, found[0].id, &w->why));
	assert_int_equal(at_once(w, add_passkey, ERR_INVALID), 1);
}

static void
a_count_that_does_not_grow_tells_of_a_copy(void **state)
{
	struct world *w = *state;
	const struct passkey *found;
	struct passkey counts = passkey_of(w->ann, "counts", 3), never = passkey_of(w->ann, "never", 0);
	OK(storage_passkey_create(w->st, &counts, &w->why));
	OK(storage_passkey_create(w->st, &never, &w->why));
	OK(storage_passkey_used(w->st, counts.id, 4, &w->why));
	assert_int_equal(storage_passkey_used(w->st, counts.id, 4, &w->why), ERR_CONFLICT);
	assert_int_equal(storage_passkey_used(w->st, counts.id, 0, &w->why), ERR_CONFLICT);
	OK(storage_passkey_used(w->st, counts.id, 4000000000U, &w->why));
	OK(storage_passkey_find(w->st, "counts", w->mem, &found, &w->why));
	assert_int_equal(found->sign_count, 4000000000U);
	assert_true(found->used_ms > 0);
	OK(storage_passkey_used(w->st, never.id, 0, &w->why));
	OK(storage_passkey_used(w->st, never.id, 0, &w->why));
	assert_int_equal(storage_passkey_used(w->st, uuid_new(), 1, &w->why), ERR_ABSENT);
}

static void
only_its_owner_renames_and_ends_a_passkey(void **state)
{
	struct world *w = *state;
	const struct passkey *found;
	struct passkey p = passkey_of(w->ann, "one", 0);
	OK(storage_passkey_create(w->st, &p, &w->why));
	assert_int_equal(storage_passkey_rename(w->st, w->bob, p.id, "mine", &w->why), ERR_ABSENT);
	assert_int_equal(storage_passkey_end(w->st, w->bob, p.id, &w->why), ERR_ABSENT);
	OK(storage_passkey_rename(w->st, w->ann, p.id, "ключ", &w->why));
	OK(storage_passkey_find(w->st, "one", w->mem, &found, &w->why));
	assert_string_equal(found->name, "ключ");
	OK(storage_passkey_end(w->st, w->ann, p.id, &w->why));
	assert_int_equal(storage_passkey_find(w->st, "one", w->mem, &found, &w->why), ERR_ABSENT);
	assert_int_equal(storage_passkey_end(w->st, w->ann, p.id, &w->why), ERR_ABSENT);
}

static void
a_challenge_is_good_once_for_whom_it_was_made(void **state)
{
	struct world *w = *state;
	static const struct uuid nobody;
	uint8_t hers[TOKEN_HASH_LEN] = {1}, any[TOKEN_HASH_LEN] = {2}, late[TOKEN_HASH_LEN] = {3};
	int64_t soon = clock_wall_ms() + 60000;
	OK(storage_challenge_put(w->st, late, nobody, clock_wall_ms() - 1, &w->why));
	assert_int_equal(storage_challenge_spend(w->st, late, nobody, &w->why), ERR_ABSENT);
	OK(storage_challenge_put(w->st, hers, w->ann, soon, &w->why));
	OK(storage_challenge_put(w->st, any, nobody, soon, &w->why));
	assert_int_equal(storage_challenge_spend(w->st, hers, nobody, &w->why), ERR_ABSENT);
	assert_int_equal(storage_challenge_spend(w->st, hers, w->bob, &w->why), ERR_ABSENT);
	assert_int_equal(storage_challenge_spend(w->st, any, w->ann, &w->why), ERR_ABSENT);
	OK(storage_challenge_spend(w->st, hers, w->ann, &w->why));
	assert_int_equal(storage_challenge_spend(w->st, hers, w->ann, &w->why), ERR_ABSENT);
	OK(storage_challenge_spend(w->st, any, nobody, &w->why));
	assert_int_equal(storage_challenge_spend(w->st, any, nobody, &w->why), ERR_ABSENT);
}

static void
passkeys_go_with_their_owner(void **state)
{
	struct world *w = *state;
	const struct passkey *found;
	uint8_t hash[TOKEN_HASH_LEN] = {1};
	struct passkey p = passkey_of(w->ann, "one", 0), theirs = passkey_of(w->bob, "two", 0);
	OK(storage_passkey_create(w->st, &p, &w->why));
	OK(storage_passkey_create(w->st, &theirs, &w->why));
	OK(storage_challenge_put(w->st, hash, w->ann, clock_wall_ms() + 60000, &w->why));
	OK(storage_user_erase(w->st, w->ann, &w->why));
	assert_int_equal(storage_passkey_find(w->st, "one", w->mem, &found, &w->why), ERR_ABSENT);
	OK(storage_passkey_find(w->st, "two", w->mem, &found, &w->why));
}

int
passkeys_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_passkey_is_found_by_its_credential_and_listed_for_its_owner),
	    T(a_person_is_known_to_have_one_as_long_as_they_do),
	    T(a_credential_is_one_persons_and_nobody_has_too_many),
	    T(who_adds_passkeys_at_the_same_time_has_no_more_than_may_be),
	    T(a_count_that_does_not_grow_tells_of_a_copy),
	    T(only_its_owner_renames_and_ends_a_passkey),
	    T(a_challenge_is_good_once_for_whom_it_was_made),
	    T(passkeys_go_with_their_owner),
	};
	return cmocka_run_group_tests_name("passkeys conformance", tests, NULL, NULL);
}
