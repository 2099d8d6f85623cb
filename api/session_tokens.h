/* session_tokens.h: what proves a session: a random text that only its holder has. */
#ifndef DOCKET_SESSION_TOKENS_H
#define DOCKET_SESSION_TOKENS_H

#include "request.h"

/* "dkt_" and 256 random bits: the prefix lets scanners of leaked secrets know it. */
void token_new(char ret[static TOKEN_TEXT_LEN], uint8_t ret_hash[static TOKEN_HASH_LEN]);
/* False when it cannot be one of ours, so that nothing needs to be looked up. */
bool token_hash(const char *token, uint8_t ret[static TOKEN_HASH_LEN]);

/* The token that the request carries: Authorization first, then the cookie. Sets rq->token, by_cookie. */
bool request_token(struct request *rq);
/* Begin a session and answer with it: body, cookie. */
enum err session_begin(struct request *rq, const struct user *user, unsigned status, struct why *why)
    MUST_CHECK;
void session_cookie_take_back(struct request *rq);
void user_json(struct buf *out, const struct user *user);
/* `text` as a JSON string, null where it is NULL. */
void text_or_null(struct buf *out, const char *text);
/* RFC 3339 or null where it is 0. */
void time_or_null(struct buf *out, int64_t ms);

#endif
