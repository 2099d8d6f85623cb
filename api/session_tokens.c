#include "session_tokens.h"

#include "clock.h"
#include "device_name.h"
#include "header_values.h"
#include "server.h"

#include <sodium.h>

#define KIND_LEN   4
#define RANDOM_LEN 32

void
token_new(const char *kind, char ret[static TOKEN_TEXT_LEN], uint8_t ret_hash[static TOKEN_HASH_LEN])
{
	uint8_t secret[RANDOM_LEN];
	random_bytes(secret, sizeof secret);
	char text[64];
	sodium_bin2base64(text, sizeof text, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(ret, TOKEN_TEXT_LEN, "%.4s%.43s", kind, text);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(text, sizeof text);
	if (!token_hash(ret, ret_hash))
		BUG("a token of our own making is none");
}

bool
token_is(const char *token, const char *kind)
{
	return strncmp(token, kind, KIND_LEN) == 0;
}

bool
token_hash(const char *token, uint8_t ret[static TOKEN_HASH_LEN])
{
	static const char *const kinds[] = {TOKEN_SESSION, TOKEN_API, TOKEN_FEED, TOKEN_LINK};
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		known |= token_is(token, kinds[i]);
	if (!known || strlen(token) != TOKEN_TEXT_LEN - 1)
		return false;
	crypto_hash_sha256(ret, (const unsigned char *)token, TOKEN_TEXT_LEN - 1);
	return true;
}

static const char *
cookie_name(const struct request *rq)
{
	return api_is_secure(rq->api) ? "__Host-docket_session" : "docket_session";
}

bool
request_token(struct request *rq)
{
	const char *authorization = request_header(rq, "Authorization");
	if (authorization) {
		static const char scheme[] = "Bearer ";
		if (strncasecmp(authorization, scheme, strlen(scheme)) != 0)
			return false;
		const char *token = authorization + strlen(scheme);
		if (strlen(token) >= sizeof rq->token)
			return false;
		snprintf(rq->token, sizeof rq->token, "%s", token);
	} else {
		rq->by_cookie =
		    cookie_value(request_header(rq, "Cookie"), cookie_name(rq), rq->token, sizeof rq->token);
		if (!rq->by_cookie)
			return false;
	}
	return token_hash(rq->token, rq->token_hash);
}

static void
set_cookie(struct request *rq, const char *value, int64_t max_age_s)
{
	answer_header(rq, "Set-Cookie", "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
	              cookie_name(rq), value, (long long)max_age_s, api_is_secure(rq->api) ? "; Secure" : "");
}

void
session_cookie_take_back(struct request *rq)
{
	set_cookie(rq, "", 0);
}

enum err
session_leave_old(struct request *rq, struct why *why)
{
	if (!request_token(rq) || !rq->by_cookie)
		return ERR_NONE;
	enum err e = storage_session_end(request_storage(rq), rq->token_hash, why);
	return e == ERR_ABSENT || e == ERR_UNAUTHENTICATED ? ERR_NONE : e;
}

/* Browsers say where a request comes from, and no script of a page can take that away. Such a page has the
 * cookie, which its scripts cannot read; what they cannot read nobody takes through them. */
static bool
asked_by_page(struct request *rq)
{
	return request_header(rq, "Sec-Fetch-Site") || request_header(rq, "Origin");
}

enum err
session_begin(struct request *rq, const struct user *user, const char *password_hash, unsigned status,
              struct why *why)
{
	const struct settings *s = request_settings(rq);
	uint8_t hash[TOKEN_HASH_LEN];
	char device[DEVICE_NAME_LEN], address[64], network[COARSE_ADDRESS_LEN];
	token_new(TOKEN_SESSION, rq->token, hash);
	request_address(rq, address, sizeof address);
	coarse_address(address, network);
	device_name(request_header(rq, "User-Agent"), device);
	int64_t idle = s->api_session_idle < s->api_session_life ? s->api_session_idle : s->api_session_life;
	const struct new_session n = {.user = user->id,
	                              .token_hash = hash,
	                              .idle_ms = idle,
	                              .life_ms = s->api_session_life,
	                              .device = device,
	                              .address = network,
	                              .password_hash = password_hash};
	enum err e = storage_session_create(request_storage(rq), &n, why);
	TRY(e == ERR_CONFLICT ? fail(why, ERR_BAD_CREDENTIALS, "%s", "") : e);
	set_cookie(rq, rq->token, s->api_session_life / 1000);
	struct buf *out = answer_json(rq, status);
	buf_puts(out, "{\"user\":");
	user_json(out, s, user);
	buf_puts(out, ",\"token\":");
	text_or_null(out, asked_by_page(rq) ? NULL : rq->token);
	buf_puts(out, ",\"expires_at\":");
	time_or_null(out, clock_wall_ms() + idle);
	buf_puts(out, "}\n");
	return ERR_NONE;
}
