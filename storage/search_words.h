/* search_words.h: text as search sees it: words, folded, and their stems.
 *
 * A word is a run of letters, digits and marks. Folded: without case, accents and compatibility forms,
 * ё as е; й stays й, because the stems of Russian hang on it. Its stem is Russian's for Cyrillic letters
 * and English's for Latin ones (libstemmer). Index and query go through the same functions, in every
 * driver, so that they cannot disagree.
 */
#ifndef DOCKET_SEARCH_WORDS_H
#define DOCKET_SEARCH_WORDS_H

#include "arena.h"
#include "err.h"

#define SEARCH_WORD_MAX 64 /* bytes of a folded word; longer ones are cut */

struct search_word {
	size_t start, end; /* bytes of the text */
	char folded[SEARCH_WORD_MAX];
	size_t folded_len;
};
/* The next word at or after *at, which is moved behind it. False: there is none. */
bool search_word_next(const char *text, size_t n, size_t *at, struct search_word *ret);

/* One thread at a time. */
struct stemmer;
struct stemmer *stemmer_create(void);
void stemmer_destroy(struct stemmer **s); /* as OWNED wants it */
/* The stem of a folded word; lives until the next call. */
const char *stemmer_stem(struct stemmer *s, const char *folded, size_t n, size_t *ret_len);

/* Folded words with single blanks between them: what names are compared by. NULL at the ceiling. */
char *search_fold(const char *text, struct arena *mem) MUST_CHECK;

/* ---- queries ----
 *
 * Words are wanted all; "in quotes" one after the other; -word not at all; word* begins so. The last
 * plain word of two letters or more may be half typed, so it is wanted as it is or as a beginning.
 */
struct search_term {
	const char *text; /* of the query */
	size_t len;
	bool excluded, prefix, typing;
};
#define SEARCH_TERMS_MAX 32
struct search_query {
	struct search_term terms[SEARCH_TERMS_MAX];
	size_t n;
};
/* Terms without a word are left out; none at all finds nothing. */
void search_query_read(const char *text, struct search_query *ret);

/* ---- what to show of a hit ---- */
#define SEARCH_MARKS_MAX 16
struct search_snippet {
	const char *text; /* a piece of the original around the first hit */
	size_t len;
	struct {
		size_t start, len; /* of it: a hit */
	} marks[SEARCH_MARKS_MAX];
	size_t n_marks;
};
/* False when nothing of the query stands in the first part (256 KiB) of the text. Points into `text`. */
bool search_snippet(struct stemmer *s, const struct search_query *q, const char *text, size_t n,
                    struct search_snippet *ret);

#endif
