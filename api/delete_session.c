/* DELETE /sessions/{id}: log that device out. */
#include "request.h"

static enum err
delete_session(struct request *rq, struct why *why)
{
	TRY(storage_session_end_one(request_storage(rq), rq->user->id, rq->id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_session = {
    .name = "DELETE /sessions/{id}", .handle = delete_session, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
