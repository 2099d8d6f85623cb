/* W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/ */
#include "trace.h"

#include "uuid.h"

/* n bytes from 2n digits; W3C allows only lower case. */
static bool
take_hex(const char *s, uint8_t *ret, size_t n)
{
	char digits[33];
	snprintf(digits, sizeof digits, "%.*s", (int)(2 * n), s);
	return strspn(digits, "0123456789abcdef") == 2 * n && hex_parse(digits, ret, n);
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

bool
trace_parse(const char *t, struct trace_context *ret)
{
	struct trace_context c;
	uint8_t version, flags;
	size_t len = t ? strnlen(t, 512) : 0;
	if (len < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-')
		return false;
	if (!take_hex(t, &version, 1) || !take_hex(t + 3, c.trace_id, 16) ||
	    !take_hex(t + 36, c.span_id, 8) || !take_hex(t + 53, &flags, 1))
		return false;
	/* Version ff is forbidden; a later one than ours may only add after another dash. */
	if (version == 0xff || (version == 0 ? len != 55 : len > 55 && t[55] != '-'))
		return false;
	if (all_zero(c.trace_id, 16) || all_zero(c.span_id, 8))
		return false;
	c.sampled = flags & 1;
	*ret = c;
	return true;
}

void
trace_id_text(const struct trace_context *c, char ret[static TRACE_ID_LEN])
{
	hex_text(c->trace_id, 16, ret);
}

void
trace_text(const struct trace_context *c, char ret[static TRACEPARENT_LEN])
{
	char trace[TRACE_ID_LEN], span[17];
	hex_text(c->trace_id, 16, trace);
	hex_text(c->span_id, 8, span);
	snprintf(ret, TRACEPARENT_LEN, "00-%s-%s-%s", trace, span, c->sampled ? "01" : "00");
}
