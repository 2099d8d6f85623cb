/* Keys, of which only the hash is kept, and the second factor, in PostgreSQL. */
#include "pg_people.h"

#include "own.h"

#define KEY_COLUMNS "id, user_id, kind, name, data, scopes, created_ms, used_ms, ends_ms"
#define KEY_LIVES   "used_by IS NULL AND (ends_ms = 0 OR ends_ms > docket_ms())"

static enum err
col_key(const PGresult *r, int row, struct arena *mem, struct key *k, struct why *why)
{
	bool full = false;
	k->id = col_uuid(r, row, 0);
	k->user_id = col_uuid(r, row, 1);
	k->kind = (enum key_kind)col_int(r, row, 2);
	k->name = col_text(r, row, 3, mem, &full);
	k->data = col_text(r, row, 4, mem, &full);
	k->scopes = (uint32_t)col_int(r, row, 5);
	k->created_ms = col_int(r, row, 6);
	k->used_ms = col_int(r, row, 7);
	k->ends_ms = col_int(r, row, 8);
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_key_create(struct storage *st, const struct key *key, const uint8_t key_hash[static TOKEN_HASH_LEN],
              struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH o AS (DELETE FROM access_key WHERE user_id = $2 AND ends_ms > 0"
	           "  AND ends_ms < docket_ms()),"
	           " k AS (INSERT INTO access_key"
	           "  (id, user_id, kind, key_hash, name, data, scopes, created_ms, ends_ms)"
	           "  VALUES ($1, $2, $3, $4, $5, $6, $7, docket_ms(), $8) ON CONFLICT (id) "
	           "DO NOTHING RETURNING id)"
	           " INSERT INTO audit (at_ms, user_id, action, object, address)"
	           " SELECT docket_ms(), $2, $9, id::text, $10::text FROM k WHERE $9::text IS NOT NULL"};
	arg_uuid(&q, key->id);
	arg_uuid(&q, key->user_id);
	arg_int(&q, key->kind);
	arg_bytes(&q, key_hash, TOKEN_HASH_LEN);
	arg_text(&q, key->name);
	arg_text(&q, key->data);
	arg_int(&q, key->scopes);
	arg_int(&q, key->ends_ms);
	arg_text(&q, key_made_action(key));
	arg_text(&q, store_acts_for());
	return pg_change(st, &q, NULL, NULL, why);
}

static enum err
touch_key(struct storage *st, const uint8_t key_hash[static TOKEN_HASH_LEN], struct why *why)
{
	struct pg_call q = {.sql = "UPDATE access_key SET used_ms = docket_ms() FROM " PG_SOON
	                           " WHERE key_hash = $1"};
	RESULT *r = NULL;
	arg_bytes(&q, key_hash, TOKEN_HASH_LEN);
	return pg_query(st, &q, &r, why);
}

enum err
pg_key_find(struct storage *st, enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN],
            struct arena *mem, const struct key **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " KEY_COLUMNS ", docket_ms() - used_ms FROM access_key"
	                           " WHERE key_hash = $1 AND kind = $2 AND " KEY_LIVES};
	RESULT *r = NULL;
	struct key *k;
	arg_bytes(&q, key_hash, TOKEN_HASH_LEN);
	arg_int(&q, kind);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such key");
	ARENA_TRY(k, arena_alloc(mem, sizeof *k), mem, why);
	TRY(col_key(r, 0, mem, k, why));
	if (col_int(r, 0, 9) > TOUCH_MS)
		(void)!touch_key(st, key_hash, why);
	*ret = k;
	return ERR_NONE;
}

struct spend_op {
	enum key_kind kind;
	const uint8_t *hash;
	struct arena *mem;
	struct key *found;
};

static enum err
spend_key(struct pg_tx *t, void *arg, struct why *why)
{
	struct spend_op *o = arg;
	struct pg_call q = {.sql = "DELETE FROM access_key WHERE key_hash = $1 AND kind = $2 AND " KEY_LIVES
	                           " RETURNING " KEY_COLUMNS};
	RESULT *r = NULL;
	arg_bytes(&q, o->hash, TOKEN_HASH_LEN);
	arg_int(&q, o->kind);
	TRY(pg_tx_run(t, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such key");
	ARENA_TRY(o->found, arena_alloc(o->mem, sizeof *o->found), o->mem, why);
	return col_key(r, 0, o->mem, o->found, why);
}

/* A transaction, though one statement would do: if its answer is lost, whether the key was spent is to be
 * looked up and not tried again. */
enum err
pg_key_spend(struct storage *st, enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN],
             struct arena *mem, const struct key **ret, struct why *why)
{
	struct spend_op o = {.kind = kind, .hash = key_hash, .mem = mem};
	TRY(pg_transaction(st, spend_key, &o, why));
	*ret = o.found;
	return ERR_NONE;
}

enum err
pg_key_user(struct storage *st, const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
            const struct user **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " USER_COLUMNS ", docket_ms() - used_ms, scopes, ends_ms"
	                           " FROM access_key JOIN users ON users.id = user_id"
	                           " WHERE key_hash = $1 AND kind = $2 AND disabled = 0 AND " KEY_LIVES};
	RESULT *r = NULL;
	struct user *u;
	arg_bytes(&q, key_hash, TOKEN_HASH_LEN);
	arg_int(&q, KEY_API);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_UNAUTHENTICATED, "no live token");
	ARENA_TRY(u, arena_alloc(mem, sizeof *u), mem, why);
	TRY(col_user(r, 0, mem, u, why));
	u->scopes = (uint32_t)col_int(r, 0, N_USER_COLUMNS + 1);
	u->session_expires_ms = col_int(r, 0, N_USER_COLUMNS + 2);
	if (col_int(r, 0, N_USER_COLUMNS) > TOUCH_MS)
		(void)!touch_key(st, key_hash, why);
	*ret = u;
	return ERR_NONE;
}

enum err
pg_key_list(struct storage *st, struct uuid user, enum key_kind kind, struct arena *mem,
            const struct key **ret, size_t *n, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " KEY_COLUMNS " FROM access_key WHERE user_id = $1 AND kind = $2"
	                           " AND " KEY_LIVES " ORDER BY id DESC LIMIT 200"};
	RESULT *r = NULL;
	struct key *keys;
	arg_uuid(&q, user);
	arg_int(&q, kind);
	TRY(pg_query(st, &q, &r, why));
	ARENA_TRY(keys, arena_array(mem, (size_t)PQntuples(r) + 1, sizeof *keys), mem, why);
	for (int i = 0; i < PQntuples(r); i++)
		TRY(col_key(r, i, mem, &keys[i], why));
	*ret = keys;
	*n = (size_t)PQntuples(r);
	return ERR_NONE;
}

enum err
pg_key_end(struct storage *st, struct uuid user, enum key_kind kind, struct uuid id, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH k AS (DELETE FROM access_key WHERE user_id = $1 AND kind = $2 AND id = $3"
	           "  RETURNING id),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           "  SELECT docket_ms(), $1, $4, id::text, $5::text FROM k WHERE $4::text IS NOT NULL)"
	           " SELECT count(*) FROM k"};
	RESULT *r = NULL;
	bool again;
	arg_uuid(&q, user);
	arg_int(&q, kind);
	arg_uuid(&q, id);
	arg_text(&q, key_ended_action(kind));
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) || again ? ERR_NONE : fail(why, ERR_ABSENT, "no such key");
}

enum err
pg_key_end_all(struct storage *st, struct uuid user, enum key_kind kind, struct why *why)
{
	struct pg_call q = {.sql = "DELETE FROM access_key WHERE user_id = $1 AND kind = $2"};
	arg_uuid(&q, user);
	arg_int(&q, kind);
	return pg_change(st, &q, NULL, NULL, why);
}

/* ---- the second factor ---- */

static enum err
set_secret(struct storage *st, struct uuid user, const uint8_t *secret, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH u AS (UPDATE users SET totp_secret = $2, totp_on = 0, totp_step = 0 WHERE id = $1"
	           "  AND (totp_on = 0 OR $2::bytea IS NULL) RETURNING id),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, address)"
	           "  SELECT docket_ms(), id, $3::text, $4::text FROM u)"
	           " SELECT count(*) FROM u"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	char sealed[SEALED_MAX];
	size_t n = secret ? store_seal(st, user, secret, TOTP_SECRET_LEN, sealed) : 0;
	arg_bytes(&q, secret ? (const uint8_t *)sealed : NULL, n);
	arg_text(&q, secret ? "second_factor.begun" : "second_factor.ended");
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, NULL, &r, why));
	return col_int(r, 0, 0) ? ERR_NONE : fail(why, ERR_CONFLICT, "a second factor is in force");
}

enum err
pg_totp_begin(struct storage *st, struct uuid user, const uint8_t secret[static TOTP_SECRET_LEN],
              struct why *why)
{
	return set_secret(st, user, secret, why);
}

enum err
pg_totp_end(struct storage *st, struct uuid user, struct why *why)
{
	return set_secret(st, user, NULL, why);
}

enum err
pg_totp_get(struct storage *st, struct uuid user, uint8_t ret[static TOTP_SECRET_LEN],
            struct totp_state *ret_state, struct why *why)
{
	struct pg_call q = {.sql = "SELECT encode(totp_secret, 'hex'), totp_on, totp_wrong, totp_wrong_ms"
	                           " FROM users WHERE id = $1"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	uint8_t kept[SEALED_MAX];
	size_t n = PQntuples(r) ? (size_t)PQgetlength(r, 0, 0) / 2 : 0;
	if (n == 0 || n > sizeof kept || !hex_parse(PQgetvalue(r, 0, 0), kept, n))
		return fail(why, ERR_ABSENT, "no second factor");
	*ret_state = (struct totp_state){.in_force = col_int(r, 0, 1) != 0,
	                                 .wrong = (int32_t)col_int(r, 0, 2),
	                                 .wrong_ms = col_int(r, 0, 3)};
	TRY(store_unseal(st, user, kept, n, ret, TOTP_SECRET_LEN, &n, why));
	return n == TOTP_SECRET_LEN ? ERR_NONE : fail(why, ERR_ABSENT, "no second factor");
}

struct use_op {
	struct uuid user;
	int64_t step;
};

static enum err
use_step(struct pg_tx *t, void *arg, struct why *why)
{
	const struct use_op *o = arg;
	struct pg_call q = {
	    .sql = "UPDATE users SET totp_on = 1, totp_step = $2 WHERE id = $1 AND totp_step < $2"
	           " AND totp_secret IS NOT NULL RETURNING 1"};
	RESULT *r = NULL;
	arg_uuid(&q, o->user);
	arg_int(&q, o->step);
	TRY(pg_tx_run(t, &q, &r, why));
	return PQntuples(r) ? ERR_NONE : fail(why, ERR_CONFLICT, "this code was used already");
}

enum err
pg_totp_use(struct storage *st, struct uuid user, int64_t step, struct why *why)
{
	struct use_op o = {user, step};
	return pg_transaction(st, use_step, &o, why);
}

enum err
pg_totp_wrong(struct storage *st, struct uuid user, int64_t forget_ms, int32_t *ret, struct why *why)
{
	struct pg_call q = {.sql =
	                        "UPDATE users SET totp_wrong_ms = now, totp_wrong ="
	                        " 1 + greatest(totp_wrong - greatest(now - totp_wrong_ms, 0) / $2::bigint, 0)"
	                        " FROM (SELECT docket_ms() AS now) n WHERE id = $1 RETURNING totp_wrong"};
	RESULT *r = NULL;
	arg_uuid(&q, user);
	arg_int(&q, forget_ms);
	/* Counted twice where an answer was lost: the stricter way. */
	TRY(pg_change(st, &q, NULL, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such user");
	*ret = (int32_t)col_int(r, 0, 0);
	return ERR_NONE;
}
