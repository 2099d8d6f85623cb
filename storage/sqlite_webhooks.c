/* Webhooks, and the errands that come of them. */
#include "sqlite_errands.h"
#include "sqlite_people.h"

#include "clock.h"

#define WEBHOOK_COLUMNS "id, user_id, url, secret, events, created_ms"
#define WEBHOOK_READ    WEBHOOK_COLUMNS ", failures"

static enum err
count(struct connection *c, struct uuid user, int *ret, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT count(*) FROM webhook WHERE user_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	TRY(step_row(c, s, why));
	*ret = sqlite3_column_int(s, 0);
	return ERR_NONE;
}

static enum err
give_turn(struct connection *c, struct uuid user, struct why *why)
{
	STATEMENT *s =
	    statement(c, "INSERT INTO webhook_turn (user_id) VALUES (?1) ON CONFLICT DO NOTHING", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	return step_done(c, s, why);
}

static enum err
create(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	const struct webhook *w = arg;
	int n;
	char id[UUID_TEXT_LEN], sealed[SEALED_MAX];
	TRY(count(c, w->user_id, &n, why));
	if (n >= WEBHOOKS_MAX)
		return fail(why, ERR_INVALID, "at most %d webhooks", WEBHOOKS_MAX);
	STATEMENT *s =
	    statement(c, "INSERT INTO webhook (" WEBHOOK_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &w->id);
	bind_uuid(s, 2, &w->user_id);
	bind_text(s, 3, w->url);
	sqlite3_bind_text(s, 4, sealed, (int)store_seal(st, w->id, w->secret, strlen(w->secret), sealed),
	                  SQLITE_STATIC);
	sqlite3_bind_int64(s, 5, w->events);
	sqlite3_bind_int64(s, 6, clock_wall_ms());
	TRY(step_done(c, s, why));
	TRY(give_turn(c, w->user_id, why));
	uuid_text(w->id, id);
	return insert_audit(c, &w->user_id, "webhook.created", id, NULL, why);
}

enum err
sqlite_webhook_create(struct storage *st, const struct webhook *w, struct why *why)
{
	struct webhook copy = *w;
	return store_write(st, create, &copy, why);
}

static enum err
column_webhook(struct storage *st, sqlite3_stmt *s, struct arena *mem, struct webhook *w, struct why *why)
{
	bool full = false;
	w->id = column_uuid(s, 0);
	w->user_id = column_uuid(s, 1);
	w->url = column_text(s, 2, mem, &full);
	w->secret =
	    webhook_secret(st, w->id, sqlite3_column_blob(s, 3), (size_t)sqlite3_column_bytes(s, 3), mem);
	w->events = (uint32_t)sqlite3_column_int64(s, 4);
	w->created_ms = sqlite3_column_int64(s, 5);
	w->failures = sqlite3_column_int(s, 6);
	return full ? arena_full(mem, why) : ERR_NONE;
}

static enum err
list(struct storage *st, struct connection *c, struct uuid user, struct arena *mem,
     const struct webhook **ret, size_t *n, struct why *why)
{
	struct webhook *found;
	ARENA_TRY(found, arena_array(mem, WEBHOOKS_MAX, sizeof *found), mem, why);
	STATEMENT *s = statement(
	    c, "SELECT " WEBHOOK_READ " FROM webhook WHERE user_id = ?1 ORDER BY id DESC LIMIT 20", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	*n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(column_webhook(st, s, mem, &found[(*n)++], why));
	}
	*ret = found;
	return ERR_NONE;
}

enum err
sqlite_webhook_list(struct storage *st, struct uuid user, struct arena *mem, const struct webhook **ret,
                    size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list(st, c, user, mem, ret, n, why);
	reader_give(st, c);
	return e;
}

static enum err
get(struct storage *st, struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
    const struct webhook **ret, struct why *why)
{
	struct webhook *w;
	ARENA_TRY(w, arena_alloc(mem, sizeof *w), mem, why);
	STATEMENT *s =
	    statement(c, "SELECT " WEBHOOK_READ " FROM webhook WHERE id = ?1 AND user_id = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such webhook");
	TRY(e);
	TRY(column_webhook(st, s, mem, w, why));
	*ret = w;
	return ERR_NONE;
}

enum err
sqlite_webhook_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                   const struct webhook **ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = get(st, c, user, id, mem, ret, why);
	reader_give(st, c);
	return e;
}

static enum err
end(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct webhook *w = arg;
	char id[UUID_TEXT_LEN];
	STATEMENT *s = statement(c, "DELETE FROM webhook WHERE id = ?1 AND user_id = ?2", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &w->id);
	bind_uuid(s, 2, &w->user_id);
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) == 0)
		return fail(why, ERR_ABSENT, "no such webhook");
	TRY(delete_of_user(c, "DELETE FROM errand WHERE subject_id = ?1", w->id, why));
	uuid_text(w->id, id);
	return insert_audit(c, &w->user_id, "webhook.ended", id, NULL, why);
}

enum err
sqlite_webhook_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct webhook w = {.id = id, .user_id = user};
	return store_write(st, end, &w, why);
}

/* ---- what they are told ---- */

enum err
tell_webhooks(struct connection *c, struct uuid job, enum webhook_event event, struct why *why)
{
	struct uuid users[WEBHOOKS_MAX], hooks[WEBHOOKS_MAX], documents[WEBHOOKS_MAX];
	size_t n = 0;
	{
		STATEMENT *s = statement(c,
		                         "SELECT webhook.user_id, webhook.id, job.document_id FROM job"
		                         " JOIN webhook ON webhook.user_id = job.user_id"
		                         " WHERE job.id = ?1 AND events & ?2 LIMIT 20",
		                         why);
		if (!s)
			return ERR_BROKEN;
		bind_uuid(s, 1, &job);
		sqlite3_bind_int(s, 2, event);
		for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT; n++) {
			TRY(e);
			users[n] = column_uuid(s, 0);
			hooks[n] = column_uuid(s, 1);
			documents[n] = column_uuid(s, 2);
		}
	}
	for (size_t i = 0; i < n; i++) {
		char body[WEBHOOK_BODY_LEN];
		struct errand e = {.id = uuid_new(),
		                   .user_id = users[i],
		                   .subject_id = hooks[i],
		                   .kind = ERRAND_WEBHOOK,
		                   .body = body,
		                   .due_ms = clock_wall_ms()};
		webhook_body(e.id, event, job, documents[i], body);
		TRY(insert_errand(c, &e, why));
	}
	return ERR_NONE;
}
