/* GET /export: documents by filter as CSV, JSON, or a zip of both with results and originals. Made on a
 * thread of its own while it is sent; nothing is held whole. */
#include "body_stream.h"
#include "clock.h"
#include "csv.h"
#include "document_query.h"
#include "fdio.h"
#include "file_name.h"
#include "job_json.h"
#include "result_json.h"
#include "server.h"
#include "session_tokens.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#define PAGE_LEN    50
#define PAGE_MEMORY (256 * MIB) /* of a page's rows, and one result at a time */
#define PIECE       (64 * KIB)
#define ASK_MS      1000 /* how often it is asked whether its reader may still */

enum export_format { EXPORT_CSV, EXPORT_JSON, EXPORT_ZIP, EXPORT_FORMATS };

struct export
{
	struct storage *st;
	struct uuid user;
	bool by_key; /* who asked came with an API token, else with a session */
	uint8_t token_hash[TOKEN_HASH_LEN];
	int64_t asked_ms;
	enum export_format format;
	struct document_query q; /* its texts lie in mem */
	struct arena *mem;
	struct body_stream *out;
	struct archive *zip;
	struct buf csv, json; /* what has not gone yet; in a zip, all of it */
	struct buf missing;   /* originals that storage has lost */
	struct log *log;
	bool some;
};

static void
export_free(struct export *e)
{
	buf_free(&e->csv);
	buf_free(&e->json);
	buf_free(&e->missing);
	log_close(&e->log);
	struct arena *mem = e->mem;
	arena_destroy(&mem); /* with it, itself */
}

/* ---- rows ---- */

static void
csv_head(struct buf *out)
{
	static const char *const names[] = {"id",   "added", "file",     "title",  "type", "sender",
	                                    "date", "total", "currency", "status", "tags", "note"};
	buf_puts(out, "\xEF\xBB\xBF"); /* so that spreadsheets take it for UTF-8 */
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		csv_plain(out, names[i], i == 0);
	csv_end_row(out);
}

static void
csv_row(struct buf *out, const struct document *d, struct arena *mem)
{
	char id[UUID_TEXT_LEN], added[CLOCK_TEXT_LEN];
	uuid_text(d->id, id);
	clock_text(d->created_ms, added);
	char *tags = d->tags ? arena_strdup(mem, d->tags) : NULL;
	for (char *p = tags; p && *p; p++)
		if (*p == '\n')
			*p = ',';
	csv_plain(out, id, true);
	csv_plain(out, added, false);
	csv_text(out, d->file_name, false);
	csv_text(out, d->title, false);
	csv_text(out, d->doc_type, false);
	csv_text(out, d->merchant, false);
	csv_text(out, d->date, false);
	/* A decimal number as results write it: no formula hides in it. */
	csv_plain(out, d->total && strspn(d->total, "-.0123456789") == strlen(d->total) ? d->total : "",
	          false);
	csv_text(out, d->currency, false);
	csv_plain(out, job_state_name(d->state), false);
	csv_text(out, tags, false);
	csv_text(out, d->note, false);
	csv_end_row(out);
}

/* The result as GET /results/{id} has it, but for the words and pictures of its pages. */
static enum err
json_row(struct export *e, const struct document *d, struct buf *out, struct why *why)
{
	OWNED(shown_result_free) struct shown_result r = {0};
	buf_puts(out, e->some ? ",\n" : "\n");
	document_json(out, d);
	e->some = true;
	if (d->state != JOB_DONE)
		return ERR_NONE;
	OWNED(arena_destroy) struct arena *mem = arena_create("export", PAGE_MEMORY);
	TRY(shown_result_of(e->st, e->user, d->job_id, mem, &r, why));
	json_object_del(r.shown, "pages");
	size_t n;
	OWNED(mem_free) char *text = json_text(r.shown, &n);
	out->len--; /* its brace */
	buf_puts(out, ",\"result\":");
	buf_put(out, text, n);
	buf_putc(out, '}');
	return ERR_NONE;
}

/* ---- the zip ---- */

static la_ssize_t
zip_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct export *e = arg;
	if (body_stream_write(e->out, p, n))
		return (la_ssize_t)n;
	archive_set_error(a, ARCHIVE_FATAL, "nobody reads");
	return -1;
}

static enum err
zip_fail(struct export *e, struct why *why)
{
	return fail(why, ERR_BROKEN, "zip: %.100s", archive_error_string(e->zip));
}

static enum err
zip_entry(struct export *e, const char *name, int64_t size, int64_t ms, struct why *why)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, (time_t)(ms / 1000), 0);
	int rc = archive_write_header(e->zip, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? ERR_NONE : zip_fail(e, why);
}

static enum err
zip_bytes(struct export *e, const char *name, const char *p, size_t n, int64_t ms, struct why *why)
{
	TRY(zip_entry(e, name, (int64_t)n, ms, why));
	return archive_write_data(e->zip, p, n) == (la_ssize_t)n ? ERR_NONE : zip_fail(e, why);
}

/* "originals/ID name.jpg": the id first, so that no two are alike and no name is a path. */
static enum err
zip_original(struct export *e, const struct document *d, struct arena *mem, struct why *why)
{
	char id[UUID_TEXT_LEN];
	char piece[PIECE];
	OWNED(fd_close) int fd = -1;
	uuid_text(d->id, id);
	const char *clean = d->file_name ? clean_file_name(mem, d->file_name) : NULL, *name;
	ARENA_TRY(name, arena_printf(mem, "originals/%s%s%s", id, clean ? " " : "", clean ? clean : ""), mem,
	          why);
	TRY(blob_open(e->st, d->blob.key, &fd, why));
	TRY(zip_entry(e, name, (int64_t)d->blob.size, d->created_ms, why));
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "an original");
		if (n == 0)
			return ERR_NONE;
		if (archive_write_data(e->zip, piece, (size_t)n) != n)
			return zip_fail(e, why);
	}
}

/* The others come though one is lost; it is named. */
static enum err
zip_original_if_there(struct export *e, const struct document *d, struct arena *mem, struct why *why)
{
	char id[UUID_TEXT_LEN];
	const struct document *same;
	enum err err = zip_original(e, d, mem, why);
	if (err != ERR_ABSENT)
		return err;
	TRY(storage_document_get(e->st, e->user, d->id, mem, &same, why)); /* or it was deleted meanwhile */
	uuid_text(d->id, id);
	buf_printf(&e->missing, "originals/%s %s\n", id, d->file_name ? d->file_name : "");
	log_event(e->log, LOG_ERROR, "export.original_missing", F_STR("document_id", id));
	return ERR_NONE;
}

static enum err
zip_document(struct export *e, const struct document *d, struct arena *mem, struct why *why)
{
	char id[UUID_TEXT_LEN], name[80];
	OWNED(shown_result_free) struct shown_result r = {0};
	TRY(zip_original_if_there(e, d, mem, why));
	csv_row(&e->csv, d, mem);
	if (d->state != JOB_DONE)
		return ERR_NONE;
	OWNED(arena_destroy) struct arena *own = arena_create("export", PAGE_MEMORY);
	TRY(shown_result_of(e->st, e->user, d->job_id, own, &r, why));
	size_t n;
	OWNED(mem_free) char *text = json_text(r.shown, &n);
	uuid_text(d->id, id);
	snprintf(name, sizeof name, "results/%s.json", id);
	return zip_bytes(e, name, text, n, d->created_ms, why);
}

static enum err
zip_open(struct export *e, struct why *why)
{
	e->zip = archive_write_new();
	if (!e->zip)
		BUG("no memory for a zip");
	/* Pictures and PDF are packed already. */
	if (archive_write_set_format_zip(e->zip) != ARCHIVE_OK ||
	    archive_write_set_options(e->zip, "zip:compression=store,zip:hdrcharset=UTF-8") != ARCHIVE_OK ||
	    archive_write_open(e->zip, e, NULL, zip_write, NULL) != ARCHIVE_OK)
		return zip_fail(e, why);
	return ERR_NONE;
}

/* ---- all of it ---- */

static enum err
flush(struct export *e, struct buf *b, struct why *why)
{
	if (b->full)
		return fail(why, ERR_TOO_BIG, "a page of the export is too large");
	bool open = b->len == 0 || body_stream_write(e->out, b->data, b->len);
	buf_clear(b);
	return open ? ERR_NONE : fail(why, ERR_BODY_CUT, "nobody reads");
}

/* Read slowly, an export takes hours; what ends its reader's session or token ends it as well. */
static enum err
check_reader(struct export *e, struct arena *mem, struct why *why)
{
	const struct user *u;
	int64_t now = clock_steady_ms();
	if (now < e->asked_ms + ASK_MS)
		return ERR_NONE;
	e->asked_ms = now;
	return e->by_key ? storage_key_user(e->st, e->token_hash, mem, &u, why)
	                 : storage_session_user(e->st, e->token_hash, mem, &u, why);
}

static enum err
one_document(struct export *e, const struct document *d, struct arena *mem, struct why *why)
{
	switch (e->format) {
	case EXPORT_CSV:
		csv_row(&e->csv, d, mem);
		return flush(e, &e->csv, why);
	case EXPORT_JSON:
		TRY(json_row(e, d, &e->json, why));
		return flush(e, &e->json, why);
	default:
		return zip_document(e, d, mem, why);
	}
}

static enum err
all_documents(struct export *e, struct why *why)
{
	struct document_cursor after = {.date = ""};
	OWNED(mem_free) char *date = NULL;
	for (bool more = true; more;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("export page", PAGE_MEMORY);
		struct found_page page;
		TRY(storage_document_find(e->st, e->user, &e->q.filter, &after, PAGE_LEN, mem, &page, why));
		for (size_t i = 0; i < page.n; i++) {
			TRY(check_reader(e, mem, why));
			enum err err = one_document(e, &page.documents[i].d, mem, why);
			if (err != ERR_NONE && err != ERR_ABSENT) /* deleted meanwhile */
				return err;
		}
		if (page.n > 0) {
			const struct document *last = &page.documents[page.n - 1].d;
			/* Whole, however long: by a piece of it the next page would begin elsewhere. */
			free(date);
			date = strdup(last->date ? last->date : "");
			if (!date)
				BUG("no memory for a date");
			after = (struct document_cursor){last->id, date};
		}
		more = page.more && page.n > 0;
	}
	return ERR_NONE;
}

static enum err
write_export(struct export *e, struct why *why)
{
	csv_head(&e->csv);
	if (e->format == EXPORT_ZIP)
		TRY(zip_open(e, why));
	if (e->format == EXPORT_JSON)
		buf_puts(&e->json, "{\"schema\":\"docket.export/1\",\"documents\":[");
	TRY(all_documents(e, why));
	switch (e->format) {
	case EXPORT_JSON:
		buf_puts(&e->json, "\n]}\n");
		return flush(e, &e->json, why);
	case EXPORT_ZIP:
		if (e->csv.full || e->missing.full)
			return fail(why, ERR_TOO_BIG, "the table of the export is too large");
		TRY(zip_bytes(e, "documents.csv", e->csv.data, e->csv.len, clock_wall_ms(), why));
		if (e->missing.len)
			TRY(zip_bytes(e, "missing.txt", e->missing.data, e->missing.len, clock_wall_ms(),
			              why));
		return archive_write_close(e->zip) == ARCHIVE_OK ? ERR_NONE : zip_fail(e, why);
	default:
		return flush(e, &e->csv, why);
	}
}

static bool
make(struct body_stream *s, void *arg)
{
	struct export *e = arg;
	struct why why = {""};
	e->out = s;
	/* libarchive takes names for the locale's; this thread's is UTF-8, whatever the process has. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	enum err err = write_export(e, &why);
	archive_write_free(e->zip);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	if (err != ERR_NONE && err != ERR_BODY_CUT)
		log_event(e->log, LOG_WARN, "export.broken_off", F_ERR(err, &why));
	export_free(e);
	return err == ERR_NONE;
}

static enum err
copy_text(struct arena *mem, const char **text, struct why *why)
{
	if (*text)
		ARENA_TRY(*text, arena_strdup(mem, *text), mem, why);
	return ERR_NONE;
}

/* The filter outlives its request. */
static enum err
keep_filter(struct export *e, const struct document_query *q, struct why *why)
{
	struct document_filter *f = &e->q.filter;
	e->q = *q;
	const char **texts[] = {&f->text,     &f->doc_type,  &f->merchant,
	                        &f->currency, &f->date_from, &f->date_to};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		TRY(copy_text(e->mem, texts[i], why));
	for (size_t i = 0; i < f->n_tags; i++)
		TRY(copy_text(e->mem, &f->tags[i], why));
	f->minor_from = f->minor_from ? &e->q.minor_from : NULL;
	f->minor_to = f->minor_to ? &e->q.minor_to : NULL;
	f->state = f->state ? &e->q.state : NULL;
	return ERR_NONE;
}

static enum err
format_of(struct request *rq, enum export_format *ret, struct why *why)
{
	static const char *const names[EXPORT_FORMATS] = {"csv", "json", "zip"};
	const char *text = request_query(rq, "format");
	for (int i = 0; text && i < EXPORT_FORMATS; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum export_format)i;
			return ERR_NONE;
		}
	return fail(why, ERR_INVALID, "format: csv, json or zip");
}

static enum err
get_export(struct request *rq, struct why *why)
{
	static const struct {
		const char *type, *name;
	} kinds[EXPORT_FORMATS] = {{"text/csv; charset=utf-8", "documents.csv"},
	                           {"application/json", "documents.json"},
	                           {"application/zip", "documents.zip"}};
	enum export_format format;
	struct document_query q;
	TRY(format_of(rq, &format, why));
	TRY(document_query_read(rq, &q, why));
	struct arena *mem = arena_create("export", MIB);
	struct export *e = arena_alloc(mem, sizeof *e);
	if (!e)
		BUG("a new arena is full");
	*e = (struct export){.st = request_storage(rq),
	                     .user = rq->user->id,
	                     .by_key = token_is(rq->token, TOKEN_API),
	                     .asked_ms = clock_steady_ms(),
	                     .format = format,
	                     .mem = mem,
	                     .csv = buf_init(64 * MIB),
	                     .json = buf_init(64 * MIB),
	                     .missing = buf_init(MIB),
	                     .log = request_log(rq)};
	memcpy(e->token_hash, rq->token_hash, sizeof e->token_hash);
	enum err err = keep_filter(e, &q, why);
	if (err == ERR_NONE)
		err = storage_audit(e->st, e->user, "documents.exported", NULL, rq->request_id, why);
	if (err == ERR_NONE)
		err = body_stream_begin(rq->api->streams, e->user, rq->connection, make, e,
		                        &rq->answer.stream, why);
	if (err != ERR_NONE) {
		export_free(e);
		return err;
	}
	rq->answer.status = 200;
	rq->answer.content_type = kinds[format].type;
	answer_header(rq, "Content-Disposition", "attachment; filename=\"%s\"", kinds[format].name);
	return ERR_NONE;
}

const struct route route_get_export = {.name = "GET /export",
                                       .handle = get_export,
                                       .auth = AUTH_SESSION,
                                       .runs = RUN_BLOCKING,
                                       .limit = LIMIT_EXPORT};
