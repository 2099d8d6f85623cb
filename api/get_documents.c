/* GET /documents: mine, newest first. */
#include "job_json.h"

static enum err
get_documents(struct request *rq, struct why *why)
{
	struct uuid before;
	int32_t limit;
	struct document_page page;
	TRY(request_page(rq, &before, &limit, why));
	TRY(storage_document_list(request_storage(rq), rq->user->id, before, limit, rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		document_json(out, &page.documents[i]);
	}
	buf_puts(out, "],\"next_cursor\":");
	if (page.more && page.n > 0) {
		char id[UUID_TEXT_LEN];
		uuid_text(page.documents[page.n - 1].id, id);
		buf_printf(out, "\"%s\"}\n", id);
	} else {
		buf_puts(out, "null}\n");
	}
	return ERR_NONE;
}

const struct route route_get_documents = {
    .name = "GET /documents", .handle = get_documents, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
