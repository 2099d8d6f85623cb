/* POST /verify: the token of the letter. The address is theirs; a new one becomes the account's. */
#include "account.h"
#include "clock.h"
#include "observe.h"

static enum err
post_verify(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *token;
	const struct key *key;
	uint8_t hash[TOKEN_HASH_LEN];
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "token", 100, &token, why));
	if (!token_hash(token, hash))
		return fail(why, ERR_LINK_SPENT, "%s", "");
	enum err e = storage_key_spend(request_storage(rq), KEY_VERIFY, hash, rq->mem, &key, why);
	if (e == ERR_ABSENT || (e == ERR_NONE && !key->data))
		return fail(why, ERR_LINK_SPENT, "%s", "");
	TRY(e);
	TRY(storage_user_by_id(request_storage(rq), key->user_id, rq->mem, &rq->user, why));
	struct user_change change = {USER_CHANGE_NONE, .action = "user.email_verified"};
	change.verified_ms = clock_wall_ms();
	if (strcasecmp(key->data, rq->user->email) != 0)
		change.email = key->data;
	TRY(account_change(rq, &change, why));
	if (change.email) /* what was sent to the address before is worth nothing now */
		TRY(storage_key_end_all(request_storage(rq), rq->user->id, KEY_RESET, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "email verified"));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_verify = {.name = "POST /verify",
                                        .handle = post_verify,
                                        .runs = RUN_BLOCKING,
                                        .limit = LIMIT_MAIL,
                                        .body = BODY_JSON};
