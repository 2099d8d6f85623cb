/* Passkeys, and the challenges that they sign, in PostgreSQL. */
#include "pg_store.h"

#include "own.h"

#define PASSKEY_COLUMNS \
	"id, user_id, credential, algorithm, public_key, sign_count, name, created_ms, used_ms"

static enum err
col_passkey(const PGresult *r, int row, struct arena *mem, struct passkey *p, struct why *why)
{
	bool full = false;
	p->id = col_uuid(r, row, 0);
	p->user_id = col_uuid(r, row, 1);
	p->credential = col_text(r, row, 2, mem, &full);
	p->algorithm = (int32_t)col_int(r, row, 3);
	p->public_key = col_text(r, row, 4, mem, &full);
	p->sign_count = (uint32_t)col_int(r, row, 5);
	p->name = col_text(r, row, 6, mem, &full);
	p->created_ms = col_int(r, row, 7);
	p->used_ms = col_int(r, row, 8);
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
create(struct pg_tx *t, void *arg, struct why *why)
{
	const struct passkey *p = arg;
	struct pg_call there = {.sql = "SELECT (SELECT count(*) FROM passkey WHERE user_id = $1),"
	                               " (SELECT count(*) FROM passkey WHERE credential = $2)"};
	struct pg_call q = {.sql = "WITH p AS (INSERT INTO passkey (" PASSKEY_COLUMNS ")"
	                           " VALUES ($1, $2, $3, $4, $5, $6, $7, docket_ms(), 0)"
	                           " ON CONFLICT DO NOTHING RETURNING id, user_id),"
	                           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	                           " SELECT docket_ms(), user_id, 'passkey.created', id::text, $8::text FROM "
	                           "p) SELECT count(*) FROM p"};
	RESULT *room = NULL, *r = NULL;
	TRY(pg_tx_hold_user(t, p->user_id, why));
	arg_uuid(&there, p->user_id);
	arg_text(&there, p->credential);
	TRY(pg_tx_run(t, &there, &room, why));
	if (col_int(room, 0, 0) >= PASSKEYS_MAX)
		return fail(why, ERR_INVALID, "at most %d passkeys", PASSKEYS_MAX);
	arg_uuid(&q, p->id);
	arg_uuid(&q, p->user_id);
	arg_text(&q, p->credential);
	arg_int(&q, p->algorithm);
	arg_text(&q, p->public_key);
	arg_int(&q, p->sign_count);
	arg_text(&q, p->name);
	arg_text(&q, store_acts_for());
	if (col_int(room, 0, 1) == 0)
		TRY(pg_tx_run(t, &q, &r, why));
	return r && col_int(r, 0, 0) ? ERR_NONE : fail(why, ERR_CONFLICT, "this passkey is known already");
}

enum err
pg_passkey_create(struct storage *st, const struct passkey *p, struct why *why)
{
	struct passkey copy = *p;
	return pg_transaction(st, create, &copy, why);
}

enum err
pg_passkey_list(struct storage *st, struct uuid user, struct arena *mem, const struct passkey **ret,
                size_t *n, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " PASSKEY_COLUMNS
	                           " FROM passkey WHERE user_id = $1 ORDER BY id DESC LIMIT 20"};
	RESULT *r = NULL;
	struct passkey *found;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	ARENA_TRY(found, arena_array(mem, PASSKEYS_MAX, sizeof *found), mem, why);
	for (int i = 0; i < PQntuples(r); i++)
		TRY(col_passkey(r, i, mem, &found[i], why));
	*ret = found;
	*n = (size_t)PQntuples(r);
	return ERR_NONE;
}

enum err
pg_passkey_find(struct storage *st, const char *credential, struct arena *mem, const struct passkey **ret,
                struct why *why)
{
	struct pg_call q = {.sql = "SELECT " PASSKEY_COLUMNS " FROM passkey WHERE credential = $1"};
	RESULT *r = NULL;
	struct passkey *p;
	arg_text(&q, credential);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such passkey");
	ARENA_TRY(p, arena_alloc(mem, sizeof *p), mem, why);
	TRY(col_passkey(r, 0, mem, p, why));
	*ret = p;
	return ERR_NONE;
}

struct use_op {
	struct uuid id;
	uint32_t count;
	bool went_back;
};

static enum err
use(struct pg_tx *t, void *arg, struct why *why)
{
	struct use_op *o = arg;
	struct pg_call q = {
	    .sql = "WITH p AS (SELECT id, user_id, sign_count FROM passkey WHERE id = $1 FOR UPDATE),"
	           " u AS (UPDATE passkey SET sign_count = $2::bigint, used_ms = docket_ms() FROM p"
	           "  WHERE passkey.id = p.id AND (p.sign_count < $2::bigint OR (p.sign_count = 0 AND "
	           "$2::bigint = 0))"
	           "  RETURNING passkey.id),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           "  SELECT docket_ms(), user_id, 'passkey.copied', id::text, $3::text FROM p"
	           "  WHERE NOT EXISTS (SELECT 1 FROM u))"
	           " SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM u)"};
	RESULT *r = NULL;
	arg_uuid(&q, o->id);
	arg_int(&q, o->count);
	arg_text(&q, store_acts_for());
	TRY(pg_tx_run(t, &q, &r, why));
	if (col_int(r, 0, 0) == 0)
		return fail(why, ERR_ABSENT, "no such passkey");
	o->went_back = col_int(r, 0, 1) == 0;
	return ERR_NONE;
}

enum err
pg_passkey_used(struct storage *st, struct uuid id, uint32_t sign_count, struct why *why)
{
	struct use_op o = {.id = id, .count = sign_count};
	TRY(pg_transaction(st, use, &o, why));
	return o.went_back ? fail(why, ERR_CONFLICT, "its count of signatures has not grown") : ERR_NONE;
}

enum err
pg_passkey_rename(struct storage *st, struct uuid user, struct uuid id, const char *name, struct why *why)
{
	struct pg_call q = {.sql = "WITH p AS (UPDATE passkey SET name = $3 WHERE id = $1 AND user_id = $2"
	                           "  RETURNING id, user_id),"
	                           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	                           "  SELECT docket_ms(), user_id, 'passkey.renamed', id::text, $4::text "
	                           "FROM p) SELECT count(*) FROM p"};
	RESULT *r = NULL;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, name);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, NULL, &r, why));
	return col_int(r, 0, 0) ? ERR_NONE : fail(why, ERR_ABSENT, "no such passkey");
}

enum err
pg_passkey_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH p AS (DELETE FROM passkey WHERE id = $1 AND user_id = $2 RETURNING id, user_id),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           "  SELECT docket_ms(), user_id, 'passkey.ended', id::text, $3::text FROM p) SELECT "
	           "count(*) FROM p"};
	RESULT *r = NULL;
	bool again = false;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) || again ? ERR_NONE : fail(why, ERR_ABSENT, "no such passkey");
}

/* ---- challenges ---- */

enum err
pg_challenge_put(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user,
                 int64_t ends_ms, struct why *why)
{
	struct pg_call q = {.sql = "WITH o AS (DELETE FROM passkey_challenge WHERE ends_ms < docket_ms())"
	                           " INSERT INTO passkey_challenge VALUES ($1, $2, $3)"
	                           " ON CONFLICT DO NOTHING"};
	arg_bytes(&q, hash, TOKEN_HASH_LEN);
	arg_uuid(&q, user);
	arg_int(&q, ends_ms);
	return pg_change(st, &q, NULL, NULL, why);
}

struct spend_op {
	const uint8_t *hash;
	struct uuid user;
};

static enum err
spend(struct pg_tx *t, void *arg, struct why *why)
{
	const struct spend_op *o = arg;
	struct pg_call q = {.sql = "DELETE FROM passkey_challenge WHERE challenge_hash = $1"
	                           " AND user_id IS NOT DISTINCT FROM $2::uuid AND ends_ms > docket_ms()"
	                           " RETURNING 1"};
	RESULT *r = NULL;
	arg_bytes(&q, o->hash, TOKEN_HASH_LEN);
	arg_uuid(&q, o->user);
	TRY(pg_tx_run(t, &q, &r, why));
	return PQntuples(r) ? ERR_NONE : fail(why, ERR_ABSENT, "no such challenge");
}

/* A transaction for the reason that spending a key is one. */
enum err
pg_challenge_spend(struct storage *st, const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user,
                   struct why *why)
{
	struct spend_op o = {hash, user};
	return pg_transaction(st, spend, &o, why);
}
