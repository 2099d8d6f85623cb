#include "utf8.h"

static size_t
length_by_head(unsigned char c)
{
	return c < 0x80                 ? 1
	       : c >= 0xC2 && c <= 0xDF ? 2
	       : c >= 0xE0 && c <= 0xEF ? 3
	       : c >= 0xF0 && c <= 0xF4 ? 4
	                                : 0;
}

size_t
utf8_sequence(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = n > 0 ? length_by_head(s[0]) : 0;
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	/* longer than need be, halves of pairs, beyond the last plane */
	if (len >= 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	                 (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)))
		return 0;
	return len;
}
