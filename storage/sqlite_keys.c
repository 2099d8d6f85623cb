/* Keys: secrets of which only the hash is kept. */
#include "sqlite_people.h"

#include "clock.h"

#define KEYS_MAX 200

#define KEY_COLUMNS                                                                             \
	"access_key.id, access_key.user_id, access_key.kind, access_key.name, access_key.data," \
	" access_key.scopes, access_key.created_ms, access_key.used_ms, access_key.ends_ms"

struct key_op {
	const struct key *key; /* to make */
	const uint8_t *hash;
	struct uuid user, id;
	enum key_kind kind;
	struct arena *mem;
	struct key *found;
};

static void
bind_hash(sqlite3_stmt *s, int i, const uint8_t *hash)
{
	sqlite3_bind_blob(s, i, hash, TOKEN_HASH_LEN, SQLITE_STATIC);
}

static enum err
column_key(sqlite3_stmt *s, struct arena *mem, struct key *k, struct why *why)
{
	bool full = false;
	k->id = column_uuid(s, 0);
	k->user_id = column_uuid(s, 1);
	k->kind = (enum key_kind)sqlite3_column_int(s, 2);
	k->name = column_text(s, 3, mem, &full);
	k->data = column_text(s, 4, mem, &full);
	k->scopes = (uint32_t)sqlite3_column_int64(s, 5);
	k->created_ms = sqlite3_column_int64(s, 6);
	k->used_ms = sqlite3_column_int64(s, 7);
	k->ends_ms = sqlite3_column_int64(s, 8);
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
create_key(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct key_op *o = arg;
	const struct key *k = o->key;
	int64_t now = clock_wall_ms();
	STATEMENT *s = statement(
	    c,
	    "INSERT INTO access_key (id, user_id, kind, key_hash, name, data, scopes, created_ms, ends_ms)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	    why);
	STATEMENT *old =
	    statement(c, "DELETE FROM access_key WHERE user_id = ?1 AND ends_ms > 0 AND ends_ms < ?2", why);
	if (!s || !old)
		return ERR_BROKEN;
	bind_uuid(s, 1, &k->id);
	bind_uuid(s, 2, &k->user_id);
	sqlite3_bind_int(s, 3, k->kind);
	bind_hash(s, 4, o->hash);
	bind_text(s, 5, k->name);
	bind_text(s, 6, k->data);
	sqlite3_bind_int64(s, 7, k->scopes);
	sqlite3_bind_int64(s, 8, now);
	sqlite3_bind_int64(s, 9, k->ends_ms);
	TRY(step_done(c, s, why));
	bind_uuid(old, 1, &k->user_id);
	sqlite3_bind_int64(old, 2, now);
	TRY(step_done(c, old, why));
	char id[UUID_TEXT_LEN];
	uuid_text(k->id, id);
	const char *action = key_made_action(k);
	return action ? insert_audit(c, &k->user_id, action, id, NULL, why) : ERR_NONE;
}

enum err
sqlite_key_create(struct storage *st, const struct key *key, const uint8_t key_hash[static TOKEN_HASH_LEN],
                  struct why *why)
{
	struct key_op o = {.key = key, .hash = key_hash};
	return store_write(st, create_key, &o, why);
}

static enum err
load_key(struct connection *c, enum key_kind kind, const uint8_t *hash, struct arena *mem, struct key **ret,
         struct why *why)
{
	struct key *k;
	ARENA_TRY(k, arena_alloc(mem, sizeof *k), mem, why);
	STATEMENT *s = statement(c,
	                         "SELECT " KEY_COLUMNS " FROM access_key WHERE key_hash = ?1 AND kind = ?2"
	                         " AND (ends_ms = 0 OR ends_ms > ?3) AND used_by IS NULL",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, hash);
	sqlite3_bind_int(s, 2, kind);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such key");
	TRY(e);
	TRY(column_key(s, mem, k, why));
	*ret = k;
	return ERR_NONE;
}

static enum err
touch_key(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	STATEMENT *s = statement(c, "UPDATE access_key SET used_ms = ?2 WHERE key_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, arg);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	return step_done(c, s, why);
}

enum err
sqlite_key_find(struct storage *st, enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN],
                struct arena *mem, const struct key **ret, struct why *why)
{
	struct key *k = NULL;
	struct connection *c = reader_take(st);
	enum err e = load_key(c, kind, key_hash, mem, &k, why);
	reader_give(st, c);
	TRY(e);
	if (clock_wall_ms() - k->used_ms > TOUCH_MS)
		touch_later(st, touch_key, key_hash);
	*ret = k;
	return ERR_NONE;
}

static enum err
spend_key(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct key_op *o = arg;
	TRY(load_key(c, o->kind, o->hash, o->mem, &o->found, why));
	STATEMENT *s = statement(c, "DELETE FROM access_key WHERE key_hash = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, o->hash);
	return step_done(c, s, why);
}

enum err
sqlite_key_spend(struct storage *st, enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN],
                 struct arena *mem, const struct key **ret, struct why *why)
{
	struct key_op o = {.kind = kind, .hash = key_hash, .mem = mem};
	TRY(store_write(st, spend_key, &o, why));
	*ret = o.found;
	return ERR_NONE;
}

static enum err
read_key_user(struct connection *c, const uint8_t *hash, int64_t now, struct arena *mem, struct user *u,
              int64_t *used, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT " USER_COLUMNS ", access_key.used_ms, access_key.scopes, access_key.ends_ms"
	              " FROM access_key JOIN user ON user.id = access_key.user_id"
	              " WHERE key_hash = ?1 AND kind = ?2 AND (ends_ms = 0 OR ends_ms > ?3)"
	              " AND disabled = 0",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_hash(s, 1, hash);
	sqlite3_bind_int(s, 2, KEY_API);
	sqlite3_bind_int64(s, 3, now);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_UNAUTHENTICATED, "no live token");
	TRY(e);
	*used = sqlite3_column_int64(s, N_USER_COLUMNS);
	u->scopes = (uint32_t)sqlite3_column_int64(s, N_USER_COLUMNS + 1);
	u->session_expires_ms = sqlite3_column_int64(s, N_USER_COLUMNS + 2);
	return column_user(s, 0, mem, u, why);
}

enum err
sqlite_key_user(struct storage *st, const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
                const struct user **ret, struct why *why)
{
	struct user *u;
	int64_t now = clock_wall_ms(), used = 0;
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	struct connection *c = reader_take(st);
	enum err e = read_key_user(c, key_hash, now, mem, u, &used, why);
	reader_give(st, c);
	TRY(e);
	if (now - used > TOUCH_MS)
		touch_later(st, touch_key, key_hash);
	*ret = u;
	return ERR_NONE;
}

static enum err
list_keys(struct connection *c, struct uuid user, enum key_kind kind, struct arena *mem,
          const struct key **ret, size_t *n, struct why *why)
{
	struct key *keys;
	ARENA_TRY(keys, arena_array(mem, KEYS_MAX, sizeof *keys), mem, why);
	STATEMENT *s = statement(c,
	                         "SELECT " KEY_COLUMNS " FROM access_key WHERE user_id = ?1 AND kind = ?2"
	                         " AND (ends_ms = 0 OR ends_ms > ?3) AND used_by IS NULL"
	                         " ORDER BY id DESC LIMIT 200",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	sqlite3_bind_int(s, 2, kind);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	size_t found = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(column_key(s, mem, &keys[found++], why));
	}
	*ret = keys;
	*n = found;
	return ERR_NONE;
}

enum err
sqlite_key_list(struct storage *st, struct uuid user, enum key_kind kind, struct arena *mem,
                const struct key **ret, size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list_keys(c, user, kind, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

static enum err
end_key(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct key_op *o = arg;
	char id[UUID_TEXT_LEN];
	STATEMENT *s =
	    statement(c, "DELETE FROM access_key WHERE user_id = ?1 AND kind = ?2 AND id = ?3", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int(s, 2, o->kind);
	bind_uuid(s, 3, &o->id);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_ABSENT, "no such key");
	uuid_text(o->id, id);
	const char *action = key_ended_action(o->kind);
	return action ? insert_audit(c, &o->user, action, id, NULL, why) : ERR_NONE;
}

enum err
sqlite_key_end(struct storage *st, struct uuid user, enum key_kind kind, struct uuid id, struct why *why)
{
	struct key_op o = {.user = user, .kind = kind, .id = id};
	return store_write(st, end_key, &o, why);
}

static enum err
end_all_keys(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct key_op *o = arg;
	STATEMENT *s = statement(c, "DELETE FROM access_key WHERE user_id = ?1 AND kind = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int(s, 2, o->kind);
	return step_done(c, s, why);
}

enum err
sqlite_key_end_all(struct storage *st, struct uuid user, enum key_kind kind, struct why *why)
{
	struct key_op o = {.user = user, .kind = kind};
	return store_write(st, end_all_keys, &o, why);
}
