/* Where a command gets a report from: the running service, else storage itself. */
#include "own.h"
#include "places.h"
#include "reports.h"

#include <curl/curl.h>

#define ANSWER_MAX (8 * MIB)
#define TIMEOUT_MS 30000L

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;
	buf_put(b, p, size * n);
	return b->full ? 0 : size * n;
}

static void
client_free(CURL **c)
{
	curl_easy_cleanup(*c);
	*c = NULL;
}

enum err
report_fetch(const char *url, json_t **ret, struct why *why)
{
	OWNED(buf_free) struct buf body = buf_init(ANSWER_MAX);
	OWNED(client_free) CURL *c = curl_easy_init();
	long status = 0;
	if (!c)
		return fail(why, ERR_BROKEN, "no HTTP client");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &body);
	CURLcode rc = curl_easy_perform(c);
	if (rc == CURLE_COULDNT_CONNECT)
		return fail(why, ERR_ABSENT, "nobody listens at %.200s", url);
	if (rc != CURLE_OK)
		return fail(why, ERR_BROKEN, "%.200s: %s", url, curl_easy_strerror(rc));
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	OWNED(json_release) json_t *j = NULL;
	TRY(json_parse(body.data ? body.data : "", body.len, &j, why));
	if (status != 200) {
		const char *detail = json_get_str(j, "detail");
		detail = detail ? detail : json_get_str(j, "error"); /* as Prometheus says it */
		return fail(why, ERR_BROKEN, "%.200s answers %ld: %.200s", url, status, detail ? detail : "");
	}
	*ret = TAKE(j);
	return ERR_NONE;
}

static enum err
from_storage(const struct settings *s, const char *what, const struct admin_query *q, json_t **ret,
             struct why *why)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s, &urls);
	OWNED(storage_close) struct storage *st = NULL;
	OWNED(buf_free) struct buf text = buf_init(ANSWER_MAX);
	TRY(storage_open(&o, &st, why));
	const struct report_source from = {st, s};
	TRY(strcmp(what, "costs") == 0 ? report_costs(&from, q, &text, why)
	                               : report_outcomes(&from, q, &text, why));
	return json_parse(text.data, text.len, ret, why);
}

enum err
report_get(const struct settings *s, const char *what, struct period p, const char *by, json_t **ret,
           struct why *why)
{
	char url[512];
	snprintf(url, sizeof url, "http://%.200s/reports/%s?from=%lld&to=%lld&by=%s", s->admin_listen, what,
	         (long long)p.from_ms, (long long)p.to_ms, by);
	enum err e = s->admin_listen[0] ? report_fetch(url, ret, why) : ERR_ABSENT;
	if (e != ERR_ABSENT)
		return e;
	const struct admin_query q = {p.from_ms, p.to_ms, by};
	return from_storage(s, what, &q, ret, why);
}
