/* text.h: small tools over UTF-8 text, as the candidate finders need them.
 *
 * Keys are what two spellings of one name share: letters and digits only, upper case.
 */
#ifndef DOCKET_ML_TEXT_H
#define DOCKET_ML_TEXT_H

#include "arena.h"
#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at s (n bytes left, n > 0) and its length in bytes; bad bytes are one byte, U+FFFD. */
uint32_t text_decode(const char *s, size_t n, size_t *len);

bool text_is_letter(uint32_t c);
size_t text_letters(const char *s, size_t n); /* how many */
bool text_is_digit(char c);                   /* ASCII only: what amounts and dates are made of */

/* Upper case that keeps every byte offset: letters whose capital has another length stay as they are.
 * NULL at the arena's ceiling. */
char *text_upper(struct arena *mem, const char *s, size_t n) MUST_CHECK;

/* Letters and digits of `s`, in capitals (Ё as Е), at most cap - 1 bytes and a NUL; returns the length. */
size_t text_key(const char *s, size_t n, char *ret, size_t cap);

/* 2 * longest common subsequence / (na + nb): 1 when equal, 0 when nothing is shared. Bytes. */
double text_similarity(const char *a, size_t na, const char *b, size_t nb);

/* Does `word` stand in `s` as a whole word? Its neighbours are no letters. */
bool text_has_word(const char *s, const char *word);

/* Upper-case text in the words the models know: concepts of other languages are replaced by the
 * English (or Malaysian) word of the training receipts, digits by 0. See lexicon.tbl.h. */
void text_canonical(struct buf *out, const char *upper, size_t n, bool fold_digits);

#endif
