#include "guesses.h"

#include "clock.h"
#include "observe.h"
#include "passwords.h"
#include "server.h"

#include <ctype.h>

static bool
take(struct request *rq, const char *email, int64_t cost, struct rate_state *state)
{
	char key[400], network[NETWORK_LEN];
	request_network(rq, network);
	int n = snprintf(key, sizeof key, "%s %s", network, email);
	for (int i = 0; i < n && key[i]; i++)
		key[i] = (char)tolower((unsigned char)key[i]);
	const struct rate_want w = {RATE_GUESSES, key, strlen(key),
	                            request_settings(rq)->api_guesses_per_minute, cost};
	return rate_take_waiting(rq->api->rates, &w, clock_steady_ms(), state);
}

enum err
guess_allowed(struct request *rq, const char *email, struct why *why)
{
	struct rate_state state;
	if (take(rq, email, 0, &state))
		return ERR_NONE;
	rq->retry_after = state.after_s;
	return fail(why, ERR_RATE_LIMITED, "too many wrong guesses for this account");
}

void
guess_was_wrong(struct request *rq, const char *email)
{
	struct rate_state state;
	(void)take(rq, email, 1, &state);
}

/* Hashing takes a while, and so does the wait for it: what has become of the password meanwhile? */
static enum err
still_the_password(struct request *rq, struct why *why)
{
	const struct user *now;
	TRY(storage_user_by_id(request_storage(rq), rq->user->id, rq->mem, &now, why));
	return strcmp(now->password_hash, rq->user->password_hash) == 0
	           ? ERR_NONE
	           : fail(why, ERR_WRONG_PASSWORD, "%s", "");
}

enum err
confirm_password(struct request *rq, const json_t *body, struct why *why)
{
	const char *password;
	bool right;
	TRY(member_string(body, "password", PASSWORD_MAX, &password, why));
	TRY(guess_allowed(rq, rq->user->email, why));
	TRY(password_check(request_settings(rq), password, rq->user->password_hash, &right, why));
	if (right)
		return still_the_password(rq, why);
	guess_was_wrong(rq, rq->user->email);
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "session.refused");
	return fail(why, ERR_WRONG_PASSWORD, "%s", "");
}
