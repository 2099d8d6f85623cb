#include "page_read.h"

#include <leptonica/allheaders.h>

/* The grey level below which `share` of the counts lie. */
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

/* Contrast: from the darkest half percent (the ink) to the middle of the rest (the paper).
 * Sharpness: how much of that range the steepest one percent of edges crosses in two pixels; print in
 * focus crosses most of it, a blurred photo takes many pixels to. */
struct page_quality
page_quality_of(struct Pix *grey)
{
	uint64_t levels[256] = {0}, steps[256] = {0}, n = 0, n_steps = 0;
	int w = pixGetWidth(grey), h = pixGetHeight(grey), wpl = pixGetWpl(grey);
	for (int y = 0; y < h; y += 2) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++) {
			int v = GET_DATA_BYTE(row, x);
			levels[v]++;
			n++;
			if (x >= 2) {
				int step = v - GET_DATA_BYTE(row, x - 2);
				steps[step < 0 ? -step : step]++;
				n_steps++;
			}
		}
	}
	int ink = percentile(levels, n, 0.005), paper = percentile(levels, n, 0.6);
	double range = paper - ink;
	struct page_quality q = {.contrast = unit(range / 200)};
	q.sharpness = range < 8 ? 0 : unit(percentile(steps, n_steps, 0.99) / range);
	q.score = unit(0.1 + 0.9 * (double)q.contrast * unit(1.4 * (double)q.sharpness));
	return q;
}
