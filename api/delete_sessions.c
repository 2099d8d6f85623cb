/* DELETE /sessions: log all other devices out. */
#include "request.h"

static enum err
delete_sessions(struct request *rq, struct why *why)
{
	TRY(storage_session_end_others(request_storage(rq), rq->user->id, rq->token_hash, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_sessions = {
    .name = "DELETE /sessions", .handle = delete_sessions, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
