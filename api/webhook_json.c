#include "webhook_json.h"

static const struct {
	enum webhook_event event;
	const char *name;
} events[] = {{EVENT_DOCUMENT_DONE, "document.done"}, {EVENT_DOCUMENT_FAILED, "document.failed"}};

void
webhook_json(struct buf *out, const struct webhook *w)
{
	char id[UUID_TEXT_LEN];
	const char *comma = "";
	uuid_text(w->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"url\":", id);
	text_or_null(out, w->url);
	buf_puts(out, ",\"events\":[");
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		if ((w->events & events[i].event) == 0)
			continue;
		buf_printf(out, "%s\"%s\"", comma, events[i].name);
		comma = ",";
	}
	buf_puts(out, "],\"created_at\":");
	time_or_null(out, w->created_ms);
	buf_putc(out, '}');
}

enum err
events_of(const json_t *list, uint32_t *ret, struct why *why)
{
	size_t i;
	const json_t *v;
	*ret = 0;
	json_array_foreach(list, i, v)
	{
		const char *name = json_string_value(v);
		bool known = false;
		for (size_t j = 0; name && j < ARRAY_LEN(events); j++) {
			if (strcmp(name, events[j].name) != 0)
				continue;
			*ret |= (uint32_t)events[j].event;
			known = true;
		}
		if (!known)
			return fail(why, ERR_INVALID, "events: of document.done, document.failed");
	}
	return *ret ? ERR_NONE : fail(why, ERR_INVALID, "events: at least one");
}

enum err
webhook_url_ok(const char *url, bool private, struct why *why)
{
	size_t scheme = strncasecmp(url, "https://", 8) == 0             ? 8
	                : private && strncasecmp(url, "http://", 7) == 0 ? 7
	                                                                 : 0;
	const char *host = url + scheme;
	size_t n = strcspn(host, "/?#");
	if (scheme == 0)
		return fail(why, ERR_ADDRESS_REFUSED, "url: https://...");
	if (n == 0 || host[0] == ':' || memchr(host, '@', n) || memchr(host, '\\', n))
		return fail(why, ERR_ADDRESS_REFUSED, "url: a host, and no user before it");
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7F)
			return fail(why, ERR_ADDRESS_REFUSED, "url: visible ASCII characters only");
	return ERR_NONE;
}
