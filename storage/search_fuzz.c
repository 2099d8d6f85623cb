/* Any query over any text: the first line is the query. */
#include "search_words.h"

#include "own.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 16 * MIB);
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	const uint8_t *end = memchr(data, '\n', n);
	size_t len = end ? (size_t)(end - data) : n;
	struct search_query q;
	struct search_snippet sn;
	char *query = arena_strndup(mem, (const char *)data, len);
	if (!query)
		return 0;
	search_query_read(query, &q);
	const char *text = (const char *)data + (end ? len + 1 : n);
	size_t m = n - (size_t)((const uint8_t *)text - data);
	if (search_snippet(s, &q, text, m, &sn))
		for (size_t i = 0; i < sn.n_marks; i++)
			if (sn.marks[i].start + sn.marks[i].len > sn.len || sn.text + sn.len > text + m)
				BUG("a mark lies outside its snippet");
	const char *folded = search_fold(query, mem);
	if (folded && strlen(folded) > 16 * len + SEARCH_WORD_MAX)
		BUG("folding made too much of it");
	return 0;
}
