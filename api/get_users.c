/* GET /admin/users: everybody, newest first, with how much they keep. */
#include "request.h"

static enum err
put_user(struct request *rq, struct buf *out, const struct user *u, struct why *why)
{
	struct usage usage;
	TRY(storage_user_usage(request_storage(rq), u->id, &usage, why));
	buf_puts(out, "{\"user\":");
	user_json(out, request_settings(rq), u);
	buf_printf(out, ",\"disabled\":%s,\"created_at\":", u->disabled ? "true" : "false");
	time_or_null(out, u->created_ms);
	buf_printf(out, ",\"documents\":%lld,\"bytes\":%lld}", (long long)usage.documents,
	           (long long)usage.bytes);
	return ERR_NONE;
}

static enum err
get_users(struct request *rq, struct why *why)
{
	struct uuid before;
	int32_t limit;
	struct user_page page;
	TRY(request_page(rq, &before, &limit, why));
	TRY(storage_user_list(request_storage(rq), before, limit, rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		TRY(put_user(rq, out, &page.users[i], why));
	}
	bool more = page.more && page.n > 0;
	list_end_json(out, more, more ? page.users[page.n - 1].id : (struct uuid){{0}});
	return ERR_NONE;
}

const struct route route_get_users = {
    .name = "GET /admin/users", .handle = get_users, .auth = AUTH_ADMIN, .runs = RUN_BLOCKING};
