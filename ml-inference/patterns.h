/* patterns.h: the regular expressions of the finders, compiled once a process. They see capitals. */
#ifndef DOCKET_ML_PATTERNS_H
#define DOCKET_ML_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

enum pattern {
#define X(name, text) PATTERN_##name,
#include "patterns.tbl.h"
#undef X
	PATTERN_COUNT
};

/* Where in `s` group `g` of the pattern lies; false when it does not match or the group is empty. */
bool pattern_match(enum pattern p, const char *s, unsigned g, size_t *from, size_t *to);
bool pattern_in(enum pattern p, const char *s);

#endif
