/* Conformance: the life of a job from claim to result: what ends it, gives it back, may change it. */
#include "conformance_world.h"

#include "clock.h"
#include "library.h"
#include "own.h"

static void
a_job_goes_from_claim_to_result(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "bytes");
	const struct result *r;
	const struct page_picture *p;
	const struct document *d;
	assert_int_equal(storage_result_get(w->st, w->ann, j->id, w->mem, &r, &w->why), ERR_NOT_FINISHED);
	const struct claim *c = claim_one(w);
	assert_non_null(c);
	assert_true(uuid_equal(c->job_id, j->id));
	assert_int_equal(c->attempt, 1);
	assert_int_equal(c->blob.size, 5);
	assert_string_equal(c->request_id, "r-1");
	assert_null(claim_one(w)); /* one holder at a time */
	assert_int_equal(job_of(w, w->ann, j->id)->state, JOB_PROCESSING);
	OK(storage_progress(w->st, c, STAGE_PARSING, 2, 5, &w->why));
	const struct job *now = job_of(w, w->ann, j->id);
	assert_int_equal(now->stage, STAGE_PARSING);
	assert_int_equal(now->pages_done, 2);
	assert_true(now->version > j->version);
	settle(w, c, "{\"total\":9}");
	reopen(w);
	now = job_of(w, w->ann, j->id);
	assert_int_equal(now->state, JOB_DONE);
	assert_int_equal(now->stage, STAGE_FINISHED);
	assert_true(now->finished_ms >= now->started_ms && now->started_ms >= now->created_ms);
	OK(storage_result_get(w->st, w->ann, j->id, w->mem, &r, &w->why));
	assert_string_equal(r->json, "{\"total\":9}");
	OK(storage_page_get(w->st, w->ann, j->document_id, 1, w->mem, &p, &w->why));
	assert_int_equal(p->height, 20);
	assert_int_equal(p->thumbnail.size, 5);
	assert_int_equal(storage_page_get(w->st, w->ann, j->document_id, 2, w->mem, &p, &w->why), ERR_ABSENT);
	OK(storage_document_get(w->st, w->ann, j->document_id, w->mem, &d, &w->why));
	assert_string_equal(d->merchant, "Пятёрочка");
	assert_int_equal(d->pages, 1);
	assert_int_equal(d->state, JOB_DONE);
}

static struct attachment
attach(struct world *w, const char *name)
{
	return (struct attachment){.document_id = uuid_new(),
	                           .job_id = uuid_new(),
	                           .blob = put_blob(w, name),
	                           .file_name = name,
	                           .media_type = "application/pdf"};
}

static void
what_hung_on_a_document_becomes_documents_once(void **state)
{
	struct world *w = *state;
	const struct job *mail = put_job(w, w->ann, "mail");
	const struct claim *c = claim_one(w);
	assert_non_null(c);
	assert_int_equal(c->depth, 0);
	const struct attachment two[] = {attach(w, "a.pdf"), attach(w, "b.pdf")};
	const struct result_row r = {.json = "{}", .json_len = 2, .attachments = two, .n_attachments = 2};
	struct document_page parts;
	OK(storage_document_parts(w->st, w->ann, mail->document_id, w->mem, &parts, &w->why));
	assert_int_equal(parts.n, 0);
	OK(storage_settle_done(w->st, c, &r, &w->why));
	/* Again, as one does who has not heard the answer. */
	assert_int_equal(storage_settle_done(w->st, c, &r, &w->why), ERR_LEASE_LOST);
	OK(storage_document_parts(w->st, w->ann, mail->document_id, w->mem, &parts, &w->why));
	assert_int_equal(parts.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct document *d = &parts.documents[i], *same;
		assert_true(uuid_equal(d->id, two[i].document_id));
		assert_true(uuid_equal(d->parent, mail->document_id));
		assert_string_equal(d->file_name, two[i].file_name);
		assert_int_equal(d->state, JOB_QUEUED);
		OK(storage_document_get(w->st, w->ann, d->id, w->mem, &same, &w->why));
		assert_int_equal(storage_document_get(w->st, w->bob, d->id, w->mem, &same, &w->why),
		                 ERR_ABSENT);
		c = claim_one(w);
		assert_non_null(c);
		assert_int_equal(c->depth, 1);
		assert_string_equal(c->request_id, "r-1");
	}
	assert_null(claim_one(w));
	OK(storage_document_parts(w->st, w->bob, mail->document_id, w->mem, &parts, &w->why));
	assert_int_equal(parts.n, 0);
	const struct document *d;
	OK(storage_document_get(w->st, w->ann, mail->document_id, w->mem, &d, &w->why));
	assert_true(uuid_is_nil(d->parent));
}

static size_t
fits(struct world *w, const struct claim *c, const struct attachment *list, size_t n)
{
	size_t fit = 99;
	OK(storage_parts_fit(w->st, c, list, n, &fit, &w->why));
	return fit;
}

static size_t
fits_within(struct world *w, int64_t documents, int64_t bytes, const struct claim *c,
            const struct attachment *list)
{
	w->options.max_documents_per_user = documents;
	w->options.max_bytes_per_user = bytes;
	reopen(w);
	return fits(w, c, list, 3);
}

static void
what_hung_on_a_document_passes_no_quota_by(void **state)
{
	struct world *w = *state;
	const struct attachment list[] = {attach(w, "1234"), attach(w, "12345"), attach(w, "1")};
	w->options.max_bytes_per_user = 12;
	reopen(w);
	const struct job *mail = put_job(w, w->ann, "mail"); /* 4 bytes */
	const struct claim *c = claim_one(w);
	/* The third would fit, and comes no sooner than the second. */
	assert_int_equal(fits(w, c, list, 3), 1);
	const struct result_row r = {.json = "{}", .json_len = 2, .attachments = list, .n_attachments = 1};
	OK(storage_settle_done(w->st, c, &r, &w->why));
	/* Read again: what is there already takes no room. */
	assert_int_equal(fits_within(w, 0, 12, c, list), 1);
	assert_int_equal(fits_within(w, 0, 13, c, list), 2);
	assert_int_equal(fits_within(w, 1, 0, c, list), 1);
	assert_int_equal(fits_within(w, 3, 0, c, list), 2);
	assert_int_equal(fits_within(w, 0, 0, c, list), 3);
	struct document_page parts;
	OK(storage_document_parts(w->st, w->ann, mail->document_id, w->mem, &parts, &w->why));
	assert_int_equal(parts.n, 1);
}

static void
mails_that_are_settled_at_the_same_time_pass_no_quota_by(void **state)
{
	struct world *w = *state;
	const struct claim *c[2];
	struct attachment part[2];
	struct result_row r[2];
	struct document_page parts;
	w->options.max_documents_per_user = 3;
	reopen(w);
	for (size_t i = 0; i < 2; i++) {
		put_job(w, w->ann, "mail");
		c[i] = claim_one(w);
		part[i] = attach(w, "1");
		r[i] = (struct result_row){
		    .json = "{}", .json_len = 2, .attachments = &part[i], .n_attachments = 1};
	}
	/* Both are told that there is room for one more. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(fits(w, c[i], &part[i], 1), 1);
	OK(storage_settle_done(w->st, c[0], &r[0], &w->why));
	assert_int_equal(storage_settle_done(w->st, c[1], &r[1], &w->why), ERR_QUOTA);
	/* Nothing has come of it, and its worker still has it. */
	assert_int_equal(job_of(w, w->ann, c[1]->job_id)->state, JOB_PROCESSING);
	assert_int_equal(fits(w, c[1], &part[1], 1), 0);
	r[1].n_attachments = 0;
	OK(storage_settle_done(w->st, c[1], &r[1], &w->why));
	OK(storage_document_parts(w->st, w->ann, c[1]->document_id, w->mem, &parts, &w->why));
	assert_int_equal(parts.n, 0);
}

/* A paper of one byte. */
static enum err
take_room(struct world *w, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("paper", MIB);
	struct blob b = {.size = 1};
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .media_type = "image/png"};
	const struct job *j;
	bool replayed;
	hex_text(u.job_id.b, sizeof u.job_id.b, b.key);
	return storage_upload(w->st, &u, mem, &j, &replayed, why);
}

static void
who_uploads_many_at_once_passes_no_quota_by(void **state)
{
	struct world *w = *state;
	w->options.max_documents_per_user = 10;
	reopen(w);
	put_job(w, w->bob, "another's");
	assert_int_equal(at_once(w, take_room, ERR_QUOTA), 10);
	w->options.max_documents_per_user = 11;
	reopen(w);
	assert_int_equal(at_once(w, take_room, ERR_QUOTA), 1);
	w->options.max_documents_per_user = 0;
	w->options.max_bytes_per_user = 20;
	reopen(w);
	assert_int_equal(at_once(w, take_room, ERR_QUOTA), 9);
}

static void
who_uploads_many_at_once_passes_no_queue_by(void **state)
{
	struct world *w = *state;
	w->options.max_queued_per_user = 10;
	reopen(w);
	assert_int_equal(at_once(w, take_room, ERR_RATE_LIMITED), 10);
	/* Nor where most of it was free. */
	w->options.max_queued_per_user = 130;
	reopen(w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(at_once(w, take_room, ERR_RATE_LIMITED), AT_ONCE_TAKES);
	assert_int_equal(at_once(w, take_room, ERR_RATE_LIMITED), 0);
}

static void
what_came_before_is_known_also_where_no_room_is_left(void **state)
{
	struct world *w = *state;
	struct blob b = put_blob(w, "paper");
	struct upload u = {.user = w->ann,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &b,
	                   .media_type = "image/png",
	                   .idempotency_key = "first"};
	const struct job *j, *same;
	bool replayed;
	w->options.max_documents_per_user = 1;
	reopen(w);
	OK(storage_upload(w->st, &u, w->mem, &j, &replayed, &w->why));
	assert_false(replayed);
	u.job_id = uuid_new();
	OK(storage_upload(w->st, &u, w->mem, &same, &replayed, &w->why));
	assert_true(replayed);
	assert_true(uuid_equal(same->id, j->id));
	u.idempotency_key = "second";
	assert_int_equal(storage_upload(w->st, &u, w->mem, &same, &replayed, &w->why), ERR_QUOTA);
	w->options.max_documents_per_user = 2; /* and the key of who was refused is free */
	reopen(w);
	b = put_blob(w, "paper");
	u.document_id = uuid_new();
	OK(storage_upload(w->st, &u, w->mem, &same, &replayed, &w->why));
	assert_false(replayed);
}

static void
ten_times_as_much_may_wait_of_what_hung_on_documents(void **state)
{
	struct world *w = *state;
	struct attachment list[22] = {attach(w, "x")};
	for (size_t i = 1; i < ARRAY_LEN(list); i++)
		list[i] = list[0];
	w->options.max_queued_per_user = 2;
	reopen(w);
	put_job(w, w->ann, "mail");
	const struct claim *c = claim_one(w);
	put_job(w, w->bob, "another's");
	assert_int_equal(fits(w, c, list, 22), 20);
	put_job(w, w->ann, "and one that waits");
	assert_int_equal(fits(w, c, list, 22), 19);
	assert_int_equal(fits(w, c, list, 3), 3);
}

static void
a_rejected_document_fails_at_once_and_can_be_retried_by_hand(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "x"), *again;
	enum job_state to;
	const struct result *r;
	assert_int_equal(storage_job_retry(w->st, w->ann, j->id, w->mem, &again, &w->why), ERR_NOT_RETRYABLE);
	const struct claim *c = claim_one(w);
	OK(storage_settle_failed(w->st, c, ERR_ENCRYPTED, "needs a password", &to, &w->why));
	assert_int_equal(to, JOB_FAILED);
	const struct job *now = job_of(w, w->ann, j->id);
	assert_int_equal(now->error, ERR_ENCRYPTED);
	assert_string_equal(now->error_detail, "needs a password");
	assert_int_equal(storage_result_get(w->st, w->ann, j->id, w->mem, &r, &w->why), ERR_JOB_FAILED);
	assert_int_equal(storage_job_cancel(w->st, w->ann, j->id, w->mem, &again, &w->why), ERR_JOB_FINAL);
	OK(storage_job_retry(w->st, w->ann, j->id, w->mem, &again, &w->why));
	assert_int_equal(again->state, JOB_QUEUED);
	assert_int_equal(again->error, ERR_NONE);
	const struct claim *second = claim_one(w);
	assert_int_equal(second->attempt, 1);
	assert_true(second->lease > c->lease); /* never down */
	settle(w, second, "{}");
	assert_int_equal(job_of(w, w->ann, j->id)->state, JOB_DONE);
}

static void
what_is_read_again_waits_in_the_same_bounds(void **state)
{
	struct world *w = *state;
	enum job_state to;
	const struct job *failed[2], *read = put_job(w, w->ann, "read"), *j;
	settle(w, claim_one(w), "{}");
	for (size_t i = 0; i < ARRAY_LEN(failed); i++) {
		failed[i] = put_job(w, w->ann, "failed");
		OK(storage_settle_failed(w->st, claim_one(w), ERR_ENCRYPTED, NULL, &to, &w->why));
	}
	w->options.max_queued_per_user = 1;
	reopen(w);
	OK(storage_job_retry(w->st, w->ann, failed[0]->id, w->mem, &j, &w->why));
	assert_int_equal(storage_job_retry(w->st, w->ann, failed[1]->id, w->mem, &j, &w->why),
	                 ERR_RATE_LIMITED);
	assert_int_equal(job_of(w, w->ann, failed[1]->id)->state, JOB_FAILED);
	for (int i = 0; i < 2; i++) { /* of one that failed, and of one that was read */
		struct uuid document = i ? read->document_id : failed[1]->document_id;
		assert_int_equal(
		    storage_document_reprocess(w->st, w->ann, document, "r", w->mem, &j, &w->why),
		    ERR_RATE_LIMITED);
	}
	settle(w, claim_one(w), "{}");
	OK(storage_document_reprocess(w->st, w->ann, read->document_id, "r", w->mem, &j, &w->why));
}

static void
our_own_failures_are_tried_again_until_attempts_run_out(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "x");
	enum job_state to;
	for (int attempt = 1; attempt <= 3; attempt++) {
		const struct claim *c = claim_one(w);
		assert_non_null(c);
		assert_int_equal(c->attempt, attempt);
		OK(storage_settle_failed(w->st, c, ERR_MODEL_UNAVAILABLE, "down", &to, &w->why));
		assert_int_equal(to, attempt < 3 ? JOB_QUEUED : JOB_FAILED);
	}
	assert_null(claim_one(w));
	assert_int_equal(job_of(w, w->ann, j->id)->error, ERR_MODEL_UNAVAILABLE);
}

static void
what_is_not_there_yet_is_awaited_and_no_attempt_counted(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "x");
	enum job_state to;
	for (int i = 0; i < 5; i++) { /* more often than there are attempts */
		const struct claim *c;
		while (!(c = claim_one(w))) /* the pause grows with the job's age */
			storage_claim_wait(w->st, 5);
		assert_int_equal(c->attempt, 1);
		OK(storage_settle_failed(w->st, c, ERR_SOURCE, "elsewhere", &to, &w->why));
		assert_int_equal(to, JOB_QUEUED);
	}
	assert_int_equal(job_of(w, w->ann, j->id)->error, ERR_SOURCE);
}

static void
a_document_that_kills_parsers_stops_at_the_second(void **state)
{
	struct world *w = *state;
	enum job_state to;
	put_job(w, w->ann, "x");
	OK(storage_settle_failed(w->st, claim_one(w), ERR_PARSER_CRASHED, "SIGSEGV", &to, &w->why));
	assert_int_equal(to, JOB_QUEUED);
	const struct claim *c = claim_one(w);
	assert_int_equal(c->crashes, 1);
	OK(storage_settle_failed(w->st, c, ERR_PARSER_CRASHED, "SIGSEGV", &to, &w->why));
	assert_int_equal(to, JOB_FAILED);
}

static void
a_pause_between_tries_keeps_the_job_away(void **state)
{
	struct world *w = *state;
	storage_close(&w->st);
	w->options.backoff_ms = 100000000;
	OK(storage_open(&w->options, &w->st, &w->why));
	enum job_state to;
	const struct job *j = put_job(w, w->ann, "x");
	int64_t before = clock_wall_ms();
	OK(storage_settle_failed(w->st, claim_one(w), ERR_BROKEN, "x", &to, &w->why));
	assert_null(claim_one(w)); /* a pause of 0 has a chance of 1 in 300,001 */
	const struct job *now = job_of(w, w->ann, j->id);
	assert_true(now->next_run_ms > before && now->next_run_ms <= clock_wall_ms() + 300000);
	struct queue_stats s;
	OK(storage_queue_stats(w->st, &s, &w->why));
	assert_int_equal(s.queued, 1);
	assert_int_equal(s.delayed, 1);
	assert_int_equal(s.oldest_ready_ms, 0);
}

static void
a_zombie_can_change_nothing(void **state)
{
	struct world *w = *state;
	storage_close(&w->st);
	w->options.lease_ms = 1;
	OK(storage_open(&w->options, &w->st, &w->why));
	const struct job *j = put_job(w, w->ann, "x");
	const struct claim *zombie = claim_one(w);
	enum job_state to;
	size_t n;
	clock_sleep_ms(5);
	OK(storage_reap(w->st, &n, &w->why));
	assert_int_equal(n, 1);
	assert_int_equal(job_of(w, w->ann, j->id)->state, JOB_QUEUED);
	const struct claim *holder = claim_one(w);
	assert_true(holder->lease > zombie->lease);
	assert_int_equal(holder->attempt, 2);

	struct heartbeat beats[2] = {{.job_id = j->id, .lease = zombie->lease},
	                             {.job_id = j->id, .lease = holder->lease}};
	OK(storage_heartbeat(w->st, beats, 2, &w->why));
	assert_true(beats[0].lost);
	assert_false(beats[1].lost);
	struct result_row r = {.json = "{\"stale\":1}", .json_len = 11};
	assert_int_equal(storage_progress(w->st, zombie, STAGE_INFERENCE, 1, 1, &w->why), ERR_LEASE_LOST);
	assert_int_equal(storage_settle_done(w->st, zombie, &r, &w->why), ERR_LEASE_LOST);
	assert_int_equal(storage_settle_failed(w->st, zombie, ERR_BROKEN, "", &to, &w->why), ERR_LEASE_LOST);
	assert_int_equal(storage_release(w->st, zombie, &w->why), ERR_LEASE_LOST);
	settle(w, holder, "{\"fresh\":1}");
	assert_int_equal(storage_settle_done(w->st, zombie, &r, &w->why), ERR_LEASE_LOST);
	const struct result *res;
	OK(storage_result_get(w->st, w->ann, j->id, w->mem, &res, &w->why));
	assert_string_equal(res->json, "{\"fresh\":1}");
}

static void
a_live_lease_is_not_reaped(void **state)
{
	struct world *w = *state;
	size_t n;
	put_job(w, w->ann, "x");
	const struct claim *c = claim_one(w);
	OK(storage_reap(w->st, &n, &w->why));
	assert_int_equal(n, 0);
	OK(storage_progress(w->st, c, STAGE_PARSING, 0, 1, &w->why));
}

static void
a_lively_worker_cannot_keep_a_job_past_its_deadline(void **state)
{
	struct world *w = *state;
	storage_close(&w->st);
	w->options.job_deadline_ms = 1;
	OK(storage_open(&w->options, &w->st, &w->why));
	const struct job *j = put_job(w, w->ann, "x");
	for (int i = 0; i < 3; i++) {
		size_t n;
		const struct claim *c = claim_one(w);
		struct heartbeat b = {.job_id = c->job_id, .lease = c->lease};
		OK(storage_heartbeat(w->st, &b, 1, &w->why));
		clock_sleep_ms(5);
		OK(storage_reap(w->st, &n, &w->why));
		assert_int_equal(n, 1);
	}
	assert_int_equal(job_of(w, w->ann, j->id)->state, JOB_FAILED);
	assert_int_equal(job_of(w, w->ann, j->id)->error, ERR_DEADLINE);
}

static void
a_release_costs_no_attempt_but_fences(void **state)
{
	struct world *w = *state;
	put_job(w, w->ann, "x");
	const struct claim *first = claim_one(w);
	OK(storage_release(w->st, first, &w->why));
	const struct claim *second = claim_one(w);
	assert_int_equal(second->attempt, 1);
	assert_true(second->lease > first->lease);
}

static void
the_jobs_of_a_dead_worker_run_again_at_once(void **state)
{
	struct world *w = *state;
	put_job(w, w->ann, "x");
	put_job(w, w->ann, "y");
	const struct claim *c = claim_one(w);
	OK(storage_worker_gone(w->st, w->worker, &w->why));
	w->worker = uuid_new();
	const struct claim *again;
	size_t n;
	OK(storage_claim(w->st, w->worker, 10, w->mem, &again, &n, &w->why));
	assert_int_equal(n, 2);
	struct result_row r = {.json = "{}", .json_len = 2};
	assert_int_equal(storage_settle_done(w->st, c, &r, &w->why), ERR_LEASE_LOST);
	/* So does the restart of the only owner there can be, and costs no attempt; others' work is left. */
	reopen(w);
	OK(storage_claim(w->st, uuid_new(), 10, w->mem, &again, &n, &w->why));
	assert_int_equal(n, w->shared ? 0 : 2);
	if (n == 2)
		assert_int_equal(again[0].attempt + again[1].attempt, 3);
}

static void
what_did_not_fail_goes_back_to_its_place(void **state)
{
	struct world *w = *state;
	const struct job *first = put_job(w, w->ann, "x");
	const struct claim *c;
	clock_sleep_ms(2); /* nobody has come at the same moment */
	put_job(w, w->bob, "y");
	for (int i = 0; i < 3; i++) {
		c = claim_one(w);
		assert_true(uuid_equal(c->job_id, first->id));
		if (i == 0)
			OK(storage_release(w->st, c, &w->why));
		else
			OK(storage_worker_gone(w->st, w->worker, &w->why));
		w->worker = uuid_new();
		clock_sleep_ms(2);
	}
}

/* By itself, or because its owner asked for it. */
static void
what_is_tried_again_stands_behind_what_waits(void **state)
{
	struct world *w = *state;
	const struct job *tried = put_job(w, w->ann, "x"), *other, *j;
	const struct claim *c;
	enum job_state to;
	clock_sleep_ms(2);
	other = put_job(w, w->bob, "y");
	c = claim_one(w);
	assert_true(uuid_equal(c->job_id, tried->id));
	clock_sleep_ms(2);
	OK(storage_settle_failed(w->st, c, ERR_MODEL_UNAVAILABLE, "down", &to, &w->why));
	c = claim_one(w);
	assert_true(uuid_equal(c->job_id, other->id));
	settle(w, c, "{}");
	c = claim_one(w);
	assert_true(uuid_equal(c->job_id, tried->id));
	OK(storage_settle_failed(w->st, c, ERR_ENCRYPTED, NULL, &to, &w->why));
	other = put_job(w, w->bob, "z");
	clock_sleep_ms(2);
	OK(storage_job_retry(w->st, w->ann, tried->id, w->mem, &j, &w->why));
	c = claim_one(w);
	assert_true(uuid_equal(c->job_id, other->id));
	c = claim_one(w);
	assert_true(uuid_equal(c->job_id, tried->id));
}

static void
a_cancelled_job_is_taken_from_its_worker(void **state)
{
	struct world *w = *state;
	const struct job *queued = put_job(w, w->ann, "x"), *j;
	OK(storage_job_cancel(w->st, w->ann, queued->id, w->mem, &j, &w->why));
	assert_int_equal(j->state, JOB_CANCELLED);
	assert_null(claim_one(w));

	const struct job *running = put_job(w, w->ann, "y");
	const struct claim *c = claim_one(w);
	OK(storage_job_cancel(w->st, w->ann, running->id, w->mem, &j, &w->why));
	struct heartbeat b = {.job_id = running->id, .lease = c->lease};
	OK(storage_heartbeat(w->st, &b, 1, &w->why));
	assert_true(b.lost && b.cancelled);
	struct result_row r = {.json = "{}", .json_len = 2};
	assert_int_equal(storage_settle_done(w->st, c, &r, &w->why), ERR_LEASE_LOST);
	assert_int_equal(job_of(w, w->ann, running->id)->state, JOB_CANCELLED);
	const struct result *res;
	assert_int_equal(storage_result_get(w->st, w->ann, running->id, w->mem, &res, &w->why),
	                 ERR_CANCELLED);
	OK(storage_job_retry(w->st, w->ann, running->id, w->mem, &j, &w->why));
	assert_int_equal(j->state, JOB_QUEUED);
}

int
jobs_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_job_goes_from_claim_to_result),
	    T(what_hung_on_a_document_becomes_documents_once),
	    T(what_hung_on_a_document_passes_no_quota_by),
	    T(mails_that_are_settled_at_the_same_time_pass_no_quota_by),
	    T(who_uploads_many_at_once_passes_no_quota_by),
	    T(who_uploads_many_at_once_passes_no_queue_by),
	    T(what_came_before_is_known_also_where_no_room_is_left),
	    T(ten_times_as_much_may_wait_of_what_hung_on_documents),
	    T(a_rejected_document_fails_at_once_and_can_be_retried_by_hand),
	    T(what_is_read_again_waits_in_the_same_bounds),
	    T(our_own_failures_are_tried_again_until_attempts_run_out),
	    T(what_is_not_there_yet_is_awaited_and_no_attempt_counted),
	    T(a_document_that_kills_parsers_stops_at_the_second),
	    T(a_pause_between_tries_keeps_the_job_away),
	    T(a_zombie_can_change_nothing),
	    T(a_live_lease_is_not_reaped),
	    T(a_lively_worker_cannot_keep_a_job_past_its_deadline),
	    T(a_release_costs_no_attempt_but_fences),
	    T(the_jobs_of_a_dead_worker_run_again_at_once),
	    T(what_did_not_fail_goes_back_to_its_place),
	    T(what_is_tried_again_stands_behind_what_waits),
	    T(a_cancelled_job_is_taken_from_its_worker),
	};
	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
