/* One correction, the next paper of the same sender, and another sender's. */
#include "buf.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
write_document(struct buf *b, const char *const *lines, size_t n)
{
	buf_puts(b, "{\"schema\":\"docket.document/"
	            "1\",\"source\":\"ocr\",\"engine\":{\"name\":\"t\",\"version\":\"1\"},"
	            "\"languages\":[],\"media_type\":\"image/"
	            "png\",\"warnings\":[],\"pages\":[{\"number\":1,\"width\":1000,"
	            "\"height\":1400,\"rotation\":0,\"source\":\"ocr\",\"words\":[");
	size_t words = 0;
	OWNED(buf_free) struct buf spans = buf_init(4 * KIB);
	for (size_t i = 0; i < n; i++) {
		size_t first = words, len = strlen(lines[i]);
		for (size_t at = 0; at < len;) {
			size_t k = strcspn(lines[i] + at, " ");
			buf_printf(b, "%s{\"t\":", words++ ? "," : "");
			buf_json_string(b, lines[i] + at, k);
			buf_printf(b, ",\"c\":0.9,\"b\":[%.3f,%.3f,%.3f,%.3f]}", 0.1 + 0.015 * (double)at,
			           0.02 + 0.03 * (double)i, 0.1 + 0.015 * (double)(at + k),
			           0.04 + 0.03 * (double)i);
			at += k + 1;
		}
		buf_printf(&spans, "%s[%zu,%zu]", i ? "," : "", first, words - first);
	}
	buf_printf(b, "],\"lines\":[%s],\"blocks\":[],\"barcodes\":[]}]}", spans.data);
}

static const char *const first_paper[] = {"KEDAI BUKU SDN BHD", "JALAN SAGU TAMAN DAYA", "PENCIL 4.00",
                                          "TOTAL SALES 10.00", "NETT PAYABLE 9.00"};
static const char *const next_paper[] = {"KEDAI BUKV SDN BHD", "JALAN SAGU TAMAN DAYA", "PAPER 7.00",
                                         "TOTAL SALES 21.00", "NETT PAYABLE 20.50"};
static const char *const strange_paper[] = {"WARUNG MAKAN ENTERPRISE", "LORONG PISANG SELANGOR", "TEH 7.00",
                                            "TOTAL SALES 21.00", "NETT PAYABLE 20.50"};

static json_t *
prediction(void)
{
	return json_pack("{s:[{s:s, s:s, s:s, s:{s:i}, s:f, s:s, s:[], s:[]}]}", "fields", "name", "total",
	                 "type", "money", "value", "21.00", "normalized", "minor", 2100, "confidence", 0.9,
	                 "source", "ml", "regions", "alternatives");
}

static json_t *
learnt(const char *field, const char *value, json_t *normalized)
{
	struct why why = {""};
	OWNED(buf_free) struct buf doc = buf_init(64 * KIB);
	OWNED(json_release)
	json_t *c = json_pack("{s:s, s:s, s:s, s:o}", "id", "c1", "field", field, "value", value,
	                      "normalized", normalized);
	json_t *m = NULL;
	write_document(&doc, first_paper, ARRAY_LEN(first_paper));
	assert_int_equal(memory_learn(NULL, doc.data, doc.len, c, &m, &why), ERR_NONE);
	return m;
}

static size_t
apply(const json_t *m, const char *const *lines, size_t n, json_t *p)
{
	struct why why = {""};
	size_t changed = 99;
	OWNED(buf_free) struct buf doc = buf_init(64 * KIB);
	write_document(&doc, lines, n);
	assert_int_equal(memory_apply(m, doc.data, doc.len, p, &changed, &why), ERR_NONE);
	return changed;
}

static void
a_corrected_total_teaches_its_label(void **state)
{
	(void)state;
	OWNED(json_release) json_t *m = learnt("total", "9.00", json_pack("{s:i}", "minor", 900));
	OWNED(json_release) json_t *p = prediction();
	assert_int_equal(apply(m, next_paper, ARRAY_LEN(next_paper), p), 1);
	const json_t *f = json_array_get(json_object_get(p, "fields"), 0);
	assert_string_equal(json_get_str(f, "value"), "20.50");
	assert_string_equal(json_get_str(f, "source"), "memory");
	assert_int_equal(json_get_int(json_object_get(f, "normalized"), "minor", 0), 2050);
	const json_t *other = json_array_get(json_object_get(f, "alternatives"), 0);
	assert_string_equal(json_get_str(other, "value"), "21.00");
}

static void
a_corrected_name_teaches_itself(void **state)
{
	(void)state;
	OWNED(json_release) json_t *m = learnt("merchant_name", "Kedai Buku", json_string("Kedai Buku"));
	OWNED(json_release) json_t *p = prediction();
	assert_int_equal(apply(m, next_paper, ARRAY_LEN(next_paper), p), 1);
	const json_t *f = json_array_get(json_object_get(p, "fields"), 1);
	assert_string_equal(json_get_str(f, "value"), "Kedai Buku");
}

static void
another_sender_is_not_touched(void **state)
{
	(void)state;
	OWNED(json_release) json_t *m = learnt("total", "9.00", json_pack("{s:i}", "minor", 900));
	OWNED(json_release) json_t *p = prediction();
	assert_int_equal(apply(m, strange_paper, ARRAY_LEN(strange_paper), p), 0);
}

static void
a_value_that_stands_nowhere_teaches_nothing(void **state)
{
	(void)state;
	OWNED(json_release) json_t *m = learnt("total", "777.00", json_pack("{s:i}", "minor", 77700));
	assert_int_equal(json_array_size(json_object_get(m, "lessons")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_corrected_total_teaches_its_label),
	    cmocka_unit_test(a_corrected_name_teaches_itself),
	    cmocka_unit_test(another_sender_is_not_touched),
	    cmocka_unit_test(a_value_that_stands_nowhere_teaches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
