/* GET /account/export/file: the zip, whole or in part. */
#include "errands.h"
#include "header_values.h"
#include "request.h"

static enum err
get_account_export_file(struct request *rq, struct why *why)
{
	struct export_row row;
	char hash[65], etag[70];
	enum err e = storage_export_get(request_storage(rq), rq->user->id, &row, why);
	if (e == ERR_ABSENT || (e == ERR_NONE && row.state != EXPORT_DONE))
		return fail(why, ERR_EXPORT_NOT_READY, "%s", "");
	TRY(e);
	hex_text(row.blob.sha256, sizeof row.blob.sha256, hash);
	snprintf(etag, sizeof etag, "\"%s\"", hash);
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	answer_header(rq, "Content-Disposition", "attachment; filename=\"docket-export.zip\"");
	return answer_blob(rq, &row.blob, "application/zip", etag, why);
}

const struct route route_get_account_export_file = {.name = "GET /account/export/file",
                                                    .handle = get_account_export_file,
                                                    .auth = AUTH_PERSON,
                                                    .runs = RUN_BLOCKING};
