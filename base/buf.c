#include "buf.h"

#include "utf8.h"

#include <stdarg.h>

struct buf
buf_init(size_t ceiling)
{
	return (struct buf){.ceiling = ceiling};
}

struct buf
buf_on(char *space, size_t size)
{
	space[0] = '\0';
	return (struct buf){.data = space, .cap = size, .ceiling = size - 1, .lent = true};
}

void
buf_free(struct buf *b)
{
	if (b->lent)
		return;
	free(b->data);
	*b = (struct buf){.ceiling = b->ceiling};
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
	b->full = false;
}

/* Room for n more bytes and the NUL, or `full`. */
static bool
room(struct buf *b, size_t n)
{
	if (b->full || n > b->ceiling || b->len > b->ceiling - n) {
		b->full = true;
		return false;
	}
	if (b->data && b->len + n + 1 <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 256;
	while (cap < b->len + n + 1)
		cap *= 2;
	char *p = realloc(b->data, cap);
	if (!p) {
		b->full = true;
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (!room(b, n))
		return;
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

/* Most texts fit into what is there already; only what does not is written twice. */
void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t space = b->data && !b->full ? b->cap - b->len : 0;
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(space ? b->data + b->len : NULL, space, fmt, ap);
	va_end(ap);
	if (n >= 0 && room(b, (size_t)n)) {
		if ((size_t)n >= space)
			vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	} else if (space) {
		b->data[b->len] = '\0';
	}
	va_end(again);
}

/* How many bytes from s on stand in a JSON string as they are. */
static size_t
plain_run(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t len = utf8_sequence(s + i, n - i);
		if (len == 0 || c == '"' || c == '\\' || c < 0x20 || c == 0x7F)
			break;
		i += len;
	}
	return i;
}

void
buf_json_string(struct buf *b, const char *s, size_t n)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < n; i++) {
		size_t run = plain_run(s + i, n - i);
		buf_put(b, s + i, run);
		i += run;
		if (i == n)
			break;
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x80)
			buf_puts(b, "\xEF\xBF\xBD");
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else
			buf_printf(b, "\\u%04x", c);
	}
	buf_putc(b, '"');
}

char *
buf_take(struct buf *b, size_t *ret_len)
{
	if (b->lent)
		BUG("a lent buffer cannot be handed on");
	if (!b->data)
		buf_puts(b, "");
	char *p = b->data;
	if (ret_len)
		*ret_len = b->len;
	b->data = NULL;
	b->len = b->cap = 0;
	return p;
}
