#include "app_files.h"

#include "header_values.h"

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

/* "gzip" as a token of Accept-Encoding that is not switched off by q=0. */
static bool
takes_gzip(const char *accept)
{
	const char *at = accept ? strcasestr(accept, "gzip") : NULL;
	if (!at)
		return false;
	const char *end = at + strcspn(at, ",");
	const char *q = strcasestr(at, "q=0");
	if (!q || q > end)
		return true;
	return strspn(q + 3, ".0") != strcspn(q + 3, ", \t");
}

void
answer_app_file(struct request *rq, const struct web_asset *w)
{
	struct answer *a = &rq->answer;
	answer_header(rq, "Cache-Control", "%s",
	              w->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	answer_header(rq, "Vary", "Accept-Encoding");
	a->page = true;
	if (answer_unchanged(rq, w->etag))
		return;
	a->status = 200;
	a->content_type = w->content_type;
	a->asset = w;
	a->gzip = w->gzip && takes_gzip(request_header(rq, "Accept-Encoding"));
	if (a->gzip)
		answer_header(rq, "Content-Encoding", "gzip");
}
