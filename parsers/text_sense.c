#include "text_sense.h"

#include <leptonica/allheaders.h>
#include <utf8proc.h>

#define SAMPLE    300 /* words that are looked at */
#define TELLING   4   /* letters of a word that must have a vowel */
#define ENOUGH    3   /* such words before they are judged */
#define INK_RANGE 40  /* grey levels between the ink of a word and its paper */
#define ROWS      40  /* of a word that are looked at: a line of text on a page of that size has fewer */

enum script { OTHER, LATIN, CYRILLIC };

static enum script
script_of(utf8proc_int32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xC0 && c <= 0x24F))
		return LATIN;
	return c >= 0x400 && c <= 0x52F ? CYRILLIC : OTHER;
}

/* Letters with marks are taken for vowels, which most are. */
static bool
is_vowel(utf8proc_int32_t c)
{
	static const utf8proc_int32_t vowels[] = {'a',   'e',   'i',   'o',   'u',   'y',
	                                          0x430, 0x435, 0x438, 0x43E, 0x443, 0x44B,
	                                          0x44D, 0x44E, 0x44F, 0x451, 0x454, 0x456};
	c = utf8proc_tolower(c);
	if (c >= 0xC0 && c <= 0x24F)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(vowels); i++) {
		if (vowels[i] == c)
			return true;
	}
	return false;
}

struct tally {
	size_t signs, letters_and_digits;
	size_t told, absurd; /* words long enough to tell; those that cannot be words */
};

static void
judge(const char *word, struct tally *t)
{
	size_t letters[3] = {0}, vowels = 0, humps = 0, others = 0, seams = 0;
	bool small_before = false, letter_before = false;
	utf8proc_int32_t c, before = 0;
	for (const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)word; *p;) {
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &c);
		if (n < 1)
			return;
		p += n;
		utf8proc_category_t k = utf8proc_category(c);
		bool letter = k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
		t->letters_and_digits += letter || k == UTF8PROC_CATEGORY_ND;
		t->signs += !letter && k != UTF8PROC_CATEGORY_ND && c != before; /* a dotted line is one */
		before = c;
		others += !letter;
		if (letter)
			letters[script_of(c)]++;
		vowels += letter && is_vowel(c);
		humps += k == UTF8PROC_CATEGORY_LU && small_before;
		seams += letter != letter_before;
		letter_before = letter;
		small_before = k == UTF8PROC_CATEGORY_LL;
	}
	size_t ours = letters[LATIN] + letters[CYRILLIC];
	if (ours < TELLING || letters[OTHER] > 0)
		return;
	t->told++;
	t->absurd +=
	    vowels == 0 || humps > 1 || seams > 4 || (letters[LATIN] && letters[CYRILLIC]) || others > ours;
}

bool
text_makes_sense(const struct word *words, size_t n)
{
	struct tally t = {0};
	for (size_t i = 0; i < n; i++)
		judge(words[i].text, &t);
	if (t.signs + t.letters_and_digits >= 4 && t.letters_and_digits < t.signs)
		return false;
	return t.told < ENOUGH || t.absurd * 5 < t.told * 2;
}

/* Is there ink inside a box? Of a tall one a few rows tell: a file may say that each word fills the page. */
static bool
has_ink(PIX *page, const struct box *b)
{
	int w = pixGetWidth(page), h = pixGetHeight(page), least = 255, most = 0;
	int x0 = (int)(b->x0 * (float)w), x1 = (int)(b->x1 * (float)w) + 1;
	int y0 = (int)(b->y0 * (float)h), y1 = (int)(b->y1 * (float)h) + 1;
	int step = (y1 - y0) / ROWS + 1;
	for (int y = y0 > 0 ? y0 : 0; y < y1 && y < h && most - least < INK_RANGE; y += step) {
		const uint32_t *row = pixGetData(page) + (size_t)y * (size_t)pixGetWpl(page);
		for (int x = x0 > 0 ? x0 : 0; x < x1 && x < w; x++) {
			l_int32 r, g, blue;
			extractRGBValues(row[x], &r, &g, &blue);
			int grey = (r + g + g + blue) / 4;
			least = grey < least ? grey : least;
			most = grey > most ? grey : most;
		}
	}
	return most - least >= INK_RANGE;
}

bool
text_is_drawn(const struct word *words, size_t n, struct Pix *page)
{
	size_t step = n / SAMPLE + 1, looked = 0, bare = 0;
	for (size_t i = 0; i < n; i += step) {
		looked++;
		bare += !has_ink(page, &words[i].box);
	}
	return bare * 10 < looked * 3;
}
