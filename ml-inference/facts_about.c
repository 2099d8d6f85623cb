/* What a paper is about: the time it covers, and what kind of spending it is. */
#include "facts.h"
#include "text.h"

#define MAX_SCANNED 1500 /* segments */
#define HEAD        12   /* segments that a seller calls itself by */

/* How often each is right is measured with docket-train --rules and by hand: docs/accuracy.md. */
#define SURE_PERIOD 0.93
#define SURE_MONTH  0.90
#define LIKELY      0.80

static void
put(struct fact *f, const struct sheet *s, uint32_t seg, size_t from, size_t to, struct arena *mem,
    const char *code, double confidence, const char *english, const char *russian)
{
	const struct segment *g = &s->segs[seg];
	char *value = arena_strndup(mem, g->text + from, to - from);
	if (!value || !code || (f->value && f->confidence >= confidence))
		return;
	*f = (struct fact){.value = value,
	                   .code = code,
	                   .confidence = confidence,
	                   .source = "rule",
	                   .english = english,
	                   .russian = russian,
	                   .box = layout_box(s, g, from, to),
	                   .page = s->doc->pages[g->page].number,
	                   .has_box = true};
}

/* ---- the time that a bill or a statement covers ---- */

static const char *const period_words[] = {"PERIOD",       "ПЕРИОД",     "ZEITRAUM",
                                           "PÉRIODE",      "PERIODO",    "BILLING",
                                           "SERVICE FROM", "USAGE FROM", "STATEMENT FROM"};

static bool
speaks_of_period(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(period_words); i++)
		if (strstr(s, period_words[i]))
			return true;
	return false;
}

static bool
label_before(const struct sheet *s, uint32_t seg)
{
	const struct row *row = &s->rows[s->segs[seg].row];
	for (uint32_t i = row->first; i <= seg; i++)
		if (speaks_of_period(s->segs[i].upper))
			return true;
	if (s->segs[seg].row == 0)
		return false;
	row--;
	for (uint32_t i = row->first; i < row->first + row->n; i++)
		if (speaks_of_period(s->segs[i].upper) && s->segs[i].x0 < s->segs[seg].x1)
			return true;
	return false;
}

/* Between two dates: a dash or a word for "until", nothing else. */
static bool
joins(const char *s, size_t n)
{
	static const char *const words[] = {"-",  "–",  "—",   "TO", "THROUGH", "UNTIL",
	                                    "ПО", "ДО", "BIS", "AU", "AL",      "/"};
	while (n > 0 && (*s == ' ' || *s == '.' || *s == ':')) {
		s++;
		n--;
	}
	while (n > 0 && s[n - 1] == ' ')
		n--;
	if (n >= 3 && strncmp(s, "Г.", 3) == 0) /* "с 01.02.2024 г. по ..." */
		return joins(s + 3, n - 3);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (n == strlen(words[i]) && memcmp(s, words[i], n) == 0)
			return true;
	return false;
}

static void
two_dates(const struct reading *r, struct arena *mem, struct fact *f)
{
	const struct sheet *s = r->sheet;
	for (size_t i = 0; i + 1 < r->n_dates; i++) {
		const struct found_date *a = &r->dates[i], *b = &r->dates[i + 1];
		if (a->seg != b->seg || a->d.end > b->d.start || dates_compare(&a->d, &b->d) >= 0)
			continue;
		const char *u = s->segs[a->seg].upper;
		if (!joins(u + a->d.end, b->d.start - a->d.end))
			continue;
		char from[DATE_TEXT_LEN], to[DATE_TEXT_LEN];
		dates_text(&a->d, from);
		dates_text(&b->d, to);
		bool said = label_before(s, a->seg);
		put(f, s, a->seg, a->d.start, b->d.end, mem, arena_printf(mem, "%s/%s", from, to),
		    said ? SURE_PERIOD : LIKELY,
		    said ? "Words for a period stand before it" : "Two dates joined by a dash",
		    said ? "перед ним слова о периоде" : "две даты через тире");
	}
}

/* "за март 2024", "for March 2024" */
static void
one_month(const struct reading *r, struct arena *mem, struct fact *f)
{
	static const char *const before[] = {"ЗА ",      "FOR ",    "FÜR ",    "PERIOD ",
	                                     "PERIOD: ", "ПЕРИОД ", "ПЕРИОД: "};
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const struct sheet *s = r->sheet;
	for (uint32_t seg = 0; seg < s->n && seg < MAX_SCANNED; seg++)
		for (size_t w = 0; w < ARRAY_LEN(before); w++) {
			const char *u = s->segs[seg].upper, *p = strstr(u, before[w]);
			if (!p || (p > u && p[-1] != ' '))
				continue;
			size_t at = (size_t)(p - u) + strlen(before[w]);
			size_t word = strcspn(u + at, " "), end = at + word + 1;
			if (!u[at + word] || strspn(u + end, "0123456789") != 4)
				continue;
			/* a month and a year are the date of its first day */
			char day[128];
			struct date d;
			int n = snprintf(day, sizeof day, "1 %.*s %.4s", (int)(word < 60 ? word : 60), u + at,
			                 u + end);
			if (n < 0 || dates_find(day, (size_t)n, &d, 1) != 1 || d.form != DATE_WORD)
				continue;
			bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
			int last = days[d.month - 1] + (d.month == 2 && leap);
			put(f, s, seg, at, end + 4, mem,
			    arena_printf(mem, "%04d-%02d-01/%04d-%02d-%02d", d.year, d.month, d.year, d.month,
			                 last),
			    SURE_MONTH, "A month is named that it is for", "назван месяц, за который она");
		}
}

/* ---- what was paid for ---- */

static const struct {
	const char *category, *words;
} telling[] = {
#define X(category, words) {category, words},
#include "categories.tbl.h"
#undef X
};

#define HEAD_COUNTS 3

static int
count_word(const struct sheet *s, const char *words, uint32_t *ret_seg, size_t *ret_at)
{
	for (uint32_t i = 0; i < s->n && i < MAX_SCANNED; i++)
		for (const char *u = s->segs[i].upper, *p = strstr(u, words); p; p = strstr(p + 1, words)) {
			uint8_t prior = p > u ? (uint8_t)p[-1] : ' ';
			/* MART ends names too: a word of its own or the end of one */
			if ((prior >= 'A' && prior <= 'Z' && strcmp(words, "MART") != 0) || prior >= 0x80)
				continue;
			*ret_seg = i;
			*ret_at = (size_t)(p - u);
			return i < HEAD ? HEAD_COUNTS : 1;
		}
	return 0;
}

static void
category(const struct reading *r, struct arena *mem, struct fact *f)
{
	const struct sheet *s = r->sheet;
	int best = 0, second = 0;
	for (size_t i = 0; i < ARRAY_LEN(telling);) {
		const char *name = telling[i].category, *words = NULL;
		int score = 0;
		uint32_t seg = 0;
		size_t at = 0;
		for (; i < ARRAY_LEN(telling) && strcmp(telling[i].category, name) == 0; i++) {
			uint32_t here;
			size_t where;
			int n = count_word(s, telling[i].words, &here, &where);
			score += n;
			if (n > 0 && (!words || here < seg)) {
				words = telling[i].words;
				seg = here;
				at = where;
			}
		}
		if (score > best) {
			second = best;
			best = score;
			*f = (struct fact){0};
			put(f, s, seg, at, at + strlen(words), mem, name, LIKELY,
			    "Words on it speak of such spending", "слова на ней говорят о таких тратах");
		} else if (score > second) {
			second = score;
		}
	}
	if (f->value && best == second)
		f->confidence = 0.5; /* it might as well be the other */
	else if (f->value && best < HEAD_COUNTS)
		f->confidence = 0.6;
}

enum err
facts_about(const struct reading *r, struct arena *mem, struct facts *to, struct why *why)
{
	(void)why;
	two_dates(r, mem, &to->f[FACT_PERIOD]);
	one_month(r, mem, &to->f[FACT_PERIOD]);
	category(r, mem, &to->f[FACT_CATEGORY]);
	return ERR_NONE;
}
