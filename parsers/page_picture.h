/* page_picture.h: a page as WebP, for people. */
#ifndef DOCKET_PAGE_PICTURE_H
#define DOCKET_PAGE_PICTURE_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct Pix;

#define PICTURE_SIDE   1600 /* px, at most */
#define THUMBNAIL_SIDE 320

struct picture {
	uint8_t *webp; /* free() it */
	size_t n;
	int width, height; /* px */
};

/* Of a page of any depth. ERR_PARSER_MEMORY; the first may have been set then. */
enum err page_pictures(struct Pix *pix, struct picture *ret_page, struct picture *ret_thumbnail,
                       struct why *why) MUST_CHECK;

#endif
