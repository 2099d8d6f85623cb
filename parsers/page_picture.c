#include "page_picture.h"

#include "own.h"

#include <leptonica/allheaders.h>
#include <webp/encode.h>

/* Method 2 of 0..6, where 4 is the usual one: 2.5 times as fast, 3 % more bytes, 0.3 dB less (25 receipts).
 */
#define QUALITY 75
#define METHOD  2

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "encode() takes a word's bytes in this order");

static enum err
no_memory(struct why *why)
{
	return fail(why, ERR_PARSER_MEMORY, "no memory for the page's picture");
}

/* No side above `side`, none below 1. Not sharpened, which took four times as long as the rest; ink that is
 * black or white becomes grey at its edges and stays legible. */
static PIX *
fit(PIX *pix, int side)
{
	int w = pixGetWidth(pix), h = pixGetHeight(pix), most = w > h ? w : h;
	if (most <= side)
		return pixClone(pix);
	int nw = (int)((int64_t)w * side / most), nh = (int)((int64_t)h * side / most);
	OWNED(pixDestroy) PIX *grey = pixGetDepth(pix) == 1 ? pixConvertTo8(pix, 0) : pixClone(pix);
	if (!grey)
		return NULL;
	return pixScaleGeneral(grey, (float)(nw > 0 ? nw : 1) / (float)w, (float)(nh > 0 ? nh : 1) / (float)h,
	                       0, 0);
}

static enum err
encode(PIX *pix, struct picture *ret, struct why *why)
{
	OWNED(pixDestroy) PIX *rgb = pixConvertTo32(pix);
	WebPConfig config;
	WebPPicture picture;
	WebPMemoryWriter out;
	if (!rgb)
		return no_memory(why);
	if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, QUALITY) || !WebPPictureInit(&picture))
		BUG("libwebp is not the one that we were compiled for");
	config.method = METHOD;
	WebPMemoryWriterInit(&out);
	picture.width = pixGetWidth(rgb);
	picture.height = pixGetHeight(rgb);
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &out;
	/* A word is red, green, blue and a byte of nothing, from its highest bits to its lowest. */
	const uint8_t *blue = (const uint8_t *)pixGetData(rgb) + 1;
	bool done =
	    WebPPictureImportBGRX(&picture, blue, 4 * pixGetWpl(rgb)) && WebPEncode(&config, &picture);
	WebPPictureFree(&picture);
	if (!done) {
		WebPMemoryWriterClear(&out);
		return no_memory(why);
	}
	*ret = (struct picture){out.mem, out.size, pixGetWidth(rgb), pixGetHeight(rgb)}; /* from malloc() */
	return ERR_NONE;
}

enum err
page_pictures(struct Pix *pix, struct picture *ret_page, struct picture *ret_thumbnail, struct why *why)
{
	OWNED(pixDestroy) PIX *page = fit(pix, PICTURE_SIDE);
	OWNED(pixDestroy) PIX *thumbnail = page ? fit(page, THUMBNAIL_SIDE) : NULL;
	if (!thumbnail)
		return no_memory(why);
	TRY(encode(page, ret_page, why));
	return encode(thumbnail, ret_thumbnail, why);
}
