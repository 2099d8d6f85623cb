#include "account.h"

bool
looks_like_email(const char *s)
{
	size_t n = strlen(s);
	const char *at = strchr(s, '@');
	if (n > 254 || !at || at == s || at - s > 64 || strchr(at + 1, '@'))
		return false;
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7F || strchr("<>()[],;:\\\"", *c))
			return false;
	const char *domain = at + 1, *dot = strrchr(domain, '.');
	return dot && dot != domain && dot[1] && domain[0] != '-' && !strstr(domain, "..");
}

enum err
locale_ok(const char *locale, struct why *why)
{
	if (strcmp(locale, "en") != 0 && strcmp(locale, "ru") != 0)
		return fail(why, ERR_INVALID, "locale: en or ru");
	return ERR_NONE;
}

enum err
account_change(struct request *rq, struct user_change *change, struct why *why)
{
	const struct user *user;
	change->request_id = rq->request_id;
	TRY(storage_user_change(request_storage(rq), rq->user->id, change, rq->mem, &user, why));
	rq->user = user;
	return ERR_NONE;
}

void
account_json(struct request *rq, unsigned status, const char *pending)
{
	struct buf *out = answer_json(rq, status);
	buf_puts(out, "{\"user\":");
	user_json(out, request_settings(rq), rq->user);
	buf_puts(out, ",\"pending_email\":");
	text_or_null(out, pending);
	buf_puts(out, "}\n");
}
