/* POST /account/keep: I stay after all. */
#include "account.h"

static enum err
post_account_keep(struct request *rq, struct why *why)
{
	struct user_change change = {USER_CHANGE_NONE, .action = "user.stays"};
	change.delete_ms = 0;
	TRY(account_change(rq, &change, why));
	account_json(rq, 200, NULL);
	return ERR_NONE;
}

const struct route route_post_account_keep = {.name = "POST /account/keep",
                                              .handle = post_account_keep,
                                              .auth = AUTH_PERSON,
                                              .runs = RUN_BLOCKING,
                                              .before_factor = true};
