/* GET /tokens: my API tokens; what they are made of was shown once. */
#include "key_json.h"

static enum err
get_tokens(struct request *rq, struct why *why)
{
	return answer_keys(rq, KEY_API, why);
}

const struct route route_get_tokens = {
    .name = "GET /tokens", .handle = get_tokens, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
