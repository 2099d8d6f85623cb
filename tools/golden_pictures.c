/* Draws one small receipt and writes it in every form of every picture format that Docket reads: the inputs
 * of parsers/golden and, smaller, the seeds of the fuzzers. Run by tools/make-golden-inputs.mjs. usage:
 * golden-pictures FOLDER [SCALE] */
#include <cairo.h>
#include <leptonica/allheaders.h>
#include <libheif/heif.h>
#include <setjmp.h>

#include <jpeglib.h>

static const char *folder;

static const char *
path(const char *name)
{
	static char p[4096];
	snprintf(p, sizeof p, "%s/%s", folder, name);
	return p;
}

static void
save(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(path(name), "wb");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
		perror(name);
		exit(1);
	}
}

static PIX *
draw(double scale)
{
	static const char *const lines[] = {"RECEIPT 4471", "Tea 9.00", "Cake 8.17", "TOTAL 17.17"};
	cairo_surface_t *s =
	    cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(560 * scale), (int)(300 * scale));
	cairo_t *cr = cairo_create(s);
	cairo_scale(cr, scale, scale);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
	cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, 38);
	for (int i = 0; i < 4; i++) {
		cairo_move_to(cr, 40, 70 + 62 * i);
		cairo_show_text(cr, lines[i]);
	}
	cairo_destroy(cr);
	cairo_surface_flush(s);
	int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
	PIX *pix = pixCreate(w, h, 32);
	for (int y = 0; y < h; y++) {
		const uint8_t *row = cairo_image_surface_get_data(s) + y * cairo_image_surface_get_stride(s);
		for (int x = 0; x < w; x++)
			pixSetRGBPixel(pix, x, y, row[4 * x + 2], row[4 * x + 1], row[4 * x]);
	}
	cairo_surface_destroy(s);
	pixSetResolution(pix, 200, 200);
	return pix;
}

/* ---- JPEG ---- */

static void
jpeg_cmyk(PIX *pix)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *out = NULL;
	unsigned long n = 0;
	int w = pixGetWidth(pix), h = pixGetHeight(pix);
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = (JDIMENSION)w;
	c.image_height = (JDIMENSION)h;
	c.input_components = 4;
	c.in_color_space = JCS_CMYK;
	jpeg_set_defaults(&c);
	c.write_Adobe_marker = TRUE;
	jpeg_set_quality(&c, 85, TRUE);
	jpeg_start_compress(&c, TRUE);
	unsigned char *row = malloc((size_t)w * 4);
	for (int y = 0; row && y < h; y++) {
		for (int x = 0; x < w; x++) { /* inverted, as Adobe's programs write it */
			l_int32 r, g, b;
			pixGetRGBPixel(pix, x, y, &r, &g, &b);
			row[4 * x] = (unsigned char)r;
			row[4 * x + 1] = (unsigned char)g;
			row[4 * x + 2] = (unsigned char)b;
			row[4 * x + 3] = 255;
		}
		JSAMPROW rows[] = {row};
		jpeg_write_scanlines(&c, rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	save("cmyk.jpg", out, n);
	free(row);
	free(out);
}

/* The picture turned so that `orientation` says how to turn it back. */
static void
jpeg_exif(PIX *pix, const char *name, int quarters, unsigned char orientation)
{
	const unsigned char exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x',         'i', 'f', 0, 0,    'M', 'M',
	                              0,    42,   0, 0,  0,   8,           0,   1,   1, 0x12, 0,   3,
	                              0,    0,    0, 1,  0,   orientation, 0,   0,   0, 0,    0,   0};
	PIX *turned = quarters ? pixRotateOrth(pix, quarters) : pixClone(pix);
	l_uint8 *data = NULL;
	size_t n = 0;
	pixWriteMemJpeg(&data, &n, turned, 85, 0);
	unsigned char *all = malloc(n + sizeof exif);
	if (all) {
		memcpy(all, data, 2);
		memcpy(all + 2, exif, sizeof exif);
		memcpy(all + 2 + sizeof exif, data + 2, n - 2);
		save(name, all, n + sizeof exif);
	}
	free(all);
	lept_free(data);
	pixDestroy(&turned);
}

static void
jpegs(PIX *pix)
{
	l_uint8 *data = NULL;
	size_t n = 0;
	pixWriteMemJpeg(&data, &n, pix, 85, 0);
	save("plain.jpg", data, n);
	save("cut-a-little.jpg", data, n - 40);
	lept_free(data);
	pixWriteMemJpeg(&data, &n, pix, 85, 1);
	save("progressive.jpg", data, n);
	lept_free(data);
	PIX *grey = pixConvertTo8(pix, 0);
	pixWriteMemJpeg(&data, &n, grey, 85, 0);
	save("grey.jpg", data, n);
	lept_free(data);
	pixDestroy(&grey);
	jpeg_cmyk(pix);
	jpeg_exif(pix, "exif-3.jpg", 2, 3);
	jpeg_exif(pix, "exif-6.jpg", 3, 6);
	jpeg_exif(pix, "exif-8.jpg", 1, 8);
}

/* ---- HEIC ---- */

static void
heic(PIX *pix)
{
	struct heif_context *c = heif_context_alloc();
	struct heif_encoder *encoder = NULL;
	struct heif_image *image = NULL;
	struct heif_image_handle *handle = NULL;
	int w = pixGetWidth(pix), h = pixGetHeight(pix), stride = 0;
	heif_context_get_encoder_for_format(c, heif_compression_HEVC, &encoder);
	heif_encoder_set_lossy_quality(encoder, 50);
	heif_image_create(w, h, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image);
	heif_image_add_plane(image, heif_channel_interleaved, w, h, 8);
	uint8_t *to = heif_image_get_plane(image, heif_channel_interleaved, &stride);
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			l_int32 r, g, b;
			pixGetRGBPixel(pix, x, y, &r, &g, &b);
			to[y * stride + 3 * x] = (uint8_t)r;
			to[y * stride + 3 * x + 1] = (uint8_t)g;
			to[y * stride + 3 * x + 2] = (uint8_t)b;
		}
	}
	struct heif_error e = heif_context_encode_image(c, image, encoder, NULL, &handle);
	if (e.code == heif_error_Ok)
		e = heif_context_write_to_file(c, path("plain.heic"));
	if (e.code != heif_error_Ok)
		fprintf(stderr, "heic: %s\n", e.message);
	heif_image_handle_release(handle);
	heif_image_release(image);
	heif_encoder_release(encoder);
	heif_context_free(c);
}

/* ---- the others ---- */

static void
others(PIX *pix)
{
	l_uint8 *data = NULL;
	size_t n = 0;
	PIX *palette = pixOctreeColorQuant(pix, 128, 0), *grey = pixConvertTo8(pix, 0);
	PIX *deep = pixConvert8To16(grey, 8), *ink = pixThresholdToBinary(grey, 128);
	PIX *see_through = pixSetAlphaOverWhite(pix);
	pixWrite(path("plain.png"), pix, IFF_PNG);
	pixWrite(path("palette.png"), palette, IFF_PNG);
	pixWrite(path("16-bit.png"), deep, IFF_PNG);
	pixWrite(path("alpha.png"), see_through, IFF_PNG);
	pixWrite(path("one-bit.png"), ink, IFF_PNG);
	pixWrite(path("plain.gif"), palette, IFF_GIF);
	pixWrite(path("plain.bmp"), ink, IFF_BMP);
	pixWriteMemWebP(&data, &n, pix, 80, 0);
	save("plain.webp", data, n);
	lept_free(data);
	pixWriteMemWebP(&data, &n, see_through, 80, 1);
	save("lossless-alpha.webp", data, n);
	lept_free(data);
	pixWriteTiff(path("g3.tiff"), ink, IFF_TIFF_G3, "w");
	pixWriteTiff(path("g4.tiff"), ink, IFF_TIFF_G4, "w");
	pixWriteTiff(path("lzw.tiff"), pix, IFF_TIFF_LZW, "w");
	pixWriteTiff(path("packbits.tiff"), ink, IFF_TIFF_PACKBITS, "w");
	pixWriteTiff(path("deflate.tiff"), grey, IFF_TIFF_ZIP, "w");
	pixWriteTiff(path("two-pages.tiff"), ink, IFF_TIFF_G4, "w");
	pixWriteTiff(path("two-pages.tiff"), pix, IFF_TIFF_LZW, "a");
	pixDestroy(&palette);
	pixDestroy(&grey);
	pixDestroy(&deep);
	pixDestroy(&ink);
	pixDestroy(&see_through);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	folder = argv[1];
	setMsgSeverity(L_SEVERITY_ERROR);
	PIX *pix = draw(argc > 2 ? strtod(argv[2], NULL) : 1);
	jpegs(pix);
	others(pix);
	heic(pix);
	pixDestroy(&pix);
	return 0;
}
