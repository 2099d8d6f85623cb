#include "csv.h"

#include <string.h>

void
csv_plain(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_putc(out, ',');
	buf_puts(out, text ? text : "");
}

/* What spreadsheets take for the beginning of a formula; those of full width too, where people type so. */
static bool
is_formula(const char *p, bool first)
{
	static const char *const wide[] = {"＝", "＋", "－", "＠"};
	p += strspn(p, " ");
	if (*p && strchr(first ? "=+-@|%\t\r\n" : "=+-@|%", *p))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(p, wide[i], strlen(wide[i])) == 0)
			return true;
	return false;
}

/* Where numbers are written with a comma a spreadsheet parts cells at semicolons, and then heeds no quotes in
 * the middle of one: what follows a semicolon, a tab or the end of a line may be a cell's beginning as well.
 */
void
csv_text(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_putc(out, ',');
	if (!text || !*text)
		return;
	buf_putc(out, '"');
	for (const char *p = text; *p; p++) {
		if ((p == text || strchr(";\t\r\n", p[-1])) && is_formula(p, p == text))
			buf_putc(out, '\'');
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
