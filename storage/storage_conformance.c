#include "storage_conformance.h"

#include "conformance_world.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static const struct conformance_place *the_place;

/* A server that is starved of processors is busy: as a service that starts does, it is asked again. */
static enum err
open_in_the_end(struct world *w)
{
	int64_t until = clock_steady_ms() + 60000;
	enum err e;
	do
		e = storage_open(&w->options, &w->st, &w->why);
	while (e == ERR_BUSY && clock_steady_ms() < until);
	return e;
}

int
world_setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	const struct user *u;
	w->options = (struct storage_options){.lease_ms = 60000,
	                                      .job_deadline_ms = 600000,
	                                      .max_attempts = 3,
	                                      .max_crashes = 2,
	                                      .backoff_ms = 0,
	                                      .max_queued_per_user = 1000};
	w->options.pooler = the_place->pooler;
	w->shared = the_place->shared;
	the_place->make(&w->options.storage_url, &w->options.blobs_url);
	if (the_place->put_tables)
		the_place->put_tables(w->options.storage_url);
	w->mem = arena_create("conformance", 256 * MIB);
	w->worker = uuid_new();
	*state = w;
	OK(open_in_the_end(w));
	OK(storage_user_create(w->st, "Ann@Example.org", "hash-a", "en", w->mem, &u, &w->why));
	w->ann = u->id;
	OK(storage_user_create(w->st, "bob@example.org", "hash-b", "ru", w->mem, &u, &w->why));
	w->bob = u->id;
	return 0;
}

int
world_teardown(void **state)
{
	struct world *w = *state;
	storage_close(&w->st);
	arena_destroy(&w->mem);
	free(w);
	return 0;
}

void
reopen(struct world *w)
{
	storage_close(&w->st);
	OK(storage_open(&w->options, &w->st, &w->why));
}

void
another_place(struct storage_options *o)
{
	const char *rows, *blobs;
	the_place->make(&rows, &blobs);
	o->storage_url = rows;
	o->blobs_url = blobs;
}

struct blob
put_blob(struct world *w, const char *text)
{
	struct blob_writer *bw = NULL;
	struct blob b;
	OK(blob_begin(w->st, &bw, &w->why));
	OK(blob_write(bw, text, strlen(text), &w->why));
	OK(blob_publish(&bw, &b, &w->why));
	assert_null(bw);
	return b;
}

const struct job *
put_job(struct world *w, struct uuid user, const char *text)
{
	struct blob b = put_blob(w, text);
	struct upload u = {.user = user,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .file_name = "receipt.jpg",
	                   .media_type = "image/jpeg",
	                   .request_id = "r-1"};
	const struct job *j;
	bool replayed;
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_false(replayed);
	return j;
}

const struct claim *
claim_one(struct world *w)
{
	const struct claim *c = NULL;
	size_t n;
	OK(storage_claim(w->st, w->worker, 1, w->mem, &c, &n, &w->why));
	return n ? c : NULL;
}

const struct job *
job_of(struct world *w, struct uuid user, struct uuid id)
{
	const struct job *j;
	OK(storage_job_get(w->st, user, id, w->mem, &j, &w->why));
	return j;
}

static void
settle_with(struct world *w, const struct claim *c, const char *json, const char *due_date,
            const char *category, const char *doubtful)
{
	struct blob parsed = put_blob(w, "{\"parsed\":1}");
	struct page_picture page = {.number = 1,
	                            .width = 10,
	                            .height = 20,
	                            .picture = put_blob(w, "webp"),
	                            .thumbnail = put_blob(w, "small")};
	struct result_row r = {.json = json,
	                       .json_len = strlen(json),
	                       .parsed = &parsed,
	                       .pages = &page,
	                       .n_pages = 1,
	                       .doc_type = "receipt",
	                       .merchant = "Пятёрочка",
	                       .date = "2026-11-23",
	                       .total = "9.00",
	                       .currency = "RUB",
	                       .text = "ИТОГО 9.00",
	                       .due_date = due_date,
	                       .category = category,
	                       .doubtful = doubtful};
	OK(storage_settle_done(w->st, c, &r, &w->why));
}

void
settle(struct world *w, const struct claim *c, const char *json)
{
	settle_with(w, c, json, NULL, NULL, "[]");
}

void
settle_asking(struct world *w, const struct claim *c, const char *due_date, const char *category,
              const char *doubtful)
{
	settle_with(w, c, "{}", due_date, category, doubtful);
}

struct uuid
put_key(struct world *w, struct uuid user, enum key_kind kind, uint8_t first_byte, int64_t ends_ms)
{
	uint8_t hash[TOKEN_HASH_LEN] = {first_byte};
	struct key k = {.id = uuid_new(),
	                .user_id = user,
	                .kind = kind,
	                .name = "backup",
	                .scopes = SCOPE_READ | SCOPE_UPLOAD,
	                .ends_ms = ends_ms};
	OK(storage_key_create(w->st, &k, hash, &w->why));
	return k.id;
}

size_t
keys_of(struct world *w, struct uuid user, enum key_kind kind)
{
	const struct key *k;
	size_t n;
	OK(storage_key_list(w->st, user, kind, w->mem, &k, &n, &w->why));
	return n;
}

void
begin_session(struct world *w, struct uuid user, uint8_t first_byte, int64_t idle_ms, int64_t life_ms)
{
	uint8_t hash[TOKEN_HASH_LEN] = {first_byte};
	OK(storage_session_create(w->st,
	                          &(struct new_session){.user = user,
	                                                .token_hash = hash,
	                                                .idle_ms = idle_ms,
	                                                .life_ms = life_ms,
	                                                .device = "Firefox",
	                                                .address = "198.51.100.0/24"},
	                          &w->why));
}

/* ---- users and sessions ---- */

static void
an_email_is_taken_once_whatever_its_case(void **state)
{
	struct world *w = *state;
	const struct user *u;
	assert_int_equal(storage_user_create(w->st, "ann@example.ORG", "h", "en", w->mem, &u, &w->why),
	                 ERR_EMAIL_TAKEN);
	OK(storage_user_by_email(w->st, "ANN@example.org", w->mem, &u, &w->why));
	assert_true(uuid_equal(u->id, w->ann));
	assert_string_equal(u->email, "Ann@Example.org");
	assert_string_equal(u->password_hash, "hash-a");
	assert_int_equal(storage_user_by_email(w->st, "nobody@example.org", w->mem, &u, &w->why), ERR_ABSENT);
	OK(storage_user_by_id(w->st, w->bob, w->mem, &u, &w->why));
	assert_string_equal(u->locale, "ru");
	assert_int_equal(storage_user_by_id(w->st, uuid_new(), w->mem, &u, &w->why), ERR_ABSENT);
}

static void
a_session_lives_until_its_end_its_idleness_or_logout(void **state)
{
	struct world *w = *state;
	const struct user *u;
	uint8_t live[TOKEN_HASH_LEN] = {1}, idle[TOKEN_HASH_LEN] = {2}, old[TOKEN_HASH_LEN] = {3};
	begin_session(w, w->ann, live[0], 60000, 60000);
	begin_session(w, w->ann, idle[0], 1, 60000);
	begin_session(w, w->ann, old[0], 60000, 1);
	clock_sleep_ms(5);
	OK(storage_session_user(w->st, live, w->mem, &u, &w->why));
	assert_true(uuid_equal(u->id, w->ann));
	assert_int_equal(storage_session_user(w->st, idle, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	assert_int_equal(storage_session_user(w->st, old, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
	reopen(w);
	OK(storage_session_user(w->st, live, w->mem, &u, &w->why));
	OK(storage_session_end(w->st, live, &w->why));
	assert_int_equal(storage_session_user(w->st, live, w->mem, &u, &w->why), ERR_UNAUTHENTICATED);
}

/* ---- blobs ---- */

static void
a_blob_reads_back_what_was_written(void **state)
{
	struct world *w = *state;
	struct blob b = put_blob(w, "hello");
	OWNED(fd_close) int fd = -1;
	OWNED(mem_free) char *text = NULL;
	size_t n;
	char sha[65];
	OK(blob_open(w->st, b.key, &fd, &w->why));
	OK(fd_read_file(fd, 100, &text, &n, &w->why));
	assert_string_equal(text, "hello");
	assert_int_equal(b.size, 5);
	hex_text(b.sha256, sizeof b.sha256, sha);
	assert_string_equal(sha, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}

static void
a_key_that_is_none_opens_nothing(void **state)
{
	struct world *w = *state;
	static const char *const keys[] = {
	    "", "../../etc/passwd", "ab/../../etc/passwd",
	    "zz00000000000000000000000000000000000000000000000000000000000000",
	    "ab00000000000000000000000000000000000000000000000000000000000000"};
	int fd = -1;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_int_equal(blob_open(w->st, keys[i], &fd, &w->why), ERR_ABSENT);
	struct blob_writer *bw = NULL;
	OK(blob_begin(w->st, &bw, &w->why));
	OK(blob_write(bw, "x", 1, &w->why));
	blob_abandon(&bw);
	blob_abandon(&bw);
}

/* ---- uploads ---- */

static void
an_upload_is_a_queued_job_and_a_document(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "bytes");
	const struct document *d;
	assert_int_equal(j->state, JOB_QUEUED);
	assert_int_equal(j->stage, STAGE_QUEUED);
	assert_int_equal(j->max_attempts, 3);
	assert_int_equal(j->size, 5);
	assert_string_equal(j->file_name, "receipt.jpg");
	reopen(w);
	j = job_of(w, w->ann, j->id);
	assert_int_equal(j->state, JOB_QUEUED);
	OK(storage_document_get(w->st, w->ann, j->document_id, w->mem, &d, &w->why));
	assert_true(uuid_equal(d->job_id, j->id));
	assert_int_equal(d->blob.size, 5);
	assert_null(d->doc_type);
}

static void
a_key_replays_the_same_bytes_and_refuses_others(void **state)
{
	struct world *w = *state;
	struct blob one = put_blob(w, "one"), again = put_blob(w, "one"), other = put_blob(w, "other");
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &one,
	                   .media_type = "image/png",
	                   .idempotency_key = "k1"};
	const struct job *first, *j;
	bool replayed;
	OK(storage_upload(w->st, &u, w->mem, &first, &replayed, &w->why));
	assert_false(replayed);
	u.job_id = uuid_new();
	u.document_id = uuid_new();
	u.blob = &again;
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_true(replayed);
	assert_true(uuid_equal(j->id, first->id));
	u.blob = &other;
	assert_int_equal(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why), ERR_KEY_REUSED);
	u.user = w->bob; /* keys are each person's own */
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_false(replayed);
	struct job_page page;
	OK(storage_job_list(w->st, w->ann, (struct uuid){{0}}, 10, w->mem, &page, &w->why));
	assert_int_equal(page.n, 1);
}

static void
a_key_is_forgotten_in_time(void **state)
{
	struct world *w = *state;
	struct blob one = put_blob(w, "one"), other = put_blob(w, "other");
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &one,
	                   .media_type = "image/png",
	                   .idempotency_key = "k1"};
	const struct job *j;
	bool replayed;
	size_t n;
	int64_t before = clock_wall_ms() - 1000;
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	OK(storage_idempotency_expire(w->st, before, &n, &w->why));
	assert_int_equal(n, 0);
	OK(storage_idempotency_expire(w->st, clock_wall_ms() + 1000, &n, &w->why));
	assert_int_equal(n, 1);
	u.job_id = uuid_new();
	u.document_id = uuid_new();
	u.blob = &other;
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_false(replayed);
}

static void
too_many_waiting_are_refused(void **state)
{
	struct world *w = *state;
	storage_close(&w->st);
	w->options.max_queued_per_user = 2;
	OK(storage_open(&w->options, &w->st, &w->why));
	struct uuid first = put_job(w, w->ann, "1")->id;
	put_job(w, w->ann, "2");
	struct blob b = put_blob(w, "3");
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .media_type = "image/png"};
	const struct job *j;
	bool replayed;
	assert_int_equal(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why), ERR_RATE_LIMITED);
	put_job(w, w->bob, "4");
	/* One that is cancelled makes room for another, and for no more. */
	OK(storage_job_cancel(w->st, w->ann, first, w->mem, &j, &w->why));
	put_job(w, w->ann, "5");
	assert_int_equal(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why), ERR_RATE_LIMITED);
}

static void
lists_go_newest_first_page_by_page(void **state)
{
	struct world *w = *state;
	struct uuid ids[7];
	for (int i = 0; i < 7; i++)
		ids[i] = put_job(w, w->ann, "x")->id;
	put_job(w, w->bob, "y");
	struct uuid before = {{0}};
	int seen = 0;
	for (bool more = true; more;) {
		struct job_page page;
		OK(storage_job_list(w->st, w->ann, before, 3, w->mem, &page, &w->why));
		for (size_t i = 0; i < page.n; i++)
			assert_true(uuid_equal(page.jobs[i].id, ids[6 - seen++]));
		more = page.more;
		before = page.jobs[page.n - 1].id;
	}
	assert_int_equal(seen, 7);
	struct job_page page;
	assert_int_equal(storage_job_list(w->st, w->ann, (struct uuid){{0}}, 0, w->mem, &page, &w->why),
	                 ERR_INVALID);
	assert_int_equal(storage_job_list(w->st, w->ann, (struct uuid){{0}}, 201, w->mem, &page, &w->why),
	                 ERR_INVALID);
}

static void
nothing_of_one_person_is_there_for_another(void **state)
{
	struct world *w = *state;
	const struct job *mine = put_job(w, w->ann, "secret"), *j;
	const struct document *d;
	const struct result *r;
	const struct page_picture *p;
	settle(w, claim_one(w), "{\"total\":9}");
	assert_int_equal(storage_job_get(w->st, w->bob, mine->id, w->mem, &j, &w->why), ERR_ABSENT);
	assert_int_equal(storage_job_cancel(w->st, w->bob, mine->id, w->mem, &j, &w->why), ERR_ABSENT);
	assert_int_equal(storage_job_retry(w->st, w->bob, mine->id, w->mem, &j, &w->why), ERR_ABSENT);
	assert_int_equal(storage_result_get(w->st, w->bob, mine->id, w->mem, &r, &w->why), ERR_ABSENT);
	assert_int_equal(storage_document_get(w->st, w->bob, mine->document_id, w->mem, &d, &w->why),
	                 ERR_ABSENT);
	assert_int_equal(storage_page_get(w->st, w->bob, mine->document_id, 1, w->mem, &p, &w->why),
	                 ERR_ABSENT);
}

/* ---- side by side ---- */

static void *
upload_one(void *arg)
{
	struct world *w = arg;
	put_job(w, w->ann, "x");
	return NULL;
}

static void
a_wait_for_a_job_ends_when_there_is_one(void **state)
{
	struct world *w = *state;
	pthread_t t;
	const struct claim *claims;
	size_t n = 0;
	assert_int_equal(pthread_create(&t, NULL, upload_one, w), 0);
	/* It may have come before the wait begins, so that claims are what is looked at. */
	for (int64_t end = clock_steady_ms() + 60000; n == 0 && clock_steady_ms() < end;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("claim", MIB);
		struct why why;
		storage_claim_wait(w->st, 100);
		assert_int_equal(storage_claim(w->st, uuid_new(), 1, mem, &claims, &n, &why), ERR_NONE);
	}
	pthread_join(t, NULL);
	assert_int_equal(n, 1);
}

#define CROWD 8
#define EACH  25

struct member {
	struct world *w;
	int n, done;
	bool failed;
};

static void *
upload_many(void *arg)
{
	struct member *m = arg;
	OWNED(arena_destroy) struct arena *mem = arena_create("uploader", 16 * MIB);
	for (int i = 0; i < EACH; i++) {
		struct blob_writer *bw = NULL;
		struct blob b;
		struct why why;
		const struct job *j;
		bool replayed;
		char key[32];
		snprintf(key, sizeof key, "%d", i); /* all members race for the same keys */
		struct upload u = {.user = m->w->ann,
		                   .job_id = uuid_new(),
		                   .document_id = uuid_new(),
		                   .blob = &b,
		                   .media_type = "image/png",
		                   .idempotency_key = key};
		if (blob_begin(m->w->st, &bw, &why) != ERR_NONE ||
		    blob_write(bw, key, strlen(key), &why) != ERR_NONE ||
		    blob_publish(&bw, &b, &why) != ERR_NONE ||
		    storage_upload(m->w->st, &u, mem, &j, &replayed, &why) != ERR_NONE)
			m->failed = true;
		else
			m->n += !replayed;
	}
	return NULL;
}

static void *
work_many(void *arg)
{
	struct member *m = arg;
	struct uuid me = uuid_new();
	for (int idle = 0; idle < 3;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("worker", 16 * MIB);
		const struct claim *c;
		size_t n;
		struct why why;
		if (storage_claim(m->w->st, me, 3, mem, &c, &n, &why) != ERR_NONE)
			m->failed = true;
		idle = n ? 0 : idle + 1;
		for (size_t i = 0; i < n; i++) {
			struct result_row r = {.json = "{}", .json_len = 2};
			if (storage_settle_done(m->w->st, &c[i], &r, &why) != ERR_NONE)
				m->failed = true;
			m->done++;
		}
	}
	return NULL;
}

static void
run_crowd(struct world *w, void *(*fn)(void *), struct member *crowd)
{
	pthread_t threads[CROWD];
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct member){.w = w};
		assert_int_equal(pthread_create(&threads[i], NULL, fn, &crowd[i]), 0);
	}
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		assert_false(crowd[i].failed);
	}
}

static void
a_crowd_makes_each_job_once_and_does_it_once(void **state)
{
	struct world *w = *state;
	struct member crowd[CROWD];
	int made = 0, done = 0;
	run_crowd(w, upload_many, crowd);
	for (int i = 0; i < CROWD; i++)
		made += crowd[i].n;
	assert_int_equal(made, EACH);
	run_crowd(w, work_many, crowd);
	for (int i = 0; i < CROWD; i++)
		done += crowd[i].done;
	assert_int_equal(done, EACH);
	struct queue_stats s;
	OK(storage_queue_stats(w->st, &s, &w->why));
	assert_int_equal(s.queued + s.processing, 0);
	assert_true(s.writes >= (uint64_t)(CROWD * EACH));
	assert_true(s.commits > 0 && s.commit_us > 0);
	assert_non_null(s.pools[0].name);
	for (size_t i = 0; i < ARRAY_LEN(s.pools) && s.pools[i].name; i++) {
		assert_in_range(s.pools[i].busy, 0, s.pools[i].capacity);
		assert_int_equal(s.pools[i].waiting, 0);
	}
}

struct taker {
	struct world *w;
	enum err (*take)(struct world *w, struct why *why);
	enum err refusal;
	pthread_t thread;
	int taken, refused;
};

static void *
take_some(void *arg)
{
	struct taker *t = arg;
	for (int i = 0; i < AT_ONCE_TAKES / CROWD; i++) {
		struct why why;
		enum err e = t->take(t->w, &why);
		t->taken += e == ERR_NONE;
		t->refused += e == t->refusal;
	}
	return NULL;
}

int
at_once(struct world *w, enum err (*take)(struct world *w, struct why *why), enum err refusal)
{
	struct taker takers[CROWD] = {{0}};
	int taken = 0, refused = 0;
	for (size_t i = 0; i < CROWD; i++) {
		takers[i] = (struct taker){.w = w, .take = take, .refusal = refusal};
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_some, &takers[i]), 0);
	}
	for (size_t i = 0; i < CROWD; i++) {
		pthread_join(takers[i].thread, NULL);
		taken += takers[i].taken;
		refused += takers[i].refused;
	}
	assert_int_equal(taken + refused, AT_ONCE_TAKES);
	return taken;
}

/* ---- kill -9 ---- */

/* A child uploads and tells each acknowledged id through a pipe until it is killed. */
static void
upload_until_killed(struct world *w, int pipe_fd)
{
	for (;;) {
		const struct job *j = put_job(w, w->ann, "precious");
		if (write(pipe_fd, &j->id, sizeof j->id) != sizeof j->id)
			_exit(1);
	}
}

static void
what_was_acknowledged_survives_kill_9(void **state)
{
	struct world *w = *state;
	int acknowledged = 0;
	storage_close(&w->st);
	for (int round = 0; round < 10; round++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			if (open_in_the_end(w) != ERR_NONE)
				_exit(2);
			upload_until_killed(w, fds[1]);
		}
		close(fds[1]);
		struct uuid ids[4096];
		size_t n = 0;
		/* killed at some moment after its first few */
		size_t enough = 3 + (size_t)random_below(20);
		while (n < enough && read(fds[0], &ids[n], sizeof ids[n]) == sizeof ids[n])
			n++;
		clock_sleep_ms((int64_t)random_below(10));
		kill(pid, SIGKILL);
		while (n < ARRAY_LEN(ids) && read(fds[0], &ids[n], sizeof ids[n]) == sizeof ids[n])
			n++;
		waitpid(pid, NULL, 0);
		close(fds[0]);

		assert_true(n >= enough);
		OK(storage_open(&w->options, &w->st, &w->why));
		for (size_t i = 0; i < n; i++) {
			const struct job *j = job_of(w, w->ann, ids[i]);
			const struct document *d;
			OWNED(fd_close) int fd = -1;
			OWNED(mem_free) char *text = NULL;
			size_t len;
			OK(storage_document_get(w->st, w->ann, j->document_id, w->mem, &d, &w->why));
			OK(blob_open(w->st, d->blob.key, &fd, &w->why));
			OK(fd_read_file(fd, 100, &text, &len, &w->why));
			assert_string_equal(text, "precious");
		}
		acknowledged += (int)n;
		storage_close(&w->st);
	}
	assert_true(acknowledged >= 30);
	OK(storage_open(&w->options, &w->st, &w->why));
}

int
storage_conformance(const struct conformance_place *place)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(an_email_is_taken_once_whatever_its_case),
	    T(a_session_lives_until_its_end_its_idleness_or_logout),
	    T(a_blob_reads_back_what_was_written),
	    T(a_key_that_is_none_opens_nothing),
	    T(an_upload_is_a_queued_job_and_a_document),
	    T(a_key_replays_the_same_bytes_and_refuses_others),
	    T(a_key_is_forgotten_in_time),
	    T(too_many_waiting_are_refused),
	    T(lists_go_newest_first_page_by_page),
	    T(nothing_of_one_person_is_there_for_another),
	    T(a_wait_for_a_job_ends_when_there_is_one),
	    T(a_crowd_makes_each_job_once_and_does_it_once),
	    T(what_was_acknowledged_survives_kill_9),
	};
	the_place = place;
	return cmocka_run_group_tests_name("storage conformance", tests, NULL, NULL) + jobs_conformance() +
	       library_conformance() + accounts_conformance() + keys_conformance() + room_conformance() +
	       costs_conformance() + errands_conformance() + moving_conformance() + passkeys_conformance() +
	       rates_conformance();
}
