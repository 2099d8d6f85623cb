/* fact_finder.h: what the rules of facts_*.c share: labels, the values that belong to them, and how one is
 * kept. */
#ifndef DOCKET_ML_FACT_FINDER_H
#define DOCKET_ML_FACT_FINDER_H

#include "facts.h"

#define FACTS_MAX_SCANNED 1500 /* segments */

struct fact_finder {
	const struct reading *r;
	int64_t total; /* minor units, or INT64_MIN */
	struct arena *mem;
	struct facts *to;
};
struct reason {
	const char *english, *russian;
};

/* Keeps bytes [from, to) of a segment as a fact: the first that was found stays, unless a later one is surer.
 * The confidence is lowered where the words were read unsurely. True when it was kept. */
bool fact_put(const struct fact_finder *k, enum fact_id id, const struct segment *g, size_t from, size_t to,
              const char *code, double confidence, struct reason why);

/* The place after `label`, which stands in the segment as the beginning of a word; SIZE_MAX: it does not. */
size_t fact_after_label(const char *upper, const char *label);

/* Where the value of a label may stand: behind it, in the next segment of its row, below it. The first of
 * them with a digit; *at is its first byte behind blanks and marks. NULL: none. */
const struct segment *fact_value_of(const struct fact_finder *k, uint32_t seg, size_t after, size_t *at);

/* The segments right below one, nearest first; how many. */
size_t fact_below(const struct sheet *s, uint32_t seg, uint32_t *ret, size_t cap);

size_t fact_digits(const char *s, size_t at); /* how many digits run from `at` */

/* Does one of the words stand in the text? Anywhere, whatever is around it. */
bool fact_any(const char *s, const char *const *words, size_t n);

/* The same of the segments of a row up to this one: a label and its value stand in one row. */
#define FACT_ROW_LOOKED 20 /* segments: no label is so far from its value */
bool fact_row_says(const struct sheet *s, uint32_t seg, const char *const *words, size_t n);

/* Dates: the time of day, the day to pay by, the time that a paper covers. */
void facts_when(const struct fact_finder *k);
/* Sums with a label, and how they were paid. */
void facts_sums(const struct fact_finder *k);

#endif
