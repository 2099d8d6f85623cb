/* POST /login: one answer and one duration for every cause of refusal. */
#include "clock.h"
#include "observe.h"
#include "passwords.h"
#include "server.h"
#include "session_tokens.h"

#include <ctype.h>

/* Wrong guesses count for one e-mail from one address: they slow down who guesses, and lock nobody out who
 * sits elsewhere. `cost` 0 looks only. */
static enum err
count_guess(struct request *rq, const char *email, int64_t cost, struct why *why)
{
	char key[400], address[64];
	struct rate_state state;
	request_address(rq, address, sizeof address);
	int n = snprintf(key, sizeof key, "%s %s", address, email);
	for (int i = 0; i < n; i++)
		key[i] = (char)tolower((unsigned char)key[i]);
	if (rate_take(rq->api->rates, RATE_GUESSES, key, (size_t)n,
	              request_settings(rq)->api_guesses_per_minute, cost, clock_steady_ms(), &state))
		return ERR_NONE;
	rq->retry_after = state.after_s;
	return fail(why, ERR_RATE_LIMITED, "too many wrong passwords for this e-mail");
}

static enum err
post_login(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const char *email, *password;
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "email", 254, &email, why));
	TRY(member_string(body, "password", PASSWORD_MAX, &password, why));

	TRY(count_guess(rq, email, 0, why));
	const struct user *user = NULL;
	enum err e = storage_user_by_email(request_storage(rq), email, rq->mem, &user, why);
	if (e != ERR_NONE && e != ERR_ABSENT)
		return e;
	bool right;
	TRY(password_check(request_settings(rq), password, user ? user->password_hash : NULL, &right, why));
	rq->user = user;
	OWNED(log_close) struct log *log = request_log(rq);
	if (!right) {
		log_event(log, LOG_INFO, "session.refused");
		TRY(count_guess(rq, email, 1, why));
		return fail(why, ERR_BAD_CREDENTIALS, "%s", "");
	}
	log_event(log, LOG_INFO, "session.created");
	return session_begin(rq, user, 200, why);
}

const struct route route_post_login = {
    .name = "POST /login", .handle = post_login, .runs = RUN_HASHING, .limit = LIMIT_AUTH, .body = BODY_JSON};
