/* Results in PostgreSQL: several jobs that end at the same time are settled by one statement. */
#include "pg_columns.h"
#include "pg_documents.h"
#include "pg_queue.h"
#include "pg_store.h"

#include "own.h"

/* ---- columns: a value a job (or a blob, a page), as array literals ---- */

enum column {
	JOB,
	LEASE,
	DOCUMENT,
	USER,
	JSON,
	PARSED,
	PAGES,
	DOC_TYPE,
	MERCHANT,
	DATE,
	TOTAL,
	CURRENCY,
	TEXT,
	REQUEST,
	MERCHANT_KEY,
	WORDS,
	ABOUT,
	CPU,
	MEMORY,
	BYTES_IN,
	BYTES_OUT,
	DUE_DATE,
	CATEGORY,
	DOUBTFUL,
	BLOB_JOB,
	BLOB_KEY,
	BLOB_SIZE,
	BLOB_SHA,
	PAGE_JOB,
	PAGE_NUMBER,
	PAGE_WIDTH,
	PAGE_HEIGHT,
	PAGE_PICTURE,
	PAGE_THUMBNAIL,
	COLUMNS
};

struct columns {
	struct buf of[COLUMNS];
};

static void
put_blob(struct columns *c, struct uuid job, const struct blob *b)
{
	char sha[65];
	hex_text(b->sha256, sizeof b->sha256, sha);
	add_uuid(&c->of[BLOB_JOB], job);
	add_text(&c->of[BLOB_KEY], b->key);
	add_int(&c->of[BLOB_SIZE], (int64_t)b->size);
	add_text(&c->of[BLOB_SHA], sha);
}

static void
put_page(struct columns *c, struct uuid job, const struct page_picture *p)
{
	put_blob(c, job, &p->picture);
	if (p->thumbnail.key[0])
		put_blob(c, job, &p->thumbnail);
	add_uuid(&c->of[PAGE_JOB], job);
	add_int(&c->of[PAGE_NUMBER], p->number);
	add_int(&c->of[PAGE_WIDTH], p->width);
	add_int(&c->of[PAGE_HEIGHT], p->height);
	add_text(&c->of[PAGE_PICTURE], p->picture.key);
	add_text(&c->of[PAGE_THUMBNAIL], p->thumbnail.key[0] ? p->thumbnail.key : NULL);
}

/* ---- a job on its way ---- */

struct settling {
	struct call_ticket t; /* first */
	const struct claim *c;
	const struct result_row *x;
	const char *merchant_key;
	struct buf words, about;
	bool found; /* and settled */
	bool again; /* an earlier try may have gone through after all */
	bool known; /* it could be found before: its owner may have named and tagged it */
	enum err e;
	struct why *why;
};

static void
put_job(struct columns *col, const struct settling *s)
{
	const struct claim *c = s->c;
	const struct result_row *x = s->x;
	add_uuid(&col->of[JOB], c->job_id);
	add_int(&col->of[LEASE], c->lease);
	add_uuid(&col->of[DOCUMENT], c->document_id);
	add_uuid(&col->of[USER], c->user_id);
	add_text_n(&col->of[JSON], x->json, x->json_len);
	add_text(&col->of[PARSED], x->parsed ? x->parsed->key : NULL);
	add_int(&col->of[PAGES], (int64_t)x->n_pages);
	add_text(&col->of[DOC_TYPE], x->doc_type);
	add_text(&col->of[MERCHANT], x->merchant);
	add_text(&col->of[DATE], x->date);
	add_text(&col->of[TOTAL], x->total);
	add_text(&col->of[CURRENCY], x->currency);
	add_text(&col->of[TEXT], x->text);
	add_text(&col->of[REQUEST], c->request_id);
	add_text(&col->of[MERCHANT_KEY], s->merchant_key);
	add_text(&col->of[WORDS], s->words.data);
	add_text(&col->of[ABOUT], s->about.data);
	add_int(&col->of[CPU], c->used.cpu_ms);
	add_int(&col->of[MEMORY], c->used.memory_kib_s);
	add_int(&col->of[BYTES_IN], c->used.bytes_in);
	add_int(&col->of[BYTES_OUT], c->used.bytes_out);
	add_text(&col->of[DUE_DATE], x->due_date);
	add_text(&col->of[CATEGORY], x->category);
	add_text(&col->of[DOUBTFUL], x->doubtful);
	if (x->parsed)
		put_blob(col, c->job_id, x->parsed);
	for (size_t i = 0; i < x->n_pages; i++)
		put_page(col, c->job_id, &x->pages[i]);
}

/* clang-format off */
/* `of`: which of x, besides those whose lease holds. */
#define SETTLE_BEGINS(of)                                                                                         \
    "WITH x AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[],"  \
    "  $6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"        \
    "  $14::text[], $15::text[], $16::text[], $17::text[], $18::bigint[], $19::bigint[], $20::bigint[],"          \
    "  $21::bigint[], $22::text[], $23::text[], $24::text[])"                                                     \
    "  AS x (job_id, lease, document_id, user_id, json, parsed_key, pages, doc_type, merchant, date, total,"      \
    "   currency, text, request_id, merchant_key, words, about, cpu_ms, memory_kib_s, bytes_in, bytes_out,"       \
    "   due_date, category, doubtful)),"                                                                          \
    " f AS MATERIALIZED (DELETE FROM job_q q USING x WHERE q.job_id = x.job_id AND q.lease = x.lease"             \
    "  AND q.job_id >= ($1::uuid[])[1] AND q.job_id <= ($1::uuid[])[cardinality($1::uuid[])]"                     \
    "  AND q.worker IS NOT NULL" of " RETURNING x.*, q.worker, (SELECT docket_ms()) AS now),"                     \
    " j AS (UPDATE job SET state = 2, stage = 5, finished_ms = now, error = NULL, error_detail = NULL,"           \
    "  version = version + 1 FROM f WHERE id = f.job_id RETURNING f.job_id, f.lease, worker, started_ms, now,"    \
    "  cpu_ms, memory_kib_s, bytes_in, bytes_out),"                                                               \
    " t AS (INSERT INTO " PG_ATTEMPT " SELECT job_id, lease, worker, started_ms, now, 'done', cpu_ms,"            \
    "  memory_kib_s, bytes_in, bytes_out FROM j),"                                                                \
    " b AS (INSERT INTO blob (key, size, sha256) SELECT k, s, decode(h, 'hex') FROM"                              \
    "  unnest($25::uuid[], $26::text[], $27::bigint[], $28::text[]) AS y (job_id, k, s, h)"                       \
    "  JOIN f ON f.job_id = y.job_id),"                                                                           \
    " a AS (INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"                              \
    "  SELECT now, user_id, 'result.stored', job_id::text, request_id, NULL FROM f),"                             \
    " w AS (INSERT INTO errand SELECT e.* FROM f JOIN webhook USING (user_id),"                                   \
    "  webhook_errand(webhook.id, webhook.user_id, f.job_id, f.document_id, 'document.done') e"                   \
    "  WHERE (webhook.events & 1) <> 0),"                                                                         \
    " p AS (INSERT INTO page (document_id, number, width, height, picture_key, thumbnail_key)"                    \
    "  SELECT f.document_id, y.n, y.w, y.h, y.p, y.s FROM unnest($29::uuid[], $30::int[], $31::int[],"            \
    "  $32::int[], $33::text[], $34::text[]) AS y (job_id, n, w, h, p, s) JOIN f ON f.job_id = y.job_id"
#define SETTLE_RESULT                                                                                             \
    "), r AS (INSERT INTO result (job_id, document_id, user_id, json, parsed_key, created_ms, version)"           \
    "  SELECT job_id, document_id, user_id, json, parsed_key, now, lease FROM f"
#define SETTLE_SEARCH                                                                                             \
    "), s AS (INSERT INTO search (document_id, user_id, text, words, about)"                                      \
    "  SELECT document_id, user_id, coalesce(text, ''), words::tsvector, about::tsvector FROM f"
#define SETTLE_DOCUMENT                                                                                           \
    "), d AS (UPDATE document SET pages = f.pages, version = version + 1, job_id = f.job_id,"                     \
    "  due_date = f.due_date, category = f.category, doubtful = f.doubtful,"

/* Documents without a result, which nobody has corrected: there is nothing to replace or to keep. Others it
 * leaves alone. (Another job for a document is made only when it has a result.) */
static const char settle_fresh_sql[] =
    SETTLE_BEGINS(" AND NOT EXISTS (SELECT FROM result r WHERE r.document_id = x.document_id)")
    SETTLE_RESULT SETTLE_SEARCH SETTLE_DOCUMENT
    "  doc_type = f.doc_type, merchant = f.merchant, merchant_key = f.merchant_key, date = f.date, total = f.total,"
    "  currency = f.currency FROM f WHERE id = f.document_id)"
    " SELECT job_id, 0, NULL FROM f";

static const char settle_sql[] =
    SETTLE_BEGINS("")
    "  ON CONFLICT (document_id, number) DO UPDATE SET width = excluded.width, height = excluded.height,"
    "  picture_key = excluded.picture_key, thumbnail_key = excluded.thumbnail_key"
    SETTLE_RESULT
    "  ON CONFLICT (job_id) DO UPDATE SET json = excluded.json, parsed_key = excluded.parsed_key,"
    "  created_ms = excluded.created_ms, version = excluded.version"
    SETTLE_SEARCH
    "  ON CONFLICT (document_id) DO UPDATE SET text = excluded.text, words = excluded.words"
    "), o AS MATERIALIZED (SELECT picture_key AS k FROM f JOIN page USING (document_id) UNION"
    "  SELECT thumbnail_key FROM f JOIN page USING (document_id)),"
    " n AS (DELETE FROM page USING f WHERE page.document_id = f.document_id AND number > f.pages),"
    " z AS (DELETE FROM blob USING o WHERE blob.key = o.k RETURNING key),"
    /* What a person has said of it stands, also after another reading. */
    " c AS MATERIALIZED (SELECT DISTINCT ON (document_id, fact) document_id, fact, fact_value, fact_currency"
    "  FROM f JOIN correction USING (document_id) WHERE undone_ms IS NULL AND fact > 0"
    "  ORDER BY document_id, fact, made_ms DESC"
    SETTLE_DOCUMENT
    "  doc_type = CASE WHEN kind.fact IS NULL THEN f.doc_type ELSE kind.fact_value END,"
    "  merchant = CASE WHEN sender.fact IS NULL THEN f.merchant ELSE sender.fact_value END,"
    "  merchant_key = CASE WHEN sender.fact IS NULL THEN f.merchant_key ELSE document.merchant_key END,"
    "  date = CASE WHEN day.fact IS NULL THEN f.date ELSE day.fact_value END,"
    "  total = CASE WHEN sum.fact IS NULL THEN f.total ELSE sum.fact_value END,"
    "  currency = CASE WHEN sum.fact IS NULL THEN f.currency ELSE sum.fact_currency END"
    "  FROM f LEFT JOIN c kind ON kind.document_id = f.document_id AND kind.fact = 1"
    "  LEFT JOIN c sender ON sender.document_id = f.document_id AND sender.fact = 2"
    "  LEFT JOIN c day ON day.document_id = f.document_id AND day.fact = 3"
    "  LEFT JOIN c sum ON sum.document_id = f.document_id AND sum.fact = 4"
    "  WHERE id = f.document_id)"
    " SELECT f.job_id, EXISTS (SELECT FROM result r WHERE r.document_id = f.document_id)::int,"
    "  (SELECT string_agg(key, ',') FROM z) FROM f";
/* clang-format on */

/* ---- together ---- */

static int
by_job(const void *a, const void *b)
{
	const struct settling *const *x = a, *const *y = b;
	return memcmp((*x)->c->job_id.b, (*y)->c->job_id.b, sizeof(*x)->c->job_id.b);
}

static void
columns_free(struct columns *c)
{
	for (size_t i = 0; i < COLUMNS; i++)
		buf_free(&c->of[i]);
}

/* Rows are locked in the order of their ids, here and elsewhere, so that two groups do not wait for each
 * other. */
static enum err
make_call(const char *sql, struct settling **list, size_t n, struct columns *col, struct pg_call *q,
          struct why *why)
{
	bool full = false;
	for (size_t i = 0; i < COLUMNS; i++)
		col->of[i] = buf_init(64 * MIB);
	qsort(list, n, sizeof *list, by_job);
	for (size_t i = 0; i < n; i++)
		put_job(col, list[i]);
	*q = (struct pg_call){.sql = sql};
	for (size_t i = 0; i < COLUMNS; i++) {
		arg_column(q, &col->of[i]);
		full |= col->of[i].full;
	}
	return full ? fail(why, ERR_TOO_MANY_PAGES, "a result too large for one statement") : ERR_NONE;
}

/* Which of them (in order) the statement has settled. */
static void
learn_ends(struct storage *st, struct settling **list, size_t n, const PGresult *r)
{
	for (int row = 0; row < PQntuples(r); row++) {
		const struct claim c = {.job_id = col_uuid(r, row, 0)};
		const struct settling key = {.c = &c}, *const k = &key;
		struct settling *const *s = bsearch(&k, list, n, sizeof *list, by_job);
		if (s) {
			(*s)->found = true;
			(*s)->known = col_int(r, row, 1) != 0;
		}
	}
	if (PQntuples(r) > 0 && !PQgetisnull(r, 0, 2))
		pg_remove_blobs(st, PQgetvalue(r, 0, 2));
}

static enum err
settle_by(struct storage *st, const char *sql, struct settling **list, size_t n, struct why *why)
{
	OWNED(columns_free) struct columns col = {0};
	struct pg_call q;
	RESULT *r = NULL;
	bool again;
	TRY(make_call(sql, list, n, &col, &q, why));
	enum err e = pg_change(st, &q, &again, &r, why);
	for (size_t i = 0; i < n; i++)
		list[i]->again |= again;
	if (e == ERR_NONE)
		learn_ends(st, list, n, r);
	return e;
}

/* On failure some may have been `found` all the same. */
static enum err
settle_these(struct storage *st, struct settling *const *all, size_t n, struct why *why)
{
	struct settling *list[CALL_GROUP_MAX];
	size_t left = 0;
	memcpy(list, all, n * sizeof *all);
	TRY(settle_by(st, settle_fresh_sql, list, n, why));
	for (size_t i = 0; i < n; i++) {
		if (!list[i]->found)
			list[left++] = list[i];
	}
	if (left > 0)
		TRY(settle_by(st, settle_sql, list, left, why));
	for (size_t i = 0; i < n; i++) {
		struct settling *s = all[i];
		if (s->found)
			continue;
		s->known = true; /* perhaps */
		s->e = pg_check_ended(st, s->c, "done", s->again, s->why);
	}
	return ERR_NONE;
}

static void
serve_settles(struct storage *st, struct call_ticket *const *tickets, size_t n)
{
	struct settling *list[CALL_GROUP_MAX] = {NULL};
	struct why why;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct settling *)tickets[i];
	enum err e = settle_these(st, list, n, &why);
	for (size_t i = 0; i < n && e != ERR_NONE; i++) {
		/* What the database refuses of one must not be held against the others. */
		bool alone = n == 1 || e == ERR_BUSY || e == ERR_UNSURE;
		if (list[i]->found)
			continue;
		enum err mine = alone ? e : settle_these(st, &list[i], 1, &why);
		if (mine != ERR_NONE)
			list[i]->e = fail(list[i]->why, mine, "%s", why.text);
	}
}

/* ---- with what hung on the document: a transaction of its own ---- */

/* From a statement of its own: in a transaction that holds the owner, it sees what is there after the wait.
 */
static void
parts_room_call(struct storage *st, const struct claim *c, size_t n, struct pg_call *q)
{
	*q = (struct pg_call){
	    .sql = "SELECT waiting, documents, bytes, part FROM"
	           " (SELECT count(*) AS waiting FROM (SELECT FROM job_q WHERE user_id = $1::uuid"
	           "   AND worker IS NULL AND vtime >= (SELECT last_value - " VTIME_SLACK " FROM queue_time)"
	           "   LIMIT $4) q) w,"
	           " room_of($1) r"
	           " LEFT JOIN document ON parent_id = $2::uuid AND part <= $3::int"};
	arg_uuid(q, c->user_id);
	arg_uuid(q, c->document_id);
	arg_int(q, (int64_t)n);
	arg_int(q, (int64_t)st->options.max_queued_per_user * PARTS_WAITING);
}

static struct parts_room
parts_room_of(const PGresult *r)
{
	struct parts_room room = {
	    .used = {.waiting = col_int(r, 0, 0), .documents = col_int(r, 0, 1), .bytes = col_int(r, 0, 2)}};
	for (int row = 0; row < PQntuples(r) && !PQgetisnull(r, row, 3); row++)
		room.there[col_int(r, row, 3) - 1] = true;
	return room;
}

enum err
pg_parts_fit(struct storage *st, const struct claim *c, const struct attachment *list, size_t n, size_t *ret,
             struct why *why)
{
	struct pg_call q;
	RESULT *r = NULL;
	parts_room_call(st, c, n, &q);
	TRY(pg_query(st, &q, &r, why));
	const struct parts_room room = parts_room_of(r);
	*ret = parts_that_fit(st, &room, list, n);
	return ERR_NONE;
}

static enum err
insert_attachment(struct pg_tx *t, const struct claim *c, const struct attachment *a, size_t part,
                  struct why *why)
{
	/* Of a document that is read again the first stays. */
	struct pg_call q = {
	    .sql =
	        "WITH go AS MATERIALIZED (SELECT docket_ms() AS now WHERE NOT EXISTS"
	        "  (SELECT 1 FROM document WHERE parent_id = $8::uuid AND part = $9::int)),"
	        " b AS (INSERT INTO blob (key, size, sha256) SELECT $4::text, $5::bigint, $6::bytea FROM go),"
	        " d AS (INSERT INTO document (id, user_id, job_id, blob_key, file_name, media_type, "
	        "created_ms,"
	        "  parent_id, part, depth, content, size)"
	        "  SELECT $3::uuid, $2::uuid, $1::uuid, $4, $7::text, $10::text, now, $8, $9, $11::int, $6, "
	        "$5"
	        "  FROM go),"
	        " j AS (INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
	        "  SELECT $1, $3, $2, 0, 1, now, $12::text FROM go),"
	        " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms)"
	        "  SELECT $1, $2, GREATEST(v + 1, (SELECT " VTIME_NEXT
	        " FROM (SELECT max(vtime) AS last FROM job_q WHERE user_id = $2 AND worker IS NULL"
	        "   AND lane = 0 AND vtime >= v - " VTIME_SLACK
	        ") w)), now FROM go, (SELECT last_value AS v FROM queue_time) t)"
	        " INSERT INTO audit (at_ms, user_id, action, object, request_id)"
	        " SELECT now, $2, 'document.attached', $3::text, $12 FROM go"};
	arg_uuid(&q, a->job_id);
	arg_uuid(&q, c->user_id);
	arg_uuid(&q, a->document_id);
	arg_text(&q, a->blob.key);
	arg_int(&q, (int64_t)a->blob.size);
	arg_bytes(&q, a->blob.sha256, sizeof a->blob.sha256);
	arg_text(&q, a->file_name);
	arg_uuid(&q, c->document_id);
	arg_int(&q, (int64_t)part);
	arg_text(&q, a->media_type);
	arg_int(&q, c->depth + 1);
	arg_text(&q, c->request_id);
	return pg_tx_run(t, &q, NULL, why);
}

struct with_parts {
	struct storage *st;
	struct settling *s;
	struct arena *mem;
	const char *dead; /* blobs of an earlier reading */
};

static enum err
settle_in(struct pg_tx *t, void *arg, struct why *why)
{
	struct with_parts *o = arg;
	const struct claim *c = o->s->c;
	const struct result_row *x = o->s->x;
	OWNED(columns_free) struct columns col = {0};
	struct pg_call q, room_call;
	RESULT *r = NULL, *room_row = NULL;
	bool full = false;
	/* First of all, as whoever erases them does; who is erased has no lease either. */
	enum err e = pg_tx_hold_user(t, c->user_id, why);
	if (e != ERR_ABSENT)
		TRY(e);
	TRY(make_call(settle_sql, &o->s, 1, &col, &q, why));
	TRY(pg_tx_run(t, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_LEASE_LOST, "%s", PG_LEASE_LOST);
	parts_room_call(o->st, c, x->n_attachments, &room_call);
	TRY(pg_tx_run(t, &room_call, &room_row, why));
	const struct parts_room room = parts_room_of(room_row);
	TRY(check_parts(o->st, &room, x->attachments, x->n_attachments, why));
	for (size_t i = 0; i < x->n_attachments; i++)
		TRY(insert_attachment(t, c, &x->attachments[i], i + 1, why));
	o->s->known = col_int(r, 0, 1);
	o->dead = col_text(r, 0, 2, o->mem, &full);
	return full ? arena_full(o->mem, why) : ERR_NONE;
}

static enum err
settle_with_parts(struct storage *st, struct settling *s, struct arena *mem, struct why *why)
{
	struct with_parts o = {.st = st, .s = s, .mem = mem};
	TRY(pg_transaction(st, settle_in, &o, why));
	pg_remove_blobs(st, o.dead);
	return ERR_NONE;
}

/* ---- the call ---- */

/* Its owner may have named and tagged what has been read before. */
static enum err
refresh_in(struct pg_tx *t, void *arg, struct why *why)
{
	const struct claim *c = arg;
	return pg_search_refresh(t, c->document_id, why);
}

#define SETTLE_MEMORY_MAX (4 * MIB)

enum err
pg_settle_done(struct storage *st, const struct claim *c, const struct result_row *x, struct why *why)
{
	struct pg *db = st->rows;
	OWNED(arena_destroy) struct arena *mem = arena_create("settle", SETTLE_MEMORY_MAX);
	struct settling s = {.c = c, .x = x, .why = why};
	const char *const about[] = {c->file_name, x->merchant};
	s.merchant_key = x->merchant ? search_fold(x->merchant, mem) : NULL;
	if (x->merchant && !s.merchant_key)
		return arena_full(mem, why);
	search_vector(&x->text, 1, &s.words);
	search_vector(about, ARRAY_LEN(about), &s.about);
	s.t.weight = x->json_len + (x->text ? strlen(x->text) : 0) + s.words.len + 1000 * x->n_pages;
	if (x->n_attachments)
		s.e = settle_with_parts(st, &s, mem, why);
	else
		call_group_go(&db->settles, st, &s.t, serve_settles);
	buf_free(&s.words);
	buf_free(&s.about);
	TRY(s.e);
	if (s.known) {
		struct claim copy = *c;
		struct why ignored; /* it is done; at worst it is found by its older name */
		(void)!pg_transaction(st, refresh_in, &copy, &ignored);
	}
	if (x->n_attachments > 0)
		pg_note_ready(st);
	return ERR_NONE;
}
