/* GET /documents/{id}/original: the bytes that were uploaded, whole or in part, as a download. */
#include "header_values.h"
#include "job_json.h"

static enum err
get_original(struct request *rq, struct why *why)
{
	const struct document *d;
	TRY(storage_document_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &d, why));
	request_note_read(rq, "original.read", d->id);
	char hash[65], etag[ETAG_LEN];
	hex_text(d->blob.sha256, sizeof d->blob.sha256, hash);
	snprintf(etag, sizeof etag, "\"%s\"", hash);
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	const char *disposition;
	ARENA_TRY(disposition, attachment_header(rq->mem, d->file_name), rq->mem, why);
	answer_header(rq, "Content-Disposition", "%s", disposition);
	return answer_blob(rq, &d->blob, d->media_type, etag, why);
}

const struct route route_get_original = {.name = "GET /documents/{id}/original",
                                         .handle = get_original,
                                         .auth = AUTH_SESSION,
                                         .runs = RUN_BLOCKING};
