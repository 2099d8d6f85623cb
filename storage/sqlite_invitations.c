/* Invitations: keys that make an account. A used one stays until its time is over, and says whose it made. */
#include "sqlite_people.h"

#include "clock.h"

_Static_assert(KEY_INVITE == 4, "as statements here and the index have it");

enum err
use_invitation(struct connection *c, const uint8_t *hash, struct uuid user, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE access_key SET used_ms = ?2, used_by = ?3 WHERE key_hash = ?1"
	                         " AND kind = 4 AND used_by IS NULL AND (ends_ms = 0 OR ends_ms > ?2)"
	                         " RETURNING id, user_id",
	                         why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_blob(s, 1, hash, TOKEN_HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	bind_uuid(s, 3, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such invitation");
	TRY(e);
	struct uuid id = column_uuid(s, 0), by = column_uuid(s, 1);
	char id_text[UUID_TEXT_LEN], user_text[UUID_TEXT_LEN];
	uuid_text(id, id_text);
	uuid_text(user, user_text);
	return insert_audit_detail(c, &by, "invitation.used", user_text, id_text, NULL, why);
}

static enum err
column_invitation(sqlite3_stmt *s, struct arena *mem, struct invitation *k, struct why *why)
{
	bool full = false;
	k->id = column_uuid(s, 0);
	k->by = column_uuid(s, 1);
	k->by_email = column_text(s, 2, mem, &full);
	k->email = column_text(s, 3, mem, &full);
	k->note = column_text(s, 4, mem, &full);
	k->created_ms = sqlite3_column_int64(s, 5);
	k->ends_ms = sqlite3_column_int64(s, 6);
	k->used_by = column_uuid(s, 7);
	k->used_by_email = column_text(s, 8, mem, &full);
	k->used_ms = sqlite3_column_int64(s, 9);
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
list_invitations(struct connection *c, struct uuid before, int32_t limit, struct arena *mem,
                 struct invitation_page *ret, struct why *why)
{
	struct invitation *list;
	ARENA_TRY(list, arena_array(mem, (size_t)limit, sizeof *list), mem, why);
	/* A look with the wrong address counts as a use of a key, and is none of an invitation. */
	STATEMENT *s = statement(c,
	                         "SELECT k.id, k.user_id, u.email, k.data, k.name, k.created_ms, k.ends_ms,"
	                         " k.used_by, j.email, iif(k.used_by IS NULL, 0, k.used_ms)"
	                         " FROM access_key k JOIN user u ON u.id = k.user_id"
	                         " LEFT JOIN user j ON j.id = k.used_by"
	                         " WHERE k.kind = 4 AND k.id < ?1 AND (k.ends_ms = 0 OR k.ends_ms > ?2)"
	                         " ORDER BY k.id DESC LIMIT ?3",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_before(s, 1, before);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	sqlite3_bind_int(s, 3, limit + 1);
	*ret = (struct invitation_page){.invitations = list};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		TRY(column_invitation(s, mem, &list[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_invitation_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem,
                       struct invitation_page *ret, struct why *why)
{
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = list_invitations(c, before, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

struct end_op {
	struct uuid id, by;
	const char *request_id;
};

static enum err
end_invitation(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct end_op *o = arg;
	STATEMENT *found = statement(c,
	                             "SELECT user_id, used_by IS NOT NULL FROM access_key WHERE id = ?1"
	                             " AND kind = 4 AND (ends_ms = 0 OR ends_ms > ?2)",
	                             why);
	if (!found)
		return ERR_BROKEN;
	bind_uuid(found, 1, &o->id);
	sqlite3_bind_int64(found, 2, clock_wall_ms());
	enum err e = step_row(c, found, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such invitation");
	TRY(e);
	if (sqlite3_column_int(found, 1))
		return fail(why, ERR_CONFLICT, "it was used already");
	struct uuid owner = column_uuid(found, 0);
	STATEMENT *s = statement(c, "DELETE FROM access_key WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	TRY(step_done(c, s, why));
	char id[UUID_TEXT_LEN], by[UUID_TEXT_LEN];
	uuid_text(o->id, id);
	uuid_text(o->by, by);
	if (uuid_equal(o->by, owner))
		return insert_audit(c, &owner, "invitation.ended", id, o->request_id, why);
	if (uuid_is_nil(o->by))
		return insert_audit(c, &owner, "invitation.ended_by_command", id, o->request_id, why);
	return insert_audit_detail(c, &owner, "invitation.ended_by_admin", by, id, o->request_id, why);
}

enum err
sqlite_invitation_end(struct storage *st, struct uuid id, struct uuid by, const char *request_id,
                      struct why *why)
{
	struct end_op o = {id, by, request_id};
	return store_write(st, end_invitation, &o, why);
}
