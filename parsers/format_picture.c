/* Pictures that Leptonica decodes: PNG, WebP, GIF, BMP (one page) and TIFF (many). */
#include "format.h"
#include "tiff_rgba.h"

#include <leptonica/allheaders.h>

struct picture {
	const uint8_t *data;
	size_t n;
	int32_t width, height;
	bool tiff;
};

static void
picture_make(const uint8_t *data, size_t n, int32_t w, int32_t h, bool tiff, void **ret)
{
	struct picture *p = malloc(sizeof *p);
	if (!p)
		BUG("no memory");
	*p = (struct picture){data, n, w, h, tiff};
	*ret = p;
}

static enum err
open_one(const uint8_t *data, size_t n, int32_t w, int32_t h, bool known, void **ret, int32_t *ret_pages,
         struct why *why)
{
	if (!known)
		return fail(why, ERR_CORRUPT_FILE, "the picture's header cannot be read");
	picture_make(data, n, w, h, false, ret);
	*ret_pages = 1;
	return ERR_NONE;
}

/* By hand: Leptonica's reader of the header wants more bytes than a header has. */
static enum err
png_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	bool ok = n >= 24 && memcmp(data + 12, "IHDR", 4) == 0 && data[16] < 0x80 && data[20] < 0x80;
	int32_t w = ok ? data[16] << 24 | data[17] << 16 | data[18] << 8 | data[19] : 0;
	int32_t h = ok ? data[20] << 24 | data[21] << 16 | data[22] << 8 | data[23] : 0;
	return open_one(data, n, w, h, ok, ret, ret_pages, why);
}

static enum err
webp_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	l_int32 w = 0, h = 0, spp = 0;
	bool ok = readHeaderMemWebP(data, n, &w, &h, &spp) == 0;
	return open_one(data, n, w, h, ok, ret, ret_pages, why);
}

static enum err
gif_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	if (n < 13)
		return open_one(data, n, 0, 0, false, ret, ret_pages, why);
	return open_one(data, n, data[6] | data[7] << 8, data[8] | data[9] << 8, true, ret, ret_pages, why);
}

static int32_t
le32(const uint8_t *p)
{
	return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

static enum err
bmp_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	if (n < 26)
		return open_one(data, n, 0, 0, false, ret, ret_pages, why);
	int32_t w = le32(data + 18), h = le32(data + 22);
	if (data[14] == 12) {
		w = data[18] | data[19] << 8;
		h = data[20] | data[21] << 8;
	}
	if (h < 0 && h != INT32_MIN) /* rows from the top */
		h = -h;
	return open_one(data, n, w, h, true, ret, ret_pages, why);
}

static enum err
tiff_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	l_int32 pages = 0;
	FILE *f = fopenReadFromMemory(data, n);
	if (!f || tiffGetCount(f, &pages) != 0 || pages < 1) {
		file_close(&f);
		return fail(why, ERR_CORRUPT_FILE, "the TIFF holds no page that can be found");
	}
	file_close(&f);
	if (pages > l->max_pages)
		return fail(why, ERR_TOO_MANY_PAGES, "%d pages, limit %d", pages, l->max_pages);
	picture_make(data, n, 0, 0, true, ret);
	*ret_pages = pages;
	return ERR_NONE;
}

/* A fax of "standard" resolution has lines twice as far apart as its columns. */
static PIX *
square(PIX *pix)
{
	int x = pixGetXRes(pix), y = pixGetYRes(pix);
	if (x <= 0 || y <= 0 || (double)x / y < 1.2 || (double)x / y > 3)
		return pix;
	PIX *scaled = pixScale(pix, 1, (float)x / (float)y);
	pixDestroy(&pix);
	if (scaled)
		pixSetResolution(scaled, x, x);
	return scaled;
}

static enum err
picture_page(void *doc, int32_t page, struct limits *l, struct arena *mem, struct format_page *ret,
             struct why *why)
{
	(void)mem;
	struct picture *p = doc;
	l_int32 w = p->width, h = p->height, bps = 8, spp = 3, res = 0, format = 0;
	if (p->tiff && readHeaderMemTiff(p->data, p->n, page, &w, &h, &bps, &spp, &res, NULL, &format) != 0)
		return fail(why, ERR_CORRUPT_FILE, "page %d of the TIFF cannot be read", page + 1);
	TRY(limits_take(l, w, h, 4, why));
	PIX *pix = p->tiff ? pixReadMemTiff(p->data, p->n, page) : pixReadMem(p->data, p->n);
	if (!pix && p->tiff)
		pix = tiff_rgba(p->data, p->n, page, l->max_pixels);
	if (!pix)
		return fail(why, ERR_CORRUPT_FILE, "page %d cannot be decoded", page + 1);
	pix = p->tiff ? square(pix) : pix;
	int dpi = pix ? pixGetXRes(pix) : 0;
	pix = flatten(pix);
	if (!pix)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the picture");
	/* What a header claims and what comes out may differ; pixels are what is paid for. */
	if ((int64_t)pixGetWidth(pix) * pixGetHeight(pix) > l->max_pixels) {
		pixDestroy(&pix);
		return fail(why, ERR_PAGE_TOO_LARGE, "more pixels than its header says");
	}
	ret->pix = pix;
	ret->dpi = dpi_of(dpi);
	return ERR_NONE;
}

const struct format format_png = {
    .media_type = "image/png", .open = png_open, .close = free, .page = picture_page};
const struct format format_webp = {
    .media_type = "image/webp", .open = webp_open, .close = free, .page = picture_page};
const struct format format_gif = {
    .media_type = "image/gif", .open = gif_open, .close = free, .page = picture_page};
const struct format format_bmp = {
    .media_type = "image/bmp", .open = bmp_open, .close = free, .page = picture_page};
const struct format format_tiff = {
    .media_type = "image/tiff", .open = tiff_open, .close = free, .page = picture_page};
