/* POST /deliveries/{id}/redelivery: once more, under the same id. */
#include "webhook_json.h"

static enum err
post_redelivery(struct request *rq, struct why *why)
{
	TRY(storage_errand_again(request_storage(rq), rq->user->id, rq->id, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_redelivery = {.name = "POST /deliveries/{id}/redelivery",
                                            .handle = post_redelivery,
                                            .auth = AUTH_PERSON,
                                            .runs = RUN_BLOCKING,
                                            .limit = LIMIT_ACCOUNT};
