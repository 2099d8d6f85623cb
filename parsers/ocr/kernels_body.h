/* kernels_body.h: the kernels' text, compiled by kernels_*.c for one kind of processor each.
 *
 *	LANES   numbers in a vector
 *	WIDE    panels of 16 outputs taken together where there are as many
 *	TILE    outputs along the row taken together: WIDE * 16 / LANES * TILE sums live in registers
 *
 * A row whose length is no multiple of TILE ends with a tile that overlaps the one before: the
 * outputs in common are computed twice, to the same value.
 */
#include "kernels.h"

typedef float vec __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int mask __attribute__((vector_size(LANES * 4), aligned(4)));
typedef unsigned int words __attribute__((vector_size(LANES * 4), aligned(4)));

#define PANEL_SIZE 16
#define VECTORS    (PANEL_SIZE / LANES)
#define INLINE     static inline __attribute__((always_inline))

INLINE vec
load(const float *p)
{
	return *(const vec *)p;
}

INLINE vec
rectified(vec v)
{
	return (vec)((mask)v & (mask)(v > 0));
}

/* Weights are pairs of bfloat16, for an even input and the odd one behind it: the upper halves of floats. */
INLINE vec
even(words w)
{
	return (vec)(w << 16);
}

INLINE vec
odd(words w)
{
	return (vec)(w & 0xffff0000U);
}

/* `tile` outputs of `panels` panels. Both are constants where it is called, so every loop over them
 * unrolls and `sum` stays in registers. */
INLINE void
conv_tile(const struct conv_row *r, size_t column, size_t panel, const size_t tile, const size_t panels)
{
	const size_t depth = (r->run + 1) / 2 * r->runs;
	const float *in = r->in + column * r->step;
	const uint32_t *w = r->weights + panel * depth * PANEL_SIZE;
	vec sum[TILE][WIDE * VECTORS];

#pragma GCC unroll 16
	for (size_t t = 0; t < tile; t++)
#pragma GCC unroll 16
		for (size_t v = 0; v < panels * VECTORS; v++)
			sum[t][v] = load(r->bias + panel * PANEL_SIZE + v * LANES);

	for (size_t k = 0; k < r->runs; k++, in += r->run_step) {
		for (size_t i = 0; i < r->run; i += 2, w += PANEL_SIZE) {
			words m[WIDE * VECTORS];
#pragma GCC unroll 16
			for (size_t v = 0; v < panels * VECTORS; v++)
				m[v] = *(const words *)(w + v / VECTORS * depth * PANEL_SIZE +
				                        v % VECTORS * LANES);
#pragma GCC unroll 16
			for (size_t t = 0; t < tile; t++)
#pragma GCC unroll 16
				for (size_t v = 0; v < panels * VECTORS; v++)
					sum[t][v] += even(m[v]) * in[t * r->step + i];
			if (i + 1 == r->run)
				continue;
#pragma GCC unroll 16
			for (size_t t = 0; t < tile; t++)
#pragma GCC unroll 16
				for (size_t v = 0; v < panels * VECTORS; v++)
					sum[t][v] += odd(m[v]) * in[t * r->step + i + 1];
		}
	}

#pragma GCC unroll 16
	for (size_t t = 0; t < tile; t++) {
		size_t at = (column + t) * r->out_step + panel * PANEL_SIZE;
#pragma GCC unroll 16
		for (size_t v = 0; v < panels * VECTORS; v++) {
			vec s = sum[t][v];
			if (r->add)
				s += load(r->add + at + v * LANES);
			*(vec *)(r->out + at + v * LANES) = r->rectify ? rectified(s) : s;
		}
	}
}

INLINE void
conv_panels(const struct conv_row *r, size_t panel, const size_t panels)
{
	if (r->columns < TILE) {
		for (size_t c = 0; c < r->columns; c++)
			conv_tile(r, c, panel, 1, panels);
		return;
	}
	size_t c = 0;
	for (; c + TILE <= r->columns; c += TILE)
		conv_tile(r, c, panel, TILE, panels);
	if (c < r->columns)
		conv_tile(r, r->columns - TILE, panel, TILE, panels);
}

static void
conv(const struct conv_row *r)
{
	size_t panels = r->out_step / PANEL_SIZE, p = 0;
	for (; p + WIDE <= panels; p += WIDE)
		conv_panels(r, p, WIDE);
	for (; p < panels; p++)
		conv_panels(r, p, 1);
}

static void
depthwise(const struct depthwise_row *r)
{
	for (size_t c = 0; c < r->columns; c++) {
		const float *in = r->in + c * r->channels;
		float *out = r->out + c * r->channels;
		for (size_t v = 0; v < r->channels; v += LANES) {
			vec s = load(r->bias + v);
			for (size_t k = 0; k < r->taps; k++)
				s += load(in + k * r->channels + v) * load(r->weights + k * r->channels + v);
			*(vec *)(out + v) = s;
		}
	}
}
