/* weights.h: the file of the net: a list of layers, each with its numbers ready to multiply, and of the
 * language model (language.h).
 *
 * Little-endian. A head of 128 bytes, the alphabet, the symbols, the layers, the numbers, the slots of the
 * language; what comes after the alphabet is aligned to 64 bytes:
 *
 *	0   "DKTREAD3"          8  version text, 24 bytes, NUL-filled    32 sha256 of all that follows 64
 *	64  u32 rows, u32 classes, u32 alphabet bytes, u32 layers, u64 offset of the numbers, u64 file size
 *	96  u64 offset of the slots, u64 number of slots (a power of two; 0: no language model), zeros
 *	128 the alphabet: classes - 1 characters in UTF-8, class 1 first
 *	    the symbols: a byte for each class, what it is to the language
 *	    the layers: WEIGHTS_LAYER_SIZE bytes each
 *
 * Weights of a convolution are bfloat16, the upper half of a float. They lie in panels of 16 outputs and in
 * pairs of inputs: [outputs / 16][kernel rows][(kernel columns * inputs + 1) / 2][16][2], so that a kernel of
 * any vector width reads them in order, with or without instructions for bfloat16; an odd last input is
 * paired with zero. Biases and depthwise weights, [kernel columns][channels], are floats.
 */
#ifndef DOCKET_READER_WEIGHTS_H
#define DOCKET_READER_WEIGHTS_H

#include "err.h"
#include "language.h"

#include <stdint.h>

#define WEIGHTS_MAGIC       "DKTREAD3"
#define WEIGHTS_HEAD        128
#define WEIGHTS_LAYER_SIZE  64
#define WEIGHTS_MAX_LAYERS  64
#define WEIGHTS_MAX_CLASSES 1024
#define PANEL               16 /* outputs computed together */

enum layer_kind { LAYER_CONV = 1, LAYER_DEPTHWISE = 2 };

struct layer {
	enum layer_kind kind;
	int32_t in, out; /* channels; `out` is a multiple of PANEL */
	int32_t rows, columns;
	int32_t step_y, step_x;
	int32_t pad_y, pad_x;
	int32_t add;           /* the layer whose output is added, or -1 */
	bool rectify;          /* negative becomes zero, after adding */
	const uint32_t *pairs; /* of a convolution */
	const float *taps;     /* of a depthwise layer */
	const float *bias;
	/* derived: rows of its output for the net's fixed input height */
	int32_t out_rows;
};

struct weights {
	const uint8_t *map; /* NULL when the bytes are the caller's */
	size_t size;
	char version[25];
	int32_t rows, classes;
	struct layer layers[WEIGHTS_MAX_LAYERS];
	int32_t n_layers;
	char alphabet[WEIGHTS_MAX_CLASSES][5]; /* UTF-8 of each class; [0] is blank */
	const uint8_t *symbol;                 /* of each class */
	struct language language;
};

/* Check everything that running the net relies on: offsets, shapes that follow from each other, and the
 * digest. */
enum err weights_parse(const uint8_t *p, size_t n, struct weights *ret, struct why *why) MUST_CHECK;
enum err weights_map(const char *path, struct weights *ret, struct why *why) MUST_CHECK;
void weights_release(struct weights *w);

#endif
