#include "account_export.h"

#include "accounts.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "fdio.h"
#include "file_name.h"
#include "library.h"
#include "observe.h"
#include "own.h"

#include <archive.h>
#include <archive_entry.h>

#define PAGE_LEN    100
#define PAGE_MEMORY (64 * MIB) /* of a page of rows and one result at a time */
#define PIECE       (64 * KIB)
#define LINES_MAX   (64 * MIB)
#define AUDIT_PAGE  200 /* entries, of a kilobyte at most or so, */
#define AUDIT_PAGES 100 /* and pages of them in a file */

struct zip {
	struct storage *st;
	struct log *log;
	struct blob_writer *out;
	struct archive *a;
	struct buf documents, corrections; /* a line each */
	struct buf missing;                /* originals that storage has lost */
	struct why why;                    /* of the writer below */
	enum err err;
};

static la_ssize_t
write_out(struct archive *a, void *arg, const void *p, size_t n)
{
	struct zip *z = arg;
	z->err = blob_write(z->out, p, n, &z->why);
	if (z->err == ERR_NONE)
		return (la_ssize_t)n;
	archive_set_error(a, ARCHIVE_FATAL, "the file cannot be written");
	return -1;
}

static void
lines_free(struct zip *z)
{
	buf_free(&z->documents);
	buf_free(&z->corrections);
	buf_free(&z->missing);
}

static void
archive_release(struct archive **a)
{
	if (*a)
		archive_write_free(*a);
	*a = NULL;
}

static enum err
zip_failed(struct zip *z, struct why *why)
{
	if (z->err == ERR_NONE)
		return fail(why, ERR_BROKEN, "zip: %.100s", archive_error_string(z->a));
	*why = z->why;
	return z->err;
}

/* ---- entries ---- */

static enum err
begin_entry(struct zip *z, const char *name, int64_t size, int64_t ms, struct why *why)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname_utf8(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, (time_t)(ms / 1000), 0);
	int rc = archive_write_header(z->a, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? ERR_NONE : zip_failed(z, why);
}

static enum err
add_bytes(struct zip *z, const char *name, const char *p, size_t n, int64_t ms, struct why *why)
{
	TRY(begin_entry(z, name, (int64_t)n, ms, why));
	return archive_write_data(z->a, p, n) == (la_ssize_t)n ? ERR_NONE : zip_failed(z, why);
}

/* "originals/ID name.jpg": the id first, so that no two are alike; the name was made harmless when it came,
 * and is once more, so that whoever unpacks it writes into no other folder. */
static enum err
add_original(struct zip *z, const struct document *d, struct arena *mem, struct why *why)
{
	char id[UUID_TEXT_LEN], piece[PIECE];
	OWNED(fd_close) int fd = -1;
	uuid_text(d->id, id);
	const char *name = d->file_name ? clean_file_name(mem, d->file_name) : NULL;
	char *path;
	ARENA_TRY(path, arena_printf(mem, "originals/%s%s%s", id, name ? " " : "", name ? name : ""), mem,
	          why);
	TRY(blob_open(z->st, d->blob.key, &fd, why));
	TRY(begin_entry(z, path, (int64_t)d->blob.size, d->created_ms, why));
	for (uint64_t left = d->blob.size; left > 0;) {
		size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
		TRY(fd_read_exact(fd, piece, n, why));
		if (archive_write_data(z->a, piece, n) != (la_ssize_t)n)
			return zip_failed(z, why);
		left -= n;
	}
	return ERR_NONE;
}

/* Nobody's papers stay behind because one of them is lost; it is named. False: it was deleted meanwhile. */
static enum err
add_original_if_there(struct zip *z, const struct document *d, struct arena *mem, bool *is_document,
                      struct why *why)
{
	char id[UUID_TEXT_LEN];
	const struct document *same;
	enum err e = add_original(z, d, mem, why);
	*is_document = true;
	if (e != ERR_ABSENT)
		return e;
	e = storage_document_get(z->st, d->user_id, d->id, mem, &same, why);
	if (e == ERR_ABSENT) {
		*is_document = false;
		return ERR_NONE;
	}
	TRY(e);
	uuid_text(d->id, id);
	buf_printf(&z->missing, "originals/%s %s\n", id, d->file_name ? d->file_name : "");
	log_event(z->log, LOG_ERROR, "export.original_missing", F_STR("document_id", id));
	return ERR_NONE;
}

/* What was shown before, and what its owner said instead, stand as JSON already. */
static void
correction_line(struct buf *out, const struct correction *c)
{
	char document[UUID_TEXT_LEN], job[UUID_TEXT_LEN], made[CLOCK_TEXT_LEN];
	uuid_text(c->document_id, document);
	uuid_text(c->job_id, job);
	clock_text(c->made_ms, made);
	buf_printf(out, "{\"document_id\":\"%s\",\"job_id\":\"%s\",\"made_at\":\"%s\",\"path\":", document,
	           job, made);
	buf_json_string(out, c->path, strlen(c->path));
	const struct {
		const char *name, *json;
	} parts[] = {{"before", c->before}, {"after", c->after}, {"region", c->region}};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_printf(out, ",\"%s\":", parts[i].name);
		buf_puts(out, parts[i].json ? parts[i].json : "null");
	}
	buf_puts(out, "}\n");
}

/* As it was read; what its owner has corrected goes beside it. */
static enum err
add_result(struct zip *z, const struct document *d, struct arena *mem, struct why *why)
{
	const struct result *r;
	char job[UUID_TEXT_LEN], path[UUID_TEXT_LEN + 20];
	enum err e = storage_result_get(z->st, d->user_id, d->job_id, mem, &r, why);
	if (e == ERR_NOT_FINISHED || e == ERR_JOB_FAILED || e == ERR_CANCELLED || e == ERR_ABSENT)
		return ERR_NONE;
	TRY(e);
	for (size_t i = 0; i < r->corrections.n; i++)
		correction_line(&z->corrections, &r->corrections.list[i]);
	uuid_text(d->job_id, job);
	snprintf(path, sizeof path, "results/%s.json", job);
	return add_bytes(z, path, r->json, r->json_len, r->created_ms, why);
}

static void
document_line(struct buf *out, const struct document *d)
{
	char id[UUID_TEXT_LEN], job[UUID_TEXT_LEN], created[CLOCK_TEXT_LEN], hash[65];
	const struct {
		const char *name, *value;
	} facts[] = {{"file_name", d->file_name}, {"media_type", d->media_type},
	             {"doc_type", d->doc_type},   {"merchant", d->merchant},
	             {"date", d->date},           {"total", d->total},
	             {"currency", d->currency},   {"title", d->title},
	             {"note", d->note},           {"tags", d->tags}};
	uuid_text(d->id, id);
	uuid_text(d->job_id, job);
	clock_text(d->created_ms, created);
	hex_text(d->blob.sha256, sizeof d->blob.sha256, hash);
	buf_printf(out,
	           "{\"id\":\"%s\",\"job_id\":\"%s\",\"created_at\":\"%s\",\"status\":\"%s\",\"size\":%llu,"
	           "\"sha256\":\"%s\"",
	           id, job, created, job_state_name(d->state), (unsigned long long)d->blob.size, hash);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		if (!facts[i].value)
			continue;
		buf_printf(out, ",\"%s\":", facts[i].name);
		buf_json_string(out, facts[i].value, strlen(facts[i].value));
	}
	buf_puts(out, "}\n");
}

static enum err
add_account(struct zip *z, const struct user *u, struct why *why)
{
	OWNED(buf_free) struct buf out = buf_init(64 * KIB);
	char id[UUID_TEXT_LEN], created[CLOCK_TEXT_LEN];
	uuid_text(u->id, id);
	clock_text(u->created_ms, created);
	buf_printf(&out, "{\"id\":\"%s\",\"created_at\":\"%s\",\"locale\":\"%s\",\"email\":", id, created,
	           u->locale);
	buf_json_string(&out, u->email, strlen(u->email));
	buf_puts(&out, "}\n");
	return add_bytes(z, "account.json", out.data, out.len, u->created_ms, why);
}

/* Of those in the trash, or of the others. */
static enum err
add_some_documents(struct zip *z, struct uuid user, bool trash, struct why *why)
{
	const struct document_filter filter = {.trash = trash};
	struct document_cursor after = {.id = {{0}}};
	for (bool more = true; more;) {
		OWNED(arena_destroy) struct arena *mem = arena_create("export", PAGE_MEMORY);
		struct found_page page;
		TRY(storage_document_find(z->st, user, &filter, &after, PAGE_LEN, mem, &page, why));
		for (size_t i = 0; i < page.n; i++) {
			OWNED(arena_destroy) struct arena *one = arena_create("export of one", PAGE_MEMORY);
			const struct document *d = &page.documents[i].d;
			bool is_document;
			after.id = d->id;
			TRY(add_original_if_there(z, d, one, &is_document, why));
			if (!is_document)
				continue;
			document_line(&z->documents, d);
			TRY(add_result(z, d, one, why));
		}
		more = page.more;
	}
	return ERR_NONE;
}

static enum err
add_lines(struct zip *z, const char *name, const struct buf *lines, struct why *why)
{
	if (lines->full)
		return fail(why, ERR_TOO_BIG, "%s: over %zu bytes", name, (size_t)LINES_MAX);
	return add_bytes(z, name, lines->data ? lines->data : "", lines->len, clock_wall_ms(), why);
}

static enum err
add_documents(struct zip *z, struct uuid user, struct why *why)
{
	TRY(add_some_documents(z, user, false, why));
	TRY(add_some_documents(z, user, true, why));
	TRY(add_lines(z, "documents.jsonl", &z->documents, why));
	TRY(add_lines(z, "corrections.jsonl", &z->corrections, why));
	return z->missing.len ? add_lines(z, "missing.txt", &z->missing, why) : ERR_NONE;
}

/* ---- the audit ---- */

static void
audit_line(struct buf *out, const struct audit_entry *e)
{
	char at[CLOCK_TEXT_LEN];
	const struct {
		const char *name, *value;
	} texts[] = {{"action", e->action},
	             {"object", e->object},
	             {"detail", e->detail},
	             {"address", e->address},
	             {"request_id", e->request_id}};
	clock_text(e->at_ms, at);
	buf_printf(out, "{\"n\":%lld,\"at\":\"%s\"", (long long)e->n, at);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!texts[i].value)
			continue;
		buf_printf(out, ",\"%s\":", texts[i].name);
		buf_json_string(out, texts[i].value, strlen(texts[i].value));
	}
	buf_puts(out, "}\n");
}

/* Newest first, a file for every AUDIT_PAGES pages: nobody's audit is too long. */
static enum err
add_audit(struct zip *z, struct uuid user, struct why *why)
{
	int64_t before = 0;
	bool more = true;
	for (int file = 1; more; file++) {
		OWNED(buf_free) struct buf lines = buf_init(LINES_MAX);
		char name[40];
		for (int i = 0; i < AUDIT_PAGES && more; i++) {
			OWNED(arena_destroy) struct arena *mem = arena_create("export of audit", PAGE_MEMORY);
			struct audit_page page;
			TRY(storage_audit_list(z->st, user, before, AUDIT_PAGE, mem, &page, why));
			for (size_t j = 0; j < page.n; j++)
				audit_line(&lines, &page.entries[j]);
			more = page.more && page.n > 0;
			before = page.n > 0 ? page.entries[page.n - 1].n : before;
		}
		snprintf(name, sizeof name, "audit/%04d.jsonl", file);
		TRY(add_lines(z, name, &lines, why));
	}
	return ERR_NONE;
}

static enum err
write_all(struct zip *z, const struct user *u, struct why *why)
{
	OWNED(archive_release) struct archive *a = archive_write_new();
	if (!a)
		BUG("no memory for a zip");
	z->a = a;
	/* Names are UTF-8; originals are compressed already, and so small are the rest. */
	if (archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    archive_write_zip_set_compression_store(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, "zip:hdrcharset=UTF-8") != ARCHIVE_OK ||
	    archive_write_open(a, z, NULL, write_out, NULL) != ARCHIVE_OK)
		return zip_failed(z, why);
	TRY(add_account(z, u, why));
	TRY(add_documents(z, u->id, why));
	TRY(add_audit(z, u->id, why));
	return archive_write_close(a) == ARCHIVE_OK ? ERR_NONE : zip_failed(z, why);
}

enum err
account_export(struct storage *st, struct uuid user, struct log *log, struct blob *ret, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("export", MIB);
	OWNED(blob_abandon) struct blob_writer *out = NULL;
	const struct user *u;
	TRY(storage_user_by_id(st, user, mem, &u, why));
	TRY(blob_begin(st, &out, why));
	OWNED(lines_free)
	struct zip z = {.st = st,
	                .log = log,
	                .out = out,
	                .documents = buf_init(LINES_MAX),
	                .corrections = buf_init(LINES_MAX),
	                .missing = buf_init(LINES_MAX)};
	TRY(write_all(&z, u, why));
	return blob_publish(&out, ret, why);
}
