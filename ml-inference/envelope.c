#include "envelope.h"

#include "document.h"

struct cursor {
	const char *s;
	size_t n, at;
};

static void
skip_blanks(struct cursor *c)
{
	while (c->at < c->n && strchr(" \t\r\n", c->s[c->at]) && c->s[c->at])
		c->at++;
}

static bool
take(struct cursor *c, char ch)
{
	skip_blanks(c);
	if (c->at >= c->n || c->s[c->at] != ch)
		return false;
	c->at++;
	return true;
}

static bool
skip_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	while (c->at < c->n) {
		const char *end = memchr(c->s + c->at, '"', c->n - c->at);
		if (!end)
			return false;
		size_t q = (size_t)(end - c->s), back = 0;
		while (q - back > c->at && c->s[q - back - 1] == '\\')
			back++;
		c->at = q + 1;
		if (back % 2 == 0)
			return true;
	}
	return false;
}

/* Any value, however deep: brackets are counted, not followed. Whether it is well-formed inside is
 * found out by whoever reads it. */
static bool
skip_value(struct cursor *c)
{
	size_t depth = 0;
	do {
		skip_blanks(c);
		if (c->at >= c->n)
			return false;
		char ch = c->s[c->at];
		if (ch == '"') {
			if (!skip_string(c))
				return false;
		} else if (ch == '{' || ch == '[') {
			depth++;
			c->at++;
		} else if (ch == '}' || ch == ']') {
			if (depth == 0)
				return false;
			depth--;
			c->at++;
		} else if (ch == ',' || ch == ':') {
			if (depth == 0)
				return false;
			c->at++;
			continue;
		} else {
			size_t start = c->at;
			while (c->at < c->n && c->s[c->at] && !strchr(" \t\r\n,:{}[]\"", c->s[c->at]))
				c->at++;
			if (c->at == start)
				return false;
		}
	} while (depth > 0);
	return true;
}

static bool
key_is(const char *key, size_t n, const char *name)
{
	return n == strlen(name) + 2 && memcmp(key + 1, name, n - 2) == 0;
}

static enum err
bad(const struct cursor *c, const char *what, struct why *why)
{
	return fail(why, ERR_BAD_JSON, "the request is not valid JSON: %s at byte %zu", what, c->at);
}

/* "docket.document/1", and later "docket.document/1.4": the minor version is nobody's business. */
static enum err
check_schema(const char *schema, struct why *why)
{
	size_t n = strlen(DOCUMENT_SCHEMA);
	if (strncmp(schema, DOCUMENT_SCHEMA, n) == 0 && (schema[n] == '\0' || schema[n] == '.'))
		return ERR_NONE;
	return fail(why, ERR_SCHEMA, "the schema is \"%.60s\", this program reads %s", schema,
	            DOCUMENT_SCHEMA);
}

enum err
envelope_read(const char *s, size_t n, struct envelope *ret, struct why *why)
{
	struct cursor c = {s, n, 0};
	struct envelope e = {.schema = ""};
	if (!take(&c, '{'))
		return bad(&c, "an object was expected", why);
	bool more = !take(&c, '}');
	while (more) {
		skip_blanks(&c);
		const char *key = s + c.at;
		if (!skip_string(&c))
			return bad(&c, "a member's name was expected", why);
		size_t key_len = (size_t)(s + c.at - key);
		if (!take(&c, ':'))
			return bad(&c, "a colon was expected", why);
		skip_blanks(&c);
		const char *value = s + c.at;
		if (!skip_value(&c))
			return bad(&c, "a value was expected", why);
		size_t len = (size_t)(s + c.at - value);
		if (key_is(key, key_len, "schema") && value[0] == '"' && len - 2 < sizeof e.schema) {
			memcpy(e.schema, value + 1, len - 2);
			e.schema[len - 2] = '\0';
		} else if (key_is(key, key_len, "document")) {
			e.document = value;
			e.document_len = len;
		} else if (key_is(key, key_len, "memory") && value[0] == '{') {
			e.memory = value;
			e.memory_len = len;
		}
		more = take(&c, ',');
		if (!more && !take(&c, '}'))
			return bad(&c, "a comma or the end of the object was expected", why);
	}
	skip_blanks(&c);
	if (c.at != n)
		return bad(&c, "nothing was expected after the object", why);
	if (!e.schema[0])
		return fail(why, ERR_SCHEMA, "the request names no schema; this program reads %s",
		            DOCUMENT_SCHEMA);
	TRY(check_schema(e.schema, why));
	if (!e.document || e.document[0] != '{')
		return fail(why, ERR_INVALID, "the request holds no document");
	*ret = e;
	return ERR_NONE;
}
