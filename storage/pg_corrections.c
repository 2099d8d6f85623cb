/* Corrections in PostgreSQL: what a person says against the machine, one of a path in force at a time. */
#include "pg_documents.h"

#include "own.h"

#define CORRECTION_COLUMNS                                                           \
	"correction.id, correction.job_id, correction.document_id, correction.path," \
	" correction.before, correction.after, correction.region, correction.made_ms, correction.undone_ms"

static enum err
read_all(const PGresult *r, struct arena *mem, struct correction_list *ret, struct why *why)
{
	struct correction *list;
	int n = PQntuples(r);
	bool full = false;
	ARENA_TRY(list, arena_array(mem, (size_t)n + 1, sizeof *list), mem, why);
	for (int i = 0; i < n; i++) {
		struct correction *x = &list[i];
		x->id = col_uuid(r, i, 0);
		x->job_id = col_uuid(r, i, 1);
		x->document_id = col_uuid(r, i, 2);
		x->path = col_text(r, i, 3, mem, &full);
		x->before = col_text(r, i, 4, mem, &full);
		x->after = col_text(r, i, 5, mem, &full);
		x->region = col_text(r, i, 6, mem, &full);
		x->made_ms = col_int(r, i, 7);
		x->undone_ms = col_int(r, i, 8);
	}
	*ret = (struct correction_list){.list = list, .n = (size_t)n};
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_load_corrections(struct storage *st, struct uuid user, struct uuid document, struct arena *mem,
                    struct correction_list *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " CORRECTION_COLUMNS " FROM correction WHERE document_id = $1"
	                           " AND user_id = $2 AND undone_ms IS NULL ORDER BY made_ms, id LIMIT $3"};
	RESULT *r = NULL;
	arg_uuid(&q, document);
	arg_uuid(&q, user);
	arg_int(&q, CORRECTIONS_OF_DOCUMENT_MAX);
	TRY(pg_query(st, &q, &r, why));
	return read_all(r, mem, ret, why);
}

static enum err
corrections_version(struct storage *st, struct uuid user, int64_t *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT version FROM correction_version WHERE user_id = $1"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	*ret = PQntuples(r) ? col_int(r, 0, 0) : 0;
	return ERR_NONE;
}

enum err
pg_corrections(struct storage *st, struct uuid user, size_t max, struct arena *mem,
               struct correction_list *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " CORRECTION_COLUMNS " FROM correction WHERE user_id = $1"
	                           " AND undone_ms IS NULL ORDER BY made_ms DESC, id DESC LIMIT $2"};
	RESULT *r = NULL;
	int64_t version;
	*ret = (struct correction_list){0};
	TRY(corrections_version(st, user, &version, why));
	if (max > 0) {
		arg_uuid(&q, user);
		arg_int(&q, (int64_t)max);
		TRY(pg_query(st, &q, &r, why));
		TRY(read_all(r, mem, ret, why));
	}
	ret->version = version;
	return ERR_NONE;
}

enum err
pg_parsed_get(struct storage *st, struct uuid user, struct uuid document, struct blob *ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT blob.key, blob.size, encode(blob.sha256, 'hex') FROM document"
	                           " JOIN result ON result.job_id = document.job_id"
	                           " JOIN blob ON blob.key = result.parsed_key"
	                           " WHERE document.id = $1 AND document.user_id = $2"};
	RESULT *r = NULL;
	arg_uuid(&q, document);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such reading");
	col_blob(r, 0, 0, ret);
	return ERR_NONE;
}

/* ---- correcting ---- */

/* The document whose present result is that of `job`, at the version that its corrector saw. Held until
 * the end of the transaction. */
static enum err
check_version(struct pg_tx *t, const struct correct *o, struct uuid *document, struct why *why)
{
	struct pg_call q = {.sql = "SELECT result.document_id, result.version,"
	                           " (document.job_id = result.job_id)::int FROM result"
	                           " JOIN document ON document.id = result.document_id"
	                           " WHERE result.job_id = $1 AND result.user_id = $2 FOR UPDATE"};
	RESULT *r = NULL;
	arg_uuid(&q, o->job);
	arg_uuid(&q, o->user);
	TRY(pg_tx_run(t, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such result");
	if (col_int(r, 0, 1) != o->version)
		return fail(why, ERR_STALE, "it is at version %lld", (long long)col_int(r, 0, 1));
	if (col_int(r, 0, 2) == 0)
		return fail(why, ERR_STALE, "the document has been read again since");
	*document = col_uuid(r, 0, 0);
	return ERR_NONE;
}

static enum err
end_one(struct pg_tx *t, struct uuid document, const char *path, struct why *why)
{
	struct pg_call q = {.sql = "UPDATE correction SET undone_ms = docket_ms()"
	                           " WHERE document_id = $1 AND path = $2 AND undone_ms IS NULL"};
	arg_uuid(&q, document);
	arg_text(&q, path);
	return pg_tx_run(t, &q, NULL, why);
}

static enum err
insert_one(struct pg_tx *t, const struct correct *o, struct uuid document, const struct correction_change *ch,
           struct why *why)
{
	struct pg_call q = {
	    .sql = "INSERT INTO correction (id, user_id, document_id, job_id, path, before, after,"
	           " region, made_ms, fact, fact_value, fact_currency)"
	           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, docket_ms(), $9, $10, $11)"};
	arg_uuid(&q, uuid_new());
	arg_uuid(&q, o->user);
	arg_uuid(&q, document);
	arg_uuid(&q, o->job);
	arg_text(&q, ch->path);
	arg_text(&q, ch->before);
	arg_text(&q, ch->after);
	arg_text(&q, ch->region);
	arg_int(&q, ch->fact);
	arg_text(&q, ch->fact_value);
	arg_text(&q, ch->fact_currency);
	return pg_tx_run(t, &q, NULL, why);
}

static enum err
correct(struct pg_tx *t, void *arg, struct why *why)
{
	const struct correct *o = arg;
	struct uuid document;
	OWNED(arena_destroy) struct arena *mem = arena_create("correct", MIB);
	const char *merchant_key = NULL;
	if (o->facts.merchant)
		ARENA_TRY(merchant_key, search_fold(o->facts.merchant, mem), mem, why);
	TRY(check_version(t, o, &document, why));
	OWNED(buf_free) struct buf paths = buf_init(16 * KIB);
	for (size_t i = 0; i < o->n; i++) {
		buf_printf(&paths, "%s%s%s", i ? "," : "", o->changes[i].undo ? "-" : "", o->changes[i].path);
		TRY(end_one(t, document, o->changes[i].path, why));
		if (!o->changes[i].undo)
			TRY(insert_one(t, o, document, &o->changes[i], why));
	}
	struct pg_call q = {
	    .sql = "WITH d AS (UPDATE document SET doc_type = $2, merchant = $3, date = $4, "
	           "total = $5, currency = $6,"
	           "  merchant_key = $10, version = version + 1"
	           "  WHERE id = $1),"
	           " r AS (UPDATE result SET version = version + 1 WHERE document_id = $1),"
	           " v AS (INSERT INTO correction_version AS x (user_id, version) VALUES ($7, 1)"
	           "  ON CONFLICT (user_id) DO UPDATE SET version = x.version + 1)"
	           " INSERT INTO audit (at_ms, user_id, action, object, request_id, detail, address)"
	           " VALUES (docket_ms(), $7, 'result.corrected', ($8::uuid)::text, $9, $11, $12)"};
	arg_uuid(&q, document);
	arg_text(&q, o->facts.doc_type);
	arg_text(&q, o->facts.merchant);
	arg_text(&q, o->facts.date);
	arg_text(&q, o->facts.total);
	arg_text(&q, o->facts.currency);
	arg_uuid(&q, o->user);
	arg_uuid(&q, o->job);
	arg_text(&q, o->request_id);
	arg_text(&q, merchant_key);
	arg_text(&q, paths.data);
	arg_text(&q, store_acts_for());
	TRY(pg_tx_run(t, &q, NULL, why));
	return pg_search_refresh(t, document, why);
}

enum err
pg_correct(struct storage *st, const struct correct *o, struct why *why)
{
	struct correct copy = *o;
	return pg_transaction(st, correct, &copy, why);
}
