/* Errands, in PostgreSQL. */
#include "pg_store.h"

#include "own.h"

#define ERRAND_COLUMNS \
	"id, user_id, subject_id, kind, state, attempt, created_ms, due_ms, ended_ms, detail, body"

static enum err
col_errand(const PGresult *r, int row, bool with_body, struct arena *mem, struct errand *e, struct why *why)
{
	bool full = false;
	e->id = col_uuid(r, row, 0);
	e->user_id = col_uuid(r, row, 1);
	e->subject_id = col_uuid(r, row, 2);
	e->kind = (enum errand_kind)col_int(r, row, 3);
	e->state = (enum errand_state)col_int(r, row, 4);
	e->attempt = (int32_t)col_int(r, row, 5);
	e->created_ms = col_int(r, row, 6);
	e->due_ms = col_int(r, row, 7);
	e->ended_ms = col_int(r, row, 8);
	e->detail = col_text(r, row, 9, mem, &full);
	e->body = with_body ? col_text(r, row, 10, mem, &full) : NULL;
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_errand_put(struct storage *st, const struct errand *e, struct why *why)
{
	struct pg_call q = {.sql =
	                        "INSERT INTO errand (id, user_id, subject_id, kind, created_ms, due_ms, body)"
	                        " VALUES ($1, $2, $3, $4, docket_ms(), $5, $6) ON CONFLICT (id) DO NOTHING"};
	arg_uuid(&q, e->id);
	arg_uuid(&q, e->user_id);
	arg_uuid(&q, e->subject_id);
	arg_int(&q, e->kind);
	arg_int(&q, e->due_ms);
	arg_text(&q, e->body);
	return pg_change(st, &q, NULL, NULL, why);
}

enum err
pg_errand_claim(struct storage *st, enum errand_kind last, int64_t hold_ms, struct arena *mem,
                const struct errand **ret, struct why *why)
{
	/* A claim whose answer was lost runs out, as any that nobody settles. */
	struct pg_call q = {
	    .sql = "UPDATE errand SET attempt = attempt + 1, due_ms = docket_ms() + $1 WHERE id ="
	           " (SELECT id FROM errand WHERE state = 0 AND due_ms <= docket_ms() AND kind <= $2"
	           " ORDER BY kind > 0, due_ms LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " ERRAND_COLUMNS};
	RESULT *r = NULL;
	struct errand *e;
	arg_int(&q, hold_ms);
	arg_int(&q, last);
	TRY(pg_change(st, &q, NULL, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "nothing is due");
	ARENA_TRY(e, arena_alloc(mem, sizeof *e), mem, why);
	TRY(col_errand(r, 0, true, mem, e, why));
	*ret = e;
	return ERR_NONE;
}

enum err
pg_errand_settle(struct storage *st, const struct errand *e, enum errand_state state, int64_t due_ms,
                 const char *detail, struct why *why)
{
	/* A letter may carry a link that opens an account: once it is sent nobody needs it here. */
	struct pg_call q = {.sql = "UPDATE errand SET state = $3::int, due_ms = $4, detail = $5,"
	                           " ended_ms = CASE WHEN $3::int = 0 THEN 0 ELSE docket_ms() END,"
	                           " body = CASE WHEN kind = 0 AND $3::int <> 0 THEN NULL ELSE body END"
	                           " WHERE id = $1 AND attempt = $2 AND state = 0 RETURNING 1"};
	RESULT *r = NULL;
	bool again = false;
	arg_uuid(&q, e->id);
	arg_int(&q, e->attempt);
	arg_int(&q, state);
	arg_int(&q, due_ms);
	arg_text(&q, detail);
	TRY(pg_change(st, &q, &again, &r, why));
	return PQntuples(r) > 0 || again ? ERR_NONE : fail(why, ERR_LEASE_LOST, "somebody else has it");
}

enum err
pg_errand_list(struct storage *st, struct uuid user, struct uuid subject, struct uuid before, int32_t limit,
               struct arena *mem, struct errand_page *ret, struct why *why)
{
	struct pg_call q = {.sql =
	                        "SELECT " ERRAND_COLUMNS " FROM errand WHERE subject_id = $1 AND user_id = $2"
	                        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"};
	RESULT *r = NULL;
	struct errand *errands;
	TRY(check_limit(limit, why));
	arg_uuid(&q, subject);
	arg_uuid(&q, user);
	arg_uuid(&q, before);
	arg_int(&q, limit + 1);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(errands, arena_array(mem, (size_t)limit, sizeof *errands), mem, why);
	for (int i = 0; i < n; i++)
		TRY(col_errand(r, i, false, mem, &errands[i], why));
	*ret = (struct errand_page){.errands = errands, .n = (size_t)n, .more = PQntuples(r) > limit};
	return ERR_NONE;
}

enum err
pg_errand_again(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct pg_call q = {.sql =
	                        "WITH u AS (UPDATE errand SET state = 0, due_ms = docket_ms(), ended_ms = 0"
	                        " WHERE id = $1 AND user_id = $2 AND subject_id IS NOT NULL AND state <> 0"
	                        " RETURNING 1) SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM errand"
	                        " WHERE id = $1 AND user_id = $2 AND subject_id IS NOT NULL)"};
	RESULT *r = NULL;
	bool again = false;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_change(st, &q, &again, &r, why));
	if (col_int(r, 0, 0) > 0 || (again && col_int(r, 0, 1) > 0))
		return ERR_NONE;
	return col_int(r, 0, 1) > 0 ? fail(why, ERR_CONFLICT, "it waits already")
	                            : fail(why, ERR_ABSENT, "no such delivery");
}
