/* queue_bench MODE [--jobs N] [--threads N] [--batch N] [--minutes N] [--rate N]: the queue in PostgreSQL,
 * through the door of storage, with jobs that do nothing. Prints one line of JSON. Figures, not a test.
 *
 *	rate      jobs queued by one crowd, then claimed and settled by another
 *	latency   from the commit of an upload on one node to its job in the hands of another, idle
 *	snapshot  a steady rate while an old snapshot is held open, for --minutes
 *	noisy     how long a quiet person's paper waits, alone and beside 10,000 of somebody else
 *
 * The database: TEST_PG_URL, as tools/with-servers sets it. bench/queue/run.mjs runs it beside others. */
#include "clock.h"
#include "own.h"
#include "storage.h"
#include "test_folder.h"

#include <dirent.h>
#include <getopt.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#define THREADS_MAX 64
#define USERS       50
#define WAIT_MS     1000

static struct {
	int jobs, threads, batch, minutes, rate;
} opt = {.jobs = 20000, .threads = 16, .batch = 1, .minutes = 1, .rate = 800};

static struct uuid users[USERS];
static struct storage *store;
static atomic_int queued, settled;
static atomic_bool stop;

static void
check(enum err e, const struct why *why)
{
	if (e != ERR_NONE)
		BUG("%s: %s", err_code(e), why->text);
}

static struct storage *
open_storage(void)
{
	char dir[TEST_FOLDER_LEN], blobs[64];
	const char *url = getenv("TEST_PG_URL");
	if (!url)
		BUG("run me by tools/with-servers pg --");
	test_folder(dir);
	snprintf(blobs, sizeof blobs, "file:%s", dir);
	const struct storage_options o = {.storage_url = url,
	                                  .blobs_url = blobs,
	                                  .pool = opt.threads,
	                                  .lease_ms = 600000,
	                                  .job_deadline_ms = 600000,
	                                  .max_attempts = 3,
	                                  .max_crashes = 2,
	                                  .backoff_ms = 10,
	                                  .max_queued_per_user = 1000000};
	struct storage *st = NULL;
	struct why why;
	check(storage_open(&o, &st, &why), &why);
	return st;
}

/* Rows of a document whose bytes nobody asks for: what is measured is the queue. */
static void
queue_one(struct storage *st, struct uuid user)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
	uint8_t key[(BLOB_KEY_LEN - 1) / 2];
	struct blob b = {.size = 1};
	random_bytes(key, sizeof key);
	hex_text(key, sizeof key, b.key);
	const struct upload u = {.user = user,
	                         .job_id = uuid_new(),
	                         .document_id = uuid_new(),
	                         .blob = &b,
	                         .media_type = "image/png",
	                         .request_id = "bench"};
	const struct job *j = NULL;
	bool replayed;
	struct why why;
	check(storage_upload(st, &u, mem, &j, &replayed, &why), &why);
}

static size_t
claim(struct storage *st, struct uuid me, struct arena *mem, const struct claim **ret)
{
	size_t n = 0;
	struct why why;
	check(storage_claim(st, me, opt.batch, mem, ret, &n, &why), &why);
	return n;
}

static void
settle(struct storage *st, const struct claim *c, size_t n)
{
	static const struct result_row row = {.json = "{}", .json_len = 2};
	struct why why;
	for (size_t i = 0; i < n; i++)
		check(storage_settle_done(st, &c[i], &row, &why), &why);
	atomic_fetch_add(&settled, (int)n);
}

static void
make_users(void)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
	for (int i = 0; i < USERS; i++) {
		char email[64], id[UUID_TEXT_LEN];
		const struct user *u = NULL;
		struct why why;
		uuid_text(uuid_new(), id);
		snprintf(email, sizeof email, "%s@example.org", id);
		check(storage_user_create(store, email, "h", "en", mem, &u, &why), &why);
		users[i] = u->id;
	}
}

static void
crowd(int threads, void *(*fn)(void *))
{
	pthread_t t[THREADS_MAX];
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, fn, (void *)(intptr_t)i) != 0)
			BUG("no thread");
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* In milliseconds; sorts. */
static double
percentile(int64_t *us, size_t n, size_t percent)
{
	if (n == 0)
		return 0;
	qsort(us, n, sizeof *us, by_size);
	return (double)us[(n - 1) * percent / 100] / 1e3;
}

/* ---- rate ---- */

/* Of one process, in microseconds, its children that have ended with it if asked; 0: it is gone. */
static int64_t
cpu_of(const char *pid, bool with_ended, long *parent)
{
	unsigned long user = 0, system = 0;
	long ended_user = 0, ended_system = 0;
	char path[64];
	snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
	FILE *f = fopen(path, "re");
	int n = f ? fscanf(f, "%*d (%*[^)]) %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
	                   parent, &user, &system, &ended_user, &ended_system)
	          : 0;
	if (f)
		fclose(f);
	if (n != 5)
		return 0;
	int64_t ticks = (int64_t)(user + system) + (with_ended ? ended_user + ended_system : 0);
	return ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

/* Of the server: its first process, those of its children that have ended, and those that live. */
static int64_t
server_cpu_us(void)
{
	const char *dir = getenv("TEST_PG_DIR");
	char path[256], first[16] = "";
	long parent;
	snprintf(path, sizeof path, "%s/a/postmaster.pid", dir ? dir : "");
	FILE *f = fopen(path, "re");
	DIR *proc = opendir("/proc");
	if (!f || !proc || fscanf(f, "%15s", first) != 1)
		BUG("run me by tools/with-servers pg --");
	fclose(f);
	int64_t us = cpu_of(first, true, &parent);
	for (struct dirent *e; (e = readdir(proc));) {
		int64_t its =
		    e->d_name[0] >= '1' && e->d_name[0] <= '9' ? cpu_of(e->d_name, false, &parent) : 0;
		if (its && parent == strtol(first, NULL, 10))
			us += its;
	}
	closedir(proc);
	return us;
}

static void *
queue_share(void *arg)
{
	(void)arg;
	for (int i; (i = atomic_fetch_add(&queued, 1)) < opt.jobs;)
		queue_one(store, users[i % USERS]);
	return NULL;
}

static void *
work_all(void *arg)
{
	struct uuid me = uuid_new();
	(void)arg;
	while (atomic_load(&settled) < opt.jobs) {
		OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
		const struct claim *c = NULL;
		size_t n = claim(store, me, mem, &c);
		if (n == 0)
			storage_claim_wait(store, 10);
		settle(store, c, n);
	}
	return NULL;
}

static void
rate(void)
{
	int64_t t0 = clock_steady_us();
	crowd(opt.threads, queue_share);
	int64_t t1 = clock_steady_us(), cpu = clock_cpu_ms(), server = server_cpu_us();
	crowd(opt.threads, work_all);
	int64_t t2 = clock_steady_us();
	printf("{\"mode\":\"rate\",\"jobs\":%d,\"batch\":%d,\"threads\":%d,\"queued_per_s\":%.0f,"
	       "\"done_per_s\":%.0f,\"client_cpu_us\":%.0f,\"server_cpu_us\":%.0f}\n",
	       opt.jobs, opt.batch, opt.threads, opt.jobs * 1e6 / (double)(t1 - t0),
	       opt.jobs * 1e6 / (double)(t2 - t1), (double)(clock_cpu_ms() - cpu) * 1e3 / opt.jobs,
	       (double)(server_cpu_us() - server) / opt.jobs);
}

/* ---- latency ---- */

#define LATENCY_JOBS 500
static _Atomic int64_t picked_us;

static void *
wait_for_jobs(void *arg)
{
	struct storage *other = arg;
	struct uuid me = uuid_new();
	while (!atomic_load(&stop)) {
		OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
		const struct claim *c = NULL;
		size_t n = claim(other, me, mem, &c);
		if (n == 0) {
			storage_claim_wait(other, WAIT_MS);
			continue;
		}
		atomic_store(&picked_us, clock_steady_us());
		settle(other, c, n);
	}
	return NULL;
}

static void
latency(void)
{
	static int64_t us[LATENCY_JOBS];
	OWNED(storage_close) struct storage *other = open_storage();
	pthread_t t;
	if (pthread_create(&t, NULL, wait_for_jobs, other) != 0)
		BUG("no thread");
	clock_sleep_ms(1500);
	for (int i = 0; i < LATENCY_JOBS; i++) {
		atomic_store(&picked_us, 0);
		queue_one(store, users[i % USERS]);
		int64_t committed = clock_steady_us(), picked;
		while ((picked = atomic_load(&picked_us)) == 0)
			clock_sleep_ms(1);
		us[i] = picked > committed ? picked - committed : 0;
		clock_sleep_ms(30 + (int64_t)random_below(60));
	}
	atomic_store(&stop, true);
	storage_claim_wake(other);
	pthread_join(t, NULL);
	double p50 = percentile(us, LATENCY_JOBS, 50), p99 = percentile(us, LATENCY_JOBS, 99);
	printf("{\"mode\":\"latency\",\"jobs\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
	       LATENCY_JOBS, p50, p99, (double)us[LATENCY_JOBS - 1] / 1e3);
}

/* ---- an old snapshot ---- */

#define CLAIMS_MAX 4000000
static int64_t *claim_us;
static atomic_int n_claims;

static void
run_sql(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		BUG("%s: %s", sql, PQerrorMessage(c));
	PQclear(r);
}

/* Each job has its moment, so that a slow spell is made up for, as by people who do not wait for us. */
static void *
queue_steadily(void *arg)
{
	int64_t begun = clock_steady_us(), end = begun + opt.minutes * 60000000LL;
	(void)arg;
	for (;;) {
		int i = atomic_fetch_add(&queued, 1);
		int64_t at = begun + i * 1000000LL / opt.rate, now = clock_steady_us();
		if (at >= end)
			return NULL;
		if (at > now)
			clock_sleep_ms((at - now) / 1000);
		queue_one(store, users[i % USERS]);
	}
}

static void *
work_timed(void *arg)
{
	struct uuid me = uuid_new();
	(void)arg;
	while (!atomic_load(&stop)) {
		OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
		const struct claim *c = NULL;
		int64_t t0 = clock_steady_us();
		size_t n = claim(store, me, mem, &c);
		int64_t took = clock_steady_us() - t0;
		if (n == 0) {
			storage_claim_wait(store, 20);
			continue;
		}
		int at = atomic_fetch_add(&n_claims, 1);
		if (at < CLAIMS_MAX)
			claim_us[at] = took;
		settle(store, c, n);
	}
	return NULL;
}

static void *
both_sides(void *arg)
{
	return (intptr_t)arg % 2 ? work_timed(arg) : queue_steadily(arg);
}

#define REAP_MS 5000 /* as workers do */

static void *
stop_in_time(void *arg)
{
	int *at = arg; /* settled after each quarter */
	int64_t begun = clock_steady_ms(), quarter_ms = opt.minutes * 15000LL;
	for (int i = 0; i < 4;) {
		size_t n;
		struct why why;
		clock_sleep_ms(quarter_ms < REAP_MS ? quarter_ms : REAP_MS);
		check(storage_reap(store, &n, &why), &why);
		if (clock_steady_ms() - begun >= (i + 1) * quarter_ms)
			at[i++] = atomic_load(&settled);
	}
	atomic_store(&stop, true);
	storage_claim_wake(store);
	return NULL;
}

static void
snapshot(void)
{
	int at[4] = {0};
	pthread_t t;
	claim_us = calloc(CLAIMS_MAX, sizeof *claim_us);
	PGconn *old = PQconnectdb(getenv("TEST_PG_URL"));
	if (!claim_us || PQstatus(old) != CONNECTION_OK)
		BUG("no memory or no database");
	run_sql(old, "BEGIN ISOLATION LEVEL REPEATABLE READ");
	run_sql(old, "SELECT count(*) FROM job_q");
	if (pthread_create(&t, NULL, stop_in_time, at) != 0)
		BUG("no thread");
	crowd(opt.threads, both_sides);
	pthread_join(t, NULL);
	PQfinish(old);
	size_t n = (size_t)atomic_load(&n_claims), last = n / 4;
	double late = percentile(claim_us + n - last, last, 99);
	double p50 = percentile(claim_us, n, 50), p99 = percentile(claim_us, n, 99);
	double quarter_s = opt.minutes * 15.0;
	printf("{\"mode\":\"snapshot\",\"minutes\":%d,\"offered_per_s\":%d,\"queued_per_s\":%.1f,\"first_"
	       "quarter_per_s\":%.1f,"
	       "\"last_quarter_per_s\":%.1f,\"kept\":%.3f,\"claim_p50_ms\":%.2f,\"claim_p99_ms\":%.2f,"
	       "\"claim_p99_last_quarter_ms\":%.2f}\n",
	       opt.minutes, opt.rate, atomic_load(&queued) / (quarter_s * 4), at[0] / quarter_s,
	       (at[3] - at[2]) / quarter_s, (at[3] - at[2]) / quarter_s / opt.rate, p50, p99, late);
}

/* ---- a noisy neighbour ---- */

#define JOB_MS      20
#define QUIET_JOBS  100
#define NOISY_JOBS  10000
#define NOISY_HANDS 2
static struct uuid quiet;

static void *
work_slowly(void *arg)
{
	struct uuid me = uuid_new();
	(void)arg;
	while (!atomic_load(&stop)) {
		OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
		const struct claim *c = NULL;
		size_t n = claim(store, me, mem, &c);
		if (n == 0) {
			storage_claim_wait(store, 200);
			continue;
		}
		if (uuid_equal(c->user_id, quiet))
			atomic_store(&picked_us, clock_steady_us());
		clock_sleep_ms(JOB_MS);
		settle(store, c, n);
	}
	return NULL;
}

static double
quiet_wait(double *p50)
{
	static int64_t us[QUIET_JOBS];
	pthread_t t[NOISY_HANDS];
	atomic_store(&stop, false);
	for (int i = 0; i < NOISY_HANDS; i++)
		if (pthread_create(&t[i], NULL, work_slowly, NULL) != 0)
			BUG("no thread");
	for (int i = 0; i < QUIET_JOBS; i++) {
		atomic_store(&picked_us, 0);
		queue_one(store, quiet);
		int64_t committed = clock_steady_us(), picked;
		while ((picked = atomic_load(&picked_us)) == 0)
			clock_sleep_ms(1);
		us[i] = picked > committed ? picked - committed : 0;
		clock_sleep_ms(100);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < NOISY_HANDS; i++)
		storage_claim_wake(store);
	for (int i = 0; i < NOISY_HANDS; i++)
		pthread_join(t[i], NULL);
	*p50 = percentile(us, QUIET_JOBS, 50);
	return percentile(us, QUIET_JOBS, 99);
}

static void *
queue_noise(void *arg)
{
	(void)arg;
	while (atomic_fetch_add(&queued, 1) < NOISY_JOBS)
		queue_one(store, users[0]);
	return NULL;
}

static void
noisy(void)
{
	double p50_alone, p50_beside;
	quiet = users[1];
	/* A connection that runs its first statements is slow at it; in a service that runs they have. */
	opt.batch = 1;
	opt.jobs = 50 * opt.threads;
	crowd(opt.threads, queue_share);
	crowd(opt.threads, work_all);
	atomic_store(&queued, 0);
	double alone = quiet_wait(&p50_alone);
	crowd(opt.threads, queue_noise);
	double beside = quiet_wait(&p50_beside);
	printf("{\"mode\":\"noisy\",\"queued\":%d,\"job_ms\":%d,\"alone_p50_ms\":%.1f,\"alone_p99_ms\":%.1f,"
	       "\"beside_p50_ms\":%.1f,\"beside_p99_ms\":%.1f,\"bar_ms\":%.1f}\n",
	       NOISY_JOBS, JOB_MS, p50_alone, alone, p50_beside, beside, 1.5 * alone + JOB_MS);
}

int
main(int argc, char **argv)
{
	static const struct option names[] = {{"jobs", 1, NULL, 'j'},  {"threads", 1, NULL, 't'},
	                                      {"batch", 1, NULL, 'b'}, {"minutes", 1, NULL, 'm'},
	                                      {"rate", 1, NULL, 'r'},  {NULL, 0, NULL, 0}};
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {{"rate", rate}, {"latency", latency}, {"snapshot", snapshot}, {"noisy", noisy}};
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		int *const numbers[] = {['j'] = &opt.jobs,
		                        ['t'] = &opt.threads,
		                        ['b'] = &opt.batch,
		                        ['m'] = &opt.minutes,
		                        ['r'] = &opt.rate};
		if (c == '?')
			return 2;
		*numbers[c] = (int)strtol(optarg, NULL, 10);
		if (*numbers[c] < 1 || (c == 't' && *numbers[c] > THREADS_MAX))
			return 2;
	}
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (optind + 1 == argc && strcmp(argv[optind], modes[i].name) == 0) {
			store = open_storage();
			make_users();
			modes[i].run();
			storage_close(&store);
			return 0;
		}
	}
	fprintf(stderr, "usage: queue_bench rate|latency|snapshot|noisy [--jobs N] [--threads N] [--batch N]"
	                " [--minutes N] [--rate N]\n");
	return 2;
}
