/* GET /digest: what each of my documents asks of me: a bill to pay, a value to check; and what it was spent
 * on. */
#include "job_json.h"

static void
digest_json(struct buf *out, const struct digest *d)
{
	char id[UUID_TEXT_LEN], job[UUID_TEXT_LEN];
	uuid_text(d->document_id, id);
	uuid_text(d->job_id, job);
	const struct {
		const char *name, *value;
	} texts[] = {{"doc_type", d->doc_type}, {"merchant", d->merchant}, {"title", d->title},
	             {"date", d->date},         {"due_date", d->due_date}, {"category", d->category}};
	buf_printf(out, "{\"document_id\":\"%s\",\"job_id\":\"%s\"", id, job);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_printf(out, ",\"%s\":", texts[i].name);
		text_or_null(out, texts[i].value);
	}
	buf_puts(out, ",\"total\":");
	money_or_null(out, d->total, d->currency);
	buf_printf(out, ",\"paid\":%s,\"doubtful\":", d->paid ? "true" : "false");
	lines_json(out, d->doubtful);
	buf_putc(out, '}');
}

static enum err
get_digest(struct request *rq, struct why *why)
{
	const struct digest *rows;
	size_t n;
	TRY(storage_document_digests(request_storage(rq), rq->user->id, rq->mem, &rows, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		digest_json(out, &rows[i]);
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

const struct route route_get_digest = {.name = "GET /digest",
                                       .handle = get_digest,
                                       .auth = AUTH_SESSION,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_SEARCH};
