/* What was learnt of a person's senders: one row, with the version of the corrections it came from. */
#include "sqlite_store.h"

static enum err
memory_of(struct connection *c, struct uuid user, struct arena *mem, struct sender_memory_row *ret,
          struct why *why)
{
	STATEMENT *s = statement(c, "SELECT version, json FROM sender_memory WHERE user_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bool full = false;
	bind_uuid(s, 1, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "nothing has been learnt yet");
	TRY(e);
	*ret = (struct sender_memory_row){.version = sqlite3_column_int64(s, 0),
	                                  .json = column_text(s, 1, mem, &full)};
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
sqlite_memory_get(struct storage *st, struct uuid user, struct arena *mem, struct sender_memory_row *ret,
                  struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = memory_of(c, user, mem, ret, why);
	reader_give(st, c);
	return e;
}

struct put {
	struct uuid user;
	const struct sender_memory_row *row;
};

static enum err
put(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct put *o = arg;
	STATEMENT *s = statement(c,
	                         "INSERT INTO sender_memory (user_id, version, json) VALUES (?1, ?2, ?3)"
	                         " ON CONFLICT (user_id) DO UPDATE SET version = excluded.version,"
	                         " json = excluded.json WHERE excluded.version >= version",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->user);
	sqlite3_bind_int64(s, 2, o->row->version);
	bind_text(s, 3, o->row->json);
	return step_done(c, s, why);
}

enum err
sqlite_memory_put(struct storage *st, struct uuid user, const struct sender_memory_row *row, struct why *why)
{
	struct put o = {user, row};
	return store_write(st, put, &o, why);
}
