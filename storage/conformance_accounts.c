/* What accounts.h promises, of any driver. */
#include "conformance_world.h"

#include "audit.h"
#include "clock.h"
#include "library.h"
#include "own.h"
#include "passkeys.h"
#include "test_folder.h"

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

static struct uuid
put_key(struct world *w, struct uuid user, enum key_kind kind, uint8_t first_byte, int64_t ends_ms)
{
	uint8_t hash[TOKEN_HASH_LEN] = {first_byte};
	struct key k = {.id = uuid_new(),
	                .user_id = user,
	                .kind = kind,
	                .name = "backup",
	                .scopes = SCOPE_READ | SCOPE_UPLOAD,
	                .ends_ms = ends_ms};
	OK(storage_key_create(w->st, &k, hash, &w->why));
	return k.id;
}

static void
a_key_opens_its_kind_until_it_ends(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct key *k;
	size_t n;
	uint8_t live[TOKEN_HASH_LEN] = {1}, old[TOKEN_HASH_LEN] = {2}, feed[TOKEN_HASH_LEN] = {3};
	struct uuid id = put_key(w, w->ann, KEY_API, 1, 0);
	(void)put_key(w, w->ann, KEY_FEED, 3, clock_wall_ms() + 60000);
	(void)put_key(w, w->ann, KEY_API, 2, clock_wall_ms() - 1);
	OK(storage_key_user(w->st, live, w->mem, &u, &w->why));
	assert_true(uuid_equal(u->id, w->ann));
	assert_int_equal(u->scopes, SCOPE_READ | SCOPE_UPLOAD);
	assert_int_equal(storage_key_user(w->st, old, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(storage_key_user(w->st, feed, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	OK(storage_key_find(w->st, KEY_FEED, feed, w->mem, &k, &w->why));
	OK(storage_ready(w->st, &w->why)); /* its use was noted without anybody waiting; now it has been */
	assert_int_equal(storage_key_find(w->st, KEY_RESET, feed, w->mem, &k, &w->why), ERR_ABSENT);

	OK(storage_key_list(w->st, w->ann, KEY_API, w->mem, &k, &n, &w->why));
	assert_int_equal(n, 1);
	assert_string_equal(k[0].name, "backup");
	assert_true(k[0].used_ms > 0);
	assert_int_equal(storage_key_end(w->st, w->bob, KEY_API, id, &w->why), ERR_ABSENT);
	assert_int_equal(storage_key_end(w->st, w->ann, KEY_FEED, id, &w->why), ERR_ABSENT);
	OK(storage_key_end(w->st, w->ann, KEY_API, id, &w->why));
	assert_int_equal(storage_key_user(w->st, live, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
}

static void
a_key_is_spent_once(void **state)
{
	struct world *w = *state;
	const struct key *k;
	uint8_t hash[TOKEN_HASH_LEN] = {1};
	(void)put_key(w, w->ann, KEY_RESET, 1, clock_wall_ms() + 60000);
	(void)put_key(w, w->ann, KEY_RECOVERY, 2, 0);
	assert_int_equal(storage_key_spend(w->st, KEY_VERIFY, hash, w->mem, &k, &w->why), ERR_ABSENT);
	OK(storage_key_spend(w->st, KEY_RESET, hash, w->mem, &k, &w->why));
	assert_true(uuid_equal(k->user_id, w->ann));
	assert_int_equal(storage_key_spend(w->st, KEY_RESET, hash, w->mem, &k, &w->why), ERR_ABSENT);
	hash[0] = 2;
	OK(storage_key_end_all(w->st, w->ann, KEY_RECOVERY, &w->why));
	assert_int_equal(storage_key_spend(w->st, KEY_RECOVERY, hash, w->mem, &k, &w->why), ERR_ABSENT);
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

static size_t
keys_of(struct world *w, struct uuid user, enum key_kind kind)
{
	const struct key *k;
	size_t n;
	OK(storage_key_list(w->st, user, kind, w->mem, &k, &n, &w->why));
	return n;
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
who_is_no_admin_any_more_has_no_invitations_out(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct key *k;
	size_t n;
	struct user_change c = {USER_CHANGE_NONE, .action = "user.changed"};
	(void)put_key(w, w->ann, KEY_INVITE, 1, 0);
	(void)put_key(w, w->ann, KEY_API, 2, 0);
	(void)put_key(w, w->bob, KEY_INVITE, 3, 0);
	c.role = ROLE_ADMIN;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	OK(storage_key_list(w->st, w->ann, KEY_INVITE, w->mem, &k, &n, &w->why));
	assert_int_equal(n, 1);
	c.role = ROLE_USER;
	OK(storage_user_change(w->st, w->ann, &c, w->mem, &u, &w->why));
	OK(storage_key_list(w->st, w->ann, KEY_INVITE, w->mem, &k, &n, &w->why));
	assert_int_equal(n, 0);
	OK(storage_key_list(w->st, w->ann, KEY_API, w->mem, &k, &n, &w->why));
	assert_int_equal(n, 1);
	OK(storage_key_list(w->st, w->bob, KEY_INVITE, w->mem, &k, &n, &w->why));
	assert_int_equal(n, 1);
}

static const struct invitation *
invitations_of(struct world *w, size_t n)
{
	struct invitation_page page;
	OK(storage_invitation_list(w->st, (struct uuid){{0}}, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, n);
	return page.invitations;
}

static void
an_invitation_makes_one_account_and_says_whose(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct key *k;
	const uint8_t hash[TOKEN_HASH_LEN] = {1}, late[TOKEN_HASH_LEN] = {2}, api[TOKEN_HASH_LEN] = {3};
	struct uuid id = put_key(w, w->ann, KEY_INVITE, 1, clock_wall_ms() + 60000);
	(void)put_key(w, w->ann, KEY_API, 3, 0);
	(void)put_key(w, w->bob, KEY_INVITE, 2, clock_wall_ms() - 1);
	OK(storage_key_find(w->st, KEY_INVITE, hash, w->mem, &k, &w->why));
	OK(storage_ready(w->st, &w->why)); /* that look was noted, and is no use */
	const struct invitation *i = invitations_of(w, 1);
	assert_true(uuid_equal(i->id, id) && uuid_equal(i->by, w->ann));
	assert_string_equal(i->by_email, "Ann@Example.org");
	assert_string_equal(i->note, "backup");
	assert_null(i->email);
	assert_true(uuid_is_nil(i->used_by) && !i->used_by_email && i->used_ms == 0);

	assert_int_equal(storage_user_join(w->st, "c@example.org", "h", "en", late, w->mem, &u, &w->why),
	                 ERR_ABSENT);
	assert_int_equal(storage_user_join(w->st, "c@example.org", "h", "en", api, w->mem, &u, &w->why),
	                 ERR_ABSENT);
	/* nobody was made, and a taken address costs no invitation */
	assert_int_equal(storage_user_by_email(w->st, "c@example.org", w->mem, &u, &w->why), ERR_ABSENT);
	assert_int_equal(storage_user_join(w->st, "BOB@example.org", "h", "en", hash, w->mem, &u, &w->why),
	                 ERR_EMAIL_TAKEN);
	OK(storage_user_join(w->st, "Carl@example.org", "hash-c", "ru", hash, w->mem, &u, &w->why));
	assert_string_equal(u->email, "Carl@example.org");
	assert_string_equal(u->locale, "ru");
	assert_string_equal(user_of(w, u->id)->password_hash, "hash-c");
	const struct user *other;
	assert_int_equal(storage_user_join(w->st, "d@example.org", "h", "en", hash, w->mem, &other, &w->why),
	                 ERR_ABSENT);
	assert_int_equal(storage_key_find(w->st, KEY_INVITE, hash, w->mem, &k, &w->why), ERR_ABSENT);
	assert_int_equal(keys_of(w, w->ann, KEY_INVITE), 0);

	i = invitations_of(w, 1);
	assert_true(uuid_equal(i->used_by, u->id) && i->used_ms > 0);
	assert_string_equal(i->used_by_email, "Carl@example.org");
	assert_int_equal(storage_invitation_end(w->st, id, w->ann, NULL, &w->why), ERR_CONFLICT);
	OK(storage_user_erase(w->st, u->id, &w->why)); /* what names them goes with them */
	(void)invitations_of(w, 0);
}

/* The newest entry of Ann's audit. */
static struct audit_entry
last_entry(struct world *w)
{
	struct audit_page page;
	OK(storage_audit_list(w->st, w->ann, 0, 1, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
	return page.entries[0];
}

static void
open_invitations_are_listed_and_ended_and_the_audit_says_by_whom(void **state)
{
	struct world *w = *state;
	struct invitation_page page;
	const uint8_t hash[TOKEN_HASH_LEN] = {1};
	const struct user *u;
	struct uuid ids[4];
	for (uint8_t i = 0; i < 4; i++)
		ids[i] = put_key(w, i == 3 ? w->bob : w->ann, KEY_INVITE, i + 1, clock_wall_ms() + 60000);
	OK(storage_invitation_list(w->st, (struct uuid){{0}}, 3, w->mem, &page, &w->why));
	assert_true(page.n == 3 && page.more);
	assert_true(uuid_equal(page.invitations[0].id, ids[3]));
	OK(storage_invitation_list(w->st, page.invitations[2].id, 3, w->mem, &page, &w->why));
	assert_true(page.n == 1 && !page.more && uuid_equal(page.invitations[0].id, ids[0]));

	char id[UUID_TEXT_LEN], bob[UUID_TEXT_LEN];
	uuid_text(w->bob, bob);
	OK(storage_invitation_end(w->st, ids[0], w->ann, NULL, &w->why));
	uuid_text(ids[0], id);
	struct audit_entry a = last_entry(w);
	assert_string_equal(a.action, "invitation.ended");
	assert_string_equal(a.object, id);
	OK(storage_invitation_end(w->st, ids[1], w->bob, "r1", &w->why));
	uuid_text(ids[1], id);
	a = last_entry(w);
	assert_string_equal(a.action, "invitation.ended_by_admin");
	assert_string_equal(a.object, bob);
	assert_string_equal(a.detail, id);
	assert_string_equal(a.request_id, "r1");
	OK(storage_invitation_end(w->st, ids[2], (struct uuid){{0}}, NULL, &w->why));
	uuid_text(ids[2], id);
	a = last_entry(w);
	assert_string_equal(a.action, "invitation.ended_by_command");
	assert_string_equal(a.object, id);

	assert_int_equal(storage_invitation_end(w->st, ids[2], w->ann, NULL, &w->why), ERR_ABSENT);
	assert_int_equal(storage_user_join(w->st, "c@example.org", "h", "en", hash, w->mem, &u, &w->why),
	                 ERR_ABSENT);
	assert_true(uuid_equal(invitations_of(w, 1)->id, ids[3]));
	/* and who makes one at the command line, in somebody's name, is told apart from them */
	const uint8_t by_command[TOKEN_HASH_LEN] = {5};
	OK(storage_key_create(
	    w->st, &(struct key){.id = ids[2], .user_id = w->ann, .kind = KEY_INVITE, .by_command = true},
	    by_command, &w->why));
	a = last_entry(w);
	assert_string_equal(a.action, "invitation.created_by_command");
	assert_string_equal(a.object, id);
	OK(storage_invitation_end(w->st, ids[2], w->ann, NULL, &w->why));
	/* and no key of another kind by its id */
	struct uuid token = put_key(w, w->ann, KEY_API, 9, 0);
	assert_int_equal(storage_invitation_end(w->st, token, w->ann, NULL, &w->why), ERR_ABSENT);
	assert_int_equal(keys_of(w, w->ann, KEY_API), 1);
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

static const char *
one_due_date(struct world *w)
{
	const struct due_date *d;
	size_t n;
	OK(storage_due_dates(w->st, w->ann, w->mem, &d, &n, &w->why));
	assert_true(n < 2);
	return n ? d[0].date : NULL;
}

static void
due_dates_are_as_corrected_and_not_paid_or_in_the_trash(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "bill");
	const struct document *d;
	assert_null(one_due_date(w));
	settle_asking(w, claim_one(w), "2026-12-24", NULL, NULL);
	assert_string_equal(one_due_date(w), "2026-12-24");

	struct correction_change c = {
	    .path = "due_date", .before = "{}", .after = "{\"normalized\":\"2027-01-01\"}"};
	struct correct o = {.user = w->ann, .job = j->id, .version = 1, .changes = &c, .n = 1};
	OK(storage_correct(w->st, &o, &w->why));
	assert_string_equal(one_due_date(w), "2027-01-01");
	c.after = NULL;
	o.version = 2;
	OK(storage_correct(w->st, &o, &w->why));
	assert_null(one_due_date(w));
	c.undo = true;
	o.version = 3;
	OK(storage_correct(w->st, &o, &w->why));
	assert_string_equal(one_due_date(w), "2026-12-24");

	struct document_change change = {DOCUMENT_CHANGE_NONE, .add_tag = "Оплачено"};
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_null(one_due_date(w));
	change = (struct document_change){DOCUMENT_CHANGE_NONE, .remove_tag = "оплачено"};
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_string_equal(one_due_date(w), "2026-12-24");

	change = (struct document_change){DOCUMENT_CHANGE_NONE};
	change.trashed = 1;
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_null(one_due_date(w));
}

/* A webhook of Ann's, whose secret is "a webhook's secret". */
static struct uuid
put_webhook(struct world *w)
{
	struct webhook hook = {.id = uuid_new(),
	                       .user_id = w->ann,
	                       .url = "https://hooks.example.org/",
	                       .secret = "a webhook's secret",
	                       .events = EVENT_DOCUMENT_DONE};
	OK(storage_webhook_create(w->st, &hook, &w->why));
	return hook.id;
}

static void
secrets_are_sealed_and_need_their_key(void **state)
{
	struct world *w = *state;
	static const uint8_t secret[TOTP_SECRET_LEN] = {0, 1, 2, 3, 200};
	uint8_t got[TOTP_SECRET_LEN];
	char folder[TEST_FOLDER_LEN], one[100], two[100];
	const struct webhook *hook;
	size_t n;
	struct totp_state on = {0};
	test_folder(folder);
	snprintf(one, sizeof one, "%s/one", folder);
	snprintf(two, sizeof two, "%s/two", folder);

	/* Stored before there was a key... */
	OK(storage_totp_begin(w->st, w->ann, secret, &w->why));
	OK(storage_totp_use(w->st, w->ann, 1, &w->why));
	struct uuid before = put_webhook(w);
	assert_false(storage_secrets(w->st).sealed);

	/* ...sealed with it, and read... */
	w->options.key_file = one;
	w->options.make_key = true;
	reopen(w);
	struct uuid after = put_webhook(w);
	for (int i = 0; i < 2; i++) {
		struct secret_state s = storage_secrets(w->st);
		assert_true(s.sealed);
		assert_int_equal(s.ours, 2 + i);
		assert_int_equal(s.lost, 0);
		OK(storage_totp_get(w->st, w->ann, got, &on, &w->why));
		assert_memory_equal(got, secret, sizeof secret);
		OK(storage_webhook_get(w->st, w->ann, before, w->mem, &hook, &w->why));
		assert_string_equal(hook->secret, "a webhook's secret");
		OK(storage_webhook_get(w->st, w->ann, after, w->mem, &hook, &w->why));
		assert_string_equal(hook->secret, "a webhook's secret");
		reopen(w);
	}

	/* ...and not without it, or with another; nothing else is hindered. */
	for (int i = 0; i < 2; i++) {
		w->options.key_file = i ? two : NULL;
		reopen(w);
		assert_int_equal(storage_secrets(w->st).lost, 3);
		on.in_force = false;
		assert_int_equal(storage_totp_get(w->st, w->ann, got, &on, &w->why), ERR_SECRET_LOST);
		assert_true(on.in_force);
		OK(storage_webhook_list(w->st, w->ann, w->mem, &hook, &n, &w->why));
		assert_int_equal(n, 2);
		assert_null(hook[0].secret);
	}
	w->options.key_file = one;
	reopen(w);
	OK(storage_totp_get(w->st, w->ann, got, &on, &w->why));
	w->options.key_file = NULL;
}

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
	    T(a_key_opens_its_kind_until_it_ends),
	    T(a_key_is_spent_once),
	    T(who_is_disabled_has_neither_sessions_nor_keys),
	    T(recovery_codes_outlive_being_disabled),
	    T(what_a_change_ends_is_over_with_it),
	    T(who_is_no_admin_any_more_has_no_invitations_out),
	    T(an_invitation_makes_one_account_and_says_whose),
	    T(open_invitations_are_listed_and_ended_and_the_audit_says_by_whom),
	    T(a_code_serves_once_and_none_before_it),
	    T(wrong_codes_are_counted_forgotten_slowly_and_end_with_the_password),
	    T(due_dates_are_as_corrected_and_not_paid_or_in_the_trash),
	    T(secrets_are_sealed_and_need_their_key),
	    T(what_a_user_keeps_is_counted),
	    T(what_lies_in_the_trash_is_counted_until_it_is_gone),
	    T(what_changes_at_the_same_time_is_counted_each),
	    T(who_has_used_their_room_is_refused_and_nobody_else),
	    T(nothing_of_an_erased_user_is_left_and_others_lose_nothing),
	    T(a_user_goes_when_the_time_has_come),
	};
	return cmocka_run_group_tests_name("accounts conformance", tests, NULL, NULL);
}
