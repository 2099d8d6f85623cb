#include "day_signs.h"

#include "fact_finder.h"
#include "text.h"

enum whose { NOBODY, PAPER, ANOTHER };

static const struct label {
	const char *words;
	enum whose whose;
} labels[] = {
#define X(words, whose) {words, whose},
#include "days.tbl.h"
#undef X
};

/* Log-odds, set by hand. */
#define LABELLED_SO  2.0f
#define IN_A_TITLE   2.0f
#define OF_ANOTHER   3.0f
#define HEAD_LINES   25
#define LOOKED_ABOVE 12 /* segments */
#define LABEL_MOST   48 /* bytes of a label above */
#define TITLE_MOST   60 /* bytes before a title's day */

/* Whose day the text's last words say it is. */
static enum whose
label_at_end(const char *upper, size_t n)
{
	enum whose whose = NOBODY;
	size_t longest = 0;
	while (n > 0 && strchr(" :.-#", upper[n - 1]))
		n--;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t len = strlen(labels[i].words);
		if (len > n || len <= longest || memcmp(upper + n - len, labels[i].words, len) != 0)
			continue;
		/* a letter before it makes it part of another word; a byte of a Cyrillic one is above 0x7F */
		char before = len < n ? upper[n - len - 1] : ' ';
		if ((uint8_t)before >= 0x80 || text_is_letter((uint8_t)before))
			continue;
		longest = len;
		whose = labels[i].whose;
	}
	return whose;
}

/* Right above the day, where nothing stands before it: a head of a column. */
static enum whose
label_above(const struct sheet *s, uint32_t seg)
{
	const struct segment *g = &s->segs[seg];
	for (uint32_t i = seg; i > 0 && i + LOOKED_ABOVE > seg; i--) {
		const struct segment *up = &s->segs[i - 1];
		bool above = up->page == g->page && up->row < g->row && g->y0 - up->y1 < 2.5f * g->h &&
		             up->x0 < g->x1 && up->x1 > g->x0;
		if (above && up->len <= LABEL_MOST)
			return label_at_end(up->upper, up->len);
	}
	return NOBODY;
}

static enum whose
label_of(const struct sheet *s, const struct found_date *d)
{
	const struct segment *g = &s->segs[d->seg];
	size_t lead = strspn(g->upper, " :.-");
	if (lead < d->d.start)
		return label_at_end(g->upper, d->d.start);
	if (d->seg > 0 && s->segs[d->seg - 1].row == g->row) {
		enum whose w = label_at_end(s->segs[d->seg - 1].upper, s->segs[d->seg - 1].len);
		if (w != NOBODY)
			return w;
	}
	return label_above(s, d->seg);
}

/* "с 01.10.2020 по 11.07.2021": a day from which another is counted to begins a time, which is over when the
 * paper is made. */
static bool
begins_period(const struct segment *g, const struct date *d)
{
	static const char *const joints[] = {" ПО ", " ДО ",   " TO ",    " BIS ",    " BIS ZUM ",
	                                     " AU ", " TILL ", " UNTIL ", " THROUGH "};
	const char *rest = g->upper + d->end;
	for (size_t i = 0; i < ARRAY_LEN(joints); i++) {
		size_t n = strlen(joints[i]);
		if (strncmp(rest, joints[i], n) == 0 && rest[n] >= '0' && rest[n] <= '9')
			return true;
	}
	return false;
}

/* "Федерального закона от 27 июля 2006 г. № 149-ФЗ", "Генеральная лицензия № 1481 от 11.08.2015" */
static bool
is_of_a_law(const struct sheet *s, uint32_t seg, const struct date *d)
{
	static const char *const numbers[] = {"-ФЗ", "-Ф3"}; /* the second as pictures have it */
	static const char *const laws[] = {"ЗАКОНА ОТ ", "ЗАКОНОМ ОТ ", "ЗАКОН ОТ ",
	                                   "УКАЗА ОТ ",  "LICENCE",     "LICENSE NO"};
	static const char licence[] = "ЛИЦЕНЗИ";
	const struct segment *g = &s->segs[seg];
	char before[LAYOUT_SEGMENT_LEN + 1], after[40];
	snprintf(before, sizeof before, "%.*s", (int)d->start, g->upper);
	snprintf(after, sizeof after, "%s", g->upper + d->end);
	if (fact_any(after, numbers, ARRAY_LEN(numbers)))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(laws); i++) {
		const char *at = strstr(before, laws[i]);
		if (at && strlen(at) < 40)
			return true;
	}
	return strstr(before, licence) != NULL;
}

/* "Счёт № 12 от 03.04.2024", "Beitragsrechnung 24. Januar 2014": a title with its day. */
static bool
is_in_title(const struct sheet *s, uint32_t seg, const struct date *d)
{
	static const char *const titles[] = {"СЧЕТ ",      "СЧЁТ ",      "СЧЕТ-ФАКТУРА ",  "СЧЁТ-ФАКТУРА ",
	                                     "АКТ ",       "ВЫПИСКА ",   "СПРАВКА ",       "ДОГОВОР ",
	                                     "КВИТАНЦИЯ ", "НАКЛАДНАЯ ", "ПОСТАНОВЛЕНИЕ ", "INVOICE ",
	                                     "STATEMENT ", "RECEIPT "};
	static const char ending[] = "RECHNUNG"; /* of one word: "BEITRAGSRECHNUNG" */
	if (seg >= HEAD_LINES || d->start > TITLE_MOST)
		return false;
	bool beside = d->start == 0 && seg > 0 && s->segs[seg - 1].row == s->segs[seg].row;
	const char *t = s->segs[beside ? seg - 1 : seg].upper;
	size_t word = strcspn(t, " "), n = sizeof ending - 1;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (strncmp(t, titles[i], strlen(titles[i])) == 0)
			return true;
	return word >= n && memcmp(t + word - n, ending, n) == 0;
}

float
day_signs_weigh(const struct sheet *s, const struct found_date *d)
{
	const struct segment *g = &s->segs[d->seg];
	enum whose w = label_of(s, d);
	if (w == ANOTHER || begins_period(g, &d->d) || is_of_a_law(s, d->seg, &d->d))
		return -OF_ANOTHER;
	return w == PAPER ? LABELLED_SO : is_in_title(s, d->seg, &d->d) ? IN_A_TITLE : 0;
}
