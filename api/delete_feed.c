/* DELETE /feeds/{id}: its address opens nothing any more. */
#include "request.h"

static enum err
delete_feed(struct request *rq, struct why *why)
{
	TRY(storage_key_end(request_storage(rq), rq->user->id, KEY_FEED, rq->id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_feed = {
    .name = "DELETE /feeds/{id}", .handle = delete_feed, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
