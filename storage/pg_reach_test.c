/* What nobody may have to go through: work that grows with what others keep, or with what is gone. */
#include "pg_tests.h"

#include "conformance_world.h"

#include "clock.h"
#include "own.h"
#include "pg_store.h"
#include "pg_test_place.h"

#include <libpq-fe.h>

/* A row that goes is looked for in all tables that may name it: by an index, or by reading them whole. */
static void
every_reference_has_an_index(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	char query[700], without[200];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	snprintf(query, sizeof query,
	         "SELECT string_agg(f.conrelid::regclass || '.' || a.attname, ', ') FROM pg_constraint f"
	         " JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]"
	         " WHERE f.contype = 'f' AND f.connamespace = '\"%s\"'::regnamespace AND NOT EXISTS"
	         " (SELECT 1 FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indkey[0] = f.conkey[1] AND"
	         " (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = format('(%%s IS NOT NULL)',"
	         " a.attname)))",
	         schema);
	sql(query, without, sizeof without);
	assert_string_equal(without, "");
	storage_close(&st);
}

/* What a connection did is told when it ends: a number that the server counted, when all have. */
static long
counted(const char *query)
{
	char got[32] = "1";
	for (int64_t end = clock_steady_ms() + 30000; strcmp(got, "0") != 0;) {
		if (clock_steady_ms() > end)
			fail_msg("%s connections are open, perhaps of a test that failed", got);
		sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'docket'", got,
		    sizeof got);
	}
	sql(query, got, sizeof got);
	return strtol(got, NULL, 10);
}

/* Of tables that hold something of each paper: how often one was read from end to end. */
static long
read_through(void)
{
	char query[500];
	snprintf(query, sizeof query,
	         "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE schemaname = '%s' AND relname IN"
	         " ('account_export', 'attempt', 'blob', 'correction', 'document', 'document_tag', 'errand',"
	         " 'idempotency', 'job', 'page', 'result', 'search')",
	         schema);
	return counted(query);
}

/* What was read of a table's rows and of its indices. */
static long
rows_read(const char *table)
{
	char query[400];
	snprintf(query, sizeof query,
	         "SELECT t.seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i"
	         " WHERE i.relid = t.relid) FROM pg_stat_user_tables t"
	         " WHERE schemaname = '%s' AND relname = '%s'",
	         schema, table);
	return counted(query);
}

#define LOOSE     6000
#define LOOKED_AT 5000 /* before what is tied: an entry may have been committed late */

static void
what_was_tied_is_looked_at_once_by_who_ties_much(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	char query[600];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	storage_close(&st);
	snprintf(query, sizeof query,
	         "SET search_path = \"%s\"; INSERT INTO audit (at_ms, action) SELECT 1, 'test' FROM"
	         " generate_series(1, %d); INSERT INTO audit_chain (place, n, hash)"
	         " SELECT row_number() OVER (ORDER BY n), n, sha256('x') FROM audit ORDER BY n LIMIT %d",
	         schema, LOOKED_AT + LOOSE, LOOKED_AT);
	sql(query, NULL, 0);
	long before = rows_read("audit_chain");
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(pg_audit_seal(st, false, &why), ERR_NONE);
	storage_close(&st);
	assert_in_range(rows_read("audit_chain") - before, 1, LOOKED_AT + LOOSE);
	snprintf(query, sizeof query, "SELECT count(*) FROM \"%s\".audit_chain", schema);
	assert_int_equal(counted(query), LOOKED_AT + LOOSE);
}

#define GONE 3000

/* While somebody holds an old snapshot, and the server has counted one row in the queue. */
static void
a_job_is_found_among_thousands_that_are_gone(void **state)
{
	struct world world = {.options = new_place(), .worker = uuid_new()}, *w = &world;
	const struct user *u;
	const struct claim *c;
	size_t n;
	char query[700];
	(void)state;
	w->mem = arena_create("gone", MIB);
	OK(storage_open(&w->options, &w->st, &w->why));
	OK(storage_user_create(w->st, "Ann@Example.org", "hash-a", "en", w->mem, &u, &w->why));
	w->ann = u->id;
	PGconn *old = PQconnectdb(getenv("TEST_PG_URL"));
	PQclear(PQexec(old, "BEGIN ISOLATION LEVEL REPEATABLE READ"));
	PQclear(PQexec(old, "SELECT count(*) FROM pg_class"));
	snprintf(query, sizeof query,
	         "SET search_path = \"%s\"; INSERT INTO job_q (job_id, user_id, vtime, run_ms, worker)"
	         " SELECT gen_random_uuid(), users.id, 0, 0, users.id FROM users, generate_series(1, %d)",
	         schema, GONE);
	sql(query, NULL, 0);
	snprintf(query, sizeof query, "DELETE FROM \"%s\".job_q", schema);
	sql(query, NULL, 0);
	struct uuid job = put_job(w, w->ann, "a")->id;
	snprintf(query, sizeof query, "ANALYZE \"%s\".job_q", schema);
	sql(query, NULL, 0);
	storage_close(&w->st);
	long before = rows_read("job_q");
	OK(storage_open(&w->options, &w->st, &w->why));
	for (int round = 0; round < 3; round++) {
		OK(storage_claim(w->st, w->worker, 1, w->mem, &c, &n, &w->why));
		assert_int_equal(n, 1);
		assert_true(uuid_equal(c->job_id, job));
		struct heartbeat beat = {.job_id = job, .lease = c->lease};
		OK(storage_heartbeat(w->st, &beat, 1, &w->why));
		assert_false(beat.lost);
		if (round < 2)
			OK(storage_release(w->st, c, &w->why));
	}
	settle(w, c, "{}");
	storage_close(&w->st);
	PQfinish(old);
	assert_in_range(rows_read("job_q") - before, 1, GONE - 1);
	arena_destroy(&w->mem);
}

static void
who_leaves_is_found_without_going_through_all_papers(void **state)
{
	struct world world = {.options = new_place(), .worker = uuid_new()}, *w = &world;
	const struct user *u;
	char query[600], statements[16];
	(void)state;
	w->mem = arena_create("leaving", 64 * MIB);
	OK(storage_open(&w->options, &w->st, &w->why));
	OK(storage_user_create(w->st, "Ann@Example.org", "hash-a", "en", w->mem, &u, &w->why));
	w->ann = u->id;
	OK(storage_user_create(w->st, "bob@example.org", "hash-b", "ru", w->mem, &u, &w->why));
	w->bob = u->id;
	furnish(w);
	storage_close(&w->st);
	snprintf(query, sizeof query,
	         "SET search_path = \"%s\"; CREATE TABLE said (n int); CREATE FUNCTION say() RETURNS trigger"
	         " LANGUAGE plpgsql AS $$ BEGIN INSERT INTO said VALUES (1); RETURN NULL; END $$;"
	         " CREATE TRIGGER say AFTER DELETE ON blob FOR EACH STATEMENT EXECUTE FUNCTION say()",
	         schema);
	sql(query, NULL, 0);
	long before = read_through();
	OK(storage_open(&w->options, &w->st, &w->why));
	OK(storage_user_erase(w->st, w->ann, &w->why));
	storage_close(&w->st);
	assert_int_equal(read_through(), before);
	snprintf(query, sizeof query, "SELECT count(*) FROM \"%s\".said", schema);
	sql(query, statements, sizeof statements);
	assert_string_equal(statements, "1"); /* for the files of all papers together */
	arena_destroy(&w->mem);
}

int
pg_reach_tests(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_reference_has_an_index),
	    cmocka_unit_test(what_was_tied_is_looked_at_once_by_who_ties_much),
	    cmocka_unit_test(a_job_is_found_among_thousands_that_are_gone),
	    cmocka_unit_test(who_leaves_is_found_without_going_through_all_papers),
	};
	return cmocka_run_group_tests_name("PostgreSQL: what nobody may have to go through", tests, NULL,
	                                   NULL);
}
