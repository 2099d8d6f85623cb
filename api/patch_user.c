/* PATCH /admin/users/{id}: switch an account off or on, make its owner an admin or not. Never one's own: the
 * last admin cannot shut the door behind themselves. An admin is made with the password: it would outlive a
 * session that somebody else got hold of. */
#include "account.h"
#include "guesses.h"
#include "observe.h"

static enum err
patch_user(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	const struct user *user;
	char me[UUID_TEXT_LEN], detail[60];
	struct user_change change = {USER_CHANGE_NONE, .action = "user.changed_by_admin", .by = me,
	                             .detail = detail};
	change.request_id = rq->request_id;
	uuid_text(rq->user->id, me);
	TRY(request_json(rq, &body, why));
	const json_t *disabled = json_object_get(body, "disabled");
	const char *role = json_get_str(body, "role");
	if (disabled && !json_is_boolean(disabled))
		return fail(why, ERR_INVALID, "disabled: true or false");
	if (json_object_get(body, "role") &&
	    (!role || (strcmp(role, "user") != 0 && strcmp(role, "admin") != 0)))
		return fail(why, ERR_INVALID, "role: user or admin");
	if (!disabled && !role)
		return fail(why, ERR_INVALID, "disabled or role");
	if (uuid_equal(rq->id, rq->user->id))
		return fail(why, ERR_INVALID, "not your own account");
	if (disabled)
		change.disabled = json_is_true(disabled);
	if (role)
		change.role = strcmp(role, "admin") == 0 ? ROLE_ADMIN : ROLE_USER;
	snprintf(detail, sizeof detail, "%s%s%s", role ? role : "", role && disabled ? "," : "",
	         disabled ? change.disabled ? "disabled" : "enabled" : "");
	if (change.role == ROLE_ADMIN)
		TRY(confirm_password(rq, body, why));
	TRY(storage_user_change(request_storage(rq), rq->id, &change, rq->mem, &user, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "by admin"));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"user\":");
	user_json(out, request_settings(rq), user);
	buf_printf(out, ",\"disabled\":%s}\n", user->disabled ? "true" : "false");
	return ERR_NONE;
}

const struct route route_patch_user = {.name = "PATCH /admin/users/{id}",
                                       .handle = patch_user,
                                       .auth = AUTH_ADMIN,
                                       .runs = RUN_HASHING,
                                       .body = BODY_JSON};
