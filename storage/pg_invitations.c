/* Invitations, in PostgreSQL: keys that make an account. A used one stays until its time is over, and says
 * whose it made. */
#include "pg_people.h"

#include "own.h"

_Static_assert(KEY_INVITE == 4, "as statements here and the index have it");
#define INVITATION_LIVES "kind = 4 AND (ends_ms = 0 OR ends_ms > docket_ms())"

enum err
pg_use_invitation(struct pg_tx *t, const uint8_t *hash, struct uuid user, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH k AS (UPDATE access_key SET used_ms = docket_ms(), used_by = $2"
	        "  WHERE key_hash = $1 AND used_by IS NULL AND " INVITATION_LIVES "  RETURNING id, user_id),"
	        " a AS (INSERT INTO audit (at_ms, user_id, action, object, detail, address)"
	        "  SELECT docket_ms(), user_id, 'invitation.used', $2::uuid::text, id::text, $3::text FROM k)"
	        " SELECT count(*) FROM k"};
	RESULT *r = NULL;
	arg_bytes(&q, hash, TOKEN_HASH_LEN);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	TRY(pg_tx_run(t, &q, &r, why));
	return col_int(r, 0, 0) ? ERR_NONE : fail(why, ERR_ABSENT, "no such invitation");
}

static enum err
col_invitation(const PGresult *r, int row, struct arena *mem, struct invitation *k, struct why *why)
{
	bool full = false;
	k->id = col_uuid(r, row, 0);
	k->by = col_uuid(r, row, 1);
	k->by_email = col_text(r, row, 2, mem, &full);
	k->email = col_text(r, row, 3, mem, &full);
	k->note = col_text(r, row, 4, mem, &full);
	k->created_ms = col_int(r, row, 5);
	k->ends_ms = col_int(r, row, 6);
	k->used_by = col_uuid(r, row, 7);
	k->used_by_email = col_text(r, row, 8, mem, &full);
	k->used_ms = col_int(r, row, 9);
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_invitation_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem,
                   struct invitation_page *ret, struct why *why)
{
	/* A look with the wrong address counts as a use of a key, and is none of an invitation. */
	struct pg_call q = {
	    .sql = "SELECT k.id, k.user_id, u.email, k.data, k.name, k.created_ms, k.ends_ms, k.used_by, "
	           "j.email,"
	           " CASE WHEN k.used_by IS NULL THEN 0 ELSE k.used_ms END"
	           " FROM access_key k JOIN users u ON u.id = k.user_id LEFT JOIN users j ON j.id = k.used_by"
	           " WHERE " INVITATION_LIVES
	           " AND ($1::uuid IS NULL OR k.id < $1) ORDER BY k.id DESC LIMIT $2"};
	RESULT *r = NULL;
	struct invitation *list;
	TRY(check_limit(limit, why));
	arg_uuid(&q, before);
	arg_int(&q, limit + 1);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(list, arena_array(mem, (size_t)limit, sizeof *list), mem, why);
	for (int i = 0; i < n; i++)
		TRY(col_invitation(r, i, mem, &list[i], why));
	*ret = (struct invitation_page){.invitations = list, .n = (size_t)n, .more = PQntuples(r) > limit};
	return ERR_NONE;
}

enum err
pg_invitation_end(struct storage *st, struct uuid id, struct uuid by, const char *request_id, struct why *why)
{
	/* Whose it was is told in their audit: who did it is named there where that is somebody else. */
	struct pg_call q = {
	    .sql =
	        "WITH k AS (DELETE FROM access_key WHERE id = $1 AND used_by IS NULL AND " INVITATION_LIVES
	        "  RETURNING id, user_id),"
	        " a AS (INSERT INTO audit (at_ms, user_id, action, object, detail, request_id, address)"
	        "  SELECT docket_ms(), user_id, CASE WHEN $2::uuid = user_id THEN 'invitation.ended'"
	        "   WHEN $2 IS NULL THEN 'invitation.ended_by_command' ELSE 'invitation.ended_by_admin' END,"
	        "   CASE WHEN $2 <> user_id THEN $2::text ELSE id::text END,"
	        "   CASE WHEN $2 <> user_id THEN id::text END, $3::text, $4::text FROM k)"
	        " SELECT (SELECT count(*) FROM k), EXISTS (SELECT 1 FROM access_key WHERE id = $1"
	        "  AND used_by IS NOT NULL AND " INVITATION_LIVES ")"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, id);
	arg_uuid(&q, by);
	arg_text(&q, request_id);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	if (col_int(r, 0, 0))
		return ERR_NONE;
	if (PQgetvalue(r, 0, 1)[0] == 't')
		return fail(why, ERR_CONFLICT, "it was used already");
	return again ? pg_confirm(st, why) : fail(why, ERR_ABSENT, "no such invitation");
}
