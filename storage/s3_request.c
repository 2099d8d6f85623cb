#include "s3_request.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 5000L
#define IDLE_RATE  1024L
#define TRIES      5
#define HUNG_TRIES 3 /* of those that took all the time there is: whoever waits does not wait for ever */
#define BACKOFF_MS 100

static size_t
give_body(char *p, size_t size, size_t n, void *arg)
{
	struct s3_request *r = arg;
	uint64_t left = r->body_len - r->sent;
	size_t want = size * n < left ? size * n : (size_t)left;
	if (want == 0)
		return 0;
	ssize_t got = pread(r->body_fd, p, want, (off_t)(r->body_at + r->sent));
	if (got <= 0)
		return CURL_READFUNC_ABORT;
	r->sent += (uint64_t)got;
	return (size_t)got;
}

static int
seek_body(void *arg, curl_off_t offset, int origin)
{
	struct s3_request *r = arg;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > r->body_len)
		return CURL_SEEKFUNC_FAIL;
	r->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
take_answer(char *p, size_t size, size_t n, void *arg)
{
	struct s3_request *r = arg;
	if (r->sink_fd < 0) {
		buf_put(&r->answer, p, size * n);
		return r->answer.full ? 0 : size * n;
	}
	r->sink = fd_write_all(r->sink_fd, p, size * n, &r->sink_why);
	return r->sink == ERR_NONE ? size * n : 0;
}

/* The header's value, where the line is that header. */
static void
header_value(const char *line, size_t n, const char *name, char *ret, size_t cap)
{
	size_t len = strlen(name);
	if (n <= len || strncasecmp(line, name, len) != 0)
		return;
	const char *v = line + len;
	n -= len;
	while (n > 0 && (*v == ' ' || *v == '\t'))
		v++, n--;
	while (n > 0 && (v[n - 1] == '\r' || v[n - 1] == '\n'))
		n--;
	snprintf(ret, cap, "%.*s", (int)n, v);
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct s3_request *r = arg;
	header_value(p, size * n, "etag:", r->etag, sizeof r->etag);
	header_value(p, size * n, "x-amz-meta-sha256:", r->kept, sizeof r->kept);
	return size * n;
}

static CURL *
handle_take(struct s3 *s)
{
	pthread_mutex_lock(&s->lock);
	CURL *c = s->n_idle ? s->idle[--s->n_idle] : NULL;
	pthread_mutex_unlock(&s->lock);
	c = c ? c : curl_easy_init();
	if (!c)
		BUG("no memory");
	return c;
}

static void
handle_give(struct s3 *s, CURL *c)
{
	curl_easy_reset(c); /* keeps its connections */
	pthread_mutex_lock(&s->lock);
	bool kept = s->n_idle < S3_HANDLES;
	if (kept)
		s->idle[s->n_idle++] = c;
	pthread_mutex_unlock(&s->lock);
	if (!kept)
		curl_easy_cleanup(c);
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *name, const char *value)
{
	OWNED(mem_free) char *line = NULL; /* a session's token is as long as its giver likes */
	struct curl_slist *more =
	    asprintf(&line, "%s: %s", name, value) < 0 ? NULL : curl_slist_append(list, line);
	if (!more)
		BUG("no memory");
	return more;
}

static void
prepare(struct s3 *s, struct s3_request *r, CURL *c, const char *url, struct curl_slist *headers)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_AWS_SIGV4, s->sigv4);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, IDLE_RATE);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, s->idle_s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, r);
	if (r->sink_fd >= 0)
		curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L); /* an error's text is no blob */
	if (r->range[0])
		curl_easy_setopt(c, CURLOPT_RANGE, r->range);
	if (r->body_fd >= 0) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_len);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(c, CURLOPT_READDATA, r);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, seek_body);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, r);
	} else if (r->body) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
	} else if (strcmp(r->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	} else if (strcmp(r->method, "GET") != 0) {
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	}
}

/* By the credentials that there are now; curl keeps copies of them. */
static struct curl_slist *
sign(struct s3 *s, CURL *c, struct curl_slist *headers)
{
	s3_credentials_look(s, false);
	pthread_mutex_lock(&s->lock);
	const struct s3_credentials *by = &s->credentials;
	curl_easy_setopt(c, CURLOPT_USERNAME, by->id);
	curl_easy_setopt(c, CURLOPT_PASSWORD, by->secret);
	if (by->token[0])
		headers = add_header(headers, "x-amz-security-token", by->token);
	pthread_mutex_unlock(&s->lock);
	return headers;
}

/* Once. The HTTP status, or 0 when there was no answer to the end. */
static long
perform(struct s3 *s, struct s3_request *r, struct why *why)
{
	char url[6000]; /* a list's query may be long */
	long status = 0;
	CURL *c = handle_take(s);
	snprintf(url, sizeof url, "%s%s%s%s", s->base, r->path, r->query ? "?" : "",
	         r->query ? r->query : "");
	struct curl_slist *h =
	    add_header(NULL, "x-amz-content-sha256", r->sha256 ? r->sha256 : "UNSIGNED-PAYLOAD");
	/* Nothing is taken out with "Expect:" and the like: curl 7.88 then signs what it does not send. */
	if (r->content)
		h = add_header(h, "x-amz-meta-sha256", r->content);
	if (r->create_only)
		h = add_header(h, "If-None-Match", "*");
	h = sign(s, c, h);
	r->sent = 0;
	r->etag[0] = r->kept[0] = '\0';
	buf_clear(&r->answer);
	prepare(s, r, c, url, h);
	CURLcode rc = curl_easy_perform(c);
	if (rc == CURLE_OK || rc == CURLE_HTTP_RETURNED_ERROR)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	else
		fail(why, ERR_BUSY, "the object store: %s", curl_easy_strerror(rc));
	curl_slist_free_all(h);
	handle_give(s, c);
	return status;
}

/* Is what the store says one of these? */
static bool
says_one_of(const struct s3_request *r, const char *const *codes)
{
	const char *xml = r->answer.data;
	char code[60] = "";
	(void)s3_element(&xml, "Code", code, sizeof code);
	while (*codes && strcmp(code, *codes) != 0)
		codes++;
	return *codes != NULL;
}

/* What the store calls it when bytes have changed or gone missing on their way to it. */
static const char *const spoilt[] = {"XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody",
                                     "RequestTimeout", NULL};

/* Credentials of a file that have run out, or of which only a part was there: whoever writes them is about to
 * write others. Some answers have no text (""). */
static bool
others_may_come(const struct s3 *s, long status, const struct s3_request *r)
{
	static const char *const codes[] = {"ExpiredToken",
	                                    "InvalidToken",
	                                    "TokenRefreshRequired",
	                                    "InvalidAccessKeyId",
	                                    "SignatureDoesNotMatch",
	                                    "",
	                                    NULL};
	return s->file && (status == 400 || status == 401 || status == 403) && says_one_of(r, codes);
}

/* Does another try have a chance? 403 for a clock that is off, or a key that is new, does not. */
static bool
worth_again(const struct s3 *s, long status, const struct s3_request *r)
{
	return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500 ||
	       (status == 400 && says_one_of(r, spoilt)) || others_may_come(s, status, r);
}

static void
pause_before(int attempt)
{
	int64_t most = BACKOFF_MS << attempt;
	clock_sleep_ms((int64_t)random_below((uint64_t)most + 1));
}

static enum err
refused(const struct s3 *s, long status, const struct s3_request *r, struct why *why)
{
	const char *xml = r->answer.data;
	char code[60] = "";
	(void)s3_element(&xml, "Code", code, sizeof code);
	if (status == 0) /* `why` says it already */
		return ERR_BUSY;
	if (status == 404)
		return fail(why, ERR_ABSENT, "the object store has no such blob");
	if (status == 507)
		return fail(why, ERR_FULL, "the object store is full");
	return fail(why, worth_again(s, status, r) ? ERR_BUSY : ERR_BROKEN, "the object store: %ld %s",
	            status, code);
}

enum err
s3_send(struct s3 *s, struct s3_request *r, bool *taken, struct why *why)
{
	long status = 0;
	int hung = 0;
	for (int attempt = 0; attempt < TRIES && hung < HUNG_TRIES; attempt++) {
		if (attempt > 0)
			pause_before(attempt);
		if (r->sink_fd >= 0 && (ftruncate(r->sink_fd, 0) != 0 || lseek(r->sink_fd, 0, SEEK_SET) != 0))
			return fail_errno(why, ERR_BROKEN, "a temporary file");
		int64_t begun = clock_steady_ms();
		status = perform(s, r, why);
		if (r->sink != ERR_NONE)
			return fail(why, r->sink, "a temporary file: %s", r->sink_why.text);
		if (status >= 200 && status < 300)
			return ERR_NONE;
		if (status == 412 && taken) {
			*taken = true;
			return ERR_NONE;
		}
		if (!worth_again(s, status, r))
			break;
		if (others_may_come(s, status, r))
			s3_credentials_look(s, true);
		hung += clock_steady_ms() - begun >= 1000 * (int64_t)s->idle_s;
	}
	return refused(s, status, r, why);
}

/* ---- answers ---- */

bool
s3_element(const char **xml, const char *name, char *ret, size_t cap)
{
	char open[40];
	snprintf(open, sizeof open, "<%s>", name);
	const char *at = *xml ? strstr(*xml, open) : NULL;
	if (!at)
		return false;
	at += strlen(open);
	size_t n = strcspn(at, "<");
	snprintf(ret, cap, "%.*s", (int)n, at);
	*xml = at + n;
	return true;
}

/* ---- lists ---- */

static enum err
list_page(struct s3 *s, const char *xml, enum err (*each)(void *, const char *, const char *, struct why *),
          void *arg, struct why *why)
{
	char key[600], modified[64];
	size_t own = strlen(s->prefix);
	while (s3_element(&xml, "Key", key, sizeof key) &&
	       s3_element(&xml, "LastModified", modified, sizeof modified)) {
		if (strncmp(key, s->prefix, own) == 0)
			TRY(each(arg, key + own, modified, why));
	}
	return ERR_NONE;
}

enum err
s3_list(struct s3 *s, const char *prefix, enum err (*each)(void *, const char *, const char *, struct why *),
        void *arg, struct why *why)
{
	char token[1100] = "", plain[600];
	snprintf(plain, sizeof plain, "%s%s", s->prefix, prefix);
	do {
		char query[5000];
		char *escaped = curl_easy_escape(NULL, token, 0), *below = curl_easy_escape(NULL, plain, 0);
		if (!escaped || !below)
			BUG("no memory");
		struct buf q = buf_on(query, sizeof query);
		/* In the order of their names, as what is signed must be. */
		if (token[0])
			buf_printf(&q, "continuation-token=%s&", escaped);
		buf_puts(&q, "list-type=2");
		if (s->list_page)
			buf_printf(&q, "&max-keys=%d", s->list_page);
		buf_printf(&q, "&prefix=%s", below);
		curl_free(escaped);
		curl_free(below);
		struct s3_request r = {.method = "GET",
		                       .path = "",
		                       .query = query,
		                       .body_fd = -1,
		                       .sink_fd = -1,
		                       .answer = buf_init(S3_ANSWER_MAX)};
		enum err e = q.full ? fail(why, ERR_BROKEN, "the object store's list has too long a token")
		                    : s3_send(s, &r, NULL, why);
		const char *xml = r.answer.data;
		if (e == ERR_NONE)
			e = list_page(s, xml, each, arg, why);
		if (e != ERR_NONE || !s3_element(&xml, "NextContinuationToken", token, sizeof token))
			token[0] = '\0';
		buf_free(&r.answer);
		TRY(e);
	} while (token[0]);
	return ERR_NONE;
}

/* ---- keys ---- */

void
s3_path(const struct s3 *s, const char *key, char ret[static 512])
{
	snprintf(ret, 512, "/%s%s", s->prefix, key);
}

int
s3_temporary_file(void)
{
	const char *dir = getenv("TMPDIR");
	return open(dir && *dir ? dir : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
}
