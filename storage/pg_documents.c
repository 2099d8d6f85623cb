/* Documents as their owner finds them, in PostgreSQL: one, lists by filter, search, duplicates, facets. */
#include "pg_documents.h"
#include "list_query.h"

#include "own.h"

enum err
col_document(const PGresult *r, int row, struct arena *mem, struct document *d, struct why *why)
{
	bool full = false;
	d->id = col_uuid(r, row, 0);
	d->user_id = col_uuid(r, row, 1);
	d->job_id = col_uuid(r, row, 2);
	d->file_name = col_text(r, row, 3, mem, &full);
	d->media_type = col_text(r, row, 4, mem, &full);
	col_blob(r, row, 5, &d->blob);
	d->created_ms = col_int(r, row, 8);
	d->state = (enum job_state)col_int(r, row, 9);
	d->pages = (int32_t)col_int(r, row, 10);
	d->doc_type = col_text(r, row, 11, mem, &full);
	d->merchant = col_text(r, row, 12, mem, &full);
	d->date = col_text(r, row, 13, mem, &full);
	d->total = col_text(r, row, 14, mem, &full);
	d->currency = col_text(r, row, 15, mem, &full);
	d->title = col_text(r, row, 16, mem, &full);
	d->note = col_text(r, row, 17, mem, &full);
	d->trashed_ms = col_int(r, row, 18);
	d->version = col_int(r, row, 19);
	d->tags = col_text(r, row, 20, mem, &full);
	d->running_job = col_uuid(r, row, 21);
	d->parent = col_uuid(r, row, 22);
	return full ? arena_full(mem, why) : ERR_NONE;
}

#define ONE "SELECT " DOCUMENT_COLUMNS DOCUMENT_FROM " WHERE document.id = $1 AND document.user_id = $2"

static enum err
the_document(const PGresult *r, struct arena *mem, const struct document **ret, struct why *why)
{
	struct document *d;
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such document");
	ARENA_TRY(d, arena_alloc(mem, sizeof *d), mem, why);
	TRY(col_document(r, 0, mem, d, why));
	*ret = d;
	return ERR_NONE;
}

enum err
pg_document_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                const struct document **ret, struct why *why)
{
	struct pg_call q = {.sql = ONE};
	RESULT *r = NULL;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	return the_document(r, mem, ret, why);
}

enum err
pg_load_document(struct pg_tx *t, struct uuid user, struct uuid id, struct arena *mem,
                 const struct document **ret, struct why *why)
{
	struct pg_call q = {.sql = ONE " FOR UPDATE OF document"};
	RESULT *r = NULL;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_tx_run(t, &q, &r, why));
	return the_document(r, mem, ret, why);
}

enum err
pg_document_parts(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                  struct document_page *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " DOCUMENT_COLUMNS DOCUMENT_FROM " WHERE document.user_id = $1"
	                           " AND document.parent_id = $2 ORDER BY document.part LIMIT $3"};
	RESULT *r = NULL;
	struct document *documents;
	arg_uuid(&q, user);
	arg_uuid(&q, id);
	arg_int(&q, ATTACHMENTS_MAX);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r);
	ARENA_TRY(documents, arena_array(mem, (size_t)n + 1, sizeof *documents), mem, why);
	for (int i = 0; i < n; i++)
		TRY(col_document(r, i, mem, &documents[i], why));
	*ret = (struct document_page){.documents = documents, .n = (size_t)n};
	return ERR_NONE;
}

/* ---- finding ---- */

#define DUPLICATE_OF                                                                                      \
	", (SELECT o.id FROM document o WHERE o.user_id = document.user_id AND o.id < document.id"        \
	" AND o.trashed_ms IS NULL AND o.content = document.content ORDER BY o.id LIMIT 1),"              \
	" (SELECT o.id FROM document o WHERE o.user_id = document.user_id AND o.id < document.id"         \
	" AND o.trashed_ms IS NULL AND o.merchant_key = document.merchant_key AND o.date = document.date" \
	" AND o.total_minor = document.total_minor AND o.currency IS NOT DISTINCT FROM document.currency" \
	" ORDER BY o.id LIMIT 1)"

/* The text first: the rest shows in the list anyhow. */
static enum err
find_hit(struct stemmer *s, const struct search_query *q, const PGresult *r, int row, struct arena *mem,
         struct found_document *f, struct why *why)
{
	const char *const texts[] = {PQgetvalue(r, row, DOCUMENT_COLUMNS_N + 2),
	                             f->d.note,
	                             f->d.title,
	                             f->d.file_name,
	                             f->d.merchant,
	                             f->d.tags};
	struct hit_text hits[ARRAY_LEN(texts)];
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		hits[i] = (struct hit_text){texts[i], texts[i] ? strlen(texts[i]) : 0};
	return query_hit(s, q, hits, ARRAY_LEN(hits), mem, &f->hit, why);
}

static enum err
read_found(const PGresult *r, const struct document_filter *f, int32_t limit, struct arena *mem,
           struct found_page *ret, struct why *why)
{
	OWNED(stemmer_destroy) struct stemmer *s = f->text ? stemmer_create() : NULL;
	struct search_query query = {0};
	struct found_document *found;
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(found, arena_array(mem, (size_t)limit, sizeof *found), mem, why);
	if (f->text)
		search_query_read(f->text, &query);
	for (int i = 0; i < n; i++) {
		TRY(col_document(r, i, mem, &found[i].d, why));
		struct uuid bytes = col_uuid(r, i, DOCUMENT_COLUMNS_N);
		found[i].duplicate_of = uuid_is_nil(bytes) ? col_uuid(r, i, DOCUMENT_COLUMNS_N + 1) : bytes;
		if (f->text)
			TRY(find_hit(s, &query, r, i, mem, &found[i], why));
	}
	*ret = (struct found_page){.documents = found, .n = (size_t)n, .more = PQntuples(r) > limit};
	return ERR_NONE;
}

static void
arg_of(struct pg_call *q, const struct query_arg *a)
{
	if (a->type == ARG_TEXT)
		arg_text(q, a->text);
	else if (a->type == ARG_UUID)
		arg_uuid(q, a->id);
	else
		arg_int(q, a->n);
}

static enum err
find(struct storage *st, struct list_query *q, struct uuid user, const struct document_filter *f,
     const struct document_cursor *after, int32_t limit, struct arena *mem, struct found_page *ret,
     struct why *why)
{
	RESULT *r = NULL;
	buf_puts(&q->sql, "SELECT " DOCUMENT_COLUMNS DUPLICATE_OF);
	if (f->text) {
		struct search_query query;
		OWNED(buf_free) struct buf match = {0};
		const char *expression;
		search_query_read(f->text, &query);
		if (!search_tsquery(&query, &match))
			return ERR_NONE;
		ARENA_TRY(expression, arena_strdup(mem, match.data), mem, why);
		buf_puts(&q->sql,
		         ", search.text FROM search JOIN document ON document.id = search.document_id"
		         " JOIN blob ON blob.key = document.blob_key"
		         " JOIN job ON job.id = document.job_id WHERE true");
		query_uuid(q, "search.user_id = ", user);
		query_text(q, "(search.about || search.words) @@ ", expression);
		buf_puts(&q->sql, "::tsquery");
	} else {
		buf_puts(&q->sql, ", '' " DOCUMENT_FROM " WHERE true");
	}
	TRY(query_finish(q, user, f, after, limit, mem, why));
	struct pg_call call = {.sql = q->sql.data, .once = true};
	for (int i = 0; i < q->n; i++)
		arg_of(&call, &q->args[i]);
	TRY(pg_query(st, &call, &r, why));
	return read_found(r, f, limit, mem, ret, why);
}

enum err
pg_document_find(struct storage *st, struct uuid user, const struct document_filter *f,
                 const struct document_cursor *after, int32_t limit, struct arena *mem,
                 struct found_page *ret, struct why *why)
{
	static const struct document_filter any;
	struct list_query q = {
	    .sign = '$', .newest = "document.id", .place = "", .place_end = "", .sql = buf_init(16 * KIB)};
	*ret = (struct found_page){0};
	enum err e = check_limit(limit, why);
	if (e == ERR_NONE)
		e = find(st, &q, user, f ? f : &any, after, limit, mem, ret, why);
	buf_free(&q.sql);
	return e;
}

/* ---- duplicates ---- */

#define DUPLICATES_MAX 20

enum err
pg_document_duplicates(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                       const struct duplicate **ret, size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "SELECT id, max(same) FROM ("
	        "SELECT o.id AS id, 1 AS same FROM document d JOIN document o ON o.user_id = d.user_id"
	        " AND o.content = d.content AND o.id <> d.id AND o.trashed_ms IS NULL"
	        " WHERE d.id = $1 AND d.user_id = $2 UNION ALL"
	        " SELECT o.id, 0 FROM document d JOIN document o ON o.user_id = d.user_id"
	        " AND o.merchant_key = d.merchant_key AND o.date = d.date AND o.total_minor = d.total_minor"
	        " AND o.currency IS NOT DISTINCT FROM d.currency AND o.id <> d.id AND o.trashed_ms IS NULL"
	        " WHERE d.id = $1 AND d.user_id = $2) x GROUP BY id ORDER BY id LIMIT $3"};
	RESULT *r = NULL;
	struct duplicate *list;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_int(&q, DUPLICATES_MAX);
	TRY(pg_query(st, &q, &r, why));
	ARENA_TRY(list, arena_array(mem, DUPLICATES_MAX, sizeof *list), mem, why);
	for (int i = 0; i < PQntuples(r); i++)
		list[i] = (struct duplicate){col_uuid(r, i, 0), col_int(r, i, 1) != 0};
	*ret = list;
	*n = (size_t)PQntuples(r);
	return ERR_NONE;
}

/* ---- facets ---- */

#define FACETS_EACH 200

enum err
pg_document_facets(struct storage *st, struct uuid user, struct arena *mem, const struct facet **ret,
                   size_t *n, struct why *why)
{
#define OF_MINE " FROM document WHERE user_id = $1 AND trashed_ms IS NULL AND "
	static const char *const sqls[] = {
	    [FACET_TYPE] = "SELECT doc_type, count(*) AS k" OF_MINE
	                   "doc_type IS NOT NULL GROUP BY doc_type ORDER BY k DESC, 1 LIMIT $2",
	    [FACET_MERCHANT] = "SELECT max(merchant), count(*) AS k" OF_MINE
	                       "merchant_key <> '' GROUP BY merchant_key ORDER BY k DESC, 1 LIMIT $2",
	    [FACET_CURRENCY] = "SELECT currency, count(*) AS k" OF_MINE
	                       "currency IS NOT NULL GROUP BY currency ORDER BY k DESC, 1 LIMIT $2",
	    [FACET_TAG] = "SELECT max(t.name), count(*) AS k FROM document_tag t JOIN document d"
	                  " ON d.id = t.document_id WHERE t.user_id = $1 AND d.trashed_ms IS NULL"
	                  " GROUP BY t.key ORDER BY k DESC, 1 LIMIT $2",
	    [FACET_YEAR] = "SELECT substr(date, 1, 4), count(*) AS k" OF_MINE
	                   "date IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT $2",
	};
	struct facet *list;
	bool full = false;
	*n = 0;
	ARENA_TRY(list, arena_array(mem, FACET_KIND_MAX * FACETS_EACH, sizeof *list), mem, why);
	for (int k = 0; k < FACET_KIND_MAX; k++) {
		struct pg_call q = {.sql = sqls[k]};
		RESULT *r = NULL;
		arg_uuid(&q, user);
		arg_int(&q, FACETS_EACH);
		TRY(pg_query(st, &q, &r, why));
		for (int i = 0; i < PQntuples(r); i++)
			list[(*n)++] = (struct facet){(enum facet_kind)k, col_text(r, i, 0, mem, &full),
			                              col_int(r, i, 1)};
	}
	*ret = list;
	return full ? arena_full(mem, why) : ERR_NONE;
}
