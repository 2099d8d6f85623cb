/* GET /facets: what there is to filter by, with how many of each. */
#include "job_json.h"

static enum err
get_facets(struct request *rq, struct why *why)
{
	static const char *const names[FACET_KIND_MAX] = {"types", "senders", "currencies", "tags", "years"};
	const struct facet *f;
	size_t n;
	TRY(storage_document_facets(request_storage(rq), rq->user->id, rq->mem, &f, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_putc(out, '{');
	for (int k = 0; k < FACET_KIND_MAX; k++) {
		bool first = true;
		buf_printf(out, "%s\"%s\":[", k ? "," : "", names[k]);
		for (size_t i = 0; i < n; i++) {
			if ((int)f[i].kind != k)
				continue;
			buf_puts(out, first ? "{\"value\":" : ",{\"value\":");
			text_or_null(out, f[i].value);
			buf_printf(out, ",\"documents\":%lld}", (long long)f[i].documents);
			first = false;
		}
		buf_putc(out, ']');
	}
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_get_facets = {.name = "GET /facets",
                                       .handle = get_facets,
                                       .auth = AUTH_SESSION,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_SEARCH};
