#include "text.h"

#include <pthread.h>
#include <utf8proc.h>

uint32_t
text_decode(const char *s, size_t n, size_t *len)
{
	utf8proc_int32_t c = -1;
	utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &c);
	if (k <= 0 || c < 0) {
		*len = 1;
		return 0xFFFD;
	}
	*len = (size_t)k;
	return (uint32_t)c;
}

bool
text_is_letter(uint32_t c)
{
	if (c < 128)
		return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
	return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

size_t
text_letters(const char *s, size_t n)
{
	size_t found = 0, k;
	for (size_t i = 0; i < n; i += k)
		found += text_is_letter(text_decode(s + i, n - i, &k));
	return found;
}

bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
encode_upper(const char *s, size_t k, uint32_t c, char ret[4])
{
	if (c < 128) {
		ret[0] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
		return 1;
	}
	utf8proc_uint8_t b[4];
	utf8proc_ssize_t m = utf8proc_encode_char(utf8proc_toupper((utf8proc_int32_t)c), b);
	if (c == 0xFFFD || (size_t)m != k) {
		memcpy(ret, s, k);
		return k;
	}
	memcpy(ret, b, k);
	return k;
}

char *
text_upper(struct arena *mem, const char *s, size_t n)
{
	char *r = arena_alloc(mem, n + 1);
	if (!r)
		return NULL;
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = text_decode(s + i, n - i, &k);
		encode_upper(s + i, k, c, r + i);
	}
	r[n] = '\0';
	return r;
}

size_t
text_key(const char *s, size_t n, char *ret, size_t cap)
{
	size_t m = 0;
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = text_decode(s + i, n - i, &k);
		if (!text_is_letter(c) && !(c < 128 && text_is_digit((char)c)))
			continue;
		if (c == 0x401 || c == 0x451)
			c = 0x415; /* Ё is written as Е as often as not */
		char b[4];
		size_t bn;
		if (c == 0x415) {
			memcpy(b, "Е", 2);
			bn = 2;
		} else {
			bn = encode_upper(s + i, k, c, b);
		}
		if (m + bn >= cap)
			break;
		memcpy(ret + m, b, bn);
		m += bn;
	}
	if (cap)
		ret[m] = '\0';
	return m;
}

/* Hyyrö's bit-parallel longest common subsequence: a word of `a` at a time, a byte of `b` a step. */
#define LCS_WORDS 8

static size_t
lcs(const char *a, size_t na, const char *b, size_t nb)
{
	uint64_t match[256][LCS_WORDS] __attribute__((uninitialized)); /* only what is seen is read */
	bool seen[256] = {false};
	uint64_t v[LCS_WORDS];
	size_t w = (na + 63) / 64;
	for (size_t i = 0; i < nb; i++) {
		uint8_t c = (uint8_t)b[i];
		if (!seen[c]) {
			seen[c] = true;
			memset(match[c], 0, sizeof match[c]);
		}
	}
	for (size_t i = 0; i < na; i++)
		if (seen[(uint8_t)a[i]])
			match[(uint8_t)a[i]][i / 64] |= (uint64_t)1 << (i % 64);
	for (size_t k = 0; k < w; k++)
		v[k] = ~(uint64_t)0;
	for (size_t i = 0; i < nb; i++) {
		const uint64_t *m = match[(uint8_t)b[i]];
		unsigned carry = 0;
		for (size_t k = 0; k < w; k++) {
			uint64_t u = v[k] & m[k];
			uint64_t sum = v[k] + u;
			unsigned out = sum < v[k];
			sum += carry;
			out |= sum < carry;
			v[k] = sum | (v[k] & ~m[k]);
			carry = out;
		}
	}
	size_t ones = 0;
	for (size_t i = 0; i < na; i++)
		ones += (v[i / 64] >> (i % 64)) & 1;
	return na - ones;
}

double
text_similarity(const char *a, size_t na, const char *b, size_t nb)
{
	if (na == nb && memcmp(a, b, na) == 0)
		return 1.0;
	if (na == 0 || nb == 0)
		return 0.0;
	if (na > 64 * (size_t)LCS_WORDS)
		na = 64 * (size_t)LCS_WORDS;
	if (nb > 64 * (size_t)LCS_WORDS)
		nb = 64 * (size_t)LCS_WORDS;
	return 2.0 * (double)lcs(a, na, b, nb) / (double)(na + nb);
}

static bool
letter_before(const char *s, const char *at)
{
	if (at == s)
		return false;
	const char *p = at - 1;
	while (p > s && ((uint8_t)*p & 0xC0) == 0x80)
		p--;
	size_t k;
	return text_is_letter(text_decode(p, (size_t)(at - p), &k));
}

static bool
letter_at(const char *s, size_t n)
{
	size_t k;
	return n > 0 && text_is_letter(text_decode(s, n, &k));
}

bool
text_has_word(const char *s, const char *word)
{
	size_t w = strlen(word);
	for (const char *p = strstr(s, word); p; p = strstr(p + 1, word))
		if (!letter_before(s, p) && !letter_at(p + w, strlen(p + w)))
			return true;
	return false;
}

/* ---- the lexicon ---- */

struct entry {
	const char *from, *to;
};
static const struct entry lexicon[] = {
#define X(from, to) {from, to},
#include "lexicon.tbl.h"
#undef X
};

/* Entries by the byte they begin with, in their order. */
static struct {
	int16_t first[256], next[ARRAY_LEN(lexicon)];
	uint8_t len[ARRAY_LEN(lexicon)]; /* without the star */
	bool open[ARRAY_LEN(lexicon)];   /* with a star: any ending will do */
} lexicon_index;
static pthread_once_t lexicon_once = PTHREAD_ONCE_INIT;

static void
index_lexicon(void)
{
	memset(lexicon_index.first, -1, sizeof lexicon_index.first);
	for (int i = (int)ARRAY_LEN(lexicon) - 1; i >= 0; i--) {
		const char *f = lexicon[i].from;
		size_t n = strlen(f);
		lexicon_index.open[i] = f[n - 1] == '*';
		lexicon_index.len[i] = (uint8_t)(n - lexicon_index.open[i]);
		lexicon_index.next[i] = lexicon_index.first[(uint8_t)f[0]];
		lexicon_index.first[(uint8_t)f[0]] = (int16_t)i;
	}
}

static const char *
translate(const char *w, size_t n)
{
	pthread_once(&lexicon_once, index_lexicon);
	for (int i = lexicon_index.first[(uint8_t)w[0]]; i >= 0; i = lexicon_index.next[i]) {
		size_t k = lexicon_index.len[i];
		if ((lexicon_index.open[i] ? n >= k : n == k) && memcmp(w, lexicon[i].from, k) == 0)
			return lexicon[i].to;
	}
	return NULL;
}

/* The run of letters and inner hyphens that starts at s. */
static size_t
word_run(const char *s, size_t n)
{
	size_t i = 0, k;
	while (i < n) {
		uint32_t c = text_decode(s + i, n - i, &k);
		if (text_is_letter(c) || c == 0x20BD || c == 0x20AC)
			i += k;
		else if (c == '-' && i > 0 && letter_at(s + i + 1, n - i - 1))
			i += 1;
		else
			break;
	}
	return i;
}

void
text_canonical(struct buf *out, const char *upper, size_t n, bool fold_digits)
{
	size_t i = 0;
	while (i < n) {
		size_t w = word_run(upper + i, n - i);
		if (w > 0) {
			const char *to = translate(upper + i, w);
			if (to)
				buf_puts(out, to);
			else
				buf_put(out, upper + i, w);
			i += w;
		} else {
			buf_putc(out, fold_digits && text_is_digit(upper[i]) ? '0' : upper[i]);
			i++;
		}
	}
}
