#include "passkey_request.h"

#include "clock.h"

#include <sodium.h>

enum err
passkey_party(struct request *rq, struct web_authn_party *ret, struct why *why)
{
	if (!web_authn_party(request_settings(rq)->api_public_url, ret))
		return fail(why, ERR_NO_PASSKEYS, "%s", "");
	return ERR_NONE;
}

enum err
passkey_challenge(struct request *rq, struct uuid user, struct buf *out, struct why *why)
{
	uint8_t challenge[CHALLENGE_LEN], hash[TOKEN_HASH_LEN];
	char text[64];
	random_bytes(challenge, sizeof challenge);
	crypto_hash_sha256(hash, challenge, sizeof challenge);
	TRY(storage_challenge_put(request_storage(rq), hash, user, clock_wall_ms() + PASSKEY_ASK_MS, why));
	sodium_bin2base64(text, sizeof text, challenge, sizeof challenge,
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	buf_printf(out, "\"%s\"", text);
	return ERR_NONE;
}

enum err
member_bytes(struct request *rq, const json_t *o, const char *key, size_t max, const uint8_t **ret, size_t *n,
             struct why *why)
{
	const char *text;
	uint8_t *bytes;
	TRY(member_string(o, key, max / 3 * 4 + 4, &text, why));
	ARENA_TRY(bytes, arena_alloc(rq->mem, max), rq->mem, why);
	if (!base64url_bytes(text, bytes, max, n) || *n == 0)
		return fail(why, ERR_INVALID, "%s: not 1 to %zu bytes as base64url", key, max);
	*ret = bytes;
	return ERR_NONE;
}

static enum err
spend(struct request *rq, const uint8_t *challenge, struct uuid user, struct why *why)
{
	uint8_t hash[TOKEN_HASH_LEN];
	crypto_hash_sha256(hash, challenge, CHALLENGE_LEN);
	enum err e = storage_challenge_spend(request_storage(rq), hash, user, why);
	return e == ERR_ABSENT ? fail(why, ERR_BAD_PASSKEY, "the challenge is too old or was used") : e;
}

enum err
passkey_answer_read(struct request *rq, const json_t *body, const char *type, struct uuid user,
                    struct passkey_answer *ret, struct why *why)
{
	uint8_t challenge[CHALLENGE_LEN];
	TRY(passkey_party(rq, &ret->party, why));
	const json_t *credential = json_object_get(body, "credential");
	ret->response = json_object_get(credential, "response");
	if (!json_is_object(ret->response))
		return fail(why, ERR_INVALID, "credential: what the browser gave, with its response");
	TRY(member_bytes(rq, ret->response, "clientDataJSON", CLIENT_DATA_MAX, &ret->client_data,
	                 &ret->n_client_data, why));
	TRY(member_bytes(rq, ret->response, "authenticatorData", AUTHENTICATOR_MAX, &ret->data, &ret->n_data,
	                 why));
	TRY(web_authn_client_data((const char *)ret->client_data, ret->n_client_data, type, &ret->party,
	                          challenge, why));
	return spend(rq, challenge, user, why);
}

enum err
passkey_name(const json_t *body, const char **ret, struct why *why)
{
	TRY(member_string(body, "name", PASSKEY_NAME_MAX, ret, why));
	return **ret ? ERR_NONE : fail(why, ERR_INVALID, "name: empty");
}

enum err
passkey_mine(struct request *rq, struct why *why)
{
	const struct passkey *list;
	size_t n;
	TRY(storage_passkey_list(request_storage(rq), rq->user->id, rq->mem, &list, &n, why));
	for (size_t i = 0; i < n; i++)
		if (uuid_equal(list[i].id, rq->id))
			return ERR_NONE;
	return fail(why, ERR_ABSENT, "no such passkey");
}

void
passkey_json(struct buf *out, const struct passkey *p)
{
	char id[UUID_TEXT_LEN];
	uuid_text(p->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"name\":", id);
	text_or_null(out, p->name);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, p->created_ms);
	buf_puts(out, ",\"used_at\":");
	time_or_null(out, p->used_ms);
	buf_putc(out, '}');
}
