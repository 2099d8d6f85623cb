#include "user_orders.h"

#include "accounts.h"
#include "api.h"
#include "clock.h"
#include "passkeys.h"

#define ORDER_MEMORY (4 * MIB)
#define LINK_LIFE_MS (24 * (int64_t)3600000)

struct order {
	struct storage *st;
	const struct settings *settings;
	const json_t *o;
	struct arena *mem;
	struct buf *out;
};

/* A link that sets a password once. Behind "#", so that it reaches no log of a server. */
static enum err
put_link(struct order *r, const struct user *u, struct why *why)
{
	char token[API_TOKEN_LEN];
	uint8_t hash[TOKEN_HASH_LEN];
	api_link_token(token, hash);
	const struct key k = {.id = uuid_new(),
	                      .user_id = u->id,
	                      .kind = KEY_RESET,
	                      .data = u->email,
	                      .ends_ms = clock_wall_ms() + LINK_LIFE_MS};
	TRY(storage_key_create(r->st, &k, hash, why));
	buf_printf(r->out, "Within a day, %s can choose a password here, once:\n%s/app/reset#%s\n", u->email,
	           r->settings->api_public_url, token);
	return ERR_NONE;
}

static enum err
add(struct order *r, struct why *why)
{
	const char *email = json_get_str(r->o, "email"), *password = json_get_str(r->o, "password"),
	           *locale = json_get_str(r->o, "locale");
	char hash[API_PASSWORD_HASH_LEN] = "none"; /* no password makes this hash */
	const struct user *u;
	if (!email || !strchr(email, '@'))
		return fail(why, ERR_BAD_EMAIL, "\"%.60s\" is no e-mail address", email ? email : "");
	if (password)
		TRY(api_hash_password(r->settings, email, password, hash, why));
	TRY(storage_user_create(r->st, email, hash, locale ? locale : "en", r->mem, &u, why));
	if (json_is_true(json_object_get(r->o, "admin"))) {
		struct user_change c = {USER_CHANGE_NONE, .action = "user.made_admin"};
		c.role = ROLE_ADMIN;
		TRY(storage_user_change(r->st, u->id, &c, r->mem, &u, why));
	}
	buf_printf(r->out, "%s has an account%s.\n", u->email,
	           u->role == ROLE_ADMIN ? " and is an admin" : "");
	return password ? ERR_NONE : put_link(r, u, why);
}

static enum err
list(struct order *r, struct why *why)
{
	struct uuid before = {{0}};
	for (bool more = true; more;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("users", ORDER_MEMORY);
		struct user_page page;
		TRY(storage_user_list(r->st, before, 200, mem, &page, why));
		for (size_t i = 0; i < page.n; i++) {
			const struct user *u = &page.users[i];
			char created[CLOCK_TEXT_LEN];
			clock_text(u->created_ms, created);
			buf_printf(r->out, "%.10s  %-5s  %-8s  %s%s\n", created,
			           u->role == ROLE_ADMIN ? "admin" : "user",
			           u->disabled ? "disabled" : "active", u->email,
			           u->delete_ms ? "  (leaving)" : "");
			before = u->id;
		}
		more = page.more;
	}
	return ERR_NONE;
}

/* "2026-12-01  open  until 2026-12-08  id  by ann@example.org  for bob@example.org  (a note)" */
static void
put_invitation(struct buf *out, const struct invitation *k)
{
	char created[CLOCK_TEXT_LEN], ends[CLOCK_TEXT_LEN], id[UUID_TEXT_LEN];
	clock_text(k->created_ms, created);
	clock_text(k->ends_ms, ends);
	uuid_text(k->id, id);
	buf_printf(out, "%.10s  %s  until %.10s  %s  by %s  for %s", created, k->used_ms ? "used" : "open",
	           ends, id, k->by_email, k->email ? k->email : "anybody");
	if (k->note)
		buf_printf(out, "  (%s)", k->note);
	if (k->used_by_email)
		buf_printf(out, "  used by %s", k->used_by_email);
	buf_putc(out, '\n');
}

static enum err
invitations(struct order *r, struct why *why)
{
	struct uuid before = {{0}};
	for (bool more = true; more;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("invitations", ORDER_MEMORY);
		struct invitation_page page;
		TRY(storage_invitation_list(r->st, before, 200, mem, &page, why));
		for (size_t i = 0; i < page.n; i++) {
			put_invitation(r->out, &page.invitations[i]);
			before = page.invitations[i].id;
		}
		more = page.more;
	}
	return ERR_NONE;
}

/* The one admin there is. */
static enum err
only_admin(struct order *r, struct uuid *ret, struct why *why)
{
	bool found = false;
	struct uuid before = {{0}};
	for (bool more = true; more;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("users", ORDER_MEMORY);
		struct user_page page;
		TRY(storage_user_list(r->st, before, 200, mem, &page, why));
		for (size_t i = 0; i < page.n; i++) {
			const struct user *u = &page.users[i];
			before = u->id;
			if (u->role != ROLE_ADMIN || u->disabled)
				continue;
			if (found)
				return fail(why, ERR_INVALID, "in whose name? --by EMAIL names an admin");
			found = true;
			*ret = u->id;
		}
		more = page.more;
	}
	return found ? ERR_NONE
	             : fail(why, ERR_INVALID, "there is no admin yet: `docket user add EMAIL --admin`");
}

/* An invitation is some admin's, and ends when they are none any more. */
static enum err
inviter(struct order *r, struct uuid *ret, struct why *why)
{
	const struct user *u;
	const char *by = json_get_str(r->o, "by");
	if (!by)
		return only_admin(r, ret, why);
	TRY(storage_user_by_email(r->st, by, r->mem, &u, why));
	if (u->role != ROLE_ADMIN || u->disabled)
		return fail(why, ERR_INVALID, "%s is no admin", u->email);
	*ret = u->id;
	return ERR_NONE;
}

static enum err
invite(struct order *r, struct why *why)
{
	struct uuid by;
	const char *email = json_get_str(r->o, "email"), *note = json_get_str(r->o, "note");
	char token[API_TOKEN_LEN];
	uint8_t hash[TOKEN_HASH_LEN];
	if (strcmp(r->settings->api_signup, "off") == 0)
		return fail(why, ERR_SIGNUP_CLOSED, "api.signup is off, which refuses invitations as well");
	TRY(api_check_invitation(email, note, why));
	TRY(inviter(r, &by, why));
	api_link_token(token, hash);
	const struct key k = {.id = uuid_new(),
	                      .user_id = by,
	                      .kind = KEY_INVITE,
	                      .data = email,
	                      .name = note && *note ? note : NULL,
	                      .ends_ms = clock_wall_ms() + API_INVITATION_LIFE_MS,
	                      .by_command = true};
	TRY(storage_key_create(r->st, &k, hash, why));
	buf_printf(r->out, "Within a week, %s can make an account here, once:\n%s/app/join#%s\n",
	           email ? email : "whoever has this link", r->settings->api_public_url, token);
	return ERR_NONE;
}

static enum err
end_invitation(struct order *r, struct why *why)
{
	struct uuid id;
	const char *text = json_get_str(r->o, "id");
	if (!text || !uuid_parse(text, &id))
		return fail(why, ERR_INVALID, "which? `docket user invitations` shows their ids");
	TRY(storage_invitation_end(r->st, id, (struct uuid){{0}}, NULL, why));
	buf_puts(r->out, "Its link makes no account any more.\n");
	return ERR_NONE;
}

static enum err
end_passkeys(struct order *r, const struct user *u, struct why *why)
{
	const struct passkey *list;
	size_t n;
	TRY(storage_passkey_list(r->st, u->id, r->mem, &list, &n, why));
	for (size_t i = 0; i < n; i++)
		TRY(storage_passkey_end(r->st, u->id, list[i].id, why));
	buf_printf(r->out, "%s has no passkey any more: be sure of who asked for that.\n", u->email);
	return ERR_NONE;
}

/* For who has lost it with its recovery codes, or has lost the passkeys without which the password opens
 * nothing (api.second_factor). What is logged in stays so. */
static enum err
end_factor(struct order *r, const struct user *u, struct why *why)
{
	if (!u->second_factor && u->passkey)
		return end_passkeys(r, u, why);
	if (!u->second_factor)
		return fail(why, ERR_CONFLICT, "%s has no second factor", u->email);
	TRY(storage_totp_end(r->st, u->id, why));
	TRY(storage_key_end_all(r->st, u->id, KEY_RECOVERY, why));
	buf_printf(r->out, "%s logs in without a code now: be sure of who asked for that.\n", u->email);
	return ERR_NONE;
}

static enum err
change(struct order *r, const char *order, struct why *why)
{
	const struct user *u;
	const char *email = json_get_str(r->o, "email");
	TRY(storage_user_by_email(r->st, email ? email : "", r->mem, &u, why));
	if (strcmp(order, "reset") == 0)
		return put_link(r, u, why);
	if (strcmp(order, "end-factor") == 0)
		return end_factor(r, u, why);
	if (strcmp(order, "delete") == 0) {
		TRY(storage_user_erase(r->st, u->id, why));
		buf_printf(r->out, "%s and everything of theirs is gone.\n", u->email);
		return ERR_NONE;
	}
	struct user_change c = {USER_CHANGE_NONE, .action = "user.changed_by_command"};
	if (strcmp(order, "admin") == 0)
		c.role = ROLE_ADMIN;
	else
		c.disabled = strcmp(order, "disable") == 0;
	TRY(storage_user_change(r->st, u->id, &c, r->mem, &u, why));
	buf_printf(r->out, "%s is %s%s.\n", u->email, u->role == ROLE_ADMIN ? "an admin, " : "",
	           u->disabled ? "disabled" : "active");
	return ERR_NONE;
}

enum err
user_order(struct storage *st, const struct settings *s, const json_t *o, struct buf *out, struct why *why)
{
	static const char *const changes[] = {"disable", "enable", "admin", "delete", "reset", "end-factor"};
	OWNED(arena_destroy) struct arena *mem = arena_create("order", ORDER_MEMORY);
	struct order r = {st, s, o, mem, out};
	const char *order = json_get_str(o, "order");
	if (order && strcmp(order, "add") == 0)
		return add(&r, why);
	if (order && strcmp(order, "list") == 0)
		return list(&r, why);
	if (order && strcmp(order, "invitations") == 0)
		return invitations(&r, why);
	if (order && strcmp(order, "invite") == 0)
		return invite(&r, why);
	if (order && strcmp(order, "end-invitation") == 0)
		return end_invitation(&r, why);
	for (size_t i = 0; order && i < ARRAY_LEN(changes); i++)
		if (strcmp(order, changes[i]) == 0)
			return change(&r, order, why);
	return fail(why, ERR_INVALID, "no such order");
}
