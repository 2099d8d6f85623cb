/* decode.h: the net's scores to characters: the best class of every step, repeats and blanks dropped. */
#ifndef DOCKET_READER_DECODE_H
#define DOCKET_READER_DECODE_H

#include "weights.h"

struct letter {
	int32_t class;
	int32_t first, last; /* steps */
	float confidence;
};

/* `ret` holds as many letters as there are steps. Returns how many there are. */
size_t decode_steps(const float *scores, int32_t steps, size_t stride, int32_t classes, struct letter *ret);

/* Letters that Latin and Cyrillic draw alike take the alphabet of their word, or of the line. */
void decode_settle_script(const struct weights *w, struct letter *letters, size_t n);

/* Letters whose capital is only taller take the case of most of their word, but for its first. */
void decode_settle_case(const struct weights *w, struct letter *letters, size_t n);

bool decode_is_space(const struct weights *w, const struct letter *l);

#endif
