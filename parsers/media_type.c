#include "parsers.h"

#include <string.h>

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define ODT  "application/vnd.oasis.opendocument.text"

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

/* Of the family that HEIF is of, files say in their first box which brands can read them. */
static bool
is_heic(const uint8_t *head, size_t n)
{
	static const char brands[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx"};
	if (n < 16 || !has(head, n, 4, "ftyp", 4))
		return false;
	size_t len = (size_t)head[2] << 8 | head[3];
	len = head[0] || head[1] || len > n ? n : len;
	for (size_t at = 8; at + 4 <= len; at += 4) {
		for (size_t i = 0; at != 12 && i < sizeof brands / sizeof brands[0]; i++) {
			if (has(head, n, at, brands[i], 4))
				return true;
		}
	}
	return false;
}

/* ---- archives ---- */

static bool
zip_name_is(const uint8_t *head, size_t n, size_t at, const char *prefix)
{
	return has(head, n, at, "PK\3\4", 4) && has(head, n, at + 30, prefix, strlen(prefix));
}

/* By the names of the first entries. Whether it holds what they promise is its reader's to find out. */
static const char *
office_type(const uint8_t *head, size_t n)
{
	if (!has(head, n, 0, "PK\3\4", 4))
		return NULL;
	if (zip_name_is(head, n, 0, "mimetype" ODT))
		return ODT;
	for (size_t at = 0; at + 34 <= n; at++) {
		if (head[at] != 'P')
			continue;
		if (zip_name_is(head, n, at, "word/"))
			return DOCX;
		if (zip_name_is(head, n, at, "xl/") || zip_name_is(head, n, at, "ppt/"))
			return NULL;
	}
	if (zip_name_is(head, n, 0, "[Content_Types].xml") || zip_name_is(head, n, 0, "_rels/") ||
	    zip_name_is(head, n, 0, "docProps/"))
		return DOCX;
	return NULL;
}

/* ---- text ---- */

/* The length of the letter at p in UTF-8; 0: it is none; -1: it is cut off. */
static int
utf8_len(const uint8_t *p, size_t n)
{
	int len = p[0] < 0x80                   ? 1
	          : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
	          : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
	          : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
	                                        : 0;
	for (int i = 1; i < len; i++) {
		if ((size_t)i >= n)
			return -1;
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	return len;
}

/* Text holds no controls but those of lines. What is not UTF-8 may be an old character set: then there
 * must be enough of it, and spaces between, as between words. */
static bool
is_text(const uint8_t *head, size_t n)
{
	size_t spaces = 0;
	bool utf8 = true;
	if (n < 1)
		return false;
	if (has(head, n, 0, "\xff\xfe", 2) || has(head, n, 0, "\xfe\xff", 2))
		return n >= 4;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = head[i];
		if ((c < 0x20 && !(c >= '\t' && c <= '\r') && c != 0x1A) || c == 0x7F)
			return false;
		spaces += c <= ' ';
	}
	for (size_t at = 0; utf8 && at < n;) {
		int len = utf8_len(head + at, n - at);
		utf8 = len != 0;
		at += len > 0 ? (size_t)len : n - at;
	}
	return utf8 || (n >= 32 && spaces * 20 > n);
}

static size_t
skip_blank(const uint8_t *head, size_t n)
{
	size_t at = has(head, n, 0, "\xef\xbb\xbf", 3) ? 3 : 0;
	while (at < n && (head[at] == ' ' || (head[at] >= '\t' && head[at] <= '\r')))
		at++;
	return at;
}

static bool
says(const uint8_t *head, size_t n, size_t at, const char *word)
{
	size_t len = strlen(word);
	return at <= n && len <= n - at && strncasecmp((const char *)head + at, word, len) == 0;
}

static bool
is_html(const uint8_t *head, size_t n)
{
	size_t at = skip_blank(head, n);
	if (at >= n || head[at] != '<')
		return false;
	for (size_t look = at; look < n && look < at + 1024; look++) {
		if (head[look] == '<' &&
		    (says(head, n, look, "<!doctype html") || says(head, n, look, "<html") ||
		     says(head, n, look, "<head>") || says(head, n, look, "<body")))
			return true;
	}
	return false;
}

/* A mail begins with headers; one of those that every mail has must be among the first. */
static bool
is_mail(const uint8_t *head, size_t n)
{
	static const char *const sure[] = {
	    "From:", "To:",          "Subject:",      "Date:",         "Message-ID:",  "Received:",
	    "Cc:",   "Return-Path:", "MIME-Version:", "Delivered-To:", "Content-Type:"};
	size_t known = 0, headers = 0, at = says(head, n, 0, "From ") ? 1 : 0;
	while (at > 0 && at < n && head[at - 1] != '\n') /* the mailbox's line */
		at++;
	for (; at < n && head[at] != '\n' && head[at] != '\r' && headers < 60; headers++) {
		size_t name = at;
		if (head[at] != ' ' && head[at] != '\t') {
			while (name < n && head[name] > ' ' && head[name] < 0x7F && head[name] != ':')
				name++;
			if (name == at || name >= n || head[name] != ':')
				break;
			for (size_t i = 0; i < sizeof sure / sizeof sure[0]; i++)
				known += says(head, n, at, sure[i]);
		}
		const uint8_t *end = memchr(head + at, '\n', n - at);
		at = end ? (size_t)(end - head) + 1 : n;
	}
	return known >= 2 && headers >= 2;
}

/* Text that is written for machines, and no paper of a household. */
static bool
is_for_machines(const uint8_t *head, size_t n)
{
	static const char *const starts[] = {"<?xml",      "{\\rtf", "%!PS",    "<svg",
	                                     "-----BEGIN", "#!/",    "BEGIN:VC"};
	size_t at = skip_blank(head, n);
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (says(head, n, at, starts[i]))
			return true;
	}
	return false;
}

static const char *
text_type(const uint8_t *head, size_t n)
{
	if (!is_text(head, n))
		return NULL;
	if (is_html(head, n))
		return "text/html";
	if (is_for_machines(head, n) || skip_blank(head, n) == n)
		return NULL;
	return is_mail(head, n) ? "message/rfc822" : "text/plain";
}

const char *
document_media_type(const uint8_t *head, size_t n)
{
	n = n < 4096 ? n : 4096;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		if (has(head, n, magics[i].at, magics[i].bytes, magics[i].n))
			return magics[i].media_type;
	}
	if (has(head, n, 0, "RIFF", 4) && has(head, n, 8, "WEBP", 4))
		return "image/webp";
	if (is_bmp(head, n))
		return "image/bmp";
	if (is_heic(head, n))
		return "image/heic";
	/* Readers accept a PDF whose header stands within the first kilobyte. */
	for (size_t at = 0; at + 5 <= n && at < 1024; at++) {
		if (has(head, n, at, "%PDF-", 5))
			return "application/pdf";
	}
	const char *office = office_type(head, n);
	return office ? office : text_type(head, n);
}

/* ---- names ---- */

static const struct {
	const char *ending, *media_type;
} endings[] = {
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpe", "image/jpeg"},
    {"jfif", "image/jpeg"},
    {"png", "image/png"},
    {"webp", "image/webp"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"gif", "image/gif"},
    {"bmp", "image/bmp"},
    {"heic", "image/heic"},
    {"heif", "image/heic"},
    {"docx", DOCX},
    {"odt", ODT},
    {"txt", "text/plain"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"eml", "message/rfc822"},
    {"pdf", "application/pdf"},
};

const char *
document_type_of_name(const char *name)
{
	const char *dot = name ? strrchr(name, '.') : NULL;
	for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++) {
		if (strcasecmp(endings[i].ending, dot + 1) == 0)
			return endings[i].media_type;
	}
	return NULL;
}
