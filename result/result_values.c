/* Fields, kinds of paper, and the values that a person gives them. */
#include "result_values.h"

#include "json_own.h"
#include "own.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX      1000 /* bytes of one value */
#define CODE_MAX      100
#define MONEY_DIGITS  15
#define QUANTITY_MOST 1e9
#define YEAR_FIRST    1800
#define YEAR_LAST     2200

#define FURTHEST_AHEAD_S (14 * 3600)

static const struct {
	const char *name;
	enum value_type type;
} fields[] = {
#define X(id, name, type, kinds, how) {name, VALUE_##type},
#include "fields.tbl.h"
#undef X
};
static const char *const doc_types[] = {
#define X(id, name) name,
#include "types.tbl.h"
#undef X
};

bool
result_field_type(const char *name, enum value_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strcmp(fields[i].name, name) == 0) {
			*ret = fields[i].type;
			return true;
		}
	return false;
}

bool
result_is_doc_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(doc_types); i++)
		if (strcmp(doc_types[i], name) == 0)
			return true;
	return false;
}

const char *
value_type_name(enum value_type t)
{
	static const char *const names[] = {"text", "date", "time", "money", "code", "number"};
	return names[t];
}

void
result_today(char ret[static RESULT_DATE_LEN])
{
	time_t there = time(NULL) + FURTHEST_AHEAD_S;
	struct tm tm;
	gmtime_r(&there, &tm);
	snprintf(ret, RESULT_DATE_LEN, "%04u-%02u-%02u", (unsigned)(tm.tm_year + 1900) % 10000u,
	         (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u);
}

/* ---- one value of each type ---- */

/* One line of print: blanks at the ends go, line ends become blanks, other control characters are refused. */
static enum err
read_text(const char *where, const json_t *given, size_t max, bool blanks, char *ret, struct why *why)
{
	const char *s = json_string_value(given);
	size_t n = json_string_length(given), m = 0;
	if (!s)
		return fail(why, ERR_INVALID, "%s: must be a string", where);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	while (n > 0 && isspace((unsigned char)*s))
		s++, n--;
	if (n == 0 || n > max)
		return fail(why, ERR_INVALID, "%s: 1 to %zu bytes", where, max);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
		if ((c < 0x20 && !blank) || c == 0x7F)
			return fail(why, ERR_INVALID, "%s: holds a control character", where);
		if (blank && !blanks)
			continue;
		ret[m++] = blank ? ' ' : (char)c;
	}
	ret[m] = '\0';
	return ERR_NONE;
}

static bool
digits(const char *s, size_t n, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (s[i] - '0');
	}
	return true;
}

static bool
is_date(const char *s)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y = 0, m = 0, d = 0;
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || !digits(s, 4, &y) || !digits(s + 5, 2, &m) ||
	    !digits(s + 8, 2, &d) || y < YEAR_FIRST || y > YEAR_LAST || m < 1 || m > 12 || d < 1)
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return d <= days[m - 1] + (m == 2 && leap);
}

static bool
is_time(const char *s)
{
	int h = 0, m = 0, sec = 0;
	size_t n = strlen(s);
	if ((n != 5 && n != 8) || s[2] != ':' || !digits(s, 2, &h) || !digits(s + 3, 2, &m))
		return false;
	if (n == 8 && (s[5] != ':' || !digits(s + 6, 2, &sec)))
		return false;
	return h < 24 && m < 60 && sec < 60;
}

static bool
is_currency(const char *s)
{
	return strlen(s) == 3 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* "-1234.5" -> -123450 hundredths. */
static bool
read_amount(const char *s, int64_t *ret)
{
	bool minus = *s == '-';
	int64_t v = 0;
	const char *p = s + minus;
	size_t whole = strspn(p, "0123456789");
	if (whole == 0 || whole > MONEY_DIGITS)
		return false;
	for (size_t i = 0; i < whole; i++)
		v = v * 10 + (p[i] - '0');
	p += whole;
	size_t part = 0;
	if (*p == '.') {
		part = strspn(++p, "0123456789");
		if (part == 0 || part > 2)
			return false;
	}
	for (size_t i = 0; i < 2; i++)
		v = v * 10 + (i < part ? p[i] - '0' : 0);
	if (p[part] != '\0')
		return false;
	*ret = minus ? -v : v;
	return true;
}

static enum err
read_money(const char *where, const json_t *given, const char *currency, json_t **value, json_t **normalized,
           struct why *why)
{
	const char *amount = json_get_str(given, "amount");
	const json_t *named = json_object_get(given, "currency");
	int64_t minor;
	const char *key;
	json_t *v;
	if (!json_is_object(given))
		return fail(why, ERR_INVALID, "%s: {\"amount\": \"12.50\", \"currency\": \"EUR\"}", where);
	json_object_foreach((json_t *)given, key, v)
	{
		if (strcmp(key, "amount") != 0 && strcmp(key, "currency") != 0)
			return fail(why, ERR_INVALID, "%s: no other member than amount and currency", where);
	}
	if (!amount || !read_amount(amount, &minor))
		return fail(why, ERR_INVALID, "%s.amount: a decimal number as a string, at most two decimals",
		            where);
	if (named && !json_is_null(named)) {
		currency = json_string_value(named);
		if (!currency || !is_currency(currency))
			return fail(why, ERR_INVALID, "%s.currency: three capital letters", where);
	} else if (named) {
		currency = NULL;
	}
	char text[32];
	int64_t a = minor < 0 ? -minor : minor;
	snprintf(text, sizeof text, "%s%lld.%02lld", minor < 0 ? "-" : "", (long long)(a / 100),
	         (long long)(a % 100));
	*value = json_string(amount);
	*normalized = json_pack("{s:s, s:I, s:i, s:s?}", "amount", text, "minor", (json_int_t)minor, "exp", 2,
	                        "currency", currency);
	return ERR_NONE;
}

static enum err
read_number(const char *where, const json_t *given, json_t **value, json_t **normalized, struct why *why)
{
	double v = json_number_value(given);
	if (!json_is_number(given) || !isfinite(v) || fabs(v) > QUANTITY_MOST)
		return fail(why, ERR_INVALID, "%s: a number of at most %.0f", where, QUANTITY_MOST);
	char text[40];
	snprintf(text, sizeof text, "%.10g", v);
	*value = json_string(text);
	*normalized = json_deep_copy(given);
	return ERR_NONE;
}

enum err
value_read(enum value_type type, const char *where, const json_t *given, const char *currency, json_t **value,
           json_t **normalized, struct why *why)
{
	char text[TEXT_MAX + 1] = "";
	switch (type) {
	case VALUE_MONEY:
		return read_money(where, given, currency, value, normalized, why);
	case VALUE_NUMBER:
		return read_number(where, given, value, normalized, why);
	case VALUE_TEXT:
		TRY(read_text(where, given, TEXT_MAX, true, text, why));
		break;
	case VALUE_CODE:
		TRY(read_text(where, given, CODE_MAX, false, text, why));
		if (strcmp(where, "currency") == 0 && !is_currency(text))
			return fail(why, ERR_INVALID, "%s: three capital letters", where);
		break;
	case VALUE_DATE:
		TRY(read_text(where, given, TEXT_MAX, true, text, why));
		if (!is_date(text))
			return fail(why, ERR_INVALID, "%s: a calendar date, as 2026-11-24", where);
		break;
	case VALUE_TIME:
		TRY(read_text(where, given, TEXT_MAX, true, text, why));
		if (!is_time(text))
			return fail(why, ERR_INVALID, "%s: a time of day, as 14:05", where);
		break;
	}
	*value = json_string(text);
	*normalized = json_string(text);
	if (!*value || !*normalized) {
		json_decref(*value);
		json_decref(*normalized);
		return fail(why, ERR_INVALID, "%s: no UTF-8", where);
	}
	return ERR_NONE;
}

enum err
region_check(const char *where, const json_t *region, struct why *why)
{
	const json_t *polygon = json_object_get(region, "polygon"), *page = json_object_get(region, "page");
	const char *key;
	json_t *v;
	size_t i;
	json_object_foreach((json_t *)region, key, v)
	{
		if (strcmp(key, "page") != 0 && strcmp(key, "polygon") != 0)
			return fail(why, ERR_INVALID, "%s.region: no other member than page and polygon",
			            where);
	}
	if (!json_is_integer(page) || json_integer_value(page) < 1 || json_integer_value(page) > 100000)
		return fail(why, ERR_INVALID, "%s.region.page: a page's number, from 1", where);
	if (json_array_size(polygon) != 8)
		return fail(why, ERR_INVALID, "%s.region.polygon: eight numbers", where);
	json_array_foreach((json_t *)polygon, i, v)
	{
		double x = json_number_value(v);
		if (!json_is_number(v) || !(x >= 0 && x <= 1))
			return fail(why, ERR_INVALID, "%s.region.polygon: numbers from 0 to 1", where);
	}
	return ERR_NONE;
}
