#include "page_pictures.h"

#include "document.h"
#include "fdio.h"
#include "own.h"

#include <errno.h>

#define PICTURE_MAX      (32 * MIB)
#define ALL_PICTURES_MAX (2 * GIB)
#define SIDE_MAX         16383 /* px: the most that WebP can say */

void
page_pictures_free(struct page_pictures *p)
{
	free(p->pages);
	*p = (struct page_pictures){.storage = p->storage};
}

static enum err
read_some(int fd, uint8_t *buf, size_t n, uint64_t at, struct why *why)
{
	while (n > 0) {
		ssize_t got = pread(fd, buf, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(why, ERR_BROKEN, "reading a page picture");
		if (got == 0)
			return fail(why, ERR_BAD_DOCUMENT, "a page picture is shorter than announced");
		buf += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return ERR_NONE;
}

static bool
is_webp(const uint8_t *p, size_t n)
{
	return n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0;
}

static enum err
publish(struct storage *st, int fd, uint64_t size, struct blob *ret, struct why *why)
{
	uint8_t chunk[64 * 1024];
	OWNED(blob_abandon) struct blob_writer *w = NULL;
	TRY(blob_begin(st, &w, why));
	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < sizeof chunk ? (size_t)(size - at) : sizeof chunk;
		TRY(read_some(fd, chunk, n, at, why));
		if (at == 0 && !is_webp(chunk, n))
			return fail(why, ERR_BAD_DOCUMENT, "a page picture is not WebP");
		TRY(blob_write(w, chunk, n, why));
		at += n;
	}
	return blob_publish(&w, ret, why);
}

/* The row of the page, made if it is the next one. */
static struct page_picture *
row_of(struct page_pictures *p, int32_t page)
{
	if (page >= 1 && (size_t)page <= p->n)
		return &p->pages[page - 1];
	if (page < 1 || page > DOCUMENT_MAX_PAGES || (size_t)page != p->n + 1)
		return NULL;
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 8;
		struct page_picture *more = realloc(p->pages, room * sizeof *more);
		if (!more)
			BUG("no memory for page pictures");
		p->pages = more;
		p->room = room;
	}
	p->pages[p->n] = (struct page_picture){.number = page};
	return &p->pages[p->n++];
}

enum err
page_pictures_add(struct page_pictures *p, int32_t page, int32_t width, int32_t height, bool thumbnail,
                  int fd, uint64_t size, struct why *why)
{
	struct page_picture *row = row_of(p, page);
	if (!row)
		return fail(why, ERR_BAD_DOCUMENT, "a picture of page %d comes after %zu pages", page, p->n);
	if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
		return fail(why, ERR_BAD_DOCUMENT, "a page picture of %d x %d", width, height);
	if (size == 0 || size > PICTURE_MAX || p->bytes + size > ALL_PICTURES_MAX)
		return fail(why, ERR_BAD_DOCUMENT, "page pictures of %llu bytes",
		            (unsigned long long)(p->bytes + size));
	struct blob *to = thumbnail ? &row->thumbnail : &row->picture;
	if (to->key[0])
		return fail(why, ERR_BAD_DOCUMENT, "page %d has two pictures", page);
	TRY(publish(p->storage, fd, size, to, why));
	p->bytes += size;
	if (!thumbnail) {
		row->width = width;
		row->height = height;
	}
	return ERR_NONE;
}
