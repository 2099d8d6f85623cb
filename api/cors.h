/* cors.h: pages of other origins that may call the API: none, unless the settings name them.
 *
 * What they may is what an API token may: cookies are never theirs, as nothing here allows credentials. */
#ifndef DOCKET_CORS_H
#define DOCKET_CORS_H

#include <microhttpd.h>
#include <stdbool.h>

struct request;

/* Is `origin` one of `list` ("https://a.example, https://b.example")? To the letter. */
bool cors_lists(const char *list, const char *origin);
/* A browser asks whether it may ask. True: the answer is finished; `methods` are those of the address. */
bool cors_preflight(struct request *rq, const char *methods);
/* What an answer tells a browser of a page that may read it. */
void cors_headers(struct request *rq, struct MHD_Response *r);

#endif
