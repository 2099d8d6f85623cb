/* The committed model and its server, end to end. */
#include "buf.h"
#include "clock.h"
#include "envelope.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "test_folder.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

static char models_path[4200];

/* ---- a receipt, as a parser would hand it over ---- */

static const char *const receipt_lines[] = {
    "SYARIKAT KEDAI BUKU SDN BHD",
    "(123456-X)",
    "NO 12, JALAN SAGU 18, TAMAN DAYA,",
    "81100 JOHOR BAHRU, JOHOR.",
    "TEL: 07-3551234",
    "TAX INVOICE",
    "DATE: 25/12/2018 8:13 PM",
    "PENCIL BOX 1 x 4.00 4.00",
    "NOTE BOOK 5.00",
    "TOTAL: RM 9.00",
    "CASH 10.00",
    "CHANGE 1.00",
    "THANK YOU",
};

/* Where byte `at` of a line stands on the page: letters are of one width. */
static double
x_of(const char *line, size_t at)
{
	size_t letters = 0;
	for (size_t i = 0; i < at; i++)
		letters += ((uint8_t)line[i] & 0xC0) != 0x80;
	return 0.1 + 0.015 * (double)letters;
}

/* A document of these lines, each a row of words. What begins with "~" stands beside the middle of the lines
 * before and behind it, which are closer. */
static void
write_document(struct buf *b, const char *const *lines, size_t n)
{
	buf_puts(
	    b,
	    "{\"schema\":\"docket.document/"
	    "1\",\"source\":\"ocr\",\"engine\":{\"name\":\"test\",\"version\":\"1\"},"
	    "\"languages\":[\"eng\"],\"media_type\":\"image/png\",\"warnings\":[],\"pages\":[{\"number\":1,"
	    "\"width\":1000,\"height\":1400,\"rotation\":0,\"source\":\"ocr\",\"words\":[");
	size_t words = 0;
	double step = n > 30 ? 0.9 / (double)n : 0.03, next = 0.02;
	OWNED(buf_free) struct buf spans = buf_init(64 * KIB);
	for (size_t i = 0; i < n; i++) {
		size_t first = words, len = strlen(lines[i]);
		bool beside = lines[i][0] == '~';
		double y = beside ? next - 0.65 * step : next;
		next += beside ? -0.3 * step : step;
		for (size_t at = beside; at < len;) {
			size_t k = strcspn(lines[i] + at, " ");
			if (k) {
				buf_printf(b, "%s{\"t\":", words++ ? "," : "");
				buf_json_string(b, lines[i] + at, k);
				buf_printf(b, ",\"c\":0.95,\"b\":[%.4f,%.4f,%.4f,%.4f]}", x_of(lines[i], at),
				           y, x_of(lines[i], at + k), y + 0.7 * step);
			}
			at += k + 1;
		}
		buf_printf(&spans, "%s[%zu,%zu]", i ? "," : "", first, words - first);
	}
	buf_printf(b, "],\"lines\":[%s],\"blocks\":[],\"barcodes\":[]}]}", spans.data ? spans.data : "");
	assert_false(b->full);
}

static const json_t *
field(const json_t *answer, const char *name)
{
	const json_t *fields = json_object_get(answer, "fields");
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *f = json_array_get(fields, i);
		if (strcmp(json_get_str(f, "name"), name) == 0)
			return f;
	}
	return NULL;
}

static void
check_receipt(const json_t *a)
{
	assert_string_equal(json_get_str(a, "schema"), INFERENCE_OUTPUT_SCHEMA);
	assert_string_equal(json_get_str(json_object_get(a, "doc_type"), "value"), "receipt");
	const json_t *total = field(a, "total"), *date = field(a, "date"), *name = field(a, "merchant_name");
	assert_non_null(total);
	const json_t *sum = json_object_get(total, "normalized");
	assert_string_equal(json_get_str(sum, "amount"), "9.00");
	assert_int_equal(json_get_int(sum, "minor", 0), 900);
	assert_string_equal(json_get_str(sum, "currency"), "MYR");
	assert_non_null(date);
	assert_string_equal(json_string_value(json_object_get(date, "normalized")), "2018-12-25");
	assert_non_null(name);
	assert_string_equal(json_get_str(name, "value"), "SYARIKAT KEDAI BUKU SDN BHD");
	assert_true(json_get_num(total, "confidence", -1) > 0.5);
	assert_true(strlen(json_get_str(total, "evidence")) > 0);
	const json_t *region = json_array_get(json_object_get(total, "regions"), 0);
	assert_int_equal(json_get_int(region, "page", 0), 1);
	assert_int_equal(json_array_size(json_object_get(region, "polygon")), 8);
	const json_t *items = json_object_get(a, "line_items"), *first = json_array_get(items, 0);
	assert_int_equal(json_array_size(items), 2);
	assert_int_equal(
	    json_get_int(json_object_get(json_object_get(first, "amount"), "normalized"), "minor", 0), 400);
	assert_non_null(strstr(json_get_str(json_object_get(first, "description"), "value"), "PENCIL BOX"));
}

static void
predict(struct model *m, const char *const *lines, size_t n, json_t **ret)
{
	struct why why = {""};
	OWNED(buf_free) struct buf doc = buf_init(4 * MIB);
	write_document(&doc, lines, n);
	enum err e = model_predict(m, doc.data, doc.len, ret, &why);
	if (e != ERR_NONE)
		fail_msg("%s: %s", err_code(e), why.text);
}

static void
reads_a_receipt(void **state)
{
	OWNED(json_release) json_t *a = NULL;
	predict(*state, receipt_lines, ARRAY_LEN(receipt_lines), &a);
	check_receipt(a);
}

/* Whose receipts the model learnt from: the likeness to what it knows speaks for him. */
static void
is_sure_of_a_sender_it_knows(void **state)
{
	static const char *const lines[] = {
	    "MR. D.I.Y. (M) SDN BHD",
	    "(CO. REG : 860671-D)",
	    "LOT 1851-A & 1851-B, JALAN KPB 6,",
	    "KAWASAN PERINDUSTRIAN BALAKONG,",
	    "43300 SERI KEMBANGAN, SELANGOR",
	    "DATE: 25/12/2018 8:13 PM",
	    "PENCIL BOX 1 x 4.00 4.00",
	    "NOTE BOOK 5.00",
	    "TOTAL: RM 9.00",
	    "CASH 10.00",
	    "CHANGE 1.00",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *name = field(a, "merchant_name"), *address = field(a, "merchant_address");
	assert_non_null(name);
	assert_non_null(address);
	assert_true(json_get_num(name, "confidence", 0) > 0.3);
	assert_true(json_get_num(address, "confidence", 0) > 0.7);
}

static void
reads_a_russian_receipt(void **state)
{
	static const char *const lines[] = {
	    "ООО \"РОМАШКА\"",
	    "ИНН 7707083893",
	    "г. Москва, ул. Ленина, д. 5",
	    "КАССОВЫЙ ЧЕК",
	    "ПРИХОД",
	    "Хлеб ржаной 1 х 54.90 54.90",
	    "Молоко 3,2% 2 х 89.50 179.00",
	    "ИТОГО 233.90",
	    "НАЛИЧНЫМИ 500.00",
	    "СДАЧА 266.10",
	    "НДС 10% 21.26",
	    "03.02.2024 18:45",
	    "СПАСИБО ЗА ПОКУПКУ",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *total = field(a, "total"), *date = field(a, "date"), *name = field(a, "merchant_name");
	assert_non_null(total);
	assert_string_equal(json_get_str(json_object_get(total, "normalized"), "amount"), "233.90");
	assert_string_equal(json_get_str(json_object_get(total, "normalized"), "currency"), "RUB");
	assert_non_null(date);
	assert_string_equal(json_string_value(json_object_get(date, "normalized")), "2024-02-03");
	assert_non_null(name);
	assert_non_null(strstr(json_get_str(name, "value"), "РОМАШКА"));
	assert_non_null(strstr(json_get_str(total, "evidence_ru"), " "));
	assert_string_equal(json_string_value(json_object_get(field(a, "merchant_tax_id"), "normalized")),
	                    "7707083893");
	assert_string_equal(json_string_value(json_object_get(field(a, "time"), "normalized")), "18:45");
	assert_int_equal(json_get_int(json_object_get(field(a, "change"), "normalized"), "minor", 0), 26610);
	assert_int_equal(json_get_int(json_object_get(field(a, "paid"), "normalized"), "minor", 0), 50000);
	assert_int_equal(json_get_int(json_object_get(field(a, "tax"), "normalized"), "minor", 0), 2126);
	assert_string_equal(json_get_str(field(a, "payment_method"), "value"), "500.00");
	assert_string_equal(json_string_value(json_object_get(field(a, "payment_method"), "normalized")),
	                    "cash");
}

/* No model has learnt British addresses; the reader takes O for 0. Each reason is told once. */
static void
reads_a_british_receipt(void **state)
{
	static const char *const lines[] = {
	    "HARBOUR STREET GROCERS",    "14 Harbour Street, Whitby Y021 3PU",
	    "Tel 01632 960 417",         "Date: 14/03/2026",
	    "Wholemeal bread 800g 1.85", "Semi-skimmed milk 2L 1.65",
	    "Free range eggs x12 3.40",  "TOTAL £6.90",
	    "CARD **** 4417 £6.90",      "Thank you, see you again",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *address = field(a, "merchant_address");
	assert_non_null(address);
	assert_string_equal(json_get_str(address, "value"), "14 Harbour Street, Whitby YO21 3PU");
	const char *english = json_get_str(field(a, "total"), "evidence"),
	           *russian = json_get_str(field(a, "total"), "evidence_ru"),
	           *first = strstr(russian, "слова рядом");
	assert_true(first && !strstr(first + 1, "слов рядом") && !strstr(first + 1, "слова рядом"));
	first = strstr(english, "words around");
	assert_true(!first || !strstr(first + 1, "words around"));
}

/* Counts, prices, amounts of a Russian bill: products tell which is which; a row's tax ends no list. */
static void
reads_the_rows_of_a_bill(void **state)
{
	static const char *const lines[] = {
	    "ООО «Зоосад»",     "Корм для кошек 1249.00 х 2 2498.00",
	    "НДС 22% 450.46",   "Картридж 4 шт 7 350,00 29 400,00",
	    "НДС 22% 5 301,64", "ИТОГ 31 898,00",
	};
	static const double counts[] = {2, 4};
	static const json_int_t prices[] = {124900, 735000};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *items = json_object_get(a, "line_items");
	assert_int_equal(json_array_size(items), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *it = json_array_get(items, i);
		const json_t *price = json_object_get(json_object_get(it, "unit_price"), "normalized");
		assert_true(json_get_num(json_object_get(it, "quantity"), "normalized", 0) == counts[i]);
		assert_int_equal(json_get_int(price, "minor", 0), prices[i]);
	}
}

/* A cell of two lines, beside whose middle the sums of its row stand. */
static void
a_description_may_have_two_lines(void **state)
{
	static const char *const lines[] = {
	    "ЕДИНЫЙ ПЛАТЁЖНЫЙ ДОКУМЕНТ",
	    "Содержание жилых",
	    "~                    54,3 35,85 1 946,66",
	    "помещений",
	    "Водоотведение        11 51,62 567,82",
	    "К оплате:            2 514,48",
	};
	static const char *const goods[] = {"Содержание жилых помещений", "Водоотведение"};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *items = json_object_get(a, "line_items");
	assert_int_equal(json_array_size(items), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *d = json_object_get(json_array_get(items, i), "description");
		assert_string_equal(json_get_str(d, "value"), goods[i]);
		assert_int_equal(json_array_size(json_object_get(d, "regions")), 2 - i);
	}
}

static void
numbers_of_rows_are_left_out(void **state)
{
	static const struct {
		const char *lines[4];
		const char *goods[2];
	} cases[] = {
	    {{"ООО «Кедр»", "1 Картридж 4 шт 7 350,00 29 400,00", "2. Диагностика 1 шт 600,00 600,00",
	      "Итого: 30 000,00"},
	     {"Картридж", "Диагностика"}},
	    {{"ООО «Кедр»", "1 Картридж 4 шт 7 350,00 29 400,00", "7 гномов 1 шт 600,00 600,00",
	      "Итого: 30 000,00"},
	     {"1 Картридж", "7 гномов"}},
	    {{"ООО «Кедр»", "1.5л Квас 4 шт 7 350,00 29 400,00", "2.5л Морс 1 шт 600,00 600,00",
	      "Итого: 30 000,00"},
	     {"1.5л Квас", "2.5л Морс"}},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(json_release) json_t *a = NULL;
		predict(*state, cases[i].lines, ARRAY_LEN(cases[i].lines), &a);
		const json_t *items = json_object_get(a, "line_items");
		assert_int_equal(json_array_size(items), 2);
		for (size_t k = 0; k < 2; k++) {
			const char *said =
			    json_get_str(json_object_get(json_array_get(items, k), "description"), "value");
			assert_ptr_equal(strstr(said, cases[i].goods[k]), said);
		}
	}
}

/* A row of a count and its price says nothing of the goods: the row above does. */
static void
a_count_is_no_description(void **state)
{
	static const char *const lines[] = {
	    "Бистро «Абрикос»", "Том ям с креветками",   "2 шт х 540,00 1 080,00",
	    "Чизкейк",          "1 шт. х 377,00 377,00", "ИТОГ 1 457,00",
	};
	static const char *const goods[] = {"Том ям с креветками", "Чизкейк"};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *items = json_object_get(a, "line_items");
	assert_int_equal(json_array_size(items), 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(
		    json_get_str(json_object_get(json_array_get(items, i), "description"), "value"),
		    goods[i]);
}

static const char *
normal(const json_t *answer, const char *name)
{
	const json_t *n = json_object_get(field(answer, name), "normalized");
	const char *text = json_is_string(n) ? json_string_value(n) : json_get_str(n, "amount");
	return text ? text : "";
}

static void
reads_a_russian_bill(void **state)
{
	static const char *const lines[] = {
	    "АО «Волжская сбытовая компания»",
	    "443010, г. Самара, ул. Фрунзе, д. 91",
	    "ИНН 4288040725 КПП 631601001",
	    "БИК 046577674, р/сч 40702810755127271132",
	    "Счёт за электроэнергию, январь 2026",
	    "Лицевой счёт 63-0117-2245",
	    "Абонент: Гусев Андрей Валерьевич",
	    "Прибор учёта Расход, кВт·ч Цена Сумма",
	    "день 179 6,12 1095,48",
	    "ночь 92 3,07 282,44",
	    "Входящая задолженность 1 790,55",
	    "Начислено за расчётный период 1 377,92",
	    "Пени 50,30",
	    "Всего к оплате с учётом задолженности 3 218,77 ₽",
	    "Просим внести платёж до 15 февраля 2026 года.",
	};
	static const char *const expected[][2] = {{"total", "3218.77"},
	                                          {"due_date", "2026-02-15"},
	                                          {"period", "2026-01-01/2026-01-31"},
	                                          {"merchant_name", "АО «Волжская сбытовая компания»"},
	                                          {"merchant_tax_id", "4288040725"},
	                                          {"merchant_kpp", "631601001"},
	                                          {"bic", "046577674"},
	                                          {"account", "40702810755127271132"},
	                                          {"recipient", "Гусев Андрей Валерьевич"},
	                                          {"currency", "RUB"},
	                                          {"category", "utilities"}};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_string_equal(json_get_str(json_object_get(a, "doc_type"), "value"), "utility_bill");
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(normal(a, expected[i][0]), expected[i][1]);
}

/* A payslip with a canteen: nothing was spent on eating out, as far as anybody can tell. */
static void
nobody_knows_what_an_unknown_paper_paid_for(void **state)
{
	static const char *const lines[] = {
	    "BULLETIN DE PAIE",
	    "Période du 01/03/2023 au 31/03/2023",
	    "DEMO COMPANY",
	    "1 RUE DU TONNOT",
	    "25210 DOUBS",
	    "Emploi Directeur Regional",
	    "Salaire de base 6666,67",
	    "Avantages repas restaurant 508,30",
	    "Part patronale hotel 9,30",
	    "Conservez ce bulletin sans limitation de durée",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_string_equal(json_get_str(json_object_get(a, "doc_type"), "value"), "other");
	assert_null(field(a, "category"));
}

/* What a paper's rows add up to is surely its total. */
static void
is_surer_of_a_total_that_its_rows_add_up_to(void **state)
{
	const char *lines[] = {
	    "ЕДИНЫЙ ПЛАТЁЖНЫЙ ДОКУМЕНТ за октябрь 2025 г.",
	    "Плательщик: Лаптева Ирина Олеговна",
	    "Холодная вода куб. м 7 65,77 460,39",
	    "Водоотведение куб. м 11 51,62 567,82",
	    "Оплачено в сентябре: 1 010,02",
	    "К оплате: 1 028,21 руб.",
	};
	OWNED(json_release) json_t *fits = NULL;
	OWNED(json_release) json_t *misses = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &fits);
	lines[3] = "Водоотведение куб. м 11 51,62 567,89";
	predict(*state, lines, ARRAY_LEN(lines), &misses);
	assert_string_equal(normal(fits, "total"), "1028.21");
	assert_string_equal(normal(misses, "total"), "1028.21");
	double sure = json_get_num(field(fits, "total"), "confidence", 0);
	assert_true(sure > json_get_num(field(misses, "total"), "confidence", 1));
	const json_t *water = json_array_get(json_object_get(fits, "line_items"), 0);
	assert_true(json_get_num(json_object_get(water, "quantity"), "normalized", 0) == 7);
}

/* Few lines can be a short letter's sender, which speaks against him: he is said all the same. */
static void
says_who_sent_a_short_letter(void **state)
{
	static const char *const lines[] = {
	    "Meadow Gate Residents' Association",
	    "Notice of the annual meeting",
	    "Dear neighbours, the annual meeting will be held on",
	    "12 May 2026 at seven in the evening in the reading room",
	    "of the old school. All residents are welcome.",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_non_null(field(a, "merchant_name"));
	assert_string_equal(normal(a, "merchant_name"), "Meadow Gate Residents' Association");
}

static void
passes_by_what_was_paid_and_who_was_born(void **state)
{
	static const char *const lines[] = {
	    "Brightwell Energy",    "PO Box 411, Leeds LS1 9XX", "Account holder born 02/03/1988",
	    "Bill date 09/06/2025", "Gas: 842 units £58.86",     "Payment received, thank you -£100.01",
	    "Total to pay £143.86",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_string_equal(normal(a, "total"), "143.86");
	assert_string_equal(normal(a, "date"), "2025-06-09");
}

static void
passes_by_what_was_owed_before(void **state)
{
	static const char *const lines[] = {
	    "Brightwell Energy",
	    "Bill date 9 June 2025",
	    "Electricity: 214 units £53.20     £143.86",
	    "Opening balance brought forward £98.10",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_string_equal(normal(a, "total"), "143.86");
}

/* What stands beside an address is no part of it; a debt's day and the day to pay by are not the bill's. */
static void
keeps_columns_and_days_apart(void **state)
{
	static const char *const lines[] = {
	    "АО «Волжская сбытовая»              Счёт за свет",
	    "443010, г. Самара,                  январь 2026",
	    "ул. Фрунзе, д. 91                   Л/с 63-0117-2245",
	    "ИНН 4288040725                      Гусев А. В.",
	    "день 179 6,12 1095,48",
	    "Задолженность на 01.01.2026         1 790,55",
	    "Начислено                           1 377,92",
	    "Всего к оплате                      3 168,47",
	    "Просим внести платёж до 15.02.2026",
	};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	assert_string_equal(normal(a, "merchant_address"), "443010, г. Самара, ул. Фрунзе, д. 91");
	assert_string_equal(normal(a, "due_date"), "2026-02-15");
	assert_null(field(a, "date"));
}

/* A mail's head looks like a form's, and a short mail has little else. */
static void
takes_a_short_mail_for_a_letter(void **state)
{
	static const char *const english[] = {
	    "From: office@school.example",
	    "To: Parents of 4B",
	    "Subject: Trip form",
	    "Date: 12 March 2025",
	    "School office",
	    "Please sign the form and return it by Friday.",
	};
	static const char *const request[] = {
	    "FROM: laura@example.com", "TO: tom@example.com", "CC: ann@example.com",
	    "DATE: 12 March 2025",     "SUBJECT: Request",    "Please approve the request today.",
	};
	static const char *const russian[] = {
	    "От: Марина Котова",   "Кому: Игорь Лапин", "Тема: Ключи",
	    "Игорь, добрый день!", "Ключи у соседки.",  "marina@example.ru",
	};
	static const char *const *const mails[] = {english, request, russian};
	for (size_t i = 0; i < ARRAY_LEN(mails); i++) {
		OWNED(json_release) json_t *a = NULL;
		predict(*state, mails[i], 6, &a);
		assert_string_equal(json_get_str(json_object_get(a, "doc_type"), "value"), "letter");
	}
}

/* And so keeps every field it finds. */
static void
tells_no_kind_from_a_few_words(void **state)
{
	static const char *const lines[] = {"GAS", "PAY BY 2027-03-14", "1"};
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, ARRAY_LEN(lines), &a);
	const json_t *kind = json_object_get(a, "doc_type");
	assert_string_equal(json_get_str(kind, "value"), "other");
	assert_true(json_get_num(kind, "confidence", 1) < 0.5);
	assert_non_null(field(a, "due_date"));
}

/* Of which nobody knows what it is. */
static void
takes_no_measurement_for_a_total(void **state)
{
	OWNED(json_release) json_t *scores = NULL;
	OWNED(json_release) json_t *sum = NULL;
	static const char *const measured[] = {"SCORES", "first 2.52", "second 3.43"};
	static const char *const added[] = {"SCORES", "first 2.52", "Total 3.43"};
	predict(*state, measured, sizeof measured / sizeof *measured, &scores);
	assert_string_equal(json_get_str(json_object_get(scores, "doc_type"), "value"), "other");
	assert_null(field(scores, "total"));
	predict(*state, added, sizeof added / sizeof *added, &sum);
	assert_string_equal(json_get_str(json_object_get(sum, "doc_type"), "value"), "other");
	assert_string_equal(normal(sum, "total"), "3.43");
}

static void
answers_an_empty_page_without_fields(void **state)
{
	OWNED(json_release) json_t *a = NULL;
	predict(*state, NULL, 0, &a);
	assert_int_equal(json_array_size(json_object_get(a, "fields")), 0);
	assert_string_equal(json_get_str(json_object_get(a, "doc_type"), "value"), "other");
}

static void
refuses_what_is_no_document(void **state)
{
	static const struct {
		const char *json;
		enum err expected;
	} cases[] = {
	    {"", ERR_BAD_DOCUMENT},
	    {"[]", ERR_BAD_DOCUMENT},
	    {"{\"schema\":\"docket.document/2\",\"pages\":[]}", ERR_SCHEMA},
	    {"{\"schema\":\"docket.document/"
	     "1\",\"pages\":[{\"number\":1,\"words\":[{\"t\":\"a\",\"c\":1,\"b\":[NaN,0,1,1]}]}]}",
	     ERR_BAD_DOCUMENT},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(json_release) json_t *a = NULL;
		struct why why = {""};
		assert_int_equal(model_predict(*state, cases[i].json, strlen(cases[i].json), &a, &why),
		                 cases[i].expected);
		assert_true(strlen(why.text) > 0);
	}
}

static void
bounds_a_page_of_amounts(void **state)
{
	/* thousands of lines, every one a sum, a date and an address: bounded, not refused */
	enum { LINES = 4000 };
	const char **lines = malloc(LINES * sizeof *lines);
	assert_non_null(lines);
	for (size_t i = 0; i < LINES; i++)
		lines[i] = i % 2 ? "NO 1 JALAN 12/12/2018 TOTAL 99.10 98.20 97.30"
		                 : "81100 JOHOR BAHRU SDN BHD 1.00";
	OWNED(json_release) json_t *a = NULL;
	predict(*state, lines, LINES, &a);
	assert_non_null(json_object_get(a, "doc_type"));
	free(lines);
}

/* ---- the server and its client ---- */

struct serving {
	struct inference_options o;
	pthread_t thread;
	int stop[2];
	char folder[TEST_FOLDER_LEN], address[128];
	enum err result;
};

static void *
serve(void *arg)
{
	struct serving *s = arg;
	struct why why = {""};
	s->result = inference_serve(&s->o, &why);
	return NULL;
}

static void
serving_start_with(struct serving *s, const char *models, const char *key_file)
{
	*s = (struct serving){.result = ERR_NONE};
	test_folder(s->folder);
	snprintf(s->address, sizeof s->address, "unix:%s/socket", s->folder);
	assert_int_equal(pipe(s->stop), 0);
	s->o = (struct inference_options){
	    .listen = s->address, .key_file = key_file, .models = models, .pin = "", .stop_fd = s->stop[0]};
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
serving_start(struct serving *s, const char *models)
{
	serving_start_with(s, models, NULL);
}

static void
serving_stop(struct serving *s)
{
	assert_int_equal(write(s->stop[1], "x", 1), 1);
	pthread_join(s->thread, NULL);
	assert_int_equal(s->result, ERR_NONE);
	close(s->stop[0]);
	close(s->stop[1]);
	assert_int_equal(rmdir(s->folder), 0); /* the socket is gone */
}

/* Asks until the model is there. */
static enum err
ask(struct inference_client *c, const char *json, size_t n, json_t **ret, struct why *why)
{
	for (int i = 0;; i++) {
		enum err e =
		    inference_ask(c, json, n, NULL, &(struct inference_ids){"r-1", "j-1", NULL}, ret, why);
		if (e != ERR_MODEL_UNAVAILABLE || i >= 600)
			return e;
		usleep(50000);
	}
}

struct asker {
	struct inference_client *c;
	const struct buf *doc;
	int good;
};

static void *
ask_often(void *arg)
{
	struct asker *a = arg;
	for (int i = 0; i < 20; i++) {
		OWNED(json_release) json_t *j = NULL;
		struct why why = {""};
		a->good += inference_ask(a->c, a->doc->data, a->doc->len, NULL, NULL, &j, &why) == ERR_NONE;
	}
	return NULL;
}

/* A slip in a setting must not cost a file. */
static void
takes_the_place_of_no_file(void **state)
{
	(void)state;
	char folder[TEST_FOLDER_LEN], path[200], address[210];
	struct why why = {""};
	test_folder(folder);
	snprintf(path, sizeof path, "%s/docket.db", folder);
	snprintf(address, sizeof address, "unix:%s", path);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	const struct inference_options o = {
	    .listen = address, .models = models_path, .pin = "", .stop_fd = -1};
	assert_int_equal(inference_serve(&o, &why), ERR_INVALID);
	assert_int_equal(access(path, F_OK), 0);
}

static void
serves_many_at_once_over_a_unix_socket(void **state)
{
	(void)state;
	struct serving s;
	struct why why = {""};
	serving_start(&s, models_path);
	OWNED(inference_client_close) struct inference_client *c = NULL;
	OWNED(buf_free) struct buf doc = buf_init(1 * MIB);
	OWNED(json_release) json_t *a = NULL;
	write_document(&doc, receipt_lines, ARRAY_LEN(receipt_lines));
	assert_int_equal(inference_client_open(s.address, NULL, 20000, &c, &why), ERR_NONE);
	enum err e = ask(c, doc.data, doc.len, &a, &why);
	if (e != ERR_NONE)
		fail_msg("%s: %s", err_code(e), why.text);
	check_receipt(a);
	pthread_t t[4];
	struct asker askers[4];
	for (int i = 0; i < 4; i++) {
		askers[i] = (struct asker){c, &doc, 0};
		assert_int_equal(pthread_create(&t[i], NULL, ask_often, &askers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(askers[i].good, 20);
	}
	/* what is wrong comes back under its own name */
	json_t *none = NULL;
	static const char other[] = "{\"schema\":\"docket.document/2\",\"pages\":[]}";
	assert_int_equal(inference_ask(c, other, sizeof other - 1, NULL, NULL, &none, &why), ERR_SCHEMA);
	assert_int_equal(inference_ask(c, "{\"a\":", 5, NULL, NULL, &none, &why), ERR_INVALID);
	inference_client_close(&c);
	serving_stop(&s);
}

static void
write_key(const char *folder, const char *name, unsigned n, char path[static 200])
{
	snprintf(path, 200, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%064x\n", n);
	fclose(f);
}

/* With a key on both sides everything is as without; who holds another or none hears nothing, and takes
 * nothing from one that holds none. */
static void
a_key_is_asked_of_both_sides(void **state)
{
	(void)state;
	struct serving sealed, plain;
	struct why why = {""};
	char folder[TEST_FOLDER_LEN], ours[200], theirs[200];
	test_folder(folder);
	write_key(folder, "ours", 1, ours);
	write_key(folder, "theirs", 2, theirs);
	serving_start_with(&sealed, models_path, ours);
	serving_start(&plain, models_path);
	OWNED(buf_free) struct buf doc = buf_init(1 * MIB);
	write_document(&doc, receipt_lines, ARRAY_LEN(receipt_lines));
	const struct {
		const char *at, *key;
		const char *says; /* NULL: it answers */
	} asks[] = {
	    {sealed.address, ours, NULL},
	    {plain.address, NULL, NULL},
	    {sealed.address, theirs, "does not hold the key"},
	    {plain.address, ours, "does not hold the key"},
	    {sealed.address, NULL, "who asks does not hold the key"},
	};
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		OWNED(inference_client_close) struct inference_client *c = NULL;
		OWNED(json_release) json_t *answer = NULL;
		assert_int_equal(inference_client_open(asks[i].at, asks[i].key, 20000, &c, &why), ERR_NONE);
		if (asks[i].says) {
			assert_int_equal(inference_ask(c, doc.data, doc.len, NULL, NULL, &answer, &why),
			                 ERR_MODEL_UNAVAILABLE);
			assert_non_null(strstr(why.text, asks[i].says));
			continue;
		}
		assert_int_equal(ask(c, doc.data, doc.len, &answer, &why), ERR_NONE);
		check_receipt(answer);
		json_t *none = NULL;
		assert_int_equal(inference_ask(c, "{\"a\":", 5, NULL, NULL, &none, &why), ERR_INVALID);
	}
	serving_stop(&sealed);
	serving_stop(&plain);
	unlink(ours);
	unlink(theirs);
	rmdir(folder);
}

/* Neither side speaks in plain words with another machine. */
static void
no_paper_leaves_the_machine_in_plain_words(void **state)
{
	(void)state;
	struct why why = {""};
	OWNED(inference_client_close) struct inference_client *c = NULL;
	const struct inference_options o = {
	    .listen = "tcp:0.0.0.0:0", .models = models_path, .pin = "", .stop_fd = -1};
	assert_int_equal(inference_serve(&o, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "inference.key_file"));
	assert_int_equal(inference_client_open("unix:/a,tcp:inference:9100", "", 1000, &c, &why),
	                 ERR_INVALID);
	assert_non_null(strstr(why.text, "inference.key_file"));
	assert_int_equal(inference_client_open("tcp:inference:9100", "/nonexistent/key", 1000, &c, &why),
	                 ERR_ABSENT);
	assert_int_equal(inference_client_open("tcp:127.0.0.1:9100", NULL, 1000, &c, &why), ERR_NONE);
}

static void
says_unavailable_when_the_model_is_refused(void **state)
{
	(void)state;
	struct serving s;
	struct why why = {""};
	serving_start(&s, "/nonexistent");
	OWNED(inference_client_close) struct inference_client *c = NULL;
	assert_int_equal(inference_client_open(s.address, NULL, 20000, &c, &why), ERR_NONE);
	json_t *none = NULL;
	enum err e = ERR_NONE;
	for (int i = 0; i < 600; i++) {
		e = inference_ask(c, "{}", 2, NULL, NULL, &none, &why);
		if (strstr(why.text, "/nonexistent"))
			break;
		usleep(20000);
	}
	assert_int_equal(e, ERR_MODEL_UNAVAILABLE);
	assert_non_null(strstr(why.text, "/nonexistent"));
	inference_client_close(&c);
	serving_stop(&s);
}

static void
client_says_unavailable_when_nobody_answers(void **state)
{
	(void)state;
	OWNED(inference_client_close) struct inference_client *c = NULL;
	struct why why = {""};
	json_t *none = NULL;
	assert_int_equal(inference_client_open("unix:/nonexistent/socket", NULL, 1000, &c, &why), ERR_NONE);
	assert_int_equal(inference_ask(c, "{}", 2, NULL, NULL, &none, &why), ERR_MODEL_UNAVAILABLE);
	assert_int_equal(inference_client_open("http://x", NULL, 1000, &c, &why), ERR_INVALID);
}

static void
client_passes_over_who_does_not_answer(void **state)
{
	(void)state;
	struct serving s;
	struct why why = {""};
	char both[300];
	serving_start(&s, models_path);
	OWNED(inference_client_close) struct inference_client *c = NULL;
	OWNED(buf_free) struct buf doc = buf_init(1 * MIB);
	OWNED(json_release) json_t *first = NULL;
	write_document(&doc, receipt_lines, ARRAY_LEN(receipt_lines));
	snprintf(both, sizeof both, "unix:/nonexistent/socket,%s", s.address);
	assert_int_equal(inference_client_open(both, NULL, 20000, &c, &why), ERR_NONE);
	assert_int_equal(ask(c, doc.data, doc.len, &first, &why), ERR_NONE);
	struct asker a = {c, &doc, 0};
	ask_often(&a);
	assert_int_equal(a.good, 20);
	inference_client_close(&c);
	serving_stop(&s);
	assert_int_equal(inference_client_open("unix:/a,,unix:/b", NULL, 1000, &c, &why), ERR_INVALID);
}

/* All of them together get the time that one would. */
static void
many_silent_places_have_one_deadline(void **state)
{
	(void)state;
	OWNED(inference_client_close) struct inference_client *c = NULL;
	OWNED(buf_free) struct buf all = buf_init(4 * KIB);
	struct why why = {""};
	json_t *none = NULL;
	char folder[TEST_FOLDER_LEN];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	test_folder(folder);
	snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", folder);
	OWNED(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 64), 0); /* takes calls and answers none */
	for (int i = 0; i < 16; i++)
		buf_printf(&all, "%sunix:%s", i ? "," : "", a.sun_path);
	assert_int_equal(inference_client_open(all.data, NULL, 200, &c, &why), ERR_NONE);
	int64_t start = clock_steady_ms();
	assert_int_equal(inference_ask(c, "{}", 2, NULL, NULL, &none, &why), ERR_DEADLINE);
	assert_true(clock_steady_ms() - start < 16 * 200 / 2);
}

static void
a_memory_that_cannot_be_read_costs_no_answer(void **state)
{
	(void)state;
	struct serving s;
	struct why why = {""};
	static const char *const memories[] = {"{\"lessons\":[tru]}", "{\"lessons\":[null,7,{\"field\":[]}]}",
	                                       "{\"lessons\":{}}", "{\"\\ud800\":1}"};
	serving_start(&s, models_path);
	OWNED(inference_client_close) struct inference_client *c = NULL;
	OWNED(buf_free) struct buf doc = buf_init(1 * MIB);
	OWNED(json_release) json_t *first = NULL;
	write_document(&doc, receipt_lines, ARRAY_LEN(receipt_lines));
	assert_int_equal(inference_client_open(s.address, NULL, 20000, &c, &why), ERR_NONE);
	assert_int_equal(ask(c, doc.data, doc.len, &first, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(memories); i++) {
		OWNED(json_release) json_t *answer = NULL;
		assert_int_equal(inference_ask(c, doc.data, doc.len, memories[i], NULL, &answer, &why),
		                 ERR_NONE);
		check_receipt(answer);
		const json_t *d = json_object_get(answer, "diagnostics");
		assert_int_equal(json_integer_value(json_object_get(d, "from_memory")), 0);
	}
	inference_client_close(&c);
	serving_stop(&s);
}

static int
setup(void **state)
{
	struct why why = {""};
	struct model *m = NULL;
	const char *source = getenv("DOCKET_SOURCE_DIR");
	snprintf(models_path, sizeof models_path, "%s/ml-inference/models", source ? source : ".");
	if (model_load(models_path, "", &m, &why) != ERR_NONE) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	*state = m;
	return 0;
}

static int
teardown(void **state)
{
	struct model *m = *state;
	model_free(&m);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_receipt),
	    cmocka_unit_test(is_sure_of_a_sender_it_knows),
	    cmocka_unit_test(reads_a_russian_receipt),
	    cmocka_unit_test(reads_a_british_receipt),
	    cmocka_unit_test(reads_a_russian_bill),
	    cmocka_unit_test(nobody_knows_what_an_unknown_paper_paid_for),
	    cmocka_unit_test(is_surer_of_a_total_that_its_rows_add_up_to),
	    cmocka_unit_test(says_who_sent_a_short_letter),
	    cmocka_unit_test(passes_by_what_was_paid_and_who_was_born),
	    cmocka_unit_test(keeps_columns_and_days_apart),
	    cmocka_unit_test(passes_by_what_was_owed_before),
	    cmocka_unit_test(takes_a_short_mail_for_a_letter),
	    cmocka_unit_test(reads_the_rows_of_a_bill),
	    cmocka_unit_test(numbers_of_rows_are_left_out),
	    cmocka_unit_test(a_count_is_no_description),
	    cmocka_unit_test(a_description_may_have_two_lines),
	    cmocka_unit_test(tells_no_kind_from_a_few_words),
	    cmocka_unit_test(takes_no_measurement_for_a_total),
	    cmocka_unit_test(answers_an_empty_page_without_fields),
	    cmocka_unit_test(refuses_what_is_no_document),
	    cmocka_unit_test(bounds_a_page_of_amounts),
	    cmocka_unit_test(takes_the_place_of_no_file),
	    cmocka_unit_test(serves_many_at_once_over_a_unix_socket),
	    cmocka_unit_test(a_key_is_asked_of_both_sides),
	    cmocka_unit_test(no_paper_leaves_the_machine_in_plain_words),
	    cmocka_unit_test(says_unavailable_when_the_model_is_refused),
	    cmocka_unit_test(client_says_unavailable_when_nobody_answers),
	    cmocka_unit_test(client_passes_over_who_does_not_answer),
	    cmocka_unit_test(many_silent_places_have_one_deadline),
	    cmocka_unit_test(a_memory_that_cannot_be_read_costs_no_answer),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
