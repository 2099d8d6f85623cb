/* POST /login/passkey/options: something to sign, for whoever has a passkey. Nobody says who they are: their
 * device shows which passkeys it has for us. */
#include "passkey_request.h"

static enum err
post_login_passkey_options(struct request *rq, struct why *why)
{
	struct web_authn_party party;
	TRY(passkey_party(rq, &party, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"challenge\":");
	TRY(passkey_challenge(rq, (struct uuid){{0}}, out, why));
	buf_printf(out,
	           ",\"rpId\":\"%s\",\"timeout\":%d,\"userVerification\":\"required\","
	           "\"allowCredentials\":[]}\n",
	           party.id, PASSKEY_ASK_MS);
	return ERR_NONE;
}

const struct route route_post_login_passkey_options = {.name = "POST /login/passkey/options",
                                                       .handle = post_login_passkey_options,
                                                       .runs = RUN_BLOCKING,
                                                       .limit = LIMIT_LOGIN};
