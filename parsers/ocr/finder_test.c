/* What is a line, how it is cut out, and which strokes are dashes; on pictures drawn here. */
#include "crop.h"
#include "dash.h"
#include "finder.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the four above */
#include <cmocka.h>
#include <math.h>

#define WIDTH  640
#define HEIGHT 400

static void
wipe(uint8_t *pixels)
{
	memset(pixels, 240, WIDTH * HEIGHT);
}

static uint8_t *
white_page(void)
{
	uint8_t *pixels = malloc(WIDTH * HEIGHT);
	assert_non_null(pixels);
	wipe(pixels);
	return pixels;
}

static void
find_lines(const uint8_t *pixels, struct arena *mem, struct found *ret)
{
	struct why why = {""};
	struct reader_page page = {pixels, WIDTH, HEIGHT, WIDTH, 0};
	assert_int_equal(finder_find(&page, mem, ret, &why), ERR_NONE);
}

static void
draw_mark(uint8_t *pixels, int32_t x, int32_t y, int32_t w, int32_t h)
{
	for (int32_t row = y; row < y + h; row++)
		memset(pixels + row * WIDTH + x, 30, (size_t)w);
}

/* Bars as tall as letters, in words of five, on two lines that climb by `slope`. */
static void
draw_bars(uint8_t *pixels, double slope)
{
	wipe(pixels);
	for (int32_t line = 0; line < 2; line++)
		for (int32_t k = 0; k < 30; k++) {
			int32_t x0 = 60 + k * 14 + k / 5 * 10, y0 = 200 + line * 60 - (int32_t)(slope * x0);
			draw_mark(pixels, x0, y0, 6, 20);
		}
}

static void
finds_lines_that_climb(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	for (int32_t degrees = -12; degrees <= 12; degrees += 6) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
		struct found found;
		draw_bars(pixels, tan(degrees * M_PI / 180));
		find_lines(pixels, mem, &found);
		assert_int_equal(found.n, 2);
		assert_true(fabs(found.angle * 180 / M_PI + degrees) < 1);
		assert_true(fabsf(found.lines[0].height - 24) < 6);
	}
}

/* A mark that reaches from one row into the next does not make them one line. */
static void
parts_rows_that_a_tall_mark_joins(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct found found;
	for (int32_t line = 0; line < 2; line++)
		for (int32_t k = 0; k < 12; k++)
			draw_mark(pixels, 60 + k * 14 + line * 5, 100 + line * 26, 6,
			          line == 0 && k == 5 ? 40 : 20);
	find_lines(pixels, mem, &found);
	assert_int_equal(found.n, 2);
	assert_true(found.lines[0].height < 34 && found.lines[1].height < 34);
}

/* A comma of large print is as tall as half a letter and hangs below the line. */
static void
a_comma_is_no_line_of_its_own(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct found found;
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, 60 + k * 14, 100, 6, 20);
	draw_mark(pixels, 60 + 12 * 14, 113, 5, 13);
	find_lines(pixels, mem, &found);
	assert_int_equal(found.n, 1);
	assert_true(found.lines[0].x + found.lines[0].length > 60 + 12 * 14 + 4);
}

/* "I'm": the quotes and the apostrophe are alike and side by side, over the head of the I. */
static void
quotes_that_find_each_other_are_no_line(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct found found;
	draw_mark(pixels, 60, 90, 5, 11);
	draw_mark(pixels, 67, 90, 5, 11);
	draw_mark(pixels, 76, 90, 6, 32);
	draw_mark(pixels, 86, 90, 5, 11);
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, 95 + k * 14, 100, 6, 20);
	find_lines(pixels, mem, &found);
	assert_int_equal(found.n, 1);
	assert_true(found.lines[0].x < 61);
}

/* Quotes that close a line stand as near to the line above. */
static void
a_quote_belongs_to_the_line_on_its_level(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct found found;
	for (int32_t k = 0; k < 20; k++)
		draw_mark(pixels, 60 + k * 14, 100, 6, 20);
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, 60 + k * 14, 125, 6, 20);
	draw_mark(pixels, 222, 120, 5, 9);
	find_lines(pixels, mem, &found);
	assert_int_equal(found.n, 2);
	assert_true(found.lines[1].x + found.lines[1].length > 226);
}

static size_t
lines_of(const uint8_t *pixels)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct found found;
	find_lines(pixels, mem, &found);
	return found.n;
}

/* Columns of prose stand apart by little more than words of a justified line. */
static void
columns_are_no_one_line(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	for (int32_t gutter = 16; gutter <= 34; gutter += 18) {
		wipe(pixels);
		for (int32_t line = 0; line < 4; line++)
			for (int32_t k = 0; k < 30; k++)
				draw_mark(pixels, 40 + k * 14 + (k < 15 ? 0 : gutter), 100 + line * 40, 6,
				          20);
		assert_int_equal(lines_of(pixels), gutter > 20 ? 8 : 4);
	}
	/* a price is no column */
	wipe(pixels);
	for (int32_t k = 0; k < 20; k++)
		draw_mark(pixels, 40 + k * 14 + (k < 15 ? 0 : 30), 100, 6, 20);
	assert_int_equal(lines_of(pixels), 1);
}

/* A heading five times as high as the text is a line, a drawing of three strokes is none. */
static void
finds_large_headings(void **state)
{
	(void)state;
	OWNED(mem_free) uint8_t *pixels = white_page();
	for (int32_t marks = 3; marks <= 6; marks += 3) {
		wipe(pixels);
		for (int32_t k = 0; k < 30; k++)
			draw_mark(pixels, 40 + k * 14, 300, 6, 20);
		for (int32_t k = 0; k < marks; k++)
			draw_mark(pixels, 40 + k * 70, 100, 30, 100);
		assert_int_equal(lines_of(pixels), marks == 6 ? 2 : 1);
	}
}

static void
ink(float *in, int32_t x, int32_t y, int32_t w, int32_t h)
{
	for (int32_t row = y; row < y + h; row++)
		for (int32_t k = x; k < x + w; k++)
			in[row * 200 + k] = 1;
}

/* Two letters and what is between them, of `length`, at `y`, with as much white on either side. */
static size_t
dashes_between(int32_t length, int32_t y, int32_t white, struct dash ret[static DASH_MOST])
{
	float in[32 * 200] = {0};
	ink(in, 10, 6, 12, 20);
	ink(in, 22 + white, y, length, 2);
	ink(in, 22 + length + 2 * white, 6, 12, 20);
	return dash_find(in, 200, 32, 200, 1, ret);
}

static void
finds_long_dashes(void **state)
{
	(void)state;
	struct dash d[DASH_MOST];
	assert_int_equal(dashes_between(26, 17, 2, d), 1);
	assert_true(d[0].from == 24 && d[0].to == 50 && d[0].joined_before && d[0].joined_behind);
	assert_int_equal(dashes_between(26, 17, 0, d), 1); /* touching */
	assert_int_equal(dashes_between(26, 17, 8, d), 1);
	assert_true(!d[0].joined_before && !d[0].joined_behind);
	assert_int_equal(dashes_between(11, 17, 2, d), 0);  /* a hyphen */
	assert_int_equal(dashes_between(26, 28, 2, d), 0);  /* an underline */
	assert_int_equal(dashes_between(100, 17, 2, d), 0); /* a rule */
	assert_int_equal(dashes_between(26, 17, 20, d), 0); /* letters far away: a perforation */
}

static void
letters_that_stand_close_are_drawn_wider(void **state)
{
	(void)state;
	struct found_line wide = {.length = 400, .height = 30, .pitch = 30}, close = wide;
	close.pitch = 12;
	int32_t columns = crop_columns(&wide, 32, 2000);
	assert_true(crop_columns(&close, 32, 2000) > columns * 3 / 2);
	assert_int_equal(crop_columns(&close, 32, columns), columns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_lines_that_climb),
	    cmocka_unit_test(parts_rows_that_a_tall_mark_joins),
	    cmocka_unit_test(a_comma_is_no_line_of_its_own),
	    cmocka_unit_test(quotes_that_find_each_other_are_no_line),
	    cmocka_unit_test(a_quote_belongs_to_the_line_on_its_level),
	    cmocka_unit_test(columns_are_no_one_line),
	    cmocka_unit_test(finds_large_headings),
	    cmocka_unit_test(finds_long_dashes),
	    cmocka_unit_test(letters_that_stand_close_are_drawn_wider),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
