/* POST /account/verification: the letter with the link once more. */
#include "letters.h"
#include "request_limits.h"

static enum err
post_verification(struct request *rq, struct why *why)
{
	TRY(mail_needed(rq, why));
	TRY(letter_allowed(rq, rq->user->email, why));
	TRY(storage_key_end_all(request_storage(rq), rq->user->id, KEY_VERIFY, why));
	TRY(letter_send_link(rq, LETTER_VERIFY, rq->user, rq->user->email, KEY_VERIFY, 86400000, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_verification = {.name = "POST /account/verification",
                                              .handle = post_verification,
                                              .auth = AUTH_PERSON,
                                              .runs = RUN_BLOCKING,
                                              .limit = LIMIT_MAIL};
