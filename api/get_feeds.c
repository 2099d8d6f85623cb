/* GET /feeds: the calendars that may be subscribed to; their addresses were shown once. */
#include "key_json.h"

static enum err
get_feeds(struct request *rq, struct why *why)
{
	return answer_keys(rq, KEY_FEED, why);
}

const struct route route_get_feeds = {
    .name = "GET /feeds", .handle = get_feeds, .auth = AUTH_PERSON, .runs = RUN_BLOCKING};
