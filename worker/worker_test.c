/* The worker on real storage. The parser and the model are played here, at their doors: the document's
 * own words say what the parser does with it, `model_says` what the model answers. */
#include "accounts.h"
#include "clock.h"
#include "errands.h"
#include "fdio.h"
#include "library.h"
#include "observe.h"
#include "own.h"
#include "test_folder.h"
#include "trace.h"
#include "uuid.h"
#include "worker.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

static _Atomic int model_says = ERR_NONE, model_fails_times, parses;

/* ---- the parser, played ---- */

static const struct word word = {"HELLO", 0.9f, {0.1f, 0.1f, 0.2f, 0.2f}};
static const struct span all = {0, 1};
static const char *const languages[] = {"eng"};

static enum err
send_picture(const struct parse_events *on, int32_t page, bool thumbnail, const char *bytes, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	size_t n = strlen(bytes);
	TRY(fd_from_bytes("picture", bytes, n, &fd, why));
	return on->picture(on->arg, page, 100, 200, thumbnail, fd, n, why);
}

static enum err
write_document(int *ret_fd, uint64_t *ret_len, struct why *why)
{
	const struct page page = {.number = 1,
	                          .width = 100,
	                          .height = 200,
	                          .words = &word,
	                          .n_words = 1,
	                          .lines = &all,
	                          .n_lines = 1,
	                          .blocks = &all,
	                          .n_blocks = 1};
	const struct document_text d = {.engine = "played",
	                                .engine_version = "1",
	                                .media_type = "image/png",
	                                .languages = languages,
	                                .n_languages = 1,
	                                .pages = &page,
	                                .n_pages = 1};
	OWNED(buf_free) struct buf json = buf_init(MIB);
	document_write(&json, &d);
	*ret_len = json.len;
	return fd_from_bytes("document", json.data, json.len, ret_fd, why);
}

enum err
parser_parse(struct parser_pool *p, int document, uint64_t size, int64_t deadline_ms,
             const struct parse_events *on, struct parse_result *ret, struct why *why)
{
	OWNED(mem_free) char *order = NULL;
	size_t len;
	(void)p, (void)size, (void)deadline_ms;
	atomic_fetch_add(&parses, 1);
	TRY(fd_read_file(document, KIB, &order, &len, why));
	TRY(on->progress(on->arg, 0, 1, why));
	if (strcmp(order, "crash") == 0)
		return (fail)(why, ERR_PARSER_CRASHED, "signal 11");
	if (strcmp(order, "encrypted") == 0)
		return (fail)(why, ERR_ENCRYPTED, "locked");
	while (strcmp(order, "slow") == 0) { /* until told to stop */
		TRY(on->keep_going(on->arg, why));
		clock_sleep_ms(5);
	}
	if (strcmp(order, "page 7") == 0)
		return send_picture(on, 7, false, "RIFF....WEBPVP8 ", why);
	if (strcmp(order, "html") == 0)
		return send_picture(on, 1, false, "<html><script>  ", why);
	if (strcmp(order, "nothing") == 0) {
		TRY(send_picture(on, 1, false, "", why));
		return write_document(&ret->json_fd, &ret->json_len, why);
	}
	TRY(send_picture(on, 1, false, "RIFF....WEBPVP8 ", why));
	TRY(send_picture(on, 1, true, "RIFF....WEBPVP8 ", why));
	TRY(on->progress(on->arg, 1, 1, why));
	ret->cpu_ms = 42;
	for (int i = 0; on->attachment && strcmp(order, "mail") == 0 && i < 2; i++) {
		OWNED(fd_close) int fd = -1;
		const char *text = i ? "mail" : "\1\2\3\4";
		TRY(fd_from_bytes("attachment", text, 4, &fd, why));
		TRY(on->attachment(on->arg, i ? "again.eml" : "noise.bin", fd, 4, why));
	}
	if (strcmp(order, "garbage") == 0) {
		ret->json_len = 5;
		return fd_from_bytes("document", "[1,2]", 5, &ret->json_fd, why);
	}
	return write_document(&ret->json_fd, &ret->json_len, why);
}

/* ---- the model, played ---- */

enum err
inference_ask(struct inference_client *c, const char *json, size_t n, const char *memory,
              const struct inference_ids *ids, json_t **ret, struct why *why)
{
	struct trace_context trace;
	(void)c, (void)json, (void)n, (void)memory;
	assert_non_null(ids->job_id);
	assert_string_equal(ids->request_id, "request-1");
	assert_true(trace_parse(ids->traceparent, &trace));
	enum err e = (enum err)atomic_load(&model_says);
	if (e != ERR_NONE && atomic_fetch_sub(&model_fails_times, 1) > 0)
		return (fail)(why, e, "as told");
	*ret = json_pack("{s:{s:s}, s:{s:s, s:f}, s:[{s:s, s:s}], s:[]}", "model", "name", "played",
	                 "doc_type", "value", "receipt", "confidence", 0.5, "fields", "name", "merchant_name",
	                 "value", "HELLO", "line_items");
	return ERR_NONE;
}

/* ---- a service around the worker ---- */

struct place {
	char folder[TEST_FOLDER_LEN];
	struct storage *storage;
	struct worker *worker;
	struct arena *mem;
	struct uuid user;
};

static void
start_scaled(struct place *p, int64_t grace_ms, int64_t deadline_ms, bool scaling)
{
	struct why why = {""};
	const struct worker_options o = {.storage = p->storage,
	                                 .slots = 2,
	                                 .scaling = scaling,
	                                 .target_wait_ms = 100,
	                                 .scale_in_ms = 60000,
	                                 .lease_ms = 600,
	                                 .job_deadline_ms = deadline_ms,
	                                 .stop_grace_ms = grace_ms,
	                                 .max_mail_depth = 2,
	                                 .archives_ms = 60000,
	                                 .errands = {.max_attempts = 2, .backoff_ms = 10},
	                                 .result_limit_ms = 10000};
	assert_int_equal(worker_start(&o, &p->worker, &why), ERR_NONE);
}

static void
start_worker(struct place *p, int64_t grace_ms, int64_t deadline_ms)
{
	start_scaled(p, grace_ms, deadline_ms, false);
}

static int
set_up_room_for(void **state, int64_t documents)
{
	struct place *p = calloc(1, sizeof *p);
	struct why why = {""};
	char db[100], blobs[100];
	const struct user *user;
	test_folder(p->folder);
	snprintf(db, sizeof db, "sqlite:%s/docket.db", p->folder);
	snprintf(blobs, sizeof blobs, "file:%s/blobs", p->folder);
	const struct storage_options o = {.storage_url = db,
	                                  .blobs_url = blobs,
	                                  .lease_ms = 600,
	                                  .job_deadline_ms = 60000,
	                                  .max_attempts = 3,
	                                  .max_crashes = 2,
	                                  .backoff_ms = 10,
	                                  .max_queued_per_user = 100,
	                                  .max_documents_per_user = documents};
	p->mem = arena_create("test", 16 * MIB);
	if (storage_open(&o, &p->storage, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	assert_int_equal(storage_user_create(p->storage, "ann@example.org", "x", "en", p->mem, &user, &why),
	                 ERR_NONE);
	p->user = user->id;
	atomic_store(&model_says, ERR_NONE);
	atomic_store(&parses, 0);
	*state = p;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_room_for(state, 0);
}

static int
set_up_small(void **state)
{
	return set_up_room_for(state, 2);
}

static int
set_up_for_eight(void **state)
{
	return set_up_room_for(state, 8);
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	worker_stop(&p->worker);
	storage_close(&p->storage);
	arena_destroy(&p->mem);
	free(p);
	return 0;
}

static struct uuid
upload(struct place *p, const char *order)
{
	struct blob blob;
	struct blob_writer *w = NULL;
	struct why why = {""};
	const struct job *job;
	bool replayed;
	assert_int_equal(blob_begin(p->storage, &w, &why), ERR_NONE);
	assert_int_equal(blob_write(w, order, strlen(order), &why), ERR_NONE);
	assert_int_equal(blob_publish(&w, &blob, &why), ERR_NONE);
	const struct upload u = {.user = p->user,
	                         .job_id = uuid_new(),
	                         .document_id = uuid_new(),
	                         .blob = &blob,
	                         .file_name = "a.png",
	                         .media_type = "image/png",
	                         .request_id = "request-1"};
	assert_int_equal(storage_upload(p->storage, &u, p->mem, &job, &replayed, &why), ERR_NONE);
	return u.job_id;
}

/* Until the job is in that state. */
static const struct job *
await(struct place *p, struct uuid id, enum job_state state)
{
	struct why why = {""};
	const struct job *job = NULL;
	assert_int_equal(storage_job_get(p->storage, p->user, id, p->mem, &job, &why), ERR_NONE);
	for (int64_t end = clock_steady_ms() + 60000; job->state != state;) {
		if (clock_steady_ms() > end)
			fail_msg("still %s, error %s", job_state_name(job->state), err_code(job->error));
		clock_sleep_ms(5);
		assert_int_equal(storage_job_get(p->storage, p->user, id, p->mem, &job, &why), ERR_NONE);
	}
	return job;
}

static void
correct_sender(struct place *p, struct uuid job)
{
	const struct correction_change change = {.path = "merchant_name",
	                                         .after = "{\"value\":\"Other\",\"normalized\":\"Other\"}",
	                                         .fact = LIST_MERCHANT,
	                                         .fact_value = "Other"};
	const struct result *r;
	struct why why = {""};
	assert_int_equal(storage_result_get(p->storage, p->user, job, p->mem, &r, &why), ERR_NONE);
	const struct correct o = {
	    .user = p->user, .job = job, .version = r->version, .changes = &change, .n = 1};
	assert_int_equal(storage_correct(p->storage, &o, &why), ERR_NONE);
}

static void
a_lesson_that_could_not_be_had_is_learnt_by_the_next_job(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	struct blob parsed;
	struct sender_memory_row memory;
	char path[300], away[310];
	start_worker(p, 1000, 60000);
	struct uuid first = upload(p, "fine");
	const struct job *job = await(p, first, JOB_DONE);
	correct_sender(p, first);
	assert_int_equal(storage_parsed_get(p->storage, p->user, job->document_id, &parsed, &why), ERR_NONE);
	snprintf(path, sizeof path, "%.100s/blobs/%.2s/%s", p->folder, parsed.key, parsed.key);
	snprintf(away, sizeof away, "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mkdir(path, 0700), 0); /* it opens, and cannot be read */
	(void)await(p, upload(p, "fine"), JOB_DONE);
	assert_int_equal(storage_memory_get(p->storage, p->user, p->mem, &memory, &why), ERR_ABSENT);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(away, path), 0);
	(void)await(p, upload(p, "fine"), JOB_DONE);
	assert_int_equal(storage_memory_get(p->storage, p->user, p->mem, &memory, &why), ERR_NONE);
	assert_int_equal(memory.version, 1);
}

static void
a_job_goes_from_upload_to_result(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	start_worker(p, 1000, 60000);
	struct uuid id = upload(p, "fine");
	const struct job *job = await(p, id, JOB_DONE);
	assert_int_equal(job->stage, STAGE_FINISHED);
	assert_int_equal(job->attempt, 1);
	const struct result *r;
	assert_int_equal(storage_result_get(p->storage, p->user, id, p->mem, &r, &why), ERR_NONE);
	assert_non_null(strstr(r->json, "\"merchant_name\":{\"value\":\"HELLO\"}"));
	assert_non_null(strstr(r->json, "\"cpu_ms\":42"));
	const struct page_picture *picture;
	assert_int_equal(storage_page_get(p->storage, p->user, r->document_id, 1, p->mem, &picture, &why),
	                 ERR_NONE);
	assert_int_equal(picture->picture.size, 16);
	assert_true(picture->thumbnail.key[0] != '\0');
	const struct document *d;
	assert_int_equal(storage_document_get(p->storage, p->user, r->document_id, p->mem, &d, &why),
	                 ERR_NONE);
	assert_string_equal(d->doc_type, "receipt");
	assert_string_equal(d->merchant, "HELLO");
}

static void
a_short_one_behind_a_long_one_gets_a_slot_of_its_own(void **state)
{
	struct place *p = *state;
	start_scaled(p, 0, 60000, true);
	(void)await(p, upload(p, "slow"), JOB_PROCESSING);
	(void)await(p, upload(p, "fine"), JOB_DONE);
	OWNED(buf_free) struct buf metrics = buf_init(8 * MIB);
	metrics_write(&metrics, METRICS_PROMETHEUS);
	assert_non_null(strstr(metrics.data, "docket_scaling_desired_workers{rule=\"applied\"} 2\n"));
	assert_non_null(strstr(metrics.data, "docket_scaling_service_seconds "));
}

static void
the_documents_own_faults_end_it_at_once(void **state)
{
	struct place *p = *state;
	start_worker(p, 1000, 60000);
	const struct job *job = await(p, upload(p, "encrypted"), JOB_FAILED);
	assert_int_equal(job->error, ERR_ENCRYPTED);
	assert_int_equal(job->attempt, 1);
}

static void
a_document_that_kills_its_parser_twice_is_given_up(void **state)
{
	struct place *p = *state;
	start_worker(p, 1000, 60000);
	const struct job *job = await(p, upload(p, "crash"), JOB_FAILED);
	assert_int_equal(job->error, ERR_PARSER_CRASHED);
	assert_int_equal(atomic_load(&parses), 2);
	await(p, upload(p, "fine"), JOB_DONE);
}

static void
what_a_parser_sends_is_checked(void **state)
{
	static const char *const orders[] = {"garbage", "page 7", "html", "nothing"};
	struct place *p = *state;
	start_worker(p, 1000, 60000);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const struct job *job = await(p, upload(p, orders[i]), JOB_FAILED);
		assert_true(job->error == ERR_BAD_DOCUMENT || job->error == ERR_SCHEMA);
	}
}

static void
a_model_that_comes_back_soon_costs_no_second_parse(void **state)
{
	struct place *p = *state;
	atomic_store(&model_fails_times, 2);
	atomic_store(&model_says, ERR_MODEL_UNAVAILABLE);
	start_worker(p, 1000, 60000);
	const struct job *job = await(p, upload(p, "fine"), JOB_DONE);
	assert_int_equal(job->attempt, 1);
	assert_int_equal(atomic_load(&parses), 1);
}

/* A mail on a mail on a mail: what hangs on the third is not looked at; noise is of no kind at all. */
static void
what_hangs_on_a_mail_is_read_too_but_not_without_end(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	struct found_page all_of_them;
	start_worker(p, 1000, 60000);
	await(p, upload(p, "mail"), JOB_DONE);
	for (int done = 0; done < 3;) {
		done = 0;
		assert_int_equal(
		    storage_document_find(p->storage, p->user, NULL, NULL, 10, p->mem, &all_of_them, &why),
		    ERR_NONE);
		for (size_t i = 0; i < all_of_them.n; i++)
			done += all_of_them.documents[i].d.state == JOB_DONE;
		clock_sleep_ms(5);
	}
	assert_int_equal(all_of_them.n, 3);
	assert_string_equal(all_of_them.documents[0].d.file_name, "again.eml");
	assert_string_equal(all_of_them.documents[0].d.media_type, "text/plain");
	assert_true(uuid_equal(all_of_them.documents[0].d.parent, all_of_them.documents[1].d.id));
	assert_int_equal(atomic_load(&parses), 3);
}

static int files_seen;

static int
count_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path, (void)st, (void)ftw;
	files_seen += type == FTW_F;
	return 0;
}

static int
blobs_kept(const struct place *p)
{
	char blobs[100];
	snprintf(blobs, sizeof blobs, "%s/blobs", p->folder);
	files_seen = 0;
	assert_int_equal(nftw(blobs, count_file, 16, FTW_PHYS), 0);
	return files_seen;
}

/* Two documents are allowed: the mail and what hangs on it, but not what hangs on that. */
static void
what_hangs_on_a_mail_is_given_up_where_there_is_no_room_and_the_mail_says_so(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	const struct result *r;
	struct document_page parts;
	start_worker(p, 1000, 60000);
	for (struct uuid id = upload(p, "mail"); !uuid_is_nil(id);) {
		const struct job *job = await(p, id, JOB_DONE);
		assert_int_equal(storage_result_get(p->storage, p->user, id, p->mem, &r, &why), ERR_NONE);
		assert_int_equal(
		    storage_document_parts(p->storage, p->user, job->document_id, p->mem, &parts, &why),
		    ERR_NONE);
		assert_int_equal(strstr(r->json, "\"attachments_over_quota\"") != NULL, parts.n == 0);
		id = parts.n ? parts.documents[0].job_id : (struct uuid){{0}};
	}
	assert_int_equal(atomic_load(&parses), 2);
	worker_stop(&p->worker);
	/* Of each the original, what was read, a page's picture and its small one: nothing of the third is
	 * kept. */
	assert_int_equal(blobs_kept(p), 8);
}

/* Each has something hanging on it; there is room for two of those six. */
static void
mails_that_are_read_at_the_same_time_take_no_more_room_than_there_is(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	struct uuid mails[6];
	struct usage kept;
	const struct result *r;
	int whole = 0;
	for (size_t i = 0; i < ARRAY_LEN(mails); i++)
		mails[i] = upload(p, "mail");
	start_worker(p, 1000, 60000);
	for (size_t i = 0; i < ARRAY_LEN(mails); i++) {
		await(p, mails[i], JOB_DONE);
		assert_int_equal(storage_result_get(p->storage, p->user, mails[i], p->mem, &r, &why),
		                 ERR_NONE);
		whole += strstr(r->json, "\"attachments_over_quota\"") == NULL;
	}
	assert_in_range(whole, 1, 2); /* what hangs on the first may have something on it itself */
	assert_int_equal(storage_user_usage(p->storage, p->user, &kept, &why), ERR_NONE);
	assert_in_range(kept.documents, 7, 8);
}

static void
a_retryable_failure_is_tried_again_until_attempts_end(void **state)
{
	struct place *p = *state;
	atomic_store(&model_fails_times, 1000);
	atomic_store(&model_says, ERR_SCHEMA);
	start_worker(p, 1000, 60000);
	const struct job *job = await(p, upload(p, "fine"), JOB_FAILED);
	assert_int_equal(job->error, ERR_SCHEMA);
	assert_int_equal(job->attempt, 3);
	assert_int_equal(atomic_load(&parses), 3);
	assert_int_equal(blobs_kept(p), 1); /* the paper itself: what the attempts had made is gone */
}

/* Its owner cannot mend a file that was cut, but must hear of it and be able to ask again. */
static void
an_export_that_cannot_be_made_ends(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	const struct document *d;
	const struct job *job;
	struct export_row row = {.state = EXPORT_RUNNING};
	char path[200];
	assert_int_equal(storage_job_get(p->storage, p->user, upload(p, "fine"), p->mem, &job, &why),
	                 ERR_NONE);
	assert_int_equal(storage_document_get(p->storage, p->user, job->document_id, p->mem, &d, &why),
	                 ERR_NONE);
	snprintf(path, sizeof path, "%s/blobs/%.2s/%s", p->folder, d->blob.key, d->blob.key);
	assert_int_equal(truncate(path, 1), 0);
	OWNED(fd_close) int events = memfd_create("events", MFD_CLOEXEC);
	log_set_fd(events);
	assert_int_equal(storage_export_begin(p->storage, p->user, &why), ERR_NONE);
	start_worker(p, 1000, 60000);
	for (int64_t end = clock_steady_ms() + 60000; row.state == EXPORT_RUNNING;) {
		if (clock_steady_ms() > end)
			fail_msg("the export runs for ever");
		clock_sleep_ms(5);
		assert_int_equal(storage_export_get(p->storage, p->user, &row, &why), ERR_NONE);
	}
	assert_int_equal(row.state, EXPORT_FAILED);
	worker_stop(&p->worker);
	log_set_fd(STDERR_FILENO);
	OWNED(mem_free) char *text = NULL;
	size_t len;
	assert_int_equal(fd_read_file(events, MIB, &text, &len, &why), ERR_NONE);
	assert_non_null(strstr(text, "\"errand.dead\""));
	assert_null(strstr(text, "\"detail\":\"\"")); /* of the last attempt, too, it is said why */
}

static void
a_cancelled_job_stops(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	const struct job *job;
	start_worker(p, 1000, 60000);
	struct uuid id = upload(p, "slow");
	await(p, id, JOB_PROCESSING);
	assert_int_equal(storage_job_cancel(p->storage, p->user, id, p->mem, &job, &why), ERR_NONE);
	await(p, id, JOB_CANCELLED);
	/* both slots are free again: two slow ones run at once */
	struct uuid a = upload(p, "slow"), b = upload(p, "slow");
	await(p, a, JOB_PROCESSING);
	await(p, b, JOB_PROCESSING);
}

static void
leases_are_renewed_while_a_job_runs_for_long(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	const struct job *job;
	start_worker(p, 1000, 60000);
	struct uuid id = upload(p, "slow");
	await(p, id, JOB_PROCESSING);
	clock_sleep_ms(2500); /* four leases */
	assert_int_equal(storage_job_get(p->storage, p->user, id, p->mem, &job, &why), ERR_NONE);
	assert_int_equal(job->state, JOB_PROCESSING);
	assert_int_equal(job->attempt, 1);
}

static void
a_stop_releases_what_runs_and_the_attempt_does_not_count(void **state)
{
	struct place *p = *state;
	struct why why = {""};
	const struct job *job;
	start_worker(p, 50, 60000);
	struct uuid id = upload(p, "slow");
	await(p, id, JOB_PROCESSING);
	worker_stop(&p->worker);
	assert_int_equal(storage_job_get(p->storage, p->user, id, p->mem, &job, &why), ERR_NONE);
	assert_int_equal(job->state, JOB_QUEUED);
	start_worker(p, 50, 60000);
	job = await(p, id, JOB_PROCESSING);
	assert_int_equal(job->attempt, 1);
}

static void
a_job_past_its_deadline_is_stopped(void **state)
{
	struct place *p = *state;
	start_worker(p, 50, 300);
	const struct job *job = await(p, upload(p, "slow"), JOB_FAILED);
	assert_int_equal(job->error, ERR_DEADLINE);
	assert_int_equal(job->attempt, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_job_goes_from_upload_to_result),
	    TEST(a_lesson_that_could_not_be_had_is_learnt_by_the_next_job),
	    TEST(a_short_one_behind_a_long_one_gets_a_slot_of_its_own),
	    TEST(the_documents_own_faults_end_it_at_once),
	    TEST(a_document_that_kills_its_parser_twice_is_given_up),
	    TEST(what_a_parser_sends_is_checked),
	    TEST(a_model_that_comes_back_soon_costs_no_second_parse),
	    TEST(what_hangs_on_a_mail_is_read_too_but_not_without_end),
	    cmocka_unit_test_setup_teardown(
	        what_hangs_on_a_mail_is_given_up_where_there_is_no_room_and_the_mail_says_so, set_up_small,
	        tear_down),
	    cmocka_unit_test_setup_teardown(
	        mails_that_are_read_at_the_same_time_take_no_more_room_than_there_is, set_up_for_eight,
	        tear_down),
	    TEST(a_retryable_failure_is_tried_again_until_attempts_end),
	    TEST(an_export_that_cannot_be_made_ends),
	    TEST(a_cancelled_job_stops),
	    TEST(leases_are_renewed_while_a_job_runs_for_long),
	    TEST(a_stop_releases_what_runs_and_the_attempt_does_not_count),
	    TEST(a_job_past_its_deadline_is_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
