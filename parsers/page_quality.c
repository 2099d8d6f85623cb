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

/* Print and light are looked at in tiles some lines high: there a shadow is no edge, and a reflection is all
 * of it. */
#define TILES         20    /* along the shorter side */
#define PRINTED       0.02F /* of a third's tiles: with fewer it has nothing to judge by */
#define FALLING_LIGHT 12    /* grey levels above the paper's */
#define GLARE_TO_TELL 0.03F /* of the tiles must be between paper and white, as a reflection's border is */
#define PLAIN_PAPER   0.08F /* of the tiles must be paper that it has not reached */

struct counts {
	uint64_t levels[256], steps[256], n, n_steps;
};

static void
count(PIX *grey, int x0, int x1, int y0, int y1, struct counts *c)
{
	int wpl = pixGetWpl(grey);
	for (int y = y0; y < y1; y += 2) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = x0; x < x1; x++) {
			int v = GET_DATA_BYTE(row, x);
			c->levels[v]++;
			if (x >= 2) {
				int step = v - GET_DATA_BYTE(row, x - 2);
				c->steps[step < 0 ? -step : step]++;
				c->n_steps++;
			}
		}
		c->n += (uint64_t)(x1 - x0);
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

struct tiles {
	struct counts all, printed; /* of the pixels */
	uint64_t n, n_printed;
	uint64_t papers[256], blank[256]; /* tiles by the level of their paper; those without print */
	uint64_t ranges[256];             /* printed ones by how far from paper to ink it is */
};

static void
add_tile(struct tiles *t, const struct counts *c)
{
	int paper = percentile(c->levels, c->n, 0.9), range = paper - percentile(c->levels, c->n, 0.01);
	bool printed = range >= LEAST_RANGE;
	add_counts(&t->all, c);
	t->n++;
	t->papers[paper]++;
	t->blank[paper] += !printed;
	if (printed) {
		add_counts(&t->printed, c);
		t->n_printed++;
		t->ranges[range]++;
	}
}

static void
add_tiles(struct tiles *to, const struct tiles *t)
{
	add_counts(&to->all, &t->all);
	to->n += t->n;
	for (int i = 0; i < 256; i++) {
		to->papers[i] += t->papers[i];
		to->blank[i] += t->blank[i];
	}
}

static void
look_at_tiles(PIX *grey, int from, int to, struct tiles *ret)
{
	int w = pixGetWidth(grey), h = pixGetHeight(grey), side = (w < h ? w : h) / TILES / 2 * 2;
	side = side < 16 ? 16 : side;
	for (int y = from; y < to; y += side)
		for (int x = 0; x < w; x += side) {
			struct counts c = {0};
			count(grey, x, x + side < w ? x + side : w, y, y + side < to ? y + side : to, &c);
			add_tile(ret, &c);
		}
}

/* Of a part of the page; -1 where it has nothing to judge by. A shadow across it is not the contrast of its
 * print, and what is dark or noisy without print is not looked at. */
static float
sharpness_of_part(const struct tiles *t)
{
	int paper;
	double range = t->all.n ? range_of(&t->all, &paper) : 0;
	if (range < LEAST_RANGE || (double)t->n_printed < (double)PRINTED * (double)t->n)
		return -1;
	double local = percentile(t->ranges, t->n_printed, 0.9);
	return unit(sharpness_of(&t->printed, local < range ? local : range));
}

static uint64_t
sum_of(const uint64_t counts[256], int from, int to)
{
	uint64_t sum = 0;
	for (int i = from; i < to; i++)
		sum += counts[i];
	return sum;
}

/* Where most of a page is white, a scanner's white has print on it and ends at an edge; a reflection has
 * none, and becomes paper by and by. The share of the page that it takes. */
static float
wide_glare(const struct tiles *t)
{
	uint64_t white = sum_of(t->papers, BURNT, 256), dull = sum_of(t->papers, 0, PAPER_OF_SCAN);
	if (white == 0 || (double)dull < (double)PLAIN_PAPER * (double)t->n)
		return 0;
	int paper = percentile(t->papers, dull, 0.5);
	uint64_t falling =
	    paper + FALLING_LIGHT < BURNT ? sum_of(t->papers, paper + FALLING_LIGHT, BURNT) : 0;
	double white_print = 1 - (double)sum_of(t->blank, BURNT, 256) / (double)white;
	double other_print = 1 - (double)sum_of(t->blank, 0, BURNT) / (double)(t->n - white);
	return (double)falling >= (double)GLARE_TO_TELL * (double)t->n && 3 * white_print < other_print
	           ? unit((double)white / (double)t->n)
	           : 0;
}

struct page_look
page_look_at(struct Pix *grey)
{
	struct tiles page = {0};
	struct page_look look = {0};
	int h = pixGetHeight(grey), paper;
	for (int i = 0; i < 3; i++) {
		struct tiles third = {0};
		look_at_tiles(grey, h * i / 3, h * (i + 1) / 3, &third);
		add_tiles(&page, &third);
		look.thirds[i] = sharpness_of_part(&third);
	}
	struct counts *all = &page.all;
	double range = all->n ? range_of(all, &paper) : 0;
	if (all->n == 0)
		return look;
	struct page_quality *q = &look.quality;
	look.paper = (float)paper;
	q->contrast = unit(range / 200);
	q->sharpness = unit(sharpness_of(all, range));
	q->score = unit(0.1 + 0.9 * (double)q->contrast * unit(1.4 * (double)q->sharpness));
	q->glare = paper < PAPER_OF_SCAN ? unit((double)sum_of(all->levels, BURNT, 256) / (double)all->n)
	                                 : wide_glare(&page);
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
