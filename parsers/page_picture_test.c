/* What a person is shown of a page: its own colours, no larger than promised, whatever shape and depth it
 * has. */
#include "page_picture.h"

#include "own.h"

#include <leptonica/allheaders.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <webp/decode.h>

#include <cmocka.h>

static void
assert_near(int a, int b)
{
	if (abs(a - b) > 8)
		fail_msg("%d is not about %d", a, b);
}

/* The colour in its middle. */
static void
check_picture(const struct picture *p, int w, int h, const int rgb[3])
{
	int got_w = 0, got_h = 0;
	uint8_t *bytes = WebPDecodeRGB(p->webp, p->n, &got_w, &got_h);
	assert_non_null(bytes);
	assert_int_equal(p->width, w);
	assert_int_equal(p->height, h);
	assert_int_equal(got_w, w);
	assert_int_equal(got_h, h);
	const uint8_t *at = bytes + 3 * ((size_t)(h / 2) * (size_t)w + (size_t)(w / 2));
	for (int i = 0; i < 3; i++)
		assert_near(at[i], rgb[i]);
	WebPFree(bytes);
}

static void
check(PIX *pix, int w, int h, int small_w, int small_h, const int rgb[3])
{
	struct picture page = {0}, thumbnail = {0};
	struct why why;
	assert_non_null(pix);
	assert_int_equal(page_pictures(pix, &page, &thumbnail, &why), ERR_NONE);
	check_picture(&page, w, h, rgb);
	check_picture(&thumbnail, small_w, small_h, rgb);
	free(page.webp);
	free(thumbnail.webp);
}

static PIX *
coloured(int w, int h, const int rgb[3])
{
	l_uint32 word;
	PIX *pix = pixCreate(w, h, 32);
	assert_non_null(pix);
	composeRGBPixel(rgb[0], rgb[1], rgb[2], &word);
	pixSetAllArbitrary(pix, word);
	return pix;
}

static void
a_page_keeps_its_colours_and_its_shape(void **state)
{
	(void)state;
	static const struct {
		int w, h, page_w, page_h, small_w, small_h;
	} cases[] = {
	    {3200, 800, 1600, 400, 320, 80},    {300, 200, 300, 200, 300, 200},
	    {1700, 1601, 1600, 1506, 320, 301}, {1, 4000, 1, 1600, 1, 320},
	    {9000, 2, 1600, 1, 320, 1},         {1, 1, 1, 1, 1, 1},
	};
	static const int rgb[] = {200, 40, 90};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(pixDestroy) PIX *pix = coloured(cases[i].w, cases[i].h, rgb);
		check(pix, cases[i].page_w, cases[i].page_h, cases[i].small_w, cases[i].small_h, rgb);
	}
}

static void
a_page_of_any_depth_is_shown(void **state)
{
	(void)state;
	static const int red[] = {220, 30, 30}, dark[] = {80, 80, 80}, half[] = {128, 128, 128};
	OWNED(pixDestroy) PIX *grey = pixCreate(1800, 900, 8);
	pixSetAllArbitrary(grey, 80);
	check(grey, 1600, 800, 320, 160, dark);
	OWNED(pixDestroy) PIX *deep = pixCreate(1800, 900, 16);
	pixSetAllArbitrary(deep, 80 * 257);
	check(deep, 1600, 800, 320, 160, dark);
	OWNED(pixDestroy) PIX *rgb = coloured(1800, 900, red);
	OWNED(pixDestroy) PIX *few = pixFewColorsOctcubeQuant1(rgb, 3); /* by a table of colours */
	assert_true(few && pixGetColormap(few));
	check(few, 1600, 800, 320, 160, red);
	/* Every second column of a fax is black: fewer columns show what lies between. */
	OWNED(pixDestroy) PIX *fax = pixCreate(6400, 3200, 1);
	for (l_int32 x = 0; x < 6400; x += 2)
		pixRenderLine(fax, x, 0, x, 3199, 1, L_SET_PIXELS);
	check(fax, 1600, 800, 320, 160, half);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_keeps_its_colours_and_its_shape),
	    cmocka_unit_test(a_page_of_any_depth_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
