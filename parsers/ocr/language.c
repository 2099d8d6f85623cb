#include "language.h"

#include <stddef.h>

static uint64_t
find(const struct language *l, uint64_t gram)
{
	/* after splitmix64 by S. Vigna, whose last step a table does not need */
	uint64_t h = (gram ^ gram >> 23) * 0x9e3779b97f4a7c15U;
	uint64_t at = ((h ^ h >> 29) * 0xbf58476d1ce4e5b9U) >> 32;
	for (uint64_t k = 0; k < LANGUAGE_TRIES; k++) {
		uint64_t slot = l->slots[(at + k) & (l->n - 1)];
		if (!slot || slot >> 16 == gram)
			return slot;
	}
	return 0;
}

float
language_cost(const struct language *l, uint64_t history, uint8_t symbol)
{
	if (!l->slots)
		return 0;
	uint64_t cost = 0;
	for (int length = LANGUAGE_ORDER - 1; length >= 0; length--) {
		uint64_t context = history & ((1ULL << (8 * length)) - 1);
		if (length && context >> (8 * (length - 1)) == 0)
			continue; /* the line is not as long yet */
		uint64_t slot = find(l, context << 8 | symbol);
		if (slot)
			return (float)(cost + (slot >> 8 & 0xff)) / LANGUAGE_UNIT;
		if (length)
			cost += find(l, context) & 0xff;
	}
	return LANGUAGE_WORST;
}
