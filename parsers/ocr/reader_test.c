#include "banned.h"

#include "crop.h"
#include "dash.h"
#include "decode.h"
#include "fdio.h"
#include "finder.h"
#include "net.h"
#include "reader.h"
#include "search.h"
#include "uuid.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the four above */
#include <cmocka.h>
#include <math.h>
#include <sodium.h>

#define WEIGHTS "parsers/ocr/models/reader.weights"

static const char *
source(const char *name)
{
	static char path[4096];
	const char *root = getenv("DOCKET_SOURCE_DIR");
	snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
	return path;
}

static struct reader *
open_reader(void)
{
	struct reader *r = NULL;
	struct why why = {""};
	if (reader_open(source(WEIGHTS), &r, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	return r;
}

static uint32_t
take_u32(const char **p)
{
	uint32_t v;
	memcpy(&v, *p, sizeof v);
	*p += sizeof v;
	return v;
}

/* One golden line: its picture, then PyTorch's best class and score of every step. */
static void
check_line(const struct weights *w, const struct kernels *k, float tolerance, const char **p)
{
	struct why why = {""};
	int32_t columns = (int32_t)take_u32(p), expected = (int32_t)take_u32(p), steps = 0;
	const uint8_t *grey = (const uint8_t *)*p;
	*p += (size_t)columns * (size_t)w->rows;
	const char *classes = *p, *values = *p + 2 * expected;
	*p += 6 * expected;
	struct net_run n;
	size_t stride = 0;
	assert_int_equal(net_run_init(w, k, columns + 100, &n, &why), ERR_NONE);
	float *in = net_input(&n, columns, &stride);
	crop_contrast(grey, w->rows, columns, in, stride);
	const float *scores = net_forward(&n, columns, &steps, &stride);
	assert_int_equal(steps, expected);
	for (int32_t t = 0; t < steps; t++) {
		uint16_t class;
		float value;
		memcpy(&class, classes + 2 * t, sizeof class);
		memcpy(&value, values + 4 * t, sizeof value);
		assert_true(class < w->classes);
		assert_true(fabsf(scores[(size_t)t * stride + class] - value) <
		            tolerance * (1 + fabsf(value)));
		for (int32_t c = 0; c < w->classes; c++)
			assert_true(scores[(size_t)t * stride + (size_t)c] <
			            value + tolerance * (1 + fabsf(value)));
	}
	net_run_release(&n);
}

static bool
everywhere(void)
{
	return true;
}

#if defined(__x86_64__)
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool
has_bf16(void)
{
	return has_avx512() && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
}
#endif

/* bfloat16 keeps three digits of what goes into a layer. */
static const struct {
	const struct kernels *kernels;
	bool (*runs_here)(void);
	float tolerance;
} all_kernels[] = {
    {&kernels_plain, everywhere, 2e-3F},
#if defined(__x86_64__)
    {&kernels_avx2, has_avx2, 2e-3F},
    {&kernels_avx512, has_avx512, 2e-3F},
    {&kernels_bf16, has_bf16, 4e-2F},
#endif
};

static void
answers_as_pytorch_did(void **state)
{
	(void)state;
	struct why why = {""};
	struct weights w;
	OWNED(mem_free) char *golden = NULL;
	size_t len = 0;
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	assert_int_equal(file_read(source("parsers/ocr/golden/lines.bin"), MIB, &golden, &len, &why),
	                 ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(all_kernels); i++) {
		if (!all_kernels[i].runs_here())
			continue;
		const char *p = golden;
		for (uint32_t lines = take_u32(&p); lines; lines--)
			check_line(&w, all_kernels[i].kernels, all_kernels[i].tolerance, &p);
		assert_ptr_equal(p, golden + len);
	}
	weights_release(&w);
}

static void
refuses_weights_that_changed(void **state)
{
	(void)state;
	struct why why = {""};
	struct weights w;
	OWNED(mem_free) char *bytes = NULL;
	size_t len = 0;
	assert_int_equal(file_read(source(WEIGHTS), 64 * MIB, &bytes, &len, &why), ERR_NONE);
	for (size_t at = 0; at < len; at += len / 7) {
		bytes[at] ^= 1;
		enum err e = weights_parse((const uint8_t *)bytes, len, &w, &why);
		assert_int_equal(e, at >= 8 && at < 32 ? ERR_NONE : ERR_MODEL_UNAVAILABLE);
		bytes[at] ^= 1;
	}
	assert_int_equal(weights_parse((const uint8_t *)bytes, len - 64, &w, &why), ERR_MODEL_UNAVAILABLE);
	assert_int_equal(weights_parse((const uint8_t *)bytes, 0, &w, &why), ERR_MODEL_UNAVAILABLE);
	struct reader *r = NULL;
	assert_int_equal(reader_open("/nonexistent/weights", &r, &why), ERR_MODEL_UNAVAILABLE);
}

static void
read_blank(const struct reader *r, int32_t width, int32_t height, uint8_t level, size_t every)
{
	struct why why = {""};
	struct reader_text text = {0};
	size_t n = (size_t)width * (size_t)height;
	OWNED(mem_free) uint8_t *pixels = malloc(n + 1);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	assert_non_null(pixels);
	for (size_t i = 0; i < n; i++)
		pixels[i] = every && i % every == 0 ? (uint8_t)(255 - level) : level;
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(reader_read(r, &page, mem, &text, &why), ERR_NONE);
	for (size_t i = 0; i < text.n; i++) {
		const struct reader_word *w = &text.words[i];
		assert_true(w->x0 >= 0 && w->y0 >= 0 && w->x1 <= (float)width && w->y1 <= (float)height);
		assert_true(w->confidence >= 0 && w->confidence <= 1 && w->x0 < w->x1 && w->y0 < w->y1);
	}
	if (!every)
		assert_int_equal(text.n, 0);
}

static void
survives_odd_pictures(void **state)
{
	(void)state;
	struct reader *r = open_reader();
	read_blank(r, 0, 0, 0, 0);
	read_blank(r, 1, 1, 0, 0);
	read_blank(r, 20000, 1, 0, 7);
	read_blank(r, 20000, 40, 255, 0);
	read_blank(r, 3, 5000, 255, 2);
	read_blank(r, 400, 400, 0, 0);
	read_blank(r, 300, 300, 255, 3);
	read_blank(r, 500, 300, 200, 97);
	read_blank(r, 20000, 30, 255, 11);
	reader_close(&r);
}

static void
refuses_a_picture_too_large(void **state)
{
	(void)state;
	struct reader *r = open_reader();
	struct why why = {""};
	struct reader_text text;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct reader_page page = {(const uint8_t *)"", 1000000, 1000000, 1000000, 0};
	assert_int_equal(reader_read(r, &page, mem, &text, &why), ERR_PAGE_TOO_LARGE);
	reader_close(&r);
}

/* Bars as tall as letters, in words of five, on two lines that climb by `slope`. */
static void
draw_bars(uint8_t *pixels, int32_t width, int32_t height, double slope)
{
	memset(pixels, 240, (size_t)width * (size_t)height);
	for (int32_t line = 0; line < 2; line++)
		for (int32_t k = 0; k < 30; k++) {
			int32_t x0 = 60 + k * 14 + k / 5 * 10, y0 = 200 + line * 60 - (int32_t)(slope * x0);
			for (int32_t y = y0; y < y0 + 20; y++)
				for (int32_t x = x0; x < x0 + 6; x++)
					pixels[(size_t)y * (size_t)width + (size_t)x] = 30;
		}
}

static void
finds_lines_that_climb(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	for (int32_t degrees = -12; degrees <= 12; degrees += 6) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
		struct why why = {""};
		struct found found;
		draw_bars(pixels, width, height, tan(degrees * M_PI / 180));
		struct reader_page page = {pixels, width, height, (size_t)width, 0};
		assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
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
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct why why = {""};
	struct found found;
	memset(pixels, 240, (size_t)width * (size_t)height);
	for (int32_t line = 0; line < 2; line++)
		for (int32_t k = 0; k < 12; k++)
			for (int32_t y = 100 + line * 26;
			     y < 120 + line * 26 + (line == 0 && k == 5 ? 20 : 0); y++)
				memset(pixels + y * width + 60 + k * 14 + line * 5, 30, 6);
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
	assert_int_equal(found.n, 2);
	assert_true(found.lines[0].height < 34 && found.lines[1].height < 34);
}

static void
draw_mark(uint8_t *pixels, int32_t width, int32_t x, int32_t y, int32_t w, int32_t h)
{
	for (int32_t row = y; row < y + h; row++)
		memset(pixels + row * width + x, 30, (size_t)w);
}

/* A comma of large print is as tall as half a letter and hangs below the line. */
static void
a_comma_is_no_line_of_its_own(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct why why = {""};
	struct found found;
	memset(pixels, 240, (size_t)width * (size_t)height);
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, width, 60 + k * 14, 100, 6, 20);
	draw_mark(pixels, width, 60 + 12 * 14, 113, 5, 13);
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
	assert_int_equal(found.n, 1);
	assert_true(found.lines[0].x + found.lines[0].length > 60 + 12 * 14 + 4);
}

/* "I'm": the quotes and the apostrophe are alike and side by side, over the head of the I. */
static void
quotes_that_find_each_other_are_no_line(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct why why = {""};
	struct found found;
	memset(pixels, 240, (size_t)width * (size_t)height);
	draw_mark(pixels, width, 60, 90, 5, 11);
	draw_mark(pixels, width, 67, 90, 5, 11);
	draw_mark(pixels, width, 76, 90, 6, 32);
	draw_mark(pixels, width, 86, 90, 5, 11);
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, width, 95 + k * 14, 100, 6, 20);
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
	assert_int_equal(found.n, 1);
	assert_true(found.lines[0].x < 61);
}

/* Quotes that close a line stand as near to the line above. */
static void
a_quote_belongs_to_the_line_on_its_level(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct why why = {""};
	struct found found;
	memset(pixels, 240, (size_t)width * (size_t)height);
	for (int32_t k = 0; k < 20; k++)
		draw_mark(pixels, width, 60 + k * 14, 100, 6, 20);
	for (int32_t k = 0; k < 12; k++)
		draw_mark(pixels, width, 60 + k * 14, 125, 6, 20);
	draw_mark(pixels, width, 222, 120, 5, 9);
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
	assert_int_equal(found.n, 2);
	assert_true(found.lines[1].x + found.lines[1].length > 226);
}

static size_t
lines_of(const uint8_t *pixels, int32_t width, int32_t height)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct why why = {""};
	struct found found;
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(finder_find(&page, mem, &found, &why), ERR_NONE);
	return found.n;
}

/* Columns of prose stand apart by little more than words of a justified line. */
static void
columns_are_no_one_line(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	for (int32_t gutter = 16; gutter <= 34; gutter += 18) {
		memset(pixels, 240, (size_t)width * (size_t)height);
		for (int32_t line = 0; line < 4; line++)
			for (int32_t k = 0; k < 30; k++)
				draw_mark(pixels, width, 40 + k * 14 + (k < 15 ? 0 : gutter), 100 + line * 40,
				          6, 20);
		assert_int_equal(lines_of(pixels, width, height), gutter > 20 ? 8 : 4);
	}
	/* a price is no column */
	memset(pixels, 240, (size_t)width * (size_t)height);
	for (int32_t k = 0; k < 20; k++)
		draw_mark(pixels, width, 40 + k * 14 + (k < 15 ? 0 : 30), 100, 6, 20);
	assert_int_equal(lines_of(pixels, width, height), 1);
}

/* A heading five times as high as the text is a line, a drawing of three strokes is none. */
static void
finds_large_headings(void **state)
{
	(void)state;
	int32_t width = 640, height = 400;
	OWNED(mem_free) uint8_t *pixels = malloc((size_t)width * (size_t)height);
	for (int32_t marks = 3; marks <= 6; marks += 3) {
		memset(pixels, 240, (size_t)width * (size_t)height);
		for (int32_t k = 0; k < 30; k++)
			draw_mark(pixels, width, 40 + k * 14, 300, 6, 20);
		for (int32_t k = 0; k < marks; k++)
			draw_mark(pixels, width, 40 + k * 70, 100, 30, 100);
		assert_int_equal(lines_of(pixels, width, height), marks == 6 ? 2 : 1);
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

static size_t
spell(const struct weights *w, const char *text, struct letter *ret)
{
	size_t n = 0;
	while (*text) {
		char c[5] = "";
		size_t bytes = 1;
		while ((text[bytes] & 0xc0) == 0x80)
			bytes++;
		memcpy(c, text, bytes);
		text += bytes;
		ret[n++] = (struct letter){.class = decode_class(w, c)};
	}
	return n;
}

static void
assert_spells(const struct weights *w, const struct letter *l, size_t n, const char *want)
{
	char text[256] = "";
	for (size_t i = 0, at = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s", w->alphabet[l[i].class]);
	assert_string_equal(text, want);
}

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
	check_line_end(&w, "func.", "tion", -9, false); /* the net is sure */
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

/* What the manifest promises is what lies beside it. */
static void
is_the_file_of_its_manifest(void **state)
{
	(void)state;
	struct why why = {""};
	OWNED(mem_free) char *bytes = NULL;
	OWNED(mem_free) char *manifest = NULL;
	size_t n = 0, len = 0;
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof digest + 1];
	assert_int_equal(file_read(source(WEIGHTS), 64 * MIB, &bytes, &n, &why), ERR_NONE);
	assert_int_equal(file_read(source("parsers/ocr/models/manifest.json"), MIB, &manifest, &len, &why),
	                 ERR_NONE);
	crypto_hash_sha256(digest, (const uint8_t *)bytes, n);
	hex_text(digest, sizeof digest, hex);
	assert_non_null(memmem(manifest, len, hex, strlen(hex)));
	assert_non_null(memmem(manifest, len, bytes + 8, strnlen(bytes + 8, 24)));
	assert_true(n <= 12000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_as_pytorch_did),
	    cmocka_unit_test(refuses_weights_that_changed),
	    cmocka_unit_test(is_the_file_of_its_manifest),
	    cmocka_unit_test(survives_odd_pictures),
	    cmocka_unit_test(refuses_a_picture_too_large),
	    cmocka_unit_test(finds_lines_that_climb),
	    cmocka_unit_test(parts_rows_that_a_tall_mark_joins),
	    cmocka_unit_test(a_comma_is_no_line_of_its_own),
	    cmocka_unit_test(quotes_that_find_each_other_are_no_line),
	    cmocka_unit_test(a_quote_belongs_to_the_line_on_its_level),
	    cmocka_unit_test(columns_are_no_one_line),
	    cmocka_unit_test(finds_large_headings),
	    cmocka_unit_test(finds_long_dashes),
	    cmocka_unit_test(letters_that_stand_close_are_drawn_wider),
	    cmocka_unit_test(letters_take_the_alphabet_of_their_word),
	    cmocka_unit_test(words_of_two_alphabets_are_doubted),
	    cmocka_unit_test(what_closes_a_quotation_is_no_sign),
	    cmocka_unit_test(zeros_before_a_name_are_the_form_of_a_firm),
	    cmocka_unit_test(a_latin_page_leans_away_from_cyrillic_letters),
	    cmocka_unit_test(letters_take_the_case_of_their_word),
	    cmocka_unit_test(a_tall_line_without_tall_letters_is_of_capitals),
	    cmocka_unit_test(a_stop_within_a_word_is_a_hyphen),
	    cmocka_unit_test(the_language_decides_where_shapes_are_unsure),
	    cmocka_unit_test(survives_scores_that_are_no_numbers),
	    cmocka_unit_test(a_letter_comes_twice_only_with_a_blank_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
