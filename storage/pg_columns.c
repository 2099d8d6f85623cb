#include "pg_columns.h"

void
add_text_n(struct buf *b, const char *s, size_t n)
{
	buf_putc(b, b->len ? ',' : '{');
	if (!s) {
		buf_puts(b, "NULL");
		return;
	}
	buf_putc(b, '"');
	for (size_t at = 0; at < n;) {
		size_t plain = 0;
		while (at + plain < n && s[at + plain] != '"' && s[at + plain] != '\\')
			plain++;
		buf_put(b, s + at, plain);
		at += plain;
		if (at < n) {
			buf_putc(b, '\\');
			buf_putc(b, s[at++]);
		}
	}
	buf_putc(b, '"');
}

void
add_text(struct buf *b, const char *s)
{
	add_text_n(b, s, s ? strlen(s) : 0);
}

void
add_int(struct buf *b, int64_t n)
{
	buf_printf(b, "%c%lld", b->len ? ',' : '{', (long long)n);
}

void
add_uuid(struct buf *b, struct uuid u)
{
	char text[UUID_TEXT_LEN];
	uuid_text(u, text);
	buf_printf(b, "%c%s", b->len ? ',' : '{', text);
}

void
arg_column(struct pg_call *q, struct buf *b)
{
	buf_puts(b, b->len ? "}" : "{}");
	arg_text(q, b->data);
}
