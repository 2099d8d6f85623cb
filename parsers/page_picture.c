#include "page_picture.h"

#include "own.h"

#include <leptonica/allheaders.h>
#include <webp/encode.h>

#define QUALITY 75

/* No side above `side`, none below 1. */
static PIX *
fit(PIX *pix, int side)
{
	int w = pixGetWidth(pix), h = pixGetHeight(pix), most = w > h ? w : h;
	if (most <= side)
		return pixConvertTo32(pix);
	int nw = (int)((int64_t)w * side / most), nh = (int)((int64_t)h * side / most);
	OWNED(pixDestroy) PIX *small = pixScaleToSize(pix, nw > 0 ? nw : 1, nh > 0 ? nh : 1);
	return small ? pixConvertTo32(small) : NULL;
}

enum err
page_picture(struct Pix *pix, int side, uint8_t **ret, size_t *ret_n, int *ret_w, int *ret_h, struct why *why)
{
	OWNED(pixDestroy) PIX *rgb = fit(pix, side);
	if (!rgb)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page's picture");
	int w = pixGetWidth(rgb), h = pixGetHeight(rgb), wpl = pixGetWpl(rgb);
	OWNED(mem_free) uint8_t *bytes = malloc((size_t)w * (size_t)h * 3);
	if (!bytes)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page's picture");
	for (int y = 0; y < h; y++) {
		const uint32_t *row = pixGetData(rgb) + (size_t)y * (size_t)wpl;
		uint8_t *to = bytes + (size_t)y * (size_t)w * 3;
		for (int x = 0; x < w; x++) {
			*to++ = (uint8_t)(row[x] >> 24);
			*to++ = (uint8_t)(row[x] >> 16);
			*to++ = (uint8_t)(row[x] >> 8);
		}
	}
	uint8_t *out = NULL;
	size_t n = WebPEncodeRGB(bytes, w, h, w * 3, QUALITY, &out);
	if (n == 0)
		return fail(why, ERR_PARSER_MEMORY, "the page's picture cannot be made");
	*ret = out; /* libwebp takes it from malloc() */
	*ret_n = n;
	*ret_w = w;
	*ret_h = h;
	return ERR_NONE;
}
