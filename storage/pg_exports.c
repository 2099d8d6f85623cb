/* The export of an account, in PostgreSQL: at most one a user, the newest. */
#include "pg_documents.h"
#include "pg_store.h"

#include "own.h"

struct export_op {
	struct uuid user, errand;
	const struct blob *blob;
	char last[BLOB_KEY_LEN]; /* the last one's file; "": it had none */
};

static enum err
begin(struct pg_tx *t, void *arg, struct why *why)
{
	struct export_op *o = arg;
	struct pg_call last = {
	    .sql = "SELECT blob_key FROM account_export WHERE user_id = $1 AND state <> 0 FOR UPDATE"};
	struct pg_call forget = {.sql = "DELETE FROM blob WHERE key = $1"};
	struct pg_call q = {
	    .sql = "INSERT INTO account_export (user_id, state, created_ms) VALUES ($1, 0, docket_ms())"
	           " ON CONFLICT (user_id) DO UPDATE SET state = 0, created_ms = excluded.created_ms,"
	           " ended_ms = 0, blob_key = NULL WHERE account_export.state <> 0 RETURNING 1"};
	struct pg_call after = {.sql = "WITH e AS (INSERT INTO errand (id, user_id, kind, created_ms, due_ms)"
	                               " VALUES ($2, $1, 2, docket_ms(), docket_ms()))"
	                               " INSERT INTO audit (at_ms, user_id, action, address) VALUES "
	                               "(docket_ms(), $1, 'account.exported', $3::text)"};
	RESULT *was = NULL;
	RESULT *r = NULL;
	arg_uuid(&last, o->user);
	TRY(pg_tx_run(t, &last, &was, why));
	snprintf(o->last, sizeof o->last, "%s", PQntuples(was) ? PQgetvalue(was, 0, 0) : "");
	arg_uuid(&q, o->user);
	TRY(pg_tx_run(t, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_CONFLICT, "an export is running");
	arg_text(&forget, o->last);
	if (o->last[0])
		TRY(pg_tx_run(t, &forget, NULL, why));
	arg_uuid(&after, o->user);
	arg_uuid(&after, o->errand);
	arg_text(&after, store_acts_for());
	return pg_tx_run(t, &after, NULL, why);
}

enum err
pg_export_begin(struct storage *st, struct uuid user, struct why *why)
{
	struct export_op o = {.user = user, .errand = uuid_new()};
	TRY(pg_transaction(st, begin, &o, why));
	pg_remove_blobs(st, o.last);
	return ERR_NONE;
}

static enum err
end(struct pg_tx *t, void *arg, struct why *why)
{
	const struct export_op *o = arg;
	if (o->blob) {
		struct pg_call b = {.sql = "INSERT INTO blob (key, size, sha256) VALUES ($1, $2, $3)"};
		arg_text(&b, o->blob->key);
		arg_int(&b, (int64_t)o->blob->size);
		arg_bytes(&b, o->blob->sha256, sizeof o->blob->sha256);
		TRY(pg_tx_run(t, &b, NULL, why));
	}
	struct pg_call q = {.sql =
	                        "UPDATE account_export SET state = $2, ended_ms = docket_ms(), blob_key = $3"
	                        " WHERE user_id = $1 AND state = 0 RETURNING 1"};
	RESULT *r = NULL;
	arg_uuid(&q, o->user);
	arg_int(&q, o->blob ? EXPORT_DONE : EXPORT_FAILED);
	arg_text(&q, o->blob ? o->blob->key : NULL);
	TRY(pg_tx_run(t, &q, &r, why));
	return PQntuples(r) > 0 ? ERR_NONE : fail(why, ERR_ABSENT, "no export is running");
}

enum err
pg_export_end(struct storage *st, struct uuid user, const struct blob *blob, struct why *why)
{
	struct export_op o = {.user = user, .blob = blob};
	return pg_transaction(st, end, &o, why);
}

enum err
pg_export_expire(struct storage *st, int64_t before_ms, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH x AS MATERIALIZED (SELECT user_id, blob_key FROM account_export WHERE state <> 0"
	           "  AND ended_ms < $1 LIMIT 1 FOR UPDATE SKIP LOCKED),"
	           " d AS (DELETE FROM account_export a USING x WHERE a.user_id = x.user_id),"
	           " b AS (DELETE FROM blob USING x WHERE blob.key = x.blob_key)"
	           " SELECT coalesce(blob_key, '') FROM x"};
	RESULT *r = NULL;
	arg_int(&q, before_ms);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "none is so old");
	pg_remove_blobs(st, PQgetvalue(r, 0, 0));
	return ERR_NONE;
}

enum err
pg_export_get(struct storage *st, struct uuid user, struct export_row *ret, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT state, created_ms, ended_ms, key, size, encode(sha256, 'hex')"
	           " FROM account_export LEFT JOIN blob ON blob.key = blob_key WHERE user_id = $1"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no export was asked for");
	*ret = (struct export_row){.state = (enum export_state)col_int(r, 0, 0),
	                           .created_ms = col_int(r, 0, 1),
	                           .ended_ms = col_int(r, 0, 2)};
	if (!PQgetisnull(r, 0, 3))
		col_blob(r, 0, 3, &ret->blob);
	return ERR_NONE;
}
