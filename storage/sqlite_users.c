/* Users, audit. */
#include "sqlite_people.h"

#include "clock.h"

enum err
column_user(sqlite3_stmt *s, int i, struct arena *mem, struct user *u, struct why *why)
{
	bool full = false;
	u->id = column_uuid(s, i);
	u->email = column_text(s, i + 1, mem, &full);
	u->password_hash = column_text(s, i + 2, mem, &full);
	u->locale = column_text(s, i + 3, mem, &full);
	u->created_ms = sqlite3_column_int64(s, i + 4);
	u->role = (enum user_role)sqlite3_column_int(s, i + 5);
	u->disabled = sqlite3_column_int(s, i + 6) != 0;
	u->second_factor = sqlite3_column_int(s, i + 7) != 0;
	u->verified_ms = sqlite3_column_int64(s, i + 8);
	u->delete_ms = sqlite3_column_int64(s, i + 9);
	u->passkey = sqlite3_column_int(s, i + 10) != 0;
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
load_user(struct connection *c, struct uuid id, struct arena *mem, const struct user **ret, struct why *why)
{
	struct user *u;
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	STATEMENT *s = statement(c, "SELECT " USER_COLUMNS " FROM user WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such user");
	TRY(e);
	TRY(column_user(s, 0, mem, u, why));
	*ret = u;
	return ERR_NONE;
}

static enum err
load_by_email(struct connection *c, const char *key, struct arena *mem, const struct user **ret,
              struct why *why)
{
	struct user *u;
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	STATEMENT *s = statement(c, "SELECT " USER_COLUMNS " FROM user WHERE email_folded = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_text(s, 1, key);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such user");
	TRY(e);
	TRY(column_user(s, 0, mem, u, why));
	*ret = u;
	return ERR_NONE;
}

enum err
sqlite_user_by_email(struct storage *st, const char *email, struct arena *mem, const struct user **ret,
                     struct why *why)
{
	char *key;
	ARENA_TRY(key, email_folded(email, mem), mem, why);
	struct connection *c = reader_take(st);
	enum err e = load_by_email(c, key, mem, ret, why);
	reader_give(st, c);
	return e;
}

enum err
sqlite_user_by_id(struct storage *st, struct uuid id, struct arena *mem, const struct user **ret,
                  struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = load_user(c, id, mem, ret, why);
	reader_give(st, c);
	return e;
}

struct new_user {
	struct user u;
	const char *folded;
	const uint8_t *invitation; /* hash; NULL: by none */
};

static enum err
create_user(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct new_user *n = arg;
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO user (id, email, email_folded, password_hash, locale, created_ms)"
	              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &n->u.id);
	bind_text(s, 2, n->u.email);
	bind_text(s, 3, n->folded);
	bind_text(s, 4, n->u.password_hash);
	bind_text(s, 5, n->u.locale);
	sqlite3_bind_int64(s, 6, n->u.created_ms);
	enum err e = step_done(c, s, why);
	if (e == ERR_CONFLICT)
		return fail(why, ERR_EMAIL_TAKEN, "there is an account with this e-mail");
	TRY(e);
	TRY(insert_audit(c, &n->u.id, "user.created", NULL, NULL, why));
	return n->invitation ? use_invitation(c, n->invitation, n->u.id, why) : ERR_NONE;
}

static enum err
make_user(struct storage *st, const char *email, const char *password_hash, const char *locale,
          const uint8_t *invitation, struct arena *mem, const struct user **ret, struct why *why)
{
	struct new_user *n;
	ARENA_TRY(n, arena_alloc(mem, sizeof *n), mem, why);
	n->u.id = uuid_new();
	n->u.created_ms = clock_wall_ms();
	ARENA_TRY(n->u.email, arena_strdup(mem, email), mem, why);
	ARENA_TRY(n->u.password_hash, arena_strdup(mem, password_hash), mem, why);
	ARENA_TRY(n->u.locale, arena_strdup(mem, locale), mem, why);
	ARENA_TRY(n->folded, email_folded(email, mem), mem, why);
	n->invitation = invitation;
	TRY(store_write(st, create_user, n, why));
	*ret = &n->u;
	return ERR_NONE;
}

enum err
sqlite_user_create(struct storage *st, const char *email, const char *password_hash, const char *locale,
                   struct arena *mem, const struct user **ret, struct why *why)
{
	return make_user(st, email, password_hash, locale, NULL, mem, ret, why);
}

enum err
sqlite_user_join(struct storage *st, const char *email, const char *password_hash, const char *locale,
                 const uint8_t invitation_hash[static TOKEN_HASH_LEN], struct arena *mem,
                 const struct user **ret, struct why *why)
{
	return make_user(st, email, password_hash, locale, invitation_hash, mem, ret, why);
}
