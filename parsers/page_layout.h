/* page_layout.h: how the words of a page belong together, from their boxes alone, whatever engine read them.
 *
 *	words -> parts (runs without a wide gap) -> columns of prose -> rows -> blocks
 *	rows of two and more parts that stand in columns, three and more of them: a table
 *	"Date: 3 May", "INVOICE NO 417", "Total      9.00": a key and its value
 *
 * A receipt's name and price are one row, however far apart; the columns of a newspaper are not, nor is what
 * stands side by side in a head, sender and recipient: these are read one after the other. Two sides are
 * columns where both are prose, several lines of several words; or where both are text, and their lines do
 * not stand on one level as those of a table do, or do and the left ones are too long to be keys of the right
 * ones. A cell of two lines is read to its end before the next one of its row. What runs up the margin is
 * read last.
 */
#ifndef DOCKET_PAGE_LAYOUT_H
#define DOCKET_PAGE_LAYOUT_H

#include "arena.h"
#include "document.h"

struct size { /* of the upright page, in pixels: boxes are 0..1, and a page is not square */
	int32_t width, height;
};

/* Puts words into reading order and sets lines and blocks; specks that were taken for letters go. The lines
 * it finds are taken for runs of words that stand side by side. */
enum err layout_order(struct page *p, struct size s, struct arena *mem, struct why *why) MUST_CHECK;

/* From lines that are in order, such as a text layer's. Adds tables of what stands aligned to the ruled ones
 * that the page has already. */
enum err layout_tables(struct page *p, struct size s, struct arena *mem, struct why *why) MUST_CHECK;
enum err layout_key_values(struct page *p, struct size s, struct arena *mem, struct why *why) MUST_CHECK;

/* ---- for the four of them ---- */

struct letters { /* what a run of words is made of */
	uint32_t letters, digits;
};
struct letters layout_letters(const struct page *p, struct span words);

struct part { /* words of a line without a gap wider than a letter is high */
	struct span words;
	uint32_t line;
	float x0, y0, x1, y1, height; /* pixels; the height of its middle word */
	struct letters letters;
	bool on_side; /* runs up or down the page: a whole line */
};

/* Parts in the order of lines and words. Of no page more than it has words. */
enum err layout_parts(const struct page *p, struct size s, struct arena *mem, struct part **ret,
                      size_t *ret_n, struct why *why) MUST_CHECK;

/* White between two columns. */
struct gutter {
	size_t first, n; /* the parts beside it, of those that were given */
	float x;
	uint32_t rows; /* on the side that has fewer; 0: there are no columns */
};
/* The gutter with the most rows beside it, of parts that are sorted from top to bottom; usual: a letter's
 * height. */
struct gutter layout_gutter(const struct page *p, float usual, const struct part *parts, size_t n);

#endif
