/* net.h: one line's picture through the layers. */
#ifndef DOCKET_READER_NET_H
#define DOCKET_READER_NET_H

#include "kernels.h"
#include "weights.h"

#define NET_MAX_COLUMNS 2048 /* of a line at the net's height; wider ones are cut by the caller */

/* The layers' outputs of one line, made once a page for its widest line. */
struct net_run {
	const struct weights *w;
	const struct kernels *k;
	float *memory;
	uint16_t *spare;                         /* the kernels' own */
	size_t size;                             /* of memory, in numbers */
	size_t input_at, at[WEIGHTS_MAX_LAYERS]; /* offsets for the width in hand */
	int32_t max_columns;
};

enum err net_run_init(const struct weights *w, const struct kernels *k, int32_t max_columns,
                      struct net_run *ret, struct why *why) MUST_CHECK;
void net_run_release(struct net_run *n);

/* Where to put the picture before net_forward(): row y begins at the pointer + y * *ret_stride. */
float *net_input(struct net_run *n, int32_t columns, size_t *ret_stride);

/* `columns` as given to net_input(). The answer: *ret_steps rows of *ret_stride scores, classes first. */
float *net_forward(struct net_run *n, int32_t columns, int32_t *ret_steps, size_t *ret_stride);

#endif
