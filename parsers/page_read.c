#include "page_read.h"

#include "clock.h"
#include "page_layout.h"
#include "page_steps.h"

#include <leptonica/allheaders.h>
#include <math.h>

/* To the size at which the engine reads best, and no larger than it can hold. */
static float
reading_scale(int w, int h)
{
	double side = w > h ? w : h;
	if (side < 1100)
		return 2;
	double area = (double)w * h;
	return area > 14e6 ? (float)sqrt(14e6 / area) : 1;
}

enum err
page_image(struct Pix *grey, float scale, int32_t dpi, struct arena *mem, struct ocr_image *ret,
           struct why *why)
{
	OWNED(pixDestroy) PIX *sized = scale == 1 ? pixClone(grey) : pixScale(grey, scale, scale);
	if (!sized)
		return fail(why, ERR_PARSER_MEMORY, "no memory to scale the page");
	int w = pixGetWidth(sized), h = pixGetHeight(sized), wpl = pixGetWpl(sized);
	uint8_t *p;
	ARENA_TRY(p, arena_array(mem, (size_t)w, (size_t)h), mem, why);
	for (int y = 0; y < h; y++) {
		const uint32_t *row = pixGetData(sized) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++)
			p[(size_t)y * (size_t)w + (size_t)x] = GET_DATA_BYTE(row, x);
	}
	*ret = (struct ocr_image){
	    .pixels = p, .width = w, .height = h, .stride = (size_t)w, .dpi = (int32_t)((float)dpi * scale)};
	return ERR_NONE;
}

static enum err
take_text(const struct ocr_text *t, double w, double h, struct arena *mem, struct page *ret, struct why *why)
{
	struct word *words;
	ARENA_TRY(words, arena_array(mem, t->n_words, sizeof *words), mem, why);
	for (size_t i = 0; i < t->n_words; i++) {
		const struct ocr_word *o = &t->words[i];
		words[i] = (struct word){
		    o->text,
		    o->confidence,
		    {(float)(o->x0 / w), (float)(o->y0 / h), (float)(o->x1 / w), (float)(o->y1 / h)}};
	}
	ret->words = words;
	ret->n_words = t->n_words;
	ret->lines = t->lines;
	ret->n_lines = t->n_lines;
	ret->blocks = t->blocks;
	ret->n_blocks = t->n_blocks;
	return ERR_NONE;
}

static enum err
recognise(struct ocr *ocr, PIX *grey, float scale, int32_t dpi, int64_t deadline_ms, struct arena *mem,
          struct page *ret, struct page_trust *ret_trust, struct why *why)
{
	OWNED(arena_destroy) struct arena *pixels = arena_create("pixels of a page", 256 * MIB);
	struct ocr_image image;
	struct ocr_text text;
	TRY(page_image(grey, scale, dpi, pixels, &image, why));
	/* As one block: Tesseract's own analysis of a page drops the amounts that stand far to the right of
	 * their lines, which is most of what a receipt or an invoice is read for. */
	const struct ocr_request request = {.layout = OCR_BLOCK, .deadline_ms = deadline_ms};
	TRY(ocr_read(ocr, &image, &request, mem, &text, why));
	*ret_trust = page_trust_of(&text);
	return take_text(&text, image.width, image.height, mem, ret, why);
}

struct upright { /* what was done to make it so */
	float skew;
	bool cut_out, inverted;
};

/* Reads the page as it lies and, where that goes badly, as it should lie. */
static enum err
read_upright(struct ocr *ocr, struct format_page *fp, int64_t deadline_ms, struct arena *mem,
             struct page *ret, struct upright *ret_done, struct why *why)
{
	TRY(page_cut(&fp->pix, &ret_done->cut_out, why));
	TRY(page_straighten(&fp->pix, &ret_done->skew, why));
	float scale = reading_scale(pixGetWidth(fp->pix), pixGetHeight(fp->pix));
	OWNED(pixDestroy) PIX *grey = page_grey(fp->pix);
	struct page_trust trust;
	int quarters = 0;
	if (!grey)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page in grey");
	TRY(recognise(ocr, grey, scale, fp->dpi, deadline_ms, mem, ret, &trust, why));
	if (!page_is_doubtful(trust))
		return ERR_NONE;
	TRY(page_turn_of(ocr, grey, trust, scale, deadline_ms, &quarters, &ret_done->inverted, why));
	if (!quarters && !ret_done->inverted)
		return ERR_NONE;
	if (quarters) {
		PIX *turned = pixRotateOrth(fp->pix, quarters);
		if (!turned)
			return fail(why, ERR_PARSER_MEMORY, "no memory to turn the page");
		pixDestroy(&fp->pix);
		fp->pix = turned;
		fp->rotation = (fp->rotation + 90 * quarters) % 360;
		TRY(page_straighten(&fp->pix, &ret_done->skew, why));
	}
	pixDestroy(&grey);
	grey = page_grey(fp->pix);
	if (grey && ret_done->inverted) {
		PIX *light = pixInvert(NULL, grey);
		pixDestroy(&grey);
		grey = light;
	}
	if (!grey)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page in grey");
	return recognise(ocr, grey, scale, fp->dpi, deadline_ms, mem, ret, &trust, why);
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* The usual height of a word, in pixels; 0 without words. */
static enum err
letter_height(const struct page *p, int height, struct arena *mem, float *ret, struct why *why)
{
	float *heights;
	*ret = 0;
	if (p->n_words == 0)
		return ERR_NONE;
	ARENA_TRY(heights, arena_array(mem, p->n_words, sizeof *heights), mem, why);
	for (size_t i = 0; i < p->n_words; i++)
		heights[i] = (p->words[i].box.y1 - p->words[i].box.y0) * (float)height;
	qsort(heights, p->n_words, sizeof *heights, by_value);
	*ret = heights[p->n_words / 2];
	return ERR_NONE;
}

static enum err
judge(const struct format_page *fp, const struct page_look *look, const struct upright *done,
      struct arena *mem, struct page *ret, struct why *why)
{
	const char *list[PAGE_WARNINGS + 1];
	size_t n = 0;
	if (fp->has_text) {
		ret->quality = (struct page_quality){.score = 1, .sharpness = 1, .contrast = 1};
		if (ret->n_words == 0)
			list[n++] = "blank_page";
	} else {
		ret->quality = look->quality;
		TRY(letter_height(ret, pixGetHeight(fp->pix), mem, &ret->quality.letter_px, why));
		n = page_warnings(look, ret, done->cut_out, list);
	}
	if (fp->warning)
		list[n++] = fp->warning;
	ret->quality.skew_deg = done->skew;
	ret->quality.dpi = (float)fp->dpi;
	const char **warnings;
	ARENA_TRY(warnings, arena_array(mem, n, sizeof *warnings), mem, why);
	for (size_t i = 0; i < n; i++)
		warnings[i] = list[i];
	ret->warnings = warnings;
	ret->n_warnings = n;
	return ERR_NONE;
}

enum err
page_read(struct ocr *ocr, struct format_page *fp, int64_t deadline_ms, struct arena *mem, struct page *ret,
          struct why *why)
{
	struct upright done = {0};
	*ret = fp->text;
	ret->source = fp->has_text ? SOURCE_TEXT_LAYER : SOURCE_OCR;
	if (!fp->has_text) {
		int64_t begun = clock_steady_ms();
		TRY(read_upright(ocr, fp, deadline_ms, mem, ret, &done, why));
		ret->ocr_ms = clock_steady_ms() - begun;
	}
	const struct size size = {pixGetWidth(fp->pix), pixGetHeight(fp->pix)};
	if (!fp->has_text || ret->n_blocks == 0)
		TRY(layout_order(ret, size, mem, why));
	OWNED(pixDestroy) PIX *grey = page_grey(fp->pix);
	if (!grey)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page in grey");
	struct page_look look = page_look_at(grey);
	TRY(judge(fp, &look, &done, mem, ret, why));
	TRY(page_codes(grey, mem, &ret->barcodes, &ret->n_barcodes, why));
	TRY(page_languages(ret, mem, &ret->languages, &ret->n_languages, why));
	TRY(page_ruled_tables(grey, look.paper, ret, mem, why));
	TRY(layout_tables(ret, size, mem, why));
	TRY(layout_key_values(ret, size, mem, why));
	ret->width = size.width;
	ret->height = size.height;
	ret->rotation = fp->rotation;
	return ERR_NONE;
}
