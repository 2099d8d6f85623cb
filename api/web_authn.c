#include "web_authn.h"

#include "json_own.h"

#include <ctype.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>
#include <string.h>

#define FLAG_PRESENT    0x01
#define FLAG_VERIFIED   0x04
#define FLAG_MAY_BACKUP 0x08
#define FLAG_BACKED_UP  0x10
#define FLAG_CREDENTIAL 0x40
#define FLAG_EXTENSIONS 0x80
#define HEAD_LEN        37 /* the hash of the party's id, flags, count */
#define MAKER_LEN       16 /* what kind of authenticator it is */
#define CBOR_DEPTH      8

/* What fido_init() sets is the thread's own. */
static void
need_library(void)
{
	static _Thread_local bool begun;
	if (!begun)
		fido_init(0);
	begun = true;
}

/* ---- the party ---- */

/* A name with dots, no number: the last label holds a letter. */
static bool
is_domain(const char *host, size_t n)
{
	bool letter = false;
	if (n == 0 || n > 253 || host[0] == '.' || host[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (host[i] == '.')
			letter = false;
		else if (isalpha((unsigned char)host[i]))
			letter = true;
		else if (!isdigit((unsigned char)host[i]) && host[i] != '-')
			return false;
	}
	return letter;
}

bool
web_authn_party(const char *public_url, struct web_authn_party *ret)
{
	bool https = strncasecmp(public_url, "https://", 8) == 0;
	if (!https && strncasecmp(public_url, "http://", 7) != 0)
		return false;
	const char *host = public_url + (https ? 8 : 7);
	size_t n = strcspn(host, ":/"), port = host[n] == ':' ? strspn(host + n + 1, "0123456789") + 1 : 0;
	if (!is_domain(host, n) || port > 6 || (host[n + port] && host[n + port] != '/'))
		return false;
	if (!https && !(n == strlen("localhost") && strncasecmp(host, "localhost", n) == 0))
		return false;
	const char *usual = https ? ":443" : ":80"; /* browsers leave it away */
	if (port <= 1 || (port == strlen(usual) && strncmp(host + n, usual, port) == 0))
		port = 0;
	for (size_t i = 0; i < n; i++)
		ret->id[i] = (char)tolower((unsigned char)host[i]);
	ret->id[n] = '\0';
	snprintf(ret->origin, sizeof ret->origin, "%s://%s%.*s", https ? "https" : "http", ret->id, (int)port,
	         host + n);
	return true;
}

/* ---- what the browser says ---- */

bool
base64url_bytes(const char *text, uint8_t *ret, size_t cap, size_t *n)
{
	return sodium_base642bin(ret, cap, text, strlen(text), NULL, n, NULL,
	                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

enum err
web_authn_client_data(const char *json, size_t n, const char *type, const struct web_authn_party *party,
                      uint8_t ret[static CHALLENGE_LEN], struct why *why)
{
	OWNED(json_release) json_t *o = NULL;
	struct why parse;
	if (n > CLIENT_DATA_MAX || json_parse(json, n, &o, &parse) != ERR_NONE || !json_is_object(o))
		return fail(why, ERR_BAD_PASSKEY, "clientDataJSON is no JSON object");
	const char *said = json_get_str(o, "type"), *origin = json_get_str(o, "origin"),
	           *challenge = json_get_str(o, "challenge");
	if (!said || strcmp(said, type) != 0)
		return fail(why, ERR_BAD_PASSKEY, "clientDataJSON is not of type %s", type);
	if (!origin || strcmp(origin, party->origin) != 0)
		return fail(why, ERR_BAD_PASSKEY, "clientDataJSON is not from %s", party->origin);
	const json_t *cross = json_object_get(o, "crossOrigin");
	if ((cross && !json_is_false(cross)) || json_object_get(o, "topOrigin"))
		return fail(why, ERR_BAD_PASSKEY, "clientDataJSON comes from inside another site's page");
	size_t len;
	if (!challenge || !base64url_bytes(challenge, ret, CHALLENGE_LEN, &len) || len != CHALLENGE_LEN)
		return fail(why, ERR_BAD_PASSKEY, "clientDataJSON has no challenge of ours");
	return ERR_NONE;
}

/* ---- what the authenticator says ---- */

/* libcbor sets memory aside for as many members as a head says, before it looks whether so many can follow:
 * five bytes would have it ask for 70 GB. What CTAP does not write (tags, lengths that are not told) is
 * refused. */
static bool
cbor_fits(const uint8_t **at, const uint8_t *end, uint64_t items, int depth)
{
	for (; items > 0; items--) {
		if (*at == end || depth == 0)
			return false;
		unsigned major = **at >> 5, info = *(*at)++ & 31;
		size_t more = info < 24 ? 0 : (size_t)1 << (info - 24);
		uint64_t n = info;
		if (info > 27 || more > (size_t)(end - *at))
			return false;
		for (size_t i = 0; i < more; i++)
			n = (i ? n << 8 : 0) | *(*at)++;
		uint64_t left = (uint64_t)(end - *at);
		if (major == 2 || major == 3) {
			if (n > left)
				return false;
			*at += n;
		} else if (major == 4 || major == 5) {
			if (n > left / (major - 3) || !cbor_fits(at, end, n * (major - 3), depth - 1))
				return false;
		} else if (major == 6) {
			return false;
		}
	}
	return true;
}

/* Behind the head: a credential's id and key, if it tells of one, and extensions. */
static bool
rest_fits(const uint8_t *data, size_t n, uint8_t flags)
{
	const uint8_t *at = data + HEAD_LEN, *end = data + n;
	uint64_t items = (flags & FLAG_CREDENTIAL ? 1 : 0) + (flags & FLAG_EXTENSIONS ? 1 : 0);
	if (flags & FLAG_CREDENTIAL) {
		if (end - at < MAKER_LEN + 2)
			return false;
		at += MAKER_LEN;
		size_t id = (size_t)at[0] << 8 | at[1];
		at += 2;
		if (id > (size_t)(end - at))
			return false;
		at += id;
	}
	return cbor_fits(&at, end, items, CBOR_DEPTH);
}

static enum err
check_head(const uint8_t *data, size_t n, const struct web_authn_party *party, struct why *why)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	if (n < HEAD_LEN || n > AUTHENTICATOR_MAX)
		return fail(why, ERR_BAD_PASSKEY, "authenticatorData of %zu bytes", n);
	crypto_hash_sha256(hash, (const unsigned char *)party->id, strlen(party->id));
	if (memcmp(hash, data, sizeof hash) != 0)
		return fail(why, ERR_BAD_PASSKEY, "the passkey is for another site than %s", party->id);
	uint8_t flags = data[sizeof hash];
	if (!(flags & FLAG_PRESENT) || !(flags & FLAG_VERIFIED))
		return fail(why, ERR_BAD_PASSKEY, "the authenticator did not verify its user");
	if ((flags & FLAG_BACKED_UP) && !(flags & FLAG_MAY_BACKUP))
		return fail(why, ERR_BAD_PASSKEY, "authenticatorData contradicts itself");
	if (!rest_fits(data, n, flags))
		return fail(why, ERR_BAD_PASSKEY, "authenticatorData holds less than it says");
	return ERR_NONE;
}

static void
cred_free(fido_cred_t **c)
{
	fido_cred_free(c);
}

static bool
base64url_text(const uint8_t *p, size_t n, char *ret, size_t cap)
{
	if (sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING) > cap)
		return false;
	sodium_bin2base64(ret, cap, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return true;
}

/* libfido2 must be told which kind of key to expect. */
static bool
read_credential(const uint8_t *data, size_t n, int algorithm, struct new_credential *ret)
{
	OWNED(cred_free) fido_cred_t *c = fido_cred_new();
	if (!c)
		BUG("no memory for a passkey");
	if (fido_cred_set_type(c, algorithm) != FIDO_OK || fido_cred_set_authdata_raw(c, data, n) != FIDO_OK)
		return false;
	size_t id = fido_cred_id_len(c), key = fido_cred_pubkey_len(c);
	ret->algorithm = algorithm;
	ret->sign_count = fido_cred_sigcount(c);
	return id > 0 && id <= CREDENTIAL_MAX && key > 0 && key <= PUBLIC_KEY_MAX &&
	       base64url_text(fido_cred_id_ptr(c), id, ret->id, sizeof ret->id) &&
	       base64url_text(fido_cred_pubkey_ptr(c), key, ret->public_key, sizeof ret->public_key);
}

enum err
web_authn_new(const uint8_t *data, size_t n, const struct web_authn_party *party, struct new_credential *ret,
              struct why *why)
{
	static const int algorithms[] = {COSE_ES256, COSE_EDDSA, COSE_RS256};
	need_library();
	TRY(check_head(data, n, party, why));
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (read_credential(data, n, algorithms[i], ret))
			return ERR_NONE;
	return fail(why, ERR_BAD_PASSKEY, "authenticatorData holds no key of a kind that was asked for");
}

/* ---- signatures ---- */

static void
assert_free(fido_assert_t **a)
{
	fido_assert_free(a);
}

static int
verify_by(const fido_assert_t *a, int algorithm, const uint8_t *key, size_t n)
{
	int rc = FIDO_ERR_INVALID_ARGUMENT;
	if (algorithm == COSE_ES256) {
		es256_pk_t *pk = es256_pk_new();
		if (pk && es256_pk_from_ptr(pk, key, n) == FIDO_OK)
			rc = fido_assert_verify(a, 0, algorithm, pk);
		es256_pk_free(&pk);
	} else if (algorithm == COSE_EDDSA) {
		eddsa_pk_t *pk = eddsa_pk_new();
		if (pk && eddsa_pk_from_ptr(pk, key, n) == FIDO_OK)
			rc = fido_assert_verify(a, 0, algorithm, pk);
		eddsa_pk_free(&pk);
	} else if (algorithm == COSE_RS256) {
		rs256_pk_t *pk = rs256_pk_new();
		if (pk && rs256_pk_from_ptr(pk, key, n) == FIDO_OK)
			rc = fido_assert_verify(a, 0, algorithm, pk);
		rs256_pk_free(&pk);
	}
	return rc;
}

enum err
web_authn_verify(const struct assertion *a, const struct web_authn_party *party, const struct passkey *p,
                 uint32_t *ret, struct why *why)
{
	uint8_t key[PUBLIC_KEY_MAX];
	size_t n_key;
	need_library();
	TRY(check_head(a->data, a->n_data, party, why));
	if (!base64url_bytes(p->public_key, key, sizeof key, &n_key))
		return fail(why, ERR_BROKEN, "a stored passkey is not base64url");
	OWNED(assert_free) fido_assert_t *f = fido_assert_new();
	if (!f)
		BUG("no memory for a passkey");
	if (fido_assert_set_count(f, 1) != FIDO_OK || fido_assert_set_rp(f, party->id) != FIDO_OK ||
	    fido_assert_set_up(f, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_set_uv(f, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_set_clientdata(f, a->client_data, a->n_client_data) != FIDO_OK ||
	    fido_assert_set_authdata_raw(f, 0, a->data, a->n_data) != FIDO_OK ||
	    fido_assert_set_sig(f, 0, a->signature, a->n_signature) != FIDO_OK)
		return fail(why, ERR_BAD_PASSKEY, "authenticatorData or signature cannot be read");
	if (verify_by(f, p->algorithm, key, n_key) != FIDO_OK)
		return fail(why, ERR_BAD_PASSKEY, "the signature is not that of this passkey");
	*ret = fido_assert_sigcount(f, 0);
	return ERR_NONE;
}
