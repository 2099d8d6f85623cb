/* DELETE /account/second-factor: with the password and, when it is in force, a code of it. */
#include "account.h"
#include "letters.h"
#include "observe.h"
#include "second_factor.h"

static enum err
delete_factor(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	TRY(request_json(rq, &body, why));
	TRY(confirm_fully(rq, body, why));
	TRY(storage_totp_end(request_storage(rq), rq->user->id, why));
	TRY(storage_key_end_all(request_storage(rq), rq->user->id, KEY_RECOVERY, why));
	TRY(letter_send(rq, LETTER_FACTOR_CHANGED, rq->user, rq->user->email, NULL, why));
	TRY(storage_user_by_id(request_storage(rq), rq->user->id, rq->mem, &rq->user, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "second factor off"));
	account_json(rq, 200, NULL);
	return ERR_NONE;
}

const struct route route_delete_factor = {.name = "DELETE /account/second-factor",
                                          .handle = delete_factor,
                                          .auth = AUTH_PERSON,
                                          .runs = RUN_HASHING,
                                          .body = BODY_JSON,
                                          .limit = LIMIT_ACCOUNT};
