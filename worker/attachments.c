#include "attachments.h"

#include "own.h"
#include "parsers.h"

#include <errno.h>

#define HEAD 4096

static enum err
copy_blob(struct storage *st, int fd, uint64_t size, const char **ret_type, struct blob *ret, struct why *why)
{
	uint8_t chunk[64 * 1024];
	OWNED(blob_abandon) struct blob_writer *w = NULL;
	TRY(blob_begin(st, &w, why));
	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < sizeof chunk ? (size_t)(size - at) : sizeof chunk;
		ssize_t got = pread(fd, chunk, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(why, ERR_BROKEN, "reading an attachment");
		if (got == 0)
			return fail(why, ERR_BAD_DOCUMENT, "an attachment is shorter than announced");
		if (at == 0 &&
		    !(*ret_type = document_media_type(chunk, (size_t)got < HEAD ? (size_t)got : HEAD)))
			return ERR_NONE;
		TRY(blob_write(w, chunk, (size_t)got, why));
		at += (uint64_t)got;
	}
	return blob_publish(&w, ret, why);
}

enum err
attachments_add(struct attachments *a, const char *name, int fd, uint64_t size, struct why *why)
{
	if (a->n == ATTACHMENTS_MAX)
		return fail(why, ERR_BAD_DOCUMENT, "more than %d attachments", ATTACHMENTS_MAX);
	if (!a->list)
		ARENA_TRY(a->list, arena_array(a->mem, ATTACHMENTS_MAX, sizeof *a->list), a->mem, why);
	struct attachment *to = &a->list[a->n];
	*to = (struct attachment){.document_id = uuid_new(), .job_id = uuid_new()};
	TRY(copy_blob(a->storage, fd, size, &to->media_type, &to->blob, why));
	if (!to->media_type)
		return ERR_NONE;
	ARENA_TRY(to->file_name, arena_strdup(a->mem, name), a->mem, why);
	a->n++;
	return ERR_NONE;
}

enum err
attachments_keep_what_fits(struct attachments *a, const struct claim *c, bool *ret_over, struct why *why)
{
	size_t fit = a->n;
	if (a->n > 0)
		TRY(storage_parts_fit(a->storage, c, a->list, a->n, &fit, why));
	*ret_over = fit < a->n;
	while (a->n > fit)
		blob_discard(a->storage, &a->list[--a->n].blob);
	return ERR_NONE;
}
