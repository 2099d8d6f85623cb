/* passwords.h: argon2id by libsodium, at the cost that the settings say, and what is too easy to guess. */
#ifndef DOCKET_PASSWORDS_H
#define DOCKET_PASSWORDS_H

#include "settings.h"

#include <stddef.h>

#define PASSWORD_MIN      10  /* characters */
#define PASSWORD_MAX      512 /* bytes */
#define PASSWORD_HASH_LEN 128

/* Slow and hungry on purpose: only on the pool made for it. ERR_BUSY when there is no memory. */
enum err password_hash(const struct settings *s, const char *password, char ret[static PASSWORD_HASH_LEN],
                       struct why *why) MUST_CHECK;
/* Is it the one? `hash` NULL (nobody has that e-mail): takes as long, and says no. */
enum err password_check(const struct settings *s, const char *password, const char *hash, bool *ret,
                        struct why *why) MUST_CHECK;
/* Was it made at another cost than the settings' now? */
bool password_hash_is_old(const struct settings *s, const char *hash);
/* ERR_WEAK_PASSWORD, saying what is wrong with it. */
enum err password_strong_enough(const char *password, const char *email, struct why *why) MUST_CHECK;

#endif
