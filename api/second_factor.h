/* second_factor.h: codes by time (RFC 6238, by liboath) and the recovery codes beside them. */
#ifndef DOCKET_SECOND_FACTOR_H
#define DOCKET_SECOND_FACTOR_H

#include "request.h"

#define RECOVERY_CODES    10
#define RECOVERY_CODE_LEN 30 /* "abcd-efgh-ijkl-mnop-qrst-uvwx", NUL included: 120 bits of chance */

/* Of them a second factor is demanded (api.second_factor), and they have none. A passkey is one where
 * passkeys open accounts. */
bool second_factor_lacking(const struct settings *s, const struct user *user);
/* ... and it is nothing but a passkey, which a password does not stand for. */
bool passkey_demanded(const struct settings *s, const struct user *user);

/* Is `code` right for `user` now? It is used up. ERR_WRONG_CODE; ERR_RATE_LIMITED: as guess_allowed(), and
 * codes of six digits by code_pace.h, for the account alone, as only who knows the password gets so far;
 * ERR_SECRET_LOST: no code of six digits can be right, and none counts as wrong. */
enum err second_factor_check(struct request *rq, const struct user *user, const char *code, struct why *why)
    MUST_CHECK;
/* All that a login asks of whoever is logged in: `password`, and where a second factor is in force, its
 * `code`. ERR_WRONG_PASSWORD, and as second_factor_check(). Slow, as confirm_password(). */
enum err confirm_fully(struct request *rq, const json_t *body, struct why *why) MUST_CHECK;
/* The code of a factor that is not yet in force: it is from now on. ERR_WRONG_CODE, ERR_ABSENT. */
enum err second_factor_confirm(struct request *rq, const char *code, struct why *why) MUST_CHECK;

/* Base32, as authenticator apps take it. NULL at the arena's ceiling. */
const char *second_factor_text(struct request *rq, const uint8_t *secret, size_t n) MUST_CHECK;
/* New ones in place of all before, written into `out` as a JSON array. */
enum err recovery_codes_make(struct request *rq, struct buf *out, struct why *why) MUST_CHECK;

#endif
