/* AVX-512 with bfloat16 products: twice the multiplications an instruction. Inputs are rounded to
 * bfloat16 a row at a time; sums stay 32-bit floats. */
#define LANES 16
#define WIDE  2
#define TILE  10
#include "kernels_body.h"

#include <immintrin.h>
#include <string.h>

/* A row of floats as bfloat16, rounded to the nearest. */
static void
rounded(const float *in, size_t n, uint16_t *out)
{
	for (size_t i = 0; i < n; i += 16) {
		__mmask16 some = n - i < 16 ? (__mmask16)((1U << (n - i)) - 1) : 0xffff;
		__m256bh v = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, in + i));
		_mm256_mask_storeu_epi16(out + i, some, (__m256i)v);
	}
}

/* As conv_tile() of kernels_body.h, two inputs at a time. */
INLINE void
pairs_tile(const struct conv_row *r, size_t row, size_t column, size_t panel, const size_t tile,
           const size_t panels)
{
	const size_t pairs = r->run / 2, depth = pairs * r->runs;
	const uint16_t *in = r->spare + column * r->step;
	const uint32_t *w = r->weights + panel * depth * PANEL_SIZE;
	__m512 sum[TILE][WIDE];

#pragma GCC unroll 16
	for (size_t t = 0; t < tile; t++)
#pragma GCC unroll 16
		for (size_t v = 0; v < panels; v++)
			sum[t][v] = _mm512_loadu_ps(r->bias + (panel + v) * PANEL_SIZE);

	for (size_t k = 0; k < r->runs; k++, in += row) {
		for (size_t i = 0; i < pairs; i++, w += PANEL_SIZE) {
			__m512bh m[WIDE];
#pragma GCC unroll 16
			for (size_t v = 0; v < panels; v++)
				m[v] = (__m512bh)_mm512_loadu_si512(w + v * depth * PANEL_SIZE);
#pragma GCC unroll 16
			for (size_t t = 0; t < tile; t++) {
				int two;
				memcpy(&two, in + t * r->step + 2 * i, sizeof two);
#pragma GCC unroll 16
				for (size_t v = 0; v < panels; v++)
					sum[t][v] = _mm512_dpbf16_ps(sum[t][v], m[v],
					                             (__m512bh)_mm512_set1_epi32(two));
			}
		}
	}

#pragma GCC unroll 16
	for (size_t t = 0; t < tile; t++) {
		size_t at = (column + t) * r->out_step + panel * PANEL_SIZE;
#pragma GCC unroll 16
		for (size_t v = 0; v < panels; v++) {
			vec s = (vec)sum[t][v];
			if (r->add)
				s += load(r->add + at + v * PANEL_SIZE);
			*(vec *)(r->out + at + v * PANEL_SIZE) = r->rectify ? rectified(s) : s;
		}
	}
}

INLINE void
pairs_panels(const struct conv_row *r, size_t row, size_t panel, const size_t panels)
{
	size_t c = 0;
	for (; c + TILE <= r->columns; c += TILE)
		pairs_tile(r, row, c, panel, TILE, panels);
	if (c < r->columns && r->columns >= TILE)
		pairs_tile(r, row, r->columns - TILE, panel, TILE, panels);
	else
		for (; c < r->columns; c++)
			pairs_tile(r, row, c, panel, 1, panels);
}

static void
conv_pairs(const struct conv_row *r)
{
	if (r->run % 2 || r->step % 2) { /* the first layer: one channel */
		conv(r);
		return;
	}
	size_t row = (r->columns - 1) * r->step + r->run;
	for (size_t k = 0; k < r->runs; k++)
		rounded(r->in + k * r->run_step, row, r->spare + k * row);
	size_t panels = r->out_step / PANEL_SIZE, p = 0;
	for (; p + WIDE <= panels; p += WIDE)
		pairs_panels(r, row, p, WIDE);
	for (; p < panels; p++)
		pairs_panels(r, row, p, 1);
}

const struct kernels kernels_bf16 = {conv_pairs, depthwise};
