/* Corrections: what a person says against the machine, one of a path in force at a time. */
#include "sqlite_documents.h"

#include "clock.h"

#define CORRECTION_COLUMNS                                                           \
	"correction.id, correction.job_id, correction.document_id, correction.path," \
	" correction.before, correction.after, correction.region, correction.made_ms, correction.undone_ms"

static enum err
read_correction(sqlite3_stmt *s, struct arena *mem, struct correction *r, struct why *why)
{
	bool full = false;
	r->id = column_uuid(s, 0);
	r->job_id = column_uuid(s, 1);
	r->document_id = column_uuid(s, 2);
	r->path = column_text(s, 3, mem, &full);
	r->before = column_text(s, 4, mem, &full);
	r->after = column_text(s, 5, mem, &full);
	r->region = column_text(s, 6, mem, &full);
	r->made_ms = sqlite3_column_int64(s, 7);
	r->undone_ms = sqlite3_column_int64(s, 8);
	return full ? arena_full(mem, why) : ERR_NONE;
}

/* All that a bound statement finds, at most `max`. */
static enum err
read_all(struct connection *c, sqlite3_stmt *s, size_t max, struct arena *mem, struct correction_list *ret,
         struct why *why)
{
	struct correction *list;
	ARENA_TRY(list, arena_array(mem, max, sizeof *list), mem, why);
	*ret = (struct correction_list){.list = list};
	for (enum err e; ret->n < max && (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		TRY(read_correction(s, mem, &list[ret->n++], why));
	}
	return ERR_NONE;
}

enum err
load_corrections(struct connection *c, struct uuid user, struct uuid document, struct arena *mem,
                 struct correction_list *ret, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT " CORRECTION_COLUMNS " FROM correction"
	                         " WHERE document_id = ?1 AND user_id = ?2 AND undone_ms IS NULL"
	                         " ORDER BY made_ms, id",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	bind_uuid(s, 2, &user);
	return read_all(c, s, CORRECTIONS_OF_DOCUMENT_MAX, mem, ret, why);
}

/* ---- those of a person ---- */

static enum err
corrections_version(struct connection *c, struct uuid user, int64_t *ret, struct why *why)
{
	STATEMENT *s = statement(c, "SELECT version FROM correction_version WHERE user_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	enum err e = step_row(c, s, why);
	*ret = e == ERR_NONE ? sqlite3_column_int64(s, 0) : 0;
	return e == ERR_ABSENT ? ERR_NONE : e;
}

static enum err
of_user(struct connection *c, struct uuid user, size_t max, struct arena *mem, struct correction_list *ret,
        struct why *why)
{
	int64_t version;
	TRY(corrections_version(c, user, &version, why));
	STATEMENT *s = statement(c,
	                         "SELECT " CORRECTION_COLUMNS " FROM correction"
	                         " WHERE user_id = ?1 AND undone_ms IS NULL ORDER BY made_ms DESC, id DESC"
	                         " LIMIT ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	sqlite3_bind_int64(s, 2, (int64_t)max);
	TRY(read_all(c, s, max, mem, ret, why));
	ret->version = version;
	return ERR_NONE;
}

enum err
sqlite_corrections(struct storage *st, struct uuid user, size_t max, struct arena *mem,
                   struct correction_list *ret, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = max == 0 ? ERR_NONE : of_user(c, user, max, mem, ret, why);
	if (max == 0) {
		*ret = (struct correction_list){0};
		e = corrections_version(c, user, &ret->version, why);
	}
	reader_give(st, c);
	return e;
}

static enum err
parsed_of(struct connection *c, struct uuid user, struct uuid document, struct blob *ret, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT blob.key, blob.size, blob.sha256 FROM document"
	                         " JOIN result ON result.job_id = document.job_id"
	                         " JOIN blob ON blob.key = result.parsed_key"
	                         " WHERE document.id = ?1 AND document.user_id = ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	bind_uuid(s, 2, &user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such reading");
	TRY(e);
	column_blob(s, 0, ret);
	return ERR_NONE;
}

enum err
sqlite_parsed_get(struct storage *st, struct uuid user, struct uuid document, struct blob *ret,
                  struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = parsed_of(c, user, document, ret, why);
	reader_give(st, c);
	return e;
}

/* ---- correcting ---- */

static void
set_fact(struct list_facts *f, int fact, const char *value, const char *currency)
{
	switch (fact) {
	case LIST_TYPE:
		f->doc_type = value;
		break;
	case LIST_MERCHANT:
		f->merchant = value;
		break;
	case LIST_DATE:
		f->date = value;
		break;
	case LIST_TOTAL:
		f->total = value;
		f->currency = currency;
		break;
	default: /* written by a later version */
		break;
	}
}

enum err
corrected_facts(struct connection *c, struct uuid document, struct arena *mem, struct list_facts *f,
                struct why *why)
{
	bool full = false;
	STATEMENT *s = statement(c,
	                         "SELECT fact, fact_value, fact_currency FROM correction"
	                         " WHERE document_id = ?1 AND undone_ms IS NULL AND fact > 0",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		set_fact(f, sqlite3_column_int(s, 0), column_text(s, 1, mem, &full),
		         column_text(s, 2, mem, &full));
	}
	return full ? arena_full(mem, why) : ERR_NONE;
}

enum err
corrections_grow(struct connection *c, struct uuid user, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "INSERT INTO correction_version (user_id, version) VALUES (?1, 1)"
	                         " ON CONFLICT (user_id) DO UPDATE SET version = version + 1",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	return step_done(c, s, why);
}

static enum err
end_one(struct connection *c, struct uuid document, const char *path, int64_t now, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "UPDATE correction SET undone_ms = ?3"
	                         " WHERE document_id = ?1 AND path = ?2 AND undone_ms IS NULL",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	bind_text(s, 2, path);
	sqlite3_bind_int64(s, 3, now);
	return step_done(c, s, why);
}

static enum err
insert_one(struct connection *c, const struct correct *o, struct uuid document,
           const struct correction_change *ch, int64_t now, struct why *why)
{
	STATEMENT *s =
	    statement(c,
	              "INSERT INTO correction (id, user_id, document_id, job_id, path, before, after,"
	              " region, made_ms, fact, fact_value, fact_currency)"
	              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	              why);
	struct uuid id = uuid_new();
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &id);
	bind_uuid(s, 2, &o->user);
	bind_uuid(s, 3, &document);
	bind_uuid(s, 4, &o->job);
	bind_text(s, 5, ch->path);
	bind_text(s, 6, ch->before);
	bind_text(s, 7, ch->after);
	bind_text(s, 8, ch->region);
	sqlite3_bind_int64(s, 9, now);
	sqlite3_bind_int(s, 10, ch->fact);
	bind_text(s, 11, ch->fact_value);
	bind_text(s, 12, ch->fact_currency);
	return step_done(c, s, why);
}

/* The document whose present result is that of `job`, at the version that its corrector saw. */
static enum err
check_version(struct connection *c, const struct correct *o, struct uuid *document, struct why *why)
{
	STATEMENT *s = statement(c,
	                         "SELECT result.document_id, result.version, document.job_id = result.job_id"
	                         " FROM result JOIN document ON document.id = result.document_id"
	                         " WHERE result.job_id = ?1 AND result.user_id = ?2",
	                         why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &o->job);
	bind_uuid(s, 2, &o->user);
	enum err e = step_row(c, s, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_ABSENT, "no such result");
	TRY(e);
	if (sqlite3_column_int64(s, 1) != o->version)
		return fail(why, ERR_STALE, "it is at version %lld", (long long)sqlite3_column_int64(s, 1));
	if (!sqlite3_column_int(s, 2))
		return fail(why, ERR_STALE, "the document has been read again since");
	*document = column_uuid(s, 0);
	return ERR_NONE;
}

static enum err
correct(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	(void)st;
	const struct correct *o = arg;
	struct uuid document;
	int64_t now = clock_wall_ms();
	char id[UUID_TEXT_LEN];
	TRY(check_version(c, o, &document, why));
	for (size_t i = 0; i < o->n; i++) {
		TRY(end_one(c, document, o->changes[i].path, now, why));
		if (!o->changes[i].undo)
			TRY(insert_one(c, o, document, &o->changes[i], now, why));
	}
	TRY(set_list_facts(c, document, &o->facts, why));
	TRY(search_refresh(c, document, why));
	STATEMENT *s = statement(c, "UPDATE result SET version = version + 1 WHERE document_id = ?1", why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &document);
	TRY(step_done(c, s, why));
	TRY(corrections_grow(c, o->user, why));
	uuid_text(o->job, id);
	OWNED(buf_free) struct buf paths = buf_init(8 * KIB);
	for (size_t i = 0; i < o->n; i++)
		buf_printf(&paths, "%s%s%s", i ? "," : "", o->changes[i].undo ? "-" : "", o->changes[i].path);
	return insert_audit_detail(c, &o->user, "result.corrected", id, paths.data, o->request_id, why);
}

enum err
sqlite_correct(struct storage *st, const struct correct *o, struct why *why)
{
	struct correct copy = *o;
	return store_write(st, correct, &copy, why);
}
