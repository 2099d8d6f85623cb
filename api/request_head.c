#include "request_head.h"

#include "request_limits.h"
#include "second_factor.h"
#include "server.h"
#include "session_tokens.h"
#include "upload_body.h"

#define HEADERS_MAX (16 * KIB)
#define URI_MAX     (8 * KIB)
#define KEY_MAX     255

static enum MHD_Result
add_sizes(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	size_t *sum = arg;
	(void)kind;
	*sum += strlen(key) + (value ? strlen(value) : 0) + 4;
	return MHD_YES;
}

struct framing {
	int lengths, encodings;
};
static enum MHD_Result
count_framing(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct framing *f = arg;
	(void)kind, (void)value;
	f->lengths += strcasecmp(key, "Content-Length") == 0;
	f->encodings += strcasecmp(key, "Transfer-Encoding") == 0;
	return MHD_YES;
}

/* A message whose end two readers may see at two places is how requests are smuggled past a proxy. */
static enum err
check_framing(struct request *rq, struct why *why)
{
	struct framing f = {0};
	MHD_get_connection_values(rq->connection, MHD_HEADER_KIND, count_framing, &f);
	if (f.lengths > 1 || f.encodings > 1 || (f.lengths && f.encodings))
		return fail(why, ERR_BAD_REQUEST, "the length of the body is told twice");
	return ERR_NONE;
}

bool
changes_something(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "OPTIONS") != 0;
}

/* A browser sends cookies wherever a page of another site makes it ask; it also says from where. */
static enum err
check_origin(struct request *rq, struct why *why)
{
	if (!changes_something(rq->method) || request_header(rq, "Authorization"))
		return ERR_NONE;
	const char *site = request_header(rq, "Sec-Fetch-Site");
	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return fail(why, ERR_FORBIDDEN, "the request comes from another site");
	const char *origin = request_header(rq, "Origin");
	if (origin && !origin_is_ours(origin, request_header(rq, "Host"), rq->api->settings->api_public_url))
		return fail(why, ERR_FORBIDDEN, "the request comes from another origin");
	return ERR_NONE;
}

static enum err
find_user(struct request *rq, struct why *why)
{
	if (!request_token(rq))
		return fail(why, ERR_UNAUTHENTICATED, "%s", "");
	struct storage *st = rq->api->options.storage;
	if (!token_is(rq->token, TOKEN_API))
		return storage_session_user(st, rq->token_hash, rq->mem, &rq->user, why);
	TRY(storage_key_user(st, rq->token_hash, rq->mem, &rq->user, why));
	uint32_t needed = rq->route->body == BODY_UPLOAD  ? SCOPE_UPLOAD
	                  : changes_something(rq->method) ? SCOPE_WRITE
	                                                  : SCOPE_READ;
	if (rq->route->auth != AUTH_SESSION)
		return fail(why, ERR_SCOPE, "only a session may");
	if ((rq->user->scopes & needed) == 0)
		return fail(why, ERR_SCOPE, "the token lacks the scope for this");
	return ERR_NONE;
}

static bool
nobody_may(struct request *rq)
{
	const char *asked = rq->route->nobody ? request_query(rq, rq->route->nobody) : NULL;
	return asked && strcmp(asked, "true") == 0;
}

/* Two people at one browser share its cookie: the page of the first may not know yet that the second has
 * logged in. */
static enum err
check_expected(struct request *rq, struct why *why)
{
	const char *text = request_header(rq, "Docket-Expected-User");
	struct uuid id;
	if (!text || !rq->user)
		return ERR_NONE;
	if (!uuid_parse(text, &id))
		return fail(why, ERR_INVALID, "Docket-Expected-User: not an id");
	return uuid_equal(id, rq->user->id) ? ERR_NONE : fail(why, ERR_OTHER_USER, "%s", "");
}

enum err
person_check(struct request *rq, struct why *why)
{
	if (rq->route->auth == AUTH_NONE)
		return ERR_NONE;
	enum err e = find_user(rq, why);
	if (e != ERR_NONE && !(e == ERR_UNAUTHENTICATED && nobody_may(rq)))
		return e;
	if (rq->route->auth == AUTH_ADMIN && rq->user->role != ROLE_ADMIN)
		return fail(why, ERR_ABSENT, "%s", "");
	TRY(check_expected(rq, why));
	/* API tokens as well: what somebody may not do their programs may not. */
	if (rq->user && !rq->route->before_factor && second_factor_lacking(rq->api->settings, rq->user))
		return fail(why, ERR_FACTOR_NEEDED, "%s", "");
	return ERR_NONE;
}

static uint64_t
body_limit(const struct request *rq)
{
	if (rq->route->body == BODY_UPLOAD)
		/* The form around the file: boundaries, headers, a few fields. */
		return (uint64_t)rq->api->settings->api_max_upload + 128 * KIB;
	return JSON_BODY_MAX;
}

static enum err
check_length(struct request *rq, struct why *why)
{
	const char *text = request_header(rq, "Content-Length");
	int64_t n = 0;
	if (text && !number_parse(text, &n))
		return fail(why, ERR_BAD_REQUEST, "Content-Length is no number");
	if ((uint64_t)n > body_limit(rq))
		return fail(why, ERR_TOO_BIG, "at most %llu bytes",
		            (unsigned long long)(rq->route->body == BODY_UPLOAD
		                                     ? (uint64_t)rq->api->settings->api_max_upload
		                                     : body_limit(rq)));
	return ERR_NONE;
}

/* One upload at a time under one Idempotency-Key; what came before it is storage's to know. */
static enum err
hold_key(struct request *rq, struct why *why)
{
	const char *key = request_header(rq, "Idempotency-Key");
	if (!key)
		return ERR_NONE;
	size_t n = strlen(key);
	for (const char *c = key; *c; c++)
		if (*c <= ' ' || *c > '~')
			n = 0;
	if (n == 0 || n > KEY_MAX)
		return fail(why, ERR_INVALID, "Idempotency-Key: 1 to %d visible ASCII characters", KEY_MAX);
	if (!keys_hold(rq->api->keys, rq->user->id, key))
		return fail(why, ERR_KEY_IN_FLIGHT, "%s", "");
	rq->key_held = true;
	return ERR_NONE;
}

void
head_let_key_go(struct request *rq)
{
	if (rq->key_held)
		keys_let_go(rq->api->keys, rq->user->id, request_header(rq, "Idempotency-Key"));
	rq->key_held = false;
}

enum err
head_check(struct request *rq, const struct route_match *m, const struct web_asset *file, struct why *why)
{
	if (strlen(rq->path) > URI_MAX)
		return fail(why, ERR_URI_TOO_LONG, "at most %zu bytes", (size_t)URI_MAX);
	size_t headers = 0;
	MHD_get_connection_values(rq->connection, MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND, add_sizes,
	                          &headers);
	if (headers > HEADERS_MAX)
		return fail(why, ERR_HEADERS_TOO_BIG, "at most %zu bytes", (size_t)HEADERS_MAX);
	TRY(check_framing(rq, why));
	if (atomic_load(&rq->api->stopping))
		return fail(why, ERR_STOPPING, "%s", "");
	if (file) {
		if (changes_something(rq->method))
			return fail(why, ERR_METHOD, "%s", "");
		return ERR_NONE;
	}
	if (!rq->route)
		return fail(why, m->path_known ? ERR_METHOD : ERR_ABSENT, "%s", "");
	TRY(check_origin(rq, why));
	TRY(person_check(rq, why));
	if (rq->route->limit == LIMIT_UPLOAD && rq->api->settings->api_verified_only &&
	    rq->user->verified_ms == 0)
		return fail(why, ERR_EMAIL_UNVERIFIED, "%s", "");
	TRY(request_limit(rq, why));
	if (rq->bad_parameter)
		return fail(why, ERR_ABSENT, "%s", "");
	TRY(check_length(rq, why));
	if (rq->route->body != BODY_UPLOAD)
		return ERR_NONE;
	TRY(hold_key(rq, why));
	return upload_body_begin(rq, &rq->upload, why);
}
