/* Blobs in an S3 store: s3://BUCKET?endpoint=URL&region=R&style=path|host&prefix=P&timeout=SECONDS
 *
 * What comes in waits in an unnamed file until its size and SHA-256 are known, and then goes up in one PUT
 * (or in parts where it is large), signed over that hash: the store refuses bytes that changed on their way.
 * Keys are never used again and made once (If-None-Match), so a retry cannot overwrite: finding the key taken
 * on a retry means that an earlier try went through. The hash is kept with the object, and a whole one that
 * comes back is held against it.
 *
 * Credentials: s3_credentials.c. */
#include "s3_request.h"

#include "fdio.h"
#include "own.h"
#include "uuid.h"

#include <string.h>
#include <unistd.h>

#define PART_SIZE   ((size_t)16 * MIB) /* above twice that: in parts */
#define IDLE_S      30
#define WHOLE_TRIES 3

/* ---- writing ---- */

static int
s3_begin(struct storage *st, struct blob_writer *w)
{
	(void)st, (void)w;
	return s3_temporary_file();
}

static enum err
hash_of_part(int fd, uint64_t at, uint64_t len, char ret[static 65], struct why *why)
{
	struct sha256 sha;
	uint8_t block[64 * 1024], hash[32];
	sha256_init(&sha);
	while (len > 0) {
		ssize_t n = pread(fd, block, len < sizeof block ? (size_t)len : sizeof block, (off_t)at);
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "reading a temporary file");
		if (n == 0)
			return fail(why, ERR_BROKEN, "a temporary file is cut short");
		sha256_update(&sha, block, (size_t)n);
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	sha256_final(&sha, hash);
	hex_text(hash, sizeof hash, ret);
	return ERR_NONE;
}

#define UPLOAD_ID_MAX 1000 /* bytes: what names an upload in parts is the store's to choose */
#define QUERY_MAX     (3 * UPLOAD_ID_MAX + 64) /* with each of them escaped */

/* All parts, their list into `done`. `upload`: its id, escaped. */
static enum err
put_parts(struct s3 *s, const struct blob_writer *w, const char *path, const char *upload, struct buf *done,
          struct why *why)
{
	buf_puts(done, "<CompleteMultipartUpload>");
	int number = 1;
	for (uint64_t at = 0; at < w->size; at += PART_SIZE, number++) {
		char query[QUERY_MAX], sha[65];
		uint64_t len = w->size - at < PART_SIZE ? w->size - at : PART_SIZE;
		snprintf(query, sizeof query, "partNumber=%d&uploadId=%s", number, upload);
		TRY(hash_of_part(w->fd, at, len, sha, why));
		struct s3_request r = {.method = "PUT",
		                       .path = path,
		                       .query = query,
		                       .sha256 = sha,
		                       .body_fd = w->fd,
		                       .body_at = at,
		                       .body_len = len,
		                       .sink_fd = -1,
		                       .answer = buf_init(S3_ANSWER_MAX)};
		enum err e = s3_send(s, &r, NULL, why);
		buf_free(&r.answer);
		TRY(e);
		buf_printf(done, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, r.etag);
	}
	buf_puts(done, "</CompleteMultipartUpload>");
	return done->full ? fail(why, ERR_TOO_BIG, "too many parts") : ERR_NONE;
}

/* Is there an object with this content? */
static bool
is_there(struct s3 *s, const char *path, const char *sha)
{
	struct why why;
	struct s3_request r = {
	    .method = "HEAD", .path = path, .body_fd = -1, .sink_fd = -1, .answer = buf_init(KIB)};
	enum err e = s3_send(s, &r, NULL, &why);
	buf_free(&r.answer);
	return e == ERR_NONE && strcmp(r.kept, sha) == 0;
}

/* Large ones, in parts. What is left of a failure is aborted, or goes by the bucket's lifecycle rule. */
static enum err
put_large(struct s3 *s, const struct blob_writer *w, const char *path, const char *sha, struct why *why)
{
	char upload[UPLOAD_ID_MAX], query[QUERY_MAX];
	struct s3_request begin = {.method = "POST",
	                           .path = path,
	                           .query = "uploads=",
	                           .content = sha,
	                           .body = "",
	                           .body_fd = -1,
	                           .sink_fd = -1,
	                           .answer = buf_init(S3_ANSWER_MAX)};
	enum err e = s3_send(s, &begin, NULL, why);
	const char *xml = begin.answer.data;
	if (e == ERR_NONE && !s3_element(&xml, "UploadId", upload, sizeof upload))
		e = fail(why, ERR_BROKEN, "the object store gave no upload id");
	else if (e == ERR_NONE && strlen(upload) == sizeof upload - 1) /* cut: another upload's, or none's */
		e = fail(why, ERR_BROKEN, "the object store names an upload by more than %d bytes",
		         UPLOAD_ID_MAX - 2);
	buf_free(&begin.answer);
	TRY(e);
	char *escaped = curl_easy_escape(NULL, upload, 0);
	if (!escaped)
		BUG("no memory for an upload's id");
	OWNED(buf_free) struct buf done = buf_init(S3_ANSWER_MAX);
	e = put_parts(s, w, path, escaped, &done, why);
	snprintf(query, sizeof query, "uploadId=%s", escaped);
	struct s3_request end = {.method = e == ERR_NONE ? "POST" : "DELETE",
	                         .path = path,
	                         .query = query,
	                         .body = e == ERR_NONE ? done.data : NULL,
	                         .body_fd = -1,
	                         .sink_fd = -1,
	                         .answer = buf_init(S3_ANSWER_MAX)};
	struct why ignored;
	enum err end_e = s3_send(s, &end, NULL, e == ERR_NONE ? why : &ignored);
	/* This answer may be 200 and still say that it failed. */
	if (e == ERR_NONE && end_e == ERR_NONE && end.answer.data && strstr(end.answer.data, "<Error>"))
		end_e = fail(why, ERR_BUSY, "the object store could not put the parts together");
	/* Put together by an earlier try whose answer was lost: then there is no such upload any more. */
	if (e == ERR_NONE && end_e == ERR_ABSENT && is_there(s, path, sha))
		end_e = ERR_NONE;
	buf_free(&end.answer);
	curl_free(escaped);
	return e != ERR_NONE ? e : end_e;
}

static enum err
s3_publish(struct blob_writer *w, const struct blob *b, struct why *why)
{
	struct s3 *s = w->st->blobs;
	char path[512], sha[65];
	bool taken = false;
	hex_text(b->sha256, sizeof b->sha256, sha);
	s3_path(s, w->key, path);
	if (w->size > 2 * PART_SIZE)
		return put_large(s, w, path, sha, why);
	/* `taken`: the key is ours alone, so what is there is what an earlier try of ours put there. */
	struct s3_request r = {.method = "PUT",
	                       .path = path,
	                       .sha256 = sha,
	                       .content = sha,
	                       .create_only = true,
	                       .body_fd = w->fd,
	                       .body_len = w->size,
	                       .sink_fd = -1,
	                       .answer = buf_init(S3_ANSWER_MAX)};
	enum err e = s3_send(s, &r, &taken, why);
	buf_free(&r.answer);
	return e;
}

/* ---- reading, removing ---- */

/* The object, or `range` of it, into `fd`. */
static enum err
get(struct s3 *s, const char *key, const char *range, int fd, char kept[static 65], struct why *why)
{
	char path[512];
	s3_path(s, key, path);
	struct s3_request r = {
	    .method = "GET", .path = path, .body_fd = -1, .sink_fd = fd, .answer = buf_init(KIB)};
	snprintf(r.range, sizeof r.range, "%s", range);
	enum err e = s3_send(s, &r, NULL, why);
	buf_free(&r.answer);
	memcpy(kept, r.kept, sizeof r.kept);
	return e;
}

/* Whole, and what was stored: checked here, as TCP's sums and the store's disks let something by at times. */
static enum err
get_whole(struct s3 *s, const char *key, int fd, struct why *why)
{
	char kept[65], sha[65];
	for (int tries = 0; tries < WHOLE_TRIES; tries++) {
		TRY(get(s, key, "", fd, kept, why));
		off_t size = lseek(fd, 0, SEEK_END);
		if (!kept[0]) /* not stored by us */
			return ERR_NONE;
		TRY(hash_of_part(fd, 0, (uint64_t)size, sha, why));
		if (strcmp(sha, kept) == 0)
			return ERR_NONE;
	}
	return fail(why, ERR_BROKEN, "the object store gives other bytes than were stored");
}

static enum err
s3_fetch(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd, uint64_t *ret_at,
         struct why *why)
{
	struct s3 *s = st->blobs;
	char range[48], kept[65];
	OWNED(fd_close) int fd = s3_temporary_file();
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "a temporary file");
	if (part) {
		snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)part->from,
		         (unsigned long long)(part->from + part->len - 1));
		TRY(get(s, key, range, fd, kept, why));
		if (lseek(fd, 0, SEEK_END) != (off_t)part->len)
			return fail(why, ERR_BROKEN,
			            "the object store gives another part than was asked for");
	} else {
		TRY(get_whole(s, key, fd, why));
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(why, ERR_BROKEN, "a temporary file");
	*ret_at = 0;
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}

static enum err
s3_remove(struct storage *st, const char *key, struct why *why)
{
	struct s3 *s = st->blobs;
	char path[512];
	s3_path(s, key, path);
	struct s3_request r = {.method = "DELETE",
	                       .path = path,
	                       .body_fd = -1,
	                       .sink_fd = -1,
	                       .answer = buf_init(S3_ANSWER_MAX)};
	enum err e = s3_send(s, &r, NULL, why);
	buf_free(&r.answer);
	return e == ERR_ABSENT ? ERR_NONE : e;
}

/* ---- marks: empty objects below marks/ ---- */

static enum err
s3_mark(struct storage *st, const char *name, uint32_t n, struct why *why)
{
	static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct s3 *s = st->blobs;
	char mark[MARK_NAME_LEN], key[MARK_NAME_LEN + 8], path[512];
	bool taken; /* by another who has seen the same: as good */
	OWNED(fd_close) int empty = s3_temporary_file();
	if (empty < 0)
		return fail_errno(why, ERR_BROKEN, "a temporary file");
	mark_name(name, n, mark);
	snprintf(key, sizeof key, "marks/%s", mark);
	s3_path(s, key, path);
	struct s3_request r = {.method = "PUT",
	                       .path = path,
	                       .sha256 = nothing,
	                       .create_only = true,
	                       .body_fd = empty,
	                       .sink_fd = -1,
	                       .answer = buf_init(S3_ANSWER_MAX)};
	enum err e = s3_send(s, &r, &taken, why);
	buf_free(&r.answer);
	return e;
}

struct highest {
	const char *name;
	uint32_t *ret;
};

static enum err
look_at_mark(void *arg, const char *key, const char *modified, struct why *why)
{
	const struct highest *h = arg;
	const char *slash = strrchr(key, '/');
	uint32_t n;
	(void)modified, (void)why;
	if (slash && mark_number(slash + 1, h->name, &n) && n > *h->ret)
		*h->ret = n;
	return ERR_NONE;
}

static enum err
s3_highest(struct storage *st, const char *name, uint32_t *ret, struct why *why)
{
	struct highest h = {name, ret};
	char marks[100];
	*ret = 0;
	snprintf(marks, sizeof marks, "marks/%.60s-", name);
	return s3_list(st->blobs, marks, look_at_mark, &h, why);
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

static enum err
read_url(struct s3 *s, const char *url, struct why *why)
{
	const char *name = url + strlen(s3_blobs.scheme);
	name += strncmp(name, "//", 2) == 0 ? 2 : 0;
	size_t n = strcspn(name, "?/");
	OWNED(mem_free) char *endpoint = url_value(url, "endpoint");
	OWNED(mem_free) char *style = url_value(url, "style");
	OWNED(mem_free) char *prefix = url_value(url, "prefix");
	OWNED(mem_free) char *timeout = url_value(url, "timeout");
	s->idle_s = timeout ? strtol(timeout, NULL, 10) : IDLE_S;
	s->region = url_value(url, "region");
	if (!s->region)
		s->region = strdup("us-east-1");
	const char *scheme = endpoint ? strstr(endpoint, "://") : NULL;
	if (n == 0 || n > 63 || s->idle_s < 1 || s->idle_s > 3600 || (endpoint && !scheme) ||
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
	struct s3_request r = {.method = "GET",
	                       .path = "",
	                       .query = "list-type=2&max-keys=1",
	                       .body_fd = -1,
	                       .sink_fd = -1,
	                       .answer = buf_init(S3_ANSWER_MAX)};
	enum err e = s3_send(s, &r, NULL, why);
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
	TRY(s3_credentials_read(s, why));
	return look_in(s, why);
}

static void
s3_close(struct storage *st)
{
	struct s3 *s = st->blobs;
	while (s->n_idle)
		curl_easy_cleanup(s->idle[--s->n_idle]);
	pthread_mutex_destroy(&s->lock);
	s3_credentials_free(&s->credentials);
	free(s->file);
	free(s->base);
	free(s->prefix);
	free(s->region);
	free(s);
	st->blobs = NULL;
}

const struct blob_driver s3_blobs = {
    .scheme = "s3:",
    .open = s3_open,
    .close = s3_close,
    .sweep = s3_sweep,
    .begin = s3_begin,
    .publish = s3_publish,
    .fetch = s3_fetch,
    .remove = s3_remove,
    .mark = s3_mark,
    .highest = s3_highest,
};
