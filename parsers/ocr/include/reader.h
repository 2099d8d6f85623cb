/* reader.h: Docket's own reader: grey pixels in, words with places and confidences out.
 *
 *	page -> finder -> lines -> crop (32 rows) -> net -> search -> characters -> words
 *
 * The finder is classical: local threshold, connected components, neighbours joined into lines. The
 * net is a small convolutional one with CTC, trained by ml-inference/train/ocr and run by plain C
 * kernels; it reads Latin, Cyrillic, digits and money.
 *
 * Starts no thread and makes no call that a sandbox would mind once reader_open() is through. The
 * weights are mapped read-only, so that processes share them. A struct reader may be used by any
 * number of threads at once.
 */
#ifndef DOCKET_READER_H
#define DOCKET_READER_H

#include "arena.h"
#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct reader;

/* Grey levels, 0 black; `stride` bytes from row to row. */
struct reader_page {
	const uint8_t *pixels;
	int32_t width, height;
	size_t stride;
	int64_t deadline_ms; /* steady clock; 0 none. Past it: ERR_PARSER_TIMEOUT */
};

struct reader_word {
	const char *text;     /* UTF-8, no spaces */
	float confidence;     /* 0..1: the least sure of its characters, softened by the others */
	float x0, y0, x1, y1; /* the upright box around it, in pixels of the page */
	int32_t line;         /* words of one line share it; lines are numbered from top to bottom */
};

struct reader_text {
	struct reader_word *words; /* line by line, left to right */
	size_t n;
	int32_t lines;
	float skew; /* degrees that the text climbs; the boxes above are not turned back */
};

/* ERR_MODEL_UNAVAILABLE when there is no such file or it is not whole, not ours, not consistent. */
enum err reader_open(const char *path, struct reader **ret, struct why *why) MUST_CHECK;
void reader_close(struct reader **r);

const char *reader_version(const struct reader *r); /* of the weights */

/* What `mem` holds of the answer lives as long as it does. Any picture is accepted, of any size from
 * 0 x 0; ERR_PAGE_TOO_LARGE over READER_MAX_PIXELS, ERR_TOO_BIG when `mem` is full. */
#define READER_MAX_PIXELS 100000000
enum err reader_read(const struct reader *r, const struct reader_page *page, struct arena *mem,
                     struct reader_text *ret, struct why *why) MUST_CHECK;

#endif
