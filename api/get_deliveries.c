/* GET /webhooks/{id}/deliveries: what it was told, and how it took it. */
#include "webhook_json.h"

static void
delivery_json(struct buf *out, const struct errand *e)
{
	static const char *const states[] = {"waiting", "done", "dead"};
	char id[UUID_TEXT_LEN];
	uuid_text(e->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"status\":\"%s\",\"attempts\":%d,\"detail\":", id, states[e->state],
	           e->attempt);
	text_or_null(out, e->detail);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, e->created_ms);
	buf_puts(out, ",\"next_attempt_at\":");
	time_or_null(out, e->state == ERRAND_WAITING ? e->due_ms : 0);
	buf_puts(out, ",\"finished_at\":");
	time_or_null(out, e->ended_ms);
	buf_putc(out, '}');
}

static enum err
get_deliveries(struct request *rq, struct why *why)
{
	const struct webhook *w;
	struct uuid before;
	int32_t limit;
	struct errand_page page;
	TRY(request_page(rq, &before, &limit, why));
	TRY(storage_webhook_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &w, why));
	TRY(storage_errand_list(request_storage(rq), rq->user->id, w->id, before, limit, rq->mem, &page,
	                        why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		delivery_json(out, &page.errands[i]);
	}
	bool more = page.more && page.n > 0;
	list_end_json(out, more, more ? page.errands[page.n - 1].id : (struct uuid){{0}});
	return ERR_NONE;
}

const struct route route_get_deliveries = {.name = "GET /webhooks/{id}/deliveries",
                                           .handle = get_deliveries,
                                           .auth = AUTH_PERSON,
                                           .runs = RUN_BLOCKING};
