/* What accounts.h promises of people, of any driver: what changes, what ends with it, who leaves. */
#include "conformance_world.h"

#include "clock.h"
#include "own.h"
#include "passkeys.h"

static const struct user *
user_of(struct world *w, struct uuid id)
{
	const struct user *u;
	OK(storage_user_by_id(w->st, id, w->mem, &u, &w->why));
	return u;
}
static void
a_change_touches_what_it_names_and_nothing_else(void **state)
{
	struct world *w = *state;
	const struct user *u;
	struct user_change c = {USER_CHANGE_NONE, .email = "Anna@example.org",
	                        .action = "user.email_changed"};
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_string_equal(u->email, "Anna@example.org");
	assert_string_equal(u->password_hash, "hash-a");
	assert_int_equal(u->role, ROLE_USER);
	OK(storage_user_by_email(w->st, "ANNA@example.org", w->mem, &u, &w->why));
	assert_true(uuid_equal(u->id, w->ann));
	assert_int_equal(storage_user_by_email(w->st, "ann@example.org", w->mem, &u, &w->why), ERR_ABSENT);

	c = (struct user_change){USER_CHANGE_NONE, .email = "BOB@example.org",
	                         .action = "user.email_changed"};
	assert_int_equal(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why), ERR_EMAIL_TAKEN);
	c = (struct user_change){USER_CHANGE_NONE, .password_hash = "new", .locale = "ru",
	                         .action = "user.changed"};
	c.role = ROLE_ADMIN;
	c.verified_ms = 5;
	c.delete_ms = 7;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	u = user_of(w, w->ann);
	assert_string_equal(u->password_hash, "new");
	assert_string_equal(u->locale, "ru");
	assert_string_equal(u->email, "Anna@example.org");
	assert_int_equal(u->role, ROLE_ADMIN);
	assert_int_equal(u->verified_ms, 5);
	assert_int_equal(u->delete_ms, 7);
	assert_int_equal(user_of(w, w->bob)->role, ROLE_USER);
	assert_int_equal(storage_user_change(w->st, uuid_new(), &c, w->mem, &u, &w->why), ERR_ABSENT);
	c.password_was = "new";
	c.password_hash = "newer";
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_int_equal(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why), ERR_CONFLICT);
	assert_string_equal(user_of(w, w->ann)->password_hash, "newer");
}

static void
a_password_that_has_changed_opens_no_session(void **state)
{
	struct world *w = *state;
	const struct user *u;
	uint8_t hash[TOKEN_HASH_LEN] = {1};
	struct new_session s = {.user = w->ann, .token_hash = hash, .idle_ms = 60000, .life_ms = 60000};
	s.password_hash = "the one before";
	assert_int_equal(storage_session_create(w->st, &s, &w->why), ERR_CONFLICT);
	assert_int_equal(storage_session_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	s.password_hash = "hash-a";
	OK(storage_session_create(w->st, &s, &w->why));
	OK(storage_session_user(w->st, hash, w->mem, &u, &w->why));
}

static void
everybody_is_listed_newest_first(void **state)
{
	struct world *w = *state;
	struct user_page page;
	OK(storage_user_list(w->st, (struct uuid){{0}}, 1, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
	assert_true(page.more);
	assert_true(uuid_equal(page.users[0].id, w->bob));
	OK(storage_user_list(w->st, w->bob, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
	assert_false(page.more);
	assert_true(uuid_equal(page.users[0].id, w->ann));
}

static void
sessions_are_listed_and_end_one_by_one_or_all_others(void **state)
{
	struct world *w = *state;
	const struct session *list;
	const struct user *u;
	size_t n;
	uint8_t first[TOKEN_HASH_LEN] = {1}, second[TOKEN_HASH_LEN] = {2}, third[TOKEN_HASH_LEN] = {3};
	for (uint8_t i = 1; i <= 3; i++)
		begin_session(w, w->ann, i, 60000, 600000);
	begin_session(w, w->ann, 4, 1, 600000);
	begin_session(w, w->bob, 9, 60000, 600000);
	clock_sleep_ms(5);
	OK(storage_session_list(w->st, w->ann, second, w->mem, &list, &n, &w->why));
	assert_int_equal(n, 3); /* the idle one has ended */
	assert_true(list[1].current);
	assert_false(list[0].current || list[2].current);
	assert_string_equal(list[0].device, "Firefox");
	assert_string_equal(list[0].address, "198.51.100.0/24");

	OK(storage_session_user(w->st, first, w->mem, &u, &w->why));
	assert_int_equal(u->session_expires_ms, list[2].expires_ms);
	assert_int_equal(storage_session_end_one(w->st, w->bob, list[2].id, &w->why), ERR_ABSENT);
	OK(storage_session_end_one(w->st, w->ann, list[2].id, &w->why));
	assert_int_equal(storage_session_user(w->st, first, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	OK(storage_session_end_others(w->st, w->ann, second, &w->why));
	OK(storage_session_user(w->st, second, w->mem, &u, &w->why));
	assert_int_equal(storage_session_user(w->st, third, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	OK(storage_session_end_others(w->st, w->ann, NULL, &w->why));
	assert_int_equal(storage_session_user(w->st, second, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	OK(storage_session_list(w->st, w->bob, NULL, w->mem, &list, &n, &w->why));
	assert_int_equal(n, 1);
}

static void
who_is_disabled_has_neither_sessions_nor_keys(void **state)
{
	struct world *w = *state;
	const struct user *u;
	uint8_t hash[TOKEN_HASH_LEN] = {1};
	begin_session(w, w->ann, 1, 60000, 60000);
	(void)put_key(w, w->ann, KEY_API, 1, 0);
	struct user_change c = {USER_CHANGE_NONE, .action = "user.disabled"};
	c.disabled = 1;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_true(u->disabled);
	uint8_t late[TOKEN_HASH_LEN] = {2};
	struct new_session s = {.user = w->ann, .token_hash = late, .idle_ms = 60000, .life_ms = 60000};
	assert_int_equal(storage_session_create(w->st, &s, &w->why), ERR_CONFLICT);
	assert_int_equal(storage_session_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(storage_key_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	c.disabled = 0;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_int_equal(storage_session_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
}

/* Whoever is let in again has not lost what they have written down. */
static void
recovery_codes_outlive_being_disabled(void **state)
{
	struct world *w = *state;
	const struct user *u;
	(void)put_key(w, w->ann, KEY_RECOVERY, 1, 0);
	(void)put_key(w, w->ann, KEY_FEED, 2, 0);
	struct user_change c = {USER_CHANGE_NONE, .action = "user.disabled"};
	c.disabled = 1;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_int_equal(keys_of(w, w->ann, KEY_RECOVERY), 1);
	assert_int_equal(keys_of(w, w->ann, KEY_FEED), 0);
}

static size_t
ways_in(struct world *w, struct uuid user)
{
	const struct passkey *p;
	const struct webhook *h;
	size_t passkeys, hooks;
	OK(storage_passkey_list(w->st, user, w->mem, &p, &passkeys, &w->why));
	OK(storage_webhook_list(w->st, user, w->mem, &h, &hooks, &w->why));
	return passkeys + hooks + keys_of(w, user, KEY_API) + keys_of(w, user, KEY_FEED);
}

static void
what_a_change_ends_is_over_with_it(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct uuid people[] = {w->ann, w->bob};
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		char credential[2] = {(char)('a' + i), '\0'};
		const struct passkey p = {.id = uuid_new(),
		                          .user_id = people[i],
		                          .credential = credential,
		                          .public_key = "k",
		                          .name = "phone"};
		const struct webhook h = {.id = uuid_new(),
		                          .user_id = people[i],
		                          .url = "https://x.example/",
		                          .secret = "s",
		                          .events = EVENT_DOCUMENT_DONE};
		begin_session(w, people[i], (uint8_t)(1 + i), 60000, 60000);
		OK(storage_passkey_create(w->st, &p, &w->why));
		OK(storage_webhook_create(w->st, &h, &w->why));
		for (unsigned k = 0; k < KEY_KIND_MAX; k++)
			(void)put_key(w, people[i], k, (uint8_t)(16 * (i + 1) + k), 0);
	}
	struct user_change c = {USER_CHANGE_NONE, .action = "user.changed", .locale = "ru"};
	uint8_t hash[TOKEN_HASH_LEN] = {1}, bobs[TOKEN_HASH_LEN] = {2};
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	OK(storage_session_user(w->st, hash, w->mem, &u, &w->why));
	c.ends = ENDS_SESSIONS;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_int_equal(storage_session_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(keys_of(w, w->ann, KEY_RESET) + keys_of(w, w->ann, KEY_VERIFY), 0);
	assert_int_equal(ways_in(w, w->ann), 4);
	c.ends = ENDS_ACCESS;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	assert_int_equal(ways_in(w, w->ann), 0);
	assert_int_equal(keys_of(w, w->ann, KEY_RECOVERY), 1);
	/* and nothing of anybody else's */
	OK(storage_session_user(w->st, bobs, w->mem, &u, &w->why));
	assert_int_equal(ways_in(w, w->bob), 4);
	assert_int_equal(keys_of(w, w->bob, KEY_RESET), 1);
}

static void
a_code_serves_once_and_none_before_it(void **state)
{
	struct world *w = *state;
	static const uint8_t secret[TOTP_SECRET_LEN] = {1, 2, 3};
	uint8_t got[TOTP_SECRET_LEN];
	struct totp_state on;
	assert_int_equal(storage_totp_get(w->st, w->ann, got, &on, &w->why), ERR_ABSENT);
	OK(storage_totp_begin(w->st, w->ann, secret, &w->why));
	OK(storage_totp_get(w->st, w->ann, got, &on, &w->why));
	assert_memory_equal(got, secret, sizeof secret);
	assert_false(on.in_force);
	assert_false(user_of(w, w->ann)->second_factor);
	OK(storage_totp_use(w->st, w->ann, 100, &w->why));
	assert_true(user_of(w, w->ann)->second_factor);
	assert_int_equal(storage_totp_begin(w->st, w->ann, secret, &w->why), ERR_CONFLICT);
	assert_true(user_of(w, w->ann)->second_factor);
	assert_int_equal(storage_totp_use(w->st, w->ann, 100, &w->why), ERR_CONFLICT);
	assert_int_equal(storage_totp_use(w->st, w->ann, 99, &w->why), ERR_CONFLICT);
	OK(storage_totp_use(w->st, w->ann, 101, &w->why));
	assert_int_equal(storage_totp_use(w->st, w->bob, 101, &w->why), ERR_CONFLICT);
	OK(storage_totp_end(w->st, w->ann, &w->why));
	assert_false(user_of(w, w->ann)->second_factor);
	assert_int_equal(storage_totp_get(w->st, w->ann, got, &on, &w->why), ERR_ABSENT);
}

static int32_t
one_more_wrong_code(struct world *w, int64_t forget_ms)
{
	int32_t n = 0;
	OK(storage_totp_wrong(w->st, w->ann, forget_ms, &n, &w->why));
	return n;
}

static void
wrong_codes_are_counted_forgotten_slowly_and_end_with_the_password(void **state)
{
	struct world *w = *state;
	static const uint8_t secret[TOTP_SECRET_LEN] = {1, 2, 3};
	uint8_t got[TOTP_SECRET_LEN];
	struct totp_state totp;
	const struct user *u;
	int64_t begun_ms = clock_wall_ms();
	OK(storage_totp_begin(w->st, w->ann, secret, &w->why));
	OK(storage_totp_use(w->st, w->ann, 100, &w->why));
	for (int32_t i = 1; i <= 3; i++)
		assert_int_equal(one_more_wrong_code(w, 3600000), i);
	/* A right one takes none of them back: whoever logs in would give a guesser new ones. */
	OK(storage_totp_use(w->st, w->ann, 101, &w->why));
	OK(storage_totp_get(w->st, w->ann, got, &totp, &w->why));
	assert_int_equal(totp.wrong, 3);
	assert_true(totp.wrong_ms >= begun_ms - 1000 && totp.wrong_ms <= clock_wall_ms() + 1000);
	clock_sleep_ms(20);
	assert_int_equal(one_more_wrong_code(w, 1), 1); /* all are forgotten, one is new */
	assert_int_equal(one_more_wrong_code(w, 3600000), 2);
	struct user_change change = {USER_CHANGE_NONE, .locale = "ru", .action = "user.locale_changed"};
	OK(storage_user_change(w->st, w->ann, &change, w->mem, &u, &w->why));
	assert_int_equal(one_more_wrong_code(w, 3600000), 3);
	change =
	    (struct user_change){USER_CHANGE_NONE, .password_hash = "h2", .action = "user.password_changed"};
	OK(storage_user_change(w->st, w->ann, &change, w->mem, &u, &w->why));
	assert_int_equal(one_more_wrong_code(w, 3600000), 1);
	int32_t n;
	assert_int_equal(storage_totp_wrong(w->st, uuid_new(), 1, &n, &w->why), ERR_ABSENT);
}

static void
nothing_of_an_erased_user_is_left_and_others_lose_nothing(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct job *mine = put_job(w, w->ann, "mine"), *theirs;
	const struct document *d, *gone;
	const struct job *j;
	uint8_t hash[TOKEN_HASH_LEN] = {1};
	OWNED(fd_close) int fd = -1;
	settle(w, claim_one(w), "{\"total\":1}");
	theirs = put_job(w, w->bob, "theirs");
	settle(w, claim_one(w), "{\"total\":2}");
	const struct job *waiting = put_job(w, w->ann, "waiting");
	const struct claim *held = claim_one(w);
	assert_true(uuid_equal(held->job_id, waiting->id));
	begin_session(w, w->ann, 1, 60000, 60000);
	(void)put_key(w, w->ann, KEY_API, 1, 0);
	OK(storage_document_get(w->st, w->ann, mine->document_id, w->mem, &gone, &w->why));

	OK(storage_user_erase(w->st, w->ann, &w->why));
	assert_int_equal(storage_user_by_id(w->st, w->ann, w->mem, &u, &w->why), ERR_ABSENT);
	assert_int_equal(storage_user_by_email(w->st, "ann@example.org", w->mem, &u, &w->why), ERR_ABSENT);
	assert_int_equal(storage_session_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(storage_key_user(w->st, hash, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(storage_job_get(w->st, w->ann, mine->id, w->mem, &j, &w->why), ERR_ABSENT);
	assert_int_equal(storage_document_get(w->st, w->ann, mine->document_id, w->mem, &d, &w->why),
	                 ERR_ABSENT);
	assert_int_equal(blob_open(w->st, gone->blob.key, &fd, &w->why), ERR_ABSENT);
	assert_int_equal(blob_open(w->st, held->blob.key, &fd, &w->why), ERR_ABSENT);
	assert_int_equal(storage_user_erase(w->st, w->ann, &w->why), ERR_ABSENT);
	/* Whoever was reading one of their papers finds that it is not theirs to settle. */
	enum job_state state_after;
	assert_int_equal(storage_settle_failed(w->st, held, ERR_CORRUPT_FILE, NULL, &state_after, &w->why),
	                 ERR_LEASE_LOST);

	const struct result *r;
	OK(storage_result_get(w->st, w->bob, theirs->id, w->mem, &r, &w->why));
	OK(storage_document_get(w->st, w->bob, theirs->document_id, w->mem, &d, &w->why));
	OK(blob_open(w->st, d->blob.key, &fd, &w->why));
}

static void
a_user_goes_when_the_time_has_come(void **state)
{
	struct world *w = *state;
	const struct user *u;
	struct uuid due;
	assert_int_equal(storage_user_due(w->st, &due, &w->why), ERR_ABSENT);
	struct user_change c = {USER_CHANGE_NONE, .action = "user.leaving"};
	c.delete_ms = clock_wall_ms() + 60000;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	c.delete_ms = clock_wall_ms() - 1;
	assert_int_equal(storage_user_due(w->st, &due, &w->why), ERR_ABSENT);
	OK(storage_user_change(w->st, w->bob, &c, w->mem, &u, &w->why));
	OK(storage_user_due(w->st, &due, &w->why));
	assert_true(uuid_equal(due, w->bob));
}

int
accounts_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_change_touches_what_it_names_and_nothing_else),
	    T(a_password_that_has_changed_opens_no_session),
	    T(everybody_is_listed_newest_first),
	    T(sessions_are_listed_and_end_one_by_one_or_all_others),
	    T(who_is_disabled_has_neither_sessions_nor_keys),
	    T(recovery_codes_outlive_being_disabled),
	    T(what_a_change_ends_is_over_with_it),
	    T(a_code_serves_once_and_none_before_it),
	    T(wrong_codes_are_counted_forgotten_slowly_and_end_with_the_password),
	    T(nothing_of_an_erased_user_is_left_and_others_lose_nothing),
	    T(a_user_goes_when_the_time_has_come),
	};
	return cmocka_run_group_tests_name("accounts conformance", tests, NULL, NULL);
}
