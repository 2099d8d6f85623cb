/* POST /password-reset: a letter, if there is such an account; the same answer and as much work if not. */
#include "letters.h"
#include "request_limits.h"

static enum err
post_reset(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email;
	const struct user *user = NULL;
	struct why too_many;
	TRY(mail_needed(rq, why));
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 254, &email, why));
	bool may = letter_allowed(rq, email, &too_many) == ERR_NONE;
	rq->retry_after = -1;
	enum err e = storage_user_by_email(request_storage(rq), email, rq->mem, &user, why);
	if (e != ERR_NONE && e != ERR_ABSENT)
		return e;
	/* Two commits, whoever it is: what they take is what can be measured from outside. */
	if (user && !user->disabled && may) {
		TRY(letter_send_link(rq, LETTER_RESET, user, user->email, KEY_RESET, 3600000, why));
	} else {
		for (int i = 0; i < 2; i++)
			TRY(storage_audit(request_storage(rq), (struct uuid){{0}}, "password.reset_unknown",
			                  NULL, rq->request_id, why));
	}
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_reset = {.name = "POST /password-reset",
                                       .handle = post_reset,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_MAIL,
                                       .body = BODY_JSON};
