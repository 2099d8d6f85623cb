/* GET /sessions: where I am logged in. */
#include "request.h"

static void
session_json(struct buf *out, const struct session *s)
{
	char id[UUID_TEXT_LEN];
	uuid_text(s->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"device\":", id);
	text_or_null(out, s->device && *s->device ? s->device : NULL);
	buf_puts(out, ",\"address\":");
	text_or_null(out, s->address && *s->address ? s->address : NULL);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, s->created_ms);
	buf_puts(out, ",\"used_at\":");
	time_or_null(out, s->used_ms);
	buf_puts(out, ",\"expires_at\":");
	time_or_null(out, s->expires_ms);
	buf_printf(out, ",\"current\":%s}", s->current ? "true" : "false");
}

static enum err
get_sessions(struct request *rq, struct why *why)
{
	const struct session *list;
	size_t n;
	TRY(storage_session_list(request_storage(rq), rq->user->id, rq->token_hash, rq->mem, &list, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		session_json(out, &list[i]);
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

const struct route route_get_sessions = {
    .name = "GET /sessions", .handle = get_sessions, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
