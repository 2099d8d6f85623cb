/* sqlite_store.h: the embedded driver, inside: one writer thread, a few readers, SQLite statements.
 *
 * Every change is a `struct write_op`: a function run on the writer's connection inside a savepoint
 * of its own. The writer gathers what has come in, runs it in one BEGIN IMMEDIATE ... COMMIT (one
 * fsync) and then wakes all callers: group commit. A failed op rolls back alone.
 */
#ifndef DOCKET_SQLITE_STORE_H
#define DOCKET_SQLITE_STORE_H

#include "backend.h"
#include "row_cache.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define N_READERS      8
#define STATEMENTS_MAX 256 /* distinct texts on one connection */

struct connection {
	sqlite3 *db;
	struct {
		const char *sql; /* compared by address: statements are literals */
		sqlite3_stmt *stmt;
		unsigned touches; /* rows that are kept in memory, as bits: row_cache.h */
	} cache[STATEMENTS_MAX];
	int n_cached;
	unsigned touched;     /* of the writer: by this batch; and while a statement is prepared, by it */
	const char *acts_for; /* of the writer: the address behind what it does just now, or NULL */
};

struct write_op {
	enum err (*run)(struct storage *st, struct connection *c, void *arg, struct why *why);
	void *arg;
	const char *acts_for;
	enum err err;
	struct why why;
	_Atomic uint32_t finished;         /* its caller sleeps until this is set */
	void (*done)(struct write_op *op); /* takes it, where nobody waits for it */
	struct write_op *next;
};

/* A read that the audit has, see sqlite_audit.c. */
#define NOTED_READS 8192
struct noted_read {
	uint64_t hash;
	int64_t at_ms;
};

struct sqlite {
	struct storage *st; /* whose rows these are */
	char *db_path;
	int lock_fd;

	/* the writer */
	struct connection writer;
	pthread_t writer_thread;
	bool writer_running;
	pthread_mutex_t lock; /* queue, readers, waiters */
	pthread_cond_t work;
	struct write_op *queue_head, **queue_tail;
	size_t queue_len;
	bool stopping;
	_Atomic bool broken; /* a commit failed and the check after it too: read-only */
	_Atomic bool scrub;  /* write the whole log out after the next batch, and empty it */
	_Atomic uint64_t commits, writes, commit_us;
	bool writing;               /* under the lock */
	int log_pages, log_written; /* of the log: how long it is, and how far it was when last written out */

	/* readers */
	struct connection reader[N_READERS];
	bool reader_busy[N_READERS];
	pthread_cond_t reader_free;
	int32_t readers_waiting;

	struct noted_read noted[NOTED_READS]; /* under the lock */
	struct row_cache *rows;

	/* hints */
	pthread_cond_t changed; /* a job may be claimed, or nobody is to wait any more */
	uint64_t queue_changes, wakes;
};

/* sqlite_store.c */
enum err store_write(struct storage *st,
                     enum err (*run)(struct storage *, struct connection *, void *, struct why *), void *arg,
                     struct why *why) MUST_CHECK;
/* Without waiting: `op` stays until its done() is called, on the writer's thread, whatever became of it. */
enum err store_write_later(struct storage *st, struct write_op *op, struct why *why) MUST_CHECK;
struct connection *reader_take(struct storage *st);
void reader_give(struct storage *st, struct connection *c);
uint64_t store_wal_bytes(const struct sqlite *db);
void store_pools(struct sqlite *db, struct storage_pool ret[static 2]); /* how busy they are */
void store_note_ready(struct storage *st); /* a job may be claimed: wakes who waits for one */
/* Rewrites what still holds the bytes of deleted rows: parts of the search index, the log. */
enum err store_scrub(struct storage *st, struct why *why) MUST_CHECK;
enum err connection_open(const char *path, bool writer, struct connection *ret, struct why *why) MUST_CHECK;
void connection_close(struct connection *c);
enum err store_migrate(struct connection *c, struct why *why) MUST_CHECK;

/* statements: prepared once a connection, reset when the block ends */
sqlite3_stmt *statement(struct connection *c, const char *sql, struct why *why);
void statement_reset(sqlite3_stmt **s);
#define STATEMENT OWNED(statement_reset) sqlite3_stmt
enum err step_row(struct connection *c, sqlite3_stmt *s, struct why *why) MUST_CHECK;  /* ERR_ABSENT: none */
enum err step_done(struct connection *c, sqlite3_stmt *s, struct why *why) MUST_CHECK; /* a change */
enum err sqlite_fail(struct connection *c, struct why *why, const char *what);

void bind_uuid(sqlite3_stmt *s, int i, const struct uuid *u);
/* Of a list by "id < ?": where it goes on; nil: from the newest. */
void bind_before(sqlite3_stmt *s, int i, struct uuid before);
void bind_text(sqlite3_stmt *s, int i, const char *text); /* NULL: NULL */
struct uuid column_uuid(sqlite3_stmt *s, int i);
const char *column_text(sqlite3_stmt *s, int i, struct arena *mem, bool *full); /* NULL stays NULL */

/* sqlite_queue.c: of the jobs that were held when the last process ended, those end that were held so often
 * that they may be why it did. */
enum err give_up_deadly(struct connection *c, struct why *why) MUST_CHECK;

/* sqlite_jobs.c */
enum err load_job(struct storage *st, struct connection *c, struct uuid user, struct uuid id,
                  struct arena *mem, const struct job **ret, struct why *why) MUST_CHECK;
enum err retry_job(struct storage *st, struct connection *c, struct uuid user, struct uuid id,
                   struct arena *mem, const struct job **ret, struct why *why) MUST_CHECK;
enum err insert_audit(struct connection *c, const struct uuid *user, const char *action, const char *object,
                      const char *request_id, struct why *why) MUST_CHECK;
/* Document, job and queue entry of an upload whose blob has its row. */
enum err insert_upload(struct connection *c, const struct upload *u, struct why *why) MUST_CHECK;
enum err insert_audit_detail(struct connection *c, const struct uuid *user, const char *action,
                             const char *object, const char *detail, const char *request_id, struct why *why)
    MUST_CHECK;
/* ERR_RATE_LIMITED: theirs has so much waiting already. */
enum err may_wait(struct storage *st, struct connection *c, struct uuid user, struct why *why) MUST_CHECK;
/* sqlite_accounts.c */
enum err load_usage(struct connection *c, struct uuid id, struct usage *ret, struct why *why) MUST_CHECK;
enum err insert_blob(struct connection *c, const struct blob *b, struct why *why) MUST_CHECK;
void column_blob(sqlite3_stmt *s, int i, struct blob *b); /* key, size, sha256 */

/* sqlite_corrections.c */
enum err load_corrections(struct connection *c, struct uuid user, struct uuid document, struct arena *mem,
                          struct correction_list *ret, struct why *why) MUST_CHECK;
/* What lists show of a document once its corrections are laid over it. Borrows from `mem`. */
enum err corrected_facts(struct connection *c, struct uuid document, struct arena *mem, struct list_facts *f,
                         struct why *why) MUST_CHECK;
enum err corrections_grow(struct connection *c, struct uuid user, struct why *why) MUST_CHECK;

/* sqlite_search.c */
enum err search_register(struct connection *c, struct why *why) MUST_CHECK;

/* the driver's side of rows.tbl.h */
#define X(name, params, call) enum err sqlite_##name PARAMS params MUST_CHECK;
#include "rows.tbl.h"
#undef X
void sqlite_claim_wait(struct storage *st, int64_t timeout_ms);
void sqlite_claim_wake(struct storage *st);

#endif
