/* POST /account/email: another address, with the password. */
#include "account.h"
#include "guesses.h"
#include "letters.h"
#include "observe.h"
#include "request_limits.h"

/* It becomes theirs when the letter to it is answered; the old address hears of it now. That it may be
 * somebody else's is found out then: who asks here learns nothing. */
static enum err
ask_new_address(struct request *rq, const char *email, struct why *why)
{
	TRY(letter_allowed(rq, email, why));
	TRY(storage_key_end_all(request_storage(rq), rq->user->id, KEY_VERIFY, why));
	TRY(letter_send_link(rq, LETTER_VERIFY, rq->user, email, KEY_VERIFY, 86400000, why));
	TRY(letter_send(rq, LETTER_EMAIL_CHANGES, rq->user, rq->user->email, email, why));
	account_json(rq, 202, email);
	return ERR_NONE;
}

static enum err
post_email(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct user_change change = {USER_CHANGE_NONE, .action = "user.email_changed"};
	change.verified_ms = 0;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 1000, &change.email, why));
	if (!looks_like_email(change.email))
		return fail(why, ERR_BAD_EMAIL, "%s", "");
	TRY(confirm_password(rq, body, why));
	if (mail_is_on(request_settings(rq)))
		return ask_new_address(rq, change.email, why);
	TRY(account_change(rq, &change, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "email"));
	account_json(rq, 200, NULL);
	return ERR_NONE;
}

const struct route route_post_email = {.name = "POST /account/email",
                                       .handle = post_email,
                                       .auth = AUTH_PERSON,
                                       .runs = RUN_HASHING,
                                       .body = BODY_JSON,
                                       .limit = LIMIT_MAIL};
