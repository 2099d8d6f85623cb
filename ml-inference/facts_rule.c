/* Labelled values: a word that names it, the value beside or below it, and a proof where there is one. */
#include "check_digits.h"
#include "facts.h"
#include "money.h"
#include "text.h"

#include <math.h>

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

#define MAX_SCANNED 1500 /* segments */

struct rules {
	const struct reading *r;
	int64_t total;
	struct arena *mem;
	struct facts *to;
};

/* What is found first stays, unless the later one is surer. */
static void
put(const struct rules *k, enum fact_id id, const struct segment *g, size_t from, size_t to, const char *code,
    double confidence, const char *english, const char *russian)
{
	struct fact *f = &k->to->f[id];
	const struct sheet *s = k->r->sheet;
	if (!code || (f->value && f->confidence >= confidence))
		return;
	char *value = arena_strndup(k->mem, g->text + from, to - from);
	if (!value)
		return;
	double read = (double)layout_confidence(s, g, from, to);
	*f = (struct fact){.value = value,
	                   .code = code,
	                   .confidence = confidence * (0.6 + 0.4 * read),
	                   .source = "rule",
	                   .english = english,
	                   .russian = russian,
	                   .box = layout_box(s, g, from, to),
	                   .page = s->doc->pages[g->page].number,
	                   .has_box = true};
}

static size_t
skip_to_value(const char *s, size_t at)
{
	while (s[at] && strchr(" :.#=-", s[at]))
		at++;
	return at;
}

/* ---- numbers after a label ---- */

/* The place after `label` in a segment, when it stands there as a word; SIZE_MAX otherwise. */
static size_t
after_label(const char *upper, const char *label)
{
	size_t k = strlen(label);
	for (const char *p = strstr(upper, label); p; p = strstr(p + 1, label)) {
		bool start = p == upper || !text_is_letter((uint8_t)p[-1]);
		if (start && ((uint8_t)p[-(p > upper)] < 0x80 || p == upper))
			return (size_t)(p - upper) + k;
	}
	return SIZE_MAX;
}

/* The segment and byte where the value of a label begins: after it, or the next segment of its row. */
static const struct segment *
value_of(const struct rules *k, uint32_t seg, size_t after, size_t *at)
{
	const struct sheet *s = k->r->sheet;
	const struct segment *g = &s->segs[seg];
	*at = skip_to_value(g->upper, after);
	if (g->upper[*at])
		return g;
	if (seg + 1 < s->n && s->segs[seg + 1].row == g->row) {
		*at = skip_to_value(s->segs[seg + 1].upper, 0);
		return &s->segs[seg + 1];
	}
	return NULL;
}

static size_t
digit_run(const char *s, size_t at)
{
	return strspn(s + at, "0123456789");
}

static void
russian_tax_numbers(const struct rules *k, uint32_t seg)
{
	const struct segment *g = &k->r->sheet->segs[seg];
	size_t at, after = after_label(g->upper, "ИНН");
	const struct segment *v;
	if (after != SIZE_MAX && (v = value_of(k, seg, after, &at))) {
		size_t n = digit_run(v->upper, at);
		if (check_inn(v->upper + at, n))
			put(k, FACT_MERCHANT_TAX_ID, v, at, at + n, arena_strndup(k->mem, v->upper + at, n),
			    0.98, "INN stands before it and its check digits hold",
			    "перед ним ИНН, контрольные цифры верны");
		/* ИНН/КПП 7707083893/773601001 */
		if (n == 10 && v->upper[at + n] == '/' && digit_run(v->upper, at + n + 1) == 9)
			put(k, FACT_MERCHANT_KPP, v, at + n + 1, at + n + 10,
			    arena_strndup(k->mem, v->upper + at + n + 1, 9), 0.95, "It follows the INN",
			    "стоит после ИНН");
	}
	after = after_label(g->upper, "КПП");
	if (after != SIZE_MAX && (v = value_of(k, seg, after, &at)) && digit_run(v->upper, at) == 9)
		put(k, FACT_MERCHANT_KPP, v, at, at + 9, arena_strndup(k->mem, v->upper + at, 9), 0.95,
		    "KPP stands before it", "перед ним КПП");
}

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

static void
iban(const struct rules *k, uint32_t seg)
{
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
			put(k, FACT_IBAN, g, i, end[most], arena_strndup(k->mem, c, most), 0.99,
			    "Its check digits hold", "контрольные цифры верны");
			return;
		}
	}
}

static void
vat_number(const struct rules *k, uint32_t seg)
{
	static const char *const labels[] = {"GST ID",   "GST NO", "GST REG", "VAT",   "UST-ID", "USTID",
	                                     "UST-IDNR", "BTW",    "TVA",     "P.IVA", "NIF"};
	const struct segment *g = &k->r->sheet->segs[seg];
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t after = after_label(g->upper, labels[i]);
		if (after == SIZE_MAX)
			continue;
		for (size_t at = after; g->upper[at] && at < after + 24; at++) {
			size_t letters = 0;
			while (letters < 2 && g->upper[at + letters] >= 'A' && g->upper[at + letters] <= 'Z')
				letters++;
			if (letters == 1 ||
			    (at > after && g->upper[at - 1] >= 'A' && g->upper[at - 1] <= 'Z'))
				continue;
			size_t n = digit_run(g->upper, at + letters);
			if (n < (letters ? 8u : 9u) || n > 15)
				continue;
			bool german = letters == 2 && strncmp(g->upper + at, "DE", 2) == 0;
			if (german && !check_vat_de(g->upper + at + 2, n))
				return;
			put(k, FACT_MERCHANT_VAT_ID, g, at, at + letters + n,
			    arena_strndup(k->mem, g->upper + at, letters + n), german ? 0.97 : 0.9,
			    "A label of tax registration stands before it",
			    "перед ним обозначение налогового номера");
			return;
		}
	}
}

static void
phone(const struct rules *k, uint32_t seg)
{
	static const char *const labels[] = {"TEL", "PHONE", "ТЕЛ", "ТЕЛЕФОН", "H/P", "HP"};
	const struct segment *g = &k->r->sheet->segs[seg];
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t after = after_label(g->upper, labels[i]);
		if (after == SIZE_MAX)
			continue;
		size_t at = after + strcspn(g->upper + after, "+0123456789(");
		if (at > after + 12)
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
			put(k, FACT_MERCHANT_PHONE, g, at, at + n, code, 0.93,
			    "A word for telephone stands before it", "перед ним слово «телефон»");
	}
}

static void
document_number(const struct rules *k, uint32_t seg)
{
	static const struct {
		const char *label;
		double confidence;
	} labels[] = {
	    {"INVOICE NO", 0.92},  {"INVOICE NUMBER", 0.93},  {"INVOICE #", 0.92},
	    {"INV NO", 0.9},       {"RECEIPT NO", 0.92},      {"RECEIPT #", 0.92},
	    {"BILL NO", 0.9},      {"DOC NO", 0.88},          {"RECEIPT", 0.6},
	    {"ЧЕК №", 0.92},       {"ЧЕК N", 0.85},           {"ЧЕКА №", 0.9},
	    {"СЧЕТ №", 0.92},      {"СЧЁТ №", 0.92},          {"СЧЕТ-ФАКТУРА №", 0.93},
	    {"НАКЛАДНАЯ №", 0.92}, {"RECHNUNGSNUMMER", 0.93}, {"RECHNUNGSNR", 0.92},
	    {"RECHNUNG NR", 0.92}, {"FACTUURNUMMER", 0.93},   {"ДОКУМЕНТ №", 0.85},
	    {"ФД", 0.6},
	};
	const struct segment *g = &k->r->sheet->segs[seg], *v;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t at, after = after_label(g->upper, labels[i].label);
		if (after == SIZE_MAX || !(v = value_of(k, seg, after, &at)))
			continue;
		size_t n = strcspn(v->upper + at, " ,;");
		size_t digits = 0;
		for (size_t j = 0; j < n; j++)
			digits += text_is_digit(v->upper[at + j]);
		struct date d;
		bool date = dates_find(v->upper + at, n, &d, 1) == 1 && d.form != DATE_SOLID;
		if (digits < 2 || n > 30 || date)
			continue;
		put(k, FACT_DOCUMENT_NUMBER, v, at, at + n, arena_strndup(k->mem, v->upper + at, n),
		    labels[i].confidence, "A label of the document's number stands before it",
		    "перед ним обозначение номера документа");
	}
}

/* **** **** **** 1234, XXXXXXXXXXXX1234 */
static void
card(const struct rules *k, uint32_t seg)
{
	const struct segment *g = &k->r->sheet->segs[seg];
	const char *u = g->upper;
	for (size_t i = 0; u[i]; i++) {
		size_t stars = 0, at = i;
		while (u[at] == '*' || u[at] == 'X' || u[at] == ' ' || u[at] == '-') {
			stars += u[at] == '*' || u[at] == 'X';
			at++;
		}
		if (stars >= 4 && digit_run(u, at) == 4)
			put(k, FACT_CARD_LAST4, g, at, at + 4, arena_strndup(k->mem, u + at, 4), 0.95,
			    "Hidden digits stand before it", "перед ним скрытые цифры");
		if (at > i)
			i = at - 1;
	}
}

static void
russian_bank(const struct rules *k)
{
	const struct sheet *s = k->r->sheet;
	for (uint32_t i = 0; i < s->n && i < MAX_SCANNED; i++) {
		size_t at, after = after_label(s->segs[i].upper, "БИК");
		const struct segment *v;
		if (after != SIZE_MAX && (v = value_of(k, i, after, &at)) && digit_run(v->upper, at) == 9)
			put(k, FACT_BIC, v, at, at + 9, arena_strndup(k->mem, v->upper + at, 9), 0.95,
			    "BIK stands before it", "перед ним БИК");
	}
	const char *bik = k->to->f[FACT_BIC].code;
	for (uint32_t i = 0; bik && i < s->n && i < MAX_SCANNED; i++)
		for (size_t at = 0; s->segs[i].upper[at]; at++) {
			size_t n = digit_run(s->segs[i].upper, at);
			char *c = n == 20 ? arena_strndup(k->mem, s->segs[i].upper + at, 20) : NULL;
			if (c && c[0] == '4' && check_account(c, bik))
				put(k, FACT_ACCOUNT, &s->segs[i], at, at + 20, c, 0.98,
				    "Its check digit holds against the bank's number",
				    "контрольная цифра сходится с БИК");
			at += n ? n - 1 : 0;
		}
}

/* ---- times and due dates ---- */

static void
time_of_day(const struct rules *k, uint32_t seg)
{
	const struct segment *g = &k->r->sheet->segs[seg];
	bool date_beside = false;
	for (size_t i = 0; i < k->r->n_dates; i++)
		date_beside |= k->r->sheet->segs[k->r->dates[i].seg].row == g->row;
	bool label = strstr(g->canon, "TIME") != NULL;
	for (size_t at = 0; at < g->len; at++) {
		size_t len;
		if (!text_is_digit(g->upper[at]) ||
		    (at && (text_is_digit(g->upper[at - 1]) || g->upper[at - 1] == ':')))
			continue;
		int t = dates_time(g->upper + at, g->len - at, &len);
		if (t < 0)
			continue;
		put(k, FACT_TIME, g, at, at + len, arena_printf(k->mem, "%02d:%02d", t / 60, t % 60),
		    date_beside ? 0.95
		    : label     ? 0.9
		                : 0.6,
		    date_beside ? "It stands beside the date" : "It has the form of a time",
		    date_beside ? "стоит рядом с датой" : "имеет вид времени");
	}
}

/* Where the first word for a due date stands. */
static const char *
due_word(const char *upper)
{
	static const char *const words[] = {"DUE",    "PAY BY",      "ОПЛАТИТЬ ДО", "СРОК ОПЛАТЫ",
	                                    "FÄLLIG", "ZAHLBAR BIS", "ÉCHÉANCE"};
	const char *first = NULL;
	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		const char *p = strstr(upper, words[w]);
		if (p && (!first || p < first))
			first = p;
	}
	return first;
}

static void
due_date(const struct rules *k)
{
	const struct sheet *s = k->r->sheet;
	uint32_t row = UINT32_MAX, next = 0;
	bool due_before = false;                     /* in the segments of the row before `next` */
	for (size_t i = 0; i < k->r->n_dates; i++) { /* they come row by row, left to right */
		const struct found_date *d = &k->r->dates[i];
		const struct segment *g = &s->segs[d->seg];
		if (g->row != row) {
			row = g->row;
			next = s->rows[row].first;
			due_before = false;
		}
		for (; next < d->seg; next++)
			due_before |= due_word(s->segs[next].upper) != NULL;
		const char *p = due_word(g->upper);
		bool due = due_before || (p && p < g->upper + d->d.start);
		char *day = arena_alloc(k->mem, DATE_TEXT_LEN);
		if (!due || !day)
			continue;
		dates_text(&d->d, day);
		put(k, FACT_DUE_DATE, g, d->d.start, d->d.end, day, 0.92,
		    "Words for a due date stand before it", "перед ней слова о сроке оплаты");
	}
}

/* ---- sums with a label ---- */

static void
put_sum(const struct rules *k, enum fact_id id, const struct found_amount *a, double confidence,
        const char *english, const char *russian)
{
	struct fact before = k->to->f[id];
	put(k, id, &k->r->sheet->segs[a->seg], a->a.from, a->a.end, "", confidence, english, russian);
	if (k->to->f[id].value != before.value) {
		k->to->f[id].minor = a->a.minor;
		k->to->f[id].currency = a->a.currency;
	}
}

static bool
has(const struct rules *k, int64_t minor)
{
	for (size_t i = 0; i < k->r->n_amounts; i++)
		if (k->r->amounts[i].a.minor == minor)
			return true;
	return false;
}

static void
labelled_sum(const struct rules *k, const struct found_amount *a)
{
	const char *l = a->left;
	int64_t v = a->a.minor, total = k->total;
	bool known = total > 0;
	bool sub = strstr(l, "SUB TOTAL") || strstr(l, "SUBTOTAL") || strstr(l, "SUB-TOTAL");
	bool tax = text_has_word(l, "GST") || text_has_word(l, "TAX");
	bool sum_word = strstr(l, "TOTAL") || strstr(l, "INCL") || strstr(l, "EXCL") || strstr(l, "AMOUNT");
	if (sub && (!known || v <= total + total / 2))
		put_sum(k, FACT_SUBTOTAL, a, known && has(k, total - v) ? 0.97 : 0.8,
		        "SUBTOTAL stands before it", "перед ней слово «подытог»");
	if (tax && !sum_word && v > 0 && !a->a.negative && known && v < total / 3) {
		bool fits = has(k, total - v);
		put_sum(k, FACT_TAX, a, fits ? 0.95 : 0.6, /* often that of one rate among several */
		        fits ? "A tax's name stands before it, and net plus tax agrees"
		             : "A tax's name stands before it",
		        fits ? "перед ней название налога, сумма без налога сходится"
		             : "перед ней название налога");
	}
	if (text_has_word(l, "CHANGE") && known) {
		bool fits = has(k, total + v);
		put_sum(k, FACT_CHANGE, a, fits ? 0.98 : 0.85,
		        fits ? "CHANGE stands before it, and it fits the total" : "CHANGE stands before it",
		        fits ? "перед ней слово «сдача», с итогом сходится" : "перед ней слово «сдача»");
	}
	bool cash = text_has_word(l, "CASH") || text_has_word(l, "TENDER") || text_has_word(l, "TENDERED");
	bool by_card = text_has_word(l, "CARD") || text_has_word(l, "VISA") || strstr(l, "MASTER");
	if ((cash || by_card || text_has_word(l, "PAID")) && known && v >= total && v < 1000 * total) {
		bool fits = v == total || has(k, v - total);
		put_sum(k, FACT_PAID, a, fits ? 0.96 : 0.7, "A way of paying stands before it",
		        "перед ней способ оплаты");
		const struct segment *g = &k->r->sheet->segs[a->seg];
		if (cash || by_card)
			put(k, FACT_PAYMENT_METHOD, g, a->a.from, a->a.end, by_card ? "card" : "cash",
			    fits ? 0.95 : 0.7, "The sum paid stands beside it",
			    "рядом стоит уплаченная сумма");
	}
}

enum err
facts_by_rule(const struct reading *r, int64_t total, struct arena *mem, struct facts *ret, struct why *why)
{
	*ret = (struct facts){0};
	struct rules k = {r, total, mem, ret};
	(void)why;
	for (uint32_t i = 0; i < r->sheet->n && i < MAX_SCANNED; i++) {
		russian_tax_numbers(&k, i);
		iban(&k, i);
		vat_number(&k, i);
		phone(&k, i);
		document_number(&k, i);
		card(&k, i);
		time_of_day(&k, i);
	}
	russian_bank(&k);
	due_date(&k);
	for (size_t i = 0; i < r->n_amounts; i++)
		labelled_sum(&k, &r->amounts[i]);
	return ERR_NONE;
}
