#include "crop.h"

#include <math.h>

#define PAPER_SHARE    0.85
#define LEAST_CONTRAST 24.0F

int32_t
crop_columns(const struct found_line *l, int32_t rows, int32_t most)
{
	float scale = (float)rows / (l->height * (1 + 2 * CROP_MARGIN_Y));
	float columns = roundf((l->length + 2 * CROP_MARGIN_X * l->height) * scale);
	return columns < 16 ? 16 : columns > (float)most ? most : (int32_t)columns;
}

static int32_t
clamp(int32_t v, int32_t most)
{
	return v < 0 ? 0 : v > most ? most : v;
}

static float
sample(const struct reader_page *p, float x, float y)
{
	float fx = floorf(x), fy = floorf(y), dx = x - fx, dy = y - fy;
	int32_t x0 = clamp((int32_t)fx, p->width - 1), x1 = clamp((int32_t)fx + 1, p->width - 1);
	const uint8_t *a = p->pixels + (size_t)clamp((int32_t)fy, p->height - 1) * p->stride;
	const uint8_t *b = p->pixels + (size_t)clamp((int32_t)fy + 1, p->height - 1) * p->stride;
	float top = (float)a[x0] + dx * (float)(a[x1] - a[x0]);
	float bottom = (float)b[x0] + dx * (float)(b[x1] - b[x0]);
	return top + dy * (bottom - top);
}

void
crop_contrast(const uint8_t *grey, int32_t rows, int32_t columns, float *out, size_t stride)
{
	size_t count[256] = {0}, n = (size_t)rows * (size_t)columns;
	for (size_t i = 0; i < n; i++)
		count[grey[i]]++;
	int32_t ink = 0, paper = 0;
	while (ink < 255 && !count[ink])
		ink++;
	size_t rank = (size_t)(PAPER_SHARE * (double)(n - 1)), below = 0;
	for (paper = 0; paper < 255 && below + count[paper] <= rank; paper++)
		below += count[paper];
	float range = (float)(paper - ink) > LEAST_CONTRAST ? (float)(paper - ink) : LEAST_CONTRAST;
	float level[256];
	for (int32_t v = 0; v < 256; v++) {
		float x = (float)(paper - v) / range;
		level[v] = x < -0.3F ? -0.3F : x > 1.2F ? 1.2F : x;
	}
	for (int32_t y = 0; y < rows; y++)
		for (int32_t x = 0; x < columns; x++)
			out[(size_t)y * stride + (size_t)x] =
			    level[grey[(size_t)y * (size_t)columns + (size_t)x]];
}

/* Where the print is larger than the net's rows, several samples make one pixel. */
static int32_t
samples_for(float step)
{
	return step > 3 ? 4 : step > 2 ? 3 : step > 1.3F ? 2 : 1;
}

void
crop_line(const struct reader_page *page, const struct found_line *l, int32_t rows, int32_t columns,
          uint8_t *scratch, float *out, size_t stride)
{
	float side = CROP_MARGIN_X * l->height, top = CROP_MARGIN_Y * l->height;
	float step_y = (l->height + 2 * top) / (float)rows, step_x = (l->length + 2 * side) / (float)columns;
	float c = cosf(l->angle), s = sinf(l->angle);
	int32_t n = samples_for(step_y > step_x ? step_y : step_x);
	for (int32_t v = 0; v < rows; v++) {
		for (int32_t u = 0; u < columns; u++) {
			float sum = 0;
			for (int32_t k = 0; k < n * n; k++) {
				float a = ((float)u + ((float)(k % n) + .5F) / (float)n) * step_x - side;
				float b = ((float)v + ((float)(k / n) + .5F) / (float)n) * step_y - top;
				sum += sample(page, l->x + a * c - b * s - .5F, l->y + a * s + b * c - .5F);
			}
			scratch[(size_t)v * (size_t)columns + (size_t)u] =
			    (uint8_t)(sum / (float)(n * n) + .5F);
		}
	}
	crop_contrast(scratch, rows, columns, out, stride);
}
