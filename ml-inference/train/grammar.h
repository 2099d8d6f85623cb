/* grammar.h: the parts that made.c puts papers together from. */
#ifndef DOCKET_TRAIN_GRAMMAR_H
#define DOCKET_TRAIN_GRAMMAR_H

#include "made.h"

enum shape { SHAPE_ROLL, SHAPE_SHEET, SHAPE_CARD, SHAPE_SLIP };

struct part {
	const char *name;
	const char **line; /* all alternatives, one after another */
	size_t n_lines, cap;
	uint32_t *start; /* of each alternative */
	size_t n_starts, cap_starts;
	/* papers only */
	bool is_paper;
	enum paper_type kind;
	enum shape shape;
};
struct grammar {
	struct arena *mem;
	struct part *part;
	size_t n, cap;
	uint32_t *paper; /* the parts that are papers, by name */
	size_t n_papers;
};
const struct part *grammar_part(const struct grammar *g, const char *name, size_t len);
/* Lines of alternative `i`. */
size_t part_lines(const struct part *p, size_t i, const char *const **ret);

#endif
