/* layout.h: the words of a parsed document as the finders want them: segments in rows.
 *
 * A segment is a line of the parser, cut where a gap is too wide for a space; a row is what stands
 * side by side on the paper, whatever the parser thought. Only what the parser reads as columns is no row:
 * one of its blocks that begins higher than the block before it ends stands beside that and is read after it.
 * All pages follow one another; lengths are in units of which a page is 1000 wide.
 */
#ifndef DOCKET_ML_LAYOUT_H
#define DOCKET_ML_LAYOUT_H

#include "arena.h"
#include "document.h"

#define LAYOUT_MAX_WORDS    20000
#define LAYOUT_MAX_SEGMENTS 6000
#define LAYOUT_SEGMENT_LEN  400 /* bytes of text in a segment; longer lines are cut */

struct segment {
	const char *text;  /* words joined by single spaces */
	const char *upper; /* the same in capitals, byte for byte in the same place */
	const char *canon; /* upper, in the words of the models, digits kept */
	uint32_t len;
	uint32_t page;                /* index */
	uint32_t column;              /* on it: what is read one after the other; 0 where there are none */
	uint32_t first_word, n_words; /* of that page */
	uint32_t row;                 /* index, and place in it */
	float x0, y0, x1, y1, h;
	float confidence; /* mean of its words */
};
struct row {
	uint32_t first, n; /* segments, left to right */
	const char *canon; /* all its segments */
};
struct sheet {
	const struct document_text *doc;
	struct segment *segs; /* row by row */
	size_t n;
	struct row *rows;
	size_t n_rows;
	float x0, y0, x1, y1; /* what the text covers */
	float median_h, max_head_h;
};

enum err layout_build(const struct document_text *doc, struct arena *mem, const struct sheet **ret,
                      struct why *why) MUST_CHECK;

/* The box, in the page's 0..1, of bytes [start, end) of a segment: of the words they touch. */
struct box layout_box(const struct sheet *s, const struct segment *g, size_t start, size_t end);
/* Mean confidence of those words. */
float layout_confidence(const struct sheet *s, const struct segment *g, size_t start, size_t end);
/* That of the worst of them. */
float layout_worst(const struct sheet *s, const struct segment *g, size_t start, size_t end);

#endif
