/* marks.h: dark marks on a page: pixels darker than their surroundings, and the shapes they join to. */
#ifndef DOCKET_READER_MARKS_H
#define DOCKET_READER_MARKS_H

#include "reader.h"

struct mark { /* a connected component; x1 and y1 are excluded */
	int32_t x0, y0, x1, y1, area;
};

/* Components of the page in order of their first pixel. Fails with ERR_TOO_BIG. */
enum err marks_find(const struct reader_page *page, struct arena *mem, struct mark **ret, size_t *ret_n,
                    struct why *why) MUST_CHECK;

#endif
