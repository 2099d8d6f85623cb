/* The language of a page, by the alphabets of its words: of what is read here, Cyrillic is Russian and Latin
 * English. */
#include "page_steps.h"

#include <utf8proc.h>

#define LEAST_LETTERS 3
#define LEAST_SHARE   0.08 /* of a page's letters: a trade name or two do not make a page English */

enum alphabet { LATIN, CYRILLIC, OTHER };

static enum alphabet
alphabet_of(utf8proc_int32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7))
		return LATIN;
	return c >= 0x400 && c <= 0x52F ? CYRILLIC : OTHER;
}

enum err
page_languages(const struct page *p, struct arena *mem, const char *const **ret, size_t *ret_n,
               struct why *why)
{
	static const char *const names[] = {[LATIN] = "eng", [CYRILLIC] = "rus"};
	double letters[2] = {0};
	for (size_t i = 0; i < p->n_words; i++) {
		const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)p->words[i].text;
		for (utf8proc_int32_t c; *at;) {
			utf8proc_ssize_t step = utf8proc_iterate(at, -1, &c);
			if (step <= 0)
				break;
			at += step;
			enum alphabet a = alphabet_of(c);
			if (a != OTHER)
				letters[a] += (double)p->words[i].confidence;
		}
	}
	const char **list;
	size_t n = 0;
	ARENA_TRY(list, arena_array(mem, 2, sizeof *list), mem, why);
	enum alphabet first = letters[CYRILLIC] >= letters[LATIN] ? CYRILLIC : LATIN;
	for (int i = 0; i < 2; i++) {
		enum alphabet a = i == 0 ? first : first == LATIN ? CYRILLIC : LATIN;
		if (letters[a] >= LEAST_LETTERS &&
		    letters[a] >= LEAST_SHARE * (letters[LATIN] + letters[CYRILLIC]))
			list[n++] = names[a];
	}
	*ret = list;
	*ret_n = n;
	return ERR_NONE;
}
