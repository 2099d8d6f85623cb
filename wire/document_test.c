#include "document.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PAGE_HEAD  "{\"number\":1,\"width\":10,\"height\":20,\"words\":"
#define DOC(pages) "{\"schema\":\"docket.document/1\",\"pages\":[" pages "]}"
#define TABLE(cells) \
	"\"tables\":[{\"b\":[0,0,1,1],\"rows\":2,\"columns\":1,\"ruled\":false,\"cells\":" cells "}]"
#define WORD(t) "{\"t\":\"" t "\",\"c\":0.5,\"b\":[0,0,1,1]}"

static enum err
read_text(const char *json, struct arena *mem, const struct document_text **ret, struct why *why)
{
	/* A copy of the exact size, so that a sanitizer sees one byte more. */
	size_t n = strlen(json);
	OWNED(mem_free) char *exact = malloc(n ? n : 1);
	assert_non_null(exact);
	memcpy(exact, json, n);
	return document_read(exact, n, mem, ret, why);
}

static void
a_document_survives_writing_and_reading(void **state)
{
	(void)state;
	const struct word words[] = {
	    {"Итого", 0.971F, {0.1F, 0.2F, 0.3F, 0.25F}},
	    {"\"9,00\"", 1, {0.6F, 0.2F, 0.8F, 0.25F}},
	    {"back\\slash", 0, {0, 0.9F, 1, 1}},
	};
	const struct span lines[] = {{0, 2}, {2, 1}}, blocks[] = {{0, 1}, {1, 1}};
	const struct barcode code = {"QR-Code",
	                             "BCD\n002\n1",
	                             {0.1F, 0.1F, 0.2F, 0.2F},
	                             {0.1F, 0.1F, 0.2F, 0.1F, 0.2F, 0.2F, 0.1F, 0.2F}};
	const struct table_cell cells[] = {{0, 0, {0, 1}}, {0, 1, {1, 1}}, {1, 0, {2, 1}}};
	const struct table table = {{0.1F, 0.2F, 1, 1}, 2, 2, true, cells, 3};
	const struct key_value kv = {{0, 1}, {1, 1}};
	const char *const page_warnings[] = {"blurred_bottom"}, *const page_languages[] = {"rus"};
	const struct page pages[] = {{
	                                 .number = 1,
	                                 .width = 1240,
	                                 .height = 2890,
	                                 .rotation = 270,
	                                 .source = SOURCE_TEXT_LAYER,
	                                 .quality = {0.8F, 0.25F, 1, -1.5F, 200, 0.125F, 22.5F},
	                                 .warnings = page_warnings,
	                                 .n_warnings = 1,
	                                 .languages = page_languages,
	                                 .n_languages = 1,
	                                 .words = words,
	                                 .n_words = 3,
	                                 .lines = lines,
	                                 .n_lines = 2,
	                                 .blocks = blocks,
	                                 .n_blocks = 2,
	                                 .tables = &table,
	                                 .n_tables = 1,
	                                 .key_values = &kv,
	                                 .n_key_values = 1,
	                                 .barcodes = &code,
	                                 .n_barcodes = 1,
	                                 .cpu_ms = 610,
	                                 .decode_ms = 20,
	                                 .ocr_ms = 560,
	                             },
	                             {.number = 3, .width = 1, .height = 1}};
	const char *const languages[] = {"rus", "eng"}, *const warnings[] = {"low_contrast"};
	const struct document_text in = {
	    SOURCE_MIXED, "tesseract", "5.3.0", "image/jpeg", languages, 2, warnings, 1, pages, 2};
	OWNED(buf_free) struct buf json = buf_init(1 * MIB), again = buf_init(1 * MIB);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	const struct document_text *d = NULL;
	struct why why = {""};
	document_write(&json, &in);
	assert_false(json.full);
	if (document_read(json.data, json.len, mem, &d, &why) != ERR_NONE)
		fail_msg("%s in %s", why.text, json.data);
	assert_int_equal(d->source, SOURCE_MIXED);
	assert_string_equal(d->engine_version, "5.3.0");
	assert_string_equal(d->languages[1], "eng");
	assert_string_equal(d->warnings[0], "low_contrast");
	assert_int_equal(d->n_pages, 2);
	const struct page *p = &d->pages[0];
	assert_int_equal(p->rotation, 270);
	assert_int_equal(p->source, SOURCE_TEXT_LAYER);
	assert_int_equal(p->n_words, 3);
	assert_string_equal(p->words[1].text, "\"9,00\"");
	assert_true(fabsf(p->words[0].confidence - 0.971F) < 1e-6F);
	assert_true(fabsf(p->words[0].box.y1 - 0.25F) < 1e-5F);
	assert_true(fabsf(p->quality.skew_deg + 1.5F) < 1e-6F);
	assert_int_equal(p->lines[1].first, 2);
	assert_true(p->quality.glare == 0.125F && p->quality.letter_px == 22.5F);
	assert_string_equal(p->warnings[0], "blurred_bottom");
	assert_string_equal(p->languages[0], "rus");
	assert_true(p->tables[0].ruled);
	assert_int_equal(p->tables[0].n_cells, 3);
	assert_int_equal(p->tables[0].cells[2].row, 1);
	assert_int_equal(p->key_values[0].value.first, 1);
	assert_string_equal(p->barcodes[0].text, "BCD\n002\n1");
	assert_true(fabsf(p->barcodes[0].corners[7] - 0.2F) < 1e-5F);
	assert_int_equal(p->ocr_ms, 560);
	assert_int_equal(d->pages[1].number, 3);
	document_write(&again, d);
	assert_string_equal(json.data, again.data);
}

static void
what_cannot_be_a_document_is_written_as_one_that_can(void **state)
{
	(void)state;
	const struct word word = {"x", NAN, {-1, NAN, 2, INFINITY}};
	const struct page page = {.number = 1, .width = 1, .height = 1, .words = &word, .n_words = 1};
	const struct document_text in = {.pages = &page, .n_pages = 1};
	OWNED(buf_free) struct buf json = buf_init(1 * MIB);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	const struct document_text *d = NULL;
	struct why why;
	document_write(&json, &in);
	assert_int_equal(document_read(json.data, json.len, mem, &d, &why), ERR_NONE);
	assert_true(d->pages[0].words[0].box.x1 == 1);
}

static void
a_lying_document_is_refused_with_the_reason(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		enum err code;
		const char *says;
	} cases[] = {
	    {"", ERR_BAD_DOCUMENT, "'{' expected"},
	    {"[]", ERR_BAD_DOCUMENT, "'{' expected"},
	    {"{}", ERR_BAD_DOCUMENT, "\"schema\" is missing"},
	    {"{\"schema\":\"docket.document/2\",\"pages\":[]}", ERR_SCHEMA, "docket.document/2"},
	    {"{\"schema\":\"docket.document/1\"}", ERR_BAD_DOCUMENT, "\"pages\" is missing"},
	    {DOC("") "x", ERR_BAD_DOCUMENT, "something follows"},
	    {"{\"schema\":\"docket.document/1\",\"pages\":[],\"pages\":[]}", ERR_BAD_DOCUMENT, "twice"},
	    {DOC("{}"), ERR_BAD_DOCUMENT, "\"number\" is missing"},
	    {DOC(PAGE_HEAD "[" WORD("") "]}"), ERR_BAD_DOCUMENT, "an empty word"},
	    {DOC(PAGE_HEAD "[" WORD("a b") "]}"), ERR_BAD_DOCUMENT, "space or control"},
	    {DOC(PAGE_HEAD "[" WORD("a\\u00a0b") "]}"), ERR_BAD_DOCUMENT, "space or control"},
	    {DOC(PAGE_HEAD "[" WORD("a\\u0000b") "]}"), ERR_BAD_DOCUMENT, "NUL"},
	    {DOC(PAGE_HEAD "[" WORD("\\ud83d") "]}"), ERR_BAD_DOCUMENT, "surrogate"},
	    {DOC(PAGE_HEAD "[" WORD("\xc3") "]}"), ERR_BAD_DOCUMENT, "not UTF-8"},
	    {DOC(PAGE_HEAD "[" WORD("\xd0\xb8\xcc\x86") "]}"), ERR_BAD_DOCUMENT, "NFC"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1.5,\"b\":[0,0,1,1]}]}"), ERR_BAD_DOCUMENT, "outside"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1e999,\"b\":[0,0,1,1]}]}"), ERR_BAD_DOCUMENT, "outside"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":NaN,\"b\":[0,0,1,1]}]}"), ERR_BAD_DOCUMENT, "number"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1,\"b\":[0.9,0,0.1,1]}]}"), ERR_BAD_DOCUMENT, "not a box"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1,\"b\":[0,0,1]}]}"), ERR_BAD_DOCUMENT, "number expected"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1,\"b\":[0,0,1,1,1]}]}"), ERR_BAD_DOCUMENT, "more than 4"},
	    {DOC(PAGE_HEAD "[{\"t\":\"a\",\"c\":1}]}"), ERR_BAD_DOCUMENT, "\"b\" is missing"},
	    {DOC(PAGE_HEAD "[],\"lines\":[[0,1]]}"), ERR_BAD_DOCUMENT, "reach beyond"},
	    {DOC("{\"lines\":[[0,1]],\"number\":1,\"width\":1,\"height\":1,\"words\":[]}"), ERR_BAD_DOCUMENT,
	     "reach beyond"},
	    {DOC(PAGE_HEAD "[" WORD("a") "],\"lines\":[[0,1]],\"blocks\":[[1,1]]}"), ERR_BAD_DOCUMENT,
	     "reach beyond"},
	    {DOC(PAGE_HEAD "[" WORD("a") "," WORD("b") "],\"lines\":[[0,2],[1,1]]}"), ERR_BAD_DOCUMENT,
	     "ascending"},
	    {DOC(PAGE_HEAD "[" WORD("a") "],\"key_values\":[[0,1,1,1]]}"), ERR_BAD_DOCUMENT, "not there"},
	    {DOC(PAGE_HEAD "[" WORD("a") "],\"key_values\":[[0,1,0]]}"), ERR_BAD_DOCUMENT, "number"},
	    {DOC(PAGE_HEAD "[" WORD("a") "],\"key_values\":[[0,1,0,0]]}"), ERR_BAD_DOCUMENT, "not there"},
	    {DOC(PAGE_HEAD "[" WORD("a") "]," TABLE("[[2,0,0,1]]") "}"), ERR_BAD_DOCUMENT,
	     "outside its table"},
	    {DOC(PAGE_HEAD "[" WORD("a") "]," TABLE("[[0,0,1,1]]") "}"), ERR_BAD_DOCUMENT, "not there"},
	    {DOC(PAGE_HEAD "[" WORD("a") "]," TABLE("[[0,0,0,1,1]]") "}"), ERR_BAD_DOCUMENT,
	     "more than four"},
	    {DOC(PAGE_HEAD "[],\"tables\":[{}]}"), ERR_BAD_DOCUMENT, "\"b\" is missing"},
	    {DOC(PAGE_HEAD "[],\"warnings\":[\"a b\"]}"), ERR_BAD_DOCUMENT, "not a name"},
	    {DOC(PAGE_HEAD "[],\"rotation\":45}"), ERR_BAD_DOCUMENT, "quarters"},
	    {DOC(PAGE_HEAD "[],\"source\":\"guess\"}"), ERR_BAD_DOCUMENT, "no source"},
	    {DOC(PAGE_HEAD "[]}," PAGE_HEAD "[]}"), ERR_BAD_DOCUMENT, "out of order"},
	    {DOC("{\"number\":1.5,\"width\":1,\"height\":1,\"words\":[]}"), ERR_BAD_DOCUMENT, "whole number"},
	    {"{\"schema\":\"docket.document/1\",\"pages\":[],\"warnings\":[\"<b>\"]}", ERR_BAD_DOCUMENT,
	     "not a name"},
	    {"{\"schema\":\"docket.document/1\",\"pages\":[],}", ERR_BAD_DOCUMENT, "a name expected"},
	    {"{\"schema\":\"docket.document/1\" \"pages\":[]}", ERR_BAD_DOCUMENT, "',' expected"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
		const struct document_text *d = NULL;
		struct why why = {""};
		enum err e = read_text(cases[i].json, mem, &d, &why);
		if (e != cases[i].code || !strstr(why.text, cases[i].says))
			fail_msg("%s\n gives %s: %s", cases[i].json, err_code(e), why.text);
		assert_null(d);
	}
}

static void
every_way_of_cutting_a_document_short_is_refused(void **state)
{
	(void)state;
	static const char whole[] =
	    DOC(PAGE_HEAD
	        "[" WORD("\\u0418\\ud83d\\ude42") "],\"lines\":[[0,1]],\"x\":[{\"y\":-1.5e-3}],"
	                                          "\"key_values\":[[0,1,0,1]]," TABLE(
	                                              "[[0,0,0,1]]") ",\"barcodes\":[{\"format\":\"QR\","
	                                                             "\"text\":\"1\",\"b\":[0,0,1,1]}]}");
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	const struct document_text *d = NULL;
	struct why why;
	assert_int_equal(document_read(whole, sizeof whole - 1, mem, &d, &why), ERR_NONE);
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		OWNED(mem_free) char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_equal(document_read(cut, n, mem, &d, &why), ERR_BAD_DOCUMENT);
	}
}

/* n copies of `item`, in JSON. */
static char *
many(const char *head, const char *item, size_t n, const char *tail)
{
	struct buf b = buf_init(SIZE_MAX / 2);
	buf_puts(&b, head);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(&b, ',');
		buf_puts(&b, item);
	}
	buf_puts(&b, tail);
	return buf_take(&b, NULL);
}

static void
the_ceilings_hold(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 512 * MIB);
	const struct document_text *d = NULL;
	struct why why;
	OWNED(mem_free)
	char *words = many("{\"schema\":\"docket.document/1\",\"pages\":[" PAGE_HEAD "[", WORD("a"),
	                   DOCUMENT_MAX_WORDS + 1, "]}]}");
	assert_int_equal(document_read(words, strlen(words), mem, &d, &why), ERR_TOO_BIG);
	OWNED(mem_free) char *deep = many("{\"x\":", "[[", 100, "");
	assert_int_equal(document_read(deep, strlen(deep), mem, &d, &why), ERR_BAD_DOCUMENT);

	OWNED(mem_free) char *long_word = malloc(DOCUMENT_MAX_WORD_LEN + 2);
	assert_non_null(long_word);
	memset(long_word, 'a', DOCUMENT_MAX_WORD_LEN + 1);
	long_word[DOCUMENT_MAX_WORD_LEN + 1] = '\0';
	OWNED(buf_free) struct buf b = buf_init(1 * MIB);
	buf_printf(&b, DOC(PAGE_HEAD "[" WORD("%s") "]}"), long_word);
	assert_int_equal(document_read(b.data, b.len, mem, &d, &why), ERR_BAD_DOCUMENT);
	buf_clear(&b);
	buf_printf(&b, DOC(PAGE_HEAD "[" WORD("%s") "]}"), long_word + 1);
	assert_int_equal(document_read(b.data, b.len, mem, &d, &why), ERR_NONE);

	OWNED(arena_destroy) struct arena *small = arena_create("test", 500);
	assert_int_equal(document_read(b.data, b.len, small, &d, &why), ERR_TOO_BIG);
}

static void
plain_text_follows_lines_blocks_and_pages(void **state)
{
	(void)state;
	const struct word words[] = {
	    {.text = "A"}, {.text = "B"}, {.text = "C"}, {.text = "D"}, {.text = "loose"}};
	const struct span lines[] = {{0, 2}, {2, 1}, {3, 1}}, blocks[] = {{0, 2}, {2, 1}};
	const struct page pages[] = {
	    {.words = words, .n_words = 5, .lines = lines, .n_lines = 3, .blocks = blocks, .n_blocks = 2},
	    {.number = 2},
	    {.words = words, .n_words = 2}};
	const struct document_text d = {.pages = pages, .n_pages = 3};
	OWNED(buf_free) struct buf out = buf_init(1000);
	document_plain_text(&out, &d);
	assert_string_equal(out.data, "A B\nC\n\nD\n\nloose\f\fA B");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_document_survives_writing_and_reading),
	    cmocka_unit_test(what_cannot_be_a_document_is_written_as_one_that_can),
	    cmocka_unit_test(a_lying_document_is_refused_with_the_reason),
	    cmocka_unit_test(every_way_of_cutting_a_document_short_is_refused),
	    cmocka_unit_test(the_ceilings_hold),
	    cmocka_unit_test(plain_text_follows_lines_blocks_and_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
