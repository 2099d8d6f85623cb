/* POST /account/second-factor: a secret for an authenticator app; in force once its first code is sent. */
#include "guesses.h"
#include "second_factor.h"

#include <sodium.h>

/* For an address in a QR code: all but the unreserved characters of RFC 3986 is escaped. */
static void
put_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    strchr("-._~", *s))
			buf_putc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

static enum err
post_factor(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	uint8_t secret[TOTP_SECRET_LEN];
	const char *text;
	TRY(request_json(rq, &body, why));
	TRY(confirm_password(rq, body, why));
	if (rq->user->second_factor)
		return fail(why, ERR_CONFLICT, "a second factor is in force; end it first");
	random_bytes(secret, sizeof secret);
	TRY(storage_totp_begin(request_storage(rq), rq->user->id, secret, why));
	ARENA_TRY(text, second_factor_text(rq, secret, sizeof secret), rq->mem, why);
	sodium_memzero(secret, sizeof secret);
	struct buf *out = answer_json(rq, 201);
	buf_printf(out, "{\"secret\":\"%s\",\"uri\":\"otpauth://totp/Docket:", text);
	put_escaped(out, rq->user->email);
	buf_printf(out, "?secret=%s&issuer=Docket\"}\n", text);
	return ERR_NONE;
}

const struct route route_post_factor = {.name = "POST /account/second-factor",
                                        .handle = post_factor,
                                        .auth = AUTH_PERSON,
                                        .runs = RUN_HASHING,
                                        .body = BODY_JSON,
                                        .limit = LIMIT_ACCOUNT,
                                        .before_factor = true};
