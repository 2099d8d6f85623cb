#include "pipeline.h"

#include "attachments.h"
#include "clock.h"
#include "fdio.h"
#include "json_own.h"
#include "own.h"
#include "page_pictures.h"
#include "result.h"
#include "sender_memory.h"

#define JOB_MEMORY        (512 * MIB) /* of the checked document; the JSON itself stands beside it */
#define PROGRESS_MS       250         /* progress is stored at most so often: each time costs a commit */
#define MODEL_PATIENCE_MS 5000
#define MODEL_PAUSE_MS    100

/* A job on its way. */
struct run {
	const struct pipeline *p;
	struct claim *claim;
	struct hold *hold;
	struct log *log;
	struct spans *spans;
	struct pipeline_report *report;
	struct arena *mem;
	struct page_pictures pictures;
	struct attachments attachments;
	struct blob parsed;
	char *json; /* docket.document/1 */
	size_t json_len;
	const struct document_text *document;
	json_t *prediction, *result;
	int64_t queue_ms, parse_ms, infer_ms, peak_rss_kib;
	int64_t deadline_ms, progress_ms; /* steady clock */
	int64_t page_us;                  /* wall clock: the last page ended then */
	bool over_quota;                  /* not all that hung on it had room */
	bool settling;                    /* rows may name by now what was published */
};

/* What an attempt that failed has published: the next one makes its own. */
static void
discard_blobs(const struct run *r)
{
	struct storage *st = r->p->storage;
	for (size_t i = 0; i < r->pictures.n; i++) {
		const struct page_picture *page = &r->pictures.pages[i];
		if (page->picture.key[0])
			blob_discard(st, &page->picture);
		if (page->thumbnail.key[0])
			blob_discard(st, &page->thumbnail);
	}
	for (size_t i = 0; i < r->attachments.n; i++)
		blob_discard(st, &r->attachments.list[i].blob);
	if (r->parsed.key[0])
		blob_discard(st, &r->parsed);
}

static void
run_release(struct run *r)
{
	if (!r->settling)
		discard_blobs(r);
	page_pictures_free(&r->pictures);
	arena_destroy(&r->mem);
	free(r->json);
	json_decref(r->prediction);
	json_decref(r->result);
}

/* Ours no more: these end the work. Other failures to tell the progress do not. */
static enum err
tell(struct run *r, enum job_stage stage, int32_t done, int32_t total, struct why *why)
{
	struct why ignored;
	enum err e = storage_progress(r->p->storage, r->claim, stage, done, total, &ignored);
	if (e == ERR_LEASE_LOST || e == ERR_CANCELLED)
		return fail(why, e, "%s", ignored.text);
	return ERR_NONE;
}

static enum err
enter(struct run *r, enum job_stage stage, struct why *why)
{
	int32_t pages = r->document ? (int32_t)r->document->n_pages : 0;
	r->report->stage = stage;
	TRY(hold_verdict(r->hold, why));
	return tell(r, stage, pages, pages, why);
}

/* A stage has ended: its histogram, its span. */
static void
observe_stage(struct run *r, const char *stage, int64_t ms, enum err outcome)
{
	int64_t now = trace_now_us();
	metric_observe_in(spans_context(r->spans), METRIC_STAGE_SECONDS, stage, NULL, (double)ms / 1000);
	spans_add(r->spans, stage, now - ms * 1000, now, outcome);
}

/* ---- parsing ---- */

static enum err
on_progress(void *arg, int32_t done, int32_t total, struct why *why)
{
	struct run *r = arg;
	int64_t now = clock_steady_ms(), now_us = trace_now_us();
	if (done > 0)
		spans_add(r->spans, "parse page", r->page_us, now_us, ERR_NONE, F_INT("docket.page", done));
	r->page_us = now_us;
	if (done < total && now < r->progress_ms + PROGRESS_MS)
		return ERR_NONE;
	r->progress_ms = now;
	return tell(r, STAGE_PARSING, done, total, why);
}

static enum err
on_picture(void *arg, int32_t page, int32_t width, int32_t height, bool thumbnail, int fd, uint64_t size,
           struct why *why)
{
	struct run *r = arg;
	return page_pictures_add(&r->pictures, page, width, height, thumbnail, fd, size, why);
}

static enum err
on_attachment(void *arg, const char *name, int fd, uint64_t size, struct why *why)
{
	struct run *r = arg;
	return attachments_add(&r->attachments, name, fd, size, why);
}

static enum err
on_keep_going(void *arg, struct why *why)
{
	struct run *r = arg;
	return hold_verdict(r->hold, why);
}

/* What the parser wrote, kept as it came, and checked: it is a stranger's. */
static enum err
take_document(struct run *r, struct parse_result *parsed, struct why *why)
{
	OWNED(fd_close) int fd = TAKE_FD(parsed->json_fd);
	TRY(fd_read_file(fd, DOCUMENT_MAX_JSON, &r->json, &r->json_len, why));
	TRY(document_read(r->json, r->json_len, r->mem, &r->document, why));
	if (r->pictures.n > r->document->n_pages)
		return fail(why, ERR_BAD_DOCUMENT, "%zu pictures of %zu pages", r->pictures.n,
		            r->document->n_pages);
	OWNED(blob_abandon) struct blob_writer *w = NULL;
	TRY(blob_begin(r->p->storage, &w, why));
	TRY(blob_write(w, r->json, r->json_len, why));
	return blob_publish(&w, &r->parsed, why);
}

static void
log_parsed(const struct run *r)
{
	size_t words = 0;
	for (size_t i = 0; i < r->document->n_pages; i++) {
		words += r->document->pages[i].n_words;
		metric_add(METRIC_PAGES, text_source_name(r->document->pages[i].source), NULL, 1);
	}
	log_event(r->log, LOG_INFO, "job.parsed", F_INT("pages", (int64_t)r->document->n_pages),
	          F_STR("source", text_source_name(r->document->source)), F_INT("words", (int64_t)words),
	          F_INT("wall_ms", r->parse_ms), F_INT("cpu_ms", r->claim->used.cpu_ms),
	          F_INT("peak_rss_kib", r->peak_rss_kib));
}

static enum err
parse(struct run *r, struct why *why)
{
	TRY(enter(r, STAGE_PARSING, why));
	int64_t begun = clock_steady_ms();
	r->page_us = trace_now_us();
	OWNED(fd_close) int blob = -1;
	enum err e = blob_open(r->p->storage, r->claim->blob.key, &blob, why);
	if (e == ERR_ABSENT) /* acknowledged, but it may be elsewhere still: stores copy to other regions in
	                        their time */
		return fail(why, ERR_SOURCE, "the document's bytes are not in storage");
	TRY(e);
	const struct parse_events events = {.arg = r,
	                                    .progress = on_progress,
	                                    .picture = on_picture,
	                                    .attachment =
	                                        r->claim->depth < r->p->max_mail_depth ? on_attachment : NULL,
	                                    .keep_going = on_keep_going};
	struct parse_result parsed = {.json_fd = -1};
	e = parser_parse(r->p->parsers, blob, r->claim->blob.size, r->deadline_ms, &events, &parsed, why);
	r->parse_ms = clock_steady_ms() - begun;
	observe_stage(r, "parsing", r->parse_ms, e);
	r->peak_rss_kib = parsed.peak_rss_kib;
	r->claim->used = (struct cost){.cpu_ms = parsed.cpu_ms,
	                               .memory_kib_s = parsed.peak_rss_kib * r->parse_ms / 1000,
	                               .bytes_in = (int64_t)r->claim->blob.size};
	TRY(e);
	TRY(take_document(r, &parsed, why));
	log_parsed(r);
	return ERR_NONE;
}

/* ---- inference ---- */

/* What the owner's corrections teach. A paper can be read without. */
static const char *
remember(const struct run *r)
{
	struct why why = {""};
	const char *memory = NULL;
	enum err e = sender_memory(r->p->storage, r->claim->user_id, r->mem, &memory, &why);
	if (e == ERR_NONE)
		return memory;
	log_event(r->log, LOG_WARN, "job.memory_skipped", F_ERR(e, &why));
	return NULL;
}

/* A model that is being loaded or started again is worth a short wait: the parsing behind us cost
 * more than that. */
static enum err
ask_patiently(struct run *r, struct why *why)
{
	char job_id[UUID_TEXT_LEN], traceparent[TRACEPARENT_LEN];
	uuid_text(r->claim->job_id, job_id);
	trace_text(spans_context(r->spans), traceparent);
	const struct inference_ids ids = {r->claim->request_id, job_id, traceparent};
	int64_t give_up = clock_steady_ms() + MODEL_PATIENCE_MS;
	const char *memory = remember(r);
	for (int64_t pause = MODEL_PAUSE_MS;; pause *= 2) {
		enum err e =
		    inference_ask(r->p->inference, r->json, r->json_len, memory, &ids, &r->prediction, why);
		metric_add(METRIC_INFER_REQUESTS, err_code(e), NULL, 1);
		if (e != ERR_MODEL_UNAVAILABLE && e != ERR_BUSY)
			return e;
		if (clock_steady_ms() + pause > give_up)
			return e;
		TRY(hold_verdict(r->hold, why));
		clock_sleep_ms(pause);
	}
}

static enum err
infer(struct run *r, struct why *why)
{
	TRY(enter(r, STAGE_INFERENCE, why));
	int64_t begun = clock_steady_ms();
	enum err e = ask_patiently(r, why);
	r->infer_ms = clock_steady_ms() - begun;
	observe_stage(r, "inference", r->infer_ms, e);
	if (e == ERR_INVALID || e == ERR_BAD_JSON) /* not a fault of the request that the user made */
		e = ERR_BAD_DOCUMENT;
	TRY(e);
	metric_observe_in(spans_context(r->spans), METRIC_INFER_SECONDS, NULL, NULL,
	                  (double)r->infer_ms / 1000);
	const json_t *fields = json_object_get(r->prediction, "fields");
	log_event(r->log, LOG_INFO, "job.inferred", F_INT("ms", r->infer_ms),
	          F_STR("doc_type", json_get_str(json_object_get(r->prediction, "doc_type"), "value")),
	          F_INT("fields", (int64_t)json_array_size(fields)));
	return ERR_NONE;
}

/* ---- the result ---- */

static uint64_t
pictures_bytes(const struct page_pictures *p)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		n += p->pages[i].picture.size + p->pages[i].thumbnail.size;
	return n;
}

/* ERR_QUOTA: somebody else took the room for attachments meanwhile; nothing is settled. */
static enum err
settle_what_fits(struct run *r, struct why *why)
{
	bool over;
	TRY(attachments_keep_what_fits(&r->attachments, r->claim, &over, why));
	r->over_quota |= over;
	r->claim->used.bytes_out = (int64_t)(r->parsed.size + pictures_bytes(&r->pictures));
	const struct result_parts parts = {.file_name = r->claim->file_name,
	                                   .document = r->document,
	                                   .prediction = r->prediction,
	                                   .over_quota = r->over_quota,
	                                   .queue_ms = r->queue_ms,
	                                   .parse_ms = r->parse_ms,
	                                   .infer_ms = r->infer_ms,
	                                   .peak_rss_kib = r->peak_rss_kib,
	                                   .used = r->claim->used,
	                                   .prices = &r->p->prices};
	TRY(result_compose(&parts, &r->result, why));
	OWNED(mem_free) char *json = NULL;
	OWNED(mem_free) char *doubtful = NULL;
	size_t json_len;
	json = json_text(r->result, &json_len);
	doubtful = json_text(json_object_get(json_object_get(r->result, "review"), "fields"), NULL);
	const struct result_facts facts = result_facts(r->result);
	const struct result_row row = {
	    .json = json,
	    .json_len = json_len,
	    .parsed = &r->parsed,
	    .pages = r->pictures.pages,
	    .n_pages = r->pictures.n,
	    .attachments = r->attachments.list,
	    .n_attachments = r->attachments.n,
	    .doc_type = facts.doc_type,
	    .merchant = facts.merchant,
	    .date = facts.date,
	    .total = facts.total,
	    .currency = facts.currency,
	    .text = json_get_str(r->result, "text"),
	    .due_date = facts.due_date,
	    .category = facts.category,
	    .doubtful = doubtful,
	};
	snprintf(r->report->doc_type, sizeof r->report->doc_type, "%s", row.doc_type ? row.doc_type : "");
	r->settling = true;
	enum err e = storage_settle_done(r->p->storage, r->claim, &row, why);
	r->settling = e != ERR_QUOTA;
	if (e == ERR_QUOTA)
		json_decref(TAKE(r->result));
	return e;
}

#define SETTLE_TRIES 5

static enum err
persist(struct run *r, struct why *why)
{
	TRY(enter(r, STAGE_PERSIST, why));
	int64_t begun = clock_steady_ms();
	enum err e = ERR_QUOTA;
	for (int i = 0; e == ERR_QUOTA && i < SETTLE_TRIES; i++)
		e = settle_what_fits(r, why);
	if (e == ERR_QUOTA) /* of the moment, so not the document's */
		e = fail(why, ERR_BUSY, "room for attachments comes and goes too fast");
	observe_stage(r, "persist", clock_steady_ms() - begun, e);
	return e;
}

enum err
pipeline_run(const struct pipeline *p, struct claim *c, struct hold *hold, struct log *log,
             struct spans *spans, struct pipeline_report *report, struct why *why)
{
	OWNED(run_release)
	struct run r = {.p = p,
	                .claim = c,
	                .hold = hold,
	                .log = log,
	                .spans = spans,
	                .report = report,
	                .mem = arena_create("job", JOB_MEMORY),
	                .pictures = {.storage = p->storage},
	                .attachments = {.storage = p->storage},
	                .queue_ms = clock_wall_ms() - c->created_ms,
	                .deadline_ms = hold->deadline_ms};
	r.attachments.mem = r.mem;
	observe_stage(&r, "queued", r.queue_ms, ERR_NONE);
	enum err e = parse(&r, why);
	/* Storage does not answer just now, be it for the file or for what was read of it: as little a fault
	 * of the paper as where its file has not arrived yet, and no attempt of it. */
	TRY(e == ERR_BUSY ? ERR_SOURCE : e);
	TRY(infer(&r, why));
	TRY(persist(&r, why));
	report->stage = STAGE_FINISHED;
	return ERR_NONE;
}
