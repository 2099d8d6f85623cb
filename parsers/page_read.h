/* page_read.h: one page from pixels to words, on the upright page. */
#ifndef DOCKET_PAGE_READ_H
#define DOCKET_PAGE_READ_H

#include "format.h"
#include "ocr.h"

/* Reads the page unless it brought its own text; straightens fp->pix, on which the boxes then stand.
 * `warnings` gets at most PAGE_WARNINGS names. */
#define PAGE_WARNINGS 4
enum err page_read(struct ocr *ocr, struct format_page *fp, int64_t deadline_ms, struct arena *mem,
                   struct page *ret, const char *warnings[static PAGE_WARNINGS], struct why *why) MUST_CHECK;

/* How good the pixels are, from their histogram and edges. */
struct page_quality page_quality_of(struct Pix *grey);

#endif
