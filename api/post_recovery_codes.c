/* POST /account/second-factor/recovery-codes: new ones; those of before are worth nothing any more. Each
 * stands for the second factor, so whoever makes them proves that they have it. */
#include "second_factor.h"

static enum err
post_recovery_codes(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	TRY(request_json(rq, &body, why));
	TRY(confirm_fully(rq, body, why));
	if (!rq->user->second_factor)
		return fail(why, ERR_CONFLICT, "there is no second factor");
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"recovery_codes\":");
	TRY(recovery_codes_make(rq, out, why));
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_recovery_codes = {.name = "POST /account/second-factor/recovery-codes",
                                                .handle = post_recovery_codes,
                                                .auth = AUTH_PERSON,
                                                .runs = RUN_HASHING,
                                                .body = BODY_JSON,
                                                .limit = LIMIT_ACCOUNT};
