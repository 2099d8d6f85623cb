/* The queue's side of jobs in PostgreSQL: claim, heartbeat, progress, settle, release, reap.
 *
 * Every change names the lease it was made under; no row changed means that the lease has passed on.
 * Locks are taken in one order: the row of job_q, then of job, then of attempt. */
#include "pg_queue.h"
#include "pg_documents.h"

#include "clock.h"
#include "own.h"

#define SWEEP_MS 5000

static const char lost_text[] = "the lease has passed on";

/* ---- claim ---- */

static bool
time_to_sweep(struct pg *db)
{
	int64_t now = clock_steady_ms(), last = atomic_load(&db->last_sweep_ms);
	return now - last >= SWEEP_MS && atomic_compare_exchange_strong(&db->last_sweep_ms, &last, now);
}

enum err
pg_claim(struct storage *st, struct uuid worker, int32_t max, struct arena *mem, const struct claim **ret,
         size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH c AS MATERIALIZED (SELECT job_id, vtime FROM job_q WHERE worker IS NULL AND lane = 0"
	        "  AND vtime >= (CASE WHEN $5::int = 1 THEN 0 ELSE (SELECT last_value - " VTIME_SLACK
	        "   FROM queue_time) END)"
	        "  AND run_ms <= docket_ms() ORDER BY vtime, seq LIMIT $2 FOR UPDATE SKIP LOCKED),"
	        " u AS (UPDATE job_q q SET worker = $1::uuid, lease = lease + 1, attempt = attempt + 1,"
	        "  lease_until_ms = docket_ms() + $3::bigint, deadline_ms = docket_ms() + $4::bigint FROM c"
	        "  WHERE q.job_id = c.job_id"
	        "  RETURNING q.job_id, q.user_id, q.lease, q.attempt, q.crashes, q.deadline_ms, c.vtime, "
	        "q.seq),"
	        " j AS (UPDATE job SET state = 1, stage = 1, attempt = u.attempt, started_ms = docket_ms(),"
	        "  lease = u.lease, pages_done = 0, version = version + 1 FROM u WHERE id = u.job_id"
	        "  RETURNING id, document_id, request_id, job.created_ms),"
	        " a AS (INSERT INTO attempt (job_id, lease, worker, started_ms)"
	        "  SELECT job_id, lease, $1::uuid, docket_ms() FROM u)"
	        " SELECT u.job_id, u.user_id, u.lease, u.attempt, u.crashes, d.id, d.file_name, d.media_type,"
	        "  j.request_id, j.created_ms, b.key, b.size, encode(b.sha256, 'hex'), u.deadline_ms,"
	        "  (SELECT setval('queue_time', max(vtime)) FROM c"
	        "    HAVING max(vtime) > (SELECT last_value FROM queue_time)), d.depth"
	        " FROM u JOIN j ON j.id = u.job_id JOIN document d ON d.id = j.document_id"
	        " JOIN blob b ON b.key = d.blob_key ORDER BY u.vtime, u.seq"};
	RESULT *r = NULL;
	struct claim *claims;
	bool full = false;
	*n = 0;
	if (max < 1)
		return ERR_NONE;
	arg_uuid(&q, worker);
	arg_int(&q, max);
	arg_int(&q, st->options.lease_ms);
	arg_int(&q, st->options.job_deadline_ms);
	arg_int(&q, time_to_sweep(st->rows));
	TRY(pg_change(st, &q, NULL, &r, why));
	int rows = PQntuples(r);
	if (rows == 0)
		return ERR_NONE;
	ARENA_TRY(claims, arena_array(mem, (size_t)rows, sizeof *claims), mem, why);
	for (int i = 0; i < rows; i++) {
		struct claim *k = &claims[i];
		k->job_id = col_uuid(r, i, 0);
		k->user_id = col_uuid(r, i, 1);
		k->lease = col_int(r, i, 2);
		k->attempt = (int32_t)col_int(r, i, 3);
		k->crashes = (int32_t)col_int(r, i, 4);
		k->document_id = col_uuid(r, i, 5);
		k->file_name = col_text(r, i, 6, mem, &full);
		k->media_type = col_text(r, i, 7, mem, &full);
		k->request_id = col_text(r, i, 8, mem, &full);
		k->created_ms = col_int(r, i, 9);
		col_blob(r, i, 10, &k->blob);
		k->deadline_ms = col_int(r, i, 13);
		k->depth = (int32_t)col_int(r, i, 15);
		pg_note_change(st, k->job_id, false);
	}
	if (full)
		return arena_full(mem, why); /* the leases run out */
	*ret = claims;
	*n = (size_t)rows;
	return ERR_NONE;
}

/* ---- heartbeat and progress ---- */

enum err
pg_heartbeat(struct storage *st, struct heartbeat *beats, size_t n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH h AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS h (id, l, i)),"
	        " u AS (UPDATE job_q q SET lease_until_ms = docket_ms() + $3::bigint FROM h"
	        "  WHERE q.job_id = h.id AND q.lease = h.l AND q.worker IS NOT NULL RETURNING h.i)"
	        " SELECT (u.i IS NULL)::int, (j.state = 4)::int FROM h LEFT JOIN u ON u.i = h.i"
	        " LEFT JOIN job j ON j.id = h.id ORDER BY h.i"};
	RESULT *r = NULL;
	OWNED(buf_free) struct buf ids = buf_init(8 * MIB), leases = buf_init(8 * MIB);
	for (size_t i = 0; i < n; i++) {
		char id[UUID_TEXT_LEN];
		uuid_text(beats[i].job_id, id);
		buf_printf(&ids, "%c%s", i ? ',' : '{', id);
		buf_printf(&leases, "%c%lld", i ? ',' : '{', (long long)beats[i].lease);
	}
	if (n == 0)
		return ERR_NONE;
	buf_putc(&ids, '}');
	buf_putc(&leases, '}');
	if (ids.full || leases.full)
		return fail(why, ERR_INVALID, "%zu heartbeats at once", n);
	arg_text(&q, ids.data);
	arg_text(&q, leases.data);
	arg_int(&q, st->options.lease_ms);
	TRY(pg_change(st, &q, NULL, &r, why));
	if ((size_t)PQntuples(r) != n)
		return fail(why, ERR_BROKEN, "%d answers to %zu heartbeats", PQntuples(r), n);
	for (size_t i = 0; i < n; i++) {
		beats[i].lost = col_int(r, (int)i, 0) != 0;
		beats[i].cancelled = beats[i].lost && col_int(r, (int)i, 1) != 0;
	}
	return ERR_NONE;
}

enum err
pg_progress(struct storage *st, const struct claim *c, enum job_stage stage, int32_t pages_done,
            int32_t pages_total, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH l AS MATERIALIZED (SELECT job_id FROM job_q WHERE job_id = $1 AND lease = $2"
	        "  AND worker IS NOT NULL FOR UPDATE)"
	        " UPDATE job SET stage = $3, pages_done = $4, pages_total = $5, version = version + 1 FROM l"
	        " WHERE id = l.job_id RETURNING 1"};
	RESULT *r = NULL;
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_int(&q, stage);
	arg_int(&q, pages_done);
	arg_int(&q, pages_total);
	TRY(pg_change(st, &q, NULL, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_LEASE_LOST, "%s", lost_text);
	pg_note_change(st, c->job_id, false);
	return ERR_NONE;
}

/* ---- the ends of an attempt ---- */

static void
arg_cost(struct pg_call *q, const struct cost *used)
{
	arg_int(q, used->cpu_ms);
	arg_int(q, used->memory_kib_s);
	arg_int(q, used->bytes_in);
	arg_int(q, used->bytes_out);
}

/* Nothing was changed. Was it an earlier try of ours, whose answer was lost, that ended the attempt so? */
static enum err
check_ended(struct storage *st, const struct claim *c, const char *outcome, bool again, struct why *why)
{
	struct pg_call q = {.sql = "SELECT 1 FROM attempt WHERE job_id = $1 AND lease = $2 AND outcome = $3"};
	RESULT *r = NULL;
	if (!again)
		return fail(why, ERR_LEASE_LOST, "%s", lost_text);
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_text(&q, outcome);
	TRY(pg_query(st, &q, &r, why));
	return PQntuples(r) ? pg_confirm(st, why) : fail(why, ERR_LEASE_LOST, "%s", lost_text);
}

/* What a person has said of it stands, also after another reading. */
#define CORRECTED(fact, column, otherwise)                                                        \
	"CASE WHEN EXISTS (SELECT 1 FROM correction WHERE document_id = $3 AND undone_ms IS NULL" \
	" AND fact = " fact ") THEN (SELECT " column                                              \
	" FROM correction WHERE document_id = $3 AND undone_ms IS NULL AND fact = " fact          \
	" ORDER BY made_ms DESC LIMIT 1) ELSE " otherwise " END"

struct lists { /* as array literals */
	struct buf keys, sizes, shas, numbers, widths, heights, pictures, thumbnails;
};

struct prepared { /* a result, as its statement takes it */
	struct lists l;
	struct buf words, about;
	const char *merchant_key;
	struct arena *mem;
};

static void
put_blob(struct lists *l, const struct blob *b)
{
	char sha[65];
	char sep = l->keys.len ? ',' : '{';
	hex_text(b->sha256, sizeof b->sha256, sha);
	buf_printf(&l->keys, "%c%s", sep, b->key);
	buf_printf(&l->sizes, "%c%llu", sep, (unsigned long long)b->size);
	buf_printf(&l->shas, "%c%s", sep, sha);
}

static void
put_page(struct lists *l, const struct page_picture *p)
{
	char sep = l->numbers.len ? ',' : '{';
	put_blob(l, &p->picture);
	if (p->thumbnail.key[0])
		put_blob(l, &p->thumbnail);
	buf_printf(&l->numbers, "%c%d", sep, p->number);
	buf_printf(&l->widths, "%c%d", sep, p->width);
	buf_printf(&l->heights, "%c%d", sep, p->height);
	buf_printf(&l->pictures, "%c%s", sep, p->picture.key);
	buf_printf(&l->thumbnails, "%c%s", sep, p->thumbnail.key[0] ? p->thumbnail.key : "NULL");
}

/* clang-format off */
static const char settle_done_sql[] =
    "WITH f AS (DELETE FROM job_q WHERE job_id = $1 AND lease = $2 AND worker IS NOT NULL"
    "  RETURNING job_id),"
    " j AS (UPDATE job SET state = 2, stage = 5, finished_ms = docket_ms(), error = NULL,"
    "  error_detail = NULL, version = version + 1 FROM f WHERE id = f.job_id),"
    " t AS (UPDATE attempt SET ended_ms = docket_ms(), outcome = 'done', cpu_ms = $23, memory_kib_s = $24, bytes_in = $25,"
    "  bytes_out = $26 FROM f"
    "  WHERE attempt.job_id = f.job_id AND lease = $2),"
    " b AS (INSERT INTO blob (key, size, sha256) SELECT k, s, decode(h, 'hex') FROM f,"
    "  unnest($15::text[], $16::bigint[], $17::text[]) AS x (k, s, h)),"
    " p AS (INSERT INTO page (document_id, number, width, height, picture_key, thumbnail_key)"
    "  SELECT $3::uuid, n, w, h, p, s FROM f,"
    "  unnest($18::int[], $19::int[], $20::int[], $21::text[], $22::text[]) AS x (n, w, h, p, s)"
    "  ON CONFLICT (document_id, number) DO UPDATE SET width = excluded.width,"
    "  height = excluded.height, picture_key = excluded.picture_key,"
    "  thumbnail_key = excluded.thumbnail_key),"
    " r AS (INSERT INTO result (job_id, document_id, user_id, json, parsed_key, created_ms, version)"
    "  SELECT job_id, $3, $4::uuid, $5::text, $6::text, docket_ms(), $2::bigint FROM f ON CONFLICT (job_id) DO UPDATE"
    "  SET json = excluded.json, parsed_key = excluded.parsed_key,"
    "  created_ms = excluded.created_ms, version = excluded.version),"
    " o AS MATERIALIZED (SELECT picture_key AS k FROM page WHERE document_id = $3 UNION"
    "  SELECT thumbnail_key FROM page WHERE document_id = $3),"
    " x AS (DELETE FROM page USING f WHERE document_id = $3 AND number > $7::int),"
    " z AS (DELETE FROM blob USING o, f WHERE blob.key = o.k RETURNING key),"
    " d AS (UPDATE document SET pages = $7::int, version = version + 1, job_id = $1,"
    "  merchant_key = " CORRECTED("2", "document.merchant_key", "$28::text") ", doc_type = " CORRECTED("1", "fact_value", "$8::text")
    ", merchant = " CORRECTED("2", "fact_value", "$9::text")
    ", date = " CORRECTED("3", "fact_value", "$10::text")
    ", total = " CORRECTED("4", "fact_value", "$11::text")
    ", currency = " CORRECTED("4", "fact_currency", "$12::text")
    "  FROM f WHERE id = $3),"
    " s AS (INSERT INTO search (document_id, user_id, text, words, about)"
    "  SELECT $3, $4, coalesce($13::text, ''), $27::tsvector, $29::tsvector FROM f ON CONFLICT (document_id)"
    "  DO UPDATE SET text = excluded.text, words = excluded.words),"
    " a AS (INSERT INTO audit (at_ms, user_id, action, object, request_id)"
    "  SELECT docket_ms(), $4, 'result.stored', job_id::text, $14::text FROM f)"
    " SELECT count(*), (SELECT string_agg(key, ',') FROM z),"
    "  EXISTS (SELECT 1 FROM search WHERE document_id = $3)::int FROM f";
/* clang-format on */

static void
arg_done(struct pg_call *q, const struct claim *c, const struct result_row *x, const struct prepared *p)
{
	arg_uuid(q, c->job_id);
	arg_int(q, c->lease);
	arg_uuid(q, c->document_id);
	arg_uuid(q, c->user_id);
	arg_text_n(q, x->json, x->json_len);
	arg_text(q, x->parsed ? x->parsed->key : NULL);
	arg_int(q, (int64_t)x->n_pages);
	arg_text(q, x->doc_type);
	arg_text(q, x->merchant);
	arg_text(q, x->date);
	arg_text(q, x->total);
	arg_text(q, x->currency);
	arg_text(q, x->text);
	arg_text(q, c->request_id);
	arg_text(q, p->l.keys.data);
	arg_text(q, p->l.sizes.data);
	arg_text(q, p->l.shas.data);
	arg_text(q, p->l.numbers.data);
	arg_text(q, p->l.widths.data);
	arg_text(q, p->l.heights.data);
	arg_text(q, p->l.pictures.data);
	arg_text(q, p->l.thumbnails.data);
	arg_cost(q, &c->used);
	arg_text(q, p->words.data);
	arg_text(q, p->merchant_key);
	arg_text(q, p->about.data);
}

/* ---- what hung on the document ---- */

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
	        "  parent_id, part, depth, content)"
	        "  SELECT $3::uuid, $2::uuid, $1::uuid, $4, $7::text, $10::text, now, $8, $9, $11::int, $6"
	        "  FROM go),"
	        " j AS (INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
	        "  SELECT $1, $3, $2, 0, 1, now, $12::text FROM go),"
	        " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms)"
	        "  SELECT $1, $2, GREATEST((SELECT last_value FROM queue_time),"
	        "   (SELECT max(vtime) + 1 FROM job_q WHERE user_id = $2)), now FROM go)"
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

struct done_op {
	const struct claim *c;
	const struct result_row *x;
	const struct prepared *p;
	const char *dead; /* blobs of an earlier reading */
};

static enum err
settle_in(struct pg_tx *t, void *arg, struct why *why)
{
	struct done_op *o = arg;
	struct pg_call q = {.sql = settle_done_sql};
	RESULT *r = NULL;
	bool full = false;
	arg_done(&q, o->c, o->x, o->p);
	TRY(pg_tx_run(t, &q, &r, why));
	if (col_int(r, 0, 0) == 0)
		return fail(why, ERR_LEASE_LOST, "%s", lost_text);
	for (size_t i = 0; i < o->x->n_attachments; i++)
		TRY(insert_attachment(t, o->c, &o->x->attachments[i], i + 1, why));
	o->dead = col_text(r, 0, 1, o->p->mem, &full);
	return full ? arena_full(o->p->mem, why) : ERR_NONE;
}

/* Its owner may have named and tagged what has been read before. */
static enum err
refresh_in(struct pg_tx *t, void *arg, struct why *why)
{
	const struct claim *c = arg;
	return pg_search_refresh(t, c->document_id, why);
}

static enum err
settle_done(struct storage *st, const struct claim *c, const struct result_row *x, const struct prepared *p,
            struct why *why)
{
	struct pg_call q = {.sql = settle_done_sql};
	RESULT *r = NULL;
	bool again;
	if (x->n_attachments) {
		struct done_op o = {c, x, p, NULL};
		TRY(pg_transaction(st, settle_in, &o, why));
		pg_remove_blobs(st, o.dead);
	} else {
		arg_done(&q, c, x, p);
		TRY(pg_change(st, &q, &again, &r, why));
		if (col_int(r, 0, 0) == 0)
			TRY(check_ended(st, c, "done", again, why));
		else if (!PQgetisnull(r, 0, 1))
			pg_remove_blobs(st, PQgetvalue(r, 0, 1));
	}
	if (!r || col_int(r, 0, 2)) {
		struct claim copy = *c;
		struct why ignored; /* it is done; at worst it is found by its older name */
		(void)!pg_transaction(st, refresh_in, &copy, &ignored);
	}
	pg_note_change(st, c->job_id, x->n_attachments > 0);
	return ERR_NONE;
}

#define SETTLE_MEMORY_MAX (4 * MIB)

enum err
pg_settle_done(struct storage *st, const struct claim *c, const struct result_row *x, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("settle", SETTLE_MEMORY_MAX);
	struct prepared p = {.mem = mem};
	struct buf *all = (struct buf *)&p.l;
	size_t n = sizeof p.l / sizeof *all;
	bool full = false;
	for (size_t i = 0; i < n; i++)
		all[i] = buf_init(16 * MIB);
	if (x->parsed)
		put_blob(&p.l, x->parsed);
	for (size_t i = 0; i < x->n_pages; i++)
		put_page(&p.l, &x->pages[i]);
	for (size_t i = 0; i < n; i++) {
		buf_puts(&all[i], all[i].len ? "}" : "{}");
		full |= all[i].full;
	}
	if (x->merchant) {
		p.merchant_key = search_fold(x->merchant, mem);
		full |= !p.merchant_key;
	}
	search_vector(&x->text, 1, &p.words);
	const char *const about[] = {c->file_name, x->merchant};
	search_vector(about, ARRAY_LEN(about), &p.about);
	enum err e = full ? fail(why, ERR_TOO_MANY_PAGES, "%zu pages at once", x->n_pages)
	                  : settle_done(st, c, x, &p, why);
	for (size_t i = 0; i < n; i++)
		buf_free(&all[i]);
	buf_free(&p.words);
	buf_free(&p.about);
	return e;
}

struct requeue {
	int64_t pause_ms;
	int32_t attempt, crashes;
	enum err error;
	const char *detail, *outcome;
	bool front;
};

static enum err
queue_again(struct storage *st, const struct claim *c, const struct requeue *x, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH q AS (UPDATE job_q SET worker = NULL, run_ms = docket_ms() + $3::bigint, attempt = $4,"
	        "  crashes = $5, vtime = (SELECT GREATEST(0, last_value - $9::bigint) FROM queue_time)"
	        "  WHERE job_id = $1 AND lease = $2 AND worker IS NOT NULL RETURNING job_id),"
	        " j AS (UPDATE job SET state = 0, stage = 1, attempt = $4, error = $6, error_detail = $7,"
	        "  version = version + 1 FROM q WHERE id = q.job_id),"
	        " t AS (UPDATE attempt SET ended_ms = docket_ms(), outcome = $8, cpu_ms = $10, memory_kib_s "
	        "= $11, bytes_in = $12,"
	        "  bytes_out = $13 FROM q"
	        "  WHERE attempt.job_id = q.job_id AND lease = $2) SELECT count(*) FROM q"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_int(&q, x->pause_ms);
	arg_int(&q, x->attempt);
	arg_int(&q, x->crashes);
	arg_text(&q, x->error == ERR_NONE ? NULL : err_code(x->error));
	arg_text(&q, x->detail);
	arg_text(&q, x->outcome);
	arg_text(&q, x->front ? VTIME_FRONT : "0");
	arg_cost(&q, &c->used);
	TRY(pg_change(st, &q, &again, &r, why));
	if (col_int(r, 0, 0) == 0)
		TRY(check_ended(st, c, x->outcome, again, why));
	pg_note_change(st, c->job_id, true);
	return ERR_NONE;
}

static enum err
finish_failed(struct storage *st, const struct claim *c, enum err outcome, const char *detail,
              struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH f AS (DELETE FROM job_q WHERE job_id = $1 AND lease = $2 AND worker IS NOT NULL"
	           "  RETURNING job_id),"
	           " j AS (UPDATE job SET state = 3, stage = 5, finished_ms = docket_ms(), error = $3,"
	           "  error_detail = $4, version = version + 1 FROM f WHERE id = f.job_id),"
	           " t AS (UPDATE attempt SET ended_ms = docket_ms(), outcome = $3, cpu_ms = $5, "
	           "memory_kib_s = $6, bytes_in = $7,"
	           "  bytes_out = $8 FROM f"
	           "  WHERE attempt.job_id = f.job_id AND lease = $2) SELECT count(*) FROM f"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_text(&q, err_code(outcome));
	arg_text(&q, detail);
	arg_cost(&q, &c->used);
	TRY(pg_change(st, &q, &again, &r, why));
	if (col_int(r, 0, 0) == 0)
		TRY(check_ended(st, c, err_code(outcome), again, why));
	pg_note_change(st, c->job_id, false);
	return ERR_NONE;
}

enum err
pg_settle_failed(struct storage *st, const struct claim *c, enum err outcome, const char *detail,
                 enum job_state *ret, struct why *why)
{
	const struct attempt_end end = attempt_end(&st->options, c, outcome);
	*ret = end.state;
	if (end.state == JOB_FAILED)
		return finish_failed(st, c, outcome, detail, why);
	const struct requeue x = {.pause_ms = end.pause_ms,
	                          .attempt = end.attempt,
	                          .crashes = end.crashes,
	                          .error = outcome,
	                          .detail = detail,
	                          .outcome = err_code(outcome)};
	return queue_again(st, c, &x, why);
}

enum err
pg_release(struct storage *st, const struct claim *c, struct why *why)
{
	const struct requeue x = {
	    .attempt = c->attempt - 1, .crashes = c->crashes, .outcome = "released", .front = true};
	return queue_again(st, c, &x, why);
}

/* ---- taking back ---- */

/* By time, or (worker not nil) what a dead worker held: it did not fail, so that goes first, at once. */
static enum err
take_back(struct storage *st, struct uuid worker, size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH d AS MATERIALIZED (SELECT job_id, lease, attempt, attempt < $2::int AS again,"
	        "  deadline_ms < docket_ms() AS overran FROM job_q WHERE worker IS NOT NULL"
	        "  AND (worker = $1::uuid OR ($1 IS NULL AND LEAST(lease_until_ms, deadline_ms) < "
	        "docket_ms()))"
	        "  ORDER BY job_id LIMIT 100 FOR UPDATE SKIP LOCKED),"
	        " x AS (DELETE FROM job_q q USING d WHERE q.job_id = d.job_id AND NOT d.again),"
	        " q AS (UPDATE job_q q SET worker = NULL, run_ms = docket_ms() + CASE WHEN $1 IS NOT NULL "
	        "THEN 0"
	        "   ELSE floor(random() * LEAST(300000, $3::bigint * power(2, d.attempt - 1)))::bigint END,"
	        "  vtime = (SELECT CASE WHEN $1 IS NULL THEN last_value ELSE"
	        "   GREATEST(0, last_value - " VTIME_FRONT ") END FROM queue_time)"
	        "  FROM d WHERE q.job_id = d.job_id AND d.again),"
	        " j AS (UPDATE job SET state = CASE WHEN d.again THEN 0 ELSE 3 END,"
	        "  stage = CASE WHEN d.again THEN 1 ELSE 5 END, version = version + 1,"
	        "  finished_ms = CASE WHEN d.again THEN 0 ELSE docket_ms() END,"
	        "  error = CASE WHEN $1 IS NOT NULL AND d.again THEN NULL WHEN d.overran THEN $4::text ELSE "
	        "$5::text END,"
	        "  error_detail = CASE WHEN $1 IS NOT NULL AND d.again THEN NULL"
	        "   WHEN d.overran THEN 'the job ran past its deadline' ELSE 'its worker went silent' END"
	        "  FROM d WHERE id = d.job_id),"
	        " t AS (UPDATE attempt SET ended_ms = docket_ms(), outcome = CASE"
	        "   WHEN $1 IS NOT NULL AND d.again THEN 'lost' WHEN d.overran THEN $4::text ELSE $5::text "
	        "END"
	        "  FROM d WHERE attempt.job_id = d.job_id AND attempt.lease = d.lease)"
	        " SELECT job_id FROM d"};
	RESULT *r = NULL;
	arg_uuid(&q, worker);
	arg_int(&q, st->options.max_attempts);
	arg_int(&q, st->options.backoff_ms);
	arg_text(&q, err_code(ERR_DEADLINE));
	arg_text(&q, err_code(ERR_BROKEN));
	TRY(pg_change(st, &q, NULL, &r, why));
	*n = (size_t)PQntuples(r);
	for (size_t i = 0; i < *n; i++)
		pg_note_change(st, col_uuid(r, (int)i, 0), true);
	return ERR_NONE;
}

enum err
pg_reap(struct storage *st, size_t *n, struct why *why)
{
	TRY(take_back(st, (struct uuid){{0}}, n, why));
	return pg_audit_seal(st, why);
}

enum err
pg_worker_gone(struct storage *st, struct uuid worker, struct why *why)
{
	size_t n = 0;
	if (uuid_is_nil(worker))
		return ERR_NONE;
	do {
		TRY(take_back(st, worker, &n, why));
	} while (n > 0);
	return ERR_NONE;
}

/* ---- figures ---- */

enum err
pg_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why)
{
	struct pg *db = st->rows;
	struct pg_call q = {
	    .sql = "SELECT count(*) FILTER (WHERE worker IS NULL),"
	           " count(*) FILTER (WHERE worker IS NOT NULL),"
	           " count(*) FILTER (WHERE worker IS NULL AND run_ms > now),"
	           " coalesce(max(now - run_ms) FILTER (WHERE worker IS NULL AND run_ms <= now), 0)"
	           " FROM job_q, (SELECT docket_ms() AS now) x"};
	RESULT *r = NULL;
	TRY(pg_query(st, &q, &r, why));
	*ret = (struct queue_stats){.queued = col_int(r, 0, 0),
	                            .processing = col_int(r, 0, 1),
	                            .delayed = col_int(r, 0, 2),
	                            .oldest_ready_ms = col_int(r, 0, 3),
	                            .commits = db->changes,
	                            .writes = db->changes,
	                            .commit_us = db->change_us};
	pg_pools(db, ret->pools);
	return ERR_NONE;
}
