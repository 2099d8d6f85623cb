/* finder.h: where on a page the lines of text are.
 *
 * Dark marks by a local threshold, joined pixels as components, the page's skew from the angles
 * between neighbours, components of like size side by side as lines. Knows nothing of letters: what it
 * takes for a line and is none, the net reads as silence.
 */
#ifndef DOCKET_READER_FINDER_H
#define DOCKET_READER_FINDER_H

#include "reader.h"

struct found_line {
	float x, y;           /* its upper left corner, in pixels of the page */
	float length, height; /* along and across the line */
	float angle;          /* of the line, radians, clockwise on the screen */
	float pitch;          /* from letter to letter along it, spaces counted to letters; 0 unknown */
};

struct found {
	struct found_line *lines; /* from top to bottom, left to right within a row */
	size_t n;
	float angle;
};

/* Lines live in `mem`. A page without text has none. */
enum err finder_find(const struct reader_page *page, struct arena *mem, struct found *ret, struct why *why)
    MUST_CHECK;

#endif
