/* The audit in PostgreSQL.
 *
 * A chain has one end, and if each entry were tied to it when written, all commits of all nodes would wait
 * for each other. So entries are written loose and tied a little later, in a table of their own, by whoever
 * looks after the queue: what was written in the last seconds may be loose, or in the last minute where its
 * transaction took long, and a proof ties it first. */
#include "audit_chain.h"
#include "pg_store.h"

#include "own.h"

enum err
pg_audit(struct storage *st, struct uuid user, const char *action, const char *object, const char *request_id,
         struct why *why)
{
	struct pg_call q = {.sql = "INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
	                           " VALUES (docket_ms(), $1, $2, $3, $4, $5)"};
	arg_uuid(&q, user);
	arg_text(&q, action);
	arg_text(&q, object);
	arg_text(&q, request_id);
	arg_text(&q, store_acts_for());
	return pg_change(st, &q, NULL, NULL, why);
}

enum err
pg_audit_read(struct storage *st, struct uuid user, const char *action, const char *object,
              const char *request_id, struct why *why)
{
	/* Once in ten minutes is enough; the last entries of a person tell. */
	struct pg_call q = {.sql = "INSERT INTO audit (at_ms, user_id, action, object, request_id, address)"
	                           " SELECT docket_ms(), $1::uuid, $2::text, $3::text, $4::text, $5::text"
	                           " WHERE NOT EXISTS (SELECT 1 FROM (SELECT at_ms, action, object FROM audit"
	                           "  WHERE user_id = $1 ORDER BY n DESC LIMIT 50) last"
	                           "  WHERE at_ms > docket_ms() - 600000 AND action = $2"
	                           "  AND object IS NOT DISTINCT FROM $3)"};
	arg_uuid(&q, user);
	arg_text(&q, action);
	arg_text(&q, object);
	arg_text(&q, request_id);
	arg_text(&q, store_acts_for());
	return pg_change(st, &q, NULL, NULL, why);
}

enum err
pg_audit_list(struct storage *st, struct uuid user, int64_t before, int32_t limit, struct arena *mem,
              struct audit_page *ret, struct why *why)
{
#define ENTRY "SELECT n, at_ms, user_id, action, object, detail, address, request_id FROM audit WHERE n < $1"
	static const char of_one[] = ENTRY " AND user_id = $3 ORDER BY n DESC LIMIT $2";
	static const char of_all[] = ENTRY " ORDER BY n DESC LIMIT $2";
	struct pg_call q = {.sql = uuid_is_nil(user) ? of_all : of_one};
	RESULT *r = NULL;
	struct audit_entry *list;
	bool full = false;
	TRY(check_limit(limit, why));
	arg_int(&q, before > 0 ? before : INT64_MAX);
	arg_int(&q, limit + 1);
	if (!uuid_is_nil(user))
		arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	int n = PQntuples(r) < limit ? PQntuples(r) : limit;
	ARENA_TRY(list, arena_array(mem, (size_t)limit, sizeof *list), mem, why);
	for (int i = 0; i < n; i++)
		list[i] = (struct audit_entry){.n = col_int(r, i, 0),
		                               .at_ms = col_int(r, i, 1),
		                               .user_id = col_uuid(r, i, 2),
		                               .action = col_text(r, i, 3, mem, &full),
		                               .object = col_text(r, i, 4, mem, &full),
		                               .detail = col_text(r, i, 5, mem, &full),
		                               .address = col_text(r, i, 6, mem, &full),
		                               .request_id = col_text(r, i, 7, mem, &full)};
	*ret = (struct audit_page){.entries = list, .n = (size_t)n, .more = PQntuples(r) > limit};
	return full ? arena_full(mem, why) : ERR_NONE;
}

/* ---- the chain ---- */

#define ENTRY_OF_CHAIN "a.n, a.at_ms, a.user_id, a.action, a.object, a.detail, a.address, a.request_id"
#define SEAL_MAX       2000
#define SEAL_LOCK      "7165128320"
#define LATE_NEAR      5000
#define LATE_FAR       100000
#define VERIFY_BATCH   2000

/* Borrowed from the result. */
static struct audit_entry
borrow_entry(const PGresult *r, int row)
{
	struct audit_entry e = {
	    .n = col_int(r, row, 0), .at_ms = col_int(r, row, 1), .user_id = col_uuid(r, row, 2)};
	const char **texts[] = {&e.action, &e.object, &e.detail, &e.address, &e.request_id};
	for (int i = 0; i < 5; i++)
		*texts[i] = PQgetisnull(r, row, 3 + i) ? NULL : PQgetvalue(r, row, 3 + i);
	return e;
}

struct sealing {
	bool thorough; /* wait for who is at it, and look far back */
	int64_t from;  /* 0: from some way back on */
	int tied;
	int64_t last;
};

/* Ties the rows of `r` behind `place`, whose hash is `hash`. */
static enum err
tie(struct pg_tx *t, const PGresult *r, int64_t place, uint8_t hash[static AUDIT_HASH_LEN], struct why *why)
{
	struct pg_call q = {.sql =
	                        "INSERT INTO audit_chain (place, n, hash)"
	                        " SELECT $1::bigint + i, n, decode(hash, 'hex')"
	                        " FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS x (n, hash, i)"};
	OWNED(buf_free) struct buf numbers = buf_init(MIB), hashes = buf_init(MIB);
	for (int i = 0; i < PQntuples(r); i++) {
		struct audit_entry e = borrow_entry(r, i);
		uint8_t before[AUDIT_HASH_LEN];
		char hex[2 * AUDIT_HASH_LEN + 1];
		memcpy(before, hash, sizeof before);
		audit_chain_hash(before, &e, hash);
		hex_text(hash, AUDIT_HASH_LEN, hex);
		buf_printf(&numbers, "%c%lld", i ? ',' : '{', (long long)e.n);
		buf_printf(&hashes, "%c%s", i ? ',' : '{', hex);
	}
	buf_putc(&numbers, '}');
	buf_putc(&hashes, '}');
	if (numbers.full || hashes.full)
		return fail(why, ERR_BROKEN, "%d links of the audit do not fit", PQntuples(r));
	arg_int(&q, place);
	arg_text(&q, numbers.data);
	arg_text(&q, hashes.data);
	return pg_tx_run(t, &q, NULL, why);
}

/* Numbers are given before commits, so a lower one may become visible later: those are looked for some way
 * back, and now and then (thorough) a long way, for one whose transaction took long. */
static enum err
seal(struct pg_tx *t, void *arg, struct why *why)
{
	static const struct pg_call wait = {.sql = "SELECT pg_advisory_xact_lock(" SEAL_LOCK ")"};
	static const struct pg_call attempt = {.sql = "SELECT pg_try_advisory_xact_lock(" SEAL_LOCK ")::int"};
	static const struct pg_call last = {
	    .sql = "SELECT place, encode(hash, 'hex') FROM audit_chain ORDER BY place DESC LIMIT 1"};
	struct pg_call loose = {.sql = "SELECT " ENTRY_OF_CHAIN
	                               " FROM audit a WHERE a.n > CASE WHEN $3::bigint > 0 THEN $3 ELSE"
	                               "  (SELECT coalesce(max(n), 0) - $2::bigint FROM audit_chain) END"
	                               " AND NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.n = a.n)"
	                               " ORDER BY a.n LIMIT $1"};
	struct sealing *s = arg;
	RESULT *k = NULL;
	RESULT *l = NULL;
	RESULT *r = NULL;
	uint8_t hash[AUDIT_HASH_LEN] = {0};
	int64_t place = 0;
	s->tied = 0;
	TRY(pg_tx_run(t, s->thorough ? &wait : &attempt, &k, why));
	if (!s->thorough && col_int(k, 0, 0) == 0)
		return ERR_NONE; /* another node is at it */
	TRY(pg_tx_run(t, &last, &l, why));
	if (PQntuples(l)) {
		place = col_int(l, 0, 0);
		(void)hex_parse(PQgetvalue(l, 0, 1), hash, sizeof hash);
	}
	arg_int(&loose, SEAL_MAX);
	arg_int(&loose, s->thorough ? LATE_FAR : LATE_NEAR);
	arg_int(&loose, s->from);
	TRY(pg_tx_run(t, &loose, &r, why));
	if (PQntuples(r))
		TRY(tie(t, r, place, hash, why));
	s->tied = PQntuples(r);
	s->last = s->tied > 0 ? col_int(r, s->tied - 1, 0) : 0;
	return ERR_NONE;
}

enum err
pg_audit_seal(struct storage *st, bool thorough, struct why *why)
{
	struct sealing s = {.thorough = thorough};
	do {
		TRY(pg_transaction(st, seal, &s, why));
		s.from = s.last;
	} while (s.tied == SEAL_MAX);
	return ERR_NONE;
}

/* One batch from behind `place` on; moves it. False: there was none. */
static enum err
verify_batch(struct storage *st, int64_t *place, uint8_t hash[static AUDIT_HASH_LEN], struct audit_proof *p,
             bool *any, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " ENTRY_OF_CHAIN ", c.place, encode(c.hash, 'hex'), c.n"
	                           " FROM audit_chain c LEFT JOIN audit a ON a.n = c.n"
	                           " WHERE c.place > $1 ORDER BY c.place LIMIT $2"};
	RESULT *r = NULL;
	arg_int(&q, *place);
	arg_int(&q, VERIFY_BATCH);
	TRY(pg_query(st, &q, &r, why));
	for (int i = 0; i < PQntuples(r); i++) {
		struct audit_entry e = borrow_entry(r, i);
		uint8_t computed[AUDIT_HASH_LEN] = {0}, written[AUDIT_HASH_LEN] = {0};
		bool there = !PQgetisnull(r, i, 0) && e.action &&
		             hex_parse(PQgetvalue(r, i, 9), written, sizeof written);
		if (there)
			audit_chain_hash(hash, &e, computed);
		bool fits =
		    there && col_int(r, i, 8) == *place + 1 && memcmp(computed, written, sizeof written) == 0;
		if (!fits && p->broken_n == 0)
			p->broken_n = col_int(r, i, 10);
		/* what follows is held against what is written, so that one break is told as one */
		memcpy(hash, written, sizeof written);
		*place = col_int(r, i, 8);
		p->last_n = col_int(r, i, 10);
	}
	*any = PQntuples(r) > 0;
	return ERR_NONE;
}

enum err
pg_audit_verify(struct storage *st, struct audit_proof *ret, struct why *why)
{
	static const struct pg_call count = {.sql = "SELECT count(*) FROM audit"};
	uint8_t hash[AUDIT_HASH_LEN] = {0};
	int64_t place = 0;
	RESULT *r = NULL;
	TRY(pg_audit_seal(st, true, why));
	*ret = (struct audit_proof){0};
	TRY(pg_query(st, &count, &r, why));
	ret->entries = col_int(r, 0, 0);
	for (bool any = true; any;)
		TRY(verify_batch(st, &place, hash, ret, &any, why));
	ret->unchained = ret->entries > place ? ret->entries - place : 0;
	hex_text(hash, sizeof hash, ret->last_hash);
	return ERR_NONE;
}
