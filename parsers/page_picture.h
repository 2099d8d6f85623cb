/* page_picture.h: a page as WebP, for people. */
#ifndef DOCKET_PAGE_PICTURE_H
#define DOCKET_PAGE_PICTURE_H

#include "err.h"

#include <stdint.h>

struct Pix;

#define PICTURE_SIDE   1600 /* px, at most */
#define THUMBNAIL_SIDE 320

/* free() *ret. */
enum err page_picture(struct Pix *pix, int side, uint8_t **ret, size_t *ret_n, int *ret_w, int *ret_h,
                      struct why *why) MUST_CHECK;

#endif
