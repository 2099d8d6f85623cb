#include "cors.h"

#include "request.h"

bool
cors_lists(const char *list, const char *origin)
{
	size_t n = strlen(origin);
	for (const char *at = list; *at;) {
		size_t len = strcspn(at, ", ");
		if (len == n && n > 0 && memcmp(at, origin, n) == 0)
			return true;
		at += len + (at[len] != '\0');
	}
	return false;
}

/* NULL: it is nobody's who may. */
static const char *
origin_of(struct request *rq)
{
	const char *list = request_settings(rq)->api_cors_origins;
	const char *origin = *list ? request_header(rq, "Origin") : NULL;
	return origin && cors_lists(list, origin) ? origin : NULL;
}

bool
cors_preflight(struct request *rq, const char *methods)
{
	if (strcmp(rq->method, "OPTIONS") != 0 || !request_header(rq, "Access-Control-Request-Method") ||
	    !origin_of(rq))
		return false;
	answer_header(rq, "Access-Control-Allow-Methods", "%s", methods);
	answer_header(rq, "Access-Control-Allow-Headers",
	              "Authorization, Content-Type, Content-Disposition, Docket-Expected-User, "
	              "Idempotency-Key, If-Match, If-None-Match, If-Range, Range, X-Request-Id");
	answer_header(rq, "Access-Control-Max-Age", "600");
	rq->answer.status = 204;
	return true;
}

void
cors_headers(struct request *rq, struct MHD_Response *r)
{
	if (!*request_settings(rq)->api_cors_origins)
		return;
	MHD_add_response_header(r, "Vary", "Origin");
	const char *origin = origin_of(rq);
	if (!origin)
		return;
	MHD_add_response_header(r, "Access-Control-Allow-Origin", origin);
	MHD_add_response_header(
	    r, "Access-Control-Expose-Headers",
	    "Content-Disposition, Content-Range, ETag, Idempotent-Replayed, Link, Location, "
	    "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id");
}
