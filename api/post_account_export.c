/* POST /account/export: everything of mine as one zip, made by the worker. */
#include "errands.h"
#include "request.h"

static enum err
post_account_export(struct request *rq, struct why *why)
{
	TRY(storage_export_begin(request_storage(rq), rq->user->id, why));
	answer_header(rq, "Location", "/account/export");
	answer_header(rq, "Retry-After", "2");
	struct buf *out = answer_json(rq, 202);
	buf_puts(out, "{\"status\":\"running\"}\n");
	return ERR_NONE;
}

const struct route route_post_account_export = {.name = "POST /account/export",
                                                .handle = post_account_export,
                                                .auth = AUTH_PERSON,
                                                .runs = RUN_BLOCKING,
                                                .limit = LIMIT_EXPORT};
