/* The queue's side of jobs: claim, heartbeat, progress, settle, release, reap.
 *
 * Every change names the lease it was made under; no row changed means that the lease has passed on.
 * Leases are held by the wall clock of this process, the only owner of the file. */
#include "dead_blobs.h"
#include "sqlite_documents.h"
#include "sqlite_errands.h"

#include "clock.h"

static const char lost_text[] = "the lease has passed on";

/* Run a change that must hit one row. */
static enum err
must_change(struct connection *c, sqlite3_stmt *s, struct why *why)
{
	TRY(step_done(c, s, why));
	return sqlite3_changes(c->db) > 0 ? ERR_NONE : fail(why, ERR_LEASE_LOST, "%s", lost_text);
}

/* ---- claim ---- */

struct claim_op {
	struct uuid worker;
	int32_t max;
	struct arena *mem;
	struct claim *claims;
	size_t n;
};

static enum err
lease_row(struct storage *st, struct connection *c, const struct claim_op *o, struct claim *k, int64_t now,
          struct why *why)
{
	STATEMENT *q = statement(
	    c,
	    "UPDATE job_q SET worker = ?2, lease = ?3, attempt = ?4, lease_until_ms = ?5, deadline_ms = ?6"
	    " WHERE job_id = ?1",
	    why);
	STATEMENT *j = statement(
	    c,
	    "UPDATE job SET state = 1, stage = 1, attempt = ?2, started_ms = ?3, lease = ?4, pages_done = 0,"
	    " version = version + 1 WHERE id = ?1",
	    why);
	STATEMENT *a = statement(
	    c, "INSERT INTO attempt (job_id, lease, worker, started_ms) VALUES (?1, ?2, ?3, ?4)", why);
	if (!q || !j || !a)
		return ERR_BROKEN;
	bind_uuid(q, 1, &k->job_id);
	bind_uuid(q, 2, &o->worker);
	sqlite3_bind_int64(q, 3, k->lease);
	sqlite3_bind_int(q, 4, k->attempt);
	sqlite3_bind_int64(q, 5, now + st->options.lease_ms);
	sqlite3_bind_int64(q, 6, k->deadline_ms);
	TRY(step_done(c, q, why));
	bind_uuid(j, 1, &k->job_id);
	sqlite3_bind_int(j, 2, k->attempt);
	sqlite3_bind_int64(j, 3, now);
	sqlite3_bind_int64(j, 4, k->lease);
	TRY(step_done(c, j, why));
	bind_uuid(a, 1, &k->job_id);
	sqlite3_bind_int64(a, 2, k->lease);
	bind_uuid(a, 3, &o->worker);
	sqlite3_bind_int64(a, 4, now);
	return step_done(c, a, why);
}

static enum err
claim(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct claim_op *o = arg;
	int64_t now = clock_wall_ms();
	bool full = false;
	STATEMENT *s = statement(
	    c,
	    "SELECT q.job_id, q.user_id, q.lease, q.attempt, q.crashes, d.id, d.file_name, d.media_type,"
	    " j.request_id, j.created_ms, b.key, b.size, b.sha256, d.depth FROM job_q q JOIN job j ON j.id = "
	    "q.job_id"
	    " JOIN document d ON d.id = j.document_id JOIN blob b ON b.key = d.blob_key"
	    " WHERE q.worker IS NULL AND q.run_ms <= ?1 ORDER BY q.lane, q.run_ms, q.job_id LIMIT ?2",
	    why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, now);
	sqlite3_bind_int(s, 2, o->max);
	o->n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		struct claim *k = &o->claims[o->n++];
		k->job_id = column_uuid(s, 0);
		k->user_id = column_uuid(s, 1);
		k->lease = sqlite3_column_int64(s, 2) + 1;
		k->attempt = sqlite3_column_int(s, 3) + 1;
		k->crashes = sqlite3_column_int(s, 4);
		k->document_id = column_uuid(s, 5);
		k->file_name = column_text(s, 6, o->mem, &full);
		k->media_type = column_text(s, 7, o->mem, &full);
		k->request_id = column_text(s, 8, o->mem, &full);
		k->created_ms = sqlite3_column_int64(s, 9);
		snprintf(k->blob.key, sizeof k->blob.key, "%s", (const char *)sqlite3_column_text(s, 10));
		k->blob.size = (uint64_t)sqlite3_column_int64(s, 11);
		if (sqlite3_column_bytes(s, 12) == (int)sizeof k->blob.sha256)
			memcpy(k->blob.sha256, sqlite3_column_blob(s, 12), sizeof k->blob.sha256);
		k->depth = sqlite3_column_int(s, 13);
		k->deadline_ms = now + st->options.job_deadline_ms;
	}
	if (full)
		return arena_full(o->mem, why);
	for (size_t i = 0; i < o->n; i++)
		TRY(lease_row(st, c, o, &o->claims[i], now, why));
	return ERR_NONE;
}

static bool
anything_ready(struct storage *st)
{
	struct why why;
	struct connection *c = reader_take(st);
	sqlite3_stmt *s = statement(
	    c, "SELECT 1 FROM job_q WHERE worker IS NULL AND lane IN (0, 1) AND run_ms <= ?1 LIMIT 1", &why);
	bool ready = true;
	if (s) {
		sqlite3_bind_int64(s, 1, clock_wall_ms());
		ready = step_row(c, s, &why) != ERR_ABSENT;
		statement_reset(&s);
	}
	reader_give(st, c);
	return ready;
}

enum err
sqlite_claim(struct storage *st, struct uuid worker, int32_t max, struct arena *mem, const struct claim **ret,
             size_t *n, struct why *why)
{
	struct claim_op o = {.worker = worker, .max = max, .mem = mem};
	*n = 0;
	if (max < 1 || !anything_ready(st)) /* an idle poll costs no commit */
		return ERR_NONE;
	ARENA_TRY(o.claims, arena_array(mem, (size_t)max, sizeof *o.claims), mem, why);
	TRY(store_write(st, claim, &o, why));
	*ret = o.claims;
	*n = o.n;
	return ERR_NONE;
}

void
sqlite_claim_wait(struct storage *st, int64_t timeout_ms)
{
	struct sqlite *db = st->rows;
	int64_t until = clock_steady_ms() + timeout_ms;
	pthread_mutex_lock(&db->lock);
	uint64_t seen = db->queue_changes, wakes = db->wakes;
	while (db->queue_changes == seen && db->wakes == wakes && !db->stopping &&
	       clock_cond_wait(&db->changed, &db->lock, until))
		;
	pthread_mutex_unlock(&db->lock);
}

void
sqlite_claim_wake(struct storage *st)
{
	struct sqlite *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->wakes++;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
}

/* ---- heartbeat and progress ---- */

struct beat_op {
	struct heartbeat *beats;
	size_t n;
};

static enum err
beat_one(struct storage *st, struct connection *c, struct heartbeat *b, struct why *why)
{
	STATEMENT *s = statement(
	    c, "UPDATE job_q SET lease_until_ms = ?3 WHERE job_id = ?1 AND lease = ?2 AND worker IS NOT NULL",
	    why);
	STATEMENT *j = statement(c, "SELECT state FROM job WHERE id = ?1", why);
	if (!s || !j)
		return ERR_BROKEN;
	bind_uuid(s, 1, &b->job_id);
	sqlite3_bind_int64(s, 2, b->lease);
	sqlite3_bind_int64(s, 3, clock_wall_ms() + st->options.lease_ms);
	TRY(step_done(c, s, why));
	b->lost = sqlite3_changes(c->db) == 0;
	b->cancelled = false;
	if (b->lost) {
		bind_uuid(j, 1, &b->job_id);
		b->cancelled = step_row(c, j, why) == ERR_NONE && sqlite3_column_int(j, 0) == JOB_CANCELLED;
	}
	return ERR_NONE;
}

static enum err
beat(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct beat_op *o = arg;
	for (size_t i = 0; i < o->n; i++)
		TRY(beat_one(st, c, &o->beats[i], why));
	return ERR_NONE;
}

enum err
sqlite_heartbeat(struct storage *st, struct heartbeat *beats, size_t n, struct why *why)
{
	struct beat_op o = {beats, n};
	return n ? store_write(st, beat, &o, why) : ERR_NONE;
}

struct progress_op {
	const struct claim *c;
	enum job_stage stage;
	int32_t done, total;
};

/* Does the lease still stand? */
static enum err
check_lease(struct connection *c, const struct claim *k, struct why *why)
{
	STATEMENT *s =
	    statement(c, "SELECT 1 FROM job_q WHERE job_id = ?1 AND lease = ?2 AND worker IS NOT NULL", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &k->job_id);
	sqlite3_bind_int64(s, 2, k->lease);
	enum err e = step_row(c, s, why);
	return e == ERR_ABSENT ? fail(why, ERR_LEASE_LOST, "%s", lost_text) : e;
}

static enum err
progress(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct progress_op *o = arg;
	TRY(check_lease(c, o->c, why));
	STATEMENT *s =
	    statement(c,
	              "UPDATE job SET stage = ?2, pages_done = ?3, pages_total = ?4, version = version + 1"
	              " WHERE id = ?1",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->c->job_id);
	sqlite3_bind_int(s, 2, o->stage);
	sqlite3_bind_int(s, 3, o->done);
	sqlite3_bind_int(s, 4, o->total);
	return step_done(c, s, why);
}

enum err
sqlite_progress(struct storage *st, const struct claim *c, enum job_stage stage, int32_t pages_done,
                int32_t pages_total, struct why *why)
{
	struct progress_op o = {c, stage, pages_done, pages_total};
	TRY(store_write(st, progress, &o, why));
	return ERR_NONE;
}

/* ---- the ends of an attempt ---- */

static enum err
end_attempt(struct connection *c, struct uuid job, int64_t lease, const char *outcome,
            const struct cost *used, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "UPDATE attempt SET ended_ms = ?3, outcome = ?4, cpu_ms = ?5, memory_kib_s = ?6,"
	              " bytes_in = ?7, bytes_out = ?8 WHERE job_id = ?1 AND lease = ?2",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &job);
	sqlite3_bind_int64(s, 2, lease);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	bind_text(s, 4, outcome);
	sqlite3_bind_int64(s, 5, used->cpu_ms);
	sqlite3_bind_int64(s, 6, used->memory_kib_s);
	sqlite3_bind_int64(s, 7, used->bytes_in);
	sqlite3_bind_int64(s, 8, used->bytes_out);
	return step_done(c, s, why);
}

static enum err
leave_queue(struct connection *c, const struct claim *k, struct why *why)
{
	STATEMENT *s =
	    statement(c, "DELETE FROM job_q WHERE job_id = ?1 AND lease = ?2 AND worker IS NOT NULL", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &k->job_id);
	sqlite3_bind_int64(s, 2, k->lease);
	return must_change(c, s, why);
}

static enum err
finish_job(struct connection *c, struct uuid id, enum job_state state, enum err error, const char *detail,
           struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "UPDATE job SET state = ?2, stage = 5, finished_ms = ?3, error = ?4, error_detail = ?5,"
	              " version = version + 1 WHERE id = ?1",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	sqlite3_bind_int(s, 2, state);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	if (error != ERR_NONE) {
		bind_text(s, 4, err_code(error));
		bind_text(s, 5, detail);
	}
	return step_done(c, s, why);
}

/* Its place in the order, of what goes back there without having failed. */
#define SAME_PLACE (-1)

static enum err
queue_again(struct connection *c, struct uuid id, int64_t run_ms, int32_t attempt, int32_t crashes,
            enum err error, const char *detail, struct why *why)
{
	STATEMENT *q = statement(c,
	                         "UPDATE job_q SET worker = NULL, run_ms = coalesce(?2, run_ms), attempt = "
	                         "?3, crashes = ?4 WHERE job_id = ?1",
	                         why);
	STATEMENT *j =
	    statement(c,
	              "UPDATE job SET state = 0, stage = 1, attempt = ?2, error = ?3, error_detail = ?4,"
	              " version = version + 1 WHERE id = ?1",
	              why);
	if (!q || !j)
		return ERR_BROKEN;
	bind_uuid(q, 1, &id);
	if (run_ms != SAME_PLACE)
		sqlite3_bind_int64(q, 2, run_ms);
	sqlite3_bind_int(q, 3, attempt);
	sqlite3_bind_int(q, 4, crashes);
	TRY(step_done(c, q, why));
	bind_uuid(j, 1, &id);
	sqlite3_bind_int(j, 2, attempt);
	if (error != ERR_NONE) {
		bind_text(j, 3, err_code(error));
		bind_text(j, 4, detail);
	}
	return step_done(c, j, why);
}

struct done_op {
	const struct claim *c;
	const struct result_row *r;
	struct arena *mem;
	struct dead_blobs dead;
};

static enum err
insert_page(struct connection *c, const struct claim *k, const struct page_picture *p, struct why *why)
{
	bool small = p->thumbnail.key[0] != '\0';
	TRY(insert_blob(c, &p->picture, why));
	if (small)
		TRY(insert_blob(c, &p->thumbnail, why));
	STATEMENT *s = statement(
	    c,
	    "INSERT OR REPLACE INTO page (document_id, number, width, height, picture_key, thumbnail_key)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &k->document_id);
	sqlite3_bind_int(s, 2, p->number);
	sqlite3_bind_int(s, 3, p->width);
	sqlite3_bind_int(s, 4, p->height);
	bind_text(s, 5, p->picture.key);
	bind_text(s, 6, small ? p->thumbnail.key : NULL);
	return step_done(c, s, why);
}

static enum err
insert_result(struct connection *c, const struct done_op *o, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "INSERT OR REPLACE INTO result (job_id, document_id, user_id, json, "
	                         "parsed_key, created_ms, version)"
	                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->c->job_id);
	bind_uuid(s, 2, &o->c->document_id);
	bind_uuid(s, 3, &o->c->user_id);
	sqlite3_bind_text64(s, 4, o->r->json, o->r->json_len, SQLITE_STATIC, SQLITE_UTF8);
	bind_text(s, 5, o->r->parsed ? o->r->parsed->key : NULL);
	sqlite3_bind_int64(s, 6, clock_wall_ms());
	sqlite3_bind_int64(s, 7, o->c->lease);
	return step_done(c, s, why);
}

static enum err
update_document(struct connection *c, const struct done_op *o, struct why *why)
{
	const struct result_row *r = o->r;
	struct list_facts facts = {r->doc_type, r->merchant, r->date, r->total, r->currency};
	STATEMENT *s = statement(c,
	                         "UPDATE document SET pages = ?2, job_id = ?3, due_date = ?4, category = ?5,"
	                         " doubtful = ?6 WHERE id = ?1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->c->document_id);
	sqlite3_bind_int(s, 2, (int)r->n_pages);
	bind_uuid(s, 3, &o->c->job_id);
	bind_text(s, 4, r->due_date);
	bind_text(s, 5, r->category);
	bind_text(s, 6, r->doubtful);
	TRY(step_done(c, s, why));
	TRY(corrected_facts(c, o->c->document_id, o->mem, &facts, why));
	return set_list_facts(c, o->c->document_id, &facts, why);
}

/* The pictures of an earlier reading make way. */
static enum err
replace_pages(struct connection *c, struct done_op *o, struct why *why)
{
	TRY(dead_blobs_find(c,
	                    "SELECT picture_key FROM page WHERE document_id = ?1 UNION ALL"
	                    " SELECT thumbnail_key FROM page WHERE document_id = ?1",
	                    o->c->document_id, o->mem, &o->dead, why));
	if (o->dead.n > 0) {
		STATEMENT *s = statement(c, "DELETE FROM page WHERE document_id = ?1", why);
		if (!s)
			return ERR_BROKEN;
		bind_uuid(s, 1, &o->c->document_id);
		TRY(step_done(c, s, why));
		TRY(dead_blobs_forget(c, &o->dead, why));
	}
	for (size_t i = 0; i < o->r->n_pages; i++)
		TRY(insert_page(c, o->c, &o->r->pages[i], why));
	return ERR_NONE;
}

/* Is there a document already for this part of the claimed one, from an earlier reading? */
static enum err
has_part(struct connection *c, const struct claim *k, size_t part, bool *ret, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT 1 FROM document WHERE parent_id = ?1 AND part = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &k->document_id);
	sqlite3_bind_int64(s, 2, (int64_t)part);
	enum err e = step_row(c, s, why);
	*ret = e == ERR_NONE;
	return e == ERR_ABSENT ? ERR_NONE : e;
}

static enum err
load_parts_room(struct connection *c, const struct claim *k, size_t n, struct parts_room *ret,
                struct why *why)
{
	TRY(load_usage(c, k->user_id, &ret->used, why));
	for (size_t i = 0; i < n; i++)
		TRY(has_part(c, k, i + 1, &ret->there[i], why));
	return ERR_NONE;
}

enum err
sqlite_parts_fit(struct storage *st, const struct claim *k, const struct attachment *list, size_t n,
                 size_t *ret, struct why *why)
{
	struct parts_room room = {0};
	struct connection *c = reader_take(st);
	enum err e = load_parts_room(c, k, n, &room, why);
	reader_give(st, c);
	room.used.waiting--; /* the claimed one itself, which it counts */
	if (e == ERR_NONE)
		*ret = parts_that_fit(st, &room, list, n);
	return e;
}

static enum err
insert_attachment(struct connection *c, const struct claim *k, const struct attachment *a, size_t part,
                  struct why *why)
{
	const struct upload u = {.user = k->user_id,
	                         .job_id = a->job_id,
	                         .document_id = a->document_id,
	                         .blob = &a->blob,
	                         .file_name = a->file_name,
	                         .media_type = a->media_type,
	                         .request_id = k->request_id};
	char id[UUID_TEXT_LEN];
	bool there = false;
	TRY(has_part(c, k, part, &there, why));
	if (there)
		return ERR_NONE;
	TRY(insert_blob(c, &a->blob, why));
	TRY(insert_upload(c, &u, why));
	STATEMENT *s =
	    statement(c, "UPDATE document SET parent_id = ?2, part = ?3, depth = ?4 WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &a->document_id);
	bind_uuid(s, 2, &k->document_id);
	sqlite3_bind_int64(s, 3, (int64_t)part);
	sqlite3_bind_int(s, 4, k->depth + 1);
	TRY(step_done(c, s, why));
	uuid_text(a->document_id, id);
	return insert_audit(c, &k->user_id, "document.attached", id, k->request_id, why);
}

static enum err
settle_done(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct done_op *o = arg;
	struct parts_room room = {0};
	char id[UUID_TEXT_LEN];
	TRY(leave_queue(c, o->c, why));
	TRY(load_parts_room(c, o->c, o->r->n_attachments, &room, why));
	TRY(check_parts(st, &room, o->r->attachments, o->r->n_attachments, why));
	if (o->r->parsed)
		TRY(insert_blob(c, o->r->parsed, why));
	TRY(replace_pages(c, o, why));
	for (size_t i = 0; i < o->r->n_attachments; i++)
		TRY(insert_attachment(c, o->c, &o->r->attachments[i], i + 1, why));
	TRY(insert_result(c, o, why));
	TRY(update_document(c, o, why));
	TRY(search_put(c, o->c->document_id, o->r->text, why));
	TRY(end_attempt(c, o->c->job_id, o->c->lease, "done", &o->c->used, why));
	uuid_text(o->c->job_id, id);
	TRY(insert_audit(c, &o->c->user_id, "result.stored", id, o->c->request_id, why));
	TRY(tell_webhooks(c, o->c->job_id, EVENT_DOCUMENT_DONE, why));
	return finish_job(c, o->c->job_id, JOB_DONE, ERR_NONE, NULL, why);
}

#define SETTLE_MEMORY_MAX (4 * MIB) /* names of the pictures that make way */

enum err
sqlite_settle_done(struct storage *st, const struct claim *c, const struct result_row *r, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("settle", SETTLE_MEMORY_MAX);
	struct done_op o = {.c = c, .r = r, .mem = mem};
	TRY(store_write(st, settle_done, &o, why));
	dead_blobs_remove(st, &o.dead);
	if (r->n_attachments > 0)
		store_note_ready(st);
	return ERR_NONE;
}

struct failed_op {
	const struct claim *c;
	enum err outcome;
	const char *detail;
	enum job_state state;
};

/* The attempt of `k` has failed with `outcome`: again, or the end? Shared with the reaper. */
static enum err
fail_attempt(struct storage *st, struct connection *c, const struct claim *k, enum err outcome,
             const char *detail, enum job_state *state, struct why *why)
{
	struct attempt_end end = attempt_end(&st->options, k, outcome);
	*state = end.state;
	TRY(end_attempt(c, k->job_id, k->lease, err_code(outcome), &k->used, why));
	if (*state == JOB_QUEUED)
		return queue_again(c, k->job_id, clock_wall_ms() + end.pause_ms, end.attempt, end.crashes,
		                   outcome, detail, why);
	TRY(leave_queue(c, k, why));
	TRY(tell_webhooks(c, k->job_id, EVENT_DOCUMENT_FAILED, why));
	return finish_job(c, k->job_id, JOB_FAILED, outcome, detail, why);
}

static enum err
settle_failed(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct failed_op *o = arg;
	TRY(check_lease(c, o->c, why));
	return fail_attempt(st, c, o->c, o->outcome, o->detail, &o->state, why);
}

enum err
sqlite_settle_failed(struct storage *st, const struct claim *c, enum err outcome, const char *detail,
                     enum job_state *ret, struct why *why)
{
	struct failed_op o = {.c = c, .outcome = outcome, .detail = detail};
	TRY(store_write(st, settle_failed, &o, why));
	*ret = o.state;
	if (o.state == JOB_QUEUED)
		store_note_ready(st);
	return ERR_NONE;
}

static enum err
release(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct claim *k = arg;
	TRY(check_lease(c, k, why));
	TRY(end_attempt(c, k->job_id, k->lease, "released", &k->used, why));
	return queue_again(c, k->job_id, SAME_PLACE, k->attempt - 1, k->crashes, ERR_NONE, NULL, why);
}

enum err
sqlite_release(struct storage *st, const struct claim *c, struct why *why)
{
	struct claim k = *c;
	TRY(store_write(st, release, &k, why));
	store_note_ready(st);
	return ERR_NONE;
}

/* ---- taking back ---- */

struct reap_op {
	struct uuid worker; /* nil: by time */
	size_t n;
};

#define REAP_BATCH 100

/* A clock that was set back would keep them waiting for as long as that. */
static enum err
let_none_wait_too_long(const struct storage *st, struct connection *c, int64_t now, struct why *why)
{
	int64_t most = st->options.backoff_ms > PAUSE_MAX_MS ? st->options.backoff_ms : PAUSE_MAX_MS;
	STATEMENT *s = statement(
	    c, "UPDATE job_q SET run_ms = ?1 WHERE worker IS NULL AND lane IN (0, 1) AND run_ms > ?2", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, now);
	sqlite3_bind_int64(s, 2, now + most);
	return step_done(c, s, why);
}

static enum err
reap(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct reap_op *o = arg;
	struct {
		struct claim k;
		bool overran;
	} found[REAP_BATCH];
	size_t n = 0;
	int64_t now = clock_wall_ms();
	TRY(let_none_wait_too_long(st, c, now, why));
	{
		STATEMENT *s = statement(c,
		                         "SELECT job_id, lease, attempt, crashes, deadline_ms < ?1 FROM job_q"
		                         " WHERE worker IS NOT NULL AND (worker = ?2 OR (?2 IS NULL AND"
		                         " (lease_until_ms < ?1 OR deadline_ms < ?1))) LIMIT ?3",
		                         why);
		if (!s)
			return ERR_BROKEN;
		sqlite3_bind_int64(s, 1, now);
		bind_uuid(s, 2, uuid_is_nil(o->worker) ? NULL : &o->worker);
		sqlite3_bind_int(s, 3, REAP_BATCH);
		for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT; n++) {
			TRY(e);
			found[n].k = (struct claim){.job_id = column_uuid(s, 0),
			                            .lease = sqlite3_column_int64(s, 1),
			                            .attempt = sqlite3_column_int(s, 2),
			                            .crashes = sqlite3_column_int(s, 3)};
			found[n].overran = sqlite3_column_int(s, 4) != 0;
		}
	}
	for (size_t i = 0; i < n; i++) {
		enum job_state state;
		const struct claim *k = &found[i].k;
		/* A worker that is known to be dead did not fail: its job goes first, at once. */
		if (!uuid_is_nil(o->worker) && k->attempt < st->options.max_attempts) {
			TRY(end_attempt(c, k->job_id, k->lease, "lost", &k->used, why));
			TRY(queue_again(c, k->job_id, SAME_PLACE, k->attempt, k->crashes, ERR_NONE, NULL,
			                why));
			continue;
		}
		TRY(fail_attempt(st, c, k, found[i].overran ? ERR_DEADLINE : ERR_BROKEN,
		                 found[i].overran ? "the job ran past its deadline"
		                                  : "its worker went silent",
		                 &state, why));
	}
	o->n = n;
	return ERR_NONE;
}

enum err
sqlite_reap(struct storage *st, size_t *n, struct why *why)
{
	struct reap_op o = {.n = 0};
	TRY(store_write(st, reap, &o, why));
	*n = o.n;
	if (o.n)
		store_note_ready(st);
	return ERR_NONE;
}

enum err
sqlite_worker_gone(struct storage *st, struct uuid worker, struct why *why)
{
	struct reap_op o = {.worker = worker};
	if (uuid_is_nil(worker))
		return ERR_NONE;
	do {
		TRY(store_write(st, reap, &o, why));
	} while (o.n == REAP_BATCH);
	store_note_ready(st);
	return ERR_NONE;
}

/* ---- at start ---- */

#define LOST_MAX 10

/* One that was being read each time when the service went down. ERR_ABSENT: there is none. */
static enum err
find_deadly(struct connection *c, struct claim *ret, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "SELECT job_id, lease FROM job_q WHERE worker IS NOT NULL AND (SELECT count(*)"
	              " FROM attempt a WHERE a.job_id = job_q.job_id AND outcome = 'lost') >= ?1"
	              " LIMIT 1",
	              why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int(s, 1, LOST_MAX - 1);
	TRY(step_row(c, s, why));
	*ret = (struct claim){.job_id = column_uuid(s, 0), .lease = sqlite3_column_int64(s, 1)};
	return ERR_NONE;
}

enum err
give_up_deadly(struct connection *c, struct why *why)
{
	struct claim k;
	for (enum err e; (e = find_deadly(c, &k, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(end_attempt(c, k.job_id, k.lease, "lost", &k.used, why));
		TRY(leave_queue(c, &k, why));
		TRY(tell_webhooks(c, k.job_id, EVENT_DOCUMENT_FAILED, why));
		TRY(finish_job(c, k.job_id, JOB_FAILED, ERR_BROKEN,
		               "the service went down each time while it was read", why));
	}
	return ERR_NONE;
}

/* ---- figures ---- */

enum err
sqlite_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why)
{
	struct sqlite *db = st->rows;
	struct connection *c = reader_take(st);
	int64_t now = clock_wall_ms();
	sqlite3_stmt *s = statement(c,
	                            "SELECT (SELECT count(*) FROM job_q WHERE worker IS NULL),"
	                            " (SELECT count(*) FROM job_q WHERE worker IS NOT NULL),"
	                            " (SELECT count(*) FROM job_q WHERE worker IS NULL AND lane IN (0, 1)"
	                            "  AND run_ms > ?1),"
	                            " (SELECT min(ms) FROM ("
	                            "  SELECT min(run_ms) AS ms FROM job_q WHERE worker IS NULL AND lane = 0"
	                            "   AND run_ms <= ?1 UNION ALL"
	                            "  SELECT min(run_ms) FROM job_q WHERE worker IS NULL AND lane = 1"
	                            "   AND run_ms <= ?1))",
	                            why);
	enum err e = s ? ERR_NONE : ERR_BROKEN;
	if (e == ERR_NONE) {
		sqlite3_bind_int64(s, 1, now);
		e = step_row(c, s, why);
	}
	if (e == ERR_NONE) {
		int64_t oldest = sqlite3_column_int64(s, 3);
		*ret = (struct queue_stats){.queued = sqlite3_column_int64(s, 0),
		                            .processing = sqlite3_column_int64(s, 1),
		                            .delayed = sqlite3_column_int64(s, 2),
		                            .oldest_ready_ms = oldest ? now - oldest : 0,
		                            .wal_bytes = store_wal_bytes(db),
		                            .commits = db->commits,
		                            .writes = db->writes,
		                            .commit_us = db->commit_us};
		store_pools(db, ret->pools);
	}
	statement_reset(&s);
	reader_give(st, c);
	return e;
}
