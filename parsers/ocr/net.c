#include "net.h"

#include "own.h"

#define ALIGN_FLOATS 16

/* A buffer holds `rows` x `columns` x `channels` within a border of zeros, which is what the next
 * layer's padding reads. */
struct shape {
	int32_t rows, columns, channels, pad_y, pad_x;
};

static size_t
row_size(struct shape s)
{
	return (size_t)(s.columns + 2 * s.pad_x) * (size_t)s.channels;
}

static size_t
buffer_size(struct shape s)
{
	size_t n = (size_t)(s.rows + 2 * s.pad_y) * row_size(s);
	return (n + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

static size_t
inner(struct shape s)
{
	return (size_t)s.pad_y * row_size(s) + (size_t)s.pad_x * (size_t)s.channels;
}

static struct shape
input_shape(const struct weights *w, int32_t columns)
{
	return (struct shape){w->rows, columns, 1, w->layers[0].pad_y, w->layers[0].pad_x};
}

static struct shape
output_shape(const struct weights *w, int32_t i, int32_t in_columns)
{
	const struct layer *l = &w->layers[i], *next = i + 1 < w->n_layers ? l + 1 : NULL;
	return (struct shape){
	    .rows = l->out_rows,
	    .columns = (in_columns - 1) / l->step_x + 1,
	    .channels = l->out,
	    .pad_y = next ? next->pad_y : 0,
	    .pad_x = next ? next->pad_x : 0,
	};
}

static size_t
lay_out(struct net_run *n, int32_t columns)
{
	size_t at = 0;
	n->input_at = at;
	at += buffer_size(input_shape(n->w, columns));
	for (int32_t i = 0, c = columns; i < n->w->n_layers; i++) {
		struct shape s = output_shape(n->w, i, c);
		n->at[i] = at;
		at += buffer_size(s);
		c = s.columns;
	}
	return at;
}

/* Inputs of the rows that one row of an output is made of, for the layer that has the most. */
static size_t
most_inputs(const struct weights *w, int32_t columns)
{
	struct shape in = input_shape(w, columns);
	size_t most = 0;
	for (int32_t i = 0; i < w->n_layers; i++) {
		size_t n = row_size(in) * (size_t)w->layers[i].rows;
		most = n > most ? n : most;
		in = output_shape(w, i, in.columns);
	}
	return most;
}

enum err
net_run_init(const struct weights *w, const struct kernels *k, int32_t max_columns, struct net_run *ret,
             struct why *why)
{
	*ret = (struct net_run){.w = w, .k = k, .max_columns = max_columns};
	ret->size = lay_out(ret, max_columns);
	if (ret->size > 512 * MIB / sizeof(float))
		return fail(why, ERR_MODEL_UNAVAILABLE, "reader weights: the net is too large to run");
	ret->memory = aligned_alloc(64, ret->size * sizeof(float));
	ret->spare = malloc((most_inputs(w, max_columns) + 1) * sizeof *ret->spare);
	return ret->memory && ret->spare ? ERR_NONE
	                                 : fail(why, ERR_PARSER_MEMORY, "no memory to run the reader");
}

void
net_run_release(struct net_run *n)
{
	free(n->memory);
	free(n->spare);
	n->memory = NULL;
	n->spare = NULL;
}

static void
clear_border(float *buffer, struct shape s)
{
	size_t row = row_size(s), side = (size_t)s.pad_x * (size_t)s.channels;
	for (int32_t y = 0; y < s.rows + 2 * s.pad_y; y++) {
		float *p = buffer + (size_t)y * row;
		if (y < s.pad_y || y >= s.pad_y + s.rows) {
			memset(p, 0, row * sizeof *p);
			continue;
		}
		memset(p, 0, side * sizeof *p);
		memset(p + row - side, 0, side * sizeof *p);
	}
}

float *
net_input(struct net_run *n, int32_t columns, size_t *ret_stride)
{
	if (columns < 1 || columns > n->max_columns)
		BUG("a line of %d columns", columns);
	lay_out(n, columns);
	struct shape s = input_shape(n->w, columns);
	clear_border(n->memory + n->input_at, s);
	*ret_stride = row_size(s);
	return n->memory + n->input_at + inner(s);
}

static void
run_conv(const struct net_run *n, const struct layer *l, const float *in, struct shape si, const float *add,
         struct shape sa, float *out, struct shape so)
{
	/* from the inner corner back to where the kernel's first tap reads */
	const float *first = in + inner(si) - (size_t)l->pad_y * row_size(si) - (size_t)(l->pad_x * l->in);
	for (int32_t y = 0; y < so.rows; y++) {
		n->k->conv(&(struct conv_row){
		    .in = first + (size_t)(y * l->step_y) * row_size(si),
		    .step = (size_t)(l->step_x * l->in),
		    .run = (size_t)(l->columns * l->in),
		    .runs = (size_t)l->rows,
		    .run_step = row_size(si),
		    .weights = l->pairs,
		    .bias = l->bias,
		    .add = add ? add + inner(sa) + (size_t)y * row_size(sa) : NULL,
		    .rectify = l->rectify,
		    .out = out + inner(so) + (size_t)y * row_size(so),
		    .out_step = (size_t)l->out,
		    .columns = (size_t)so.columns,
		    .spare = n->spare,
		});
	}
}

static void
run_depthwise(const struct net_run *n, const struct layer *l, const float *in, struct shape si, float *out,
              struct shape so)
{
	for (int32_t y = 0; y < so.rows; y++) {
		n->k->depthwise(&(struct depthwise_row){
		    .in = in + inner(si) + (size_t)y * row_size(si) - (size_t)(l->pad_x * l->in),
		    .weights = l->taps,
		    .bias = l->bias,
		    .out = out + inner(so) + (size_t)y * row_size(so),
		    .channels = (size_t)l->out,
		    .taps = (size_t)l->columns,
		    .columns = (size_t)so.columns,
		});
	}
}

float *
net_forward(struct net_run *n, int32_t columns, int32_t *ret_steps, size_t *ret_stride)
{
	struct shape shapes[WEIGHTS_MAX_LAYERS];
	struct shape si = input_shape(n->w, columns);
	const float *in = n->memory + n->input_at;
	for (int32_t i = 0; i < n->w->n_layers; i++) {
		const struct layer *l = &n->w->layers[i];
		float *out = n->memory + n->at[i];
		shapes[i] = output_shape(n->w, i, si.columns);
		clear_border(out, shapes[i]);
		if (l->kind == LAYER_DEPTHWISE)
			run_depthwise(n, l, in, si, out, shapes[i]);
		else if (l->add >= 0)
			run_conv(n, l, in, si, n->memory + n->at[l->add], shapes[l->add], out, shapes[i]);
		else
			run_conv(n, l, in, si, NULL, si, out, shapes[i]);
		in = out;
		si = shapes[i];
	}
	*ret_steps = si.columns;
	*ret_stride = (size_t)si.channels;
	return n->memory + n->at[n->w->n_layers - 1];
}
