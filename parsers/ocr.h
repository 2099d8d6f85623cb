/* ocr.h: the door inside parsers behind which engines that read pictures of text stand.
 *
 * An engine is one `struct ocr_driver` literal, listed in ocr.c. It is opened before the sandbox
 * closes and loads there all that it will ever need: afterwards no file can be opened and no thread
 * started. It gets the pixels of one upright page (or a part of one), dark text on light, and gives
 * words in reading order with their lines and blocks. It knows nothing of files, pages or PDF.
 *
 * One thread, unless ocr_reads_many(). What a call returns lives in the arena it was given. Pixels are not
 * kept or changed.
 */
#ifndef DOCKET_OCR_H
#define DOCKET_OCR_H

#include "arena.h"
#include "document.h"

struct ocr_image { /* 8-bit grey, 0 black; row y begins at pixels + y * stride */
	const uint8_t *pixels;
	int32_t width, height;
	size_t stride;
	int32_t dpi; /* of the print, as far as known; 0 unknown */
};

struct ocr_word { /* text as in document.h: NFC, one token; the box in pixels, x1 and y1 excluded */
	const char *text;
	float confidence;
	int32_t x0, y0, x1, y1;
};

struct ocr_text {
	const struct ocr_word *words;
	size_t n_words;
	const struct span *lines; /* runs of words; every word is in one */
	size_t n_lines;
	const struct span *blocks; /* runs of lines; every line is in one */
	size_t n_blocks;
};

enum ocr_layout {
	OCR_PAGE,  /* anything: columns, tables, pictures */
	OCR_BLOCK, /* one column of lines, as a receipt */
	OCR_LINE,  /* one line of text fills the picture */
};

struct ocr_request {
	enum ocr_layout layout;
	const char *languages; /* a part of those it was opened with, "rus"; NULL: all of them */
	int64_t deadline_ms;   /* steady clock; 0 none. Past it: ERR_PARSER_TIMEOUT */
};

struct ocr; /* an engine, open */

struct ocr_options {
	const char *engine;    /* a driver's name; NULL: the first */
	const char *languages; /* "eng+rus", as Tesseract names them */
	const char *models;    /* folder; NULL: where the engine's package puts them */
};

enum err ocr_open(const struct ocr_options *o, struct ocr **ret, struct why *why) MUST_CHECK;
void ocr_close(struct ocr **o);
const char *ocr_name(const struct ocr *o);    /* "tesseract" */
const char *ocr_version(const struct ocr *o); /* of engine and models, "5.3.0" */
bool ocr_reads_many(const struct ocr *o);     /* pages at once */

enum err ocr_read(struct ocr *o, const struct ocr_image *image, const struct ocr_request *request,
                  struct arena *mem, struct ocr_text *ret, struct why *why) MUST_CHECK;

/* What a driver implements. open() sets `driver`-independent state of its own and returns it. */
struct ocr_driver {
	const char *name;
	bool many; /* read() may run on several threads at once */
	enum err (*open)(const struct ocr_options *o, void **ret, struct why *why);
	void (*close)(void *engine);
	const char *(*version)(void *engine);
	enum err (*read)(void *engine, const struct ocr_image *image, const struct ocr_request *request,
	                 struct arena *mem, struct ocr_text *ret, struct why *why);
};
extern const struct ocr_driver ocr_tesseract, ocr_docket;

#endif
