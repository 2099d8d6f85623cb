/* The conformance suite on SQLite and files, and what only this driver promises. */
#include "storage_conformance.h"

#include "accounts.h"
#include "audit.h"
#include "fdio.h"
#include "own.h"
#include "test_folder.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

/* The first place gets its tables as any would. The others are copies of one that has them: most of what a
 * place costs, under ThreadSanitizer by far, is to make them. */
static void
put_tables(const char *storage_url)
{
	const char *path = strchr(storage_url, ':') + 1;
	struct why why;
	static int places;
	static char made[TEST_FOLDER_LEN + 16];
	if (places++ == 0)
		return;
	if (!made[0]) {
		char dir[TEST_FOLDER_LEN], url[sizeof made + 8], blobs_url[TEST_FOLDER_LEN + 16];
		test_folder(dir);
		snprintf(made, sizeof made, "%s/docket.db", dir);
		snprintf(url, sizeof url, "sqlite:%s", made);
		snprintf(blobs_url, sizeof blobs_url, "file:%s/blobs", dir);
		const struct storage_options o = {.storage_url = url, .blobs_url = blobs_url};
		struct storage *st = NULL;
		if (storage_open(&o, &st, &why) != ERR_NONE)
			BUG("%s", why.text);
		storage_close(&st);
	}
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	OWNED(fd_close) int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file_read(made, 64 * MIB, &bytes, &n, &why) != ERR_NONE ||
	    fd_write_all(to, bytes, n, &why) != ERR_NONE)
		BUG("%s to %s: %s", made, path, why.text);
}

static void
make_place(const char **storage_url, const char **blobs_url)
{
	static char places[8][2][4200];
	static int made;
	char(*urls)[4200] = places[made++ % 8]; /* a test has no more at once */
	char dir[TEST_FOLDER_LEN];
	test_folder(dir);
	snprintf(urls[0], sizeof places[0][0], "sqlite:%s/docket.db", dir);
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
	                            .backoff_ms = 10,
	                            .max_queued_per_user = 100};
	make_place(&o.storage_url, &o.blobs_url);
	put_tables(o.storage_url);
	return o;
}

static void
a_second_owner_of_the_file_is_refused(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *a = NULL, *b = NULL;
	struct why why;
	assert_int_equal(storage_open(&o, &a, &why), ERR_NONE);
	assert_int_equal(storage_open(&o, &b, &why), ERR_CONFLICT);
	assert_non_null(strstr(why.text, "in use"));
	storage_close(&a);
	assert_int_equal(storage_open(&o, &a, &why), ERR_NONE);
	storage_close(&a);
}

static void
a_damaged_database_is_told_at_start(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	storage_close(&st);
	OWNED(fd_close) int fd = open(strchr(o.storage_url, ':') + 1, O_RDWR | O_CLOEXEC);
	static const char noise[4096] = "this is not a page of a database";
	for (int page = 1; page < 8; page++)
		assert_int_equal(pwrite(fd, noise, sizeof noise, page * 4096), sizeof noise);
	assert_int_not_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_null(st);
}

static void
another_kind_of_place_is_refused(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	o.storage_url = "mysql:nowhere";
	assert_int_equal(storage_open(&o, &st, &why), ERR_INVALID);
	o = options();
	o.blobs_url = "ftp:nowhere";
	assert_int_equal(storage_open(&o, &st, &why), ERR_INVALID);
}

/* However much is written: what is in the log is written out now and then, and it begins again at its start.
 */
static void
the_log_is_written_out_and_starts_over(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	const struct user *u;
	struct queue_stats stats;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "ann@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	OWNED(mem_free) char *text = calloc(1, 400 * KIB);
	memset(text, 'x', 400 * KIB - 1);
	for (int i = 0; i < 170; i++) /* 66 MiB */
		assert_int_equal(
		    storage_memory_put(st, u->id, &(struct sender_memory_row){i + 1, text}, &why), ERR_NONE);
	assert_int_equal(storage_queue_stats(st, &stats, &why), ERR_NONE);
	assert_true(stats.wal_bytes > 0 && stats.wal_bytes < 60 * MIB);
	storage_close(&st);
}

static void
leftovers_of_a_crash_are_swept_and_nothing_else(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	struct stat s;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	storage_close(&st);

	char old[4300], young[4300], place[4300], half[4310];
	snprintf(old, sizeof old, "%s/ab/ab%062d", o.blobs_url + 5, 1);
	snprintf(young, sizeof young, "%s/ab/ab%062d", o.blobs_url + 5, 2);
	assert_int_equal(close(open(old, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	assert_int_equal(close(open(young, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	/* And as earlier versions left them. */
	snprintf(place, sizeof place, "%s/tmp", o.blobs_url + 5);
	snprintf(half, sizeof half, "%s/half", place);
	assert_int_equal(mkdir(place, 0700), 0);
	assert_int_equal(close(open(half, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	assert_int_equal(utimensat(AT_FDCWD, old, long_ago, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, half, long_ago, 0), 0);

	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_not_equal(stat(old, &s), 0);
	assert_int_not_equal(stat(place, &s), 0);
	assert_int_equal(stat(young, &s), 0); /* may be an upload whose commit is under way elsewhere */
	storage_close(&st);
}

/* ---- many at once ---- */

#define CROWD 8
#define EACH  25

struct keeper {
	struct storage *st;
	int number;
	bool failed;
};

/* Each its own bytes, and finds them again under the key that it was told. */
static void *
keep_many(void *arg)
{
	struct keeper *k = arg;
	for (int i = 0; i < EACH; i++) {
		struct blob_writer *w = NULL;
		struct blob b;
		struct why why;
		char bytes[64], back[64];
		size_t n = (size_t)snprintf(bytes, sizeof bytes, "%d of %d", i, k->number);
		OWNED(fd_close) int fd = -1;
		if (blob_begin(k->st, &w, &why) != ERR_NONE || blob_write(w, bytes, n, &why) != ERR_NONE ||
		    blob_publish(&w, &b, &why) != ERR_NONE ||
		    blob_open(k->st, b.key, &fd, &why) != ERR_NONE ||
		    pread(fd, back, sizeof back, 0) != (ssize_t)n || memcmp(bytes, back, n) != 0)
			k->failed = true;
	}
	return NULL;
}

/* Those that begin at the same time are made in one folder. */
static void
blobs_of_a_crowd_keep_to_their_keys(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	struct keeper crowd[CROWD];
	pthread_t threads[CROWD];
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct keeper){st, i, false};
		assert_int_equal(pthread_create(&threads[i], NULL, keep_many, &crowd[i]), 0);
	}
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		assert_false(crowd[i].failed);
	}
	storage_close(&st);
}

/* ---- what only a process with a past meets ---- */

static struct uuid
put_paper(struct storage *st, struct arena *mem, const struct user **u)
{
	struct blob b;
	struct blob_writer *w = NULL;
	struct why why;
	const struct job *j;
	bool replayed;
	if (!*u)
		assert_int_equal(storage_user_create(st, "a@example.org", "h", "en", mem, u, &why), ERR_NONE);
	assert_int_equal(blob_begin(st, &w, &why), ERR_NONE);
	assert_int_equal(blob_write(w, "paper", 5, &why), ERR_NONE);
	assert_int_equal(blob_publish(&w, &b, &why), ERR_NONE);
	const struct upload up = {.user = (*u)->id,
	                          .job_id = uuid_new(),
	                          .document_id = uuid_new(),
	                          .blob = &b,
	                          .media_type = "image/png"};
	assert_int_equal(storage_upload(st, &up, mem, &j, &replayed, &why), ERR_NONE);
	return up.job_id;
}

static void
path_of_paper(const struct storage_options *o, struct storage *st, struct uuid user, struct uuid job,
              struct arena *mem, char ret[static 4400])
{
	const struct job *j;
	const struct document *d;
	struct why why;
	assert_int_equal(storage_job_get(st, user, job, mem, &j, &why), ERR_NONE);
	assert_int_equal(storage_document_get(st, user, j->document_id, mem, &d, &why), ERR_NONE);
	snprintf(ret, 4400, "%s/%.2s/%s", o->blobs_url + 5, d->blob.key, d->blob.key);
}

static void
a_file_that_cannot_be_taken_away_keeps_no_other_from_going(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why = {""};
	struct stat s;
	const struct user *u = NULL;
	char paths[2][4400];
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	for (int i = 0; i < 2; i++) {
		struct uuid job = put_paper(st, mem, &u);
		path_of_paper(&o, st, u->id, job, mem, paths[i]);
	}
	/* They are taken away in the order of their names: the first cannot be. */
	const char *stuck = strcmp(paths[0], paths[1]) < 0 ? paths[0] : paths[1];
	assert_int_equal(unlink(stuck), 0);
	assert_int_equal(mkdir(stuck, 0700), 0);
	assert_int_equal(storage_user_erase(st, u->id, &why), ERR_BROKEN);
	assert_non_null(strstr(why.text, "removing"));
	assert_int_not_equal(stat(stuck == paths[0] ? paths[1] : paths[0], &s), 0);
	storage_close(&st);
}

static void
a_paper_with_which_the_service_dies_each_time_is_given_up(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("deadly", MIB);
	const struct user *u = NULL;
	const struct claim *c;
	const struct job *j = NULL;
	size_t n;
	int deaths = 0;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	struct uuid deadly = put_paper(st, mem, &u), other = put_paper(st, mem, &u);
	for (;; deaths++) {
		assert_int_equal(storage_job_get(st, u->id, deadly, mem, &j, &why), ERR_NONE);
		if (j->state == JOB_FAILED)
			break;
		assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
		assert_int_equal(n, 1);
		assert_true(uuid_equal(c->job_id, deadly));
		assert_int_equal(c->attempt, 1); /* a machine that loses power is no fault of a paper's */
		storage_close(&st);
		assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	}
	assert_int_equal(deaths, 10);
	assert_int_equal(j->error, ERR_BROKEN);
	assert_int_equal(storage_claim(st, uuid_new(), 9, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	assert_true(uuid_equal(c->job_id, other));
	assert_int_equal(storage_job_retry(st, u->id, deadly, mem, &j, &why), ERR_NONE);
	storage_close(&st);
}

static void
a_clock_that_was_set_back_holds_nobody_up(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("clock", MIB);
	const struct user *u = NULL;
	const struct claim *c;
	size_t n;
	sqlite3 *db = NULL;
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	(void)put_paper(st, mem, &u);
	storage_close(&st);
	assert_int_equal(sqlite3_open(strchr(o.storage_url, ':') + 1, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE job_q SET run_ms = run_ms + 7200000", NULL, NULL, NULL),
	                 SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(storage_reap(st, &n, &why), ERR_NONE);
	assert_int_equal(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	storage_close(&st);
}

/* A file size limit stands in for a full disk: the write fails in the same place. */
static void
a_full_disk_loses_nothing_that_was_there(void **state)
{
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct storage_options o = options();
		struct storage *st = NULL;
		struct why why;
		const struct user *u;
		struct arena *mem = arena_create("full", MIB);
		if (storage_open(&o, &st, &why) != ERR_NONE ||
		    storage_user_create(st, "a@example.org", "hash", "en", mem, &u, &why) != ERR_NONE)
			_exit(1);
		signal(SIGXFSZ, SIG_IGN);
		struct rlimit small = {16 * KIB, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
		setrlimit(RLIMIT_FSIZE, &small);
		struct blob_writer *w = NULL;
		static const char bytes[64 * 1024];
		if (blob_begin(st, &w, &why) != ERR_NONE ||
		    blob_write(w, bytes, sizeof bytes, &why) == ERR_NONE)
			_exit(2);
		blob_abandon(&w);
		char email[32];
		int refused = 0;
		for (int i = 0; i < 50; i++) {
			snprintf(email, sizeof email, "b%d@example.org", i);
			refused += storage_user_create(st, email, "hash", "en", mem, &u, &why) != ERR_NONE;
		}
		setrlimit(RLIMIT_FSIZE, &none);
		if (refused == 0)
			_exit(3);
		if (storage_user_by_email(st, "a@example.org", mem, &u, &why) != ERR_NONE)
			_exit(4);
		if (storage_user_create(st, "c@example.org", "hash", "en", mem, &u, &why) != ERR_NONE)
			_exit(5);
		storage_close(&st);
		arena_destroy(&mem);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- a disk that fails: SQLite's own file system with two of its calls broken on demand ---- */

static struct sqlite3_io_methods sound, failing;
static struct sqlite3_vfs sound_vfs, failing_vfs;
static atomic_bool fail_writes, fail_syncs, no_room;
static atomic_int opened;

static int
failing_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	return atomic_load(&fail_writes) ? SQLITE_IOERR_WRITE
	       : atomic_load(&no_room)   ? SQLITE_FULL
	                                 : sound.xWrite(f, p, n, at);
}

static int
failing_sync(sqlite3_file *f, int flags)
{
	return atomic_load(&fail_syncs) ? SQLITE_IOERR_FSYNC : sound.xSync(f, flags);
}

static int
failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	atomic_fetch_add(&opened, 1);
	int rc = sound_vfs.xOpen(&sound_vfs, name, f, flags, out);
	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL) && f->pMethods) {
		sound = failing = *f->pMethods;
		failing.xWrite = failing_write;
		failing.xSync = failing_sync;
		f->pMethods = &failing;
	}
	return rc;
}

/* In a process of its own: the file system, its threads and its death stay there. */
static int
with_failing_disk(int (*scene)(struct storage *, struct arena *))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		struct storage_options o = options();
		struct storage *st = NULL;
		struct why why;
		sound_vfs = failing_vfs = *sqlite3_vfs_find(NULL);
		failing_vfs.zName = "failing";
		failing_vfs.xOpen = failing_open;
		if (sqlite3_vfs_register(&failing_vfs, 1) != SQLITE_OK ||
		    storage_open(&o, &st, &why) != ERR_NONE)
			_exit(90);
		_exit(scene(st, arena_create("scene", MIB)));
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
a_commit_breaks(struct storage *st, struct arena *mem)
{
	const struct user *u = NULL;
	struct why why;
	atomic_store(&fail_writes, true);
	if (storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why) != ERR_UNSURE)
		return 1;
	atomic_store(&fail_writes, false);
	if (storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why) != ERR_NONE)
		return 2;
	return storage_user_by_id(st, u->id, mem, &u, &why) == ERR_NONE ? 0 : 3;
}

static int
an_fsync_fails(struct storage *st, struct arena *mem)
{
	const struct user *u = NULL;
	struct why why;
	atomic_store(&fail_syncs, true);
	return (int)storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why);
}

static int
there_is_no_room(struct storage *st, struct arena *mem)
{
	const struct user *u = NULL;
	struct why why;
	atomic_store(&no_room, true);
	int before = atomic_load(&opened);
	for (int i = 0; i < 3; i++) {
		if (storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why) != ERR_FULL)
			return 1;
	}
	if (atomic_load(&opened) != before)
		return 2;
	atomic_store(&no_room, false);
	return storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why) == ERR_NONE ? 0 : 3;
}

/* To look the whole of it through each time would hold up everybody for as long as the disk is full. */
static void
a_commit_that_found_no_room_is_no_reason_to_doubt_the_database(void **state)
{
	(void)state;
	assert_int_equal(with_failing_disk(there_is_no_room), 0);
}

static int
a_token_is_used(struct storage *st, struct arena *mem)
{
	static const uint8_t hash[TOKEN_HASH_LEN] = {7};
	const struct user *u = NULL;
	struct why why;
	if (storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why) != ERR_NONE)
		return 1;
	const struct key k = {
	    .id = uuid_new(), .user_id = u->id, .kind = KEY_API, .name = "n", .scopes = SCOPE_READ};
	if (storage_key_create(st, &k, hash, &why) != ERR_NONE)
		return 2;
	atomic_store(&no_room, true);
	return storage_key_user(st, hash, mem, &u, &why) == ERR_NONE ? 0 : 3;
}

static void
who_reads_is_not_kept_out_by_a_full_disk(void **state)
{
	(void)state;
	assert_int_equal(with_failing_disk(a_token_is_used), 0);
}

static void
a_commit_that_broke_is_unsure_and_the_next_one_works(void **state)
{
	(void)state;
	assert_int_equal(with_failing_disk(a_commit_breaks), 0);
}

static void
a_failed_fsync_ends_the_process(void **state)
{
	(void)state;
	int status = with_failing_disk(an_fsync_fails);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Somebody with the file and without the program: each kind of meddling shows, and where. */
static void
an_audit_that_was_meddled_with_is_found_out(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		int64_t broken_n;
	} cases[] = {
	    {"SELECT 1", 0},
	    {"UPDATE audit SET action = 'nothing' WHERE n = 2", 2},
	    {"UPDATE audit SET at_ms = at_ms + 1 WHERE n = 3", 3},
	    {"UPDATE audit SET address = 'x' WHERE n = 1", 1},
	    {"DELETE FROM audit WHERE n = 2", 3},
	    {"INSERT INTO audit (n, at_ms, action) VALUES (9, 0, 'made up')", 9},
	    {"UPDATE audit SET hash = NULL WHERE n = 2", 2},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct storage_options o = options();
		struct storage *st = NULL;
		struct audit_proof proof;
		struct why why;
		sqlite3 *db = NULL;
		assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
		for (int n = 0; n < 4; n++)
			assert_int_equal(storage_audit(st, uuid_new(), "a", "b", NULL, &why), ERR_NONE);
		storage_close(&st);
		assert_int_equal(sqlite3_open(strchr(o.storage_url, ':') + 1, &db), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(db, "DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays", NULL, NULL, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(storage_open(&o, &st, &why), ERR_NONE);
		assert_int_equal(storage_audit_verify(st, &proof, &why), ERR_NONE);
		if (proof.broken_n != cases[i].broken_n)
			fail_msg("%s: %lld", cases[i].sql, (long long)proof.broken_n);
		storage_close(&st);
	}
}

int
main(void)
{
	static const struct conformance_place place = {.make = make_place, .put_tables = put_tables};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_second_owner_of_the_file_is_refused),
	    cmocka_unit_test(a_damaged_database_is_told_at_start),
	    cmocka_unit_test(another_kind_of_place_is_refused),
	    cmocka_unit_test(the_log_is_written_out_and_starts_over),
	    cmocka_unit_test(blobs_of_a_crowd_keep_to_their_keys),
	    cmocka_unit_test(leftovers_of_a_crash_are_swept_and_nothing_else),
	    cmocka_unit_test(a_file_that_cannot_be_taken_away_keeps_no_other_from_going),
	    cmocka_unit_test(a_paper_with_which_the_service_dies_each_time_is_given_up),
	    cmocka_unit_test(a_clock_that_was_set_back_holds_nobody_up),
	    cmocka_unit_test(a_full_disk_loses_nothing_that_was_there),
	    cmocka_unit_test(who_reads_is_not_kept_out_by_a_full_disk),
	    cmocka_unit_test(a_commit_that_found_no_room_is_no_reason_to_doubt_the_database),
	    cmocka_unit_test(a_commit_that_broke_is_unsure_and_the_next_one_works),
	    cmocka_unit_test(a_failed_fsync_ends_the_process),
	    cmocka_unit_test(an_audit_that_was_meddled_with_is_found_out),
	};
	int failed = storage_conformance(&place);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
