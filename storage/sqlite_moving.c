/* Rows out of SQLite in PostgreSQL's form; a database as a file, taken away and put in place. */
#include "moving_parts.h"
#include "pg_documents.h"
#include "pg_queue.h"
#include "sqlite_store.h"

#include "fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* ---- what is called otherwise there ---- */

static const struct {
	const char *there, *here; /* a table, and what to select its rows from */
} tables[] = {
    {"users", "user"},
    {"audit_chain", "audit WHERE hash IS NOT NULL"},
    {"search", "search JOIN document ON document.n = search.rowid"},
};
/* Columns that are something else here. */
static const struct {
	const char *table, *column, *sql;
} columns[] = {
    {"audit_chain", "place", "row_number() OVER (ORDER BY n)"},
    {"document", "size", "(SELECT size FROM blob WHERE key = blob_key)"},
    {"job_q", "seq", "row_number() OVER (ORDER BY lane, run_ms, job_id)"},
    {"job_q", "aside", "CASE WHEN worker IS NULL AND run_ms > 1000 * unixepoch() THEN 't' ELSE 'f' END"},
    /* fair between people, as for jobs that were queued there: pg_queue.h */
    {"job_q", "vtime",
     VTIME_STEP " * (row_number() OVER (PARTITION BY user_id ORDER BY lane, run_ms, job_id) - 1)"},
    {"search", "document_id", "document.id"},
    {"search", "user_id", "document.user_id"},
    {"search", "text", "search.text"},
    {"search", "words", "search.text"},
    {"search", "about",
     "coalesce(document.title, '') || char(0) || coalesce(document.file_name, '') || char(0) ||"
     " coalesce(document.merchant, '') || char(0) || coalesce(document.note, '') || char(0) ||"
     " coalesce((SELECT group_concat(name, ' | ') FROM document_tag WHERE document_id = document.id), '')"},
};
/* What PostgreSQL does without, or makes itself. */
static const struct {
	const char *table, *column;
} left_behind[] = {
    {"document", "n"}, {"document", "total_minor"}, {"audit", "hash"}, {"usage", NULL}, {"search", NULL},
};

static const char *
source_of(const char *table)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (strcmp(tables[i].there, table) == 0)
			return tables[i].here;
	return table;
}

static const char *
source_of_column(const char *table, const char *column)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (strcmp(columns[i].table, table) == 0 && strcmp(columns[i].column, column) == 0)
			return columns[i].sql;
	return column;
}

/* ---- does it fit? ---- */

static bool
has_place(const struct moving_tables *there, const char *table, const char *column)
{
	for (size_t i = 0; i < ARRAY_LEN(left_behind); i++)
		if (strcmp(left_behind[i].table, table) == 0 &&
		    (!left_behind[i].column || strcmp(left_behind[i].column, column) == 0))
			return true;
	for (int i = 0; i < there->n; i++) {
		const struct moving_table *t = &there->list[i];
		if (strcmp(source_of(t->name), table) != 0)
			continue;
		for (int k = 0; k < t->n_columns; k++)
			if (strcmp(t->columns[k].name, column) == 0)
				return true;
	}
	return false;
}

enum err
sqlite_moving_fits(struct connection *c, const struct moving_tables *there, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
	                         " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
	                         " AND t.name NOT LIKE 'search\\__%' ESCAPE '\\'",
	                         why);
	if (!s)
		return ERR_BROKEN;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		const char *table = (const char *)sqlite3_column_text(s, 0);
		const char *column = (const char *)sqlite3_column_text(s, 1);
		if (!has_place(there, table, column))
			return fail(why, ERR_SCHEMA, "%s.%s has no place in PostgreSQL", table, column);
	}
	return ERR_NONE;
}

/* ---- rows ---- */

/* As COPY TO writes text, letter for letter: the two are compared. */
static void
put_text(struct buf *out, const char *text, size_t n)
{
	static const char plain[] = "\b\f\n\r\t\v\\", letter[] = "bfnrtv\\";
	for (size_t i = 0; i < n; i++) {
		const char *special = text[i] ? strchr(plain, text[i]) : NULL;
		if (special) {
			buf_putc(out, '\\');
			buf_putc(out, letter[special - plain]);
		} else {
			buf_putc(out, text[i]);
		}
	}
}

static void
put_words(struct buf *out, const char *texts, size_t n)
{
	const char *list[5];
	size_t count = 0;
	OWNED(buf_free) struct buf vector;
	/* NULs between them; the last is ended by SQLite's own */
	for (size_t at = 0; at <= n && count < ARRAY_LEN(list); at += strlen(texts + at) + 1)
		list[count++] = texts + at;
	search_vector(list, count, &vector);
	put_text(out, vector.data, vector.len);
}

static void
put_value(struct buf *out, sqlite3_stmt *s, int i, const struct moving_column *c)
{
	if (sqlite3_column_type(s, i) == SQLITE_NULL) {
		buf_puts(out, "\\N");
		return;
	}
	size_t n = (size_t)sqlite3_column_bytes(s, i);
	if (c->kind == COLUMN_UUID) {
		char text[UUID_TEXT_LEN];
		uuid_text(column_uuid(s, i), text);
		buf_puts(out, text);
	} else if (c->kind == COLUMN_BYTES) {
		const uint8_t *p = sqlite3_column_blob(s, i);
		buf_puts(out, "\\\\x");
		for (size_t k = 0; k < n; k++)
			buf_printf(out, "%02x", p[k]);
	} else if (c->kind == COLUMN_WORDS) {
		put_words(out, (const char *)sqlite3_column_text(s, i), n);
	} else {
		const char *text = (const char *)sqlite3_column_text(s, i);
		put_text(out, text, (size_t)sqlite3_column_bytes(s, i));
	}
}

static enum err
prepare(struct connection *c, const struct moving_table *t, sqlite3_stmt **ret, struct why *why)
{
	OWNED(buf_free) struct buf sql = buf_init(64 * KIB);
	buf_puts(&sql, "SELECT ");
	for (int i = 0; i < t->n_columns; i++)
		buf_printf(&sql, "%s%s", i ? ", " : "", source_of_column(t->name, t->columns[i].name));
	buf_printf(&sql, " FROM %s", source_of(t->name));
	for (int key = 1, n = 0; key <= t->n_columns; key++)
		for (int i = 0; i < t->n_columns; i++)
			if (t->columns[i].key == key)
				buf_printf(&sql, "%s%d", n++ ? ", " : " ORDER BY ", i + 1);
	if (sqlite3_prepare_v2(c->db, sql.data, -1, ret, NULL) != SQLITE_OK) {
		(void)sqlite_fail(c, why, t->name);
		return fail(why, ERR_SCHEMA, "%s cannot be filled: %.150s", t->name, sqlite3_errmsg(c->db));
	}
	return ERR_NONE;
}

static void
finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}

enum err
sqlite_moving_rows(struct connection *c, const struct moving_table *t, moving_line *fn, void *arg,
                   struct why *why)
{
	OWNED(finalize) sqlite3_stmt *s = NULL;
	OWNED(buf_free) struct buf line = buf_init(MOVING_ROW_MAX);
	OWNED(buf_free) struct buf plain = buf_init(MOVING_ROW_MAX);
	TRY(prepare(c, t, &s, why));
	for (;;) {
		enum err e = step_row(c, s, why);
		if (e == ERR_ABSENT)
			return ERR_NONE;
		TRY(e);
		buf_clear(&line);
		buf_clear(&plain);
		for (int i = 0; i < t->n_columns; i++) {
			size_t before = line.len;
			if (i)
				buf_putc(&line, '\t');
			put_value(&line, s, i, &t->columns[i]);
			if (t->columns[i].kind != COLUMN_WORDS)
				buf_put(&plain, line.data + before, line.len - before);
		}
		buf_putc(&line, '\n');
		buf_putc(&plain, '\n');
		if (line.full)
			return fail(why, ERR_TOO_BIG, "a row of %s is larger than %zu bytes", t->name,
			            MOVING_ROW_MAX);
		TRY(fn(arg, &line, &plain, why));
	}
}

enum err
sqlite_moving_blobs(struct connection *c, struct blob_list *ret, struct why *why)
{
	STATEMENT *count = statement(c, "SELECT count(*) FROM blob", why);
	STATEMENT *all = statement(c, "SELECT key, size, sha256 FROM blob ORDER BY key", why);
	if (!count || !all)
		return ERR_BROKEN;
	TRY(step_row(c, count, why));
	*ret = (struct blob_list){.of = sqlite3_column_int64(count, 0), .sqlite = TAKE(all)};
	return ERR_NONE;
}

/* ---- the database as a file ---- */

static const char *
path_of(const char *url)
{
	return url + strlen(sqlite_rows.scheme);
}

static enum err
copy_all(struct connection *from, sqlite3 *to, int *ret_version, struct why *why)
{
	/* One step: one read transaction, so what a running service writes meanwhile is not in it. */
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from->db, "main");
	int rc = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
	sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return fail(why, rc == SQLITE_FULL ? ERR_FULL : ERR_BROKEN, "copying the database: %s",
		            sqlite3_errstr(rc));
	OWNED(finalize) sqlite3_stmt *s = NULL;
	/* One file, without a log beside it. */
	if (sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(to, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		return fail(why, ERR_BROKEN, "the copy of the database: %s", sqlite3_errmsg(to));
	*ret_version = sqlite3_column_int(s, 0);
	return ERR_NONE;
}

enum err
sqlite_moving_snapshot(const char *url, const char *path, int *ret_version, struct why *why)
{
	struct connection from = {0};
	sqlite3 *to = NULL;
	if (access(path_of(url), R_OK) != 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "%s", path_of(url));
	/* Made here, as SQLite would let others read it. */
	OWNED(fd_close) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	fd_close(&fd);
	TRY(connection_open(path_of(url), false, &from, why));
	enum err e = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
	                 ? copy_all(&from, to, ret_version, why)
	                 : fail(why, ERR_BROKEN, "%s: %s", path, sqlite3_errmsg(to));
	sqlite3_close(to);
	connection_close(&from);
	TRY(e);
	return path_sync(path, why);
}

enum err
sqlite_moving_open_copy(const char *path, struct connection *ret, struct why *why)
{
	return connection_open(path, false, ret, why);
}

enum err
sqlite_moving_is_free(const char *url, struct why *why)
{
	/* SQLite would take what is left of an earlier database's log for that of this one. */
	static const char *const parts[] = {"", "-wal", "-journal", "-shm"};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char path[4200];
		snprintf(path, sizeof path, "%.4100s%s", path_of(url), parts[i]);
		if (access(path, F_OK) == 0)
			return fail(why, ERR_CONFLICT, "there is %s already: %s",
			            i ? "a part of a database" : "a database", path);
		if (errno != ENOENT)
			return fail_errno(why, ERR_BROKEN, "%s", path);
	}
	return ERR_NONE;
}

static enum err
copy_file(const char *from, const char *to, struct why *why)
{
	char piece[64 * KIB];
	OWNED(fd_close) int in = open(from, O_RDONLY | O_CLOEXEC);
	OWNED(fd_close) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (in < 0 || out < 0)
		return fail_errno(why, ERR_BROKEN, "%s", in < 0 ? from : to);
	for (ssize_t n; (n = read(in, piece, sizeof piece)) != 0;) {
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "%s", from);
		TRY(fd_write_all(out, piece, (size_t)n, why));
	}
	return fsync(out) == 0 ? ERR_NONE : fail_errno(why, ERR_BROKEN, "%s", to);
}

enum err
sqlite_moving_install(const char *path, const char *url, struct why *why)
{
	char part[4200], lock[4200], folder[4200];
	const char *to = path_of(url);
	snprintf(part, sizeof part, "%s.part", to);
	snprintf(lock, sizeof lock, "%s.lock", to);
	snprintf(folder, sizeof folder, "%s", to);
	char *slash = strrchr(folder, '/');
	snprintf(slash ? slash : folder, 3, slash ? "" : ".");
	OWNED(fd_close) int owner = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	OWNED(fd_close) int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (owner < 0 || dir < 0)
		return fail_errno(why, ERR_BROKEN, "%s", owner < 0 ? lock : folder);
	if (flock(owner, LOCK_EX | LOCK_NB) != 0)
		return fail(why, ERR_CONFLICT, "%s is in use by another process", to);
	TRY(sqlite_moving_is_free(url, why));
	TRY(copy_file(path, part, why));
	if (renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_NOREPLACE) != 0 || fsync(dir) != 0)
		return fail_errno(why, ERR_BROKEN, "%s", to);
	return ERR_NONE;
}
