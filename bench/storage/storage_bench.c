/* storage_bench DIR: acknowledged small uploads a second, and jobs claimed and settled a second, with every
 * fsync on; beside them the same rows written the plain way, one transaction and one fsync an upload, by as
 * many threads that share one SQLite connection. Figures, not a test. */
#include "clock.h"
#include "own.h"
#include "storage.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define CLIENTS 64
#define UPLOADS 40 /* a client */
#define BODY    4096
#define TOTAL   (CLIENTS * UPLOADS)

static struct storage *storage;
static struct uuid user;
static atomic_int settled;
static int32_t at_once;
static const char *dir;
static sqlite3 *plain_db;
static pthread_mutex_t plain_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t latency_us[TOTAL];

static void
check(enum err e, const struct why *why)
{
	if (e != ERR_NONE)
		BUG("%s: %s", err_code(e), why->text);
}

static void *
upload(void *arg)
{
	int64_t *latency = arg;
	static const uint8_t body[BODY];
	OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
	for (int i = 0; i < UPLOADS; i++) {
		int64_t from = clock_steady_us();
		OWNED(blob_abandon) struct blob_writer *w = NULL;
		struct why why;
		struct blob b;
		check(blob_begin(storage, &w, &why), &why);
		check(blob_write(w, body, sizeof body, &why), &why);
		check(blob_publish(&w, &b, &why), &why);
		struct upload u = {.user = user,
		                   .job_id = uuid_new(),
		                   .document_id = uuid_new(),
		                   .blob = &b,
		                   .media_type = "image/png",
		                   .request_id = "bench"};
		const struct job *j = NULL;
		bool replayed;
		check(storage_upload(storage, &u, mem, &j, &replayed, &why), &why);
		latency[i] = clock_steady_us() - from;
	}
	return NULL;
}

static void *
work(void *arg)
{
	(void)arg;
	struct uuid me = uuid_new();
	static const struct result_row row = {.json = "{}", .json_len = 2};
	while (atomic_load(&settled) < TOTAL) {
		OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
		const struct claim *c = NULL;
		size_t n = 0;
		struct why why;
		check(storage_claim(storage, me, at_once, mem, &c, &n, &why), &why);
		if (n == 0)
			return NULL;
		for (size_t i = 0; i < n; i++)
			check(storage_settle_done(storage, &c[i], &row, &why), &why);
		atomic_fetch_add(&settled, (int)n);
	}
	return NULL;
}

static void
plain_sql(const char *sql)
{
	if (sqlite3_exec(plain_db, sql, NULL, NULL, NULL) != SQLITE_OK)
		BUG("%s: %s", sql, sqlite3_errmsg(plain_db));
}

static void *
plain_upload(void *arg)
{
	int64_t *latency = arg;
	static const uint8_t body[BODY];
	for (int i = 0; i < UPLOADS; i++) {
		int64_t from = clock_steady_us();
		char id[UUID_TEXT_LEN], path[4200], sql[400];
		uuid_text(uuid_new(), id);
		snprintf(path, sizeof path, "%s/plain/%s", dir, id);
		OWNED(fd_close) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		OWNED(fd_close) int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || write(fd, body, sizeof body) != sizeof body || fsync(fd) != 0 ||
		    fsync(folder) != 0)
			BUG("%s", path);
		snprintf(
		    sql, sizeof sql,
		    "BEGIN IMMEDIATE; INSERT INTO document VALUES('%s'); INSERT INTO job VALUES('%s', 0);"
		    "INSERT INTO job_q VALUES('%s'); INSERT INTO audit VALUES('%s'); COMMIT",
		    id, id, id, id);
		pthread_mutex_lock(&plain_lock);
		plain_sql(sql);
		pthread_mutex_unlock(&plain_lock);
		latency[i] = clock_steady_us() - from;
	}
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* `threads` at once; the rate of TOTAL things. */
static double
crowd(const char *what, int threads, void *(*fn)(void *), bool latencies)
{
	pthread_t t[CLIENTS];
	int64_t from = clock_steady_us(), cpu = clock_cpu_ms();
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, fn, &latency_us[i * UPLOADS]) != 0)
			BUG("no thread");
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	double rate = TOTAL * 1e6 / (double)(clock_steady_us() - from);
	printf("%-34s %8.0f/s   %5.2f CPU ms each", what, rate, (double)(clock_cpu_ms() - cpu) / TOTAL);
	if (latencies) {
		qsort(latency_us, TOTAL, sizeof *latency_us, by_size);
		printf("   p50 %.1f ms  p99 %.1f ms", (double)latency_us[TOTAL / 2] / 1e3,
		       (double)latency_us[TOTAL * 99 / 100] / 1e3);
	}
	printf("\n");
	return rate;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: storage_bench DIR (on the disk to measure, empty)\n");
		return 2;
	}
	dir = argv[1];
	char database[4200], blobs[4200], plain[4200];
	snprintf(database, sizeof database, "sqlite:%s/docket.db", dir);
	snprintf(blobs, sizeof blobs, "file:%s/blobs", dir);
	struct storage_options o = {.storage_url = database,
	                            .blobs_url = blobs,
	                            .lease_ms = 600000,
	                            .job_deadline_ms = 600000,
	                            .max_attempts = 3,
	                            .max_crashes = 2,
	                            .backoff_ms = 10,
	                            .max_queued_per_user = 1000000};
	struct why why;
	const struct user *u = NULL;
	OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
	check(storage_open(&o, &storage, &why), &why);
	check(storage_user_create(storage, "bench@example.org", "h", "en", mem, &u, &why), &why);
	user = u->id;
	double ours = crowd("uploads, 64 clients", CLIENTS, upload, true);
	at_once = 1;
	crowd("claim + settle, one at a time, 16", 16, work, false);
	atomic_store(&settled, 0);
	crowd("uploads again", CLIENTS, upload, true);
	at_once = 32;
	crowd("claim + settle, claims of 32, 16", 16, work, false);
	storage_close(&storage);

	snprintf(plain, sizeof plain, "%s/plain.db", dir);
	if (sqlite3_open(plain, &plain_db) != SQLITE_OK)
		BUG("%s", plain);
	plain_sql("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE document(id PRIMARY KEY);"
	          "CREATE TABLE job(id PRIMARY KEY, state); CREATE TABLE job_q(id PRIMARY KEY); CREATE TABLE "
	          "audit(id)");
	snprintf(plain, sizeof plain, "%s/plain/", dir);
	if (mkdir(plain, 0700) != 0)
		BUG("%s", plain);
	double reference = crowd("uploads, a commit each (reference)", CLIENTS, plain_upload, true);
	sqlite3_close(plain_db);
	printf("ratio: %.2f\n", ours / reference);
	return 0;
}
