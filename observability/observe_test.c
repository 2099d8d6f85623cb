#include "clock.h"
#include "events.h"
#include "fdio.h"
#include "json_own.h"
#include "observe.h"
#include "own.h"
#include "trace.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

/* ---- events ---- */

/* What was logged since `fd` was made, as JSON values, one a line. */
static json_t *
lines_of(int fd)
{
	OWNED(mem_free) char *text = NULL;
	size_t len;
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_file(fd, MIB, &text, &len, NULL), ERR_NONE);
	json_t *lines = json_array();
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		json_t *j = NULL;
		struct why why;
		if (json_parse(line, (size_t)(end - line), &j, &why) != ERR_NONE)
			fail_msg("not JSON: %s: %.*s", why.text, (int)(end - line), line);
		json_array_append_new(lines, j);
	}
	return lines;
}

static int
log_to_memory(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	assert_true(fd >= 0);
	log_set_fd(fd);
	return fd;
}

static void
an_event_carries_its_context_and_its_own_fields(void **state)
{
	(void)state;
	OWNED(fd_close) int fd = log_to_memory();
	OWNED(log_close) struct log *root = log_root("worker");
	OWNED(log_close)
	struct log *job =
	    log_child(root, F_STR("request_id", "r-1"), F_STR("job_id", "j-1"), F_STR("trace_id", NULL));
	log_event(job, LOG_INFO, "job.done", F_INT("ms", 17), F_NUM("share", 0.5), F_BOOL("ok", true));
	log_event(root, LOG_INFO, "process.stopped");

	OWNED(json_release) json_t *lines = lines_of(fd);
	assert_int_equal(json_array_size(lines), 2);
	json_t *first = json_array_get(lines, 0);
	assert_string_equal(json_get_str(first, "event"), "job.done");
	assert_string_equal(json_get_str(first, "contour"), "worker");
	assert_string_equal(json_get_str(first, "level"), "info");
	assert_string_equal(json_get_str(first, "request_id"), "r-1");
	assert_string_equal(json_get_str(first, "job_id"), "j-1");
	assert_null(json_object_get(first, "trace_id"));
	assert_int_equal(json_get_int(first, "ms", 0), 17);
	assert_true(json_is_true(json_object_get(first, "ok")));
	assert_int_equal(strlen(json_get_str(first, "time")), CLOCK_TEXT_LEN - 1);
	assert_null(json_object_get(json_array_get(lines, 1), "job_id"));
}

static void
a_child_replaces_a_field_and_outlives_its_parent(void **state)
{
	(void)state;
	OWNED(fd_close) int fd = log_to_memory();
	struct log *root = log_root("api");
	struct log *parent = log_child(root, F_STR("job_id", "old"), F_STR("user_id", "u"));
	OWNED(log_close) struct log *child = log_child(parent, F_STR("job_id", "new"));
	log_close(&parent);
	log_close(&root);
	log_event(child, LOG_WARN, "http.failed", F_STR("user_id", "v"));

	OWNED(json_release) json_t *lines = lines_of(fd); /* a duplicate key would not parse */
	json_t *line = json_array_get(lines, 0);
	assert_string_equal(json_get_str(line, "job_id"), "new");
	assert_string_equal(json_get_str(line, "user_id"), "v");
}

static void
hostile_text_stays_one_line_of_json(void **state)
{
	(void)state;
	OWNED(fd_close) int fd = log_to_memory();
	OWNED(log_close) struct log *root = log_root("api");
	char big[20000];
	memset(big, '\n', sizeof big);
	big[sizeof big - 1] = '\0';
	log_event(root, LOG_INFO, "http.failed", F_STR("why", "a\"b\\\n\x01\xff\xfe{"), F_STR("a", big),
	          F_STR("b", big), F_STR("c", big), F_STR("d", big), F_STR("e", big), F_INT("last", 1));

	OWNED(json_release) json_t *lines = lines_of(fd);
	assert_int_equal(json_array_size(lines), 1);
	assert_true(json_is_true(json_object_get(json_array_get(lines, 0), "cut")));
	assert_int_equal(json_get_int(json_array_get(lines, 0), "last", 0), 1);
	assert_true(lseek(fd, 0, SEEK_END) <= 4096); /* PIPE_BUF: lines of threads never mix */
}

static void
levels_below_the_set_one_are_dropped(void **state)
{
	(void)state;
	OWNED(fd_close) int fd = log_to_memory();
	OWNED(log_close) struct log *root = log_root("api");
	assert_false(log_set_level("loud"));
	assert_true(log_set_level("warn"));
	log_event(root, LOG_INFO, "http.request");
	log_event(root, LOG_WARN, "http.failed");
	log_event(NULL, LOG_ERROR, "http.failed"); /* tools have no log */
	assert_true(log_set_level("info"));
	OWNED(json_release) json_t *lines = lines_of(fd);
	assert_int_equal(json_array_size(lines), 1);
}

static void
a_flood_is_cut_and_what_was_left_out_is_said(void **state)
{
	(void)state;
	int32_t held_back, written = 0;
	int64_t now = 5000000000000; /* no second of any clock of now */
	for (int i = 0; i < 250; i++)
		written += event_passes("http.request", now + 10, &held_back);
	assert_int_equal(written, 100);
	assert_true(event_passes("http.request", now + 1000, &held_back));
	assert_int_equal(held_back, 150);
	assert_true(event_passes("http.request", now + 1001, &held_back));
	assert_int_equal(held_back, 0);
	for (int i = 0; i < 1000; i++)
		assert_true(event_passes("job.done", now, &held_back)); /* a story is told whole */
	static const char *const noisy[] = {
#define X(...)
#define NOISY(name, n) name,
#include "events.tbl.h"
#undef X
	};
	for (size_t i = 0; i < ARRAY_LEN(noisy); i++)
		assert_non_null(event_find(noisy[i]));
}

static void
under_systemd_a_line_says_how_grave_it_is(void **state)
{
	(void)state;
	OWNED(fd_close) int fd = memfd_create("journal", MFD_CLOEXEC);
	OWNED(log_close) struct log *root = log_root("api");
	OWNED(mem_free) char *text = NULL;
	struct stat st;
	char stream[64];
	size_t len;
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_set_fd(fd);
	unsetenv("JOURNAL_STREAM");
	log_event(root, LOG_ERROR, "process.failed");
	log_event(root, LOG_INFO, "process.stopped");
	OWNED(fd_close) int plain = log_to_memory();
	log_event(root, LOG_INFO, "process.stopped");

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_file(fd, MIB, &text, &len, NULL), ERR_NONE);
	assert_memory_equal(text, "<3>{", 4);
	assert_memory_equal(strchr(text, '\n') + 1, "<6>{", 4);
	OWNED(json_release) json_t *lines = lines_of(plain);
	assert_int_equal(json_array_size(lines), 1);
}

static void
a_log_that_nobody_reads_holds_nobody_up(void **state)
{
	(void)state;
	char sink[PIPE_BUF];
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	OWNED(fd_close) int in = ends[0], out = ends[1];
	OWNED(log_close) struct log *root = log_root("worker");
	log_set_fd(out);
	assert_int_equal(fcntl(out, F_SETPIPE_SZ, 4096), 4096);
	for (int i = 0; i < 100; i++)
		log_event(root, LOG_INFO, "job.done", F_INT("ms", i)); /* comes back */
	ssize_t held = read(in, sink, sizeof sink);
	assert_true(held > 0 && sink[held - 1] == '\n'); /* whole lines */
	log_event(root, LOG_INFO, "process.stopped");
	assert_true(read(in, sink, sizeof sink) > 0);
	assert_non_null(memmem(sink, sizeof sink, "process.stopped", strlen("process.stopped")));
	log_set_fd(STDERR_FILENO);
}

static void
the_table_of_events_has_no_twins_and_explains_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_events; i++) {
		assert_ptr_equal(event_find(events[i].name), &events[i]);
		assert_true(strlen(events[i].meaning) > 0);
		if (events[i].level == LOG_ERROR)
			assert_true(strlen(events[i].advice) > 0);
	}
	assert_null(event_find("no.such"));
}

/* ---- metrics ---- */

static char *
metrics_now(void)
{
	struct buf b = buf_init(8 * MIB);
	metrics_write(&b, METRICS_PROMETHEUS);
	assert_false(b.full);
	return buf_take(&b, NULL);
}

static void
assert_has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("not in the metrics: %s\n%s", line, text);
}

static void
counters_gauges_and_histograms_print_as_prometheus_reads_them(void **state)
{
	(void)state;
	metric_add(METRIC_HTTP_REQUESTS, "/jobs/{id}", "200", 1);
	metric_add(METRIC_HTTP_REQUESTS, "/jobs/{id}", "200", 2);
	metric_add(METRIC_HTTP_REQUESTS, "a\"b\\\n", "404", 1);
	metric_set(METRIC_QUEUE_DEPTH, "queued", NULL, 7);
	metric_set(METRIC_QUEUE_DEPTH, "queued", NULL, 5);
	metric_observe(METRIC_JOB_SECONDS, NULL, NULL, 2.0);
	metric_observe(METRIC_JOB_SECONDS, NULL, NULL, 3.5);
	metric_observe(METRIC_JOB_SECONDS, NULL, NULL, 1e9);
	metric_observe(METRIC_JOB_SECONDS, NULL, NULL, -1);
	OWNED(mem_free) char *text = metrics_now();
	assert_has(text, "# TYPE docket_http_requests_total counter\n");
	assert_has(text, "docket_http_requests_total{route=\"/jobs/{id}\",status=\"200\"} 3\n");
	assert_has(text, "docket_http_requests_total{route=\"a\\\"b\\\\\\n\",status=\"404\"} 1\n");
	assert_has(text, "docket_queue_depth{state=\"queued\"} 5\n");
	assert_has(text, "docket_job_seconds_bucket{le=\"1\"} 1\n");
	assert_has(text, "docket_job_seconds_bucket{le=\"2\"} 2\n");
	assert_has(text, "docket_job_seconds_bucket{le=\"5\"} 3\n");
	assert_has(text, "docket_job_seconds_bucket{le=\"+Inf\"} 4\n");
	assert_has(text, "docket_job_seconds_count 4\n");
	assert_has(text, "docket_job_seconds_sum 1000000005.5\n");
	assert_has(text, "docket_process_resident_bytes ");
	assert_has(text, "docket_build_info{version=\"");

	OWNED(buf_free) struct buf json = buf_init(8 * MIB);
	struct why why;
	metrics_write_json(&json);
	OWNED(json_release) json_t *j = NULL;
	assert_int_equal(json_parse(json.data, json.len, &j, &why), ERR_NONE);
	const json_t *jobs = json_array_get(json_object_get(j, "docket_job_seconds"), 0);
	assert_int_equal(json_get_int(jobs, "count", 0), 4);
	assert_int_equal(json_array_size(json_object_get(jobs, "buckets")), 19);
	const json_t *odd = json_array_get(json_object_get(j, "docket_http_requests_total"), 1);
	assert_string_equal(json_get_str(json_object_get(odd, "labels"), "route"), "a\"b\\\n");
}

static void
openmetrics_names_families_and_gives_a_sampled_trace_as_exemplar(void **state)
{
	(void)state;
	struct trace_context c = {.trace_id = {0xab, 0xcd}, .span_id = {1}, .sampled = false};
	metric_observe_in(&c, METRIC_STAGE_SECONDS, "queued", NULL, 0.3);
	c.trace_id[0] = 0xee;
	c.sampled = true;
	metric_observe_in(&c, METRIC_STAGE_SECONDS, "queued", NULL, 0.7);
	metric_add(METRIC_UPLOAD_BYTES, NULL, NULL, 4);
	OWNED(buf_free) struct buf b = buf_init(8 * MIB);
	metrics_write(&b, METRICS_OPENMETRICS);
	assert_has(b.data, "# TYPE docket_upload_bytes counter\n");
	assert_has(b.data, "docket_upload_bytes_total 4\n");
	assert_has(b.data, "docket_stage_seconds_bucket{stage=\"queued\",le=\"0.5\"} 1\n");
	assert_has(b.data, "docket_stage_seconds_bucket{stage=\"queued\",le=\"1\"} 2 # "
	                   "{trace_id=\"eecd0000000000000000000000000000\"} 0.7 ");
	assert_string_equal(b.data + b.len - strlen("# EOF\n"), "# EOF\n");
}

static void
series_are_bounded_whatever_is_thrown_at_them(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * METRIC_SERIES_MAX; i++) {
		char path[32];
		snprintf(path, sizeof path, "/%d", i);
		metric_add(METRIC_HTTP_ERRORS, path, "not_found", 1);
	}
	OWNED(mem_free) char *text = metrics_now();
	int n = 0;
	for (char *at = text; (at = strstr(at, "\ndocket_http_errors_total{")); at++)
		n++;
	assert_true(n <= METRIC_SERIES_MAX + 1);
	char other[120];
	snprintf(other, sizeof other, "docket_http_errors_total{route=\"other\",code=\"other\"} %d\n",
	         3 * METRIC_SERIES_MAX - (n - 1));
	assert_has(text, other); /* and nothing got lost */
}

static void *
count_a_lot(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		metric_add(METRIC_PAGES, i % 2 ? "ocr" : "text_layer", NULL, 1);
		metric_observe(METRIC_STAGE_SECONDS, "parsing", NULL, 0.01);
	}
	return arg;
}

static void
threads_count_together_without_losing_any(void **state)
{
	(void)state;
	pthread_t threads[4];
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_a_lot, NULL), 0);
	for (int i = 0; i < 20; i++)
		free(metrics_now());
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	OWNED(mem_free) char *text = metrics_now();
	assert_has(text, "docket_pages_total{source=\"ocr\"} 40000\n");
	assert_has(text, "docket_pages_total{source=\"text_layer\"} 40000\n");
	assert_has(text, "docket_stage_seconds_count{stage=\"parsing\"} 80000\n");
}

static void
count_scrapes(void *arg)
{
	++*(int *)arg;
}

static void
hooks_run_before_each_scrape_until_taken_off(void **state)
{
	(void)state;
	int scrapes = 0;
	metric_on_scrape(count_scrapes, &scrapes);
	free(metrics_now());
	free(metrics_now());
	metric_off_scrape(count_scrapes, &scrapes);
	free(metrics_now());
	assert_int_equal(scrapes, 2);
}

/* ---- the admin port ---- */

static size_t
keep(char *p, size_t size, size_t n, void *arg)
{
	buf_put(arg, p, size * n);
	return size * n;
}

static long
ask(int port, const char *method, const char *path, struct buf *body)
{
	char url[100];
	long status = 0;
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
	CURL *c = curl_easy_init();
	buf_clear(body);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
	assert_int_equal(curl_easy_perform(c), CURLE_OK);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	return status;
}

static enum err
ready_when(void *arg, struct why *why)
{
	return *(bool *)arg ? ERR_NONE : (fail)(why, ERR_FULL, "the disk is full");
}

static enum err
tell_period(void *arg, const struct admin_query *q, struct buf *out, struct why *why)
{
	(void)arg;
	if (strcmp(q->by, "wrong") == 0)
		return (fail)(why, ERR_INVALID, "not so");
	buf_printf(out, "{\"from\":%lld,\"days\":%lld,\"by\":\"%s\"}", (long long)q->from_ms,
	           (long long)((q->to_ms - q->from_ms) / 86400000), q->by);
	return ERR_NONE;
}
static const struct admin_page test_pages[] = {{"/reports/period", tell_period}, {NULL, NULL}};

static void
the_admin_port_shows_metrics_health_and_readiness(void **state)
{
	(void)state;
	bool ready = false;
	struct why why;
	struct admin *admin = NULL;
	OWNED(buf_free) struct buf body = buf_init(MIB);
	assert_int_equal(admin_start("127.0.0.1:0", ready_when, test_pages, &ready, &admin, &why), ERR_NONE);
	int port = admin_port(admin);
	assert_int_equal(ask(port, "GET", "/metrics", &body), 200);
	assert_has(body.data, "docket_process_resident_bytes");
	assert_int_equal(ask(port, "GET", "/healthz", &body), 200);
	assert_int_equal(ask(port, "GET", "/readyz", &body), 503);
	assert_has(body.data, "\"code\":\"storage_full\"");
	assert_has(body.data, "the disk is full");
	ready = true;
	assert_int_equal(ask(port, "GET", "/readyz", &body), 200);
	assert_int_equal(ask(port, "GET", "/", &body), 404);
	assert_int_equal(ask(port, "POST", "/metrics", &body), 405);

	assert_int_equal(ask(port, "GET", "/reports/period?from=86400000&to=172800000&by=day", &body), 200);
	assert_has(body.data, "{\"from\":86400000,\"days\":1,\"by\":\"day\"}");
	assert_int_equal(ask(port, "GET", "/reports/period", &body), 200);
	assert_has(body.data, "\"days\":30,\"by\":\"\"");
	assert_int_equal(ask(port, "GET", "/reports/period?by=wrong", &body), 422);
	assert_int_equal(ask(port, "GET", "/reports/period?from=x", &body), 422);
	assert_int_equal(ask(port, "GET", "/reports/period?to=-1", &body), 422);
	assert_int_equal(ask(port, "POST", "/reports/period", &body), 405);

	char taken[40];
	struct admin *second = NULL;
	snprintf(taken, sizeof taken, "127.0.0.1:%d", port);
	assert_int_equal(admin_start(taken, NULL, NULL, NULL, &second, &why), ERR_BROKEN);
	assert_non_null(strstr(why.text, "in use"));
	assert_int_equal(admin_start("nonsense", NULL, NULL, NULL, &second, &why), ERR_INVALID);
	assert_null(second);
	admin_stop(&admin);
	assert_null(admin);
}

/* Storage may take its time to say whether it can commit. */
struct slow {
	int port;
	sem_t asked, may_say;
	bool was_let; /* by who asked something else meanwhile */
};

static enum err
ready_when_let(void *arg, struct why *why)
{
	struct slow *s = arg;
	struct timespec until;
	(void)why;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	sem_post(&s->asked);
	s->was_let = sem_timedwait(&s->may_say, &until) == 0;
	return ERR_NONE;
}

static void *
ask_whether_it_is_ready(void *arg)
{
	struct slow *s = arg;
	OWNED(buf_free) struct buf body = buf_init(MIB);
	(void)ask(s->port, "GET", "/readyz", &body);
	return NULL;
}

static void
who_asks_whether_it_lives_waits_for_nobody_who_asks_whether_it_is_ready(void **state)
{
	(void)state;
	struct slow slow = {.was_let = false};
	struct why why;
	struct admin *admin = NULL;
	pthread_t other;
	OWNED(buf_free) struct buf body = buf_init(MIB);
	assert_int_equal(sem_init(&slow.asked, 0, 0) | sem_init(&slow.may_say, 0, 0), 0);
	assert_int_equal(admin_start("127.0.0.1:0", ready_when_let, NULL, &slow, &admin, &why), ERR_NONE);
	slow.port = admin_port(admin);
	assert_int_equal(pthread_create(&other, NULL, ask_whether_it_is_ready, &slow), 0);
	sem_wait(&slow.asked);
	assert_int_equal(ask(slow.port, "GET", "/healthz", &body), 200);
	sem_post(&slow.may_say);
	pthread_join(other, NULL);
	assert_true(slow.was_let);
	admin_stop(&admin);
	sem_destroy(&slow.asked);
	sem_destroy(&slow.may_say);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_carries_its_context_and_its_own_fields),
	    cmocka_unit_test(a_child_replaces_a_field_and_outlives_its_parent),
	    cmocka_unit_test(hostile_text_stays_one_line_of_json),
	    cmocka_unit_test(levels_below_the_set_one_are_dropped),
	    cmocka_unit_test(a_flood_is_cut_and_what_was_left_out_is_said),
	    cmocka_unit_test(under_systemd_a_line_says_how_grave_it_is),
	    cmocka_unit_test(a_log_that_nobody_reads_holds_nobody_up),
	    cmocka_unit_test(the_table_of_events_has_no_twins_and_explains_each),
	    cmocka_unit_test(counters_gauges_and_histograms_print_as_prometheus_reads_them),
	    cmocka_unit_test(openmetrics_names_families_and_gives_a_sampled_trace_as_exemplar),
	    cmocka_unit_test(series_are_bounded_whatever_is_thrown_at_them),
	    cmocka_unit_test(threads_count_together_without_losing_any),
	    cmocka_unit_test(hooks_run_before_each_scrape_until_taken_off),
	    cmocka_unit_test(the_admin_port_shows_metrics_health_and_readiness),
	    cmocka_unit_test(who_asks_whether_it_lives_waits_for_nobody_who_asks_whether_it_is_ready),
	};
	curl_global_init(CURL_GLOBAL_ALL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
