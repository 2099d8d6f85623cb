/* POST /signup: an account and its first session. */
#include "account.h"
#include "clock.h"
#include "letters.h"
#include "observe.h"
#include "passwords.h"

/* Is the address in one of the domains that may sign up by themselves? */
static bool
domain_may(const struct settings *s, const char *email)
{
	const char *domain = strchr(email, '@') + 1;
	if (!s->api_signup_domains[0])
		return true;
	for (const char *at = s->api_signup_domains; *at;) {
		size_t n = strcspn(at, ", ");
		if (n > 0 && n == strlen(domain) && strncasecmp(at, domain, n) == 0)
			return true;
		at += n + (at[n] != '\0');
	}
	return false;
}

/* May they at all? Who comes with an invitation may, if it is good and theirs: it is looked at now and used
 * up when everything else is right. */
static enum err
check_door(struct request *rq, const json_t *body, const char *email,
           uint8_t invitation[static TOKEN_HASH_LEN], bool *invited, struct why *why)
{
	const struct settings *s = request_settings(rq);
	const char *token;
	const struct key *key;
	*invited = json_object_get(body, "invitation") != NULL;
	if (!*invited) {
		if (strcmp(s->api_signup, "on") != 0)
			return fail(why, ERR_SIGNUP_CLOSED, "%s", "");
		return domain_may(s, email)
		           ? ERR_NONE
		           : fail(why, ERR_SIGNUP_CLOSED, "only for addresses of some domains");
	}
	TRY(member_string(body, "invitation", 100, &token, why));
	if (strcmp(s->api_signup, "off") == 0)
		return fail(why, ERR_SIGNUP_CLOSED, "%s", "");
	if (!token_hash(token, invitation))
		return fail(why, ERR_BAD_INVITATION, "%s", "");
	enum err e = storage_key_find(request_storage(rq), KEY_INVITE, invitation, rq->mem, &key, why);
	if (e == ERR_ABSENT || (e == ERR_NONE && key->data && strcasecmp(key->data, email) != 0))
		return fail(why, ERR_BAD_INVITATION, "%s", "");
	return e;
}

/* `invitation` NULL: by none. It is used up with the account that it makes: whoever meets a taken address
 * comes again with another. */
static enum err
make_account(struct request *rq, const char *email, const char *hash, const char *locale,
             const uint8_t *invitation, const struct user **ret, struct why *why)
{
	struct storage *st = request_storage(rq);
	if (!invitation)
		return storage_user_create(st, email, hash, locale, rq->mem, ret, why);
	enum err e = storage_user_join(st, email, hash, locale, invitation, rq->mem, ret, why);
	return e == ERR_ABSENT ? fail(why, ERR_BAD_INVITATION, "%s", "") : e;
}

static enum err
post_signup(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email, *password, *locale = "en";
	uint8_t invitation[TOKEN_HASH_LEN];
	bool invited;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 1000, &email, why));
	TRY(member_string(body, "password", 4096, &password, why));
	if (json_object_get(body, "locale"))
		TRY(member_string(body, "locale", 10, &locale, why));
	TRY(locale_ok(locale, why));
	if (!looks_like_email(email))
		return fail(why, ERR_BAD_EMAIL, "%s", "");
	TRY(check_door(rq, body, email, invitation, &invited, why));
	TRY(password_strong_enough(password, email, why));

	char hash[PASSWORD_HASH_LEN];
	const struct user *user;
	TRY(password_hash(request_settings(rq), password, hash, why));
	TRY(make_account(rq, email, hash, locale, invited ? invitation : NULL, &user, why));
	rq->user = user;
	TRY(letter_send_link(rq, LETTER_VERIFY, user, email, KEY_VERIFY, 86400000, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.created");
	answer_header(rq, "Location", "/session");
	return session_begin(rq, user, user->password_hash, 201, why);
}

const struct route route_post_signup = {.name = "POST /signup",
                                        .handle = post_signup,
                                        .runs = RUN_HASHING,
                                        .limit = LIMIT_SIGNUP,
                                        .body = BODY_JSON};
