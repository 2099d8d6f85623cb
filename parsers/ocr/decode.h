/* decode.h: what a letter that was read is for certain: its alphabet and case follow from its word. */
#ifndef DOCKET_READER_DECODE_H
#define DOCKET_READER_DECODE_H

#include "weights.h"

struct letter {
	int32_t class;
	int32_t first, last; /* steps */
	float confidence;
};

/* Letters that Latin and Cyrillic draw alike take the alphabet of their word, of the line, or of the
 * page's lines before it: `page` counts those, Latin ones up, and begins at 0. */
void decode_settle_script(const struct weights *w, struct letter *letters, size_t n, int32_t *page);

/* Letters whose capital is only taller take the case of most of their word, but for its first. */
void decode_settle_case(const struct weights *w, struct letter *letters, size_t n);

bool decode_is_space(const struct weights *w, const struct letter *l);

#endif
