/* PATCH /account/passkeys/{id}: another name for it. */
#include "passkey_request.h"

static enum err
patch_passkey(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *name;
	TRY(passkey_mine(rq, why));
	TRY(request_json(rq, &body, why));
	TRY(passkey_name(body, &name, why));
	TRY(storage_passkey_rename(request_storage(rq), rq->user->id, rq->id, name, why));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_patch_passkey = {.name = "PATCH /account/passkeys/{id}",
                                          .handle = patch_passkey,
                                          .auth = AUTH_PERSON,
                                          .runs = RUN_BLOCKING,
                                          .body = BODY_JSON};
