/* PATCH /account: the language of letters and of the app. */
#include "account.h"

static enum err
patch_account(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct user_change change = {USER_CHANGE_NONE, .action = "user.locale_changed"};
	TRY(request_json(rq, &body, why));
	TRY(member_string(body, "locale", 10, &change.locale, why));
	TRY(locale_ok(change.locale, why));
	TRY(account_change(rq, &change, why));
	account_json(rq, 200, NULL);
	return ERR_NONE;
}

const struct route route_patch_account = {.name = "PATCH /account",
                                          .handle = patch_account,
                                          .auth = AUTH_PERSON,
                                          .runs = RUN_BLOCKING,
                                          .body = BODY_JSON};
