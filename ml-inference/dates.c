#include "dates.h"

#include "own.h"
#include "text.h"

struct month_name {
	const char *start; /* any ending follows */
	int month;
};
/* Longer beginnings first where one is part of another. */
static const struct month_name months[] = {
    {"JAN", 1},  {"FEB", 2}, {"MAR", 3},  {"APR", 4},  {"MAY", 5},  {"JUN", 6},  {"JUL", 7},
    {"AUG", 8},  {"SEP", 9}, {"OCT", 10}, {"NOV", 11}, {"DEC", 12}, {"OKT", 10}, {"DEZ", 12},
    {"MAI", 5},  {"MÄR", 3}, {"FÉV", 2},  {"AVR", 4},  {"JUIL", 7}, {"JUI", 6},  {"AOÛ", 8},
    {"DÉC", 12}, {"ENE", 1}, {"ABR", 4},  {"AGO", 8},  {"DIC", 12}, {"GEN", 1},  {"MAG", 5},
    {"GIU", 6},  {"LUG", 7}, {"SET", 9},  {"OTT", 10}, {"MEI", 5},  {"MRT", 3},  {"MAA", 3},
    {"FEV", 2},  {"ЯНВ", 1}, {"ФЕВ", 2},  {"МАР", 3},  {"АПР", 4},  {"МАЯ", 5},  {"МАЙ", 5},
    {"ИЮН", 6},  {"ИЮЛ", 7}, {"АВГ", 8},  {"СЕН", 9},  {"ОКТ", 10}, {"НОЯ", 11}, {"ДЕК", 12},
};

/* A cursor over the text; every take_ function moves it only when it finds what it looks for. */
struct scan {
	const char *s;
	size_t n, at;
};

static int
take_number(struct scan *c, size_t min, size_t max, size_t *digits)
{
	size_t k = 0;
	int v = 0;
	while (c->at + k < c->n && text_is_digit(c->s[c->at + k]) && k <= max) {
		v = v * 10 + (c->s[c->at + k] - '0');
		k++;
	}
	if (k < min || k > max)
		return -1;
	c->at += k;
	if (digits)
		*digits = k;
	return v;
}

static void
skip_spaces(struct scan *c, size_t most)
{
	while (most-- > 0 && c->at < c->n && c->s[c->at] == ' ')
		c->at++;
}

static char
take_separator(struct scan *c)
{
	struct scan t = *c;
	skip_spaces(&t, 1);
	if (t.at >= t.n || !strchr("-/.", t.s[t.at]))
		return '\0';
	char sep = t.s[t.at++];
	skip_spaces(&t, 1);
	*c = t;
	return sep;
}

static size_t
letters(const struct scan *c)
{
	size_t i = c->at, k;
	while (i < c->n && text_is_letter(text_decode(c->s + i, c->n - i, &k)))
		i += k;
	return i - c->at;
}

/* A month's name is its first three letters and at most seven more. */
static int
take_month(struct scan *c)
{
	size_t w = letters(c);
	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		size_t k = strlen(months[i].start);
		if (w >= k && w <= k + 12 && memcmp(c->s + c->at, months[i].start, k) == 0) {
			c->at += w;
			return months[i].month;
		}
	}
	return -1;
}

bool
dates_valid(int y, int m, int d)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (y < 1950 || y > 2079 || m < 1 || m > 12 || d < 1)
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return d <= days[m - 1] + (m == 2 && leap);
}

static bool
settle(struct date *ret, int y, int m, int d, bool may_swap, bool short_year)
{
	if (short_year)
		y += y < 70 ? 2000 : 1900;
	bool ambiguous = may_swap && d <= 12 && m <= 12 && d != m;
	bool month_first = may_swap && m > 12 && d <= 12;
	if (month_first) {
		int t = m;
		m = d;
		d = t;
	}
	if (!dates_valid(y, m, d))
		return false;
	ret->year = (int16_t)y;
	ret->month = (int8_t)m;
	ret->day = (int8_t)d;
	ret->ambiguous = ambiguous;
	ret->month_first = month_first;
	ret->short_year = short_year;
	return true;
}

static bool
digit_follows(const struct scan *c)
{
	return c->at < c->n && text_is_digit(c->s[c->at]);
}

/* What joins the parts of "25 DEC 2018", "25-DEC-18", "DEC 25, 2018", "25TH DEC '18". */
static void
skip_joint(struct scan *c)
{
	for (int i = 0; i < 3 && c->at < c->n && strchr(" -/.,'", c->s[c->at]); i++)
		c->at++;
}

static bool
year_first(struct scan c, struct date *ret)
{
	int y = take_number(&c, 4, 4, NULL);
	if (y < 0)
		return false;
	char a = take_separator(&c);
	int m = a ? take_number(&c, 1, 2, NULL) : -1;
	char b = m >= 0 ? take_separator(&c) : '\0';
	int d = b ? take_number(&c, 1, 2, NULL) : -1;
	ret->form = DATE_YMD;
	if (d < 0 || digit_follows(&c) || !settle(ret, y, m, d, false, false))
		return false;
	ret->end = (uint32_t)c.at;
	return true;
}

/* 25/12/2018 and its kin. A time glued to the year ("12/03/201814:05") is forgiven, and so is a
 * blank that a reader saw instead of one of the separators. */
static bool
day_first(struct scan c, struct date *ret)
{
	size_t digits;
	int d = take_number(&c, 1, 2, NULL);
	size_t mark = c.at;
	char a = d >= 0 ? take_separator(&c) : '\0';
	size_t wide_a = c.at - mark;
	if (!a && d >= 0 && c.at < c.n && c.s[c.at] == ' ') {
		a = ' ';
		c.at++;
	}
	size_t month_digits = 0;
	int m = a ? take_number(&c, a == ' ' ? 2 : 1, 2, &month_digits) : -1;
	mark = c.at;
	char b = m >= 0 ? take_separator(&c) : '\0';
	bool uneven = a != b || wide_a != c.at - mark;
	if (!b || (a == ' ' && b == ' '))
		return false;
	struct scan y4 = c;
	int y = take_number(&y4, 4, 4, &digits);
	if (y < 0 && c.at + 6 < c.n && c.s[c.at] == '2' && c.s[c.at + 1] == '0') {
		/* 201814:05 */
		struct scan t = {c.s, c.at + 4, c.at};
		y = take_number(&t, 4, 4, &digits);
		t.n = c.n;
		bool time =
		    (t.at + 2 < t.n && t.s[t.at + 1] == ':') || (t.at + 3 < t.n && t.s[t.at + 2] == ':');
		y = time ? y : -1;
		y4 = t;
	} else if (y >= 0 && digit_follows(&y4)) {
		y = -1;
	}
	bool short_year = y < 0;
	if (short_year) {
		y4 = c;
		y = take_number(&y4, 2, 2, NULL);
		if (y < 0 || digit_follows(&y4))
			return false;
	}
	ret->form = a != b ? DATE_MIXED : a == '/' ? DATE_SLASH : a == '-' ? DATE_DASH : DATE_DOT;
	/* 1.2.3.4 is a version or an address, 12.50.30 a sum with something after it */
	if (a == '.' && y4.at + 1 < y4.n && y4.s[y4.at] == '.' && text_is_digit(y4.s[y4.at + 1]))
		return false;
	/* "19- 10/03/2018": the date begins later; "5/40/160" and "02 - 12/48" count pieces in boxes */
	if (a != b && y4.at + 1 < y4.n && y4.s[y4.at] == b && text_is_digit(y4.s[y4.at + 1]))
		return false;
	if (uneven && short_year && ((y > 45 && y < 90) || month_digits < 2))
		return false;
	if (!settle(ret, y, m, d, true, short_year))
		return false;
	ret->end = (uint32_t)y4.at;
	return true;
}

static bool
month_inside(struct scan c, struct date *ret)
{
	int d = take_number(&c, 1, 2, NULL);
	if (d < 0)
		return false;
	if (c.at + 2 <= c.n && (memcmp(c.s + c.at, "ST", 2) == 0 || memcmp(c.s + c.at, "ND", 2) == 0 ||
	                        memcmp(c.s + c.at, "RD", 2) == 0 || memcmp(c.s + c.at, "TH", 2) == 0))
		c.at += 2;
	static const char day_of[] = " DAY OF "; /* "this 15th day of October, 2022" */
	if (c.at + sizeof day_of < c.n && memcmp(c.s + c.at, day_of, sizeof day_of - 1) == 0)
		c.at += sizeof day_of - 1;
	if (c.at < c.n && (c.s[c.at] == '"' || c.s[c.at] == '\''))
		c.at++;
	skip_joint(&c);
	if (c.at + 2 <= c.n && memcmp(c.s + c.at, "»", 2) == 0) {
		c.at += 2;
		skip_joint(&c);
	}
	int m = take_month(&c);
	if (m < 0)
		return false;
	skip_joint(&c);
	struct scan y4 = c;
	int y = take_number(&y4, 4, 4, NULL);
	bool short_year = y < 0;
	if (short_year) {
		y4 = c;
		y = take_number(&y4, 2, 2, NULL);
	}
	ret->form = DATE_WORD;
	if (y < 0 || digit_follows(&y4) || (short_year && y4.at < y4.n && y4.s[y4.at] == ':') ||
	    !settle(ret, y, m, d, false, short_year))
		return false;
	ret->end = (uint32_t)y4.at;
	return true;
}

static bool
month_first(struct scan c, struct date *ret)
{
	int m = take_month(&c);
	if (m < 0)
		return false;
	skip_joint(&c);
	int d = take_number(&c, 1, 2, NULL);
	if (d < 0)
		return false;
	if (c.at + 2 <= c.n && (memcmp(c.s + c.at, "ST", 2) == 0 || memcmp(c.s + c.at, "ND", 2) == 0 ||
	                        memcmp(c.s + c.at, "RD", 2) == 0 || memcmp(c.s + c.at, "TH", 2) == 0))
		c.at += 2;
	skip_joint(&c);
	int y = take_number(&c, 4, 4, NULL);
	ret->form = DATE_WORD_FIRST;
	if (y < 0 || digit_follows(&c) || !settle(ret, y, m, d, false, false))
		return false;
	ret->end = (uint32_t)c.at;
	return true;
}

/* 20181225 and 25122018, only in our time: any eight digits would do otherwise. */
static bool
solid(struct scan c, struct date *ret)
{
	int v = take_number(&c, 8, 8, NULL);
	if (v < 0)
		return false;
	ret->form = DATE_SOLID;
	ret->end = (uint32_t)c.at;
	int y = v / 10000;
	if (y >= 2000 && y <= 2040 && settle(ret, y, v / 100 % 100, v % 100, false, false))
		return true;
	y = v % 10000;
	return y >= 2000 && y <= 2040 && settle(ret, y, v / 10000 % 100, v / 1000000, false, false);
}

/* "03-04-06 - 5/40/160": counted on by another mark. */
static bool
counts_on(struct scan c, char mark)
{
	skip_spaces(&c, 1);
	if (c.at >= c.n || c.s[c.at++] != '-')
		return false;
	skip_spaces(&c, 1);
	if (take_number(&c, 1, 3, NULL) < 0 || c.at + 1 >= c.n)
		return false;
	return c.s[c.at] != mark && strchr("-/", c.s[c.at]) && text_is_digit(c.s[c.at + 1]);
}

bool
dates_counts_pieces(const char *s, size_t n, const struct date *d)
{
	if (!d->short_year || d->form == DATE_WORD || d->form == DATE_WORD_FIRST)
		return false;
	/* "11/3-21 - 12": a mark joins it to a number before it */
	if (d->start >= 2 && strchr("/-", s[d->start - 1]) && text_is_digit(s[d->start - 2]))
		return true;
	/* "MD22 - 12/96": two marks, blanks around one of them */
	if (d->form == DATE_MIXED && memchr(s + d->start, ' ', d->end - d->start))
		return true;
	return counts_on((struct scan){s, n, d->end}, d->form == DATE_SLASH  ? '/'
	                                              : d->form == DATE_DASH ? '-'
	                                                                     : '.');
}

size_t
dates_find(const char *s, size_t n, struct date *ret, size_t cap)
{
	size_t found = 0, i = 0;
	while (i < n && found < cap) {
		struct scan c = {s, n, i};
		struct date d = {.start = (uint32_t)i};
		bool ok = false;
		if (text_is_digit(s[i])) {
			/* "5.25/12/2018" is a sum and a date, "1.2.2018" is not a sum */
			bool point = i >= 2 && s[i - 1] == '.' && text_is_digit(s[i - 2]);
			ok = year_first(c, &d) || (!point && day_first(c, &d)) || month_inside(c, &d) ||
			     solid(c, &d);
			if (ok) {
				ret[found++] = d;
				i = d.end;
			} else {
				while (i < n && text_is_digit(s[i]))
					i++;
			}
			continue;
		}
		size_t w = letters(&c);
		if (w == 0) {
			i++;
			continue;
		}
		if (month_first(c, &d)) {
			ret[found++] = d;
			i = d.end;
		} else {
			i += w;
		}
	}
	return found;
}

int
dates_compare(const struct date *a, const struct date *b)
{
	int x = a->year * 10000 + a->month * 100 + a->day;
	int y = b->year * 10000 + b->month * 100 + b->day;
	return (x > y) - (x < y);
}

void
dates_text(const struct date *d, char ret[static DATE_TEXT_LEN])
{
	snprintf(ret, DATE_TEXT_LEN, "%04d-%02d-%02d", (unsigned)d->year % 10000, (unsigned)d->month % 100,
	         (unsigned)d->day % 100);
}

int
dates_time(const char *s, size_t n, size_t *len)
{
	struct scan c = {s, n, 0};
	int h = take_number(&c, 1, 2, NULL);
	if (h < 0 || h > 23)
		return -1;
	skip_spaces(&c, 1);
	if (c.at >= n || s[c.at] != ':')
		return -1;
	c.at++;
	skip_spaces(&c, 1);
	int m = take_number(&c, 2, 2, NULL);
	if (m < 0 || m > 59)
		return -1;
	struct scan sec = c;
	if (sec.at < n && s[sec.at] == ':') {
		sec.at++;
		int x = take_number(&sec, 2, 2, NULL);
		if (x >= 0 && x < 60)
			c = sec;
	}
	struct scan half = c;
	skip_spaces(&half, 1);
	if (half.at + 1 < n && (s[half.at] == 'A' || s[half.at] == 'P') && s[half.at + 1] == 'M') {
		if (s[half.at] == 'P' && h < 12)
			h += 12;
		else if (s[half.at] == 'A' && h == 12)
			h = 0;
		c.at = half.at + 2;
	}
	*len = c.at;
	return h * 60 + m;
}
