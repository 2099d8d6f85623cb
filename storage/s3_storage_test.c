/* Blobs in a real S3 store, straight and by way of a proxy that breaks what passes. Run by
 * tools/with-servers. */
#include "backend.h"
#include "s3_request.h"
#include "storage_conformance.h"

#include "fdio.h"
#include "own.h"
#include "test_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Each place is a prefix of its own, rows beside it in SQLite. */
static const char *from = "TEST_S3_URL";
/* The store behind the proxy has two seconds for an answer, as some never comes. What sends 40 MiB and waits
 * for no such fault leaves it the usual time: a busy machine needs it. */
static bool patient;

static void
make_place(const char **storage_url, const char **blobs_url)
{
	static char urls[200][2][4200];
	static size_t n;
	char dir[TEST_FOLDER_LEN];
	const char *s3 = getenv(from);
	if (!s3)
		BUG("run me by tools/with-servers");
	size_t n_s3 =
	    patient && strstr(s3, "&timeout=") ? (size_t)(strstr(s3, "&timeout=") - s3) : strlen(s3);
	test_folder(dir);
	char *rows = urls[n % ARRAY_LEN(urls)][0], *blobs = urls[n % ARRAY_LEN(urls)][1];
	n++;
	snprintf(rows, sizeof urls[0][0], "sqlite:%s/docket.db", dir);
	snprintf(blobs, sizeof urls[0][1], "%.*s&prefix=%.6s", (int)n_s3, s3, strrchr(dir, '/') + 1);
	*storage_url = rows;
	*blobs_url = blobs;
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

static struct storage *
opened(const char *which)
{
	struct storage *st = NULL;
	struct why why;
	from = which;
	struct storage_options o = options();
	if (storage_open(&o, &st, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	return st;
}

/* What the proxy does to the next requests, a fault each. */
static void
plan(const char *faults)
{
	FILE *f = fopen(getenv("TEST_S3_PLAN"), "we");
	if (!f || fputs(faults, f) < 0 || fclose(f) != 0)
		BUG("the proxy's plan");
}

#define SMALL 100000

static enum err
put(struct storage *st, uint8_t fill, size_t n, struct blob *ret, struct why *why)
{
	static uint8_t block[MIB];
	OWNED(blob_abandon) struct blob_writer *w = NULL;
	memset(block, fill, sizeof block);
	TRY(blob_begin(st, &w, why));
	for (size_t left = n; left > 0; left -= left < sizeof block ? left : sizeof block)
		TRY(blob_write(w, block, left < sizeof block ? left : sizeof block, why));
	return blob_publish(&w, ret, why);
}

static void
comes_back(struct storage *st, const struct blob *b, uint8_t fill)
{
	static uint8_t back[SMALL], wanted[SMALL];
	struct why why;
	OWNED(fd_close) int fd = -1;
	if (blob_open(st, b->key, &fd, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	memset(wanted, fill, sizeof wanted);
	assert_int_equal(fd_read_exact(fd, back, sizeof back, &why), ERR_NONE);
	assert_memory_equal(back, wanted, sizeof back);
}

/* ---- straight ---- */

static void
a_large_blob_goes_up_in_parts_and_comes_back_whole(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_URL");
	struct blob_writer *w = NULL;
	struct blob b;
	struct why why;
	static uint8_t block[MIB], back[MIB];
	random_bytes(block, sizeof block);
	assert_int_equal(blob_begin(st, &w, &why), ERR_NONE);
	for (int i = 0; i < 40; i++) {
		block[0] = (uint8_t)i;
		assert_int_equal(blob_write(w, block, sizeof block, &why), ERR_NONE);
	}
	assert_int_equal(blob_publish(&w, &b, &why), ERR_NONE);
	OWNED(fd_close) int fd = -1;
	assert_int_equal(blob_open(st, b.key, &fd, &why), ERR_NONE);
	for (int i = 0; i < 40; i++) {
		block[0] = (uint8_t)i;
		assert_int_equal(fd_read_exact(fd, back, sizeof back, &why), ERR_NONE);
		assert_memory_equal(back, block, sizeof back);
	}
	storage_close(&st);
}

static void
a_wrong_secret_is_told_at_start(void **state)
{
	(void)state;
	struct storage_options o = options();
	struct storage *st = NULL;
	struct why why;
	char *right = getenv("AWS_SECRET_ACCESS_KEY");
	if (!right) {
		skip();
		return; /* never: for the analyzer */
	}
	right = strdup(right);
	setenv("AWS_SECRET_ACCESS_KEY", "wrong", 1);
	assert_int_equal(storage_open(&o, &st, &why), ERR_BROKEN);
	setenv("AWS_SECRET_ACCESS_KEY", right, 1);
	free(right);
	assert_null(st);
}

static void
a_part_is_had_without_the_whole(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_URL");
	struct blob_writer *w = NULL;
	struct blob b;
	struct why why;
	char text[27] = "";
	uint64_t at = 0;
	assert_int_equal(blob_begin(st, &w, &why), ERR_NONE);
	assert_int_equal(blob_write(w, "abcdefghijklmnopqrstuvwxyz", 26, &why), ERR_NONE);
	assert_int_equal(blob_publish(&w, &b, &why), ERR_NONE);
	const struct blob_part part = {.from = 3, .len = 4};
	OWNED(fd_close) int fd = -1;
	assert_int_equal(blob_open_part(st, b.key, &part, &fd, &at, &why), ERR_NONE);
	assert_int_equal(pread(fd, text, 26, (off_t)at), 4);
	assert_string_equal(text, "defg");
	storage_close(&st);
}

/* "Make room" is advice for a full disk alone. */
static void
a_temporary_file_that_fails_is_told_as_what_it_is(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_URL");
	struct blob b;
	struct why why = {""};
	struct rlimit before;
	assert_int_equal(put(st, 't', SMALL, &b, &why), ERR_NONE);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	const struct rlimit little = {SMALL / 2, before.rlim_max};
	void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	OWNED(fd_close) int fd = -1;
	enum err e = blob_open(st, b.key, &fd, &why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, was);
	assert_int_equal(e, ERR_BROKEN);
	assert_non_null(strstr(why.text, "File too large"));
	assert_int_equal(blob_open(st, b.key, &fd, &why), ERR_NONE);
	storage_close(&st);
}

static void
the_bucket_may_stand_in_the_name_of_the_host(void **state)
{
	(void)state;
	/* NAME.localhost is this machine, for curl and by RFC 6761. */
	const char *direct = getenv("TEST_S3_URL");
	assert_non_null(direct);
	char url[300];
	const char *port =
	    strrchr(direct ? direct : "", ':'); /* the analyzer does not know what asserts do */
	snprintf(url, sizeof url, "s3://docket?endpoint=http://localhost%s&style=host", port);
	setenv("TEST_S3_HOST_URL", url, 1);
	struct storage *st = opened("TEST_S3_HOST_URL");
	struct blob b;
	struct why why;
	assert_int_equal(put(st, 'h', SMALL, &b, &why), ERR_NONE);
	comes_back(st, &b, 'h');
	storage_close(&st);
}

static void
what_no_row_names_is_swept_when_it_is_old(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_URL");
	OWNED(arena_destroy) struct arena *mem = arena_create("sweep", MIB);
	struct blob named, nobodys;
	struct why why;
	const struct user *u;
	const struct job *j;
	bool replayed;
	size_t n = 0;
	assert_int_equal(put(st, 'n', SMALL, &named, &why), ERR_NONE);
	assert_int_equal(put(st, 'o', SMALL, &nobodys, &why), ERR_NONE);
	assert_int_equal(storage_user_create(st, "a@example.org", "h", "en", mem, &u, &why), ERR_NONE);
	const struct upload up = {.user = u->id,
	                          .job_id = uuid_new(),
	                          .document_id = uuid_new(),
	                          .blob = &named,
	                          .media_type = "image/png"};
	assert_int_equal(storage_upload(st, &up, mem, &j, &replayed, &why), ERR_NONE);
	((struct s3 *)st->blobs)->list_page = 1;
	assert_int_equal(storage_sweep(st, 3600000, &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(storage_sweep(st, -60000, &n, &why), ERR_NONE); /* as if a minute had passed */
	assert_int_equal(n, 1);
	comes_back(st, &named, 'n');
	OWNED(fd_close) int fd = -1;
	assert_int_equal(blob_open(st, nobodys.key, &fd, &why), ERR_ABSENT);
	storage_close(&st);
}

/* ---- by way of the proxy ---- */

static void
each_fault_on_the_way_there_is_got_over(void **state)
{
	static const char *const faults[] = {"500",       "503",  "reset", "lost",
	                                     "flip-sent", "hang", "slow",  "cut"};
	(void)state;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct blob b;
		struct why why;
		plan(faults[i]);
		enum err e = put(st, (uint8_t)i, SMALL, &b, &why);
		if (e != ERR_NONE)
			fail_msg("%s: %s", faults[i], why.text);
		plan("");
		comes_back(st, &b, (uint8_t)i);
	}
	storage_close(&st);
}

static void
each_fault_on_the_way_back_is_got_over(void **state)
{
	static const char *const faults[] = {"500", "503", "reset", "lost", "flip", "hang", "slow", "cut"};
	(void)state;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	struct blob b;
	struct why why;
	assert_int_equal(put(st, 'b', SMALL, &b, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		plan(faults[i]);
		comes_back(st, &b, 'b');
	}
	plan("");
	storage_close(&st);
}

/* One fault at each step: the beginning, three parts, the end, and an end that is done but not heard of. */
static void
a_large_blob_survives_faults_at_every_step(void **state)
{
	static const char *const plans[] = {"503", "none\nflip-sent", "none\nnone\nreset",
	                                    "none\nnone\nnone\n500", "none\nnone\nnone\nnone\nlost"};
	(void)state;
	patient = true;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
		struct blob b;
		struct why why;
		plan(plans[i]);
		enum err e = put(st, (uint8_t)i, 40 * MIB, &b, &why);
		if (e != ERR_NONE)
			fail_msg("plan %zu: %s", i, why.text);
		plan("");
		comes_back(st, &b, (uint8_t)i);
	}
	patient = false;
	storage_close(&st);
}

static void
a_store_that_stays_away_is_told_apart_from_one_that_refuses(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	struct blob b;
	struct why why;
	plan("503\n500\nreset\n503\nreset\n");
	assert_int_equal(put(st, 'x', SMALL, &b, &why), ERR_BUSY);
	assert_int_equal(put(st, 'x', SMALL, &b, &why), ERR_NONE);
	OWNED(fd_close) int fd = -1;
	plan("flip\nflip\nflip\n");
	assert_int_equal(blob_open(st, b.key, &fd, &why), ERR_BROKEN); /* never bytes that were not stored */
	plan("");
	storage_close(&st);
}

/* Whoever uploads waits for it, and a proxy between does not wait for ever. */
static void
a_store_that_hangs_is_not_asked_for_ever(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	struct blob b;
	struct why why;
	OWNED(mem_free) char *left = NULL;
	size_t len;
	plan("hang\nhang\nhang\nhang\nhang\n");
	assert_int_equal(put(st, 'h', SMALL, &b, &why), ERR_BUSY);
	assert_int_equal(file_read(getenv("TEST_S3_PLAN"), KIB, &left, &len, &why), ERR_NONE);
	plan("");
	assert_string_equal(left, "hang\nhang");
	storage_close(&st);
}

/* Cut, it would be the name of no upload, or of another one. */
static void
an_upload_whose_name_is_too_long_is_refused_in_words(void **state)
{
	(void)state;
	patient = true;
	struct storage *st = opened("TEST_S3_FAULTY_URL");
	struct blob b;
	struct why why = {""};
	plan("long-id");
	assert_int_equal(put(st, 'x', 40 * MIB, &b, &why), ERR_BROKEN);
	assert_non_null(strstr(why.text, "names an upload by more than"));
	plan("");
	assert_int_equal(put(st, 'x', 40 * MIB, &b, &why), ERR_NONE);
	patient = false;
	storage_close(&st);
}

/* ---- credentials that are lent for a while ---- */

/* Into the file, over what it holds; `unseen`: so that it looks as before. */
static void
lend(const char *path, const char *secret, const char *token, bool unseen)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID");
	struct stat was;
	bool there = stat(path, &was) == 0;
	FILE *f = fopen(path, "we");
	if (!f || !id ||
	    fprintf(f, "AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\nAWS_SESSION_TOKEN=%s\n", id, secret,
	            token) < 0 ||
	    fclose(f) != 0)
		BUG("%s", path);
	/* Else it is seen, however coarse the clock of the file system. */
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
	if (there) {
		times[1] = was.st_mtim;
		times[1].tv_sec += !unseen;
	}
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct storage *
opened_on_loan(const char *which, char path[static TEST_FOLDER_LEN + 16], const char *token)
{
	char dir[TEST_FOLDER_LEN];
	test_folder(dir);
	snprintf(path, TEST_FOLDER_LEN + 16, "%s/credentials", dir);
	lend(path, getenv("AWS_SECRET_ACCESS_KEY"), token, false);
	setenv("DOCKET_S3_CREDENTIALS", path, 1);
	struct storage *st = opened(which);
	unsetenv("DOCKET_S3_CREDENTIALS");
	return st;
}

static void
credentials_that_change_are_read_anew(void **state)
{
	(void)state;
	char path[TEST_FOLDER_LEN + 16];
	struct storage *st = opened_on_loan("TEST_S3_URL", path, "");
	struct blob b;
	struct why why = {""};
	assert_int_equal(put(st, 'a', SMALL, &b, &why), ERR_NONE);
	FILE *f = fopen(path, "we"); /* not written yet: what there was goes on */
	assert_non_null(f);
	file_close(&f);
	assert_int_equal(put(st, 'a', SMALL, &b, &why), ERR_NONE);
	lend(path, "wrong", "", false);
	assert_int_equal(put(st, 'a', SMALL, &b, &why), ERR_BUSY);
	assert_non_null(strstr(why.text, "SignatureDoesNotMatch"));
	lend(path, getenv("AWS_SECRET_ACCESS_KEY"), "", false);
	assert_int_equal(put(st, 'a', SMALL, &b, &why), ERR_NONE);
	comes_back(st, &b, 'a');
	storage_close(&st);
}

static void
a_session_that_has_expired_is_followed_by_the_next(void **state)
{
	(void)state;
	char path[TEST_FOLDER_LEN + 16];
	const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
	plan("");
	struct storage *st = opened_on_loan("TEST_S3_FAULTY_URL", path, "one");
	struct blob b;
	struct why why = {""};
	assert_int_equal(put(st, 's', SMALL, &b, &why), ERR_NONE);
	plan("expired one");
	assert_int_equal(put(st, 's', SMALL, &b, &why), ERR_BUSY); /* nobody has lent another */
	assert_non_null(strstr(why.text, "ExpiredToken"));
	lend(path, secret, "two", true);
	assert_int_equal(put(st, 's', SMALL, &b, &why), ERR_NONE);
	plan("expired two");
	lend(path, secret, "3rd", true);
	comes_back(st, &b, 's'); /* where the refusal has no text */
	plan("");
	storage_close(&st);
}

static void
a_mark_only_grows_and_is_its_names_own(void **state)
{
	(void)state;
	struct storage *st = opened("TEST_S3_URL");
	static const uint32_t marks[] = {3, 0x1f, 3, 5};
	struct why why;
	uint32_t n = 1;
	((struct s3 *)st->blobs)->list_page = 2;
	assert_int_equal(st->blob_driver->highest(st, "timeline-7", &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		assert_int_equal(st->blob_driver->mark(st, "timeline-7", marks[i], &why), ERR_NONE);
	assert_int_equal(st->blob_driver->highest(st, "timeline-7", &n, &why), ERR_NONE);
	assert_int_equal(n, 0x1f);
	assert_int_equal(st->blob_driver->highest(st, "timeline-71", &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	storage_close(&st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_large_blob_goes_up_in_parts_and_comes_back_whole),
	    cmocka_unit_test(a_wrong_secret_is_told_at_start),
	    cmocka_unit_test(a_part_is_had_without_the_whole),
	    cmocka_unit_test(a_temporary_file_that_fails_is_told_as_what_it_is),
	    cmocka_unit_test(the_bucket_may_stand_in_the_name_of_the_host),
	    cmocka_unit_test(what_no_row_names_is_swept_when_it_is_old),
	    cmocka_unit_test(each_fault_on_the_way_there_is_got_over),
	    cmocka_unit_test(each_fault_on_the_way_back_is_got_over),
	    cmocka_unit_test(a_large_blob_survives_faults_at_every_step),
	    cmocka_unit_test(a_store_that_stays_away_is_told_apart_from_one_that_refuses),
	    cmocka_unit_test(a_store_that_hangs_is_not_asked_for_ever),
	    cmocka_unit_test(an_upload_whose_name_is_too_long_is_refused_in_words),
	    cmocka_unit_test(credentials_that_change_are_read_anew),
	    cmocka_unit_test(a_session_that_has_expired_is_followed_by_the_next),
	    cmocka_unit_test(a_mark_only_grows_and_is_its_names_own),
	};
	int failed = cmocka_run_group_tests_name("S3", tests, NULL, NULL);
	/* And all that storage promises, over a line on which every tenth request goes wrong. */
	static const struct conformance_place place = {.make = make_place};
	from = "TEST_S3_FAULTY_URL";
	plan("random 0.1 7");
	return failed + storage_conformance(&place);
}
