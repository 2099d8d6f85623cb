/* guesses.h: how often a secret may be guessed.
 *
 * Wrong guesses count for one account from one address: they slow down who guesses, and lock nobody out who
 * sits elsewhere. (Codes by time are so few that they have a pace of their own beside it: code_pace.h.) */
#ifndef DOCKET_GUESSES_H
#define DOCKET_GUESSES_H

#include "request.h"

/* May another guess be made? ERR_RATE_LIMITED. Whoever is logged in guesses at their own account. */
enum err guess_allowed(struct request *rq, const char *email, struct why *why) MUST_CHECK;
/* One was wrong. */
void guess_was_wrong(struct request *rq, const char *email);

/* Is it the password of whoever is logged in? ERR_WRONG_PASSWORD. Slow: only on the pool made for it. */
enum err confirm_password(struct request *rq, const json_t *body, struct why *why) MUST_CHECK;

#endif
