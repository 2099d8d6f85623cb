/* Documents, jobs as their owner sees them, results, in PostgreSQL. */
#include "pg_queue.h"
#include "pg_store.h"

#include "own.h"

#define JOB_COLUMNS                                                                                    \
	"job.id, job.document_id, job.user_id, job.state, job.stage, job.pages_done, job.pages_total," \
	" job.attempt, job.created_ms, job.started_ms, job.finished_ms, job.error, job.error_detail,"  \
	" job.version, job.request_id, document.file_name, document.media_type, blob.size,"            \
	" (SELECT run_ms FROM job_q WHERE job_id = job.id AND worker IS NULL)"                         \
	" FROM job JOIN document ON document.id = job.document_id JOIN blob ON blob.key = document.blob_key"

static enum err
read_job(const struct storage *st, const PGresult *r, int row, struct arena *mem, struct job *j,
         struct why *why)
{
	bool full = false;
	j->id = col_uuid(r, row, 0);
	j->document_id = col_uuid(r, row, 1);
	j->user_id = col_uuid(r, row, 2);
	j->state = (enum job_state)col_int(r, row, 3);
	j->stage = (enum job_stage)col_int(r, row, 4);
	j->pages_done = (int32_t)col_int(r, row, 5);
	j->pages_total = (int32_t)col_int(r, row, 6);
	j->attempt = (int32_t)col_int(r, row, 7);
	j->max_attempts = st->options.max_attempts;
	j->created_ms = col_int(r, row, 8);
	j->started_ms = col_int(r, row, 9);
	j->finished_ms = col_int(r, row, 10);
	j->error = ERR_NONE;
	if (!PQgetisnull(r, row, 11) && !err_from_code(PQgetvalue(r, row, 11), &j->error))
		j->error = ERR_BROKEN; /* written by a later version */
	j->error_detail = col_text(r, row, 12, mem, &full);
	j->version = col_int(r, row, 13);
	j->request_id = col_text(r, row, 14, mem, &full);
	j->file_name = col_text(r, row, 15, mem, &full);
	j->media_type = col_text(r, row, 16, mem, &full);
	j->size = (uint64_t)col_int(r, row, 17);
	j->next_run_ms = col_int(r, row, 18);
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_idempotency_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH k AS (DELETE FROM idempotency WHERE (user_id, key) IN"
	           " (SELECT user_id, key FROM idempotency WHERE created_ms < $1 LIMIT 1000) RETURNING 1)"
	           " SELECT count(*) FROM k"};
	RESULT *r = NULL;
	arg_int(&q, before_ms);
	TRY(pg_change(st, &q, NULL, &r, why));
	*n = (size_t)col_int(r, 0, 0);
	return ERR_NONE;
}

enum err
pg_job_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem, const struct job **ret,
           struct why *why)
{
	struct pg_call q = {.sql = "SELECT " JOB_COLUMNS " WHERE job.id = $1 AND job.user_id = $2"};
	RESULT *r = NULL;
	struct job *j;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such job");
	ARENA_TRY(j, arena_alloc(mem, sizeof *j), mem, why);
	TRY(read_job(st, r, 0, mem, j, why));
	*ret = j;
	return ERR_NONE;
}

enum err
pg_job_list(struct storage *st, struct uuid user, struct uuid before, int32_t limit, struct arena *mem,
            struct job_page *ret, struct why *why)
{
	static const char newest[] =
	    "SELECT " JOB_COLUMNS " WHERE job.user_id = $1 ORDER BY job.id DESC LIMIT $2";
	static const char older[] =
	    "SELECT " JOB_COLUMNS " WHERE job.user_id = $1 AND job.id < $3 ORDER BY job.id DESC LIMIT $2";
	struct pg_call q = {.sql = uuid_is_nil(before) ? newest : older};
	RESULT *r = NULL;
	struct job *jobs;
	TRY(check_limit(limit, why));
	arg_uuid(&q, user);
	arg_int(&q, limit + 1);
	if (!uuid_is_nil(before))
		arg_uuid(&q, before);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(jobs, arena_array(mem, (size_t)limit, sizeof *jobs), mem, why);
	for (int i = 0; i < n; i++)
		TRY(read_job(st, r, i, mem, &jobs[i], why));
	*ret = (struct job_page){.jobs = jobs, .n = (size_t)n, .more = PQntuples(r) > limit};
	return ERR_NONE;
}

/* ---- cancel and retry ---- */

enum err
pg_job_cancel(struct storage *st, struct uuid user, struct uuid id, struct arena *mem, const struct job **ret,
              struct why *why)
{
	/* The row that carries the lease goes: whoever works on it finds its lease lost. */
	struct pg_call q = {
	    .sql =
	        "WITH q AS (DELETE FROM job_q WHERE job_id = $1 AND user_id = $2"
	        "  RETURNING job_id, lease, worker),"
	        " j AS (UPDATE job SET state = 4, stage = 5, finished_ms = docket_ms(), error = 'cancelled',"
	        "  error_detail = NULL, version = version + 1 FROM q WHERE id = q.job_id"
	        "  RETURNING q.*, started_ms),"
	        " t AS (INSERT INTO attempt (job_id, lease, worker, started_ms, ended_ms, outcome)"
	        "  SELECT job_id, lease, worker, started_ms, docket_ms(), 'cancelled' FROM j"
	        "  WHERE worker IS NOT NULL" PG_ATTEMPT_THERE "),"
	        " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	        "  SELECT docket_ms(), $2::uuid, 'job.cancelled', job_id::text, $3::text FROM q) SELECT "
	        "count(*) FROM "
	        "q"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	TRY(pg_job_get(st, user, id, mem, ret, why));
	if (col_int(r, 0, 0) == 0) {
		if (!again || (*ret)->state != JOB_CANCELLED)
			return fail(why, ERR_JOB_FINAL, "the job is %s", job_state_name((*ret)->state));
		TRY(pg_confirm(st, why));
	}
	pg_note_ready(st);
	return ERR_NONE;
}

enum err
pg_job_retry(struct storage *st, struct uuid user, struct uuid id, struct arena *mem, const struct job **ret,
             struct why *why)
{
	/* The fencing number goes on from where it was. */
	struct pg_call q = {
	    .sql = "WITH h AS MATERIALIZED (SELECT waiting, last, last_value AS v FROM queue_time,"
	           "  room_held(ARRAY[$2::uuid], true, false, $4::bigint, last_value - " VTIME_SLACK ")),"
	           " j AS (UPDATE job SET state = 0, stage = 1, attempt = 0, started_ms = 0, finished_ms = 0,"
	           "  error = NULL, error_detail = NULL, pages_done = 0, version = version + 1"
	           "  WHERE id = $1 AND user_id = $2 AND state IN (3, 4) AND (SELECT waiting FROM h) < $4"
	           "  RETURNING id, user_id, lease),"
	           " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms, lease)"
	           "  SELECT id, user_id, GREATEST(v + 1, " VTIME_NEXT "), docket_ms(), lease FROM j, h),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           "  SELECT docket_ms(), user_id, 'job.retried', id::text, $3::text FROM j) SELECT (SELECT "
	           "count(*) FROM j), (SELECT waiting FROM h)"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	arg_int(&q, st->options.max_queued_per_user);
	TRY(pg_change(st, &q, &again, &r, why));
	TRY(pg_job_get(st, user, id, mem, ret, why));
	if (col_int(r, 0, 0) == 0) {
		if ((*ret)->state == JOB_FAILED || (*ret)->state == JOB_CANCELLED)
			TRY(check_waiting(st, col_int(r, 0, 1), why));
		if (!again || (*ret)->state != JOB_QUEUED)
			return fail(why, ERR_NOT_RETRYABLE, "the job is %s", job_state_name((*ret)->state));
		TRY(pg_confirm(st, why));
	}
	pg_note_ready(st);
	return ERR_NONE;
}

/* ---- results ---- */

enum err
pg_result_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
              const struct result **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT job_id, document_id, json, created_ms, version FROM result"
	                           " WHERE job_id = $1 AND user_id = $2"};
	RESULT *r = NULL;
	const struct job *j;
	struct result *x;
	bool full = false;
	TRY(pg_job_get(st, user, id, mem, &j, why));
	if (j->state != JOB_DONE)
		return no_result(j, why);
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_BROKEN, "a done job without its result");
	ARENA_TRY(x, arena_alloc(mem, sizeof *x), mem, why);
	x->job_id = col_uuid(r, 0, 0);
	x->document_id = col_uuid(r, 0, 1);
	x->json = col_text(r, 0, 2, mem, &full);
	x->json_len = (size_t)PQgetlength(r, 0, 2);
	x->created_ms = col_int(r, 0, 3);
	x->version = col_int(r, 0, 4);
	if (full)
		return arena_full(mem, why);
	/* After the version: what is newer than its ETag is asked for again, what is older never would be. */
	TRY(pg_load_corrections(st, user, x->document_id, mem, &x->corrections, why));
	*ret = x;
	return ERR_NONE;
}

enum err
pg_page_get(struct storage *st, struct uuid user, struct uuid document, int32_t number, struct arena *mem,
            const struct page_picture **ret, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT page.width, page.height, b.key, b.size, encode(b.sha256, 'hex'), t.key, t.size,"
	           " encode(t.sha256, 'hex') FROM page JOIN document ON document.id = page.document_id"
	           " JOIN blob b ON b.key = page.picture_key LEFT JOIN blob t ON t.key = page.thumbnail_key"
	           " WHERE page.document_id = $1 AND page.number = $2 AND document.user_id = $3"};
	RESULT *r = NULL;
	struct page_picture *p;
	arg_uuid(&q, document);
	arg_int(&q, number);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such page");
	ARENA_TRY(p, arena_alloc(mem, sizeof *p), mem, why);
	p->number = number;
	p->width = (int32_t)col_int(r, 0, 0);
	p->height = (int32_t)col_int(r, 0, 1);
	col_blob(r, 0, 2, &p->picture);
	if (!PQgetisnull(r, 0, 5))
		col_blob(r, 0, 5, &p->thumbnail);
	*ret = p;
	return ERR_NONE;
}
