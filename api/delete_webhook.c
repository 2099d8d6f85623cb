/* DELETE /webhooks/{id}: tell it nothing more, not even what waits. */
#include "webhook_json.h"

static enum err
delete_webhook(struct request *rq, struct why *why)
{
	TRY(storage_webhook_end(request_storage(rq), rq->user->id, rq->id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_webhook = {
    .name = "DELETE /webhooks/{id}", .handle = delete_webhook, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
