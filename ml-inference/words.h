/* words.h: lists of words that features are computed from. A model that learnt by other lists is refused:
 * they are part of the hash of features. */
#ifndef DOCKET_ML_WORDS_H
#define DOCKET_ML_WORDS_H

#include <stddef.h>

enum word_list {
	WORDS_GENERIC,
	WORDS_JOINTS,
	WORDS_GREETINGS,
	WORDS_CLOSINGS,
	WORDS_PAYING,
	WORDS_CHANGE,
	WORDS_PARTS,
	WORDS_ENDS,
	WORDS_STREETS,
	WORDS_STREET_ENDS,
	WORDS_TITLE_BEGINS,
	WORDS_TITLE_ENDS,
	WORDS_COUNT
};
struct words {
	const char *name;
	const char *const *word;
	size_t n;
};
extern const struct words word_lists[WORDS_COUNT];

#endif
