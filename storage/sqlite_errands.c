/* Errands: put, claimed, settled, sent again. */
#include "sqlite_errands.h"

#include "clock.h"

enum err
insert_errand(struct connection *c, const struct errand *e, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO errand (id, user_id, subject_id, kind, created_ms, due_ms, body)"
	              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &e->id);
	bind_uuid(s, 2, &e->user_id);
	bind_uuid(s, 3, uuid_is_nil(e->subject_id) ? NULL : &e->subject_id);
	sqlite3_bind_int(s, 4, e->kind);
	sqlite3_bind_int64(s, 5, clock_wall_ms());
	sqlite3_bind_int64(s, 6, e->due_ms);
	bind_text(s, 7, e->body);
	return step_done(c, s, why);
}

static enum err
put(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	return insert_errand(c, arg, why);
}

enum err
sqlite_errand_put(struct storage *st, const struct errand *e, struct why *why)
{
	struct errand copy = *e;
	return store_write(st, put, &copy, why);
}

#define ERRAND_COLUMNS \
	"id, user_id, subject_id, kind, state, attempt, created_ms, due_ms, ended_ms, detail, body"

static enum err
column_errand(sqlite3_stmt *s, bool with_body, struct arena *mem, struct errand *e, struct why *why)
{
	bool full = false;
	e->id = column_uuid(s, 0);
	e->user_id = column_uuid(s, 1);
	e->subject_id = column_uuid(s, 2);
	e->kind = (enum errand_kind)sqlite3_column_int(s, 3);
	e->state = (enum errand_state)sqlite3_column_int(s, 4);
	e->attempt = sqlite3_column_int(s, 5);
	e->created_ms = sqlite3_column_int64(s, 6);
	e->due_ms = sqlite3_column_int64(s, 7);
	e->ended_ms = sqlite3_column_int64(s, 8);
	e->detail = column_text(s, 9, mem, &full);
	e->body = with_body ? column_text(s, 10, mem, &full) : NULL;
	return full ? arena_full(mem, why) : ERR_NONE;
}

/* ---- claim ---- */

struct claim_op {
	enum errand_kind last;
	int64_t hold_ms;
	struct arena *mem;
	struct errand *found;
};

static enum err
find_of_kind(struct connection *c, enum errand_kind kind, struct uuid *ret, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT id FROM errand WHERE state = 0 AND kind = ?2 AND due_ms <= ?1"
	                         " ORDER BY due_ms LIMIT 1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, clock_wall_ms());
	sqlite3_bind_int(s, 2, kind);
	TRY(step_row(c, s, why));
	*ret = column_uuid(s, 0);
	return ERR_NONE;
}

/* Steps from webhook to webhook, over all that waits for one of them but its first. */
static enum err
find_webhook(struct connection *c, struct uuid *ret, struct why *why)
{
	STATEMENT *s = statement(
	    c,
	    "WITH RECURSIVE head AS (SELECT * FROM (SELECT id, user_id, subject_id, due_ms"
	    " FROM errand INDEXED BY errand_waiting WHERE state = 0 AND kind = 1"
	    " AND EXISTS (SELECT 1 FROM errand INDEXED BY errand_due"
	    " WHERE state = 0 AND kind = 1 AND due_ms <= ?1)"
	    " ORDER BY user_id, subject_id, due_ms LIMIT 1)"
	    " UNION ALL SELECT e.id, e.user_id, e.subject_id, e.due_ms FROM head JOIN errand e ON e.id ="
	    " coalesce((SELECT id FROM errand INDEXED BY errand_waiting WHERE state = 0 AND kind = 1"
	    " AND user_id = head.user_id AND subject_id > head.subject_id"
	    " ORDER BY subject_id, due_ms LIMIT 1),"
	    " (SELECT id FROM errand INDEXED BY errand_waiting WHERE state = 0 AND kind = 1"
	    " AND user_id > head.user_id ORDER BY user_id, subject_id, due_ms LIMIT 1)))"
	    " SELECT head.id FROM head JOIN webhook_turn t ON t.user_id = head.user_id"
	    " LEFT JOIN webhook w ON w.id = head.subject_id"
	    " WHERE head.due_ms <= ?1 AND t.held_until_ms <= ?1 AND coalesce(w.rest_until_ms, 0) <= ?1"
	    " ORDER BY t.called_ms, w.called_ms, head.due_ms LIMIT 1",
	    why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, clock_wall_ms());
	TRY(step_row(c, s, why));
	*ret = column_uuid(s, 0);
	return ERR_NONE;
}

static enum err
find_due(struct connection *c, enum errand_kind last, struct uuid *ret, struct why *why)
{
	enum err e = find_of_kind(c, ERRAND_MAIL, ret, why);
	if (e == ERR_ABSENT && last >= ERRAND_EXPORT)
		e = find_of_kind(c, ERRAND_EXPORT, ret, why);
	if (e == ERR_ABSENT && last >= ERRAND_WEBHOOK)
		e = find_webhook(c, ret, why);
	return e == ERR_ABSENT ? fail(why, ERR_ABSENT, "nothing is due") : e;
}

/* Until `e` is settled, or its claim runs out, nothing else of its owner is claimed. */
static enum err
take_turn(struct connection *c, const struct errand *e, struct why *why)
{
	STATEMENT *turn = statement(
	    c, "UPDATE webhook_turn SET called_ms = ?2, held_until_ms = ?3 WHERE user_id = ?1", why);
	STATEMENT *hook = statement(c, "UPDATE webhook SET called_ms = ?2 WHERE id = ?1", why);
	if (!turn || !hook)
		return ERR_BROKEN;
	bind_uuid(turn, 1, &e->user_id);
	sqlite3_bind_int64(turn, 2, clock_wall_ms());
	sqlite3_bind_int64(turn, 3, e->due_ms);
	bind_uuid(hook, 1, &e->subject_id);
	sqlite3_bind_int64(hook, 2, clock_wall_ms());
	TRY(step_done(c, turn, why));
	return step_done(c, hook, why);
}

static enum err
claim(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct claim_op *o = arg;
	struct uuid id;
	TRY(find_due(c, o->last, &id, why));
	ARENA_TRY(o->found, arena_alloc(o->mem, sizeof *o->found), o->mem, why);
	STATEMENT *s = statement(
	    c, "UPDATE errand SET attempt = attempt + 1, due_ms = ?2 WHERE id = ?1 RETURNING " ERRAND_COLUMNS,
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	sqlite3_bind_int64(s, 2, clock_wall_ms() + o->hold_ms);
	TRY(step_row(c, s, why));
	TRY(column_errand(s, true, o->mem, o->found, why));
	return o->found->kind == ERRAND_WEBHOOK ? take_turn(c, o->found, why) : ERR_NONE;
}

enum err
sqlite_errand_claim(struct storage *st, enum errand_kind last, int64_t hold_ms, struct arena *mem,
                    const struct errand **ret, struct why *why)
{
	/* Looking costs no commit; nearly always there is nothing. */
	struct uuid id;
	struct connection *c = reader_take(st);
	enum err e = find_due(c, last, &id, why);
	reader_give(st, c);
	TRY(e);
	struct claim_op o = {.last = last, .hold_ms = hold_ms, .mem = mem};
	TRY(store_write(st, claim, &o, why));
	*ret = o.found;
	return ERR_NONE;
}

/* ---- settle ---- */

struct settle_op {
	const struct errand *e;
	enum errand_state state;
	int64_t due_ms, rest_until_ms, behind_ms;
	const char *detail;
	bool lost;
};

static enum err
end_turn(struct connection *c, const struct errand *e, int64_t behind_ms, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE webhook_turn SET held_until_ms = 0, called_ms = called_ms + ?3"
	                         " WHERE user_id = ?1 AND held_until_ms = ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &e->user_id);
	sqlite3_bind_int64(s, 2, e->due_ms);
	sqlite3_bind_int64(s, 3, behind_ms);
	return step_done(c, s, why);
}

static enum err
let_rest(struct connection *c, struct uuid hook, int64_t until_ms, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE webhook SET rest_until_ms = ?2,"
	                         " failures = CASE WHEN ?2 = 0 THEN 0 ELSE failures + 1 END WHERE id = ?1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &hook);
	sqlite3_bind_int64(s, 2, until_ms);
	return step_done(c, s, why);
}

static enum err
settle(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct settle_op *o = arg;
	/* A letter may carry a link that opens an account: once it is sent nobody needs it here. */
	STATEMENT *s = statement(c,
	                         "UPDATE errand SET state = ?3, due_ms = ?4, detail = ?5, ended_ms = ?6,"
	                         " body = CASE WHEN kind = 0 AND ?3 <> 0 THEN NULL ELSE body END"
	                         " WHERE id = ?1 AND attempt = ?2 AND state = 0",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->e->id);
	sqlite3_bind_int(s, 2, o->e->attempt);
	sqlite3_bind_int(s, 3, o->state);
	sqlite3_bind_int64(s, 4, o->due_ms);
	bind_text(s, 5, o->detail);
	sqlite3_bind_int64(s, 6, o->state == ERRAND_WAITING ? 0 : clock_wall_ms());
	TRY(step_done(c, s, why));
	o->lost = sqlite3_changes(c->db) == 0;
	if (o->e->kind != ERRAND_WEBHOOK)
		return ERR_NONE;
	TRY(end_turn(c, o->e, o->behind_ms, why));
	return o->lost ? ERR_NONE : let_rest(c, o->e->subject_id, o->rest_until_ms, why);
}

enum err
sqlite_errand_settle(struct storage *st, const struct errand *e, enum errand_state state, int64_t due_ms,
                     int64_t rest_until_ms, int64_t behind_ms, const char *detail, struct why *why)
{
	struct settle_op o = {.e = e,
	                      .state = state,
	                      .due_ms = due_ms,
	                      .rest_until_ms = rest_until_ms,
	                      .behind_ms = behind_ms,
	                      .detail = detail};
	TRY(store_write(st, settle, &o, why));
	return o.lost ? fail(why, ERR_LEASE_LOST, "somebody else has it") : ERR_NONE;
}

/* ---- list, again ---- */

static enum err
list(struct connection *c, struct uuid user, struct uuid subject, struct uuid before, int32_t limit,
     struct arena *mem, struct errand_page *ret, struct why *why)
{
	struct errand *errands;
	ARENA_TRY(errands, arena_array(mem, (size_t)limit, sizeof *errands), mem, why);
	STATEMENT *s =
	    statement(c,
	              "SELECT " ERRAND_COLUMNS " FROM errand WHERE subject_id = ?1 AND user_id = ?2"
	              " AND id < ?3 ORDER BY id DESC LIMIT ?4",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &subject);
	bind_uuid(s, 2, &user);
	bind_before(s, 3, before);
	sqlite3_bind_int(s, 4, limit + 1);
	*ret = (struct errand_page){.errands = errands};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		TRY(column_errand(s, false, mem, &errands[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_errand_list(struct storage *st, struct uuid user, struct uuid subject, struct uuid before,
                   int32_t limit, struct arena *mem, struct errand_page *ret, struct why *why)
{
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = list(c, user, subject, before, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

struct again_op {
	struct uuid user, id;
};

static enum err
wake_webhook(struct connection *c, struct uuid errand, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE webhook SET rest_until_ms = 0"
	                         " WHERE id = (SELECT subject_id FROM errand WHERE id = ?1)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &errand);
	return step_done(c, s, why);
}

static enum err
again(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct again_op *o = arg;
	STATEMENT *s = statement(c,
	                         "UPDATE errand SET state = 0, due_ms = ?3, ended_ms = 0 WHERE id = ?1"
	                         " AND user_id = ?2 AND subject_id IS NOT NULL AND state <> 0",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->id);
	bind_uuid(s, 2, &o->user);
	sqlite3_bind_int64(s, 3, clock_wall_ms());
	TRY(step_done(c, s, why));
	if (sqlite3_changes(c->db) > 0)
		return wake_webhook(c, o->id, why);
	STATEMENT *there = statement(
	    c, "SELECT 1 FROM errand WHERE id = ?1 AND user_id = ?2 AND subject_id IS NOT NULL", why);
	if (!there)
		return ERR_BROKEN;
	bind_uuid(there, 1, &o->id);
	bind_uuid(there, 2, &o->user);
	enum err e = step_row(c, there, why);
	if (e == ERR_NONE)
		return fail(why, ERR_CONFLICT, "it waits already");
	return e == ERR_ABSENT ? fail(why, ERR_ABSENT, "no such delivery") : e;
}

enum err
sqlite_errand_again(struct storage *st, struct uuid user, struct uuid id, struct why *why)
{
	struct again_op o = {user, id};
	return store_write(st, again, &o, why);
}

/* ---- the end ---- */

struct expire_op {
	int64_t before_ms;
	size_t n;
};

static enum err
expire(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct expire_op *o = arg;
	STATEMENT *s =
	    statement(c,
	              "DELETE FROM errand WHERE id IN (SELECT id FROM errand INDEXED BY errand_ended"
	              " WHERE state <> 0 AND ended_ms < ?1 ORDER BY ended_ms LIMIT 1000)",
	              why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, o->before_ms);
	TRY(step_done(c, s, why));
	o->n = (size_t)sqlite3_changes(c->db);
	return ERR_NONE;
}

enum err
sqlite_errand_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	struct expire_op o = {.before_ms = before_ms};
	TRY(store_write(st, expire, &o, why));
	*n = o.n;
	return ERR_NONE;
}
