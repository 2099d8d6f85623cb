/* GET /calendar/{token}: my due dates, for a calendar program that can do nothing but fetch an address.
 *
 * The token stands in the address because such programs offer no other place; it opens this and nothing else,
 * ends by a click, and is written to no log of ours: they carry the route's name, never the address. */
#include "calendar_text.h"
#include "clock.h"
#include "second_factor.h"
#include "server.h"
#include "session_tokens.h"

#define FETCHES_PER_MINUTE 12

static void
due_event(struct buf *out, const struct due_date *d, const char *now)
{
	char uid[UUID_TEXT_LEN + 16], day[16], summary[400];
	const char *merchant = d->merchant ? d->merchant : "?";
	uuid_text(d->document_id, uid);
	snprintf(uid + strlen(uid), sizeof uid - strlen(uid), "@docket");
	snprintf(day, sizeof day, "%.4s%.2s%.2s", d->date, d->date + 5, d->date + 8);
	snprintf(summary, sizeof summary, "%.*s%s%.40s%s%.8s", (int)calendar_cut(merchant, 200), merchant,
	         d->total ? ": " : "", d->total ? d->total : "", d->total && d->currency ? " " : "",
	         d->total && d->currency ? d->currency : "");
	calendar_line(out, "BEGIN", "VEVENT");
	calendar_line(out, "UID", uid);
	calendar_line(out, "DTSTAMP", now);
	calendar_line(out, "DTSTART;VALUE=DATE", day);
	calendar_text(out, "SUMMARY", summary);
	calendar_line(out, "TRANSP", "TRANSPARENT");
	calendar_line(out, "END", "VEVENT");
}

/* All documents of its owner are gone through for it, and calendar programs ask some times a day. Of the
 * address and not of the network: one such program asks for many people. */
static enum err
fetch_allowed(struct request *rq, const struct key *key, struct why *why)
{
	struct rate_state state;
	const struct rate_want w = {RATE_FEEDS, key->id.b, sizeof key->id.b, FETCHES_PER_MINUTE, 1};
	if (rate_take_waiting(rq->api->rates, &w, clock_steady_ms(), &state))
		return ERR_NONE;
	rq->retry_after = state.after_s;
	return fail(why, ERR_RATE_LIMITED, "at most %d in a minute", FETCHES_PER_MINUTE);
}

static enum err
get_calendar(struct request *rq, struct why *why)
{
	uint8_t hash[TOKEN_HASH_LEN];
	const struct key *key;
	const struct due_date *dates;
	size_t n;
	char text[CLOCK_TEXT_LEN], now[20];
	if (!token_is(rq->word, TOKEN_FEED) || !token_hash(rq->word, hash))
		return fail(why, ERR_ABSENT, "%s", "");
	enum err e = storage_key_find(request_storage(rq), KEY_FEED, hash, rq->mem, &key, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "%s", "");
	TRY(e);
	TRY(fetch_allowed(rq, key, why));
	const struct user *owner;
	TRY(storage_user_by_id(request_storage(rq), key->user_id, rq->mem, &owner, why));
	if (owner->disabled)
		return fail(why, ERR_ABSENT, "%s", "");
	if (second_factor_lacking(request_settings(rq), owner))
		return fail(why, ERR_FACTOR_NEEDED, "%s", "");
	TRY(storage_due_dates(request_storage(rq), key->user_id, rq->mem, &dates, &n, why));
	clock_text(clock_wall_ms(), text); /* 2026-11-24T07:15:00.123Z */
	snprintf(now, sizeof now, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11,
	         text + 14, text + 17);
	struct buf *out = answer_json(rq, 200);
	calendar_line(out, "BEGIN", "VCALENDAR");
	calendar_line(out, "VERSION", "2.0");
	calendar_line(out, "PRODID", "-//Docket//Due dates//EN");
	for (size_t i = 0; i < n; i++)
		due_event(out, &dates[i], now);
	calendar_line(out, "END", "VCALENDAR");
	rq->answer.content_type = "text/calendar; charset=utf-8";
	return ERR_NONE;
}

const struct route route_get_calendar = {
    .name = "GET /calendar/{token}", .handle = get_calendar, .auth = AUTH_NONE, .runs = RUN_BLOCKING};
