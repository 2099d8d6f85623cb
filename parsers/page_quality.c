#include "page_steps.h"

#include <leptonica/allheaders.h>

#define BURNT         252 /* grey level from which light has left nothing */
#define PAPER_OF_SCAN 240 /* paper as bright as this is a scanner's white, not glare */
#define LEAST_RANGE   40  /* grey levels between ink and paper that make print */
#define CLEAR         0.38F
#define GLARE         0.02F
#define SMALL_LETTER  9 /* pixels of the file */
#define EDGE          0.003F
#define EDGE_SHARE    0.1
#define LEAST_EDGES   20

/* Blur, darkness and faint print cost few words until they cost many, and at other levels for other letters.
 * A page is told of beyond the first level whatever was read, and beyond the second where its words are read
 * unsurely. Measured: docs/accuracy.md. */
#define BLURRED     0.25F
#define SOFT        0.4F
#define BLACK_PAPER 25
#define DIM_PAPER   95
#define VANISHING   0.12F
#define FAINT       0.3F
#define UNSURE      0.88F /* the mean of its words' confidences */

struct counts {
	uint64_t levels[256], steps[256], n, n_steps;
};

static void
count_rows(PIX *grey, int from, int to, struct counts *c)
{
	int w = pixGetWidth(grey), wpl = pixGetWpl(grey);
	for (int y = from; y < to; y += 2) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++) {
			int v = GET_DATA_BYTE(row, x);
			c->levels[v]++;
			if (x >= 2) {
				int step = v - GET_DATA_BYTE(row, x - 2);
				c->steps[step < 0 ? -step : step]++;
				c->n_steps++;
			}
		}
		c->n += (uint64_t)w;
	}
}

static void
add_counts(struct counts *to, const struct counts *c)
{
	for (int i = 0; i < 256; i++) {
		to->levels[i] += c->levels[i];
		to->steps[i] += c->steps[i];
	}
	to->n += c->n;
	to->n_steps += c->n_steps;
}

/* The value below which `share` of the counts lie. */
static int
percentile(const uint64_t counts[256], uint64_t all, double share)
{
	uint64_t sum = 0;
	for (int i = 0; i < 256; i++) {
		sum += counts[i];
		if ((double)sum >= share * (double)all)
			return i;
	}
	return 255;
}

static float
unit(double v)
{
	return (float)(v > 0 ? (v < 1 ? v : 1) : 0);
}

/* From the darkest half percent (the ink) to the middle of the rest (the paper). */
static double
range_of(const struct counts *c, int *ret_paper)
{
	*ret_paper = percentile(c->levels, c->n, 0.6);
	return *ret_paper - percentile(c->levels, c->n, 0.005);
}

/* How much of the range the steepest twentieth of all edges crosses in two pixels: print in focus crosses
 * most of it, a blurred photo takes many pixels to. What is no edge, a tenth of the range, does not count:
 * a page with three lines on it is as sharp as a full one. */
static double
sharpness_of(const struct counts *c, double range)
{
	uint64_t edges[256] = {0}, n = 0;
	for (int i = (int)(EDGE_SHARE * range) + 1; i < 256; i++) {
		edges[i] = c->steps[i];
		n += c->steps[i];
	}
	return range < 8 || n < LEAST_EDGES ? 0 : percentile(edges, n, 0.95) / range;
}

struct page_look
page_look_at(struct Pix *grey)
{
	struct counts all = {0};
	struct page_look look = {0};
	int h = pixGetHeight(grey), paper;
	for (int i = 0; i < 3; i++) {
		struct counts third = {0};
		count_rows(grey, h * i / 3, h * (i + 1) / 3, &third);
		add_counts(&all, &third);
		double range = third.n ? range_of(&third, &paper) : 0;
		look.thirds[i] = range < LEAST_RANGE ? -1 : unit(sharpness_of(&third, range));
	}
	double range = all.n ? range_of(&all, &paper) : 0;
	if (all.n == 0)
		return look;
	struct page_quality *q = &look.quality;
	look.paper = (float)paper;
	q->contrast = unit(range / 200);
	q->sharpness = unit(sharpness_of(&all, range));
	q->score = unit(0.1 + 0.9 * (double)q->contrast * unit(1.4 * (double)q->sharpness));
	uint64_t burnt = 0;
	for (int i = BURNT; i < 256; i++)
		burnt += all.levels[i];
	q->glare = paper < PAPER_OF_SCAN ? unit((double)burnt / (double)all.n) : 0;
	return look;
}

/* ---- what a person can do about it ---- */

static bool
is_unsure(const struct page *p)
{
	double sum = 0;
	for (size_t i = 0; i < p->n_words; i++)
		sum += (double)p->words[i].confidence;
	return sum < (double)UNSURE * (double)p->n_words;
}

static const char *
blur_warning(const struct page_look *look, bool unsure)
{
	static const char *const where[] = {"blurred_top", "blurred_middle", "blurred_bottom"};
	int bad = -1, n_bad = 0, n_clear = 0;
	for (int i = 0; i < 3; i++) {
		if (look->thirds[i] < 0)
			continue;
		if (look->thirds[i] < BLURRED) {
			bad = i;
			n_bad++;
		}
		n_clear += look->thirds[i] >= CLEAR;
	}
	if (n_bad == 1 && n_clear > 0)
		return where[bad];
	return look->quality.sharpness < (unsure ? SOFT : BLURRED) ? "blurred" : NULL;
}

/* Words that the picture's edge runs through. */
static bool
runs_over_the_edge(const struct page *p)
{
	int n = 0;
	for (size_t i = 0; i < p->n_words; i++) {
		const struct box *b = &p->words[i].box;
		n += p->words[i].confidence > 0.6F && strlen(p->words[i].text) > 1 &&
		     (b->x0 < EDGE || b->x1 > 1 - EDGE);
	}
	return n >= 3;
}

size_t
page_warnings(const struct page_look *look, const struct page *p, bool cut_out,
              const char *ret[static PAGE_WARNINGS])
{
	const struct page_quality *q = &p->quality;
	size_t n = 0;
	if (p->n_words == 0) {
		ret[n++] = "blank_page";
		return n;
	}
	bool unsure = is_unsure(p);
	const char *blur = blur_warning(look, unsure);
	if (blur)
		ret[n++] = blur;
	if (look->paper < (unsure ? DIM_PAPER : BLACK_PAPER))
		ret[n++] = "too_dark";
	else if (q->contrast < (unsure ? FAINT : VANISHING))
		ret[n++] = "low_contrast";
	if (q->glare > GLARE)
		ret[n++] = "glare";
	if (q->letter_px > 0 && q->letter_px < SMALL_LETTER)
		ret[n++] = "small_print";
	if (!cut_out && runs_over_the_edge(p))
		ret[n++] = "cut_edges";
	return n;
}
