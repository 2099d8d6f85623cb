#include "calendar_text.h"

#include <string.h>

#define FOLD 74 /* and the space that a folded line begins with */

size_t
calendar_cut(const char *text, size_t max)
{
	size_t n = strnlen(text, max + 1);
	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
		;
	return n;
}

static void
put_folded(struct buf *out, const char *line, size_t n)
{
	while (n > FOLD) {
		size_t take = FOLD;
		while (take > 0 && ((unsigned char)line[take] & 0xC0) == 0x80)
			take--; /* not inside a letter */
		take = take ? take : FOLD;
		buf_put(out, line, take);
		buf_puts(out, "\r\n ");
		line += take;
		n -= take;
	}
	buf_put(out, line, n);
	buf_puts(out, "\r\n");
}

void
calendar_line(struct buf *out, const char *name, const char *value)
{
	OWNED(buf_free) struct buf line = buf_init(8 * KIB);
	buf_printf(&line, "%s:%s", name, value);
	put_folded(out, line.data, line.len);
}

void
calendar_text(struct buf *out, const char *name, const char *text)
{
	OWNED(buf_free) struct buf line = buf_init(8 * KIB);
	buf_printf(&line, "%s:", name);
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			buf_puts(&line, "\\n");
		else if (strchr("\\;,", *c))
			buf_printf(&line, "\\%c", *c);
		else if ((unsigned char)*c >= ' ' && *c != 0x7F)
			buf_putc(&line, *c);
	}
	put_folded(out, line.data, line.len);
}
