/* A letter by SMTP. */
#include "carry.h"

#include "own.h"

#include <curl/curl.h>

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

struct reading {
	const char *at;
	size_t left;
};

static size_t
read_message(char *to, size_t size, size_t n, void *arg)
{
	struct reading *r = arg;
	size_t take = size * n < r->left ? size * n : r->left;
	memcpy(to, r->at, take);
	r->at += take;
	r->left -= take;
	return take;
}

/* What a server refuses with 5xx it will refuse again, but for a login that somebody may yet mend. */
static void
report(CURL *h, CURLcode code, const char *error, struct courier_report *ret)
{
	long status = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	ret->carried = code == CURLE_OK;
	ret->for_good = code != CURLE_OK && code != CURLE_LOGIN_DENIED && status >= 550 && status < 560;
	snprintf(ret->detail, sizeof ret->detail, "%ld %.150s", status,
	         code == CURLE_OK ? "accepted"
	         : *error         ? error
	                          : curl_easy_strerror(code));
}

void
carry_letter(const json_t *message, struct courier_report *ret)
{
	const char *smtp = json_get_str(message, "smtp"), *from = json_get_str(message, "from"),
	           *to = json_get_str(message, "to"), *text = json_get_str(message, "message"),
	           *user = json_get_str(message, "user"), *password = json_get_str(message, "password");
	OWNED(handle_free) CURL *h = curl_easy_init();
	OWNED(list_free) struct curl_slist *recipients = to ? curl_slist_append(NULL, to) : NULL;
	char error[CURL_ERROR_SIZE] = "";
	if (!h || !smtp || !from || !recipients || !text) {
		snprintf(ret->detail, sizeof ret->detail, "the letter is not complete");
		return;
	}
	struct reading r = {text, strlen(text)};
	bool tls = json_is_true(json_object_get(message, "tls"));
	curl_easy_setopt(h, CURLOPT_URL, smtp);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, read_message);
	curl_easy_setopt(h, CURLOPT_READDATA, &r);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 15L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	if (user && *user) {
		curl_easy_setopt(h, CURLOPT_USERNAME, user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, password ? password : "");
	}
	report(h, curl_easy_perform(h), error, ret);
}
