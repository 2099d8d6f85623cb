#include "dead_blobs.h"

enum err
dead_blobs_find(struct connection *c, const char *sql, struct uuid id, struct arena *mem,
                struct dead_blobs *ret, struct why *why)
{
	bool full = false;
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	size_t cap = 0;
	*ret = (struct dead_blobs){0};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (sqlite3_column_type(s, 0) == SQLITE_NULL)
			continue;
		if (ret->n == cap) {
			const char **more;
			cap = cap ? 2 * cap : 16;
			ARENA_TRY(more, arena_array(mem, cap, sizeof *more), mem, why);
			if (ret->n > 0)
				memcpy(more, ret->keys, ret->n * sizeof *more);
			ret->keys = more;
		}
		ret->keys[ret->n++] = column_text(s, 0, mem, &full);
		if (full)
			return arena_full(mem, why);
	}
	return ERR_NONE;
}

enum err
dead_blobs_forget(struct connection *c, const struct dead_blobs *d, struct why *why)
{
	for (size_t i = 0; i < d->n; i++) {
		STATEMENT *s = statement(c, "DELETE FROM blob WHERE key = ?1", why);
		if (!s)
			return ERR_BROKEN;
		bind_text(s, 1, d->keys[i]);
		TRY(step_done(c, s, why));
	}
	return ERR_NONE;
}

void
dead_blobs_remove(struct storage *st, const struct dead_blobs *d)
{
	struct why why;
	for (size_t i = 0; i < d->n; i++)
		(void)!st->blob_driver->remove(st, d->keys[i], &why);
}
