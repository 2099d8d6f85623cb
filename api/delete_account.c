/* DELETE /account: I leave. All of mine goes when the grace is over; until then it can be taken back. */
#include "account.h"
#include "clock.h"
#include "guesses.h"
#include "letters.h"
#include "observe.h"

static enum err
delete_account(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	TRY(request_json(rq, &body, why));
	TRY(confirm_password(rq, body, why));
	struct user_change change = {USER_CHANGE_NONE, .action = "user.leaving"};
	change.delete_ms = clock_wall_ms() + request_settings(rq)->account_grace;
	TRY(account_change(rq, &change, why));
	TRY(storage_session_end_others(request_storage(rq), rq->user->id, rq->token_hash, why));
	char when[CLOCK_TEXT_LEN];
	clock_text(change.delete_ms, when);
	TRY(letter_send(rq, LETTER_LEAVING, rq->user, rq->user->email, when, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.leaving");
	account_json(rq, 202, NULL);
	return ERR_NONE;
}

const struct route route_delete_account = {.name = "DELETE /account",
                                           .handle = delete_account,
                                           .auth = AUTH_PERSON,
                                           .runs = RUN_HASHING,
                                           .body = BODY_JSON,
                                           .limit = LIMIT_ACCOUNT,
                                           .before_factor = true};
