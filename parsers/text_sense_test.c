#include "text_sense.h"

#include <leptonica/allheaders.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool
makes_sense(const char *text)
{
	static char copy[1000];
	struct word words[100] = {{0}};
	size_t n = 0;
	snprintf(copy, sizeof copy, "%s", text);
	char *rest = NULL;
	for (char *w = strtok_r(copy, " ", &rest); w && n < ARRAY_LEN(words); w = strtok_r(NULL, " ", &rest))
		words[n++].text = w;
	return text_makes_sense(words, n);
}

static void
papers_make_sense_whatever_their_script(void **state)
{
	static const char *const fine[] = {
	    "Total to pay EUR 17.17 by 2026-12-01",
	    "Итого к оплате: 1 234,50 руб. ООО «Ромашка» ИНН 7701234567",
	    "By: ____________________________ Name: ................... Date: --------------",
	    "INV-2026-004471 HTML GmbH Straße München Rechnungsnummer Gesamtbetrag",
	    "9.00 8.17 17.17 --- 4471",
	    "合計 金額 領収書 東京都",
	    "",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		if (!makes_sense(fine[i]))
			fail_msg("\"%s\" makes sense", fine[i]);
	}
}

static void
noise_makes_none(void **state)
{
	static const char *const noise[] = {
	    "S4D4ncC!55Jz CBb!:eUU DblB!oezJ C>CT)!zJezJ",
	    "\"7+%- ./,;: (&) #!",
	    "Тotal Сhек Рrinт Мiхed Кukа",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(noise); i++) {
		if (makes_sense(noise[i]))
			fail_msg("\"%s\" makes no sense", noise[i]);
	}
}

static void
words_stand_where_there_is_ink(void **state)
{
	const struct word words[] = {{"ink", 1, {0.1F, 0.1F, 0.3F, 0.2F}},
	                             {"none", 1, {0.6F, 0.6F, 0.8F, 0.7F}}};
	PIX *page = pixCreate(100, 100, 32);
	(void)state;
	pixSetAll(page);
	for (int x = 12; x < 28; x++)
		pixSetRGBPixel(page, x, 15, 0, 0, 0);
	assert_true(text_is_drawn(words, 1, page));
	assert_false(text_is_drawn(words, 2, page));
	pixDestroy(&page);
}

/* Some rows of it tell, and they meet its letters. */
static void
a_word_as_tall_as_the_page_is_seen(void **state)
{
	const struct word tall = {"tall", 1, {0, 0, 1, 1}};
	PIX *page = pixCreate(400, 3000, 32);
	(void)state;
	pixSetAll(page);
	assert_false(text_is_drawn(&tall, 1, page));
	for (int y = 1500; y < 1600; y++)
		for (int x = 100; x < 120; x++)
			pixSetRGBPixel(page, x, y, 0, 0, 0);
	assert_true(text_is_drawn(&tall, 1, page));
	pixDestroy(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(papers_make_sense_whatever_their_script),
	    cmocka_unit_test(noise_makes_none),
	    cmocka_unit_test(words_stand_where_there_is_ink),
	    cmocka_unit_test(a_word_as_tall_as_the_page_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
