#include "job_json.h"

#include "session_tokens.h"

bool
job_is_final(enum job_state s)
{
	return s == JOB_DONE || s == JOB_FAILED || s == JOB_CANCELLED;
}

void
job_etag(const struct job *job, char ret[static ETAG_LEN])
{
	snprintf(ret, ETAG_LEN, "\"%lld\"", (long long)job->version);
}

static void
file_json(struct buf *out, const char *name, const char *media_type, uint64_t size)
{
	buf_puts(out, ",\"file\":{\"name\":");
	text_or_null(out, name);
	buf_puts(out, ",\"media_type\":");
	text_or_null(out, media_type);
	buf_printf(out, ",\"size\":%llu}", (unsigned long long)size);
}

static void
error_json(struct buf *out, const struct job *job)
{
	if (job->error == ERR_NONE || job->state == JOB_DONE || job->state == JOB_CANCELLED) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out, "{\"code\":\"%s\",\"title\":", err_code(job->error));
	text_or_null(out, err_text(job->error));
	buf_puts(out, ",\"detail\":");
	text_or_null(out, job->error_detail ? job->error_detail : "");
	buf_puts(out, ",\"advice\":");
	text_or_null(out, err_advice(job->error));
	buf_printf(out, ",\"retryable\":%s}", err_fate(job->error) == FATE_RETRY ? "true" : "false");
}

void
job_json(struct buf *out, const struct job *job)
{
	char id[UUID_TEXT_LEN], document[UUID_TEXT_LEN];
	uuid_text(job->id, id);
	uuid_text(job->document_id, document);
	bool done = job->state == JOB_DONE;
	buf_printf(out,
	           "{\"id\":\"%s\",\"status\":\"%s\",\"stage\":\"%s\",\"progress\":{\"done\":%d,\"total\":%d,"
	           "\"unit\":\"page\"},\"attempt\":%d,\"max_attempts\":%d,\"created_at\":",
	           id, job_state_name(job->state), job_stage_name(job->stage), job->pages_done,
	           job->pages_total, job->attempt, job->max_attempts);
	time_or_null(out, job->created_ms);
	buf_puts(out, ",\"started_at\":");
	time_or_null(out, job->started_ms);
	buf_puts(out, ",\"finished_at\":");
	time_or_null(out, job->finished_ms);
	buf_puts(out, ",\"next_retry_at\":");
	time_or_null(out, job->state == JOB_QUEUED && job->error != ERR_NONE ? job->next_run_ms : 0);
	buf_printf(out, ",\"document_id\":\"%s\",\"result_id\":", document);
	text_or_null(out, done ? id : NULL);
	file_json(out, job->file_name, job->media_type, job->size);
	buf_puts(out, ",\"error\":");
	error_json(out, job);
	buf_printf(out,
	           ",\"version\":%lld,\"links\":{\"self\":\"/jobs/%s\",\"result\":", (long long)job->version,
	           id);
	if (done)
		buf_printf(out, "\"/results/%s\"", id);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"document\":\"/documents/%s\",\"original\":\"/documents/%s/original\"}}", document,
	           document);
}

/* All but the brace at its end. */
static void
put_document(struct buf *out, const struct document *d)
{
	char id[UUID_TEXT_LEN], job[UUID_TEXT_LEN];
	uuid_text(d->id, id);
	uuid_text(d->job_id, job);
	bool done = d->state == JOB_DONE;
	buf_printf(out, "{\"id\":\"%s\",\"job_id\":\"%s\"", id, job);
	if (uuid_is_nil(d->parent)) {
		buf_puts(out, ",\"parent_document_id\":null");
	} else {
		char parent[UUID_TEXT_LEN];
		uuid_text(d->parent, parent);
		buf_printf(out, ",\"parent_document_id\":\"%s\"", parent);
	}
	file_json(out, d->file_name, d->media_type, d->blob.size);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, d->created_ms);
	buf_printf(out, ",\"status\":\"%s\",\"pages\":%d,\"doc_type\":", job_state_name(d->state), d->pages);
	text_or_null(out, d->doc_type);
	buf_puts(out, ",\"merchant\":");
	text_or_null(out, d->merchant);
	buf_puts(out, ",\"date\":");
	text_or_null(out, d->date);
	buf_puts(out, ",\"total\":");
	if (d->total) {
		buf_puts(out, "{\"amount\":");
		text_or_null(out, d->total);
		buf_puts(out, ",\"currency\":");
		text_or_null(out, d->currency);
		buf_putc(out, '}');
	} else {
		buf_puts(out, "null");
	}
	buf_puts(out, ",\"thumbnail\":");
	if (done && d->pages > 0)
		buf_printf(out, "\"/documents/%s/pages/1/thumbnail\"", id);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"links\":{\"self\":\"/documents/%s\",\"job\":\"/jobs/%s\",\"result\":", id, job);
	if (done)
		buf_printf(out, "\"/results/%s\"", job);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"original\":\"/documents/%s/original\"}", id);
}

void
document_json(struct buf *out, const struct document *d)
{
	put_document(out, d);
	buf_putc(out, '}');
}

void
document_with_parts_json(struct buf *out, const struct document *d, const struct document_page *parts)
{
	put_document(out, d);
	buf_puts(out, ",\"children\":[");
	for (size_t i = 0; i < parts->n; i++) {
		if (i)
			buf_putc(out, ',');
		document_json(out, &parts->documents[i]);
	}
	buf_puts(out, "]}");
}

void
answer_accepted(struct request *rq, const struct job *job)
{
	char id[UUID_TEXT_LEN];
	uuid_text(job->id, id);
	answer_header(rq, "Location", "/jobs/%s", id);
	answer_header(rq, "Retry-After", "1");
	struct buf *out = answer_json(rq, 202);
	job_json(out, job);
	buf_putc(out, '\n');
}
