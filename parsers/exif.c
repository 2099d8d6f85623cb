#include "format.h"

#include <leptonica/allheaders.h>

/* A bounded reader of the TIFF structure inside EXIF. */
struct tiff {
	const uint8_t *p;
	size_t n;
	bool big; /* most significant byte first */
};

static uint32_t
number(const struct tiff *t, size_t at, int bytes)
{
	uint32_t v = 0;
	if (at > t->n || t->n - at < (size_t)bytes)
		return 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint32_t)t->p[at + (size_t)i] << 8 * (t->big ? bytes - 1 - i : i);
	return v;
}

static int
tiff_orientation(const uint8_t *p, size_t n)
{
	struct tiff t = {p, n, false};
	if (n < 8)
		return 1;
	t.big = p[0] == 'M';
	size_t ifd = number(&t, 4, 4);
	uint32_t entries = number(&t, ifd, 2);
	for (uint32_t i = 0; i < entries; i++) {
		size_t at = ifd + 2 + (size_t)i * 12;
		if (at > n || n - at < 12)
			break;
		if (number(&t, at, 2) == 0x0112) {
			uint32_t v = number(&t, at + 8, 2);
			return v >= 1 && v <= 8 ? (int)v : 1;
		}
	}
	return 1;
}

int
exif_orientation(const uint8_t *jpeg, size_t n)
{
	for (size_t at = 2; at + 4 <= n && jpeg[at] == 0xFF;) {
		uint8_t marker = jpeg[at + 1];
		size_t len = (size_t)jpeg[at + 2] << 8 | jpeg[at + 3];
		if (marker == 0xFF) { /* padding */
			at++;
			continue;
		}
		if (marker == 0xDA || marker == 0xD9 || len < 2 || len > n - at - 2)
			break;
		if (marker == 0xE1 && len >= 8 && memcmp(jpeg + at + 4, "Exif\0\0", 6) == 0)
			return tiff_orientation(jpeg + at + 10, len - 8);
		at += 2 + len;
	}
	return 1;
}

struct Pix *
orient(struct Pix *pix, int orientation, int32_t *ret_rotation)
{
	/* Quarter turns clockwise, then a mirror left to right. */
	static const struct {
		int quarters;
		bool mirror;
	} moves[9] = {{0},       {0, false}, {0, true}, {2, false}, {2, true},
	              {1, true}, {1, false}, {3, true}, {3, false}};
	int quarters = moves[orientation].quarters;
	if (quarters) {
		PIX *turned = pixRotateOrth(pix, quarters);
		pixDestroy(&pix);
		pix = turned;
	}
	if (pix && moves[orientation].mirror)
		pixFlipLR(pix, pix);
	*ret_rotation = quarters * 90;
	return pix;
}

struct Pix *
flatten(struct Pix *pix)
{
	PIX *out = NULL;
	if (!pix)
		return NULL;
	if (pixGetColormap(pix)) {
		out = pixRemoveColormap(pix, REMOVE_CMAP_BASED_ON_SRC);
		pixDestroy(&pix);
		pix = out;
	}
	if (pix && pixGetDepth(pix) == 32 && pixGetSpp(pix) == 4) {
		out = pixAlphaBlendUniform(pix, 0xFFFFFF00);
		pixDestroy(&pix);
		pix = out;
	}
	if (pix && pixGetDepth(pix) != 8 && pixGetDepth(pix) != 32) {
		out = pixConvertTo8(pix, 0);
		pixDestroy(&pix);
		pix = out;
	}
	return pix;
}
