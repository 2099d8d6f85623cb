#include "file_name.h"

#include "utf8.h"

#include <stdint.h>
#include <string.h>

#define FILE_NAME_MAX 255

/* Of a well-formed sequence. */
static uint32_t
code_point(const unsigned char *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3Fu);
	return c;
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
	for (const char *s = name, *end = name + strlen(name); s < end;) {
		size_t n = utf8_sequence(s, (size_t)(end - s));
		if (n == 0 || harmful(code_point((const unsigned char *)s, n))) {
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
