/* The audit: chained entries, reads noted later, lists, the proof. */
#include "audit_chain.h"
#include "buf.h"
#include "sqlite_store.h"

#include "clock.h"

#include <stdlib.h>

#define SAME_READ_MS (10 * 60 * 1000)

static enum err
last_hash(struct connection *c, int64_t *n, uint8_t ret[static AUDIT_HASH_LEN], struct why *why)
{
	STATEMENT *s = statement(c, "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1", why);
	if (!s)
		return ERR_BROKEN;
	memset(ret, 0, AUDIT_HASH_LEN);
	*n = 0;
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return ERR_NONE;
	TRY(e);
	*n = sqlite3_column_int64(s, 0);
	if (sqlite3_column_bytes(s, 1) == AUDIT_HASH_LEN)
		memcpy(ret, sqlite3_column_blob(s, 1), AUDIT_HASH_LEN);
	return ERR_NONE;
}

static enum err
insert_entry(struct connection *c, struct audit_entry *e, struct why *why)
{
	uint8_t before[AUDIT_HASH_LEN], hash[AUDIT_HASH_LEN];
	int64_t last;
	TRY(last_hash(c, &last, before, why));
	e->n = last + 1;
	audit_chain_hash(before, e, hash);
	STATEMENT *s = statement(c,
	                         "INSERT INTO audit (n, at_ms, user_id, action, object, detail, address,"
	                         " request_id, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	                         why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, e->n);
	sqlite3_bind_int64(s, 2, e->at_ms);
	bind_uuid(s, 3, uuid_is_nil(e->user_id) ? NULL : &e->user_id);
	bind_text(s, 4, e->action);
	bind_text(s, 5, e->object);
	bind_text(s, 6, e->detail);
	bind_text(s, 7, e->address);
	bind_text(s, 8, e->request_id);
	sqlite3_bind_blob(s, 9, hash, sizeof hash, SQLITE_STATIC);
	return step_done(c, s, why);
}

enum err
insert_audit_detail(struct connection *c, const struct uuid *user, const char *action, const char *object,
                    const char *detail, const char *request_id, struct why *why)
{
	struct audit_entry e = {.at_ms = clock_wall_ms(),
	                        .action = action,
	                        .object = object,
	                        .detail = detail,
	                        .address = c->acts_for,
	                        .request_id = request_id};
	if (user)
		e.user_id = *user;
	return insert_entry(c, &e, why);
}

enum err
insert_audit(struct connection *c, const struct uuid *user, const char *action, const char *object,
             const char *request_id, struct why *why)
{
	return insert_audit_detail(c, user, action, object, NULL, request_id, why);
}

struct audit_op {
	struct uuid user;
	const char *action, *object, *request_id;
};

static enum err
audit(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct audit_op *o = arg;
	return insert_audit(c, &o->user, o->action, o->object, o->request_id, why);
}

enum err
sqlite_audit(struct storage *st, struct uuid user, const char *action, const char *object,
             const char *request_id, struct why *why)
{
	struct audit_op o = {user, action, object, request_id};
	return store_write(st, audit, &o, why);
}

/* ---- reads ---- */

/* Which reads were noted lately: by hash, one a place. A read that drives another out of its place makes it
 * noted twice, which does no harm. */
static bool
noted_lately(struct sqlite *db, const struct audit_op *o)
{
	uint64_t h = 1469598103934665603u;
	const char *const texts[] = {o->action, o->object ? o->object : ""};
	for (size_t i = 0; i < sizeof o->user.b; i++)
		h = (h ^ o->user.b[i]) * 1099511628211u;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (const char *p = texts[i]; *p; p++)
			h = (h ^ (unsigned char)*p) * 1099511628211u;
	int64_t now = clock_steady_ms();
	pthread_mutex_lock(&db->lock);
	struct noted_read *place = &db->noted[h % NOTED_READS];
	bool lately = place->hash == h && place->at_ms > 0 && now - place->at_ms < SAME_READ_MS;
	if (!lately)
		*place = (struct noted_read){h, now > 0 ? now : 1};
	pthread_mutex_unlock(&db->lock);
	return lately;
}

struct later {
	struct write_op op;
	struct audit_op o;
	char *texts; /* what o and the op point to */
};

static void
later_done(struct write_op *op)
{
	struct later *l = (struct later *)op;
	free(l->texts);
	free(l);
}

enum err
sqlite_audit_read(struct storage *st, struct uuid user, const char *action, const char *object,
                  const char *request_id, struct why *why)
{
	struct audit_op o = {user, action, object, request_id};
	if (noted_lately(st->rows, &o))
		return ERR_NONE;
	const char *address = store_acts_for();
	struct later *l = calloc(1, sizeof *l);
	OWNED(buf_free) struct buf texts = buf_init(4 * KIB);
	const char *const parts[] = {action, object, request_id, address};
	size_t at[ARRAY_LEN(parts)];
	if (!l)
		BUG("no memory for an audit entry");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at[i] = texts.len;
		buf_put(&texts, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
	}
	size_t n;
	l->texts = buf_take(&texts, &n);
	l->o = (struct audit_op){.user = user,
	                         .action = l->texts + at[0],
	                         .object = object ? l->texts + at[1] : NULL,
	                         .request_id = request_id ? l->texts + at[2] : NULL};
	l->op = (struct write_op){
	    .run = audit, .arg = &l->o, .acts_for = address ? l->texts + at[3] : NULL, .done = later_done};
	enum err e = store_write_later(st, &l->op, why);
	if (e != ERR_NONE)
		later_done(&l->op);
	return e;
}

/* ---- lists ---- */

static enum err
read_entry(sqlite3_stmt *s, struct arena *mem, struct audit_entry *e, struct why *why)
{
	bool full = false;
	e->n = sqlite3_column_int64(s, 0);
	e->at_ms = sqlite3_column_int64(s, 1);
	e->user_id = column_uuid(s, 2);
	e->action = column_text(s, 3, mem, &full);
	e->object = column_text(s, 4, mem, &full);
	e->detail = column_text(s, 5, mem, &full);
	e->address = column_text(s, 6, mem, &full);
	e->request_id = column_text(s, 7, mem, &full);
	return full ? arena_full(mem, why) : ERR_NONE;
}

#define ENTRY_COLUMNS "n, at_ms, user_id, action, object, detail, address, request_id"

static enum err
list_entries(struct connection *c, struct uuid user, int64_t before, int32_t limit, struct arena *mem,
             struct audit_page *ret, struct why *why)
{
	struct audit_entry *entries;
	bool all = uuid_is_nil(user);
	ARENA_TRY(entries, arena_array(mem, (size_t)limit, sizeof *entries), mem, why);
	STATEMENT *s = all ? statement(c,
	                               "SELECT " ENTRY_COLUMNS " FROM audit WHERE n < ?1"
	                               " ORDER BY n DESC LIMIT ?2",
	                               why)
	                   : statement(c,
	                               "SELECT " ENTRY_COLUMNS " FROM audit WHERE n < ?1 AND user_id = ?3"
	                               " ORDER BY n DESC LIMIT ?2",
	                               why);
	if (!s)
		return ERR_BROKEN;
	sqlite3_bind_int64(s, 1, before > 0 ? before : INT64_MAX);
	sqlite3_bind_int(s, 2, limit + 1);
	if (!all)
		bind_uuid(s, 3, &user);
	*ret = (struct audit_page){.entries = entries};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		if (ret->n == (size_t)limit) {
			ret->more = true;
			break;
		}
		TRY(read_entry(s, mem, &entries[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
sqlite_audit_list(struct storage *st, struct uuid user, int64_t before, int32_t limit, struct arena *mem,
                  struct audit_page *ret, struct why *why)
{
	TRY(check_limit(limit, why));
	struct connection *c = reader_take(st);
	enum err e = list_entries(c, user, before, limit, mem, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- the proof ---- */

static enum err
verify(struct connection *c, struct audit_proof *ret, struct why *why)
{
	uint8_t before[AUDIT_HASH_LEN] = {0}, hash[AUDIT_HASH_LEN];
	STATEMENT *s = statement(c, "SELECT " ENTRY_COLUMNS ", hash FROM audit ORDER BY n", why);
	if (!s)
		return ERR_BROKEN;
	*ret = (struct audit_proof){0};
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT; ret->entries++) {
		TRY(e);
		OWNED(arena_destroy) struct arena *mem = arena_create("audit", MIB);
		struct audit_entry entry;
		TRY(read_entry(s, mem, &entry, why));
		bool chained = sqlite3_column_bytes(s, 8) == AUDIT_HASH_LEN;
		if (!chained && ret->entries == ret->unchained) {
			ret->unchained++; /* from before; the chain begins with zeros after them */
			ret->last_n = entry.n;
			continue;
		}
		audit_chain_hash(before, &entry, hash);
		bool fits = chained && entry.n == ret->last_n + 1 &&
		            memcmp(hash, sqlite3_column_blob(s, 8), AUDIT_HASH_LEN) == 0;
		if (!fits && ret->broken_n == 0)
			ret->broken_n = entry.n;
		/* what follows is held against what is written, so that one break is told as one */
		if (chained)
			memcpy(before, sqlite3_column_blob(s, 8), AUDIT_HASH_LEN);
		ret->last_n = entry.n;
	}
	hex_text(before, sizeof before, ret->last_hash);
	return ERR_NONE;
}

enum err
sqlite_audit_verify(struct storage *st, struct audit_proof *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = verify(c, ret, why);
	reader_give(st, c);
	return e;
}
