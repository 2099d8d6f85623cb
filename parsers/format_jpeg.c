/* JPEG by libjpeg itself, because we must know how much of a cut file came out. */
#include "format.h"

#include <leptonica/allheaders.h>
#include <setjmp.h>

#include <jpeglib.h>

struct jpeg {
	const uint8_t *data;
	size_t n;
};

struct decoder {
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	JDIMENSION cut_at; /* the row at which the data ended */
	bool cut, damaged;
};

static void
on_error(j_common_ptr c)
{
	longjmp(((struct decoder *)c)->out, 1);
}

static void
on_message(j_common_ptr c, int level)
{
	if (level < 0) /* a warning; the others are traces */
		((struct decoder *)c)->damaged = true;
}

/* The data is at its end though the picture is not: libjpeg goes on with grey from here. */
static boolean
on_end_of_data(j_decompress_ptr c)
{
	static const JOCTET end[] = {0xFF, JPEG_EOI};
	struct decoder *d = (struct decoder *)c;
	if (!d->cut) {
		d->cut = true;
		d->cut_at = c->output_scanline;
	}
	c->src->next_input_byte = end;
	c->src->bytes_in_buffer = sizeof end;
	return TRUE;
}

static void
on_output(j_common_ptr c)
{
	(void)c;
}

static void
decoder_start(struct decoder *d, const struct jpeg *j)
{
	d->c.err = jpeg_std_error(&d->errors);
	d->errors.error_exit = on_error;
	d->errors.emit_message = on_message;
	d->errors.output_message = on_output;
	jpeg_create_decompress(&d->c);
	jpeg_mem_src(&d->c, j->data, j->n);
	d->c.src->fill_input_buffer = on_end_of_data;
}

static enum err
jpeg_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	(void)why;
	struct jpeg *j = malloc(sizeof *j);
	if (!j)
		BUG("no memory");
	*j = (struct jpeg){data, n};
	*ret = j;
	*ret_pages = 1;
	return ERR_NONE;
}

static void
put_row(uint32_t *to, const uint8_t *from, JDIMENSION width, J_COLOR_SPACE space)
{
	for (JDIMENSION x = 0; x < width; x++) {
		if (space == JCS_GRAYSCALE) {
			SET_DATA_BYTE(to, x, from[x]);
		} else if (space == JCS_RGB) {
			composeRGBPixel(from[3 * x], from[3 * x + 1], from[3 * x + 2], to + x);
		} else { /* CMYK as Adobe writes it: inverted */
			const uint8_t *p = from + 4 * (size_t)x;
			composeRGBPixel(p[0] * p[3] / 255, p[1] * p[3] / 255, p[2] * p[3] / 255, to + x);
		}
	}
}

/* Runs the decoder to its end or to the first error, after which *pix holds the rows so far. */
static enum err
decode(struct decoder *d, const struct jpeg *j, struct limits *l, PIX **pix, struct why *why)
{
	uint8_t *volatile row = NULL;
	if (setjmp(d->out)) {
		free(row);
		if (!d->cut) {
			d->cut = true;
			d->cut_at = d->c.output_scanline;
		}
		return *pix ? ERR_NONE : fail(why, ERR_CORRUPT_FILE, "the JPEG cannot be decoded");
	}
	decoder_start(d, j); /* which may fail too */
	jpeg_read_header(&d->c, TRUE);
	bool grey = d->c.jpeg_color_space == JCS_GRAYSCALE;
	TRY(limits_take(l, d->c.image_width, d->c.image_height, grey ? 1 : 4, why));
	if (d->c.num_components == 4)
		d->c.out_color_space = JCS_CMYK;
	else if (!grey)
		d->c.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d->c);
	*pix = pixCreate((int)d->c.output_width, (int)d->c.output_height, grey ? 8 : 32);
	row = malloc((size_t)d->c.output_width * (size_t)d->c.output_components);
	if (!*pix || !row) {
		free(row);
		return fail(why, ERR_PARSER_MEMORY, "no memory for the picture");
	}
	while (d->c.output_scanline < d->c.output_height) {
		JDIMENSION y = d->c.output_scanline;
		JSAMPROW rows[] = {row};
		jpeg_read_scanlines(&d->c, rows, 1);
		put_row(pixGetData(*pix) + (size_t)y * (size_t)pixGetWpl(*pix), row, d->c.output_width,
		        d->c.out_color_space);
	}
	free(row);
	row = NULL;
	if (d->c.density_unit == 1)
		pixSetResolution(*pix, d->c.X_density, d->c.Y_density);
	jpeg_finish_decompress(&d->c);
	return ERR_NONE;
}

static enum err
jpeg_page(void *doc, int32_t page, struct limits *l, struct arena *mem, struct format_page *ret,
          struct why *why)
{
	(void)page;
	(void)mem;
	const struct jpeg *j = doc;
	struct decoder d = {.cut = false};
	PIX *pix = NULL;
	enum err e = decode(&d, j, l, &pix, why);
	JDIMENSION height = d.c.output_height, rows = d.cut ? d.cut_at : height;
	/* A progressive picture that is cut is whole, but coarser, once its first scan is through. */
	if (d.cut && d.c.progressive_mode && d.c.input_scan_number > 1)
		rows = height;
	jpeg_destroy_decompress(&d.c);
	if (e == ERR_NONE && rows < height - height / 5)
		e = fail(why, ERR_CORRUPT_FILE, "the JPEG ends after %u of %u rows", rows, height);
	if (e != ERR_NONE) {
		pixDestroy(&pix);
		return e;
	}
	ret->dpi = dpi_of(pixGetXRes(pix));
	ret->pix = orient(pix, exif_orientation(j->data, j->n), &ret->rotation);
	if (!ret->pix)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the picture");
	ret->warning = d.cut ? "cut_short" : d.damaged ? "damaged" : NULL;
	return ERR_NONE;
}

const struct format format_jpeg = {
    .media_type = "image/jpeg", .open = jpeg_open, .close = free, .page = jpeg_page};
