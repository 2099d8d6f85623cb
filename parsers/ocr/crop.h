/* crop.h: a line of a page as the net wants it: 32 rows, paper near 0, ink near 1. */
#ifndef DOCKET_READER_CROP_H
#define DOCKET_READER_CROP_H

#include "finder.h"
#include "reader.h"

/* The same margins as ml-inference/train/ocr/lines.py. */
#define CROP_MARGIN_Y 0.08F
#define CROP_MARGIN_X 0.12F

/* Columns that the line takes at `rows` rows, margins included; at least 16, at most `most`. Where its
 * letters stand closer than the net can tell apart it is drawn wider than it is. */
int32_t crop_columns(const struct found_line *l, int32_t rows, int32_t most);

/* Fills rows x columns; `scratch` holds as many bytes. */
void crop_line(const struct reader_page *page, const struct found_line *l, int32_t rows, int32_t columns,
               uint8_t *scratch, float *out, size_t stride);

/* Grey levels to ink: the 85th percentile is paper, the darkest ink. */
void crop_contrast(const uint8_t *grey, int32_t rows, int32_t columns, float *out, size_t stride);

#endif
