/* What a change means while the primary, its standby or the line between them fails. Run by
 * tools/with-servers with a primary a and its synchronous standby b; the last test leaves b alone. */
#include "clock.h"
#include "errands.h"
#include "own.h"
#include "storage.h"
#include "test_folder.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_LEN], blobs_url[TEST_FOLDER_LEN + 8];
static struct storage_options options;
static struct storage *st;
static struct arena *mem;
static const struct user *ann;
static char url_of[2][256]; /* of a and b alone */

static void
pg_ctl(const char *which, const char *order)
{
	char program[4200], one[8], other[16];
	char *const argv[] = {program, one, other, NULL};
	pid_t pid;
	int status;
	snprintf(program, sizeof program, "%s/pg-ctl", getenv("TEST_PG_DIR"));
	snprintf(one, sizeof one, "%s", which);
	snprintf(other, sizeof other, "%s", order);
	if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid ||
	    status != 0)
		BUG("%s %s %s", program, which, order);
}

/* A statement of the test's own at a (0) or b (1): the number that it answers, -1 while nobody does. */
static int64_t
ask(int which, const char *sql)
{
	PGconn *c = PQconnectdb(url_of[which]);
	PGresult *r = PQexec(c, sql);
	int64_t n = -1;
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
		n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	PQfinish(c);
	return n;
}

static void
await(int which, const char *sql, int64_t wanted)
{
	for (int64_t end = clock_steady_ms() + 30000; ask(which, sql) != wanted; clock_sleep_ms(10)) {
		if (clock_steady_ms() > end)
			fail_msg("%s is not %lld", sql, (long long)wanted);
	}
}

#define WAITING          "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
#define ON_WAITING(what) "SELECT count(" what "(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
#define IN_SYNC          "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"

/* An upload on a thread of its own. */
struct uploading {
	pthread_t thread;
	struct upload u;
	struct blob blob;
	enum err result;
	struct why why;
	atomic_bool done;
};

static void *
upload_main(void *arg)
{
	struct uploading *x = arg;
	OWNED(arena_destroy) struct arena *own = arena_create("upload", MIB);
	const struct job *job;
	bool replayed;
	x->result = storage_upload(st, &x->u, own, &job, &replayed, &x->why);
	atomic_store(&x->done, true);
	return NULL;
}

static void
upload_begin(struct uploading *x)
{
	uint8_t key[32];
	*x = (struct uploading){.result = ERR_BROKEN};
	random_bytes(key, sizeof key);
	hex_text(key, sizeof key, x->blob.key);
	x->u = (struct upload){.user = ann->id,
	                       .job_id = uuid_new(),
	                       .document_id = uuid_new(),
	                       .blob = &x->blob,
	                       .media_type = "image/png"};
	assert_int_equal(pthread_create(&x->thread, NULL, upload_main, x), 0);
}

static void
upload_ends_well(struct uploading *x)
{
	const struct job *job;
	struct why why;
	pthread_join(x->thread, NULL);
	if (x->result != ERR_NONE)
		fail_msg("%s: %s", err_code(x->result), x->why.text);
	assert_int_equal(storage_job_get(st, ann->id, x->u.job_id, mem, &job, &why), ERR_NONE);
}

static int
set_up(void **state)
{
	struct why why;
	const char *both = getenv("TEST_PG_URL"), *first, *second;
	(void)state;
	if (!both || !(first = strstr(both, "127.0.0.1:")) || !(second = strstr(first + 1, "127.0.0.1:")))
		BUG("run me by tools/with-servers standby");
	const char *const at[] = {first, second};
	for (int i = 0; i < 2; i++)
		snprintf(url_of[i], sizeof url_of[i], "postgresql://docket@%.*s/postgres",
		         (int)strcspn(at[i], ",/"), at[i]);
	test_folder(folder);
	snprintf(blobs_url, sizeof blobs_url, "file:%s", folder);
	options = (struct storage_options){.storage_url = both,
	                                   .blobs_url = blobs_url,
	                                   .lease_ms = 30000,
	                                   .job_deadline_ms = 60000,
	                                   .max_attempts = 3,
	                                   .max_crashes = 2,
	                                   .max_queued_per_user = 100};
	mem = arena_create("test", MIB);
	if (storage_open(&options, &st, &why) != ERR_NONE)
		BUG("%s", why.text);
	return storage_user_create(st, "ann@example.org", "h", "en", mem, &ann, &why) != ERR_NONE;
}

static int
tear_down(void **state)
{
	(void)state;
	storage_close(&st);
	arena_destroy(&mem);
	return 0;
}

/* "canceling wait for synchronous replication due to user request", and the statement says OK. */
static void
a_cancelled_wait_for_the_standby_is_no_success(void **state)
{
	struct uploading x;
	(void)state;
	pg_ctl("b", "stop");
	upload_begin(&x);
	await(0, WAITING, 1);
	assert_int_equal(ask(0, ON_WAITING("pg_cancel_backend")), 1);
	/* It is there, for all to see, and would be gone with this machine: the driver waits again. */
	await(0, "SELECT count(*) FROM job", 1);
	await(0, WAITING, 1);
	assert_false(atomic_load(&x.done));
	pg_ctl("b", "start");
	upload_ends_well(&x);
	await(1, "SELECT count(*) FROM job", 1);
	await(0, IN_SYNC, 1);
}

static void
a_commit_whose_answer_is_lost_is_found_by_its_id(void **state)
{
	struct uploading x;
	(void)state;
	pg_ctl("b", "stop");
	upload_begin(&x);
	await(0, WAITING, 1);
	assert_int_equal(ask(0, ON_WAITING("pg_terminate_backend")), 1);
	await(0, "SELECT count(*) FROM job", 2);
	await(0, WAITING, 1); /* it found it, and wants it on the standby before it says so */
	assert_false(atomic_load(&x.done));
	pg_ctl("b", "start");
	upload_ends_well(&x);
	assert_int_equal(ask(0, "SELECT count(*) FROM job"), 2);
	await(1, "SELECT count(*) FROM job", 2);
	await(0, IN_SYNC, 1);
}

/* While the standby is away nothing can be acknowledged, but who is at work keeps what they hold. */
static void
a_lease_is_renewed_while_the_standby_is_away(void **state)
{
	const struct claim *claims;
	size_t n;
	struct why why;
	(void)state;
	assert_int_equal(storage_claim(st, ann->id, 1, mem, &claims, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	pg_ctl("b", "stop");
	struct heartbeat beat = {.job_id = claims->job_id, .lease = claims->lease, .lost = true};
	enum err e = storage_heartbeat(st, &beat, 1, &why);
	pg_ctl("b", "start");
	await(0, IN_SYNC, 1);
	assert_int_equal(e, ERR_NONE);
	assert_false(beat.lost);
}

struct exporting {
	pthread_t thread;
	enum err result;
	struct why why;
};

static void *
export_main(void *arg)
{
	struct exporting *x = arg;
	x->result = storage_export_begin(st, ann->id, &x->why);
	return NULL;
}

/* To say that nothing has changed would be a guess, and a wrong one here. */
static void
a_commit_that_cannot_be_looked_up_is_told_to_be_unsure(void **state)
{
	struct exporting x = {.result = ERR_NONE};
	struct export_row row;
	struct why why;
	(void)state;
	pg_ctl("b", "stop");
	assert_int_equal(pthread_create(&x.thread, NULL, export_main, &x), 0);
	await(0, WAITING, 1);
	pg_ctl("a", "stop");
	pthread_join(x.thread, NULL);
	pg_ctl("a", "start");
	pg_ctl("b", "start");
	await(0, IN_SYNC, 1);
	assert_int_equal(x.result, ERR_UNSURE);
	assert_int_equal(storage_export_get(st, ann->id, &row, &why), ERR_NONE);
	assert_int_equal(row.state, EXPORT_RUNNING);
}

static void
a_frozen_primary_is_left_for_its_successor(void **state)
{
	struct uploading x, more[5];
	(void)state;
	pg_ctl("a", "freeze");
	upload_begin(&x);
	pg_ctl("b", "promote");
	int64_t from = clock_steady_ms();
	upload_ends_well(&x);
	printf("written %lld ms after the promotion\n", (long long)(clock_steady_ms() - from));
	assert_int_equal(ask(1, "SELECT count(*) FROM job"), 3);
	/* It wakes, believes to be the primary still, and its old connections are open. */
	pg_ctl("a", "thaw");
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		upload_begin(&more[i]);
		upload_ends_well(&more[i]);
	}
	assert_int_equal(ask(1, "SELECT count(*) FROM job"), 8);
	assert_int_equal(ask(0, "SELECT count(*) FROM job"), 2);
}

/* Within a second or so the promotion is known beside the blobs. */
static void
await_mark(void)
{
	char path[200];
	snprintf(path, sizeof path, "%s/marks/timeline-%lld-00000002", folder,
	         (long long)ask(1, "SELECT system_identifier FROM pg_control_system()"));
	for (int64_t end = clock_steady_ms() + 30000; access(path, F_OK) != 0; clock_sleep_ms(10)) {
		if (clock_steady_ms() > end)
			fail_msg("no %s", path);
	}
}

/* A node that starts now finds one primary, which says that it takes writes. */
static void
who_starts_beside_an_old_primary_alone_waits_for_the_newer(void **state)
{
	struct storage *fresh = NULL;
	struct why why;
	(void)state;
	assert_int_equal(ask(0, "SELECT pg_is_in_recovery()::int"), 0);
	await_mark();
	pg_ctl("b", "stop");
	assert_int_equal(storage_open(&options, &fresh, &why), ERR_BUSY);
	assert_null(fresh);
	assert_int_equal(ask(0, "SELECT count(*) FROM job"), 2);
	pg_ctl("b", "start");
	assert_int_equal(storage_open(&options, &fresh, &why), ERR_NONE);
	const struct job *job;
	struct uploading x;
	upload_begin(&x);
	upload_ends_well(&x);
	assert_int_equal(storage_job_get(fresh, ann->id, x.u.job_id, mem, &job, &why), ERR_NONE);
	storage_close(&fresh);
	assert_int_equal(ask(0, "SELECT count(*) FROM job"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cancelled_wait_for_the_standby_is_no_success),
	    cmocka_unit_test(a_commit_whose_answer_is_lost_is_found_by_its_id),
	    cmocka_unit_test(a_lease_is_renewed_while_the_standby_is_away),
	    cmocka_unit_test(a_commit_that_cannot_be_looked_up_is_told_to_be_unsure),
	    cmocka_unit_test(a_frozen_primary_is_left_for_its_successor),
	    cmocka_unit_test(who_starts_beside_an_old_primary_alone_waits_for_the_newer),
	};
	return cmocka_run_group_tests_name("failover", tests, set_up, tear_down);
}
