/* POST /feeds: an address for a calendar program. It opens the due dates and nothing else. With the password:
 * it outlives a session that somebody else got hold of. */
#include "guesses.h"
#include "key_json.h"
#include "observe.h"
#include "session_tokens.h"

static enum err
post_feed(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct key wanted = {.user_id = rq->user->id, .kind = KEY_FEED};
	char token[TOKEN_TEXT_LEN];
	const struct key *k;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "name", 100, &wanted.name, why));
	TRY(confirm_password(rq, body, why));
	TRY(key_make(rq, TOKEN_FEED, &wanted, token, &k, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "feed"));
	struct buf *out = answer_json(rq, 201);
	buf_printf(out, "{\"path\":\"/calendar/%s\",\"key\":", token);
	key_json(out, k);
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_feed = {.name = "POST /feeds",
                                      .handle = post_feed,
                                      .auth = AUTH_PERSON,
                                      .runs = RUN_HASHING,
                                      .body = BODY_JSON,
                                      .limit = LIMIT_ACCOUNT};
