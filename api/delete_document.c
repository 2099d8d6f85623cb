/* DELETE /documents/{id}: for good, with everything that was made of it. */
#include "library.h"
#include "request.h"

static enum err
delete_document(struct request *rq, struct why *why)
{
	TRY(storage_document_delete(request_storage(rq), rq->user->id, rq->id, rq->request_id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_document = {
    .name = "DELETE /documents/{id}", .handle = delete_document, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
