/* Numbers that prove themselves, and what codes say. */
#include "check_digits.h"
#include "facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
check_digits_hold(void **state)
{
	(void)state;
	assert_true(check_inn("7707083893", 10));
	assert_false(check_inn("7707083894", 10));
	assert_true(check_inn("500100732259", 12));
	assert_false(check_inn("500100732258", 12));
	assert_false(check_inn("0000000000", 10));
	assert_true(check_iban("DE89370400440532013000", 22));
	assert_true(check_iban("GB29NWBK60161331926819", 22));
	assert_false(check_iban("DE89370400440532013001", 22));
	assert_true(check_luhn("4111111111111111", 16));
	assert_false(check_luhn("4111111111111112", 16));
	assert_true(check_vat_de("136695976", 9));
	assert_false(check_vat_de("136695977", 9));
	assert_false(check_account("40702810900000002851", "044030001"));
}

static void
read_code(const char *text, struct facts *ret, struct arena *mem)
{
	struct barcode b = {.format = "QR-Code", .text = text, .box = {0.1f, 0.8f, 0.3f, 0.9f}};
	struct page page = {.number = 1, .width = 100, .height = 100, .barcodes = &b, .n_barcodes = 1};
	struct document_text doc = {.pages = &page, .n_pages = 1};
	struct why why;
	assert_int_equal(facts_by_code(&doc, mem, ret, &why), ERR_NONE);
}

static void
fiscal_codes_say_date_time_and_total(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct facts f;
	read_code("t=20240203T184500&s=233.90&fn=9289000100405011&i=12345&fp=3522207165&n=1", &f, mem);
	assert_string_equal(f.f[FACT_DATE].code, "2024-02-03");
	assert_string_equal(f.f[FACT_TIME].code, "18:45");
	assert_int_equal(f.f[FACT_TOTAL].minor, 23390);
	assert_string_equal(f.f[FACT_TOTAL].currency, "RUB");
	assert_string_equal(f.f[FACT_DOCUMENT_NUMBER].code, "12345");
	assert_string_equal(f.f[FACT_TOTAL].source, "qr");
}

static void
payment_codes_say_whom_and_how_much(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct facts f;
	read_code("ST00012|Name=ООО Ромашка|PersonalAcc=40702810900000002851|BIC=044030001|Sum=150050|"
	          "PayeeINN=7707083893",
	          &f, mem);
	assert_string_equal(f.f[FACT_MERCHANT_NAME].value, "ООО Ромашка");
	assert_int_equal(f.f[FACT_TOTAL].minor, 150050);
	assert_string_equal(f.f[FACT_MERCHANT_TAX_ID].code, "7707083893");
	read_code("BCD\n002\n1\nSCT\nCOBADEFFXXX\nRomashka GmbH\nDE89370400440532013000\nEUR12.3\n\n\nBill 7",
	          &f, mem);
	assert_string_equal(f.f[FACT_IBAN].code, "DE89370400440532013000");
	assert_int_equal(f.f[FACT_TOTAL].minor, 1230);
	assert_string_equal(f.f[FACT_MERCHANT_NAME].value, "Romashka GmbH");
}

static void
other_codes_say_nothing(void **state)
{
	(void)state;
	static const char *const codes[] = {"",
	                                    "https://example.org/?t=1&s=2",
	                                    "t=20241303T1845&s=1.00&fn=9289000100405011&i=1&fp=1&n=1",
	                                    "t=20240203T1845&s=1.2.3&fn=9289000100405011&i=1&fp=1&n=1",
	                                    "SPC\r\n0200",
	                                    "BCD\n002\n1\nSCT",
	                                    "4006381333931"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
		struct facts f;
		read_code(codes[i], &f, mem);
		for (int k = 0; k < FACT_COUNT; k++)
			assert_null(f.f[k].value);
	}
}

/* ---- what a paper is about ---- */

/* A sheet of lines, a row each. */
static void
read_lines(const char *const *lines, size_t n, struct facts *ret, struct arena *mem)
{
	struct why why;
	struct word *w = arena_array(mem, 200, sizeof *w);
	struct span *rows = arena_array(mem, n, sizeof *rows);
	assert_non_null(w);
	assert_non_null(rows);
	uint32_t words = 0;
	for (size_t i = 0; i < n; i++) {
		char *rest = arena_strdup(mem, lines[i]), *word;
		assert_non_null(rest);
		rows[i].first = words;
		float x = 0.05f, y = 0.05f + 0.04f * (float)i;
		while ((word = strsep(&rest, " "))) {
			float width = 0.012f * (float)strlen(word);
			w[words++] = (struct word){word, 1, {x, y, x + width, y + 0.02f}};
			x += width + 0.008f;
		}
		rows[i].n = words - rows[i].first;
	}
	struct page page = {.number = 1,
	                    .width = 1000,
	                    .height = 1400,
	                    .words = w,
	                    .n_words = words,
	                    .lines = rows,
	                    .n_lines = n};
	struct document_text doc = {.pages = &page, .n_pages = 1};
	const struct sheet *sheet;
	struct reading *r;
	*ret = (struct facts){0};
	assert_int_equal(layout_build(&doc, mem, &sheet, &why), ERR_NONE);
	assert_int_equal(reading_build(sheet, mem, &r, &why), ERR_NONE);
	assert_int_equal(facts_about(r, mem, ret, &why), ERR_NONE);
}

static void
a_bill_says_what_time_it_covers(void **state)
{
	(void)state;
	static const struct {
		const char *line, *period;
	} cases[] = {
	    {"Billing period: 01/03/2024 - 31/03/2024", "2024-03-01/2024-03-31"},
	    {"Период с 01.02.2024 по 29.02.2024", "2024-02-01/2024-02-29"},
	    {"Abrechnungszeitraum 01.01.2023 bis 31.12.2023", "2023-01-01/2023-12-31"},
	    {"Платёжный документ за февраль 2024 г.", "2024-02-01/2024-02-29"},
	    {"Invoice for March 2023", "2023-03-01/2023-03-31"},
	    {"Seen 31/03/2024 - 01/03/2024", NULL}, /* backwards */
	    {"Due 01/03/2024 paid 05/03/2024", NULL},
	    {"Thank you for coming 2024", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		struct facts f;
		read_lines(&cases[i].line, 1, &f, mem);
		if (!cases[i].period)
			assert_null(f.f[FACT_PERIOD].value);
		else if (!f.f[FACT_PERIOD].code)
			fail_msg("no period in: %s", cases[i].line);
		else
			assert_string_equal(f.f[FACT_PERIOD].code, cases[i].period);
	}
}

static void
words_tell_what_was_paid_for(void **state)
{
	(void)state;
	static const char *const cafe[] = {"BLUE DOOR CAFE", "12 High Street", "Coffee 3.50", "Total 3.50"};
	static const char *const chemist[] = {"ООО Ромашка", "Аптека № 12", "Итог 120.00"};
	static const char *const nothing[] = {"SMITH & SONS", "Total 3.50", "smartphone"};
	static const char *const torn[] = {"CAFE HOTEL", "Total 3.50"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	struct facts f;
	read_lines(cafe, 4, &f, mem);
	assert_string_equal(f.f[FACT_CATEGORY].code, "eating_out");
	read_lines(chemist, 3, &f, mem);
	assert_string_equal(f.f[FACT_CATEGORY].code, "health");
	read_lines(torn, 2, &f, mem);
	assert_true(f.f[FACT_CATEGORY].confidence <= 0.5);
	read_lines(nothing, 2, &f, mem);
	assert_null(f.f[FACT_CATEGORY].value);
}

static void
a_paper_has_the_fields_of_its_kind(void **state)
{
	(void)state;
	assert_true(facts_fit(FACT_IBAN, TYPE_INVOICE));
	assert_false(facts_fit(FACT_IBAN, TYPE_CARD_SLIP));
	assert_false(facts_fit(FACT_CHANGE, TYPE_INVOICE));
	assert_true(facts_fit(FACT_CHANGE, TYPE_RECEIPT));
	assert_false(facts_fit(FACT_TOTAL, TYPE_LETTER));
	assert_true(facts_fit(FACT_DATE, TYPE_LETTER));
	assert_true(facts_fit(FACT_IBAN, TYPE_OTHER)); /* who knows */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_digits_hold),
	    cmocka_unit_test(fiscal_codes_say_date_time_and_total),
	    cmocka_unit_test(payment_codes_say_whom_and_how_much),
	    cmocka_unit_test(other_codes_say_nothing),
	    cmocka_unit_test(a_bill_says_what_time_it_covers),
	    cmocka_unit_test(words_tell_what_was_paid_for),
	    cmocka_unit_test(a_paper_has_the_fields_of_its_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
