/* Users, sessions, audit, in PostgreSQL. */
#include "pg_people.h"

#include "own.h"

enum err
col_user(const PGresult *r, int row, struct arena *mem, struct user *u, struct why *why)
{
	bool full = false;
	u->id = col_uuid(r, row, 0);
	u->email = col_text(r, row, 1, mem, &full);
	u->password_hash = col_text(r, row, 2, mem, &full);
	u->locale = col_text(r, row, 3, mem, &full);
	u->created_ms = col_int(r, row, 4);
	u->role = (enum user_role)col_int(r, row, 5);
	u->disabled = col_int(r, row, 6) != 0;
	u->second_factor = col_int(r, row, 7) != 0;
	u->verified_ms = col_int(r, row, 8);
	u->delete_ms = col_int(r, row, 9);
	u->passkey = col_int(r, row, 10) != 0;
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
find_user(struct storage *st, const struct pg_call *q, struct arena *mem, const struct user **ret,
          struct why *why)
{
	RESULT *r = NULL;
	struct user *u;
	TRY(pg_query(st, q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such user");
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	TRY(col_user(r, 0, mem, u, why));
	*ret = u;
	return ERR_NONE;
}

enum err
pg_user_by_email(struct storage *st, const char *email, struct arena *mem, const struct user **ret,
                 struct why *why)
{
	struct pg_call q = {.sql = "SELECT " USER_COLUMNS " FROM users WHERE email_folded = $1"};
	char *key;
	ARENA_TRY(key, email_folded(email, mem), mem, why);
	arg_text(&q, key);
	return find_user(st, &q, mem, ret, why);
}

enum err
pg_user_by_id(struct storage *st, struct uuid id, struct arena *mem, const struct user **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " USER_COLUMNS " FROM users WHERE id = $1"};
	arg_uuid(&q, id);
	return find_user(st, &q, mem, ret, why);
}

/* `folded` is the e-mail as people are told apart by it. Answers whether there was room for it. */
static void
user_creation(struct pg_call *q, struct uuid id, const char *email, const char *folded,
              const char *password_hash, const char *locale)
{
	q->sql = "WITH u AS (INSERT INTO users (id, email, email_folded, password_hash, locale, created_ms)"
	         "  VALUES ($1, $2, $3, $4, $5, docket_ms()) ON CONFLICT (email_folded) DO NOTHING"
	         "  RETURNING id),"
	         " a AS (INSERT INTO audit (at_ms, user_id, action, address)"
	         "  SELECT docket_ms(), id, 'user.created', $6::text FROM u) SELECT count(*) FROM u";
	arg_uuid(q, id);
	arg_text(q, email);
	arg_text(q, folded);
	arg_text(q, password_hash);
	arg_text(q, locale);
	arg_text(q, store_acts_for());
}

enum err
pg_user_create(struct storage *st, const char *email, const char *password_hash, const char *locale,
               struct arena *mem, const struct user **ret, struct why *why)
{
	struct uuid id = uuid_new();
	char *key;
	bool again;
	ARENA_TRY(key, email_folded(email, mem), mem, why);
	struct pg_call q = {0};
	user_creation(&q, id, email, key, password_hash, locale);
	enum err e = pg_change(st, &q, &again, NULL, why);
	if (e != ERR_NONE && !(e == ERR_CONFLICT && again))
		return e;
	TRY(pg_user_by_email(st, email, mem, ret, why));
	if (!uuid_equal((*ret)->id, id))
		return fail(why, ERR_EMAIL_TAKEN, "there is an account with this e-mail");
	return again ? pg_confirm(st, why) : ERR_NONE;
}

struct join_op {
	struct uuid id;
	const char *email, *folded, *password_hash, *locale;
	const uint8_t *invitation_hash;
};

static enum err
join(struct pg_tx *t, void *arg, struct why *why)
{
	const struct join_op *o = arg;
	struct pg_call q = {0};
	user_creation(&q, o->id, o->email, o->folded, o->password_hash, o->locale);
	RESULT *r = NULL;
	TRY(pg_tx_run(t, &q, &r, why));
	if (!col_int(r, 0, 0))
		return fail(why, ERR_EMAIL_TAKEN, "there is an account with this e-mail");
	return pg_use_invitation(t, o->invitation_hash, o->id, why);
}

enum err
pg_user_join(struct storage *st, const char *email, const char *password_hash, const char *locale,
             const uint8_t invitation_hash[static TOKEN_HASH_LEN], struct arena *mem, const struct user **ret,
             struct why *why)
{
	struct join_op o = {uuid_new(), email, NULL, password_hash, locale, invitation_hash};
	ARENA_TRY(o.folded, email_folded(email, mem), mem, why);
	TRY(pg_transaction(st, join, &o, why));
	return pg_user_by_id(st, o.id, mem, ret, why);
}

/* ---- sessions ---- */

enum err
pg_session_create(struct storage *st, const struct new_session *s, struct why *why)
{
	/* Sessions that have ended are cleared when their owner logs in again: no sweeper needed. */
	struct pg_call q = {
	    .sql = "WITH n AS (SELECT docket_ms() AS now),"
	           " s AS (INSERT INTO session"
	           "  (token_hash, user_id, created_ms, used_ms, idle_ms, ends_ms, id, device, address)"
	           "  SELECT $1, $2, now, now, $3, now + $4::bigint, $5, $6, $7 FROM n, users u"
	           "  WHERE u.id = $2 AND disabled = 0 AND ($9::text IS NULL OR password_hash = $9)"
	           "  FOR SHARE OF u" /* whoever changes the password now waits, and ends this session too */
	           "  ON CONFLICT DO NOTHING RETURNING user_id),"
	           " o AS (DELETE FROM session x USING n WHERE user_id = $2"
	           "  AND (ends_ms < now OR used_ms + idle_ms < now)),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, address)"
	           "  SELECT now, user_id, 'session.created', $8::text FROM s, n)"
	           " SELECT count(*) FROM s"};
	RESULT *r = NULL;
	bool again;
	arg_bytes(&q, s->token_hash, TOKEN_HASH_LEN);
	arg_uuid(&q, s->user);
	arg_int(&q, s->idle_ms);
	arg_int(&q, s->life_ms);
	arg_uuid(&q, uuid_new());
	arg_text(&q, s->device);
	arg_text(&q, s->address);
	arg_text(&q, store_acts_for());
	arg_text(&q, s->password_hash);
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) || again ? ERR_NONE
	                                 : fail(why, ERR_CONFLICT, "what opened it is not in force any more");
}

enum err
pg_session_user(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem,
                const struct user **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " USER_COLUMNS ", now - used_ms, LEAST(ends_ms, used_ms + idle_ms)"
	                           " FROM (SELECT docket_ms() AS now) n, session"
	                           " JOIN users ON users.id = user_id"
	                           " WHERE token_hash = $1 AND ends_ms > now AND used_ms + idle_ms > now"
	                           " AND disabled = 0"};
	RESULT *r = NULL;
	struct user *u;
	arg_bytes(&q, token_hash, TOKEN_HASH_LEN);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_UNAUTHENTICATED, "no live session");
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	TRY(col_user(r, 0, mem, u, why));
	u->session_expires_ms = col_int(r, 0, N_USER_COLUMNS + 1);
	if (col_int(r, 0, N_USER_COLUMNS) > TOUCH_MS) {
		struct pg_call touch = {.sql = "UPDATE session SET used_ms = docket_ms() FROM " PG_SOON
		                               " WHERE token_hash = $1"};
		RESULT *done = NULL;
		arg_bytes(&touch, token_hash, TOKEN_HASH_LEN);
		(void)!pg_query(st, &touch, &done, why);
	}
	*ret = u;
	return ERR_NONE;
}

enum err
pg_session_list(struct storage *st, struct uuid user, const uint8_t *current_hash, struct arena *mem,
                const struct session **ret, size_t *n, struct why *why)
{
	struct pg_call q = {.sql =
	                        "SELECT id, created_ms, used_ms, LEAST(ends_ms, used_ms + idle_ms), device,"
	                        " address, coalesce(token_hash = $2, false)::int"
	                        " FROM session, (SELECT docket_ms() AS now) n"
	                        " WHERE user_id = $1 AND ends_ms > now AND used_ms + idle_ms > now"
	                        " ORDER BY id DESC LIMIT 200"};
	RESULT *r = NULL;
	struct session *list;
	bool full = false;
	arg_uuid(&q, user);
	arg_bytes(&q, current_hash, TOKEN_HASH_LEN);
	TRY(pg_query(st, &q, &r, why));
	ARENA_TRY(list, arena_array(mem, (size_t)PQntuples(r) + 1, sizeof *list), mem, why);
	for (int i = 0; i < PQntuples(r); i++)
		list[i] = (struct session){.id = col_uuid(r, i, 0),
		                           .created_ms = col_int(r, i, 1),
		                           .used_ms = col_int(r, i, 2),
		                           .expires_ms = col_int(r, i, 3),
		                           .device = col_text(r, i, 4, mem, &full),
		                           .address = col_text(r, i, 5, mem, &full),
		                           .current = col_int(r, i, 6) != 0};
	if (full)
		return arena_full(mem, why);
	*ret = list;
	*n = (size_t)PQntuples(r);
	return ERR_NONE;
}

enum err
pg_session_end(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct why *why)
{
	struct pg_call q = {.sql = "DELETE FROM session WHERE token_hash = $1"};
	arg_bytes(&q, token_hash, TOKEN_HASH_LEN);
	return pg_change(st, &q, NULL, NULL, why);
}

enum err
pg_session_end_one(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct pg_call q = {.sql =
	                        "WITH s AS (DELETE FROM session WHERE user_id = $1 AND id = $2 RETURNING id),"
	                        " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	                        "  SELECT docket_ms(), $1, 'session.ended', id::text, $3::text FROM s)"
	                        " SELECT count(*) FROM s"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, user);
	arg_uuid(&q, id);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) || again ? ERR_NONE : fail(why, ERR_ABSENT, "no such session");
}

enum err
pg_session_end_others(struct storage *st, struct uuid user, const uint8_t *keep_hash, struct why *why)
{
	struct pg_call q = {.sql = "WITH s AS (DELETE FROM session WHERE user_id = $1"
	                           "  AND ($2::bytea IS NULL OR token_hash <> $2))"
	                           " INSERT INTO audit (at_ms, user_id, action, address)"
	                           " VALUES (docket_ms(), $1, 'session.others_ended', $3::text)"};
	arg_uuid(&q, user);
	arg_bytes(&q, keep_hash, TOKEN_HASH_LEN);
	arg_text(&q, store_acts_for());
	return pg_change(st, &q, NULL, NULL, why);
}
