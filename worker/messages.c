#include "messages.h"

#include "buf.h"
#include "clock.h"
#include "own.h"

#include <sodium.h>

#define LETTER_MAX (256 * KIB)
#define LINE_BYTES 57 /* of which base64 makes a line of 76 */

static void
put_base64(struct buf *out, const void *p, size_t n)
{
	char text[4 * LINE_BYTES];
	sodium_bin2base64(text, sizeof text, p, n, sodium_base64_VARIANT_ORIGINAL);
	buf_puts(out, text);
}

/* RFC 2047: words of at most 75 characters, none of which may part a letter. */
static void
put_subject(struct buf *out, const char *s)
{
	buf_puts(out, "Subject:");
	while (*s) {
		size_t n = strlen(s) < 45 ? strlen(s) : 45;
		while (s[n] && ((unsigned char)s[n] & 0xC0) == 0x80)
			n--;
		buf_puts(out, " =?UTF-8?B?");
		put_base64(out, s, n);
		buf_puts(out, "?=\r\n");
		s += n;
	}
}

static void
put_date(struct buf *out)
{
	char text[64];
	struct tm t;
	time_t now = (time_t)(clock_wall_ms() / 1000);
	gmtime_r(&now, &t);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &t);
	buf_printf(out, "Date: %s\r\n", text);
}

static void
put_letter(struct buf *out, const struct errand *e, const char *from, const char *to, const char *subject,
           const char *text)
{
	char id[UUID_TEXT_LEN];
	const char *domain = strchr(from, '@');
	uuid_text(e->id, id);
	buf_printf(out, "From: Docket <%s>\r\nTo: <%s>\r\n", from, to);
	put_subject(out, subject);
	put_date(out);
	buf_printf(out,
	           "Message-ID: <%s%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	           "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
	           id, domain ? domain : "@docket.invalid");
	for (size_t n = strlen(text); n > 0;) {
		size_t take = n < LINE_BYTES ? n : LINE_BYTES;
		put_base64(out, text, take);
		buf_puts(out, "\r\n");
		text += take;
		n -= take;
	}
}

enum err
letter_message(const struct errand *e, const struct errand_options *o, json_t **ret, struct why *why)
{
	OWNED(json_release) json_t *letter = NULL;
	TRY(json_parse(e->body ? e->body : "", e->body ? strlen(e->body) : 0, &letter, why));
	const char *to = json_get_str(letter, "to"), *subject = json_get_str(letter, "subject"),
	           *text = json_get_str(letter, "text");
	if (!to || !subject || !text)
		return fail(why, ERR_BROKEN, "the letter is not complete");
	if (!o->smtp[0])
		return fail(why, ERR_NO_MAIL, "mail has been switched off since");
	OWNED(buf_free) struct buf out = buf_init(LETTER_MAX);
	put_letter(&out, e, o->mail_from, to, subject, text);
	if (out.full)
		return fail(why, ERR_TOO_BIG, "a letter of over %zu bytes", (size_t)LETTER_MAX);
	*ret = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s}", "kind", "mail", "smtp", o->smtp, "tls",
	                 o->mail_tls, "user", o->mail_user, "password", o->mail_password, "from",
	                 o->mail_from, "to", to, "message", out.data);
	return *ret ? ERR_NONE : fail(why, ERR_BROKEN, "the letter is not UTF-8");
}

enum err
webhook_message(const struct errand *e, const struct webhook *w, const struct errand_options *o, json_t **ret,
                struct why *why)
{
	char id[UUID_TEXT_LEN], seconds[24], lines[3][160], mac_text[64];
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	const char *body = e->body ? e->body : "";
	uuid_text(e->id, id);
	snprintf(seconds, sizeof seconds, "%lld", (long long)(clock_wall_ms() / 1000));
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)w->secret, strlen(w->secret));
	const char *const parts[] = {id, ".", seconds, ".", body};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2base64(mac_text, sizeof mac_text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
	snprintf(lines[0], sizeof lines[0], "webhook-id: %s", id);
	snprintf(lines[1], sizeof lines[1], "webhook-timestamp: %s", seconds);
	snprintf(lines[2], sizeof lines[2], "webhook-signature: v1,%s", mac_text);
	*ret = json_pack("{s:s, s:s, s:s, s:b, s:[s, s, s]}", "kind", "webhook", "url", w->url, "body", body,
	                 "private", o->webhook_private, "headers", lines[0], lines[1], lines[2]);
	return *ret ? ERR_NONE : fail(why, ERR_BROKEN, "the webhook is not UTF-8");
}
