/* POST /password-reset: a letter, if there is such an account; the same answer and as much work if not. */
#include "clock.h"
#include "letters.h"
#include "server.h"

#define LETTERS_PER_MINUTE 2 /* to one address */

static enum err
post_reset(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email;
	const struct user *user = NULL;
	struct rate_state state;
	TRY(mail_needed(rq, why));
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 254, &email, why));
	bool may = rate_take(rq->api->rates, RATE_LETTERS, email, strlen(email), LETTERS_PER_MINUTE, 1,
	                     clock_steady_ms(), &state);
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
                                       .limit = LIMIT_AUTH,
                                       .body = BODY_JSON};
