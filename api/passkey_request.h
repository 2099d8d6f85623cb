/* passkey_request.h: what the endpoints of passkeys share: whom they are for, challenges, JSON.
 *
 * JSON has the shapes that browsers take and give (PublicKeyCredential.parse...OptionsFromJSON(), .toJSON()),
 * and so names in their spelling. */
#ifndef DOCKET_PASSKEY_REQUEST_H
#define DOCKET_PASSKEY_REQUEST_H

#include "request.h"
#include "web_authn.h"

#define PASSKEY_ASK_MS   300000 /* a challenge is good for so long */
#define PASSKEY_NAME_MAX 100

/* ERR_NO_PASSKEYS where browsers would refuse. */
enum err passkey_party(struct request *rq, struct web_authn_party *ret, struct why *why) MUST_CHECK;
/* A new challenge for `user`, or nil: for whoever logs in. Written into `out` as a JSON string. */
enum err passkey_challenge(struct request *rq, struct uuid user, struct buf *out, struct why *why) MUST_CHECK;

/* What `credential` of a body holds, decoded; `client_data` checked, and its challenge spent. */
struct passkey_answer {
	struct web_authn_party party;
	const json_t *response;
	const uint8_t *client_data, *data;
	size_t n_client_data, n_data;
};
enum err passkey_answer_read(struct request *rq, const json_t *body, const char *type, struct uuid user,
                             struct passkey_answer *ret, struct why *why) MUST_CHECK;
/* A member in base64url; ERR_INVALID where it is missing, longer than `max` bytes or something else. */
enum err member_bytes(struct request *rq, const json_t *o, const char *key, size_t max, const uint8_t **ret,
                      size_t *n, struct why *why) MUST_CHECK;
/* A passkey's name: 1 to PASSKEY_NAME_MAX bytes. */
enum err passkey_name(const json_t *body, const char **ret, struct why *why) MUST_CHECK;

/* Is the one of the address theirs? ERR_ABSENT: asked before anything else, so that others' answer as none
 * do. */
enum err passkey_mine(struct request *rq, struct why *why) MUST_CHECK;

void passkey_json(struct buf *out, const struct passkey *p);

#endif
