/* session_tokens.h: what proves a session: a random text that only its holder has. */
#ifndef DOCKET_SESSION_TOKENS_H
#define DOCKET_SESSION_TOKENS_H

#include "request.h"

/* What a secret of ours begins with: scanners of leaked secrets know them by it, and so do we. */
#define TOKEN_SESSION "dkt_"
#define TOKEN_API     "dka_"
#define TOKEN_FEED    "dkf_"
#define TOKEN_LINK    "dkl_" /* what a letter or an invitation carries */

/* `kind` and 256 random bits. */
void token_new(const char *kind, char ret[static TOKEN_TEXT_LEN], uint8_t ret_hash[static TOKEN_HASH_LEN]);
bool token_is(const char *token, const char *kind);
/* False when it cannot be one of ours, so that nothing needs to be looked up. */
bool token_hash(const char *token, uint8_t ret[static TOKEN_HASH_LEN]);

/* The token that the request carries: Authorization first, then the cookie. Sets rq->token, by_cookie. */
bool request_token(struct request *rq);
/* Begin a session and answer with it: body, cookie. `password_hash` is of the password that was right a
 * moment ago, NULL where something else opened it; ERR_BAD_CREDENTIALS when it is another by now. */
enum err session_begin(struct request *rq, const struct user *user, const char *password_hash,
                       unsigned status, struct why *why) MUST_CHECK;
/* Whoever comes with a session and logs in leaves it: a session that somebody else may know ends here. */
enum err session_leave_old(struct request *rq, struct why *why) MUST_CHECK;
void session_cookie_take_back(struct request *rq);

#endif
