/* dash.h: long dashes in a line's picture. The net has seen few of them and takes them for spaces; the
 * picture leaves no doubt.
 */
#ifndef DOCKET_READER_DASH_H
#define DOCKET_READER_DASH_H

#include "err.h"

#include <stdint.h>

#define DASH_MOST 16 /* told of one line */

struct dash {
	int32_t from, to;                  /* columns */
	bool joined_before, joined_behind; /* letters stand there with no space between */
};

/* `in`: rows x columns of ink as crop.h makes it. `unit`: columns that are as long as one row is high.
 * Returns how many there are. */
size_t dash_find(const float *in, size_t stride, int32_t rows, int32_t columns, float unit,
                 struct dash ret[static DASH_MOST]);

#endif
