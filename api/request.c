/* What came: headers, query, JSON. */
#include "request.h"

#include "audit.h"
#include "header_values.h"
#include "request_trace.h"
#include "server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

const char *
request_header(struct request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

const char *
request_query(struct request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_GET_ARGUMENT_KIND, name);
}

enum err
request_query_int(struct request *rq, const char *name, int64_t min, int64_t max, int64_t fallback,
                  int64_t *ret, struct why *why)
{
	const char *text = request_query(rq, name);
	*ret = fallback;
	if (!text)
		return ERR_NONE;
	if (!number_parse(text, ret) || *ret < min || *ret > max)
		return fail(why, ERR_INVALID, "%s: a whole number from %lld to %lld", name, (long long)min,
		            (long long)max);
	return ERR_NONE;
}

enum err
request_page(struct request *rq, struct uuid *before, int32_t *limit, struct why *why)
{
	int64_t n;
	TRY(request_query_int(rq, "limit", 1, 200, 50, &n, why));
	*limit = (int32_t)n;
	*before = (struct uuid){{0}};
	const char *cursor = request_query(rq, "cursor");
	if (cursor && !uuid_parse(cursor, before))
		return fail(why, ERR_INVALID, "cursor: not one that this service gave");
	return ERR_NONE;
}

enum err
request_json(struct request *rq, json_t **ret, struct why *why)
{
	OWNED(json_release) json_t *o = NULL;
	if (rq->body.len == 0)
		return fail(why, ERR_BAD_JSON, "the body is empty");
	TRY(json_parse(rq->body.data, rq->body.len, &o, why));
	if (!json_is_object(o))
		return fail(why, ERR_BAD_JSON, "not an object");
	*ret = TAKE(o);
	return ERR_NONE;
}

enum err
member_string(const json_t *o, const char *key, size_t max, const char **ret, struct why *why)
{
	const json_t *v = json_object_get(o, key);
	if (!v)
		return fail(why, ERR_INVALID, "%s: missing", key);
	if (!json_is_string(v))
		return fail(why, ERR_INVALID, "%s: must be a string", key);
	if (json_string_length(v) > max)
		return fail(why, ERR_INVALID, "%s: at most %zu bytes", key, max);
	*ret = json_string_value(v);
	return ERR_NONE;
}

#define PROXIES_MAX 10 /* of the settings */

/* Some proxies go on in the line that is there, others add one of their own. */
struct forwarded {
	const char *lines[PROXIES_MAX]; /* the last ones, in a ring */
	size_t n;
};
static enum MHD_Result
note_forwarded(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct forwarded *f = arg;
	(void)kind;
	if (value && strcasecmp(key, "X-Forwarded-For") == 0)
		f->lines[f->n++ % PROXIES_MAX] = value;
	return MHD_YES;
}

/* Back through "a, b, c", until of all that were asked for none is left: that one is taken. */
static void
go_back(const char *list, int64_t *left, char *ret, size_t cap)
{
	const char *end = list + strlen(list);
	while (*left > 0) {
		const char *start = end;
		while (start > list && start[-1] != ',')
			start--;
		if (--*left == 0) {
			const char *from = start + strspn(start, " \t");
			snprintf(ret, cap, "%.*s", from < end ? (int)(end - from) : 0, from);
		}
		if (start == list)
			return;
		end = start - 1;
	}
}

/* False: fewer proxies than that have written of it. */
static bool
forwarded_address(struct request *rq, char *ret, size_t cap)
{
	int64_t left = rq->api->settings->api_proxies;
	struct forwarded f = {.n = 0};
	if (left == 0)
		return false;
	*ret = '\0';
	MHD_get_connection_values(rq->connection, MHD_HEADER_KIND, note_forwarded, &f);
	for (size_t i = f.n; i > 0 && i + PROXIES_MAX > f.n; i--)
		go_back(f.lines[(i - 1) % PROXIES_MAX], &left, ret, cap);
	return *ret != '\0';
}

void
request_address(struct request *rq, char *ret, size_t cap)
{
	if (forwarded_address(rq, ret, cap))
		return;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info ? info->client_addr : NULL;
	socklen_t len =
	    a && a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	if (!a || getnameinfo(a, len, ret, (socklen_t)cap, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(ret, cap, "unknown");
}

void
request_network(struct request *rq, char ret[static NETWORK_LEN])
{
	char address[64];
	request_address(rq, address, sizeof address);
	address_network(address, ret);
}

void
request_note_read(struct request *rq, const char *action, struct uuid object)
{
	char id[UUID_TEXT_LEN];
	struct why why;
	uuid_text(object, id);
	(void)!storage_audit_read(request_storage(rq), rq->user->id, action, id, rq->request_id, &why);
}

const char *
request_published(struct request *rq)
{
	return rq->api->options.published;
}

struct storage *
request_storage(struct request *rq)
{
	return rq->api->options.storage;
}

const struct settings *
request_settings(struct request *rq)
{
	return rq->api->settings;
}

const struct api_options *
request_options(struct request *rq)
{
	return &rq->api->options;
}

struct log *
request_log(struct request *rq)
{
	char user[UUID_TEXT_LEN], trace[TRACE_ID_LEN];
	if (rq->user)
		uuid_text(rq->user->id, user);
	return log_child(rq->api->log, F_STR("request_id", rq->request_id),
	                 F_STR("trace_id", request_trace_id(rq, trace) ? trace : NULL),
	                 F_STR("user_id", rq->user ? user : NULL));
}
