/* Documents changed by their owner, in PostgreSQL: names, notes, tags, trash, another reading, the end. */
#include "pg_documents.h"
#include "pg_queue.h"

#include "own.h"

struct change_op {
	struct uuid user, id;
	const struct document_change *change;
	struct arena *mem;
	const struct document *d;
};

/* ---- names, notes, tags, trash ---- */

static enum err
run_for(struct pg_tx *t, const char *sql, struct uuid id, const char *text, struct why *why)
{
	struct pg_call q = {.sql = sql};
	arg_uuid(&q, id);
	if (text)
		arg_text(&q, *text ? text : NULL);
	return pg_tx_run(t, &q, NULL, why);
}

/* Folded; a tag without letters stands for itself. */
static enum err
tag_key(const struct change_op *o, const char *name, const char **ret, struct why *why)
{
	char *key;
	ARENA_TRY(key, search_fold(name, o->mem), o->mem, why);
	*ret = *key ? key : name;
	return ERR_NONE;
}

static enum err
add_tag(struct pg_tx *t, const struct change_op *o, const char *name, struct why *why)
{
	struct pg_call q = {
	    .sql = "INSERT INTO document_tag (document_id, key, name, user_id) VALUES ($1, $2, $3, $4)"
	           " ON CONFLICT (document_id, key) DO UPDATE SET name = excluded.name"};
	const char *key;
	TRY(tag_key(o, name, &key, why));
	arg_uuid(&q, o->id);
	arg_text(&q, key);
	arg_text(&q, name);
	arg_uuid(&q, o->user);
	return pg_tx_run(t, &q, NULL, why);
}

static enum err
change_tags(struct pg_tx *t, const struct change_op *o, struct why *why)
{
	const struct document_change *ch = o->change;
	struct pg_call count = {.sql = "SELECT count(*) FROM document_tag WHERE document_id = $1"};
	RESULT *r = NULL;
	if (ch->tags)
		TRY(run_for(t, "DELETE FROM document_tag WHERE document_id = $1", o->id, NULL, why));
	for (size_t i = 0; ch->tags && i < ch->n_tags; i++)
		TRY(add_tag(t, o, ch->tags[i], why));
	if (ch->add_tag)
		TRY(add_tag(t, o, ch->add_tag, why));
	if (ch->remove_tag) {
		const char *key;
		TRY(tag_key(o, ch->remove_tag, &key, why));
		TRY(run_for(t, "DELETE FROM document_tag WHERE document_id = $1 AND key = $2", o->id, key,
		            why));
	}
	arg_uuid(&count, o->id);
	TRY(pg_tx_run(t, &count, &r, why));
	if (col_int(r, 0, 0) > DOCUMENT_TAGS_MAX)
		return fail(why, ERR_INVALID, "tags: at most %d on a document", DOCUMENT_TAGS_MAX);
	return ERR_NONE;
}

static enum err
audit_change(struct pg_tx *t, const struct change_op *o, bool tags, struct why *why)
{
	const struct document_change *ch = o->change;
	struct pg_call q = {
	    .sql = "INSERT INTO audit (at_ms, user_id, action, object, detail, address, request_id)"
	           " VALUES (docket_ms(), $1, $2, ($3::uuid)::text, nullif($4, ''), $5, $6)"};
	OWNED(buf_free) struct buf what = buf_init(100);
	buf_printf(&what, "%s%s%s", ch->title ? "title," : "", ch->note ? "note," : "", tags ? "tags," : "");
	if (what.len > 0)
		what.data[what.len - 1] = '\0'; /* its last comma */
	arg_uuid(&q, o->user);
	arg_text(&q, ch->trashed > 0    ? "document.trashed"
	             : ch->trashed == 0 ? "document.restored"
	                                : "document.changed");
	arg_uuid(&q, o->id);
	arg_text(&q, what.data);
	arg_text(&q, store_acts_for());
	arg_text(&q, ch->request_id);
	return pg_tx_run(t, &q, NULL, why);
}

static enum err
change(struct pg_tx *t, void *arg, struct why *why)
{
	struct change_op *o = arg;
	const struct document_change *ch = o->change;
	bool tags = ch->tags || ch->add_tag || ch->remove_tag;
	TRY(pg_load_document(t, o->user, o->id, o->mem, &o->d, why));
	if (ch->version >= 0 && o->d->version != ch->version)
		return fail(why, ERR_STALE, "it is at version %lld", (long long)o->d->version);
	if (ch->title)
		TRY(run_for(t, "UPDATE document SET title = $2 WHERE id = $1", o->id, ch->title, why));
	if (ch->note)
		TRY(run_for(t, "UPDATE document SET note = $2 WHERE id = $1", o->id, ch->note, why));
	if (tags)
		TRY(change_tags(t, o, why));
	if (ch->trashed > 0)
		TRY(run_for(
		    t, "UPDATE document SET trashed_ms = coalesce(trashed_ms, docket_ms()) WHERE id = $1",
		    o->id, NULL, why));
	else if (ch->trashed == 0)
		TRY(run_for(t, "UPDATE document SET trashed_ms = NULL WHERE id = $1", o->id, NULL, why));
	TRY(run_for(t, "UPDATE document SET version = version + 1 WHERE id = $1", o->id, NULL, why));
	if (ch->title || ch->note || tags)
		TRY(pg_search_refresh(t, o->id, why));
	TRY(audit_change(t, o, tags, why));
	return pg_load_document(t, o->user, o->id, o->mem, &o->d, why);
}

enum err
pg_document_change(struct storage *st, struct uuid user, struct uuid id, const struct document_change *ch,
                   struct arena *mem, const struct document **ret, struct why *why)
{
	struct change_op o = {.user = user, .id = id, .change = ch, .mem = mem};
	TRY(pg_transaction(st, change, &o, why));
	*ret = o.d;
	return ERR_NONE;
}

/* ---- the end ---- */

void
pg_remove_blobs(struct storage *st, const char *keys)
{
	struct why why;
	char key[BLOB_KEY_LEN];
	while (keys && *keys) {
		size_t n = strcspn(keys, ",");
		snprintf(key, sizeof key, "%.*s", (int)n, keys);
		(void)!st->blob_driver->remove(st, key, &why); /* else it is swept */
		keys += n + (keys[n] == ',');
	}
}

struct delete_op {
	struct uuid user, id;
	const char *request_id;
	struct arena *mem;
	const char *blobs;
};

static enum err
delete_document(struct pg_tx *t, void *arg, struct why *why)
{
#define JOBS_OF " (SELECT id FROM job WHERE document_id = $1)"
	static const char *const sqls[] = {
	    "DELETE FROM job_q WHERE job_id IN" JOBS_OF,
	    "DELETE FROM attempt WHERE job_id IN" JOBS_OF,
	    "DELETE FROM idempotency WHERE user_id = (SELECT user_id FROM document WHERE id = $1)"
	    " AND job_id IN" JOBS_OF,
	    "DELETE FROM result WHERE document_id = $1",
	    "DELETE FROM page WHERE document_id = $1",
	    "DELETE FROM correction WHERE document_id = $1",
	    "DELETE FROM document_tag WHERE document_id = $1",
	    "DELETE FROM search WHERE document_id = $1",
	    "DELETE FROM job WHERE document_id = $1",
	    "DELETE FROM document WHERE id = $1",
	};
	struct delete_op *o = arg;
	const struct document *d;
	struct pg_call blobs = {
	    .sql = "WITH k AS (SELECT blob_key AS key FROM document WHERE id = $1 UNION"
	           " SELECT picture_key FROM page WHERE document_id = $1 UNION"
	           " SELECT thumbnail_key FROM page WHERE document_id = $1 UNION"
	           " SELECT parsed_key FROM result WHERE document_id = $1),"
	           " b AS (DELETE FROM blob USING k WHERE blob.key = k.key RETURNING blob.key)"
	           " SELECT string_agg(key, ',') FROM b"};
	struct pg_call done = {
	    .sql = "WITH v AS (INSERT INTO correction_version AS x (user_id, version) VALUES ($1, 1)"
	           "  ON CONFLICT (user_id) DO UPDATE SET version = x.version + 1)" /* whoever learned, learns
	                                                                               anew */
	           " INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
	           " VALUES (docket_ms(), $1, 'document.deleted', ($2::uuid)::text, $3, $4)"};
	RESULT *r = NULL;
	bool full = false;
	TRY(pg_load_document(t, o->user, o->id, o->mem, &d, why));
	arg_uuid(&blobs, o->id);
	TRY(pg_tx_run(t, &blobs, &r, why));
	o->blobs = col_text(r, 0, 0, o->mem, &full);
	if (full)
		return arena_full(o->mem, why);
	for (size_t i = 0; i < ARRAY_LEN(sqls); i++)
		TRY(run_for(t, sqls[i], o->id, NULL, why));
	arg_uuid(&done, o->user);
	arg_uuid(&done, o->id);
	arg_text(&done, o->request_id);
	arg_text(&done, store_acts_for());
	return pg_tx_run(t, &done, NULL, why);
}

#define DELETE_MEMORY_MAX (16 * MIB)

enum err
pg_document_delete(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                   struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("delete", DELETE_MEMORY_MAX);
	struct delete_op o = {.user = user, .id = id, .request_id = request_id, .mem = mem};
	TRY(pg_transaction(st, delete_document, &o, why));
	pg_remove_blobs(st, o.blobs);
	return ERR_NONE;
}

#define EMPTY_MAX 100

enum err
pg_trash_empty(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	struct pg_call q = {.sql = "SELECT user_id, id FROM document WHERE trashed_ms < $1 LIMIT $2"};
	RESULT *r = NULL;
	*n = 0;
	arg_int(&q, before_ms);
	arg_int(&q, EMPTY_MAX);
	TRY(pg_query(st, &q, &r, why));
	for (int i = 0; i < PQntuples(r); i++) {
		enum err e = pg_document_delete(st, col_uuid(r, i, 0), col_uuid(r, i, 1), NULL, why);
		if (e != ERR_NONE && e != ERR_ABSENT)
			return e;
		*n += e == ERR_NONE;
	}
	return ERR_NONE;
}

/* ---- another reading ---- */

/* Behind what this person has waiting, and behind what others have only just brought. */
#define PLACE_AGAIN(user)                                                                                \
	"GREATEST(last_value, (SELECT max(vtime) FROM job_q WHERE user_id = " user " AND worker IS NULL" \
	" AND vtime >= last_value - " VTIME_SLACK ")) + " VTIME_AGAIN

/* Holds their row until the commit: of those who come at the same time none passes the others by. */
static enum err
may_wait(struct pg_tx *t, struct uuid user, struct why *why)
{
	const struct storage *st = t->db->st;
	struct pg_call q = {.sql = "SELECT waiting FROM queue_time, room_held(ARRAY[$1::uuid], true, false,"
	                           " $2::bigint, last_value - " VTIME_SLACK ")"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	arg_int(&q, st->options.max_queued_per_user);
	TRY(pg_tx_run(t, &q, &r, why));
	return check_waiting(st, PQntuples(r) ? col_int(r, 0, 0) : 0, why);
}

struct again_op {
	struct uuid user, id, job;
	const char *request_id;
	struct arena *mem;
};

static enum err
again(struct pg_tx *t, void *arg, struct why *why)
{
	struct again_op *o = arg;
	const struct document *d;
	struct pg_call same = {
	    .sql = "WITH j AS (UPDATE job SET state = 0, stage = 1, attempt = 0, started_ms = 0, finished_ms "
	           "= 0,"
	           "  error = NULL, error_detail = NULL, pages_done = 0, version = version + 1"
	           "  WHERE id = $1 RETURNING id, user_id, lease)"
	           " INSERT INTO job_q (job_id, user_id, lane, vtime, run_ms, lease)"
	           " SELECT id, user_id, 1, " PLACE_AGAIN(
	               "j.user_id") ", docket_ms(), lease FROM j, queue_time"};
	struct pg_call new = {
	    .sql =
	        "WITH j AS (INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
	        "  VALUES ($1, $2, $3, 0, 1, docket_ms(), $4))"
	        " INSERT INTO job_q (job_id, user_id, lane, vtime, run_ms)"
	        " SELECT $1, $3, 1, " PLACE_AGAIN("$3") ", docket_ms() FROM queue_time"};
	struct pg_call told = {
	    .sql = "INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
	           " VALUES (docket_ms(), $1, 'document.reprocessed', ($2::uuid)::text, $3, $4)"};
	TRY(pg_load_document(t, o->user, o->id, o->mem, &d, why));
	if (d->state == JOB_QUEUED || d->state == JOB_PROCESSING || !uuid_is_nil(d->running_job))
		return fail(why, ERR_NOT_FINISHED, "it is being read already");
	TRY(may_wait(t, o->user, why));
	arg_uuid(&told, o->user);
	arg_uuid(&told, o->id);
	arg_text(&told, o->request_id);
	arg_text(&told, store_acts_for());
	TRY(pg_tx_run(t, &told, NULL, why));
	if (d->state != JOB_DONE) { /* there is nothing to keep: the same job once more */
		o->job = d->job_id;
		arg_uuid(&same, o->job);
		return pg_tx_run(t, &same, NULL, why);
	}
	o->job = uuid_new();
	arg_uuid(&new, o->job);
	arg_uuid(&new, o->id);
	arg_uuid(&new, o->user);
	arg_text(&new, o->request_id);
	return pg_tx_run(t, &new, NULL, why);
}

enum err
pg_document_reprocess(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                      struct arena *mem, const struct job **ret, struct why *why)
{
	struct again_op o = {.user = user, .id = id, .request_id = request_id, .mem = mem};
	TRY(pg_transaction(st, again, &o, why));
	pg_note_ready(st);
	return pg_job_get(st, user, o.job, mem, ret, why);
}
