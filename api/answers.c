/* What goes out: bodies, problems, files, and the headers that every answer carries. */
#include "body_stream.h"
#include "clock.h"
#include "cors.h"
#include "fdio.h"
#include "header_values.h"
#include "request.h"
#include "server.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define JSON_ANSWER_MAX (48 * MIB)
#define SWALLOWED       (128 * KIB) /* by sockets, whatever its reader does */

/* Scripts, styles and pictures of our own and nothing else; pictures that the app makes itself. */
#define PAGE_POLICY                                                                             \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " \
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "         \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/* What is data must never act as a page, whoever opens it. */
#define DATA_POLICY "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"

/* Not of the request's memory: what is to be told may have filled that, and this must not end the service. */
void
answer_header(struct request *rq, const char *name, const char *fmt, ...)
{
	struct answer *a = &rq->answer;
	char *value;
	va_list ap;
	va_start(ap, fmt);
	if (a->n_headers == ANSWER_HEADERS_MAX || vasprintf(&value, fmt, ap) < 0)
		BUG("no room for the header %s", name);
	va_end(ap);
	a->headers[a->n_headers].name = name;
	a->headers[a->n_headers++].value = value;
}

struct buf *
answer_json(struct request *rq, unsigned status)
{
	buf_free(&rq->answer.body);
	rq->answer.body = buf_init(JSON_ANSWER_MAX);
	rq->answer.status = status;
	rq->answer.content_type = "application/json";
	return &rq->answer.body;
}

bool
answer_unchanged(struct request *rq, const char *etag)
{
	answer_header(rq, "ETag", "%s", etag);
	bool reads = strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
	if (!reads || !etag_matches(request_header(rq, "If-None-Match"), etag))
		return false;
	buf_free(&rq->answer.body);
	rq->answer.status = 304;
	rq->answer.content_type = NULL;
	return true;
}

/* A row says that it is there. */
static enum err
not_here_yet(enum err e, struct why *why)
{
	return e == ERR_ABSENT ? fail(why, ERR_SOURCE, "it has not arrived here") : e;
}

enum err
answer_blob(struct request *rq, const struct blob *b, const char *content_type, const char *etag,
            struct why *why)
{
	struct answer *a = &rq->answer;
	const uint64_t size = b->size;
	const char *range = request_header(rq, "Range"), *if_range = request_header(rq, "If-Range");
	if (if_range && strcmp(if_range, etag) != 0)
		range = NULL; /* it has changed: the whole of the new one */
	uint64_t first = 0, len = size, at = 0;
	OWNED(fd_close) int fd = -1;
	a->status = 200;
	switch (range_parse(range, size, &first, &len)) {
	case RANGE_OUTSIDE:
		answer_header(rq, "Content-Range", "bytes */%llu", (unsigned long long)size);
		return fail(why, ERR_BAD_RANGE, "it has %llu bytes", (unsigned long long)size);
	case RANGE_PART:
		TRY(not_here_yet(blob_open_part(request_storage(rq), b->key, &(struct blob_part){first, len},
		                                &fd, &at, why),
		                 why));
		a->status = 206;
		answer_header(rq, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)first,
		              (unsigned long long)(first + len - 1), (unsigned long long)size);
		break;
	case RANGE_WHOLE:
		TRY(not_here_yet(blob_open(request_storage(rq), b->key, &fd, why), why));
		break;
	}
	answer_header(rq, "Accept-Ranges", "bytes");
	a->content_type = content_type;
	a->fd = TAKE_FD(fd);
	a->offset = at;
	a->length = len;
	return ERR_NONE;
}

void
problem_json(struct buf *out, enum err e, unsigned status, const struct why *why, const char *request_id,
             const char *job_id)
{
	const char *title = err_text(e), *advice = err_advice(e);
	/* What broke on our side is for the log, not for strangers. */
	const char *detail = why && status != 500 ? why->text : "";
	buf_printf(out, "{\"type\":\"/problems/%s\",\"title\":", err_code(e));
	buf_json_string(out, title, strlen(title));
	buf_printf(out, ",\"status\":%u,\"detail\":", status);
	buf_json_string(out, detail, strlen(detail));
	buf_printf(out, ",\"code\":\"%s\",\"retryable\":%s,\"request_id\":\"%s\",\"advice\":", err_code(e),
	           err_retryable(e) ? "true" : "false", request_id);
	buf_json_string(out, advice, strlen(advice));
	if (job_id)
		buf_printf(out, ",\"job_id\":\"%s\"", job_id);
	buf_puts(out, "}\n");
}

/* Seconds after which asking again makes sense; -1: never by waiting alone. */
static int64_t
retry_after(enum err e)
{
	switch (e) {
	case ERR_RATE_LIMITED:
	case ERR_FULL:
		return 10;
	case ERR_BUSY:
	case ERR_UNSURE:
	case ERR_MODEL_UNAVAILABLE:
		return 2;
	case ERR_SOURCE:
		return 30;
	case ERR_STOPPING:
		return 5;
	case ERR_KEY_IN_FLIGHT:
	case ERR_NOT_FINISHED:
		return 1;
	default:
		return -1;
	}
}

/* What was said of a thing that does not come after all: a browser would keep the refusal under its name. */
static void
take_back(struct answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_headers; i++) {
		if (strcmp(a->headers[i].name, name) != 0)
			continue;
		free(a->headers[i].value);
		a->headers[i] = a->headers[--a->n_headers];
		return;
	}
}

void
answer_problem(struct request *rq, enum err e, const struct why *why)
{
	struct answer *a = &rq->answer;
	take_back(a, "Content-Disposition");
	take_back(a, "Cache-Control");
	fd_close(&a->fd);
	body_stream_abandon(&a->stream);
	a->asset = NULL;
	problem_json(answer_json(rq, (unsigned)err_http(e)), e, (unsigned)err_http(e), why, rq->request_id,
	             rq->problem_job);
	a->content_type = "application/problem+json";
	int64_t seconds = rq->retry_after >= 0 ? rq->retry_after : retry_after(e);
	if (seconds >= 0)
		answer_header(rq, "Retry-After", "%lld", (long long)seconds);
	if (a->status == 401)
		answer_header(rq, "WWW-Authenticate", "Bearer realm=\"docket\"");
}

void
problem_write_raw(int fd, enum err e, const struct why *why, const char *request_id)
{
	unsigned status = (unsigned)err_http(e);
	OWNED(buf_free) struct buf body = buf_init(16 * KIB), out = buf_init(32 * KIB);
	problem_json(&body, e, status, why, request_id, NULL);
	buf_printf(&out,
	           "HTTP/1.1 %u Refused\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
	           "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	           "Content-Security-Policy: " DATA_POLICY "\r\nX-Request-Id: %s\r\n\r\n%s",
	           status, body.len, request_id, body.data);
	/* One try: whoever does not read cannot be helped. */
	(void)!send(fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

typedef enum MHD_Result queue_fn(struct MHD_Connection *c, unsigned status, struct MHD_Response *r);
static queue_fn *library_queue;

static void
find_library_queue(void)
{
	void *p = dlsym(RTLD_NEXT, "MHD_queue_response");
	if (!p)
		BUG("libmicrohttpd has no MHD_queue_response");
	memcpy(&library_queue, &p, sizeof p);
}

/* libmicrohttpd writes its own refusals (a broken request line, headers beyond its memory) as bare HTML, and
 * offers no way to say them otherwise. But it queues them through its own public function, which the
 * dynamic linker lets a program replace: this one. What comes without a Content-Type is such a page. */
enum MHD_Result MHD_queue_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r);
enum MHD_Result
MHD_queue_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, find_library_queue);
	if (status < 400 || MHD_get_response_header(r, "Content-Type"))
		return library_queue(c, status, r);

	static const struct {
		unsigned status;
		enum err e;
	} known[] = {{400, ERR_BAD_REQUEST},     {413, ERR_TOO_BIG}, {414, ERR_URI_TOO_LONG},
	             {431, ERR_HEADERS_TOO_BIG}, {500, ERR_BROKEN},  {503, ERR_BUSY}};
	enum err e = ERR_BAD_REQUEST;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].status == status)
			e = known[i].e;
	char id[UUID_TEXT_LEN];
	uuid_text(uuid_new(), id);
	struct why why = {""};
	if (status == 505)
		(void)fail(&why, e, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	struct buf body = buf_init(16 * KIB);
	problem_json(&body, e, status, &why, id, NULL);
	size_t len;
	char *bytes = buf_take(&body, &len);
	struct MHD_Response *ours = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
	if (!ours) {
		free(bytes);
		return MHD_NO;
	}
	MHD_add_response_header(ours, "Content-Type", "application/problem+json");
	MHD_add_response_header(ours, "Cache-Control", "no-store");
	MHD_add_response_header(ours, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(ours, "Content-Security-Policy", DATA_POLICY);
	MHD_add_response_header(ours, "X-Request-Id", id);
	enum MHD_Result done = library_queue(c, status, ours);
	MHD_destroy_response(ours);
	return done;
}

/* Bytes that outlive the answer; the library only reads them, whatever its prototype says. */
static struct MHD_Response *
lasting(size_t n, const void *p)
{
	return MHD_create_response_from_buffer(n, (void *)p, MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *
response_of(struct answer *a)
{
	if (a->asset)
		return lasting(a->asset->n, a->asset->at);
	if (a->fd >= 0) {
		struct MHD_Response *r = MHD_create_response_from_fd_at_offset64(a->length, a->fd, a->offset);
		if (r)
			a->fd = -1; /* the response closes it */
		return r;
	}
	if (a->stream) {
		struct MHD_Response *r = body_stream_response(a->stream);
		if (r)
			a->stream = NULL; /* the response lets go of it */
		return r;
	}
	if (a->body.len == 0)
		return lasting(0, "");
	size_t len;
	char *bytes = buf_take(&a->body, &len);
	struct MHD_Response *r = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
	if (!r)
		free(bytes);
	return r;
}

static void
watch_reader(struct request *rq, uint64_t size)
{
	if (size <= SWALLOWED)
		return;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		slow_readers_watch(rq->api->readers, &rq->reader, info->connect_fd);
}

enum MHD_Result
answer_send(struct request *rq)
{
	struct answer *a = &rq->answer;
	if (a->body.full) {
		struct why why = {""};
		answer_problem(rq, ERR_BROKEN, &why);
	}
	uint64_t size = a->asset ? a->asset->n : a->fd >= 0 ? a->length : a->body.len;
	struct MHD_Response *r = response_of(a);
	if (!r)
		return MHD_NO;
	watch_reader(rq, size);
	if (a->content_type)
		MHD_add_response_header(r, "Content-Type", a->content_type);
	MHD_add_response_header(r, "X-Request-Id", rq->request_id);
	if (rq->traced) {
		char traceparent[TRACEPARENT_LEN];
		trace_text(&rq->trace, traceparent);
		MHD_add_response_header(r, "traceparent", traceparent);
	}
	cors_headers(rq, r);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Content-Security-Policy", a->page ? PAGE_POLICY : DATA_POLICY);
	MHD_add_response_header(r, "Referrer-Policy", a->page ? "same-origin" : "no-referrer");
	MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(r, "X-Frame-Options", "DENY"); /* for who does not know frame-ancestors */
	if (a->page) {
		MHD_add_response_header(r, "Cross-Origin-Opener-Policy", "same-origin");
		MHD_add_response_header(r, "Permissions-Policy",
		                        "camera=(self), geolocation=(), microphone=(), payment=(), usb=()");
	}
	if (api_is_secure(rq->api))
		MHD_add_response_header(r, "Strict-Transport-Security",
		                        "max-age=31536000; includeSubDomains");
	/* A client that is late itself shall not send its next request into a connection that we are about to
	 * close: it is told half of what it has. */
	char keep[40];
	int64_t half_s = request_settings(rq)->api_idle_timeout / 2000;
	snprintf(keep, sizeof keep, "timeout=%lld", (long long)(half_s > 0 ? half_s : 1));
	if (atomic_load(&rq->api->draining))
		MHD_add_response_header(r, "Connection", "close");
	else
		MHD_add_response_header(r, "Keep-Alive", keep);
	bool caching = false;
	for (size_t i = 0; i < a->n_headers; i++) {
		MHD_add_response_header(r, a->headers[i].name, a->headers[i].value);
		caching |= strcmp(a->headers[i].name, "Cache-Control") == 0;
	}
	if (!caching)
		MHD_add_response_header(r, "Cache-Control", "no-store");
	enum MHD_Result done = MHD_queue_response(rq->connection, a->status, r);
	MHD_destroy_response(r);
	return done;
}
