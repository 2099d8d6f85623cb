#include "json_pull.h"

#include "uuid.h"

#include <math.h>
#include <stdarg.h>
#include <utf8proc.h>

#define DEPTH_MAX 64

enum err
pull_fail(const struct json_pull *j, const char *fmt, ...)
{
	char text[160];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return fail(j->why, ERR_BAD_DOCUMENT, "byte %zu: %s", (size_t)(j->at - j->start), text);
}

static void
space(struct json_pull *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t'))
		j->at++;
}

static char
peek(struct json_pull *j)
{
	space(j);
	return j->at < j->end ? *j->at : '\0';
}

static enum err
expect(struct json_pull *j, char c)
{
	if (peek(j) != c)
		return pull_fail(j, "'%c' expected", c);
	j->at++;
	return ERR_NONE;
}

enum err
pull_enter(struct json_pull *j, char bracket)
{
	TRY(expect(j, bracket));
	j->first = true;
	return ERR_NONE;
}

/* Past the comma before the next entry, or past the closing bracket. */
static enum err
next(struct json_pull *j, char closing, bool *ret_more)
{
	if (peek(j) == closing) {
		j->at++;
		j->first = false;
		*ret_more = false;
		return ERR_NONE;
	}
	if (!j->first)
		TRY(expect(j, ','));
	j->first = false;
	*ret_more = true;
	return ERR_NONE;
}

enum err
pull_item(struct json_pull *j, bool *ret_more)
{
	return next(j, ']', ret_more);
}

static enum err
four_digits(struct json_pull *j, uint32_t *ret)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++, j->at++) {
		int d = j->at < j->end ? hex_digit(*j->at) : -1;
		if (d < 0)
			return pull_fail(j, "four hexadecimal digits expected");
		v = v * 16 + (uint32_t)d;
	}
	*ret = v;
	return ERR_NONE;
}

/* After "\u": one code point, from two escapes where it is a surrogate pair. */
static enum err
code_point(struct json_pull *j, uint32_t *ret)
{
	uint32_t high = 0, low = 0; /* the analyzer does not follow pull_fail() this far */
	TRY(four_digits(j, &high));
	if (high >= 0xDC00 && high <= 0xDFFF)
		return pull_fail(j, "half a surrogate pair");
	if (high >= 0xD800 && high <= 0xDBFF) {
		if (j->end - j->at < 2 || j->at[0] != '\\' || j->at[1] != 'u')
			return pull_fail(j, "half a surrogate pair");
		j->at += 2;
		TRY(four_digits(j, &low));
		if (low < 0xDC00 || low > 0xDFFF)
			return pull_fail(j, "half a surrogate pair");
		high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
	}
	if (high == 0)
		return pull_fail(j, "NUL in a string");
	*ret = high;
	return ERR_NONE;
}

/* One character of a string, decoded into at most 4 bytes. */
static enum err
character(struct json_pull *j, char out[static 4], size_t *ret_n)
{
	static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	utf8proc_int32_t c;
	if ((unsigned char)*j->at < 0x20)
		return pull_fail(j, "control character in a string");
	if (*j->at != '\\') {
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)j->at, j->end - j->at, &c);
		if (n <= 0)
			return pull_fail(j, "not UTF-8");
		memcpy(out, j->at, (size_t)n);
		j->at += n;
		*ret_n = (size_t)n;
		return ERR_NONE;
	}
	j->at++;
	const char *p = j->at < j->end && *j->at ? strchr(plain, *j->at) : NULL;
	if (p) {
		out[0] = meant[p - plain];
		*ret_n = 1;
		j->at++;
		return ERR_NONE;
	}
	if (j->at == j->end || *j->at != 'u')
		return pull_fail(j, "unknown escape");
	j->at++;
	uint32_t u = 0;
	TRY(code_point(j, &u));
	*ret_n = (size_t)utf8proc_encode_char((utf8proc_int32_t)u, (utf8proc_uint8_t *)out);
	return ERR_NONE;
}

/* A string into at most `cap` bytes and a NUL; what is over is read, checked and counted, not kept. */
static enum err
string_into(struct json_pull *j, char *out, size_t cap, size_t *ret_len)
{
	TRY(expect(j, '"'));
	size_t len = 0;
	while (j->at < j->end && *j->at != '"') {
		char c[4];
		size_t n = 0;
		TRY(character(j, c, &n));
		if (len + n <= cap)
			memcpy(out + len, c, n);
		len += n;
	}
	TRY(expect(j, '"'));
	out[len <= cap ? len : 0] = '\0';
	*ret_len = len;
	return ERR_NONE;
}

/* The bytes a string takes as it stands: never fewer than it has when decoded. */
static size_t
raw_length(const struct json_pull *j)
{
	const char *p = j->at + 1;
	while (p < j->end && *p != '"')
		p += *p == '\\' && p + 1 < j->end ? 2 : 1;
	return (size_t)(p - j->at) - 1;
}

enum err
pull_string(struct json_pull *j, size_t limit, const char **ret)
{
	if (peek(j) != '"')
		return pull_fail(j, "a string expected");
	size_t cap = raw_length(j), len;
	if (cap > limit * 6) /* every character may be written as \uXXXX */
		return pull_fail(j, "a string of more than %zu bytes", limit);
	char *s;
	ARENA_TRY(s, arena_alloc(j->mem, cap + 1), j->mem, j->why);
	TRY(string_into(j, s, cap, &len));
	if (len > limit)
		return pull_fail(j, "a string of %zu bytes, limit %zu", len, limit);
	*ret = s;
	return ERR_NONE;
}

enum err
pull_field(struct json_pull *j, const char *const *names, int n, uint32_t *seen, int *ret)
{
	for (;;) {
		bool more = false;
		TRY(next(j, '}', &more));
		if (!more) {
			*ret = -1;
			return ERR_NONE;
		}
		char name[64];
		size_t len;
		if (peek(j) != '"')
			return pull_fail(j, "a name expected");
		TRY(string_into(j, name, sizeof name - 1, &len));
		TRY(expect(j, ':'));
		int i = 0;
		while (i < n && strcmp(name, names[i]) != 0)
			i++;
		if (i == n || len >= sizeof name) {
			TRY(pull_skip(j));
			continue;
		}
		if (*seen & 1u << i)
			return pull_fail(j, "\"%s\" twice", name);
		*seen |= 1u << i;
		*ret = i;
		return ERR_NONE;
	}
}

enum err
pull_number(struct json_pull *j, double min, double max, double *ret)
{
	/* Not strtod(): it reads by the locale's decimal point and needs a NUL. */
	peek(j);
	const char *start = j->at;
	bool negative = j->at < j->end && *j->at == '-';
	if (negative)
		j->at++;
	double v = 0, scale = 1;
	int digits = 0;
	for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++, digits++)
		v = v * 10 + (*j->at - '0');
	if (digits == 0 || digits > 300)
		return pull_fail(j, "a number expected");
	if (j->at < j->end && *j->at == '.') {
		j->at++;
		const char *fraction = j->at;
		for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++) {
			scale /= 10;
			v += scale * (*j->at - '0');
		}
		if (j->at == fraction)
			return pull_fail(j, "digits expected after the point");
	}
	if (j->at < j->end && (*j->at == 'e' || *j->at == 'E')) {
		j->at++;
		bool down = j->at < j->end && *j->at == '-';
		if (j->at < j->end && (*j->at == '-' || *j->at == '+'))
			j->at++;
		const char *exponent = j->at;
		int e = 0;
		for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++)
			e = e < 1000 ? e * 10 + (*j->at - '0') : e;
		if (j->at == exponent)
			return pull_fail(j, "digits expected in the exponent");
		v *= pow(10, down ? -e : e);
	}
	v = negative ? -v : v;
	if (!(v >= min && v <= max)) {
		j->at = start;
		return pull_fail(j, "a number outside %g to %g", min, max);
	}
	*ret = v;
	return ERR_NONE;
}

enum err
pull_integer(struct json_pull *j, int64_t min, int64_t max, int64_t *ret)
{
	double v = 0;
	TRY(pull_number(j, (double)min, (double)max, &v));
	if (v != floor(v))
		return pull_fail(j, "a whole number expected");
	*ret = (int64_t)v;
	return ERR_NONE;
}

static enum err
literal(struct json_pull *j, const char *word)
{
	size_t n = strlen(word);
	if ((size_t)(j->end - j->at) < n || memcmp(j->at, word, n) != 0)
		return pull_fail(j, "a value expected");
	j->at += n;
	return ERR_NONE;
}

enum err
pull_bool(struct json_pull *j, bool *ret)
{
	*ret = peek(j) == 't';
	return literal(j, *ret ? "true" : "false");
}

/* Skips without recursion: a stack of the brackets still open. */
enum err
pull_skip(struct json_pull *j)
{
	char open[DEPTH_MAX];
	int depth = 0;
	do {
		char c = peek(j);
		bool more = true;
		if (c == '{' || c == '[') {
			if (depth == DEPTH_MAX)
				return pull_fail(j, "nested deeper than %d", DEPTH_MAX);
			open[depth++] = c;
			TRY(pull_enter(j, c));
		} else if (c == '"') {
			char none[1];
			size_t len;
			TRY(string_into(j, none, 0, &len));
		} else if (c == 't') {
			TRY(literal(j, "true"));
		} else if (c == 'f') {
			TRY(literal(j, "false"));
		} else if (c == 'n') {
			TRY(literal(j, "null"));
		} else {
			double v;
			TRY(pull_number(j, -INFINITY, INFINITY, &v));
		}
		while (depth > 0) { /* close what ends here, then stand before the next value */
			TRY(next(j, open[depth - 1] == '{' ? '}' : ']', &more));
			if (more)
				break;
			depth--;
		}
		if (depth > 0 && open[depth - 1] == '{') {
			char none[1];
			size_t len;
			TRY(string_into(j, none, 0, &len));
			TRY(expect(j, ':'));
		}
	} while (depth > 0);
	j->first = false;
	return ERR_NONE;
}

enum err
pull_count(struct json_pull *j, size_t limit, const char *what, size_t *ret)
{
	struct json_pull ahead = *j;
	size_t n = 0;
	TRY(pull_enter(&ahead, '['));
	for (;;) {
		bool more = false;
		TRY(pull_item(&ahead, &more));
		if (!more)
			break;
		if (++n > limit)
			return fail(j->why, ERR_TOO_BIG, "more than %zu %s", limit, what);
		TRY(pull_skip(&ahead));
	}
	*ret = n;
	return ERR_NONE;
}

enum err
pull_end(struct json_pull *j)
{
	space(j);
	return j->at == j->end ? ERR_NONE : pull_fail(j, "something follows the end");
}
