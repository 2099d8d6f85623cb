#include "request_limits.h"

#include "clock.h"
#include "server.h"

#include <ctype.h>
#include <stddef.h>

#define LETTERS_PER_MINUTE 2

static const struct {
	enum rate_class class;
	size_t setting; /* its offset: how many in a minute */
} limits[] = {
    [LIMIT_USER] = {RATE_REQUESTS, offsetof(struct settings, api_requests_per_minute)},
    [LIMIT_UPLOAD] = {RATE_UPLOADS, offsetof(struct settings, api_uploads_per_minute)},
    [LIMIT_SEARCH] = {RATE_SEARCHES, offsetof(struct settings, api_searches_per_minute)},
    [LIMIT_EXPORT] = {RATE_EXPORTS, offsetof(struct settings, api_exports_per_minute)},
    [LIMIT_LOGIN] = {RATE_LOGINS, offsetof(struct settings, api_auth_per_minute)},
    [LIMIT_SIGNUP] = {RATE_SIGNUPS, offsetof(struct settings, api_auth_per_minute)},
    [LIMIT_MAIL] = {RATE_MAILS, offsetof(struct settings, api_auth_per_minute)},
    [LIMIT_ACCOUNT] = {RATE_ACCOUNT, offsetof(struct settings, api_auth_per_minute)},
    [LIMIT_OPEN] = {RATE_OPEN, offsetof(struct settings, api_auth_per_minute)},
};

static enum err
told(struct request *rq, bool there, const struct rate_state *state, struct why *why)
{
	int64_t most = rq->rate.per_minute;
	if (rq->user || !there || rq->route->limit != LIMIT_USER) {
		answer_header(rq, "RateLimit-Policy", "\"minute\";q=%lld;w=60", (long long)most);
		answer_header(rq, "RateLimit", "\"minute\";r=%lld;t=%lld", (long long)state->left,
		              (long long)state->after_s);
	}
	if (there)
		return ERR_NONE;
	rq->retry_after = state->after_s;
	return fail(why, ERR_RATE_LIMITED, "at most %lld in a minute", (long long)most);
}

enum err
request_limit(struct request *rq, struct why *why)
{
	struct rate_state state;
	rq->rate = (struct rate_want){.class = limits[rq->route->limit].class, .cost = 1};
	memcpy(&rq->rate.per_minute, (const char *)rq->api->settings + limits[rq->route->limit].setting,
	       sizeof rq->rate.per_minute);
	if (rq->rate.per_minute == 0)
		return ERR_NONE;
	if (rq->user) {
		rq->rate.key = rq->user->id.b;
		rq->rate.n = sizeof rq->user->id.b;
	} else {
		request_network(rq, rq->network);
		rq->rate.key = rq->network;
		rq->rate.n = strlen(rq->network);
	}
	enum rate_answer a = rate_take(rq->api->rates, &rq->rate, clock_steady_ms(), &state);
	rq->rate_open = a == RATE_ASK;
	return rq->rate_open ? ERR_NONE : told(rq, a == RATE_THERE, &state, why);
}

enum err
request_limit_ask(struct request *rq, struct why *why)
{
	struct rate_state state;
	if (!rq->rate_open)
		return ERR_NONE;
	rq->rate_open = false;
	bool there = rate_ask(rq->api->rates, &rq->rate, clock_steady_ms(), &state);
	return told(rq, there, &state, why);
}

enum err
request_limit_again(struct request *rq, struct why *why)
{
	struct rate_state state;
	if (rate_take_waiting(rq->api->rates, &rq->rate, clock_steady_ms(), &state))
		return ERR_NONE;
	return fail(why, ERR_RATE_LIMITED, "at most %lld in a minute", (long long)rq->rate.per_minute);
}

enum err
letter_allowed(struct request *rq, const char *email, struct why *why)
{
	char folded[300];
	struct rate_state state;
	/* What others send somebody does not keep them from asking for their own. */
	bool own = rq->user && strcasecmp(email, rq->user->email) == 0;
	snprintf(folded, sizeof folded, "%s%.280s", own ? "own " : "", email);
	size_t n = strlen(folded);
	for (size_t i = 0; i < n; i++)
		folded[i] = (char)tolower((unsigned char)folded[i]);
	const struct rate_want w = {RATE_LETTERS, folded, n, LETTERS_PER_MINUTE, 1};
	if (rate_take_waiting(rq->api->rates, &w, clock_steady_ms(), &state))
		return ERR_NONE;
	rq->retry_after = state.after_s;
	return fail(why, ERR_RATE_LIMITED, "at most %d letters to one address in a minute",
	            LETTERS_PER_MINUTE);
}
