/* Documents as their owner finds them: one, lists by filter, full-text search, duplicates, facets. */
#include "sqlite_documents.h"
#include "list_query.h"

#include <stdlib.h>

enum err
read_document(sqlite3_stmt *s, struct arena *mem, struct document *d, struct why *why)
{
	bool full = false;
	d->id = column_uuid(s, 0);
	d->user_id = column_uuid(s, 1);
	d->job_id = column_uuid(s, 2);
	d->file_name = column_text(s, 3, mem, &full);
	d->media_type = column_text(s, 4, mem, &full);
	column_blob(s, 5, &d->blob);
	d->created_ms = sqlite3_column_int64(s, 8);
	d->state = (enum job_state)sqlite3_column_int(s, 9);
	d->pages = sqlite3_column_int(s, 10);
	d->doc_type = column_text(s, 11, mem, &full);
	d->merchant = column_text(s, 12, mem, &full);
	d->date = column_text(s, 13, mem, &full);
	d->total = column_text(s, 14, mem, &full);
	d->currency = column_text(s, 15, mem, &full);
	d->title = column_text(s, 16, mem, &full);
	d->note = column_text(s, 17, mem, &full);
	d->trashed_ms = sqlite3_column_int64(s, 18);
	d->version = sqlite3_column_int64(s, 19);
	d->tags = column_text(s, 20, mem, &full);
	d->running_job = column_uuid(s, 21);
	d->parent = column_uuid(s, 22);
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
load_document(struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
              const struct document **ret, struct why *why)
{
	struct document *d;
	ARENA_TRY(d, arena_alloc(mem, sizeof *d), mem, why);
	STATEMENT *s = statement(
	    c, "SELECT " DOCUMENT_COLUMNS DOCUMENT_FROM " WHERE document.id = ?1 AND document.user_id = ?2",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such document");
	TRY(e);
	TRY(read_document(s, mem, d, why));
	*ret = d;
	return ERR_NONE;
}

enum err
sqlite_document_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                    const struct document **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = load_document(c, user, id, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- parts ---- */

static enum err
list_parts(struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
           struct document_page *ret, struct why *why)
{
	STATEMENT *n = statement(c, "SELECT count(*) FROM document WHERE parent_id = ?1", why);
	STATEMENT *s = statement(c,
	                         "SELECT " DOCUMENT_COLUMNS DOCUMENT_FROM
	                         " WHERE document.user_id = ?1 AND document.parent_id = ?2"
	                         " ORDER BY document.part LIMIT ?3",
	                         why);
	if (!n || !s)
		return ERR_BROKEN;
	bind_uuid(n, 1, &id);
	TRY(step_row(c, n, why));
	int count = sqlite3_column_int(n, 0);
	struct document *documents;
	ARENA_TRY(documents, arena_array(mem, (size_t)count, sizeof *documents), mem, why);
	bind_uuid(s, 1, &user);
	bind_uuid(s, 2, &id);
	sqlite3_bind_int(s, 3, count < ATTACHMENTS_MAX ? count : ATTACHMENTS_MAX);
	*ret = (struct document_page){.documents = documents};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(read_document(s, mem, &documents[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_document_parts(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                      struct document_page *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list_parts(c, user, id, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- facts ---- */

/* "-12.50" -> -1250; what is no such number sorts as none. */
static void
bind_minor(sqlite3_stmt *s, int i, const char *total)
{
	char *end;
	if (!total)
		return;
	double v = strtod(total, &end);
	if (end != total && *end == '\0' && v > -1e13 && v < 1e13)
		sqlite3_bind_int64(s, i, (int64_t)(v * 100 + (v < 0 ? -0.5 : 0.5)));
}

enum err
set_list_facts(struct connection *c, struct uuid document, const struct list_facts *f, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE document SET doc_type = ?2, merchant = ?3, date = ?4, total = ?5,"
	                         " currency = ?6, merchant_key = search_fold(?3), total_minor = ?7,"
	                         " version = version + 1 WHERE id = ?1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	bind_text(s, 2, f->doc_type);
	bind_text(s, 3, f->merchant);
	bind_text(s, 4, f->date);
	bind_text(s, 5, f->total);
	bind_text(s, 6, f->currency);
	bind_minor(s, 7, f->total);
	return step_done(c, s, why);
}

/* ---- finding ---- */

#define DUPLICATE_OF                                                                                      \
	", (SELECT min(o.id) FROM document o WHERE o.user_id = document.user_id AND o.id < document.id"   \
	" AND o.trashed_ms IS NULL AND o.content = document.content),"                                    \
	" (SELECT min(o.id) FROM document o WHERE o.user_id = document.user_id AND o.id < document.id"    \
	" AND o.trashed_ms IS NULL AND o.merchant_key = document.merchant_key AND o.date = document.date" \
	" AND o.total_minor = document.total_minor AND o.currency IS document.currency)"

/* `*some` false: the query has no word, so nothing is found. */
static enum err
build(struct list_query *q, struct uuid user, const struct document_filter *f,
      const struct document_cursor *after, int32_t limit, bool *some, struct arena *mem, struct why *why)
{
	*some = true;
	buf_puts(&q->sql, "SELECT " DOCUMENT_COLUMNS DUPLICATE_OF);
	if (f->text) {
		struct search_query query;
		OWNED(buf_free) struct buf match = buf_init(16 * KIB);
		search_query_read(f->text, &query);
		*some = search_expression(user, &query, f, &match);
		if (!*some)
			return ERR_NONE;
		const char *expression;
		ARENA_TRY(expression, arena_strdup(mem, match.data), mem, why);
		/* CROSS: the index comes first, newest first, and is read only as far as the page needs. */
		buf_puts(&q->sql,
		         ", search.rowid FROM search CROSS JOIN document ON document.n = search.rowid"
		         " JOIN blob ON blob.key = document.blob_key"
		         " JOIN job ON job.id = document.job_id WHERE true");
		query_text(q, "search MATCH ", expression);
		q->newest = "search.rowid";
		q->place = "(SELECT n FROM document WHERE id = ";
		q->place_end = ")";
	} else {
		buf_puts(&q->sql, ", 0" DOCUMENT_FROM " WHERE true");
	}
	return query_finish(q, user, f, after, limit, mem, why);
}

static void
bind_all(const struct list_query *q, sqlite3_stmt *s)
{
	for (int i = 0; i < q->n; i++) {
		const struct query_arg *a = &q->args[i];
		if (a->type == ARG_TEXT)
			bind_text(s, i + 1, a->text);
		else if (a->type == ARG_UUID)
			bind_uuid(s, i + 1, &a->id);
		else
			sqlite3_bind_int64(s, i + 1, a->n);
	}
}

/* ---- hits ---- */

/* The text first: the rest shows in the list anyhow. */
static enum err
load_hit(struct connection *c, struct stemmer *st, const struct search_query *q, int64_t row,
         struct arena *mem, struct text_hit *ret, struct why *why)
{
	STATEMENT *s =
	    statement(c, "SELECT text, note, title, sender, tags FROM search WHERE rowid = ?1", why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, row);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return ERR_NONE;
	TRY(e);
	struct hit_text texts[5];
	for (int i = 0; i < 5; i++) {
		texts[i].text = (const char *)sqlite3_column_text(s, i);
		texts[i].len = (size_t)sqlite3_column_bytes(s, i);
	}
	return query_hit(st, q, texts, ARRAY_LEN(texts), mem, ret, why);
}

static enum err
read_found(struct connection *c, sqlite3_stmt *s, int32_t limit, int64_t *rows, struct arena *mem,
           struct found_page *ret, struct why *why)
{
	struct found_document *found;
	ARENA_TRY(found, arena_array(mem, (size_t)limit, sizeof *found), mem, why);
	*ret = (struct found_page){.documents = found};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		struct found_document *f = &found[ret->n];
		TRY(read_document(s, mem, &f->d, why));
		struct uuid bytes = column_uuid(s, DOCUMENT_COLUMNS_N);
		f->duplicate_of = uuid_is_nil(bytes) ? column_uuid(s, DOCUMENT_COLUMNS_N + 1) : bytes;
		rows[ret->n++] = sqlite3_column_int64(s, DOCUMENT_COLUMNS_N + 2);
	}
	return ERR_NONE;
}

static enum err
find(struct connection *c, struct uuid user, const struct document_filter *f,
     const struct document_cursor *after, int32_t limit, struct arena *mem, struct found_page *ret,
     struct why *why)
{
	struct list_query q = {
	    .sign = '?', .newest = "document.id", .place = "", .place_end = "", .sql = buf_init(16 * KIB)};
	int64_t rows[200] = {0};
	bool some;
	*ret = (struct found_page){0};
	enum err e = build(&q, user, f, after, limit, &some, mem, why);
	sqlite3_stmt *s = NULL;
	if (e == ERR_NONE && some) {
		if (sqlite3_prepare_v2(c->db, q.sql.data, -1, &s, NULL) != SQLITE_OK)
			e = sqlite_fail(c, why, "finding documents");
		if (e == ERR_NONE) {
			bind_all(&q, s);
			e = read_found(c, s, limit, rows, mem, ret, why);
		}
		sqlite3_finalize(s);
	}
	buf_free(&q.sql);
	if (e != ERR_NONE || !f->text || ret->n == 0)
		return e;
	OWNED(stemmer_destroy) struct stemmer *st = stemmer_create();
	struct search_query query;
	search_query_read(f->text, &query);
	struct found_document *found = (struct found_document *)ret->documents;
	for (size_t i = 0; i < ret->n; i++)
		TRY(load_hit(c, st, &query, rows[i], mem, &found[i].hit, why));
	return ERR_NONE;
}

enum err
sqlite_document_find(struct storage *st, struct uuid user, const struct document_filter *f,
                     const struct document_cursor *after, int32_t limit, struct arena *mem,
                     struct found_page *ret, struct why *why)
{
	static const struct document_filter any;
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = find(c, user, f ? f : &any, after, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- duplicates ---- */

#define DUPLICATES_MAX 20

static enum err
duplicates(struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
           const struct duplicate **ret, size_t *n, struct why *why)
{
	struct duplicate *list;
	*n = 0;
	ARENA_TRY(list, arena_array(mem, DUPLICATES_MAX, sizeof *list), mem, why);
	STATEMENT *s = statement(
	    c,
	    "SELECT id, max(same) FROM ("
	    "SELECT o.id AS id, 1 AS same FROM document d JOIN document o ON o.user_id = d.user_id"
	    " AND o.content = d.content AND o.id <> d.id AND o.trashed_ms IS NULL"
	    " WHERE d.id = ?1 AND d.user_id = ?2 UNION ALL"
	    " SELECT o.id, 0 FROM document d JOIN document o ON o.user_id = d.user_id"
	    " AND o.merchant_key = d.merchant_key AND o.date = d.date AND o.total_minor = d.total_minor"
	    " AND o.currency IS d.currency AND o.id <> d.id AND o.trashed_ms IS NULL"
	    " WHERE d.id = ?1 AND d.user_id = ?2)"
	    " GROUP BY id ORDER BY id LIMIT ?3",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &user);
	sqlite3_bind_int(s, 3, DUPLICATES_MAX);
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		list[(*n)++] = (struct duplicate){column_uuid(s, 0), sqlite3_column_int(s, 1) != 0};
	}
	*ret = list;
	return ERR_NONE;
}

enum err
sqlite_document_duplicates(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                           const struct duplicate **ret, size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = duplicates(c, user, id, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

/* ---- facets ---- */

#define FACETS_EACH 200

static enum err
facets(struct connection *c, struct uuid user, struct arena *mem, const struct facet **ret, size_t *n,
       struct why *why)
{
#define OF_MINE " FROM document WHERE user_id = ?1 AND trashed_ms IS NULL AND "
	static const char *const sqls[] = {
	    [FACET_TYPE] = "SELECT doc_type, count(*) AS k" OF_MINE
	                   "doc_type IS NOT NULL GROUP BY doc_type ORDER BY k DESC, 1 LIMIT ?2",
	    [FACET_MERCHANT] = "SELECT max(merchant), count(*) AS k" OF_MINE
	                       "merchant_key <> '' GROUP BY merchant_key ORDER BY k DESC, 1 LIMIT ?2",
	    [FACET_CURRENCY] = "SELECT currency, count(*) AS k" OF_MINE
	                       "currency IS NOT NULL GROUP BY currency ORDER BY k DESC, 1 LIMIT ?2",
	    [FACET_TAG] = "SELECT max(t.name), count(*) AS k FROM document_tag t JOIN document d"
	                  " ON d.id = t.document_id WHERE t.user_id = ?1 AND d.trashed_ms IS NULL"
	                  " GROUP BY t.key ORDER BY k DESC, 1 LIMIT ?2",
	    [FACET_YEAR] = "SELECT substr(date, 1, 4), count(*) AS k" OF_MINE
	                   "date IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT ?2",
	};
	struct facet *list;
	bool full = false;
	*n = 0;
	ARENA_TRY(list, arena_array(mem, FACET_KIND_MAX * FACETS_EACH, sizeof *list), mem, why);
	for (int k = 0; k < FACET_KIND_MAX; k++) {
		STATEMENT *s = statement(c, sqls[k], why);
		if (!s)
			return ERR_BROKEN;
		bind_uuid(s, 1, &user);
		sqlite3_bind_int(s, 2, FACETS_EACH);
		for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
			TRY(e);
			list[(*n)++] = (struct facet){(enum facet_kind)k, column_text(s, 0, mem, &full),
			                              sqlite3_column_int64(s, 1)};
		}
	}
	*ret = list;
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
sqlite_document_facets(struct storage *st, struct uuid user, struct arena *mem, const struct facet **ret,
                       size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = facets(c, user, mem, ret, n, why);
	reader_give(st, c);
	return e;
}
