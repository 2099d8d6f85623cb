/* Uploads in PostgreSQL: several that come at the same time are put in by one statement. */
#include "pg_columns.h"
#include "pg_queue.h"
#include "pg_store.h"

#include "own.h"

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

/* ---- a column a value, a value an upload ---- */

enum column { JOB, USER, DOCUMENT, KEY, SIZE, SHA, FILE_NAME, MEDIA_TYPE, ONCE, REQUEST, ADDRESS, COLUMNS };

struct uploading {
	struct call_ticket t; /* first */
	const struct upload *u;
	const char *address;
	bool again;         /* an earlier try may have gone through after all */
	bool held;          /* somebody else holds the owner's row */
	bool undecided;     /* others were in the way: alone it comes out */
	int64_t put_ms;     /* 0: it was not put in, */
	int64_t waiting;    /* as so many waited, */
	struct usage taken; /* or so much was there */
	enum err e;
	struct why *why;
};

static void
put_upload(struct buf of[static COLUMNS], const struct uploading *p)
{
	const struct upload *u = p->u;
	char sha[65];
	hex_text(u->blob->sha256, sizeof u->blob->sha256, sha);
	add_uuid(&of[JOB], u->job_id);
	add_uuid(&of[USER], u->user);
	add_uuid(&of[DOCUMENT], u->document_id);
	add_text(&of[KEY], u->blob->key);
	add_int(&of[SIZE], (int64_t)u->blob->size);
	add_text(&of[SHA], sha);
	add_text(&of[FILE_NAME], u->file_name);
	add_text(&of[MEDIA_TYPE], u->media_type);
	add_text(&of[ONCE], u->idempotency_key);
	add_text(&of[REQUEST], u->request_id);
	add_text(&of[ADDRESS], p->address);
}

/* How many wait and how much room is taken is counted while their owner's row is held (room_held()): by each
 * for those before it too, as far as they come in this statement. `would`: without those, there was room. */
static const char upload_sql[] =
    "WITH x AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], "
    "$5::bigint[],"
    "  $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY AS x "
    "(job_id,"
    "  user_id, document_id, blob_key, size, sha, file_name, media_type, key, request_id, address, i)),"
    " t AS MATERIALIZED (SELECT last_value AS v FROM queue_time),"
    " h AS MATERIALIZED (SELECT h.* FROM t, room_held(ARRAY(SELECT DISTINCT user_id FROM x), $12::int <> 0,"
    "  $14::bigint > 0 OR $15::bigint > 0, $13::bigint, v - " VTIME_SLACK ") h),"
    " p AS MATERIALIZED (SELECT x.*, decode(sha, 'hex') AS content, h.*, row_number() OVER before - 1 AS n,"
    "  sum(size) OVER before AS more FROM x JOIN h ON owner = user_id"
    "  WINDOW before AS (PARTITION BY user_id ORDER BY i)),"
    " f AS MATERIALIZED (SELECT *, waiting < $13 AND ($14 <= 0 OR coalesce(documents, 0) < $14)"
    "  AND ($15 <= 0 OR coalesce(bytes, 0) + size <= $15) AS would,"
    "  waiting + n < $13 AND ($14 <= 0 OR coalesce(documents, 0) + n < $14)"
    "  AND ($15 <= 0 OR coalesce(bytes, 0) + more <= $15) AS fits FROM p),"
    " k AS (INSERT INTO idempotency (user_id, key, body_sha256, job_id, created_ms)"
    "  SELECT user_id, key, content, job_id, docket_ms() FROM f WHERE fits AND key IS NOT NULL"
    "  ON CONFLICT DO NOTHING RETURNING job_id),"
    " go AS MATERIALIZED (SELECT f.*, docket_ms() AS now FROM f"
    "  WHERE fits AND (key IS NULL OR job_id IN (SELECT k.job_id FROM k))),"
    " b AS (INSERT INTO blob (key, size, sha256) SELECT blob_key, size, content FROM go),"
    " d AS (INSERT INTO document (id, user_id, job_id, blob_key, file_name, media_type, created_ms, content, "
    "size)"
    "  SELECT document_id, user_id, job_id, blob_key, file_name, media_type, now, content, size FROM go),"
    " j AS (INSERT INTO job (id, document_id, user_id, state, stage, created_ms, request_id)"
    "  SELECT job_id, document_id, user_id, 0, 1, now, request_id FROM go),"
    /* Who has nothing waiting comes next; what else they bring stands behind it. */
    " q AS (INSERT INTO job_q (job_id, user_id, vtime, run_ms)"
    "  SELECT job_id, user_id, GREATEST(v + 1, CASE WHEN last IS NOT NULL OR n > 0 THEN"
    "   (coalesce(last / " VTIME_STEP " + 1, (v + 1) / " VTIME_STEP ") + n) * " VTIME_STEP
    "   + floor(random() * " VTIME_STEP ")::bigint END), now FROM go, t),"
    " a AS (INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
    "  SELECT now, user_id, 'document.uploaded', document_id::text, request_id, address FROM go)"
    " SELECT now, f.waiting, f.documents, f.bytes, f.would FROM x LEFT JOIN f ON f.i = x.i"
    " LEFT JOIN go ON go.i = x.i ORDER BY x.i";

/* `wait`: for who holds the owner's row. */
static enum err
put_these(struct storage *st, struct uploading *const *list, size_t n, bool wait, bool *again, PGresult **ret,
          struct why *why)
{
	struct buf of[COLUMNS];
	struct pg_call q = {.sql = upload_sql};
	bool full = false;
	for (size_t c = 0; c < COLUMNS; c++)
		of[c] = buf_init(4 * MIB);
	for (size_t i = 0; i < n; i++)
		put_upload(of, list[i]);
	for (size_t c = 0; c < COLUMNS; c++) {
		arg_column(&q, &of[c]);
		full |= of[c].full;
	}
	arg_int(&q, wait);
	arg_int(&q, st->options.max_queued_per_user);
	arg_int(&q, st->options.max_documents_per_user);
	arg_int(&q, st->options.max_bytes_per_user);
	enum err e = full ? fail(why, ERR_INVALID, "names too long for one statement")
	                  : pg_change(st, &q, again, ret, why);
	for (size_t c = 0; c < COLUMNS; c++)
		buf_free(&of[c]);
	if (e == ERR_NONE && (size_t)PQntuples(*ret) != n)
		return fail(why, ERR_BROKEN, "%d answers to %zu uploads", PQntuples(*ret), n);
	return e;
}

static void
learn(struct uploading *p, const PGresult *r, int row)
{
	p->put_ms = col_int(r, row, 0);
	p->waiting = col_int(r, row, 1);
	p->taken = (struct usage){.documents = col_int(r, row, 2), .bytes = col_int(r, row, 3)};
	p->held = PQgetisnull(r, row, 4);
	p->undecided = p->put_ms == 0 && !p->held && PQgetvalue(r, row, 4)[0] == 't';
}

static void
serve(struct storage *st, struct call_ticket *const *tickets, size_t n, bool wait)
{
	struct uploading *list[CALL_GROUP_MAX] = {NULL};
	RESULT *r = NULL;
	struct why why = {""};
	bool again = false;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct uploading *)tickets[i];
	enum err e = put_these(st, list, n, wait, &again, &r, &why);
	for (size_t i = 0; i < n; i++) {
		struct uploading *p = list[i];
		p->again |= again;
		p->held = false;
		if (e == ERR_NONE)
			learn(p, r, (int)i);
		else if (e == ERR_BUSY || e == ERR_UNSURE)
			p->e = fail(p->why, e, "%s", why.text);
		else /* what the database refuses of one must not be held against the others */
			p->undecided = true;
	}
}

static void
serve_uploads(struct storage *st, struct call_ticket *const *tickets, size_t n)
{
	serve(st, tickets, n, false);
}

/* Those that have to wait for somebody's row; the others do not wait with them. */
static void
serve_held(struct storage *st, struct call_ticket *const *tickets, size_t n)
{
	serve(st, tickets, n, true);
}

static enum err
put_alone(struct storage *st, struct uploading *p)
{
	RESULT *r = NULL;
	bool again = false;
	enum err e = put_these(st, &p, 1, true, &again, &r, p->why);
	p->again |= again;
	if (e == ERR_NONE)
		learn(p, r, 0);
	return e;
}

/* Why nothing was put in. */
static enum err
refusal(struct storage *st, const struct uploading *p)
{
	TRY(check_waiting(st, p->waiting, p->why));
	if (room_is_limited(st))
		TRY(check_room(st, &p->taken, p->u->blob->size, p->why));
	return fail(p->why, ERR_BUSY, "the key was in use and is not any more");
}

enum err
pg_upload(struct storage *st, const struct upload *u, struct arena *mem, const struct job **ret,
          bool *replayed, struct why *why)
{
	struct pg *db = st->rows;
	struct uploading p = {.u = u, .address = store_acts_for(), .why = why};
	*replayed = false;
	call_group_go(&db->uploads, st, &p.t, serve_uploads);
	if (p.held)
		call_group_go(&db->held_uploads, st, &p.t, serve_held);
	enum err e = p.undecided ? put_alone(st, &p) : p.e;
	if (e == ERR_NONE && p.put_ms) {
		TRY(new_job(st, u, p.put_ms, mem, ret, why));
		pg_note_ready(st);
		return ERR_NONE;
	}
	if (e != ERR_NONE && !(e == ERR_CONFLICT && p.again))
		return e;
	/* An earlier try of ours may have gone through after all. */
	if (p.again && pg_job_get(st, u->user, u->job_id, mem, ret, why) == ERR_NONE) {
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
	return refusal(st, &p);
}
