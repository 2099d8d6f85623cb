#include "sqlite_store.h"

#include "clock.h"
#include "fdio.h"
#include "migrations.h"
#include "word.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define BATCH_MAX        256
#define QUEUE_MAX        4096
#define CHECKPOINT_PAGES 10000 /* of a tenth of that the writing out halved what was taken in */
#define RESTART_PAGES    40000
#define UNDO_BYTES       (512 * KIB) /* of what one change may undo, before it goes to a file */

/* ---- statements ---- */

enum err
sqlite_fail(struct connection *c, struct why *why, const char *what)
{
	int code = sqlite3_errcode(c->db);
	enum err e = code == SQLITE_FULL ? ERR_FULL : code == SQLITE_BUSY ? ERR_BUSY : ERR_BROKEN;
	return fail(why, e, "%s: %s", what, sqlite3_errmsg(c->db));
}

sqlite3_stmt *
statement(struct connection *c, const char *sql, struct why *why)
{
	for (int i = 0; i < c->n_cached; i++) {
		if (c->cache[i].sql == sql) {
			c->touched |= c->cache[i].touches;
			return c->cache[i].stmt;
		}
	}
	sqlite3_stmt *s = NULL;
	unsigned before = c->touched;
	c->touched = 0;
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
	unsigned touches = c->touched;
	c->touched |= before;
	if (rc != SQLITE_OK) {
		(void)sqlite_fail(c, why, sql);
		return NULL;
	}
	if (c->n_cached == STATEMENTS_MAX)
		BUG("more than %d statements", STATEMENTS_MAX);
	c->cache[c->n_cached].sql = sql;
	c->cache[c->n_cached].touches = touches;
	c->cache[c->n_cached++].stmt = s;
	return s;
}

/* SQLite asks while it prepares a statement, triggers and all: so what a statement changes needs no list
 * that somebody forgets to keep. */
static int
note_change(void *arg, int action, const char *table, const char *column, const char *schema,
            const char *trigger)
{
	struct connection *c = arg;
	(void)column, (void)schema, (void)trigger;
	if (action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE)
		c->touched |= row_cache_touched(table ? table : "");
	return SQLITE_OK;
}

/* After each commit SQLite tells how much its log holds. */
static int
note_log(void *arg, sqlite3 *handle, const char *schema, int pages)
{
	struct sqlite *db = arg;
	(void)handle, (void)schema;
	db->log_pages = pages;
	return SQLITE_OK;
}

static void
watch_writer(struct sqlite *db)
{
	sqlite3_set_authorizer(db->writer.db, note_change, &db->writer);
	sqlite3_wal_hook(db->writer.db, note_log, db);
}

void
statement_reset(sqlite3_stmt **s)
{
	if (!*s)
		return;
	sqlite3_reset(*s);
	sqlite3_clear_bindings(*s);
	*s = NULL;
}

enum err
step_row(struct connection *c, sqlite3_stmt *s, struct why *why)
{
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return ERR_NONE;
	case SQLITE_DONE:
		return ERR_ABSENT;
	default:
		return sqlite_fail(c, why, "query");
	}
}

enum err
step_done(struct connection *c, sqlite3_stmt *s, struct why *why)
{
	int code = sqlite3_step(s);
	if (code == SQLITE_DONE || code == SQLITE_ROW)
		return ERR_NONE;
	if (sqlite3_extended_errcode(c->db) == SQLITE_CONSTRAINT_UNIQUE ||
	    sqlite3_extended_errcode(c->db) == SQLITE_CONSTRAINT_PRIMARYKEY)
		return fail(why, ERR_CONFLICT, "%s", sqlite3_errmsg(c->db));
	return sqlite_fail(c, why, "change");
}

void
bind_uuid(sqlite3_stmt *s, int i, const struct uuid *u)
{
	if (u)
		sqlite3_bind_blob(s, i, u->b, sizeof u->b, SQLITE_TRANSIENT);
}

/* One comparison and no "OR": with that SQLite walks over all that a reader has seen before. */
void
bind_before(sqlite3_stmt *s, int i, struct uuid before)
{
	struct uuid last;
	memset(&last, 0xFF, sizeof last);
	bind_uuid(s, i, uuid_is_nil(before) ? &last : &before);
}

void
bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
}

struct uuid
column_uuid(sqlite3_stmt *s, int i)
{
	struct uuid u = {{0}};
	if (sqlite3_column_bytes(s, i) == (int)sizeof u.b)
		memcpy(u.b, sqlite3_column_blob(s, i), sizeof u.b);
	return u;
}

const char *
column_text(sqlite3_stmt *s, int i, struct arena *mem, bool *full)
{
	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		return NULL;
	const char *text = (const char *)sqlite3_column_text(s, i);
	const char *copy = arena_strndup(mem, text, (size_t)sqlite3_column_bytes(s, i));
	if (!copy)
		*full = true;
	return copy;
}

/* ---- connections ---- */

/* Each change may be undone alone, so SQLite copies the pages of the savepoint that it runs in. By default
 * that goes to a file as soon as it is more than 64 KiB, which an upload's pages are: forty writes for each,
 * and a file made and removed with each commit. */
static void
keep_undo_in_memory(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, (int)UNDO_BYTES);
}
static pthread_once_t undo_in_memory = PTHREAD_ONCE_INIT;

enum err
connection_open(const char *path, bool writer, struct connection *ret, struct why *why)
{
	pthread_once(&undo_in_memory, keep_undo_in_memory);
	/* secure_delete: what people delete is gone from the file, and not merely out of sight. */
	static const char writer_pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	                                     "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON;";
	static const char pragmas[] =
	    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
	    "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-16384;";
	struct connection c = {0};
	int flags = (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
	            SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &c.db, flags, NULL) != SQLITE_OK) {
		enum err e = sqlite_fail(&c, why, path);
		sqlite3_close(c.db);
		return e;
	}
	sqlite3_busy_timeout(c.db, 5000);
	sqlite3_extended_result_codes(c.db, 0);
	if ((writer && sqlite3_exec(c.db, writer_pragmas, NULL, NULL, NULL) != SQLITE_OK) ||
	    sqlite3_exec(c.db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
		enum err e = sqlite_fail(&c, why, path);
		sqlite3_close(c.db);
		return e;
	}
	enum err e = search_register(&c, why);
	if (e != ERR_NONE) {
		sqlite3_close(c.db);
		return e;
	}
	*ret = c;
	return ERR_NONE;
}

void
connection_close(struct connection *c)
{
	for (int i = 0; i < c->n_cached; i++)
		sqlite3_finalize(c->cache[i].stmt);
	sqlite3_close(c->db);
	*c = (struct connection){0};
}

/* ---- migrations: storage/migrations/NNNN_*.sql, embedded by the build in order ---- */

enum err
store_migrate(struct connection *c, struct why *why)
{
	int version = 0;
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
		return sqlite_fail(c, why, "reading the database's version");
	if (sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);

	int newest = 0;
	for (const struct migration *m = sqlite_migrations; m->sql; m++)
		newest = m->version;
	if (version > newest)
		return fail(why, ERR_SCHEMA, "the database is of version %d, this program knows %d", version,
		            newest);
	for (const struct migration *m = sqlite_migrations; m->sql; m++) {
		if (m->version <= version)
			continue;
		char mark[64];
		snprintf(mark, sizeof mark, "PRAGMA user_version = %d; COMMIT", m->version);
		if (sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(c->db, m->sql, NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(c->db, mark, NULL, NULL, NULL) != SQLITE_OK) {
			enum err e = sqlite_fail(c, why, m->name);
			sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
			return e;
		}
	}
	return ERR_NONE;
}

static enum err
quick_check(struct connection *c, struct why *why)
{
	sqlite3_stmt *s = NULL;
	enum err e = ERR_NONE;
	if (sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK)
		return sqlite_fail(c, why, "quick_check");
	if (sqlite3_step(s) != SQLITE_ROW)
		e = sqlite_fail(c, why, "quick_check");
	else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
		e = fail(why, ERR_BROKEN, "the database is damaged: %.150s", sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return e;
}

/* ---- the writer ---- */

/* Of BEGIN and the like, which come with every change and so are kept prepared. */
static enum err
command(struct connection *c, const char *sql, struct why *why)
{
	STATEMENT *s = statement(c, sql, why);
	return s ? step_done(c, s, why) : ERR_BROKEN;
}

static void
run_one(struct sqlite *db, struct write_op *op)
{
	struct connection *c = &db->writer;
	struct why why;
	op->err = command(c, "SAVEPOINT op", &op->why);
	if (op->err != ERR_NONE)
		return;
	c->acts_for = op->acts_for;
	op->err = op->run(db->st, c, op->arg, &op->why);
	c->acts_for = NULL;
	if (sqlite3_get_autocommit(c->db))
		return; /* the machine failed and SQLite took the whole transaction back */
	if (op->err != ERR_NONE)
		(void)command(c, "ROLLBACK TO op", &why);
	enum err e = command(c, "RELEASE op", &why);
	if (op->err == ERR_NONE && e != ERR_NONE) {
		op->err = e;
		op->why = why;
	}
}

/* After a commit that failed nothing on this handle is trusted: a new one must pass the check. */
static void
reopen(struct sqlite *db)
{
	struct why why;
	connection_close(&db->writer);
	db->broken = connection_open(db->db_path, true, &db->writer, &why) != ERR_NONE ||
	             quick_check(&db->writer, &why) != ERR_NONE;
	if (!db->broken)
		watch_writer(db);
}

/* What a failed commit is to its callers. After a failed fsync the kernel may have dropped the pages
 * and calls the next fsync good, so this process ends and the next one reads what is really there. Any
 * other failure but a full disk leaves it open what the log holds: only looking it up can tell. */
static enum err
commit_failed(struct connection *c, struct why *why)
{
	int code = sqlite3_extended_errcode(c->db);
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		BUG("fsync of the database failed");
	enum err e = sqlite_fail(c, why, "commit");
	return e == ERR_BROKEN ? ERR_UNSURE : e;
}

static void
run_batch(struct sqlite *db, struct write_op *batch)
{
	struct connection *c = &db->writer;
	enum err e = ERR_NONE;
	struct why why = {""};
	if (db->broken)
		reopen(db);
	if (db->broken)
		e = fail(&why, ERR_BROKEN, "the database cannot be written");
	else
		e = command(c, "BEGIN IMMEDIATE", &why);
	for (struct write_op *op = batch; op; op = op->next) {
		if (e != ERR_NONE)
			continue;
		run_one(db, op);
		if (sqlite3_get_autocommit(c->db)) {
			/* What ran before is undone too; what follows must not run outside a transaction. */
			e = op->err != ERR_NONE ? op->err
			                        : fail(&op->why, ERR_BROKEN, "the transaction was lost");
			why = op->why;
			op->err = e;
		}
	}
	int64_t begun_us = clock_steady_us();
	if (e == ERR_NONE && sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		e = commit_failed(c, &why);
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
		/* A full disk has taken nothing: looking through the whole database each time would stop
		 * everybody. */
		if (e != ERR_FULL || !sqlite3_get_autocommit(c->db))
			reopen(db);
	}
	db->commits++;
	db->commit_us += (uint64_t)(clock_steady_us() - begun_us);
	/* Before anybody hears of it; and after a failure, too, when nobody can tell. */
	row_cache_move_on(db->rows, e == ERR_NONE ? c->touched : ~0u);
	c->touched = 0;
	for (struct write_op *op = batch; op; op = op->next) {
		db->writes++;
		if (e != ERR_NONE && op->err == ERR_NONE) {
			op->err = e;
			op->why = why;
		}
	}
}

uint64_t
store_wal_bytes(const struct sqlite *db)
{
	struct stat wal;
	char path[4200];
	snprintf(path, sizeof path, "%s-wal", db->db_path);
	return stat(path, &wal) == 0 ? (uint64_t)wal.st_size : 0;
}

/* Only this thread checkpoints: SQLite before 3.51.3 can corrupt the log when two do. After a commit that
 * failed there may be no handle. */
static void
checkpoint(struct sqlite *db, int mode)
{
	if (!db->writer.db)
		return;
	sqlite3_wal_checkpoint_v2(db->writer.db, NULL, mode, NULL, NULL);
	db->log_written = db->log_pages;
}

/* What the log has gained since it was last written out, if that is worth a pause. (Its file tells nothing:
 * it stays as long as it ever was when the log in it starts over.) */
static void
checkpoint_if_due(struct sqlite *db)
{
	if (db->log_pages < db->log_written)
		db->log_written = 0; /* it has started over */
	if (db->log_pages - db->log_written < CHECKPOINT_PAGES)
		return;
	/* With readers all the time it never does so by itself. */
	checkpoint(db, db->log_pages > RESTART_PAGES ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE);
}

/* Whoever waits goes on, and does not wake up into a lock. An op that somebody waits for lives on its
 * caller's stack and is gone as soon as it is finished. */
static void
wake(struct write_op *batch)
{
	for (struct write_op *op = batch, *next; op; op = next) {
		next = op->next;
		if (op->done) {
			op->done(op);
			continue;
		}
		atomic_store(&op->finished, 1);
		word_wake(&op->finished);
	}
}

/* Under the lock: all that wait, or as many as go together. */
static struct write_op *
take_batch(struct sqlite *db)
{
	struct write_op *batch = db->queue_head, *last = batch;
	for (int n = 1; n < BATCH_MAX && last->next; n++) {
		last = last->next;
		db->queue_len--;
	}
	db->queue_len--;
	db->queue_head = last->next;
	if (!db->queue_head)
		db->queue_tail = &db->queue_head;
	last->next = NULL;
	return batch;
}

static void *
writer_main(void *arg)
{
	struct sqlite *db = arg;
	pthread_mutex_lock(&db->lock);
	for (;;) {
		while (!db->queue_head && !db->stopping)
			pthread_cond_wait(&db->work, &db->lock);
		if (!db->queue_head)
			break;
		struct write_op *batch = take_batch(db);
		db->writing = true;
		pthread_mutex_unlock(&db->lock);

		run_batch(db, batch);
		bool scrub = atomic_exchange(&db->scrub, false);
		wake(batch); /* first: what is committed is safe, and what follows takes its time */
		if (scrub)
			checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
		else
			checkpoint_if_due(db);
		pthread_mutex_lock(&db->lock);
		db->writing = false;
	}
	pthread_mutex_unlock(&db->lock);
	return NULL;
}

/* Under the lock. */
static enum err
enqueue(struct sqlite *db, struct write_op *op, struct why *why)
{
	if (db->stopping)
		return fail(why, ERR_STOPPING, "storage is closing");
	if (db->queue_len >= QUEUE_MAX)
		return fail(why, ERR_BUSY, "%d writes are waiting", QUEUE_MAX);
	*db->queue_tail = op;
	db->queue_tail = &op->next;
	db->queue_len++;
	pthread_cond_signal(&db->work);
	return ERR_NONE;
}

enum err
store_write(struct storage *st, enum err (*run)(struct storage *, struct connection *, void *, struct why *),
            void *arg, struct why *why)
{
	struct sqlite *db = st->rows;
	struct write_op op = {.run = run, .arg = arg, .acts_for = store_acts_for()};
	pthread_mutex_lock(&db->lock);
	enum err e = enqueue(db, &op, why);
	pthread_mutex_unlock(&db->lock);
	while (e == ERR_NONE && atomic_load(&op.finished) == 0)
		word_wait(&op.finished, 0, -1);
	if (e != ERR_NONE)
		return e;
	if (op.err != ERR_NONE && why)
		*why = op.why;
	return op.err;
}

enum err
store_write_later(struct storage *st, struct write_op *op, struct why *why)
{
	struct sqlite *db = st->rows;
	pthread_mutex_lock(&db->lock);
	enum err e = enqueue(db, op, why);
	pthread_mutex_unlock(&db->lock);
	return e;
}

/* ---- scrubbing ---- */

static enum err
do_nothing(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st, (void)c, (void)arg, (void)why;
	return ERR_NONE;
}

#define MERGE_PAGES 500

struct merge_op {
	int pages;
	bool more;
};

/* One step for each search index: others write between two. */
static enum err
merge_indexes(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	struct merge_op *o = arg;
	STATEMENT *names = statement(c,
	                             "SELECT name FROM sqlite_schema WHERE type = 'table'"
	                             " AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%'",
	                             why);
	if (!names)
		return ERR_BROKEN;
	o->more = false;
	for (enum err e; (e = step_row(c, names, why)) != ERR_ABSENT;) {
		TRY(e);
		char sql[200];
		const char *name = (const char *)sqlite3_column_text(names, 0);
		snprintf(sql, sizeof sql, "INSERT INTO \"%.60s\" (\"%.60s\", rank) VALUES ('merge', %d)",
		         name, name, o->pages);
		int before = sqlite3_total_changes(c->db);
		if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
			return sqlite_fail(c, why, "merging the search index");
		o->more |= sqlite3_total_changes(c->db) - before >= 2; /* as SQLite's manual says */
	}
	return ERR_NONE;
}

enum err
store_scrub(struct storage *st, struct why *why)
{
	struct sqlite *db = st->rows;
	struct merge_op o = {.pages = -MERGE_PAGES};
	do {
		TRY(store_write(st, merge_indexes, &o, why));
		o.pages = MERGE_PAGES;
	} while (o.more);
	atomic_store(&db->scrub, true);
	/* Twice: the log is emptied after the batch that this rides in, and then that has been. */
	TRY(store_write(st, do_nothing, NULL, why));
	return store_write(st, do_nothing, NULL, why);
}

/* ---- readers ---- */

struct connection *
reader_take(struct storage *st)
{
	struct sqlite *db = st->rows;
	pthread_mutex_lock(&db->lock);
	for (;;) {
		for (int i = 0; i < N_READERS; i++) {
			if (!db->reader_busy[i]) {
				db->reader_busy[i] = true;
				pthread_mutex_unlock(&db->lock);
				return &db->reader[i];
			}
		}
		db->readers_waiting++;
		pthread_cond_wait(&db->reader_free, &db->lock);
		db->readers_waiting--;
	}
}

void
store_pools(struct sqlite *db, struct storage_pool ret[static 2])
{
	pthread_mutex_lock(&db->lock);
	ret[0] = (struct storage_pool){"storage_readers", N_READERS, 0, db->readers_waiting};
	for (int i = 0; i < N_READERS; i++)
		ret[0].busy += db->reader_busy[i];
	ret[1] = (struct storage_pool){"storage_writer", 1, db->writing, (int32_t)db->queue_len};
	pthread_mutex_unlock(&db->lock);
}

void
reader_give(struct storage *st, struct connection *c)
{
	struct sqlite *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->reader_busy[c - db->reader] = false;
	pthread_cond_signal(&db->reader_free);
	pthread_mutex_unlock(&db->lock);
}

/* ---- hints ---- */

void
store_note_ready(struct storage *st)
{
	struct sqlite *db = st->rows;
	pthread_mutex_lock(&db->lock);
	db->queue_changes++;
	pthread_cond_broadcast(&db->changed);
	pthread_mutex_unlock(&db->lock);
}

/* ---- opening and closing ---- */

static enum err
take_lock(struct sqlite *db, struct why *why)
{
	char path[4200];
	snprintf(path, sizeof path, "%s.lock", db->db_path);
	db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock_fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return fail(why, ERR_CONFLICT, "%s is in use by another process", db->db_path);
	return ERR_NONE;
}

/* Leases are given anew for one full term: a clock that jumped while we were down must not hand a
 * job to two, and in the embedded driver nobody but this process could have held one. So they end, and
 * the attempt is not charged: our own death is not the document's fault, unless it is there each time. */
static enum err
end_old_leases(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	(void)arg;
	static const char *const sqls[] = {
	    "UPDATE attempt SET ended_ms = ?1, outcome = 'lost' WHERE ended_ms IS NULL",
	    "UPDATE job SET state = 0, stage = 1, version = version + 1 WHERE id IN"
	    " (SELECT job_id FROM job_q WHERE worker IS NOT NULL)",
	    "UPDATE job_q SET worker = NULL, attempt = attempt - 1, run_ms = MIN(run_ms, ?1)"
	    " WHERE worker IS NOT NULL",
	};
	TRY(give_up_deadly(c, why));
	for (size_t i = 0; i < ARRAY_LEN(sqls); i++) {
		STATEMENT *s = statement(c, sqls[i], why);
		if (!s)
			return ERR_BROKEN;
		if (sqlite3_bind_parameter_count(s) > 0)
			sqlite3_bind_int64(s, 1, clock_wall_ms());
		TRY(step_done(c, s, why));
	}
	return ERR_NONE;
}

static enum err
open_all(struct sqlite *db, struct why *why)
{
	TRY(take_lock(db, why));
	TRY(connection_open(db->db_path, true, &db->writer, why));
	TRY(quick_check(&db->writer, why));
	TRY(store_migrate(&db->writer, why));
	watch_writer(db);
	for (int i = 0; i < N_READERS; i++)
		TRY(connection_open(db->db_path, false, &db->reader[i], why));
	if (pthread_create(&db->writer_thread, NULL, writer_main, db) != 0)
		return fail(why, ERR_BROKEN, "cannot start the writer thread");
	db->writer_running = true;
	return store_write(db->st, end_old_leases, NULL, why);
}

static enum err
sqlite_open(struct storage *st, const char *url, struct why *why)
{
	struct sqlite *db = calloc(1, sizeof *db);
	if (!db)
		BUG("no memory");
	st->rows = db;
	db->st = st;
	db->db_path = strdup(url + strlen(sqlite_rows.scheme));
	db->lock_fd = -1;
	db->rows = row_cache_create();
	db->queue_tail = &db->queue_head;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->work, NULL);
	pthread_cond_init(&db->reader_free, NULL);
	clock_cond_init(&db->changed);
	return db->db_path ? open_all(db, why) : fail(why, ERR_BROKEN, "no memory");
}

static void
sqlite_close(struct storage *st)
{
	struct sqlite *db = st->rows;
	if (db->writer_running) {
		pthread_mutex_lock(&db->lock);
		db->stopping = true;
		pthread_cond_broadcast(&db->work);
		pthread_cond_broadcast(&db->changed);
		pthread_mutex_unlock(&db->lock);
		pthread_join(db->writer_thread, NULL);
	}
	for (int i = 0; i < N_READERS; i++)
		connection_close(&db->reader[i]);
	checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
	connection_close(&db->writer);
	fd_close(&db->lock_fd);
	pthread_cond_destroy(&db->work);
	pthread_cond_destroy(&db->reader_free);
	pthread_cond_destroy(&db->changed);
	pthread_mutex_destroy(&db->lock);
	row_cache_destroy(&db->rows);
	free(db->db_path);
	free(db);
	st->rows = NULL;
}

static bool
sqlite_knows_blob(struct storage *st, const char *key)
{
	struct why why;
	struct connection *c = reader_take(st);
	sqlite3_stmt *s = statement(c, "SELECT 1 FROM blob WHERE key = ?1", &why);
	bool found = true;
	if (s) {
		bind_text(s, 1, key);
		found = step_row(c, s, &why) != ERR_ABSENT;
		statement_reset(&s);
	}
	reader_give(st, c);
	return found;
}

enum err
sqlite_ready(struct storage *st, struct why *why)
{
	return store_write(st, do_nothing, NULL, why);
}

const struct row_driver sqlite_rows = {
    .scheme = "sqlite:",
    .open = sqlite_open,
    .close = sqlite_close,
    .knows_blob = sqlite_knows_blob,
    .claim_wait = sqlite_claim_wait,
    .claim_wake = sqlite_claim_wake,
#define X(name, params, call) .name = sqlite_##name,
#include "rows.tbl.h"
#undef X
};
