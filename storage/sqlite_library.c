/* Documents changed by their owner: names, notes, tags, the trash, another reading, the end. */
#include "dead_blobs.h"
#include "sqlite_documents.h"

#include "clock.h"

struct change_op {
	struct uuid user, id;
	const struct document_change *change;
	struct arena *mem;
	const struct document *d;
};

/* ---- names, notes, tags, trash ---- */

static enum err
set_text(struct connection *c, const char *sql, struct uuid id, const char *text, struct why *why)
{
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_text(s, 2, *text ? text : NULL);
	return step_done(c, s, why);
}

/* Folded; a tag without letters stands for itself. */
#define TAG_KEY "coalesce(nullif(search_fold(?2), ''), ?2)"

static enum err
clear_tags(struct connection *c, struct uuid id, struct why *why)
{
	STATEMENT *s = statement(c, "DELETE FROM document_tag WHERE document_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	return step_done(c, s, why);
}

static enum err
add_tag(struct connection *c, const struct change_op *o, const char *name, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "INSERT OR REPLACE INTO document_tag (document_id, key, name, user_id)"
	                         " VALUES (?1, " TAG_KEY ", ?2, ?3)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	bind_text(s, 2, name);
	bind_uuid(s, 3, &o->user);
	return step_done(c, s, why);
}

static enum err
remove_tag(struct connection *c, struct uuid id, const char *name, struct why *why)
{
	STATEMENT *s =
	    statement(c, "DELETE FROM document_tag WHERE document_id = ?1 AND key = " TAG_KEY, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_text(s, 2, name);
	return step_done(c, s, why);
}

static enum err
check_tags(struct connection *c, struct uuid id, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT count(*) FROM document_tag WHERE document_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	TRY(step_row(c, s, why));
	if (sqlite3_column_int(s, 0) > DOCUMENT_TAGS_MAX)
		return fail(why, ERR_INVALID, "tags: at most %d on a document", DOCUMENT_TAGS_MAX);
	return ERR_NONE;
}

static enum err
change_tags(struct connection *c, const struct change_op *o, struct why *why)
{
	const struct document_change *ch = o->change;
	if (ch->tags)
		TRY(clear_tags(c, o->id, why));
	for (size_t i = 0; ch->tags && i < ch->n_tags; i++)
		TRY(add_tag(c, o, ch->tags[i], why));
	if (ch->add_tag)
		TRY(add_tag(c, o, ch->add_tag, why));
	if (ch->remove_tag)
		TRY(remove_tag(c, o->id, ch->remove_tag, why));
	return check_tags(c, o->id, why);
}

static enum err
set_trashed(struct connection *c, struct uuid id, bool trashed, struct why *why)
{
	STATEMENT *s = statement(
	    c,
	    "UPDATE document SET trashed_ms = CASE WHEN ?2 THEN coalesce(trashed_ms, ?3) END WHERE id = ?1",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	sqlite3_bind_int(s, 2, trashed);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	return step_done(c, s, why);
}

static enum err
grow_version(struct connection *c, struct uuid id, struct why *why)
{
	STATEMENT *s = statement(c, "UPDATE document SET version = version + 1 WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	return step_done(c, s, why);
}

static enum err
audit_change(struct connection *c, const struct change_op *o, const char *id, struct why *why)
{
	const struct document_change *ch = o->change;
	const char *action = ch->trashed > 0    ? "document.trashed"
	                     : ch->trashed == 0 ? "document.restored"
	                                        : "document.changed";
	bool tags = ch->tags || ch->add_tag || ch->remove_tag;
	OWNED(buf_free) struct buf what = buf_init(100);
	buf_printf(&what, "%s%s%s", ch->title ? "title," : "", ch->note ? "note," : "", tags ? "tags," : "");
	if (what.len > 0)
		what.data[what.len - 1] = '\0'; /* its last comma */
	return insert_audit_detail(c, &o->user, action, id, what.len > 0 ? what.data : NULL, ch->request_id,
	                           why);
}

static enum err
change(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct change_op *o = arg;
	const struct document_change *ch = o->change;
	char id[UUID_TEXT_LEN];
	TRY(load_document(c, o->user, o->id, o->mem, &o->d, why));
	if (ch->version >= 0 && o->d->version != ch->version)
		return fail(why, ERR_STALE, "it is at version %lld", (long long)o->d->version);
	if (ch->title)
		TRY(set_text(c, "UPDATE document SET title = ?2 WHERE id = ?1", o->id, ch->title, why));
	if (ch->note)
		TRY(set_text(c, "UPDATE document SET note = ?2 WHERE id = ?1", o->id, ch->note, why));
	bool tags = ch->tags || ch->add_tag || ch->remove_tag;
	if (tags)
		TRY(change_tags(c, o, why));
	if (ch->trashed >= 0)
		TRY(set_trashed(c, o->id, ch->trashed > 0, why));
	TRY(grow_version(c, o->id, why));
	if (ch->title || ch->note || tags)
		TRY(search_refresh(c, o->id, why));
	uuid_text(o->id, id);
	TRY(audit_change(c, o, id, why));
	return load_document(c, o->user, o->id, o->mem, &o->d, why);
}

enum err
sqlite_document_change(struct storage *st, struct uuid user, struct uuid id, const struct document_change *ch,
                       struct arena *mem, const struct document **ret, struct why *why)
{
	struct change_op o = {.user = user, .id = id, .change = ch, .mem = mem};
	TRY(store_write(st, change, &o, why));
	*ret = o.d;
	return ERR_NONE;
}

/* ---- the end ---- */

struct delete_op {
	struct uuid user, id;
	const char *request_id;
	struct arena *mem;
	struct dead_blobs dead;
};

static enum err
run_for(struct connection *c, const char *sql, struct uuid id, struct why *why)
{
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	return step_done(c, s, why);
}

static enum err
delete_rows(struct connection *c, struct delete_op *o, struct why *why)
{
#define JOBS_OF " (SELECT id FROM job WHERE document_id = ?1)"
	static const char *const sqls[] = {
	    "DELETE FROM job_q WHERE job_id IN" JOBS_OF,
	    "DELETE FROM attempt WHERE job_id IN" JOBS_OF,
	    "DELETE FROM idempotency WHERE user_id = (SELECT user_id FROM document WHERE id = ?1)"
	    " AND job_id IN" JOBS_OF,
	    "DELETE FROM result WHERE document_id = ?1",
	    "DELETE FROM page WHERE document_id = ?1",
	    "DELETE FROM correction WHERE document_id = ?1",
	    "DELETE FROM document_tag WHERE document_id = ?1",
	    "DELETE FROM job WHERE document_id = ?1",
	    "DELETE FROM document WHERE id = ?1",
	};
	const struct document *d;
	char id[UUID_TEXT_LEN];
	TRY(load_document(c, o->user, o->id, o->mem, &d, why));
	TRY(dead_blobs_find(c,
	                    "SELECT blob_key FROM document WHERE id = ?1 UNION ALL"
	                    " SELECT picture_key FROM page WHERE document_id = ?1 UNION ALL"
	                    " SELECT thumbnail_key FROM page WHERE document_id = ?1 UNION ALL"
	                    " SELECT parsed_key FROM result WHERE document_id = ?1",
	                    o->id, o->mem, &o->dead, why));
	TRY(search_forget(c, o->id, why));
	for (size_t i = 0; i < ARRAY_LEN(sqls); i++)
		TRY(run_for(c, sqls[i], o->id, why));
	TRY(dead_blobs_forget(c, &o->dead, why));
	TRY(corrections_grow(c, o->user, why)); /* whoever learned from them learns anew */
	uuid_text(o->id, id);
	return insert_audit(c, &o->user, "document.deleted", id, o->request_id, why);
}

static enum err
delete_one(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	return delete_rows(c, arg, why);
}

#define DELETE_MEMORY_MAX (16 * MIB)

enum err
sqlite_document_delete(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                       struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("delete", DELETE_MEMORY_MAX);
	struct delete_op o = {.user = user, .id = id, .request_id = request_id, .mem = mem};
	TRY(store_write(st, delete_one, &o, why));
	dead_blobs_remove(st, &o.dead);
	store_note_ready(st);
	return ERR_NONE;
}

#define EMPTY_MAX 100

enum err
sqlite_trash_empty(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	struct {
		struct uuid user, id;
	} due[EMPTY_MAX];
	size_t found = 0;
	enum err e = ERR_NONE;
	struct connection *c = reader_take(st);
	sqlite3_stmt *s =
	    statement(c, "SELECT user_id, id FROM document WHERE trashed_ms < ?1 LIMIT ?2", why);
	if (!s)
		e = ERR_BROKEN;
	if (s) {
		sqlite3_bind_int64(s, 1, before_ms);
		sqlite3_bind_int(s, 2, EMPTY_MAX);
		while ((e = step_row(c, s, why)) == ERR_NONE) {
			due[found].user = column_uuid(s, 0);
			due[found++].id = column_uuid(s, 1);
		}
	}
	statement_reset(&s);
	reader_give(st, c);
	*n = 0;
	if (e != ERR_ABSENT)
		return e;
	for (size_t i = 0; i < found; i++) {
		e = sqlite_document_delete(st, due[i].user, due[i].id, NULL, why);
		if (e != ERR_NONE && e != ERR_ABSENT)
			return e;
		*n += e == ERR_NONE;
	}
	return ERR_NONE;
}

/* ---- another reading ---- */

struct again_op {
	struct uuid user, id;
	const char *request_id;
	struct arena *mem;
	const struct job *job;
};

static enum err
insert_again(struct connection *c, const struct again_op *o, struct uuid id, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
	              " VALUES (?1, ?2, ?3, 0, 1, ?4, ?5)",
	              why);
	STATEMENT *q =
	    statement(c, "INSERT INTO job_q (job_id, user_id, lane, run_ms) VALUES (?1, ?2, 1, ?3)", why);
	int64_t now = clock_wall_ms();
	if (!s || !q)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &o->id);
	bind_uuid(s, 3, &o->user);
	sqlite3_bind_int64(s, 4, now);
	bind_text(s, 5, o->request_id);
	TRY(step_done(c, s, why));
	bind_uuid(q, 1, &id);
	bind_uuid(q, 2, &o->user);
	sqlite3_bind_int64(q, 3, now);
	return step_done(c, q, why);
}

static enum err
read_later(struct connection *c, struct uuid job, struct why *why)
{
	STATEMENT *s = statement(c, "UPDATE job_q SET lane = 1 WHERE job_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &job);
	return step_done(c, s, why);
}

static enum err
again(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	struct again_op *o = arg;
	const struct document *d;
	char text[UUID_TEXT_LEN];
	TRY(load_document(c, o->user, o->id, o->mem, &d, why));
	if (d->state == JOB_QUEUED || d->state == JOB_PROCESSING || !uuid_is_nil(d->running_job))
		return fail(why, ERR_NOT_FINISHED, "it is being read already");
	uuid_text(o->id, text);
	TRY(insert_audit(c, &o->user, "document.reprocessed", text, o->request_id, why));
	if (d->state != JOB_DONE) { /* there is nothing to keep: the same job once more */
		TRY(retry_job(st, c, o->user, d->job_id, o->mem, &o->job, why));
		return read_later(c, d->job_id, why);
	}
	TRY(may_wait(st, c, o->user, why));
	struct uuid id = uuid_new();
	TRY(insert_again(c, o, id, why));
	return load_job(st, c, o->user, id, o->mem, &o->job, why);
}

enum err
sqlite_document_reprocess(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                          struct arena *mem, const struct job **ret, struct why *why)
{
	struct again_op o = {.user = user, .id = id, .request_id = request_id, .mem = mem};
	TRY(store_write(st, again, &o, why));
	*ret = o.job;
	store_note_ready(st);
	return ERR_NONE;
}
