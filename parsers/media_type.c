#include "parsers.h"

#include <string.h>

struct magic {
	size_t at, n;
	const char *bytes, *media_type;
};

static const struct magic magics[] = {
    {0, 3, "\xff\xd8\xff", "image/jpeg"}, {0, 8, "\x89PNG\r\n\x1a\n", "image/png"},
    {0, 4, "II*\0", "image/tiff"},        {0, 4, "MM\0*", "image/tiff"},
    {0, 4, "II+\0", "image/tiff"}, /* BigTIFF */
    {0, 4, "MM\0+", "image/tiff"},        {0, 4, "GIF8", "image/gif"},
};

static bool
has(const uint8_t *head, size_t n, size_t at, const char *bytes, size_t len)
{
	return at <= n && len <= n - at && memcmp(head + at, bytes, len) == 0;
}

/* A bitmap's two letters are too common in text: its header's size must be one of those there are. */
static bool
is_bmp(const uint8_t *head, size_t n)
{
	static const uint8_t sizes[] = {12, 40, 52, 56, 64, 108, 124};
	if (!has(head, n, 0, "BM", 2) || n < 18)
		return false;
	return head[15] == 0 && head[16] == 0 && head[17] == 0 &&
	       memchr(sizes, head[14], sizeof sizes) != NULL;
}

const char *
document_media_type(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		if (has(head, n, magics[i].at, magics[i].bytes, magics[i].n))
			return magics[i].media_type;
	}
	if (has(head, n, 0, "RIFF", 4) && has(head, n, 8, "WEBP", 4))
		return "image/webp";
	if (is_bmp(head, n))
		return "image/bmp";
	/* Readers accept a PDF whose header stands within the first kilobyte. */
	for (size_t at = 0; at + 5 <= n && at < 1024; at++) {
		if (has(head, n, at, "%PDF-", 5))
			return "application/pdf";
	}
	return NULL;
}
