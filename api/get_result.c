/* GET /results/{id}: what the document says. */
#include "result_json.h"

static enum err
get_result(struct request *rq, struct why *why)
{
	OWNED(shown_result_free) struct shown_result r = {0};
	TRY(shown_result_load(rq, &r, why));
	request_note_read(rq, "result.read", r.row->document_id);
	return answer_result(rq, &r, why);
}

const struct route route_get_result = {
    .name = "GET /results/{id}", .handle = get_result, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
