/* POST /login: one answer and one duration for every cause of refusal. */
#include "observe.h"
#include "passwords.h"
#include "session_tokens.h"

static enum err
post_login(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email, *password;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 254, &email, why));
	TRY(member_string(body, "password", PASSWORD_MAX, &password, why));

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
		return fail(why, ERR_BAD_CREDENTIALS, "%s", "");
	}
	log_event(log, LOG_INFO, "session.created");
	return session_begin(rq, user, 200, why);
}

const struct route route_post_login = {
    .name = "POST /login", .handle = post_login, .runs = RUN_HASHING, .body = BODY_JSON};
