/* Labelled values: a word that names it, the value beside or below it, and a proof where there is one. */
#include "check_digits.h"
#include "fact_finder.h"
#include "text.h"

#define X(id, name, type, kinds, how) name,
const char *const fact_names[FACT_COUNT] = {
#include "fields.tbl.h"
};
#undef X
#define TEXT   "text"
#define DATE   "date"
#define TIME   "time"
#define MONEY  "money"
#define CODE   "code"
#define NUMBER "number"
const char *const fact_types[FACT_COUNT] = {
#define X(id, name, type, kinds, how) type,
#include "fields.tbl.h"
#undef X
};
#undef TEXT
#undef DATE
#undef TIME
#undef MONEY
#undef CODE
#undef NUMBER

static const char *const fact_kinds[FACT_COUNT] = {
#define X(id, name, type, kinds, how) kinds,
#include "fields.tbl.h"
#undef X
};

bool
facts_fit(enum fact_id id, enum paper_type kind)
{
	static const char letters[TYPE_COUNT] = {
	    [TYPE_RECEIPT] = 'r',        [TYPE_INVOICE] = 'i',   [TYPE_UTILITY_BILL] = 'u',
	    [TYPE_BANK_STATEMENT] = 'b', [TYPE_CARD_SLIP] = 'c', [TYPE_TICKET] = 't',
	    [TYPE_MEDICAL] = 'm',        [TYPE_TAX] = 'x'};
	const char *kinds = fact_kinds[id];
	return kind == TYPE_OTHER || kinds[0] == '*' || (letters[kind] && strchr(kinds, letters[kind]));
}

/* ---- Russian taxpayers ---- */

static const char *const payers[] = {"ПОКУПАТЕЛ",  "ЗАКАЗЧИК",    "ПЛАТЕЛЬЩИК", "КЛИЕНТ",          "АБОНЕНТ",
                                     "ПОТРЕБИТЕЛ", "СОБСТВЕННИК", "ФИЗИЧЕСК",   "ПОЛУЧАТЕЛЕ ДОХОД"};
static const char *const sellers[] = {"ПОСТАВЩИК",  "ПРОДАВ",  "ИСПОЛНИТЕЛ", "ПОЛУЧАТЕЛЬ", "АГЕНТ",
                                      "ОРГАНИЗАЦИ", "КОМПАНИ", "ПЕРЕВОЗЧИК", "ПОЛЬЗОВАТЕЛ"};

#define ROWS_ABOVE     4
#define SEGMENTS_ABOVE 40

/* Does the number at byte `at` of a segment belong to him who pays? The nearest word that names a party
 * tells: before it in the segment and the row, then above it in its column. */
static bool
is_payers(const struct sheet *s, uint32_t seg, size_t at)
{
	const struct segment *g = &s->segs[seg];
	long payer = -1, seller = -1;
	for (size_t i = 0; i < ARRAY_LEN(payers); i++)
		for (const char *p = strstr(g->upper, payers[i]); p && p < g->upper + at;
		     p = strstr(p + 1, payers[i]))
			payer = p - g->upper > payer ? p - g->upper : payer;
	for (size_t i = 0; i < ARRAY_LEN(sellers); i++)
		for (const char *p = strstr(g->upper, sellers[i]); p && p < g->upper + at;
		     p = strstr(p + 1, sellers[i]))
			seller = p - g->upper > seller ? p - g->upper : seller;
	if (payer >= 0 || seller >= 0)
		return payer > seller;
	for (uint32_t i = seg;
	     i-- > 0 && seg - i < SEGMENTS_ABOVE && s->segs[i].row + ROWS_ABOVE >= g->row;) {
		const struct segment *up = &s->segs[i];
		/* beside it in the row: a label alone, not one with a value of its own */
		bool beside = up->row == g->row && up->n_words <= 2;
		bool above = up->row != g->row && up->page == g->page && up->x0 < g->x1 && up->x1 > g->x0;
		if (!beside && !above)
			continue;
		if (fact_any(up->upper, sellers, ARRAY_LEN(sellers)))
			return false;
		if (fact_any(up->upper, payers, ARRAY_LEN(payers)))
			return true;
	}
	return false;
}

#define WORDS_BETWEEN 60 /* bytes: "ИНН налогового агента" */

/* Past words and marks to the first digit, unless another label comes first. */
static size_t
skip_words(const char *s, size_t at)
{
	static const char *const others[] = {"ИНН", "КПП", "БИК", "ОГРН", "СЧ", "СЧЁТ", "№", "ОКПО"};
	size_t to = at + strcspn(s + at, "0123456789");
	char between[WORDS_BETWEEN + 1];
	if (!s[to] || to - at > WORDS_BETWEEN)
		return at;
	memcpy(between, s + at, to - at);
	between[to - at] = '\0';
	return fact_any(between, others, ARRAY_LEN(others)) ? at : to;
}

static void
russian_tax_numbers(const struct fact_finder *k, uint32_t seg)
{
	static const struct reason inn = {"INN stands before it and its check digits hold",
	                                  "перед ним ИНН, контрольные цифры верны"},
	                           after_inn = {"It follows the INN", "стоит после ИНН"},
	                           kpp = {"KPP stands before it", "перед ним КПП"};
	const struct sheet *s = k->r->sheet;
	const struct segment *g = &s->segs[seg], *v;
	size_t at, after = fact_after_label(g->upper, "ИНН");
	if (after != SIZE_MAX) {
		/* "ИНН/КПП", "ИНН / КПП" */
		size_t pair = after + strspn(g->upper + after, " /");
		after = strncmp(g->upper + pair, "КПП", strlen("КПП")) == 0 ? pair + strlen("КПП") : after;
	}
	if (after != SIZE_MAX && (v = fact_value_of(k, seg, after, &at)) && !is_payers(s, seg, after)) {
		at = skip_words(v->upper, at);
		size_t n = fact_digits(v->upper, at);
		if (check_inn(v->upper + at, n))
			fact_put(k, FACT_MERCHANT_TAX_ID, v, at, at + n,
			         arena_strndup(k->mem, v->upper + at, n), 0.98, inn);
		/* 7707083893/773601001 */
		size_t second = at + n + strspn(v->upper + at + n, " /");
		if (n == 10 && strchr(v->upper + at + n, '/') && second <= at + n + 3 &&
		    fact_digits(v->upper, second) == 9)
			fact_put(k, FACT_MERCHANT_KPP, v, second, second + 9,
			         arena_strndup(k->mem, v->upper + second, 9), 0.95, after_inn);
		/* its label misread: nine digits that end as nearly all of them do */
		second = at + n + strcspn(v->upper + at + n, "0123456789");
		if (n == 10 && second < at + n + 12 && fact_digits(v->upper, second) == 9 &&
		    strncmp(v->upper + second + 6, "001", 3) == 0)
			fact_put(k, FACT_MERCHANT_KPP, v, second, second + 9,
			         arena_strndup(k->mem, v->upper + second, 9), 0.85, after_inn);
	}
	after = fact_after_label(g->upper, "КПП");
	if (after != SIZE_MAX && (v = fact_value_of(k, seg, after, &at)) && fact_digits(v->upper, at) == 9 &&
	    !is_payers(s, seg, after))
		fact_put(k, FACT_MERCHANT_KPP, v, at, at + 9, arena_strndup(k->mem, v->upper + at, 9), 0.95,
		         kpp);
}

/* ---- numbers of the rest of the world ---- */

#define IBAN_LEAST 15
#define IBAN_MOST  34

/* The letters and digits of a code that may hold single blanks; end[n]: behind the first n of them. */
static size_t
code_letters(const char *s, size_t at, char ret[static IBAN_MOST + 1], size_t end[static IBAN_MOST + 1])
{
	size_t n = 0;
	for (size_t i = at; s[i] && n < IBAN_MOST; i++) {
		bool code = text_is_digit(s[i]) || (s[i] >= 'A' && s[i] <= 'Z');
		if (code) {
			ret[n++] = s[i];
			end[n] = i + 1;
		} else if (s[i] != ' ' || s[i + 1] == ' ') {
			break;
		}
	}
	ret[n] = '\0';
	return n;
}

/* How long those of a country are; 0: not known here. */
static size_t
iban_length(const char *code)
{
	static const struct {
		char country[3];
		size_t length;
	} known[] = {{"AT", 20}, {"BE", 16}, {"CH", 21}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18},
	             {"EE", 20}, {"ES", 24}, {"FI", 18}, {"FR", 27}, {"GB", 22}, {"IE", 22}, {"IT", 27},
	             {"KZ", 20}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"NL", 18}, {"NO", 15}, {"PL", 28},
	             {"PT", 25}, {"SE", 24}, {"TR", 26}, {"UA", 29}};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (memcmp(code, known[i].country, 2) == 0)
			return known[i].length;
	return 0;
}

/* The rest of one that the line's end broke off: the next line begins with it. `c` holds n of its letters. */
static bool
iban_goes_on(const struct sheet *s, uint32_t seg, char c[static IBAN_MOST + 1], size_t n)
{
	const struct segment *g = &s->segs[seg];
	size_t whole = iban_length(c);
	if (g->row + 1 >= s->n_rows || whole <= n)
		return false;
	const struct segment *below = &s->segs[s->rows[g->row + 1].first];
	char rest[IBAN_MOST + 1];
	size_t end[IBAN_MOST + 1];
	if (below->page != g->page || code_letters(below->upper, 0, rest, end) < whole - n)
		return false;
	memcpy(c + n, rest, whole - n);
	c[whole] = '\0';
	return check_iban(c, whole);
}

static void
iban(const struct fact_finder *k, uint32_t seg)
{
	static const struct reason holds = {"Its check digits hold", "контрольные цифры верны"};
	const struct segment *g = &k->r->sheet->segs[seg];
	const char *u = g->upper;
	for (size_t i = 0; u[i]; i++) {
		bool start = u[i] >= 'A' && u[i] <= 'Z' && u[i + 1] >= 'A' && u[i + 1] <= 'Z' &&
		             text_is_digit(u[i + 2]) && text_is_digit(u[i + 3]) &&
		             (i == 0 || !((u[i - 1] >= 'A' && u[i - 1] <= 'Z') || text_is_digit(u[i - 1])));
		if (!start)
			continue;
		char c[IBAN_MOST + 1];
		size_t end[IBAN_MOST + 1], n = code_letters(u, i, c, end);
		/* the longest prefix that proves itself: words may follow */
		for (size_t most = n; most >= IBAN_LEAST; most--) {
			if (!check_iban(c, most))
				continue;
			fact_put(k, FACT_IBAN, g, i, end[most], arena_strndup(k->mem, c, most), 0.99, holds);
			return;
		}
		if (n > 2 && !u[end[n]] && iban_goes_on(k->r->sheet, seg, c, n)) {
			const char *code = arena_strdup(k->mem, c);
			if (fact_put(k, FACT_IBAN, g, i, end[n], code, 0.97, holds))
				k->to->f[FACT_IBAN].value = code;
			return;
		}
	}
}

static void
vat_number(const struct fact_finder *k, uint32_t seg)
{
	static const char *const labels[] = {"GST ID",   "GST NO", "GST REG", "VAT",   "UST-ID", "USTID",
	                                     "UST-IDNR", "BTW",    "TVA",     "P.IVA", "NIF"};
	static const struct reason labelled = {"A label of tax registration stands before it",
	                                       "перед ним обозначение налогового номера"};
	const struct segment *g = &k->r->sheet->segs[seg];
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t after = fact_after_label(g->upper, labels[i]);
		if (after == SIZE_MAX)
			continue;
		for (size_t at = after; g->upper[at] && at < after + 24; at++) {
			size_t letters = 0;
			while (letters < 2 && g->upper[at + letters] >= 'A' && g->upper[at + letters] <= 'Z')
				letters++;
			if (letters == 1 ||
			    (at > after && g->upper[at - 1] >= 'A' && g->upper[at - 1] <= 'Z'))
				continue;
			size_t n = fact_digits(g->upper, at + letters);
			if (n < (letters ? 8u : 9u) || n > 15)
				continue;
			bool german = letters == 2 && strncmp(g->upper + at, "DE", 2) == 0;
			if (german && !check_vat_de(g->upper + at + 2, n))
				return;
			fact_put(k, FACT_MERCHANT_VAT_ID, g, at, at + letters + n,
			         arena_strndup(k->mem, g->upper + at, letters + n), german ? 0.97 : 0.9,
			         labelled);
			return;
		}
	}
}

static void
phone(const struct fact_finder *k, uint32_t seg)
{
	static const char *const labels[] = {"TEL", "PHONE", "ТЕЛ", "ТЕЛЕФОН", "H/P", "HP"};
	static const struct reason labelled = {"A word for telephone stands before it",
	                                       "перед ним слово «телефон»"};
	const struct segment *g = &k->r->sheet->segs[seg];
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t after = fact_after_label(g->upper, labels[i]);
		if (after == SIZE_MAX)
			continue;
		size_t at = after + strcspn(g->upper + after, "+0123456789(");
		if (at > after + WORDS_BETWEEN)
			continue;
		size_t n = strspn(g->upper + at, "+0123456789()- ");
		while (n > 0 && strchr(" -(", g->upper[at + n - 1]))
			n--;
		char *code = arena_alloc(k->mem, n + 1);
		size_t m = 0;
		for (size_t j = 0; code && j < n; j++)
			if (text_is_digit(g->upper[at + j]) || (j == 0 && g->upper[at] == '+'))
				code[m++] = g->upper[at + j];
		if (code && m >= 7 && m <= 15)
			fact_put(k, FACT_MERCHANT_PHONE, g, at, at + n, code, at > after + 12 ? 0.88 : 0.93,
			         labelled);
	}
}

/* ---- the number of the paper ---- */

static bool
put_document_number(const struct fact_finder *k, const struct segment *v, size_t at, size_t least,
                    double confidence)
{
	static const struct reason labelled = {"A label of the document's number stands before it",
	                                       "перед ним обозначение номера документа"};
	size_t n = strcspn(v->upper + at, " ,;");
	while (n > 0 && strchr(".:)", v->upper[at + n - 1]))
		n--;
	size_t digits = 0;
	for (size_t j = 0; j < n; j++)
		digits += text_is_digit(v->upper[at + j]);
	struct date d;
	bool date = dates_find(v->upper + at, n, &d, 1) == 1 && d.form != DATE_SOLID;
	bool account = digits == n && n == 20;
	if (digits < least || n > 30 || date || account)
		return false;
	return fact_put(k, FACT_DOCUMENT_NUMBER, v, at, at + n, arena_strndup(k->mem, v->upper + at, n),
	                confidence, labelled);
}

static void
document_number(const struct fact_finder *k, uint32_t seg)
{
	static const struct {
		const char *label;
		double confidence;
	} labels[] = {
	    {"INVOICE NO", 0.92},
	    {"INVOICE NUMBER", 0.93},
	    {"INVOICE #", 0.92},
	    {"INV NO", 0.9},
	    {"RECEIPT NO", 0.92},
	    {"RECEIPT #", 0.92},
	    {"BILL NO", 0.9},
	    {"BILL NUMBER", 0.92},
	    {"BILL REF", 0.88},
	    {"BILL REFERENCE", 0.9},
	    {"DOC NO", 0.88},
	    {"RECEIPT", 0.6},
	    {"TICKET NO", 0.9},
	    {"TICKET NUMBER", 0.92},
	    {"STATEMENT NO", 0.88},
	    {"ЧЕК №", 0.92},
	    {"ЧЕК N", 0.85},
	    {"ЧЕКА №", 0.9},
	    {"НОМЕР ЧЕКА", 0.9},
	    {"НОМЕР БИЛЕТА", 0.92},
	    {"НОМЕР ДОКУМЕНТА", 0.9},
	    {"НАКЛАДНАЯ №", 0.92},
	    {"RECHNUNGSNUMMER", 0.93},
	    {"RECHNUNGSNR", 0.92},
	    {"RECHNUNG NR", 0.92},
	    {"BELEGNUMMER", 0.9},
	    {"BELEG-NR", 0.9},
	    {"FACTUURNUMMER", 0.93},
	    {"FACTURE N", 0.92},
	    {"ДОКУМЕНТ №", 0.85},
	    {"ЧЕК", 0.55},
	    {"ФД", 0.6},
	};
	const struct segment *g = &k->r->sheet->segs[seg], *v;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t at, after = fact_after_label(g->upper, labels[i].label);
		if (after != SIZE_MAX && (v = fact_value_of(k, seg, after, &at)))
			put_document_number(k, v, at, 2, labels[i].confidence);
	}
	/* the head of a column and nothing else: the paper's own, as a rule */
	size_t at;
	bool bare = strcmp(g->upper, "NUMBER") == 0 || strcmp(g->upper, "НОМЕР") == 0;
	if (bare && (v = fact_value_of(k, seg, g->len, &at)))
		put_document_number(k, v, at, 3, 0.75);
}

/* "Счёт на оплату № УТ-1184", "ПОСТАНОВЛЕНИЕ № 188...": what the paper calls itself, and a number sign. */
static void
number_of_title(const struct fact_finder *k, uint32_t seg)
{
	static const char *const titles[] = {"СЧЕТ",      "СЧЁТ",      "АКТ",           "НАКЛАДНАЯ",
	                                     "КВИТАНЦИЯ", "ИЗВЕЩЕНИЕ", "ПОСТАНОВЛЕНИЕ", "УВЕДОМЛЕНИЕ",
	                                     "ПОЛИС",     "БИЛЕТ",     "СПРАВКА",       "РЕШЕНИЕ",
	                                     "УПД",       "РАСПИСКА",  "ТРЕБОВАНИЕ",    "ДОКУМЕНТ"};
	/* numbers of something else: an account, a licence, what the paper goes back to */
	static const char *const strangers[] = {"РАСЧ",  "РАСЧЁ",  "ЛИЦЕВ",   "Л/С",       "К/С",
	                                        "Р/С",   "КОРР",   "ДОГОВОР", "ОСНОВАНИ",  "ЛИЦЕНЗ",
	                                        "НОМЕР", "ПРИЛОЖ", "ТЕКУЩ",   "ПОЛУЧАТЕЛ", "БАНК"};
	const struct segment *g = &k->r->sheet->segs[seg], *v;
	const char *sign = strstr(g->upper, "№");
	char before[128];
	size_t at, n = sign ? (size_t)(sign - g->upper) : 0;
	if (!sign || n >= sizeof before)
		return;
	memcpy(before, g->upper, n);
	before[n] = '\0';
	bool titled = false;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		titled |= fact_after_label(before, titles[i]) != SIZE_MAX;
	if (titled && !fact_any(before, strangers, ARRAY_LEN(strangers)) &&
	    (v = fact_value_of(k, seg, n + strlen("№"), &at)))
		put_document_number(k, v, at, 1, 0.91);
}

/* ---- cards and banks ---- */

static bool
is_hiding(const char *s, size_t *len)
{
	static const char *const marks[] = {"*", "X", "•", "Х", "●", "·"};
	if ((uint8_t)*s < 0x80 && *s != '*' && *s != 'X')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		*len = strlen(marks[i]);
		if (strncmp(s, marks[i], *len) == 0)
			return true;
	}
	return false;
}

/* What is hidden from byte i on, with blanks between: *end is behind it. */
static size_t
hidden_run(const char *u, size_t i, size_t *end)
{
	size_t hidden = 0, len;
	for (*end = i; u[*end];) {
		if (is_hiding(u + *end, &len)) {
			hidden++;
			*end += len;
		} else if (u[*end] == ' ' || u[*end] == '-') {
			(*end)++;
		} else {
			break;
		}
	}
	return hidden;
}

/* **** **** **** 1234, XXXXXXXXXXXX1234; where a card is spoken of, •• 1234 and "ending in 1234" */
static void
card(const struct fact_finder *k, uint32_t seg)
{
	static const struct reason hidden = {"Hidden digits stand before it", "перед ним скрытые цифры"},
	                           ending = {"A card is said to end so", "сказано, что карта так кончается"};
	static const char *const cards[] = {"CARD",    "КАРТ", "VISA", "MASTERCARD",
	                                    "MAESTRO", "МИР ", "MIR ", "AMEX"};
	static const char *const endings[] = {"ENDING IN", "ENDING", "ENDS IN", "ОКАНЧИВАЕТСЯ НА",
	                                      "ПОСЛЕДНИЕ ЦИФРЫ"};
	const struct sheet *s = k->r->sheet;
	const struct segment *g = &s->segs[seg];
	static const char *const papers[] = {"ДОКУМЕНТ", "ПАСПОРТ", "ПН ", "СНИЛС", "PASSPORT", "SSN", "TIN"};
	const char *u = g->upper;
	for (size_t i = 0, len; u[i]; i++) {
		if (!is_hiding(u + i, &len))
			continue;
		size_t end, n = hidden_run(u, i, &end);
		if (fact_digits(u, end) == 4) {
			bool named = fact_row_says(s, seg, cards, ARRAY_LEN(cards));
			bool other = !named && fact_row_says(s, seg, papers, ARRAY_LEN(papers));
			if (n >= (named ? 1 : 4) && !other)
				fact_put(k, FACT_CARD_LAST4, g, end, end + 4,
				         arena_strndup(k->mem, u + end, 4), n >= 4 ? 0.95 : 0.85, hidden);
		}
		i = end - 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t after = fact_after_label(u, endings[i]);
		size_t at = after == SIZE_MAX ? 0 : after + strspn(u + after, " :*.");
		if (after != SIZE_MAX && fact_digits(u, at) == 4 &&
		    fact_row_says(s, seg, cards, ARRAY_LEN(cards)))
			fact_put(k, FACT_CARD_LAST4, g, at, at + 4, arena_strndup(k->mem, u + at, 4), 0.93,
			         ending);
	}
}

#define ACCOUNT_DIGITS 20

/* The digits of an account from byte `at` on, single blanks between them passed over; behind them *end. */
static bool
account_digits(const char *u, size_t at, char ret[static ACCOUNT_DIGITS + 1], size_t *end)
{
	size_t n = 0;
	for (*end = at; u[*end] && n < ACCOUNT_DIGITS; (*end)++) {
		if (text_is_digit(u[*end]))
			ret[n++] = u[*end];
		else if (u[*end] != ' ' || u[*end + 1] == ' ')
			return false;
	}
	ret[n] = '\0';
	return n == ACCOUNT_DIGITS && !text_is_digit(u[*end]);
}

/* Before an account that is nobody's own: a bank's with another. */
static bool
is_correspondent(const char *digits)
{
	return strncmp(digits, "301", 3) == 0;
}

static void
account(const struct fact_finder *k, uint32_t seg, const char *bik)
{
	static const struct reason proved = {"Its check digit holds against the bank's number",
	                                     "контрольная цифра сходится с БИК"},
	                           labelled = {"A word for account stands before it",
	                                       "перед ним слово «счёт»"};
	static const char *const words[] = {"СЧЕТ", "СЧЁТ", "СЧ.", "Р/С", "Р/СЧ", "РАСЧ"};
	const struct sheet *s = k->r->sheet;
	const struct segment *g = &s->segs[seg];
	for (size_t at = 0; g->upper[at]; at++) {
		char digits[ACCOUNT_DIGITS + 1];
		size_t end;
		if (!text_is_digit(g->upper[at]) || (at && text_is_digit(g->upper[at - 1])) ||
		    !account_digits(g->upper, at, digits, &end) || is_correspondent(digits))
			continue;
		bool named = fact_row_says(s, seg, words, ARRAY_LEN(words));
		bool holds = bik && digits[0] == '4' && check_account(digits, bik);
		/* the treasury's own begin with 0 and are counted otherwise */
		if (holds || (named && (digits[0] == '0' || (digits[0] == '4' && !bik))))
			fact_put(k, FACT_ACCOUNT, g, at, end, arena_strdup(k->mem, digits),
			         holds ? 0.98 : 0.8, holds ? proved : labelled);
		at = end - 1;
	}
}

static void
russian_bank(const struct fact_finder *k)
{
	static const struct reason labelled = {"BIK stands before it", "перед ним БИК"};
	const struct sheet *s = k->r->sheet;
	for (uint32_t i = 0; i < s->n && i < FACTS_MAX_SCANNED; i++) {
		size_t at, after = fact_after_label(s->segs[i].upper, "БИК");
		const struct segment *v;
		if (after == SIZE_MAX || !(v = fact_value_of(k, i, after, &at)))
			continue;
		at = skip_words(v->upper, at);
		if (fact_digits(v->upper, at) == 9)
			fact_put(k, FACT_BIC, v, at, at + 9, arena_strndup(k->mem, v->upper + at, 9), 0.95,
			         labelled);
	}
	for (uint32_t i = 0; i < s->n && i < FACTS_MAX_SCANNED; i++)
		account(k, i, k->to->f[FACT_BIC].code);
}

enum err
facts_by_rule(const struct reading *r, int64_t total, struct arena *mem, struct facts *ret, struct why *why)
{
	*ret = (struct facts){0};
	struct fact_finder k = {r, total, mem, ret};
	(void)why;
	for (uint32_t i = 0; i < r->sheet->n && i < FACTS_MAX_SCANNED; i++) {
		russian_tax_numbers(&k, i);
		iban(&k, i);
		vat_number(&k, i);
		phone(&k, i);
		document_number(&k, i);
		number_of_title(&k, i);
		card(&k, i);
	}
	russian_bank(&k);
	facts_when(&k);
	facts_sums(&k);
	return ERR_NONE;
}
