/* From SQLite to PostgreSQL: files, then all rows in one transaction that is proven before it commits. */
#include "moving_parts.h"
#include "sqlite_store.h"

#include "own.h"

struct copy {
	struct connection *from;
	struct pg_moving *to;
	const struct moving_watch *watch;
	struct moved *ret;

	/* of the table that is under way */
	bool send;
	struct moving_sum sum;
	struct sha256 hash;
};

static enum err
take_line(void *arg, const struct buf *line, const struct buf *plain, struct why *why)
{
	struct copy *o = arg;
	sha256_update(&o->hash, plain->data, plain->len);
	o->sum.rows++;
	return o->send ? pg_moving_in_line(o->to, line->data, line->len, why) : ERR_NONE;
}

/* Sent or not: what it is here, counted and hashed. */
static enum err
read_here(struct copy *o, const struct moving_table *t, bool send, struct why *why)
{
	o->send = send;
	o->sum = (struct moving_sum){0};
	sha256_init(&o->hash);
	if (send)
		TRY(pg_moving_in_begin(o->to, t, why));
	TRY(sqlite_moving_rows(o->from, t, take_line, o, why));
	if (send)
		TRY(pg_moving_in_end(o->to, why));
	sha256_final(&o->hash, o->sum.sha256);
	return ERR_NONE;
}

static enum err
is_same(struct copy *o, const struct moving_table *t, bool *same, struct why *why)
{
	struct moving_sum there;
	TRY(pg_moving_out(o->to, t, NULL, false, &there, why));
	*same = there.rows == o->sum.rows && memcmp(there.sha256, o->sum.sha256, sizeof there.sha256) == 0;
	return ERR_NONE;
}

static enum err
copy_table(struct copy *o, const struct moving_table *t, struct why *why)
{
	bool same;
	TRY(read_here(o, t, true, why));
	TRY(is_same(o, t, &same, why));
	if (!same)
		return fail(why, ERR_BROKEN, "what was written to %s is not what was read", t->name);
	o->ret->rows += o->sum.rows;
	return ERR_NONE;
}

/* Rows are there. Are they these, from an earlier copy whose end nobody heard of? */
static enum err
copied_before(struct copy *o, struct why *why)
{
	const struct moving_tables *all = pg_moving_tables(o->to);
	for (int i = 0; i < all->n; i++) {
		bool same;
		TRY(read_here(o, &all->list[i], false, why));
		TRY(is_same(o, &all->list[i], &same, why));
		if (!same)
			return fail(
			    why, ERR_CONFLICT,
			    "the target holds rows of its own (in %s): a copy needs an empty database",
			    all->list[i].name);
		o->ret->rows += o->sum.rows;
	}
	return ERR_NONE;
}

static enum err
copy_rows(struct copy *o, const struct storage_options *to, bool look_only, struct why *why)
{
	OWNED(pg_moving_end) struct pg_moving *m = NULL;
	bool empty;
	TRY(pg_moving_begin(to, false, 0, &m, why));
	const struct moving_tables *all = pg_moving_tables(m);
	o->to = m;
	TRY(sqlite_moving_fits(o->from, all, why));
	TRY(pg_moving_is_empty(m, &empty, why));
	if (look_only && empty)
		return ERR_NONE;
	o->ret->rows = 0;
	if (!empty)
		return copied_before(o, why);
	for (int i = 0; i < all->n; i++) {
		moving_tell(o->watch, "tables", i, all->n);
		TRY(copy_table(o, &all->list[i], why));
	}
	TRY(pg_moving_counters(m, why));
	moving_tell(o->watch, "tables", all->n, all->n);
	return pg_moving_commit(m, why);
}

static enum err
copy_blobs(struct copy *o, struct storage *from, const struct storage_options *to, struct why *why)
{
	OWNED(storage_close) struct storage *blobs = NULL;
	struct blob_list list;
	TRY(blobs_open(to, &blobs, why));
	TRY(sqlite_moving_blobs(o->from, &list, why));
	enum err e = blobs_move(from, blobs, true, &list, o->watch, o->ret, why);
	statement_reset(&list.sqlite);
	return e;
}

enum err
storage_copy(const struct storage_options *from, const struct storage_options *to,
             const struct moving_watch *watch, struct moved *ret, struct why *why)
{
	OWNED(storage_close) struct storage *st = NULL;
	*ret = (struct moved){0};
	if (strncmp(from->storage_url, sqlite_rows.scheme, strlen(sqlite_rows.scheme)) != 0 ||
	    strncmp(to->storage_url, pg_rows.scheme, strlen(pg_rows.scheme)) != 0)
		return fail(why, ERR_INVALID, "a copy goes from sqlite:PATH to postgresql://...");
	const char *path = from->storage_url + strlen(sqlite_rows.scheme);
	if (access(path, R_OK) != 0)
		return fail_errno(why, ERR_ABSENT, "%s", path);
	TRY(storage_open(from, &st, why)); /* its only owner, so that nothing changes meanwhile */
	struct copy o = {.from = reader_take(st), .watch = watch, .ret = ret};
	/* A target that is taken, or a schema that does not fit, is told before the long part. */
	enum err e = copy_rows(&o, to, true, why);
	if (e == ERR_NONE)
		e = copy_blobs(&o, st, to, why);
	if (e == ERR_NONE)
		e = copy_rows(&o, to, false, why);
	reader_give(st, o.from);
	return e;
}
