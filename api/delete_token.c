/* DELETE /tokens/{id}: that program is out. */
#include "request.h"

static enum err
delete_token(struct request *rq, struct why *why)
{
	TRY(storage_key_end(request_storage(rq), rq->user->id, KEY_API, rq->id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_token = {
    .name = "DELETE /tokens/{id}", .handle = delete_token, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
