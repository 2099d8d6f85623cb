/* Webhooks, in PostgreSQL. What they are told is made by a trigger on job (0007_errands.sql). */
#include "pg_store.h"

#include "own.h"

#define WEBHOOK_COLUMNS "id, user_id, url, secret, events, created_ms"
#define WEBHOOK_READ    WEBHOOK_COLUMNS ", failures"

static enum err
col_webhook(struct storage *st, const PGresult *r, int row, struct arena *mem, struct webhook *w,
            struct why *why)
{
	bool full = false;
	w->id = col_uuid(r, row, 0);
	w->user_id = col_uuid(r, row, 1);
	w->url = col_text(r, row, 2, mem, &full);
	w->secret = webhook_secret(st, w->id, PQgetvalue(r, row, 3), (size_t)PQgetlength(r, row, 3), mem);
	w->events = (uint32_t)col_int(r, row, 4);
	w->created_ms = col_int(r, row, 5);
	w->failures = (int32_t)col_int(r, row, 6);
	return full ? arena_full(mem, why) : ERR_NONE;
}

struct create_op {
	struct storage *st;
	const struct webhook *w;
};

static enum err
create(struct pg_tx *t, void *arg, struct why *why)
{
	const struct create_op *o = arg;
	const struct webhook *w = o->w;
	struct pg_call q = {.sql = "WITH w AS (INSERT INTO webhook (" WEBHOOK_COLUMNS
	                           ") SELECT $1, $2, $3, $4, $5, docket_ms()"
	                           " WHERE (SELECT count(*) FROM webhook WHERE user_id = $2) < $6"
	                           " RETURNING id, user_id),"
	                           " t AS (INSERT INTO webhook_turn (user_id) SELECT user_id FROM w"
	                           " ON CONFLICT (user_id) DO NOTHING),"
	                           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	                           " SELECT docket_ms(), user_id, 'webhook.created', id::text, $7::text FROM "
	                           "w) SELECT count(*) FROM w"};
	RESULT *r = NULL;
	char sealed[SEALED_MAX];
	TRY(pg_tx_hold_user(t, w->user_id, why));
	arg_uuid(&q, w->id);
	arg_uuid(&q, w->user_id);
	arg_text(&q, w->url);
	arg_text_n(&q, sealed, store_seal(o->st, w->id, w->secret, strlen(w->secret), sealed));
	arg_int(&q, w->events);
	arg_int(&q, WEBHOOKS_MAX);
	arg_text(&q, store_acts_for());
	TRY(pg_tx_run(t, &q, &r, why));
	return col_int(r, 0, 0) ? ERR_NONE : fail(why, ERR_INVALID, "at most %d webhooks", WEBHOOKS_MAX);
}

enum err
pg_webhook_create(struct storage *st, const struct webhook *w, struct why *why)
{
	struct create_op o = {st, w};
	return pg_transaction(st, create, &o, why);
}

enum err
pg_webhook_list(struct storage *st, struct uuid user, struct arena *mem, const struct webhook **ret,
                size_t *n, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " WEBHOOK_READ
	                           " FROM webhook WHERE user_id = $1 ORDER BY id DESC LIMIT 20"};
	RESULT *r = NULL;
	struct webhook *found;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	ARENA_TRY(found, arena_array(mem, WEBHOOKS_MAX, sizeof *found), mem, why);
	for (int i = 0; i < PQntuples(r); i++)
		TRY(col_webhook(st, r, i, mem, &found[i], why));
	*ret = found;
	*n = (size_t)PQntuples(r);
	return ERR_NONE;
}

enum err
pg_webhook_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
               const struct webhook **ret, struct why *why)
{
	struct pg_call q = {.sql = "SELECT " WEBHOOK_READ " FROM webhook WHERE id = $1 AND user_id = $2"};
	RESULT *r = NULL;
	struct webhook *w;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	if (PQntuples(r) == 0)
		return fail(why, ERR_ABSENT, "no such webhook");
	ARENA_TRY(w, arena_alloc(mem, sizeof *w), mem, why);
	TRY(col_webhook(st, r, 0, mem, w, why));
	*ret = w;
	return ERR_NONE;
}

enum err
pg_webhook_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct pg_call q = {
	    .sql = "WITH w AS (DELETE FROM webhook WHERE id = $1 AND user_id = $2 RETURNING id, user_id),"
	           " e AS (DELETE FROM errand WHERE subject_id IN (SELECT id FROM w)),"
	           " a AS (INSERT INTO audit (at_ms, user_id, action, object, address)"
	           " SELECT docket_ms(), user_id, 'webhook.ended', id::text, $3::text FROM w) SELECT "
	           "count(*) FROM w"};
	RESULT *r = NULL;
	bool again = false;
	arg_uuid(&q, id);
	arg_uuid(&q, user);
	arg_text(&q, store_acts_for());
	TRY(pg_change(st, &q, &again, &r, why));
	return col_int(r, 0, 0) > 0 || again ? ERR_NONE : fail(why, ERR_ABSENT, "no such webhook");
}
