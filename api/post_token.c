/* POST /tokens: one for a program of mine, with what it may do and until when. With the password: it outlives
 * a session that somebody else got hold of. */
#include "guesses.h"
#include "key_json.h"
#include "observe.h"
#include "session_tokens.h"

static enum err
post_token(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct key wanted = {.user_id = rq->user->id, .kind = KEY_API};
	char token[TOKEN_TEXT_LEN];
	const struct key *k;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "name", 100, &wanted.name, why));
	TRY(scopes_of(json_object_get(body, "scopes"), &wanted.scopes, why));
	TRY(key_life(body, &wanted.ends_ms, why));
	TRY(confirm_password(rq, body, why));
	TRY(key_make(rq, TOKEN_API, &wanted, token, &k, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "token"));
	struct buf *out = answer_json(rq, 201);
	buf_printf(out, "{\"token\":\"%s\",\"key\":", token);
	key_json(out, k);
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_token = {.name = "POST /tokens",
                                       .handle = post_token,
                                       .auth = AUTH_PERSON,
                                       .runs = RUN_HASHING,
                                       .body = BODY_JSON,
                                       .limit = LIMIT_ACCOUNT};
