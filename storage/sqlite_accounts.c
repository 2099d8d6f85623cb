/* What changes of a user, who there is, how much they keep, and their leaving. */
#include "sqlite_people.h"

#include "clock.h"

/* ---- change ---- */

struct change_op {
	struct uuid id;
	const struct user_change *change;
	const char *folded;
	struct arena *mem;
	const struct user *user;
};

enum err
delete_of_user(struct connection *c, const char *sql, struct uuid user, struct why *why)
{
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	return step_done(c, s, why);
}

static void
bind_unless_kept(sqlite3_stmt *s, int i, int64_t value)
{
	if (value >= 0)
		sqlite3_bind_int64(s, i, value);
}

static enum err
end_invitations(struct connection *c, struct uuid user, struct why *why)
{
	STATEMENT *s = statement(c, "DELETE FROM access_key WHERE user_id = ?1 AND kind = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	sqlite3_bind_int(s, 2, KEY_INVITE);
	return step_done(c, s, why);
}

/* What may not outlive a change. */
static enum err
end_access(struct connection *c, struct uuid user, enum user_ends ends, struct why *why)
{
	_Static_assert(KEY_API == 0 && KEY_FEED == 1 && KEY_VERIFY == 2 && KEY_RESET == 3 &&
	                   KEY_RECOVERY == 5,
	               "as statements here have them");
	static const char *const sqls[] = {
	    "DELETE FROM session WHERE user_id = ?1",
	    "DELETE FROM access_key WHERE user_id = ?1 AND kind IN (2, 3)",
	    "DELETE FROM access_key WHERE user_id = ?1 AND kind IN (0, 1)",
	    "DELETE FROM passkey WHERE user_id = ?1",
	    "DELETE FROM errand WHERE subject_id IN (SELECT id FROM webhook WHERE user_id = ?1)",
	    "DELETE FROM webhook WHERE user_id = ?1",
	};
	if (ends == ENDS_NOTHING)
		return ERR_NONE;
	size_t n = ends == ENDS_ACCESS ? ARRAY_LEN(sqls) : 2;
	for (size_t i = 0; i < n; i++)
		TRY(delete_of_user(c, sqls[i], user, why));
	return insert_audit(c, &user, ends == ENDS_ACCESS ? "user.access_ended" : "session.others_ended",
	                    NULL, NULL, why);
}

static enum err
change_user(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct change_op *o = arg;
	const struct user_change *u = o->change;
	STATEMENT *s = statement(
	    c,
	    "UPDATE user SET email = coalesce(?2, email), email_folded = coalesce(?3, email_folded),"
	    " password_hash = coalesce(?4, password_hash), locale = coalesce(?5, locale),"
	    " totp_wrong = CASE WHEN ?4 IS NULL THEN totp_wrong ELSE 0 END,"
	    " role = coalesce(?6, role), disabled = coalesce(?7, disabled),"
	    " verified_ms = coalesce(?8, verified_ms), delete_ms = coalesce(?9, delete_ms)"
	    " WHERE id = ?1 AND (?10 IS NULL OR password_hash = ?10)",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	bind_text(s, 2, u->email);
	bind_text(s, 3, o->folded);
	bind_text(s, 4, u->password_hash);
	bind_text(s, 5, u->locale);
	bind_unless_kept(s, 6, u->role);
	bind_unless_kept(s, 7, u->disabled);
	bind_unless_kept(s, 8, u->verified_ms);
	bind_unless_kept(s, 9, u->delete_ms);
	bind_text(s, 10, u->password_was);
	enum err e = step_done(c, s, why);
	if (e == ERR_CONFLICT)
		return fail(why, ERR_EMAIL_TAKEN, "there is an account with this e-mail");
	TRY(e);
	bool changed = sqlite3_changes(c->db) > 0;
	TRY(load_user(c, o->id, o->mem, &o->user, why)); /* ERR_ABSENT when there was nobody to change */
	if (!changed)
		return fail(why, ERR_CONFLICT, "the password is another by now");
	if (u->disabled == 1) {
		TRY(delete_of_user(c, "DELETE FROM session WHERE user_id = ?1", o->id, why));
		TRY(delete_of_user(c, "DELETE FROM access_key WHERE user_id = ?1 AND kind <> 5", o->id, why));
	}
	if (u->role == ROLE_USER)
		TRY(end_invitations(c, o->id, why));
	TRY(insert_audit_detail(c, &o->id, u->action, u->by, u->detail, u->request_id, why));
	return end_access(c, o->id, u->ends, why);
}

enum err
sqlite_user_change(struct storage *st, struct uuid id, const struct user_change *change, struct arena *mem,
                   const struct user **ret, struct why *why)
{
	struct change_op o = {.id = id, .change = change, .mem = mem};
	if (change->email)
		ARENA_TRY(o.folded, email_folded(change->email, mem), mem, why);
	TRY(store_write(st, change_user, &o, why));
	*ret = o.user;
	return ERR_NONE;
}

/* ---- who there is ---- */

static enum err
list_users(struct connection *c, struct uuid before, int32_t limit, struct arena *mem, struct user_page *ret,
           struct why *why)
{
	struct user *users;
	ARENA_TRY(users, arena_array(mem, (size_t)limit, sizeof *users), mem, why);
	STATEMENT *s =
	    statement(c, "SELECT " USER_COLUMNS " FROM user WHERE id < ?1 ORDER BY id DESC LIMIT ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_before(s, 1, before);
	sqlite3_bind_int(s, 2, limit + 1);
	*ret = (struct user_page){.users = users};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		TRY(column_user(s, 0, mem, &users[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_user_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem,
                 struct user_page *ret, struct why *why)
{
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = list_users(c, before, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

enum err
load_usage(struct connection *c, struct uuid id, struct usage *ret, struct why *why)
{
	STATEMENT *s = statement(
	    c, "SELECT documents, bytes, trashed, trashed_bytes, waiting FROM usage WHERE user_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	enum err e = step_row(c, s, why);
	*ret = (struct usage){0};
	if (e == ERR_ABSENT)
		return ERR_NONE;
	TRY(e);
	ret->documents = sqlite3_column_int64(s, 0);
	ret->bytes = sqlite3_column_int64(s, 1);
	ret->trashed = sqlite3_column_int64(s, 2);
	ret->trashed_bytes = sqlite3_column_int64(s, 3);
	ret->waiting = sqlite3_column_int64(s, 4);
	return ERR_NONE;
}

enum err
sqlite_user_usage(struct storage *st, struct uuid id, struct usage *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = load_usage(c, id, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- leaving ---- */

static enum err
find_due(struct connection *c, struct uuid *ret, struct why *why)
{
	STATEMENT *s = statement(
	    c, "SELECT id FROM user WHERE delete_ms > 0 AND delete_ms <= ?1 ORDER BY delete_ms LIMIT 1", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, clock_wall_ms());
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "nobody is to go");
	TRY(e);
	*ret = column_uuid(s, 0);
	return ERR_NONE;
}

enum err
sqlite_user_due(struct storage *st, struct uuid *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = find_due(c, ret, why);
	reader_give(st, c);
	return e;
}

struct erase_op {
	struct uuid id;
	struct arena *mem;
	const char **blobs;
	size_t n_blobs;
};

/* How a table's rows lead to their user: by themselves, or by their document or job. */
static const struct {
	const char *column, *where;
} ways[] = {{"job_id", "job_id IN (SELECT id FROM job WHERE user_id = ?1)"},
            {"document_id", "document_id IN (SELECT id FROM document WHERE user_id = ?1)"},
            {"user_id", "user_id = ?1"}};

/* Asked of the schema and not listed here, so that no table that comes later is forgotten. Those that lead by
 * another row first, while that row is there. */
static enum err
tables_by(struct connection *c, size_t way, struct arena *mem, const char **ret, size_t max, size_t *n,
          struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT m.name,"
	              " EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'user_id'),"
	              " EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'document_id')"
	              " FROM sqlite_schema m WHERE m.type = 'table' AND m.name <> 'audit'"
	              " AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = ?1)",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_text(s, 1, ways[way].column);
	bool full = false;
	*n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		bool by_user = sqlite3_column_int(s, 1), by_document = sqlite3_column_int(s, 2);
		if ((way == 0 && (by_user || by_document)) || (way == 1 && by_user))
			continue;
		if (*n == max)
			return fail(why, ERR_BROKEN, "more than %zu tables", max);
		ret[(*n)++] = column_text(s, 0, mem, &full);
	}
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
delete_rows(struct connection *c, const char *table, const char *where, struct uuid id, struct why *why)
{
	char sql[300];
	sqlite3_stmt *s = NULL;
	snprintf(sql, sizeof sql, "DELETE FROM \"%s\" WHERE %s", table, where);
	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK)
		return sqlite_fail(c, why, sql);
	bind_uuid(s, 1, &id);
	enum err e = step_done(c, s, why);
	sqlite3_finalize(s);
	return e;
}

static enum err
collect_blobs(struct connection *c, struct erase_op *o, struct why *why)
{
	STATEMENT *s = statement(
	    c,
	    "SELECT blob_key FROM document WHERE user_id = ?1"
	    " UNION SELECT parsed_key FROM result WHERE user_id = ?1 AND parsed_key IS NOT NULL"
	    " UNION SELECT picture_key FROM page JOIN document ON document.id = page.document_id"
	    " WHERE user_id = ?1"
	    " UNION SELECT thumbnail_key FROM page JOIN document ON document.id = page.document_id"
	    " WHERE user_id = ?1 AND thumbnail_key IS NOT NULL"
	    " UNION SELECT blob_key FROM account_export WHERE user_id = ?1 AND blob_key IS NOT NULL",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	bool full = false;
	size_t room = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT && !full;) {
		TRY(e);
		if (o->n_blobs == room) {
			room = room ? 2 * room : 256;
			const char **more;
			ARENA_TRY(more, arena_array(o->mem, room, sizeof *more), o->mem, why);
			if (o->n_blobs)
				memcpy(more, o->blobs, o->n_blobs * sizeof *more);
			o->blobs = more;
		}
		o->blobs[o->n_blobs++] = column_text(s, 0, o->mem, &full);
	}
	return full ? arena_full(o->mem, why) : ERR_NONE;
}

static enum err
forget_blob(struct connection *c, const char *key, struct why *why)
{
	STATEMENT *s = statement(c, "DELETE FROM blob WHERE key = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_text(s, 1, key);
	return step_done(c, s, why);
}

static enum err
erase_rows(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct erase_op *o = arg;
	const struct user *user;
	const char *tables[64];
	size_t n;
	TRY(load_user(c, o->id, o->mem, &user, why));
	TRY(collect_blobs(c, o, why));
	if (sqlite3_exec(c->db, "PRAGMA defer_foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_fail(c, why, "deferring");
	TRY(delete_of_user(c, "DELETE FROM search WHERE rowid IN (SELECT n FROM document WHERE user_id = ?1)",
	                   o->id, why));
	for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
		TRY(tables_by(c, way, o->mem, tables, ARRAY_LEN(tables), &n, why));
		for (size_t i = 0; i < n; i++)
			TRY(delete_rows(c, tables[i], ways[way].where, o->id, why));
	}
	for (size_t i = 0; i < o->n_blobs; i++)
		TRY(forget_blob(c, o->blobs[i], why));
	TRY(delete_of_user(c, "DELETE FROM usage WHERE user_id = ?1", o->id,
	                   why)); /* what the triggers left */
	TRY(delete_of_user(c, "DELETE FROM user WHERE id = ?1", o->id, why));
	return insert_audit(c, &o->id, "user.erased", NULL, NULL, why);
}

enum err
sqlite_user_erase_rows(struct storage *st, struct uuid id, struct arena *mem, const char *const **ret_blobs,
                       size_t *n, struct why *why)
{
	struct erase_op o = {.id = id, .mem = mem};
	TRY(store_write(st, erase_rows, &o, why));
	/* What was deleted is still in the search index until its parts are merged, and in the log until that
	 * is written out. */
	TRY(store_scrub(st, why));
	store_note_ready(st);
	*ret_blobs = o.blobs;
	*n = o.n_blobs;
	return ERR_NONE;
}
