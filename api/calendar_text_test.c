/* Calendar lines: a stranger's text stays inside its own, and no letter is torn. */
#include "calendar_text.h"

#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
a_strangers_text_stays_in_its_line(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf out = buf_init(4 * KIB);
	calendar_text(&out, "SUMMARY", "a;b,c\\d\nEND:VEVENT\r\x01");
	assert_int_equal(out.len, strlen("SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\r\n"));
	assert_memory_equal(out.data, "SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\r\n", out.len);
}

static void
long_lines_are_folded_between_letters(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf out = buf_init(4 * KIB);
	char text[201] = "";
	for (int i = 0; i < 100; i++)
		memcpy(text + 2L * i, "Ж", 2);
	calendar_text(&out, "X", text);
	const char *line = out.data, *end = out.data + out.len;
	int lines = 0;
	while (line < end) {
		const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
		assert_non_null(stop);
		assert_in_range(stop - line, 1, 75);
		if (lines++ > 0) {
			assert_int_equal(line[0], ' ');
			assert_int_not_equal((unsigned char)line[1] & 0xC0, 0x80);
		}
		line = stop + 2;
	}
	assert_int_equal(lines, 3);
}

static void
what_is_cut_ends_with_a_whole_letter(void **state)
{
	(void)state;
	assert_int_equal(calendar_cut("ЖЖЖ", 5), 4);
	assert_int_equal(calendar_cut("ЖЖЖ", 6), 6);
	assert_int_equal(calendar_cut("abc", 2), 2);
	assert_int_equal(calendar_cut("", 2), 0);
	assert_int_equal(calendar_cut("Ж", 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_strangers_text_stays_in_its_line),
	    cmocka_unit_test(long_lines_are_folded_between_letters),
	    cmocka_unit_test(what_is_cut_ends_with_a_whole_letter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
