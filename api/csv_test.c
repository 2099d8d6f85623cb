/* Rows of CSV: whole for who reads them, harmless in a spreadsheet. */
#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_cell(const char *text, const char *expected)
{
	struct buf out = buf_init(KIB);
	csv_text(&out, text, true);
	buf_putc(&out, '\0');
	assert_string_equal(out.data, expected);
	buf_free(&out);
}

static void
quotes_are_doubled_and_lines_kept(void **state)
{
	(void)state;
	assert_cell("plain", "\"plain\"");
	assert_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
	assert_cell("a,b\r\nc", "\"a,b\r\nc\"");
	assert_cell("Ёлка", "\"Ёлка\"");
	assert_cell("\"=1\"", "\"\"\"=1\"\"\"");
}

static void
what_a_spreadsheet_would_run_gets_an_apostrophe(void **state)
{
	(void)state;
	static const char *const formulas[] = {
	    "=1+1",   "+1",  "-1",  "@SUM(A1)", "|x",  "%x",  "  =HYPERLINK(1)",
	    "＝1＋1", "＋1", "－1", "＠x",      "\tx", "\rx", "\nx"};
	for (size_t i = 0; i < ARRAY_LEN(formulas); i++) {
		char expected[40];
		snprintf(expected, sizeof expected, "\"'%s\"", formulas[i]);
		assert_cell(formulas[i], expected);
	}
	assert_cell("1=1", "\"1=1\"");
	/* Parted at semicolons the cell before the text does not begin with a quote, so none counts. */
	assert_cell("shop;=1+1;b", "\"shop;'=1+1;b\"");
	assert_cell("a; @x", "\"a;' @x\"");
	assert_cell("a\n-1\t=2\n\nb", "\"a\n'-1\t'=2\n\nb\"");
	assert_cell("a; b, -1", "\"a; b, -1\"");
}

static void
nothing_is_an_empty_cell_and_rows_end_as_the_standard_says(void **state)
{
	(void)state;
	struct buf out = buf_init(KIB);
	csv_text(&out, NULL, true);
	csv_text(&out, "", false);
	csv_plain(&out, "-12.50", false);
	csv_plain(&out, NULL, false);
	csv_end_row(&out);
	buf_putc(&out, '\0');
	assert_string_equal(out.data, ",,-12.50,\r\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quotes_are_doubled_and_lines_kept),
	    cmocka_unit_test(what_a_spreadsheet_would_run_gets_an_apostrophe),
	    cmocka_unit_test(nothing_is_an_empty_cell_and_rows_end_as_the_standard_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
