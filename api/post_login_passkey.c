/* POST /login/passkey: what a passkey has signed opens the account. It stands for password and second factor:
 * the device is had, and it has verified its user. */
#include "observe.h"
#include "passkey_request.h"
#include "session_tokens.h"

/* Signed by the passkey it names, which belongs to the person it names. */
static enum err
verify(struct request *rq, const json_t *body, struct passkey_answer *a, const struct passkey **ret,
       struct why *why)
{
	const char *id;
	const uint8_t *handle;
	size_t n_handle;
	uint32_t count;
	struct assertion signed_ = {.data = a->data,
	                            .n_data = a->n_data,
	                            .client_data = a->client_data,
	                            .n_client_data = a->n_client_data};
	TRY(member_string(json_object_get(body, "credential"), "id", CREDENTIAL_TEXT - 1, &id, why));
	TRY(member_bytes(rq, a->response, "signature", SIGNATURE_MAX, &signed_.signature,
	                 &signed_.n_signature, why));
	TRY(member_bytes(rq, a->response, "userHandle", 64, &handle, &n_handle, why));
	enum err e = storage_passkey_find(request_storage(rq), id, rq->mem, ret, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_BAD_PASSKEY, "no such passkey");
	TRY(e);
	const struct passkey *p = *ret;
	if (n_handle != sizeof p->user_id.b || memcmp(handle, p->user_id.b, n_handle) != 0)
		return fail(why, ERR_BAD_PASSKEY, "the passkey is somebody else's");
	TRY(web_authn_verify(&signed_, &a->party, p, &count, why));
	e = storage_passkey_used(request_storage(rq), p->id, count, why);
	if (e == ERR_CONFLICT || e == ERR_ABSENT)
		return fail(why, ERR_BAD_PASSKEY, "there seem to be two of this passkey");
	return e;
}

static enum err
post_login_passkey(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct passkey_answer answer;
	const struct passkey *p;
	TRY(request_json(rq, &body, why));
	TRY(passkey_answer_read(rq, body, "webauthn.get", (struct uuid){{0}}, &answer, why));
	enum err e = verify(rq, body, &answer, &p, why);
	if (e == ERR_BAD_PASSKEY) {
		OWNED(log_close) struct log *log = request_log(rq);
		log_event(log, LOG_INFO, "session.refused");
	}
	TRY(e);
	TRY(storage_user_by_id(request_storage(rq), p->user_id, rq->mem, &rq->user, why));
	if (rq->user->disabled)
		return fail(why, ERR_ACCOUNT_DISABLED, "%s", "");
	TRY(session_leave_old(rq, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "session.created");
	return session_begin(rq, rq->user, NULL, 200, why);
}

const struct route route_post_login_passkey = {.name = "POST /login/passkey",
                                               .handle = post_login_passkey,
                                               .runs = RUN_BLOCKING,
                                               .limit = LIMIT_LOGIN,
                                               .body = BODY_JSON};
