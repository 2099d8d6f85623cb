/* Migrations: storage/migrations/postgres/NNNN_*.sql, all that are missing in one transaction, while others
 * use the database.
 *
 * Who changes a table waits until nobody uses it, and whoever comes after that waits behind them: somebody
 * else's long transaction would stop the service. So a lock is waited for a moment only. Then all is taken
 * back to a savepoint, which lets go of what was locked; the others pass, and it is tried again. */
#include "pg_store.h"

#include "clock.h"
#include "migrations.h"
#include "own.h"

#include <poll.h>

/* One wait for a lock: less than the second after which who is in a hurry takes the database for away. */
#define LOCK_MS 400
/* An autovacuum gives way to who has waited for its table for a second (deadlock_timeout), and no earlier. */
#define VACUUM_MS     2000
#define LOOK_AFTER_MS 200 /* into a wait for a lock: what for? */
#define PATIENCE_MS   300000
#define WORK_MS       600000 /* one migration, with all that it does */

struct migrator {
	struct pg *db;
	struct pg_connection *c, eyes; /* a connection that waits for a lock cannot tell what for */
	int64_t backend;               /* ours, once it may have to wait */
	bool vacuum;                   /* it was one that was in the way last */
	char in_the_way[128];          /* sessions */
};

static void
close_eyes(struct migrator *m)
{
	pg_disconnect(&m->eyes);
}

static void
look_who_is_in_the_way(struct migrator *m)
{
	struct pg_call q = {
	    .sql = "SELECT string_agg(CASE WHEN pid = 0 THEN 'a prepared transaction' ELSE pid || ' (' ||"
	           " concat_ws(', ', nullif(application_name, ''), nullif(backend_type, 'client backend'),"
	           " state, 'begun ' || extract(epoch FROM clock_timestamp() - xact_start)::int || ' s ago')"
	           " || ')' END, ', '), coalesce(bool_or(backend_type = 'autovacuum worker'), false)::int"
	           " FROM (SELECT DISTINCT unnest(pg_blocking_pids($1)) AS pid LIMIT 2) b"
	           " LEFT JOIN pg_stat_activity USING (pid)"};
	struct why why;
	int64_t until = clock_steady_ms() + 5 * LOCK_MS;
	if (!pg_connected(&m->eyes) && pg_connect(m->db, &m->eyes, until, &why) != ERR_NONE)
		return;
	arg_int(&q, m->backend);
	RESULT *r = pg_exec(&m->eyes, &q, false, until);
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQgetisnull(r, 0, 0))
		return; /* or nobody is */
	snprintf(m->in_the_way, sizeof m->in_the_way, "%s", PQgetvalue(r, 0, 0));
	m->vacuum = col_int(r, 0, 1) != 0;
}

/* ERR_BUSY: others hold what it needs. */
static enum err
run_sql(struct migrator *m, const char *sql, PGresult **ret, const char *what, struct why *why)
{
	RESULT *r = NULL;
	if (PQsendQuery(m->c->c, sql)) {
		struct pollfd p = {.fd = PQsocket(m->c->c), .events = POLLIN};
		if (m->backend && poll(&p, 1, LOOK_AFTER_MS) == 0)
			look_who_is_in_the_way(m);
		r = pg_answer(m->c, clock_steady_ms() + WORK_MS);
	}
	ExecStatusType s = PQresultStatus(r);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
		const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
		if (state && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0))
			return fail(why, ERR_BUSY, "%s: the database is in use: %s", what,
			            m->in_the_way[0] ? m->in_the_way : "by whom is not known");
		return fail(why, ERR_SCHEMA, "%s: %.180s", what, PQerrorMessage(m->c->c));
	}
	if (ret)
		*ret = TAKE(r);
	return ERR_NONE;
}

static int
newest_version(void)
{
	int newest = 0;
	for (const struct migration *m = postgres_migrations; m->sql; m++)
		newest = m->version;
	return newest;
}

static int64_t
migration_patience(const struct migrator *m)
{
	int64_t given = m->db->st->options.migrate_ms;
	return given > 0 ? given : PATIENCE_MS;
}

static enum err
migrate_once(struct migrator *m, int from, int version, struct why *why)
{
	char sql[128];
	snprintf(sql, sizeof sql, "SET LOCAL lock_timeout = %d", m->vacuum ? VACUUM_MS : LOCK_MS);
	m->vacuum = false;
	TRY(run_sql(m, sql, NULL, "a limit for locks", why));
	for (const struct migration *one = postgres_migrations; one->sql; one++) {
		if (one->version > from && one->version <= version)
			TRY(run_sql(m, one->sql, NULL, one->name, why));
	}
	snprintf(sql, sizeof sql, "DELETE FROM docket_version; INSERT INTO docket_version VALUES (%d)",
	         version);
	return run_sql(m, sql, NULL, "marking the schema's version", why);
}

static enum err
migrate_when_let(struct migrator *m, int from, int version, struct why *why)
{
	int64_t until = clock_steady_ms() + migration_patience(m);
	TRY(run_sql(m, "SAVEPOINT before", NULL, "a savepoint", why));
	for (int tries = 0;; tries++) {
		enum err e = migrate_once(m, from, version, why);
		if (e != ERR_BUSY || clock_steady_ms() >= until)
			return e;
		struct why ignored;
		if (run_sql(m, "ROLLBACK TO before", NULL, "a savepoint", &ignored) != ERR_NONE)
			return e;
		int64_t most = 400LL << (tries < 3 ? tries : 3);
		clock_sleep_ms(200 + (int64_t)random_below((uint64_t)most));
	}
}

/* One node at a time, however many start at once. The others wait for that with nothing in their hands. */
static enum err
wait_for_turn(struct migrator *m, int *version, struct why *why)
{
	RESULT *r = NULL;
	char sql[400];
	TRY(run_sql(m, "SELECT pg_backend_pid()", &r, "reading the schema's version", why));
	m->backend = col_int(r, 0, 0);
	pg_result_free(&r);
	snprintf(sql, sizeof sql,
	         "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = %lld;"
	         " SELECT pg_advisory_xact_lock(7165128319);"
	         " CREATE TABLE IF NOT EXISTS docket_version (version integer NOT NULL);"
	         " SELECT coalesce(max(version), 0) FROM docket_version",
	         (long long)migration_patience(m));
	TRY(run_sql(m, sql, &r, "reading the schema's version", why));
	*version = (int)col_int(r, 0, 0);
	return ERR_NONE;
}

enum err
pg_migrate_to(struct pg *db, struct pg_connection *c, int version, int *ret, struct why *why)
{
	OWNED(close_eyes) struct migrator m = {.db = db, .c = c};
	int newest = newest_version(), from;
	version = version ? version : newest;
	TRY(wait_for_turn(&m, &from, why));
	if (from > newest || version > newest)
		return fail(why, ERR_SCHEMA, "the database is of version %d, this program knows %d",
		            from > newest ? from : version, newest);
	*ret = from > version ? from : version;
	return from >= version ? ERR_NONE : migrate_when_let(&m, from, version, why);
}

static enum err
migrate(struct pg *db, struct pg_connection *c, struct why *why)
{
	struct migrator m = {.db = db, .c = c};
	int version;
	TRY(run_sql(&m, "BEGIN", NULL, "a transaction", why));
	TRY(pg_migrate_to(db, c, 0, &version, why));
	return run_sql(&m, "COMMIT", NULL, "marking the schema's version", why);
}

/* Most starts find all done, and need no lock for that. */
static bool
up_to_date(struct pg *db, struct pg_connection *c)
{
	struct migrator m = {.db = db, .c = c};
	RESULT *r = NULL;
	struct why why;
	return run_sql(&m, "SELECT version FROM docket_version", &r, "", &why) == ERR_NONE &&
	       PQntuples(r) == 1 && col_int(r, 0, 0) == newest_version();
}

enum err
pg_migrate(struct pg *db, struct pg_connection *c, struct why *why)
{
	if (up_to_date(db, c))
		return ERR_NONE;
	enum err e = migrate(db, c, why);
	if (e != ERR_NONE)
		pg_disconnect(c); /* and with it the transaction */
	return e;
}
