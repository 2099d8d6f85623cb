/* GET /webhooks: whom I have told of my documents. */
#include "webhook_json.h"

static enum err
get_webhooks(struct request *rq, struct why *why)
{
	const struct webhook *list;
	size_t n;
	TRY(storage_webhook_list(request_storage(rq), rq->user->id, rq->mem, &list, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		webhook_json(out, &list[i]);
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

const struct route route_get_webhooks = {
    .name = "GET /webhooks", .handle = get_webhooks, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
