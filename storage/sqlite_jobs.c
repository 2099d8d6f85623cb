/* Uploads, jobs as their owner sees them, results. The queue's side is in sqlite_queue.c. */
#include "sqlite_store.h"

#include "clock.h"

#define JOB_COLUMNS                                                                                    \
	"job.id, job.document_id, job.user_id, job.state, job.stage, job.pages_done, job.pages_total," \
	" job.attempt, job.created_ms, job.started_ms, job.finished_ms, job.error, job.error_detail,"  \
	" job.version, job.request_id, document.file_name, document.media_type, blob.size,"            \
	" (SELECT run_ms FROM job_q WHERE job_id = job.id AND worker IS NULL)"                         \
	" FROM job JOIN document ON document.id = job.document_id JOIN blob ON blob.key = document.blob_key"

static enum err
read_job(sqlite3_stmt *s, const struct storage *st, struct arena *mem, struct job *j, struct why *why)
{
	bool full = false;
	const char *error = (const char *)sqlite3_column_text(s, 11);
	j->id = column_uuid(s, 0);
	j->document_id = column_uuid(s, 1);
	j->user_id = column_uuid(s, 2);
	j->state = (enum job_state)sqlite3_column_int(s, 3);
	j->stage = (enum job_stage)sqlite3_column_int(s, 4);
	j->pages_done = sqlite3_column_int(s, 5);
	j->pages_total = sqlite3_column_int(s, 6);
	j->attempt = sqlite3_column_int(s, 7);
	j->max_attempts = st->options.max_attempts;
	j->created_ms = sqlite3_column_int64(s, 8);
	j->started_ms = sqlite3_column_int64(s, 9);
	j->finished_ms = sqlite3_column_int64(s, 10);
	j->error = ERR_NONE;
	if (error && !err_from_code(error, &j->error))
		j->error = ERR_BROKEN; /* written by a later version */
	j->error_detail = column_text(s, 12, mem, &full);
	j->version = sqlite3_column_int64(s, 13);
	j->request_id = column_text(s, 14, mem, &full);
	j->file_name = column_text(s, 15, mem, &full);
	j->media_type = column_text(s, 16, mem, &full);
	j->size = (uint64_t)sqlite3_column_int64(s, 17);
	j->next_run_ms = sqlite3_column_int64(s, 18);
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
load_job(struct storage *st, struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
         const struct job **ret, struct why *why)
{
	struct job *j;
	ARENA_TRY(j, arena_alloc(mem, sizeof *j), mem, why);
	STATEMENT *s = statement(c, "SELECT " JOB_COLUMNS " WHERE job.id = ?1 AND job.user_id = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such job");
	TRY(e);
	TRY(read_job(s, st, mem, j, why));
	*ret = j;
	return ERR_NONE;
}

/* ---- upload ---- */

struct upload_op {
	const struct upload *u;
	struct arena *mem;
	const struct job *job;
	bool replayed;
};

enum err
insert_blob(struct connection *c, const struct blob *b, struct why *why)
{
	STATEMENT *s = statement(c, "INSERT INTO blob (key, size, sha256) VALUES (?1, ?2, ?3)", why);
	if (!s)
		return ERR_BROKEN;
	bind_text(s, 1, b->key);
	sqlite3_bind_int64(s, 2, (int64_t)b->size);
	sqlite3_bind_blob(s, 3, b->sha256, sizeof b->sha256, SQLITE_STATIC);
	return step_done(c, s, why);
}

/* ERR_ABSENT: the key is new. */
static enum err
replay(struct storage *st, struct connection *c, struct upload_op *o, struct why *why)
{
	STATEMENT *s =
	    statement(c, "SELECT body_sha256, job_id FROM idempotency WHERE user_id = ?1 AND key = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->u->user);
	bind_text(s, 2, o->u->idempotency_key);
	TRY(step_row(c, s, why));
	if (sqlite3_column_bytes(s, 0) != 32 ||
	    memcmp(sqlite3_column_blob(s, 0), o->u->blob->sha256, 32) != 0)
		return fail(why, ERR_KEY_REUSED, "the key came before with other bytes");
	o->replayed = true;
	return load_job(st, c, o->u->user, column_uuid(s, 1), o->mem, &o->job, why);
}

static enum err
check_quota(struct storage *st, struct connection *c, const struct upload *u, struct why *why)
{
	struct usage usage;
	TRY(load_usage(c, u->user, &usage, why));
	TRY(check_waiting(st, usage.waiting, why));
	return check_room(st, &usage, u->blob->size, why);
}

static enum err
insert_document(struct connection *c, const struct upload *u, int64_t now, struct why *why)
{
	STATEMENT *s = statement(
	    c,
	    "INSERT INTO document (id, user_id, job_id, blob_key, file_name, media_type, created_ms, "
	    "content, n)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(n), 0) + 1 FROM document))",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &u->document_id);
	bind_uuid(s, 2, &u->user);
	bind_uuid(s, 3, &u->job_id);
	bind_text(s, 4, u->blob->key);
	bind_text(s, 5, u->file_name);
	bind_text(s, 6, u->media_type);
	sqlite3_bind_int64(s, 7, now);
	sqlite3_bind_blob(s, 8, u->blob->sha256, sizeof u->blob->sha256, SQLITE_STATIC);
	return step_done(c, s, why);
}

static enum err
insert_job(struct connection *c, const struct upload *u, int64_t now, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
	              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	              why);
	STATEMENT *q = statement(c, "INSERT INTO job_q (job_id, user_id, run_ms) VALUES (?1, ?2, ?3)", why);
	if (!s || !q)
		return ERR_BROKEN;
	bind_uuid(s, 1, &u->job_id);
	bind_uuid(s, 2, &u->document_id);
	bind_uuid(s, 3, &u->user);
	sqlite3_bind_int(s, 4, JOB_QUEUED);
	sqlite3_bind_int(s, 5, STAGE_QUEUED);
	sqlite3_bind_int64(s, 6, now);
	bind_text(s, 7, u->request_id);
	TRY(step_done(c, s, why));
	bind_uuid(q, 1, &u->job_id);
	bind_uuid(q, 2, &u->user);
	sqlite3_bind_int64(q, 3, now);
	return step_done(c, q, why);
}

enum err
insert_upload(struct connection *c, const struct upload *u, struct why *why)
{
	int64_t now = clock_wall_ms();
	TRY(insert_document(c, u, now, why));
	return insert_job(c, u, now, why);
}

static enum err
insert_key(struct connection *c, const struct upload *u, int64_t now, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "INSERT INTO idempotency (user_id, key, body_sha256, job_id, created_ms)"
	                         " VALUES (?1, ?2, ?3, ?4, ?5)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &u->user);
	bind_text(s, 2, u->idempotency_key);
	sqlite3_bind_blob(s, 3, u->blob->sha256, sizeof u->blob->sha256, SQLITE_STATIC);
	bind_uuid(s, 4, &u->job_id);
	sqlite3_bind_int64(s, 5, now);
	return step_done(c, s, why);
}

static enum err
upload(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct upload_op *o = arg;
	const struct upload *u = o->u;
	char id[UUID_TEXT_LEN];
	if (u->idempotency_key) {
		enum err e = replay(st, c, o, why);
		if (e != ERR_ABSENT)
			return e;
	}
	TRY(check_quota(st, c, u, why));
	TRY(insert_blob(c, u->blob, why));
	TRY(insert_upload(c, u, why));
	if (u->idempotency_key)
		TRY(insert_key(c, u, clock_wall_ms(), why));
	uuid_text(u->document_id, id);
	TRY(insert_audit(c, &u->user, "document.uploaded", id, u->request_id, why));
	return load_job(st, c, u->user, u->job_id, o->mem, &o->job, why);
}

enum err
sqlite_upload(struct storage *st, const struct upload *u, struct arena *mem, const struct job **ret,
              bool *replayed, struct why *why)
{
	struct upload_op o = {.u = u, .mem = mem};
	TRY(store_write(st, upload, &o, why));
	*ret = o.job;
	*replayed = o.replayed;
	if (!o.replayed)
		store_note_ready(st);
	return ERR_NONE;
}

/* ---- reading jobs ---- */

struct expire_op {
	int64_t before_ms;
	size_t n;
};

static enum err
expire_keys(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct expire_op *o = arg;
	STATEMENT *s = statement(c,
	                         "DELETE FROM idempotency WHERE (user_id, key) IN"
	                         " (SELECT user_id, key FROM idempotency WHERE created_ms < ?1 LIMIT 1000)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, o->before_ms);
	TRY(step_done(c, s, why));
	o->n = (size_t)sqlite3_changes(c->db);
	return ERR_NONE;
}

enum err
sqlite_idempotency_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	struct expire_op o = {.before_ms = before_ms};
	TRY(store_write(st, expire_keys, &o, why));
	*n = o.n;
	return ERR_NONE;
}

enum err
sqlite_job_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
               const struct job **ret, struct why *why)
{
	struct sqlite *db = st->rows;
	struct job *kept;
	ARENA_TRY(kept, arena_alloc(mem, sizeof *kept), mem, why);
	if (row_cache_job(db->rows, user, id, mem, kept)) {
		*ret = kept;
		return ERR_NONE;
	}
	uint64_t generation = row_cache_generation(db->rows, CACHED_JOBS);
	struct connection *c = reader_take(st);
	enum err e = load_job(st, c, user, id, mem, ret, why);
	reader_give(st, c);
	if (e == ERR_NONE)
		row_cache_keep_job(db->rows, generation, *ret);
	return e;
}

static enum err
list_jobs(struct storage *st, struct connection *c, struct uuid user, struct uuid before, int32_t limit,
          struct arena *mem, struct job_page *ret, struct why *why)
{
	struct job *jobs;
	ARENA_TRY(jobs, arena_array(mem, (size_t)limit, sizeof *jobs), mem, why);
	STATEMENT *s = statement(
	    c, "SELECT " JOB_COLUMNS " WHERE job.user_id = ?1 AND job.id < ?2 ORDER BY job.id DESC LIMIT ?3",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	bind_before(s, 2, before);
	sqlite3_bind_int(s, 3, limit + 1);
	*ret = (struct job_page){.jobs = jobs};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		TRY(read_job(s, st, mem, &jobs[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_job_list(struct storage *st, struct uuid user, struct uuid before, int32_t limit, struct arena *mem,
                struct job_page *ret, struct why *why)
{
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = list_jobs(st, c, user, before, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- cancel and retry ---- */

struct job_op {
	struct uuid user, id;
	struct arena *mem;
	const struct job *job;
};

/* One change of one job by its owner; true when a row was changed. */
static enum err
change_job(struct connection *c, const char *sql, struct uuid id, bool *changed, struct why *why)
{
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	if (sqlite3_bind_parameter_count(s) > 1)
		sqlite3_bind_int64(s, 2, clock_wall_ms());
	TRY(step_done(c, s, why));
	*changed = sqlite3_changes(c->db) > 0;
	return ERR_NONE;
}

static enum err
cancel(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct job_op *o = arg;
	bool changed;
	char id[UUID_TEXT_LEN];
	TRY(load_job(st, c, o->user, o->id, o->mem, &o->job, why));
	if (o->job->state != JOB_QUEUED && o->job->state != JOB_PROCESSING)
		return fail(why, ERR_JOB_FINAL, "the job is %s", job_state_name(o->job->state));
	/* The row that carries the lease goes: whoever works on it finds its lease lost. */
	TRY(change_job(c, "DELETE FROM job_q WHERE job_id = ?1", o->id, &changed, why));
	TRY(change_job(
	    c,
	    "UPDATE job SET state = 4, stage = 5, finished_ms = ?2, error = 'cancelled', error_detail = NULL,"
	    " version = version + 1 WHERE id = ?1",
	    o->id, &changed, why));
	TRY(change_job(
	    c,
	    "UPDATE attempt SET ended_ms = ?2, outcome = 'cancelled' WHERE job_id = ?1 AND ended_ms IS NULL",
	    o->id, &changed, why));
	uuid_text(o->id, id);
	TRY(insert_audit(c, &o->user, "job.cancelled", id, NULL, why));
	return load_job(st, c, o->user, o->id, o->mem, &o->job, why);
}

enum err
may_wait(struct storage *st, struct connection *c, struct uuid user, struct why *why)
{
	struct usage usage;
	TRY(load_usage(c, user, &usage, why));
	return check_waiting(st, usage.waiting, why);
}

enum err
retry_job(struct storage *st, struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
          const struct job **ret, struct why *why)
{
	bool changed;
	char text[UUID_TEXT_LEN];
	TRY(load_job(st, c, user, id, mem, ret, why));
	if ((*ret)->state != JOB_FAILED && (*ret)->state != JOB_CANCELLED)
		return fail(why, ERR_NOT_RETRYABLE, "the job is %s", job_state_name((*ret)->state));
	TRY(may_wait(st, c, user, why));
	TRY(change_job(
	    c,
	    "UPDATE job SET state = 0, stage = 1, attempt = 0, started_ms = 0, finished_ms = 0, error = NULL,"
	    " error_detail = NULL, pages_done = 0, version = version + 1 WHERE id = ?1",
	    id, &changed, why));
	/* The fencing number goes on from where it was. */
	TRY(change_job(c,
	               "INSERT INTO job_q (job_id, user_id, run_ms, lease) SELECT id, user_id, ?2, lease "
	               "FROM job WHERE id = ?1",
	               id, &changed, why));
	uuid_text(id, text);
	TRY(insert_audit(c, &user, "job.retried", text, NULL, why));
	return load_job(st, c, user, id, mem, ret, why);
}

static enum err
retry(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct job_op *o = arg;
	return retry_job(st, c, o->user, o->id, o->mem, &o->job, why);
}

static enum err
run_job_op(struct storage *st, enum err (*run)(struct storage *, struct connection *, void *, struct why *),
           struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why)
{
	struct job_op o = {.user = user, .id = id, .mem = mem};
	TRY(store_write(st, run, &o, why));
	*ret = o.job;
	store_note_ready(st);
	return ERR_NONE;
}

enum err
sqlite_job_cancel(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                  const struct job **ret, struct why *why)
{
	return run_job_op(st, cancel, user, id, mem, ret, why);
}

enum err
sqlite_job_retry(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                 const struct job **ret, struct why *why)
{
	return run_job_op(st, retry, user, id, mem, ret, why);
}

/* ---- results ---- */

void
column_blob(sqlite3_stmt *s, int i, struct blob *b)
{
	snprintf(b->key, sizeof b->key, "%s", (const char *)sqlite3_column_text(s, i));
	b->size = (uint64_t)sqlite3_column_int64(s, i + 1);
	if (sqlite3_column_bytes(s, i + 2) == (int)sizeof b->sha256)
		memcpy(b->sha256, sqlite3_column_blob(s, i + 2), sizeof b->sha256);
}

static enum err
get_result(struct storage *st, struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
           const struct result **ret, struct why *why)
{
	const struct job *j;
	struct result *r;
	bool full = false;
	TRY(load_job(st, c, user, id, mem, &j, why));
	if (j->state != JOB_DONE)
		return no_result(j, why);
	ARENA_TRY(r, arena_alloc(mem, sizeof *r), mem, why);
	STATEMENT *s = statement(c,
	                         "SELECT job_id, document_id, json, created_ms, version FROM result WHERE "
	                         "job_id = ?1 AND user_id = ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &user);
	TRY(step_row(c, s, why));
	r->job_id = column_uuid(s, 0);
	r->document_id = column_uuid(s, 1);
	r->json = column_text(s, 2, mem, &full);
	r->json_len = (size_t)sqlite3_column_bytes(s, 2);
	r->created_ms = sqlite3_column_int64(s, 3);
	r->version = sqlite3_column_int64(s, 4);
	if (full)
		return arena_full(mem, why);
	/* After the version: what is newer than its ETag is asked for again, what is older never would be. */
	TRY(load_corrections(c, user, r->document_id, mem, &r->corrections, why));
	*ret = r;
	return ERR_NONE;
}

enum err
sqlite_result_get(struct storage *st, struct uuid user, struct uuid job, struct arena *mem,
                  const struct result **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get_result(st, c, user, job, mem, ret, why);
	reader_give(st, c);
	return e;
}

static enum err
get_page(struct connection *c, struct uuid user, struct uuid document, int32_t number, struct arena *mem,
         const struct page_picture **ret, struct why *why)
{
	struct page_picture *p;
	ARENA_TRY(p, arena_alloc(mem, sizeof *p), mem, why);
	STATEMENT *s = statement(
	    c,
	    "SELECT page.width, page.height, b.key, b.size, b.sha256, t.key, t.size, t.sha256 FROM page"
	    " JOIN document ON document.id = page.document_id JOIN blob b ON b.key = page.picture_key"
	    " LEFT JOIN blob t ON t.key = page.thumbnail_key"
	    " WHERE page.document_id = ?1 AND page.number = ?2 AND document.user_id = ?3",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	sqlite3_bind_int(s, 2, number);
	bind_uuid(s, 3, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such page");
	TRY(e);
	p->number = number;
	p->width = sqlite3_column_int(s, 0);
	p->height = sqlite3_column_int(s, 1);
	column_blob(s, 2, &p->picture);
	if (sqlite3_column_type(s, 5) != SQLITE_NULL)
		column_blob(s, 5, &p->thumbnail);
	*ret = p;
	return ERR_NONE;
}

enum err
sqlite_page_get(struct storage *st, struct uuid user, struct uuid document, int32_t number, struct arena *mem,
                const struct page_picture **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get_page(c, user, document, number, mem, ret, why);
	reader_give(st, c);
	return e;
}
