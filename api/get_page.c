/* GET /documents/{id}/pages/{n}: the upright picture on which the result's boxes lie. */
#include "answer_picture.h"
#include "job_json.h"

enum err
answer_picture(struct request *rq, bool thumbnail, struct why *why)
{
	const struct page_picture *page;
	TRY(storage_page_get(request_storage(rq), rq->user->id, rq->id, rq->n, rq->mem, &page, why));
	if (!thumbnail) /* a list shows a hundred of those */
		request_note_read(rq, "page.read", rq->id);
	const struct blob *blob = thumbnail && *page->thumbnail.key ? &page->thumbnail : &page->picture;
	char hash[65], etag[ETAG_LEN];
	hex_text(blob->sha256, sizeof blob->sha256, hash);
	snprintf(etag, sizeof etag, "\"%s\"", hash);
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	return answer_blob(rq, blob, "image/webp", etag, why);
}

static enum err
get_page(struct request *rq, struct why *why)
{
	return answer_picture(rq, false, why);
}

const struct route route_get_page = {
    .name = "GET /documents/{id}/pages/{n}", .handle = get_page, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
