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

/* The n-th entry from the end of "a, b, c"; false when there are fewer. */
static bool
entry_from_end(const char *list, int64_t n, char *ret, size_t cap)
{
	const char *end = list + strlen(list);
	for (;;) {
		const char *start = end;
		while (start > list && start[-1] != ',')
			start--;
		if (--n == 0) {
			while (start < end && (*start == ' ' || *start == '\t'))
				start++;
			snprintf(ret, cap, "%.*s", (int)(end - start), start);
			return *ret != '\0';
		}
		if (start == list)
			return false;
		end = start - 1;
	}
}

void
request_address(struct request *rq, char *ret, size_t cap)
{
	int64_t proxies = rq->api->settings->api_proxies;
	const char *forwarded = proxies > 0 ? request_header(rq, "X-Forwarded-For") : NULL;
	if (forwarded && entry_from_end(forwarded, proxies, ret, cap))
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
