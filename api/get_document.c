/* GET /documents/{id}: one, as the list shows it, with those that hung on it. */
#include "job_json.h"

static enum err
get_document(struct request *rq, struct why *why)
{
	const struct document *d;
	TRY(storage_document_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &d, why));
	struct document_page parts;
	TRY(storage_document_parts(request_storage(rq), rq->user->id, rq->id, rq->mem, &parts, why));
	struct buf *out = answer_json(rq, 200);
	document_with_parts_json(out, d, &parts);
	buf_putc(out, '\n');
	return ERR_NONE;
}

const struct route route_get_document = {
    .name = "GET /documents/{id}", .handle = get_document, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
