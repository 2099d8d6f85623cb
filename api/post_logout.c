/* POST /logout: this session is over, on the server too. Twice is as good as once. */
#include "session_tokens.h"

static enum err
post_logout(struct request *rq, struct why *why)
{
	if (request_token(rq)) {
		enum err e = storage_session_end(request_storage(rq), rq->token_hash, why);
		if (e != ERR_NONE && e != ERR_ABSENT && e != ERR_UNAUTHENTICATED)
			return e;
	}
	session_cookie_take_back(rq);
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_post_logout = {.name = "POST /logout", .handle = post_logout, .runs = RUN_BLOCKING};
