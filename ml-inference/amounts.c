#include "amounts.h"

#include "own.h"
#include "text.h"

struct mark {
	const char *text, *code;
};
/* Longer ones first. A plain $ is kept as USD only by callers who know nothing better. */
static const struct mark marks[] = {
    {"РУБЛЕЙ", "RUB"}, {"RUB", "RUB"}, {"РУБ", "RUB"}, {"MYR", "MYR"}, {"USD", "USD"}, {"EUR", "EUR"},
    {"GBP", "GBP"},    {"CHF", "CHF"}, {"INR", "INR"}, {"₹", "INR"},   {"S$", "SGD"},  {"US$", "USD"},
    {"RM", "MYR"},     {"€", "EUR"},   {"£", "GBP"},   {"₽", "RUB"}, {"$", "USD"},   {"KZT", "KZT"},
    {"₸", "KZT"},      {"BYN", "BYN"}, {"UAH", "UAH"}, {"ГРН", "UAH"}, {"₴", "UAH"},
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
	/* the thin blanks of typesetters */
	if (at + 2 < n && (memcmp(s + at, "\u2009", 3) == 0 || memcmp(s + at, "\u202f", 3) == 0))
		return 3;
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

#define MOST_MINOR 99999999999999 /* fourteen digits: what has more is no sum */

/* More than MOST_MINOR of what has more digits than that. */
static int64_t
digits_value(const char *s, size_t from, size_t to)
{
	int64_t v = 0;
	for (size_t i = from; i < to && v <= MOST_MINOR; i++)
		if (text_is_digit(s[i]))
			v = v * 10 + (s[i] - '0');
	return v;
}

/* "12 КОП." after roubles: the end behind it, 0 when there are none. */
static size_t
kopecks(const char *s, size_t n, size_t at)
{
	while (at < n && (s[at] == ' ' || s[at] == '.'))
		at++;
	size_t i = at + 2;
	if (digit_run(s, n, at) != 2)
		return 0;
	i += i < n && s[i] == ' ';
	return n - i >= strlen("КОП") && memcmp(s + i, "КОП", strlen("КОП")) == 0 ? i + strlen("КОП") : 0;
}

struct row {
	const char *before; /* what stands before `s` in its row */
	const char *s;
	size_t n;
};

/* Does `s`, up to `n`, end in a word that stands before a sum? */
static bool
ends_in_label(const char *s, size_t n)
{
	static const char *const labels[] = {"СУММА", "СУММЕ", "ИТОГО", "ВСЕГО", "ОПЛАТЕ"};
	while (n > 0 && strchr(" :.-", s[n - 1]))
		n--;
	for (size_t k = 0; k < ARRAY_LEN(labels); k++) {
		size_t len = strlen(labels[k]);
		if (n >= len && memcmp(s + n - len, labels[k], len) == 0)
			return true;
	}
	return false;
}

/* How payment orders write roubles and kopecks: "Сумма 5250-90", "Итого 300 000=00". Without such a word
 * before it or roubles behind it that is a range, a number or a code. Returns the end, 0 when it is none. */
static size_t
after_dash(const struct row *r, size_t at, size_t run)
{
	const char *s = r->s;
	size_t n = r->n, i = at + run, before = at, to;
	while (run <= 3 && i + 3 < n && s[i] == ' ' && digit_run(s, n, i + 1) == 3)
		i += 4;
	if (i + 2 >= n || (s[i] != '-' && s[i] != '=') || digit_run(s, n, i + 1) != 2)
		return 0;
	size_t end = i + 3;
	if (end + 1 < n && strchr(".,:/-=", s[end]) && text_is_digit(s[end + 1]))
		return 0;
	while (before > 0 && s[before - 1] == ' ')
		before--;
	bool labelled = before > 0 ? ends_in_label(s, before) : ends_in_label(r->before, strlen(r->before));
	const char *roubles = mark_after(s, n, end, &to);
	return labelled || (roubles && strcmp(roubles, "RUB") == 0) ? end : 0;
}

/* Without decimals it is a sum only where a mark of money stands beside it: "4 300 ₽", "£54", "1864
 * РУБ. 12 КОП.". */
static bool
whole_sum(const char *s, size_t n, size_t at, size_t run, struct amount *ret)
{
	size_t end = at + run, g, to, from = at;
	char mark = end < n ? s[end] : '\0';
	while (run <= 3 && (mark != '.') && (g = group_mark(s, n, end)) > 0 && s[end] == mark &&
	       digit_run(s, n, end + g) == 3)
		end += g + 3;
	bool goes_on = end + 1 < n && strchr(".,:/-", s[end]) && text_is_digit(s[end + 1]);
	bool came_on = at > 1 && strchr(":/-", s[at - 1]) && text_is_digit(s[at - 2]);
	if (goes_on || came_on || (s[at] == '0' && run > 1))
		return false;
	if (kopecks(s, n, at)) /* "двести рублей 90 копеек" */
		return false;
	const char *after = mark_after(s, n, end, &to), *before = mark_before(s, at, &from);
	bool symbol = before && strcmp(before, "MYR") != 0 && !(s[from] >= 'A' && s[from] <= 'Z');
	bool letter = end < n && s[end] >= 'A' && s[end] <= 'Z'; /* $100K */
	if (!(after && strcmp(after, "MYR") != 0) && !(symbol && !letter))
		return false;
	int64_t whole = digits_value(s, at, end);
	if (whole > MOST_MINOR / 100)
		return false;
	ret->minor = whole * 100;
	ret->start = ret->from = (uint32_t)at;
	ret->end = ret->to = (uint32_t)end;
	size_t small = after && strcmp(after, "RUB") == 0 ? kopecks(s, n, to) : 0;
	if (small) {
		ret->minor += digits_value(s, to, small);
		ret->end = ret->to = (uint32_t)small;
		ret->currency = after;
	}
	return true;
}

/* As India writes it, a lakh apart and a crore: 7,08,000.00. Returns where the decimals begin, 0 when it is
 * not so. */
static size_t
lakhs(const char *s, size_t n, size_t at, size_t run)
{
	size_t i = at + run, pairs = 0;
	if (run > 2)
		return 0;
	for (; i < n && s[i] == ',' && digit_run(s, n, i + 1) == 2; i += 3)
		pairs++;
	return pairs && i < n && s[i] == ',' && digit_run(s, n, i + 1) == 3 ? i + 4 : 0;
}

/* With thousands apart first, then plain; the first that ends in two decimals. */
static bool
number_at(const struct row *row, size_t at, struct amount *ret)
{
	const char *s = row->s;
	size_t n = row->n;
	size_t run = digit_run(s, n, at), end = 0, lakh;
	if (run == 0)
		return false;
	if ((lakh = lakhs(s, n, at, run)) > 0)
		end = decimals(s, n, lakh, ret);
	if (lakh && !end)
		return false;
	if (!end && run <= 3) {
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
	if (!end && run <= 8)
		end = after_dash(row, at, run);
	if (!end)
		return run <= 8 && whole_sum(s, n, at, run, ret);
	if (s[at] == '0' && run > 1)
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
	const char *known = a->currency; /* roubles between the digits of a sum */
	a->currency = mark_before(s, from, &from);
	if (known)
		a->currency = known;
	size_t i = from;
	if (i > 0 && (s[i - 1] == '-' || s[i - 1] == '(')) {
		bool bracket = s[i - 1] == '(';
		size_t close = a->end;
		a->negative =
		    bracket ? close < n && s[close] == ')'
		            : !(i > 1 && (text_is_digit(s[i - 2]) || text_is_letter((uint8_t)s[i - 2])));
		if (a->negative)
			from = i - 1;
	} else if (i >= 3 && memcmp(s + i - 3, "\u2212", 3) == 0) {
		a->negative = true;
		from = i - 3;
	} else if (a->start > 0 && s[a->start - 1] == '-' && a->start != from) {
		a->negative = true; /* RM-5.00 */
	}
	if (!a->currency)
		a->currency = mark_after(s, n, to, &to);
	a->from = (uint32_t)from;
	a->to = (uint32_t)to;
}

size_t
amounts_find(const char *before, const char *s, size_t n, struct amount *ret, size_t cap)
{
	const struct row row = {before, s, n};
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
		if (!inside && number_at(&row, i, &a)) {
			read_surroundings(s, n, &a);
			ret[found++] = a;
			i = a.end;
		} else {
			i += digit_run(s, n, i);
		}
	}
	return found;
}
