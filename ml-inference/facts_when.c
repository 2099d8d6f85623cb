/* When: the time of day, the day to pay by, the time that a bill or a statement covers. */
#include "fact_finder.h"
#include "text.h"

/* ---- the time of day ---- */

static void
time_of_day(const struct fact_finder *k, uint32_t seg)
{
	static const struct reason beside = {"It stands beside the date", "стоит рядом с датой"},
	                           form = {"It has the form of a time", "имеет вид времени"};
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
		fact_put(k, FACT_TIME, g, at, at + len, arena_printf(k->mem, "%02d:%02d", t / 60, t % 60),
		         date_beside ? 0.95
		         : label     ? 0.9
		                     : 0.6,
		         date_beside ? beside : form);
	}
}

/* ---- the day to pay by ---- */

/* A term that names it by itself, */
static const char *const due_terms[] = {"DUE DATE",       "DUE BY",       "DUE ON",       "DATE DUE",
                                        "PAYMENT DUE",    "DUE:",         "DEADLINE",     "СРОК ОПЛАТЫ",
                                        "СРОК УПЛАТЫ",    "СРОК ПЛАТЕЖА", "СРОК ПЛАТЕЖА", "СРОК ВНЕСЕНИЯ",
                                        "ДАТА ОПЛАТЫ ДО", "ОПЛАТИТЬ ПО",  "СРОКИ ОПЛАТЫ", "FÄLLIG",
                                        "ZAHLUNGSZIEL",   "ÉCHÉANCE",     "VENCIMIENTO",  "SCADENZA",
                                        "VERVALDATUM",    "VENCIMENTO"};
/* words of paying, with a word for "not later than" right before the date, */
static const char *const paying[] = {"ОПЛА", "ПЛАТ",  "ПЛАТЁ",  "УПЛА",  "ВНЕС", "ВНЕСИТЕ",  "ПОГАС",
                                     "PAY",  "REMIT", "SETTLE", "DUE",   "ZAHL", "ÜBERWEIS", "BEGLEICH",
                                     "RÉGL", "PAYER", "ABONAR", "PAGAR", "BETAL"};
static const char *const until[] = {
    "ДО",       "НЕ ПОЗДНЕЕ", "НЕ ПОЗЖЕ", "BY", "BEFORE", "NO LATER THAN", "BIS", "BIS ZUM", "BIS SPÄTESTENS",
    "AVANT LE", "ANTES DEL",  "UNTIL",    "DUE"};
/* and words that speak of what has been paid, or of another day. */
static const char *const past[] = {"ОПЛАЧЕН",  "УПЛАЧЕН",  "ПОСТУПИВШ", "УЧТЕН",   "УЧТЁН",
                                   "ПОКАЗАНИ", "RECEIVED", "WAS PAID",  "OVERDUE", "LAST PAYMENT"};

#define SENTENCE 160 /* bytes looked back */

/* Blanks and quotes behind it do not count, and letters before it make it another word. */
static bool
ends_with(const char *s, const char *const *words, size_t n_words)
{
	size_t n = strlen(s);
	while (n > 0 && strchr(" :-«\"", s[n - 1]))
		n--;
	for (size_t i = 0; i < n_words; i++) {
		size_t k = strlen(words[i]);
		if (n >= k && memcmp(s + n - k, words[i], k) == 0 &&
		    (n == k || (!text_is_letter((uint8_t)s[n - k - 1]) && (uint8_t)s[n - k - 1] < 0x80)))
			return true;
	}
	return false;
}

/* A term for a due date behind which no other date stands. */
static bool
has_term(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(due_terms); i++) {
		const char *p = strstr(s, due_terms[i]);
		struct date d;
		if (p && (p == s || !text_is_letter((uint8_t)p[-1])) && dates_find(p, strlen(p), &d, 1) == 0)
			return true;
	}
	return false;
}

/* What is read before a date: the row so far, and the line above where the date begins its own. */
static void
text_before(const struct sheet *s, const struct found_date *d, struct buf *out)
{
	const struct segment *g = &s->segs[d->seg];
	const struct row *row = &s->rows[g->row];
	uint32_t first = d->seg - row->first < 8 ? row->first : d->seg - 8;
	if (d->seg == row->first && g->row > 0 && d->d.start < 12) {
		const struct row *up = row - 1;
		const struct segment *last = &s->segs[up->first + up->n - 1];
		if (last->page == g->page && g->y0 - last->y1 < 1.5f * g->h) {
			buf_puts(out, last->upper);
			buf_putc(out, ' ');
		}
	}
	for (uint32_t i = first; i < d->seg; i++) {
		buf_puts(out, s->segs[i].upper);
		buf_putc(out, ' ');
	}
	buf_put(out, g->upper, d->d.start);
}

/* The end of the last sentence or the last date: what stands before it is about something else. */
static const char *
own_part(const char *s)
{
	size_t n = strlen(s), from = n > SENTENCE ? n - SENTENCE : 0;
	while (from < n && ((uint8_t)s[from] & 0xC0) == 0x80)
		from++;
	const char *begin = s + from;
	struct date d[8];
	size_t dates = dates_find(begin, strlen(begin), d, ARRAY_LEN(d));
	if (dates)
		begin += d[dates - 1].end;
	return begin;
}

/* The head of the column that a date stands in. */
static bool
under_term(const struct sheet *s, const struct found_date *d)
{
	const struct segment *g = &s->segs[d->seg];
	for (uint32_t i = d->seg; i-- > 0 && s->segs[i].row + 3 >= g->row;) {
		const struct segment *up = &s->segs[i];
		if (up->row == g->row || up->page != g->page || up->x0 >= g->x1 || up->x1 <= g->x0)
			continue;
		return g->y0 - up->y1 < 3 * g->h && has_term(up->upper);
	}
	return false;
}

static double
due_confidence(const struct sheet *s, const struct found_date *d)
{
	OWNED(buf_free) struct buf before = buf_init(64 * KIB);
	text_before(s, d, &before);
	buf_putc(&before, '\0');
	const char *own = own_part(before.data);
	if (fact_any(own, past, ARRAY_LEN(past)))
		return 0;
	if (has_term(own))
		return 0.92;
	if (ends_with(own, until, ARRAY_LEN(until)) && fact_any(own, paying, ARRAY_LEN(paying)))
		return 0.9;
	return under_term(s, d) ? 0.85 : 0;
}

/* "Задолженность на 01.01.2026", "Balance brought forward on 1 May": a day of what was owed before. */
static bool
is_of_arrears(const struct sheet *s, const struct found_date *d)
{
	static const char *const owed[] = {"ЗАДОЛЖЕННОСТ", "ДОЛГ",    "САЛЬДО",          "ПЕРЕПЛАТ",
	                                   "АВАНС",        "ARREARS", "BROUGHT FORWARD", "PREVIOUS BALANCE"};
	static const char *const on[] = {"НА", "ON", "AT", "AS OF", "AM", "AU"};
	OWNED(buf_free) struct buf before = buf_init(64 * KIB);
	text_before(s, d, &before);
	buf_putc(&before, '\0');
	const char *own = own_part(before.data);
	return fact_any(own, owed, ARRAY_LEN(owed)) && ends_with(own, on, ARRAY_LEN(on));
}

bool
facts_date_is_another(const struct reading *r, const struct date *day)
{
	for (size_t i = 0; i < r->n_dates; i++) {
		const struct found_date *d = &r->dates[i];
		if (dates_compare(&d->d, day) == 0 && due_confidence(r->sheet, d) <= 0 &&
		    !is_of_arrears(r->sheet, d))
			return false;
	}
	return true;
}

static void
due_date(const struct fact_finder *k)
{
	static const struct reason said = {"Words for a due date stand before it",
	                                   "перед ней слова о сроке оплаты"};
	for (size_t i = 0; i < k->r->n_dates; i++) {
		const struct found_date *d = &k->r->dates[i];
		double sure = due_confidence(k->r->sheet, d);
		char *day = arena_alloc(k->mem, DATE_TEXT_LEN);
		if (sure <= 0 || !day)
			continue;
		dates_text(&d->d, day);
		fact_put(k, FACT_DUE_DATE, &k->r->sheet->segs[d->seg], d->d.start, d->d.end, day, sure, said);
	}
}

/* ---- the time that a bill or a statement covers ---- */

/* Set by hand: there are no papers of strangers whose period is known. */
#define SURE_PERIOD 0.93
#define SURE_MONTH  0.90
#define BARE_MONTH  0.75
#define LIKELY      0.80

static const struct reason two_said = {"Words for a period stand before it", "перед ним слова о периоде"},
                           two_joined = {"Two dates joined by a dash", "две даты через тире"},
                           month_named = {"A month is named that it is for", "назван месяц, за который она"};

static const char *const period_words[] = {
    "PERIOD",         "ПЕРИОД",           "ZEITRAUM",   "PÉRIODE",      "PERIODO",
    "BILLING",        "COVERS",           "DATES",      "SERVICE FROM", "USAGE FROM",
    "STATEMENT FROM", "ДВИЖЕНИЕ СРЕДСТВ", "ОПЕРАЦИИ С", "BETWEEN",      "READ"};

static bool
label_before(const struct sheet *s, uint32_t seg)
{
	const struct row *row = &s->rows[s->segs[seg].row];
	if (fact_row_says(s, seg, period_words, ARRAY_LEN(period_words)))
		return true;
	if (s->segs[seg].row == 0)
		return false;
	row--;
	for (uint32_t i = row->first; i < row->first + row->n && i < row->first + FACT_ROW_LOOKED; i++)
		if (fact_any(s->segs[i].upper, period_words, ARRAY_LEN(period_words)) &&
		    s->segs[i].x0 < s->segs[seg].x1)
			return true;
	return false;
}

static const char *const joints[] = {"-",  "–",   "—",  "TO", "THROUGH", "UNTIL", "AND", "ПО",
                                     "ДО", "BIS", "AU", "AL", "/",       "THRU",  "TILL"};

/* The bytes of what stands at the end of [s, s + n) and joins two days, blanks around it included; 0:
 * nothing. */
static size_t
joint_before(const char *s, size_t n)
{
	size_t end = n;
	while (end > 0 && s[end - 1] == ' ')
		end--;
	for (size_t i = 0; i < ARRAY_LEN(joints); i++) {
		size_t k = strlen(joints[i]);
		if (end < k || memcmp(s + end - k, joints[i], k) != 0)
			continue;
		size_t from = end - k;
		bool word = text_is_letter((uint8_t)joints[i][0]) || (uint8_t)joints[i][0] == 0xD0;
		if (word && from > 0 && s[from - 1] != ' ')
			continue;
		while (from > 0 && s[from - 1] == ' ')
			from--;
		return n - from;
	}
	return 0;
}

static size_t
blanks_before(const char *s, size_t n)
{
	size_t k = 0;
	while (k < n && s[n - 1 - k] == ' ')
		k++;
	return k;
}

/* "... Г." and marks between the first date and what joins it to the second. */
static bool
nothing_but_year(const char *s, size_t n)
{
	static const char *const words[] = {"Г.", "Г", "ГОДА", "ГОД"};
	while (n > 0 && strchr(" .:,", s[n - 1]))
		n--;
	while (n > 0 && *s == ' ') {
		s++;
		n--;
	}
	if (n == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t k = strlen(words[i]);
		while (k > 0 && words[i][k - 1] == '.')
			k--;
		if (n == k && memcmp(s, words[i], k) == 0)
			return true;
	}
	return false;
}

static void
put_period(const struct fact_finder *k, uint32_t seg, size_t from, size_t to, const struct date *a,
           const struct date *b, double sure, struct reason why)
{
	char first[DATE_TEXT_LEN], last[DATE_TEXT_LEN];
	dates_text(a, first);
	dates_text(b, last);
	fact_put(k, FACT_PERIOD, &k->r->sheet->segs[seg], from, to,
	         arena_printf(k->mem, "%s/%s", first, last), sure, why);
}

static void
two_dates(const struct fact_finder *k)
{
	const struct reading *r = k->r;
	for (size_t i = 0; i + 1 < r->n_dates; i++) {
		const struct found_date *a = &r->dates[i], *b = &r->dates[i + 1];
		if (a->seg != b->seg || a->d.end > b->d.start || dates_compare(&a->d, &b->d) >= 0)
			continue;
		const char *u = r->sheet->segs[a->seg].upper + a->d.end;
		size_t n = b->d.start - a->d.end, joint = joint_before(u, n);
		if (!joint || !nothing_but_year(u, n - joint))
			continue;
		bool said = label_before(r->sheet, a->seg);
		put_period(k, a->seg, a->d.start, b->d.end, &a->d, &b->d, said ? SURE_PERIOD : LIKELY,
		           said ? two_said : two_joined);
	}
}

static int
complete(int form, const char *s, int n, const struct date *d, char *ret, size_t cap)
{
	switch (form) {
	case 0:
		return snprintf(ret, cap, "%.*s %d", n, s, d->year);
	case 1:
		return snprintf(ret, cap, "%.*s.%d", n, s, d->year);
	case 2:
		return snprintf(ret, cap, "%.*s.%02d.%d", n, s, d->month, d->year);
	default:
		return snprintf(ret, cap, "%.*s/%02d/%d", n, s, d->month, d->year);
	}
}

/* "с 1 по 31 октября 2025", "6 May - 5 June 2025", "01.10-31.10.2025": the first day without its year, or its
 * month. The text before the joint, completed by the second date, is tried as a date. */
static void
short_first(const struct fact_finder *k, const struct found_date *b)
{
	const char *u = k->r->sheet->segs[b->seg].upper;
	size_t joint = joint_before(u, b->d.start);
	if (!joint)
		return;
	size_t end = b->d.start - joint, from = end;
	/* one or two words back, from a digit on */
	for (int words = 0; words < 2 && from > 0; words++) {
		from -= blanks_before(u, from);
		while (from > 0 && u[from - 1] != ' ')
			from--;
		if (text_is_digit(u[from]))
			break;
	}
	if (from >= end || !text_is_digit(u[from]) || end - from > 24)
		return;
	while (end > from && u[end - 1] == '.')
		end--;
	for (int form = 0; form < 4; form++) {
		char day[96];
		struct date a;
		int n = complete(form, u + from, (int)(end - from), &b->d, day, sizeof day);
		if (n < 0 || (size_t)n >= sizeof day || dates_find(day, (size_t)n, &a, 1) != 1 ||
		    a.start != 0 || (int)a.end != n)
			continue;
		if (dates_compare(&a, &b->d) > 0)
			a.year--; /* 6 December to 5 January 2026 */
		bool said = label_before(k->r->sheet, b->seg);
		if (dates_compare(&a, &b->d) < 0)
			put_period(k, b->seg, from, b->d.end, &a, &b->d, said ? SURE_PERIOD : LIKELY,
			           said ? two_said : two_joined);
		return;
	}
}

/* A month and a year without a day, at byte `at`: the first and the last of its days. */
static bool
whole_month(const char *u, size_t at, struct date *first, struct date *last, size_t *end)
{
	size_t word = strcspn(u + at, " "), year = at + word + 1;
	char day[128];
	if (!u[at + word] || word > 60 || strspn(u + year, "0123456789") != 4)
		return false;
	/* they are the date of the first day */
	int n = snprintf(day, sizeof day, "1 %.*s %.4s", (int)word, u + at, u + year);
	if (n < 0 || dates_find(day, (size_t)n, first, 1) != 1 || first->form != DATE_WORD)
		return false;
	*last = *first;
	for (last->day = 31; !dates_valid(last->year, last->month, last->day);)
		last->day--;
	*end = year + 4;
	return true;
}

/* "за март 2024", "for March 2024"; "март 2024" by itself is less sure, "5 марта 2024" is a day of it. */
static void
one_month(const struct fact_finder *k, uint32_t seg)
{
	static const char *const before[] = {"ЗА", "FOR", "FÜR", "PERIOD", "PERIOD:", "ПЕРИОД", "ПЕРИОД:"};
	const char *u = k->r->sheet->segs[seg].upper;
	for (size_t at = 0; u[at]; at++) {
		struct date first, last;
		size_t end;
		if ((at && u[at - 1] != ' ') || !whole_month(u, at, &first, &last, &end))
			continue;
		size_t n = at - blanks_before(u, at), word = n;
		while (word > 0 && u[word - 1] != ' ')
			word--;
		if (word < n && (text_is_digit(u[word]) || strncmp(u + word, "OF ", 3) == 0))
			continue; /* 5 MARCH 2024, 1ST OF MAY 2025 */
		bool said = false;
		for (size_t w = 0; w < ARRAY_LEN(before); w++) {
			size_t m = strlen(before[w]);
			said |=
			    n >= m && memcmp(u + n - m, before[w], m) == 0 && (n == m || u[n - m - 1] == ' ');
		}
		said |= label_before(k->r->sheet, seg);
		bool quoted = n > 0 && (u[n - 1] == '"' || u[n - 1] == '/' ||
		                        (n > 1 && memcmp(u + n - 2, "»", 2) == 0));
		if (!quoted)
			put_period(k, seg, at, end, &first, &last, said ? SURE_MONTH : BARE_MONTH,
			           month_named);
	}
}

/* "за 2025 год" */
static void
one_year(const struct fact_finder *k, uint32_t seg)
{
	const char *u = k->r->sheet->segs[seg].upper;
	size_t at = fact_after_label(u, "ЗА ");
	if (at == SIZE_MAX || fact_digits(u, at) != 4 || strncmp(u + at + 4, " ГОД", strlen(" ГОД")) != 0)
		return;
	int year = (int)strtol(u + at, NULL, 10);
	struct date a = {.year = (int16_t)year, .month = 1, .day = 1},
	            b = {.year = (int16_t)year, .month = 12, .day = 31};
	if (dates_valid(year, 1, 1))
		put_period(k, seg, at, at + 4, &a, &b, LIKELY, month_named);
}

void
facts_when(const struct fact_finder *k)
{
	due_date(k);
	two_dates(k);
	for (size_t i = 0; i < k->r->n_dates; i++)
		short_first(k, &k->r->dates[i]);
	for (uint32_t i = 0; i < k->r->sheet->n && i < FACTS_MAX_SCANNED; i++) {
		time_of_day(k, i);
		one_month(k, i);
		one_year(k, i);
	}
}
