#include "json_values.h"

#include "clock.h"
#include "second_factor.h"

void
text_or_null(struct buf *out, const char *text)
{
	if (text)
		buf_json_string(out, text, strlen(text));
	else
		buf_puts(out, "null");
}

void
time_or_null(struct buf *out, int64_t ms)
{
	char text[CLOCK_TEXT_LEN];
	if (ms == 0) {
		buf_puts(out, "null");
		return;
	}
	clock_text(ms, text);
	buf_putc(out, '"');
	buf_puts(out, text);
	buf_putc(out, '"');
}

void
user_json(struct buf *out, const struct settings *s, const struct user *user)
{
	char id[UUID_TEXT_LEN];
	uuid_text(user->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"email\":", id);
	text_or_null(out, user->email);
	buf_puts(out, ",\"locale\":");
	text_or_null(out, user->locale);
	buf_printf(out,
	           ",\"role\":\"%s\",\"email_verified\":%s,\"second_factor\":%s,"
	           "\"second_factor_needed\":%s,\"deletion_at\":",
	           user->role == ROLE_ADMIN ? "admin" : "user", user->verified_ms ? "true" : "false",
	           user->second_factor ? "true" : "false", second_factor_lacking(s, user) ? "true" : "false");
	time_or_null(out, user->delete_ms);
	buf_putc(out, '}');
}

void
id_or_null(struct buf *out, struct uuid id)
{
	char text[UUID_TEXT_LEN];
	uuid_text(id, text);
	text_or_null(out, uuid_is_nil(id) ? NULL : text);
}

void
money_or_null(struct buf *out, const char *amount, const char *currency)
{
	if (!amount) {
		buf_puts(out, "null");
		return;
	}
	buf_puts(out, "{\"amount\":");
	text_or_null(out, amount);
	buf_puts(out, ",\"currency\":");
	text_or_null(out, currency);
	buf_putc(out, '}');
}

void
lines_json(struct buf *out, const char *lines)
{
	buf_putc(out, '[');
	for (const char *p = lines; p && *p;) {
		size_t n = strcspn(p, "\n");
		if (p != lines)
			buf_putc(out, ',');
		buf_json_string(out, p, n);
		p += n + (p[n] == '\n');
	}
	buf_putc(out, ']');
}

void
list_end_json(struct buf *out, bool more, struct uuid last)
{
	buf_puts(out, "],\"next_cursor\":");
	id_or_null(out, more ? last : (struct uuid){{0}});
	buf_puts(out, "}\n");
}
