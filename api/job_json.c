#include "job_json.h"

bool
job_is_final(enum job_state s)
{
	return s == JOB_DONE || s == JOB_FAILED || s == JOB_CANCELLED;
}

/* Without printf, as nearly every poll writes a dozen of them. */
static void
put_int(struct buf *out, int64_t v)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do
		digits[--at] = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		digits[--at] = '-';
	buf_put(out, digits + at, sizeof digits - at);
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
	buf_puts(out, ",\"size\":");
	put_int(out, (int64_t)size);
	buf_putc(out, '}');
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
	buf_printf(out, ",\"retryable\":%s}", err_retryable(job->error) ? "true" : "false");
}

void
job_json(struct buf *out, const struct job *job)
{
	char id[UUID_TEXT_LEN], document[UUID_TEXT_LEN];
	uuid_text(job->id, id);
	uuid_text(job->document_id, document);
	bool done = job->state == JOB_DONE;
	buf_puts(out, "{\"id\":\"");
	buf_puts(out, id);
	buf_puts(out, "\",\"status\":\"");
	buf_puts(out, job_state_name(job->state));
	buf_puts(out, "\",\"stage\":\"");
	buf_puts(out, job_stage_name(job->stage));
	buf_puts(out, "\",\"progress\":{\"done\":");
	put_int(out, job->pages_done);
	buf_puts(out, ",\"total\":");
	put_int(out, job->pages_total);
	buf_puts(out, ",\"unit\":\"page\"},\"attempt\":");
	put_int(out, job->attempt);
	buf_puts(out, ",\"max_attempts\":");
	put_int(out, job->max_attempts);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, job->created_ms);
	buf_puts(out, ",\"started_at\":");
	time_or_null(out, job->started_ms);
	buf_puts(out, ",\"finished_at\":");
	time_or_null(out, job->finished_ms);
	buf_puts(out, ",\"next_retry_at\":");
	time_or_null(out, job->state == JOB_QUEUED && job->error != ERR_NONE ? job->next_run_ms : 0);
	buf_puts(out, ",\"document_id\":\"");
	buf_puts(out, document);
	buf_puts(out, "\",\"result_id\":");
	text_or_null(out, done ? id : NULL);
	file_json(out, job->file_name, job->media_type, job->size);
	buf_puts(out, ",\"error\":");
	error_json(out, job);
	buf_puts(out, ",\"version\":");
	put_int(out, job->version);
	buf_puts(out, ",\"links\":{\"self\":\"/jobs/");
	buf_puts(out, id);
	buf_puts(out, done ? "\",\"result\":\"/results/" : "\",\"result\":null");
	if (done) {
		buf_puts(out, id);
		buf_putc(out, '"');
	}
	buf_puts(out, ",\"document\":\"/documents/");
	buf_puts(out, document);
	buf_puts(out, "\",\"original\":\"/documents/");
	buf_puts(out, document);
	buf_puts(out, "/original\"}}");
}

/* Without the brace that closes it. */
static void
document_members(struct buf *out, const struct document *d)
{
	char id[UUID_TEXT_LEN], job[UUID_TEXT_LEN];
	uuid_text(d->id, id);
	uuid_text(d->job_id, job);
	bool done = d->state == JOB_DONE;
	buf_printf(out, "{\"id\":\"%s\",\"job_id\":\"%s\"", id, job);
	buf_puts(out, ",\"parent_document_id\":");
	id_or_null(out, d->parent);
	file_json(out, d->file_name, d->media_type, d->blob.size);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, d->created_ms);
	buf_printf(out, ",\"status\":\"%s\",\"running_job_id\":", job_state_name(d->state));
	id_or_null(out, d->running_job);
	buf_printf(out, ",\"pages\":%d,\"doc_type\":", d->pages);
	text_or_null(out, d->doc_type);
	buf_puts(out, ",\"merchant\":");
	text_or_null(out, d->merchant);
	buf_puts(out, ",\"date\":");
	text_or_null(out, d->date);
	buf_puts(out, ",\"total\":");
	money_or_null(out, d->total, d->currency);
	buf_puts(out, ",\"title\":");
	text_or_null(out, d->title);
	buf_puts(out, ",\"note\":");
	text_or_null(out, d->note);
	buf_puts(out, ",\"tags\":");
	lines_json(out, d->tags);
	buf_puts(out, ",\"trashed_at\":");
	time_or_null(out, d->trashed_ms);
	buf_printf(out, ",\"version\":%lld,\"thumbnail\":", (long long)d->version);
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
	document_members(out, d);
	buf_putc(out, '}');
}

void
document_with_parts_json(struct buf *out, const struct document *d, const struct document_page *parts)
{
	document_members(out, d);
	buf_puts(out, ",\"children\":[");
	for (size_t i = 0; i < parts->n; i++) {
		if (i)
			buf_putc(out, ',');
		document_json(out, &parts->documents[i]);
	}
	buf_puts(out, "]}");
}

/* [{"text": "2 x "}, {"text": "milk", "hit": true}]: no markup, so nothing to escape in a page. */
static void
hit_json(struct buf *out, const struct text_hit *h)
{
	size_t at = 0, len = strlen(h->text);
	buf_putc(out, '[');
	for (size_t i = 0; i <= h->n_marks; i++) {
		size_t start = i < h->n_marks ? h->marks[i].start : len;
		if (start > at) {
			buf_printf(out, "%s{\"text\":", i > 0 ? "," : "");
			buf_json_string(out, h->text + at, start - at);
			buf_puts(out, ",\"hit\":false}");
		}
		if (i == h->n_marks)
			break;
		buf_printf(out, "%s{\"text\":", i > 0 || start > at ? "," : "");
		buf_json_string(out, h->text + start, h->marks[i].len);
		buf_puts(out, ",\"hit\":true}");
		at = start + h->marks[i].len;
	}
	buf_putc(out, ']');
}

void
found_json(struct buf *out, const struct found_document *f)
{
	document_members(out, &f->d);
	buf_puts(out, ",\"duplicate_of\":");
	id_or_null(out, f->duplicate_of);
	buf_puts(out, ",\"match\":");
	if (f->hit.text)
		hit_json(out, &f->hit);
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
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
