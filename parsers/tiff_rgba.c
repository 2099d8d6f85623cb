#include "tiff_rgba.h"

#include <leptonica/allheaders.h>
#include <tiffio.h>

struct bytes {
	const uint8_t *data;
	size_t n, at;
};

static tmsize_t
read_bytes(thandle_t h, void *to, tmsize_t n)
{
	struct bytes *b = h;
	size_t left = b->n - b->at, some = n > 0 && (size_t)n < left ? (size_t)n : left;
	if (n <= 0)
		return 0;
	memcpy(to, b->data + b->at, some);
	b->at += some;
	return (tmsize_t)some;
}

static tmsize_t
write_bytes(thandle_t h, void *from, tmsize_t n)
{
	(void)h, (void)from, (void)n;
	return 0;
}

static toff_t
seek(thandle_t h, toff_t offset, int whence)
{
	struct bytes *b = h;
	toff_t base = whence == SEEK_CUR ? b->at : whence == SEEK_END ? b->n : 0;
	if (offset > b->n - base)
		return (toff_t)-1;
	b->at = (size_t)(base + offset);
	return b->at;
}

static int
close_bytes(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t
size(thandle_t h)
{
	return ((struct bytes *)h)->n;
}

static PIX *
read_page(TIFF *t, int64_t max_pixels)
{
	uint32_t w = 0, h = 0;
	if (!TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &w) || !TIFFGetField(t, TIFFTAG_IMAGELENGTH, &h) || w < 1 ||
	    h < 1 || w > max_pixels / h)
		return NULL;
	uint32_t *raster = _TIFFmalloc((tmsize_t)w * h * 4);
	PIX *pix = raster ? pixCreate((int)w, (int)h, 32) : NULL;
	if (pix && !TIFFReadRGBAImageOriented(t, w, h, raster, ORIENTATION_TOPLEFT, 1))
		pixDestroy(&pix);
	for (uint32_t y = 0; pix && y < h; y++) {
		uint32_t *to = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
		for (uint32_t x = 0; x < w; x++) {
			uint32_t p = raster[(size_t)y * w + x];
			composeRGBPixel(TIFFGetR(p), TIFFGetG(p), TIFFGetB(p), to + x);
		}
	}
	_TIFFfree(raster);
	return pix;
}

struct Pix *
tiff_rgba(const uint8_t *data, size_t n, int page, int64_t max_pixels)
{
	struct bytes b = {data, n, 0};
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFF *t =
	    TIFFClientOpen("memory", "rm", &b, read_bytes, write_bytes, seek, close_bytes, size, NULL, NULL);
	PIX *pix = t && TIFFSetDirectory(t, (tdir_t)page) ? read_page(t, max_pixels) : NULL;
	if (t)
		TIFFClose(t);
	return pix;
}
