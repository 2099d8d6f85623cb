/* The queue's side of jobs in PostgreSQL: claim, heartbeat, progress, settle, release, reap.
 *
 * Every change names the lease it was made under; no row changed means that the lease has passed on.
 * Locks are taken in one order: the row of job_q, then of job, then of attempt.
 *
 * A statement that joins job_q also says between which ids, or which ids it wants. The queue may be all but
 * empty at the moment when the server counts its rows, and then the server would as soon go through all of it
 * as look for a few: through all that has come and gone while somebody holds an old snapshot. */
#include "pg_queue.h"
#include "pg_store.h"

#include "clock.h"
#include "own.h"

#define SWEEP_MS    5000
#define SWEEP_SHARE 50    /* of a sweep's own time until the next */
#define LATE_MS     30000 /* no statement takes so long */
#define WHOLE_MS    600000
#define ASIDE_MS    100
#define AT_ONCE     "100"
#define BEGIN_MS    250
#define SEAL_FAR_MS 60000
#define REAP_MAX    100

/* ---- claim ---- */

/* One caller every `pause_ms`. */
static bool
is_time(_Atomic int64_t *next, int64_t now, int64_t pause_ms)
{
	int64_t at = atomic_load(next);
	return now >= at && atomic_compare_exchange_strong(next, &at, now + pause_ms);
}

/* Among many dead rows it is slow, and must not become most of the work. */
static void
swept(_Atomic int64_t *next, int64_t begun)
{
	int64_t now = clock_steady_ms(), pause = SWEEP_SHARE * (now - begun);
	atomic_store(next, now + (pause > SWEEP_MS ? pause : SWEEP_MS));
}

static int64_t
queue_time(struct storage *st, int64_t otherwise)
{
	const struct pg_call q = {.sql = "SELECT last_value FROM queue_time"};
	RESULT *r = NULL;
	struct why why;
	return pg_query(st, &q, &r, &why) == ERR_NONE ? col_int(r, 0, 0) : otherwise;
}

/* Where the order stood a little while ago, `pause_ms` and more: `m->from`. */
static int64_t
mark_time(struct storage *st, struct queue_mark *m, int64_t now, int64_t pause_ms)
{
	if (is_time(&m->next_ms, now, pause_ms))
		atomic_store(&m->from, atomic_exchange(&m->latest, queue_time(st, atomic_load(&m->latest))));
	return atomic_load(&m->from);
}

/* What was committed so late that claims no longer look there stands next in the order again. Among many
 * dead rows this is slow, and no claim waits for it. From the very first on at times, for one that was locked
 * each time. */
static void
bring_forward(struct storage *st, int64_t now)
{
	struct pg *db = st->rows;
	struct pg_call q = {
	    .sql = "WITH r AS MATERIALIZED (SELECT job_id FROM job_q WHERE worker IS NULL AND NOT aside"
	           "  AND vtime >= $1 AND vtime < $2::bigint - " VTIME_FRONT
	           " ORDER BY vtime, seq LIMIT " AT_ONCE " FOR UPDATE SKIP LOCKED)"
	           " UPDATE job_q SET vtime = (SELECT last_value FROM queue_time)"
	           " WHERE job_id = ANY (ARRAY(SELECT job_id FROM r))"};
	struct why why; /* they will be looked for again */
	int64_t from = mark_time(st, &db->late, now, LATE_MS);
	arg_int(&q, is_time(&db->next_whole_ms, now, WHOLE_MS) ? 0 : from);
	arg_int(&q, atomic_load(&db->begin.from));
	(void)!pg_change(st, &q, NULL, NULL, &why);
}

/* Whose moment has come stands in the order again. */
static void
bring_in(struct storage *st)
{
	const struct pg_call q = {
	    .sql = "WITH r AS MATERIALIZED (SELECT job_id, user_id, lane, run_ms FROM job_q WHERE aside"
	           "  AND run_ms <= (SELECT docket_ms()) ORDER BY run_ms LIMIT " AT_ONCE
	           "  FOR UPDATE SKIP LOCKED),"
	           " k AS MATERIALIZED (SELECT job_id, user_id, lane,"
	           "  row_number() OVER (PARTITION BY user_id, lane ORDER BY run_ms) AS n FROM r)"
	           " UPDATE job_q q SET aside = false, vtime = " VTIME_TRIED(
	               "k.user_id", "k.lane",
	               "k.n") " FROM k WHERE q.job_id = k.job_id"
	                      "  AND q.job_id >= (SELECT job_id FROM r ORDER BY job_id LIMIT 1)"
	                      "  AND q.job_id <= (SELECT job_id FROM r ORDER BY job_id DESC LIMIT 1)"};
	struct why why; /* they will be looked for again */
	(void)!pg_change(st, &q, NULL, NULL, &why);
}

/* The pause of one of those may be none. */
static void
look_aside_now(struct storage *st)
{
	struct pg *db = st->rows;
	atomic_store(&db->next_aside_ms, 0);
}

struct claiming {
	struct call_ticket t; /* first */
	struct uuid worker;
	int32_t max;
	struct arena *mem;
	const struct claim **ret;
	size_t *n;
	enum err e;
	struct why *why;
};

/* The i-th job goes to the i-th of the workers, each of which is named as often as it may have one. An
 * attempt's row is written when it ends (PG_ATTEMPT): until then job_q and job hold what is known of it. */
static const char claim_sql[] =
    "WITH c AS MATERIALIZED (SELECT job_id, vtime, seq FROM job_q WHERE worker IS NULL AND NOT aside"
    "  AND vtime >= (SELECT LEAST($5::bigint, last_value) - " VTIME_FRONT " FROM queue_time)"
    "  ORDER BY vtime, seq LIMIT $2 FOR UPDATE SKIP LOCKED),"
    " t AS MATERIALIZED (SELECT docket_ms() AS now),"
    " k AS MATERIALIZED (SELECT job_id, now, row_number() OVER (ORDER BY vtime, seq) AS i FROM c, t),"
    " u AS (UPDATE job_q q SET worker = ($1::uuid[])[k.i], lease = lease + 1, attempt = attempt + 1,"
    "  lease_until_ms = now + LEAST($3::bigint, $4), deadline_ms = now + $4::bigint FROM k"
    "  WHERE q.job_id = k.job_id AND q.job_id >= (SELECT job_id FROM c ORDER BY job_id LIMIT 1)"
    "   AND q.job_id <= (SELECT job_id FROM c ORDER BY job_id DESC LIMIT 1)"
    "  RETURNING q.job_id, q.user_id, q.lease, q.attempt, q.crashes, q.deadline_ms, now, k.i),"
    /* What is asked for comes from here on: a join of two parts would look at each job for each. */
    " j AS (UPDATE job SET state = 1, stage = 1, attempt = u.attempt, started_ms = now,"
    "  lease = u.lease, pages_done = 0, version = version + 1 FROM u WHERE id = u.job_id"
    "  RETURNING u.*, document_id, request_id, created_ms)"
    " SELECT j.job_id, j.user_id, j.lease, j.attempt, j.crashes, d.id, d.file_name, d.media_type,"
    "  j.request_id, j.created_ms, d.blob_key, d.size, encode(d.content, 'hex'), j.deadline_ms,"
    "  (SELECT setval('queue_time', max(vtime)) FROM c"
    "    HAVING max(vtime) > (SELECT last_value FROM queue_time)), d.depth"
    " FROM j JOIN document d ON d.id = j.document_id ORDER BY j.i";

/* `n` of the rows from `row` on are this caller's. */
static enum err
take_claims(const PGresult *r, int row, size_t n, struct claiming *to)
{
	struct claim *claims;
	struct arena *mem = to->mem;
	bool full = false;
	ARENA_TRY(claims, arena_array(mem, n, sizeof *claims), mem, to->why);
	for (size_t at = 0; at < n; at++) {
		struct claim *k = &claims[at];
		int i = row + (int)at;
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
	}
	if (full)
		return arena_full(mem, to->why); /* the leases run out */
	*to->ret = claims;
	*to->n = n;
	return ERR_NONE;
}

static void
serve_claims(struct storage *st, struct call_ticket *const *tickets, size_t n)
{
	struct pg_call q = {.sql = claim_sql};
	RESULT *r = NULL;
	OWNED(buf_free) struct buf workers = buf_init(MIB);
	int64_t wanted = 0;
	struct why why = {""};
	for (size_t t = 0; t < n; t++) {
		const struct claiming *c = (const struct claiming *)tickets[t];
		char id[UUID_TEXT_LEN];
		uuid_text(c->worker, id);
		for (int32_t i = 0; i < c->max; i++)
			buf_printf(&workers, "%c%s", wanted++ ? ',' : '{', id);
	}
	buf_putc(&workers, '}');
	arg_text(&q, workers.data);
	arg_int(&q, wanted);
	arg_int(&q, st->options.lease_ms);
	arg_int(&q, st->options.job_deadline_ms);
	int64_t begun = clock_steady_ms();
	struct pg *db = st->rows;
	if (is_time(&db->next_aside_ms, begun, ASIDE_MS))
		bring_in(st);
	arg_int(&q, mark_time(st, &db->begin, begun, BEGIN_MS));
	enum err e = workers.full ? fail(&why, ERR_INVALID, "%lld jobs at once", (long long)wanted)
	                          : pg_change(st, &q, NULL, &r, &why);
	int row = 0, rows = e == ERR_NONE ? PQntuples(r) : 0;
	for (size_t t = 0; t < n; t++) {
		struct claiming *c = (struct claiming *)tickets[t];
		int mine = rows - row < c->max ? rows - row : c->max;
		c->e = e;
		if (e != ERR_NONE)
			fail(c->why, e, "%s", why.text);
		else if (mine > 0)
			c->e = take_claims(r, row, (size_t)mine, c);
		row += mine;
	}
}

enum err
pg_claim(struct storage *st, struct uuid worker, int32_t max, struct arena *mem, const struct claim **ret,
         size_t *n, struct why *why)
{
	struct pg *db = st->rows;
	struct claiming c = {.worker = worker, .max = max, .mem = mem, .ret = ret, .n = n, .why = why};
	*n = 0;
	if (max < 1)
		return ERR_NONE;
	call_group_go(&db->claims, st, &c.t, serve_claims);
	return c.e;
}

/* ---- heartbeat and progress ---- */

enum err
pg_heartbeat(struct storage *st, struct heartbeat *beats, size_t n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        /* Locked in the order of their ids, as by those who settle. One that a crash loses costs an
	         * earlier end of the lease, and the lease is fenced; to wait for a standby may cost the lease
	         * itself. */
	    "WITH h AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::bigint[])"
	    "  WITH ORDINALITY AS h (id, l, i) ORDER BY id),"
	    " u AS (UPDATE job_q q SET lease_until_ms = LEAST(docket_ms() + $3::bigint, deadline_ms)"
	    "  FROM h, " PG_SOON
	    "  WHERE q.job_id = h.id AND q.job_id >= (SELECT id FROM h ORDER BY id LIMIT 1)"
	    "   AND q.job_id <= (SELECT id FROM h ORDER BY id DESC LIMIT 1)"
	    "   AND q.lease = h.l AND q.worker IS NOT NULL RETURNING h.i)"
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
		return fail(why, ERR_LEASE_LOST, "%s", PG_LEASE_LOST);
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
enum err
pg_check_ended(struct storage *st, const struct claim *c, const char *outcome, bool again, struct why *why)
{
	struct pg_call q = {.sql = "SELECT 1 FROM attempt WHERE job_id = $1 AND lease = $2 AND outcome = $3"};
	RESULT *r = NULL;
	if (!again)
		return fail(why, ERR_LEASE_LOST, "%s", PG_LEASE_LOST);
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_text(&q, outcome);
	TRY(pg_query(st, &q, &r, why));
	return PQntuples(r) ? pg_confirm(st, why) : fail(why, ERR_LEASE_LOST, "%s", PG_LEASE_LOST);
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
	    .sql = "WITH l AS MATERIALIZED (SELECT job_id, lease, worker FROM job_q WHERE job_id = $1"
	           "  AND lease = $2 AND worker IS NOT NULL FOR UPDATE),"
	           " q AS (UPDATE job_q SET worker = NULL, lease_until_ms = 0, aside = $9::bigint = 0,"
	           "  run_ms = docket_ms() + $3::bigint, attempt = $4, crashes = $5, vtime = (SELECT "
	           "GREATEST(0, "
	           "last_value - $9::bigint) FROM queue_time) FROM l WHERE job_q.job_id = $1),"
	           " j AS (UPDATE job SET state = 0, stage = 1, attempt = $4, error = $6, error_detail = $7,"
	           "  version = version + 1 FROM l WHERE id = l.job_id RETURNING l.*, started_ms),"
	           " t AS (INSERT INTO " PG_ATTEMPT " SELECT job_id, lease, worker, started_ms, docket_ms(),"
	           "  $8, $10, $11, $12, $13 FROM j) SELECT count(*) FROM l"};
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
		TRY(pg_check_ended(st, c, x->outcome, again, why));
	look_aside_now(st);
	pg_note_ready(st);
	return ERR_NONE;
}

static enum err
finish_failed(struct storage *st, const struct claim *c, enum err outcome, const char *detail,
              struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH f AS (DELETE FROM job_q WHERE job_id = $1 AND lease = $2 AND worker IS NOT NULL"
	           "  RETURNING job_id, lease, worker),"
	           " j AS (UPDATE job SET state = 3, stage = 5, finished_ms = docket_ms(), error = $3,"
	           "  error_detail = $4, version = version + 1 FROM f WHERE id = f.job_id"
	           "  RETURNING f.*, started_ms),"
	           " t AS (INSERT INTO " PG_ATTEMPT " SELECT job_id, lease, worker, started_ms,"
	           "  docket_ms(), $3, $5, $6, $7, $8 FROM j) SELECT count(*) FROM f"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, c->job_id);
	arg_int(&q, c->lease);
	arg_text(&q, err_code(outcome));
	arg_text(&q, detail);
	arg_cost(&q, &c->used);
	TRY(pg_change(st, &q, &again, &r, why));
	if (col_int(r, 0, 0) == 0)
		TRY(pg_check_ended(st, c, err_code(outcome), again, why));
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

/* By time, or (worker not nil) what a dead worker held: it did not fail, so that goes first, at once.
 * `*held`: so many the dead one held until now, those that are locked among them. */
static enum err
take_back(struct storage *st, struct uuid worker, size_t *n, int64_t *held, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "WITH now AS MATERIALIZED (SELECT docket_ms() AS ms),"
	        " d AS MATERIALIZED (SELECT job_id, lease, worker, attempt, attempt < $2::int AS again,"
	        "  deadline_ms < docket_ms() AS overran, CASE WHEN $1::uuid IS NOT NULL THEN 0 ELSE"
	        "  floor(random() * LEAST(300000, $3::bigint * power(2, attempt - 1)))::bigint END AS pause"
	        "  FROM job_q WHERE worker IS NOT NULL AND lease_until_ms > 0"
	        "  AND lease_until_ms >= CASE WHEN $1 IS NULL THEN $6::bigint ELSE (SELECT ms FROM now) END"
	        "   - " HELD_SLACK_MS "  AND lease_until_ms < CASE WHEN $1 IS NULL THEN (SELECT ms FROM now) "
	        "ELSE 1::bigint << 62 END"
	        "  AND ($1 IS NULL OR worker = $1)"
	        "  ORDER BY job_id LIMIT $7 FOR UPDATE SKIP LOCKED),"
	        " x AS (DELETE FROM job_q WHERE job_id = ANY (ARRAY(SELECT job_id FROM d WHERE NOT again))),"
	        " q AS (UPDATE job_q q SET worker = NULL, lease_until_ms = 0, aside = $1 IS NULL,"
	        "  run_ms = docket_ms() + d.pause, vtime = (SELECT CASE WHEN $1 IS NULL THEN last_value ELSE"
	        "   GREATEST(0, last_value - " VTIME_FRONT ") END FROM queue_time)"
	        "  FROM d WHERE q.job_id = d.job_id AND q.job_id = ANY (ARRAY(SELECT job_id FROM d)) AND "
	        "d.again),"
	        " j AS (UPDATE job SET state = CASE WHEN d.again THEN 0 ELSE 3 END,"
	        "  stage = CASE WHEN d.again THEN 1 ELSE 5 END, version = version + 1,"
	        "  finished_ms = CASE WHEN d.again THEN 0 ELSE docket_ms() END,"
	        "  error = CASE WHEN $1 IS NOT NULL AND d.again THEN NULL WHEN d.overran THEN $4::text ELSE "
	        "$5::text END,"
	        "  error_detail = CASE WHEN $1 IS NOT NULL AND d.again THEN NULL"
	        "   WHEN d.overran THEN 'the job ran past its deadline' ELSE 'its worker went silent' END"
	        "  FROM d WHERE id = d.job_id RETURNING d.job_id, d.lease, d.worker, started_ms, CASE"
	        "   WHEN $1 IS NOT NULL AND d.again THEN 'lost' WHEN d.overran THEN $4::text ELSE $5::text "
	        "END AS outcome),"
	        " t AS (INSERT INTO attempt (job_id, lease, worker, started_ms, ended_ms, outcome)"
	        "  SELECT job_id, lease, worker, started_ms, docket_ms(), outcome FROM j" PG_ATTEMPT_THERE ")"
	        " SELECT d.job_id, ms, (SELECT count(*) FROM job_q WHERE $1 IS NOT NULL AND worker = $1"
	        "   AND lease_until_ms > 0 AND lease_until_ms >= (SELECT ms FROM now) - " HELD_SLACK_MS ")"
	        " FROM now LEFT JOIN d ON true"};
	struct pg *db = st->rows;
	RESULT *r = NULL;
	int64_t from = atomic_load(&db->reaped_ms);
	arg_uuid(&q, worker);
	arg_int(&q, st->options.max_attempts);
	arg_int(&q, st->options.backoff_ms);
	arg_text(&q, err_code(ERR_DEADLINE));
	arg_text(&q, err_code(ERR_BROKEN));
	arg_int(&q, from);
	arg_int(&q, REAP_MAX);
	TRY(pg_change(st, &q, NULL, &r, why));
	*n = PQgetisnull(r, 0, 0) ? 0 : (size_t)PQntuples(r);
	*held = col_int(r, 0, 2);
	if (uuid_is_nil(worker) && *n < REAP_MAX)
		atomic_store(&db->reaped_ms, col_int(r, 0, 1));
	if (*n > 0) {
		look_aside_now(st);
		pg_note_ready(st);
	}
	return ERR_NONE;
}

enum err
pg_reap(struct storage *st, size_t *n, struct why *why)
{
	struct pg *db = st->rows;
	int64_t begun = clock_steady_ms(), held;
	/* From the first on now and then: for one that was locked each time it was looked at. */
	bool all = is_time(&db->next_reap_ms, begun, SWEEP_MS);
	if (all)
		atomic_store(&db->reaped_ms, 0);
	TRY(take_back(st, (struct uuid){{0}}, n, &held, why));
	if (all)
		swept(&db->next_reap_ms, begun);
	begun = clock_steady_ms();
	if (is_time(&db->next_sweep_ms, begun, SWEEP_MS)) {
		bring_forward(st, begun);
		swept(&db->next_sweep_ms, begun);
	}
	return pg_audit_seal(st, is_time(&db->next_seal_ms, begun, SEAL_FAR_MS), why);
}

enum err
pg_worker_gone(struct storage *st, struct uuid worker, struct why *why)
{
	size_t n = 0;
	int64_t held = 0;
	if (uuid_is_nil(worker))
		return ERR_NONE;
	do {
		TRY(take_back(st, worker, &n, &held, why));
	} while (n > 0);
	/* The last that the dead one asked for may be under way still. */
	if (held > 0)
		return fail(why, ERR_BUSY, "%lld of its jobs are locked just now", (long long)held);
	return ERR_NONE;
}

/* ---- figures ---- */

enum err
pg_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why)
{
	struct pg *db = st->rows;
	struct pg_call q = {
	    .sql = "SELECT r.n, (SELECT count(*) FROM job_q WHERE lease_until_ms > 0 AND worker IS NOT NULL"
	           "  AND lease_until_ms > (SELECT docket_ms() - " HELD_SLACK_MS ")),"
	           " (SELECT count(*) FROM job_q WHERE aside), r.oldest FROM"
	           " (SELECT count(*) AS n, coalesce(max(docket_ms() - run_ms), 0) AS oldest FROM job_q"
	           "  WHERE worker IS NULL AND NOT aside"
	           "  AND vtime >= (SELECT last_value - " VTIME_SLACK " FROM queue_time)) r"};
	RESULT *r = NULL;
	TRY(pg_query(st, &q, &r, why));
	*ret = (struct queue_stats){.queued = col_int(r, 0, 0) + col_int(r, 0, 2),
	                            .processing = col_int(r, 0, 1),
	                            .delayed = col_int(r, 0, 2),
	                            .oldest_ready_ms = col_int(r, 0, 3),
	                            .commits = db->changes,
	                            .writes = db->changes,
	                            .commit_us = db->change_us};
	pg_pools(db, ret->pools);
	return ERR_NONE;
}
