#include "key_json.h"

#include "clock.h"
#include "session_tokens.h"

#define KEYS_MAX 100 /* of a kind: fewer than a list shows */

static const struct {
	enum key_scope scope;
	const char *name;
} scopes[] = {{SCOPE_READ, "read"}, {SCOPE_UPLOAD, "upload"}, {SCOPE_WRITE, "write"}};

void
key_json(struct buf *out, const struct key *k)
{
	char id[UUID_TEXT_LEN];
	uuid_text(k->id, id);
	buf_printf(out, "{\"id\":\"%s\",\"name\":", id);
	text_or_null(out, k->name);
	if (k->kind == KEY_API) {
		const char *comma = "";
		buf_puts(out, ",\"scopes\":[");
		for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
			if ((k->scopes & scopes[i].scope) == 0)
				continue;
			buf_printf(out, "%s\"%s\"", comma, scopes[i].name);
			comma = ",";
		}
		buf_putc(out, ']');
	}
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, k->created_ms);
	buf_puts(out, ",\"used_at\":");
	time_or_null(out, k->used_ms);
	buf_puts(out, ",\"expires_at\":");
	time_or_null(out, k->ends_ms);
	buf_putc(out, '}');
}

enum err
answer_keys(struct request *rq, enum key_kind kind, struct why *why)
{
	const struct key *keys;
	size_t n;
	TRY(storage_key_list(request_storage(rq), rq->user->id, kind, rq->mem, &keys, &n, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		key_json(out, &keys[i]);
	}
	buf_puts(out, "]}\n");
	return ERR_NONE;
}

/* Whatever is in force can be seen in its list, and ended there. */
static enum err
check_room(struct request *rq, enum key_kind kind, struct why *why)
{
	const struct key *keys;
	size_t n;
	if (kind != KEY_API && kind != KEY_FEED)
		return ERR_NONE;
	TRY(storage_key_list(request_storage(rq), rq->user->id, kind, rq->mem, &keys, &n, why));
	return n < KEYS_MAX ? ERR_NONE : fail(why, ERR_INVALID, "at most %d at once: end one", KEYS_MAX);
}

enum err
key_make(struct request *rq, const char *token_kind, const struct key *wanted,
         char ret_token[static TOKEN_TEXT_LEN], const struct key **ret, struct why *why)
{
	struct key *k;
	uint8_t hash[TOKEN_HASH_LEN];
	TRY(check_room(rq, wanted->kind, why));
	ARENA_TRY(k, arena_alloc(rq->mem, sizeof *k), rq->mem, why);
	*k = *wanted;
	k->id = uuid_new();
	k->created_ms = clock_wall_ms();
	token_new(token_kind, ret_token, hash);
	TRY(storage_key_create(request_storage(rq), k, hash, why));
	if (ret)
		*ret = k;
	return ERR_NONE;
}

enum err
scopes_of(const json_t *list, uint32_t *ret, struct why *why)
{
	size_t i;
	const json_t *v;
	*ret = 0;
	json_array_foreach(list, i, v)
	{
		const char *name = json_string_value(v);
		bool known = false;
		for (size_t j = 0; name && j < ARRAY_LEN(scopes); j++) {
			if (strcmp(name, scopes[j].name) != 0)
				continue;
			*ret |= scopes[j].scope;
			known = true;
		}
		if (!known)
			return fail(why, ERR_INVALID, "scopes: of read, upload, write");
	}
	return *ret ? ERR_NONE : fail(why, ERR_INVALID, "scopes: at least one of read, upload, write");
}

enum err
key_life(const json_t *body, int64_t *ret_ends_ms, struct why *why)
{
	const json_t *days = json_object_get(body, "expires_in_days");
	*ret_ends_ms = 0;
	if (!days || json_is_null(days))
		return ERR_NONE;
	if (!json_is_integer(days) || json_integer_value(days) < 1 || json_integer_value(days) > 3650)
		return fail(why, ERR_INVALID, "expires_in_days: a whole number from 1 to 3650, or null");
	*ret_ends_ms = clock_wall_ms() + json_integer_value(days) * 86400000;
	return ERR_NONE;
}
