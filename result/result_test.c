#include "json_own.h"
#include "own.h"
#include "result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define TODAY "2026-11-24"

static json_t *
parse(const char *text)
{
	json_t *j = NULL;
	struct why why;
	if (json_parse(text, strlen(text), &j, &why) != ERR_NONE)
		fail_msg("%s: %s", why.text, text);
	return j;
}

static void
assert_json(const json_t *j, const char *wanted)
{
	OWNED(mem_free) char *text = j ? json_text(j, NULL) : NULL;
	assert_string_equal(text ? text : "nothing", wanted);
}

/* fields, items -> checks, as text */
static void
assert_checks(const char *fields_text, const char *items_text, const char *wanted)
{
	OWNED(json_release) json_t *fields = parse(fields_text);
	OWNED(json_release) json_t *items = parse(items_text);
	OWNED(json_release) json_t *checks = result_checks(fields, items, TODAY);
	OWNED(mem_free) char *text = json_text(checks, NULL);
	assert_string_equal(text, wanted);
}

static void
checks_compare_what_there_is(void **state)
{
	(void)state;
	assert_checks("{}", "[]", "[]");
	assert_checks("{\"date\":{\"normalized\":\"2026-11-25\"}}", "[]",
	              "[{\"id\":\"date_not_future\",\"ok\":false},{\"id\":\"date_plausible\",\"ok\":true}]");
	assert_checks("{\"date\":{\"normalized\":\"1970-01-01\"}}", "[]",
	              "[{\"id\":\"date_not_future\",\"ok\":true},{\"id\":\"date_plausible\",\"ok\":false}]");
	assert_checks("{\"total\":{\"normalized\":{\"minor\":0}}}", "[]",
	              "[{\"id\":\"total_not_zero\",\"ok\":false}]");
#define TOTAL_900 "{\"total\":{\"normalized\":{\"minor\":900}}}"
#define ITEM(n)   "{\"amount\":{\"normalized\":{\"minor\":" #n "}}}"
	assert_checks(TOTAL_900, "[" ITEM(500) "," ITEM(402) "]",
	              "[{\"id\":\"total_not_zero\",\"ok\":true},"
	              "{\"id\":\"items_sum\",\"ok\":true,\"of\":\"total\",\"delta_minor\":2}]");
	assert_checks(TOTAL_900, "[" ITEM(500) "," ITEM(300) "]",
	              "[{\"id\":\"total_not_zero\",\"ok\":true},"
	              "{\"id\":\"items_sum\",\"ok\":false,\"of\":\"total\",\"delta_minor\":-100}]");
	/* rows before tax */
	assert_checks("{\"total\":{\"normalized\":{\"minor\":900}},\"tax\":{\"normalized\":{\"minor\":150}}}",
	              "[" ITEM(350) "," ITEM(400) "]",
	              "[{\"id\":\"total_not_zero\",\"ok\":true},"
	              "{\"id\":\"items_sum\",\"ok\":true,\"of\":\"total_before_tax\",\"delta_minor\":0}]");
	/* an item without an amount, or sums beyond any number: nothing to compare */
	assert_checks(TOTAL_900, "[" ITEM(500) ",{}]", "[{\"id\":\"total_not_zero\",\"ok\":true}]");
	assert_checks(TOTAL_900, "[" ITEM(9223372036854775807) "," ITEM(1) "]",
	              "[{\"id\":\"total_not_zero\",\"ok\":true}]");
}

static const char read_by_machine[] =
    "{\"doc_type\":{\"value\":\"receipt\",\"confidence\":0.9},\"fields\":{"
    "\"total\":{\"type\":\"money\",\"value\":\"9.00\",\"normalized\":{\"amount\":\"9.00\",\"minor\":900,"
    "\"exp\":2,\"currency\":\"MYR\"},\"confidence\":0.4,\"band\":\"low\",\"source\":\"ml\",\"regions\":[]},"
    "\"due_date\":{\"type\":\"date\",\"value\":\"1.2.18\",\"normalized\":\"2018-02-01\",\"band\":\"low\"}},"
    "\"line_items\":[{\"n\":1,\"description\":{\"value\":\"MILK\"},\"amount\":{\"normalized\":{\"minor\":500,"
    "\"currency\":\"MYR\"}}},{\"n\":2,\"description\":{\"value\":\"BR3AD\"},\"amount\":{\"normalized\":"
    "{\"minor\":400}}}],\"checks\":[],\"review\":{\"needed\":true,\"reasons\":[\"poor_picture\"],"
    "\"fields\":[]}}";

/* Applies a wish to what the machine read, as the api does. */
static json_t *
corrected(const char *wish)
{
	json_t *r = parse(read_by_machine);
	OWNED(json_release) json_t *body = parse(wish);
	OWNED(result_changes_free) struct result_changes c = {0};
	struct result_correction laid[RESULT_CHANGES_MAX];
	struct why why;
	size_t n = 0;
	if (result_changes_read(body, r, &c, &why) != ERR_NONE)
		fail_msg("%s: %s", wish, why.text);
	for (size_t i = 0; i < c.n; i++)
		if (!c.list[i].undo)
			laid[n++] = (struct result_correction){c.list[i].path, c.list[i].after, 1000};
	result_overlay(r, laid, n, TODAY);
	return r;
}

static void
a_corrected_sum_keeps_its_currency_and_what_was_read(void **state)
{
	(void)state;
	OWNED(json_release)
	json_t *r = corrected("{\"fields\":{\"total\":{\"value\":{\"amount\":\"9.5\"}}}}");
	assert_json(
	    json_object_get(json_object_get(r, "fields"), "total"),
	    "{\"type\":\"money\",\"value\":\"9.5\",\"normalized\":{\"amount\":\"9.50\",\"minor\":950,"
	    "\"exp\":2,\"currency\":\"MYR\"},\"confidence\":1.0,\"band\":\"high\",\"source\":\"user\","
	    "\"regions\":[],\"alternatives\":[]}");
	const json_t *told = json_array_get(json_object_get(r, "corrections"), 0);
	assert_string_equal(json_get_str(told, "path"), "total");
	assert_string_equal(json_get_str(told, "made_at"), "1970-01-01T00:00:01.000Z");
	assert_string_equal(json_get_str(json_object_get(told, "original"), "value"), "9.00");
	assert_string_equal(result_facts(r).total, "9.50");
	assert_string_equal(result_facts(r).currency, "MYR");
}

static void
what_a_person_said_is_not_doubted(void **state)
{
	(void)state;
	OWNED(json_release)
	json_t *r = corrected(
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"9.00\"}},\"due_date\":null,\"date\":null,"
	    "\"merchant_name\":{\"value\":\" Shop\\n& Co \",\"region\":{\"page\":1,\"polygon\":"
	    "[0,0,1,0,1,1,0,1]}}}}");
	assert_json(json_object_get(r, "review"),
	            "{\"needed\":true,\"reasons\":[\"poor_picture\"],\"fields\":[]}");
	const json_t *fields = json_object_get(r, "fields");
	assert_null(json_object_get(fields, "due_date"));
	const json_t *name = json_object_get(fields, "merchant_name");
	assert_string_equal(json_get_str(name, "value"), "Shop & Co");
	assert_json(json_object_get(name, "regions"), "[{\"page\":1,\"polygon\":[0,0,1,0,1,1,0,1]}]");
	assert_null(result_facts(r).date);
}

static void
items_go_on_from_those_shown(void **state)
{
	(void)state;
	OWNED(json_release)
	json_t *r = corrected("{\"line_items\":[{\"of\":2,\"description\":\"BREAD\",\"quantity\":2,\"unit\":"
	                      "\"pcs\",\"tax_rate\":7},{\"of\":"
	                      "1},{\"description\":"
	                      "\"Bag\",\"amount\":{\"amount\":\"0.10\"}}]}");
	json_t *items = json_object_get(r, "line_items");
	assert_int_equal(json_array_size(items), 3);
	const json_t *bread = json_array_get(items, 0), *milk = json_array_get(items, 1);
	assert_int_equal(json_get_int(bread, "n", 0), 1);
	assert_string_equal(json_get_str(json_object_get(bread, "description"), "value"), "BREAD");
	assert_string_equal(json_get_str(json_object_get(bread, "description"), "source"), "user");
	assert_json(json_object_get(json_object_get(bread, "amount"), "normalized"), "{\"minor\":400}");
	assert_int_equal(json_get_int(json_object_get(bread, "quantity"), "normalized", 0), 2);
	assert_string_equal(json_get_str(json_object_get(bread, "unit"), "value"), "pcs");
	assert_int_equal(json_get_int(json_object_get(bread, "tax_rate"), "normalized", 0), 7);
	assert_string_equal(json_get_str(json_object_get(milk, "description"), "value"), "MILK");
	assert_json(json_object_get(json_object_get(json_array_get(items, 2), "amount"), "normalized"),
	            "{\"amount\":\"0.10\",\"minor\":10,\"exp\":2,\"currency\":\"MYR\"}");
	/* 4.00 + 5.00 + 0.10 against 9.00 */
	assert_json(json_array_get(json_object_get(r, "checks"), 1),
	            "{\"id\":\"items_sum\",\"ok\":false,\"of\":\"total\",\"delta_minor\":10}");
}

static void
a_kind_of_paper_is_corrected_too(void **state)
{
	(void)state;
	OWNED(json_release) json_t *r = corrected("{\"doc_type\":\"invoice\"}");
	assert_string_equal(result_facts(r).doc_type, "invoice");
}

static void
without_corrections_nothing_changes(void **state)
{
	(void)state;
	OWNED(json_release) json_t *r = corrected("{\"undo\":[\"total\",\"line_items\",\"doc_type\"]}");
	OWNED(json_release) json_t *wanted = parse(read_by_machine);
	json_object_set_new(wanted, "corrections", json_array());
	assert_true(json_equal(r, wanted));
}

static void
values_are_held_to_their_types(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "{}",
	    "{\"feilds\":{}}",
	    "{\"fields\":[]}",
	    "{\"fields\":{\"colour\":{\"value\":\"red\"}}}",
	    "{\"fields\":{\"total\":7}}",
	    "{\"fields\":{\"total\":{\"value\":\"9.00\"}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":9}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"9.001\"}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"1e3\"}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"-\"}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"1234567890123456\"}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"9\",\"currency\":\"eur\"}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"9\",\"minor\":900}}}}",
	    "{\"fields\":{\"total\":{\"value\":{\"amount\":\"9\"},\"source\":\"qr\"}}}",
	    "{\"fields\":{\"currency\":{\"value\":\"EURO\"}}}",
	    "{\"fields\":{\"date\":{\"value\":\"24.11.2026\"}}}",
	    "{\"fields\":{\"date\":{\"value\":\"2026-02-29\"}}}",
	    "{\"fields\":{\"time\":{\"value\":\"24:00\"}}}",
	    "{\"fields\":{\"merchant_name\":{\"value\":\"  \"}}}",
	    "{\"fields\":{\"merchant_name\":{\"value\":\"a\\u0007b\"}}}",
	    "{\"fields\":{\"merchant_name\":{}}}",
	    "{\"fields\":{\"merchant_name\":{\"value\":\"a\",\"region\":{\"page\":0,\"polygon\":[]}}}}",
	    ("{\"fields\":{\"merchant_name\":{\"value\":\"a\",\"region\":{\"page\":1,\"polygon\":"
	     "[0,0,1,0,1,1,0,2]}}}}"),
	    "{\"doc_type\":\"novel\"}",
	    "{\"doc_type\":null}",
	    "{\"line_items\":null}",
	    "{\"line_items\":[{}]}",
	    "{\"line_items\":[{\"of\":3}]}",
	    "{\"line_items\":[{\"of\":0}]}",
	    "{\"line_items\":[{\"of\":1},{\"of\":1}]}",
	    "{\"line_items\":[{\"of\":1,\"colour\":\"red\"}]}",
	    "{\"line_items\":[{\"of\":1,\"quantity\":\"two\"}]}",
	    "{\"undo\":[\"colour\"]}",
	    "{\"undo\":[\"total\"],\"fields\":{\"total\":null}}",
	};
	OWNED(json_release) json_t *shown = parse(read_by_machine);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		OWNED(json_release) json_t *body = parse(bad[i]);
		struct result_changes c = {0};
		struct why why = {""};
		if (result_changes_read(body, shown, &c, &why) != ERR_INVALID)
			fail_msg("taken: %s", bad[i]);
		assert_null(c.list);
		assert_true(why.text[0] != '\0');
	}
}

/* A receipt of this morning in Kuala Lumpur is not of the future because the machine stands in London. */
static void
a_date_that_has_begun_anywhere_is_not_of_the_future(void **state)
{
	(void)state;
	char today[RESULT_DATE_LEN], there[RESULT_DATE_LEN];
	static const char *const zones[] = {"WEST12", "UTC0", "EAST-14"};
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		result_today(today);
		setenv("TZ", "EAST-14", 1);
		tzset();
		time_t now = time(NULL);
		struct tm tm;
		strftime(there, sizeof there, "%Y-%m-%d", localtime_r(&now, &tm));
		assert_true(strcmp(today, there) == 0 || now % 86400 == 10 * 3600); /* midnight passed */
	}
	unsetenv("TZ");
	tzset();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checks_compare_what_there_is),
	    cmocka_unit_test(a_corrected_sum_keeps_its_currency_and_what_was_read),
	    cmocka_unit_test(what_a_person_said_is_not_doubted),
	    cmocka_unit_test(items_go_on_from_those_shown),
	    cmocka_unit_test(a_kind_of_paper_is_corrected_too),
	    cmocka_unit_test(without_corrections_nothing_changes),
	    cmocka_unit_test(values_are_held_to_their_types),
	    cmocka_unit_test(a_date_that_has_begun_anywhere_is_not_of_the_future),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
