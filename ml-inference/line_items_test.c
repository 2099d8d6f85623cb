/* Rows of goods: by the head of their table, and by themselves. */
#include "json_own.h"
#include "line_items.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MOST_LINES 24
#define MOST_WORDS 400

/* Letters are of one width, so that columns of a text are columns of the paper. What begins with "~" stands
 * close below the line before it. */
static const struct reading *
reading_of(const char *const *lines, struct arena *mem)
{
	struct why why;
	struct word *w = arena_array(mem, MOST_WORDS, sizeof *w);
	struct span *rows = arena_array(mem, MOST_LINES, sizeof *rows);
	struct page *page = arena_alloc(mem, sizeof *page);
	struct document_text *doc = arena_alloc(mem, sizeof *doc);
	assert_true(w && rows && page && doc);
	uint32_t words = 0, n = 0;
	float y = 0.05F;
	for (; lines[n]; n++) {
		bool hangs = lines[n][0] == '~';
		y += hangs ? 0.015F : 0.02F;
		rows[n].first = words;
		uint32_t column = 0;
		for (const char *p = lines[n] + hangs; *p;) {
			size_t len = strcspn(p, " "), letters = 0;
			for (size_t i = 0; i < len; i++)
				letters += ((uint8_t)p[i] & 0xC0) != 0x80;
			if (len) {
				float x = 0.02F + 0.012F * (float)column;
				w[words].text = arena_strndup(mem, p, len);
				w[words].confidence = 1;
				w[words++].box = (struct box){x, y, x + 0.012F * (float)letters, y + 0.014F};
			}
			column += (uint32_t)letters + (p[len] == ' ');
			p += len + (p[len] == ' ');
		}
		rows[n].n = words - rows[n].first;
	}
	*page = (struct page){.number = 1,
	                      .width = 1000,
	                      .height = 1400,
	                      .words = w,
	                      .n_words = words,
	                      .lines = rows,
	                      .n_lines = n};
	*doc = (struct document_text){.pages = page, .n_pages = 1};
	const struct sheet *sheet;
	struct reading *r;
	assert_int_equal(layout_build(doc, mem, &sheet, &why), ERR_NONE);
	assert_int_equal(reading_build(sheet, mem, &r, &why), ERR_NONE);
	return r;
}

static void
put_part(struct buf *b, const json_t *item, const char *name)
{
	const json_t *part = json_object_get(item, name), *n = json_object_get(part, "normalized");
	if (json_is_object(n))
		buf_puts(b, json_get_str(n, "amount"));
	else if (json_is_number(n))
		buf_printf(b, "%g", json_number_value(n));
	else if (part)
		buf_puts(b, json_get_str(part, "value"));
}

/* The list, an item a line: description; quantity; unit; unit price; amount; tax rate. */
static void
assert_items(const char *const *lines, const char *wanted)
{
	static const char *const parts[] = {"description", "quantity", "unit",
	                                    "unit_price",  "amount",   "tax_rate"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	OWNED(json_release) json_t *items = json_array();
	OWNED(buf_free) struct buf b = buf_init(64 * KIB);
	struct why why;
	size_t i;
	json_t *item;
	assert_int_equal(line_items_find(reading_of(lines, mem), INT64_MIN, "EUR", items, mem, &why),
	                 ERR_NONE);
	json_array_foreach(items, i, item)
	{
		for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
			buf_puts(&b, k ? ";" : "");
			put_part(&b, item, parts[k]);
		}
		buf_putc(&b, '\n');
	}
	buf_putc(&b, '\0');
	assert_string_equal(b.data, wanted);
}

static void
columns_say_what_numbers_are(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "INVOICE 4711",
	    "Pos  Art.No  Description            Qty   Unit    Price    VAT %      Amount",
	    "1    KR3M    Kunstrasen breit         3   pcs      4.00       19       12.00",
	    "2    SFK5    12 x 1.0l water      5.000   kg       5.50        7       27.50",
	    "3    PFA5    Deposit bottle          20             2.77       19       55.40",
	    "             Subtotal                                                  94.90",
	    "             Freight                                                    5.80",
	    "             Total                                                    100.70",
	    NULL};
	assert_items(lines, "Kunstrasen breit;3;pcs;4.00;12.00;19\n"
	                    "12 x 1.0l water;5;kg;5.50;27.50;7\n"
	                    "Deposit bottle;20;;2.77;55.40;19\n");
}

/* Two columns of money: only the head tells the tax from the sum. */
static void
a_head_may_have_two_lines(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "Description            Qty    Unit      Amount      VAT      VAT",
	    "~                             Price     EUR         %        Amount",
	    "Wood pallet           1.00    100.00    100.00    20.00      20.00",
	    "Steel rod             2.00     25.00     50.00    20.00      10.00",
	    "Bank Details   One Bank                 150.00",
	    "Total                                   180.00",
	    NULL};
	assert_items(lines, "Wood pallet;1;;100.00;100.00;20\n"
	                    "Steel rod;2;;25.00;50.00;20\n");
}

static void
russian_heads_and_units_of_two_words(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "Наименование              Кол-во   Ед. изм.     Цена      Ставка НДС   Сумма НДС     Сумма",
	    "Содержание помещений        54,3   кв. м       35,85      20%            324,44   1 946,66",
	    "Диагностика                    2   усл. ед.  6000,00      20%           2000,00  12 000,00",
	    "Итого                                                                             13 946,66",
	    NULL};
	assert_items(lines, "Содержание помещений;54.3;кв. м;35.85;1946.66;20\n"
	                    "Диагностика;2;усл. ед.;6000.00;12000.00;20\n");
}

static void
names_stand_above_or_below_their_sums(void **state)
{
	(void)state;
	static const char *const above[] = {"TISSUE HOLDER Z-66          *S",
	                                    "MC22-32 10/120",
	                                    "9068477           2 X 5.30   10.60",
	                                    "HOOK 1526                   *S",
	                                    "MG12/3 36/360",
	                                    "9068722           2 X 2.30    4.60",
	                                    "",
	                                    "TOTAL                        15.20",
	                                    NULL};
	static const char *const below[] = {"OPEN MON-FRI 1000 HRS",
	                                    "",
	                                    "1x 000001038556             15.56SR",
	                                    "CUT FRUITS 1.99",
	                                    "Item promo @12.99           -2.57",
	                                    "1x 000006429720             10.28SR",
	                                    "CHEK HUP 2IN1",
	                                    "",
	                                    "Sub-total                   23.27",
	                                    "CASH                        30.00",
	                                    NULL};
	assert_items(above, "TISSUE HOLDER Z-66;2;;5.30;10.60;\nHOOK 1526;2;;2.30;4.60;\n");
	assert_items(below, "CUT FRUITS;1;;;15.56;\nItem promo;;;;-2.57;\nCHEK HUP 2IN1;1;;;10.28;\n");
}

static void
sums_are_no_goods(void **state)
{
	(void)state;
	static const char *const counted[] = {
	    "Item             Qty   Price    Amount", "BRAISED PORK       2    7.00     14.00",
	    "POT PORK           1   12.00     12.00", "Total Qty:         3             26.00",
	    "Discount                          0.00", NULL};
	static const char *const unnamed[] = {
	    "Item             Qty   Price    Amount", "BRAISED PORK       2    7.00     14.00",
	    "POT PORK           1   12.00     12.00", "Pork all in all                  26.00",
	    "Served by Ann                     5.00", NULL};
	static const char *const parted[] = {"Item             Qty   Price    Amount",
	                                     "Beeswax            2    7.00     14.00",
	                                     "Subtotal                         14.00",
	                                     "Olive oil          1   12.00     12.00",
	                                     "Subtotal                         12.00",
	                                     "Total                            26.00",
	                                     NULL};
	static const char *const other_head[] = {
	    "Item             Qty   Price    Amount", "Beeswax            2    7.00     14.00",
	    "Kind of tax    Tax rate    Tax amount", "Sales tax            19          2.24", NULL};
	assert_items(counted, "BRAISED PORK;2;;7.00;14.00;\nPOT PORK;1;;12.00;12.00;\n");
	assert_items(unnamed, "BRAISED PORK;2;;7.00;14.00;\nPOT PORK;1;;12.00;12.00;\n");
	assert_items(parted, "Beeswax;2;;7.00;14.00;\nOlive oil;1;;12.00;12.00;\n");
	assert_items(other_head, "Beeswax;2;;7.00;14.00;\n");
}

static void
odd_cells(void **state)
{
	(void)state;
	static const char *const hanging[] = {"Description            Price      Qty      Amount",
	                                      "Fitting                43.20    3 Std",
	                                      "~                                         129.60",
	                                      "Holder                122.50    1 Stk",
	                                      "~                                         122.50",
	                                      "Total                                     252.10",
	                                      NULL};
	static const char *const fine[] = {"Description            Price        Qty      Amount",
	                                   "Turf                   3,3333     3 m²       10,00",
	                                   "Power                  0,0520   10.000 kWh  520,00",
	                                   "Returned citric acid     1,00      -5 Stk    -5,00",
	                                   "Total                                       525,00",
	                                   NULL};
	static const char *const sizes[] = {"FOIL 30CM*7.62M  5.50", "CABLE 3X1.25MM  22.90", "TRIM  1.00-",
	                                    "TOTAL  27.40", NULL};
	assert_items(hanging, "Fitting;3;Std;43.20;129.60;\nHolder;1;Stk;122.50;122.50;\n");
	assert_items(
	    fine,
	    "Turf;3;m²;3.33;10.00;\nPower;10000;kWh;0.05;520.00;\nReturned citric acid;-5;Stk;1.00;-5.00;\n");
	assert_items(sizes, "FOIL 30CM*7.62M;;;;5.50;\nCABLE 3X1.25MM;;;;22.90;\nTRIM;;;;-1.00;\n");
}

/* A stranger's number of three hundred digits under a price is none. */
static void
no_price_is_beyond_all_bounds(void **state)
{
	(void)state;
	char row[400];
	int n = snprintf(row, sizeof row, "Apple            1      2.00     1");
	for (int i = 0; i < 80; i++)
		n += snprintf(row + n, sizeof row - (size_t)n, " 999");
	snprintf(row + n, sizeof row - (size_t)n, ",0000");
	const char *const lines[] = {"Item             Qty    Amount   Price", row,
	                             "Total                   2.00", NULL};
	assert_items(lines, "Apple;1;;;2.00;\n");
}

/* An account's rows are no goods, and neither is a paper's without head and foot. */
static void
not_every_table_is_of_goods(void **state)
{
	(void)state;
	static const char *const account[] = {"Date        Description        Debit     Credit    Balance",
	                                      "01.02.2026  Cash machine       50.00               950.00",
	                                      "03.02.2026  Salary                      1000.00    1950.00",
	                                      NULL};
	static const char *const letter[] = {"Dear neighbours, the repairs cost 120.00",
	                                     "of which each of us bears 40.00 this year.", NULL};
	assert_items(account, "");
	assert_items(letter, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_say_what_numbers_are),
	    cmocka_unit_test(a_head_may_have_two_lines),
	    cmocka_unit_test(russian_heads_and_units_of_two_words),
	    cmocka_unit_test(names_stand_above_or_below_their_sums),
	    cmocka_unit_test(sums_are_no_goods),
	    cmocka_unit_test(odd_cells),
	    cmocka_unit_test(no_price_is_beyond_all_bounds),
	    cmocka_unit_test(not_every_table_is_of_goods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
