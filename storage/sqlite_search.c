/* The search index: FTS5 with our own words, one entry a document under its number `n`.
 *
 * The tokenizer gives each word's stem and, at the same place, the word itself where it differs: plain
 * words of a query meet the stems, beginnings meet the words. */
#include "sqlite_documents.h"

/* ---- the tokenizer ---- */

static int
words_create(void *context, const char **args, int n_args, Fts5Tokenizer **ret)
{
	(void)context, (void)args, (void)n_args;
	*ret = (Fts5Tokenizer *)stemmer_create();
	return SQLITE_OK;
}

static void
words_delete(Fts5Tokenizer *t)
{
	struct stemmer *s = (struct stemmer *)t;
	stemmer_destroy(&s);
}

typedef int token_fn(void *context, int flags, const char *token, int n, int start, int end);

static int
words_tokenize(Fts5Tokenizer *t, void *context, int flags, const char *text, int n, token_fn *token)
{
	struct stemmer *s = (struct stemmer *)t;
	struct search_word w;
	bool query = (flags & FTS5_TOKENIZE_QUERY) != 0, prefix = (flags & FTS5_TOKENIZE_PREFIX) != 0;
	int rc = SQLITE_OK;
	for (size_t at = 0; rc == SQLITE_OK && search_word_next(text, n > 0 ? (size_t)n : 0, &at, &w);) {
		size_t len;
		const char *stem = stemmer_stem(s, w.folded, w.folded_len, &len);
		int start = (int)w.start, end = (int)w.end;
		if (query && prefix) {
			rc = token(context, 0, w.folded, (int)w.folded_len, start, end);
			continue;
		}
		rc = token(context, 0, stem, (int)len, start, end);
		bool same = len == w.folded_len && memcmp(stem, w.folded, len) == 0;
		if (rc == SQLITE_OK && !query && !same)
			rc = token(context, FTS5_TOKEN_COLOCATED, w.folded, (int)w.folded_len, start, end);
	}
	return rc;
}

static void
fold_value(sqlite3_context *context, int n, sqlite3_value **args)
{
	const char *text = (const char *)sqlite3_value_text(args[0]);
	OWNED(arena_destroy) struct arena *mem = arena_create("fold", MIB);
	(void)n;
	char *folded = text ? search_fold(text, mem) : NULL;
	if (folded)
		sqlite3_result_text(context, folded, -1, SQLITE_TRANSIENT);
}

enum err
search_register(struct connection *c, struct why *why)
{
	static const struct {
		fts5_tokenizer t;
	} words = {{words_create, words_delete, words_tokenize}};
	fts5_api *api = NULL;
	sqlite3_stmt *s = NULL;
	if (sqlite3_create_function(c->db, "search_fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
	                            fold_value, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(c->db, "SELECT fts5(?1)", -1, &s, NULL) != SQLITE_OK)
		return sqlite_fail(c, why, "this SQLite has no FTS5");
	sqlite3_bind_pointer(s, 1, &api, "fts5_api_ptr", NULL);
	sqlite3_step(s);
	sqlite3_finalize(s);
	fts5_tokenizer t = words.t;
	if (!api || api->xCreateTokenizer(api, "docket", NULL, &t, NULL) != SQLITE_OK)
		return fail(why, ERR_BROKEN, "FTS5 takes no tokenizer");
	return ERR_NONE;
}

/* ---- entries ---- */

void
search_owner(struct uuid user, char ret[static SEARCH_OWNER_LEN])
{
	ret[0] = 'u';
	hex_text(user.b, sizeof user.b, ret + 1);
}

/* Whose it is, and what most filters name: its kind, year and month, as words, so that a filter makes the
 * list of hits shorter before any row is looked at. The rows are asked all the same. */
#define OWNER_WORDS                                                                                         \
	"'u' || lower(hex(d.user_id)) || ' k' || replace(coalesce(d.doc_type, ''), '_', '') || ' y' ||"     \
	" substr(coalesce(d.date, ''), 1, 4) || ' m' || substr(replace(coalesce(d.date, ''), '-', ''), 1, " \
	"6)"

/* What search finds of a document beside its text, anew from its row: name, note, tags, sender. */
enum err
search_refresh(struct connection *c, struct uuid document, struct why *why)
{
	STATEMENT *s = statement(
	    c,
	    "UPDATE search SET owner = " OWNER_WORDS ","
	    " title = coalesce(d.title, '') || ' ' || coalesce(d.file_name, ''),"
	    " sender = coalesce(d.merchant, ''), note = coalesce(d.note, ''), tags = coalesce((SELECT"
	    " group_concat(name, ' | ') FROM document_tag WHERE document_id = d.id), '')"
	    " FROM document d WHERE d.id = ?1 AND search.rowid = d.n",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	return step_done(c, s, why);
}

enum err
search_forget(struct connection *c, struct uuid document, struct why *why)
{
	STATEMENT *s =
	    statement(c, "DELETE FROM search WHERE rowid = (SELECT n FROM document WHERE id = ?1)", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	return step_done(c, s, why);
}

enum err
search_put(struct connection *c, struct uuid document, const char *text, struct why *why)
{
	TRY(search_forget(c, document, why));
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO search (rowid, owner, title, sender, note, tags, text)"
	              " SELECT d.n, " OWNER_WORDS ","
	              " coalesce(d.title, '') || ' ' || coalesce(d.file_name, ''),"
	              " coalesce(d.merchant, ''), coalesce(d.note, ''), coalesce((SELECT"
	              " group_concat(name, ' | ') FROM document_tag WHERE document_id = ?1), ''), ?2"
	              " FROM document d WHERE d.id = ?1",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	bind_text(s, 2, text ? text : "");
	return step_done(c, s, why);
}

/* ---- queries ---- */

static void
put_quoted(struct buf *out, const char *text, size_t n)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, text[i]);
	}
	buf_putc(out, '"');
}

static size_t
words_in(const char *text, size_t n)
{
	struct search_word w;
	size_t count = 0;
	for (size_t at = 0; search_word_next(text, n, &at, &w);)
		count++;
	return count;
}

static void
put_term(struct buf *out, const struct search_term *t)
{
	if (t->typing && words_in(t->text, t->len) == 1) {
		buf_putc(out, '(');
		put_quoted(out, t->text, t->len);
		buf_puts(out, " OR ");
		put_quoted(out, t->text, t->len);
		buf_puts(out, " *)");
		return;
	}
	put_quoted(out, t->text, t->len);
	if (t->prefix)
		buf_puts(out, " *");
}

#define MONTHS_MAX 24 /* a longer span is told by its years, or not at all */

/* "2014-02-17" -> 2014 * 12 + 1; 0: no date. */
static int
month_of(const char *date)
{
	int year = 0, month = 0;
	if (!date || strlen(date) < 7 || sscanf(date, "%4d-%2d", &year, &month) != 2 || month < 1 ||
	    month > 12)
		return 0;
	return year * 12 + month - 1;
}

static void
put_span(struct buf *out, const char *from, const char *to)
{
	int a = month_of(from), b = month_of(to);
	if (a == 0 || b == 0 || b < a || b - a > MONTHS_MAX * 12)
		return;
	bool years = b - a > MONTHS_MAX;
	buf_puts(out, " AND (");
	for (int m = a; m <= b; m = years ? (m / 12 + 1) * 12 : m + 1) {
		if (m != a)
			buf_puts(out, " OR ");
		if (years)
			buf_printf(out, "owner : \"y%04d\"", m / 12);
		else
			buf_printf(out, "owner : \"m%04d%02d\"", m / 12, m % 12 + 1);
	}
	buf_putc(out, ')');
}

static void
put_kind(struct buf *out, const char *doc_type)
{
	if (!doc_type || strspn(doc_type, "abcdefghijklmnopqrstuvwxyz_") != strlen(doc_type))
		return;
	buf_puts(out, " AND owner : \"k");
	for (const char *p = doc_type; *p; p++)
		if (*p != '_')
			buf_putc(out, *p);
	buf_putc(out, '"');
}

bool
search_expression(struct uuid user, const struct search_query *q, const struct document_filter *f,
                  struct buf *out)
{
	char owner[SEARCH_OWNER_LEN];
	size_t wanted = 0, excluded = 0;
	search_owner(user, owner);
	buf_printf(out, "(owner : \"%s\"", owner);
	put_kind(out, f->doc_type);
	put_span(out, f->date_from, f->date_to);
	for (size_t i = 0; i < q->n; i++) {
		if (q->terms[i].excluded)
			continue;
		buf_puts(out, " AND ");
		put_term(out, &q->terms[i]);
		wanted++;
	}
	buf_putc(out, ')');
	for (size_t i = 0; i < q->n; i++) {
		if (!q->terms[i].excluded)
			continue;
		buf_puts(out, excluded++ ? " OR " : " NOT (");
		put_term(out, &q->terms[i]);
	}
	if (excluded)
		buf_putc(out, ')');
	return wanted > 0 && !out->full;
}
