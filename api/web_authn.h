/* web_authn.h: what browsers and authenticators say of passkeys (W3C Web Authentication, level 3), read and
 * checked. Pure: no storage, no request.
 *
 * Attestation is not asked for ("none"): which make an authenticator is of matters to nobody here, so of a
 * new passkey there is no signature to verify. What counts is who asked, from which page, that a person was
 * there and proved to be the one whose device it is; and later that the same key signs. Authenticator data is
 * taken apart, and signatures are verified, by libfido2.
 *
 * Every refusal is ERR_BAD_PASSKEY; `why` tells the person who looks for the fault, and no secret.
 */
#ifndef DOCKET_WEB_AUTHN_H
#define DOCKET_WEB_AUTHN_H

#include "passkeys.h"

#include <stddef.h>
#include <stdint.h>

#define CHALLENGE_LEN     32
#define CREDENTIAL_MAX    1023 /* bytes of a credential's id; so says the standard */
#define CREDENTIAL_TEXT   1365 /* the same as base64url, NUL included */
#define PUBLIC_KEY_MAX    259  /* bytes: RSA of 2048 bits with its exponent */
#define PUBLIC_KEY_TEXT   347
#define CLIENT_DATA_MAX   2048
#define AUTHENTICATOR_MAX 4096 /* bytes of authenticator data */
#define SIGNATURE_MAX     1024

/* Whom passkeys are for: the site's name, and the origin its pages come from. */
struct web_authn_party {
	char id[254];
	char origin[300];
};
/* False where browsers would not: no address is set, it is a number, or neither https nor localhost. */
bool web_authn_party(const char *public_url, struct web_authn_party *ret);

/* clientDataJSON: of this `type` ("webauthn.create", "webauthn.get"), from our origin, not from inside
 * another site's page. `ret` is the challenge, for the caller to know. */
enum err web_authn_client_data(const char *json, size_t n, const char *type,
                               const struct web_authn_party *party, uint8_t ret[static CHALLENGE_LEN],
                               struct why *why) MUST_CHECK;

struct new_credential {
	char id[CREDENTIAL_TEXT], public_key[PUBLIC_KEY_TEXT];
	int algorithm;
	uint32_t sign_count;
};
/* Authenticator data of a new passkey: for us, with the person there and verified. */
enum err web_authn_new(const uint8_t *data, size_t n, const struct web_authn_party *party,
                       struct new_credential *ret, struct why *why) MUST_CHECK;

struct assertion {
	const uint8_t *data, *client_data, *signature;
	size_t n_data, n_client_data, n_signature;
};
/* The same of one that signs, and that its signature is that of `p`. `ret` is its count of signatures. */
enum err web_authn_verify(const struct assertion *a, const struct web_authn_party *party,
                          const struct passkey *p, uint32_t *ret, struct why *why) MUST_CHECK;

/* Base64url without padding, as all of this travels: whole and canonical, or false. */
bool base64url_bytes(const char *text, uint8_t *ret, size_t cap, size_t *n);

#endif
