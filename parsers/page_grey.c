#include "page_steps.h"

#include <leptonica/allheaders.h>

/* Three parts red, five green, two blue, of ten. */
static inline uint32_t
luminance(uint32_t colour)
{
	return (3 * (colour >> 24) + 5 * (colour >> 16 & 0xFF) + 2 * (colour >> 8 & 0xFF) + 5) / 10;
}

/* Four pixels a word, the first in the highest byte, as Leptonica has them. */
static void
grey_row(const uint32_t *from, uint32_t *to, int width)
{
	int x = 0;
	for (; x + 4 <= width; x += 4)
		*to++ = luminance(from[x]) << 24 | luminance(from[x + 1]) << 16 |
		        luminance(from[x + 2]) << 8 | luminance(from[x + 3]);
	for (int at = 0; x < width; x++, at++)
		SET_DATA_BYTE(to, at, luminance(from[x]));
}

struct Pix *
page_grey(struct Pix *pix)
{
	if (pixGetDepth(pix) != 32)
		return pixClone(pix);
	int w = pixGetWidth(pix), h = pixGetHeight(pix);
	PIX *grey = pixCreate(w, h, 8);
	if (!grey)
		return NULL;
	pixCopyResolution(grey, pix);
	pixCopyInputFormat(grey, pix);
	for (int y = 0; y < h; y++)
		grey_row(pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix),
		         pixGetData(grey) + (size_t)y * (size_t)pixGetWpl(grey), w);
	return grey;
}
