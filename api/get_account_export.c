/* GET /account/export: how it stands. */
#include "errands.h"
#include "request.h"

static enum err
get_account_export(struct request *rq, struct why *why)
{
	static const char *const names[] = {"running", "done", "failed"};
	struct export_row row;
	enum err e = storage_export_get(request_storage(rq), rq->user->id, &row, why);
	struct buf *out = answer_json(rq, 200);
	if (e == ERR_ABSENT) {
		buf_puts(out, "{\"status\":\"none\"}\n");
		return ERR_NONE;
	}
	TRY(e);
	if (row.state == EXPORT_RUNNING)
		answer_header(rq, "Retry-After", "2");
	buf_printf(out, "{\"status\":\"%s\",\"created_at\":", names[row.state]);
	time_or_null(out, row.created_ms);
	buf_puts(out, ",\"finished_at\":");
	time_or_null(out, row.ended_ms);
	if (row.state == EXPORT_DONE) {
		buf_printf(out, ",\"size\":%llu,\"file\":\"/account/export/file\",\"expires_at\":",
		           (unsigned long long)row.blob.size);
		time_or_null(out, row.ended_ms + request_settings(rq)->account_archive_life);
	}
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_get_account_export = {
    .name = "GET /account/export", .handle = get_account_export, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
