/* The pool, and one statement at a time through it. */
#include "pg_store.h"

#include "clock.h"
#include "own.h"

#include <poll.h>
#include <sys/eventfd.h>

/* Nobody answers for so long: the caller is told to come back. */
#define REACH_MS 5000
/* ...of those who are in a hurry, after so long. */
#define HURRY_MS 1000
/* A change is waited for so long, its standby included; then its outcome is unknown. */
#define OUTCOME_MS 15000

/* ---- arguments ---- */

static int
next_arg(struct pg_call *q)
{
	if (q->n == PG_ARGS)
		BUG("more than %d arguments", PG_ARGS);
	return q->n++;
}

void
arg_uuid(struct pg_call *q, struct uuid u)
{
	int i = next_arg(q);
	if (uuid_is_nil(u))
		return;
	uuid_text(u, q->text[i]);
	q->values[i] = q->text[i];
}

void
arg_int(struct pg_call *q, int64_t n)
{
	int i = next_arg(q);
	snprintf(q->text[i], sizeof q->text[i], "%lld", (long long)n);
	q->values[i] = q->text[i];
}

void
arg_text(struct pg_call *q, const char *text)
{
	q->values[next_arg(q)] = text;
}

void
arg_text_n(struct pg_call *q, const char *text, size_t n)
{
	int i = next_arg(q);
	q->values[i] = text; /* NULL: NULL */
	q->lengths[i] = (int)n;
	q->formats[i] = 1; /* of text, binary is the bytes themselves */
}

void
arg_bytes(struct pg_call *q, const uint8_t *p, size_t n)
{
	arg_text_n(q, (const char *)p, n);
}

/* ---- results ---- */

void
pg_result_free(PGresult **r)
{
	PQclear(*r);
	*r = NULL;
}

struct uuid
col_uuid(const PGresult *r, int row, int col)
{
	struct uuid u = {{0}};
	(void)uuid_parse(PQgetvalue(r, row, col), &u);
	return u;
}

int64_t
col_int(const PGresult *r, int row, int col)
{
	return strtoll(PQgetvalue(r, row, col), NULL, 10);
}

const char *
col_text(const PGresult *r, int row, int col, struct arena *mem, bool *full)
{
	if (PQgetisnull(r, row, col))
		return NULL;
	const char *copy = arena_strndup(mem, PQgetvalue(r, row, col), (size_t)PQgetlength(r, row, col));
	if (!copy)
		*full = true;
	return copy;
}

void
col_blob(const PGresult *r, int row, int col, struct blob *ret)
{
	snprintf(ret->key, sizeof ret->key, "%s", PQgetvalue(r, row, col));
	ret->size = (uint64_t)col_int(r, row, col + 1);
	(void)hex_parse(PQgetvalue(r, row, col + 2), ret->sha256, sizeof ret->sha256);
}

/* ---- the pool ---- */

static enum err
take(struct pg *db, int64_t until, struct pg_connection **ret, struct why *why)
{
	pthread_mutex_lock(&db->lock);
	for (;;) {
		/* The lowest free one: what is not needed stays unopened. */
		for (int i = 0; i < db->pool_size; i++) {
			if (!db->pool[i].busy) {
				db->pool[i].busy = true;
				pthread_mutex_unlock(&db->lock);
				*ret = &db->pool[i];
				return ERR_NONE;
			}
		}
		db->waiting++;
		bool late = !clock_cond_wait(&db->free, &db->lock, until);
		db->waiting--;
		if (late)
			break;
	}
	pthread_mutex_unlock(&db->lock);
	return fail(why, ERR_BUSY, "all %d connections to the database are in use", db->pool_size);
}

void
pg_pools(struct pg *db, struct storage_pool ret[static 2])
{
	pthread_mutex_lock(&db->lock);
	ret[0] = (struct storage_pool){"storage_connections", db->pool_size, 0, db->waiting};
	for (int i = 0; i < db->pool_size; i++)
		ret[0].busy += db->pool[i].busy;
	pthread_mutex_unlock(&db->lock);
}

static void
give(struct pg *db, struct pg_connection *c)
{
	pthread_mutex_lock(&db->lock);
	c->busy = false;
	pthread_cond_signal(&db->free);
	pthread_mutex_unlock(&db->lock);
}

/* Has the server gone since the last use? What it said on leaving is waiting in the socket. */
static bool
still_there(struct pg_connection *c)
{
	if (!pg_connected(c))
		return false;
	struct pollfd p = {.fd = PQsocket(c->c), .events = POLLIN};
	return poll(&p, 1, 0) == 0 || (PQconsumeInput(c->c) && PQstatus(c->c) == CONNECTION_OK);
}

enum answer { ANSWER_OK, ANSWER_ERROR, ANSWER_AGAIN, ANSWER_GONE };

/* What an answer means for the statement, and for its connection. */
static enum answer
understand(struct pg_connection *c, const PGresult *r, enum err *e, struct why *why)
{
	ExecStatusType s = PQresultStatus(r);
	if (s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK)
		return ANSWER_OK;
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	state = state ? state : "";
	said = said ? said : "the connection broke";
	static const struct {
		const char *prefix;
		enum answer answer;
		enum err e;
	} known[] = {{"23505", ANSWER_ERROR, ERR_CONFLICT}, {"40001", ANSWER_AGAIN, ERR_BUSY},
	             {"40P01", ANSWER_AGAIN, ERR_BUSY},     {"55P03", ANSWER_AGAIN, ERR_BUSY},
	             {"57014", ANSWER_ERROR, ERR_BUSY},     {"53100", ANSWER_ERROR, ERR_FULL},
	             {"25P03", ANSWER_AGAIN, ERR_BUSY}, /* idle in its transaction for too long: taken back */
	             {"25006", ANSWER_AGAIN, ERR_BUSY}, /* a standby: look for the primary */
	             {"53", ANSWER_AGAIN, ERR_BUSY},        {"57P", ANSWER_GONE, ERR_BUSY},
	             {"08P01", ANSWER_ERROR, ERR_BROKEN},   {"08", ANSWER_GONE, ERR_BUSY},
	             {"", ANSWER_ERROR, ERR_BROKEN}};
	size_t i = 0;
	while (strncmp(state, known[i].prefix, strlen(known[i].prefix)) != 0)
		i++;
	*e = fail(why, known[i].e, "the database (%s): %.180s", state, said);
	enum answer a = state[0] ? known[i].answer : ANSWER_GONE;
	if (a == ANSWER_GONE || known[i].e == ERR_BUSY)
		pg_disconnect(c);
	return a;
}

static void
pause_before_again(int tries, int64_t until)
{
	int64_t most = 25LL << (tries < 5 ? tries : 5);
	int64_t pause = 5 + (int64_t)random_below((uint64_t)most), left = until - clock_steady_ms();
	clock_sleep_ms(pause < left ? pause : left);
}

/* The statement once. ANSWER_GONE: it may have run. ANSWER_AGAIN: it has not. */
static enum answer
try_once(struct pg *db, const struct pg_call *q, int64_t reach, int64_t outcome, PGresult **ret, enum err *e,
         struct why *why)
{
	struct pg_connection *c;
	if ((*e = take(db, reach, &c, why)) != ERR_NONE)
		return ANSWER_AGAIN;
	enum answer a;
	if (!still_there(c) && (*e = pg_connect(db, c, reach, why)) != ERR_NONE) {
		a = ANSWER_AGAIN;
	} else {
		PGresult *r = pg_exec(c, q, !db->st->options.pooler, outcome);
		if (!r) {
			*e = fail(why, ERR_BUSY, "the database did not answer");
			a = ANSWER_GONE;
		} else {
			a = understand(c, r, e, why);
			if (a == ANSWER_OK && c->unreplicated) {
				*e = fail(why, ERR_BUSY, "the standby did not confirm");
				a = ANSWER_GONE;
			}
			if (a == ANSWER_OK) {
				*ret = TAKE(r);
				atomic_store(&db->away, false);
			}
			PQclear(r);
		}
	}
	give(db, c);
	return a;
}

/* Until when this thread waits for a connection, and for the answer. ERR_BUSY: not at all. */
static enum err
patience(struct pg *db, int64_t answer_ms, int64_t *reach, int64_t *answer, struct why *why)
{
	bool hurry = store_in_a_hurry();
	if (hurry && atomic_load(&db->away))
		return fail(why, ERR_BUSY, "the database is away");
	int64_t now = clock_steady_ms();
	*reach = now + (hurry ? HURRY_MS : REACH_MS);
	*answer = now + (hurry ? HURRY_MS : answer_ms);
	return ERR_NONE;
}

enum err
pg_query(struct storage *st, const struct pg_call *q, PGresult **ret, struct why *why)
{
	struct pg *db = st->rows;
	int64_t until, answer;
	TRY(patience(db, 2 * REACH_MS, &until, &answer, why));
	for (int tries = 0;; tries++) {
		enum err e = ERR_NONE;
		enum answer a = try_once(db, q, until, answer, ret, &e, why);
		if (a == ANSWER_OK || a == ANSWER_ERROR)
			return e;
		if (clock_steady_ms() >= until) {
			pg_seems_away(db);
			return e;
		}
		pause_before_again(tries, until);
	}
}

void
pg_probe(struct pg *db, int64_t until)
{
	static const struct pg_call q = {.sql = "SELECT 1"};
	RESULT *r = NULL;
	struct why why;
	enum err e;
	if (try_once(db, &q, until, until, &r, &e, &why) == ANSWER_ERROR)
		atomic_store(&db->away, false); /* an answer all the same */
}

enum err
pg_change(struct storage *st, const struct pg_call *q, bool *again, PGresult **ret, struct why *why)
{
	struct pg *db = st->rows;
	int64_t reach, outcome;
	bool unsure = false;
	if (again)
		*again = false;
	TRY(patience(db, OUTCOME_MS, &reach, &outcome, why));
	for (int tries = 0;; tries++) {
		enum err e = ERR_NONE;
		RESULT *r = NULL;
		int64_t begun_us = clock_steady_us();
		enum answer a = try_once(db, q, unsure ? outcome : reach, outcome, &r, &e, why);
		if (a == ANSWER_OK) {
			db->changes++;
			db->change_us += (uint64_t)(clock_steady_us() - begun_us);
			if (ret)
				*ret = TAKE(r);
			return ERR_NONE;
		}
		unsure = unsure || a == ANSWER_GONE;
		if (again)
			*again = unsure;
		if (a == ANSWER_ERROR)
			return e;
		if (clock_steady_ms() >= (unsure ? outcome : reach))
			return unsure ? fail(why, ERR_UNSURE, "the database went away during a change") : e;
		pause_before_again(tries, unsure ? outcome : reach);
	}
}

enum err
pg_confirm(struct storage *st, struct why *why)
{
	const struct pg_call q = {.sql = "SELECT pg_logical_emit_message(true, 'docket', '')"};
	enum err e = pg_change(st, &q, NULL, NULL, why);
	return e == ERR_NONE ? e : fail(why, ERR_UNSURE, "found, but not confirmed");
}

/* ---- transactions ---- */

enum err
pg_tx_run(struct pg_tx *t, const struct pg_call *q, PGresult **ret, struct why *why)
{
	enum err e = ERR_NONE;
	PGresult *r = t->c->c ? pg_exec(t->c, q, !t->db->st->options.pooler, t->until) : NULL;
	if (!r) {
		t->gone = true;
		return fail(why, ERR_BUSY, "the database did not answer");
	}
	enum answer a = understand(t->c, r, &e, why);
	t->gone = t->gone || a == ANSWER_GONE || a == ANSWER_AGAIN;
	if (ret && a == ANSWER_OK)
		*ret = TAKE(r);
	PQclear(r);
	return e;
}

/* Did it commit? Only on the timeline that it was made on: elsewhere its number may be another's. ERR_UNSURE:
 * nobody can say. */
static enum err
look_up(struct storage *st, const char *xid, uint32_t timeline, bool *committed, struct why *why)
{
	struct pg *db = st->rows;
	struct pg_call q = {.sql = "SELECT pg_xact_status($1::xid8)"};
	arg_text(&q, xid);
	for (int tries = 0; tries < 20; tries++) {
		RESULT *r = NULL;
		if (pg_query(st, &q, &r, why) != ERR_NONE || atomic_load(&db->timeline) != timeline)
			break;
		if (strcmp(PQgetvalue(r, 0, 0), "in progress") != 0) {
			*committed = strcmp(PQgetvalue(r, 0, 0), "committed") == 0;
			return *committed ? pg_confirm(st, why) : ERR_NONE;
		}
		pause_before_again(tries, INT64_MAX);
	}
	return fail(why, ERR_UNSURE, "the database went away during a commit");
}

static enum err
transaction_once(struct pg_tx *t, enum err (*fn)(struct pg_tx *, void *, struct why *), void *arg,
                 char xid[static 24], bool *unsure, struct why *why)
{
	static const struct pg_call begin = {.sql = "BEGIN"}, commit = {.sql = "COMMIT"},
	                            rollback = {.sql = "ROLLBACK"},
	                            number = {.sql = "SELECT pg_current_xact_id()"};
	RESULT *r = NULL;
	struct why ignored;
	TRY(pg_tx_run(t, &begin, NULL, why));
	enum err e = fn(t, arg, why);
	if (e == ERR_NONE)
		e = pg_tx_run(t, &number, &r, why);
	if (e != ERR_NONE) {
		if (t->c->c && pg_tx_run(t, &rollback, NULL, &ignored) != ERR_NONE)
			pg_disconnect(t->c);
		return e;
	}
	snprintf(xid, 24, "%s", PQgetvalue(r, 0, 0));
	bool gone = t->gone;
	e = pg_tx_run(t, &commit, NULL, why);
	if (e == ERR_NONE && t->c->unreplicated)
		e = fail(why, ERR_UNSURE, "the standby did not confirm");
	*unsure = e != ERR_NONE && (t->gone || e == ERR_UNSURE);
	t->gone = gone;
	return e;
}

enum err
pg_transaction(struct storage *st, enum err (*fn)(struct pg_tx *t, void *arg, struct why *why), void *arg,
               struct why *why)
{
	struct pg *db = st->rows;
	int64_t reach = clock_steady_ms() + REACH_MS, outcome = clock_steady_ms() + OUTCOME_MS;
	for (int tries = 0;; tries++) {
		struct pg_tx t = {.db = db, .until = outcome};
		char xid[24] = "";
		bool unsure = false, committed = false;
		TRY(take(db, reach, &t.c, why));
		uint32_t timeline = atomic_load(&db->timeline);
		enum err e = still_there(t.c) ? ERR_NONE : pg_connect(db, t.c, reach, why);
		t.gone = e != ERR_NONE;
		if (e == ERR_NONE) {
			timeline = atomic_load(&db->timeline);
			e = transaction_once(&t, fn, arg, xid, &unsure, why);
		}
		give(db, t.c);
		db->changes += e == ERR_NONE;
		if (unsure) {
			TRY(look_up(st, xid, timeline, &committed, why));
			if (committed)
				return ERR_NONE;
		} else if (e == ERR_NONE || !t.gone) {
			return e;
		}
		if (clock_steady_ms() >= reach)
			return e;
		pause_before_again(tries, reach);
	}
}

/* A commit goes through: a message in the log is the smallest there is. */
enum err
pg_ready(struct storage *st, struct why *why)
{
	const struct pg_call q = {.sql = "SELECT pg_logical_emit_message(true, 'docket', '')"};
	return pg_change(st, &q, NULL, NULL, why);
}

/* ---- opening and closing ---- */

static char *
option(const struct pg *db, const char *name)
{
	for (const PQconninfoOption *o = db->where; o->keyword; o++) {
		if (strcmp(o->keyword, name) == 0)
			return o->val;
	}
	return NULL;
}

enum err
pg_reach(struct storage *st, const char *url, struct pg_connection **ret, struct why *why)
{
	struct pg *db = calloc(1, sizeof *db);
	if (!db)
		BUG("no memory");
	st->rows = db;
	db->st = st;
	db->wake_fd = -1;
	int32_t size = st->options.pool > 0 ? st->options.pool : 8;
	db->pool_size = size < PG_POOL_MAX ? size : PG_POOL_MAX;
	pthread_mutex_init(&db->lock, NULL);
	call_group_init(&db->claims, 4);
	call_group_init(&db->settles, 4);
	call_group_init(&db->uploads, 1); /* another would find held what this one holds */
	call_group_init(&db->held_uploads, 4);
	clock_cond_init(&db->free);
	clock_cond_init(&db->changed);
	char *said = NULL;
	db->where = PQconninfoParse(url, &said);
	PQfreemem(said); /* it may quote the password */
	if (!db->where)
		return fail(why, ERR_INVALID, "the storage URL is not one that PostgreSQL knows");
	db->hosts = option(db, "host");
	db->hostaddrs = option(db, "hostaddr");
	db->ports = option(db, "port");

	int64_t until = clock_steady_ms() + REACH_MS;
	TRY(take(db, until, ret, why));
	enum err e;
	for (int tries = 0; (e = pg_connect(db, *ret, until, why)) == ERR_BUSY && clock_steady_ms() < until;
	     tries++)
		pause_before_again(tries, until);
	return e;
}

static enum err
pg_open(struct storage *st, const char *url, struct why *why)
{
	struct pg_connection *c;
	TRY(pg_reach(st, url, &c, why));
	enum err e = pg_epoch_check(st->rows, c, clock_steady_ms() + REACH_MS, why);
	if (e == ERR_NONE)
		e = pg_migrate(st->rows, c, why);
	give(st->rows, c);
	TRY(e);
	TRY(pg_hints_start(st->rows, why));
	return pg_watch_start(st->rows, why); /* it wakes the listener, so that is there first */
}

static void
pg_close(struct storage *st)
{
	struct pg *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->stopping = true;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
	pg_watch_stop(db);
	pg_hints_stop(db); /* and what it is woken by */
	for (int i = 0; i < PG_POOL_MAX; i++)
		pg_disconnect(&db->pool[i]);
	PQconninfoFree(db->where);
	call_group_destroy(&db->claims);
	call_group_destroy(&db->settles);
	call_group_destroy(&db->uploads);
	call_group_destroy(&db->held_uploads);
	pthread_cond_destroy(&db->free);
	pthread_cond_destroy(&db->changed);
	pthread_mutex_destroy(&db->lock);
	free(db);
	st->rows = NULL;
}

static bool
pg_knows_blob(struct storage *st, const char *key)
{
	struct pg_call q = {.sql = "SELECT 1 FROM blob WHERE key = $1"};
	RESULT *r = NULL;
	struct why why;
	arg_text(&q, key);
	return pg_query(st, &q, &r, &why) != ERR_NONE || PQntuples(r) > 0;
}

const struct row_driver pg_rows = {
    .scheme = "postgresql:",
    .shared = true,
    .open = pg_open,
    .close = pg_close,
    .knows_blob = pg_knows_blob,
    .claim_wait = pg_claim_wait,
    .claim_wake = pg_claim_wake,
#define X(name, params, call) .name = pg_##name,
#include "rows.tbl.h"
#undef X
};
