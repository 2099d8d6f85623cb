/* What a service meets that shares its PostgreSQL with others: tables that are in use, statements that hang,
 * hints that get lost, papers of others that fail. Run by tools/with-servers. */
#include "clock.h"
#include "own.h"
#include "pg_store.h"
#include "pg_test_place.h"
#include "test_folder.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

/* ---- others whose papers fail ---- */

/* How many of the next `n` are this person's? */
static int
of_the_next(struct storage *st, struct uuid user, int32_t n, struct arena *mem)
{
	const struct claim *c;
	struct why why;
	size_t got;
	int theirs = 0;
	assert_int_equal(storage_claim(st, uuid_new(), n, mem, &c, &got, &why), ERR_NONE);
	assert_int_equal(got, n);
	for (size_t i = 0; i < got; i++)
		theirs += uuid_equal(c[i].user_id, user);
	return theirs;
}

/* Ten papers fail, and are tried again: by themselves, as what reads them was away, or since their owner asks
 * for it. */
static void
ten_are_tried_again(bool asked)
{
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("fair", 16 * MIB);
	const struct user *busy, *quiet;
	const struct claim *c;
	const struct job *j;
	enum job_state to;
	size_t n;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "busy@example.org", "h", "en", mem, &busy, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "quiet@example.org", "h", "en", mem, &quiet, &why),
	                 ERR_NONE);
	for (int i = 0; i < 10; i++)
		assert_int_equal(upload_paper(st, busy->id, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 10, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++) {
		enum err e = asked ? ERR_ENCRYPTED : ERR_MODEL_UNAVAILABLE;
		assert_int_equal(storage_settle_failed(st, &c[i], e, NULL, &to, &why), ERR_NONE);
		if (asked)
			assert_int_equal(storage_job_retry(st, busy->id, c[i].job_id, mem, &j, &why),
			                 ERR_NONE);
	}
	assert_int_equal(of_the_next(st, busy->id, 1, mem), 1); /* so all of them are in the order again */
	assert_int_equal(upload_paper(st, quiet->id, &why), ERR_NONE);
	assert_int_equal(of_the_next(st, quiet->id, 2, mem), 1);
	assert_int_equal(of_the_next(st, busy->id, 8, mem), 8);
	storage_close(&st);
}

static void
a_quiet_person_does_not_wait_for_what_is_tried_again(void **state)
{
	(void)state;
	ten_are_tried_again(false);
	ten_are_tried_again(true);
}

/* ---- hints ---- */

#define PICKS 20

struct picker {
	pthread_t thread;
	struct storage *st;
	atomic_int picked;
	atomic_bool stop;
};

/* As a worker does it. */
static void *
pick_jobs(void *arg)
{
	struct picker *p = arg;
	struct uuid me = uuid_new();
	while (!atomic_load(&p->stop)) {
		OWNED(arena_destroy) struct arena *mem = arena_create("picker", MIB);
		const struct claim *c;
		struct why why;
		size_t n = 0;
		if (storage_claim(p->st, me, 1, mem, &c, &n, &why) == ERR_NONE && n > 0)
			atomic_fetch_add(&p->picked, 1);
		else
			storage_claim_wait(p->st, 60000);
	}
	return NULL;
}

static void
begin_picking(struct picker *p, struct storage *st)
{
	p->st = st;
	atomic_init(&p->picked, 0);
	atomic_init(&p->stop, false);
	assert_int_equal(pthread_create(&p->thread, NULL, pick_jobs, p), 0);
}

static void
end_picking(struct picker *p)
{
	atomic_store(&p->stop, true);
	storage_claim_wake(p->st);
	pthread_join(p->thread, NULL);
}

/* How long until the other node has it? */
static int64_t
until_picked(struct picker *p, struct storage *st, struct uuid user)
{
	struct why why;
	int before = atomic_load(&p->picked);
	clock_sleep_ms(50); /* it waits by then, mostly */
	assert_int_equal(upload_paper(st, user, &why), ERR_NONE);
	int64_t begun = clock_steady_ms();
	while (atomic_load(&p->picked) == before) {
		if (clock_steady_ms() - begun > 60000)
			fail_msg("nobody takes it");
		clock_sleep_ms(1);
	}
	return clock_steady_ms() - begun;
}

static uint64_t
heard(struct storage *st)
{
	struct pg *db = st->rows;
	pthread_mutex_lock(&db->lock);
	uint64_t n = db->queue_changes;
	pthread_mutex_unlock(&db->lock);
	return n;
}

static void
wait_to_hear(struct storage *st, uint64_t more_than)
{
	for (int64_t end = clock_steady_ms() + 60000; heard(st) <= more_than; clock_sleep_ms(1)) {
		if (clock_steady_ms() > end)
			fail_msg("nothing is heard");
	}
}

/* It looks by itself each half to one and a half seconds. */
static void
a_job_of_one_node_is_taken_by_another_sooner_than_it_looks(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st[NODES] = {NULL};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("hints", MIB);
	const struct user *u;
	struct picker p;
	int64_t waited = 0;
	open_nodes(&o, st);
	assert_int_equal(storage_user_create(st[0], "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	for (int i = 0; i < NODES; i++)
		wait_to_hear(st[i], 0); /* it listens */
	begin_picking(&p, st[1]);
	for (int i = 0; i < PICKS; i++)
		waited += until_picked(&p, st[0], u->id);
	if (waited >= PICKS * 450)
		fail_msg("%d jobs were taken after %lld ms together", PICKS, (long long)waited);

	/* Cut off, it listens again, and looks for what it has not heard of. */
	uint64_t before = heard(st[1]);
	sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'", NULL,
	    0);
	(void)until_picked(&p, st[0], u->id);
	wait_to_hear(st[1], before);
	end_picking(&p);
	close_nodes(st);
}

static void
stop_telling(struct storage *st)
{
	struct pg *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->stopping = true;
	pthread_mutex_unlock(&db->lock);
	pg_hints_stop(db);
}

static void
without_hints_a_node_finds_jobs_by_looking(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st[NODES] = {NULL};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("hints", MIB);
	const struct user *u;
	struct picker p;
	open_nodes(&o, st);
	assert_int_equal(storage_user_create(st[0], "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	wait_to_hear(st[1], 0);
	stop_telling(st[0]);
	uint64_t before = heard(st[1]);
	begin_picking(&p, st[1]);
	for (int i = 0; i < 3; i++)
		(void)until_picked(&p, st[0], u->id);
	end_picking(&p);
	assert_int_equal(heard(st[1]), before);
	close_nodes(st);
}

/* ---- what hangs ---- */

struct hanging {
	pthread_t thread;
	struct storage *st;
	enum err result;
	struct why why;
};

#define HANGS "SELECT pg_sleep(600)"
static const struct pg_call hangs = {.sql = HANGS};

static void *
a_read_hangs(void *arg)
{
	struct hanging *h = arg;
	RESULT *r = NULL;
	h->result = pg_query(h->st, &hangs, &r, &h->why);
	return NULL;
}

static void *
a_change_hangs(void *arg)
{
	struct hanging *h = arg;
	h->result = pg_change(h->st, &hangs, NULL, NULL, &h->why);
	return NULL;
}

static void *
a_read_hangs_in_a_hurry(void *arg)
{
	storage_in_a_hurry();
	return a_read_hangs(arg);
}

static void
wait_for_none(const char *query)
{
	char got[16] = "";
	for (int64_t end = clock_steady_ms() + 60000;; clock_sleep_ms(50)) {
		sql(query, got, sizeof got);
		if (strcmp(got, "0") == 0)
			return;
		if (clock_steady_ms() > end)
			fail_msg("%s: %s", query, got);
	}
}

/* As a process that is stopped in the middle of it. */
static enum err
do_nothing_for_long(struct pg_tx *t, void *arg, struct why *why)
{
	static const struct pg_call change = {.sql = "CREATE TABLE left_behind (n int)"},
	                            more = {.sql = "INSERT INTO left_behind VALUES (1)"};
	char query[100];
	(void)arg;
	TRY(pg_tx_run(t, &change, NULL, why));
	snprintf(query, sizeof query, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
	         PQbackendPID(t->c->c));
	wait_for_none(query);
	return pg_tx_run(t, &more, NULL, why);
}

static void *
a_transaction_hangs(void *arg)
{
	struct hanging *h = arg;
	h->result = pg_transaction(h->st, do_nothing_for_long, NULL, &h->why);
	return NULL;
}

static void
what_hangs_is_ended_by_the_server_and_told_as_what_it_is(void **state)
{
	(void)state;
	static const struct {
		void *(*what)(void *);
		const char *says;
	} cases[] = {{a_read_hangs, "57014"},
	             {a_change_hangs, "57014"},
	             {a_read_hangs_in_a_hurry, "did not answer"},
	             {a_transaction_hangs, "25P03"}};
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("hanging", MIB);
	const struct user *u;
	struct hanging h[ARRAY_LEN(cases)];
	char query[100], got[16];
	o.pool = ARRAY_LEN(cases); /* on each connection */
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		h[i] = (struct hanging){.st = st};
		assert_int_equal(pthread_create(&h[i].thread, NULL, cases[i].what, &h[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		pthread_join(h[i].thread, NULL);
		if (h[i].result != ERR_BUSY || !strstr(h[i].why.text, cases[i].says))
			fail_msg("%zu: %s, %s", i, err_code(h[i].result), h[i].why.text);
	}
	wait_for_none("SELECT count(*) FROM pg_stat_activity WHERE query = '" HANGS "'");
	snprintf(query, sizeof query, "SELECT to_regclass('\"%s\".left_behind') IS NULL", schema);
	sql(query, got, sizeof got);
	assert_string_equal(got, "t");
	for (int i = 0; i < (int)ARRAY_LEN(cases); i++) {
		char email[32];
		snprintf(email, sizeof email, "u%d@example.org", i);
		assert_int_equal(storage_user_create(st, email, "h", "en", mem, &u, &why), ERR_NONE);
	}
	storage_close(&st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(others_pass_a_migration_that_waits),
	    cmocka_unit_test(a_migration_that_is_never_let_tells_whom_it_waits_for),
	    cmocka_unit_test(a_quiet_person_does_not_wait_for_what_is_tried_again),
	    cmocka_unit_test(a_job_of_one_node_is_taken_by_another_sooner_than_it_looks),
	    cmocka_unit_test(without_hints_a_node_finds_jobs_by_looking),
	    cmocka_unit_test(what_hangs_is_ended_by_the_server_and_told_as_what_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
