/* decode.h: what a letter that was read is for certain: its alphabet and case follow from its word. */
#ifndef DOCKET_READER_DECODE_H
#define DOCKET_READER_DECODE_H

#include "weights.h"

struct letter {
	int32_t class;
	int32_t first, last; /* steps */
	float confidence;
	float odds; /* of a stop or a comma: the net's, ln of the other of the two beside it */
};

/* Letters that only one alphabet draws so. */
struct decode_letters {
	uint32_t latin, cyrillic;
};

/* Is a line that lies by itself none, but a speck, a corner of a picture or of a pattern? `height` as a share
 * of the page's usual line's. One or two letters so much lower than print, and not surely read, nearly always
 * are. */
bool decode_is_speck(const struct weights *w, const struct letter *letters, size_t n, float height);

void decode_count(const struct weights *w, const struct letter *letters, size_t n,
                  struct decode_letters *count);

/* Letters that Latin and Cyrillic draw alike take the alphabet of their word, of the line, or of the page. */
void decode_settle_script(const struct weights *w, struct letter *letters, size_t n,
                          struct decode_letters page);

/* What to add to each class's ln P on a page of Latin letters, where a Cyrillic one is unlikely. */
void decode_lean_to_latin(const struct weights *w, float *ret);

/* The next run of letters behind `*to` that is misread if its page is Russian: it has letters that only Latin
 * and letters that only Cyrillic draws so, or is a short word of Latin letters in a line of Cyrillic ones.
 * Its bounds, and what to add to each class's ln P there: the alphabet of most of them, or of most of the
 * line, is likelier. False where there is none. */
bool decode_next_mixed(const struct weights *w, const struct letter *letters, size_t n, size_t *from,
                       size_t *to, float *ret_lean);

/* What closes a quotation is no sign of comparison: "«Ель>". */
void decode_mend_quotes(const struct weights *w, struct letter *letters, size_t n);

/* "000 «Ель»" on a page of Cyrillic letters is a firm: zeros are drawn as its form, ООО, is. Letters have
 * their alphabet. */
void decode_mend_firm(const struct weights *w, struct letter *letters, size_t n, struct decode_letters page);

/* The mark of a number that has one is what the net alone makes of it: the language that the search asks has
 * seen more prices with a stop. For pages of Cyrillic letters. */
void decode_mend_decimals(const struct weights *w, struct letter *letters, size_t n);

/* Letters whose capital is only taller take the case of most of their word, but for its first; of Cyrillic
 * words with a hyphen each part is one. */
void decode_settle_case(const struct weights *w, struct letter *letters, size_t n);

/* For a line as tall as the page's others: where it has small letters only, and all of them drawn as their
 * capitals are, it has capitals only. */
void decode_settle_tall_line(const struct weights *w, struct letter *letters, size_t n);

/* A word and a full stop at the end. */
bool decode_ends_in_stop(const struct weights *w, const struct letter *letters, size_t n);

/* A low hyphen of an old face looks like the full stop that it is read as. `odds`: the net's, ln of the
 * hyphen's beside the stop's; `next`: the line that follows in the column. */
void decode_mend_hyphen(const struct weights *w, struct letter *letters, size_t n, float odds,
                        const struct letter *next, size_t n_next);

/* 0 where the alphabet has no such character. */
int32_t decode_class(const struct weights *w, const char *character);

/* The comma's class for a stop, the stop's for a comma; 0 for anything else. */
int32_t decode_other_mark(const struct weights *w, const struct letter *l);

bool decode_is_space(const struct weights *w, const struct letter *l);
bool decode_is_capital(const struct weights *w, const struct letter *l);

/* The letter's other case where that is drawn alike but for its size; 0 where shapes differ. */
int32_t decode_other_case(const struct weights *w, const struct letter *l);

#endif
