/* Numbers that prove themselves, and what codes say. */
#include "calibration.h"
#include "candidates.h"
#include "check_digits.h"
#include "facts.h"
#include "kind_shape.h"
#include "parties.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
check_digits_hold(void **state)
{
	(void)state;
	assert_true(check_inn("7707083893", 10));
	assert_false(check_inn("7707083894", 10));
	assert_true(check_inn("500100732259", 12));
	assert_false(check_inn("500100732258", 12));
	assert_false(check_inn("0000000000", 10));
	assert_true(check_iban("DE89370400440532013000", 22));
	assert_true(check_iban("GB29NWBK60161331926819", 22));
	assert_false(check_iban("DE89370400440532013001", 22));
	assert_true(check_vat_de("136695976", 9));
	assert_false(check_vat_de("136695977", 9));
	assert_false(check_account("40702810900000002851", "044030001"));
}

static void
read_code(const char *text, struct facts *ret, struct arena *mem)
{
	struct barcode b = {.format = "QR-Code", .text = text, .box = {0.1f, 0.8f, 0.3f, 0.9f}};
	struct page page = {.number = 1, .width = 100, .height = 100, .barcodes = &b, .n_barcodes = 1};
	struct document_text doc = {.pages = &page, .n_pages = 1};
	struct why why;
	assert_int_equal(facts_by_code(&doc, mem, ret, &why), ERR_NONE);
}

static void
fiscal_codes_say_date_time_and_total(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct facts f;
	read_code("t=20240203T184500&s=233.90&fn=9289000100405011&i=12345&fp=3522207165&n=1", &f, mem);
	assert_string_equal(f.f[FACT_DATE].code, "2024-02-03");
	assert_string_equal(f.f[FACT_TIME].code, "18:45");
	assert_int_equal(f.f[FACT_TOTAL].minor, 23390);
	assert_string_equal(f.f[FACT_TOTAL].currency, "RUB");
	assert_string_equal(f.f[FACT_DOCUMENT_NUMBER].code, "12345");
	assert_string_equal(f.f[FACT_TOTAL].source, "qr");
}

static void
payment_codes_say_whom_and_how_much(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct facts f;
	read_code("ST00012|Name=ООО Ромашка|PersonalAcc=40702810900000002851|BIC=044030001|Sum=150050|"
	          "PayeeINN=7707083893",
	          &f, mem);
	assert_string_equal(f.f[FACT_MERCHANT_NAME].value, "ООО Ромашка");
	assert_int_equal(f.f[FACT_TOTAL].minor, 150050);
	assert_string_equal(f.f[FACT_MERCHANT_TAX_ID].code, "7707083893");
	read_code("BCD\n002\n1\nSCT\nCOBADEFFXXX\nRomashka GmbH\nDE89370400440532013000\nEUR12.3\n\n\nBill 7",
	          &f, mem);
	assert_string_equal(f.f[FACT_IBAN].code, "DE89370400440532013000");
	assert_int_equal(f.f[FACT_TOTAL].minor, 1230);
	assert_string_equal(f.f[FACT_MERCHANT_NAME].value, "Romashka GmbH");
}

/* A bill with a code for the sum and another for the sum with an insurance. */
static void
of_two_codes_the_first_is_heard(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct barcode codes[] = {{.format = "QR-Code", .text = "ST00012|Name=ООО Ромашка|Sum=150050"},
	                          {.format = "QR-Code", .text = "ST00012|Name=ООО Ромашка|Sum=163050"}};
	struct page page = {.number = 1, .barcodes = codes, .n_barcodes = ARRAY_LEN(codes)};
	struct document_text doc = {.pages = &page, .n_pages = 1};
	struct facts f;
	struct why why;
	assert_int_equal(facts_by_code(&doc, mem, &f, &why), ERR_NONE);
	assert_string_equal(f.f[FACT_TOTAL].value, "1500.50");
	assert_int_equal(f.f[FACT_TOTAL].minor, 150050);
}

static void
other_codes_say_nothing(void **state)
{
	(void)state;
	static const char *const codes[] = {"",
	                                    "https://example.org/?t=1&s=2",
	                                    "t=20241303T1845&s=1.00&fn=9289000100405011&i=1&fp=1&n=1",
	                                    "t=20240203T1860&s=1.00&fn=9289000100405011&i=1&fp=1&n=1",
	                                    "t=20240203T1845&s=1.2.3&fn=9289000100405011&i=1&fp=1&n=1",
	                                    "SPC\r\n0200",
	                                    "BCD\n002\n1\nSCT",
	                                    "4006381333931"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
		struct facts f;
		read_code(codes[i], &f, mem);
		for (int k = 0; k < FACT_COUNT; k++)
			assert_null(f.f[k].value);
	}
}

/* ---- what a paper is about ---- */

/* A sheet of lines, a row each. */
static struct reading *
reading_of(const char *const *lines, size_t n, struct arena *mem)
{
	struct why why;
	struct word *w = arena_array(mem, 200, sizeof *w);
	struct span *rows = arena_array(mem, n, sizeof *rows);
	assert_non_null(w);
	assert_non_null(rows);
	uint32_t words = 0;
	for (size_t i = 0; i < n; i++) {
		char *rest = arena_strdup(mem, lines[i]), *word;
		assert_non_null(rest);
		rows[i].first = words;
		float x = 0.05f, y = 0.05f + 0.04f * (float)i;
		while ((word = strsep(&rest, " "))) {
			float width = 0.012f * (float)strlen(word);
			w[words++] = (struct word){word, 1, {x, y, x + width, y + 0.02f}};
			x += width + 0.008f;
		}
		rows[i].n = words - rows[i].first;
	}
	struct page *page = arena_alloc(mem, sizeof *page);
	struct document_text *doc = arena_alloc(mem, sizeof *doc);
	assert_non_null(page);
	assert_non_null(doc);
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
read_lines(const char *const *lines, size_t n, int64_t total, struct facts *ret, struct arena *mem)
{
	struct why why;
	const struct reading *r = reading_of(lines, n, mem);
	assert_int_equal(facts_by_rule(r, total, mem, ret, &why), ERR_NONE);
	assert_int_equal(facts_about(r, mem, ret, &why), ERR_NONE);
}

static void
a_bill_says_what_time_it_covers(void **state)
{
	(void)state;
	static const struct {
		const char *line, *period;
	} cases[] = {
	    {"Billing period: 01/03/2024 - 31/03/2024", "2024-03-01/2024-03-31"},
	    {"Период с 01.02.2024 по 29.02.2024", "2024-02-01/2024-02-29"},
	    {"Abrechnungszeitraum 01.01.2023 bis 31.12.2023", "2023-01-01/2023-12-31"},
	    {"Платёжный документ за февраль 2024 г.", "2024-02-01/2024-02-29"},
	    {"Invoice for March 2023", "2023-03-01/2023-03-31"},
	    {"Seen 31/03/2024 - 01/03/2024", NULL}, /* backwards */
	    {"Due 01/03/2024 paid 05/03/2024", NULL},
	    {"Thank you for coming 2024", NULL},
	    {"Расход с 1 по 31 октября 2025 г.", "2025-10-01/2025-10-31"},
	    {"Statement 12 December to 11 January 2026", "2025-12-12/2026-01-11"},
	    {"Период 01.10-31.10.2025", "2025-10-01/2025-10-31"},
	    {"What you've used between 6 May 2025 and 5 June 2025", "2025-05-06/2025-06-05"},
	    {"Квитанция на оплату — август 2025 г.", "2025-08-01/2025-08-31"},
	    {"Справка о доходах за 2025 год", "2025-01-01/2025-12-31"},
	    {"Воронеж, 26 мая 2025 г.", NULL},
	    {"signed on the 1st of May 2025", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		struct facts f;
		read_lines(&cases[i].line, 1, INT64_MIN, &f, mem);
		if (!cases[i].period)
			assert_null(f.f[FACT_PERIOD].value);
		else if (!f.f[FACT_PERIOD].code)
			fail_msg("no period in: %s", cases[i].line);
		else
			assert_string_equal(f.f[FACT_PERIOD].code, cases[i].period);
	}
}

static void
tells_the_days_that_are_not_the_papers(void **state)
{
	(void)state;
	static const struct {
		const char *lines[2];
		bool another;
	} cases[] = {
	    {{"Задолженность на 01.02.2026", ""}, true},
	    {{"Сальдо на начало на 01.02.2026: 0.00", ""}, true},
	    {{"Balance brought forward on 01/02/2026", ""}, true},
	    {{"Просим оплатить до 01.02.2026", ""}, true},
	    {{"Просим оплатить до 01.02.2026", "Самара, 01.02.2026"}, false}, /* the paper's as well */
	    {{"Акт сверки задолженности от 01.02.2026", ""}, false},
	    {{"Счёт от 01.02.2026", ""}, false},
	    {{"Balance on 01/02/2026", ""}, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		const struct reading *r = reading_of(cases[i].lines, 2, mem);
		const struct date day = {.year = 2026, .month = 2, .day = 1};
		if (facts_date_is_another(r, &day) != cases[i].another)
			fail_msg("%s", cases[i].lines[0]);
	}
}

static void
an_iban_may_be_broken_by_the_lines_end(void **state)
{
	(void)state;
	static const struct {
		const char *lines[2], *iban;
	} cases[] = {
	    {{"Pay to IBAN GB27 NWBK 5600 4431 9268", "80. Company no. 07711420"}, "GB27NWBK56004431926880"},
	    {{"Pay to IBAN GB27 NWBK 5600 4431 9268", "81. Company no. 07711420"}, NULL},
	    {{"Pay to IBAN GB27 NWBK 5600 4431 9268", "8"}, NULL},
	    {{"Pay to GB27 NWBK 5600 4431 9268 or", "80. Company no. 07711420"}, NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		struct facts f;
		read_lines(cases[i].lines, 2, INT64_MIN, &f, mem);
		const char *got = f.f[FACT_IBAN].code;
		if (!cases[i].iban)
			assert_null(got);
		else if (!got)
			fail_msg("none in case %zu", i);
		else
			assert_string_equal(got, cases[i].iban);
	}
}

static void
nobody_is_called_by_what_a_paper_is(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "* ОПЕРАЦИЯ *", "Аптека Лекарь", "Перевод:", "CUSTOMER COPY", "Счёт", "Чек-Маркет"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	struct why why;
	struct candidates all;
	assert_int_equal(
	    candidates_find(FIELD_MERCHANT, reading_of(lines, ARRAY_LEN(lines), mem), mem, &all, &why),
	    ERR_NONE);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.c[0].text, "Аптека Лекарь");
	assert_string_equal(all.c[1].text, "Чек-Маркет");
}

/* A line and what a field of it should be; NULL: none. */
struct line_case {
	const char *line, *value;
};

static void
check_lines(enum fact_id id, const struct line_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		struct facts f;
		read_lines(&cases[i].line, 1, INT64_MIN, &f, mem);
		const char *got = f.f[id].code;
		if ((got == NULL) != (cases[i].value == NULL) || (got && strcmp(got, cases[i].value) != 0))
			fail_msg("%s: %s, not %s", cases[i].line, got ? got : "nothing",
			         cases[i].value ? cases[i].value : "nothing");
	}
}

static void
a_bill_says_when_to_pay(void **state)
{
	(void)state;
	static const struct line_case cases[] = {
	    {"Due date: 17/04/2025", "2025-04-17"},
	    {"Payment deadline 17 April 2025", "2025-04-17"},
	    {"Please pay by 23 June 2025", "2025-06-23"},
	    {"Current charges, payable by 08/22/2025", "2025-08-22"},
	    {"Invoice 12.03.2026, zahlbar bis zum 26.03.2026", "2026-03-26"},
	    {"Оплатить не позднее 10.11.2025", "2025-11-10"},
	    {"Просим внести платёж до 15 февраля 2026 года.", "2026-02-15"},
	    {"Срок внесения платы — до 10.04.2025", "2025-04-10"},
	    {"Крайний срок оплаты: 10 сентября 2025", "2025-09-10"},
	    {"Счёт действителен к оплате до 13.11.2025.", "2025-11-13"},
	    {"Учтены платежи, поступившие до 31.10.2025", NULL},
	    {"Передайте показания до 25.11.2025", NULL},
	    {"Дата последнего платежа: 08.10.2025", NULL},
	    {"Invoice date 17/04/2025", NULL},
	    {"Residue 17/04/2025", NULL},
	};
	check_lines(FACT_DUE_DATE, cases, sizeof cases / sizeof *cases);
	static const char *const wrapped[] = {"Внесите, пожалуйста, платёж до",
	                                      "25.12.2025, чтобы услуги не отключили"};
	static const char *const column[] = {"Payment due", "17 April 2025"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
	struct facts f;
	read_lines(wrapped, 2, INT64_MIN, &f, mem);
	assert_string_equal(f.f[FACT_DUE_DATE].code, "2025-12-25");
	read_lines(column, 2, INT64_MIN, &f, mem);
	assert_string_equal(f.f[FACT_DUE_DATE].code, "2025-04-17");
}

static void
russian_numbers_are_told_by_their_labels(void **state)
{
	(void)state;
	static const struct line_case inn[] = {
	    {"ИНН 7707083893 КПП 773601001", "7707083893"},
	    {"ИНН/КПП: 7707083893/773601001", "7707083893"},
	    {"ИНН налогового агента 7707083893", "7707083893"},
	    {"Поставщик ООО «Ель», ИНН 7707083893", "7707083893"},
	    {"Покупатель: ООО «Ель», ИНН 7707083893", NULL},
	    {"ИНН 7707083894", NULL},
	    {"длинный 7707083893", NULL},
	};
	static const struct line_case kpp[] = {
	    {"ИНН/КПП: 7707083893/773601001", "773601001"},
	    {"ИНН / КПП 7707083893 / 773601001", "773601001"},
	    {"КПП 773601001", "773601001"},
	    {"КПП БИК 044525225", NULL},
	    {"ИНН 7707083893 KlT 773601001", "773601001"},
	    {"Заказчик: ИНН 7707083893, КПП 773601001", NULL},
	};
	static const struct line_case bik[] = {
	    {"БИК банка получателя: 044030653", "044030653"},
	    {"БИК 044030653", "044030653"},
	    {"БИК 04403065", NULL},
	};
	static const struct line_case account[] = {
	    {"БИК 044030653 р/с 40702810502002655775", "40702810502002655775"},
	    {"БИК 044030653 р/с 40702 810 5 0200 2655775", "40702810502002655775"},
	    {"БИК 044030653 р/с 40702810502002655776", NULL},
	    {"Номер счёта 40702810502002655775", "40702810502002655775"},
	    {"Корр. счёт 30101810500000000653", NULL},
	    {"УИН 18810566251014772031", NULL},
	};
	check_lines(FACT_MERCHANT_TAX_ID, inn, sizeof inn / sizeof *inn);
	check_lines(FACT_MERCHANT_KPP, kpp, sizeof kpp / sizeof *kpp);
	check_lines(FACT_BIC, bik, sizeof bik / sizeof *bik);
	check_lines(FACT_ACCOUNT, account, sizeof account / sizeof *account);
}

static void
cards_and_ways_of_paying(void **state)
{
	(void)state;
	static const struct line_case cards[] = {
	    {"Карта: (E4) ************4417", "4417"},
	    {"VISA **** 0962", "0962"},
	    {"Mastercard XXXX XXXX XXXX 8030", "8030"},
	    {"Карта получателя •• 8114", "8114"},
	    {"card ending in 2290", "2290"},
	    {"TAX 1234", NULL},
	    {"5 * 1234", NULL},
	    {"Паспорт ******4471", NULL},
	};
	static const struct line_case ways[] = {
	    {"Перевод по СБП", "transfer"},
	    {"Entry: Contactless", "card"},
	    {"VISA **** 0962", "card"},
	    {"Thank you", NULL},
	};
	check_lines(FACT_CARD_LAST4, cards, sizeof cards / sizeof *cards);
	check_lines(FACT_PAYMENT_METHOD, ways, sizeof ways / sizeof *ways);
}

static void
a_paper_says_its_number(void **state)
{
	(void)state;
	static const struct line_case cases[] = {
	    {"Счет на оплату № УТ-1184 от 12 марта 2026 г.", "УТ-1184"},
	    {"Счёт № 27 от 06.11.2025", "27"},
	    {"ПОСТАНОВЛЕНИЕ № 18810566251014772031 по делу", NULL}, /* as long as an account */
	    {"НАЛОГОВОЕ УВЕДОМЛЕНИЕ № 118204471", "118204471"},
	    {"Bill reference B-20931177", "B-20931177"},
	    {"Лицевой счёт № 63-0117-2245", NULL},
	    {"Основание: счёт по договору № 31", NULL},
	};
	check_lines(FACT_DOCUMENT_NUMBER, cases, sizeof cases / sizeof *cases);
}

static void
a_tax_is_known_by_its_rate(void **state)
{
	(void)state;
	static const char *const lines[] = {"Корм 2498.00", "НДС 22% 450.46", "Сумма НДС 22% 551.17",
	                                    "ИТОГ 3056.50"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
	struct facts f;
	read_lines(lines, 4, 305650, &f, mem);
	assert_int_equal(f.f[FACT_TAX].minor, 55117);
}

static void
a_bill_says_whom_it_is_for(void **state)
{
	(void)state;
	static const struct line_case cases[] = {
	    {"Плательщик: Лаптева Ирина Олеговна", "Лаптева Ирина Олеговна"},
	    {"Покупатель (Заказчик): ООО «Кедр», ИНН 5873331130, Новосибирск", "ООО «Кедр»"},
	    {"Абонент № 140088213 Коновалов Пётр Ильич, пос. Мирный", "Коновалов Пётр Ильич"},
	    {"Потребительский рынок", NULL},
	    {"Плательщик БИК 044525225", NULL},
	    {"Customer: Jane Roe", "Jane Roe"},
	    {"Customer service 0800 123456", NULL},
	    {"Кому: Юдин Олег Ильич", "Юдин Олег Ильич"},
	    {"Пассажир / Passenger: SOLOVEVA/ANNA MRS", "SOLOVEVA/ANNA MRS"},
	    {"Ship to: Jane Roe", NULL}, /* where goods go */
	};
	check_lines(FACT_RECIPIENT, cases, sizeof cases / sizeof *cases);
}

static void
who_is_meant_did_not_send_it(void **state)
{
	(void)state;
	static const struct {
		const char *lines[5];
		const char *signs; /* of each line: for, against, neither */
	} cases[] = {
	    {{"Oak & Sons Ltd", "Bill to:", "Maple Trading", "12 High Street", "Invoice 17"}, ".--.."},
	    {{"Oak & Sons Ltd", "Customer: Maple Trading", "Invoice 17", "1", "2"}, ".-..."},
	    {{"Oak & Sons Ltd", "Customer service", "Maple Trading", "1", "2"}, "....."},
	    {{"ООО Дуб", "Покупатель: ООО Клён", "Поставщик: ООО Дуб", "1", "2"}, ".-+.."},
	    {{"Together Ltd", "Tower Bridge Road", "Customers love us", "1", "2"}, "....."},
	    {{"Seller", "Oak & Sons Ltd", "12 High Street", "Invoice 17", "1"}, "-+..."},
	    {{"Itemized Deductions", "Department of Trees", "Form 12", "1", "2"}, ".+..."},
	    {{"Oak & Sons Ltd", "12 High Street", "VAT GB123456789", "Tel 0123", "1"}, "+++.."},
	    {{"Maple Trading", "Salem, OR 97119", "Client: Maple", "1", "2"}, "-.-.."},
	    {{"WA", "LENDER'S name, street address, city", "Oak Bank", "1", "2"}, ".-+.."},
	    {{"BORROWER'S name", "Pascale Elm", "UNITED STATES OF AMERICA", "1", "2"}, "--+.."},
	    {{"Oak AG - Uferweg 4 - 63571 Ulm", "Maple GmbH", "Am Hang 3", "12345 Ulm", "Hof 2"}, "+----"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		float odds[5];
		parties_weigh(reading_of(cases[i].lines, 5, mem), 5, odds);
		for (int k = 0; k < 5; k++) {
			char got = odds[k] < 0 ? '-' : odds[k] > 0 ? '+' : '.';
			if (got != cases[i].signs[k])
				fail_msg("%s: %c", cases[i].lines[k], got);
		}
	}
}

static void
an_address_is_his_whom_it_stands_beside(void **state)
{
	(void)state;
	static const struct {
		const char *lines[6];
		const char *signs; /* of each line: for, against, neither */
	} cases[] = {
	    {{"Oak & Sons Ltd", "Bill to:", "Maple Trading", "12 High Street", "Salem, OR 97119",
	      "5 Oak Road"},
	     "..---."},
	    {{"Seller:", "Oak & Sons Ltd", "5 Oak Road", "Bill to: Maple Trading", "12 High Street", "1"},
	     ".++---"},
	    {{"Плательщик: Лаптева И. О.", "Адрес: г. Москва, Мира ул., д. 3", "Управление: ГБУ Жилищник",
	      "1", "2", "3"},
	     "--...."},
	    {{"АО Свет", "443010, г. Самара, ул. Мира, д. 9", "ул. Новая, 22, кв. 14", "1", "2", "3"},
	     "..-..."},
	    {{"АО Свет", "ул. Мира, д. 9", "Лицевой счёт 63-0117", "Гусев А. В.", "ул. Новая, 22", "-"},
	     "...--."},
	    {{"Oak & Sons Ltd", "5 Oak Road", "Ms D Farrow", "14 Elm Close", "Derby DE1 2AB", "9 June 2025"},
	     "..---."},
	    {{"MR D.I.Y. (M) SDN BHD", "LOT 1851 JALAN KPB 6", "1", "2", "3", "4"}, "......"},
	    {{"MS 1500 CERTIFIED", "LOT 1851 JALAN KPB 6", "1", "2", "3", "4"}, "......"},
	    {{"Oak & Sons Ltd", "Remit to:", "Post Office Box 4", "Salem, OR 97119", "1", "2"}, "......"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		float odds[6];
		parties_weigh_homes(reading_of(cases[i].lines, 6, mem), 6, odds);
		for (int k = 0; k < 6; k++) {
			char got = odds[k] < 0 ? '-' : odds[k] > 0 ? '+' : '.';
			if (got != cases[i].signs[k])
				print_error("case %zu, %s: %c\n", i, cases[i].lines[k], got);
			assert_int_equal(got, cases[i].signs[k]);
		}
	}
}

static void
words_tell_what_was_paid_for(void **state)
{
	(void)state;
	static const char *const cafe[] = {"BLUE DOOR CAFE", "12 High Street", "Coffee 3.50", "Total 3.50"};
	static const char *const chemist[] = {"ООО Ромашка", "Аптека № 12", "Итог 120.00"};
	static const char *const nothing[] = {"SMITH & SONS", "Total 3.50", "smartphone"};
	static const char *const torn[] = {"CAFE HOTEL", "Total 3.50"};
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	struct facts f;
	read_lines(cafe, 4, INT64_MIN, &f, mem);
	assert_string_equal(f.f[FACT_CATEGORY].code, "eating_out");
	read_lines(chemist, 3, INT64_MIN, &f, mem);
	assert_string_equal(f.f[FACT_CATEGORY].code, "health");
	read_lines(torn, 2, INT64_MIN, &f, mem);
	assert_true(f.f[FACT_CATEGORY].confidence <= 0.5);
	read_lines(nothing, 2, INT64_MIN, &f, mem);
	assert_null(f.f[FACT_CATEGORY].value);
}

static void
a_paper_has_the_fields_of_its_kind(void **state)
{
	(void)state;
	assert_true(facts_fit(FACT_IBAN, TYPE_INVOICE));
	assert_false(facts_fit(FACT_IBAN, TYPE_CARD_SLIP));
	assert_false(facts_fit(FACT_CHANGE, TYPE_INVOICE));
	assert_true(facts_fit(FACT_CHANGE, TYPE_RECEIPT));
	assert_false(facts_fit(FACT_TOTAL, TYPE_LETTER));
	assert_true(facts_fit(FACT_DATE, TYPE_LETTER));
	assert_true(facts_fit(FACT_IBAN, TYPE_OTHER)); /* who knows */
}

/* The feature of that name of a paper of these lines. */
static float
kind_feature(const char *name, const char *const *lines, size_t n)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
	OWNED(buf_free) struct buf names = buf_init(64 * KIB);
	float v[KIND_MAX_FEATURES], text_p[TYPE_COUNT] = {0};
	struct features f = {.v = v, .cap = KIND_MAX_FEATURES, .names = &names};
	struct why why;
	assert_int_equal(kind_features(reading_of(lines, n, mem), text_p, &f, &why), ERR_NONE);
	buf_putc(&names, '\0');
	char *rest = names.data, *one;
	for (size_t i = 0; i < f.n && (one = strsep(&rest, "\n")); i++)
		if (strcmp(one, name) == 0)
			return v[i];
	fail_msg("no feature %s", name);
	return 0;
}

static void
a_title_says_more_than_a_word_in_passing(void **state)
{
	(void)state;
	static const char *const titled[] = {"Invoice", "for all that was delivered in the month of May"},
	                         *const begun[] = {"Invoice for the month of May", "as agreed"},
	                         *const passing[] = {"We enclose with this letter an invoice and two copies",
	                                             "as agreed"},
	                         *const joined[] = {"Reinvoice", "as agreed"};
	assert_float_equal(kind_feature("title.invoice", titled, 2), 2, 0);
	assert_float_equal(kind_feature("title.invoice", begun, 2), 1, 0);
	assert_float_equal(kind_feature("title.invoice", passing, 2), 0, 0);
	assert_float_equal(kind_feature("title.invoice", joined, 2), 0, 0);
	assert_float_equal(kind_feature("title.contract", titled, 2), 0, 0);
}

static void
tells_a_mail_by_its_head(void **state)
{
	(void)state;
	static const struct {
		const char *lines[4];
		bool mail;
	} cases[] = {
	    {{"From: Anna Petrova", "To: Dan Brown", "Subject: keys", "Hi Dan"}, true},
	    {{"От: anna@example.ru", "Кому: Дану", "Тема: ключи", "Ключи у соседки"}, true},
	    {{"From: A. Smith", "To: B. Jones", "Subject: samples", "No. of pages: 3"}, false}, /* a fax */
	    {{"From: Anna Petrova", "Subject: keys", "Hi Dan", "the keys"}, false},
	    {{"From London", "To: Rome", "Subject: keys", "Dear all"}, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
		if (kind_is_mail(reading_of(cases[i].lines, 4, mem)->sheet) != cases[i].mail)
			fail_msg("case %zu", i);
	}
}

static void
a_number_without_end_is_no_sum(void **state)
{
	(void)state;
	static const char *const lines[] = {"1 000 000 000 000 000 000 000 ₽", "€7,000,000,000,000,000,000",
	                                    "999 999 999 999 ₽"};
	struct amount a[4];
	assert_int_equal(amounts_find("", lines[0], strlen(lines[0]), a, ARRAY_LEN(a)), 0);
	assert_int_equal(amounts_find("", lines[1], strlen(lines[1]), a, ARRAY_LEN(a)), 0);
	assert_int_equal(amounts_find("", lines[2], strlen(lines[2]), a, ARRAY_LEN(a)), 1);
	assert_int_equal(a[0].minor, 99999999999900);
}

/* Ninety right papers of one seller and ten wrong ones of ten: a stranger's is rather wrong. */
static void
confidence_counts_sellers_not_papers(void **state)
{
	(void)state;
	struct outcome o[100];
	struct calibration alike, apart;
	for (int i = 0; i < 100; i++)
		o[i] = (struct outcome){.right = i < 90, .weight = i < 90 ? 1 / 90.0f : 1};
	calibration_fit(&alike, o, 100);
	assert_true(calibration_apply(&alike, &o[0].signs) < 0.2);
	for (int i = 0; i < 100; i++)
		o[i].weight = 1;
	calibration_fit(&apart, o, 100);
	assert_true(calibration_apply(&apart, &o[0].signs) > 0.8);
}

/* Said at 0.9, half were right: the more there were, the nearer to a half. */
static void
few_values_temper_a_little_and_many_more(void **state)
{
	(void)state;
	enum { MANY = 2000 };
	double p[MANY], few, many;
	bool right[MANY];
	for (int i = 0; i < MANY; i++) {
		p[i] = 0.9;
		right[i] = i % 2;
	}
	const struct tempering none = calibration_fit_tempering(p, right, 0),
	                       little = calibration_fit_tempering(p, right, 10),
	                       much = calibration_fit_tempering(p, right, MANY);
	few = calibration_temper(&little, 0.9);
	many = calibration_temper(&much, 0.9);
	assert_true(fabs(calibration_temper(&none, 0.9) - 0.9) < 1e-9);
	assert_true(few < 0.9 && few > 0.6);
	assert_true(many < 0.55 && many > 0.5);
}

/* Two rows of goods or more, up to the foot. */
static void
rows_add_up_to_a_total(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
	static const char *const bill[] = {"Water 7 65.77 460.39", "Heating 1 100.00 100.00", "Total 560.39",
	                                   "Paid last month 444.00"};
	assert_int_equal(reading_of(bill, ARRAY_LEN(bill), mem)->items_sum, 56039);
	static const char *const slip[] = {"Coffee 4.50", "Total 4.50"};
	assert_int_equal(reading_of(slip, ARRAY_LEN(slip), mem)->items_sum, INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_digits_hold),
	    cmocka_unit_test(fiscal_codes_say_date_time_and_total),
	    cmocka_unit_test(of_two_codes_the_first_is_heard),
	    cmocka_unit_test(payment_codes_say_whom_and_how_much),
	    cmocka_unit_test(other_codes_say_nothing),
	    cmocka_unit_test(tells_the_days_that_are_not_the_papers),
	    cmocka_unit_test(nobody_is_called_by_what_a_paper_is),
	    cmocka_unit_test(an_iban_may_be_broken_by_the_lines_end),
	    cmocka_unit_test(a_bill_says_what_time_it_covers),
	    cmocka_unit_test(a_bill_says_when_to_pay),
	    cmocka_unit_test(russian_numbers_are_told_by_their_labels),
	    cmocka_unit_test(cards_and_ways_of_paying),
	    cmocka_unit_test(a_paper_says_its_number),
	    cmocka_unit_test(a_tax_is_known_by_its_rate),
	    cmocka_unit_test(a_number_without_end_is_no_sum),
	    cmocka_unit_test(a_bill_says_whom_it_is_for),
	    cmocka_unit_test(who_is_meant_did_not_send_it),
	    cmocka_unit_test(an_address_is_his_whom_it_stands_beside),
	    cmocka_unit_test(words_tell_what_was_paid_for),
	    cmocka_unit_test(a_paper_has_the_fields_of_its_kind),
	    cmocka_unit_test(tells_a_mail_by_its_head),
	    cmocka_unit_test(a_title_says_more_than_a_word_in_passing),
	    cmocka_unit_test(confidence_counts_sellers_not_papers),
	    cmocka_unit_test(few_values_temper_a_little_and_many_more),
	    cmocka_unit_test(rows_add_up_to_a_total),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
