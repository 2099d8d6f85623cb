/* Sessions: their beginning, use, list and end. */
#include "sqlite_people.h"

#include "clock.h"

static void
bind_hash(sqlite3_stmt *s, int i, const uint8_t *hash)
{
	if (hash)
		sqlite3_bind_blob(s, i, hash, TOKEN_HASH_LEN, SQLITE_STATIC);
}

static enum err
create_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct new_session *n = arg;
	int64_t now = clock_wall_ms();
	struct uuid id = uuid_new();
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO session (token_hash, user_id, created_ms, used_ms, idle_ms, ends_ms,"
	              " id, device, address) SELECT ?1, ?2, ?3, ?3, ?4, ?3 + ?5, ?6, ?7, ?8 FROM user"
	              " WHERE user.id = ?2 AND disabled = 0 AND (?9 IS NULL OR password_hash = ?9)",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, n->token_hash);
	bind_uuid(s, 2, &n->user);
	sqlite3_bind_int64(s, 3, now);
	sqlite3_bind_int64(s, 4, n->idle_ms);
	sqlite3_bind_int64(s, 5, n->life_ms);
	bind_uuid(s, 6, &id);
	bind_text(s, 7, n->device);
	bind_text(s, 8, n->address);
	bind_text(s, 9, n->password_hash);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_CONFLICT, "what opened it is not in force any more");
	/* Sessions that have ended are cleared when their owner logs in again: no sweeper needed. */
	STATEMENT *old = statement(
	    c, "DELETE FROM session WHERE user_id = ?1 AND (ends_ms < ?2 OR used_ms + idle_ms < ?2)", why);
	if (!old)
		return ERR_BROKEN;
	bind_uuid(old, 1, &n->user);
	sqlite3_bind_int64(old, 2, now);
	TRY(step_done(c, old, why));
	return insert_audit(c, &n->user, "session.created", NULL, NULL, why);
}

enum err
sqlite_session_create(struct storage *st, const struct new_session *s, struct why *why)
{
	struct new_session n = *s;
	return store_write(st, create_session, &n, why);
}

/* ---- use ---- */

static enum err
touch_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	STATEMENT *s = statement(c, "UPDATE session SET used_ms = ?2 WHERE token_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, arg);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	return step_done(c, s, why);
}

struct touch {
	struct write_op op;
	uint8_t hash[TOKEN_HASH_LEN];
};

static void
touch_done(struct write_op *op)
{
	free((struct touch *)op);
}

void
touch_later(struct storage *st, enum err (*note)(struct storage *, struct connection *, void *, struct why *),
            const uint8_t hash[static TOKEN_HASH_LEN])
{
	struct touch *t = calloc(1, sizeof *t);
	struct why why;
	if (!t)
		BUG("no memory for a change");
	memcpy(t->hash, hash, sizeof t->hash);
	t->op = (struct write_op){.run = note, .arg = t->hash, .done = touch_done};
	if (store_write_later(st, &t->op, &why) != ERR_NONE)
		free(t);
}

static enum err
read_session_user(struct connection *c, const uint8_t *hash, int64_t now, struct arena *mem, struct user *u,
                  int64_t *used, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT " USER_COLUMNS ", used_ms, min(ends_ms, used_ms + idle_ms)"
	              " FROM session JOIN user ON user.id = session.user_id"
	              " WHERE token_hash = ?1 AND ends_ms > ?2 AND used_ms + idle_ms > ?2 AND disabled = 0",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, hash);
	sqlite3_bind_int64(s, 2, now);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_UNAUTHENTICATED, "no live session");
	TRY(e);
	*used = sqlite3_column_int64(s, N_USER_COLUMNS);
	u->session_expires_ms = sqlite3_column_int64(s, N_USER_COLUMNS + 1);
	return column_user(s, 0, mem, u, why);
}

enum err
sqlite_session_user(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem,
                    const struct user **ret, struct why *why)
{
	struct user *u;
	int64_t now = clock_wall_ms(), used = 0;
	struct sqlite *db = st->rows;
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	bool kept = row_cache_session(db->rows, token_hash, mem, u, &used) && now < u->session_expires_ms;
	if (!kept) {
		uint64_t generation = row_cache_generation(db->rows, CACHED_PEOPLE);
		struct connection *c = reader_take(st);
		enum err e = read_session_user(c, token_hash, now, mem, u, &used, why);
		reader_give(st, c);
		TRY(e);
		row_cache_keep_session(db->rows, generation, token_hash, u, used);
	}
	if (now - used > TOUCH_MS)
		touch_later(st, touch_session, token_hash);
	*ret = u;
	return ERR_NONE;
}

/* ---- list ---- */

#define SESSIONS_MAX 200

static enum err
list_sessions(struct connection *c, struct uuid user, const uint8_t *current, struct arena *mem,
              const struct session **ret, size_t *n, struct why *why)
{
	struct session *list;
	bool full = false;
	size_t found = 0;
	ARENA_TRY(list, arena_array(mem, SESSIONS_MAX, sizeof *list), mem, why);
	STATEMENT *s =
	    statement(c,
	              "SELECT id, created_ms, used_ms, min(ends_ms, used_ms + idle_ms), device, address,"
	              " token_hash = ?3 FROM session"
	              " WHERE user_id = ?1 AND ends_ms > ?2 AND used_ms + idle_ms > ?2"
	              " ORDER BY id DESC LIMIT 200",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	bind_hash(s, 3, current);
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		list[found++] = (struct session){.id = column_uuid(s, 0),
		                                 .created_ms = sqlite3_column_int64(s, 1),
		                                 .used_ms = sqlite3_column_int64(s, 2),
		                                 .expires_ms = sqlite3_column_int64(s, 3),
		                                 .device = column_text(s, 4, mem, &full),
		                                 .address = column_text(s, 5, mem, &full),
		                                 .current = sqlite3_column_int(s, 6) != 0};
	}
	if (full)
		return arena_full(mem, why);
	*ret = list;
	*n = found;
	return ERR_NONE;
}

enum err
sqlite_session_list(struct storage *st, struct uuid user, const uint8_t *current_hash, struct arena *mem,
                    const struct session **ret, size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list_sessions(c, user, current_hash, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

/* ---- end ---- */

static enum err
end_session(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	STATEMENT *s = statement(c, "DELETE FROM session WHERE token_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, arg);
	return step_done(c, s, why);
}

enum err
sqlite_session_end(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN], struct why *why)
{
	uint8_t hash[TOKEN_HASH_LEN];
	memcpy(hash, token_hash, sizeof hash);
	return store_write(st, end_session, hash, why);
}

struct end_op {
	struct uuid user, id;
	const uint8_t *keep;
};

static enum err
end_one(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct end_op *o = arg;
	char id[UUID_TEXT_LEN];
	STATEMENT *s = statement(c, "DELETE FROM session WHERE user_id = ?1 AND id = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	bind_uuid(s, 2, &o->id);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_ABSENT, "no such session");
	uuid_text(o->id, id);
	return insert_audit(c, &o->user, "session.ended", id, NULL, why);
}

enum err
sqlite_session_end_one(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct end_op o = {.user = user, .id = id};
	return store_write(st, end_one, &o, why);
}

static enum err
end_others(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct end_op *o = arg;
	STATEMENT *s =
	    statement(c, "DELETE FROM session WHERE user_id = ?1 AND (?2 IS NULL OR token_hash <> ?2)", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	bind_hash(s, 2, o->keep);
	TRY(step_done(c, s, why));
	return insert_audit(c, &o->user, "session.others_ended", NULL, NULL, why);
}

enum err
sqlite_session_end_others(struct storage *st, struct uuid user, const uint8_t *keep_hash, struct why *why)
{
	struct end_op o = {.user = user, .keep = keep_hash};
	return store_write(st, end_others, &o, why);
}
