#include "search_words.h"

#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_fold(const char *text, const char *wanted)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("fold", MIB);
	assert_string_equal(search_fold(text, mem), wanted);
}

static void
words_lose_case_accents_and_marks(void **state)
{
	(void)state;
	assert_fold("", "");
	assert_fold(" -- ", "");
	assert_fold("«Пятёрочка» № 17", "пятерочка 17");
	assert_fold("Café MÜLLER’s ﬁn", "cafe muller s fin");
	assert_fold("чай, чаи\xCC\x86", "чай чай"); /* й whole and in two parts */
	assert_fold("bad \xFF\xC3 bytes", "bad bytes");
	assert_fold("ΣΊΣΥΦΟΣ", "σισυφοσ");
}

static void
forms_of_a_word_share_their_stem(void **state)
{
	(void)state;
	static const char *const same[][2] = {{"молоко", "молока"},       {"магазинами", "магазина"},
	                                      {"квитанции", "квитанция"}, {"receipts", "receipt"},
	                                      {"paying", "pays"},         {"счета", "счет"}};
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		size_t n, m;
		const char *a = stemmer_stem(s, same[i][0], strlen(same[i][0]), &n);
		char kept[SEARCH_WORD_MAX];
		memcpy(kept, a, n);
		const char *b = stemmer_stem(s, same[i][1], strlen(same[i][1]), &m);
		if (n != m || memcmp(kept, b, n) != 0)
			fail_msg("%s and %s: %.*s and %.*s", same[i][0], same[i][1], (int)n, kept, (int)m, b);
	}
	size_t n;
	assert_string_equal(stemmer_stem(s, "12345", 5, &n), "12345");
}

static void
a_query_is_taken_apart(void **state)
{
	(void)state;
	struct search_query q;
	search_query_read("milk \"corner shop\" -bag rec* !! br", &q);
	assert_int_equal(q.n, 5);
	assert_memory_equal(q.terms[1].text, "corner shop", 11);
	assert_int_equal(q.terms[1].len, 11);
	assert_true(q.terms[2].excluded && !q.terms[2].typing);
	assert_true(q.terms[3].prefix && q.terms[3].len == 3);
	assert_true(q.terms[4].typing && !q.terms[0].typing);
	search_query_read("milk ", &q);
	assert_false(q.terms[0].typing); /* a blank ends it */
	search_query_read("\"never closed", &q);
	assert_int_equal(q.n, 1);
	search_query_read(" - \"\" * ", &q);
	assert_int_equal(q.n, 0);
}

static void
assert_snippet(const char *query, const char *text, const char *wanted)
{
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	struct search_query q;
	struct search_snippet sn;
	char out[1000] = "";
	size_t at = 0, len = 0;
	search_query_read(query, &q);
	if (search_snippet(s, &q, text, strlen(text), &sn)) {
		for (size_t i = 0; i < sn.n_marks; i++) {
			len += (size_t)snprintf(out + len, sizeof out - len, "%.*s[%.*s]",
			                        (int)(sn.marks[i].start - at), sn.text + at,
			                        (int)sn.marks[i].len, sn.text + sn.marks[i].start);
			at = sn.marks[i].start + sn.marks[i].len;
		}
		snprintf(out + len, sizeof out - len, "%.*s", (int)(sn.len - at), sn.text + at);
	}
	assert_string_equal(out, wanted);
}

static void
a_snippet_marks_what_was_found(void **state)
{
	(void)state;
	assert_snippet("молока", "Молоко 3,2% и МОЛОКА", "[Молоко] 3,2% и [МОЛОКА]");
	assert_snippet("сч", "Ваш счёт", "Ваш [счёт]");
	assert_snippet("bag", "milk and bread", "");
	char longer[2000];
	memset(longer, 'x', sizeof longer);
	for (size_t i = 9; i < sizeof longer; i += 10)
		longer[i] = ' ';
	memcpy(longer + 1000, "needle", 6);
	longer[sizeof longer - 1] = '\0';
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	struct search_query q;
	struct search_snippet sn;
	search_query_read("needle*", &q);
	assert_true(search_snippet(s, &q, longer, strlen(longer), &sn));
	assert_int_equal(sn.text - longer, 940);
	assert_int_equal(sn.len, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_lose_case_accents_and_marks),
	    cmocka_unit_test(forms_of_a_word_share_their_stem),
	    cmocka_unit_test(a_query_is_taken_apart),
	    cmocka_unit_test(a_snippet_marks_what_was_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
