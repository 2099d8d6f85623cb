#include "address_signs.h"

#include "own.h"
#include "text.h"
#include "words.h"

#include <string.h>

#define BETWEEN " .,;:()[]/\"'|-" /* tokens */

struct token {
	const char *s;
	size_t n;               /* bytes */
	size_t digits, letters; /* of any alphabet */
	bool ascii;
};

static bool
next_token(const char **at, struct token *ret)
{
	const char *s = *at + strspn(*at, BETWEEN);
	struct token t = {.s = s, .n = strcspn(s, BETWEEN), .ascii = true};
	for (size_t i = 0, k; i < t.n; i += k) {
		uint32_t c = text_decode(s + i, t.n - i, &k);
		t.digits += c < 128 && text_is_digit((char)c);
		t.letters += text_is_letter(c);
		t.ascii &= c < 128;
	}
	*at = s + t.n;
	*ret = t;
	return t.n > 0;
}

static bool
is_word(const struct token *t, enum word_list list)
{
	const struct words *l = &word_lists[list];
	for (size_t i = 0; i < l->n; i++)
		if (l->word[i][0] == t->s[0] && strncmp(l->word[i], t->s, t->n) == 0 && !l->word[i][t->n])
			return true;
	return false;
}

/* "MUSTERSTRASSE", "LINDENGRACHT" */
static bool
ends_in_street(const struct token *t)
{
	const struct words *l = &word_lists[WORDS_STREET_ENDS];
	for (size_t i = 0; i < l->n; i++) {
		size_t k = strlen(l->word[i]);
		if (t->n >= k + 3 && memcmp(t->s + t->n - k, l->word[i], k) == 0)
			return true;
	}
	return false;
}

static bool
all_digits(const struct token *t, size_t n)
{
	return t->n == n && t->digits == n;
}

static bool
is_name(const struct token *t, size_t least)
{
	return t->digits == 0 && t->letters >= least;
}

static bool
after_comma(const char *line, const char *s)
{
	while (s > line && s[-1] == ' ')
		s--;
	return s > line && s[-1] == ',';
}

/* "W1D 2HZ": a letter or two and a digit, then a digit and two letters. */
static bool
british(const struct token *a, const struct token *b)
{
	return a->ascii && a->n >= 2 && a->n <= 4 && a->digits >= 1 && !text_is_digit(a->s[0]) &&
	       a->letters >= 1 && b->n == 3 && b->digits == 1 && text_is_digit(b->s[0]) && b->letters == 2;
}

/* A postcode and what stands beside it. `c` may be none (n = 0), as `a` of the first. */
static bool
is_place(const char *line, const struct token *a, const struct token *b, const struct token *c)
{
	if (all_digits(b, 5)) /* WA 98052; WASHINGTON 98052; 75012 PARIS; 43300 SERI KEMBANGAN */
		return (a->n && a->ascii && (a->n == 2 || a->n > 3) && is_name(a, 2)) || is_name(c, 3);
	if (all_digits(b, 4) && (b->s == line || after_comma(line, b->s)))
		return is_name(c, 2) && b->s[0] != '0'; /* 2501 BIEL; 4566 PB AMSTERDAM */
	if (all_digits(b, 6))                           /* 117312, МОСКВА */
		return after_comma(line, b->s) || b->s[b->n] == ',';
	if (b->n == strlen("Г") && memcmp(b->s, "Г", b->n) == 0) /* Г. МОСКВА, but not 2013 Г. */
		return a->digits == 0 && is_name(c, 3);
	return british(b, c);
}

struct address_signs
address_signs_of(const char *upper)
{
	struct address_signs ret = {0};
	bool named = false, digit = false;
	struct token a = {.s = ""}, b, c;
	const char *at = upper, *line = upper + strspn(upper, BETWEEN);
	for (bool more = next_token(&at, &b); more; a = b, b = c) {
		more = next_token(&at, &c);
		digit |= b.digits > 0;
		named |= is_word(&b, WORDS_STREETS) || ends_in_street(&b);
		ret.place |= is_place(line, &a, &b, &c);
	}
	ret.street = named && digit;
	return ret;
}

/* ---- a postcode misread ---- */

/* What reads as a letter or as a digit there; 0: nothing does. */
static char
as_kind(char c, char kind)
{
	bool letter = c >= 'A' && c <= 'Z';
	if (kind == 'A')
		return letter ? c : c == '0' ? 'O' : c == '1' ? 'I' : '\0';
	return text_is_digit(c) ? c : c == 'O' ? '0' : c == 'I' ? '1' : '\0';
}

/* `s` as `shape` has it; how many letters and digits were taken for each other, -1: it has another shape. */
static int
fit_shape(const char *s, const char *shape, char *ret)
{
	int mended = 0;
	for (size_t i = 0; shape[i]; i++) {
		ret[i] = as_kind(s[i], shape[i]);
		if (!ret[i])
			return -1;
		mended += ret[i] != s[i];
	}
	return mended;
}

#define OUTWARD_MOST 4
#define INWARD       3

/* The first half, "YO21": no district of two digits begins with nought. */
static int
fit_outward(const char *s, size_t n, char ret[OUTWARD_MOST])
{
	static const char *const shapes[] = {"A9", "A99", "AA9", "AA99", "A9A", "AA9A"};
	int least = -1;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		char t[OUTWARD_MOST];
		int mended = strlen(shapes[i]) == n ? fit_shape(s, shapes[i], t) : -1;
		size_t digits = strcspn(shapes[i], "9");
		if (mended < 0 || (shapes[i][digits + 1] == '9' && t[digits] == '0') ||
		    (least >= 0 && mended >= least))
			continue;
		least = mended;
		memcpy(ret, t, n);
	}
	return least;
}

/* The second half, "3PU": these letters it never has. */
static int
fit_inward(const char *s, char ret[INWARD])
{
	int mended = fit_shape(s, "9AA", ret);
	return mended < 0 || strchr("CIKMOV", ret[1]) || strchr("CIKMOV", ret[2]) ? -1 : mended;
}

/* "2ND FLOOR" */
static bool
is_ordinal(const struct token *t)
{
	static const char *const ends[] = {"ST", "ND", "RD", "TH"};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (memcmp(t->s + 1, ends[i], 2) == 0)
			return true;
	return false;
}

/* May these two be a postcode? Without a digit in its place each half may be a word: the first when it is
 * short ("NO 2AB"), the second unless it ends the text or a part of it. */
static bool
may_be_postcode(const struct token *a, const struct token *b)
{
	if (a->n > OUTWARD_MOST || b->n != INWARD || b->s != a->s + a->n + 1 || is_ordinal(b))
		return false;
	if (!text_is_digit(b->s[0]) && (!a->digits || (b->s[INWARD] && b->s[INWARD] != ',')))
		return false;
	return a->digits || a->n > 2;
}

void
address_mend_postcode(char *text)
{
	struct token a, b;
	const char *at = text;
	for (bool more = next_token(&at, &a); more; a = b) {
		char out[OUTWARD_MOST], in[INWARD];
		more = next_token(&at, &b);
		if (!more || !may_be_postcode(&a, &b))
			continue;
		int first = fit_outward(a.s, a.n, out), second = first < 0 ? -1 : fit_inward(b.s, in);
		if (second < 0)
			continue;
		memcpy(text + (a.s - text), out, a.n);
		memcpy(text + (b.s - text), in, INWARD);
	}
}
