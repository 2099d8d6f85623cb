#include "json_own.h"
#include "own.h"
#include "result.h"
#include "worker.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct word words[] = {
    {"ШОП", 0.91f, {0.1f, 0.1f, 0.3f, 0.12f}},
    {"TOTAL", 0.97f, {0.1f, 0.5f, 0.3f, 0.52f}},
    {"9.00", 0.96f, {0.5f, 0.5f, 0.6f, 0.52f}},
};
static const struct span lines[] = {{0, 1}, {1, 2}};
static const struct span blocks[] = {{0, 1}, {1, 1}};
static const struct page page = {.number = 1,
                                 .width = 800,
                                 .height = 1200,
                                 .source = SOURCE_OCR,
                                 .quality = {.score = 0.8f, .sharpness = 0.7f, .contrast = 0.9f},
                                 .words = words,
                                 .n_words = ARRAY_LEN(words),
                                 .lines = lines,
                                 .n_lines = ARRAY_LEN(lines),
                                 .blocks = blocks,
                                 .n_blocks = ARRAY_LEN(blocks)};
static const char *const languages[] = {"eng", "rus"};
static const char *const warnings[] = {"low_contrast"};
static const struct document_text document = {.source = SOURCE_OCR,
                                              .engine = "tesseract",
                                              .engine_version = "5.3.0",
                                              .languages = languages,
                                              .n_languages = 2,
                                              .warnings = warnings,
                                              .n_warnings = 1,
                                              .pages = &page,
                                              .n_pages = 1};

static json_t *
parse(const char *text)
{
	json_t *j = NULL;
	struct why why;
	if (json_parse(text, strlen(text), &j, &why) != ERR_NONE)
		fail_msg("%s: %s", why.text, text);
	return j;
}

static const char prediction[] =
    "{\"model\":{\"name\":\"papers\",\"version\":\"1\"},\"doc_type\":{\"value\":\"receipt\",\"confidence\":0."
    "9},"
    "\"fields\":[{\"name\":\"total\",\"type\":\"money\",\"value\":\"9.00\",\"band\":\"high\",\"normalized\":"
    "{\"amount\":\"9.00\",\"minor\":900,\"exp\":2,\"currency\":null}},"
    "{\"name\":\"total\",\"type\":\"money\",\"value\":\"8.00\"},"
    "{\"name\":\"date\",\"type\":\"date\",\"value\":\"1.2.2018\",\"normalized\":\"2018-02-01\",\"band\":"
    "\"low\"}],"
    "\"line_items\":[],\"diagnostics\":{\"warnings\":[\"few_words\"]}}";

static void
a_result_joins_document_and_prediction(void **state)
{
	(void)state;
	OWNED(json_release) json_t *p = parse(prediction);
	OWNED(json_release) json_t *r = NULL;
	struct why why;
	const struct result_parts parts = {.document = &document,
	                                   .prediction = p,
	                                   .queue_ms = 5,
	                                   .parse_ms = 700,
	                                   .infer_ms = -1,
	                                   .used = {.cpu_ms = 650},
	                                   .peak_rss_kib = -1};
	assert_int_equal(result_compose(&parts, &r, &why), ERR_NONE);
	assert_string_equal(json_get_str(r, "schema"), "docket.result/1");
	assert_string_equal(json_get_str(r, "text"), "ШОП\n\nTOTAL 9.00");
	json_t *fields = json_object_get(r, "fields");
	assert_int_equal(json_object_size(fields), 2);
	assert_string_equal(json_get_str(json_object_get(fields, "total"), "value"),
	                    "9.00"); /* the first stands */
	assert_null(json_object_get(json_object_get(fields, "total"), "name"));
	json_t *word =
	    json_array_get(json_object_get(json_array_get(json_object_get(r, "pages"), 0), "words"), 2);
	OWNED(mem_free) char *text = json_text(word, NULL);
	assert_string_equal(text, "{\"t\":\"9.00\",\"c\":0.96,\"b\":[0.5,0.5,0.6,0.52]}");
	json_t *diagnostics = json_object_get(r, "diagnostics");
	json_t *timings = json_object_get(diagnostics, "timings_ms");
	assert_int_equal(json_get_int(timings, "parse", 0), 700);
	assert_null(json_object_get(timings, "infer")); /* not known: not said */
	assert_int_equal(json_array_size(json_object_get(diagnostics, "warnings")), 2);
	assert_string_equal(json_get_str(json_object_get(r, "ocr"), "engine"), "tesseract");
}

static void
a_review_names_what_to_look_at(void **state)
{
	(void)state;
	OWNED(json_release) json_t *p = parse(prediction);
	OWNED(json_release) json_t *r = NULL;
	struct why why;
	const struct result_parts parts = {.document = &document, .prediction = p};
	assert_int_equal(result_compose(&parts, &r, &why), ERR_NONE);
	OWNED(mem_free) char *review = json_text(json_object_get(r, "review"), NULL);
	assert_string_equal(review, "{\"needed\":true,\"reasons\":[\"low_confidence\",\"missing_field\"],"
	                            "\"fields\":[\"date\",\"merchant_name\"]}");
}

static void
a_prediction_without_type_or_names_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "{}", "{\"doc_type\":{\"value\":\"receipt\"}}",
	    "{\"model\":{},\"doc_type\":{\"value\":\"receipt\"},\"fields\":[{\"value\":\"9\"}]}",
	    "{\"model\":{},\"doc_type\":{\"value\":\"receipt\"},\"fields\":[7]}"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		OWNED(json_release) json_t *p = parse(bad[i]);
		json_t *r = NULL;
		struct why why;
		const struct result_parts parts = {.document = &document, .prediction = p};
		assert_int_equal(result_compose(&parts, &r, &why), ERR_SCHEMA);
		assert_null(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_result_joins_document_and_prediction),
	    cmocka_unit_test(a_review_names_what_to_look_at),
	    cmocka_unit_test(a_prediction_without_type_or_names_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
