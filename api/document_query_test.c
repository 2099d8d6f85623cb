/* A list's cursor goes out inside JSON and comes back in an address, whatever the papers say. */
#include "document_query.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
a_date_that_is_any_text_comes_back_whole_and_is_plain_on_its_way(void **state)
{
	static const char *const dates[] = {"", "2026-11-24", "12\" May\\\n", "12 мая", "\",\"x\":\"", "a.b"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
		OWNED(buf_free) struct buf out = buf_init(KIB);
		struct document d = {.id = uuid_new(), .date = dates[i]};
		struct document_cursor c;
		struct why why;
		document_cursor_write(&out, &d, SORT_DATE);
		buf_putc(&out, '\0');
		assert_int_equal(strspn(out.data, "0123456789abcdef-."), strlen(out.data));
		assert_int_equal(document_cursor_parse(out.data, mem, &c, &why), ERR_NONE);
		assert_true(uuid_equal(c.id, d.id));
		assert_string_equal(c.date, dates[i]);
	}
}

static void
what_we_did_not_write_is_refused(void **state)
{
	static const char *const texts[] = {"",
	                                    ".",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12x",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12.zz",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12.323",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12.ff",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12.a",
	                                    "019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12.3200"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct document_cursor c;
	struct why why;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(document_cursor_parse(texts[i], mem, &c, &why), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_date_that_is_any_text_comes_back_whole_and_is_plain_on_its_way),
	    cmocka_unit_test(what_we_did_not_write_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
