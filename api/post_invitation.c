/* POST /admin/invitations: a link that makes one account, for one address if it names one. A note is for
 * those who look after the list, and goes into no letter. */
#include "account.h"
#include "clock.h"
#include "key_json.h"
#include "letters.h"

static enum err
post_invitation(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email = NULL, *note = NULL;
	char token[TOKEN_TEXT_LEN], link[600];
	const struct key *k;
	TRY(request_json(rq, &body, why));
	if (json_object_get(body, "email"))
		TRY(member_string(body, "email", 1000, &email, why));
	if (json_object_get(body, "note"))
		TRY(member_string(body, "note", 1000, &note, why));
	TRY(api_check_invitation(email, note, why));
	TRY(key_make(rq, TOKEN_LINK,
	             &(struct key){.user_id = rq->user->id,
	                           .kind = KEY_INVITE,
	                           .data = email,
	                           .name = note && *note ? note : NULL,
	                           .ends_ms = clock_wall_ms() + API_INVITATION_LIFE_MS},
	             token, &k, why));
	snprintf(link, sizeof link, "%.400s/app/join#%s", request_settings(rq)->api_public_url, token);
	if (email)
		TRY(letter_send(rq, LETTER_INVITATION, rq->user, email, link, why));
	struct buf *out = answer_json(rq, 201);
	buf_puts(out, "{\"link\":");
	text_or_null(out, link);
	buf_printf(out,
	           ",\"sent\":%s,\"key\":", email && mail_is_on(request_settings(rq)) ? "true" : "false");
	key_json(out, k);
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_post_invitation = {.name = "POST /admin/invitations",
                                            .handle = post_invitation,
                                            .auth = AUTH_ADMIN,
                                            .runs = RUN_BLOCKING,
                                            .body = BODY_JSON,
                                            .limit = LIMIT_MAIL};
