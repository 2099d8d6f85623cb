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
	answer_header(rq, "Vary", "Accept-Encoding");
	a->page = true;
	if (answer_unchanged(rq, bytes->etag))
		return;
	a->status = 200;
	a->content_type = w->content_type;
	a->asset = bytes;
	if (coding)
		answer_header(rq, "Content-Encoding", "%s", coding);
}
