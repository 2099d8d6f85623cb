/* passkeys.h: the part of storage's door for passkeys (WebAuthn): public keys whose private halves never
 * leave a person's phone, computer or stick.
 *
 * Credential ids and keys are base64url without padding, as browsers spell them; nothing here is secret. What
 * a key is worth is for whoever verifies with it: storage only keeps it.
 *
 * Calls, lifetime and failure as in storage.h.
 */
#ifndef DOCKET_PASSKEYS_H
#define DOCKET_PASSKEYS_H

#include "storage.h"

#define PASSKEYS_MAX 20 /* of one person */

struct passkey {
	struct uuid id, user_id;
	const char *credential; /* what its authenticator calls it; nobody else has the same */
	int32_t algorithm;      /* of COSE: -7 ES256, -8 EdDSA, -257 RS256 */
	const char *public_key;
	uint32_t sign_count;         /* at its last use; authenticators that do not count say 0 */
	const char *name;            /* its owner's word for it */
	int64_t created_ms, used_ms; /* used 0: never */
};

/* ERR_CONFLICT: the credential is known. ERR_INVALID: there are PASSKEYS_MAX. */
enum err storage_passkey_create(struct storage *st, const struct passkey *p, struct why *why) MUST_CHECK;
/* Newest first. */
enum err storage_passkey_list(struct storage *st, struct uuid user, struct arena *mem,
                              const struct passkey **ret, size_t *n, struct why *why) MUST_CHECK;
/* Whoever's it is. ERR_ABSENT. */
enum err storage_passkey_find(struct storage *st, const char *credential, struct arena *mem,
                              const struct passkey **ret, struct why *why) MUST_CHECK;
/* It signed, at this count. ERR_CONFLICT when the count has not grown though it is counted: there are two of
 * the key, and the audit says so. */
enum err storage_passkey_used(struct storage *st, struct uuid id, uint32_t sign_count, struct why *why)
    MUST_CHECK;
/* ERR_ABSENT, also for somebody else's. */
enum err storage_passkey_rename(struct storage *st, struct uuid user, struct uuid id, const char *name,
                                struct why *why) MUST_CHECK;
enum err storage_passkey_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
    MUST_CHECK;

/* What an authenticator is given to sign, by its SHA-256: good once, until `ends_ms`. Of the person who is
 * logged in and adds a passkey, or nil, of whoever wants to log in. What has ended goes. */
enum err storage_challenge_put(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN],
                               struct uuid user, int64_t ends_ms, struct why *why) MUST_CHECK;
/* Of two who come with it one gets it. ERR_ABSENT, also where it is somebody else's. */
enum err storage_challenge_spend(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN],
                                 struct uuid user, struct why *why) MUST_CHECK;

#endif
