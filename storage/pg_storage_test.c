/* The conformance suite on PostgreSQL, and what only this driver promises. Run by tools/with-servers. */
#include "storage_conformance.h"

#include "conformance_world.h"
#include "moving.h"

#include "audit.h"
#include "clock.h"
#include "own.h"
#include "pg_store.h"
#include "pg_test_place.h"
#include "test_folder.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

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

static struct storage_options
options(void)
{
	struct storage_options o = {.lease_ms = 30000,
	                            .job_deadline_ms = 60000,
	                            .max_attempts = 3,
	                            .max_crashes = 2,
	                            .max_queued_per_user = 100};
	make_place(&o.storage_url, &o.blobs_url);
	return o;
}

static void
a_quiet_person_does_not_wait_for_a_busy_one(void **state)
{
	(void)state;
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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

/* An entry has its number before its transaction commits, and may be seen later than those behind it. Who
 * looks after the queue waits for nobody else who ties; a proof does. */
static void
a_late_entry_of_the_audit_is_tied_behind_those_that_overtook_it(void **state)
{
	(void)state;
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct storage_options o = options();
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

/* ---- what nobody may have to go through ---- */

/* A row that goes is looked for in all tables that may name it: by an index, or by reading them whole. */
static void
every_reference_has_an_index(void **state)
{
	(void)state;
	struct storage_options o = options();
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
	struct storage_options o = options();
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
	struct world world = {.options = options(), .worker = uuid_new()}, *w = &world;
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
	struct world world = {.options = options(), .worker = uuid_new()}, *w = &world;
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

/* ---- from SQLite to here ---- */

static struct storage_options
embedded_options(void)
{
	static char urls[2][4200];
	char dir[TEST_FOLDER_LEN];
	test_folder(dir);
	struct storage_options o = options();
	snprintf(urls[0], sizeof urls[0], "sqlite:%s/docket.db", dir);
	snprintf(urls[1], sizeof urls[1], "file:%s/blobs", dir);
	o.storage_url = urls[0];
	o.blobs_url = urls[1];
	return o;
}

static void
furnish_embedded(struct world *w)
{
	const struct user *u;
	*w = (struct world){.options = embedded_options(), .worker = uuid_new()};
	w->mem = arena_create("moving", 64 * MIB);
	OK(storage_open(&w->options, &w->st, &w->why));
	OK(storage_user_create(w->st, "Ann@Example.org", "hash-a", "en", w->mem, &u, &w->why));
	w->ann = u->id;
	OK(storage_user_create(w->st, "bob@example.org", "hash-b", "ru", w->mem, &u, &w->why));
	w->bob = u->id;
	furnish(w);
}

static void
die_at(void *arg, const char *what, int64_t done, int64_t of)
{
	int *left = arg;
	(void)what, (void)done, (void)of;
	if (--*left < 0)
		raise(SIGKILL);
}

/* kill -9 at the first step, then at the second, and so on, each going on from what the one before left. */
static void
a_copy_that_is_killed_anywhere_goes_on_to_the_same_papers(void **state)
{
	(void)state;
	struct world world, *w = &world;
	struct storage_options to = options();
	struct moved m;
	int killed = 0;
	furnish_embedded(w);
	assert_int_equal(storage_copy(&w->options, &to, NULL, &m, &w->why), ERR_CONFLICT); /* it runs */
	storage_close(&w->st);
	for (int status = -1; status != 0; killed++) {
		pid_t pid = fork();
		if (pid == 0) {
			int left = killed;
			const struct moving_watch watch = {die_at, &left};
			_exit(storage_copy(&w->options, &to, &watch, &m, &w->why) != ERR_NONE);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	}
	assert_true(killed > 20);
	OK(storage_copy(&w->options, &to, NULL, &m, &w->why)); /* the end was not heard of: it is looked up */
	assert_int_equal(m.already, m.blobs);
	OK(storage_open(&to, &w->st, &w->why));
	expect_furnished(w);
	storage_close(&w->st);
	/* it has lived on: nothing of ours goes over it any more */
	assert_int_equal(storage_copy(&w->options, &to, NULL, &m, &w->why), ERR_CONFLICT);
	assert_non_null(strstr(w->why.text, "rows of its own"));
	arena_destroy(&w->mem);
}

static void
files_may_stay_where_they_are(void **state)
{
	(void)state;
	struct world world, *w = &world;
	struct storage_options to = options();
	struct moved m;
	furnish_embedded(w);
	storage_close(&w->st);
	to.blobs_url = w->options.blobs_url;
	OK(storage_copy(&w->options, &to, NULL, &m, &w->why));
	assert_int_equal(m.already, 9);
	OK(storage_open(&to, &w->st, &w->why));
	expect_furnished(w);
	storage_close(&w->st);
	arena_destroy(&w->mem);
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
	    cmocka_unit_test(a_quiet_person_does_not_wait_for_a_busy_one),
	    cmocka_unit_test(who_uploads_many_at_once_has_them_stand_apart),
	    cmocka_unit_test(who_uploads_to_several_nodes_at_once_passes_no_limit_by),
	    cmocka_unit_test(what_a_person_keeps_is_summed_up_from_few_rows),
	    cmocka_unit_test(documents_of_many_people_may_come_at_once),
	    cmocka_unit_test(an_upload_that_is_refused_is_not_held_against_the_others),
	    cmocka_unit_test(nodes_of_the_versions_before_go_on),
	    cmocka_unit_test(what_is_refused_of_one_is_not_held_against_the_others),
	    cmocka_unit_test(virtual_time_runs_on_though_nobody_waits),
	    cmocka_unit_test(more_statements_than_are_kept_prepared_run_all_the_same),
	    cmocka_unit_test(what_was_left_behind_is_brought_forward),
	    cmocka_unit_test(a_job_that_its_dead_worker_has_locked_is_not_forgotten),
	    cmocka_unit_test(a_late_entry_of_the_audit_is_tied_behind_those_that_overtook_it),
	    cmocka_unit_test(cut_connections_are_made_again),
	    cmocka_unit_test(a_database_that_seemed_away_is_asked_at_once),
	    cmocka_unit_test(every_reference_has_an_index),
	    cmocka_unit_test(what_was_tied_is_looked_at_once_by_who_ties_much),
	    cmocka_unit_test(a_job_is_found_among_thousands_that_are_gone),
	    cmocka_unit_test(who_leaves_is_found_without_going_through_all_papers),
	    cmocka_unit_test(a_copy_that_is_killed_anywhere_goes_on_to_the_same_papers),
	    cmocka_unit_test(files_may_stay_where_they_are),
	};
	int failed = cmocka_run_group_tests_name("PostgreSQL and S3", tests, NULL, NULL);
	databases = true;
	return failed + storage_conformance(&place);
}
