/* key_json.h: keys as their owner sees and makes them. */
#ifndef DOCKET_KEY_JSON_H
#define DOCKET_KEY_JSON_H

#include "request.h"

void key_json(struct buf *out, const struct key *k);
/* A new key of the token kind, stored: `wanted`'s user_id, kind, name, data, scopes, ends_ms. `ret` may be
 * NULL. */
enum err key_make(struct request *rq, const char *token_kind, const struct key *wanted,
                  char ret_token[static TOKEN_TEXT_LEN], const struct key **ret, struct why *why) MUST_CHECK;
enum err answer_keys(struct request *rq, enum key_kind kind, struct why *why) MUST_CHECK;
/* ["read", "upload"] as scopes. ERR_INVALID. */
enum err scopes_of(const json_t *list, uint32_t *ret, struct why *why) MUST_CHECK;
/* `expires_in_days` of a body; 0: never. ERR_INVALID. */
enum err key_life(const json_t *body, int64_t *ret_ends_ms, struct why *why) MUST_CHECK;

#endif
