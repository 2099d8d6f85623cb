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

/* Whoever has no session comes to the door, wherever they wanted to go; a letter's link and the public status
 * are for everybody. NULL: something opened more rarely. */
static const char *
opened(struct request *rq)
{
	static const char document[] = "/app/documents/";
	if (strcmp(rq->path, "/app/confirm") == 0 || strcmp(rq->path, "/app/status") == 0)
		return NULL;
	if (!request_token(rq))
		return "door";
	if (strcmp(rq->path, "/") == 0 || strcmp(rq->path, "/app") == 0)
		return "library";
	return strncmp(rq->path, document, strlen(document)) == 0 ? "document" : NULL;
}

/* The language that was chosen here before, else the browser's. */
static const char *
language_of(struct request *rq)
{
	char chosen[4];
	if (cookie_value(request_header(rq, "Cookie"), "docket_locale", chosen, sizeof chosen))
		return language_accepted(chosen);
	return language_accepted(request_header(rq, "Accept-Language"));
}

/* The page that shows the first words of what is opened, and tells what its script will ask for, which on a
 * phone saves two round trips. A wrong guess costs its reader some kilobytes and a glance. */
static const struct web_asset *
page_for(struct request *rq, const struct web_asset *page)
{
	const char *what = opened(rq);
	char path[64];
	if (!what)
		return page;
	snprintf(path, sizeof path, "/index.%s.%s.html", what, language_of(rq));
	const struct web_asset *own = find(request_options(rq), path);
	return own ? own : page;
}

void
answer_app_file(struct request *rq, const struct web_asset *w)
{
	struct answer *a = &rq->answer;
	bool page = strcmp(w->path, "/index.html") == 0;
	if (page)
		w = page_for(rq, w);
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
	answer_header(rq, "Vary", page ? "Accept-Encoding, Accept-Language, Cookie" : "Accept-Encoding");
	if (w->link)
		answer_header(rq, "Link", "%s", w->link);
	a->page = true;
	if (answer_unchanged(rq, bytes->etag))
		return;
	a->status = 200;
	a->content_type = w->content_type;
	a->asset = bytes;
	if (coding)
		answer_header(rq, "Content-Encoding", "%s", coding);
}
