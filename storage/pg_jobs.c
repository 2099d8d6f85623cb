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

/* ---- upload ---- */

/* The key was there before: the job it made, if the bytes are the same. ERR_ABSENT: it was not. */
static enum err
replay(struct storage *st, const struct upload *u, struct arena *mem, const struct job **ret, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT body_sha256 = $3::bytea, job_id FROM idempotency WHERE user_id = $1 AND key = $2"};
	RESULT *r = NULL;
	arg_uuid(&q, u->user);
	arg_text(&q, u->idempotency_key);
	arg_bytes(&q, u->blob->sha256, sizeof u->blob->sha256);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return ERR_ABSENT;
	if (PQgetvalue(r, 0, 0)[0] != 't')
		return fail(why, ERR_KEY_REUSED, "the key came before with other bytes");
	TRY(pg_job_get(st, u->user, col_uuid(r, 0, 1), mem, ret, why));
	/* Whoever wrote it may still be waiting for the standby. */
	return pg_confirm(st, why);
}

static enum err
new_job(struct storage *st, const struct upload *u, int64_t now, struct arena *mem, const struct job **ret,
        struct why *why)
{
	struct job *j;
	ARENA_TRY(j, arena_alloc(mem, sizeof *j), mem, why);
	*j = (struct job){.id = u->job_id,
	                  .document_id = u->document_id,
	                  .user_id = u->user,
	                  .state = JOB_QUEUED,
	                  .stage = STAGE_QUEUED,
	                  .max_attempts = st->options.max_attempts,
	                  .created_ms = now,
	                  .next_run_ms = now,
	                  .version = 1,
	                  .size = u->blob->size};
	if (u->request_id)
		ARENA_TRY(j->request_id, arena_strdup(mem, u->request_id), mem, why);
	if (u->file_name)
		ARENA_TRY(j->file_name, arena_strdup(mem, u->file_name), mem, why);
	ARENA_TRY(j->media_type, arena_strdup(mem, u->media_type), mem, why);
	*ret = j;
	return ERR_NONE;
}

/* How many wait and how much room is taken is counted while their owner's row is held: room_taken(). */
static const char upload_sql[] =
    "WITH t AS (SELECT last_value AS v FROM queue_time),"
    " w AS (SELECT count(*) AS n, max(vtime) FILTER (WHERE lane = 0) AS last FROM"
    "  (SELECT vtime, lane FROM job_q"
    "  WHERE user_id = $2::uuid AND worker IS NULL AND vtime >= (SELECT v - " VTIME_SLACK " FROM t)"
    "  ORDER BY vtime DESC LIMIT $11::bigint) x),"
    " room AS MATERIALIZED (SELECT r.*, waiting BETWEEN 0 AND $11::bigint - 1"
    "  AND ($13::bigint <= 0 OR coalesce(documents, 0) < $13)"
    "  AND ($14::bigint <= 0 OR coalesce(bytes, 0) + $5::bigint <= $14) AS fits"
    "  FROM w, t, room_taken($2, $15::int <> 0, n, $11, v - " VTIME_SLACK ") r),"
    " k AS (INSERT INTO idempotency (user_id, key, body_sha256, job_id, created_ms)"
    "  SELECT $2, $9::text, $6::bytea, $1::uuid, docket_ms() FROM room"
    "  WHERE $9 IS NOT NULL AND fits ON CONFLICT DO NOTHING RETURNING 1),"
    " go AS MATERIALIZED (SELECT docket_ms() AS now FROM room"
    "  WHERE fits AND ($9 IS NULL OR EXISTS (SELECT 1 FROM k))),"
    " b AS (INSERT INTO blob (key, size, sha256) SELECT $4::text, $5::bigint, $6 FROM go),"
    " d AS (INSERT INTO document (id, user_id, job_id, blob_key, file_name, media_type,"
    "  created_ms, content, size)"
    "  SELECT $3::uuid, $2, $1, $4, $7::text, $8::text, now, $6, $5 FROM go),"
    " j AS (INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
    "  SELECT $1, $3, $2, 0, 1, now, $10::text FROM go),"
    " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms)"
    "  SELECT $1, $2, GREATEST(v + 1, " VTIME_NEXT "), now FROM go, w, t),"
    " a AS (INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
    "  SELECT now, $2, 'document.uploaded', $3::text, $10, $12::text FROM go)"
    " SELECT waiting, now, documents, bytes FROM room LEFT JOIN go ON true";

/* ERR_NONE, and `ret` says what came of it. */
static enum err
put_upload(struct storage *st, const struct upload *u, bool alone, bool *again, PGresult **ret,
           struct why *why)
{
	struct pg_call q = {.sql = upload_sql};
	arg_uuid(&q, u->job_id);
	arg_uuid(&q, u->user);
	arg_uuid(&q, u->document_id);
	arg_text(&q, u->blob->key);
	arg_int(&q, (int64_t)u->blob->size);
	arg_bytes(&q, u->blob->sha256, sizeof u->blob->sha256);
	arg_text(&q, u->file_name);
	arg_text(&q, u->media_type);
	arg_text(&q, u->idempotency_key);
	arg_text(&q, u->request_id);
	arg_int(&q, st->options.max_queued_per_user);
	arg_text(&q, store_acts_for());
	arg_int(&q, st->options.max_documents_per_user);
	arg_int(&q, st->options.max_bytes_per_user);
	arg_int(&q, alone);
	return pg_change(st, &q, again, ret, why);
}

/* Why nothing was put in. */
static enum err
refusal(struct storage *st, const struct upload *u, const PGresult *r, struct why *why)
{
	int64_t waiting = col_int(r, 0, 0);
	if (waiting >= st->options.max_queued_per_user)
		return fail(why, ERR_RATE_LIMITED, "%lld documents of yours are waiting", (long long)waiting);
	if (room_is_limited(st)) {
		const struct usage taken = {.documents = col_int(r, 0, 2), .bytes = col_int(r, 0, 3)};
		TRY(check_room(st, &taken, u->blob->size, why));
	}
	return fail(why, ERR_BUSY, "the key was in use and is not any more");
}

enum err
pg_upload(struct storage *st, const struct upload *u, struct arena *mem, const struct job **ret,
          bool *replayed, struct why *why)
{
	RESULT *r = NULL;
	bool again, alone = room_is_limited(st);
	*replayed = false;
	enum err e = put_upload(st, u, alone, &again, &r, why);
	if (e == ERR_NONE && col_int(r, 0, 0) < 0) {
		PQclear(TAKE(r));
		e = put_upload(st, u, true, &again, &r, why);
	}
	if (e == ERR_NONE && !PQgetisnull(r, 0, 1)) {
		TRY(new_job(st, u, col_int(r, 0, 1), mem, ret, why));
		pg_note_ready(st);
		return ERR_NONE;
	}
	if (e != ERR_NONE && !(e == ERR_CONFLICT && again))
		return e;
	/* An earlier try of ours may have gone through after all. */
	if (again && pg_job_get(st, u->user, u->job_id, mem, ret, why) == ERR_NONE) {
		pg_note_ready(st);
		return pg_confirm(st, why);
	}
	if (e != ERR_NONE)
		return e;
	if (u->idempotency_key) {
		e = replay(st, u, mem, ret, why);
		*replayed = e == ERR_NONE;
		if (e != ERR_ABSENT)
			return e;
	}
	return refusal(st, u, r, why);
}

/* ---- cancel and retry ---- */

enum err
pg_job_cancel(struct storage *st, struct uuid user, struct uuid id, struct arena *mem, const struct job **ret,
              struct why *why)
{
	/* The row that carries the lease goes: whoever works on it finds its lease lost. */
	struct pg_call q = {
	    .sql =
	        "WITH q AS (DELETE FROM job_q WHERE job_id = $1 AND user_id = $2 RETURNING job_id),"
	        " j AS (UPDATE job SET state = 4, stage = 5, finished_ms = docket_ms(), error = 'cancelled',"
	        "  error_detail = NULL, version = version + 1 FROM q WHERE id = q.job_id),"
	        " t AS (UPDATE attempt SET ended_ms = docket_ms(), outcome = 'cancelled' FROM q"
	        "  WHERE attempt.job_id = q.job_id AND ended_ms IS NULL),"
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
	    .sql = "WITH j AS (UPDATE job SET state = 0, stage = 1, attempt = 0, started_ms = 0, finished_ms "
	           "= 0,"
	           "  error = NULL, error_detail = NULL, pages_done = 0, version = version + 1"
	           "  WHERE id = $1 AND user_id = $2 AND state IN (3, 4) RETURNING id, user_id, lease),"
	           " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms, lease)"
	           "  SELECT id, user_id, (SELECT last_value FROM queue_time), docket_ms(), lease FROM j),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           "  SELECT docket_ms(), user_id, 'job.retried', id::text, $3::text FROM j) SELECT count(*) "
	           "FROM j"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	TRY(pg_job_get(st, user, id, mem, ret, why));
	if (col_int(r, 0, 0) == 0) {
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
