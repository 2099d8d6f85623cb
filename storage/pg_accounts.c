/* What changes of a user, who there is, how much they keep, and their leaving, in PostgreSQL. */
#include "pg_people.h"
#include "pg_queue.h"

#include "own.h"

/* ---- change ---- */

struct change_op {
	struct uuid id;
	const struct user_change *change;
	const char *folded;
	struct arena *mem;
	const struct user *user;
};

static void
arg_unless_kept(struct pg_call *q, int64_t value)
{
	if (value >= 0)
		arg_int(q, value);
	else
		arg_text(q, NULL);
}

/* What may not outlive a change. */
static enum err
end_access(struct pg_tx *t, struct uuid user, enum user_ends ends, struct why *why)
{
	_Static_assert(KEY_API == 0 && KEY_FEED == 1 && KEY_VERIFY == 2 && KEY_RESET == 3 &&
	                   KEY_RECOVERY == 5,
	               "as statements here have them");
	struct pg_call q = {
	    .sql =
	        "WITH s AS (DELETE FROM session WHERE user_id = $1),"
	        " k AS (DELETE FROM access_key WHERE user_id = $1"
	        "  AND (kind IN (2, 3) OR ($2::int = 2 AND kind IN (0, 1)))),"
	        " p AS (DELETE FROM passkey WHERE user_id = $1 AND $2::int = 2),"
	        " w AS (DELETE FROM webhook WHERE user_id = $1 AND $2::int = 2 RETURNING id),"
	        " e AS (DELETE FROM errand WHERE subject_id IN (SELECT id FROM w))"
	        " INSERT INTO audit (at_ms, user_id, action, address) VALUES (docket_ms(), $1,"
	        "  CASE $2::int WHEN 2 THEN 'user.access_ended' ELSE 'session.others_ended' END, $3::text)"};
	_Static_assert(ENDS_ACCESS == 2, "as written above");
	if (ends == ENDS_NOTHING)
		return ERR_NONE;
	arg_uuid(&q, user);
	arg_int(&q, ends);
	arg_text(&q, store_acts_for());
	return pg_tx_run(t, &q, NULL, why);
}

static enum err
change_user(struct pg_tx *t, void *arg, struct why *why)
{
	struct change_op *o = arg;
	const struct user_change *x = o->change;
	struct pg_call q = {
	    .sql = "UPDATE users SET email = coalesce($2, email), email_folded = coalesce($3, email_folded),"
	           " password_hash = coalesce($4, password_hash), locale = coalesce($5, locale),"
	           " totp_wrong = CASE WHEN $4::text IS NULL THEN totp_wrong ELSE 0 END,"
	           " role = coalesce($6, role), disabled = coalesce($7, disabled),"
	           " verified_ms = coalesce($8, verified_ms), delete_ms = coalesce($9, delete_ms)"
	           " WHERE id = $1 AND ($10::text IS NULL OR password_hash = $10) RETURNING " USER_COLUMNS};
	RESULT *r = NULL;
	struct user *u;
	arg_uuid(&q, o->id);
	arg_text(&q, x->email);
	arg_text(&q, o->folded);
	arg_text(&q, x->password_hash);
	arg_text(&q, x->locale);
	arg_unless_kept(&q, x->role);
	arg_unless_kept(&q, x->disabled);
	arg_unless_kept(&q, x->verified_ms);
	arg_unless_kept(&q, x->delete_ms);
	arg_text(&q, x->password_was);
	enum err e = pg_tx_run(t, &q, &r, why);
	if (e == ERR_CONFLICT)
		return fail(why, ERR_EMAIL_TAKEN, "there is an account with this e-mail");
	TRY(e);
	if (PQntuples(r) == 0)
		return x->password_was ? fail(why, ERR_CONFLICT, "the password is another by now")
		                       : fail(why, ERR_ABSENT, "no such user");
	ARENA_TRY(u, arena_alloc(o->mem, sizeof *u), o->mem, why);
	TRY(col_user(r, 0, o->mem, u, why));
	o->user = u;
	struct pg_call after = {.sql =
	                            "WITH s AS (DELETE FROM session WHERE user_id = $1 AND $4::int = 1),"
	                            " k AS (DELETE FROM access_key WHERE user_id = $1"
	                            "  AND (($4::int = 1 AND kind <> 5) OR kind = $6::int))"
	                            " INSERT INTO audit (at_ms, user_id, action, request_id, address, object,"
	                            "  detail) VALUES (docket_ms(), $1, $2, $3, $5, $7, $8)"};
	arg_uuid(&after, o->id);
	arg_text(&after, x->action);
	arg_text(&after, x->request_id);
	arg_int(&after, x->disabled == 1);
	arg_text(&after, store_acts_for());
	arg_unless_kept(&after, x->role == ROLE_USER ? KEY_INVITE : -1);
	arg_text(&after, x->by);
	arg_text(&after, x->detail);
	TRY(pg_tx_run(t, &after, NULL, why));
	return end_access(t, o->id, x->ends, why);
}

enum err
pg_user_change(struct storage *st, struct uuid id, const struct user_change *change, struct arena *mem,
               const struct user **ret, struct why *why)
{
	struct change_op o = {.id = id, .change = change, .mem = mem};
	if (change->email)
		ARENA_TRY(o.folded, email_folded(change->email, mem), mem, why);
	TRY(pg_transaction(st, change_user, &o, why));
	*ret = o.user;
	return ERR_NONE;
}

/* ---- who there is ---- */

enum err
pg_user_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem, struct user_page *ret,
             struct why *why)
{
	struct pg_call q = {.sql = "SELECT " USER_COLUMNS " FROM users WHERE $1::uuid IS NULL OR id < $1"
	                           " ORDER BY id DESC LIMIT $2"};
	RESULT *r = NULL;
	struct user *users;
	TRY(check_limit(limit, why));
	arg_uuid(&q, before);
	arg_int(&q, limit + 1);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(users, arena_array(mem, (size_t)limit, sizeof *users), mem, why);
	for (int i = 0; i < n; i++)
		TRY(col_user(r, i, mem, &users[i], why));
	*ret = (struct user_page){.users = users, .n = (size_t)n, .more = PQntuples(r) > limit};
	return ERR_NONE;
}

enum err
pg_user_usage(struct storage *st, struct uuid id, struct usage *ret, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT documents, bytes, trashed, trashed_bytes,"
	           " (SELECT count(*) FROM (SELECT FROM job_q WHERE user_id = $1 AND worker IS NULL"
	           "   AND vtime >= (SELECT last_value - " VTIME_SLACK " FROM queue_time) LIMIT $2) w)"
	           " FROM room_of($1)"};
	RESULT *r = NULL;
	arg_uuid(&q, id);
	arg_int(&q, (int64_t)st->options.max_queued_per_user * PARTS_WAITING);
	TRY(pg_query(st, &q, &r, why));
	*ret = (struct usage){.documents = col_int(r, 0, 0),
	                      .bytes = col_int(r, 0, 1),
	                      .trashed = col_int(r, 0, 2),
	                      .trashed_bytes = col_int(r, 0, 3),
	                      .waiting = col_int(r, 0, 4)};
	return ERR_NONE;
}

enum err
pg_tx_hold_user(struct pg_tx *t, struct uuid id, struct why *why)
{
	struct pg_call q = {.sql = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE"};
	RESULT *r = NULL;
	arg_uuid(&q, id);
	TRY(pg_tx_run(t, &q, &r, why));
	return PQntuples(r) ? ERR_NONE : fail(why, ERR_ABSENT, "no such user");
}

/* ---- leaving ---- */

enum err
pg_user_due(struct storage *st, struct uuid *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT id FROM users WHERE delete_ms > 0 AND delete_ms <= docket_ms()"
	                           " ORDER BY delete_ms LIMIT 1"};
	RESULT *r = NULL;
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "nobody is to go");
	*ret = col_uuid(r, 0, 0);
	return ERR_NONE;
}

struct erase_op {
	struct uuid id;
	struct arena *mem;
	const char **blobs;
	size_t n_blobs;
};

/* What their documents, results and pages are kept in: its rows go here, in one statement however many they
 * are, since the time of a transaction is limited. */
static enum err
delete_blobs(struct pg_tx *t, struct erase_op *o, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH d AS MATERIALIZED (SELECT id, blob_key FROM document WHERE user_id = $1),"
	           " k AS MATERIALIZED (SELECT blob_key AS key FROM d"
	           "  UNION SELECT parsed_key FROM d JOIN result ON document_id = d.id"
	           "  UNION SELECT picture_key FROM d JOIN page ON document_id = d.id"
	           "  UNION SELECT thumbnail_key FROM d JOIN page ON document_id = d.id"
	           "  UNION SELECT blob_key FROM account_export WHERE user_id = $1)"
	           " DELETE FROM blob USING k WHERE blob.key = k.key RETURNING blob.key"};
	RESULT *r = NULL;
	bool full = false;
	arg_uuid(&q, o->id);
	TRY(pg_tx_run(t, &q, &r, why));
	ARENA_TRY(o->blobs, arena_array(o->mem, (size_t)PQntuples(r) + 1, sizeof *o->blobs), o->mem, why);
	o->n_blobs = (size_t)PQntuples(r);
	for (size_t i = 0; i < o->n_blobs; i++)
		o->blobs[i] = col_text(r, (int)i, 0, o->mem, &full);
	return full ? arena_full(o->mem, why) : ERR_NONE;
}

/* How a table's rows lead to their user: by their job or document, for which there are indices, or by
 * themselves. Asked of the schema and not listed here, so that no table that comes later is forgotten; those
 * that lead by another row first, while that row is there. */
static enum err
delete_rows(struct pg_tx *t, const struct erase_op *o, struct why *why)
{
	static const struct pg_call tables = {
	    .sql = "SELECT format('DELETE FROM %I WHERE %s', c.relname, CASE"
	           "  WHEN bool_or(a.attname = 'document_id')"
	           "   THEN 'document_id IN (SELECT id FROM document WHERE user_id = $1)'"
	           "  WHEN bool_or(a.attname = 'user_id') THEN 'user_id = $1'"
	           "  ELSE 'job_id IN (SELECT id FROM job WHERE user_id = $1)' END)"
	           " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	           " WHERE c.relkind = 'r' AND c.relnamespace = quote_ident(current_schema())::regnamespace"
	           " AND c.relname <> 'audit' AND a.attname IN ('user_id', 'document_id', 'job_id')"
	           " GROUP BY c.relname ORDER BY CASE WHEN bool_or(a.attname = 'document_id') THEN 1"
	           "  WHEN bool_or(a.attname = 'user_id') THEN 2 ELSE 0 END"};
	RESULT *r = NULL;
	TRY(pg_tx_run(t, &tables, &r, why));
	for (int i = 0; i < PQntuples(r); i++) {
		struct pg_call q = {.sql = PQgetvalue(r, i, 0), .once = true};
		arg_uuid(&q, o->id);
		TRY(pg_tx_run(t, &q, NULL, why));
	}
	return ERR_NONE;
}

static enum err
erase_rows(struct pg_tx *t, void *arg, struct why *why)
{
	struct erase_op *o = arg;
	static const struct pg_call defer = {.sql = "SET CONSTRAINTS ALL DEFERRED"};
	struct pg_call lock = {.sql = "SELECT 1 FROM users WHERE id = $1 FOR UPDATE"};
	RESULT *r = NULL;
	arg_uuid(&lock, o->id);
	TRY(pg_tx_run(t, &lock, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such user");
	TRY(pg_tx_run(t, &defer, NULL, why));
	TRY(delete_blobs(t, o, why));
	TRY(delete_rows(t, o, why));
	struct pg_call q = {.sql = "WITH u AS (DELETE FROM users WHERE id = $1) INSERT INTO audit"
	                           " (at_ms, user_id, action) VALUES (docket_ms(), $1, 'user.erased')"};
	arg_uuid(&q, o->id);
	return pg_tx_run(t, &q, NULL, why);
}

enum err
pg_user_erase_rows(struct storage *st, struct uuid id, struct arena *mem, const char *const **ret_blobs,
                   size_t *n, struct why *why)
{
	struct erase_op o = {.id = id, .mem = mem};
	TRY(pg_transaction(st, erase_rows, &o, why));
	pg_note_ready(st);
	*ret_blobs = o.blobs;
	*n = o.n_blobs;
	return ERR_NONE;
}
