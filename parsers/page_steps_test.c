/* The steps of a page on pictures drawn here, and on a sample where it has to be read. */
#include "page_steps.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PAPER 235
#define INK   30

static void
fill(PIX *pix, int x0, int y0, int w, int h, int level)
{
	for (int y = y0; y < y0 + h; y++)
		for (int x = x0; x < x0 + w; x++)
			pixSetPixel(pix, x, y, (l_uint32)level);
}

/* Rows of bars, as tall as letters, in words of five. */
static void
fill_with_print(PIX *pix, int x0, int y0, int w, int h)
{
	for (int y = y0; y + 16 <= y0 + h; y += 32)
		for (int x = x0, k = 0; x + 6 <= x0 + w; x += k++ % 5 == 4 ? 20 : 12)
			fill(pix, x, y, 6, 16, INK);
}

static PIX *
page_with_print(int w, int h)
{
	PIX *pix = pixCreate(w, h, 8);
	assert_non_null(pix);
	fill(pix, 0, 0, w, h, PAPER);
	fill_with_print(pix, w / 8, h / 8, w * 3 / 4, h * 3 / 4);
	return pix;
}

/* `pix` seen at an angle: its corners, x and y each, clockwise from the upper left, at `at`. */
static PIX *
photo_of(PIX *pix, int w, int h, const float at[8])
{
	PIX *table = pixCreate(w, h, 8), *whole = pixCreate(w, h, 8);
	fill(table, 0, 0, w, h, 70);
	pixRasterop(whole, 0, 0, pixGetWidth(pix), pixGetHeight(pix), PIX_SRC, pix, 0, 0);
	PTA *from = ptaCreate(4), *to = ptaCreate(4);
	const float x[4] = {0, (float)pixGetWidth(pix), (float)pixGetWidth(pix), 0};
	const float y[4] = {0, 0, (float)pixGetHeight(pix), (float)pixGetHeight(pix)};
	for (int i = 0; i < 4; i++) {
		ptaAddPt(from, x[i], y[i]);
		ptaAddPt(to, at[2 * i], at[2 * i + 1]);
	}
	PIX *seen = pixProjectivePta(whole, to, from, L_BRING_IN_BLACK);
	for (int r = 0; r < h; r++) {
		for (int c = 0; c < w; c++) {
			l_uint32 v = 0;
			pixGetPixel(seen, c, r, &v);
			if (v > 10)
				pixSetPixel(table, c, r, v);
		}
	}
	ptaDestroy(&from);
	ptaDestroy(&to);
	pixDestroy(&whole);
	pixDestroy(&seen);
	return table;
}

static bool
is_cut(PIX **pix)
{
	struct why why;
	bool cut = false;
	assert_int_equal(page_cut(pix, &cut, &why), ERR_NONE);
	return cut;
}

static void
a_sheet_is_cut_out_of_its_photo(void **state)
{
	(void)state;
	PIX *page = page_with_print(600, 800);
	static const float at[8] = {160, 110, 720, 150, 760, 900, 130, 880};
	PIX *photo = photo_of(page, 900, 1000, at);
	assert_true(is_cut(&photo));
	assert_true(abs(pixGetWidth(photo) - 631) < 12 && abs(pixGetHeight(photo) - 771) < 12);
	l_uint32 corner = 0;
	pixGetPixel(photo, pixGetWidth(photo) - 20, pixGetHeight(photo) - 20, &corner);
	assert_true(corner > PAPER - 20);
	pixDestroy(&page);
	pixDestroy(&photo);
}

static void
a_page_that_fills_its_picture_is_left_alone(void **state)
{
	(void)state;
	PIX *page = page_with_print(600, 800);
	assert_false(is_cut(&page));
	assert_int_equal(pixGetWidth(page), 600);
	pixDestroy(&page);
}

/* Its brighter half is no sheet: three of the four sides are the picture's own. */
static void
a_page_in_light_from_one_side_is_left_alone(void **state)
{
	(void)state;
	for (int w = 700; w <= 850; w += 30) {
		PIX *page = page_with_print(w, 1080);
		for (int y = 0; y < 1080; y++) {
			uint32_t *row = pixGetData(page) + (size_t)y * (size_t)pixGetWpl(page);
			for (int x = 0; x < w; x++)
				SET_DATA_BYTE(row, x, GET_DATA_BYTE(row, x) * (2 * w - x) / (2 * w));
		}
		assert_false(is_cut(&page));
		pixDestroy(&page);
	}
}

/* A shadow's edge across the paper looks like one of its sides, but does not run along the one across. */
static void
a_shadows_edge_is_no_side_of_the_sheet(void **state)
{
	(void)state;
	PIX *page = page_with_print(600, 800);
	static const float at[8] = {150, 100, 750, 100, 750, 640, 150, 900};
	PIX *photo = photo_of(page, 900, 1000, at);
	assert_false(is_cut(&photo));
	pixDestroy(&page);
	pixDestroy(&photo);
}

static void
a_page_that_stands_askew_is_levelled(void **state)
{
	(void)state;
	for (int deg = -6; deg <= 6; deg += 3) {
		struct why why;
		float found = 0, again = 0;
		PIX *page = page_with_print(800, 1000);
		PIX *askew =
		    pixRotate(page, (float)(deg * M_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
		assert_int_equal(page_straighten(&askew, &found, &why), ERR_NONE);
		assert_true(fabsf(fabsf(found) - (float)abs(deg)) < 0.2F);
		assert_int_equal(page_straighten(&askew, &again, &why), ERR_NONE);
		assert_true(again == 0);
		pixDestroy(&page);
		pixDestroy(&askew);
	}
}

static struct page_trust
trust_of(struct ocr *ocr, PIX *grey, struct arena *mem)
{
	struct ocr_image image;
	struct ocr_text text;
	struct why why;
	assert_int_equal(page_image(grey, 1, 0, mem, &image, &why), ERR_NONE);
	assert_int_equal(ocr_read(ocr, &image, &(struct ocr_request){.layout = OCR_BLOCK}, mem, &text, &why),
	                 ERR_NONE);
	return page_trust_of(&text);
}

/* Every colour there is, in rows whose length is no multiple of four. */
static void
grey_is_what_leptonica_makes_of_a_colour(void **state)
{
	(void)state;
	const int side = 4097;
	PIX *colours = pixCreate(side, side, 32);
	assert_non_null(colours);
	for (int y = 0, i = 0; y < side; y++)
		for (int x = 0; x < side; x++, i++)
			pixGetData(colours)[(size_t)y * (size_t)pixGetWpl(colours) + (size_t)x] = (uint32_t)i
			                                                                          << 8;
	PIX *ours = page_grey(colours), *theirs = pixConvertRGBToLuminance(colours);
	l_int32 same = 0;
	pixEqual(ours, theirs, &same);
	assert_true(same);
	pixDestroy(&theirs);
	theirs = page_grey(ours);
	assert_ptr_equal(theirs, ours);
	pixDestroy(&theirs);
	pixDestroy(&ours);
	pixDestroy(&colours);
}

static PIX *
receipt(void)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/samples/receipt-en.png", getenv("DOCKET_SOURCE_DIR"));
	PIX *colour = pixRead(path), *grey = pixConvertTo8(colour, 0);
	pixDestroy(&colour);
	return grey;
}

static void
a_page_is_found_the_right_way_up(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 128 * MIB);
	OWNED(ocr_close) struct ocr *ocr = NULL;
	struct why why = {""};
	PIX *upright = receipt();
	assert_int_equal(ocr_open(&(struct ocr_options){"docket", "eng+rus", NULL}, &ocr, &why), ERR_NONE);
	assert_false(page_is_doubtful(trust_of(ocr, upright, mem)));
	for (int way = 1; way <= 4; way++) { /* quarters of a turn; 4: light on dark */
		int quarters = 0;
		bool inverted = false;
		PIX *other = way < 4 ? pixRotateOrth(upright, way) : pixInvert(NULL, upright);
		struct page_trust t = trust_of(ocr, other, mem);
		assert_true(page_is_doubtful(t));
		assert_int_equal(page_turn_of(ocr, other, t, 1, 0, &quarters, &inverted, &why), ERR_NONE);
		assert_int_equal(quarters, way < 4 ? 4 - way : 0);
		assert_int_equal(inverted, way == 4);
		pixDestroy(&other);
	}
	pixDestroy(&upright);
}

static void
letters_by_themselves_say_nothing_of_a_page(void **state)
{
	(void)state;
	const struct ocr_word words[] = {{.text = "Ф", .confidence = 1},
	                                 {.text = "O", .confidence = 1},
	                                 {.text = "Имя", .confidence = .5F}};
	struct page_trust t = page_trust_of(&(struct ocr_text){.words = words, .n_words = ARRAY_LEN(words)});
	assert_int_equal(t.letters, 3);
	assert_true(t.sure == 0);
}

/* Its few lines, lying on their side, are next to no letters. */
static void
a_short_paper_is_found_the_right_way_up(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 128 * MIB);
	OWNED(ocr_close) struct ocr *ocr = NULL;
	struct why why = {""};
	int quarters = 0;
	bool inverted = false;
	PIX *whole = receipt();
	BOX *head = boxCreate(0, 0, pixGetWidth(whole), 160);
	PIX *upright = pixClipRectangle(whole, head, NULL), *turned = pixRotateOrth(upright, 1);
	assert_int_equal(ocr_open(&(struct ocr_options){"docket", "eng+rus", NULL}, &ocr, &why), ERR_NONE);
	struct page_trust t = trust_of(ocr, turned, mem);
	assert_true(t.letters < 12);
	for (double sure = 0; sure <= 1; sure += 1) { /* as the few may be by chance */
		t.sure = sure;
		assert_true(page_is_doubtful(t));
		assert_int_equal(page_turn_of(ocr, turned, t, 1, 0, &quarters, &inverted, &why), ERR_NONE);
		assert_int_equal(quarters, 3);
	}
	boxDestroy(&head);
	pixDestroy(&whole);
	pixDestroy(&upright);
	pixDestroy(&turned);
}

/* What a person is told of a picture with three words on it, read as surely as that. */
static const char *
first_warning(PIX *pix, float confidence)
{
	const struct word words[] = {{"one", confidence, {0.4F, 0.4F, 0.5F, 0.43F}},
	                             {"two", confidence, {0.4F, 0.5F, 0.5F, 0.53F}},
	                             {"three", confidence, {0.4F, 0.6F, 0.5F, 0.63F}}};
	const char *warnings[PAGE_WARNINGS];
	struct page_look look = page_look_at(pix);
	struct page page = {.words = words, .n_words = ARRAY_LEN(words), .quality = look.quality};
	return page_warnings(&look, &page, false, warnings) ? warnings[0] : "none";
}

static void
what_is_wrong_with_a_picture_is_told(void **state)
{
	(void)state;
	PIX *sharp = page_with_print(600, 900);
	assert_string_equal(first_warning(sharp, 0.95F), "none");
	PIX *blurred = pixBlockconvGray(sharp, NULL, 7, 7);
	assert_string_equal(first_warning(blurred, 0.95F), "blurred");
	PIX *below = pixCopy(NULL, sharp);
	pixRasterop(below, 0, 600, 600, 300, PIX_SRC, blurred, 0, 600);
	assert_string_equal(first_warning(below, 0.95F), "blurred_bottom");
	PIX *faint = pixCopy(NULL, sharp);
	pixMultConstantGray(faint, 0.2F);
	pixAddConstantGray(faint, 150);
	assert_string_equal(first_warning(faint, 0.7F), "low_contrast");
	assert_string_equal(first_warning(faint, 0.95F), "none");
	PIX *night = pixCopy(NULL, sharp);
	pixMultConstantGray(night, 0.35F);
	assert_string_equal(first_warning(night, 0.7F), "too_dark");
	assert_string_equal(first_warning(night, 0.95F), "none");
	PIX *soft = pixBlockconvGray(sharp, NULL, 3, 3);
	assert_string_equal(first_warning(soft, 0.7F), "blurred");
	assert_string_equal(first_warning(soft, 0.95F), "none");
	pixDestroy(&soft);
	struct page empty = {.number = 1};
	const char *warnings[PAGE_WARNINGS];
	struct page_look look = page_look_at(sharp);
	assert_int_equal(page_warnings(&look, &empty, false, warnings), 1);
	assert_string_equal(warnings[0], "blank_page");
	pixDestroy(&sharp);
	pixDestroy(&blurred);
	pixDestroy(&below);
	pixDestroy(&faint);
	pixDestroy(&night);
}

/* Light from `x`, `y`: white within `r`, gone at half as much again. */
static void
reflect(PIX *pix, int x, int y, int r)
{
	for (int j = 0; j < pixGetHeight(pix); j++) {
		for (int i = 0; i < pixGetWidth(pix); i++) {
			l_uint32 v;
			double away = hypot(i - x, j - y), a = fmax(0, fmin(1, 3 - 2 * away / r));
			pixGetPixel(pix, i, j, &v);
			pixSetPixel(pix, i, j, (l_uint32)(v + a * (255 - v)));
		}
	}
}

static void
a_reflection_is_told_however_much_it_covers(void **state)
{
	(void)state;
	for (int r = 60; r <= 300; r += 80) {
		PIX *page = page_with_print(600, 900);
		reflect(page, 300, 300, r);
		assert_string_equal(first_warning(page, 0.95F), "glare");
		pixDestroy(&page);
	}
	/* a scanner's white is none, with a box on it that is grey or not */
	PIX *scan = page_with_print(600, 900), *white = pixCopy(NULL, scan);
	for (int y = 0; y < 900; y++)
		for (int x = 0; x < 600; x++) {
			l_uint32 v;
			pixGetPixel(white, x, y, &v);
			if (v == PAPER)
				pixSetPixel(white, x, y, 255);
		}
	assert_string_equal(first_warning(white, 0.95F), "none");
	pixRasterop(white, 0, 600, 600, 300, PIX_SRC, scan, 0, 600);
	assert_string_equal(first_warning(white, 0.95F), "none");
	pixDestroy(&scan);
	pixDestroy(&white);
}

/* A shadow over a page's lower third: `marks` letters stand in it, and the paper has a grain. */
static PIX *
shaded_below(int marks)
{
	PIX *page = page_with_print(600, 900);
	fill(page, 0, 560, 600, 340, PAPER);
	for (int i = 0; i < marks; i++)
		fill(page, 60 + i % 40 * 12, 620 + i / 40 * 32, 6, 16, INK);
	for (int y = 500; y < 900; y++)
		for (int x = 0; x < 600; x++) {
			l_uint32 v;
			pixGetPixel(page, x, y, &v);
			double grain = ((x * 7 + y * 13) % 17 - 8) * 1.2, light = 1 - .7 * (y - 500) / 400;
			pixSetPixel(page, x, y, (l_uint32)fmax(0, v * light + grain));
		}
	return page;
}

static void
a_shadow_on_empty_paper_is_not_blur(void **state)
{
	(void)state;
	for (int marks = 0; marks <= 200; marks += marks < 2 ? 2 : 66) {
		PIX *page = shaded_below(marks);
		assert_string_equal(first_warning(page, 0.95F), "none");
		pixDestroy(&page);
	}
	PIX *page = shaded_below(200), *blurred = pixBlockconvGray(page, NULL, 11, 11);
	pixRasterop(page, 0, 600, 600, 300, PIX_SRC, blurred, 0, 600);
	assert_string_equal(first_warning(page, 0.95F), "blurred_bottom");
	pixDestroy(&blurred);
	pixDestroy(&page);
}

/* Three rows and two columns in a frame, thin or thick; a word in each cell but two: none, and two. */
static void
a_ruled_table_has_rows_and_cells(void **state)
{
	(void)state;
	static const struct word words[] = {
	    {"Item", 1, {0.12F, 0.21F, 0.2F, 0.24F}},  {"Price", 1, {0.62F, 0.21F, 0.7F, 0.24F}},
	    {"Slip", 1, {0.12F, 0.31F, 0.2F, 0.34F}},  {"case", 1, {0.48F, 0.31F, 0.56F, 0.34F}},
	    {"18.50", 1, {0.62F, 0.31F, 0.7F, 0.34F}}, {"7.00", 1, {0.62F, 0.41F, 0.7F, 0.44F}},
	    {"below", 1, {0.12F, 0.61F, 0.2F, 0.64F}}};
	static const struct span lines[] = {{0, 2}, {2, 3}, {5, 1}, {6, 1}};
	for (int thick = 1; thick <= 4; thick++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
		struct why why;
		struct page p = {
		    .words = words, .n_words = ARRAY_LEN(words), .lines = lines, .n_lines = ARRAY_LEN(lines)};
		PIX *pix = pixCreate(1000, 1000, 8);
		fill(pix, 0, 0, 1000, 1000, PAPER);
		for (int row = 0; row < 4; row++)
			fill(pix, 100, 190 + row * 90, 800, thick, 150);
		for (int column = 0; column < 3; column++)
			fill(pix, 100 + (column == 1 ? 480 : column * 400), 190, thick, 270 + thick, 150);
		fill_with_print(pix, 120, 620, 300, 100);
		assert_int_equal(page_ruled_tables(pix, PAPER, &p, mem, &why), ERR_NONE);
		assert_int_equal(p.n_tables, 1);
		const struct table *t = &p.tables[0];
		assert_true(t->ruled && t->rows == 3 && t->columns == 2 && t->n_cells == 5);
		assert_int_equal(t->cells[2].words.n, 2);
		assert_true(t->cells[3].row == 1 && t->cells[3].column == 1);
		assert_true(t->cells[4].row == 2 && t->cells[4].column == 1);
		pixDestroy(&pix);
	}
}

/* Nine empty grids: what is looked at and not kept takes no memory of the page. */
static void
frames_that_nothing_stands_in_cost_nothing(void **state)
{
	(void)state;
	static struct word words[2000];
	static const struct span line = {0, ARRAY_LEN(words)};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 32 * KIB);
	struct page p = {.words = words, .n_words = ARRAY_LEN(words), .lines = &line, .n_lines = 1};
	struct why why;
	OWNED(pixDestroy) PIX *pix = pixCreate(1000, 1000, 8);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = (struct word){"aside", 1, {0.96F, 0.96F, 0.99F, 0.99F}};
	fill(pix, 0, 0, 1000, 1000, PAPER);
	for (int grid = 0; grid < 9; grid++) {
		int x = 20 + grid % 3 * 320, y = 20 + grid / 3 * 320;
		for (int k = 0; k < 4; k++) {
			fill(pix, x, y + k * 80, 242, 2, INK);
			fill(pix, x + k * 80, y, 2, 242, INK);
		}
	}
	assert_int_equal(page_ruled_tables(pix, PAPER, &p, mem, &why), ERR_NONE);
	assert_int_equal(p.n_tables, 0);
}

static void
a_page_of_print_has_no_ruled_table(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	static const struct word words[] = {{"one", 1, {0.2F, 0.2F, 0.3F, 0.22F}},
	                                    {"two", 1, {0.4F, 0.2F, 0.5F, 0.22F}}};
	static const struct span line = {0, 2};
	struct page p = {.words = words, .n_words = 2, .lines = &line, .n_lines = 1};
	struct why why;
	PIX *pix = page_with_print(1000, 1000);
	fill(pix, 100, 500, 800, 2, INK); /* a rule, and nothing that crosses it */
	assert_int_equal(page_ruled_tables(pix, PAPER, &p, mem, &why), ERR_NONE);
	assert_int_equal(p.n_tables, 0);
	pixDestroy(&pix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grey_is_what_leptonica_makes_of_a_colour),
	    cmocka_unit_test(a_sheet_is_cut_out_of_its_photo),
	    cmocka_unit_test(a_page_that_fills_its_picture_is_left_alone),
	    cmocka_unit_test(a_page_in_light_from_one_side_is_left_alone),
	    cmocka_unit_test(a_shadows_edge_is_no_side_of_the_sheet),
	    cmocka_unit_test(a_page_that_stands_askew_is_levelled),
	    cmocka_unit_test(a_page_is_found_the_right_way_up),
	    cmocka_unit_test(letters_by_themselves_say_nothing_of_a_page),
	    cmocka_unit_test(a_short_paper_is_found_the_right_way_up),
	    cmocka_unit_test(a_ruled_table_has_rows_and_cells),
	    cmocka_unit_test(frames_that_nothing_stands_in_cost_nothing),
	    cmocka_unit_test(a_page_of_print_has_no_ruled_table),
	    cmocka_unit_test(what_is_wrong_with_a_picture_is_told),
	    cmocka_unit_test(a_reflection_is_told_however_much_it_covers),
	    cmocka_unit_test(a_shadow_on_empty_paper_is_not_blur),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
