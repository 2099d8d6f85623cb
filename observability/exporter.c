#include "exporter.h"

#include "clock.h"
#include "otlp.h"
#include "own.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#define WAITING_MAX (2 * MIB) /* of encoded spans: some ten thousand */
#define BATCH_MS    1000
#define SEND_MS     5000 /* one request */
#define SEND_TRIES  3
#define STOP_MS     2000
#define RULES_MAX   32

struct rule {
	char subject[64]; /* a part's name, or "class:admin" */
	int32_t percent;
};

/* What is set by trace_start() does not change while the exporter runs. */
static struct {
	_Atomic bool running;
	int32_t sample_percent;
	struct rule rules[RULES_MAX];
	size_t n_rules;
	char endpoint[512], service[64];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buf waiting;
	int64_t n_waiting;
	bool stopping;
	_Atomic int64_t give_up_ms; /* steady clock; 0: not stopping */
	pthread_t thread;
} x = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool
trace_runs(void)
{
	return atomic_load_explicit(&x.running, memory_order_acquire);
}

static const struct rule *
rule_of(const char *prefix, const char *subject)
{
	size_t n = strlen(prefix);
	for (size_t i = 0; subject && i < x.n_rules; i++) {
		if (strncmp(x.rules[i].subject, prefix, n) == 0 &&
		    strcmp(x.rules[i].subject + n, subject) == 0)
			return &x.rules[i];
	}
	return NULL;
}

int32_t
exporter_percent(const char *name, const char *class)
{
	if (!trace_runs())
		return 0;
	const struct rule *rule = rule_of("class:", class);
	if (!rule)
		rule = rule_of("", name);
	return rule ? rule->percent : x.sample_percent;
}

void
exporter_put(const struct buf *spans, int64_t n)
{
	if (!trace_runs())
		return;
	pthread_mutex_lock(&x.lock);
	bool room = x.waiting.len + spans->len <= x.waiting.ceiling;
	if (room) {
		buf_put(&x.waiting, spans->data, spans->len);
		x.n_waiting += n;
		if (x.waiting.len > x.waiting.ceiling / 2) /* a burst: do not wait for the second */
			pthread_cond_signal(&x.wake);
	}
	pthread_mutex_unlock(&x.lock);
	if (!room)
		metric_add(METRIC_TRACE_SPANS, "dropped_full", NULL, (double)n);
}

static size_t
ignore(char *p, size_t size, size_t n, void *arg)
{
	(void)p, (void)arg;
	return size * n;
}

/* While stopping nothing may take longer than what is left. */
static int
should_abort(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg, (void)a, (void)b, (void)c, (void)d;
	int64_t give_up = atomic_load(&x.give_up_ms);
	return give_up != 0 && clock_steady_ms() > give_up;
}

static bool
post(CURL *c, const struct buf *body)
{
	long status = 0;
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	if (curl_easy_perform(c) != CURLE_OK)
		return false;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static void
send_batch(CURL *c, const struct buf *spans, int64_t n)
{
	OWNED(buf_free) struct buf body = buf_init(2 * WAITING_MAX);
	otlp_write_request(&body, x.service, spans->data, spans->len);
	bool sent = false;
	for (int i = 0; i < SEND_TRIES && !sent; i++) {
		sent = post(c, &body);
		if (!sent && should_abort(NULL, 0, 0, 0, 0))
			break;
		if (!sent && i + 1 < SEND_TRIES)
			clock_sleep_ms(50 << i);
	}
	metric_add(METRIC_TRACE_SPANS, sent ? "sent" : "dropped_away", NULL, (double)n);
}

static CURL *
client(struct curl_slist *headers)
{
	CURL *c = curl_easy_init();
	if (!c)
		BUG("no memory for a client");
	curl_easy_setopt(c, CURLOPT_URL, x.endpoint);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)SEND_MS);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, 1000L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, should_abort);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	return c;
}

/* What waits, once a second or when there is much. False: stopping, and nothing is left. */
static bool
take(struct buf *ret, int64_t *n)
{
	int64_t until = clock_steady_ms() + BATCH_MS;
	pthread_mutex_lock(&x.lock);
	while (!x.stopping && x.waiting.len <= x.waiting.ceiling / 2 &&
	       clock_cond_wait(&x.wake, &x.lock, until))
		;
	*ret = x.waiting;
	*n = x.n_waiting;
	x.waiting = buf_init(WAITING_MAX);
	x.n_waiting = 0;
	bool go_on = !x.stopping || ret->len > 0;
	pthread_mutex_unlock(&x.lock);
	return go_on;
}

static void *export(void *arg)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-protobuf");
	CURL *c = client(headers);
	for (;;) {
		OWNED(buf_free) struct buf spans;
		int64_t n;
		if (!take(&spans, &n))
			break;
		if (spans.len > 0)
			send_batch(c, &spans, n);
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	return arg;
}

/* "SUBJECT=PERCENT, ..." */
static enum err
take_rules(const char *text, struct why *why)
{
	x.n_rules = 0;
	for (const char *p = text ? text : ""; *(p += strspn(p, " ,"));) {
		size_t n = strcspn(p, ",");
		const char *equals = memrchr(p, '=', n);
		struct rule *rule = &x.rules[x.n_rules];
		int used = 0;
		if (x.n_rules == RULES_MAX)
			return fail(why, ERR_INVALID, "trace-rules: at most %d", RULES_MAX);
		if (!equals || equals == p || (size_t)(equals - p) >= sizeof rule->subject ||
		    sscanf(equals + 1, "%3d%n", &rule->percent, &used) != 1 ||
		    equals + 1 + used + strspn(equals + 1 + used, " ") != p + n || rule->percent < 0 ||
		    rule->percent > 100)
			return fail(why, ERR_INVALID, "trace-rules: \"%.*s\" is not NAME=PERCENT",
			            n < 80 ? (int)n : 80, p);
		snprintf(rule->subject, sizeof rule->subject, "%.*s", (int)(equals - p), p);
		x.n_rules++;
		p += n;
	}
	return ERR_NONE;
}

enum err
trace_start(const struct trace_options *o, struct why *why)
{
	if (!o->endpoint[0])
		return ERR_NONE;
	if (strlen(o->endpoint) >= sizeof x.endpoint ||
	    (strncmp(o->endpoint, "http://", 7) != 0 && strncmp(o->endpoint, "https://", 8) != 0))
		return fail(why, ERR_INVALID, "trace-endpoint is not http://HOST:PORT/v1/traces");
	if (trace_runs())
		BUG("two exporters in one process");
	TRY(take_rules(o->rules, why));
	curl_global_init(CURL_GLOBAL_ALL);
	snprintf(x.endpoint, sizeof x.endpoint, "%s", o->endpoint);
	snprintf(x.service, sizeof x.service, "%s", o->service);
	x.sample_percent = o->sample_percent;
	atomic_store(&x.give_up_ms, 0);
	x.stopping = false;
	x.waiting = buf_init(WAITING_MAX);
	x.n_waiting = 0;
	clock_cond_init(&x.wake);
	if (pthread_create(&x.thread, NULL, export, NULL) != 0)
		return fail(why, ERR_BROKEN, "the thread that exports traces did not start");
	atomic_store_explicit(&x.running, true, memory_order_release);
	return ERR_NONE;
}

void
trace_stop(void)
{
	if (!trace_runs())
		return;
	atomic_store(&x.running, false);
	atomic_store(&x.give_up_ms, clock_steady_ms() + STOP_MS);
	pthread_mutex_lock(&x.lock);
	x.stopping = true;
	pthread_cond_signal(&x.wake);
	pthread_mutex_unlock(&x.lock);
	pthread_join(x.thread, NULL);
	pthread_cond_destroy(&x.wake);
	buf_free(&x.waiting);
}
