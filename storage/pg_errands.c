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

static const char claim_of_kind[] =
    "UPDATE errand SET attempt = attempt + 1, due_ms = docket_ms() + $1 WHERE id ="
    " (SELECT id FROM errand WHERE state = 0 AND due_ms <= docket_ms() AND kind IN (0, $2)"
    " ORDER BY kind, due_ms LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " ERRAND_COLUMNS;

/* Steps from webhook to webhook, over all that waits for one of them but its first. Who claims for an owner
 * has locked that owner's turn, and whoever had it just before is seen: its row is looked at again once it is
 * locked. */
static const char claim_webhook[] =
    "WITH RECURSIVE now AS MATERIALIZED (SELECT docket_ms() AS ms),"
    " head AS ((SELECT id, user_id, subject_id, due_ms FROM errand WHERE state = 0 AND kind = 1"
    " AND EXISTS (SELECT 1 FROM errand CROSS JOIN now WHERE state = 0 AND kind = 1 AND due_ms <= now.ms)"
    " ORDER BY user_id, subject_id, due_ms LIMIT 1)"
    " UNION ALL SELECT e.* FROM head CROSS JOIN LATERAL"
    " (SELECT id, user_id, subject_id, due_ms FROM errand WHERE state = 0 AND kind = 1"
    " AND (user_id, subject_id) > (head.user_id, head.subject_id)"
    " ORDER BY user_id, subject_id, due_ms LIMIT 1) e),"
    " one AS MATERIALIZED (SELECT head.id FROM head JOIN webhook_turn t ON t.user_id = head.user_id"
    " LEFT JOIN webhook w ON w.id = head.subject_id CROSS JOIN now"
    " WHERE head.due_ms <= now.ms AND t.held_until_ms <= now.ms AND coalesce(w.rest_until_ms, 0) <= now.ms"
    " ORDER BY t.called_ms, w.called_ms NULLS FIRST, head.due_ms LIMIT 1 FOR UPDATE OF t SKIP LOCKED),"
    " taken AS (UPDATE errand SET attempt = attempt + 1, due_ms = now.ms + $1 FROM now"
    " WHERE id = (SELECT id FROM one) AND state = 0 AND due_ms <= now.ms RETURNING " ERRAND_COLUMNS "),"
    " turned AS (UPDATE webhook_turn SET called_ms = now.ms, held_until_ms = taken.due_ms FROM now, taken"
    " WHERE webhook_turn.user_id = taken.user_id),"
    " called AS (UPDATE webhook SET called_ms = now.ms FROM now, taken WHERE webhook.id = taken.subject_id)"
    " SELECT " ERRAND_COLUMNS " FROM taken";

enum err
pg_errand_claim(struct storage *st, enum errand_kind last, int64_t hold_ms, struct arena *mem,
                const struct errand **ret, struct why *why)
{
	/* A claim whose answer was lost runs out, as any that nobody settles. */
	struct pg_call first = {.sql = claim_of_kind}, webhook = {.sql = claim_webhook};
	RESULT *r = NULL;
	RESULT *hooks = NULL;
	struct errand *e;
	arg_int(&first, hold_ms);
	arg_int(&first, last == ERRAND_EXPORT ? ERRAND_EXPORT : ERRAND_MAIL);
	TRY(pg_change(st, &first, NULL, &r, why));
	if (PQntuples(r) == 0 && last >= ERRAND_WEBHOOK) {
		arg_int(&webhook, hold_ms);
		TRY(pg_change(st, &webhook, NULL, &hooks, why));
	}
	const PGresult *found = hooks ? hooks : r;
	if (PQntuples(found) == 0)
		return fail(why, ERR_ABSENT, "nothing is due");
	ARENA_TRY(e, arena_alloc(mem, sizeof *e), mem, why);
	TRY(col_errand(found, 0, true, mem, e, why));
	*ret = e;
	return ERR_NONE;
}

enum err
pg_errand_settle(struct storage *st, const struct errand *e, enum errand_state state, int64_t due_ms,
                 int64_t rest_until_ms, int64_t behind_ms, const char *detail, struct why *why)
{
	/* A letter may carry a link that opens an account: once it is sent nobody needs it here. */
	struct pg_call q = {.sql =
	                        "WITH e AS (UPDATE errand SET state = $3::int, due_ms = $4, detail = $5,"
	                        " ended_ms = CASE WHEN $3::int = 0 THEN 0 ELSE docket_ms() END,"
	                        " body = CASE WHEN kind = 0 AND $3::int <> 0 THEN NULL ELSE body END"
	                        " WHERE id = $1 AND attempt = $2 AND state = 0 RETURNING subject_id),"
	                        " w AS (UPDATE webhook SET rest_until_ms = $6::bigint,"
	                        " failures = CASE WHEN $6::bigint = 0 THEN 0 ELSE failures + 1 END"
	                        " WHERE id = (SELECT subject_id FROM e)),"
	                        " t AS (UPDATE webhook_turn SET held_until_ms = 0, called_ms = called_ms + $9"
	                        " WHERE user_id = $7 AND held_until_ms = $8)"
	                        " SELECT count(*) FROM e"};
	RESULT *r = NULL;
	bool again = false;
	arg_uuid(&q, e->id);
	arg_int(&q, e->attempt);
	arg_int(&q, state);
	arg_int(&q, due_ms);
	arg_text(&q, detail);
	arg_int(&q, rest_until_ms);
	arg_uuid(&q, e->kind == ERRAND_WEBHOOK ? e->user_id : (struct uuid){{0}});
	arg_int(&q, e->due_ms);
	arg_int(&q, behind_ms);
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) > 0 || again ? ERR_NONE : fail(why, ERR_LEASE_LOST, "somebody else has it");
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
	                        " RETURNING subject_id), w AS (UPDATE webhook SET rest_until_ms = 0"
	                        " WHERE id = (SELECT subject_id FROM u))"
	                        " SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM errand"
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

enum err
pg_errand_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	/* What another node deletes, or its owner sends again, is left alone. */
	struct pg_call q = {.sql = "WITH e AS (DELETE FROM errand WHERE id IN (SELECT id FROM errand"
	                           " WHERE state <> 0 AND ended_ms < $1 ORDER BY ended_ms LIMIT 1000"
	                           " FOR UPDATE SKIP LOCKED) RETURNING 1) SELECT count(*) FROM e"};
	RESULT *r = NULL;
	arg_int(&q, before_ms);
	TRY(pg_change(st, &q, NULL, &r, why));
	*n = (size_t)col_int(r, 0, 0);
	return ERR_NONE;
}
