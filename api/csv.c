#include "csv.h"

#include <string.h>

void
csv_plain(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_putc(out, ',');
	buf_puts(out, text ? text : "");
}

void
csv_text(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_putc(out, ',');
	if (!text || !*text)
		return;
	buf_putc(out, '"');
	if (strchr("=+-@\t\r\n|%", text[strspn(text, " ")]))
		buf_putc(out, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			buf_putc(out, '"');
		buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

void
csv_end_row(struct buf *out)
{
	buf_puts(out, "\r\n");
}
