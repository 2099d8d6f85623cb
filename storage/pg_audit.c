/* The audit in PostgreSQL. Its entries are not chained yet: a chain has one end, and every commit of every
 * node would wait for it. */
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

enum err
pg_audit_verify(struct storage *st, struct audit_proof *ret, struct why *why)
{
	(void)st, (void)ret;
	return fail(why, ERR_BROKEN, "the audit is not chained on PostgreSQL yet");
}
