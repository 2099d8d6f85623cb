/* Users, sessions, audit. */
#include "sqlite_store.h"

#include "clock.h"

#include <ctype.h>

#define SESSION_TOUCH_MS 60000

/* E-mails are compared without the case of their ASCII letters. */
static char *
folded(const char *email, struct arena *mem)
{
	char *f = arena_strdup(mem, email);
	for (char *p = f; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return f;
}

enum err
insert_audit(struct connection *c, const struct uuid *user, const char *action, const char *object,
             const char *request_id, struct why *why)
{
	STATEMENT *s = statement(
	    c, "INSERT INTO audit (at_ms, user_id, action, object, request_id) VALUES (?1, ?2, ?3, ?4, ?5)",
	    why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, clock_wall_ms());
	bind_uuid(s, 2, user);
	bind_text(s, 3, action);
	bind_text(s, 4, object);
	bind_text(s, 5, request_id);
	return step_done(c, s, why);
}

static enum err
read_user(struct storage *st, const char *sql, const void *key, int key_len, struct arena *mem,
          const struct user **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	struct user *u = arena_alloc(mem, sizeof *u);
	sqlite3_stmt *s = statement(c, sql, why);
	enum err e = !s ? ERR_BROKEN : ERR_NONE;
	bool full = !u;
	if (e == ERR_NONE) {
		if (key_len < 0)
			bind_text(s, 1, key);
		else
			sqlite3_bind_blob(s, 1, key, key_len, SQLITE_STATIC);
		e = step_row(c, s, why);
	}
	if (e == ERR_NONE && !full) {
		u->id = column_uuid(s, 0);
		u->email = column_text(s, 1, mem, &full);
		u->password_hash = column_text(s, 2, mem, &full);
		u->locale = column_text(s, 3, mem, &full);
		u->created_ms = sqlite3_column_int64(s, 4);
	}
	statement_reset(&s);
	reader_give(st, c);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such user");
	TRY(e);
	if (full)
		return arena_full(mem, why);
	*ret = u;
	return ERR_NONE;
}

enum err
sqlite_user_by_email(struct storage *st, const char *email, struct arena *mem, const struct user **ret,
                     struct why *why)
{
	char *key;
	ARENA_TRY(key, folded(email, mem), mem, why);
	return read_user(
	    st, "SELECT id, email, password_hash, locale, created_ms FROM user WHERE email_folded = ?1", key,
	    -1, mem, ret, why);
}

enum err
sqlite_user_by_id(struct storage *st, struct uuid id, struct arena *mem, const struct user **ret,
                  struct why *why)
{
	return read_user(st, "SELECT id, email, password_hash, locale, created_ms FROM user WHERE id = ?1",
	                 id.b, sizeof id.b, mem, ret, why);
}

struct new_user {
	struct user u;
	const char *folded;
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
	return insert_audit(c, &n->u.id, "user.created", NULL, NULL, why);
}

enum err
sqlite_user_create(struct storage *st, const char *email, const char *password_hash, const char *locale,
                   struct arena *mem, const struct user **ret, struct why *why)
{
	struct new_user *n;
	ARENA_TRY(n, arena_alloc(mem, sizeof *n), mem, why);
	n->u.id = uuid_new();
	n->u.created_ms = clock_wall_ms();
	ARENA_TRY(n->u.email, arena_strdup(mem, email), mem, why);
	ARENA_TRY(n->u.password_hash, arena_strdup(mem, password_hash), mem, why);
	ARENA_TRY(n->u.locale, arena_strdup(mem, locale), mem, why);
	ARENA_TRY(n->folded, folded(email, mem), mem, why);
	TRY(store_write(st, create_user, n, why));
	*ret = &n->u;
	return ERR_NONE;
}

/* ---- sessions ---- */

struct session_op {
	struct uuid user;
	const uint8_t *token_hash;
	int64_t idle_ms, life_ms;
};

static enum err
create_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct session_op *o = arg;
	int64_t now = clock_wall_ms();
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO session (token_hash, user_id, created_ms, used_ms, idle_ms, ends_ms)"
	              " VALUES (?1, ?2, ?3, ?3, ?4, ?3 + ?5)",
	              why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_blob(s, 1, o->token_hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	bind_uuid(s, 2, &o->user);
	sqlite3_bind_int64(s, 3, now);
	sqlite3_bind_int64(s, 4, o->idle_ms);
	sqlite3_bind_int64(s, 5, o->life_ms);
	TRY(step_done(c, s, why));
	/* Sessions that have ended are cleared when their owner logs in again: no sweeper needed. */
	STATEMENT *old = statement(
	    c, "DELETE FROM session WHERE user_id = ?1 AND (ends_ms < ?2 OR used_ms + idle_ms < ?2)", why);
	if (!old)
		return ERR_BROKEN;
	bind_uuid(old, 1, &o->user);
	sqlite3_bind_int64(old, 2, now);
	TRY(step_done(c, old, why));
	return insert_audit(c, &o->user, "session.created", NULL, NULL, why);
}

enum err
sqlite_session_create(struct storage *st, struct uuid user, const uint8_t token_hash[static TOKEN_HASH_LEN],
                      int64_t idle_ms, int64_t life_ms, struct why *why)
{
	struct session_op o = {user, token_hash, idle_ms, life_ms};
	return store_write(st, create_session, &o, why);
}

static enum err
touch_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct session_op *o = arg;
	STATEMENT *s = statement(c, "UPDATE session SET used_ms = ?2 WHERE token_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_blob(s, 1, o->token_hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	return step_done(c, s, why);
}

enum err
sqlite_session_user(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem,
                    const struct user **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	struct uuid user = {{0}};
	int64_t now = clock_wall_ms(), used = 0;
	sqlite3_stmt *s = statement(c,
	                            "SELECT user_id, used_ms FROM session"
	                            " WHERE token_hash = ?1 AND ends_ms > ?2 AND used_ms + idle_ms > ?2",
	                            why);
	enum err e = s ? ERR_NONE : ERR_BROKEN;
	if (e == ERR_NONE) {
		sqlite3_bind_blob(s, 1, token_hash, TOKEN_HASH_LEN, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, now);
		e = step_row(c, s, why);
	}
	if (e == ERR_NONE) {
		user = column_uuid(s, 0);
		used = sqlite3_column_int64(s, 1);
	}
	statement_reset(&s);
	reader_give(st, c);
	if (e == ERR_ABSENT)
		return fail(why, ERR_UNAUTHENTICATED, "no live session");
	TRY(e);
	if (now - used > SESSION_TOUCH_MS) {
		struct session_op o = {.token_hash = token_hash};
		TRY(store_write(st, touch_session, &o, why));
	}
	return sqlite_user_by_id(st, user, mem, ret, why);
}

static enum err
end_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct session_op *o = arg;
	STATEMENT *s = statement(c, "DELETE FROM session WHERE token_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_blob(s, 1, o->token_hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	return step_done(c, s, why);
}

enum err
sqlite_session_end(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct why *why)
{
	struct session_op o = {.token_hash = token_hash};
	return store_write(st, end_session, &o, why);
}

/* ---- audit ---- */

struct audit_op {
	struct uuid user;
	const char *action, *object, *request_id;
};

static enum err
audit(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct audit_op *o = arg;
	return insert_audit(c, uuid_is_nil(o->user) ? NULL : &o->user, o->action, o->object, o->request_id,
	                    why);
}

enum err
sqlite_audit(struct storage *st, struct uuid user, const char *action, const char *object,
             const char *request_id, struct why *why)
{
	struct audit_op o = {user, action, object, request_id};
	return store_write(st, audit, &o, why);
}
