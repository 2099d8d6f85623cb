/* DELETE /jobs/{id}: stop it. Its document stays. */
#include "job_json.h"

static enum err
delete_job(struct request *rq, struct why *why)
{
	const struct job *job;
	TRY(storage_job_cancel(request_storage(rq), rq->user->id, rq->id, rq->mem, &job, why));
	struct buf *out = answer_json(rq, 202);
	job_json(out, job);
	buf_putc(out, '\n');
	return ERR_NONE;
}

const struct route route_delete_job = {
    .name = "DELETE /jobs/{id}", .handle = delete_job, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
