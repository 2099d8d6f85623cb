/* The export of an account: at most one a user, the newest. */
#include "dead_blobs.h"
#include "sqlite_errands.h"
#include "sqlite_people.h"

#include "clock.h"

struct export_op {
	struct uuid user;
	int64_t before_ms;
	const struct blob *blob;
	struct arena *mem;
	struct dead_blobs dead; /* the last one's file */
};

static enum err
forget_last(struct connection *c, struct export_op *o, struct why *why)
{
	TRY(dead_blobs_find(c, "SELECT blob_key FROM account_export WHERE user_id = ?1 AND state <> 0",
	                    o->user, o->mem, &o->dead, why));
	TRY(delete_of_user(c, "DELETE FROM account_export WHERE user_id = ?1 AND state <> 0", o->user, why));
	return dead_blobs_forget(c, &o->dead, why);
}

static enum err
begin(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct export_op *o = arg;
	int64_t now = clock_wall_ms();
	TRY(forget_last(c, o, why));
	STATEMENT *s =
	    statement(c, "INSERT INTO account_export (user_id, state, created_ms) VALUES (?1, 0, ?2)", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int64(s, 2, now);
	enum err e = step_done(c, s, why);
	if (e == ERR_CONFLICT)
		return fail(why, ERR_CONFLICT, "an export is running");
	TRY(e);
	TRY(insert_errand(
	    c, &(struct errand){.id = uuid_new(), .user_id = o->user, .kind = ERRAND_EXPORT, .due_ms = now},
	    why));
	return insert_audit(c, &o->user, "account.exported", NULL, NULL, why);
}

enum err
sqlite_export_begin(struct storage *st, struct uuid user, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("export", 4 * KIB);
	struct export_op o = {.user = user, .mem = mem};
	TRY(store_write(st, begin, &o, why));
	dead_blobs_remove(st, &o.dead);
	return ERR_NONE;
}

static enum err
end(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct export_op *o = arg;
	if (o->blob)
		TRY(insert_blob(c, o->blob, why));
	STATEMENT *s = statement(c,
	                         "UPDATE account_export SET state = ?2, ended_ms = ?3, blob_key = ?4"
	                         " WHERE user_id = ?1 AND state = 0",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int(s, 2, o->blob ? EXPORT_DONE : EXPORT_FAILED);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	bind_text(s, 4, o->blob ? o->blob->key : NULL);
	TRY(step_done(c, s, why));
	return sqlite3_changes(c->db) > 0 ? ERR_NONE : fail(why, ERR_ABSENT, "no export is running");
}

enum err
sqlite_export_end(struct storage *st, struct uuid user, const struct blob *blob, struct why *why)
{
	struct export_op o = {.user = user, .blob = blob};
	return store_write(st, end, &o, why);
}

static enum err
find_old(struct connection *c, int64_t before_ms, struct uuid *ret, struct why *why)
{
	STATEMENT *s = statement(
	    c, "SELECT user_id FROM account_export WHERE state <> 0 AND ended_ms < ?1 LIMIT 1", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, before_ms);
	enum err e = step_row(c, s, why);
	TRY(e == ERR_ABSENT ? fail(why, ERR_ABSENT, "none is so old") : e);
	*ret = column_uuid(s, 0);
	return ERR_NONE;
}

static enum err
expire(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct export_op *o = arg;
	TRY(find_old(c, o->before_ms, &o->user, why));
	return forget_last(c, o, why);
}

enum err
sqlite_export_expire(struct storage *st, int64_t before_ms, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("export", 4 * KIB);
	struct export_op o = {.before_ms = before_ms, .mem = mem};
	struct uuid user;
	struct connection *c = reader_take(st); /* looking costs no commit */
	enum err e = find_old(c, before_ms, &user, why);
	reader_give(st, c);
	TRY(e);
	TRY(store_write(st, expire, &o, why));
	dead_blobs_remove(st, &o.dead);
	return ERR_NONE;
}

static enum err
get(struct connection *c, struct uuid user, struct export_row *ret, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT state, created_ms, ended_ms, key, size, sha256 FROM account_export"
	                         " LEFT JOIN blob ON blob.key = blob_key WHERE user_id = ?1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no export was asked for");
	TRY(e);
	*ret = (struct export_row){.state = (enum export_state)sqlite3_column_int(s, 0),
	                           .created_ms = sqlite3_column_int64(s, 1),
	                           .ended_ms = sqlite3_column_int64(s, 2)};
	if (sqlite3_column_type(s, 3) == SQLITE_NULL)
		return ERR_NONE;
	snprintf(ret->blob.key, sizeof ret->blob.key, "%s", (const char *)sqlite3_column_text(s, 3));
	ret->blob.size = (uint64_t)sqlite3_column_int64(s, 4);
	if (sqlite3_column_bytes(s, 5) == (int)sizeof ret->blob.sha256)
		memcpy(ret->blob.sha256, sqlite3_column_blob(s, 5), sizeof ret->blob.sha256);
	return ERR_NONE;
}

enum err
sqlite_export_get(struct storage *st, struct uuid user, struct export_row *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get(c, user, ret, why);
	reader_give(st, c);
	return e;
}
