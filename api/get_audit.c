/* GET /audit: who did what to my documents and my account, newest first; for no API token, as it tells of
 * log-ins and from where they came. GET /admin/audit: everybody's. */
#include "audit.h"
#include "clock.h"
#include "job_json.h"

static void
entry_json(struct buf *out, const struct audit_entry *e)
{
	char user[UUID_TEXT_LEN];
	uuid_text(e->user_id, user);
	buf_printf(out, "{\"n\":%lld,\"at\":", (long long)e->n);
	time_or_null(out, e->at_ms);
	buf_puts(out, ",\"user_id\":");
	text_or_null(out, uuid_is_nil(e->user_id) ? NULL : user);
	const struct {
		const char *name, *value;
	} texts[] = {{"action", e->action},
	             {"object", e->object},
	             {"detail", e->detail},
	             {"address", e->address},
	             {"request_id", e->request_id}};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_printf(out, ",\"%s\":", texts[i].name);
		text_or_null(out, texts[i].value);
	}
	buf_putc(out, '}');
}

static enum err
answer_audit(struct request *rq, struct uuid user, struct why *why)
{
	struct audit_page page;
	int64_t limit, before;
	TRY(request_query_int(rq, "limit", 1, 200, 50, &limit, why));
	TRY(request_query_int(rq, "cursor", 1, INT64_MAX, 0, &before, why));
	TRY(storage_audit_list(request_storage(rq), user, before, (int32_t)limit, rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		entry_json(out, &page.entries[i]);
	}
	if (page.more && page.n > 0)
		buf_printf(out, "],\"next_cursor\":\"%lld\"}\n", (long long)page.entries[page.n - 1].n);
	else
		buf_puts(out, "],\"next_cursor\":null}\n");
	return ERR_NONE;
}

static enum err
get_audit(struct request *rq, struct why *why)
{
	return answer_audit(rq, rq->user->id, why);
}

static enum err
get_admin_audit(struct request *rq, struct why *why)
{
	return answer_audit(rq, (struct uuid){{0}}, why);
}

const struct route route_get_audit = {
    .name = "GET /audit", .handle = get_audit, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
const struct route route_get_admin_audit = {
    .name = "GET /admin/audit", .handle = get_admin_audit, .auth = AUTH_ADMIN, .runs = RUN_BLOCKING};
