/* kernels.h: the two loops that the net spends its time in, once for each kind of processor.
 *
 * A convolution over channels-last rows is a matrix product whose rows overlap: for every kernel row
 * the inputs of one output lie in a run, and the next output's run begins `step` numbers later. So
 * one kernel serves 3x3, 4x1 and 1x1 layers alike.
 */
#ifndef DOCKET_READER_KERNELS_H
#define DOCKET_READER_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conv_row {
	const float *in;         /* first input of the first output */
	size_t step;             /* numbers from one output's inputs to the next's */
	size_t run, runs;        /* inputs in a run, runs (kernel rows) */
	size_t run_step;         /* numbers from a run to the next */
	const uint32_t *weights; /* panels of 16 outputs, as weights.h lays them out */
	const float *bias;
	const float *add; /* added before rectifying, laid out as `out`; may be NULL */
	bool rectify;
	float *out;
	size_t out_step; /* channels of the output, a multiple of 16 */
	size_t columns;  /* outputs in the row */
	uint16_t *spare; /* room for `runs` rows of inputs, run + (columns - 1) * step each */
};

struct depthwise_row {
	const float *in; /* the first tap of the first output */
	const float *weights, *bias;
	float *out;
	size_t channels, taps, columns;
};

struct kernels {
	void (*conv)(const struct conv_row *r);
	void (*depthwise)(const struct depthwise_row *r);
};

extern const struct kernels kernels_plain;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2, kernels_avx512, kernels_bf16;
#endif

/* The fastest that this processor runs. */
const struct kernels *kernels_choose(void);

#endif
