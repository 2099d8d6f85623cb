#include "format.h"

#include "parsers.h"

#include <leptonica/allheaders.h>
#include <math.h>

static const struct format *const formats[] = {
    &format_jpeg, &format_png,  &format_webp, &format_tiff, &format_gif,  &format_bmp, &format_heif,
    &format_pdf,  &format_docx, &format_odt,  &format_text, &format_html, &format_eml};

enum err
format_of(const uint8_t *data, size_t n, const struct format **ret, struct why *why)
{
	const char *type = document_media_type(data, n);
	for (size_t i = 0; type && i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i]->media_type, type) == 0) {
			*ret = formats[i];
			return ERR_NONE;
		}
	}
	return fail(why, ERR_UNSUPPORTED_TYPE, "the bytes are of no kind that is read here");
}

enum err
damaged_page(struct format_page *ret, struct why *why)
{
	*ret = (struct format_page){
	    .pix = pixCreate(595, 842, 8), .dpi = 72, .has_text = true, .warning = "damaged"};
	if (!ret->pix)
		return fail(why, ERR_PARSER_MEMORY, "no memory for a blank page");
	pixSetAll(ret->pix);
	return ERR_NONE;
}

int32_t
dpi_of(double claimed)
{
	return claimed >= 20 && claimed <= 20000 ? (int32_t)lround(claimed) : 0;
}

enum err
limits_take(struct limits *l, int64_t width, int64_t height, int bytes_per_pixel, struct why *why)
{
	if (width < 1 || height < 1)
		return fail(why, ERR_CORRUPT_FILE, "a picture of %lld x %lld pixels", (long long)width,
		            (long long)height);
	if (width > l->max_pixels / height)
		return fail(why, ERR_PAGE_TOO_LARGE, "%lld x %lld pixels, limit %lld million",
		            (long long)width, (long long)height, (long long)(l->max_pixels / 1000000));
	if (width * height * bytes_per_pixel > l->max_unpacked)
		return fail(why, ERR_DOCUMENT_BOMB, "a page of more than %lld MiB of pixels",
		            (long long)(l->max_unpacked >> 20));
	return ERR_NONE;
}
