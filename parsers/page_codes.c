/* QR and bar codes, by ZBar. */
#include "page_steps.h"

#include "charset.h"
#include "own.h"

#include <iconv.h>
#include <leptonica/allheaders.h>
#include <utf8proc.h>
#include <zbar.h>

#define MOST_PIXELS 16000000 /* a larger page is looked at in half its size: its codes are large too */

enum err
page_codes_load(struct why *why)
{
	static const char *const alphabets[] = {"UTF-8", "ISO8859-1", "SJIS", "BIG-5"};
	for (size_t i = 0; i < ARRAY_LEN(alphabets); i++) {
		/* Kept open, and so loaded, until the process ends. */
		if (iconv_open("UTF-8", alphabets[i]) == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr) */
			return fail_errno(why, ERR_BROKEN, "iconv of %s", alphabets[i]);
	}
	return ERR_NONE;
}

/* Y800: a byte a pixel, rows without padding. */
static uint8_t *
bytes_of(PIX *grey)
{
	int w = pixGetWidth(grey), h = pixGetHeight(grey), wpl = pixGetWpl(grey);
	uint8_t *out = malloc((size_t)w * (size_t)h);
	for (int y = 0; out && y < h; y++) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++)
			out[(size_t)y * (size_t)w + (size_t)x] = GET_DATA_BYTE(row, x);
	}
	return out;
}

static bool
is_utf8(const uint8_t *data, size_t n)
{
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(data + at, (utf8proc_ssize_t)(n - at), &c);
		if (step <= 0)
			return false;
		at += (size_t)step;
	}
	return true;
}

/* The alphabet that a Russian payment code names by its seventh character: GOST R 56042-2014. Some say 2,
 * UTF-8, and are windows-1251 all the same. */
static const struct charset *
payment_alphabet(const char *data, size_t n)
{
	if (n < 6 || strncmp(data, "ST0001", 6) != 0)
		return NULL;
	const char *label = n > 6 && data[6] == '3' ? "koi8-r" : "windows-1251";
	return charset_find(label, strlen(label));
}

/* What a code says, as text without NUL; NULL when it is no text. */
static char *
text_of(const zbar_symbol_t *s, struct arena *mem)
{
	const char *data = zbar_symbol_get_data(s);
	size_t n = zbar_symbol_get_data_length(s);
	if (n == 0 || n > DOCUMENT_MAX_BARCODE_LEN || memchr(data, 0, n))
		return NULL;
	if (is_utf8((const uint8_t *)data, n))
		return arena_strndup(mem, data, n);
	const struct charset *c = payment_alphabet(data, n);
	if (!c)
		return NULL;
	OWNED(buf_free) struct buf text = buf_init(DOCUMENT_MAX_BARCODE_LEN);
	charset_decode(c, (const uint8_t *)data, n, &text);
	return text.full || !text.data ? NULL : arena_strndup(mem, text.data, text.len);
}

static float
place(double v, double whole)
{
	return (float)(v < 0 ? 0 : v > whole ? 1 : v / whole);
}

static void
place_of(const zbar_symbol_t *s, double w, double h, struct barcode *ret)
{
	unsigned n = zbar_symbol_get_loc_size(s);
	struct box b = {1, 1, 0, 0};
	for (unsigned i = 0; i < n; i++) {
		float x = place(zbar_symbol_get_loc_x(s, i), w), y = place(zbar_symbol_get_loc_y(s, i), h);
		b.x0 = x < b.x0 ? x : b.x0;
		b.y0 = y < b.y0 ? y : b.y0;
		b.x1 = x > b.x1 ? x : b.x1;
		b.y1 = y > b.y1 ? y : b.y1;
		/* Of a QR code ZBar gives the four corners, counter-clockwise from the upper left; of a bar
		 * code points along it. */
		if (n == 4) {
			unsigned k = (4 - i) % 4;
			ret->corners[2 * k] = x;
			ret->corners[2 * k + 1] = y;
		}
	}
	ret->box = n ? b : (struct box){0, 0, 1, 1};
}

static enum err
take_codes(const zbar_image_t *image, double w, double h, struct arena *mem, const struct barcode **ret,
           size_t *ret_n, struct why *why)
{
	size_t n = 0;
	struct barcode *codes;
	ARENA_TRY(codes, arena_array(mem, DOCUMENT_MAX_BARCODES, sizeof *codes), mem, why);
	for (const zbar_symbol_t *s = zbar_image_first_symbol(image); s && n < DOCUMENT_MAX_BARCODES;
	     s = zbar_symbol_next(s)) {
		char *text = text_of(s, mem);
		if (!text)
			continue;
		codes[n] =
		    (struct barcode){.format = zbar_get_symbol_name(zbar_symbol_get_type(s)), .text = text};
		place_of(s, w, h, &codes[n]);
		n++;
	}
	*ret = codes;
	*ret_n = n;
	return ERR_NONE;
}

enum err
page_codes(struct Pix *grey, struct arena *mem, const struct barcode **ret, size_t *ret_n, struct why *why)
{
	bool large = (int64_t)pixGetWidth(grey) * pixGetHeight(grey) > MOST_PIXELS;
	OWNED(pixDestroy) PIX *pix = large ? pixScaleAreaMap2(grey) : pixClone(grey);
	OWNED(mem_free) uint8_t *bytes = pix ? bytes_of(pix) : NULL;
	if (!bytes)
		return fail(why, ERR_PARSER_MEMORY, "no memory to look for codes");
	unsigned w = (unsigned)pixGetWidth(pix), h = (unsigned)pixGetHeight(pix);
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *image = zbar_image_create();
	enum err e = ERR_NONE;
	if (!scanner || !image) {
		e = fail(why, ERR_PARSER_MEMORY, "no memory to look for codes");
	} else {
		zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
		zbar_image_set_size(image, w, h);
		zbar_image_set_data(image, bytes, (size_t)w * h, NULL);
		/* As bytes: what is no UTF-8 is passed over, and no other alphabet is loaded for it. */
		zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
		/* Two digits between bars can be seen in any table; nobody prints them on paper to be read.
		 */
		zbar_image_scanner_set_config(scanner, ZBAR_I25, ZBAR_CFG_ENABLE, 0);
		zbar_image_scanner_set_config(scanner, ZBAR_DATABAR, ZBAR_CFG_ENABLE, 0);
		zbar_image_scanner_set_config(scanner, ZBAR_DATABAR_EXP, ZBAR_CFG_ENABLE, 0);
		if (zbar_scan_image(scanner, image) > 0)
			e = take_codes(image, w, h, mem, ret, ret_n, why);
	}
	if (image)
		zbar_image_destroy(image);
	if (scanner)
		zbar_image_scanner_destroy(scanner);
	return e;
}
