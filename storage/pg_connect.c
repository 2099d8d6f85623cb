/* Reaching the primary, and asking it one thing at a time, all with a time limit of our own: a host
 * that has stopped still acknowledges TCP, so nothing here waits inside libpq.
 *
 * With several hosts in the URL libpq would take the first that says it takes writes, and an old primary
 * that came back after a failover says so too. A promotion starts a new timeline, so we ask each host
 * for its timeline, take the newest, and never go back to an older one. pg_watch.c notices when there is a
 * newer one; what waits for an answer of the old primary then gives up. */
#include "pg_store.h"

#include "clock.h"
#include "own.h"

#include <errno.h>
#include <poll.h>

#define CONNECT_MS 2000
#define KNOWN_MS   1000 /* for the host that was the primary last: others may be by now */
#define LOOK_UP_MS 200
/* Less than whoever has time waits for an answer, so that it tells what was wrong. */
#define STATEMENT_MS "9000"
#define HOSTS_MAX    16

/* Wait until the socket can be read (or written). False: time is up, or the primary has been followed by
 * another meanwhile, and this one's answer counts for nothing. */
static bool
wait_socket(const struct pg_connection *c, short events, int64_t until)
{
	for (;;) {
		int64_t left = until - clock_steady_ms();
		struct pollfd p = {.fd = PQsocket(c->c), .events = events};
		if (p.fd < 0 || left <= 0 || (c->newest && c->timeline < atomic_load(c->newest)))
			return false;
		int n = poll(&p, 1, left < LOOK_UP_MS ? (int)left : LOOK_UP_MS);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

PGresult *
pg_answer(struct pg_connection *c, int64_t until)
{
	PGresult *last = NULL;
	for (int unsent; (unsent = PQflush(c->c)) != 0;) {
		if (unsent < 0 || !wait_socket(c, POLLIN | POLLOUT, until) || !PQconsumeInput(c->c))
			return NULL;
	}
	for (;;) {
		while (PQisBusy(c->c)) {
			if (!wait_socket(c, POLLIN, until) || !PQconsumeInput(c->c))
				goto broken;
		}
		PGresult *r = PQgetResult(c->c);
		if (!r)
			return last;
		PQclear(last);
		last = r;
		if (PQstatus(c->c) != CONNECTION_OK)
			goto broken;
	}
broken:
	/* What the server said last tells more than a closed socket does. */
	return last && PQresultStatus(last) == PGRES_FATAL_ERROR ? last : (PQclear(last), NULL);
}

/* False: the server refused it (`*said`), or there is no room for one more. */
static bool
prepare(struct pg_connection *c, const struct pg_call *q, char name[static 16], PGresult **said,
        int64_t until)
{
	for (int i = 0; i < c->n_prepared; i++) {
		if (c->prepared[i] == q->sql) {
			snprintf(name, 16, "s%d", i);
			return true;
		}
	}
	if (c->n_prepared == PG_STATEMENTS)
		return false;
	snprintf(name, 16, "s%d", c->n_prepared);
	RESULT *r = PQsendPrepare(c->c, name, q->sql, q->n, NULL) ? pg_answer(c, until) : NULL;
	if (!r || PQresultStatus(r) != PGRES_COMMAND_OK) {
		*said = TAKE(r);
		return false;
	}
	c->prepared[c->n_prepared++] = q->sql;
	return true;
}

PGresult *
pg_exec(struct pg_connection *c, const struct pg_call *q, bool keep, int64_t until)
{
	char name[16];
	PGresult *r = NULL;
	RESULT *said = NULL;
	c->unreplicated = false;
	if (!keep || q->once) {
		if (PQsendQueryParams(c->c, q->sql, q->n, NULL, q->values, q->lengths, q->formats, 0))
			r = pg_answer(c, until);
	} else if (prepare(c, q, name, &said, until)) {
		if (PQsendQueryPrepared(c->c, name, q->n, q->values, q->lengths, q->formats, 0))
			r = pg_answer(c, until);
	} else if (PQstatus(c->c) == CONNECTION_OK) {
		/* Plainly: where the statement was refused, for what the server has to say. */
		return pg_exec(c, q, false, until);
	} else {
		r = TAKE(said); /* on leaving */
	}
	if (!r)
		pg_disconnect(c);
	return r;
}

void
pg_disconnect(struct pg_connection *c)
{
	PQfinish(c->c);
	c->c = NULL;
	c->n_prepared = 0;
	c->newest = NULL;
}

bool
pg_connected(const struct pg_connection *c)
{
	return c->c && PQstatus(c->c) == CONNECTION_OK &&
	       (!c->newest || c->timeline >= atomic_load(c->newest));
}

/* ---- connecting ---- */

/* "canceling wait for synchronous replication": the change is here and not on the standby. */
static void
on_notice(void *arg, const PGresult *r)
{
	struct pg_connection *c = arg;
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (state && severity && strcmp(state, "01000") == 0 && strcmp(severity, "WARNING") == 0)
		c->unreplicated = true;
}

/* The i-th of a list with commas; the last one serves for all that follow, as in libpq. */
static const char *
pick(const char *list, int i, char ret[static 256])
{
	ret[0] = '\0';
	if (!list)
		return NULL;
	const char *s = list;
	for (const char *comma; i > 0 && (comma = strchr(s, ',')); i--)
		s = comma + 1;
	size_t n = strcspn(s, ",");
	snprintf(ret, 256, "%.*s", (int)n, s);
	return ret[0] ? ret : NULL;
}

int
pg_hosts(const struct pg *db)
{
	const char *list = db->hosts ? db->hosts : db->hostaddrs;
	int n = 1;
	for (; list && *list; list++)
		n += *list == ',';
	return n < HOSTS_MAX ? n : HOSTS_MAX;
}

/* `attrs`: "read-write", or "any". */
static enum err
connect_one(const struct pg *db, int host, const char *attrs, struct pg_connection *c, int64_t until,
            struct why *why)
{
	const char *names[64], *values[64];
	char host_text[256], addr_text[256], port_text[256];
	int n = 0;
	for (const PQconninfoOption *o = db->where; o->keyword && n < 48; o++) {
		if (o->val && strcmp(o->keyword, "host") != 0 && strcmp(o->keyword, "hostaddr") != 0 &&
		    strcmp(o->keyword, "port") != 0 && strcmp(o->keyword, "target_session_attrs") != 0) {
			names[n] = o->keyword;
			values[n++] = o->val;
		}
	}
	const struct {
		const char *name, *value;
	} ours[] = {{"host", pick(db->hosts, host, host_text)},
	            {"hostaddr", pick(db->hostaddrs, host, addr_text)},
	            {"port", pick(db->ports, host, port_text)},
	            {"target_session_attrs", attrs},
	            {"fallback_application_name", "docket"},
	            {"tcp_user_timeout", "5000"},
	            {"keepalives_idle", "5"},
	            {"keepalives_interval", "2"},
	            {"keepalives_count", "2"}};
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		if (ours[i].value) {
			names[n] = ours[i].name;
			values[n++] = ours[i].value;
		}
	}
	names[n] = values[n] = NULL;
	c->c = PQconnectStartParams(names, values, 0);
	if (!c->c)
		BUG("no memory");
	for (PostgresPollingStatusType s = PGRES_POLLING_WRITING; s != PGRES_POLLING_OK;) {
		if (PQstatus(c->c) == CONNECTION_BAD || s == PGRES_POLLING_FAILED ||
		    !wait_socket(c, s == PGRES_POLLING_READING ? POLLIN : POLLOUT, until)) {
			const char *said = PQerrorMessage(c->c);
			size_t len = strcspn(said, "\n");
			enum err e = fail(why, ERR_BUSY, "the database: %.*s", len ? (int)len : 9,
			                  len ? said : "no answer");
			pg_disconnect(c);
			return e;
		}
		s = PQconnectPoll(c->c);
	}
	PQsetnonblocking(c->c, 1);
	PQsetNoticeReceiver(c->c, on_notice, c);
	return ERR_NONE;
}

enum err
pg_connect_host(const struct pg *db, int host, struct pg_connection *c, int64_t until, struct why *why)
{
	return connect_one(db, host, "any", c, until, why);
}

#define TIMELINE                                           \
	"SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE" \
	" ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END"

static enum err
ask_timeline(struct pg_connection *c, const char *sql, uint32_t *ret, int64_t until, struct why *why)
{
	RESULT *r = PQsendQuery(c->c, sql) ? pg_answer(c, until) : NULL;
	if (!r || PQresultStatus(r) != PGRES_TUPLES_OK) {
		enum err e = fail(why, ERR_BUSY, "the database: %.180s", PQerrorMessage(c->c));
		pg_disconnect(c);
		return e;
	}
	*ret = (uint32_t)col_int(r, 0, 0);
	return ERR_NONE;
}

enum err
pg_timeline(struct pg_connection *c, uint32_t *ret, int64_t until, struct why *why)
{
	return ask_timeline(c, TIMELINE, ret, until, why);
}

/* To one host, if it is a primary: with session settings (none may stay behind in a pooler) and timeline. */
static enum err
connect_to(const struct pg *db, int host, struct pg_connection *c, int64_t until, struct why *why)
{
	static const char sets[] =
	    "SET statement_timeout = " STATEMENT_MS
	    "; SET idle_in_transaction_session_timeout = 10000; SET lock_timeout = 8000;"
	    " SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
	    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; " TIMELINE;
	TRY(connect_one(db, host, "read-write", c, until, why));
	return ask_timeline(c, db->st->options.pooler ? TIMELINE : sets, &c->timeline, until, why);
}

/* Not one that has been followed by another: it may not know that yet, and take what would be lost. */
static enum err
connect_if_newest(struct pg *db, int host, struct pg_connection *c, int64_t until, struct why *why)
{
	TRY(connect_to(db, host, c, until, why));
	if (c->timeline < atomic_load(&db->timeline)) {
		pg_disconnect(c);
		return fail(why, ERR_BUSY, "the database: only a primary of an older timeline answers");
	}
	return ERR_NONE;
}

/* The one with the newest timeline of all. One that is newer than what we know need not be compared. */
static enum err
find_primary(struct pg *db, struct pg_connection *c, int64_t until, struct why *why)
{
	enum err e = ERR_BUSY;
	uint32_t known = atomic_load(&db->timeline);
	int n = pg_hosts(db), last = atomic_load(&db->host);
	for (int i = 1; i <= n && (e != ERR_NONE || known == 0 || c->timeline == known); i++) {
		struct pg_connection one = {0};
		int host = (last + i) % n; /* the one that was it last comes last */
		int64_t mine = clock_steady_ms() + (known != 0 && host == last ? KNOWN_MS : CONNECT_MS);
		if (connect_if_newest(db, host, &one, until < mine ? until : mine, why) != ERR_NONE)
			continue;
		if (e == ERR_NONE && one.timeline <= c->timeline) {
			pg_disconnect(&one);
			continue;
		}
		pg_disconnect(c);
		c->c = one.c;
		c->timeline = one.timeline;
		PQsetNoticeReceiver(c->c, on_notice, c);
		atomic_store(&db->host, host);
		e = ERR_NONE;
	}
	return e;
}

enum err
pg_connect(struct pg *db, struct pg_connection *c, int64_t until, struct why *why)
{
	uint32_t known = atomic_load(&db->timeline);
	int64_t mine = clock_steady_ms() + (pg_hosts(db) == 1 ? CONNECT_MS : KNOWN_MS);
	enum err e = ERR_BUSY;
	pg_disconnect(c);
	if (known != 0 || pg_hosts(db) == 1)
		e = connect_if_newest(db, atomic_load(&db->host), c, until < mine ? until : mine, why);
	if (e != ERR_NONE && pg_hosts(db) > 1)
		e = find_primary(db, c, until, why);
	TRY(e);
	pg_saw_timeline(db, c->timeline);
	c->newest = &db->timeline;
	return ERR_NONE;
}

void
pg_saw_timeline(struct pg *db, uint32_t timeline)
{
	uint32_t known = atomic_load(&db->timeline);
	while (timeline > known && !atomic_compare_exchange_weak(&db->timeline, &known, timeline))
		;
}
