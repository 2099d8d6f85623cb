/* The service itself: libmicrohttpd's threads, and the way of a request through its phases.
 *
 *	headers -> BODY -> RUN (here, or on a pool with the connection suspended) -> ANSWER
 *	                    ^                                                          |
 *	                    `------ WAITING for its job to change (suspended) <--------'
 */
#include "api.h"

#include "app_files.h"
#include "audit.h"
#include "clock.h"
#include "cors.h"
#include "header_values.h"
#include "listen_socket.h"
#include "packing.h"
#include "request_head.h"
#include "request_limits.h"
#include "request_trace.h"
#include "routes.h"
#include "server.h"
#include "upload_body.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>

#define CONNECTION_MEMORY (32 * KIB) /* of libmicrohttpd for one connection: headers, pieces of body */
#define SWALLOW_MAX       (64 * MIB) /* of a refused body, so that its sender hears why */
#define QUEUE_MAX         1024       /* requests before the pools; past it: busy */
#define HASH_QUEUE_MAX    64
#define BUSY_HELD_MS      1000
#define STREAMS_MAX       4   /* exports at once: each is a thread */
#define SLOW_BYTES_S      512 /* so much at least, after api.slow_after */
#define SLOW_READ_TIMES   3   /* api.slow_after: who is in a tunnel with half of a file is no stranger */
#define UNSENT_MAX        (128 * KIB)
#define HELD_BACKLOG      1024
#define LAST_WORDS_MS     2000 /* until whoever came in last has asked, and asked again what was lost */

bool
api_is_secure(const struct api *a)
{
	return a->secure;
}

/* ---- the beginning ---- */

static void
refuse(struct request *rq, enum err e)
{
	if (rq->refused == ERR_NONE)
		rq->refused = e;
}

static struct request *
request_begin(struct api *api, struct MHD_Connection *c, const char *method, const char *path)
{
	struct arena *mem = arena_create("request", REQUEST_MEMORY_MAX);
	struct request *rq = arena_alloc(mem, sizeof *rq);
	if (!rq)
		BUG("a new arena is full");
	*rq = (struct request){.api = api,
	                       .connection = c,
	                       .mem = mem,
	                       .method = method,
	                       .path = path,
	                       .begun_us = clock_steady_us(),
	                       .body = buf_init(JSON_BODY_MAX),
	                       .retry_after = -1,
	                       .answer = {.fd = -1}};
	atomic_fetch_add(&api->running, 1);
	const char *id = request_header(rq, "X-Request-Id");
	if (id && request_id_ok(id))
		snprintf(rq->request_id, sizeof rq->request_id, "%s", id);
	else
		uuid_text(uuid_new(), rq->request_id);

	struct route_match m;
	route_find(method, path, &m);
	const struct web_asset *file = m.route || m.path_known ? NULL : app_file(&api->options, path);
	rq->route = m.route;
	rq->id = m.id;
	rq->n = m.n;
	snprintf(rq->word, sizeof rq->word, "%s", m.word);
	rq->bad_parameter = m.bad_parameter;
	refuse(rq, head_check(rq, &m, file, &rq->why));
	request_trace_begin(rq);
	if (rq->refused == ERR_METHOD && cors_preflight(rq, m.allow)) {
		rq->refused = ERR_NONE;
		rq->phase = PHASE_ANSWER;
	} else if (rq->refused == ERR_METHOD) {
		answer_header(rq, "Allow", "%s", file ? "GET, HEAD" : m.allow);
	}
	if (rq->refused == ERR_NONE && file) {
		answer_app_file(rq, file);
		rq->phase = PHASE_ANSWER;
	}
	return rq;
}

/* ---- the end ---- */

static void
tell(struct request *rq)
{
	const struct answer *a = &rq->answer;
	const char *route = rq->route ? rq->route->name : a->page ? "app" : "none";
	char status[8];
	snprintf(status, sizeof status, "%u", a->status);
	int64_t us = clock_steady_us() - rq->begun_us;
	metric_add(METRIC_HTTP_REQUESTS, route, status, 1);
	metric_observe_in(rq->traced ? &rq->trace : NULL, METRIC_HTTP_SECONDS, route, NULL, (double)us / 1e6);
	if (rq->refused != ERR_NONE)
		metric_add(METRIC_HTTP_ERRORS, route, err_code(rq->refused), 1);
	request_trace_end(rq);
	bool ours = a->status >= 500;
	bool quiet = !changes_something(rq->method) && a->status < 400;
	if (quiet && strcmp(rq->api->settings->log_level, "debug") != 0)
		return;
	OWNED(log_close) struct log *log = request_log(rq);
	if (ours)
		log_event(log, LOG_WARN, "http.failed", F_STR("method", rq->method), F_STR("route", route),
		          F_INT("status", a->status), F_ERR(rq->refused, &rq->why));
	else
		log_event(log, quiet ? LOG_DEBUG : LOG_INFO, "http.request", F_STR("method", rq->method),
		          F_STR("route", route), F_INT("status", a->status), F_INT("ms", us / 1000),
		          F_INT("bytes", (int64_t)rq->taken));
}

static void
request_end(struct request *rq)
{
	struct api *api = rq->api;
	slow_readers_forget(api->readers, &rq->reader);
	head_let_key_go(rq);
	spans_drop(&rq->spans);
	upload_body_free(&rq->upload);
	fd_close(&rq->answer.fd);
	body_stream_abandon(&rq->answer.stream);
	buf_free(&rq->answer.body);
	for (size_t i = 0; i < rq->answer.n_headers; i++)
		free(rq->answer.headers[i].value);
	buf_free(&rq->body);
	struct arena *mem = rq->mem;
	arena_destroy(&mem);
	atomic_fetch_sub(&api->running, 1);
}

/* Before libmicrohttpd lets the socket go there is one chance to tell a sender what went wrong. */
static void
on_completed(void *cls, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode code)
{
	struct request *rq = *context;
	(void)cls;
	if (!rq)
		return;
	if (rq->phase == PHASE_BODY && code != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		enum err e = code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED ? ERR_SLOW_CLIENT : ERR_BODY_CUT;
		if (rq->refused == ERR_NONE)
			refuse(rq, fail(&rq->why, e, "%llu bytes came", (unsigned long long)rq->taken));
		rq->answer.status = (unsigned)err_http(rq->refused);
		head_let_key_go(rq);
		const union MHD_ConnectionInfo *info =
		    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info)
			problem_write_raw(info->connect_fd, rq->refused, &rq->why, rq->request_id);
		tell(rq);
	}
	*context = NULL;
	request_end(rq);
}

/* ---- in between ---- */

static enum MHD_Result
answer_now(struct request *rq)
{
	if (rq->refused != ERR_NONE)
		answer_problem(rq, rq->refused, &rq->why);
	head_let_key_go(rq);
	rq->phase = PHASE_ANSWERED;
	tell(rq);
	return answer_send(rq);
}

static void
resume(struct request *rq)
{
	MHD_resume_connection(rq->connection);
}

/* A body may be minutes on its way and a long poll waits half of one, and a new password ends the sessions of
 * before at once. (A paper that was on its way when its session ended is taken.) */
static enum err
check_person_again(struct request *rq, struct why *why)
{
	bool account = rq->route->auth == AUTH_PERSON || rq->route->auth == AUTH_ADMIN;
	return rq->waited || (account && rq->route->body != BODY_NONE) ? person_check(rq, why) : ERR_NONE;
}

static enum err
handle(struct request *rq, struct why *why)
{
	TRY(request_limit_ask(rq, why));
	TRY(check_person_again(rq, why));
	return rq->route->handle(rq, why);
}

/* On a pool: the endpoint. */
static void
run_blocking(struct request *rq)
{
	char address[64];
	request_address(rq, address, sizeof address);
	storage_acts_for(address);
	refuse(rq, handle(rq, &rq->why));
	storage_acts_for(NULL);
	if (rq->refused == ERR_NONE)
		answer_pack(rq);
	rq->phase = PHASE_ANSWER;
	resume(rq);
}

static void
suspend_to_pool(struct request *rq, struct blocking_pool *pool)
{
	MHD_suspend_connection(rq->connection);
	if (blocking_pool_post(pool, rq))
		return;
	bool stopping = atomic_load(&rq->api->stopping);
	refuse(rq, fail(&rq->why, stopping ? ERR_STOPPING : ERR_BUSY, "%s", ""));
	rq->phase = PHASE_ANSWER;
	upload_body_free(&rq->upload);
	/* Whoever is told at once asks again at once, at the expense of those who are served. */
	rq->wait_until_ms = clock_steady_ms() + BUSY_HELD_MS;
	if (stopping || !job_waiters_add(rq->api->waiters, rq))
		resume(rq);
}

static enum MHD_Result
run(struct request *rq)
{
	struct api *api = rq->api;
	rq->phase = PHASE_RUN;
	if (rq->route->runs != RUN_INLINE) {
		suspend_to_pool(rq, rq->route->runs == RUN_HASHING ? api->hashing : api->blocking);
		return MHD_YES;
	}
	rq->wait_until_ms = 0;
	refuse(rq, handle(rq, &rq->why));
	if (rq->refused != ERR_NONE || rq->wait_until_ms == 0)
		return answer_now(rq);
	rq->phase = PHASE_WAITING;
	rq->waited = true;
	MHD_suspend_connection(rq->connection);
	if (!job_waiters_add(api->waiters, rq)) {
		refuse(rq, fail(&rq->why, ERR_STOPPING, "%s", ""));
		rq->phase = PHASE_ANSWER;
		resume(rq);
	}
	return MHD_YES;
}

/* So little for so long that it is no slow line but somebody who holds a door open. */
static bool
too_slow(const struct request *rq)
{
	int64_t ms = (clock_steady_us() - rq->begun_us) / 1000;
	return ms > rq->api->settings->api_slow_after && (int64_t)rq->taken < ms / 1000 * SLOW_BYTES_S;
}

static enum MHD_Result
take_body(struct request *rq, const char *p, size_t *n)
{
	size_t got = *n;
	*n = 0;
	rq->taken += got;
	if (rq->refused != ERR_NONE)
		/* Swallowed so that the answer is read; without end it is cut, and told so at the end. */
		return rq->taken > SWALLOW_MAX ? MHD_NO : MHD_YES;
	if (too_slow(rq)) {
		refuse(rq, fail(&rq->why, ERR_SLOW_CLIENT, "%llu bytes came", (unsigned long long)rq->taken));
		return MHD_NO;
	}
	if (!rq->upload) {
		buf_put(&rq->body, p, got);
		if (rq->body.full)
			refuse(rq, fail(&rq->why, ERR_TOO_BIG, "at most %zu bytes", (size_t)JSON_BODY_MAX));
		return MHD_YES;
	}
	refuse(rq, upload_body_take(rq->upload, p, got, &rq->why));
	/* On this thread: it is a copy into the page cache, and the fsync comes later, on the pool. A
	 * connection must not be suspended in the middle of a chunked body: libmicrohttpd 0.9.75 goes on
	 * reading the chunks that it already has and ends the process. */
	if (rq->refused == ERR_NONE && upload_body_is_full(rq->upload))
		refuse(rq, upload_body_write(rq->upload, &rq->why));
	return MHD_YES;
}

static bool
wants_go_ahead(struct request *rq)
{
	const char *expect = request_header(rq, "Expect");
	return expect && strcasecmp(expect, "100-continue") == 0;
}

/* The library is told once of what has come, and takes a read that left room for all there was: an end that
 * came together with the last bytes it would see when the connection's time is over. To shut once more what
 * the client has shut tells it again. */
static void
tell_of_an_end(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd p = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLRDHUP))
		(void)shutdown(p.fd, SHUT_RD);
}

static bool
is_suspended(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
	return info && info->suspended == MHD_YES;
}

/* %41 to "A", but a %00 stays as it is: nothing after it may hide. */
static size_t
unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls, (void)c;
	char *out = s;
	for (const char *in = s; *in; in++) {
		uint8_t byte;
		char pair[3] = {in[0] == '%' ? in[1] : '\0', in[0] == '%' && in[1] ? in[2] : '\0', '\0'};
		if (pair[0] && pair[1] && hex_parse(pair, &byte, 1) && byte != 0) {
			*out++ = (char)byte;
			in += 2;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return (size_t)(out - s);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
           const char *upload, size_t *upload_size, void **context)
{
	struct request *rq = *context;
	(void)version;
	storage_in_a_hurry(); /* whoever waits here lets all others of this thread wait */
	if (!rq) {            /* headers only; the body, if there is one, comes in later calls */
		rq = request_begin(cls, c, method, url);
		*context = rq;
		if (changes_something(rq->method))
			tell_of_an_end(c);
		/* Whoever asks before sending hears the refusal instead of being told to go on. */
		return rq->refused != ERR_NONE && wants_go_ahead(rq) ? answer_now(rq) : MHD_YES;
	}
	/* libmicrohttpd goes on through the chunks that it has already read: nothing is taken meanwhile. */
	if (is_suspended(c))
		return MHD_YES;
	if (*upload_size > 0) {
		tell_of_an_end(c);
		if (rq->phase == PHASE_BODY)
			return take_body(rq, upload, upload_size);
		rq->taken += *upload_size; /* a body that nobody asked for */
		*upload_size = 0;
		return rq->taken > JSON_BODY_MAX ? MHD_NO : MHD_YES;
	}
	switch (rq->phase) {
	case PHASE_BODY:
		return rq->refused != ERR_NONE ? answer_now(rq) : run(rq);
	case PHASE_WAITING:
		return run(rq);
	case PHASE_ANSWER:
		return answer_now(rq);
	case PHASE_RUN:
	case PHASE_ANSWERED:
		break;
	}
	return MHD_YES;
}

/* ---- start and stop ---- */

static void
measure(void *arg)
{
	struct api *a = arg;
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	metric_set(METRIC_POOL_CAPACITY, "connections", NULL, (double)a->settings->api_max_connections);
	metric_set(METRIC_POOL_BUSY, "connections", NULL, info ? info->num_connections : 0);
	blocking_pool_measure(a->blocking, "blocking");
	blocking_pool_measure(a->hashing, "hashing");
}

static enum err
start_parts(struct api *a, struct why *why)
{
	const struct settings *s = a->settings;
	TRY(blocking_pool_start((int)s->api_blocking_threads, QUEUE_MAX, run_blocking, &a->blocking, why));
	TRY(blocking_pool_start((int)s->api_max_hashes, HASH_QUEUE_MAX, run_blocking, &a->hashing, why));
	TRY(job_waiters_start(a->options.storage, resume, &a->waiters, why));
	a->streams = body_streams_create(STREAMS_MAX, s->api_slow_after);
	TRY(slow_readers_start(SLOW_READ_TIMES * s->api_slow_after, &a->readers, why));
	a->keys = keys_create();
	a->rates = rate_limits_create();
	TRY(rate_limits_share(a->rates, a->options.storage, a->log, why));

	OWNED(fd_close) int fd = -1;
	TRY(listen_socket(s->api_listen, HELD_BACKLOG, &fd, &a->port, why));
	/* The kernel would take in up to 4 MiB for a slow reader, and ask for more when a third of that had
	 * gone: who takes little would seem to take nothing for minutes. */
	const int unsent = UNSENT_MAX;
	(void)!setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	int64_t threads = s->api_threads ? s->api_threads : s->general_cores;
	if (threads == 0)
		threads = sysconf(_SC_NPROCESSORS_ONLN);
	if (threads > s->api_max_connections)
		threads = s->api_max_connections;
	a->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, on_request,
	    a, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, a,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->api_max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)(s->api_idle_timeout / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_MEMORY, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_THREAD_POOL_SIZE,
	    threads > 1 ? (unsigned)threads : 0u, MHD_OPTION_END);
	if (!a->daemon)
		return fail(why, ERR_BROKEN, "the HTTP server did not start at %.80s", s->api_listen);
	(void)TAKE_FD(fd); /* the daemon closes it */
	return ERR_NONE;
}

static enum err
check_settings(const struct settings *s, struct why *why)
{
	static const char *const ways[] = {"on", "off", "invitation"}, *const of[] = {"off", "admins", "all"};
	bool known = false, whose = false;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		known |= strcmp(s->api_signup, ways[i]) == 0;
		whose |= strcmp(s->api_second_factor, of[i]) == 0;
	}
	if (!known)
		return fail(why, ERR_INVALID, "api-signup is on, off or invitation");
	if (!whose)
		return fail(why, ERR_INVALID, "api-second_factor is off, admins or all");
	if (s->mail_smtp[0] && (!s->mail_from[0] || !s->api_public_url[0]))
		return fail(why, ERR_INVALID, "mail-smtp needs mail-from, and api-public_url for links");
	if (s->api_verified_only && !s->mail_smtp[0])
		return fail(why, ERR_INVALID, "api-verified_only needs mail-smtp");
	return ERR_NONE;
}

enum err
api_start(const struct api_options *o, struct api **ret, struct why *why)
{
	if (sodium_init() < 0)
		return fail(why, ERR_BROKEN, "libsodium does not start");
	struct api *a = calloc(1, sizeof *a);
	if (!a)
		BUG("no memory for the service");
	a->options = *o;
	a->door = -1;
	a->settings = o->settings;
	a->log = log_root("api");
	a->secure = strncasecmp(o->settings->api_public_url, "https://", 8) == 0;
	enum err e = check_settings(o->settings, why);
	if (e == ERR_NONE)
		e = start_parts(a, why);
	if (e != ERR_NONE) {
		api_stop(&a, 0);
		return e;
	}
	metric_on_scrape(measure, a);
	*ret = a;
	return ERR_NONE;
}

int
api_port(const struct api *a)
{
	return a->port;
}

/* Nobody new comes in. Whoever the kernel has already let in was told that we are here, and may have asked:
 * the library, which was busy, takes them now. So that none comes between the last of them and the end,
 * nothing that arrives at the door is heard any more: who knocks meanwhile knocks again in a second, and is
 * refused. */
static void
close_door(struct api *a)
{
	MHD_socket fd = a->daemon ? MHD_quiesce_daemon(a->daemon) : MHD_INVALID_SOCKET;
	if (fd == MHD_INVALID_SOCKET)
		return;
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog deaf = {.len = 1, .filter = &nothing};
	(void)!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &deaf, sizeof deaf);
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	/* Where there are no such filters people go on knocking: no more than may have waited. */
	for (int left = HELD_BACKLOG; left >= 0; left--) {
		int client = accept4(fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client < 0)
			break;
		/* It closes what it does not take. */
		(void)MHD_add_connection(a->daemon, client, (struct sockaddr *)&from, size);
		size = sizeof from;
	}
	/* Its number stays taken: a thread of the library may still be about to accept from it. */
	(void)shutdown(fd, SHUT_RDWR);
	a->door = fd;
}

void
api_drain(struct api *a, int64_t ms)
{
	if (!a || ms <= 0)
		return;
	atomic_store(&a->draining, true);
	clock_sleep_ms(ms);
	close_door(a);
	clock_sleep_ms(LAST_WORDS_MS);
}

void
api_stop(struct api **aa, int64_t grace_ms)
{
	struct api *a = *aa;
	if (!a)
		return;
	metric_off_scrape(measure, a);
	close_door(a);
	atomic_store(&a->stopping, true); /* new requests on old connections are told to come again */
	if (a->waiters)
		job_waiters_stop(a->waiters);
	if (a->streams)
		body_streams_stop(a->streams);
	int64_t end = clock_steady_ms() + grace_ms;
	while (atomic_load(&a->running) > 0 && clock_steady_ms() < end)
		clock_sleep_ms(5);
	/* What runs on the pools runs to its end: a commit is not left half done. */
	if (a->blocking)
		blocking_pool_stop(a->blocking);
	if (a->hashing)
		blocking_pool_stop(a->hashing);
	if (a->daemon)
		MHD_stop_daemon(a->daemon);
	fd_close(&a->door);
	blocking_pool_destroy(&a->blocking);
	blocking_pool_destroy(&a->hashing);
	job_waiters_destroy(&a->waiters);
	body_streams_destroy(&a->streams);
	slow_readers_stop(&a->readers);
	keys_destroy(&a->keys);
	rate_limits_destroy(&a->rates);
	log_close(&a->log);
	free(a);
	*aa = NULL;
}
