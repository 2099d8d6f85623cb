/* POST /password-reset/confirm: the token of the letter and a new password. All sessions end. */
#include "account.h"
#include "clock.h"
#include "letters.h"
#include "observe.h"
#include "passwords.h"

/* Whose link it is, and whether the password will do: what is wrong with that costs no link. */
static enum err
look(struct request *rq, const char *token, const char *wanted, uint8_t ret_hash[static TOKEN_HASH_LEN],
     struct why *why)
{
	const struct key *key;
	if (!token_hash(token, ret_hash))
		return fail(why, ERR_LINK_SPENT, "%s", "");
	enum err e = storage_key_find(request_storage(rq), KEY_RESET, ret_hash, rq->mem, &key, why);
	TRY(e == ERR_ABSENT ? fail(why, ERR_LINK_SPENT, "%s", "") : e);
	TRY(storage_user_by_id(request_storage(rq), key->user_id, rq->mem, &rq->user, why));
	return password_strong_enough(wanted, rq->user->email, why);
}

static enum err
spend(struct request *rq, const uint8_t hash[static TOKEN_HASH_LEN], const struct key **ret, struct why *why)
{
	enum err e = storage_key_spend(request_storage(rq), KEY_RESET, hash, rq->mem, ret, why);
	return e == ERR_ABSENT ? fail(why, ERR_LINK_SPENT, "%s", "") : e;
}

static enum err
post_reset_confirm(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *token, *wanted;
	const struct key *key;
	char hash[PASSWORD_HASH_LEN];
	uint8_t link[TOKEN_HASH_LEN];
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "token", 100, &token, why));
	TRY(member_string(body, "password", 4096, &wanted, why));
	TRY(look(rq, token, wanted, link, why));
	TRY(password_hash(request_settings(rq), wanted, hash, why));
	TRY(spend(rq, link, &key, why));
	/* Whoever made the account with an address that nobody had proved may be somebody else than who has
	 * this letter: they keep no way in beside the password. */
	bool unproved = rq->user->verified_ms == 0;
	struct user_change change = {USER_CHANGE_NONE, .password_hash = hash,
	                             .ends = unproved ? ENDS_ACCESS : ENDS_SESSIONS,
	                             .action = "user.password_reset"};
	if (key->data && strcasecmp(key->data, rq->user->email) == 0)
		change.verified_ms = clock_wall_ms(); /* the letter came there */
	TRY(account_change(rq, &change, why));
	enum letter told = unproved ? LETTER_ACCESS_ENDED : LETTER_PASSWORD_CHANGED;
	TRY(letter_send(rq, told, rq->user, rq->user->email, NULL, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "password reset"));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_reset_confirm = {.name = "POST /password-reset/confirm",
                                               .handle = post_reset_confirm,
                                               .runs = RUN_HASHING,
                                               .limit = LIMIT_MAIL,
                                               .body = BODY_JSON};
