#include "buf.h"
#include "own.h"
#include "trace.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

/* ---- contexts ---- */

static const char good[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void
a_context_goes_in_and_out_unchanged(void **state)
{
	(void)state;
	struct trace_context c;
	char text[TRACEPARENT_LEN];
	assert_true(trace_parse(good, &c));
	assert_true(c.sampled);
	trace_text(&c, text);
	assert_string_equal(text, good);
	/* a later version may say more after what we know */
	assert_true(trace_parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more", &c));
	assert_false(c.sampled);
}

static void
what_is_no_context_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    NULL,
	    "",
	    "00",
	    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
	    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
	    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
	    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
	    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
	    "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
	    "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct trace_context c;
		assert_false(trace_parse(bad[i], &c));
	}
}

static void
processes_agree_on_the_trace_of_a_job(void **state)
{
	(void)state;
	struct uuid job;
	char text[TRACEPARENT_LEN];
	assert_true(uuid_parse("0193a4c5-6f70-7abc-8def-0123456789ab", &job));
	struct trace_context c = trace_of_job(job);
	trace_text(&c, text);
	assert_string_equal(text, "00-0193a4c56f707abc8def0123456789ab-8def0123456789ab-00");
}

/* ---- the exporter, against a collector of our own ---- */

struct collector {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	struct buf got; /* bodies, one after the other */
	int requests, fail_first;
	char endpoint[64];
};

static enum MHD_Result
on_post(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
        const char *upload, size_t *size, void **con)
{
	static int begun;
	struct collector *k = cls;
	(void)version;
	if (!*con) {
		*con = &begun;
		return MHD_YES;
	}
	pthread_mutex_lock(&k->lock);
	if (*size) {
		if (k->requests >= k->fail_first)
			buf_put(&k->got, upload, *size);
		*size = 0;
		pthread_mutex_unlock(&k->lock);
		return MHD_YES;
	}
	bool fine =
	    k->requests++ >= k->fail_first && strcmp(url, "/v1/traces") == 0 && strcmp(method, "POST") == 0;
	pthread_mutex_unlock(&k->lock);
	struct MHD_Response *r = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result q = MHD_queue_response(c, fine ? 200 : 503, r);
	MHD_destroy_response(r);
	return q;
}

static void
collector_start(struct collector *k, int fail_first)
{
	*k = (struct collector){.got = buf_init(8 * MIB), .fail_first = fail_first};
	pthread_mutex_init(&k->lock, NULL);
	k->daemon =
	    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_post, k, MHD_OPTION_END);
	assert_non_null(k->daemon);
	snprintf(k->endpoint, sizeof k->endpoint, "http://127.0.0.1:%d/v1/traces",
	         MHD_get_daemon_info(k->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

static void
collector_stop(struct collector *k)
{
	MHD_stop_daemon(k->daemon);
	pthread_mutex_destroy(&k->lock);
	buf_free(&k->got);
}

static bool
holds(const struct buf *b, const void *p, size_t n)
{
	return b->len > 0 && memmem(b->data, b->len, p, n) != NULL;
}

static bool
says(const struct buf *b, const char *text)
{
	return holds(b, text, strlen(text));
}

static void
start(const char *endpoint, int percent)
{
	struct why why;
	const struct trace_options o = {
	    .endpoint = endpoint, .service = "docket-test", .sample_percent = percent};
	assert_int_equal(trace_start(&o, &why), ERR_NONE);
}

static void
spans_of_a_job_reach_the_collector_in_one_trace(void **state)
{
	(void)state;
	struct collector k;
	struct trace_context parent;
	collector_start(&k, 1); /* the first try fails: it is sent again */
	start(k.endpoint, 0);
	assert_true(trace_parse(good, &parent));
	struct spans *s = spans_open("worker", &parent, "job", SPAN_CONSUMER);
	assert_memory_equal(spans_context(s)->trace_id, parent.trace_id, 16);
	assert_memory_not_equal(spans_context(s)->span_id, parent.span_id, 8);
	spans_set(s, F_STR("docket.job_id", "job-7"));
	int64_t now = trace_now_us();
	spans_add(s, "parse page", now - 5000, now, ERR_CORRUPT_FILE, F_INT("page", 3));
	spans_close(&s, ERR_NONE, false);
	assert_null(s);
	trace_stop(); /* sends what waits */

	assert_int_equal(k.requests, 2);
	assert_true(says(&k.got, "docket-test"));
	assert_true(says(&k.got, "job-7"));
	assert_true(says(&k.got, "parse page"));
	assert_true(says(&k.got, "corrupt_file"));
	assert_true(holds(&k.got, parent.trace_id, 16));
	assert_true(holds(&k.got, parent.span_id, 8));
	collector_stop(&k);
}

static void
the_head_decides_and_the_tail_may_overrule_it(void **state)
{
	(void)state;
	struct collector k;
	collector_start(&k, 0);
	start(k.endpoint, 0);
	struct spans *plain = spans_open("api", NULL, "unsampled", SPAN_SERVER);
	struct spans *failed = spans_open("api", NULL, "kept", SPAN_SERVER);
	spans_close(&plain, ERR_NONE, false);
	spans_close(&failed, ERR_BROKEN, true);
	trace_stop();
	assert_false(says(&k.got, "unsampled"));
	assert_true(says(&k.got, "kept"));
	collector_stop(&k);
}

static void
a_class_beats_a_name_and_a_name_the_rate(void **state)
{
	(void)state;
	struct why why;
	struct trace_options o = {.endpoint = "http://127.0.0.1:1/v1/traces",
	                          .service = "docket-test",
	                          .sample_percent = 100,
	                          .rules = "GET /jobs/{id}=0, class:admin=100 ,POST /upload=0"};
	assert_int_equal(trace_start(&o, &why), ERR_NONE);
	for (int i = 0; i < 50; i++) {
		assert_true(trace_samples("GET /session", NULL));
		assert_false(trace_samples("GET /jobs/{id}", "user"));
		assert_true(trace_samples("GET /jobs/{id}", "admin"));
		assert_false(trace_samples("POST /upload", NULL));
	}
	trace_stop();
	static const char *const wrong[] = {"x", "=5", "x=", "x=101", "x=-1", "x=5y", "x=5, y"};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		o.rules = wrong[i];
		assert_int_equal(trace_start(&o, &why), ERR_INVALID);
	}
}

static void
a_part_takes_the_place_others_named_and_links_elsewhere(void **state)
{
	(void)state;
	struct collector k;
	struct trace_context self = {.trace_id = {1, 2, 3}, .span_id = {7, 7, 7, 8}, .sampled = true};
	struct trace_context other = {.trace_id = {9, 8, 7, 6, 5}, .span_id = {4, 4, 4, 1}};
	collector_start(&k, 0);
	start(k.endpoint, 0);
	struct spans *s = spans_open("api", NULL, "POST /upload", SPAN_SERVER);
	spans_adopt(s, &self);
	spans_link(s, &other);
	spans_close(&s, ERR_NONE, false);
	trace_stop();
	assert_true(holds(&k.got, self.trace_id, 16));
	assert_true(holds(&k.got, self.span_id, 8));
	assert_true(holds(&k.got, other.trace_id, 16));
	collector_stop(&k);
}

static void
a_collector_that_is_away_costs_nothing_but_the_spans(void **state)
{
	(void)state;
	/* A listener that never answers: the first batch hangs while the queue fills up. */
	OWNED(fd_close) int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	char endpoint[64];
	assert_int_equal(bind(deaf, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(deaf, 8), 0);
	assert_int_equal(getsockname(deaf, (struct sockaddr *)&at, &len), 0);
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d/v1/traces", ntohs(at.sin_port));
	start(endpoint, 100);
	for (int i = 0; i < 50000; i++) { /* more than the queue holds */
		struct spans *s = spans_open("api", NULL, "GET /jobs/{id}", SPAN_SERVER);
		spans_close(&s, ERR_NONE, false);
	}
	trace_stop();
	OWNED(buf_free) struct buf metrics = buf_init(8 * MIB);
	metrics_write(&metrics, METRICS_PROMETHEUS);
	assert_true(says(&metrics, "docket_trace_spans_total{outcome=\"dropped_away\"} "));
	assert_true(says(&metrics, "docket_trace_spans_total{outcome=\"dropped_full\"} "));
}

static void
without_an_endpoint_contexts_still_travel(void **state)
{
	(void)state;
	start("", 100);
	struct spans *s = spans_open("api", NULL, "x", SPAN_SERVER);
	char text[TRACEPARENT_LEN];
	struct trace_context back;
	trace_text(spans_context(s), text);
	assert_true(trace_parse(text, &back));
	assert_false(back.sampled);
	spans_add(s, "step", 1, 2, ERR_NONE);
	spans_close(&s, ERR_NONE, true);
	struct why why;
	assert_int_equal(trace_start(&(struct trace_options){.endpoint = "ftp://x", .service = "s"}, &why),
	                 ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_context_goes_in_and_out_unchanged),
	    cmocka_unit_test(what_is_no_context_is_refused),
	    cmocka_unit_test(processes_agree_on_the_trace_of_a_job),
	    cmocka_unit_test(spans_of_a_job_reach_the_collector_in_one_trace),
	    cmocka_unit_test(the_head_decides_and_the_tail_may_overrule_it),
	    cmocka_unit_test(a_class_beats_a_name_and_a_name_the_rate),
	    cmocka_unit_test(a_part_takes_the_place_others_named_and_links_elsewhere),
	    cmocka_unit_test(a_collector_that_is_away_costs_nothing_but_the_spans),
	    cmocka_unit_test(without_an_endpoint_contexts_still_travel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
