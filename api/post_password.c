/* POST /account/password: a new one, with the old. All sessions end, and this device gets a new one. */
#include "account.h"
#include "guesses.h"
#include "letters.h"
#include "observe.h"
#include "passwords.h"

static enum err
post_password(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *wanted;
	char hash[PASSWORD_HASH_LEN];
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "new_password", 4096, &wanted, why));
	TRY(password_strong_enough(wanted, rq->user->email, why));
	TRY(confirm_password(rq, body, why));
	TRY(password_hash(request_settings(rq), wanted, hash, why));
	struct user_change change = {USER_CHANGE_NONE, .password_hash = hash,
	                             .password_was = rq->user->password_hash, .ends = ENDS_SESSIONS,
	                             .action = "user.password_changed"};
	enum err e = account_change(rq, &change, why);
	TRY(e == ERR_CONFLICT ? fail(why, ERR_WRONG_PASSWORD, "%s", "") : e);
	TRY(letter_send(rq, LETTER_PASSWORD_CHANGED, rq->user, rq->user->email, NULL, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "password"));
	return session_begin(rq, rq->user, hash, 200, why);
}

const struct route route_post_password = {.name = "POST /account/password",
                                          .handle = post_password,
                                          .auth = AUTH_PERSON,
                                          .runs = RUN_HASHING,
                                          .body = BODY_JSON,
                                          .limit = LIMIT_ACCOUNT};
