/* tiff_rgba.h: what Leptonica does not read of TIFF (16 bits a colour, CMYK, YCbCr), by libtiff itself. */
#ifndef DOCKET_TIFF_RGBA_H
#define DOCKET_TIFF_RGBA_H

#include <stddef.h>
#include <stdint.h>

struct Pix;

/* Page from 0 as 32-bit RGB, upright; NULL where libtiff cannot either. */
struct Pix *tiff_rgba(const uint8_t *data, size_t n, int page, int64_t max_pixels);

#endif
