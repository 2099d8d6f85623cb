#include "file_name.h"

#include <stdint.h>
#include <string.h>

#define FILE_NAME_MAX 255

/* One character of UTF-8 at `s`: its length, 0 when it is none. */
static size_t
utf8_decode(const unsigned char *s, uint32_t *ret)
{
	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC2 ? 2 : 0;
	if (n == 0 || s[0] > 0xF4)
		return 0;
	uint32_t c = s[0] & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3Fu);
	}
	bool overlong = (n == 3 && c < 0x800) || (n == 4 && c < 0x10000);
	if (overlong || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
		return 0;
	*ret = c;
	return n;
}

/* Control characters and marks that turn the direction of text, with which "exe.gpj" reads as "jpg.exe". */
static bool
harmful(uint32_t c)
{
	return c < ' ' || (c >= 0x7F && c <= 0x9F) || c == '/' || c == '\\' || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

const char *
clean_file_name(struct arena *mem, const char *name)
{
	if (!name)
		return NULL;
	for (const char *c = name; *c; c++)
		if (*c == '/' || *c == '\\')
			name = c + 1;
	char out[FILE_NAME_MAX + 1];
	size_t at = 0;
	for (const unsigned char *s = (const unsigned char *)name; *s;) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if (n == 0 || harmful(c)) {
			s += n ? n : 1;
			continue;
		}
		if (at + n > FILE_NAME_MAX)
			break;
		memcpy(out + at, s, n);
		at += n;
		s += n;
	}
	size_t start = 0;
	while (start < at && out[start] == ' ')
		start++;
	while (at > start && out[at - 1] == ' ')
		at--;
	out[at] = '\0';
	const char *kept = out + start;
	if (!*kept || strcmp(kept, ".") == 0 || strcmp(kept, "..") == 0)
		return NULL;
	return arena_strdup(mem, kept);
}
