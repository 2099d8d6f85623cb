/* page_read.h: one page from pixels to words, on the upright page. */
#ifndef DOCKET_PAGE_READ_H
#define DOCKET_PAGE_READ_H

#include "format.h"
#include "ocr.h"

/* Reads the page unless it brought its own text, and finds its codes and layout. fp->pix becomes the upright
 * page, on which the boxes then stand: turned, straightened, cut out of its photo. What `ret` points to,
 * its warnings among it, lives in `mem`. */
enum err page_read(struct ocr *ocr, struct format_page *fp, int64_t deadline_ms, struct arena *mem,
                   struct page *ret, struct why *why) MUST_CHECK;

#endif
