/* DELETE /account/passkeys/{id}: it opens nothing any more. With the password: whoever sits at a borrowed
 * session shall not lock its owner out. */
#include "guesses.h"
#include "letters.h"
#include "observe.h"
#include "passkey_request.h"

static enum err
delete_passkey(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	TRY(passkey_mine(rq, why));
	TRY(request_json(rq, &body, why));
	TRY(confirm_password(rq, body, why));
	TRY(storage_passkey_end(request_storage(rq), rq->user->id, rq->id, why));
	TRY(letter_send(rq, LETTER_PASSKEYS_CHANGED, rq->user, rq->user->email, NULL, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "passkey ended"));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_passkey = {.name = "DELETE /account/passkeys/{id}",
                                           .handle = delete_passkey,
                                           .auth = AUTH_PERSON,
                                           .runs = RUN_HASHING,
                                           .body = BODY_JSON,
                                           .limit = LIMIT_ACCOUNT};
