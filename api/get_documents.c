/* GET /documents: mine, by filter and by words, page by page. */
#include "document_query.h"
#include "job_json.h"

static enum err
get_documents(struct request *rq, struct why *why)
{
	struct document_query q;
	struct document_cursor after;
	struct found_page page;
	int64_t limit;
	TRY(request_query_int(rq, "limit", 1, 200, 50, &limit, why));
	TRY(document_query_read(rq, &q, why));
	TRY(document_cursor_read(rq, &after, why));
	TRY(storage_document_find(request_storage(rq), rq->user->id, &q.filter, &after, (int32_t)limit,
	                          rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		found_json(out, &page.documents[i]);
	}
	buf_puts(out, "],\"next_cursor\":");
	if (page.more && page.n > 0) {
		buf_putc(out, '"');
		document_cursor_write(out, &page.documents[page.n - 1].d, q.filter.sort);
		buf_puts(out, "\"}\n");
	} else {
		buf_puts(out, "null}\n");
	}
	return ERR_NONE;
}

const struct route route_get_documents = {.name = "GET /documents",
                                          .handle = get_documents,
                                          .auth = AUTH_SESSION,
                                          .runs = RUN_BLOCKING,
                                          .limit = LIMIT_SEARCH};
