/* What the finders of text, dates, amounts and rows see. */
#include "address_signs.h"
#include "amounts.h"
#include "candidates.h"
#include "dates.h"
#include "envelope.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
finds_dates_in_all_common_orders(void **state)
{
	(void)state;
	static const struct {
		const char *text, *day;
		bool ambiguous;
	} cases[] = {
	    {"25/12/2018", "2018-12-25", false},         {"DATE:05/03/18 14:22", "2018-03-05", true},
	    {"2018-03-25", "2018-03-25", false},         {"25.12.18", "2018-12-25", false},
	    {"12/25/2018", "2018-12-25", false},         {"25 DEC 2018", "2018-12-25", false},
	    {"25-DEC-18", "2018-12-25", false},          {"DECEMBER 25, 2018", "2018-12-25", false},
	    {"25TH DECEMBER 2018", "2018-12-25", false}, {"25 ДЕКАБРЯ 2018 Г.", "2018-12-25", false},
	    {"«05» МАРТА 2021", "2021-03-05", false},    {"20181225", "2018-12-25", false},
	    {"25122018", "2018-12-25", false},           {"12/03/201814:05", "2018-03-12", true},
	    {"14 JUILLET 2021", "2021-07-14", false},    {"14 JUIN 2021", "2021-06-14", false},
	    {"29 MAART 2014", "2014-03-29", false},      {"15TH DAY OF OCTOBER, 2022", "2022-10-15", false},
	    {"25 / 12 / 2018", "2018-12-25", false},     {"29/02/2020", "2020-02-29", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct date d[4];
		char day[DATE_TEXT_LEN];
		size_t n = dates_find(cases[i].text, strlen(cases[i].text), d, 4);
		if (n != 1)
			fail_msg("%s: %zu dates", cases[i].text, n);
		dates_text(&d[0], day);
		assert_string_equal(day, cases[i].day);
		assert_int_equal(d[0].ambiguous, cases[i].ambiguous);
	}
}

static void
takes_no_other_numbers_for_dates(void **state)
{
	(void)state;
	static const char *const cases[] = {
	    "29/02/2019", "32/01/2018", "1.2.3.4", "03-5512345", "123456-X", "12:30:15",
	    "00/00/0000", "99999999",   "12.50",   "SDN BHD",    ""};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct date d[4];
		if (dates_find(cases[i], strlen(cases[i]), d, 4) != 0)
			fail_msg("%s is no date", cases[i]);
	}
}

static void
tells_pieces_in_boxes_from_dates(void **state)
{
	(void)state;
	static const char *const pieces[] = {"HD03-04-06 - 5/40/160", "MI11/3-21 - 12/480", "MD22 - 12/96"};
	static const char *const days[] = {"17-04-16 14:01", "17-04-16 - 30-04-16", "INV 7-25/12/2018",
	                                   "25 / 12 / 18",   "19- 10/03/2018",      "25 DEC 18 - 5/40"};
	struct date d[4];
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		size_t n = strlen(pieces[i]);
		assert_int_equal(dates_find(pieces[i], n, d, 4), 1);
		if (!dates_counts_pieces(pieces[i], n, &d[0]))
			fail_msg("%s is a day", pieces[i]);
	}
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		size_t n = strlen(days[i]);
		assert_true(dates_find(days[i], n, d, 4) >= 1);
		if (dates_counts_pieces(days[i], n, &d[0]))
			fail_msg("%s is no day", days[i]);
	}
}

static void
finds_amounts_with_either_mark(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t minor;
		bool negative;
		const char *currency;
	} cases[] = {
	    {"9.00", 900, false, NULL},
	    {"RM 1,234.50", 123450, false, "MYR"},
	    {"1 234,56 ₽", 123456, false, "RUB"},
	    {"1.234,56 €", 123456, false, "EUR"},
	    {"=1234.56", 123456, false, NULL},
	    {"-0.02", 2, true, NULL},
	    {"(12.00)", 1200, true, NULL},
	    {"$9.00", 900, false, "USD"},
	    {"12 . 50", 1250, false, NULL},
	    {"1,234,567.89", 123456789, false, NULL},
	    {"1\u202f234\u202f567,89 ₽", 123456789, false, "RUB"},
	    {"\u221238,10 ₽", 3810, true, "RUB"},
	    {"4 300 ₽", 430000, false, "RUB"},
	    {"1864 РУБ. 12 КОП.", 186412, false, "RUB"},
	    {"32 000 РУБЛЕЙ 00 КОПЕЕК", 3200000, false, "RUB"},
	    {"£54", 5400, false, "GBP"},
	    {"КПП 123456789 СУММА 5250-90", 525090, false, NULL},
	    {"ИТОГО: 300 000=00", 30000000, false, NULL},
	    {"5250-90 РУБ.", 525090, false, "RUB"},
	    {"₹ 7,08,000.00", 70800000, false, "INR"},
	    {"1,23,45,678.90", 1234567890, false, NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct amount a[4];
		size_t n = amounts_find("", cases[i].text, strlen(cases[i].text), a, 4);
		if (n != 1 || a[0].minor != cases[i].minor || a[0].negative != cases[i].negative)
			fail_msg("%s: %zu amounts, %lld", cases[i].text, n, n ? (long long)a[0].minor : 0);
		if (cases[i].currency)
			assert_string_equal(a[0].currency, cases[i].currency);
		else
			assert_null(a[0].currency);
	}
}

static void
kopecks_behind_a_dash_want_a_word_before_them(void **state)
{
	(void)state;
	struct amount a[4];
	assert_int_equal(amounts_find("КПП 1234 СУММА", "5250-90", strlen("5250-90"), a, 4), 1);
	assert_int_equal(a[0].minor, 525090);
	assert_int_equal(amounts_find("КАБИНЕТЫ", "5250-90", strlen("5250-90"), a, 4), 0);
	const char *words = "СУММА ПРОПИСЬЮ ПЯТЬ ТЫСЯЧ РУБЛЕЙ 90 КОПЕЕК";
	assert_int_equal(amounts_find("", words, strlen(words), a, 4), 0);
}

static void
takes_no_other_numbers_for_amounts(void **state)
{
	(void)state;
	static const char *const cases[] = {"6.00%",      "12.30.2018", "1.234",   "100",
	                                    "03-5512345", "10.50-3",    "0012.50", "$100K",
	                                    "RM 5",       "12:30 €",    "4 300 ШТ"};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct amount a[4];
		if (amounts_find("", cases[i], strlen(cases[i]), a, 4) != 0)
			fail_msg("%s is no amount", cases[i]);
	}
}

static void
capitals_keep_every_offset(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * KIB);
	static const char s[] = "Straße Ёлка ı ﬁ \xff ок";
	const char *u = text_upper(mem, s, strlen(s));
	assert_non_null(u);
	assert_int_equal(strlen(u), strlen(s));
	assert_non_null(strstr(u, "ЁЛКА"));
	assert_int_equal(strstr(u, "ОК") - u, strstr(s, "ок") - s);
}

static void
keys_are_what_spellings_share(void **state)
{
	(void)state;
	char a[64], b[64];
	text_key("Mr. D.I.Y. (M) Sdn Bhd", 22, a, sizeof a);
	text_key("MR DIY M SDN. BHD.", 18, b, sizeof b);
	assert_string_equal(a, b);
	text_key("ООО «Ёлочка»", strlen("ООО «Ёлочка»"), a, sizeof a);
	assert_string_equal(a, "ОООЕЛОЧКА");
	assert_true(text_similarity("ABCD", 4, "ABXD", 4) > 0.74);
	assert_true(text_similarity("ABCD", 4, "WXYZ", 4) < 0.01);
	/* longer than one machine word, shifted by one letter */
	char x[201], y[201];
	for (int i = 0; i < 200; i++) {
		x[i] = (char)('A' + i * 7 % 26);
		y[i] = (char)('A' + (i + 1) * 7 % 26);
	}
	assert_true(text_similarity(x, 200, y, 200) > 0.98);
}

static void
reads_other_languages_in_its_own_words(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf b = buf_init(4 * KIB);
	static const char s[] = "ИТОГО К ОПЛАТЕ: 12.50 НДС";
	text_canonical(&b, s, strlen(s), true);
	assert_string_equal(b.data, "TOTAL К TOTAL PAYMENT: 00.00 GST");
}

static void
opens_the_envelope_and_nothing_more(void **state)
{
	(void)state;
	struct envelope e;
	struct why why;
	static const char good[] = " {\"x\":[1,{\"a\":\"}\\\"\"}],\"document\":{\"schema\":\"y\"} , "
	                           "\"schema\":\"docket.document/1\"}\n";
	assert_int_equal(envelope_read(good, strlen(good), &e, &why), ERR_NONE);
	assert_int_equal(e.document_len, strlen("{\"schema\":\"y\"}"));
	static const struct {
		const char *text;
		enum err expected;
	} bad[] = {
	    {"", ERR_BAD_JSON},
	    {"[]", ERR_BAD_JSON},
	    {"{\"schema\":\"docket.document/1\"}", ERR_INVALID},
	    {"{\"document\":{}}", ERR_SCHEMA},
	    {"{\"schema\":\"docket.document/2\",\"document\":{}}", ERR_SCHEMA},
	    {"{\"schema\":\"docket.document/1\",\"document\":{}", ERR_BAD_JSON},
	    {"{\"schema\":\"docket.document/1\",\"document\":{}} x", ERR_BAD_JSON},
	    {"{\"schema\":\"docket.document/1\",\"document\":[]}", ERR_INVALID},
	    {"{\"schema", ERR_BAD_JSON},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(envelope_read(bad[i].text, strlen(bad[i].text), &e, &why), bad[i].expected);
	static const char minor[] = "{\"schema\":\"docket.document/1.7\",\"document\":{}}";
	assert_int_equal(envelope_read(minor, strlen(minor), &e, &why), ERR_NONE);
}

static void
survives_deep_json(void **state)
{
	(void)state;
	enum { DEEP = 2000000 };
	OWNED(mem_free) char *s = malloc(DEEP + 1);
	assert_non_null(s);
	memset(s, '[', DEEP);
	static const char head[] = "{\"schema\":\"docket.document/1\",\"document\":";
	memcpy(s, head, sizeof head - 1);
	struct envelope e;
	struct why why;
	assert_int_equal(envelope_read(s, DEEP, &e, &why), ERR_BAD_JSON);
}

static void
knows_lines_of_addresses_of_many_countries(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool street, place;
	} cases[] = {
	    {"123 456TH ST", true, false},
	    {"ONE MICROSOFT WAY, REDMOND, WASHINGTON 98052-6399", true, true},
	    {"P.O. BOX 6543 SEATTLE, WA 98122-0123", true, true},
	    {"NEW YORK, NY, 10001", false, true},
	    {"123 OXFORD STREET, LONDON W1D 2HZ, UK", true, true},
	    {"MUSTERSTRASSE 42", true, false},
	    {"MARKTSTR. 153", true, false},
	    {"75645 FRANKFURT", false, true},
	    {"UFERWEG 40-42 - D-63571 GELNHAUSEN", true, true},
	    {"60 RUE EMILE ZOLA 34560 PARIS", true, true},
	    {"RUE DU LAC 1268", true, false},
	    {"2501 BIEL", false, true},
	    {"LINDENGRACHT 123", true, false},
	    {"4566 PB AMSTERDAM", false, true},
	    {"УЛ. ВАВИЛОВА, Д. 19, МОСКВА, 117312", true, true},
	    {"125008, Г. МОСКВА", false, true},
	    {"NO 8, JALAN 7/118B, DESA TUN RAZAK", true, false},
	    {"43300 SERI KEMBANGAN, SELANGOR", false, true},
	    /* and no others */
	    {"", false, false},
	    {"ELM STREET", false, false},
	    {"TOTAL 1234", false, false},
	    {"12 ИЮЛЯ 2013 Г. № 17", false, false},
	    {"2019 INVOICE", false,
	     true}, /* as a place in Denmark would be: what is chosen is for others to say */
	    {"ИНН 7707083893", false, false},
	    {"SENIOR RESEARCHER", false, false},
	    {"1545-1576", false, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct address_signs s = address_signs_of(cases[i].line);
		if (s.street != cases[i].street || s.place != cases[i].place)
			fail_msg("%s: street %d, place %d", cases[i].line, s.street, s.place);
	}
}

/* A page of these lines, read. Those behind the first n_left stand to the right of them, a block of their
 * own. */
static struct reading *
read_page(struct arena *mem, const char *const line[], size_t n_lines, size_t n_left)
{
	struct word *words = arena_array(mem, 60, sizeof *words);
	struct span *spans = arena_array(mem, n_lines, sizeof *spans);
	struct span *blocks = arena_array(mem, 2, sizeof *blocks);
	struct page *page = arena_alloc(mem, sizeof *page);
	struct document_text *doc = arena_alloc(mem, sizeof *doc);
	size_t n = 0;
	for (size_t i = 0; i < n_lines; i++) {
		char *rest = arena_strdup(mem, line[i]), *w;
		spans[i].first = (uint32_t)n;
		for (float x = i < n_left ? 0.1f : 0.6f; (w = strsep(&rest, " ")); x += 0.06f) {
			float y = 0.1f + 0.04f * (float)(i < n_left ? i : i - n_left);
			words[n++] = (struct word){w, 1, {x, y, x + 0.055f, y + 0.02f}};
		}
		spans[i].n = (uint32_t)n - spans[i].first;
	}
	blocks[0] = (struct span){0, (uint32_t)n_left};
	blocks[1] = (struct span){(uint32_t)n_left, (uint32_t)(n_lines - n_left)};
	*page = (struct page){.number = 1,
	                      .blocks = blocks,
	                      .n_blocks = n_left < n_lines ? 2 : 1,
	                      .width = 1000,
	                      .height = 1414,
	                      .words = words,
	                      .n_words = n,
	                      .lines = spans,
	                      .n_lines = n_lines};
	*doc = (struct document_text){.pages = page, .n_pages = 1};
	const struct sheet *sheet = NULL;
	struct reading *r = NULL;
	struct why why = {""};
	assert_int_equal(layout_build(doc, mem, &sheet, &why), ERR_NONE);
	assert_int_equal(reading_build(sheet, mem, &r, &why), ERR_NONE);
	return r;
}

/* Is `want` among the candidates of a page of these lines, and may be chosen? */
static bool
page_offers(enum field_id field, const char *const line[], size_t n_lines, size_t n_left, const char *want)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("page", 16 * MIB);
	struct candidates all = {0};
	struct why why = {""};
	const struct reading *r = read_page(mem, line, n_lines, n_left);
	assert_int_equal(candidates_find(field, r, mem, &all, &why), ERR_NONE);
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.c[i].said, want) == 0 && !all.c[i].unfit)
			return true;
	return false;
}

static bool
offers(enum field_id field, const char *first, const char *second, const char *want)
{
	return page_offers(field, (const char *const[]){first, second}, 2, 2, want);
}

static void
names_are_offered_without_what_is_stuck_to_them(void **state)
{
	(void)state;
	const char *none = "Thank you for coming";
	assert_true(offers(FIELD_MERCHANT, "О СБЕР БАНК", none, "СБЕР БАНК"));
	assert_true(offers(FIELD_MERCHANT, "Name: ELEKTRON Service GmbH", none, "ELEKTRON Service GmbH"));
	assert_true(
	    offers(FIELD_MERCHANT, "Quality AG - Uferweg 40-42 - D-63571 Gelnhausen", none, "Quality AG"));
	assert_true(
	    offers(FIELD_MERCHANT, "Robert Schneider AG, Rue du Lac 1268", none, "Robert Schneider AG"));
	assert_true(offers(FIELD_MERCHANT, "#000002 BAIFU SDN BHD", none, "BAIFU SDN BHD"));
}

static float
prior_in(enum text_source source, enum field_id field, const char *first, const char *second,
         const char *text)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("page", 16 * MIB);
	const char *const line[] = {first, second};
	struct candidates all = {0};
	struct why why = {""};
	struct reading *r = read_page(mem, line, 2, 2);
	struct sheet sheet = *r->sheet;
	struct document_text doc = *sheet.doc;
	doc.source = source;
	sheet.doc = &doc;
	r->sheet = &sheet;
	assert_int_equal(candidates_find(field, r, mem, &all, &why), ERR_NONE);
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.c[i].text, text) == 0)
			return all.c[i].prior;
	fail_msg("%s is no candidate", text);
	return 0;
}

static float
prior_of(const char *first, const char *second, const char *name)
{
	return prior_in(SOURCE_OCR, FIELD_MERCHANT, first, second, name);
}

static void
names_have_an_end(void **state)
{
	(void)state;
	const char *half = "Department of the", *rest = "Treasury";
	assert_true(prior_of(half, rest, half) < 0);
	assert_true(prior_of(half, rest, "Department of the Treasury") >= 0);
	assert_true(prior_of("Contoso Ltd", "Contoso Headquarters", "Contoso Headquarters") < 0);
	assert_true(prior_of("Headquarters Cafe", "Redmond", "Headquarters Cafe") >= 0);
}

static void
titles_and_sentences_are_no_names(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second, *name;
		bool against;
	} cases[] = {
	    {"Retail Invoices/Bill", "Oak & Sons", "Retail Invoices/Bill", true},
	    {"Original for Recipient", "Oak & Sons", "Original for Recipient Oak & Sons", true},
	    {"Original for Recipient", "Oak & Sons", "Oak & Sons", false},
	    {"THE COPY SHOP", "Oak Road", "THE COPY SHOP", false},
	    {"or Local Income Tax", "Oak & Sons", "or Local Income Tax", true},
	    {"5. Force Majeure", "Oak & Sons", "5. Force Majeure", true},
	    {"7-ELEVEN", "Oak Road", "7-ELEVEN", false},
	    {"(Form", "Oak & Sons", "(Form", true},
	    {"БАНК ВТБ (ПАО)", "ТЕРМИНАЛ 22140093", "БАНК ВТБ (ПАО)", true},
	    {"БАНК ВТБ (ПАО)", "БАНКОМАТ, ТЕРМИНАЛ 22140093", "БАНК ВТБ (ПАО)", false},
	    {"АЗС НЕФТЕТРАНС 14", "ТЕРМИНАЛ 22140093", "АЗС НЕФТЕТРАНС 14", false},
	    /* a logo, and the name below it */
	    {"G) Contose", "Contoso Inn", "G) Contose Contoso Inn", true},
	    {"RESTAURANT JIAWEI", "JIAWEI HOUSE", "RESTAURANT JIAWEI JIAWEI HOUSE", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if ((prior_of(cases[i].first, cases[i].second, cases[i].name) < 0) != cases[i].against)
			fail_msg("%s", cases[i].name);
}

static void
names_are_said_without_labels_greetings_and_noughts(void **state)
{
	(void)state;
	static const struct {
		const char *line, *name;
	} cases[] = {
	    {"Sold By : WS Retail Services Pvt. Ltd.", "WS Retail Services Pvt. Ltd."},
	    {"Department of Trees", "Department of Trees"},
	    {"Best Regards, Mallori", "Mallori"},
	    {"CONTOS0 BANK", "CONTOSO BANK"},
	    {"SHOP 0001 B00KS", "SHOP 0001 B00KS"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (!offers(FIELD_MERCHANT, cases[i].line, "Oak Road", cases[i].name))
			fail_msg("%s", cases[i].name);
	assert_false(offers(FIELD_MERCHANT, "CONTOS0 BANK", "Oak Road", "CONTOS0 BANK"));
}

static void
days_are_whose_their_labels_say(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second, *day;
		int odds; /* for, against, neither */
	} cases[] = {
	    {"Oak & Sons", "Invoice Date: 20-10-2015", "20-10-2015", 1},
	    {"Oak & Sons", "Order Date: 15-10-2015", "15-10-2015", -1},
	    {"Oak & Sons", "Reorder Date: 15-10-2015", "15-10-2015", 0},
	    {"Beleg-Datum :", "16.09.2013", "16.09.2013", 1},
	    {"Дата открытия счёта", "11.02.2013", "11.02.2013", -1},
	    {"Oak & Sons", "Beitragsrechnung 24. Januar 2014", "24. Januar 2014", 1},
	    {"ООО Дуб", "Счёт № 27 от 06.11.2025", "06.11.2025", 1},
	    {"Итого по операциям", "с 16.07.2024 по 20.08.2024", "16.07.2024", -1},
	    {"Итого по операциям", "с 16.07.2024 по 20.08.2024", "20.08.2024", 0},
	    {"В соответствии с частью 5", "27 июля 2006 г. № 149-ФЗ", "27 июля 2006", -1},
	    {"Дата взятия образца: 20.08.2025 07:55", "Выдача результата: 21.08.2025", "20.08.2025", -1},
	    {"Дата взятия образца: 20.08.2025 07:55", "Выдача результата: 21.08.2025", "21.08.2025", 1},
	    {"Банк", "Лицензия № 1481 от 11.08.2015", "11.08.2015", -1},
	    {"Oak & Sons", "20-10-2015", "20-10-2015", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		float p =
		    prior_in(SOURCE_TEXT_LAYER, FIELD_DATE, cases[i].first, cases[i].second, cases[i].day);
		if ((p > 0) - (p < 0) != cases[i].odds)
			fail_msg("%s, %s: %.1f", cases[i].second, cases[i].day, (double)p);
	}
}

static void
days_of_a_paper_have_one_order(void **state)
{
	(void)state;
	static const struct {
		const char *other, *day;
	} cases[] = {
	    {"Read 06/27/2025", "2025-08-01"},             /* as in the USA */
	    {"Read 27/06/2025", "2025-01-08"},             /* as elsewhere */
	    {"Read 27/06/2025, 06/27/2025", "2025-01-08"}, /* nobody knows */
	    {"Read 27.06.2025", "2025-01-08"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		const char *const lines[] = {cases[i].other, "Statement date 08/01/2025"};
		const struct reading *r = read_page(mem, lines, 2, 2);
		char day[DATE_TEXT_LEN];
		dates_text(&r->dates[r->n_dates - 1].d, day);
		assert_string_equal(day, cases[i].day);
	}
}

/* A picture beside a name is read as a letter; in a text layer a letter is one. */
static void
a_letter_before_a_name_is_its_own_where_no_picture_was_read(void **state)
{
	(void)state;
	const char *line = "L TWO FLORIST", *cut = "TWO FLORIST", *below = "KUALA LUMPUR";
	assert_true(prior_in(SOURCE_TEXT_LAYER, FIELD_MERCHANT, line, below, cut) < 0);
	assert_true(prior_in(SOURCE_OCR, FIELD_MERCHANT, line, below, cut) >= 0);
	assert_true(prior_in(SOURCE_TEXT_LAYER, FIELD_MERCHANT, "@ TWO FLORIST", below, cut) >= 0);
}

static void
addresses_have_an_end(void **state)
{
	(void)state;
	const char *first = "LOT 6, JALAN 8/27A, 53300 KUALA LUMPUR, WILAYAH KUALA",
	           *second = "LUMPUR, MALAYSIA", *whole = "14 Harbour Street, Whitby YO21 3PU";
	/* worth more than half an address that is as whole */
	assert_true(prior_in(SOURCE_OCR, FIELD_ADDRESS, first, second, first) <
	            prior_in(SOURCE_OCR, FIELD_ADDRESS, whole, second, whole));
	assert_true(prior_in(SOURCE_OCR, FIELD_ADDRESS, "12 JALAN", second, "12 JALAN") < 0);
	assert_true(prior_in(SOURCE_OCR, FIELD_ADDRESS, whole, second, whole) > 0);
	assert_true(prior_in(SOURCE_OCR, FIELD_ADDRESS, "6332 Business Drive", "Suite 52 Palo Alto CA 94301",
	                     "Suite 52 Palo Alto CA 94301") < 0);
	assert_true(prior_in(SOURCE_OCR, FIELD_ADDRESS, "14 Harbour Street", "Whitby", "14 Harbour Street") ==
	            0);
	/* the house's number stands below its street */
	const char *street = "101000, г. Москва, ул. Мясницкая, д.";
	assert_true(offers(FIELD_ADDRESS, street, "24", "101000, г. Москва, ул. Мясницкая, д. 24"));
	assert_true(offers(FIELD_ADDRESS, street, "ИНН 7701234567", street));
}

static void
british_postcodes_are_mended(void **state)
{
	(void)state;
	static const struct {
		const char *read, *mended;
	} cases[] = {
	    {"14 Harbour Street, Whitby Y021 3PU", "14 Harbour Street, Whitby YO21 3PU"},
	    {"123 OXFORD STREET, LONDON WID 2HZ. UK", "123 OXFORD STREET, LONDON W1D 2HZ. UK"},
	    {"10 Downing Street, London SWIA 2AA", "10 Downing Street, London SW1A 2AA"},
	    {"Leeds LS10 IJX", "Leeds LS10 1JX"},
	    {"Portsmouth P01 3AX, Hampshire", "Portsmouth PO1 3AX, Hampshire"},
	    /* right as they are, or none */
	    {"7 Foundry Lane, Leeds LS10 1JX", "7 Foundry Lane, Leeds LS10 1JX"},
	    {"London E10 5AB", "London E10 5AB"},
	    {"Sheffield S1 2BJ", "Sheffield S1 2BJ"},
	    {"NO 2AB, JALAN IPOH", "NO 2AB, JALAN IPOH"},
	    {"BLOCK B10 2ND FLOOR", "BLOCK B10 2ND FLOOR"},
	    {"TOO 1ST AVENUE", "TOO 1ST AVENUE"},
	    {"FS2 ORG MALAYSIA", "FS2 ORG MALAYSIA"},
	    {"4566 PB AMSTERDAM", "4566 PB AMSTERDAM"},
	    {"Y021", "Y021"},
	    {"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[80];
		snprintf(text, sizeof text, "%s", cases[i].read);
		address_mend_postcode(text);
		assert_string_equal(text, cases[i].mended);
	}
}

static void
words_of_everybodys_are_the_end_of_a_name(void **state)
{
	(void)state;
	const char *above = "LIAN CHI VEGETARIAN", *below = "RESTAURANT SDN BHD";
	assert_true(prior_of(above, below, below) < 0);
	assert_true(prior_of(above, below, "LIAN CHI VEGETARIAN RESTAURANT SDN BHD") >= 0);
	assert_true(prior_of("TEL: 03-12345678", below, below) >= 0);
	assert_true(prior_of("LIAN CHI", "RESTAURANT SATU", "RESTAURANT SATU") >= 0);
}

static void
names_are_not_cut_within_their_quotation_marks(void **state)
{
	(void)state;
	const char *first = "ГБУ «Жилищник района", *second = "Северный»",
	           *whole = "ГБУ «Жилищник района Северный»";
	assert_true(offers(FIELD_MERCHANT, first, second, whole));
	assert_false(offers(FIELD_MERCHANT, first, second, first));
	assert_false(offers(FIELD_MERCHANT, first, second, second));
	assert_true(offers(FIELD_MERCHANT, "ТСЖ «Набережная, 12»", "Омск", "ТСЖ «Набережная, 12»"));
	assert_false(offers(FIELD_MERCHANT, "ТСЖ «Набережная, 12»", "Омск", "ТСЖ «Набережная"));
	/* a mark that never closes is a misprint */
	assert_true(offers(FIELD_MERCHANT, first, "ИНН 5533314786", first));
	assert_true(offers(FIELD_MERCHANT, "ООО «Ель»", "«Берёзка»", "ООО «Ель»"));
}

/* What the parser read as columns is no row, although it stands side by side. */
static void
names_and_addresses_keep_to_their_column(void **state)
{
	(void)state;
	static const char *const line[] = {"ЕДИНЫЙ ДОКУМЕНТ",  "за октябрь 2025",
	                                   "Лаптева Ирина",    "ГБУ «Жилищник",
	                                   "района Северный»", "Москва, ул. Тверская, д. 7"};
	assert_true(page_offers(FIELD_MERCHANT, line, 6, 3, "ГБУ «Жилищник района Северный»"));
	assert_true(page_offers(FIELD_ADDRESS, line, 6, 3, "Москва, ул. Тверская, д. 7"));
	OWNED(arena_destroy) struct arena *mem = arena_create("page", 16 * MIB);
	const struct sheet *s = read_page(mem, line, 6, 3)->sheet;
	assert_int_equal(s->n_rows, 6);
	assert_int_equal(s->segs[2].column, 0);
	assert_int_equal(s->segs[3].column, 1);
}

/* No line model is at hand here: its opinion is nought of every line. */
static void
addresses_are_offered_that_no_model_knows(void **state)
{
	(void)state;
	assert_true(offers(FIELD_ADDRESS, "123 Main Street", "Redmond, WA 98052",
	                   "123 Main Street Redmond, WA 98052"));
	assert_true(
	    offers(FIELD_ADDRESS, "Contoso Ltd", "• 60 Rue Zola 75012 Paris", "60 Rue Zola 75012 Paris"));
	assert_false(offers(FIELD_ADDRESS, "We were very glad to hear", "that all of you are well.",
	                    "that all of you are well."));
}

static void
titles_and_headings_are_nobodys_names(void **state)
{
	(void)state;
	static const char *const titles[] = {"ДОГОВОР НАЙМА КВАРТИРЫ",
	                                     "Выписка по счёту дебетовой карты",
	                                     "Matters to be decided",
	                                     "Notice of the annual meeting",
	                                     "or foreign postal code",
	                                     "WEB HOSTING AGREEMENT",
	                                     "Заявление о переносе",
	                                     "SCHEDULE A",
	                                     "noreply@example.org",
	                                     "г. Нижний Новгород",
	                                     "Г. МОСКВА"};
	static const char *const names[] = {"Договорной центр «Мир»",      "Friends of the Garden",
	                                    "UNION DE LA VALLEE",          "Notices and Prints Ltd",
	                                    "Министерство внутренних дел", "Г. Петров"};
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (offers(FIELD_MERCHANT, titles[i], "Anna Petrova", titles[i]))
			fail_msg("%s is a title", titles[i]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!offers(FIELD_MERCHANT, names[i], "Anna Petrova", names[i]))
			fail_msg("%s is a name", names[i]);
}

static void
addresses_are_offered_as_people_write_them(void **state)
{
	(void)state;
	const char *both = "0 ул. Вавилова, д. 19, Москва, 117312 19 Vavilova St, Moscow, 117312";
	assert_true(offers(FIELD_ADDRESS, "СБЕР", both, "ул. Вавилова, д. 19, Москва, 117312"));
	assert_false(offers(FIELD_ADDRESS, "СБЕР", both, both));
	assert_true(
	    offers(FIELD_ADDRESS, "Lieferstraße 20", "DE 80333 München", "Lieferstraße 20 80333 München"));
	assert_true(offers(FIELD_ADDRESS, "5 King Street Wilmington", "DE 19801",
	                   "5 King Street Wilmington DE 19801"));
	assert_true(
	    offers(FIELD_ADDRESS, "1 Redmond Way", "Redmond, WA 98052", "1 Redmond Way Redmond, WA 98052"));
	assert_true(offers(FIELD_ADDRESS, "153 Victoria Street", "GB SW1B 3BN London",
	                   "153 Victoria Street SW1B 3BN London"));
}

static void
addresses_end_where_telephones_and_numbers_begin(void **state)
{
	(void)state;
	static const struct {
		const char *line, *address;
	} cases[] = {
	    {"656002, Барнаул, ул. Мира, 12 бухгалтерия +7 3852 77-14-05", "656002, Барнаул, ул. Мира, 12"},
	    {"394018, г. Воронеж, ул. Мира, 8, тел. (473) 255-10-90", "394018, г. Воронеж, ул. Мира, 8"},
	    {"350063, Краснодар, ул. Мира, 22; лицензия ЛО-23-01", "350063, Краснодар, ул. Мира, 22"},
	    {"1400 Oak Road, Salem, OR 97119 (503) 555-0172", "1400 Oak Road, Salem, OR 97119"},
	    {"2 Jalan Satu, 81100 JOHOR BAHRU 07-355 2616", "2 Jalan Satu, 81100 JOHOR BAHRU"},
	    {"6 Canal Street, Stroud GL5 2AB VAT registration GB284119037", "6 Canal Street, Stroud GL5 2AB"},
	    /* none of these is a telephone */
	    {"12 Oak Road, Private Box 400, Salem, OR 97119",
	     "12 Oak Road, Private Box 400, Salem, OR 97119"},
	    {"5 Vatican Street, Salem, OR 97119-0012", "5 Vatican Street, Salem, OR 97119-0012"},
	    {"1 Mill Lane (North), Salem, OR 97119", "1 Mill Lane (North), Salem, OR 97119"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (!offers(FIELD_ADDRESS, "Oak & Sons", cases[i].line, cases[i].address))
			fail_msg("%s", cases[i].line);
	assert_false(offers(FIELD_ADDRESS, "Oak & Sons", cases[0].line, cases[0].line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_dates_in_all_common_orders),
	    cmocka_unit_test(takes_no_other_numbers_for_dates),
	    cmocka_unit_test(tells_pieces_in_boxes_from_dates),
	    cmocka_unit_test(finds_amounts_with_either_mark),
	    cmocka_unit_test(kopecks_behind_a_dash_want_a_word_before_them),
	    cmocka_unit_test(takes_no_other_numbers_for_amounts),
	    cmocka_unit_test(knows_lines_of_addresses_of_many_countries),
	    cmocka_unit_test(names_are_offered_without_what_is_stuck_to_them),
	    cmocka_unit_test(names_are_not_cut_within_their_quotation_marks),
	    cmocka_unit_test(names_and_addresses_keep_to_their_column),
	    cmocka_unit_test(addresses_are_offered_that_no_model_knows),
	    cmocka_unit_test(titles_and_headings_are_nobodys_names),
	    cmocka_unit_test(addresses_are_offered_as_people_write_them),
	    cmocka_unit_test(addresses_end_where_telephones_and_numbers_begin),
	    cmocka_unit_test(words_of_everybodys_are_the_end_of_a_name),
	    cmocka_unit_test(names_have_an_end),
	    cmocka_unit_test(titles_and_sentences_are_no_names),
	    cmocka_unit_test(names_are_said_without_labels_greetings_and_noughts),
	    cmocka_unit_test(days_are_whose_their_labels_say),
	    cmocka_unit_test(days_of_a_paper_have_one_order),
	    cmocka_unit_test(a_letter_before_a_name_is_its_own_where_no_picture_was_read),
	    cmocka_unit_test(addresses_have_an_end),
	    cmocka_unit_test(british_postcodes_are_mended),
	    cmocka_unit_test(capitals_keep_every_offset),
	    cmocka_unit_test(keys_are_what_spellings_share),
	    cmocka_unit_test(reads_other_languages_in_its_own_words),
	    cmocka_unit_test(opens_the_envelope_and_nothing_more),
	    cmocka_unit_test(survives_deep_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
