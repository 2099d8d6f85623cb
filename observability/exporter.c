#include "exporter.h"

#include "clock.h"
#include "otlp.h"
#include "own.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#define WAITING_MAX (2 * MIB) /* of encoded spans: some ten thousand */
#define BATCH_MS    1000
#define SEND_MS     5000 /* one request */
#define SEND_TRIES  3
#define STOP_MS     2000

static struct {
	_Atomic bool running;
	_Atomic int32_t sample_percent;
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
exporter_runs(void)
{
	return atomic_load_explicit(&x.running, memory_order_acquire);
}

bool
exporter_samples(uint64_t luck)
{
	return exporter_runs() && (int32_t)(luck % 100) < atomic_load(&x.sample_percent);
}

void
exporter_put(const struct buf *spans, int64_t n)
{
	if (!exporter_runs())
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
	struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	pthread_mutex_lock(&x.lock);
	while (!x.stopping && x.waiting.len <= x.waiting.ceiling / 2 &&
	       pthread_cond_timedwait(&x.wake, &x.lock, &ts) != ETIMEDOUT)
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

enum err
trace_start(const struct trace_options *o, struct why *why)
{
	if (!o->endpoint[0])
		return ERR_NONE;
	if (strlen(o->endpoint) >= sizeof x.endpoint ||
	    (strncmp(o->endpoint, "http://", 7) != 0 && strncmp(o->endpoint, "https://", 8) != 0))
		return fail(why, ERR_INVALID, "trace-endpoint is not http://HOST:PORT/v1/traces");
	if (exporter_runs())
		BUG("two exporters in one process");
	curl_global_init(CURL_GLOBAL_ALL);
	snprintf(x.endpoint, sizeof x.endpoint, "%s", o->endpoint);
	snprintf(x.service, sizeof x.service, "%s", o->service);
	atomic_store(&x.sample_percent, o->sample_percent);
	atomic_store(&x.give_up_ms, 0);
	x.stopping = false;
	x.waiting = buf_init(WAITING_MAX);
	x.n_waiting = 0;
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&x.wake, &steady);
	pthread_condattr_destroy(&steady);
	if (pthread_create(&x.thread, NULL, export, NULL) != 0)
		return fail(why, ERR_BROKEN, "the thread that exports traces did not start");
	atomic_store_explicit(&x.running, true, memory_order_release);
	return ERR_NONE;
}

void
trace_stop(void)
{
	if (!exporter_runs())
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
