/* Passkeys, and the challenges that they sign. */
#include "sqlite_people.h"

#include "clock.h"

#define PASSKEY_COLUMNS \
	"id, user_id, credential, algorithm, public_key, sign_count, name, created_ms, used_ms"

struct passkey_op {
	const struct passkey *passkey; /* to make */
	struct uuid user, id;
	const char *name;
	uint32_t count;
	bool went_back; /* the count has not grown */
};

static enum err
column_passkey(sqlite3_stmt *s, struct arena *mem, struct passkey *p, struct why *why)
{
	bool full = false;
	p->id = column_uuid(s, 0);
	p->user_id = column_uuid(s, 1);
	p->credential = column_text(s, 2, mem, &full);
	p->algorithm = sqlite3_column_int(s, 3);
	p->public_key = column_text(s, 4, mem, &full);
	p->sign_count = (uint32_t)sqlite3_column_int64(s, 5);
	p->name = column_text(s, 6, mem, &full);
	p->created_ms = sqlite3_column_int64(s, 7);
	p->used_ms = sqlite3_column_int64(s, 8);
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
audit_passkey(struct connection *c, const struct uuid *user, const char *action, struct uuid id,
              struct why *why)
{
	char text[UUID_TEXT_LEN];
	uuid_text(id, text);
	return insert_audit(c, user, action, text, NULL, why);
}

static enum err
count(struct connection *c, struct uuid user, int *ret, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT count(*) FROM passkey WHERE user_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	TRY(step_row(c, s, why));
	*ret = sqlite3_column_int(s, 0);
	return ERR_NONE;
}

static enum err
create(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct passkey *p = ((const struct passkey_op *)arg)->passkey;
	int n;
	TRY(count(c, p->user_id, &n, why));
	if (n >= PASSKEYS_MAX)
		return fail(why, ERR_INVALID, "at most %d passkeys", PASSKEYS_MAX);
	STATEMENT *s = statement(
	    c, "INSERT INTO passkey (" PASSKEY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &p->id);
	bind_uuid(s, 2, &p->user_id);
	bind_text(s, 3, p->credential);
	sqlite3_bind_int(s, 4, p->algorithm);
	bind_text(s, 5, p->public_key);
	sqlite3_bind_int64(s, 6, p->sign_count);
	bind_text(s, 7, p->name);
	sqlite3_bind_int64(s, 8, clock_wall_ms());
	enum err e = step_done(c, s, why);
	if (e == ERR_CONFLICT)
		return fail(why, ERR_CONFLICT, "this passkey is known already");
	TRY(e);
	return audit_passkey(c, &p->user_id, "passkey.created", p->id, why);
}

enum err
sqlite_passkey_create(struct storage *st, const struct passkey *p, struct why *why)
{
	return store_write(st, create, &(struct passkey_op){.passkey = p}, why);
}

static enum err
list(struct connection *c, struct uuid user, struct arena *mem, const struct passkey **ret, size_t *n,
     struct why *why)
{
	struct passkey *found;
	ARENA_TRY(found, arena_array(mem, PASSKEYS_MAX, sizeof *found), mem, why);
	STATEMENT *s = statement(
	    c, "SELECT " PASSKEY_COLUMNS " FROM passkey WHERE user_id = ?1 ORDER BY id DESC LIMIT 20", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	*n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(column_passkey(s, mem, &found[(*n)++], why));
	}
	*ret = found;
	return ERR_NONE;
}

enum err
sqlite_passkey_list(struct storage *st, struct uuid user, struct arena *mem, const struct passkey **ret,
                    size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list(c, user, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

static enum err
find(struct connection *c, const char *credential, struct arena *mem, const struct passkey **ret,
     struct why *why)
{
	struct passkey *p;
	ARENA_TRY(p, arena_alloc(mem, sizeof *p), mem, why);
	STATEMENT *s = statement(c, "SELECT " PASSKEY_COLUMNS " FROM passkey WHERE credential = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_text(s, 1, credential);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such passkey");
	TRY(e);
	TRY(column_passkey(s, mem, p, why));
	*ret = p;
	return ERR_NONE;
}

enum err
sqlite_passkey_find(struct storage *st, const char *credential, struct arena *mem, const struct passkey **ret,
                    struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = find(c, credential, mem, ret, why);
	reader_give(st, c);
	return e;
}

static enum err
use(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct passkey_op *o = arg;
	struct uuid user;
	{
		STATEMENT *s = statement(c, "SELECT user_id FROM passkey WHERE id = ?1", why);
		if (!s)
			return ERR_BROKEN;
		bind_uuid(s, 1, &o->id);
		enum err e = step_row(c, s, why);
		if (e == ERR_ABSENT)
			return fail(why, ERR_ABSENT, "no such passkey");
		TRY(e);
		user = column_uuid(s, 0);
	}
	STATEMENT *s = statement(c,
	                         "UPDATE passkey SET sign_count = ?2, used_ms = ?3 WHERE id = ?1"
	                         " AND (sign_count < ?2 OR (sign_count = 0 AND ?2 = 0))",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	sqlite3_bind_int64(s, 2, o->count);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	TRY(step_done(c, s, why));
	o->went_back = sqlite3_changes(c->db) == 0;
	return o->went_back ? audit_passkey(c, &user, "passkey.copied", o->id, why) : ERR_NONE;
}

enum err
sqlite_passkey_used(struct storage *st, struct uuid id, uint32_t sign_count, struct why *why)
{
	struct passkey_op o = {.id = id, .count = sign_count};
	TRY(store_write(st, use, &o, why));
	return o.went_back ? fail(why, ERR_CONFLICT, "its count of signatures has not grown") : ERR_NONE;
}

static enum err
change(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct passkey_op *o = arg;
	STATEMENT *s = statement(c,
	                         o->name ? "UPDATE passkey SET name = ?3 WHERE id = ?1 AND user_id = ?2"
	                                 : "DELETE FROM passkey WHERE id = ?1 AND user_id = ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	bind_uuid(s, 2, &o->user);
	if (o->name)
		bind_text(s, 3, o->name);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_ABSENT, "no such passkey");
	return audit_passkey(c, &o->user, o->name ? "passkey.renamed" : "passkey.ended", o->id, why);
}

enum err
sqlite_passkey_rename(struct storage *st, struct uuid user, struct uuid id, const char *name, struct why *why)
{
	return store_write(st, change, &(struct passkey_op){.user = user, .id = id, .name = name}, why);
}

enum err
sqlite_passkey_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	return store_write(st, change, &(struct passkey_op){.user = user, .id = id}, why);
}

/* ---- challenges ---- */

struct challenge_op {
	const uint8_t *hash;
	struct uuid user; /* nil: nobody is logged in */
	int64_t ends_ms;
};

static void
bind_owner(sqlite3_stmt *s, int i, const struct uuid *user)
{
	static const struct uuid nobody;
	if (!uuid_equal(*user, nobody))
		bind_uuid(s, i, user);
}

static enum err
put_challenge(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct challenge_op *o = arg;
	STATEMENT *old = statement(c, "DELETE FROM passkey_challenge WHERE ends_ms < ?1", why);
	STATEMENT *s = statement(c, "INSERT INTO passkey_challenge VALUES (?1, ?2, ?3)", why);
	if (!old || !s)
		return ERR_BROKEN;
	sqlite3_bind_int64(old, 1, clock_wall_ms());
	TRY(step_done(c, old, why));
	sqlite3_bind_blob(s, 1, o->hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	bind_owner(s, 2, &o->user);
	sqlite3_bind_int64(s, 3, o->ends_ms);
	return step_done(c, s, why);
}

enum err
sqlite_challenge_put(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user,
                     int64_t ends_ms, struct why *why)
{
	return store_write(st, put_challenge, &(struct challenge_op){hash, user, ends_ms}, why);
}

static enum err
spend_challenge(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct challenge_op *o = arg;
	STATEMENT *s = statement(c,
	                         "DELETE FROM passkey_challenge WHERE challenge_hash = ?1"
	                         " AND user_id IS ?2 AND ends_ms > ?3",
	                         why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_blob(s, 1, o->hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	bind_owner(s, 2, &o->user);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	TRY(step_done(c, s, why));
	return sqlite3_changes(c->db) ? ERR_NONE : fail(why, ERR_ABSENT, "no such challenge");
}

enum err
sqlite_challenge_spend(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user,
                       struct why *why)
{
	return store_write(st, spend_challenge, &(struct challenge_op){.hash = hash, .user = user}, why);
}
