/* PDF by Poppler: the text layer where it is real text, pixels by Cairo where it is not. */
#include "format.h"
#include "pdf_layer.h"
#include "surface.h"
#include "text_sense.h"

#include <cairo.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <poppler.h>

#define VIEW_PX  1600 /* long side of a page that is only looked at */
#define READ_DPI 300

static void
object_free(void *p)
{
	void **o = p;
	if (*o)
		g_object_unref(*o);
	*o = NULL;
}

static enum err
pdf_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	GError *error = NULL;
	GBytes *bytes = g_bytes_new_static(data, n);
	PopplerDocument *pdf = poppler_document_new_from_bytes(bytes, NULL, &error);
	g_bytes_unref(bytes);
	if (!pdf) {
		bool locked = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);
		g_clear_error(&error);
		return locked ? fail(why, ERR_ENCRYPTED, "the PDF wants a password")
		              : fail(why, ERR_CORRUPT_FILE, "the PDF cannot be opened");
	}
	int pages = poppler_document_get_n_pages(pdf);
	if (pages < 1 || pages > l->max_pages) {
		g_object_unref(pdf);
		return pages < 1 ? fail(why, ERR_CORRUPT_FILE, "the PDF has no pages")
		                 : fail(why, ERR_TOO_MANY_PAGES, "%d pages, limit %d", pages, l->max_pages);
	}
	*ret = pdf;
	*ret_pages = pages;
	return ERR_NONE;
}

static void
pdf_close(void *doc)
{
	g_object_unref(doc);
}

/* The share of the page that its largest picture covers. */
static double
picture_share(PopplerPage *page, double w, double h)
{
	double most = 0;
	GList *list = poppler_page_get_image_mapping(page);
	for (GList *at = list; at; at = at->next) {
		const PopplerRectangle *r = &((PopplerImageMapping *)at->data)->area;
		most = fmax(most, fabs((r->x2 - r->x1) * (r->y2 - r->y1)) / (w * h));
	}
	poppler_page_free_image_mapping(list);
	return most;
}

/* Characters without a meaning come from fonts without a Unicode map; a line of text over a scan is a
 * stamp, not the page's text. */
static bool
is_real(const struct pdf_layer *t, PopplerPage *page, double w, double h)
{
	if (t->n_words == 0 || t->strange * 20 > t->letters)
		return false;
	return t->letters >= 100 || picture_share(page, w, h) < 0.5;
}

/* ---- pixels ---- */

static enum err
render(PopplerPage *page, double w, double h, double scale, struct limits *l, PIX **ret, struct why *why)
{
	int pw = (int)ceil(w * scale), ph = (int)ceil(h * scale);
	pw = pw < 1 ? 1 : pw;
	ph = ph < 1 ? 1 : ph;
	TRY(limits_take(l, pw, ph, 8, why));
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, pw, ph);
	cairo_t *cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	cairo_destroy(cr);
	PIX *pix = surface_pix(surface);
	cairo_surface_destroy(surface);
	if (!pix)
		return fail(why, ERR_PARSER_MEMORY, "no memory for a page of %d x %d pixels", pw, ph);
	*ret = pix;
	return ERR_NONE;
}

/* A drawing has no size in pixels: one that would be too large is drawn a little coarser. */
static enum err
draw(PopplerPage *page, double w, double h, double scale, struct limits *l, struct format_page *ret,
     struct why *why)
{
	double most = fmin((double)l->max_pixels, 25e6);
	if (scale * scale * w * h > most)
		scale = sqrt(most / (w * h)) * 0.999;
	if (scale * fmin(w, h) < 1)
		return fail(why, ERR_PAGE_TOO_LARGE, "a page of %g x %g points", w, h);
	ret->dpi = dpi_of(scale * 72);
	return render(page, w, h, scale, l, &ret->pix, why);
}

/* So that the text stands upright, whatever the page says of itself. */
static enum err
turn(struct format_page *page, int quarters, struct why *why)
{
	PIX *turned = quarters ? pixRotateOrth(page->pix, quarters) : NULL;
	if (!quarters)
		return ERR_NONE;
	pixDestroy(&page->pix);
	page->pix = turned;
	page->rotation = quarters * 90;
	return turned ? ERR_NONE : fail(why, ERR_PARSER_MEMORY, "no memory to turn the page");
}

static enum err
pdf_page(void *doc, int32_t number, struct limits *l, struct arena *mem, struct format_page *ret,
         struct why *why)
{
	OWNED(object_free) PopplerPage *page = poppler_document_get_page(doc, number);
	if (!page && number > 0)
		return damaged_page(ret, why); /* what comes before it was read */
	if (!page)
		return fail(why, ERR_CORRUPT_FILE, "page %d of the PDF cannot be opened", number + 1);
	double w = 0, h = 0;
	poppler_page_get_size(page, &w, &h);
	if (!(w > 0 && h > 0 && w < 1e7 && h < 1e7))
		return fail(why, ERR_PAGE_TOO_LARGE, "a page of %g x %g points", w, h);
	struct pdf_layer t = {0};
	TRY(pdf_layer_read(page, mem, &t, why));
	bool sense = text_makes_sense(t.words, t.n_words);
	if (sense && is_real(&t, page, w, h)) {
		TRY(draw(page, w, h, VIEW_PX / fmax(w, h), l, ret, why));
		TRY(turn(ret, t.quarters, why));
		ret->text = (struct page){
		    .words = t.words, .n_words = t.n_words, .lines = t.lines, .n_lines = t.n_lines};
		ret->has_text = text_is_drawn(t.words, t.n_words, ret->pix);
		if (ret->has_text)
			return ERR_NONE;
		pixDestroy(&ret->pix);
		ret->text = (struct page){0};
		ret->rotation = 0;
		sense = false;
	}
	if (!sense)
		ret->warning = "text_layer_ignored";
	return draw(page, w, h, READ_DPI / 72.0, l, ret, why);
}

const struct format format_pdf = {.media_type = "application/pdf",
                                  .text_engine = "poppler",
                                  .text_version = "22",
                                  .open = pdf_open,
                                  .close = pdf_close,
                                  .page = pdf_page,
                                  .needs_files = true};
