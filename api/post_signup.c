/* POST /signup: an account and its first session. */
#include "account.h"
#include "observe.h"
#include "passwords.h"

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
	TRY(locale_ok(locale, why));
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
