/* The conformance suite on PostgreSQL, and what only this driver promises. Run by tools/with-servers. */
#include "pg_tests.h"
#include "storage_conformance.h"

#include "audit.h"
#include "clock.h"
#include "own.h"
#include "pg_store.h"
#include "pg_test_place.h"
#include "test_folder.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Each place is a schema of its own, or in the conformance suite a database; `schema` is its name. */
static bool databases;

static const char *pooler; /* HOST:PORT, where what is tested stands behind one */

/* The database that the next one is a copy of. The first place gets its tables as any would, behind a pooler
 * by way of it. The others are copies of one that has them: half of what a place costs is to make them. */
static const char *
made_before(const char *server)
{
	static int places;
	int before = places++;
	if (before == 0)
		return "template1";
	if (before > 1)
		return "made";
	char url[4200], blobs[TEST_FOLDER_LEN], blobs_url[TEST_FOLDER_LEN + 5];
	test_folder(blobs);
	snprintf(blobs_url, sizeof blobs_url, "file:%s", blobs);
	snprintf(url, sizeof url, "%.*s/made", (int)(strrchr(server, '/') - server), server);
	sql("CREATE DATABASE made", NULL, 0);
	const struct storage_options o = {.storage_url = url, .blobs_url = blobs_url};
	struct storage *st = NULL;
	struct why why;
	if (storage_open(&o, &st, &why) != ERR_NONE)
		BUG("%s", why.text);
	storage_close(&st);
	return "made";
}

static void
make_place(const char **storage_url, const char **blobs_url)
{
	static char places[8][2][4200];
	static int made;
	char(*urls)[4200] = places[made++ % 8]; /* a test has no more at once */
	char dir[TEST_FOLDER_LEN], create[112];
	const char *server = getenv("TEST_PG_URL"), *s3 = getenv("TEST_S3_URL");
	if (!server)
		BUG("run me by tools/with-servers");
	test_folder(dir);
	snprintf(schema, sizeof schema, "t%s", strrchr(dir, '/') + 1);
	if (databases)
		snprintf(create, sizeof create, "CREATE DATABASE \"%s\" TEMPLATE %s STRATEGY file_copy",
		         schema, made_before(server));
	else
		snprintf(create, sizeof create, "CREATE SCHEMA \"%s\"", schema);
	sql(create, NULL, 0);
	if (pooler)
		snprintf(urls[0], sizeof places[0][0], "postgresql://docket@%s/%s", pooler, schema);
	else if (databases)
		snprintf(urls[0], sizeof places[0][0], "%.*s/%s", (int)(strrchr(server, '/') - server),
		         server, schema);
	else
		snprintf(urls[0], sizeof places[0][0], "%s%coptions=-csearch_path%%3D%%22%s%%22", server,
		         strchr(server, '?') ? '&' : '?', schema);
	if (s3)
		snprintf(urls[1], sizeof places[0][1], "%s&prefix=%s", s3, schema);
	else
		snprintf(urls[1], sizeof places[0][1], "file:%s/blobs", dir);
	*storage_url = urls[0];
	*blobs_url = urls[1];
}

struct storage_options
new_place(void)
{
	struct storage_options o = {.lease_ms = 30000,
	                            .job_deadline_ms = 60000,
	                            .max_attempts = 3,
	                            .max_crashes = 2,
	                            .max_queued_per_user = 100};
	make_place(&o.storage_url, &o.blobs_url);
	return o;
}

/* An entry has its number before its transaction commits, and may be seen later than those behind it. Who
 * looks after the queue waits for nobody else who ties; a proof does. */
static void
a_late_entry_of_the_audit_is_tied_behind_those_that_overtook_it(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	struct audit_proof proof;
	OWNED(arena_destroy) struct arena *mem = arena_create("tied", MIB);
	const struct user *u;
	char query[400], tied[16];
	size_t n;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
	snprintf(query, sizeof query, "SELECT setval(pg_get_serial_sequence('\"%s\".audit', 'n'), 6000)",
	         schema);
	sql(query, NULL, 0);
	for (int i = 0; i < 2100; i++) /* more than are tied at a time */
		assert_int_equal(storage_audit(st, u->id, "test.on_time", NULL, NULL, &why), ERR_NONE);
	assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
	for (int late = 6000; late > 0; late -= 5990) { /* a little late, then too late for a passing look */
		snprintf(query, sizeof query,
		         "INSERT INTO \"%s\".audit (n, at_ms, user_id, action) OVERRIDING SYSTEM VALUE"
		         " SELECT %d, at_ms, user_id, 'test.late' FROM \"%s\".audit WHERE n = 6001",
		         schema, late, schema);
		sql(query, NULL, 0);
		assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
		snprintf(query, sizeof query, "SELECT count(*) FROM \"%s\".audit_chain WHERE n = %d", schema,
		         late);
		sql(query, tied, sizeof tied);
		assert_string_equal(tied, late == 6000 ? "1" : "0");
	}
	assert_int_equal(storage_audit_verify(st, &proof, &why), ERR_NONE);
	assert_int_equal(proof.broken_n, 0);
	assert_int_equal(proof.unchained, 0);
	assert_int_equal(proof.entries, 2100 + 2 + 1); /* and her sign-up */

	PGconn *other = PQconnectdb(getenv("TEST_PG_URL"));
	PQclear(PQexec(other, "SELECT pg_advisory_lock(7165128320)"));
	assert_int_equal(storage_audit(st, u->id, "test.on_time", NULL, NULL, &why), ERR_NONE);
	assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
	PQfinish(other);
	assert_int_equal(storage_audit_verify(st, &proof, &why), ERR_NONE);
	assert_int_equal(proof.unchained, 0);
	storage_close(&st);
}

/* All connections are cut from under the driver, as by a restart. */
static void
cut_connections_are_made_again(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("cut", MIB);
	const struct user *u;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	for (int i = 0; i < 5; i++) {
		char email[32];
		snprintf(email, sizeof email, "u%d@example.org", i);
		sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> "
		    "pg_backend_pid()"
		    " AND backend_type = 'client backend'",
		    NULL, 0);
		assert_int_equal(storage_user_create(st, email, "h", "en", mem, &u, &why), ERR_NONE);
		assert_int_equal(storage_user_by_id(st, u->id, mem, &u, &why), ERR_NONE);
	}
	storage_close(&st);
}

/* A short absence must not become a longer one: until the probe has been answered all who are in a hurry are
 * refused. */
static void
a_database_that_seemed_away_is_asked_at_once(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	struct pg *db = st->rows;
	int64_t begun = clock_steady_ms();
	for (int i = 0; i < 10; i++) {
		pg_seems_away(db);
		while (atomic_load(&db->away))
			clock_sleep_ms(1);
	}
	assert_true(clock_steady_ms() - begun < 5000);
	storage_close(&st);
}

static void
more_statements_than_are_kept_prepared_run_all_the_same(void **state)
{
	(void)state;
	static char texts[PG_STATEMENTS + 20][32]; /* told apart by where they stand */
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	o.pool = 1;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	for (size_t i = 0; i < 2 * ARRAY_LEN(texts); i++) {
		size_t at = i % ARRAY_LEN(texts);
		RESULT *r = NULL;
		snprintf(texts[at], sizeof texts[at], "SELECT %zu", at);
		const struct pg_call q = {.sql = texts[at]};
		assert_int_equal(pg_query(st, &q, &r, &why), ERR_NONE);
		assert_int_equal(col_int(r, 0, 0), at);
	}
	storage_close(&st);
}

int
main(void)
{
	struct conformance_place place = {.make = make_place, .shared = true};
	pooler = getenv("TEST_PG_POOLER");
	if (pooler) {
		databases = place.pooler = true;
		return storage_conformance(&place);
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(more_statements_than_are_kept_prepared_run_all_the_same),
	    cmocka_unit_test(a_late_entry_of_the_audit_is_tied_behind_those_that_overtook_it),
	    cmocka_unit_test(cut_connections_are_made_again),
	    cmocka_unit_test(a_database_that_seemed_away_is_asked_at_once),
	};
	int failed = cmocka_run_group_tests_name("PostgreSQL and S3", tests, NULL, NULL);
	failed += pg_queue_tests() + pg_reach_tests() + pg_moving_tests();
	databases = true;
	return failed + storage_conformance(&place);
}
