/* POST /webhooks: tell this address when my documents are read. Its secret is shown here only. With the
 * password: whoever is told of papers outlives a session that somebody else got hold of. */
#include "clock.h"
#include "guesses.h"
#include "observe.h"
#include "webhook_json.h"

#include <sodium.h>

#define SECRET_LEN 32

static enum err
post_webhook(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	uint8_t secret[SECRET_LEN];
	char text[64];
	struct webhook w = {
	    .id = uuid_new(), .user_id = rq->user->id, .secret = text, .created_ms = clock_wall_ms()};
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "url", 1000, &w.url, why));
	TRY(webhook_url_ok(w.url, request_settings(rq)->webhook_private, why));
	TRY(events_of(json_object_get(body, "events"), &w.events, why));
	TRY(confirm_password(rq, body, why));
	random_bytes(secret, sizeof secret);
	sodium_bin2base64(text, sizeof text, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	TRY(storage_webhook_create(request_storage(rq), &w, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "webhook"));
	struct buf *out = answer_json(rq, 201);
	buf_printf(out, "{\"secret\":\"%s\",\"webhook\":", text);
	webhook_json(out, &w);
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_webhook = {.name = "POST /webhooks",
                                         .handle = post_webhook,
                                         .auth = AUTH_PERSON,
                                         .runs = RUN_HASHING,
                                         .body = BODY_JSON,
                                         .limit = LIMIT_ACCOUNT};
