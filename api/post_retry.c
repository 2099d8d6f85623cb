/* POST /jobs/{id}/retry: a failed or cancelled job runs again, with all its attempts. */
#include "job_json.h"

static enum err
post_retry(struct request *rq, struct why *why)
{
	const struct job *job;
	TRY(storage_job_retry(request_storage(rq), rq->user->id, rq->id, rq->mem, &job, why));
	answer_accepted(rq, job);
	return ERR_NONE;
}

const struct route route_post_retry = {.name = "POST /jobs/{id}/retry",
                                       .handle = post_retry,
                                       .auth = AUTH_SESSION,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_UPLOAD};
