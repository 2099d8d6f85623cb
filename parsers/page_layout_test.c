/* Small pages drawn as text: a letter is 10 x 20 pixels, a line 30 high. */
#include "page_layout.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WIDTH  1000
#define HEIGHT 1000

struct drawn {
	struct arena *mem;
	struct page page;
};

struct text {
	float x, y; /* pixels */
	const char *words;
};

/* Words are parted by single spaces and stand where their letters do; the engine's lines are the texts. */
static struct drawn
draw_texts(const struct text *texts, size_t n)
{
	struct drawn d = {.mem = arena_create("test", 16 * MIB)};
	struct word *words = arena_array(d.mem, 400, sizeof *words);
	struct span *lines = arena_array(d.mem, n, sizeof *lines);
	struct why why;
	assert_true(words && lines);
	uint32_t n_words = 0;
	for (size_t r = 0; r < n; r++) {
		const char *text = texts[r].words;
		lines[r].first = n_words;
		for (const char *p = text; *p;) {
			size_t len = strcspn(p, " ");
			if (len > 0) {
				float x = texts[r].x + (float)(p - text) * 10, y = texts[r].y;
				words[n_words++] =
				    (struct word){arena_strndup(d.mem, p, len),
				                  1,
				                  {x / WIDTH, y / HEIGHT, (x + (float)len * 10 - 1) / WIDTH,
				                   (y + 20) / HEIGHT}};
			}
			p += len + (p[len] == ' ');
		}
		lines[r].n = n_words - lines[r].first;
	}
	d.page = (struct page){.number = 1, .words = words, .n_words = n_words, .lines = lines, .n_lines = n};
	const struct size s = {WIDTH, HEIGHT};
	assert_int_equal(layout_order(&d.page, s, d.mem, &why), ERR_NONE);
	assert_int_equal(layout_tables(&d.page, s, d.mem, &why), ERR_NONE);
	assert_int_equal(layout_key_values(&d.page, s, d.mem, &why), ERR_NONE);
	return d;
}

static struct drawn
draw(const char *const *rows, size_t n)
{
	struct text texts[20] = {{0}};
	assert_true(n <= ARRAY_LEN(texts));
	for (size_t r = 0; r < n; r++)
		texts[r] = (struct text){0, (float)r * 30, rows[r]};
	return draw_texts(texts, n);
}

static void
says(const struct page *p, struct span words, const char *wanted)
{
	OWNED(buf_free) struct buf b = buf_init(10000);
	assert_true((size_t)words.first + words.n <= p->n_words);
	for (uint32_t i = 0; i < words.n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", p->words[words.first + i].text);
	assert_string_equal(b.data ? b.data : "", wanted);
}

static void
reads(const struct page *p, const char *const *lines, size_t n)
{
	assert_int_equal(p->n_lines, n);
	for (size_t i = 0; i < n; i++)
		says(p, p->lines[i], lines[i]);
}

static void
a_receipts_name_and_price_are_one_line(void **state)
{
	(void)state;
	static const char *const rows[] = {"MILK 2L                      1.65",
	                                   "BREAD                        0.90",
	                                   "TOTAL                        2.55"};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	assert_int_equal(d.page.n_lines, 3);
	says(&d.page, d.page.lines[0], "MILK 2L 1.65");
	says(&d.page, d.page.lines[2], "TOTAL 2.55");
	arena_destroy(&d.mem);
}

static void
columns_of_prose_are_read_one_after_the_other(void **state)
{
	(void)state;
	static const char *const rows[] = {
	    "The headline runs across both of the columns here",
	    "once upon a time there     and then it rained and",
	    "was a very small house     nobody went out at all",
	    "with a red roof and it     until the sun was back",
	    "stood beside the river     and they were all glad",
	    "where nobody ever came     to see the river again",
	};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	assert_int_equal(d.page.n_lines, 11);
	says(&d.page, d.page.lines[0], "The headline runs across both of the columns here");
	says(&d.page, d.page.lines[1], "once upon a time there");
	says(&d.page, d.page.lines[5], "where nobody ever came");
	says(&d.page, d.page.lines[6], "and then it rained and");
	says(&d.page, d.page.lines[10], "to see the river again");
	assert_int_equal(d.page.n_blocks, 3);
	arena_destroy(&d.mem);
}

static void
what_stands_side_by_side_in_a_head_is_read_one_after_the_other(void **state)
{
	(void)state;
	static const struct text texts[] = {{0, 0, "Pell & Marsh Joinery Ltd"},
	                                    {300, 12, "Billed to"},
	                                    {0, 26, "Unit 6, Canal Wharf"},
	                                    {300, 38, "Hartley Dental Practice"},
	                                    {0, 52, "Stroud GL5 2AB"},
	                                    {300, 64, "9 Castle Street"},
	                                    {0, 130, "Reception counter     1      1180.00"}};
	static const char *const wanted[] = {"Pell & Marsh Joinery Ltd",
	                                     "Unit 6, Canal Wharf",
	                                     "Stroud GL5 2AB",
	                                     "Billed to",
	                                     "Hartley Dental Practice",
	                                     "9 Castle Street",
	                                     "Reception counter 1 1180.00"};
	struct drawn d = draw_texts(texts, ARRAY_LEN(texts));
	reads(&d.page, wanted, ARRAY_LEN(wanted));
	assert_int_equal(d.page.n_blocks, 3);
	arena_destroy(&d.mem);
}

/* Lines of the same height on one level: columns where both are text and nothing labels the other. */
static void
a_head_on_one_level_is_told_from_keys_and_values(void **state)
{
	(void)state;
	static const char *const senders[] = {"Volga Power Supply Ltd       Bill for electricity",
	                                      "91 Frunze Street, Samara          January in 2026",
	                                      "Bank of the Volga, Samara       Andrew V. Goosev", "",
	                                      "Supplied in January               1377.92"};
	static const char *const apart[] = {
	    "Volga Power Supply Ltd",     "91 Frunze Street, Samara", "Bank of the Volga, Samara",
	    "Bill for electricity",       "January in 2026",          "Andrew V. Goosev",
	    "Supplied in January 1377.92"};
	struct drawn d = draw(senders, ARRAY_LEN(senders));
	reads(&d.page, apart, ARRAY_LEN(apart));
	arena_destroy(&d.mem);

	static const char *const parties[] = {
	    "Seller:                   Buyer:", "Kedr Ltd                  Ada Example",
	    "14 Gogol Street           5 Main Street"};
	static const char *const one_then_other[] = {"Seller:", "Kedr Ltd",    "14 Gogol Street",
	                                             "Buyer:",  "Ada Example", "5 Main Street"};
	d = draw(parties, ARRAY_LEN(parties));
	reads(&d.page, one_then_other, ARRAY_LEN(one_then_other));
	arena_destroy(&d.mem);

	static const char *const values[] = {"Name of the payer:        Ada Example",
	                                     "Place of the works:       5 Main Street",
	                                     "Reason for the bill:      Repair of a roof"};
	static const char *const in_rows[] = {"Name of the payer: Ada Example",
	                                      "Place of the works: 5 Main Street",
	                                      "Reason for the bill: Repair of a roof"};
	d = draw(values, ARRAY_LEN(values));
	reads(&d.page, in_rows, ARRAY_LEN(in_rows));
	arena_destroy(&d.mem);
}

static void
white_between_rows_parts_blocks(void **state)
{
	(void)state;
	static const char *const rows[] = {"one two", "three", "", "", "four five", "six"};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	assert_int_equal(d.page.n_lines, 4);
	assert_int_equal(d.page.n_blocks, 2);
	assert_int_equal(d.page.blocks[1].first, 2);
	arena_destroy(&d.mem);
}

static void
aligned_rows_are_a_table(void **state)
{
	(void)state;
	static const char *const rows[] = {
	    "A letter to you about what you owe us now", "",
	    "Item              Qty       Price",         "Slip case           2       18.50",
	    "Grey board          1        7.00",         "Carriage                     6.50"};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	assert_int_equal(d.page.n_tables, 1);
	const struct table *t = &d.page.tables[0];
	assert_int_equal(t->rows, 4);
	assert_int_equal(t->columns, 3);
	assert_int_equal(t->n_cells, 11);
	says(&d.page, t->cells[3].words, "Slip case");
	assert_int_equal(t->cells[5].row, 1);
	assert_int_equal(t->cells[5].column, 2);
	assert_int_equal(t->cells[10].column, 2); /* the carriage has a price and no number */
	says(&d.page, t->cells[10].words, "6.50");
	arena_destroy(&d.mem);
}

static void
a_cell_of_two_lines_is_read_to_its_end(void **state)
{
	(void)state;
	static const struct text texts[] = {{0, 0, "Date"},
	                                    {200, 0, "What for"},
	                                    {500, 0, "Sum"},
	                                    {200, 36, "Foods"},
	                                    {0, 48, "28.11.2025"},
	                                    {500, 48, "1204.30"},
	                                    {190, 60, "Corner shop 8817"},
	                                    {0, 100, "20.11.2025"},
	                                    {200, 100, "Wages"},
	                                    {500, 100, "92300.00"}};
	static const char *const wanted[] = {"Date What for Sum", "28.11.2025 Foods Corner shop 8817 1204.30",
	                                     "20.11.2025 Wages 92300.00"};
	struct drawn d = draw_texts(texts, ARRAY_LEN(texts));
	reads(&d.page, wanted, ARRAY_LEN(wanted));
	arena_destroy(&d.mem);
}

/* The right half of a picture that lies askew. */
static void
rows_between_rows_are_no_cells(void **state)
{
	(void)state;
	static const struct text texts[] = {{0, 0, "Milk"},    {500, 14, "1.65"}, {0, 28, "Bread"},
	                                    {500, 42, "0.90"}, {0, 56, "Eggs"},   {500, 70, "2.10"}};
	struct drawn d = draw_texts(texts, ARRAY_LEN(texts));
	assert_int_equal(d.page.n_lines, 6);
	arena_destroy(&d.mem);
}

static void
prose_is_no_table(void **state)
{
	(void)state;
	static const char *const rows[] = {"one line of a letter", "another line of it", "and its last one"};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	assert_int_equal(d.page.n_tables, 0);
	assert_int_equal(d.page.n_key_values, 0);
	arena_destroy(&d.mem);
}

static void
keys_meet_their_values(void **state)
{
	(void)state;
	static const char *const rows[] = {"Date: 3 May Till: 2", "INVOICE NO 417",
	                                   "Grand total              9.00",
	                                   "Customer:                Ada Example"};
	struct drawn d = draw(rows, ARRAY_LEN(rows));
	static const char *const wanted[][2] = {{"Date:", "3 May"},
	                                        {"Till:", "2"},
	                                        {"INVOICE NO", "417"},
	                                        {"Grand total", "9.00"},
	                                        {"Customer:", "Ada Example"}};
	assert_int_equal(d.page.n_key_values, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		says(&d.page, d.page.key_values[i].key, wanted[i][0]);
		says(&d.page, d.page.key_values[i].value, wanted[i][1]);
	}
	arena_destroy(&d.mem);
}

static void
doubtful_letters_on_their_own_are_specks(void **state)
{
	(void)state;
	struct arena *mem = arena_create("test", MIB);
	struct word words[] = {
	    {"wa", 0.3F, {0.1F, 0.1F, 0.12F, 0.12F}},     /* beside a word that is sure */
	    {"TOTAL", 0.9F, {0.125F, 0.1F, 0.2F, 0.12F}}, /* one part with it */
	    {"6", 0.9F, {0.8F, 0.1F, 0.81F, 0.12F}},      /* short, and sure */
	    {"yi", 0.3F, {0.5F, 0.5F, 0.52F, 0.52F}},     /* neither */
	};
	const struct span lines[] = {{0, 3}, {3, 1}};
	struct page p = {
	    .words = words, .n_words = ARRAY_LEN(words), .lines = lines, .n_lines = ARRAY_LEN(lines)};
	struct why why;
	assert_int_equal(layout_order(&p, (struct size){WIDTH, HEIGHT}, mem, &why), ERR_NONE);
	assert_int_equal(p.n_lines, 1);
	says(&p, p.lines[0], "wa TOTAL 6");
	static const struct span alone = {0, 1};
	p = (struct page){.words = words + 3, .n_words = 1, .lines = &alone, .n_lines = 1};
	assert_int_equal(layout_order(&p, (struct size){WIDTH, HEIGHT}, mem, &why), ERR_NONE);
	assert_int_equal(p.n_words + p.n_lines + p.n_blocks, 0);
	arena_destroy(&mem);
}

/* "arXiv:1904 cs.CV" up the margin of two lines. */
static void
what_runs_up_the_margin_is_read_last(void **state)
{
	(void)state;
	static const struct word words[] = {{"cs.CV", 1, {0.01F, 0.10F, 0.03F, 0.17F}},
	                                    {"arXiv:1904", 1, {0.01F, 0.18F, 0.03F, 0.30F}},
	                                    {"First", 1, {0.05F, 0.12F, 0.10F, 0.14F}},
	                                    {"line", 1, {0.11F, 0.12F, 0.15F, 0.14F}},
	                                    {"second", 1, {0.05F, 0.15F, 0.11F, 0.17F}}};
	static const struct span lines[] = {{0, 2}, {2, 2}, {4, 1}};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	struct page p = {.number = 1, .words = words, .n_words = 5, .lines = lines, .n_lines = 3};
	struct why why;
	assert_int_equal(layout_order(&p, (struct size){WIDTH, HEIGHT}, mem, &why), ERR_NONE);
	assert_int_equal(p.n_lines, 3);
	says(&p, p.lines[0], "First line");
	says(&p, p.lines[1], "second");
	says(&p, p.lines[2], "cs.CV arXiv:1904");
	assert_int_equal(p.n_blocks, 2);
}

/* As many as nobody prints: what is compared with each other stays bounded. */
static void
a_row_takes_a_thousand_parts(void **state)
{
	(void)state;
	enum { N = 2500 };
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	struct word *words = arena_array(mem, N, sizeof *words);
	struct span *lines = arena_array(mem, N, sizeof *lines);
	assert_true(words && lines);
	for (uint32_t i = 0; i < N; i++) {
		float x = (float)i / N;
		words[i] = (struct word){"w", 1, {x, 0.5F, x + 0.5F / N, 0.5001F}};
		lines[i] = (struct span){i, 1};
	}
	struct page p = {.number = 1, .words = words, .n_words = N, .lines = lines, .n_lines = N};
	struct why why;
	assert_int_equal(layout_order(&p, (struct size){WIDTH, HEIGHT}, mem, &why), ERR_NONE);
	assert_int_equal(p.n_words, N);
	assert_int_equal(p.n_lines, 3);
	assert_int_equal(p.lines[0].n, 1000);
}

static void
a_page_without_words_has_no_layout(void **state)
{
	(void)state;
	struct drawn d = draw(NULL, 0);
	assert_int_equal(d.page.n_lines + d.page.n_blocks + d.page.n_tables + d.page.n_key_values, 0);
	arena_destroy(&d.mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_receipts_name_and_price_are_one_line),
	    cmocka_unit_test(columns_of_prose_are_read_one_after_the_other),
	    cmocka_unit_test(what_stands_side_by_side_in_a_head_is_read_one_after_the_other),
	    cmocka_unit_test(a_head_on_one_level_is_told_from_keys_and_values),
	    cmocka_unit_test(white_between_rows_parts_blocks),
	    cmocka_unit_test(aligned_rows_are_a_table),
	    cmocka_unit_test(a_cell_of_two_lines_is_read_to_its_end),
	    cmocka_unit_test(rows_between_rows_are_no_cells),
	    cmocka_unit_test(prose_is_no_table),
	    cmocka_unit_test(keys_meet_their_values),
	    cmocka_unit_test(doubtful_letters_on_their_own_are_specks),
	    cmocka_unit_test(what_runs_up_the_margin_is_read_last),
	    cmocka_unit_test(a_row_takes_a_thousand_parts),
	    cmocka_unit_test(a_page_without_words_has_no_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
