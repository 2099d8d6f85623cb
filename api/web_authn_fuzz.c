/* What a stranger's browser and authenticator send of passkeys. The first byte chooses, the rest is
 * clientDataJSON, or authenticator data behind the hash of our name. */
#include "web_authn.h"

#include "arena.h"

#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct web_authn_party party = {"docket.example", "https://docket.example"};

static void
client_data(const uint8_t *p, size_t n)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct why why;
	(void)!web_authn_client_data((const char *)p, n, "webauthn.get", &party, challenge, &why);
}

static void
new_credential(const uint8_t *p, size_t n)
{
	struct new_credential c;
	struct why why;
	if (web_authn_new(p, n, &party, &c, &why) != ERR_NONE)
		return;
	uint8_t bytes[CREDENTIAL_MAX];
	size_t len;
	if (!base64url_bytes(c.id, bytes, sizeof bytes, &len) || len == 0)
		BUG("a credential without an id");
	if (!base64url_bytes(c.public_key, bytes, sizeof bytes, &len) || len == 0)
		BUG("a credential without a key");
}

static void
signature(const uint8_t *p, size_t n)
{
	static const int algorithms[] = {-7, -8, -257, 0};
	static const char key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
	if (n < 2)
		return;
	size_t cut = (size_t)p[1] < n - 2 ? p[1] : n - 2;
	struct passkey k = {.algorithm = algorithms[p[0] % 4], .public_key = key};
	struct assertion a = {.data = p + 2,
	                      .n_data = n - 2 - cut,
	                      .client_data = p,
	                      .n_client_data = 2,
	                      .signature = p + n - cut,
	                      .n_signature = cut};
	struct why why;
	uint32_t count;
	if (web_authn_verify(&a, &party, &k, &count, &why) == ERR_NONE)
		BUG("a signature out of nothing");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t with_hash[4096];
	if (size < 1 || size > 3000)
		return 0;
	const uint8_t *p = data + 1;
	size_t n = size - 1;
	switch (data[0] % 3) {
	case 0:
		client_data(p, n);
		break;
	case 1:
		crypto_hash_sha256(with_hash, (const unsigned char *)party.id, strlen(party.id));
		memcpy(with_hash + 32, p, n);
		new_credential(with_hash, 32 + n);
		break;
	default:
		signature(p, n);
	}
	return 0;
}
