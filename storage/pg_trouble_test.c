/* What a service meets that shares its PostgreSQL with others: tables that are in use, statements that hang,
 * hints that get lost, papers of others that fail. Run by tools/with-servers. */
#include "clock.h"
#include "own.h"
#include "pg_store.h"
#include "test_folder.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A statement of the test's own, outside the driver. The first value of the first row, or "". */
static void
sql(const char *text, char *ret, size_t n)
{
	PGconn *c = PQconnectdb(getenv("TEST_PG_URL"));
	PGresult *r = PQexec(c, text);
	ExecStatusType s = PQresultStatus(r);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK)
		BUG("%s: %s", text, PQerrorMessage(c));
	if (ret)
		snprintf(ret, n, "%s", s == PGRES_TUPLES_OK && PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	PQfinish(c);
}

static char schema[32]; /* of the place that was made last */

static struct storage_options
options(void)
{
	static char urls[2][4200];
	char dir[TEST_FOLDER_LEN], create[100];
	const char *server = getenv("TEST_PG_URL");
	if (!server)
		BUG("run me by tools/with-servers");
	test_folder(dir);
	snprintf(schema, sizeof schema, "t%s", strrchr(dir, '/') + 1);
	snprintf(create, sizeof create, "CREATE SCHEMA \"%s\"", schema);
	sql(create, NULL, 0);
	snprintf(urls[0], sizeof urls[0], "%s%coptions=-csearch_path%%3D%%22%s%%22", server,
	         strchr(server, '?') ? '&' : '?', schema);
	snprintf(urls[1], sizeof urls[1], "file:%s/blobs", dir);
	return (struct storage_options){.storage_url = urls[0],
	                                .blobs_url = urls[1],
	                                .lease_ms = 30000,
	                                .job_deadline_ms = 60000,
	                                .max_attempts = 3,
	                                .max_crashes = 2,
	                                .max_queued_per_user = 100};
}

#define NODES 2

/* ---- a schema that moves on while it is in use ---- */

#define BEFORE 23 /* what comes after it changes the table `room` */

/* A place as a program of the version before has left it. */
static struct storage_options
options_before(void)
{
	struct storage_options o = options();
	struct storage *st = calloc(1, sizeof *st);
	struct pg_connection *c = NULL;
	struct why why;
	int version = 0;
	assert_non_null(st);
	st->options = o;
	st->row_driver = &pg_rows;
	assert_int_equal(pg_reach(st, o.storage_url, &c, &why), ERR_NONE);
	PQclear(PQexec(c->c, "BEGIN"));
	assert_int_equal(pg_migrate_to(st->rows, c, BEFORE, &version, &why), ERR_NONE);
	assert_int_equal(version, BEFORE);
	PQclear(PQexec(c->c, "COMMIT"));
	storage_close(&st);
	return o;
}

static int
schema_version(void)
{
	char query[100], got[16];
	snprintf(query, sizeof query, "SELECT version FROM \"%s\".docket_version", schema);
	sql(query, got, sizeof got);
	return (int)strtol(got, NULL, 10);
}

/* Somebody reads the table, in a transaction that does not end. */
static PGconn *
hold_room(void)
{
	char query[160];
	PGconn *holder = PQconnectdb(getenv("TEST_PG_URL"));
	snprintf(query, sizeof query,
	         "SET application_name = 'a long report'; BEGIN; SELECT count(*) FROM \"%s\".room", schema);
	PQclear(PQexec(holder, query));
	return holder;
}

struct opening {
	pthread_t thread;
	const struct storage_options *o;
	struct storage *st;
	enum err result;
};

static void *
open_one(void *arg)
{
	struct opening *o = arg;
	struct why why;
	o->result = storage_open(o->o, &o->st, &why);
	return NULL;
}

static void
others_pass_a_migration_that_waits(void **state)
{
	(void)state;
	struct storage_options o = options_before();
	struct opening nodes[NODES];
	char waits[200], read_it[200], got[16];
	PGconn *holder = hold_room();
	for (int i = 0; i < NODES; i++) {
		nodes[i] = (struct opening){.o = &o};
		assert_int_equal(pthread_create(&nodes[i].thread, NULL, open_one, &nodes[i]), 0);
	}
	snprintf(waits, sizeof waits,
	         "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '\"%s\".room'::regclass",
	         schema);
	snprintf(read_it, sizeof read_it, "SET lock_timeout = '30s'; SELECT count(*) FROM \"%s\".room",
	         schema);
	for (int i = 0; i < 3; i++) {
		int64_t end = clock_steady_ms() + 60000;
		for (got[0] = '0'; got[0] == '0'; clock_sleep_ms(10)) {
			if (clock_steady_ms() > end)
				fail_msg("no migration waits");
			sql(waits, got, sizeof got);
		}
		sql(read_it, NULL, 0);
		assert_int_equal(schema_version(), BEFORE);
	}
	PQfinish(holder);
	for (int i = 0; i < NODES; i++) {
		pthread_join(nodes[i].thread, NULL);
		assert_int_equal(nodes[i].result, ERR_NONE);
		storage_close(&nodes[i].st);
	}
	assert_true(schema_version() > BEFORE);
}

static void
a_migration_that_is_never_let_tells_whom_it_waits_for(void **state)
{
	(void)state;
	struct storage_options o = options_before();
	struct storage *st = NULL;
	struct why why;
	char pid[16];
	PGconn *holder = hold_room();
	o.migrate_ms = 4000; /* several tries */
	assert_int_equal(storage_open(&o, &st, &why), ERR_BUSY);
	snprintf(pid, sizeof pid, "%d", PQbackendPID(holder));
	if (!strstr(why.text, pid) || !strstr(why.text, "a long report, idle in transaction, begun "))
		fail_msg("%s", why.text);
	assert_int_equal(schema_version(), BEFORE);
	PQfinish(holder);
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	storage_close(&st);
	assert_true(schema_version() > BEFORE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(others_pass_a_migration_that_waits),
	    cmocka_unit_test(a_migration_that_is_never_let_tells_whom_it_waits_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
