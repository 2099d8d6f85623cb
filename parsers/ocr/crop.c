#include "crop.h"

#include <math.h>

#define PAPER_SHARE    0.85
#define LEAST_PITCH    23.0F
#define MOST_STRETCH   1.6F
#define LEAST_CONTRAST 24.0F

/* The net says a letter every four columns, and needs a blank between two of the same: the narrow letters of
 * a proportional font and the spaces beside them are lost unless they are drawn wider. */
static float
stretch_of(float pitch)
{
	float stretch = pitch > 0 ? LEAST_PITCH / pitch : 1;
	return stretch < 1 ? 1 : stretch > MOST_STRETCH ? MOST_STRETCH : stretch;
}

int32_t
crop_columns(const struct found_line *l, int32_t rows, int32_t most)
{
	float scale = (float)rows / (l->height * (1 + 2 * CROP_MARGIN_Y));
	float columns =
	    roundf((l->length + 2 * CROP_MARGIN_X * l->height) * scale * stretch_of(l->pitch * scale));
	return columns < 16 ? 16 : columns > (float)most ? most : (int32_t)columns;
}

static int32_t
clamp(int64_t v, int32_t most)
{
	return v < 0 ? 0 : v > most ? most : (int32_t)v;
}

/* The grey level between four pixels, times 65536. `x` and `y` are in 65536ths of a pixel. */
static uint32_t
sample(const struct reader_page *p, int64_t x, int64_t y)
{
	int64_t x0 = x >> 16, y0 = y >> 16;
	uint32_t dx = (uint32_t)(x >> 8) & 255, dy = (uint32_t)(y >> 8) & 255;
	int32_t left = clamp(x0, p->width - 1), right = clamp(x0 + 1, p->width - 1);
	const uint8_t *a = p->pixels + (size_t)clamp(y0, p->height - 1) * p->stride;
	const uint8_t *b = p->pixels + (size_t)clamp(y0 + 1, p->height - 1) * p->stride;
	uint32_t top = a[left] * (256 - dx) + a[right] * dx;
	uint32_t bottom = b[left] * (256 - dx) + b[right] * dx;
	return top * (256 - dy) + bottom * dy;
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
	/* steps along the line and across it from sample to sample, in 65536ths of a pixel */
	float unit = 65536 / (float)n;
	int64_t along_x = (int64_t)(step_x * c * unit), along_y = (int64_t)(step_x * s * unit);
	int64_t across_x = (int64_t)(-step_y * s * unit), across_y = (int64_t)(step_y * c * unit);
	uint32_t whole = (uint32_t)(n * n) * 65536;
	for (int32_t v = 0; v < rows; v++) {
		/* each row starts from where it is, so that rounding does not add up over rows */
		float a = .5F / (float)n * step_x - side, b = ((float)v + .5F / (float)n) * step_y - top;
		int64_t x = (int64_t)((l->x + a * c - b * s - .5F) * 65536);
		int64_t y = (int64_t)((l->y + a * s + b * c - .5F) * 65536);
		for (int32_t u = 0; u < columns; u++) {
			uint32_t sum = whole / 2;
			for (int32_t k = 0; k < n; k++, x += along_x, y += along_y)
				for (int32_t i = 0; i < n; i++)
					sum += sample(page, x + i * across_x, y + i * across_y);
			scratch[(size_t)v * (size_t)columns + (size_t)u] = (uint8_t)(sum / whole);
		}
	}
	crop_contrast(scratch, rows, columns, out, stride);
}
