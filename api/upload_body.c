#include "upload_body.h"

#include "file_name.h"
#include "header_values.h"
#include "multipart.h"

#define HELD_FULL (64 * KIB)
#define HELD_MAX  (256 * KIB) /* full, and one more piece from the connection */
#define HEAD_LEN  4096        /* enough to know every kind of file */
#define NOTES_MAX (64 * KIB)  /* other fields of a form, read and dropped */

struct upload_body {
	struct request *rq;
	bool is_form;
	struct multipart form;
	enum { PART_OTHER, PART_FILE } part;
	bool file_seen;
	const char *name, *media_type;
	struct buf held;
	uint64_t size, notes;
	struct blob_writer *writer;
};

/* Decided at the first 4 KiB, or at the end of what is shorter. */
static enum err
know_type(struct upload_body *u, struct why *why)
{
	if (u->media_type)
		return ERR_NONE;
	const char *(*know)(const uint8_t *, size_t) = request_options(u->rq)->media_type;
	u->media_type = know ? know((const uint8_t *)u->held.data, u->held.len) : "application/octet-stream";
	if (!u->media_type)
		return fail(why, ERR_UNSUPPORTED_TYPE,
		            "pictures, PDF, DOCX, ODT, text, HTML and mails are read");
	return ERR_NONE;
}

static enum err
take_file_bytes(struct upload_body *u, const void *p, size_t n, struct why *why)
{
	uint64_t limit = (uint64_t)request_settings(u->rq)->api_max_upload;
	if (n > limit - u->size)
		return fail(why, ERR_TOO_BIG, "at most %llu bytes", (unsigned long long)limit);
	u->size += n;
	buf_put(&u->held, p, n);
	if (u->held.full)
		BUG("more than %zu bytes held of an upload", (size_t)HELD_MAX);
	return u->held.len >= HEAD_LEN ? know_type(u, why) : ERR_NONE;
}

static enum err
on_part(void *arg, const char *name, const char *filename, struct why *why)
{
	struct upload_body *u = arg;
	u->part = PART_OTHER;
	if (strcmp(name, "file") != 0)
		return ERR_NONE;
	if (u->file_seen)
		return fail(why, ERR_BAD_REQUEST, "one file an upload");
	u->file_seen = true;
	u->part = PART_FILE;
	u->name = clean_file_name(u->rq->mem, filename);
	return ERR_NONE;
}

static enum err
on_data(void *arg, const void *p, size_t n, struct why *why)
{
	struct upload_body *u = arg;
	if (u->part == PART_FILE)
		return take_file_bytes(u, p, n, why);
	u->notes += n;
	if (u->notes > NOTES_MAX)
		return fail(why, ERR_TOO_BIG, "the other fields of the form are over %zu bytes",
		            (size_t)NOTES_MAX);
	return ERR_NONE;
}

enum err
upload_body_begin(struct request *rq, struct upload_body **ret, struct why *why)
{
	const char *type = request_header(rq, "Content-Type");
	struct upload_body *u;
	ARENA_TRY(u, arena_alloc(rq->mem, sizeof *u), rq->mem, why);
	u->rq = rq;
	static const char form[] = "multipart/form-data";
	u->is_form = type && strncasecmp(type, form, strlen(form)) == 0;
	if (u->is_form) {
		struct multipart_sink sink = {.arg = u, .part = on_part, .data = on_data};
		TRY(multipart_begin(&u->form, type, &sink, why));
	} else {
		char name[1024];
		const char *disposition = request_header(rq, "Content-Disposition");
		if (disposition && header_parameter(disposition, "filename", name, sizeof name))
			u->name = clean_file_name(rq->mem, name);
	}
	u->held = buf_init(HELD_MAX);
	*ret = u;
	return ERR_NONE;
}

void
upload_body_free(struct upload_body **u)
{
	if (!*u)
		return;
	blob_abandon(&(*u)->writer);
	buf_free(&(*u)->held);
	*u = NULL; /* its memory is the request's */
}

enum err
upload_body_take(struct upload_body *u, const char *p, size_t n, struct why *why)
{
	return u->is_form ? multipart_feed(&u->form, p, n, why) : take_file_bytes(u, p, n, why);
}

bool
upload_body_is_full(const struct upload_body *u)
{
	return u->held.len >= HELD_FULL;
}

enum err
upload_body_write(struct upload_body *u, struct why *why)
{
	if (!u->writer)
		TRY(blob_begin(request_storage(u->rq), &u->writer, why));
	if (u->held.len > 0)
		TRY(blob_write(u->writer, u->held.data, u->held.len, why));
	buf_clear(&u->held);
	return ERR_NONE;
}

enum err
upload_body_finish(struct upload_body *u, struct blob *ret, const char **ret_name,
                   const char **ret_media_type, struct why *why)
{
	if (u->is_form) {
		TRY(multipart_end(&u->form, why));
		if (!u->file_seen)
			return fail(why, ERR_BAD_REQUEST, "the form has no part named \"file\"");
	}
	if (u->size == 0)
		return fail(why, ERR_EMPTY_FILE, "it has 0 bytes");
	TRY(know_type(u, why));
	TRY(upload_body_write(u, why));
	TRY(blob_publish(&u->writer, ret, why));
	*ret_name = u->name;
	*ret_media_type = u->media_type;
	return ERR_NONE;
}
