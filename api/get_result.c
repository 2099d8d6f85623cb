/* GET /results/{id}: what the document says. Storage keeps it as the worker composed it; ids, time and
 * links are put in here. */
#include "clock.h"
#include "job_json.h"

/* {"id", "schema", "job_id", "document_id", "created_at"} first, for whoever reads it with their eyes. */
static json_t *
with_ids(const struct result *r, const char *id, const char *document, json_t *stored)
{
	char created[CLOCK_TEXT_LEN];
	clock_text(r->created_ms, created);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id, "schema", "docket.result/1", "job_id",
	                      id, "document_id", document, "created_at", created);
	const char *key;
	json_t *value;
	json_object_foreach(stored, key, value)
	{
		if (!json_object_get(o, key))
			json_object_set(o, key, value);
	}
	return o;
}

static void
link_pictures(json_t *result, const char *document)
{
	size_t i;
	json_t *page;
	json_array_foreach(json_object_get(result, "pages"), i, page)
	{
		long long n = (long long)json_get_int(page, "number", (int64_t)i + 1);
		char link[128];
		snprintf(link, sizeof link, "/documents/%s/pages/%lld", document, n);
		json_object_set_new(page, "image", json_string(link));
		snprintf(link, sizeof link, "/documents/%s/pages/%lld/thumbnail", document, n);
		json_object_set_new(page, "thumbnail", json_string(link));
	}
}

static enum err
get_result(struct request *rq, struct why *why)
{
	const struct result *r;
	char id[UUID_TEXT_LEN], document[UUID_TEXT_LEN], etag[ETAG_LEN];
	uuid_text(rq->id, id);
	enum err e = storage_result_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &r, why);
	if (e == ERR_NOT_FINISHED || e == ERR_JOB_FAILED || e == ERR_CANCELLED) {
		rq->problem_job = arena_strdup(rq->mem, id);
		answer_header(rq, "Link", "</jobs/%s>; rel=\"describedby\"", id);
	}
	TRY(e);
	snprintf(etag, sizeof etag, "\"%lld\"", (long long)r->version);
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;

	uuid_text(r->document_id, document);
	OWNED(json_release) json_t *stored = NULL;
	if (json_parse(r->json, r->json_len, &stored, why) != ERR_NONE)
		return fail(why, ERR_BROKEN, "the stored result is no JSON");
	OWNED(json_release) json_t *whole = with_ids(r, id, document, stored);
	link_pictures(whole, document);
	size_t n;
	OWNED(mem_free) char *text = json_text(whole, &n);
	struct buf *out = answer_json(rq, 200);
	buf_put(out, text, n);
	buf_putc(out, '\n');
	return ERR_NONE;
}

const struct route route_get_result = {
    .name = "GET /results/{id}", .handle = get_result, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
