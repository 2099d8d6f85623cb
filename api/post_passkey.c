/* POST /account/passkeys: the one that the browser has made. */
#include "clock.h"
#include "letters.h"
#include "observe.h"
#include "passkey_request.h"

static enum err
post_passkey(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct passkey_answer answer;
	struct new_credential fresh;
	struct passkey p = {.id = uuid_new(), .user_id = rq->user->id, .created_ms = clock_wall_ms()};
	TRY(request_json(rq, &body, why));
	TRY(passkey_name(body, &p.name, why));
	TRY(passkey_answer_read(rq, body, "webauthn.create", rq->user->id, &answer, why));
	TRY(web_authn_new(answer.data, answer.n_data, &answer.party, &fresh, why));
	p.credential = fresh.id;
	p.algorithm = fresh.algorithm;
	p.public_key = fresh.public_key;
	p.sign_count = fresh.sign_count;
	TRY(storage_passkey_create(request_storage(rq), &p, why));
	TRY(letter_send(rq, LETTER_PASSKEYS_CHANGED, rq->user, rq->user->email, NULL, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "passkey added"));
	struct buf *out = answer_json(rq, 201);
	passkey_json(out, &p);
	buf_putc(out, '\n');
	return ERR_NONE;
}

const struct route route_post_passkey = {.name = "POST /account/passkeys",
                                         .handle = post_passkey,
                                         .auth = AUTH_PERSON,
                                         .runs = RUN_BLOCKING,
                                         .body = BODY_JSON,
                                         .limit = LIMIT_ACCOUNT,
                                         .before_factor = true};
