/* What nobody sends by accident: every body gets a clear error or a bounded answer, and the next paper is
 * read. */
#include "buf.h"
#include "document.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "test_folder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD "{\"schema\":\"docket.document/1\",\"source\":\"ocr\",\"pages\":["
#define PAGE "{\"number\":1,\"width\":1000,\"height\":1400,\"words\":["

/* ---- the bodies ---- */

static void
repeat(struct buf *b, const char *s, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_puts(b, s);
}

static void
fifty_megabytes_of_one_unknown_key(struct buf *b)
{
	buf_puts(b, "{\"schema\":\"docket.document/1\",\"note\":\"");
	repeat(b, "0123456789abcdef", 50 * MIB / 16);
	buf_puts(b, "\",\"pages\":[]}");
}

static void
fifty_megabytes_of_one_word(struct buf *b)
{
	buf_puts(b, HEAD PAGE "{\"t\":\"");
	repeat(b, "0123456789abcdef", 50 * MIB / 16);
	buf_puts(b, "\",\"c\":1,\"b\":[0,0,1,1]}],\"lines\":[[0,1]]}]}");
}

static void
words(struct buf *b, size_t n, const char *word)
{
	buf_puts(b, HEAD PAGE);
	for (size_t i = 0; i < n; i++) {
		double x = (double)(i % 10) / 11, y = (double)(i / 10) / ((double)n / 10 + 1);
		buf_printf(b, "%s{\"t\":\"%s\",\"c\":1,\"b\":[%.4f,%.6f,%.4f,%.6f]}", i ? "," : "", word, x,
		           y, x + 0.08, y + 0.00001);
	}
	buf_puts(b, "],\"lines\":[");
	for (size_t i = 0; i < n; i += 10)
		buf_printf(b, "%s[%zu,%zu]", i ? "," : "", i, n - i < 10 ? n - i : 10);
	buf_puts(b, "]}]}");
}

static void
a_million_words(struct buf *b)
{
	words(b, 1000000, "x");
}

static void
all_words_that_are_taken(struct buf *b)
{
	words(b, DOCUMENT_MAX_WORDS, "12/12/2018");
}

/* Three deep, cash less change for every sum, would take minutes: no sum is ever cash less change. */
static void
sums(struct buf *b, size_t n, bool one_row)
{
	static const char *const labels[] = {"CASH", "CHANGE"};
	buf_puts(b, HEAD PAGE);
	for (size_t i = 0; i < n; i++) {
		size_t sum = 10000 + 3 * i + 1;
		double step = 1.0 / (double)n, at = (double)i * step;
		double x = one_row ? at : 0.1, w = one_row ? step / 5 : 0.3;
		double y = one_row ? 0.1 : at, h = one_row ? 0.01 : step / 2;
		buf_printf(b, "%s{\"t\":\"%s\",\"c\":1,\"b\":[%.7f,%.6f,%.7f,%.6f]},", i ? "," : "",
		           labels[i % 2], x, y, x + w, y + h);
		buf_printf(b, "{\"t\":\"%zu.%02zu\",\"c\":1,\"b\":[%.7f,%.6f,%.7f,%.6f]}", sum / 100,
		           sum % 100, x + w, y, x + 2 * w, y + h);
	}
	buf_puts(b, "],\"lines\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s[%zu,2]", i ? "," : "", 2 * i);
	buf_puts(b, "]}]}");
}

static void
three_thousand_sums_with_labels(struct buf *b)
{
	sums(b, 3000, false);
}

static void
three_thousand_sums_in_one_row(struct buf *b)
{
	sums(b, 3000, true);
}

static void
pages_without_words(struct buf *b)
{
	buf_puts(b, HEAD);
	for (int i = 1; i <= 5000; i++)
		buf_printf(b, "%s{\"number\":%d,\"width\":1,\"height\":1,\"words\":[],\"lines\":[]}",
		           i > 1 ? "," : "", i);
	buf_puts(b, "]}");
}

static void
too_many_pages(struct buf *b)
{
	buf_puts(b, HEAD);
	for (int i = 1; i <= DOCUMENT_MAX_PAGES + 1; i++)
		buf_printf(b, "%s{\"number\":%d,\"width\":1,\"height\":1,\"words\":[],\"lines\":[]}",
		           i > 1 ? "," : "", i);
	buf_puts(b, "]}");
}

static void
deep_lists(struct buf *b)
{
	buf_puts(b, HEAD);
	repeat(b, "[", 500000);
}

static void
deep_unknown_keys(struct buf *b)
{
	buf_puts(b, "{\"schema\":\"docket.document/1\",\"pages\":[],\"x\":");
	repeat(b, "{\"a\":", 100000);
	buf_puts(b, "1");
	repeat(b, "}", 100000);
	buf_puts(b, "}");
}

#define ONE_WORD(text, box) HEAD PAGE "{\"t\":" text ",\"c\":1,\"b\":" box "}],\"lines\":[[0,1]]}]}"

static void
a_box_of_nan(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"a\"", "[NaN,0,1,1]"));
}

static void
a_box_without_end(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"a\"", "[0,0,1e999,1]"));
}

static void
a_box_off_the_page(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"a\"", "[0,0,7,-3]"));
}

static void
a_box_of_words(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"a\"", "[\"0\",null,{},[]]"));
}

static void
a_lone_surrogate(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"\\ud800\"", "[0,0,1,1]"));
}

static void
surrogates_the_wrong_way_round(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"\\udc00\\ud800\"", "[0,0,1,1]"));
}

static void
bytes_that_are_no_utf8(struct buf *b)
{
	buf_puts(b, ONE_WORD("\"\xed\xa0\x80\"", "[0,0,1,1]"));
}

static void
lines_of_words_that_are_not_there(struct buf *b)
{
	buf_puts(b, HEAD PAGE "],\"lines\":[[0,4294967295],[4294967295,1]]}]}");
}

static void
a_number_of_a_hundred_thousand_digits(struct buf *b)
{
	buf_puts(b, HEAD "{\"number\":");
	repeat(b, "9", 100000);
	buf_puts(b, "}]}");
}

static const struct {
	const char *name;
	void (*write)(struct buf *b);
	enum err expected; /* ERR_NONE: a bounded answer */
} bodies[] = {
#define BODY(name, expected)          \
	{                             \
#name, name, expected \
	}
    BODY(fifty_megabytes_of_one_unknown_key, ERR_NONE),
    BODY(fifty_megabytes_of_one_word, ERR_BAD_DOCUMENT),
    BODY(a_million_words, ERR_TOO_BIG),
    BODY(all_words_that_are_taken, ERR_NONE),
    BODY(three_thousand_sums_with_labels, ERR_NONE),
    BODY(three_thousand_sums_in_one_row, ERR_NONE),
    BODY(pages_without_words, ERR_NONE),
    BODY(too_many_pages, ERR_TOO_BIG),
    BODY(deep_lists, ERR_BAD_DOCUMENT),
    BODY(deep_unknown_keys, ERR_BAD_DOCUMENT),
    BODY(a_box_of_nan, ERR_BAD_DOCUMENT),
    BODY(a_box_without_end, ERR_BAD_DOCUMENT),
    BODY(a_box_off_the_page, ERR_BAD_DOCUMENT),
    BODY(a_box_of_words, ERR_BAD_DOCUMENT),
    BODY(a_lone_surrogate, ERR_BAD_DOCUMENT),
    BODY(surrogates_the_wrong_way_round, ERR_BAD_DOCUMENT),
    BODY(bytes_that_are_no_utf8, ERR_BAD_DOCUMENT),
    BODY(lines_of_words_that_are_not_there, ERR_BAD_DOCUMENT),
    BODY(a_number_of_a_hundred_thousand_digits, ERR_BAD_DOCUMENT),
#undef BODY
};

static char models_path[4200];

static void
every_body_gets_its_answer(void **state)
{
	struct model *m = *state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		OWNED(buf_free) struct buf b = buf_init(128 * MIB);
		OWNED(json_release) json_t *answer = NULL;
		struct why why = {""};
		bodies[i].write(&b);
		assert_false(b.full);
		enum err e = model_predict(m, b.data, b.len, &answer, &why);
		if (e != bodies[i].expected)
			fail_msg("%s: %s (%s), expected %s", bodies[i].name, err_code(e), why.text,
			         err_code(bodies[i].expected));
		if (e != ERR_NONE && !why.text[0])
			fail_msg("%s: no word of why", bodies[i].name);
		if (e == ERR_NONE)
			assert_string_equal(json_get_str(answer, "schema"), INFERENCE_OUTPUT_SCHEMA);
	}
}

/* ---- the same over the wire ---- */

struct serving {
	struct inference_options o;
	pthread_t thread;
	int stop[2];
	char folder[TEST_FOLDER_LEN], address[128];
};

static void *
serve(void *arg)
{
	struct serving *s = arg;
	struct why why;
	return inference_serve(&s->o, &why) == ERR_NONE ? s : NULL;
}

static enum err
ask(struct inference_client *c, const struct buf *b, json_t **ret, struct why *why)
{
	for (int i = 0;; i++) { /* until the model is there */
		enum err e = inference_ask(c, b->data, b->len, NULL, NULL, ret, why);
		if (e != ERR_MODEL_UNAVAILABLE || i >= 600)
			return e;
		usleep(50000);
	}
}

static void
the_server_outlives_them_all(void **state)
{
	(void)state;
	struct serving s = {.address = ""};
	struct why why = {""};
	test_folder(s.folder);
	snprintf(s.address, sizeof s.address, "unix:%s/socket", s.folder);
	assert_int_equal(pipe(s.stop), 0);
	s.o = (struct inference_options){
	    .listen = s.address, .models = models_path, .pin = "", .stop_fd = s.stop[0]};
	assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
	OWNED(inference_client_close) struct inference_client *c = NULL;
	assert_int_equal(inference_client_open(s.address, NULL, 120000, &c, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		OWNED(buf_free) struct buf b = buf_init(128 * MIB);
		OWNED(json_release) json_t *answer = NULL;
		bodies[i].write(&b);
		enum err e = ask(c, &b, &answer, &why);
		bool refused =
		    e == ERR_INVALID || e == ERR_TOO_BIG || e == ERR_SCHEMA || e == ERR_BAD_DOCUMENT;
		if (bodies[i].expected == ERR_NONE ? e != ERR_NONE : !refused)
			fail_msg("%s: %s (%s)", bodies[i].name, err_code(e), why.text);
	}
	/* and one that is over the limit of a body */
	OWNED(buf_free) struct buf big = buf_init(128 * MIB);
	OWNED(buf_free) struct buf small = buf_init(1 * MIB);
	OWNED(json_release) json_t *answer = NULL;
	repeat(&big, "                ", 72 * MIB / 16);
	enum err e = ask(c, &big, &answer, &why);
	if (e != ERR_TOO_BIG)
		fail_msg("a body of 72 MB: %s (%s)", err_code(e), why.text);
	words(&small, 3, "TOTAL");
	assert_int_equal(ask(c, &small, &answer, &why), ERR_NONE);
	void *good;
	assert_int_equal(write(s.stop[1], "x", 1), 1);
	pthread_join(s.thread, &good);
	assert_non_null(good);
	inference_client_close(&c);
	close(s.stop[0]);
	close(s.stop[1]);
}

static int
setup(void **state)
{
	struct why why = {""};
	struct model *m = NULL;
	const char *source = getenv("DOCKET_SOURCE_DIR");
	snprintf(models_path, sizeof models_path, "%s/ml-inference/models", source ? source : ".");
	if (model_load(models_path, "", &m, &why) != ERR_NONE) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	*state = m;
	return 0;
}

static int
teardown(void **state)
{
	struct model *m = *state;
	model_free(&m);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_body_gets_its_answer),
	    cmocka_unit_test(the_server_outlives_them_all),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
