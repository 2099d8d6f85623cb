/* What was learnt of a person's senders, in PostgreSQL. */
#include "pg_store.h"

#include "own.h"

enum err
pg_memory_get(struct storage *st, struct uuid user, struct arena *mem, struct sender_memory_row *ret,
              struct why *why)
{
	struct pg_call q = {.sql = "SELECT version, json FROM sender_memory WHERE user_id = $1"};
	RESULT *r = NULL;
	bool full = false;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "nothing has been learnt yet");
	*ret = (struct sender_memory_row){.version = col_int(r, 0, 0), .json = col_text(r, 0, 1, mem, &full)};
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
pg_memory_put(struct storage *st, struct uuid user, const struct sender_memory_row *row, struct why *why)
{
	struct pg_call q = {.sql = "INSERT INTO sender_memory (user_id, version, json) VALUES ($1, $2, $3)"
	                           " ON CONFLICT (user_id) DO UPDATE SET version = excluded.version,"
	                           " json = excluded.json WHERE excluded.version >= sender_memory.version"};
	arg_uuid(&q, user);
	arg_int(&q, row->version);
	arg_text(&q, row->json);
	return pg_change(st, &q, NULL, NULL, why);
}
