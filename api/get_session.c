/* GET /session: who am I? With ?quiet=true "nobody" is an answer too: a page that asks before
 * anybody has logged in has not failed. */
#include "request.h"

static enum err
get_session(struct request *rq, struct why *why)
{
	(void)why;
	struct buf *out = answer_json(rq, 200);
	if (!rq->user) {
		buf_puts(out, "{\"user\":null,\"expires_at\":null}\n");
		return ERR_NONE;
	}
	buf_puts(out, "{\"user\":");
	user_json(out, request_settings(rq), rq->user);
	buf_puts(out, ",\"expires_at\":");
	time_or_null(out, rq->user->session_expires_ms);
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_get_session = {.name = "GET /session",
                                        .handle = get_session,
                                        .auth = AUTH_SESSION,
                                        .runs = RUN_INLINE,
                                        .nobody = "quiet",
                                        .before_factor = true};
