/* Blobs in an S3 store: s3://BUCKET?endpoint=URL&region=R&style=path|host&prefix=P
 *
 * What comes in waits in an unnamed file until its size and SHA-256 are known, and then goes up in one PUT
 * (or in parts where it is large), signed over that hash: the store refuses bytes that changed on their way.
 * Keys are random and made once (If-None-Match), so a retry cannot overwrite: finding the key taken on a
 * retry means that an earlier try went through.
 *
 * Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) in the environment,
 * or from a file with these names as NAME=VALUE lines, which DOCKET_S3_CREDENTIALS names. */
#include "backend.h"

#include "buf.h"
#include "clock.h"
#include "fdio.h"
#include "own.h"
#include "uuid.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define HANDLES    16
#define CONNECT_MS 5000L
#define IDLE_S     30L /* slower than IDLE_RATE for so long: given up */
#define IDLE_RATE  1024L
#define TRIES      5
#define BACKOFF_MS 100
#define PART_SIZE  ((size_t)16 * MIB) /* above twice that: in parts */
#define ANSWER_MAX (4 * MIB)

struct s3 {
	char *base; /* scheme://host[/bucket] */
	char *prefix, *region, *id, *secret, *token;
	char sigv4[96];
	pthread_mutex_t lock;
	CURL *idle[HANDLES]; /* with their connections */
	int n_idle;
};

struct s3_writer {
	struct blob_writer w; /* first */
	int fd;
	char key[BLOB_KEY_LEN];
	uint64_t size;
	crypto_hash_sha256_state sha;
};

/* ---- one request ---- */

struct request {
	const char *method, *path; /* "/docket/ab..", escaped; with its query */
	const char *query;
	const char *sha256; /* of the body in hex; NULL: unsigned */
	bool create_only;
	int body_fd; /* -1: none, or `body` */
	uint64_t body_at, body_len;
	const char *body;
	int sink_fd; /* where the answer goes; -1: to `answer` */
	char range[48];
	struct buf answer;
	char etag[128];
	/* while it runs */
	uint64_t sent;
	bool sink_failed;
};

static size_t
give_body(char *p, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
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
	struct request *r = arg;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > r->body_len)
		return CURL_SEEKFUNC_FAIL;
	r->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
take_answer(char *p, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
	struct why why;
	if (r->sink_fd < 0) {
		buf_put(&r->answer, p, size * n);
		return r->answer.full ? 0 : size * n;
	}
	if (fd_write_all(r->sink_fd, p, size * n, &why) != ERR_NONE) {
		r->sink_failed = true;
		return 0;
	}
	return size * n;
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
	static const char etag[] = "etag:";
	size_t len = size * n;
	if (len > sizeof etag && strncasecmp(p, etag, sizeof etag - 1) == 0) {
		const char *v = p + sizeof etag - 1;
		size_t left = len - (sizeof etag - 1);
		while (left > 0 && (*v == ' ' || *v == '\t'))
			v++, left--;
		while (left > 0 && (v[left - 1] == '\r' || v[left - 1] == '\n'))
			left--;
		snprintf(r->etag, sizeof r->etag, "%.*s", (int)left, v);
	}
	return len;
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
	bool kept = s->n_idle < HANDLES;
	if (kept)
		s->idle[s->n_idle++] = c;
	pthread_mutex_unlock(&s->lock);
	if (!kept)
		curl_easy_cleanup(c);
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *name, const char *value)
{
	char line[1200];
	snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(list, line);
	if (!more)
		BUG("no memory");
	return more;
}

static void
prepare(struct s3 *s, struct request *r, CURL *c, const char *url, struct curl_slist *headers)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_AWS_SIGV4, s->sigv4);
	curl_easy_setopt(c, CURLOPT_USERNAME, s->id);
	curl_easy_setopt(c, CURLOPT_PASSWORD, s->secret);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, IDLE_RATE);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, IDLE_S);
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
	} else if (strcmp(r->method, "GET") != 0) {
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	}
}

/* Once. The HTTP status, or 0 when there was no answer to the end. */
static long
perform(struct s3 *s, struct request *r, struct why *why)
{
	char url[2048];
	long status = 0;
	CURL *c = handle_take(s);
	snprintf(url, sizeof url, "%s%s%s%s", s->base, r->path, r->query ? "?" : "",
	         r->query ? r->query : "");
	struct curl_slist *h =
	    add_header(NULL, "x-amz-content-sha256", r->sha256 ? r->sha256 : "UNSIGNED-PAYLOAD");
	/* Nothing is taken out with "Expect:" and the like: curl 7.88 then signs what it does not send. */
	if (r->create_only)
		h = add_header(h, "If-None-Match", "*");
	if (s->token[0])
		h = add_header(h, "x-amz-security-token", s->token);
	r->sent = 0;
	r->etag[0] = '\0';
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

/* Does another try have a chance? 403 for a clock that is off, or a key that is new, does not. */
static bool
worth_again(long status)
{
	return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

static void
pause_before(int attempt)
{
	int64_t most = BACKOFF_MS << attempt;
	clock_sleep_ms((int64_t)random_below((uint64_t)most + 1));
}

static enum err
refused(long status, const struct request *r, struct why *why)
{
	const char *code = r->answer.data ? strstr(r->answer.data, "<Code>") : NULL;
	size_t n = code ? strcspn(code + 6, "<") : 0;
	if (status == 0) /* `why` says it already */
		return ERR_BUSY;
	if (status == 404)
		return fail(why, ERR_ABSENT, "the object store has no such blob");
	if (status == 507)
		return fail(why, ERR_FULL, "the object store is full");
	return fail(why, worth_again(status) ? ERR_BUSY : ERR_BROKEN, "the object store: %ld %.*s", status,
	            (int)(n < 60 ? n : 60), code ? code + 6 : "");
}

/* With retries. For create-only: `*taken` where the key was there already. */
static enum err
request(struct s3 *s, struct request *r, bool *taken, struct why *why)
{
	long status = 0;
	for (int attempt = 0; attempt < TRIES; attempt++) {
		if (attempt > 0)
			pause_before(attempt);
		if (r->sink_fd >= 0 && (ftruncate(r->sink_fd, 0) != 0 || lseek(r->sink_fd, 0, SEEK_SET) != 0))
			return fail_errno(why, ERR_BROKEN, "a temporary file");
		status = perform(s, r, why);
		if (r->sink_failed)
			return fail(why, ERR_FULL, "no room for a temporary file");
		if (status >= 200 && status < 300)
			return ERR_NONE;
		if (status == 412 && taken) {
			*taken = true;
			return ERR_NONE;
		}
		if (!worth_again(status))
			break;
	}
	return refused(status, r, why);
}

/* ---- keys ---- */

static void
object_path(const struct s3 *s, const char *key, char ret[static 512])
{
	/* Keys are hexadecimal and the prefix was escaped at opening. */
	snprintf(ret, 512, "/%s%s", s->prefix, key);
}

static int
temporary_file(void)
{
	const char *dir = getenv("TMPDIR");
	return open(dir && *dir ? dir : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
}

/* ---- writing ---- */

static void
s3_abandon(struct blob_writer **wp)
{
	struct s3_writer *w = (struct s3_writer *)*wp;
	fd_close(&w->fd);
	free(w);
	*wp = NULL;
}

static enum err
s3_begin(struct storage *st, const char *key, struct blob_writer **ret, struct why *why)
{
	struct s3_writer *w = calloc(1, sizeof *w);
	if (!w)
		BUG("no memory");
	w->w.st = st;
	snprintf(w->key, sizeof w->key, "%s", key);
	crypto_hash_sha256_init(&w->sha);
	w->fd = temporary_file();
	if (w->fd < 0) {
		enum err e = fail_errno(why, ERR_BROKEN, "new blob");
		free(w);
		return e;
	}
	*ret = &w->w;
	return ERR_NONE;
}

static enum err
s3_write(struct blob_writer *bw, const void *p, size_t n, struct why *why)
{
	struct s3_writer *w = (struct s3_writer *)bw;
	TRY(fd_write_all(w->fd, p, n, why));
	crypto_hash_sha256_update(&w->sha, p, n);
	w->size += n;
	return ERR_NONE;
}

static enum err
hash_of_part(int fd, uint64_t at, uint64_t len, char ret[static 65], struct why *why)
{
	crypto_hash_sha256_state sha;
	uint8_t block[64 * 1024], hash[32];
	crypto_hash_sha256_init(&sha);
	while (len > 0) {
		ssize_t n = pread(fd, block, len < sizeof block ? (size_t)len : sizeof block, (off_t)at);
		if (n <= 0)
			return fail_errno(why, ERR_BROKEN, "reading a temporary file");
		crypto_hash_sha256_update(&sha, block, (size_t)n);
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	crypto_hash_sha256_final(&sha, hash);
	hex_text(hash, sizeof hash, ret);
	return ERR_NONE;
}

static bool
xml_value(const char *xml, const char *open, char *ret, size_t n)
{
	const char *v = xml ? strstr(xml, open) : NULL;
	if (!v)
		return false;
	v += strlen(open);
	snprintf(ret, n, "%.*s", (int)strcspn(v, "<"), v);
	return true;
}

/* All parts, their list into `done`. */
static enum err
put_parts(struct s3 *s, const struct s3_writer *w, const char *path, const char *upload, struct buf *done,
          struct why *why)
{
	buf_puts(done, "<CompleteMultipartUpload>");
	int number = 1;
	for (uint64_t at = 0; at < w->size; at += PART_SIZE, number++) {
		char query[400], sha[65];
		uint64_t len = w->size - at < PART_SIZE ? w->size - at : PART_SIZE;
		snprintf(query, sizeof query, "partNumber=%d&uploadId=%s", number, upload);
		TRY(hash_of_part(w->fd, at, len, sha, why));
		struct request r = {.method = "PUT",
		                    .path = path,
		                    .query = query,
		                    .sha256 = sha,
		                    .body_fd = w->fd,
		                    .body_at = at,
		                    .body_len = len,
		                    .sink_fd = -1,
		                    .answer = buf_init(ANSWER_MAX)};
		enum err e = request(s, &r, NULL, why);
		buf_free(&r.answer);
		TRY(e);
		buf_printf(done, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, r.etag);
	}
	buf_puts(done, "</CompleteMultipartUpload>");
	return done->full ? fail(why, ERR_TOO_BIG, "too many parts") : ERR_NONE;
}

/* Large ones, in parts. What is left of a failure is aborted, or goes by the bucket's lifecycle rule. */
static enum err
put_large(struct s3 *s, const struct s3_writer *w, const char *path, struct why *why)
{
	char upload[300], escaped_query[400];
	struct request begin = {.method = "POST",
	                        .path = path,
	                        .query = "uploads=",
	                        .body = "",
	                        .body_fd = -1,
	                        .sink_fd = -1,
	                        .answer = buf_init(ANSWER_MAX)};
	enum err e = request(s, &begin, NULL, why);
	if (e == ERR_NONE && !xml_value(begin.answer.data, "<UploadId>", upload, sizeof upload))
		e = fail(why, ERR_BROKEN, "the object store gave no upload id");
	buf_free(&begin.answer);
	TRY(e);
	char *escaped = curl_easy_escape(NULL, upload, 0);
	OWNED(buf_free) struct buf done = buf_init(ANSWER_MAX);
	e = put_parts(s, w, path, escaped, &done, why);
	snprintf(escaped_query, sizeof escaped_query, "uploadId=%s", escaped);
	struct request end = {.method = e == ERR_NONE ? "POST" : "DELETE",
	                      .path = path,
	                      .query = escaped_query,
	                      .body = e == ERR_NONE ? done.data : NULL,
	                      .body_fd = -1,
	                      .sink_fd = -1,
	                      .answer = buf_init(ANSWER_MAX)};
	struct why ignored;
	enum err end_e = request(s, &end, NULL, e == ERR_NONE ? why : &ignored);
	/* This answer may be 200 and still say that it failed. */
	if (e == ERR_NONE && end_e == ERR_NONE && end.answer.data && strstr(end.answer.data, "<Error>"))
		end_e = fail(why, ERR_BUSY, "the object store could not put the parts together");
	buf_free(&end.answer);
	curl_free(escaped);
	return e != ERR_NONE ? e : end_e;
}

static enum err
s3_publish(struct blob_writer **wp, struct blob *ret, struct why *why)
{
	OWNED(blob_abandon) struct blob_writer *owned = TAKE(*wp);
	struct s3_writer *w = (struct s3_writer *)owned;
	struct s3 *s = w->w.st->blobs;
	char path[512], sha[65];
	bool taken = false;
	snprintf(ret->key, sizeof ret->key, "%s", w->key);
	ret->size = w->size;
	crypto_hash_sha256_final(&w->sha, ret->sha256);
	hex_text(ret->sha256, sizeof ret->sha256, sha);
	object_path(s, w->key, path);
	if (w->size > 2 * PART_SIZE)
		return put_large(s, w, path, why);
	/* `taken`: the key is ours alone, so what is there is what an earlier try of ours put there. */
	struct request r = {.method = "PUT",
	                    .path = path,
	                    .sha256 = sha,
	                    .create_only = true,
	                    .body_fd = w->fd,
	                    .body_len = w->size,
	                    .sink_fd = -1,
	                    .answer = buf_init(ANSWER_MAX)};
	enum err e = request(s, &r, &taken, why);
	buf_free(&r.answer);
	return e;
}

/* ---- reading, removing ---- */

static enum err
s3_fetch(struct storage *st, const char *key, int *ret_fd, struct why *why)
{
	struct s3 *s = st->blobs;
	char path[512];
	OWNED(fd_close) int fd = temporary_file();
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "a temporary file");
	object_path(s, key, path);
	struct request r = {
	    .method = "GET", .path = path, .body_fd = -1, .sink_fd = fd, .answer = buf_init(KIB)};
	enum err e = request(s, &r, NULL, why);
	buf_free(&r.answer);
	TRY(e);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(why, ERR_BROKEN, "a temporary file");
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}

static enum err
s3_remove(struct storage *st, const char *key, struct why *why)
{
	struct s3 *s = st->blobs;
	char path[512];
	object_path(s, key, path);
	struct request r = {
	    .method = "DELETE", .path = path, .body_fd = -1, .sink_fd = -1, .answer = buf_init(ANSWER_MAX)};
	enum err e = request(s, &r, NULL, why);
	buf_free(&r.answer);
	return e == ERR_ABSENT ? ERR_NONE : e;
}

/* Many nodes share the bucket and any of them may be writing, so opening sweeps nothing. */
static enum err
s3_sweep(struct storage *st, struct why *why)
{
	(void)st, (void)why;
	return ERR_NONE;
}

/* ---- opening ---- */

/* The value of a key in "?a=1&b=2", unescaped; NULL where there is none. */
static char *
url_value(const char *url, const char *key)
{
	const char *q = strchr(url, '?');
	size_t n = strlen(key);
	for (const char *p = q; p; p = strchr(p + 1, '&')) {
		if (strncmp(p + 1, key, n) == 0 && p[1 + n] == '=') {
			const char *v = p + 2 + n;
			char *plain = curl_easy_unescape(NULL, v, (int)strcspn(v, "&"), NULL);
			char *copy = plain ? strdup(plain) : NULL;
			curl_free(plain);
			return copy;
		}
	}
	return NULL;
}

static char *
file_value(const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			return strndup(line + n + 1, strcspn(line + n + 1, "\r\n"));
	}
	return NULL;
}

static enum err
read_credentials(struct s3 *s, struct why *why)
{
	static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	                                    "AWS_SESSION_TOKEN"};
	char **const to[] = {&s->id, &s->secret, &s->token};
	OWNED(mem_free) char *text = NULL;
	const char *path = getenv("DOCKET_S3_CREDENTIALS");
	size_t len;
	if (path && *path)
		TRY(file_read(path, 64 * KIB, &text, &len, why));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *env = getenv(names[i]);
		*to[i] = text ? file_value(text, names[i]) : env ? strdup(env) : NULL;
	}
	if (!s->token)
		s->token = strdup("");
	if (!s->id || !s->secret)
		return fail(why, ERR_INVALID,
		            "no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the object store");
	return ERR_NONE;
}

static enum err
read_url(struct s3 *s, const char *url, struct why *why)
{
	const char *name = url + strlen(s3_blobs.scheme);
	name += strncmp(name, "//", 2) == 0 ? 2 : 0;
	size_t n = strcspn(name, "?/");
	OWNED(mem_free) char *endpoint = url_value(url, "endpoint");
	OWNED(mem_free) char *style = url_value(url, "style");
	OWNED(mem_free) char *prefix = url_value(url, "prefix");
	s->region = url_value(url, "region");
	if (!s->region)
		s->region = strdup("us-east-1");
	const char *scheme = endpoint ? strstr(endpoint, "://") : NULL;
	if (n == 0 || n > 63 || (endpoint && !scheme) ||
	    (prefix && strspn(prefix, "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/") != strlen(prefix)))
		return fail(why, ERR_INVALID, "blobs is not s3://BUCKET?endpoint=http(s)://HOST&...");
	char base[1024];
	if (!endpoint)
		snprintf(base, sizeof base, "https://%.*s.s3.%s.amazonaws.com", (int)n, name, s->region);
	else if (style && strcmp(style, "host") == 0)
		snprintf(base, sizeof base, "%.*s://%.*s.%s", (int)(scheme - endpoint), endpoint, (int)n,
		         name, scheme + 3);
	else
		snprintf(base, sizeof base, "%s/%.*s", endpoint, (int)n, name);
	s->base = strdup(base);
	char with_slash[300];
	snprintf(with_slash, sizeof with_slash, "%s%s", prefix ? prefix : "", prefix && *prefix ? "/" : "");
	s->prefix = strdup(with_slash);
	snprintf(s->sigv4, sizeof s->sigv4, "aws:amz:%.60s:s3", s->region);
	return s->base && s->prefix && s->region ? ERR_NONE : fail(why, ERR_BROKEN, "no memory");
}

/* The bucket is there and these credentials may list it: said at start, not at the first upload. */
static enum err
look_in(struct s3 *s, struct why *why)
{
	struct request r = {.method = "GET",
	                    .path = "",
	                    .query = "list-type=2&max-keys=1",
	                    .body_fd = -1,
	                    .sink_fd = -1,
	                    .answer = buf_init(ANSWER_MAX)};
	enum err e = request(s, &r, NULL, why);
	buf_free(&r.answer);
	return e == ERR_ABSENT ? fail(why, ERR_INVALID, "the object store has no such bucket") : e;
}

static enum err
s3_open(struct storage *st, const char *url, struct why *why)
{
	struct s3 *s = calloc(1, sizeof *s);
	if (!s || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		BUG("no memory");
	st->blobs = s;
	pthread_mutex_init(&s->lock, NULL);
	TRY(read_url(s, url, why));
	TRY(read_credentials(s, why));
	return look_in(s, why);
}

static void
s3_close(struct storage *st)
{
	struct s3 *s = st->blobs;
	while (s->n_idle)
		curl_easy_cleanup(s->idle[--s->n_idle]);
	pthread_mutex_destroy(&s->lock);
	if (s->secret)
		sodium_memzero(s->secret, strlen(s->secret));
	free(s->base);
	free(s->prefix);
	free(s->region);
	free(s->id);
	free(s->secret);
	free(s->token);
	free(s);
	st->blobs = NULL;
}

const struct blob_driver s3_blobs = {
    .scheme = "s3:",
    .open = s3_open,
    .close = s3_close,
    .sweep = s3_sweep,
    .begin = s3_begin,
    .write = s3_write,
    .publish = s3_publish,
    .abandon = s3_abandon,
    .fetch = s3_fetch,
    .remove = s3_remove,
};
