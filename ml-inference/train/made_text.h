/* made_text.h: a paper of the grammar written out in lines, before anybody lays it on a page. */
#ifndef DOCKET_TRAIN_MADE_TEXT_H
#define DOCKET_TRAIN_MADE_TEXT_H

#include "grammar.h"

#define MADE_CELLS 10
#define MADE_LINES 400
#define MADE_FACTS 40

struct made_line {
	char align; /* ' ', '^' centred, '~' a centred title, '>' right, '=' a title */
	const char *cell[MADE_CELLS];
	uint32_t n; /* 0: an empty line */
};
struct made_text {
	struct made_line line[MADE_LINES];
	size_t n;
	const char *key[FIELD_COUNT];
	struct made_fact fact[MADE_FACTS];
	size_t n_facts;
};

uint64_t made_random(uint64_t *state, uint64_t below); /* 0 to below - 1 */

enum err made_write(const struct grammar *g, const struct part *paper, uint64_t *chance, struct arena *mem,
                    struct made_text **ret, struct why *why) MUST_CHECK;

#endif
