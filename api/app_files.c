#include "app_files.h"

#include "header_values.h"
#include "session_tokens.h"

static const struct web_asset *
find(const struct api_options *o, const char *path)
{
	for (const struct web_asset *w = o->assets; w && w->path; w++)
		if (strcmp(w->path, path) == 0)
			return w;
	return NULL;
}

const struct web_asset *
app_file(const struct api_options *o, const char *path)
{
	bool of_app = strcmp(path, "/") == 0 || strcmp(path, "/app") == 0 || strncmp(path, "/app/", 5) == 0;
	return find(o, of_app ? "/index.html" : path);
}

/* Whoever has no session comes to the door, wherever they wanted to go. NULL: something opened more rarely.
 */
static const char *
opened(struct request *rq)
{
	static const char document[] = "/app/documents/";
	if (!request_token(rq))
		return "door";
	if (strcmp(rq->path, "/") == 0 || strcmp(rq->path, "/app") == 0)
		return "library";
	return strncmp(rq->path, document, strlen(document)) == 0 ? "document" : NULL;
}

/* The script of a page finds out what it needs; the page's header tells the browser before, which on a phone
 * saves a round trip. A wrong guess costs its reader some kilobytes and nothing else. */
static void
hint(struct request *rq, const struct web_asset *w)
{
	const char *what = opened(rq);
	const char *language = language_accepted(request_header(rq, "Accept-Language"));
	for (const struct web_hint *h = w->hints; what && h->link; h++)
		if (strcmp(h->opened, what) == 0 && strcmp(h->language, language) == 0)
			answer_header(rq, "Link", "%s", h->link);
}

void
answer_app_file(struct request *rq, const struct web_asset *w)
{
	struct answer *a = &rq->answer;
	const char *accept = request_header(rq, "Accept-Encoding");
	const struct web_bytes *bytes = &w->plain;
	const char *coding = NULL;
	if (w->brotli.at && coding_accepted(accept, "br")) {
		bytes = &w->brotli;
		coding = "br";
	} else if (w->gzip.at && coding_accepted(accept, "gzip")) {
		bytes = &w->gzip;
		coding = "gzip";
	}
	answer_header(rq, "Cache-Control", "%s",
	              w->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	answer_header(rq, "Vary", w->hints ? "Accept-Encoding, Accept-Language, Cookie" : "Accept-Encoding");
	if (w->hints)
		hint(rq, w);
	a->page = true;
	if (answer_unchanged(rq, bytes->etag))
		return;
	a->status = 200;
	a->content_type = w->content_type;
	a->asset = bytes;
	if (coding)
		answer_header(rq, "Content-Encoding", "%s", coding);
}
