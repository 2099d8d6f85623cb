/* sqlite_store.h: the embedded driver, inside: one writer thread, a few readers, SQLite statements.
 *
 * Every change is a `struct write_op`: a function run on the writer's connection inside a savepoint
 * of its own. The writer gathers what has come in, runs it in one BEGIN IMMEDIATE ... COMMIT (one
 * fsync) and then wakes all callers: group commit. A failed op rolls back alone.
 */
#ifndef DOCKET_SQLITE_STORE_H
#define DOCKET_SQLITE_STORE_H

#include "storage.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define N_READERS      8
#define STATEMENTS_MAX 128 /* distinct texts on one connection */

struct connection {
	sqlite3 *db;
	struct {
		const char *sql; /* compared by address: statements are literals */
		sqlite3_stmt *stmt;
	} cache[STATEMENTS_MAX];
	int n_cached;
};

struct write_op {
	enum err (*run)(struct storage *st, struct connection *c, void *arg, struct why *why);
	void *arg;
	enum err err;
	struct why why;
	bool finished;
	struct write_op *next;
};

struct storage {
	struct storage_options options;
	char *db_path, *blob_dir;
	int lock_fd, blob_dir_fd, tmp_dir_fd;

	/* the writer */
	struct connection writer;
	pthread_t writer_thread;
	bool writer_running;
	pthread_mutex_t lock; /* queue, readers, waiters */
	pthread_cond_t work, finished;
	struct write_op *queue_head, **queue_tail;
	size_t queue_len;
	bool stopping;
	_Atomic bool broken; /* a commit failed and the check after it too: read-only */
	_Atomic uint64_t commits, writes;

	/* readers */
	struct connection reader[N_READERS];
	bool reader_busy[N_READERS];
	pthread_cond_t reader_free;

	/* hints */
	pthread_cond_t changed; /* some job changed, or may be claimed */
	uint64_t job_changes, queue_changes, wakes;
};

/* sqlite_store.c */
enum err store_write(struct storage *st,
                     enum err (*run)(struct storage *, struct connection *, void *, struct why *), void *arg,
                     struct why *why) MUST_CHECK;
struct connection *reader_take(struct storage *st);
void reader_give(struct storage *st, struct connection *c);
uint64_t store_wal_bytes(const struct storage *st);
void store_note_change(struct storage *st, bool queue);
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
void bind_text(sqlite3_stmt *s, int i, const char *text); /* NULL: NULL */
struct uuid column_uuid(sqlite3_stmt *s, int i);
const char *column_text(sqlite3_stmt *s, int i, struct arena *mem, bool *full); /* NULL stays NULL */

/* blob_files.c */
enum err blob_files_open(struct storage *st, struct why *why) MUST_CHECK;
void blob_files_close(struct storage *st);
enum err blob_files_sweep(struct storage *st, struct why *why) MUST_CHECK;

/* sqlite_jobs.c */
enum err load_job(struct storage *st, struct connection *c, struct uuid user, struct uuid id,
                  struct arena *mem, const struct job **ret, struct why *why) MUST_CHECK;
enum err insert_audit(struct connection *c, const struct uuid *user, const char *action, const char *object,
                      const char *request_id, struct why *why) MUST_CHECK;
enum err insert_blob(struct connection *c, const struct blob *b, struct why *why) MUST_CHECK;

#endif
