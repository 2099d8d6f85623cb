/* GET /account/passkeys: mine, newest first. */
#include "passkey_request.h"

static enum err
get_passkeys(struct request *rq, struct why *why)
{
	const struct passkey *list;
	size_t n;
	TRY(storage_passkey_list(request_storage(rq), rq->user->id, rq->mem, &list, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		passkey_json(out, &list[i]);
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

const struct route route_get_passkeys = {.name = "GET /account/passkeys",
                                         .handle = get_passkeys,
                                         .auth = AUTH_PERSON,
                                         .runs = RUN_BLOCKING,
                                         .before_factor = true};
