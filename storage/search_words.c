#include "search_words.h"

#include "buf.h"
#include "own.h"

#include <libstemmer.h>
#include <string.h>
#include <utf8proc.h>

#define SNIPPET_BEFORE 60 /* bytes of the text before the first hit, about */
#define SNIPPET_LEN    200
#define LOOK_MAX       (256 * KIB)

static bool
is_cyrillic(utf8proc_int32_t c)
{
	return c >= 0x400 && c <= 0x52F;
}

static bool
in_word(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

/* One code point, folded, at the end of the word; what has no room is left out. */
static void
put_folded(struct search_word *w, utf8proc_int32_t c)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
	if (n <= 0 || w->folded_len + (size_t)n >= sizeof w->folded)
		return;
	memcpy(w->folded + w->folded_len, bytes, (size_t)n);
	w->folded_len += (size_t)n;
	w->folded[w->folded_len] = '\0';
}

static bool
ends_with(const struct search_word *w, const char *letter)
{
	size_t n = strlen(letter);
	return w->folded_len >= n && memcmp(w->folded + w->folded_len - n, letter, n) == 0;
}

static void
fold(struct search_word *w, utf8proc_int32_t c)
{
	if (c < 0x80) {
		put_folded(w, c >= 'A' && c <= 'Z' ? c + 32 : c);
		return;
	}
	if (is_cyrillic(c)) {
		c = utf8proc_tolower(c);
		put_folded(w, c == 0x451 ? 0x435 : c); /* ё */
		return;
	}
	if (c == 0x306 && ends_with(w, "и")) { /* и and a breve apart are й */
		w->folded_len -= strlen("и");
		put_folded(w, 0x439);
		return;
	}
	utf8proc_int32_t parts[8];
	int last = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t n = utf8proc_decompose_char(
	    c, parts, ARRAY_LEN(parts),
	    UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, &last);
	for (utf8proc_ssize_t i = 0; i < n && i < (utf8proc_ssize_t)ARRAY_LEN(parts); i++)
		if (in_word(parts[i]))
			put_folded(w, parts[i]);
}

bool
search_word_next(const char *text, size_t n, size_t *at, struct search_word *ret)
{
	utf8proc_int32_t c;
	bool inside = false;
	ret->folded_len = 0;
	for (size_t i = *at; i < n;) {
		utf8proc_ssize_t len =
		    utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(n - i), &c);
		bool letter = len > 0 && in_word(c);
		if (letter && !inside) {
			ret->start = i;
			inside = true;
		}
		if (!letter && inside && ret->folded_len > 0) {
			ret->end = *at = i;
			return true;
		}
		if (!letter)
			inside = false;
		else
			fold(ret, c);
		i += len > 0 ? (size_t)len : 1;
	}
	ret->end = *at = n;
	return inside && ret->folded_len > 0;
}

/* ---- stems ---- */

struct stemmer {
	struct sb_stemmer *russian, *english;
};

struct stemmer *
stemmer_create(void)
{
	struct stemmer *s = calloc(1, sizeof *s);
	if (!s)
		BUG("no memory for stemmers");
	s->russian = sb_stemmer_new("russian", "UTF_8");
	s->english = sb_stemmer_new("english", "UTF_8");
	if (!s->russian || !s->english)
		BUG("libstemmer knows no Russian or no English");
	return s;
}

void
stemmer_destroy(struct stemmer **s)
{
	if (!*s)
		return;
	sb_stemmer_delete((*s)->russian);
	sb_stemmer_delete((*s)->english);
	free(*s);
	*s = NULL;
}

const char *
stemmer_stem(struct stemmer *s, const char *folded, size_t n, size_t *ret_len)
{
	unsigned char first = (unsigned char)folded[0];
	struct sb_stemmer *which = first == 0xD0 || first == 0xD1   ? s->russian
	                           : (first >= 'a' && first <= 'z') ? s->english
	                                                            : NULL;
	if (which) {
		const sb_symbol *stem = sb_stemmer_stem(which, (const sb_symbol *)folded, (int)n);
		if (stem) {
			*ret_len = (size_t)sb_stemmer_length(which);
			return (const char *)stem;
		}
	}
	*ret_len = n;
	return folded;
}

char *
search_fold(const char *text, struct arena *mem)
{
	size_t n = strlen(text);
	OWNED(buf_free) struct buf out = buf_init(16 * n + SEARCH_WORD_MAX);
	struct search_word w;
	for (size_t at = 0; search_word_next(text, n, &at, &w);) {
		if (out.len > 0)
			buf_putc(&out, ' ');
		buf_put(&out, w.folded, w.folded_len);
	}
	return out.full ? NULL : arena_strndup(mem, out.len ? out.data : "", out.len);
}

/* ---- queries ---- */

static bool
has_word(const char *text, size_t n)
{
	struct search_word w;
	size_t at = 0;
	return search_word_next(text, n, &at, &w);
}

void
search_query_read(const char *text, struct search_query *ret)
{
	*ret = (struct search_query){0};
	for (const char *p = text; *p && ret->n < SEARCH_TERMS_MAX;) {
		struct search_term t = {0};
		while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
			p++;
		if (*p == '-') {
			t.excluded = true;
			p++;
		}
		bool quoted = *p == '"';
		t.text = p += quoted;
		while (*p && (quoted ? *p != '"' : *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r'))
			p++;
		t.len = (size_t)(p - t.text);
		p += quoted && *p == '"';
		if (!quoted && t.len > 0 && t.text[t.len - 1] == '*') {
			t.prefix = true;
			t.len--;
		}
		t.typing = !quoted && !t.prefix && !t.excluded && *p == '\0' && t.len >= 2;
		if (has_word(t.text, t.len))
			ret->terms[ret->n++] = t;
	}
}

/* ---- snippets ---- */

#define WANTED_MAX 64
struct wanted {
	char folded[SEARCH_WORD_MAX], stem[SEARCH_WORD_MAX];
	size_t folded_len, stem_len;
	bool prefix;
};

static size_t
wanted_words(struct stemmer *s, const struct search_query *q, struct wanted *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < q->n; i++) {
		const struct search_term *t = &q->terms[i];
		struct search_word w;
		if (t->excluded)
			continue;
		for (size_t at = 0; n < WANTED_MAX && search_word_next(t->text, t->len, &at, &w); n++) {
			size_t len;
			const char *stem = stemmer_stem(s, w.folded, w.folded_len, &len);
			ret[n] = (struct wanted){.folded_len = w.folded_len,
			                         .stem_len = len < SEARCH_WORD_MAX ? len : 0,
			                         .prefix = t->prefix || t->typing};
			memcpy(ret[n].folded, w.folded, w.folded_len);
			memcpy(ret[n].stem, stem, ret[n].stem_len);
		}
	}
	return n;
}

static bool
is_wanted(struct stemmer *s, const struct wanted *list, size_t n, const struct search_word *w)
{
	const char *stem = NULL;
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		/* Stems begin as their words do: most words are told apart by their first letter. */
		if (w->folded[0] != list[i].folded[0] ||
		    (w->folded_len > 1 && list[i].folded_len > 1 && (unsigned char)w->folded[0] >= 0x80 &&
		     w->folded[1] != list[i].folded[1]))
			continue;
		if (list[i].prefix && w->folded_len >= list[i].folded_len &&
		    memcmp(w->folded, list[i].folded, list[i].folded_len) == 0)
			return true;
		if (!stem)
			stem = stemmer_stem(s, w->folded, w->folded_len, &len);
		if (len == list[i].stem_len && memcmp(stem, list[i].stem, len) == 0)
			return true;
	}
	return false;
}

/* Back to the beginning of a code point, and on to the first blank after it where one is near. */
static size_t
beginning_near(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
		at--;
	return at;
}

bool
search_snippet(struct stemmer *s, const struct search_query *q, const char *text, size_t n,
               struct search_snippet *ret)
{
	struct wanted wanted[WANTED_MAX];
	size_t n_wanted = wanted_words(s, q, wanted), from = 0, to = 0;
	struct search_word w;
	*ret = (struct search_snippet){0};
	if (n > LOOK_MAX)
		n = beginning_near(text, LOOK_MAX);
	for (size_t at = 0; search_word_next(text, n, &at, &w);) {
		if (ret->n_marks > 0 && w.end > to)
			break;
		if (!is_wanted(s, wanted, n_wanted, &w))
			continue;
		if (ret->n_marks == 0) {
			from = w.start > SNIPPET_BEFORE ? beginning_near(text, w.start - SNIPPET_BEFORE) : 0;
			to = from + SNIPPET_LEN < n ? beginning_near(text, from + SNIPPET_LEN) : n;
			if (to < w.end)
				to = w.end;
		}
		if (ret->n_marks == SEARCH_MARKS_MAX)
			break;
		ret->marks[ret->n_marks].start = w.start - from;
		ret->marks[ret->n_marks++].len = w.end - w.start;
	}
	ret->text = text + from;
	ret->len = to - from;
	return ret->n_marks > 0;
}
