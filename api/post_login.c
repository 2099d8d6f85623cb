/* POST /login: one answer and one duration for every cause of refusal. */
#include "guesses.h"
#include "observe.h"
#include "passwords.h"
#include "second_factor.h"
#include "session_tokens.h"

/* A hash made at another cost than today's is made anew while the password is at hand. */
static enum err
hash_again(struct request *rq, const char *password, struct why *why)
{
	char hash[PASSWORD_HASH_LEN];
	if (!password_hash_is_old(request_settings(rq), rq->user->password_hash))
		return ERR_NONE;
	TRY(password_hash(request_settings(rq), password, hash, why));
	const struct user_change change = {USER_CHANGE_NONE, .password_hash = hash,
	                                   .password_was = rq->user->password_hash,
	                                   .action = "user.password_rehashed", .request_id = rq->request_id};
	enum err e = storage_user_change(request_storage(rq), rq->user->id, &change, rq->mem, &rq->user, why);
	return e == ERR_CONFLICT ? fail(why, ERR_BAD_CREDENTIALS, "%s", "") : e;
}

static enum err
post_login(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email, *password;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 254, &email, why));
	TRY(member_string(body, "password", PASSWORD_MAX, &password, why));

	TRY(guess_allowed(rq, email, why));
	const struct user *user = NULL;
	enum err e = storage_user_by_email(request_storage(rq), email, rq->mem, &user, why);
	if (e != ERR_NONE && e != ERR_ABSENT)
		return e;
	bool right;
	TRY(password_check(request_settings(rq), password, user ? user->password_hash : NULL, &right, why));
	rq->user = user;
	OWNED(log_close) struct log *log = request_log(rq);
	if (!right) {
		log_event(log, LOG_INFO, "session.refused");
		guess_was_wrong(rq, email);
		return fail(why, ERR_BAD_CREDENTIALS, "%s", "");
	}
	if (user->disabled)
		return fail(why, ERR_ACCOUNT_DISABLED, "%s", "");
	if (user->second_factor) {
		const char *code;
		if (!json_object_get(body, "code"))
			return fail(why, ERR_SECOND_FACTOR, "%s", "");
		TRY(member_string(body, "code", 40, &code, why));
		TRY(second_factor_check(rq, user, code, why));
	}
	if (passkey_demanded(request_settings(rq), user))
		return fail(why, ERR_PASSKEY_NEEDED, "%s", "");
	TRY(hash_again(rq, password, why));
	TRY(session_leave_old(rq, why));
	log_event(log, LOG_INFO, "session.created");
	return session_begin(rq, rq->user, rq->user->password_hash, 200, why);
}

const struct route route_post_login = {.name = "POST /login",
                                       .handle = post_login,
                                       .runs = RUN_HASHING,
                                       .limit = LIMIT_LOGIN,
                                       .body = BODY_JSON};
