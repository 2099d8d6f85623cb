/* HEIC, as phones store photos: HEVC inside of HEIF, by libheif. It applies the turns and mirrors that the
 * file orders itself; EXIF's orientation, where it says something else, is not to be heeded. */
#include "format.h"
#include "heif_references.h"

#include <leptonica/allheaders.h>
#include <libheif/heif.h>

/* libheif lets libde265 start a thread for every picture, which the sandbox answers with death. Ours stands
 * before libde265's own, so none is started and pictures are decoded by the thread that asked. */
int de265_start_worker_threads(void *decoder, int n);
int
de265_start_worker_threads(void *decoder, int n)
{
	(void)decoder;
	(void)n;
	return 0;
}

static void
context_free(struct heif_context **c)
{
	heif_context_free(*c);
	*c = NULL;
}

static void
handle_free(struct heif_image_handle **h)
{
	heif_image_handle_release(*h);
	*h = NULL;
}

static void
image_free(struct heif_image **i)
{
	heif_image_release(*i);
	*i = NULL;
}

static enum err
wrong(struct why *why, const char *what, struct heif_error e)
{
	if (e.code == heif_error_Memory_allocation_error)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the HEIC picture");
	if (e.code == heif_error_Unsupported_filetype || e.code == heif_error_Unsupported_feature)
		return fail(why, ERR_UNSUPPORTED_TYPE, "%s: %s", what, e.message);
	return fail(why, ERR_CORRUPT_FILE, "%s: %s", what, e.message);
}

static enum err
heif_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	(void)l;
	if (!heif_references_end(data, n))
		return fail(why, ERR_CORRUPT_FILE, "the HEIC is made of itself");
	OWNED(context_free) struct heif_context *c = heif_context_alloc();
	if (!c)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the HEIC picture");
	heif_context_set_max_decoding_threads(c, 0); /* 0: none but this one */
	struct heif_error e = heif_context_read_from_memory_without_copy(c, data, n, NULL);
	if (e.code != heif_error_Ok)
		return wrong(why, "the HEIC cannot be opened", e);
	*ret = TAKE(c);
	*ret_pages = 1; /* the picture that the file calls its own; bursts and depths are not pages */
	return ERR_NONE;
}

static void
heif_close(void *doc)
{
	heif_context_free(doc);
}

static PIX *
pix_of(const struct heif_image *image)
{
	int stride = 0;
	const uint8_t *from = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
	int w = heif_image_get_width(image, heif_channel_interleaved);
	int h = heif_image_get_height(image, heif_channel_interleaved);
	PIX *pix = from && w > 0 && h > 0 ? pixCreate(w, h, 32) : NULL;
	for (int y = 0; pix && y < h; y++) {
		const uint8_t *row = from + (size_t)y * (size_t)stride;
		uint32_t *to = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
		for (int x = 0; x < w; x++)
			composeRGBPixel(row[3 * x], row[3 * x + 1], row[3 * x + 2], to + x);
	}
	return pix;
}

static enum err
heif_page(void *doc, int32_t page, struct limits *l, struct arena *mem, struct format_page *ret,
          struct why *why)
{
	(void)page;
	(void)mem;
	OWNED(handle_free) struct heif_image_handle *handle = NULL;
	OWNED(image_free) struct heif_image *image = NULL;
	struct heif_error e = heif_context_get_primary_image_handle(doc, &handle);
	if (e.code != heif_error_Ok)
		return wrong(why, "the HEIC holds no picture", e);
	TRY(limits_take(l, heif_image_handle_get_width(handle), heif_image_handle_get_height(handle), 8,
	                why));
	e = heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL);
	if (e.code != heif_error_Ok)
		return wrong(why, "the HEIC cannot be decoded", e);
	/* What it claimed and what came out may differ. */
	if ((int64_t)heif_image_get_primary_width(image) * heif_image_get_primary_height(image) >
	    l->max_pixels)
		return fail(why, ERR_PAGE_TOO_LARGE, "more pixels than its header says");
	ret->pix = pix_of(image);
	return ret->pix ? ERR_NONE : fail(why, ERR_PARSER_MEMORY, "no memory for the HEIC picture");
}

const struct format format_heif = {
    .media_type = "image/heic", .open = heif_open, .close = heif_close, .page = heif_page};
