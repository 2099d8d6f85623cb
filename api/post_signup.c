/* POST /signup: an account and its first session. */
#include "observe.h"
#include "passwords.h"
#include "session_tokens.h"

/* One @, something on both sides, a domain with a dot, no spaces: the rest only a letter can tell. */
static bool
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

static enum err
post_signup(struct request *rq, struct why *why)
{
	const struct settings *s = request_settings(rq);
	OWNED(json_release) json_t *body = NULL;
	const char *email, *password, *locale = "en";
	if (!s->api_signup)
		return fail(why, ERR_FORBIDDEN, "signing up is switched off here");
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 1000, &email, why));
	TRY(member_string(body, "password", 4096, &password, why));
	if (json_object_get(body, "locale"))
		TRY(member_string(body, "locale", 10, &locale, why));
	if (strcmp(locale, "en") != 0 && strcmp(locale, "ru") != 0)
		return fail(why, ERR_INVALID, "locale: en or ru");
	if (!looks_like_email(email))
		return fail(why, ERR_BAD_EMAIL, "%s", "");
	TRY(password_strong_enough(password, email, why));

	char hash[PASSWORD_HASH_LEN];
	TRY(password_hash(s, password, hash, why));
	const struct user *user;
	TRY(storage_user_create(request_storage(rq), email, hash, locale, rq->mem, &user, why));
	rq->user = user;
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.created");
	answer_header(rq, "Location", "/session");
	return session_begin(rq, user, 201, why);
}

const struct route route_post_signup = {.name = "POST /signup",
                                        .handle = post_signup,
                                        .runs = RUN_HASHING,
                                        .limit = LIMIT_AUTH,
                                        .body = BODY_JSON};
