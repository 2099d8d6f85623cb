/* Rows into and out of PostgreSQL by COPY, table by table as the catalogue lists them, in one transaction. */
#include "moving_parts.h"
#include "pg_store.h"

#include "clock.h"
#include "own.h"

struct pg_moving {
	struct storage *st; /* its rows alone are open */
	struct pg_connection *connection;
	PGconn *c;
	struct moving_tables tables;
	int version;
};

/* This is a command that waits, not a service: libpq may block. */
static enum err
exec(struct pg_moving *m, const char *sql, PGresult **ret, struct why *why)
{
	RESULT *r = PQexec(m->c, sql);
	ExecStatusType s = PQresultStatus(r);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN && s != PGRES_COPY_OUT)
		return fail(why, PQstatus(m->c) == CONNECTION_OK ? ERR_BROKEN : ERR_BUSY,
		            "the database: %.200s", PQerrorMessage(m->c));
	if (ret)
		*ret = TAKE(r);
	return ERR_NONE;
}

static const char *
quoted(const char *name, char ret[static 2 * MOVING_NAME_LEN])
{
	size_t n = 0;
	ret[n++] = '"';
	for (const char *p = name; *p && n < 2 * MOVING_NAME_LEN - 3; p++) {
		if (*p == '"')
			ret[n++] = '"';
		ret[n++] = *p;
	}
	ret[n++] = '"';
	ret[n] = '\0';
	return ret;
}

/* ---- what there is ---- */

static enum err
add_column(struct moving_tables *all, const PGresult *r, int row, struct why *why)
{
	const char *table = PQgetvalue(r, row, 0), *type = PQgetvalue(r, row, 2);
	struct moving_table *t = all->n ? &all->list[all->n - 1] : NULL;
	if (!t || strcmp(t->name, table) != 0) {
		if (all->n == MOVING_TABLES_MAX)
			return fail(why, ERR_SCHEMA, "more than %d tables", MOVING_TABLES_MAX);
		t = &all->list[all->n++];
		snprintf(t->name, sizeof t->name, "%s", table);
	}
	if (t->n_columns == MOVING_COLUMNS_MAX)
		return fail(why, ERR_SCHEMA, "more than %d columns", MOVING_COLUMNS_MAX);
	struct moving_column *c = &t->columns[t->n_columns++];
	snprintf(c->name, sizeof c->name, "%s", PQgetvalue(r, row, 1));
	c->key = (int)col_int(r, row, 3);
	c->kind = strcmp(type, "uuid") == 0       ? COLUMN_UUID
	          : strcmp(type, "bytea") == 0    ? COLUMN_BYTES
	          : strcmp(type, "tsvector") == 0 ? COLUMN_WORDS
	          : strcmp(type, "text") == 0     ? COLUMN_TEXT
	                                          : COLUMN_PLAIN;
	return ERR_NONE;
}

/* The sums of what people keep are not carried: they come of the documents, at the commit. */
static enum err
list_tables(struct pg_moving *m, struct why *why)
{
	static const char sql[] =
	    "SELECT c.relname, a.attname, format_type(a.atttypid, NULL),"
	    " coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)"
	    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	    " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
	    " WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'r'"
	    " AND c.relpersistence = 'p'"
	    " AND c.relname NOT IN ('docket_version', 'room') AND a.attnum > 0 AND NOT a.attisdropped"
	    " AND a.attgenerated = '' ORDER BY c.relname COLLATE \"C\", a.attnum";
	RESULT *r = NULL;
	TRY(exec(m, sql, &r, why));
	m->tables.n = 0;
	for (int i = 0; i < PQntuples(r); i++)
		TRY(add_column(&m->tables, r, i, why));
	return ERR_NONE;
}

static enum err
lock_all(struct pg_moving *m, struct why *why)
{
	OWNED(buf_free) struct buf sql = buf_init(64 * KIB);
	char name[2 * MOVING_NAME_LEN];
	buf_puts(&sql, "SET LOCAL lock_timeout = '60s'; LOCK TABLE ");
	for (int i = 0; i < m->tables.n; i++)
		buf_printf(&sql, "%s%s", i ? ", " : "", quoted(m->tables.list[i].name, name));
	buf_puts(&sql, " IN EXCLUSIVE MODE; SET CONSTRAINTS ALL DEFERRED");
	return exec(m, sql.data, NULL, why);
}

/* ---- the transaction ---- */

static enum err
begin(struct pg_moving *m, bool read_only, int version, struct why *why)
{
	RESULT *r = NULL;
	TRY(pg_reach(m->st, m->st->options.storage_url, &m->connection, why));
	m->c = m->connection->c;
	PQsetnonblocking(m->c, 0);
	TRY(exec(m, read_only ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN", NULL, why));
	/* Whole tables are read here, as nowhere else. */
	TRY(exec(m,
	         "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
	         " SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on",
	         NULL, why));
	if (!read_only) {
		TRY(pg_migrate_to(m->st->rows, m->connection, version, &m->version, why));
		if (version && m->version != version)
			return fail(why, ERR_CONFLICT, "the target's schema is of version %d already, not %d",
			            m->version, version);
		TRY(list_tables(m, why));
		return lock_all(m, why);
	}
	TRY(exec(m, "SELECT version FROM docket_version", &r, why));
	m->version = PQntuples(r) ? (int)col_int(r, 0, 0) : 0;
	return list_tables(m, why);
}

enum err
pg_moving_begin(const struct storage_options *o, bool read_only, int version, struct pg_moving **ret,
                struct why *why)
{
	OWNED(pg_moving_end) struct pg_moving *m = calloc(1, sizeof *m);
	if (!m || !(m->st = calloc(1, sizeof *m->st)))
		BUG("no memory");
	m->st->options = *o;
	m->st->row_driver = &pg_rows;
	TRY(begin(m, read_only, version, why));
	*ret = TAKE(m);
	return ERR_NONE;
}

enum err
pg_moving_commit(struct pg_moving *m, struct why *why)
{
	RESULT *r = PQexec(m->c, "COMMIT");
	const char *done = r ? PQcmdStatus(r) : "";
	if (PQresultStatus(r) == PGRES_COMMAND_OK && strcmp(done, "COMMIT") == 0 &&
	    !m->connection->unreplicated)
		return ERR_NONE;
	if (PQstatus(m->c) != CONNECTION_OK || m->connection->unreplicated)
		return fail(why, ERR_UNSURE, "the database went away during the commit: run this again");
	return fail(why, ERR_BROKEN, "the commit was refused: %.180s", PQerrorMessage(m->c));
}

void
pg_moving_end(struct pg_moving **mp)
{
	if (*mp && (*mp)->st)
		storage_close(&(*mp)->st); /* and with the connection what was not committed */
	free(*mp);
	*mp = NULL;
}

const struct moving_tables *
pg_moving_tables(const struct pg_moving *m)
{
	return &m->tables;
}

int
pg_moving_version(const struct pg_moving *m)
{
	return m->version;
}

enum err
pg_moving_is_empty(struct pg_moving *m, bool *ret, struct why *why)
{
	OWNED(buf_free) struct buf sql = buf_init(64 * KIB);
	RESULT *r = NULL;
	char name[2 * MOVING_NAME_LEN];
	buf_puts(&sql, "SELECT (false");
	for (int i = 0; i < m->tables.n; i++)
		buf_printf(&sql, " OR EXISTS (SELECT 1 FROM %s)", quoted(m->tables.list[i].name, name));
	buf_puts(&sql, ")::int");
	TRY(exec(m, sql.data, &r, why));
	*ret = col_int(r, 0, 0) == 0;
	return ERR_NONE;
}

/* ---- out ---- */

static void
put_columns(struct buf *sql, const struct moving_table *t, bool words)
{
	char name[2 * MOVING_NAME_LEN];
	for (int i = 0, n = 0; i < t->n_columns; i++)
		if (words || t->columns[i].kind != COLUMN_WORDS)
			buf_printf(sql, "%s%s", n++ ? ", " : "", quoted(t->columns[i].name, name));
}

/* By the primary key; by all columns where there is none. Bytes of text, as every database has them. */
static void
put_order(struct buf *sql, const struct moving_table *t)
{
	char name[2 * MOVING_NAME_LEN];
	int n = 0;
	for (int key = 1; key <= t->n_columns; key++) {
		for (int i = 0; i < t->n_columns; i++) {
			if (t->columns[i].key != key)
				continue;
			buf_printf(sql, "%s%s%s", n++ ? ", " : " ORDER BY ", quoted(t->columns[i].name, name),
			           t->columns[i].kind == COLUMN_TEXT ? " COLLATE \"C\"" : "");
		}
	}
	for (int i = 0; n == 0 && i < t->n_columns; i++)
		buf_printf(sql, "%s%d", i ? ", " : " ORDER BY ", i + 1);
}

enum err
pg_moving_out(struct pg_moving *m, const struct moving_table *t, FILE *out, bool words,
              struct moving_sum *ret, struct why *why)
{
	OWNED(buf_free) struct buf sql = buf_init(64 * KIB);
	struct sha256 h;
	char name[2 * MOVING_NAME_LEN];
	buf_puts(&sql, "COPY (SELECT ");
	put_columns(&sql, t, words);
	buf_printf(&sql, " FROM %s", quoted(t->name, name));
	put_order(&sql, t);
	buf_puts(&sql, ") TO STDOUT");
	TRY(exec(m, sql.data, NULL, why));
	sha256_init(&h);
	ret->rows = 0;
	char *line = NULL;
	int n;
	bool written = true;
	while ((n = PQgetCopyData(m->c, &line, 0)) > 0) {
		sha256_update(&h, line, (size_t)n);
		written = written && (!out || fwrite(line, 1, (size_t)n, out) == (size_t)n);
		ret->rows++;
		PQfreemem(line);
	}
	sha256_final(&h, ret->sha256);
	RESULT *r = PQgetResult(m->c);
	if (n < -1 || PQresultStatus(r) != PGRES_COMMAND_OK)
		return fail(why, ERR_BROKEN, "reading %s: %.180s", t->name, PQerrorMessage(m->c));
	for (PGresult *rest; (rest = PQgetResult(m->c));)
		PQclear(rest);
	return written ? ERR_NONE : fail_errno(why, ERR_BROKEN, "writing the rows of %s", t->name);
}

/* ---- in ---- */

enum err
pg_moving_in_begin(struct pg_moving *m, const struct moving_table *t, struct why *why)
{
	OWNED(buf_free) struct buf sql = buf_init(64 * KIB);
	char name[2 * MOVING_NAME_LEN];
	buf_printf(&sql, "COPY %s (", quoted(t->name, name));
	put_columns(&sql, t, true);
	buf_puts(&sql, ") FROM STDIN");
	return exec(m, sql.data, NULL, why);
}

enum err
pg_moving_in_line(struct pg_moving *m, const char *line, size_t n, struct why *why)
{
	if (PQputCopyData(m->c, line, (int)n) != 1)
		return fail(why, ERR_BUSY, "the database: %.200s", PQerrorMessage(m->c));
	return ERR_NONE;
}

enum err
pg_moving_in_end(struct pg_moving *m, struct why *why)
{
	RESULT *r = PQputCopyEnd(m->c, NULL) == 1 ? PQgetResult(m->c) : NULL;
	enum err e = ERR_NONE;
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		e = fail(why, ERR_BROKEN, "the database refuses the rows: %.200s", PQerrorMessage(m->c));
	for (PGresult *rest; (rest = PQgetResult(m->c));)
		PQclear(rest);
	return e;
}

enum err
pg_moving_counters(struct pg_moving *m, struct why *why)
{
	static const char sql[] =
	    "SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 1), max(%I) IS "
	    "NOT NULL)"
	    " FROM %I', quote_ident(c.relname), a.attname, a.attname, a.attname, c.relname)"
	    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attidentity <> ''"
	    " AND c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'r'";
	/* The queue goes on with the first of what waits. */
	static const char queue_time[] =
	    "SELECT setval('queue_time', coalesce(min(vtime), 0), true) FROM job_q";
	RESULT *r = NULL;
	TRY(exec(m, sql, &r, why));
	for (int i = 0; i < PQntuples(r); i++)
		TRY(exec(m, PQgetvalue(r, i, 0), NULL, why));
	return exec(m, queue_time, NULL, why);
}
