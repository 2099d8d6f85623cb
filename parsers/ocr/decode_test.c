/* From scores to letters, and what letters become in their word, line and page. */
#include "committed_weights.h"
#include "decode.h"
#include "own.h"
#include "search.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the four above */
#include <cmocka.h>
#include <math.h>

#include "spelling.h"

static void
letters_take_the_alphabet_of_their_word(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	const char *mixed[] = {"T", "O", "B", "А", "Р", "Ы", " ", "C", "A", "S", "Н"};
	const char *want[] = {"Т", "О", "В", "А", "Р", "Ы", " ", "C", "A", "S", "H"};
	struct letter l[ARRAY_LEN(mixed)] = {0};
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++)
		for (int32_t c = 1; c < w.classes; c++)
			if (strcmp(w.alphabet[c], mixed[i]) == 0)
				l[i].class = c;
	struct decode_letters page = {0};
	decode_settle_script(&w, l, ARRAY_LEN(mixed), page);
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++)
		assert_string_equal(w.alphabet[l[i].class], want[i]);
	/* a line that could be either is what most of the page is */
	struct letter *either = &l[7];
	page.cyrillic = 3;
	decode_settle_script(&w, either, 2, page);
	assert_string_equal(w.alphabet[either[0].class], "С");
	assert_string_equal(w.alphabet[either[1].class], "А");
	/* a longer word takes a Russian page's alphabet, whatever stands beside it */
	struct letter sum[16];
	size_t n = spell(&w, "CYMMA: TAX RUB", sum);
	decode_settle_script(&w, sum, n, page);
	assert_spells(&w, sum, n, "СУММА: TAX RUB");
	weights_release(&w);
}

static void
zeros_before_a_name_are_the_form_of_a_firm(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	static const struct {
		const char *read, *is;
	} lines[] = {
	    {"000 «Ель», ИНН 000", "ООО «Ель», ИНН 000"},
	    {"Продавец: 000 \"Ель\"", "Продавец: ООО \"Ель\""},
	    {"000«Ель»", "ООО«Ель»"},
	    {"(000 Ромашка)", "(ООО Ромашка)"},
	    {"000 УК «Ель»", "ООО УК «Ель»"},
	    {"000 УК", "000 УК"},
	    {"0O0 УК", "ООО УК"}, /* one of them was seen to be a letter */
	    {"OOO", "ООО"},
	    {"1 000 Рублей", "1 000 Рублей"},
	    {"1 000 «Ель»", "1 000 «Ель»"},
	    {"1,000 Рублей", "1,000 Рублей"},
	    {"000 рублей", "000 рублей"},
	    {"000 По", "000 По"},
	    {"000 Smart", "000 Smart"},
	    {"0000 «Ель»", "0000 «Ель»"},
	    {"5000 «Ель»", "5000 «Ель»"},
	    {"000", "000"},
	    {"000 ", "000 "},
	    {"000 «", "000 «"},
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct letter l[128];
		size_t n = spell(&w, lines[i].read, l);
		decode_mend_firm(&w, l, n, (struct decode_letters){10, 9});
		assert_spells(&w, l, n, lines[i].read); /* not on a page of Latin letters */
		decode_mend_firm(&w, l, n, (struct decode_letters){9, 10});
		assert_spells(&w, l, n, lines[i].is);
	}
	weights_release(&w);
}

static void
what_closes_a_quotation_is_no_sign(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	static const char *const lines[][2] = {{"Филиал «Ель>, Банк", "Филиал «Ель», Банк"},
	                                       {"«Ель» 2>1 >", "«Ель» 2>1 >"},
	                                       {"«Ель > 5", "«Ель > 5"},
	                                       {"a>b", "a>b"}};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct letter l[128];
		size_t n = spell(&w, lines[i][0], l);
		decode_mend_quotes(&w, l, n);
		assert_spells(&w, l, n, lines[i][1]);
	}
	weights_release(&w);
}

static void
check_mark(const struct weights *w, const char *line, float odds, const char *want)
{
	struct letter l[64];
	size_t n = spell(w, line, l);
	for (size_t i = 0; i < n; i++)
		l[i].odds = odds;
	decode_mend_decimals(w, l, n);
	assert_spells(w, l, n, want);
}

static void
a_decimal_mark_is_what_the_net_sees(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	check_mark(&w, "0.00 -12.40 54.3%", 1, "0,00 -12,40 54,3%");
	check_mark(&w, "0,15", 1, "0.15");
	check_mark(&w, "0.00 1,5", -1, "0.00 1,5");
	check_mark(&w, "01.02.2026, 1.5. в.5 5.м .5", 1,
	           "01.02.2026, 1.5. в.5 5.м .5"); /* numbers with one mark only */
	check_mark(&w, "", 1, "");
	weights_release(&w);
}

static void
words_of_two_alphabets_are_doubted(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	int32_t latin = decode_class(&w, "r"), cyrillic = decode_class(&w, "г");
	struct letter l[128];
	float lean[WEIGHTS_MAX_CLASSES];
	size_t from = 0, to = 0, n = spell(&w, "Дом (дoroга) SMS-код Zгrz Nи", l);
	assert_true(decode_next_mixed(&w, l, n, &from, &to, lean));
	assert_true(from == 5 && to == 11 && lean[latin] < -1 && lean[cyrillic] == 0);
	assert_true(decode_next_mixed(&w, l, n, &from, &to, lean));
	assert_true(from == 21 && to == 25 && lean[latin] == 0 && lean[cyrillic] < -1);
	/* one of each: the line decides */
	assert_true(decode_next_mixed(&w, l, n, &from, &to, lean));
	assert_true(from == 26 && to == n && lean[latin] < -1);
	assert_false(decode_next_mixed(&w, l, n, &from, &to, lean));
	/* short words in a line of the other alphabet, and what is none */
	n = spell(&w, "Долг no счёту, Mr. RUB .ru e-mail kub5 SMSk. Задолженность за период", l);
	from = to = 0;
	assert_true(decode_next_mixed(&w, l, n, &from, &to, lean) && from == 5 && to == 7);
	assert_true(lean[latin] < -1 && lean[cyrillic] == 0);
	assert_true(decode_next_mixed(&w, l, n, &from, &to, lean) && from == 15 && to == 17);
	assert_false(decode_next_mixed(&w, l, n, &from, &to, lean));
	n = spell(&w, "Pay no fee", l);
	from = to = 0;
	assert_false(decode_next_mixed(&w, l, n, &from, &to, lean));
	assert_false(decode_next_mixed(&w, l, 0, &from, &to, lean));
	weights_release(&w);
}

static void
check_tall_line(const struct weights *w, const char *line, const char *want)
{
	struct letter l[16];
	size_t n = spell(w, line, l);
	decode_settle_tall_line(w, l, n);
	for (size_t i = 0; i < n; i++)
		assert_true(w->alphabet[l[i].class][0] == want[i]);
}

static void
a_tall_line_without_tall_letters_is_of_capitals(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	check_tall_line(&w, "so: 10", "SO: 10");
	check_tall_line(&w, "2 x 3", "2 x 3");
	check_tall_line(&w, "So", "So");     /* two sizes */
	check_tall_line(&w, "some", "some"); /* small for certain */
	weights_release(&w);
}

static void
check_line_end(const struct weights *w, const char *line, const char *next, float odds, bool mended)
{
	struct letter l[16], after[16];
	size_t n = spell(w, line, l), n_after = spell(w, next, after);
	decode_mend_hyphen(w, l, n, odds, after, n_after);
	assert_string_equal(w->alphabet[l[n - 1].class], mended ? "-" : line + strlen(line) - 1);
}

static void
a_stop_within_a_word_is_a_hyphen(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	check_line_end(&w, "func.", "tion", -1, true);
	check_line_end(&w, "func.", "tion", -9, false);        /* the net is sure */
	check_line_end(&w, "func.", "tion", -INFINITY, false); /* a rule stood behind it */
	check_line_end(&w, "end.", "Then", -1, false);
	check_line_end(&w, "12.", "tion", -1, false);
	check_line_end(&w, "so,", "then", 1, false);
	check_line_end(&w, "end.", "", 1, false);
	weights_release(&w);
}

static void
a_latin_page_leans_away_from_cyrillic_letters(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	float lean[WEIGHTS_MAX_CLASSES];
	decode_lean_to_latin(&w, lean);
	assert_true(lean[decode_class(&w, "Г")] < -1 && lean[decode_class(&w, "ж")] < -1);
	assert_true(lean[0] == 0 && lean[decode_class(&w, "r")] == 0 && lean[decode_class(&w, ".")] == 0);
	assert_true(lean[decode_class(&w, "О")] == 0); /* settled later: it is an O */
	/* a letter that could be either is then the Latin one */
	struct search s;
	struct letter l[4];
	size_t n = 0;
	OWNED(mem_free) float *scores = calloc(3 * (size_t)w.classes, sizeof *scores);
	scores[0] = scores[2 * w.classes] = 10;
	scores[w.classes + decode_class(&w, "Г")] = 10;
	scores[w.classes + decode_class(&w, "r")] = 9;
	assert_int_equal(search_init(&w, 3, &s, &why), ERR_NONE);
	s.lean = lean;
	assert_int_equal(search_line(&s, scores, 3, (size_t)w.classes, l, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	assert_string_equal(w.alphabet[l[0].class], "r");
	search_release(&s);
	weights_release(&w);
}

static void
letters_take_the_case_of_their_word(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	const char *mixed[] = {"«", "К", "А", "С", "С", "о", "В", " ", "C", "O", "l", "d", " ", "s", "5", "s",
	                       "K", "L", " ", "Н", "а", "И", "Ч", "Ы", " ", "н", "Д", "С", " ", "Л", "."};
	const char *want[] = {"«", "К", "А", "С", "С", "О", "В", " ", "C", "o", "l", "d", " ", "s", "5", "s",
	                      "K", "L", " ", "Н", "а", "и", "ч", "ы", " ", "Н", "Д", "С", " ", "Л", "."};
	struct letter l[ARRAY_LEN(mixed)] = {0};
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++)
		for (int32_t c = 1; c < w.classes; c++)
			if (strcmp(w.alphabet[c], mixed[i]) == 0)
				l[i].class = c;
	decode_settle_case(&w, l, ARRAY_LEN(mixed));
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++)
		assert_string_equal(w.alphabet[l[i].class], want[i]);
	/* each part of a Cyrillic word by itself */
	struct letter parts[32];
	size_t n = spell(&w, "Усть-КуТа СЧёТ-фактура CoCa-Cola", parts);
	decode_settle_case(&w, parts, n);
	assert_spells(&w, parts, n, "Усть-Кута Счёт-фактура Coca-cola");
	weights_release(&w);
}

/* Scores of a made-up net: at each step the characters of `said[t]` share what is left after a blank. */
static void
search_says(const struct weights *w, const char *const said[], int32_t steps, const char *expected)
{
	OWNED(mem_free) float *scores = calloc((size_t)steps * (size_t)w->classes, sizeof *scores);
	OWNED(mem_free) struct letter *l = calloc((size_t)steps, sizeof *l);
	struct search s;
	struct why why = {""};
	char text[256] = "";
	size_t n = 0;
	for (int32_t t = 0; t < steps; t++) {
		float *row = scores + (size_t)(t * w->classes);
		row[0] = said[t][0] ? 0 : 10;
		for (const char *c = said[t]; *c; c++)
			for (int32_t k = 1; k < w->classes; k++)
				if (w->alphabet[k][0] == *c && !w->alphabet[k][1])
					row[k] += 10 - .4F * (float)(c - said[t]);
	}
	assert_int_equal(search_init(w, steps, &s, &why), ERR_NONE);
	assert_int_equal(search_line(&s, scores, steps, (size_t)w->classes, l, &n, &why), ERR_NONE);
	for (size_t i = 0, at = 0; i < n; i++) {
		at += (size_t)snprintf(text + at, sizeof text - at, "%s", w->alphabet[l[i].class]);
		assert_true(l[i].first <= l[i].last && l[i].last < steps && l[i].confidence > 0);
		assert_true(!i || l[i].first > l[i - 1].last);
	}
	assert_string_equal(text, expected);
	search_release(&s);
}

static void
the_language_decides_where_shapes_are_unsure(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	/* O or 0, I or 1 or l, at the same odds */
	const char *total[] = {"T", "", "0O", "T", "", "A", "1L"},
	           *price[] = {"1l", "2", ".", "O0", "", "O0"};
	search_says(&w, total, ARRAY_LEN(total), "TOTAL");
	search_says(&w, price, ARRAY_LEN(price), "12.00");
	weights_release(&w);
}

static void
a_letter_comes_twice_only_with_a_blank_between(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	const char *ball[] = {" ", "B", "B", "A", "L", "L", "", "L", " ", " "},
	           *nothing[] = {"", " ", "", " "};
	search_says(&w, ball, ARRAY_LEN(ball), "BALL");
	search_says(&w, nothing, ARRAY_LEN(nothing), "");
	weights_release(&w);
}

/* Scores that are no numbers, as weights gone wrong would give, are read as something or nothing. */
static void
what_is_low_and_by_itself_and_not_surely_read_is_a_speck(void **state)
{
	(void)state;
	struct weights w;
	struct why why = {""};
	struct letter l[8];
	static const struct {
		const char *text;
		float sure, height;
		bool speck;
	} cases[] = {
	    {"A", .8F, .5F, true},    {"A", .95F, .5F, false},     {"A", .8F, .7F, false},
	    {"A", .5F, .7F, true},    {"A", .5F, .9F, false},      {"a9", .8F, .5F, true},
	    {"5.5", .8F, .5F, false}, {":", .5F, .3F, false},      {"-", .5F, .1F, false},
	    {"", .5F, .1F, false},    {"A", .5F, INFINITY, false},
	};
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = spell(&w, cases[i].text, l);
		for (size_t k = 0; k < n; k++)
			l[k].confidence = k + 1 == n ? cases[i].sure : 1;
		assert_int_equal(decode_is_speck(&w, l, n, cases[i].height), cases[i].speck);
	}
	weights_release(&w);
}

static void
survives_scores_that_are_no_numbers(void **state)
{
	(void)state;
	struct weights w;
	struct search s;
	struct why why = {""};
	struct letter l[9];
	size_t n = 0;
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	OWNED(mem_free) float *scores = calloc(9 * (size_t)w.classes, sizeof *scores);
	assert_int_equal(search_init(&w, 9, &s, &why), ERR_NONE);
	for (int32_t kind = 0; kind < 4; kind++) {
		for (int32_t i = 0; i < 9 * w.classes; i++)
			scores[i] = kind == 0           ? NAN
			            : kind == 1         ? INFINITY
			            : kind == 2         ? -INFINITY
			            : i / w.classes % 2 ? NAN
			                                : (float)(i % 7);
		assert_int_equal(search_line(&s, scores, 9, (size_t)w.classes, l, &n, &why), ERR_NONE);
		for (size_t i = 0; i < n; i++)
			assert_true(l[i].first >= 0 && l[i].first <= l[i].last && l[i].last < 9);
	}
	search_release(&s);
	weights_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_take_the_alphabet_of_their_word),
	    cmocka_unit_test(a_decimal_mark_is_what_the_net_sees),
	    cmocka_unit_test(words_of_two_alphabets_are_doubted),
	    cmocka_unit_test(what_closes_a_quotation_is_no_sign),
	    cmocka_unit_test(zeros_before_a_name_are_the_form_of_a_firm),
	    cmocka_unit_test(a_latin_page_leans_away_from_cyrillic_letters),
	    cmocka_unit_test(letters_take_the_case_of_their_word),
	    cmocka_unit_test(a_tall_line_without_tall_letters_is_of_capitals),
	    cmocka_unit_test(a_stop_within_a_word_is_a_hyphen),
	    cmocka_unit_test(the_language_decides_where_shapes_are_unsure),
	    cmocka_unit_test(what_is_low_and_by_itself_and_not_surely_read_is_a_speck),
	    cmocka_unit_test(survives_scores_that_are_no_numbers),
	    cmocka_unit_test(a_letter_comes_twice_only_with_a_blank_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
