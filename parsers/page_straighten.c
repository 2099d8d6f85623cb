/* The angle at which a page's lines stand, taken out. */
#include "page_steps.h"

#include "own.h"

#include <leptonica/allheaders.h>
#include <math.h>

#define SKEW_MIN_DEG    0.3F
#define SKEW_MAX_DEG    12
#define SKEW_CONFIDENCE 3.0F
#define SEARCH_SIDE     1100 /* pixels: a larger page is looked at in half its size, or a quarter */

static PIX *
small_grey(PIX *pix)
{
	PIX *grey = page_grey(pix);
	while (grey && pixGetWidth(grey) > SEARCH_SIDE && pixGetHeight(grey) > SEARCH_SIDE) {
		PIX *half = pixScaleAreaMap2(grey);
		pixDestroy(&grey);
		grey = half;
	}
	return grey;
}

/* The paper of a photo is rarely brighter than one level throughout: tiles have each their own. */
static PIX *
ink_of(PIX *grey)
{
	PIX *even = NULL;
	if (pixOtsuAdaptiveThreshold(grey, 300, 300, 0, 0, 0.1F, NULL, &even) == 0 && even)
		return even;
	return pixThresholdToBinary(grey, 128);
}

enum err
page_straighten(struct Pix **pix, float *ret_deg, struct why *why)
{
	OWNED(pixDestroy) PIX *grey = small_grey(*pix);
	OWNED(pixDestroy) PIX *ink = grey ? ink_of(grey) : NULL;
	l_float32 deg = 0, confidence = 0;
	if (!ink || pixFindSkewSweepAndSearch(ink, &deg, &confidence, 4, 2, SKEW_MAX_DEG, 1, 0.05F) != 0)
		return ERR_NONE; /* too little on it to have a direction */
	if (confidence < SKEW_CONFIDENCE || fabsf(deg) < SKEW_MIN_DEG || fabsf(deg) > SKEW_MAX_DEG)
		return ERR_NONE;
	PIX *turned = pixRotate(*pix, (float)(deg * M_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
	if (!turned)
		return fail(why, ERR_PARSER_MEMORY, "no memory to straighten the page");
	pixDestroy(pix);
	*pix = turned;
	*ret_deg = -deg;
	return ERR_NONE;
}
