/* spelling.h: text as letters and back, for tests; included behind cmocka.h. */
#ifndef DOCKET_READER_SPELLING_H
#define DOCKET_READER_SPELLING_H

#include "decode.h"

/* One letter for each character; returns how many. */
static inline size_t
spell(const struct weights *w, const char *text, struct letter *ret)
{
	size_t n = 0;
	while (*text) {
		char c[5] = "";
		size_t bytes = 1;
		while ((text[bytes] & 0xc0) == 0x80)
			bytes++;
		memcpy(c, text, bytes);
		text += bytes;
		ret[n++] = (struct letter){.class = decode_class(w, c)};
	}
	return n;
}

static inline void
assert_spells(const struct weights *w, const struct letter *l, size_t n, const char *want)
{
	char text[256] = "";
	for (size_t i = 0, at = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s", w->alphabet[l[i].class]);
	assert_string_equal(text, want);
}

#endif
