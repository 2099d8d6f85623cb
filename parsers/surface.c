#include "surface.h"

#include <leptonica/allheaders.h>

struct Pix *
surface_pix(cairo_surface_t *surface)
{
	cairo_surface_flush(surface);
	if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		return NULL;
	int w = cairo_image_surface_get_width(surface), h = cairo_image_surface_get_height(surface);
	int stride = cairo_image_surface_get_stride(surface);
	const uint8_t *from = cairo_image_surface_get_data(surface);
	PIX *pix = pixCreate(w, h, 32);
	for (int y = 0; pix && y < h; y++) {
		const uint32_t *row = (const uint32_t *)(const void *)(from + (size_t)y * (size_t)stride);
		uint32_t *to = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
		for (int x = 0; x < w; x++)
			to[x] = row[x] << 8; /* 00RRGGBB to Leptonica's RRGGBB00 */
	}
	return pix;
}
