/* Sums for whoever runs the service, in PostgreSQL: what reading has cost, how it went, how much came in. */
#include "pg_queue.h"

#include "own.h"

#define DAY_MS "86400000"

static struct cost
col_cost(const PGresult *r, int row, int col)
{
	return (struct cost){.cpu_ms = col_int(r, row, col),
	                     .memory_kib_s = col_int(r, row, col + 1),
	                     .bytes_in = col_int(r, row, col + 2),
	                     .bytes_out = col_int(r, row, col + 3)};
}

/* Those that run have no row yet. */
#define ATTEMPTS                                                                                     \
	"SELECT job_id, started_ms, ended_ms, outcome, cpu_ms, memory_kib_s, bytes_in, bytes_out"    \
	" FROM attempt UNION ALL SELECT q.job_id, r.started_ms, NULL, NULL, 0, 0, 0, 0 FROM job_q q" \
	" JOIN job r ON r.id = q.job_id WHERE q.worker IS NOT NULL AND q.lease_until_ms > (SELECT "  \
	"docket_ms()"                                                                                \
	" - " HELD_SLACK_MS ")"
#define IN_VAIN "a.outcome IS NOT NULL AND a.outcome <> 'done'"
#define COST_OF(key)                                                                                    \
	"SELECT " key ", count(DISTINCT a.job_id), count(*),"                                           \
	" sum(coalesce(a.ended_ms, a.started_ms) - a.started_ms), count(*) FILTER (WHERE " IN_VAIN ")," \
	" sum(a.cpu_ms), sum(a.memory_kib_s), sum(a.bytes_in), sum(a.bytes_out),"                       \
	" sum(a.cpu_ms) FILTER (WHERE " IN_VAIN "), sum(a.memory_kib_s) FILTER (WHERE " IN_VAIN "),"    \
	" sum(a.bytes_in) FILTER (WHERE " IN_VAIN "), sum(a.bytes_out) FILTER (WHERE " IN_VAIN ")"      \
	" FROM (" ATTEMPTS ") a JOIN job j ON j.id = a.job_id JOIN document d ON d.id = j.document_id"  \
	" WHERE a.started_ms >= $1 AND a.started_ms < $2 GROUP BY 1 ORDER BY 6 DESC, 1 LIMIT $3"

enum err
pg_costs(struct storage *st, int64_t from_ms, int64_t to_ms, enum cost_group group, struct arena *mem,
         struct cost_report *ret, struct why *why)
{
	static const char *const queries[] = {
	    [COST_BY_DAY] =
	        COST_OF("to_char(to_timestamp(a.started_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
	    [COST_BY_TYPE] = COST_OF("coalesce(d.doc_type, '')"),
	    [COST_BY_USER] = COST_OF("j.user_id::text"),
	};
	struct pg_call q = {.sql = queries[group]};
	RESULT *r = NULL;
	struct cost_row *rows;
	bool full = false;
	arg_int(&q, from_ms);
	arg_int(&q, to_ms);
	arg_int(&q, COST_ROWS_MAX);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r);
	ARENA_TRY(rows, arena_array(mem, (size_t)n + 1, sizeof *rows), mem, why);
	for (int i = 0; i < n; i++)
		rows[i] = (struct cost_row){.key = col_text(r, i, 0, mem, &full),
		                            .jobs = col_int(r, i, 1),
		                            .attempts = col_int(r, i, 2),
		                            .wall_ms = col_int(r, i, 3),
		                            .wasted = col_int(r, i, 4),
		                            .used = col_cost(r, i, 5),
		                            .used_in_vain = col_cost(r, i, 9)};
	*ret = (struct cost_report){.rows = rows, .n = (size_t)n};
	return full ? arena_full(mem, why) : ERR_NONE;
}

/* ---- outcomes and arrivals ---- */

/* Ids of jobs grow with time, so their index finds a period. One minute of slack for clocks that went
 * back; the time itself decides. */
static void
arg_since(struct pg_call *q, int64_t from_ms)
{
	struct uuid first = {.b[15] = 1}; /* not nil, which would be NULL */
	uint64_t ms = from_ms > 60000 ? (uint64_t)(from_ms - 60000) : 0;
	for (int k = 0; k < 6; k++)
		first.b[k] = (uint8_t)(ms >> (40 - 8 * k));
	arg_uuid(q, first);
}

enum err
pg_outcomes(struct storage *st, int64_t from_ms, int64_t to_ms, int64_t limit_ms, struct arena *mem,
            struct outcome_report *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT created_ms / " DAY_MS " * " DAY_MS ", state, error,"
	                           " (finished_ms > created_ms + $4::bigint)::int, count(*) FROM job"
	                           " WHERE id >= $1 AND created_ms >= $2 AND created_ms < $3"
	                           " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 LIMIT $5"};
	RESULT *r = NULL;
	struct outcome_row *rows;
	arg_since(&q, from_ms);
	arg_int(&q, from_ms);
	arg_int(&q, to_ms);
	arg_int(&q, limit_ms);
	arg_int(&q, COST_ROWS_MAX);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r);
	ARENA_TRY(rows, arena_array(mem, (size_t)n + 1, sizeof *rows), mem, why);
	for (int i = 0; i < n; i++) {
		rows[i] = (struct outcome_row){.day_ms = col_int(r, i, 0),
		                               .state = (enum job_state)col_int(r, i, 1),
		                               .late = col_int(r, i, 3) != 0,
		                               .jobs = col_int(r, i, 4)};
		if (rows[i].state == JOB_FAILED &&
		    (PQgetisnull(r, i, 2) || !err_from_code(PQgetvalue(r, i, 2), &rows[i].error)))
			rows[i].error =
			    ERR_BROKEN; /* a code of another version: ours until somebody says otherwise */
	}
	*ret = (struct outcome_report){.rows = rows, .n = (size_t)n};
	return ERR_NONE;
}

enum err
pg_slowest(struct storage *st, int64_t from_ms, size_t max, struct arena *mem, const struct slow_job **ret,
           size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT id, created_ms, CASE WHEN finished_ms > 0 THEN finished_ms ELSE"
	           " (extract(epoch FROM clock_timestamp()) * 1000)::bigint END - created_ms, state, attempt"
	           " FROM job WHERE id >= $1 AND created_ms >= $2 ORDER BY 3 DESC, 1 LIMIT $3"};
	RESULT *r = NULL;
	struct slow_job *jobs;
	arg_since(&q, from_ms);
	arg_int(&q, from_ms);
	arg_int(&q, (int64_t)max);
	TRY(pg_query(st, &q, &r, why));
	int found = PQntuples(r);
	ARENA_TRY(jobs, arena_array(mem, (size_t)found + 1, sizeof *jobs), mem, why);
	for (int i = 0; i < found; i++)
		jobs[i] = (struct slow_job){.job_id = col_uuid(r, i, 0),
		                            .created_ms = col_int(r, i, 1),
		                            .took_ms = col_int(r, i, 2),
		                            .state = (enum job_state)col_int(r, i, 3),
		                            .attempt = (int32_t)col_int(r, i, 4)};
	*ret = jobs;
	*n = (size_t)found;
	return ERR_NONE;
}

enum err
pg_arrivals(struct storage *st, int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts,
            struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT (created_ms - $2::bigint) / $4::bigint, count(*) FROM job"
	           " WHERE id >= $1 AND created_ms >= $2 AND created_ms < $3::bigint GROUP BY 1"};
	RESULT *r = NULL;
	arg_since(&q, from_ms);
	arg_int(&q, from_ms);
	arg_int(&q, from_ms + bucket_ms * (int64_t)n);
	arg_int(&q, bucket_ms);
	TRY(pg_query(st, &q, &r, why));
	memset(counts, 0, n * sizeof *counts);
	for (int i = 0; i < PQntuples(r); i++)
		counts[col_int(r, i, 0)] = col_int(r, i, 1);
	return ERR_NONE;
}
