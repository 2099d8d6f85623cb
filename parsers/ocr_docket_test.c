#include "banned.h"

#include "ocr.h"

#include <leptonica/allheaders.h>
#include <setjmp.h>
#include <stdarg.h>
/* after the others */
#include <cmocka.h>

static uint8_t *
grey_sample(const char *name, int32_t *ret_width, int32_t *ret_height)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/samples/%s", getenv("DOCKET_SOURCE_DIR"), name);
	PIX *colour = pixRead(path);
	assert_non_null(colour);
	PIX *grey = pixConvertTo8(colour, 0);
	int32_t w = pixGetWidth(grey), h = pixGetHeight(grey);
	uint8_t *pixels = malloc((size_t)w * (size_t)h);
	assert_non_null(pixels);
	for (int32_t y = 0; y < h; y++) {
		l_uint32 *row = pixGetData(grey) + (ptrdiff_t)y * pixGetWpl(grey);
		for (int32_t x = 0; x < w; x++)
			pixels[(size_t)y * (size_t)w + (size_t)x] = (uint8_t)GET_DATA_BYTE(row, x);
	}
	pixDestroy(&colour);
	pixDestroy(&grey);
	*ret_width = w;
	*ret_height = h;
	return pixels;
}

static void
expect_words(const char *sample, const char *const *expected, size_t n)
{
	struct why why = {""};
	struct ocr *ocr = NULL;
	struct ocr_text text;
	int32_t w, h;
	OWNED(mem_free) uint8_t *pixels = grey_sample(sample, &w, &h);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	assert_int_equal(ocr_open(&(struct ocr_options){"docket", "eng+rus", NULL}, &ocr, &why), ERR_NONE);
	struct ocr_image image = {pixels, w, h, (size_t)w, 0};
	assert_int_equal(ocr_read(ocr, &image, &(struct ocr_request){OCR_BLOCK, NULL, 0}, mem, &text, &why),
	                 ERR_NONE);
	for (size_t i = 0; i < n; i++) {
		bool found = false;
		for (size_t k = 0; k < text.n_words; k++)
			found |= strcmp(text.words[k].text, expected[i]) == 0;
		if (!found)
			fail_msg("%s: \"%s\" was not read", sample, expected[i]);
	}
	size_t words = 0;
	for (size_t i = 0; i < text.n_lines; i++) {
		assert_int_equal(text.lines[i].first, words);
		words += text.lines[i].n;
	}
	assert_int_equal(words, text.n_words);
	assert_int_equal(ocr_read(ocr, &image, &(struct ocr_request){OCR_BLOCK, NULL, 1}, mem, &text, &why),
	                 ERR_PARSER_TIMEOUT);
	ocr_close(&ocr);
}

static void
reads_a_russian_receipt(void **state)
{
	(void)state;
	const char *const words[] = {"КАССОВЫЙ", "Хлеб",       "Молоко", "Российский",
	                             "189.80",   "17.02.2026", "ИТОГ"};
	expect_words("receipt-ru.jpg", words, ARRAY_LEN(words));
}

static void
reads_an_english_receipt(void **state)
{
	(void)state;
	const char *const words[] = {"HARBOUR", "STREET", "14/03/2026", "Receipt", "Wholemeal", "1.85"};
	expect_words("receipt-en.jpg", words, ARRAY_LEN(words));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_russian_receipt),
	    cmocka_unit_test(reads_an_english_receipt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
