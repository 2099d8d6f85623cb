/* Sums for whoever runs the service: what reading has cost, how it went, how much came in. */
#include "sqlite_store.h"

#include "clock.h"

#define DAY_MS 86400000

static struct cost
column_cost(sqlite3_stmt *s, int i)
{
	return (struct cost){.cpu_ms = sqlite3_column_int64(s, i),
	                     .memory_kib_s = sqlite3_column_int64(s, i + 1),
	                     .bytes_in = sqlite3_column_int64(s, i + 2),
	                     .bytes_out = sqlite3_column_int64(s, i + 3)};
}

#define COST_OF(key)                                                                                    \
	"SELECT " key ", count(DISTINCT a.job_id), count(*),"                                           \
	" sum(coalesce(a.ended_ms, a.started_ms) - a.started_ms), count(*) FILTER (WHERE " IN_VAIN ")," \
	" sum(a.cpu_ms), sum(a.memory_kib_s), sum(a.bytes_in), sum(a.bytes_out),"                       \
	" sum(a.cpu_ms) FILTER (WHERE " IN_VAIN "), sum(a.memory_kib_s) FILTER (WHERE " IN_VAIN "),"    \
	" sum(a.bytes_in) FILTER (WHERE " IN_VAIN "), sum(a.bytes_out) FILTER (WHERE " IN_VAIN ")"      \
	" FROM attempt a JOIN job j ON j.id = a.job_id JOIN document d ON d.id = j.document_id"         \
	" WHERE a.started_ms >= ?1 AND a.started_ms < ?2 GROUP BY 1 ORDER BY 6 DESC, 1 LIMIT ?3"
#define IN_VAIN "a.outcome IS NOT NULL AND a.outcome <> 'done'"

static enum err
read_costs(struct connection *c, sqlite3_stmt *s, struct arena *mem, struct cost_report *ret, struct why *why)
{
	struct cost_row *rows;
	bool full = false;
	ARENA_TRY(rows, arena_array(mem, COST_ROWS_MAX, sizeof *rows), mem, why);
	*ret = (struct cost_report){.rows = rows};
	for (enum err e; ret->n < COST_ROWS_MAX && (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		rows[ret->n++] = (struct cost_row){.key = column_text(s, 0, mem, &full),
		                                   .jobs = sqlite3_column_int64(s, 1),
		                                   .attempts = sqlite3_column_int64(s, 2),
		                                   .wall_ms = sqlite3_column_int64(s, 3),
		                                   .wasted = sqlite3_column_int64(s, 4),
		                                   .used = column_cost(s, 5),
		                                   .used_in_vain = column_cost(s, 9)};
	}
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
costs_of(struct connection *c, int64_t from_ms, int64_t to_ms, enum cost_group group, struct arena *mem,
         struct cost_report *ret, struct why *why)
{
	static const char *const queries[] = {
	    [COST_BY_DAY] = COST_OF("date(a.started_ms / 1000, 'unixepoch')"),
	    [COST_BY_TYPE] = COST_OF("coalesce(d.doc_type, '')"),
	    [COST_BY_USER] =
	        COST_OF("lower(substr(hex(j.user_id), 1, 8) || '-' || substr(hex(j.user_id), 9, 4) ||"
	                " '-' || substr(hex(j.user_id), 13, 4) || '-' ||"
	                " substr(hex(j.user_id), 17, 4) || '-' || substr(hex(j.user_id), 21))"),
	};
	STATEMENT *s = statement(c, queries[group], why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, from_ms);
	sqlite3_bind_int64(s, 2, to_ms);
	sqlite3_bind_int64(s, 3, COST_ROWS_MAX);
	return read_costs(c, s, mem, ret, why);
}

enum err
sqlite_costs(struct storage *st, int64_t from_ms, int64_t to_ms, enum cost_group group, struct arena *mem,
             struct cost_report *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = costs_of(c, from_ms, to_ms, group, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- outcomes and arrivals ---- */

/* Ids of jobs grow with time, so their index finds a period. One minute of slack for clocks that went
 * back; the time itself decides. */
static void
bind_since(sqlite3_stmt *s, int i, int64_t from_ms)
{
	struct uuid first = {{0}};
	uint64_t ms = from_ms > 60000 ? (uint64_t)(from_ms - 60000) : 0;
	for (int k = 0; k < 6; k++)
		first.b[k] = (uint8_t)(ms >> (40 - 8 * k));
	bind_uuid(s, i, &first);
}

static enum err
outcomes_of(struct connection *c, int64_t from_ms, int64_t to_ms, int64_t limit_ms, struct arena *mem,
            struct outcome_report *ret, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT created_ms / ?5 * ?5, state, error, finished_ms > created_ms + ?4, count(*)"
	              " FROM job WHERE id >= ?1 AND created_ms >= ?2 AND created_ms < ?3"
	              " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 LIMIT ?6",
	              why);
	struct outcome_row *rows;
	if (!s)
		return ERR_BROKEN;
	ARENA_TRY(rows, arena_array(mem, COST_ROWS_MAX, sizeof *rows), mem, why);
	bind_since(s, 1, from_ms);
	sqlite3_bind_int64(s, 2, from_ms);
	sqlite3_bind_int64(s, 3, to_ms);
	sqlite3_bind_int64(s, 4, limit_ms);
	sqlite3_bind_int64(s, 5, DAY_MS);
	sqlite3_bind_int64(s, 6, COST_ROWS_MAX);
	*ret = (struct outcome_report){.rows = rows};
	for (enum err e; ret->n < COST_ROWS_MAX && (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		struct outcome_row *r = &rows[ret->n++];
		*r = (struct outcome_row){.day_ms = sqlite3_column_int64(s, 0),
		                          .state = (enum job_state)sqlite3_column_int(s, 1),
		                          .late = sqlite3_column_int(s, 3) != 0,
		                          .jobs = sqlite3_column_int64(s, 4)};
		const char *code = (const char *)sqlite3_column_text(s, 2);
		if (r->state == JOB_FAILED && (!code || !err_from_code(code, &r->error)))
			r->error =
			    ERR_BROKEN; /* a code of another version: ours until somebody says otherwise */
	}
	return ERR_NONE;
}

enum err
sqlite_outcomes(struct storage *st, int64_t from_ms, int64_t to_ms, int64_t limit_ms, struct arena *mem,
                struct outcome_report *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = outcomes_of(c, from_ms, to_ms, limit_ms, mem, ret, why);
	reader_give(st, c);
	return e;
}

static enum err
slowest_of(struct connection *c, int64_t from_ms, size_t max, struct arena *mem, const struct slow_job **ret,
           size_t *n, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT id, created_ms, CASE WHEN finished_ms > 0 THEN finished_ms ELSE ?4 END -"
	              " created_ms, state, attempt FROM job WHERE id >= ?1 AND created_ms >= ?2"
	              " ORDER BY 3 DESC, 1 LIMIT ?3",
	              why);
	struct slow_job *jobs;
	if (!s)
		return ERR_BROKEN;
	ARENA_TRY(jobs, arena_array(mem, max, sizeof *jobs), mem, why);
	bind_since(s, 1, from_ms);
	sqlite3_bind_int64(s, 2, from_ms);
	sqlite3_bind_int64(s, 3, (int64_t)max);
	sqlite3_bind_int64(s, 4, clock_wall_ms());
	*n = 0;
	for (enum err e; *n < max && (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		jobs[(*n)++] = (struct slow_job){.job_id = column_uuid(s, 0),
		                                 .created_ms = sqlite3_column_int64(s, 1),
		                                 .took_ms = sqlite3_column_int64(s, 2),
		                                 .state = (enum job_state)sqlite3_column_int(s, 3),
		                                 .attempt = sqlite3_column_int(s, 4)};
	}
	*ret = jobs;
	return ERR_NONE;
}

enum err
sqlite_slowest(struct storage *st, int64_t from_ms, size_t max, struct arena *mem,
               const struct slow_job **ret, size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = slowest_of(c, from_ms, max, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

static enum err
arrivals_of(struct connection *c, int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts,
            struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT (created_ms - ?2) / ?4, count(*) FROM job"
	                         " WHERE id >= ?1 AND created_ms >= ?2 AND created_ms < ?3 GROUP BY 1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_since(s, 1, from_ms);
	sqlite3_bind_int64(s, 2, from_ms);
	sqlite3_bind_int64(s, 3, from_ms + bucket_ms * (int64_t)n);
	sqlite3_bind_int64(s, 4, bucket_ms);
	memset(counts, 0, n * sizeof *counts);
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		counts[sqlite3_column_int64(s, 0)] = sqlite3_column_int64(s, 1);
	}
	return ERR_NONE;
}

enum err
sqlite_arrivals(struct storage *st, int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts,
                struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = arrivals_of(c, from_ms, bucket_ms, n, counts, why);
	reader_give(st, c);
	return e;
}
