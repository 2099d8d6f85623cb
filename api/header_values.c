#include "header_values.h"

#include "uuid.h"

#include <arpa/inet.h>
#include <ctype.h>

static const char *
skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* UTF-8''a%20b: other character sets are not for us, their bytes are taken as they come. */
static void
decode_extended(const char *s, size_t n, char *ret, size_t cap)
{
	const char *mark = memchr(s, '\'', n);
	const char *second = mark ? memchr(mark + 1, '\'', n - (size_t)(mark + 1 - s)) : NULL;
	size_t i = second ? (size_t)(second + 1 - s) : 0, out = 0;
	while (i < n && out + 1 < cap) {
		if (s[i] == '%' && i + 2 < n && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
			int byte = hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]);
			ret[out++] = byte ? (char)byte : ' ';
			i += 3;
		} else {
			ret[out++] = s[i++];
		}
	}
	ret[out] = '\0';
}

/* Inside quotes: \" as RFC 9110, %22 as browsers write it in forms. A backslash before anything else
 * stays: some send Windows paths. */
static const char *
decode_quoted(const char *s, char *ret, size_t cap)
{
	size_t out = 0;
	while (*s && *s != '"') {
		char c = *s++;
		if (c == '\\' && (*s == '"' || *s == '\\'))
			c = *s++;
		else if (c == '%' && s[0] == '2' && s[1] == '2') {
			c = '"';
			s += 2;
		}
		if (out + 1 < cap)
			ret[out++] = c;
	}
	ret[out] = '\0';
	return *s == '"' ? s + 1 : s;
}

bool
header_parameter(const char *header, const char *name, char *ret, size_t cap)
{
	size_t len = strlen(name);
	bool found = false;
	const char *s = strchr(header, ';');
	while (s && *s == ';') {
		s = skip_space(s + 1);
		size_t n = strcspn(s, "=; \t");
		bool plain = n == len && strncasecmp(s, name, len) == 0;
		bool starred = n == len + 1 && strncasecmp(s, name, len) == 0 && s[len] == '*';
		s = skip_space(s + n);
		if (*s == '=') {
			s = skip_space(s + 1);
			if (*s == '"') {
				char drop[2];
				bool wanted = plain && !found;
				s = decode_quoted(s + 1, wanted ? ret : drop, wanted ? cap : sizeof drop);
				found |= plain;
			} else {
				size_t v = strcspn(s, "; \t\r\n");
				if (starred) {
					decode_extended(s, v, ret, cap);
					return true;
				}
				if (plain && !found) {
					snprintf(ret, cap, "%.*s", (int)(v < cap ? v : cap), s);
					found = true;
				}
				s += v;
			}
		}
		s = strchr(s, ';');
	}
	return found;
}

bool
cookie_value(const char *header, const char *name, char *ret, size_t cap)
{
	size_t len = strlen(name);
	for (const char *s = header; s && *s;) {
		s = skip_space(s);
		size_t pair = strcspn(s, ";");
		if (pair > len && s[len] == '=' && strncmp(s, name, len) == 0) {
			size_t n = pair - len - 1;
			const char *value = s + len + 1;
			while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
				n--;
			if (n >= cap)
				return false;
			memcpy(ret, value, n);
			ret[n] = '\0';
			return true;
		}
		s += pair;
		if (*s == ';')
			s++;
	}
	return false;
}

bool
etag_matches(const char *header, const char *etag)
{
	size_t len = strlen(etag);
	for (const char *s = header; s && *s;) {
		s += strspn(s, " \t,");
		if (*s == '*')
			return true;
		if (strncmp(s, "W/", 2) == 0)
			s += 2;
		size_t n;
		if (*s == '"') {
			const char *end = strchr(s + 1, '"');
			if (!end)
				return false;
			n = (size_t)(end + 1 - s);
		} else {
			n = strcspn(s, ", \t");
		}
		if (n == len && memcmp(s, etag, len) == 0)
			return true;
		s += n;
	}
	return false;
}

/* Among a coding's parameters, up to `end`, is a weight of zero: "q=0", "q=0.000". */
static bool
weighs_nothing(const char *s, const char *end)
{
	for (; s < end; s += strcspn(s, ";,")) {
		s += strspn(s, " \t;");
		if (strncasecmp(s, "q=", 2) != 0)
			continue;
		s += 2;
		return strchr(" \t;,", s[strspn(s, "0.")]) != NULL;
	}
	return false;
}

bool
coding_accepted(const char *header, const char *coding)
{
	size_t len = strlen(coding);
	for (const char *s = header; s && *s;) {
		s += strspn(s, " \t,");
		const char *end = s + strcspn(s, ",");
		if (strcspn(s, "; \t,") == len && strncasecmp(s, coding, len) == 0)
			return !weighs_nothing(s + len, end);
		s = end;
	}
	return false;
}

const char *
language_accepted(const char *header)
{
	static const char *const ours[] = {"en", "ru"};
	for (const char *s = header; s && *s; s += strcspn(s, ",")) {
		s += strspn(s, " \t,");
		size_t n = strcspn(s, "-;, \t");
		for (size_t i = 0; i < ARRAY_LEN(ours); i++)
			if (n == strlen(ours[i]) && strncasecmp(s, ours[i], n) == 0)
				return ours[i];
	}
	return ours[0];
}

/* Digits only, at most 18: no sign, no overflow. Returns the end, NULL when there are none. */
static const char *
read_number(const char *s, uint64_t *ret)
{
	uint64_t v = 0;
	int digits = 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (++digits > 18)
			return NULL;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*ret = v;
	return digits ? s : NULL;
}

bool
number_parse(const char *s, int64_t *ret)
{
	uint64_t v;
	const char *end = read_number(s, &v);
	if (!end || *end)
		return false;
	*ret = (int64_t)v;
	return true;
}

enum range
range_parse(const char *header, uint64_t size, uint64_t *ret_first, uint64_t *ret_len)
{
	static const char unit[] = "bytes=";
	if (!header || strncasecmp(header, unit, strlen(unit)) != 0)
		return RANGE_WHOLE;
	const char *s = skip_space(header + strlen(unit));
	uint64_t first, last;
	if (*s == '-') { /* the last n bytes */
		uint64_t n;
		const char *end = read_number(s + 1, &n);
		if (!end || *skip_space(end))
			return RANGE_WHOLE;
		if (n == 0 || size == 0)
			return RANGE_OUTSIDE;
		*ret_len = n < size ? n : size;
		*ret_first = size - *ret_len;
		return RANGE_PART;
	}
	s = read_number(s, &first);
	if (!s || *s != '-')
		return RANGE_WHOLE;
	s++;
	last = UINT64_MAX;
	if (*s >= '0' && *s <= '9')
		s = read_number(s, &last);
	if (!s || *skip_space(s) || last < first)
		return RANGE_WHOLE;
	if (first >= size)
		return RANGE_OUTSIDE;
	if (last >= size)
		last = size - 1;
	*ret_first = first;
	*ret_len = last - first + 1;
	return RANGE_PART;
}

const char *
attachment_header(struct arena *mem, const char *name)
{
	if (!name || !*name)
		return "attachment";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t n = strlen(name);
	char *old = arena_alloc(mem, n + 1), *extended = arena_alloc(mem, 3 * n + 1);
	if (!old || !extended)
		return NULL;
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];
		old[i] = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '%' ? (char)c : '_';
		if (strchr(plain, c))
			extended[at++] = (char)c;
		else
			at += (size_t)snprintf(extended + at, 4, "%%%02X", c);
	}
	return arena_printf(mem, "attachment; filename=\"%s\"; filename*=UTF-8''%s", old, extended);
}

bool
origin_is_ours(const char *origin, const char *host, const char *public_url)
{
	if (*public_url) {
		size_t n = strlen(public_url);
		const char *scheme_end = strstr(public_url, "://");
		const char *path = scheme_end ? strchr(scheme_end + 3, '/') : NULL;
		if (path)
			n = (size_t)(path - public_url);
		if (strlen(origin) == n && strncasecmp(origin, public_url, n) == 0)
			return true;
	}
	const char *authority = strstr(origin, "://");
	return authority && host && strcasecmp(authority + 3, host) == 0;
}

bool
request_id_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	return n >= 1 && n <= 64 && s[n] == '\0';
}

/* "[2001:db8::1]:443", "2001:db8::1%eth0", "192.0.2.1:80": the address in it. */
static void
bare_address(const char *s, char ret[static NETWORK_LEN])
{
	bool bracket = *s == '[';
	size_t n = bracket ? strcspn(++s, "]%") : strcspn(s, "%");
	const char *colon = memchr(s, ':', n);
	if (!bracket && colon && !memchr(colon + 1, ':', n - (size_t)(colon + 1 - s)))
		n = (size_t)(colon - s);
	snprintf(ret, NETWORK_LEN, "%.*s", (int)n, s);
}

void
address_network(const char *address, char ret[static NETWORK_LEN])
{
	struct in6_addr six;
	struct in_addr four;
	bare_address(address, ret);
	if (inet_pton(AF_INET, ret, &four) == 1)
		return;
	if (inet_pton(AF_INET6, ret, &six) != 1) {
		snprintf(ret, NETWORK_LEN, "%s", address);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		(void)!inet_ntop(AF_INET, six.s6_addr + 12, ret, NETWORK_LEN);
		return;
	}
	memset(six.s6_addr + 8, 0, 8);
	(void)!inet_ntop(AF_INET6, &six, ret, NETWORK_LEN);
}
