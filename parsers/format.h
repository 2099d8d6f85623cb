/* format.h: a document as pages, whatever it is stored as. Inside the sandbox only.
 *
 * A format counts its pages and says how large they are before it unpacks anything; the ceilings are
 * held by the caller's `struct limits`. A page comes as pixels, upright as far as its file says, with
 * the words of a text layer where it has a good one.
 */
#ifndef DOCKET_FORMAT_H
#define DOCKET_FORMAT_H

#include "arena.h"
#include "document.h"

struct Pix;

struct limits {
	int64_t max_pixels;   /* of a page */
	int64_t max_unpacked; /* bytes of a page's pixels; of all parts, text and attachments together */
	int32_t max_pages;
	int32_t max_entries;     /* of an archive, or parts of a mail */
	int32_t max_ratio;       /* unpacked bytes for each one that was packed */
	int32_t max_nesting;     /* of elements inside elements */
	int32_t max_attachments; /* of a mail that become documents */
	int64_t unpacked;        /* bytes so far */
};

struct format_page {
	struct Pix *pix;     /* 8 bits grey or 32 bits RGB, no palette; the caller's */
	int32_t rotation;    /* degrees clockwise that were applied */
	int32_t dpi;         /* of the pixels; 0 unknown */
	bool has_text;       /* the words below are the page's text: no need to read the pixels */
	struct page text;    /* words, lines, blocks only; without blocks the order is to be found */
	const char *warning; /* NULL, or what is wrong with it: "cut_short" */
};

/* A file that hangs on the document. */
struct format_attachment {
	const char *name; /* UTF-8 */
	const uint8_t *data;
	size_t n;
};

struct format {
	const char *media_type;
	const char *text_engine, *text_version; /* who says the text of pages; NULL: they bring none */
	enum err (*open)(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages,
	                 struct why *why);
	void (*close)(void *doc);
	/* page from 0 */
	enum err (*page)(void *doc, int32_t page, struct limits *l, struct arena *mem,
	                 struct format_page *ret, struct why *why);
	/* How many, and which: they live as long as the document. NULL: a format that has none. */
	size_t (*attachments)(void *doc, const struct format_attachment **ret);
	bool needs_files; /* SANDBOX_READ, for fonts */
};

extern const struct format format_jpeg, format_png, format_webp, format_tiff, format_gif, format_bmp,
    format_heif, format_pdf, format_docx, format_odt, format_text, format_html, format_eml;

/* By the bytes; ERR_UNSUPPORTED_TYPE. */
enum err format_of(const uint8_t *data, size_t n, const struct format **ret, struct why *why) MUST_CHECK;

/* Holds a page's size against the ceilings before it is unpacked. Pages are let go one by one, so what they
 * come to together is bounded by their number and their time. */
enum err limits_take(struct limits *l, int64_t width, int64_t height, int bytes_per_pixel, struct why *why)
    MUST_CHECK;

/* A blank sheet with the warning "damaged", for a page of many that cannot be had. */
enum err damaged_page(struct format_page *ret, struct why *why) MUST_CHECK;

/* Dots an inch as a file claims them; 0 where nothing is printed or scanned so. */
int32_t dpi_of(double claimed);

/* The EXIF orientation of a JPEG, 1 to 8; 1 when there is none. */
int exif_orientation(const uint8_t *jpeg, size_t n);
/* Turns and mirrors as EXIF says: consumes pix. Sets the degrees that were applied. */
struct Pix *orient(struct Pix *pix, int orientation, int32_t *ret_rotation);
/* Any Pix as 8-bit grey or 32-bit RGB over white: consumes it. NULL when there is no memory. */
struct Pix *flatten(struct Pix *pix);

#endif
