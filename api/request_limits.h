/* request_limits.h: how often who may ask what. Each kind of route has buckets of its own: rate_limits.h. */
#ifndef DOCKET_REQUEST_LIMITS_H
#define DOCKET_REQUEST_LIMITS_H

#include "rate_limits.h"
#include "request.h"

/* By its user, or its network where there is none; told in its headers. ERR_RATE_LIMITED. Never waits: where
 * only the bucket that nodes share can tell, request_limit_ask() is to be called before the endpoint. */
enum err request_limit(struct request *rq, struct why *why) MUST_CHECK;
/* Nothing where nothing is open. */
enum err request_limit_ask(struct request *rq, struct why *why) MUST_CHECK;
/* Once more of the same, within a request that asks for several. ERR_RATE_LIMITED. It may wait. */
enum err request_limit_again(struct request *rq, struct why *why) MUST_CHECK;

/* One more letter to this address? ERR_RATE_LIMITED. It may wait. */
enum err letter_allowed(struct request *rq, const char *email, struct why *why) MUST_CHECK;

#endif
