/* ink.h: how high a line's letters stand, measured on its crop. The net sees a cell of a table by itself,
 * where nothing tells "шт" from "ШТ"; the picture has figures beside it. Letters are measured on pages of
 * Cyrillic letters only: half of those have capitals of the same shape. */
#ifndef DOCKET_READER_INK_H
#define DOCKET_READER_INK_H

#include "decode.h"

/* Of a column: its first and last row with ink, rules along the line left out. None: top > bottom. */
struct ink {
	uint8_t top, bottom;
	bool any;     /* rules counted */
	bool through; /* from the first row to the last, be it grey */
};

/* How high capitals and figures, and small letters without a stem, rise above the foot of a line, in rows of
 * its crop; 0 where it has none. */
struct gauge {
	float foot, tall, low;
};

/* Columns of a crop, paper near 0 and ink near 1. What crosses nearly all of it is a rule. */
void ink_measure(const float *in, size_t stride, int32_t rows, int32_t columns, struct ink *ret);

/* By the letters whose case is certain. False where there are none. */
bool ink_gauge(const struct weights *w, const struct letter *letters, size_t n, const struct ink *ink,
               int32_t columns, struct gauge *ret);

/* How high small letters are beside capitals, by all `n` lines of a page that tell both. */
float ink_proportion(const struct gauge *lines, size_t n);

/* Fills in what a line does not tell. False where the two heights are no capitals' and small letters'. */
bool ink_complete(const struct weights *w, float proportion, struct gauge *gauge);

/* The foot of letters of any kind; false where there is no ink. */
bool ink_foot(const struct weights *w, const struct letter *letters, size_t n, const struct ink *ink,
              int32_t columns, float *ret);

/* Cyrillic letters whose capital is only taller are capitals or small as they are high, where that is plain.
 */
void ink_settle_case(const struct weights *w, struct letter *letters, size_t n, const struct ink *ink,
                     int32_t columns, const struct gauge *gauge);

/* Leaves out bars that run through all of the crop: they are the rules of a table. */
void ink_drop_rules(const struct weights *w, struct letter *letters, size_t *n, const struct ink *ink,
                    int32_t columns);

#endif
