/* The client of `docket inference`: keeps connections open, one a thread that asks at the same time.
 *
 * Of several processes each question goes to the next in turn; one that does not answer is left alone for a
 * while, and the question goes to another. Asking twice does no harm: an answer changes nothing anywhere. */
#include "buf.h"
#include "clock.h"
#include "document.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "sealed_line.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#define MAX_IDLE   16
#define MAX_ANSWER (8 * MIB) /* sealed or not */
#define MAX_PLACES 16
#define CONNECT_MS 1000L
#define REST_MS    5000

struct place {
	char url[400];
	char unix_path[300];            /* "" for TCP */
	_Atomic int64_t rests_until_ms; /* steady clock: it did not answer */
};

struct inference_client {
	struct place places[MAX_PLACES];
	size_t n_places;
	_Atomic size_t turn;
	int64_t timeout_ms;
	const struct line_key *key; /* &held, or NULL: plain */
	struct line_key held;
	pthread_mutex_t lock;
	CURL *idle[MAX_IDLE];
	size_t n_idle;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
curl_begin(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		BUG("libcurl does not start");
}

static enum err
add_place(struct inference_client *c, const char *address, size_t n, struct why *why)
{
	struct place *p = &c->places[c->n_places];
	if (c->n_places == MAX_PLACES)
		return fail(why, ERR_INVALID, "inference is at %d places at most", MAX_PLACES);
	if (n > 5 && strncmp(address, "unix:", 5) == 0 && n - 5 < sizeof p->unix_path) {
		snprintf(p->unix_path, sizeof p->unix_path, "%.*s", (int)n - 5, address + 5);
		snprintf(p->url, sizeof p->url, "http://inference/v1/infer");
	} else if (n > 4 && strncmp(address, "tcp:", 4) == 0 && n < sizeof p->url - 32) {
		char host_port[sizeof p->url];
		snprintf(host_port, sizeof host_port, "%.*s", (int)n - 4, address + 4);
		TRY(line_may_be(host_port, c->key, why));
		snprintf(p->url, sizeof p->url, "http://%.360s/v1/infer", host_port);
	} else {
		return fail(why, ERR_INVALID, "inference is at unix:PATH or tcp:HOST:PORT, not %.*s",
		            n < 100 ? (int)n : 100, address);
	}
	c->n_places++;
	return ERR_NONE;
}

enum err
inference_client_open(const char *addresses, const char *key_file, int64_t timeout_ms,
                      struct inference_client **ret, struct why *why)
{
	pthread_once(&once, curl_begin);
	OWNED(mem_free) struct inference_client *c = calloc(1, sizeof *c);
	if (!c)
		return fail(why, ERR_BROKEN, "no memory for a client");
	if (key_file && *key_file) {
		TRY(line_key_read(key_file, &c->held, why));
		c->key = &c->held;
	}
	for (const char *a = addresses;; a++) {
		size_t n = strcspn(a, ",");
		TRY(add_place(c, a, n, why));
		a += n;
		if (!*a)
			break;
	}
	c->timeout_ms = timeout_ms;
	pthread_mutex_init(&c->lock, NULL);
	*ret = TAKE(c);
	return ERR_NONE;
}

void
inference_client_close(struct inference_client **c)
{
	if (!*c)
		return;
	for (size_t i = 0; i < (*c)->n_idle; i++)
		curl_easy_cleanup((*c)->idle[i]);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static CURL *
borrow(struct inference_client *c)
{
	CURL *h = NULL;
	pthread_mutex_lock(&c->lock);
	if (c->n_idle)
		h = c->idle[--c->n_idle];
	pthread_mutex_unlock(&c->lock);
	return h ? h : curl_easy_init();
}

static void
give_back(struct inference_client *c, CURL *h)
{
	pthread_mutex_lock(&c->lock);
	if (c->n_idle < MAX_IDLE) {
		c->idle[c->n_idle++] = h;
		h = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	if (h)
		curl_easy_cleanup(h);
}

static size_t
on_data(char *data, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;
	buf_put(b, data, size * n);
	return b->full ? 0 : size * n;
}

static void
slist_free(struct curl_slist **l)
{
	curl_slist_free_all(*l);
	*l = NULL;
}

static void
add_header(struct curl_slist **l, const char *name, const char *value)
{
	char line[200];
	if (value)
		snprintf(line, sizeof line, "%s: %.120s", name, value);
	else
		snprintf(line, sizeof line, "%s:", name); /* libcurl: leave this header out */
	struct curl_slist *n = curl_slist_append(*l, line);
	if (n)
		*l = n;
}

static CURLcode
perform(const struct place *p, CURL *h, const struct buf *body, struct curl_slist *headers, int64_t within_ms,
        struct buf *answer)
{
	curl_easy_reset(h); /* options only: the connection stays open */
	curl_easy_setopt(h, CURLOPT_URL, p->url);
	if (p->unix_path[0])
		curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, p->unix_path);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, within_ms < CONNECT_MS ? (long)within_ms : CONNECT_MS);
	curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)within_ms);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, answer);
	return curl_easy_perform(h);
}

static enum err
read_answer(long status, const struct buf *answer, json_t **ret, struct why *why)
{
	OWNED(json_release) json_t *j = NULL;
	enum err e = json_parse(answer->data ? answer->data : "", answer->len, &j, why);
	if (e != ERR_NONE)
		return fail(why, ERR_MODEL_UNAVAILABLE, "inference answered %ld and no JSON", status);
	if (status == 200) {
		const char *schema = json_get_str(j, "schema");
		if (!schema || strcmp(schema, INFERENCE_OUTPUT_SCHEMA) != 0)
			return fail(why, ERR_SCHEMA, "inference answers in %.60s, expected %s",
			            schema ? schema : "no schema", INFERENCE_OUTPUT_SCHEMA);
		*ret = TAKE(j);
		return ERR_NONE;
	}
	const char *code = json_get_str(j, "code"), *detail = json_get_str(j, "detail");
	if (!code || !err_from_code(code, &e) || e == ERR_NONE)
		e = ERR_MODEL_UNAVAILABLE;
	return fail(why, e, "inference: %.200s", detail ? detail : "");
}

/* What came back, opened: a place that holds another key, or none, is one that does not answer. */
static enum err
open_answer(const struct inference_client *c, const struct place *p, const struct buf *body, long status,
            const struct buf *answer, json_t **ret, struct why *why)
{
	if (!c->key)
		return read_answer(status, answer, ret, why);
	OWNED(buf_free) struct buf plain = buf_init(MAX_ANSWER);
	struct line_way way = line_answer_to(body->data, (unsigned)status);
	if (!line_open(c->key, &way, answer->data, answer->len, &plain))
		return fail(why, ERR_MODEL_UNAVAILABLE,
		            "who answers at %.200s does not hold the key of inference.key_file", p->url);
	return read_answer(status, &plain, ret, why);
}

static enum err
ask_at(struct inference_client *c, const struct place *p, const struct buf *body, struct curl_slist *headers,
       int64_t within_ms, json_t **ret, struct why *why)
{
	OWNED(buf_free) struct buf answer = buf_init(MAX_ANSWER);
	CURL *h = borrow(c);
	if (!h)
		return fail(why, ERR_BROKEN, "no handle for a request");
	CURLcode rc = perform(p, h, body, headers, within_ms, &answer);
	long status = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_OK)
		give_back(c, h);
	else
		curl_easy_cleanup(h);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return fail(why, ERR_DEADLINE, "inference did not answer within %lld ms",
		            (long long)within_ms);
	if (rc == CURLE_WRITE_ERROR && answer.full)
		return fail(why, ERR_TOO_BIG, "the answer is larger than %zu bytes", MAX_ANSWER);
	if (rc != CURLE_OK)
		return fail(why, ERR_MODEL_UNAVAILABLE, "inference: %s", curl_easy_strerror(rc));
	return open_answer(c, p, body, status, &answer, ret, why);
}

/* One after another from the next in turn: who was silent lately comes last. While there is another to ask,
 * none is given more than half of the time that is left. */
static enum err
ask_around(struct inference_client *c, const struct buf *body, struct curl_slist *headers, json_t **ret,
           struct why *why)
{
	enum err e = ERR_MODEL_UNAVAILABLE;
	const size_t places = c->n_places, turn = atomic_fetch_add(&c->turn, 1);
	const int64_t deadline = clock_steady_ms() + c->timeout_ms;
	size_t left = places;
	bool asked[MAX_PLACES] = {false};
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < places; i++) {
			size_t n = (turn + i) % places;
			struct place *p = &c->places[n];
			bool rests = round == 0 && clock_steady_ms() < atomic_load(&p->rests_until_ms);
			if (asked[n] || rests)
				continue;
			int64_t within_ms = deadline - clock_steady_ms();
			if (within_ms <= 0)
				return fail(why, ERR_DEADLINE, "inference did not answer within %lld ms",
				            (long long)c->timeout_ms);
			asked[n] = true;
			within_ms = --left > 0 ? (within_ms + 1) / 2 : within_ms;
			e = ask_at(c, p, body, headers, within_ms, ret, why);
			bool silent = e == ERR_MODEL_UNAVAILABLE || e == ERR_DEADLINE;
			atomic_store(&p->rests_until_ms, silent ? clock_steady_ms() + REST_MS : 0);
			if (!silent)
				return e;
		}
	}
	return e;
}

enum err
inference_ask(struct inference_client *c, const char *json, size_t n, const char *memory,
              const struct inference_ids *ids, json_t **ret, struct why *why)
{
	static const struct inference_ids nobody;
	OWNED(buf_free) struct buf body = buf_init(DOCUMENT_MAX_JSON + MEMORY_MAX_JSON + KIB);
	OWNED(slist_free) struct curl_slist *headers = NULL;
	if (n > DOCUMENT_MAX_JSON)
		return fail(why, ERR_TOO_BIG, "the parsed document has %zu bytes, at most %zu fit", n,
		            DOCUMENT_MAX_JSON);
	buf_puts(&body, "{\"schema\":\"" DOCUMENT_SCHEMA "\",\"document\":");
	buf_put(&body, json, n);
	if (memory && strlen(memory) <= MEMORY_MAX_JSON) {
		buf_puts(&body, ",\"memory\":");
		buf_puts(&body, memory);
	}
	buf_putc(&body, '}');
	if (c->key) {
		struct buf plain = body;
		body = buf_init(plain.ceiling + LINE_OVERHEAD);
		line_seal(c->key, &(struct line_way){{0}, {0}}, plain.data, plain.len, &body);
		buf_free(&plain);
	}
	add_header(&headers, "Content-Type", c->key ? LINE_TYPE : "application/json");
	add_header(&headers, "Expect", NULL);
	ids = ids ? ids : &nobody;
	if (ids->request_id)
		add_header(&headers, "X-Request-Id", ids->request_id);
	if (ids->job_id)
		add_header(&headers, "X-Job-Id", ids->job_id);
	if (ids->traceparent)
		add_header(&headers, "traceparent", ids->traceparent);
	return ask_around(c, &body, headers, ret, why);
}
