/* A webhook by HTTPS, to where its owner said and nowhere else. */
#include "carry.h"
#include "public_address.h"

#include "own.h"

#include <curl/curl.h>
#include <sys/socket.h>

#define ANSWER_MAX (64 * KIB)

static void
list_free(struct curl_slist **l)
{
	curl_slist_free_all(*l);
	*l = NULL;
}

static void
handle_free(CURL **h)
{
	curl_easy_cleanup(*h);
	*h = NULL;
}

struct call {
	bool private, refused, allowed; /* of the addresses of its name: some were, some were not */
	size_t taken;
};

/* Called with the very address that is connected to: what a name meant a moment ago does not count. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct call *c = arg;
	(void)purpose;
	if (!c->private && !address_is_public(&a->addr)) {
		c->refused = true;
		return CURL_SOCKET_BAD;
	}
	c->allowed = true;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Nobody reads the answer; so much of it is taken as shows that it is one. */
static size_t
take_answer(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;
	(void)p;
	c->taken += size * n;
	return c->taken > ANSWER_MAX ? 0 : size * n;
}

static void
report(CURL *h, CURLcode code, const struct call *c, struct courier_report *ret)
{
	long status = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	bool nowhere = c->refused && !c->allowed;
	if (nowhere || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
		ret->for_good = true;
		snprintf(ret->detail, sizeof ret->detail, "%s",
		         nowhere ? "the address is not on the public internet" : "not an https address");
		return;
	}
	bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && c->taken > ANSWER_MAX);
	ret->carried = answered && status >= 200 && status < 300;
	ret->for_good = answered && status == 410;
	if (answered)
		snprintf(ret->detail, sizeof ret->detail, "%ld", status);
	else
		snprintf(ret->detail, sizeof ret->detail, "%s", curl_easy_strerror(code));
}

void
carry_webhook(const json_t *message, struct courier_report *ret)
{
	const char *url = json_get_str(message, "url"), *body = json_get_str(message, "body");
	OWNED(handle_free) CURL *h = curl_easy_init();
	OWNED(list_free)
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	struct call c = {.private = json_is_true(json_object_get(message, "private"))};
	size_t i;
	json_t *header;
	if (!h || !url || !body || !headers) {
		snprintf(ret->detail, sizeof ret->detail, "the webhook is not complete");
		return;
	}
	json_array_foreach(json_object_get(message, "headers"), i, header)
	{
		const char *line = json_string_value(header);
		struct curl_slist *more = line ? curl_slist_append(headers, line) : NULL;
		if (more)
			headers = more;
	}
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, c.private ? "http,https" : "https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "Docket/" DOCKET_VERSION);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, &c);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &c);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, 10L);
	/* A name that is still being asked for is not waited for. */
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	report(h, curl_easy_perform(h), &c, ret);
}
