/* `docket inference`: the model behind HTTP, on a UNIX socket or TCP.
 *
 * The socket answers before the model is loaded: 503 model_unavailable, so that nobody has to guess
 * whether to wait or to give up. A body is collected up to its limit, then answered by the thread
 * that read it; predictions take milliseconds.
 */
#include "buf.h"
#include "clock.h"
#include "document.h"
#include "envelope.h"
#include "inference.h"
#include "json_own.h"
#include "observe.h"
#include "own.h"
#include "sealed_line.h"
#include "shadow.h"
#include "trace.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A document, a memory, what joins and what seals them. */
#define MAX_BODY        (DOCUMENT_MAX_JSON + MEMORY_MAX_JSON + KIB + LINE_OVERHEAD)
#define MAX_CONNECTIONS 256
#define IDLE_SECONDS    60
#define THREADS         2

struct server {
	const struct inference_options *o;
	_Atomic(struct model *) model;
	_Atomic(struct shadow *) shadow;
	struct log *log;
	const struct line_key *key; /* &held, or NULL: the line is plain */
	struct line_key held;
	struct why load_failure;
	atomic_bool load_failed;
	char unix_path[108];
};

struct request {
	struct buf body;
	uint8_t question[LINE_NONCE_LEN]; /* of a sealed one */
	const struct line_key *key;       /* what its answer is sealed with; NULL: it is plain */
	bool too_big;
	int64_t started_us;
};

/* ---- answers ---- */

/* Takes the body. */
static enum MHD_Result
reply(struct MHD_Connection *c, const struct request *q, unsigned status, const char *type, char *body,
      size_t n)
{
	if (q->key) {
		struct line_way way = line_answer_to(q->question, status);
		OWNED(buf_free) struct buf sealed = buf_init(n + LINE_OVERHEAD);
		line_seal(q->key, &way, body, n, &sealed);
		free(body);
		body = buf_take(&sealed, &n);
		type = LINE_TYPE;
	}
	struct MHD_Response *r = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE);
	if (!r) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(r, "Content-Type", type);
	if (status == 503)
		MHD_add_response_header(r, "Retry-After", "1");
	enum MHD_Result ok = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result
reply_json(struct MHD_Connection *c, const struct request *q, unsigned status, const json_t *j)
{
	size_t n;
	char *text = json_text(j, &n);
	return reply(c, q, status, "application/json", text, n);
}

/* Statuses of this protocol: what is wrong with the request is the request's fault here, whatever the
 * error means further out. */
static unsigned
status_of(enum err e)
{
	return e == ERR_BAD_DOCUMENT || e == ERR_BAD_JSON ? 422 : (unsigned)err_http(e);
}

static enum MHD_Result
reply_problem(struct MHD_Connection *c, const struct request *q, enum err e, const struct why *why)
{
	enum err shown = e == ERR_BAD_DOCUMENT || e == ERR_BAD_JSON ? ERR_INVALID : e;
	char type[80];
	snprintf(type, sizeof type, "/problems/%s", err_code(shown));
	OWNED(buf_free) struct buf b = buf_init(4 * KIB);
	buf_printf(&b, "{\"type\":\"%s\",\"title\":", type);
	buf_json_string(&b, err_text(shown), strlen(err_text(shown)));
	buf_printf(&b, ",\"status\":%u,\"code\":\"%s\",\"retryable\":%s,\"detail\":", status_of(e),
	           err_code(shown), err_retryable(shown) ? "true" : "false");
	buf_json_string(&b, why->text, strlen(why->text));
	buf_putc(&b, '}');
	size_t n;
	char *text = buf_take(&b, &n);
	return reply(c, q, status_of(e), "application/problem+json", text, n);
}

static struct model *
ready_model(struct server *s, struct why *why)
{
	struct model *m = atomic_load(&s->model);
	if (m)
		return m;
	if (atomic_load(&s->load_failed))
		*why = s->load_failure;
	else
		(void)fail(why, ERR_MODEL_UNAVAILABLE, "the model is still being loaded");
	return NULL;
}

static const char *
header_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* Our part of the asker's trace; NULL: it is in none, or nobody collects. */
static struct spans *
open_spans(struct MHD_Connection *c, const char *job_id, char trace_id[static TRACE_ID_LEN])
{
	struct trace_context asker;
	trace_id[0] = '\0';
	if (!trace_parse(header_of(c, "traceparent"), &asker))
		return NULL;
	trace_id_text(&asker, trace_id);
	if (!trace_runs())
		return NULL;
	struct spans *p = spans_open("ml-inference", &asker, "POST /v1/infer", SPAN_SERVER);
	spans_set(p, F_STR("docket.job_id", job_id));
	return p;
}

/* What the owner has taught, laid over the answer. A memory that cannot be read is no reason to read no
 * paper. */
static void
apply_memory(struct server *s, const struct envelope *e, const char *job_id, json_t *answer)
{
	struct why why = {""};
	OWNED(json_release) json_t *memory = NULL;
	size_t changed = 0;
	enum err err = json_parse(e->memory, e->memory_len, &memory, &why);
	if (err == ERR_NONE)
		err = memory_apply(memory, e->document, e->document_len, answer, &changed, &why);
	if (err != ERR_NONE)
		log_event(s->log, LOG_WARN, "inference.memory_ignored", F_STR("job_id", job_id),
		          F_ERR(err, &why));
	json_object_set_new(json_object_get(answer, "diagnostics"), "from_memory",
	                    json_integer((json_int_t)changed));
}

/* From here on its answer is sealed as well. Who holds another key is told that nothing is to be had here,
 * which is tried again, as keys change on one machine after the other. */
static enum err
open_question(const struct server *s, struct request *q, struct why *why)
{
	if (!s->key || q->too_big)
		return ERR_NONE;
	OWNED(buf_free) struct buf plain = buf_init(MAX_BODY);
	if (!line_open(s->key, &(struct line_way){{0}, {0}}, q->body.data, q->body.len, &plain))
		return fail(why, ERR_MODEL_UNAVAILABLE,
		            "who asks does not hold the key of inference.key_file");
	memcpy(q->question, q->body.data, sizeof q->question);
	q->key = s->key;
	buf_free(&q->body);
	q->body = plain;
	plain = buf_init(0);
	return ERR_NONE;
}

/* The answer to a request that has come whole. */
static enum err
predict(struct server *s, const struct request *q, const char *job_id, json_t **ret, struct why *why)
{
	struct envelope e;
	struct model *m = ready_model(s, why);
	if (!m)
		return ERR_MODEL_UNAVAILABLE;
	if (q->too_big)
		return fail(why, ERR_TOO_BIG, "the request is larger than %zu bytes", MAX_BODY);
	TRY(envelope_read(q->body.data ? q->body.data : "", q->body.len, &e, why));
	int64_t start = clock_steady_us();
	TRY(model_predict(m, e.document, e.document_len, ret, why));
	if (e.memory)
		apply_memory(s, &e, job_id, *ret);
	int64_t us = clock_steady_us() - start;
	if (!e.memory) /* what a person taught is not the other model's fault */
		shadow_show(atomic_load(&s->shadow), e.document, e.document_len, *ret, job_id);
	metric_observe(METRIC_INFER_SECONDS, NULL, NULL, (double)us / 1e6);
	json_object_set_new(json_object_get(*ret, "diagnostics"), "micros", json_integer(us));
	return ERR_NONE;
}

static enum MHD_Result
infer(struct server *s, struct MHD_Connection *c, struct request *q)
{
	struct why why = {""};
	OWNED(json_release) json_t *answer = NULL;
	const char *request_id = header_of(c, "X-Request-Id"), *job_id = header_of(c, "X-Job-Id");
	char trace_id[TRACE_ID_LEN];
	OWNED(spans_drop) struct spans *spans = open_spans(c, job_id, trace_id);
	enum err e = open_question(s, q, &why);
	if (e == ERR_NONE)
		e = predict(s, q, job_id, &answer, &why);
	metric_add(METRIC_INFER_REQUESTS, err_code(e), NULL, 1);
	if (e != ERR_NONE)
		log_event(s->log, LOG_WARN, "inference.refused", F_STR("request_id", request_id),
		          F_STR("job_id", job_id), F_STR("trace_id", trace_id[0] ? trace_id : NULL),
		          F_INT("bytes", (int64_t)q->body.len), F_ERR(e, &why));
	if (spans) {
		spans_set(spans, F_INT("docket.bytes", (int64_t)q->body.len));
		spans_close(&spans, e, e != ERR_NONE);
	}
	return e == ERR_NONE ? reply_json(c, q, 200, answer) : reply_problem(c, q, e, &why);
}

static enum MHD_Result
models(struct server *s, struct MHD_Connection *c, const struct request *q)
{
	struct why why = {""};
	struct model *m = ready_model(s, &why);
	OWNED(json_release) json_t *list = json_array();
	if (m)
		json_array_append_new(list, model_describe(m));
	OWNED(json_release) json_t *o = json_pack("{s:O, s:b}", "models", list, "ready", m != NULL);
	if (!m)
		json_object_set_new(o, "reason", json_string(why.text));
	return reply_json(c, q, 200, o);
}

static enum MHD_Result
route(struct server *s, struct MHD_Connection *c, const char *url, const char *method, struct request *q)
{
	struct why why = {""};
	bool get = strcmp(method, "GET") == 0;
	if (strcmp(url, "/v1/infer") == 0)
		return strcmp(method, "POST") == 0
		           ? infer(s, c, q)
		           : reply_problem(c, q, fail(&why, ERR_METHOD, "POST /v1/infer"), &why);
	if (get && !s->key && strcmp(url, "/v1/models") == 0)
		return models(s, c, q);
	if (get && strcmp(url, "/healthz") == 0) {
		if (!ready_model(s, &why))
			return reply_problem(c, q, ERR_MODEL_UNAVAILABLE, &why);
		OWNED(json_release) json_t *o = json_pack("{s:s}", "status", "ok");
		return reply_json(c, q, 200, o);
	}
	return reply_problem(c, q, fail(&why, ERR_ABSENT, "there is no %.60s %.100s here", method, url),
	                     &why);
}

/* ---- what libmicrohttpd calls ---- */

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
           const char *data, size_t *n, void **state)
{
	(void)version;
	struct request *q = *state;
	if (!q) {
		q = calloc(1, sizeof *q);
		if (!q)
			return MHD_NO;
		q->body = buf_init(MAX_BODY);
		q->started_us = clock_steady_us();
		*state = q;
		const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
		if (length && strtoull(length, NULL, 10) > MAX_BODY) {
			q->too_big = true;
			return route(arg, c, url, method, q); /* before the body comes: nobody wants it */
		}
		return MHD_YES;
	}
	if (*n > 0) {
		if (!q->too_big)
			buf_put(&q->body, data, *n);
		q->too_big |= q->body.full;
		*n = 0;
		return MHD_YES;
	}
	return route(arg, c, url, method, q);
}

static void
on_done(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode how)
{
	(void)arg;
	(void)c;
	(void)how;
	struct request *q = *state;
	if (q) {
		buf_free(&q->body);
		free(q);
	}
	*state = NULL;
}

/* ---- the socket ---- */

static enum err
listen_unix(struct server *s, const char *path, int *ret, struct why *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat there;
	if (strlen(path) >= sizeof a.sun_path)
		return fail(why, ERR_INVALID, "the socket's path is longer than %zu bytes",
		            sizeof a.sun_path - 1);
	if (lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode))
		return fail(why, ERR_INVALID, "%s is there, and is no socket", path);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	OWNED(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "socket");
	/* A socket that nobody listens on is what a killed predecessor left behind. */
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fail(why, ERR_BUSY, "somebody serves %s already", path);
	unlink(path);
	fd_close(&fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof a);
	umask(mask);
	if (rc != 0 || listen(fd, 128) != 0)
		return fail_errno(why, ERR_BROKEN, "cannot listen on %s", path);
	snprintf(s->unix_path, sizeof s->unix_path, "%s", path);
	*ret = TAKE_FD(fd);
	return ERR_NONE;
}

static enum err
listen_tcp(const char *host_port, const struct line_key *key, int *ret, struct why *why)
{
	TRY(line_may_be(host_port, key, why));
	char host[256];
	const char *colon = strrchr(host_port, ':');
	if (!colon || (size_t)(colon - host_port) >= sizeof host)
		return fail(why, ERR_INVALID, "tcp:%.100s is no HOST:PORT", host_port);
	snprintf(host, sizeof host, "%.*s", (int)(colon - host_port), host_port);
	size_t n = strlen(host);
	char *name = host;
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		name++;
	}
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
	                *list = NULL;
	int rc = getaddrinfo(name[0] ? name : NULL, colon + 1, &hint, &list);
	if (rc != 0)
		return fail(why, ERR_INVALID, "tcp:%.100s: %s", host_port, gai_strerror(rc));
	OWNED(fd_close) int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	bool good = fd >= 0 && bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, 128) == 0;
	freeaddrinfo(list);
	if (!good)
		return fail_errno(why, ERR_BROKEN, "cannot listen on tcp:%.100s", host_port);
	*ret = TAKE_FD(fd);
	return ERR_NONE;
}

/* ---- the process ---- */

static enum err
is_ready(void *arg, struct why *why)
{
	return ready_model(arg, why) ? ERR_NONE : ERR_MODEL_UNAVAILABLE;
}

/* One that does not fit is no reason not to answer. */
static void
load_shadow(struct server *s)
{
	struct why why = {""};
	struct shadow *shadow = NULL;
	if (!s->o->shadow || !s->o->shadow[0])
		return;
	enum err e = shadow_start(s->o->models, s->o->shadow, s->log, &shadow, &why);
	if (e != ERR_NONE)
		log_event(s->log, LOG_ERROR, "inference.model_refused", F_ERR(e, &why));
	atomic_store(&s->shadow, shadow);
}

static void *
load(void *arg)
{
	struct server *s = arg;
	struct model *m = NULL;
	struct why why = {""};
	int64_t start = clock_steady_ms();
	enum err e = model_load(s->o->models, s->o->pin, &m, &why);
	if (e != ERR_NONE) {
		s->load_failure = why;
		atomic_store(&s->load_failed, true);
		log_event(s->log, LOG_ERROR, "inference.model_refused", F_ERR(e, &why));
		return NULL;
	}
	OWNED(json_release) json_t *d = model_describe(m);
	log_event(s->log, LOG_INFO, "inference.model_loaded", F_STR("name", json_get_str(d, "name")),
	          F_STR("version", json_get_str(d, "version")), F_INT("ms", clock_steady_ms() - start));
	atomic_store(&s->model, m);
	load_shadow(s);
	return NULL;
}

static void
wait_for_stop(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

static void
daemon_stop(struct MHD_Daemon **d)
{
	if (*d)
		MHD_stop_daemon(*d);
	*d = NULL;
}

/* As many descriptors as connections need, if we may: a full table would look like a dead server. */
static void
raise_fd_limit(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < MAX_CONNECTIONS + 64) {
		r.rlim_cur = r.rlim_max < MAX_CONNECTIONS + 64 ? r.rlim_max : MAX_CONNECTIONS + 64;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static enum err
serve(struct server *s, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	OWNED(admin_stop) struct admin *admin = NULL;
	if (s->o->key_file && *s->o->key_file) {
		TRY(line_key_read(s->o->key_file, &s->held, why));
		s->key = &s->held;
	}
	if (strncmp(s->o->listen, "unix:", 5) == 0)
		TRY(listen_unix(s, s->o->listen + 5, &fd, why));
	else if (strncmp(s->o->listen, "tcp:", 4) == 0)
		TRY(listen_tcp(s->o->listen + 4, s->key, &fd, why));
	else
		return fail(why, ERR_INVALID, "inference-listen is unix:PATH or tcp:HOST:PORT, not %.80s",
		            s->o->listen);
	if (s->o->admin && s->o->admin[0])
		TRY(admin_start(s->o->admin, is_ready, NULL, s, &admin, why));
	OWNED(daemon_stop)
	struct MHD_Daemon *d = MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET,
	    (MHD_socket)fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(64 * KIB), MHD_OPTION_NOTIFY_COMPLETED, on_done,
	    NULL, MHD_OPTION_END);
	if (!d)
		return fail(why, ERR_BROKEN, "the HTTP library does not start");
	(void)TAKE_FD(fd); /* the library closes it */
	log_event(s->log, LOG_INFO, "inference.listening", F_STR("address", s->o->listen));
	pthread_t loader;
	if (pthread_create(&loader, NULL, load, s) != 0)
		return fail(why, ERR_BROKEN, "no thread to load the model");
	wait_for_stop(s->o->stop_fd);
	pthread_join(loader, NULL);
	log_event(s->log, LOG_INFO, "inference.stopping");
	return ERR_NONE;
}

enum err
inference_serve(const struct inference_options *o, struct why *why)
{
	raise_fd_limit();
	struct server s = {.o = o, .log = log_root("ml-inference")};
	enum err e = serve(&s, why);
	if (s.unix_path[0])
		unlink(s.unix_path);
	struct shadow *shadow = atomic_load(&s.shadow);
	shadow_stop(&shadow);
	struct model *m = atomic_load(&s.model);
	model_free(&m);
	log_close(&s.log);
	return e;
}
