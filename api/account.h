/* account.h: what the endpoints of one's own account share. */
#ifndef DOCKET_ACCOUNT_H
#define DOCKET_ACCOUNT_H

#include "session_tokens.h"

/* One @, something on both sides, a domain with a dot, no spaces: the rest only a letter can tell. */
bool looks_like_email(const char *s);
/* "en" or "ru". ERR_INVALID. */
enum err locale_ok(const char *locale, struct why *why) MUST_CHECK;
/* Change whoever is logged in; rq->user is the new state. */
enum err account_change(struct request *rq, struct user_change *change, struct why *why) MUST_CHECK;
/* {"user": ..., "pending_email": ...}; `pending` NULL: null. */
void account_json(struct request *rq, unsigned status, const char *pending);

#endif
