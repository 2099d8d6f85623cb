/* What accounts.h promises of keys, of any driver: links, API tokens, invitations; and of sealed secrets. */
#include "conformance_world.h"

#include "audit.h"
#include "clock.h"
#include "own.h"
#include "test_folder.h"

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
	OK(storage_user_by_id(w->st, u->id, w->mem, &u, &w->why));
	assert_string_equal(u->password_hash, "hash-c");
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

int
keys_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_key_opens_its_kind_until_it_ends),
	    T(a_key_is_spent_once),
	    T(who_is_no_admin_any_more_has_no_invitations_out),
	    T(an_invitation_makes_one_account_and_says_whose),
	    T(open_invitations_are_listed_and_ended_and_the_audit_says_by_whom),
	    T(secrets_are_sealed_and_need_their_key),
	};
	return cmocka_run_group_tests_name("keys conformance", tests, NULL, NULL);
}
