/* surface.h: what Cairo drew, as Leptonica's pixels. */
#ifndef DOCKET_SURFACE_H
#define DOCKET_SURFACE_H

#include <cairo.h>

struct Pix;

/* Of an image surface in RGB24. NULL when there was no memory for either. */
struct Pix *surface_pix(cairo_surface_t *surface);

#endif
