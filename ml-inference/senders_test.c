/* Which spelling of a sender stands for what was read. */
#include "json_own.h"
#include "own.h"
#include "senders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CLEAN_TEXT 0.95
#define MISREAD    0.80

static const char *
found(const struct senders *s, enum sender_part part, const char *text, double least)
{
	double q = 0;
	const char *known = senders_find(s, part, text, least, &q);
	assert_true(known ? q >= least : q == 0);
	return known ? known : "-";
}

static void
what_is_known_stays(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	senders_add(s, SENDER_NAME, "TED HENG STATIONERY & BOOKS");
	for (int i = 0; i < 4; i++)
		senders_add(s, SENDER_NAME, "TEO HENG STATIONERY & BOOKS");
	assert_string_equal(found(s, SENDER_NAME, "TED HENG STATIONERY & BOOKS", CLEAN_TEXT),
	                    "TED HENG STATIONERY & BOOKS");
	assert_string_equal(found(s, SENDER_NAME, "A", MISREAD), "-");
}

static void
of_one_key_the_commonest_spelling_stands(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	senders_add(s, SENDER_NAME, "ENW HARDWARE CENTRE (M) SDN. BHD.");
	senders_add(s, SENDER_NAME, "ENW HARDWARE CENTRE (M) SDN BHD");
	senders_add(s, SENDER_NAME, "ENW HARDWARE CENTRE (M) SDN BHD");
	assert_string_equal(found(s, SENDER_NAME, "ENW HARDWARE CENTRE [M] SDN BHD", CLEAN_TEXT),
	                    "ENW HARDWARE CENTRE (M) SDN BHD");
}

static void
clean_text_yields_to_less_than_what_was_misread(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	for (int i = 0; i < 2; i++)
		senders_add(s, SENDER_NAME, "TED HENG STATIONERY & BOOKS");
	static const struct {
		const char *read;
		bool clean, misread; /* is mended */
	} cases[] = {
	    {"TEO HENG STATIONERY & BOOKS", true, true},
	    {"TEO LENG STATIONERY & BOOKS", false, true},
	    {"TAN KENG BAKERY & BOOKS", false, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(found(s, SENDER_NAME, cases[i].read, CLEAN_TEXT),
		                    cases[i].clean ? "TED HENG STATIONERY & BOOKS" : "-");
		assert_string_equal(found(s, SENDER_NAME, cases[i].read, MISREAD),
		                    cases[i].misread ? "TED HENG STATIONERY & BOOKS" : "-");
	}
}

static void
clean_text_is_not_mended_to_what_was_spelt_so_once(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	const char *printed = "NO: G3, BLK G, JLN PJU 1A/3, ARA DAMANSARA, 47301 PETALING JAYA",
	           *misprint = "NO: G3, BLK G, JIN PJU 1A/3, ARA DAMANSARA, 47301 PETALING JAYA";
	senders_add(s, SENDER_ADDRESS, misprint);
	assert_string_equal(found(s, SENDER_ADDRESS, printed, CLEAN_TEXT), "-");
	assert_string_equal(found(s, SENDER_ADDRESS, printed, MISREAD), misprint);
	senders_add(s, SENDER_ADDRESS, misprint);
	assert_string_equal(found(s, SENDER_ADDRESS, printed, CLEAN_TEXT), misprint);
}

static void
clean_text_of_other_marks_is_spelt_as_the_sender_mostly_is(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	const char *read = "NO,1 JALAN PUTERI 7/10, 47100 PUCHONG",
	           *usual = "NO. 1 JALAN PUTERI 7/10, 47100 PUCHONG";
	senders_add(s, SENDER_ADDRESS, usual);
	assert_string_equal(found(s, SENDER_ADDRESS, read, CLEAN_TEXT), "-");
	senders_add(s, SENDER_ADDRESS, usual);
	assert_string_equal(found(s, SENDER_ADDRESS, read, CLEAN_TEXT), usual);
	for (int i = 0; i < 2; i++)
		senders_add(s, SENDER_ADDRESS, "NO.1, JALAN PUTERI 7/10, 47100 PUCHONG");
	assert_string_equal(found(s, SENDER_ADDRESS, read, CLEAN_TEXT), "-");
}

static void
a_sender_known_by_name_is_where_it_was(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	double q = 0;
	const char *home = "379, JALAN PERMAS SATU, BANDAR BARU PERMAS JAYA 81750 PLENTONG, JOHOR.";
	senders_add_home(s, "PERMAS GRILL", home);
	assert_string_equal(senders_home(s, "Permas Grill",
	                                 "379,JALAN PERMAS SATU, BANOAR BARU PERMAS JAYA 81750 PLENTONG", &q),
	                    home);
	assert_true(q > 0.9 && q < 1);
	assert_null(senders_home(s, "PERMAS GRILL", home, &q));
	assert_null(senders_home(s, "OTHER GRILL",
	                         "379,JALAN PERMAS SATU, BANOAR BARU PERMAS JAYA 81750 PLENTONG", &q));
	assert_null(senders_home(
	    s, "PERMAS GRILL", "81, JALAN PERMAS SATU, BANDAR BARU PERMAS JAYA 81750 PLENTONG, JOHOR.", &q));
}

static void
another_number_is_another_address(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	for (int i = 0; i < 3; i++)
		senders_add(s, SENDER_ADDRESS, "LOT 50, JALAN PERMAS 9, 81750 JOHOR BAHRU");
	assert_string_equal(found(s, SENDER_ADDRESS, "LOT 50, JALAN PERMAS 9, 81750 JOHOR BAHBU", CLEAN_TEXT),
	                    "LOT 50, JALAN PERMAS 9, 81750 JOHOR BAHRU");
	assert_string_equal(found(s, SENDER_ADDRESS, "LOT 51, JALAN PERMAS 9, 81750 JOHOR BAHRU", CLEAN_TEXT),
	                    "-");
	assert_string_equal(found(s, SENDER_ADDRESS, "LOT 5O, JALAN PERMAS 9, 81750 JOHDR BAHRU", MISREAD),
	                    "LOT 50, JALAN PERMAS 9, 81750 JOHOR BAHRU");
}

static void
what_is_kept_comes_back(void **state)
{
	(void)state;
	OWNED(senders_free) struct senders *s = senders_new();
	for (int i = 0; i < 2; i++)
		senders_add(s, SENDER_NAME, "ООО «Ёлка»");
	senders_add(s, SENDER_ADDRESS, "Тверь, ул. Мира, 5");
	senders_add_home(s, "ООО «Ёлка»", "Тверь, улица Мира, дом 5");
	OWNED(json_release) json_t *j = senders_json(s);
	OWNED(senders_free) struct senders *again = NULL;
	struct why why = {""};
	assert_int_equal(senders_from_json(j, &again, &why), ERR_NONE);
	OWNED(json_release) json_t *k = senders_json(again);
	assert_true(json_equal(j, k));
	assert_string_equal(found(again, SENDER_NAME, "ООО ЕЛКА", CLEAN_TEXT), "ООО «Ёлка»");
	double q = 0;
	assert_string_equal(senders_home(again, "ООО «Елка»", "Тверь, улица Мипа, дом 5", &q),
	                    "Тверь, улица Мира, дом 5");
	OWNED(json_release) json_t *bad = json_pack("{s:[[s,i]]}", "names", "X", 0);
	OWNED(json_release) json_t *homeless = json_pack("{s:[[s]]}", "homes", "X");
	OWNED(senders_free) struct senders *none = NULL;
	assert_int_equal(senders_from_json(bad, &none, &why), ERR_SCHEMA);
	assert_int_equal(senders_from_json(homeless, &none, &why), ERR_SCHEMA);
	assert_null(none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_known_stays),
	    cmocka_unit_test(of_one_key_the_commonest_spelling_stands),
	    cmocka_unit_test(clean_text_yields_to_less_than_what_was_misread),
	    cmocka_unit_test(clean_text_is_not_mended_to_what_was_spelt_so_once),
	    cmocka_unit_test(clean_text_of_other_marks_is_spelt_as_the_sender_mostly_is),
	    cmocka_unit_test(a_sender_known_by_name_is_where_it_was),
	    cmocka_unit_test(another_number_is_another_address),
	    cmocka_unit_test(what_is_kept_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
