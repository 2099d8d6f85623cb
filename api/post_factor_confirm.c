/* POST /account/second-factor/confirm: the first code. From now on login asks for one. */
#include "letters.h"
#include "observe.h"
#include "second_factor.h"

static enum err
post_factor_confirm(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *code;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "code", 20, &code, why));
	TRY(second_factor_confirm(rq, code, why));
	TRY(letter_send(rq, LETTER_FACTOR_CHANGED, rq->user, rq->user->email, NULL, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "second factor on"));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"recovery_codes\":");
	TRY(recovery_codes_make(rq, out, why));
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_factor_confirm = {.name = "POST /account/second-factor/confirm",
                                                .handle = post_factor_confirm,
                                                .auth = AUTH_PERSON,
                                                .runs = RUN_BLOCKING,
                                                .body = BODY_JSON,
                                                .limit = LIMIT_ACCOUNT,
                                                .before_factor = true};
