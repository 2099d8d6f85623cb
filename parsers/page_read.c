#include "page_read.h"

#include "clock.h"

#include <leptonica/allheaders.h>
#include <math.h>

#define SKEW_MIN_DEG    0.3
#define SKEW_MAX_DEG    12
#define SKEW_CONFIDENCE 3.0

static void
pix_free(PIX **p)
{
	pixDestroy(p);
}

static PIX *
grey_of(PIX *pix)
{
	return pixGetDepth(pix) == 32 ? pixConvertRGBToLuminance(pix) : pixClone(pix);
}

/* Turns the page by the angle its lines stand at, if they say so clearly. */
static enum err
straighten(struct format_page *fp, float *ret_deg, struct why *why)
{
	OWNED(pix_free) PIX *grey = grey_of(fp->pix);
	OWNED(pix_free) PIX *mask = grey ? pixThresholdToBinary(grey, 128) : NULL;
	l_float32 deg = 0, confidence = 0;
	if (grey) { /* the paper of a photo is rarely brighter than 128 throughout */
		PIX *even = NULL;
		if (pixOtsuAdaptiveThreshold(grey, 400, 400, 0, 0, 0.1F, NULL, &even) == 0 && even) {
			pixDestroy(&mask);
			mask = even;
		}
	}
	if (!mask || pixFindSkewSweepAndSearch(mask, &deg, &confidence, 4, 2, SKEW_MAX_DEG, 1, 0.05F) != 0)
		return ERR_NONE; /* too little on it to have a direction */
	if (confidence < SKEW_CONFIDENCE || fabsf(deg) < SKEW_MIN_DEG || fabsf(deg) > SKEW_MAX_DEG)
		return ERR_NONE;
	PIX *turned =
	    pixRotate(fp->pix, (float)(deg * M_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
	if (!turned)
		return fail(why, ERR_PARSER_MEMORY, "no memory to straighten the page");
	pixDestroy(&fp->pix);
	fp->pix = turned;
	*ret_deg = -deg;
	return ERR_NONE;
}

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

static enum err
bytes_of(PIX *grey, struct arena *mem, struct ocr_image *ret, struct why *why)
{
	int w = pixGetWidth(grey), h = pixGetHeight(grey), wpl = pixGetWpl(grey);
	uint8_t *p;
	ARENA_TRY(p, arena_array(mem, (size_t)w, (size_t)h), mem, why);
	for (int y = 0; y < h; y++) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++)
			p[(size_t)y * (size_t)w + (size_t)x] = GET_DATA_BYTE(row, x);
	}
	*ret = (struct ocr_image){.pixels = p, .width = w, .height = h, .stride = (size_t)w};
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
recognise(struct ocr *ocr, struct format_page *fp, PIX *grey, int64_t deadline_ms, struct arena *mem,
          struct page *ret, struct why *why)
{
	float scale = reading_scale(pixGetWidth(grey), pixGetHeight(grey));
	OWNED(pix_free) PIX *sized = scale == 1 ? pixClone(grey) : pixScale(grey, scale, scale);
	if (!sized)
		return fail(why, ERR_PARSER_MEMORY, "no memory to scale the page");
	OWNED(arena_destroy) struct arena *pixels = arena_create("pixels of a page", 256 * MIB);
	struct ocr_image image;
	struct ocr_text text;
	TRY(bytes_of(sized, pixels, &image, why));
	image.dpi = (int32_t)((float)fp->dpi * scale);
	/* As one block: the engine's own analysis of a page drops the amounts that stand far to the right of
	 * their lines, which is most of what a receipt or an invoice is read for. */
	const struct ocr_request request = {.layout = OCR_BLOCK, .deadline_ms = deadline_ms};
	TRY(ocr_read(ocr, &image, &request, mem, &text, why));
	return take_text(&text, image.width, image.height, mem, ret, why);
}

enum err
page_read(struct ocr *ocr, struct format_page *fp, int64_t deadline_ms, struct arena *mem, struct page *ret,
          const char *warnings[static PAGE_WARNINGS], struct why *why)
{
	float skew = 0;
	int n = 0;
	*ret = fp->text;
	ret->source = fp->has_text ? SOURCE_TEXT_LAYER : SOURCE_OCR;
	if (!fp->has_text)
		TRY(straighten(fp, &skew, why));
	OWNED(pix_free) PIX *grey = grey_of(fp->pix);
	if (!grey)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page in grey");
	if (fp->has_text) {
		ret->quality = (struct page_quality){.score = 1, .sharpness = 1, .contrast = 1};
	} else {
		int64_t begun = clock_steady_ms();
		ret->quality = page_quality_of(grey);
		TRY(recognise(ocr, fp, grey, deadline_ms, mem, ret, why));
		ret->ocr_ms = clock_steady_ms() - begun;
		if (ret->n_words > 0 && ret->quality.contrast < 0.35F)
			warnings[n++] = "low_contrast";
		if (ret->n_words > 0 && ret->quality.sharpness < 0.25F)
			warnings[n++] = "blurred";
	}
	if (ret->n_words == 0)
		warnings[n++] = "blank_page";
	if (fp->warning)
		warnings[n++] = fp->warning;
	ret->quality.skew_deg = skew;
	ret->quality.dpi = (float)fp->dpi;
	ret->width = pixGetWidth(fp->pix);
	ret->height = pixGetHeight(fp->pix);
	ret->rotation = fp->rotation;
	return ERR_NONE;
}
