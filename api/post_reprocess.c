/* POST /documents/{id}/reprocess: read it once more. */
#include "job_json.h"

static enum err
post_reprocess(struct request *rq, struct why *why)
{
	const struct job *job;
	TRY(storage_document_reprocess(request_storage(rq), rq->user->id, rq->id, rq->request_id, rq->mem,
	                               &job, why));
	answer_accepted(rq, job);
	return ERR_NONE;
}

const struct route route_post_reprocess = {.name = "POST /documents/{id}/reprocess",
                                           .handle = post_reprocess,
                                           .auth = AUTH_SESSION,
                                           .runs = RUN_BLOCKING,
                                           .limit = LIMIT_UPLOAD};
