/* Many people and many nodes at once, and the order in which their papers are read. */
#include "pg_tests.h"

#include "accounts.h"
#include "clock.h"
#include "library.h"
#include "own.h"
#include "pg_test_place.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
a_quiet_person_does_not_wait_for_a_busy_one(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("fair", 16 * MIB);
	const struct user *busy, *quiet;
	const struct claim *c;
	size_t n;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "busy@example.org", "h", "en", mem, &busy, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "quiet@example.org", "h", "en", mem, &quiet, &why),
	                 ERR_NONE);
	for (int i = 0; i < 32; i++) {
		assert_int_equal(upload_paper(st, i < 30 ? busy->id : quiet->id, &why), ERR_NONE);
	}
	assert_int_equal(storage_claim(st, uuid_new(), 4, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 4);
	int of_quiet = 0;
	for (size_t i = 0; i < n; i++)
		of_quiet += uuid_equal(c[i].user_id, quiet->id);
	assert_int_equal(of_quiet, 2); /* both, behind as many of the thirty that came before them */
	storage_close(&st);
}

/* Eight results at the same time, of which one is not text that the database takes. */
#define TOGETHER 8
struct one_of_many {
	struct storage *st;
	pthread_barrier_t *all;
	const struct claim *c;
	const char *json;
	enum err result;
};

static void *
settle_one_of_many(void *arg)
{
	struct one_of_many *o = arg;
	struct why why;
	const struct result_row row = {.json = o->json,
	                               .json_len = strlen(o->json),
	                               .merchant = "a \"b\" \\ {c,NULL}",
	                               .text = "x, {y}"};
	pthread_barrier_wait(o->all);
	o->result = storage_settle_done(o->st, o->c, &row, &why);
	return NULL;
}

#define CROWD 8
struct uploader {
	pthread_t thread;
	struct storage *st;
	struct uuid user;
	enum err result;
};

static void *
upload_one(void *arg)
{
	struct uploader *o = arg;
	struct why why;
	o->result = upload_paper(o->st, o->user, &why);
	return NULL;
}

/* By several nodes, held back until each has some under way, so that they meet. How many went in? */
static int
upload_at_once(struct storage *const st[static NODES], struct uuid user, enum err refusal)
{
	struct uploader crowd[CROWD];
	char query[200], got[16] = "";
	int in = 0;
	PGconn *holder = PQconnectdb(getenv("TEST_PG_URL"));
	snprintf(query, sizeof query, "BEGIN; LOCK TABLE \"%s\".audit IN EXCLUSIVE MODE", schema);
	PQclear(PQexec(holder, query));
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct uploader){.st = st[i % NODES], .user = user};
		assert_int_equal(pthread_create(&crowd[i].thread, NULL, upload_one, &crowd[i]), 0);
	}
	while (strtol(got, NULL, 10) < NODES) {
		clock_sleep_ms(10);
		sql("SELECT count(*) FROM pg_locks WHERE NOT granted", got, sizeof got);
	}
	PQfinish(holder);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(crowd[i].thread, NULL);
		if (crowd[i].result == ERR_NONE)
			in++;
		else
			assert_int_equal(crowd[i].result, refusal);
	}
	return in;
}

/* Did those that come at once stand in one place, everybody else's next paper would wait for them all. */
static void
who_uploads_many_at_once_has_them_stand_apart(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st[NODES] = {NULL};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("crowd", MIB);
	const struct user *u;
	char query[200], got[16];
	open_nodes(&o, st);
	assert_int_equal(storage_user_create(st[0], "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	assert_int_equal(upload_at_once(st, u->id, ERR_NONE), CROWD);
	snprintf(query, sizeof query, "SELECT count(DISTINCT vtime / 1024) FROM \"%s\".job_q", schema);
	sql(query, got, sizeof got);
	assert_string_equal(got, "8");
	close_nodes(st);
}

static void
who_uploads_to_several_nodes_at_once_passes_no_limit_by(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st[NODES] = {NULL};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("crowd", MIB);
	const struct user *ann, *bob;
	struct usage used;
	o.max_documents_per_user = 5;
	open_nodes(&o, st);
	assert_int_equal(storage_user_create(st[0], "ann@example.org", "h", "en", mem, &ann, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st[0], "bob@example.org", "h", "en", mem, &bob, &why), ERR_NONE);
	assert_int_equal(upload_at_once(st, ann->id, ERR_QUOTA), 5);
	assert_int_equal(storage_user_usage(st[1], ann->id, &used, &why), ERR_NONE);
	assert_int_equal(used.documents, 5);
	close_nodes(st);
	o.max_documents_per_user = 0;
	o.max_queued_per_user = 3;
	open_nodes(&o, st);
	assert_int_equal(upload_at_once(st, bob->id, ERR_RATE_LIMITED), 3);
	close_nodes(st);
}

static void *
upload_forty(void *arg)
{
	struct uploader *o = arg;
	struct why why;
	for (int i = 0; i < 40 && o->result == ERR_NONE; i++)
		o->result = upload_paper(o->st, o->user, &why);
	return NULL;
}

/* Each paper is a change; were they never made into one, or one row changed each time, who brought many would
 * walk past all of them each time, the latter while somebody holds an old snapshot. */
static void
what_a_person_keeps_is_summed_up_from_few_rows(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st[NODES] = {NULL};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("crowd", MIB);
	struct uploader crowd[4];
	const struct user *u;
	struct usage used;
	char query[300], got[32];
	o.max_queued_per_user = 1000;
	open_nodes(&o, st);
	assert_int_equal(storage_user_create(st[0], "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		crowd[i] = (struct uploader){.st = st[i % NODES], .user = u->id};
		assert_int_equal(pthread_create(&crowd[i].thread, NULL, upload_forty, &crowd[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		pthread_join(crowd[i].thread, NULL);
		assert_int_equal(crowd[i].result, ERR_NONE);
	}
	assert_int_equal(storage_user_usage(st[1], u->id, &used, &why), ERR_NONE);
	assert_int_equal(used.documents, 160);
	assert_int_equal(used.bytes, 160);
	snprintf(
	    query, sizeof query,
	    "SET search_path = \"%s\"; SELECT (changes < 100) || ' ' || (SELECT sum(documents) FROM room)"
	    " FROM users, room_of(users.id)",
	    schema);
	sql(query, got, sizeof got);
	assert_string_equal(got, "true 160"); /* the versions before sum up all rows that they see */
	snprintf(query, sizeof query,
	         "SET search_path = \"%s\"; SELECT (max(n_tup_upd) = 0)::text FROM pg_stat_user_tables"
	         " WHERE relname = 'room'",
	         schema);
	sql(query, got, sizeof got);
	assert_string_equal(got, "true");
	close_nodes(st);
}

/* As a move does it, with everybody's documents in one statement: the server's memory has room for some
 * thousand locks. */
static void
documents_of_many_people_may_come_at_once(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	char query[700], got[16];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	snprintf(
	    query, sizeof query,
	    "SET search_path = \"%s\"; INSERT INTO users (id, email, email_folded, password_hash, locale,"
	    " created_ms) SELECT gen_random_uuid(), n, n, 'h', 'en', 1 FROM generate_series(1, 20000) n;"
	    " INSERT INTO document (id, user_id, job_id, blob_key, media_type, created_ms, size)"
	    "  SELECT gen_random_uuid(), id, gen_random_uuid(), id, 'image/png', 1, 7 FROM users;"
	    " SELECT count(*) FROM users, room_of(id) r WHERE documents = 1 AND r.bytes = 7",
	    schema);
	sql(query, got, sizeof got);
	assert_string_equal(got, "20000");
	storage_close(&st);
}

/* They stand behind the one under way, and go together then. */
static void
an_upload_that_is_refused_is_not_held_against_the_others(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("crowd", MIB);
	const struct user *ann;
	struct uploader crowd[CROWD];
	int in = 0, refused = 0;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &ann, &why), ERR_NONE);
	for (int i = 0; i < CROWD; i++) {
		/* two of somebody who is not there any more */
		crowd[i] = (struct uploader){.st = st, .user = i % 4 == 3 ? uuid_new() : ann->id};
		assert_int_equal(pthread_create(&crowd[i].thread, NULL, upload_one, &crowd[i]), 0);
	}
	for (int i = 0; i < CROWD; i++) {
		pthread_join(crowd[i].thread, NULL);
		in += crowd[i].result == ERR_NONE;
		refused += crowd[i].result == ERR_BROKEN;
	}
	assert_int_equal(in, CROWD - 2);
	assert_int_equal(refused, 2);
	storage_close(&st);
}

/* A cluster is renewed node by node: what those of the versions before call is there, and what they put in is
 * counted. */
static void
nodes_of_the_versions_before_go_on(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("before", MIB);
	const struct user *u;
	struct usage used;
	char query[800], got[64], id[UUID_TEXT_LEN], document[UUID_TEXT_LEN];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	assert_int_equal(upload_paper(st, u->id, &why), ERR_NONE);
	uuid_text(u->id, id);
	uuid_text(uuid_new(), document);
	snprintf(
	    query, sizeof query,
	    "SET search_path = \"%s\"; WITH b AS (INSERT INTO blob (key, size, sha256) VALUES ('k', 7, 'x')),"
	    " d AS (INSERT INTO document (id, user_id, job_id, blob_key, media_type, created_ms)"
	    "  SELECT '%s', '%s', '%s', 'k', 'image/png', 1 FROM room_taken('%s'::uuid) WHERE documents = 1)"
	    " SELECT documents || ' ' || bytes FROM room_taken('%s'::uuid)",
	    schema, document, id, document, id, id);
	sql(query, got, sizeof got);
	assert_string_equal(got, "1 1");
	assert_int_equal(storage_user_usage(st, u->id, &used, &why), ERR_NONE);
	assert_int_equal(used.documents, 2);
	assert_int_equal(used.bytes, 8);
	snprintf(query, sizeof query, "SELECT size FROM \"%s\".document WHERE id = '%s'", schema, document);
	sql(query, got, sizeof got);
	assert_string_equal(got, "7");
	snprintf(query, sizeof query,
	         "SET search_path = \"%s\"; SELECT waiting FROM room_taken('%s'::uuid, true, 0, 100, 0)",
	         schema, id);
	sql(query, got, sizeof got);
	assert_string_equal(got, "1");

	/* They wrote an attempt's row when they claimed: who takes the job back from them finds it there. */
	const struct claim *c;
	struct cost_report costs;
	size_t n;
	assert_int_equal(storage_claim(st, u->id, 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	uuid_text(c->job_id, document);
	snprintf(query, sizeof query,
	         "INSERT INTO \"%s\".attempt (job_id, lease, worker, started_ms) VALUES ('%s', %lld, '%s', 5)"
	         " RETURNING 1",
	         schema, document, (long long)c->lease, id);
	sql(query, got, sizeof got);
	assert_int_equal(storage_worker_gone(st, u->id, &why), ERR_NONE);
	assert_int_equal(storage_costs(st, 0, clock_wall_ms(), COST_BY_TYPE, mem, &costs, &why), ERR_NONE);
	assert_int_equal(costs.n, 1);
	assert_int_equal(costs.rows[0].attempts, 1);
	assert_int_equal(costs.rows[0].wasted, 1);
	storage_close(&st);
}

static void
what_is_refused_of_one_is_not_held_against_the_others(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("many", 16 * MIB);
	const struct user *u;
	const struct claim *c;
	size_t n;
	pthread_barrier_t all;
	pthread_t threads[TOGETHER];
	struct one_of_many one[TOGETHER];
	const struct job *again;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "u@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	for (int i = 0; i < TOGETHER; i++) {
		assert_int_equal(upload_paper(st, u->id, &why), ERR_NONE);
		if (i > 0)
			continue;
		/* One is read again: a statement of its own settles it. */
		const struct result_row row = {.json = "{}", .json_len = 2};
		assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
		assert_int_equal(storage_settle_done(st, c, &row, &why), ERR_NONE);
		assert_int_equal(
		    storage_document_reprocess(st, u->id, c->document_id, NULL, mem, &again, &why), ERR_NONE);
	}
	assert_int_equal(storage_claim(st, uuid_new(), TOGETHER, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, TOGETHER);
	pthread_barrier_init(&all, NULL, TOGETHER);
	for (int i = 0; i < TOGETHER; i++) {
		one[i] =
		    (struct one_of_many){st, &all, &c[i], i == 3 ? "\"\xff\"" : "{\"a\":\"\\\"\"}", ERR_NONE};
		assert_int_equal(pthread_create(&threads[i], NULL, settle_one_of_many, &one[i]), 0);
	}
	for (int i = 0; i < TOGETHER; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all);
	for (int i = 0; i < TOGETHER; i++) {
		const struct result *r;
		const struct document *d;
		enum err e = storage_result_get(st, u->id, c[i].job_id, mem, &r, &why);
		if (i == 3) {
			assert_int_equal(one[i].result, ERR_BROKEN);
			assert_int_equal(e, ERR_NOT_FINISHED);
			assert_false(uuid_equal(c[i].job_id, again->id));
			continue;
		}
		assert_int_equal(one[i].result, ERR_NONE);
		assert_int_equal(e, ERR_NONE);
		assert_string_equal(r->json, one[i].json);
		assert_int_equal(storage_document_get(st, u->id, c[i].document_id, mem, &d, &why), ERR_NONE);
		assert_string_equal(d->merchant, "a \"b\" \\ {c,NULL}");
	}
	storage_close(&st);
}

/* What is behind it is not looked at again: where old snapshots keep dead rows, those would be walked over.
 */
static void
virtual_time_runs_on_though_nobody_waits(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("time", MIB);
	const struct user *u;
	const struct claim *c;
	size_t n;
	char query[100], last[32];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(upload_paper(st, u->id, &why), ERR_NONE);
		assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
		assert_int_equal(n, 1);
	}
	snprintf(query, sizeof query, "SELECT last_value FROM \"%s\".queue_time", schema);
	sql(query, last, sizeof last);
	assert_string_equal(last, "5");
	storage_close(&st);
}

/* Claims look no further back than to where the order stood a moment ago: what is committed later than that,
 * or was locked when they passed, is found by the reaper. */
static void
what_was_left_behind_is_brought_forward(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("late", MIB);
	const struct user *u;
	const struct claim *c;
	size_t n;
	char query[100];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	snprintf(query, sizeof query, "SELECT setval('\"%s\".queue_time', 1000)", schema);
	sql(query, NULL, 0);
	for (int i = 0; i < 3; i++) { /* each a moment after the one before */
		assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
		clock_sleep_ms(260);
	}
	assert_int_equal(upload_paper(st, u->id, &why), ERR_NONE);
	snprintf(query, sizeof query, "UPDATE \"%s\".job_q SET vtime = 900", schema);
	sql(query, NULL, 0);
	assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	/* What its worker gives back stands before all, at once. */
	assert_int_equal(storage_release(st, c, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	storage_close(&st);
}

/* What a worker asked for last may be under way when it dies, and hold its job locked. */
static void
a_job_that_its_dead_worker_has_locked_is_not_forgotten(void **state)
{
	(void)state;
	struct storage_options o = new_place();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("locked", MIB);
	const struct user *u;
	const struct claim *c;
	size_t n;
	char query[100];
	struct uuid dead = uuid_new();
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(upload_paper(st, u->id, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, dead, 2, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 2);
	PGconn *holder = PQconnectdb(getenv("TEST_PG_URL"));
	snprintf(query, sizeof query, "BEGIN; SELECT 1 FROM \"%s\".job_q LIMIT 1 FOR UPDATE", schema);
	PQclear(PQexec(holder, query));
	assert_int_equal(storage_worker_gone(st, dead, &why), ERR_BUSY);
	assert_int_equal(storage_claim(st, uuid_new(), 2, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	PQclear(PQexec(holder, "ROLLBACK")); /* by its mere end it lets go when the server gets to it */
	PQfinish(holder);
	assert_int_equal(storage_worker_gone(st, dead, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 2, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	storage_close(&st);
}

int
pg_queue_tests(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_quiet_person_does_not_wait_for_a_busy_one),
	    cmocka_unit_test(who_uploads_many_at_once_has_them_stand_apart),
	    cmocka_unit_test(who_uploads_to_several_nodes_at_once_passes_no_limit_by),
	    cmocka_unit_test(what_a_person_keeps_is_summed_up_from_few_rows),
	    cmocka_unit_test(documents_of_many_people_may_come_at_once),
	    cmocka_unit_test(an_upload_that_is_refused_is_not_held_against_the_others),
	    cmocka_unit_test(nodes_of_the_versions_before_go_on),
	    cmocka_unit_test(what_is_refused_of_one_is_not_held_against_the_others),
	    cmocka_unit_test(virtual_time_runs_on_though_nobody_waits),
	    cmocka_unit_test(what_was_left_behind_is_brought_forward),
	    cmocka_unit_test(a_job_that_its_dead_worker_has_locked_is_not_forgotten),
	};
	return cmocka_run_group_tests_name("PostgreSQL: many at once, and the queue", tests, NULL, NULL);
}
