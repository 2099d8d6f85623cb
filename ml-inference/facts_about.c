/* What a paper is about: the time it covers, and what kind of spending it is. */
#include "facts.h"
#include "text.h"

#define MAX_SCANNED 1500 /* segments */
#define HEAD        12   /* segments that a seller calls itself by */

/* Set by hand: there are no papers yet whose period and category are known. */
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

#define ROW_LOOKED 60 /* segments of a row: no table has so many columns */

static bool
label_before(const struct sheet *s, uint32_t seg)
{
	const struct row *row = &s->rows[s->segs[seg].row];
	for (uint32_t i = seg - row->first < ROW_LOOKED ? row->first : seg - ROW_LOOKED; i <= seg; i++)
		if (speaks_of_period(s->segs[i].upper))
			return true;
	if (s->segs[seg].row == 0)
		return false;
	row--;
	for (uint32_t i = row->first; i < row->first + row->n && i < row->first + ROW_LOOKED; i++)
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

struct mention { /* where a word of the table first stands */
	uint32_t seg;
	uint16_t at;
	bool found;
};

/* Words by the byte they begin with, so that a line is gone through once. */
struct word_index {
	int16_t first[256], next[ARRAY_LEN(telling)];
};

static void
index_words(struct word_index *x)
{
	memset(x->first, -1, sizeof x->first);
	for (int i = (int)ARRAY_LEN(telling) - 1; i >= 0; i--) {
		uint8_t b = (uint8_t)telling[i].words[0];
		x->next[i] = x->first[b];
		x->first[b] = (int16_t)i;
	}
}

static void
find_words(const struct sheet *s, struct mention ret[ARRAY_LEN(telling)])
{
	struct word_index x;
	index_words(&x);
	for (uint32_t seg = 0; seg < s->n && seg < MAX_SCANNED; seg++) {
		const char *u = s->segs[seg].upper;
		for (size_t at = 0; u[at]; at++) {
			uint8_t before = at ? (uint8_t)u[at - 1] : ' ';
			bool inside = before >= 'A' && before <= 'Z';
			if (before >= 0x80 || (inside && u[at] != 'M'))
				continue;
			for (int i = x.first[(uint8_t)u[at]]; i >= 0; i = x.next[i]) {
				/* MART ends names too: FAMILYMART */
				if (ret[i].found || (inside && strcmp(telling[i].words, "MART") != 0))
					continue;
				if (strncmp(u + at, telling[i].words, strlen(telling[i].words)) == 0)
					ret[i] = (struct mention){seg, (uint16_t)at, true};
			}
		}
	}
}

static void
category(const struct reading *r, struct arena *mem, struct fact *f)
{
	const struct sheet *s = r->sheet;
	struct mention found[ARRAY_LEN(telling)] = {0};
	int best = 0, second = 0;
	find_words(s, found);
	for (size_t i = 0; i < ARRAY_LEN(telling);) {
		const char *name = telling[i].category;
		const struct mention *earliest = NULL;
		int score = 0;
		for (; i < ARRAY_LEN(telling) && strcmp(telling[i].category, name) == 0; i++) {
			if (!found[i].found)
				continue;
			score += found[i].seg < HEAD ? HEAD_COUNTS : 1;
			if (!earliest || found[i].seg < earliest->seg)
				earliest = &found[i];
		}
		if (score > best) {
			size_t n = strlen(telling[earliest - found].words);
			second = best;
			best = score;
			*f = (struct fact){0};
			put(f, s, earliest->seg, earliest->at, earliest->at + n, mem, name, LIKELY,
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
