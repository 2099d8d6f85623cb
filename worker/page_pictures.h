/* page_pictures.h: page pictures published as they come from a parser, in rows for the result. */
#ifndef DOCKET_PAGE_PICTURES_H
#define DOCKET_PAGE_PICTURES_H

#include "storage.h"

struct page_pictures {
	struct storage *storage;
	struct page_picture *pages; /* in page order, without gaps at the front */
	size_t n, room, bytes;
};
void page_pictures_free(struct page_pictures *p); /* as OWNED wants it */

/* The parser is a stranger: page, size and first bytes are checked. ERR_BAD_DOCUMENT. */
enum err page_pictures_add(struct page_pictures *p, int32_t page, int32_t width, int32_t height,
                           bool thumbnail, int fd, uint64_t size, struct why *why) MUST_CHECK;

#endif
