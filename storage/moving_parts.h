/* moving_parts.h: what copy, backup and restore are made of. Each function goes one way, once. */
#ifndef DOCKET_MOVING_PARTS_H
#define DOCKET_MOVING_PARTS_H

#include "backend.h"
#include "buf.h"
#include "moving.h"

#include <sqlite3.h>

struct connection;

void moving_tell(const struct moving_watch *watch, const char *what, int64_t done, int64_t of);

/* ---- blobs: blob_moving.c ---- */

/* Blobs as rows name them, a few at a time. */
struct blob_list {
	sqlite3_stmt *sqlite; /* of a whole SELECT key, size, sha256; */
	FILE *copy;           /* or rows/blob.copy */
	int64_t of;           /* how many there will be; 0: not known */
};
enum err blob_list_next(struct blob_list *l, size_t max, struct blob *ret, size_t *n, struct why *why)
    MUST_CHECK;

/* Both know their blobs only. `copy` false: they must be at the target already. ERR_ABSENT: the source lacks
 * one. */
enum err blobs_move(struct storage *from, struct storage *to, bool copy, struct blob_list *list,
                    const struct moving_watch *watch, struct moved *ret, struct why *why) MUST_CHECK;
/* A storage of which only the blobs are open. */
enum err blobs_open(const struct storage_options *o, struct storage **ret, struct why *why) MUST_CHECK;
/* Of what is left of it. */
enum err fd_sha256(int fd, uint8_t ret[static 32], int64_t *size, struct why *why) MUST_CHECK;

/* ---- rows as COPY's text: one line a row, columns with tabs between ---- */

#define MOVING_TABLES_MAX  64
#define MOVING_COLUMNS_MAX 48
#define MOVING_NAME_LEN    64
#define MOVING_ROW_MAX     ((size_t)64 * MIB)

struct moving_column {
	char name[MOVING_NAME_LEN];
	enum { COLUMN_PLAIN, COLUMN_TEXT, COLUMN_UUID, COLUMN_BYTES, COLUMN_WORDS } kind;
	int key; /* the how manieth of the primary key, from 1; 0: none of it */
};
struct moving_table {
	char name[MOVING_NAME_LEN];
	struct moving_column columns[MOVING_COLUMNS_MAX];
	int n_columns;
};
struct moving_tables {
	struct moving_table list[MOVING_TABLES_MAX];
	int n;
};

/* Rows in the order of their key, counted and hashed; of search words only the text is hashed, since
 * each database writes them its own way. */
struct moving_sum {
	int64_t rows;
	uint8_t sha256[32];
};

/* ---- PostgreSQL's side: pg_moving.c ---- */

struct pg_moving; /* one connection, in one transaction */
/* READ ONLY: a snapshot of all as it is. Else: the schema brought to `version` (0: the program's), everybody
 * else locked out. ERR_SCHEMA. */
enum err pg_moving_begin(const struct storage_options *o, bool read_only, int version, struct pg_moving **ret,
                         struct why *why) MUST_CHECK;
enum err pg_moving_commit(struct pg_moving *m, struct why *why) MUST_CHECK;
void pg_moving_end(struct pg_moving **m); /* as OWNED wants it; not committed: nothing happened */
const struct moving_tables *pg_moving_tables(const struct pg_moving *m);
int pg_moving_version(const struct pg_moving *m);
enum err pg_moving_is_empty(struct pg_moving *m, bool *ret, struct why *why) MUST_CHECK;
/* `out` NULL: for the sum alone. Without `words` those columns are left out. */
enum err pg_moving_out(struct pg_moving *m, const struct moving_table *t, FILE *out, bool words,
                       struct moving_sum *ret, struct why *why) MUST_CHECK;
enum err pg_moving_in_begin(struct pg_moving *m, const struct moving_table *t, struct why *why) MUST_CHECK;
enum err pg_moving_in_line(struct pg_moving *m, const char *line, size_t n, struct why *why) MUST_CHECK;
enum err pg_moving_in_end(struct pg_moving *m, struct why *why) MUST_CHECK;
/* The counters go on behind what is there. */
enum err pg_moving_counters(struct pg_moving *m, struct why *why) MUST_CHECK;

/* ---- SQLite's side: sqlite_moving.c ---- */

/* Each row of what PostgreSQL calls `t`, in the same order and form; `plain` is the line as it is hashed. */
typedef enum err moving_line(void *arg, const struct buf *line, const struct buf *plain, struct why *why);
enum err sqlite_moving_rows(struct connection *c, const struct moving_table *t, moving_line *fn, void *arg,
                            struct why *why) MUST_CHECK;
/* ERR_SCHEMA: something here has no place there. */
enum err sqlite_moving_fits(struct connection *c, const struct moving_tables *there, struct why *why)
    MUST_CHECK;
enum err sqlite_moving_blobs(struct connection *c, struct blob_list *ret, struct why *why) MUST_CHECK;
/* The database as it is now, to `path`, a new file, beside a service that has it open. */
enum err sqlite_moving_snapshot(const char *url, const char *path, int *ret_version, struct why *why)
    MUST_CHECK;
/* A copy that nobody else has open, to read. */
enum err sqlite_moving_open_copy(const char *path, struct connection *ret, struct why *why) MUST_CHECK;
/* `path` becomes the database of `url`, which does not exist yet. */
enum err sqlite_moving_install(const char *path, const char *url, struct why *why) MUST_CHECK;
/* ERR_CONFLICT: there is one already, or what is left of one. */
enum err sqlite_moving_is_free(const char *url, struct why *why) MUST_CHECK;

#endif
