#include "amounts.h"

#include "own.h"
#include "text.h"

struct mark {
	const char *text, *code;
};
/* Longer ones first. A plain $ is kept as USD only by callers who know nothing better. */
static const struct mark marks[] = {
    {"РУБЛЕЙ", "RUB"}, {"RUB", "RUB"}, {"РУБ", "RUB"}, {"MYR", "MYR"}, {"USD", "USD"},
    {"EUR", "EUR"},    {"GBP", "GBP"}, {"CHF", "CHF"}, {"S$", "SGD"},  {"US$", "USD"},
    {"RM", "MYR"},     {"€", "EUR"},   {"£", "GBP"},   {"₽", "RUB"}, {"$", "USD"},
};

static const char *
mark_before(const char *s, size_t at, size_t *from)
{
	size_t i = at;
	for (int blanks = 0; i > 0 && s[i - 1] == ' ' && blanks < 2; blanks++)
		i--;
	for (size_t m = 0; m < ARRAY_LEN(marks); m++) {
		size_t k = strlen(marks[m].text);
		if (i < k || memcmp(s + i - k, marks[m].text, k) != 0)
			continue;
		bool word = (uint8_t)marks[m].text[0] < 128 && marks[m].text[0] >= 'A';
		if (word && i > k && s[i - k - 1] >= 'A' && s[i - k - 1] <= 'Z')
			continue; /* ARM 5.00 */
		*from = i - k;
		return marks[m].code;
	}
	return NULL;
}

static const char *
mark_after(const char *s, size_t n, size_t at, size_t *to)
{
	size_t i = at;
	while (i < n && s[i] == ' ' && i - at < 2)
		i++;
	for (size_t m = 0; m < ARRAY_LEN(marks); m++) {
		size_t k = strlen(marks[m].text);
		if (n - i < k || memcmp(s + i, marks[m].text, k) != 0 || strcmp(marks[m].text, "$") == 0 ||
		    strcmp(marks[m].text, "S$") == 0)
			continue;
		size_t len;
		bool word = (uint8_t)marks[m].text[0] != 0xE2 && marks[m].text[0] != (char)0xC2;
		if (word && i + k < n && text_is_letter(text_decode(s + i + k, n - i - k, &len)))
			continue;
		*to = i + k;
		return marks[m].code;
	}
	return NULL;
}

static size_t
digit_run(const char *s, size_t n, size_t at)
{
	size_t k = 0;
	while (at + k < n && text_is_digit(s[at + k]))
		k++;
	return k;
}

/* The mark between thousands at `at`: its length in bytes, 0 for none. */
static size_t
group_mark(const char *s, size_t n, size_t at)
{
	if (at < n && (s[at] == ',' || s[at] == ' ' || s[at] == '.' || s[at] == '\''))
		return 1;
	if (at + 1 < n && (uint8_t)s[at] == 0xC2 && (uint8_t)s[at + 1] == 0xA0)
		return 2;
	return 0;
}

/* The decimal mark and two digits at `at`; returns the end, 0 when there are none. */
static size_t
decimals(const char *s, size_t n, size_t at, struct amount *ret)
{
	size_t i = at;
	bool blank = false;
	if (i < n && s[i] == ' ') {
		i++;
		blank = true;
	}
	if (i >= n || (s[i] != '.' && s[i] != ','))
		return 0;
	ret->comma = s[i] == ',';
	i++;
	if (i < n && s[i] == ' ') {
		i++;
		blank = true;
	}
	if (digit_run(s, n, i) != 2)
		return 0;
	size_t end = i + 2;
	if (end < n && s[end] == '%')
		return 0;
	if (end + 1 < n && s[end] == ' ' && s[end + 1] == '%')
		return 0;
	/* 12.30.2018, 12.30-5, 12.30/3 go on: no sum */
	if (end + 1 < n && strchr("./-", s[end]) && text_is_digit(s[end + 1]))
		return 0;
	ret->blank = blank;
	return end;
}

static int64_t
digits_value(const char *s, size_t from, size_t to)
{
	int64_t v = 0;
	for (size_t i = from; i < to; i++)
		if (text_is_digit(s[i]))
			v = v * 10 + (s[i] - '0');
	return v;
}

/* With thousands apart first, then plain; the first that ends in two decimals. */
static bool
number_at(const char *s, size_t n, size_t at, struct amount *ret)
{
	size_t run = digit_run(s, n, at), end = 0;
	if (run == 0)
		return false;
	if (run <= 3) {
		size_t i = at + run, groups = 0, g;
		char mark = i < n ? s[i] : '\0';
		while (groups < 3 && (g = group_mark(s, n, i)) > 0 && s[i] == mark &&
		       digit_run(s, n, i + g) == 3) {
			i += g + 3;
			groups++;
			end = decimals(s, n, i, ret);
			if (end && !(mark == '.' && !ret->comma))
				break;
			end = 0;
		}
	}
	if (!end && run <= 8)
		end = decimals(s, n, at + run, ret);
	if (!end || (s[at] == '0' && run > 1))
		return false;
	ret->minor = digits_value(s, at, end);
	ret->start = ret->from = (uint32_t)at;
	ret->end = ret->to = (uint32_t)end;
	return true;
}

/* ".05": how tills print a rounding. */
static bool
bare_decimals(const char *s, size_t n, size_t at, struct amount *ret)
{
	bool alone = at == 0 || s[at - 1] == ' ' || s[at - 1] == '-' || s[at - 1] == '(';
	size_t end = s[at] == '.' && alone ? decimals(s, n, at, ret) : 0;
	if (!end || ret->blank)
		return false;
	ret->minor = digits_value(s, at, end);
	ret->start = ret->from = (uint32_t)at;
	ret->end = ret->to = (uint32_t)end;
	return true;
}

static void
read_surroundings(const char *s, size_t n, struct amount *a)
{
	size_t from = a->start, to = a->end;
	a->currency = mark_before(s, from, &from);
	size_t i = from;
	if (i > 0 && (s[i - 1] == '-' || s[i - 1] == '(')) {
		bool bracket = s[i - 1] == '(';
		size_t close = a->end;
		a->negative =
		    bracket ? close < n && s[close] == ')'
		            : !(i > 1 && (text_is_digit(s[i - 2]) || text_is_letter((uint8_t)s[i - 2])));
		if (a->negative)
			from = i - 1;
	} else if (a->start > 0 && s[a->start - 1] == '-' && a->start != from) {
		a->negative = true; /* RM-5.00 */
	}
	if (!a->currency)
		a->currency = mark_after(s, n, to, &to);
	a->from = (uint32_t)from;
	a->to = (uint32_t)to;
}

size_t
amounts_find(const char *s, size_t n, struct amount *ret, size_t cap)
{
	size_t found = 0, i = 0;
	while (i < n && found < cap) {
		struct amount a = {0};
		if (bare_decimals(s, n, i, &a)) {
			read_surroundings(s, n, &a);
			ret[found++] = a;
			i = a.end;
			continue;
		}
		if (!text_is_digit(s[i])) {
			i++;
			continue;
		}
		bool inside = i >= 2 && (s[i - 1] == '.' || s[i - 1] == ',') && text_is_digit(s[i - 2]);
		if (!inside && number_at(s, n, i, &a)) {
			read_surroundings(s, n, &a);
			ret[found++] = a;
			i = a.end;
		} else {
			i += digit_run(s, n, i);
		}
	}
	return found;
}
