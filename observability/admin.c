/* The admin port: /metrics, /healthz, /readyz. Meant for the operator's network: it has no authentication and
 * shows nothing that belongs to a user.
 *
 * Each connection has a thread: readiness and figures may have to wait for storage, and whoever asks
 * meanwhile whether the process lives must not take that for its death. */
#include "buf.h"
#include "clock.h"
#include "listen_socket.h"
#include "observe.h"
#include "own.h"

#include <errno.h>
#include <microhttpd.h>

#define ANSWER_MAX (8 * MIB)
#define BACKLOG    64
#define PERIOD_MS  (30 * 86400000LL)

struct admin {
	struct MHD_Daemon *daemon;
	ready_fn *ready;
	const struct admin_page *pages;
	void *arg;
	int port;
};

struct answer {
	unsigned status;
	const char *type;
	struct buf body;
};

static void
problem(struct answer *a, enum err e, const char *detail)
{
	a->status = (unsigned)err_http(e);
	a->type = "application/problem+json";
	buf_printf(&a->body, "{\"type\":\"/problems/%s\",\"title\":", err_code(e));
	buf_json_string(&a->body, err_text(e), strlen(err_text(e)));
	buf_printf(&a->body, ",\"status\":%u,\"code\":\"%s\",\"detail\":", a->status, err_code(e));
	buf_json_string(&a->body, detail, strlen(detail));
	buf_puts(&a->body, "}\n");
}

static void
answer_metrics(const struct admin *admin, struct MHD_Connection *c, struct answer *a)
{
	(void)admin;
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	bool open = accept && strstr(accept, "application/openmetrics-text");
	a->type = open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	               : "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(&a->body, open ? METRICS_OPENMETRICS : METRICS_PROMETHEUS);
}

static void
answer_health(const struct admin *admin, struct MHD_Connection *c, struct answer *a)
{
	(void)admin, (void)c;
	buf_puts(&a->body, "{\"status\":\"ok\",\"version\":\"" DOCKET_VERSION "\"}\n");
}

static void
answer_ready(const struct admin *admin, struct MHD_Connection *c, struct answer *a)
{
	(void)c;
	struct why why = {""};
	enum err e = admin->ready ? admin->ready(admin->arg, &why) : ERR_NONE;
	if (e == ERR_NONE) {
		buf_puts(&a->body, "{\"status\":\"ready\"}\n");
		return;
	}
	problem(a, e, why.text);
	a->status = 503; /* whatever the reason: do not send work here */
}

static const struct {
	const char *path;
	void (*fill)(const struct admin *admin, struct MHD_Connection *c, struct answer *a);
} routes[] = {{"/metrics", answer_metrics}, {"/healthz", answer_health}, {"/readyz", answer_ready}};

static bool
query_ms(struct MHD_Connection *c, const char *name, int64_t *ret)
{
	const char *text = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);
	char *end;
	if (!text)
		return true;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && end != text && !*end && *ret >= 0;
}

static void
answer_page(const struct admin *admin, const struct admin_page *page, struct MHD_Connection *c,
            struct answer *a)
{
	struct why why = {""};
	const char *by = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "by");
	struct admin_query q = {.to_ms = clock_wall_ms() + 1, .by = by ? by : ""};
	q.from_ms = q.to_ms - PERIOD_MS;
	enum err e = query_ms(c, "from", &q.from_ms) && query_ms(c, "to", &q.to_ms)
	                 ? page->write(admin->arg, &q, &a->body, &why)
	                 : fail(&why, ERR_INVALID, "from and to are milliseconds since 1970");
	if (e == ERR_NONE)
		return;
	buf_clear(&a->body);
	problem(a, e, why.text);
}

/* True when there is such an address. */
static bool
answer(const struct admin *admin, const char *url, bool reads, struct MHD_Connection *c, struct answer *a)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (strcmp(routes[i].path, url) != 0)
			continue;
		if (reads)
			routes[i].fill(admin, c, a);
		return true;
	}
	for (const struct admin_page *p = admin->pages; p && p->path; p++) {
		if (strcmp(p->path, url) != 0)
			continue;
		if (reads)
			answer_page(admin, p, c, a);
		return true;
	}
	return false;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
           const char *upload, size_t *upload_size, void **con)
{
	static int begun;
	const struct admin *admin = cls;
	(void)version, (void)upload;
	if (!*con) { /* the first call tells only that headers have come */
		*con = &begun;
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}

	struct answer a = {.status = 200, .type = "application/json", .body = buf_init(ANSWER_MAX)};
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	bool known = answer(admin, url, reads, c, &a);
	if (!known)
		problem(&a, ERR_ABSENT, "/metrics, /healthz and /readyz are here");
	else if (!reads)
		problem(&a, ERR_METHOD, "only GET and HEAD");

	size_t len;
	char *body = buf_take(&a.body, &len);
	struct MHD_Response *r = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
	if (!r) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(r, "Content-Type", a.type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (known && !reads)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	enum MHD_Result queued = MHD_queue_response(c, a.status, r);
	MHD_destroy_response(r);
	return queued;
}

enum err
admin_start(const char *host_port, ready_fn *ready, const struct admin_page *pages, void *arg,
            struct admin **ret, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	int port;
	TRY(listen_socket(host_port, BACKLOG, &fd, &port, why));
	struct admin *a = calloc(1, sizeof *a);
	if (!a)
		BUG("no memory for the admin port");
	*a = (struct admin){.ready = ready, .pages = pages, .arg = arg, .port = port};
	a->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
	                                 MHD_USE_POLL | MHD_USE_ITC,
	                             0, NULL, NULL, on_request, a, MHD_OPTION_LISTEN_SOCKET, fd,
	                             MHD_OPTION_CONNECTION_LIMIT, 32u, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
	                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(16 * KIB), MHD_OPTION_END);
	if (!a->daemon) {
		free(a);
		return fail(why, ERR_BROKEN, "the admin port at %.80s did not start", host_port);
	}
	(void)TAKE_FD(fd); /* the daemon closes it */
	*ret = a;
	return ERR_NONE;
}

int
admin_port(const struct admin *a)
{
	return a->port;
}

void
admin_stop(struct admin **a)
{
	if (!*a)
		return;
	MHD_stop_daemon((*a)->daemon);
	free(*a);
	*a = NULL;
}
