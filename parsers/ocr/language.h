/* language.h: how likely a character is after those before it: an n-gram model in a hash table.
 *
 * It speaks of symbols: case, digits and letters that Latin and Cyrillic draw alike are one symbol
 * each, so that it helps where shapes are unsure and has no say in what number it is. Made by
 * ml-inference/train/ocr/language.py; a part of the file of weights, read in place.
 */
#ifndef DOCKET_READER_LANGUAGE_H
#define DOCKET_READER_LANGUAGE_H

#include <stdint.h>

#define LANGUAGE_ORDER 6  /* symbols of the longest n-gram, the last one included */
#define LANGUAGE_SPACE 1  /* the symbol of a space; a line begins after one */
#define LANGUAGE_DIGIT 2  /* of all digits */
#define LANGUAGE_UNIT  16 /* steps of a stored number in one nat */
#define LANGUAGE_TRIES 64 /* slots that one n-gram may be away from its own */
#define LANGUAGE_WORST 14.0F

/* A slot: the n-gram, 6 symbols of 8 bits, the last one lowest, then -ln P of its last symbol, then -ln of
 * the weight that it has as a context for what has not been seen behind it. Zero is empty. */
struct language {
	const uint64_t *slots; /* NULL: no model, every symbol is as likely as any other */
	uint64_t n;            /* a power of two */
};

/* -ln P(symbol | history), nats. The last symbol of `history` is its lowest byte. */
float language_cost(const struct language *l, uint64_t history, uint8_t symbol);

static inline uint64_t
language_add(uint64_t history, uint8_t symbol)
{
	return (history << 8 | symbol) & 0xffffffffff;
}

#endif
