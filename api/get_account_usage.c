/* GET /account/usage: how much of my room is used. */
#include "request.h"

static void
put_use(struct buf *out, const char *name, int64_t used, int64_t in_trash, int64_t limit)
{
	buf_printf(out, "\"%s\":{\"used\":%lld,\"in_trash\":%lld,\"limit\":", name, (long long)used,
	           (long long)in_trash);
	if (limit > 0)
		buf_printf(out, "%lld},", (long long)limit);
	else
		buf_puts(out, "null},");
}

static enum err
get_account_usage(struct request *rq, struct why *why)
{
	const struct settings *s = request_settings(rq);
	struct usage u;
	TRY(storage_user_usage(request_storage(rq), rq->user->id, &u, why));
	struct buf *out = answer_json(rq, 200);
	buf_putc(out, '{');
	put_use(out, "documents", u.documents, u.trashed, s->api_max_documents_per_user);
	put_use(out, "bytes", u.bytes, u.trashed_bytes, s->api_max_bytes_per_user);
	buf_printf(out, "\"waiting\":{\"used\":%lld,\"limit\":%lld}}\n", (long long)u.waiting,
	           (long long)s->api_max_queued_per_user);
	return ERR_NONE;
}

const struct route route_get_account_usage = {
    .name = "GET /account/usage", .handle = get_account_usage, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
