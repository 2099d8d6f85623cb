#include "charset.h"

#include <utf8proc.h>

#include "charset_tables.h"

enum kind { EIGHT_BIT, UTF_8, UTF_16_LE, UTF_16_BE };

struct charset {
	const char *name;
	enum kind kind;
	const uint16_t *upper; /* of 0x80 to 0xFF */
	const char *aliases;   /* as squeezed by squeeze(), each with a space on both sides */
};

/* ISO 8859-1 and ASCII are read as the Windows set that contains them, as browsers do. */
static const struct charset charsets[] = {
    {"utf-8", UTF_8, NULL, " utf8 unicode11utf8 "},
    {"utf-16le", UTF_16_LE, NULL, " utf16le utf16 unicode ucs2 "},
    {"utf-16be", UTF_16_BE, NULL, " utf16be unicodefffe "},
    {"windows-1251", EIGHT_BIT, windows_1251, " windows1251 cp1251 win1251 xcp1251 ansi1251 "},
    {"koi8-r", EIGHT_BIT, koi8_r, " koi8r koi8 koi "},
    {"koi8-u", EIGHT_BIT, koi8_u, " koi8u koi8ru "},
    {"ibm866", EIGHT_BIT, ibm866, " ibm866 cp866 866 csibm866 "},
    {"iso-8859-5", EIGHT_BIT, iso_8859_5, " iso88595 isoir144 cyrillic "},
    {"x-mac-cyrillic", EIGHT_BIT, mac_cyrillic, " xmaccyrillic maccyrillic xmacukrainian "},
    {"windows-1252", EIGHT_BIT, windows_1252,
     " windows1252 cp1252 iso88591 latin1 l1 ascii usascii ansix341968 iso885911 "},
    {"windows-1250", EIGHT_BIT, windows_1250, " windows1250 cp1250 "},
    {"windows-1253", EIGHT_BIT, windows_1253, " windows1253 cp1253 "},
    {"windows-1254", EIGHT_BIT, windows_1254, " windows1254 cp1254 iso88599 latin5 "},
    {"windows-1257", EIGHT_BIT, windows_1257, " windows1257 cp1257 iso885913 "},
    {"iso-8859-2", EIGHT_BIT, iso_8859_2, " iso88592 latin2 "},
    {"iso-8859-7", EIGHT_BIT, iso_8859_7, " iso88597 greek "},
    {"iso-8859-15", EIGHT_BIT, iso_8859_15, " iso885915 latin9 "},
};

static const struct charset *
named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		if (strcmp(charsets[i].name, name) == 0)
			return &charsets[i];
	}
	BUG("no charset %s", name);
}

const struct charset *
charset_find(const char *label, size_t n)
{
	char squeezed[32] = " ";
	size_t len = 1;
	for (size_t i = 0; i < n; i++) {
		char c = label[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			continue;
		if (len + 2 >= sizeof squeezed)
			return NULL;
		squeezed[len++] = c;
	}
	if (len == 1)
		return NULL;
	squeezed[len] = ' ';
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		if (strstr(charsets[i].aliases, squeezed))
			return &charsets[i];
	}
	return NULL;
}

const char *
charset_name(const struct charset *c)
{
	return c->name;
}

/* ---- guessing ---- */

static bool
is_utf8(const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate(p + at, (utf8proc_ssize_t)(n - at), &c);
		if (len < 1)
			return n - at < 4 && at > 0 && p[at] >= 0xC2; /* cut within its last letter */
		at += (size_t)len;
	}
	return true;
}

/* Every thousand letters of Russian text hold so many of each, from а to я (ё counts as е). */
static const uint8_t russian[32] = {80, 16, 45, 17, 30, 84, 9, 16, 74, 12, 35, 44, 32, 67, 110, 28,
                                    47, 55, 63, 26, 3,  10, 5, 14, 7,  4,  1,  19, 17, 3,  6,   20};

/* How much the high bytes read like Russian: the mean frequency of its letters; what is no letter costs. */
static double
russian_score(const uint16_t *upper, const uint8_t *p, size_t n)
{
	int64_t sum = 0, high = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < 0x80)
			continue;
		unsigned c = upper[p[i] - 0x80];
		high++;
		if (c >= 0x410 && c <= 0x44F)
			sum += russian[(c - 0x410) % 32];
		else if (c == 0x401 || c == 0x451)
			sum += 30;
		else if (c != 0x2116 && c != 0xA0 && c != 0xAB && c != 0xBB && c != 0x2013 && c != 0x2014)
			sum -= 40;
	}
	return high ? (double)sum / (double)high : 0;
}

static const struct charset *
guess_eight_bit(const uint8_t *p, size_t n)
{
	static const char *const cyrillic[] = {"windows-1251", "koi8-r", "ibm866", "iso-8859-5",
	                                       "x-mac-cyrillic"};
	size_t high = 0, together = 0;
	for (size_t i = 0; i < n; i++) {
		high += p[i] >= 0x80;
		together += p[i] >= 0x80 && ((i > 0 && p[i - 1] >= 0x80) || (i + 1 < n && p[i + 1] >= 0x80));
	}
	/* In Western languages a letter with a mark is one among many without; Cyrillic words are all high.
	 */
	if (together * 2 < high)
		return named("windows-1252");
	const struct charset *best = named("windows-1252");
	double most = 20;
	for (size_t i = 0; i < ARRAY_LEN(cyrillic); i++) {
		const struct charset *c = named(cyrillic[i]);
		double score = russian_score(c->upper, p, n);
		if (score > most) {
			most = score;
			best = c;
		}
	}
	return best;
}

const struct charset *
charset_guess(const uint8_t *p, size_t n)
{
	size_t look = n < 65536 ? n : 65536, zeros[2] = {0, 0};
	if (n >= 2 && p[0] == 0xFF && p[1] == 0xFE)
		return named("utf-16le");
	if (n >= 2 && p[0] == 0xFE && p[1] == 0xFF)
		return named("utf-16be");
	for (size_t i = 0; i < look; i++)
		zeros[i % 2] += p[i] == 0;
	if (zeros[1] > look / 5 && zeros[0] < look / 50)
		return named("utf-16le");
	if (zeros[0] > look / 5 && zeros[1] < look / 50)
		return named("utf-16be");
	return is_utf8(p, n) ? named("utf-8") : guess_eight_bit(p, look);
}

/* ---- decoding ---- */

static void
put_letter(struct buf *out, utf8proc_int32_t c)
{
	utf8proc_uint8_t bytes[4];
	if (!utf8proc_codepoint_valid(c))
		c = 0xFFFD;
	if (c == 0xFEFF)
		return;
	utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
	buf_put(out, bytes, (size_t)n);
}

static void
decode_utf8(const uint8_t *p, size_t n, struct buf *out)
{
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate(p + at, (utf8proc_ssize_t)(n - at), &c);
		put_letter(out, len < 1 ? 0xFFFD : c);
		at += len < 1 ? 1 : (size_t)len;
	}
}

static void
decode_utf16(const uint8_t *p, size_t n, bool big, struct buf *out)
{
	for (size_t at = 0; at + 2 <= n;) {
		utf8proc_int32_t c = p[at + big] | p[at + !big] << 8;
		at += 2;
		if (c >= 0xD800 && c < 0xDC00 && at + 2 <= n) {
			utf8proc_int32_t low = p[at + big] | p[at + !big] << 8;
			if (low >= 0xDC00 && low < 0xE000) {
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
				at += 2;
			}
		}
		put_letter(out, c);
	}
}

void
charset_decode(const struct charset *c, const uint8_t *p, size_t n, struct buf *out)
{
	switch (c->kind) {
	case UTF_8:
		decode_utf8(p, n, out);
		break;
	case UTF_16_LE:
	case UTF_16_BE:
		/* A mark says it better than a label. */
		if (n >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF)))
			decode_utf16(p, n, p[0] == 0xFE, out);
		else
			decode_utf16(p, n, c->kind == UTF_16_BE, out);
		break;
	case EIGHT_BIT:
		for (size_t i = 0; i < n; i++)
			put_letter(out, p[i] < 0x80 ? p[i] : c->upper[p[i] - 0x80]);
		break;
	}
}
