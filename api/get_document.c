/* GET /documents/{id}: one, with those that hung on it and those that are the same paper again. */
#include "answer_document.h"
#include "job_json.h"

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * 0x100000001b3; /* FNV-1a's */
}

/* What shows beside it as one number: its parts with their states, and the same papers. */
static uint64_t
beside(const struct document_page *parts, const struct duplicate *same, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	for (size_t i = 0; i < parts->n; i++)
		h = mix(mix(h, (uint64_t)parts->documents[i].version), parts->documents[i].state);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof same[i].id.b; k++)
			h = mix(h, same[i].id.b[k]);
		h = mix(h, same[i].same_bytes);
	}
	return h;
}

enum err
answer_document(struct request *rq, const struct document *d, struct why *why)
{
	const struct duplicate *same;
	struct document_page parts;
	size_t n;
	char etag[ETAG_LEN];
	TRY(storage_document_parts(request_storage(rq), rq->user->id, d->id, rq->mem, &parts, why));
	TRY(storage_document_duplicates(request_storage(rq), rq->user->id, d->id, rq->mem, &same, &n, why));
	snprintf(etag, sizeof etag, "\"%lld-%d-%llx\"", (long long)d->version, (int)d->state,
	         (unsigned long long)beside(&parts, same, n));
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	struct buf *out = answer_json(rq, 200);
	document_with_parts_json(out, d, &parts);
	out->len--; /* its brace */
	buf_puts(out, ",\"duplicates\":[");
	for (size_t i = 0; i < n; i++) {
		char id[UUID_TEXT_LEN];
		uuid_text(same[i].id, id);
		buf_printf(out, "%s{\"id\":\"%s\",\"same\":\"%s\"}", i ? "," : "", id,
		           same[i].same_bytes ? "bytes" : "facts");
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

static enum err
get_document(struct request *rq, struct why *why)
{
	const struct document *d;
	TRY(storage_document_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &d, why));
	return answer_document(rq, d, why);
}

const struct route route_get_document = {
    .name = "GET /documents/{id}", .handle = get_document, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
