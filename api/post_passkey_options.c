/* POST /account/passkey-options: what the browser needs to make one. A passkey opens the account by itself,
 * so whoever adds one proves first all that a login asks for. */
#include "passkey_request.h"
#include "second_factor.h"

#include <sodium.h>

static enum err
put_known(struct request *rq, struct buf *out, struct why *why)
{
	const struct passkey *known;
	size_t n;
	TRY(storage_passkey_list(request_storage(rq), rq->user->id, rq->mem, &known, &n, why));
	if (n >= PASSKEYS_MAX)
		return fail(why, ERR_INVALID, "at most %d passkeys", PASSKEYS_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s{\"type\":\"public-key\",\"id\":\"%s\"}", i ? "," : "",
		           known[i].credential);
	return ERR_NONE;
}

static enum err
post_passkey_options(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct web_authn_party party;
	char user[32];
	TRY(passkey_party(rq, &party, why));
	TRY(request_json(rq, &body, why));
	TRY(confirm_fully(rq, body, why));
	sodium_bin2base64(user, sizeof user, rq->user->id.b, sizeof rq->user->id.b,
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	struct buf *out = answer_json(rq, 200);
	buf_printf(out,
	           "{\"rp\":{\"id\":\"%s\",\"name\":\"Docket\"},\"user\":{\"id\":\"%s\",\"name\":", party.id,
	           user);
	text_or_null(out, rq->user->email);
	buf_puts(out, ",\"displayName\":");
	text_or_null(out, rq->user->email);
	buf_puts(out, "},\"challenge\":");
	TRY(passkey_challenge(rq, rq->user->id, out, why));
	buf_printf(out,
	           ",\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7},"
	           "{\"type\":\"public-key\",\"alg\":-8},{\"type\":\"public-key\",\"alg\":-257}],"
	           "\"timeout\":%d,\"attestation\":\"none\",\"authenticatorSelection\":"
	           "{\"residentKey\":\"required\",\"requireResidentKey\":true,"
	           "\"userVerification\":\"required\"},\"excludeCredentials\":[",
	           PASSKEY_ASK_MS);
	TRY(put_known(rq, out, why));
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

const struct route route_post_passkey_options = {.name = "POST /account/passkey-options",
                                                 .handle = post_passkey_options,
                                                 .auth = AUTH_PERSON,
                                                 .runs = RUN_HASHING,
                                                 .body = BODY_JSON,
                                                 .limit = LIMIT_ACCOUNT,
                                                 .before_factor = true};
