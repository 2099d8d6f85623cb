/* document.h: the parsed document, `docket.document/1`: what a parser says a paper holds.
 *
 * Written by parsers, checked by the worker as hostile, read by ml-inference. JSON:
 *
 *	{"schema": "docket.document/1",
 *	 "source": "ocr" | "text_layer" | "mixed",
 *	 "engine": {"name": "tesseract", "version": "5.3.0"},
 *	 "languages": ["rus", "eng"], "media_type": "image/jpeg",
 *	 "warnings": ["low_contrast"],
 *	 "pages": [{"number": 1, "width": 1240, "height": 2890, "rotation": 0, "source": "ocr",
 *		    "quality": {"score": 0.8, "sharpness": .., "contrast": .., "glare": 0, "letter_px": 22,
 *				"skew_deg": 1.4, "dpi": 200},
 *		    "warnings": ["blurred_bottom"], "languages": ["rus", "eng"],
 *		    "words": [{"t": "TOTAL", "c": 0.97, "b": [x0, y0, x1, y1]}],
 *		    "lines": [[first_word, n_words]], "blocks": [[first_line, n_lines]],
 *		    "tables": [{"b": [...], "rows": 4, "columns": 3, "ruled": false,
 *				"cells": [[row, column, first_word, n_words]]}],
 *		    "key_values": [[first_word, n_words, first_word, n_words]],
 *		    "barcodes": [{"format": "QR-Code", "text": "...", "b": [...], "p": [x, y, ... x, y]}],
 *		    "cost": {"cpu_ms": 610, "decode_ms": 20, "ocr_ms": 560}}]}
 *
 * Boxes are on the upright page, 0..1 from the top left, x0 <= x1, y0 <= y1. Words stand in reading
 * order, lines and blocks are runs of them. Rows and columns of a table count from 0; a cell of several
 * lines has an entry for each, an empty cell has none. A key and its value ("Total  9.00", "Date: 3 May")
 * are two runs of words. Confidence 0..1; a text layer's words have 1. Languages are those the words were
 * found to be in, most used first, as ISO 639-3; none when the page does not tell. Unknown keys are
 * ignored, all of these may be absent; another major version of the schema is ERR_SCHEMA.
 */
#ifndef DOCKET_DOCUMENT_H
#define DOCKET_DOCUMENT_H

#include "arena.h"
#include "buf.h"
#include "err.h"

#include <stdint.h>

#define DOCUMENT_SCHEMA "docket.document/1"

/* What a reader accepts, whatever the document says. */
#define DOCUMENT_MAX_PAGES       10000
#define DOCUMENT_MAX_WORDS       200000 /* all pages together */
#define DOCUMENT_MAX_WORD_LEN    1000   /* bytes */
#define DOCUMENT_MAX_BARCODES    200    /* a page */
#define DOCUMENT_MAX_BARCODE_LEN 4296   /* bytes: a QR code's most */
#define DOCUMENT_MAX_TABLES      200    /* a page */
#define DOCUMENT_MAX_CELLS       20000  /* a table */
#define DOCUMENT_MAX_KEY_VALUES  5000   /* a page */
#define DOCUMENT_MAX_JSON        (64 * MIB)

struct box {
	float x0, y0, x1, y1;
};
struct word {
	const char *text; /* UTF-8, NFC, never empty, no spaces or controls */
	float confidence;
	struct box box;
};
struct span {
	uint32_t first, n;
};
struct barcode {
	const char *format, *text;
	struct box box;
	float corners[8]; /* x, y of each, around the symbol; all 0 unknown */
};
struct table_cell {
	uint32_t row, column;
	struct span words;
};
struct table {
	struct box box;
	uint32_t rows, columns;
	bool ruled; /* by lines drawn on the paper; else by what stands aligned */
	const struct table_cell *cells;
	size_t n_cells;
};
struct key_value { /* of words */
	struct span key, value;
};
enum text_source { SOURCE_OCR, SOURCE_TEXT_LAYER, SOURCE_MIXED };
const char *text_source_name(enum text_source s);

struct page_quality {
	float score;     /* 0..1, all in all */
	float sharpness; /* 0..1 */
	float contrast;  /* 0..1 */
	float skew_deg;  /* as found, before it was taken out */
	float dpi;       /* of the text, estimated; 0 unknown */
	float glare;     /* 0..1, the share of the page that light has burnt out */
	float letter_px; /* the usual height of a capital, in pixels of the file; 0 unknown */
};
struct page {
	int32_t number;        /* from 1 */
	int32_t width, height; /* px of the upright page as read */
	int32_t rotation;      /* degrees clockwise applied to make it upright: 0, 90, 180, 270 */
	enum text_source source;
	struct page_quality quality;
	const char *const *warnings; /* of this page; the document's are those of all pages */
	size_t n_warnings;
	const char *const *languages;
	size_t n_languages;
	const struct word *words;
	size_t n_words;
	const struct span *lines; /* of words */
	size_t n_lines;
	const struct span *blocks; /* of lines */
	size_t n_blocks;
	const struct table *tables;
	size_t n_tables;
	const struct key_value *key_values;
	size_t n_key_values;
	const struct barcode *barcodes;
	size_t n_barcodes;
	int64_t cpu_ms, decode_ms, ocr_ms;
};
struct document_text { /* the whole parsed document */
	enum text_source source;
	const char *engine, *engine_version, *media_type;
	const char *const *languages;
	size_t n_languages;
	const char *const *warnings; /* stable words: "low_contrast", "blurred", "cut_edges", ... */
	size_t n_warnings;
	const struct page *pages;
	size_t n_pages;
};

/* Appends the JSON; check buf->full afterwards. */
void document_write(struct buf *out, const struct document_text *d);

/* Reads and checks everything: bounds, UTF-8, finite numbers, spans inside their arrays.
 * ERR_BAD_DOCUMENT with the place and reason, ERR_SCHEMA, ERR_TOO_BIG. */
enum err document_read(const char *json, size_t n, struct arena *mem, const struct document_text **ret,
                       struct why *why) MUST_CHECK;

/* The text in reading order: words joined by spaces, lines by \n, blocks by an empty line, pages by \f. */
void document_plain_text(struct buf *out, const struct document_text *d);

#endif
