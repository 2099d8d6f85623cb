/* PDF by Poppler: the text layer where it is real text, pixels by Cairo where it is not. */
#include "format.h"
#include "surface.h"

#include <cairo.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <poppler.h>
#include <utf8proc.h>

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

/* ---- the text layer ---- */

struct layer {
	struct word *words;
	struct span *lines, *blocks;
	size_t n_words, n_lines, n_blocks;
	size_t letters, strange; /* characters; those that no text has */
};

static bool
is_strange(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return c == 0xFFFD || k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_CO ||
	       k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CS;
}

static bool
is_gap(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
	       k == UTF8PROC_CATEGORY_CC;
}

static void
grow_box(struct box *b, const PopplerRectangle *r, double w, double h)
{
	float x0 = (float)(fmin(r->x1, r->x2) / w), x1 = (float)(fmax(r->x1, r->x2) / w);
	float y0 = (float)(fmin(r->y1, r->y2) / h), y1 = (float)(fmax(r->y1, r->y2) / h);
	if (b->x1 <= b->x0) {
		*b = (struct box){x0, y0, x1, y1};
		return;
	}
	*b = (struct box){fminf(b->x0, x0), fminf(b->y0, y0), fmaxf(b->x1, x1), fmaxf(b->y1, y1)};
}

/* Does a character stand off from the word before it, by a third of the word's height or more? */
static bool
is_apart(const struct box *word, const PopplerRectangle *r, double w, double h)
{
	double height = ((double)word->y1 - word->y0) * h;
	double x0 = fmin(r->x1, r->x2), y0 = fmin(r->y1, r->y2);
	if (word->x1 <= word->x0)
		return false;
	return x0 - word->x1 * w > height / 3 || word->x0 * w - x0 > height ||
	       fabs(y0 - word->y0 * h) > height;
}

static float
clamp01(float v)
{
	return v > 0 ? (v < 1 ? v : 1) : 0;
}

static enum err
end_word(struct layer *t, const char *start, const char *end, struct box box, struct arena *mem,
         struct why *why)
{
	if (end == start || t->n_words == DOCUMENT_MAX_WORDS)
		return ERR_NONE;
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)start, end - start, &nfc,
	                                  UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n <= 0 || n > DOCUMENT_MAX_WORD_LEN) {
		free(nfc);
		return ERR_NONE;
	}
	struct word *w = &t->words[t->n_words];
	w->text = arena_strndup(mem, (const char *)nfc, (size_t)n);
	free(nfc);
	if (!w->text)
		return arena_full(mem, why);
	w->confidence = 1;
	w->box = (struct box){clamp01(box.x0), clamp01(box.y0), clamp01(box.x1), clamp01(box.y1)};
	t->lines[t->n_lines].n++;
	t->n_words++;
	return ERR_NONE;
}

/* A line that is done; a gap of more than its own height before it, or a step back up, opens a block. */
static void
end_line(struct layer *t)
{
	struct span *line = &t->lines[t->n_lines];
	if (line->n == 0)
		return;
	bool apart = t->n_lines == 0;
	if (!apart) {
		const struct box *above = &t->words[t->lines[t->n_lines - 1].first].box;
		const struct box *here = &t->words[line->first].box;
		float height = here->y1 - here->y0;
		apart = here->y0 - above->y1 > height || here->y1 < above->y0;
	}
	if (apart)
		t->blocks[t->n_blocks++] = (struct span){(uint32_t)t->n_lines, 0};
	t->blocks[t->n_blocks - 1].n++;
	t->n_lines++;
	t->lines[t->n_lines] = (struct span){(uint32_t)t->n_words, 0};
}

static enum err
cut_words(struct layer *t, const char *text, const PopplerRectangle *boxes, size_t n_boxes, double w,
          double h, struct arena *mem, struct why *why)
{
	const char *start = text;
	struct box box = {0};
	size_t i = 0;
	const char *p = text;
	while (*p && i < n_boxes) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &c);
		if (n <= 0)
			break;
		if (is_gap(c)) {
			TRY(end_word(t, start, p, box, mem, why));
			if (c == '\n' || c == '\f')
				end_line(t);
			start = p + n;
			box = (struct box){0};
		} else {
			/* Cells of a table follow one another without a space: their distance is one. */
			if (is_apart(&box, &boxes[i], w, h)) {
				TRY(end_word(t, start, p, box, mem, why));
				start = p;
				box = (struct box){0};
			}
			t->letters++;
			t->strange += is_strange(c);
			grow_box(&box, &boxes[i], w, h);
		}
		p += n;
		i++;
	}
	TRY(end_word(t, start, p, box, mem, why));
	end_line(t);
	return ERR_NONE;
}

static enum err
read_layer(PopplerPage *page, double w, double h, struct arena *mem, struct layer *t, struct why *why)
{
	PopplerRectangle *boxes = NULL;
	guint n = 0;
	char *text = poppler_page_get_text(page);
	enum err e = ERR_NONE;
	if (text && poppler_page_get_text_layout(page, &boxes, &n) && n > 0) {
		size_t most = (size_t)n + 2;
		t->words = arena_array(mem, most, sizeof *t->words);
		t->lines = arena_array(mem, most, sizeof *t->lines);
		t->blocks = arena_array(mem, most, sizeof *t->blocks);
		e = t->words && t->lines && t->blocks ? cut_words(t, text, boxes, n, w, h, mem, why)
		                                      : arena_full(mem, why);
	}
	g_free(boxes);
	g_free(text);
	return e;
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
is_real(const struct layer *t, PopplerPage *page, double w, double h)
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

static enum err
pdf_page(void *doc, int32_t number, struct limits *l, struct arena *mem, struct format_page *ret,
         struct why *why)
{
	OWNED(object_free) PopplerPage *page = poppler_document_get_page(doc, number);
	if (!page)
		return fail(why, ERR_CORRUPT_FILE, "page %d of the PDF cannot be opened", number + 1);
	double w = 0, h = 0;
	poppler_page_get_size(page, &w, &h);
	if (!(w > 0 && h > 0 && w < 1e7 && h < 1e7))
		return fail(why, ERR_PAGE_TOO_LARGE, "a page of %g x %g points", w, h);
	struct layer t = {0};
	TRY(read_layer(page, w, h, mem, &t, why));
	ret->has_text = is_real(&t, page, w, h);
	if (ret->has_text) {
		ret->text = (struct page){.words = t.words,
		                          .n_words = t.n_words,
		                          .lines = t.lines,
		                          .n_lines = t.n_lines,
		                          .blocks = t.blocks,
		                          .n_blocks = t.n_blocks};
	}
	/* A drawing has no size in pixels: one that would be too large is read a little coarser. */
	double scale = ret->has_text ? VIEW_PX / fmax(w, h) : READ_DPI / 72.0;
	double most = fmin((double)l->max_pixels, 25e6);
	if (scale * scale * w * h > most)
		scale = sqrt(most / (w * h)) * 0.999;
	if (scale * fmin(w, h) < 1)
		return fail(why, ERR_PAGE_TOO_LARGE, "a page of %g x %g points", w, h);
	ret->dpi = (int32_t)lround(scale * 72);
	return render(page, w, h, scale, l, &ret->pix, why);
}

const struct format format_pdf = {.media_type = "application/pdf",
                                  .text_engine = "poppler",
                                  .text_version = "22",
                                  .open = pdf_open,
                                  .close = pdf_close,
                                  .page = pdf_page,
                                  .needs_files = true};
