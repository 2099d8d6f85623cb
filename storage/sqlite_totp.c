/* The second factor: its secret, which time steps are used up, and how many codes were wrong. */
#include "sqlite_people.h"

#include "clock.h"

struct totp_op {
	struct uuid user;
	const uint8_t *secret;
	int64_t step, forget_ms;
	int32_t wrong;
};

static enum err
begin(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	const struct totp_op *o = arg;
	char sealed[SEALED_MAX];
	STATEMENT *s = statement(c,
	                         "UPDATE user SET totp_secret = ?2, totp_on = 0, totp_step = 0 WHERE id = ?1"
	                         " AND (totp_on = 0 OR ?2 IS NULL)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	if (o->secret)
		sqlite3_bind_blob(s, 2, sealed,
		                  (int)store_seal(st, o->user, o->secret, TOTP_SECRET_LEN, sealed),
		                  SQLITE_STATIC);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_CONFLICT, "a second factor is in force");
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
get(struct storage *st, struct connection *c, struct uuid user, uint8_t *ret, struct totp_state *ret_state,
    struct why *why)
{
	size_t n;
	STATEMENT *s = statement(
	    c, "SELECT totp_secret, totp_on, totp_wrong, totp_wrong_ms FROM user WHERE id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	TRY(step_row(c, s, why));
	if (sqlite3_column_bytes(s, 0) == 0)
		return fail(why, ERR_ABSENT, "no second factor");
	*ret_state = (struct totp_state){.in_force = sqlite3_column_int(s, 1) != 0,
	                                 .wrong = sqlite3_column_int(s, 2),
	                                 .wrong_ms = sqlite3_column_int64(s, 3)};
	TRY(store_unseal(st, user, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), ret,
	                 TOTP_SECRET_LEN, &n, why));
	return n == TOTP_SECRET_LEN ? ERR_NONE : fail(why, ERR_ABSENT, "no second factor");
}

enum err
sqlite_totp_get(struct storage *st, struct uuid user, uint8_t ret[static TOTP_SECRET_LEN],
                struct totp_state *ret_state, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get(st, c, user, ret, ret_state, why);
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

static enum err
wrong(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct totp_op *o = arg;
	STATEMENT *s =
	    statement(c,
	              "UPDATE user SET totp_wrong = 1 + MAX(totp_wrong - MAX(?2 - totp_wrong_ms, 0) / ?3, 0),"
	              " totp_wrong_ms = ?2 WHERE id = ?1 RETURNING totp_wrong",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int64(s, 2, clock_wall_ms());
	sqlite3_bind_int64(s, 3, o->forget_ms);
	TRY(step_row(c, s, why));
	o->wrong = sqlite3_column_int(s, 0);
	return ERR_NONE;
}

enum err
sqlite_totp_wrong(struct storage *st, struct uuid user, int64_t forget_ms, int32_t *ret, struct why *why)
{
	struct totp_op o = {.user = user, .forget_ms = forget_ms};
	TRY(store_write(st, wrong, &o, why));
	*ret = o.wrong;
	return ERR_NONE;
}
