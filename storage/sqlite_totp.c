/* The second factor: its secret, and which time steps are used up. */
#include "sqlite_people.h"

struct totp_op {
	struct uuid user;
	const uint8_t *secret;
	int64_t step;
};

static enum err
begin(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct totp_op *o = arg;
	STATEMENT *s =
	    statement(c, "UPDATE user SET totp_secret = ?2, totp_on = 0, totp_step = 0 WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	if (o->secret)
		sqlite3_bind_blob(s, 2, o->secret, TOTP_SECRET_LEN, SQLITE_STATIC);
	TRY(step_done(c, s, why));
	return insert_audit(c, &o->user, o->secret ? "second_factor.begun" : "second_factor.ended", NULL,
	                    NULL, why);
}

enum err
sqlite_totp_begin(struct storage *st, struct uuid user, const uint8_t secret[static TOTP_SECRET_LEN],
                  struct why *why)
{
	struct totp_op o = {.user = user, .secret = secret};
	return store_write(st, begin, &o, why);
}

enum err
sqlite_totp_end(struct storage *st, struct uuid user, struct why *why)
{
	struct totp_op o = {.user = user};
	return store_write(st, begin, &o, why);
}

static enum err
get(struct connection *c, struct uuid user, uint8_t *ret, bool *in_force, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT totp_secret, totp_on FROM user WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	TRY(step_row(c, s, why));
	if (sqlite3_column_bytes(s, 0) != TOTP_SECRET_LEN)
		return fail(why, ERR_ABSENT, "no second factor");
	memcpy(ret, sqlite3_column_blob(s, 0), TOTP_SECRET_LEN);
	*in_force = sqlite3_column_int(s, 1) != 0;
	return ERR_NONE;
}

enum err
sqlite_totp_get(struct storage *st, struct uuid user, uint8_t ret[static TOTP_SECRET_LEN], bool *in_force,
                struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get(c, user, ret, in_force, why);
	reader_give(st, c);
	return e;
}

static enum err
use(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct totp_op *o = arg;
	STATEMENT *s =
	    statement(c,
	              "UPDATE user SET totp_on = 1, totp_step = ?2 WHERE id = ?1 AND totp_step < ?2"
	              " AND totp_secret IS NOT NULL",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int64(s, 2, o->step);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_CONFLICT, "this code was used already");
	return ERR_NONE;
}

enum err
sqlite_totp_use(struct storage *st, struct uuid user, int64_t step, struct why *why)
{
	struct totp_op o = {.user = user, .step = step};
	return store_write(st, use, &o, why);
}
