#include "kind.h"

#include "kind_shape.h"
#include "text.h"

#include <math.h>

const char *const type_names[TYPE_COUNT] = {
#define X(name, text) text,
#include "types.tbl.h"
#undef X
};

struct sign {
	enum paper_type kind;
	const char *words;
};
static const struct sign signs[] = {
#define X(kind, words) {TYPE_##kind, words},
#include "signs.tbl.h"
#undef X
};

#define MOST_TEXT (64 * KIB) /* of what signs are looked for in */

/* Signs by the byte they begin with, so that a text is gone through once. */
struct sign_index {
	int16_t first[256], next[ARRAY_LEN(signs)];
};

static void
index_signs(struct sign_index *x)
{
	memset(x->first, -1, sizeof x->first);
	for (int i = (int)ARRAY_LEN(signs) - 1; i >= 0; i--) {
		uint8_t b = (uint8_t)signs[i].words[0];
		x->next[i] = x->first[b];
		x->first[b] = (int16_t)i;
	}
}

/* at[i]: where sign i first stands in the text, as the beginning of a word; -1: nowhere. */
static void
find_signs(const struct sign_index *x, const char *text, long at[ARRAY_LEN(signs)])
{
	memset(at, -1, ARRAY_LEN(signs) * sizeof *at);
	for (const char *p = text; *p; p++) {
		uint8_t before = p > text ? (uint8_t)p[-1] : ' ';
		if ((before >= 'A' && before <= 'Z') || before >= 0x80)
			continue;
		for (int i = x->first[(uint8_t)*p]; i >= 0; i = x->next[i])
			if (at[i] < 0 && strncmp(p, signs[i].words, strlen(signs[i].words)) == 0)
				at[i] = p - text;
	}
}

static void
whole_text(const struct reading *r, struct buf *out)
{
	for (size_t i = 0; i < r->sheet->n && out->len < MOST_TEXT - LAYOUT_SEGMENT_LEN - 1100; i++) {
		buf_putc(out, ' ');
		buf_puts(out, r->sheet->segs[i].upper);
	}
	buf_putc(out, ' ');
}

size_t
kind_signs(const struct reading *r, enum paper_type kind, const char **ret, size_t cap)
{
	OWNED(buf_free) struct buf text = buf_init(MOST_TEXT);
	size_t n = 0;
	long at[ARRAY_LEN(signs)];
	struct sign_index x;
	index_signs(&x);
	whole_text(r, &text);
	find_signs(&x, text.data, at);
	for (size_t i = 0; i < ARRAY_LEN(signs) && n < cap; i++)
		if (signs[i].kind == kind && at[i] >= 0)
			ret[n++] = signs[i].words;
	return n;
}

struct sign_counts
kind_count_signs(const struct reading *r)
{
	OWNED(buf_free) struct buf text = buf_init(MOST_TEXT);
	struct sign_counts c = {0};
	long at[ARRAY_LEN(signs)];
	struct sign_index x;
	index_signs(&x);
	whole_text(r, &text);
	find_signs(&x, text.data, at);
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		c.found[signs[i].kind] += at[i] >= 0;
		c.early[signs[i].kind] += at[i] >= 0 && at[i] < 300;
		c.all += at[i] >= 0;
	}
	return c;
}

static void
feat_signs(struct features *f, const struct reading *r)
{
	const struct sign_counts *c = r->signs;
	for (int t = 0; t < TYPE_COUNT; t++) {
		feat_in(f, "signs", type_names[t], c->found[t]);
		feat_in(f, "signs_share", type_names[t], c->all ? (double)c->found[t] / c->all : 0);
		feat_in(f, "signs_early", type_names[t], c->early[t]);
	}
}

/* What a paper calls itself: a short line among the first, or in large letters, that a sign begins (1) or
 * fills (2). */
#define TITLES_AMONG 12 /* segments from the top on */
#define TITLES_MOST  40
#define TITLE_WORDS  6
#define TITLE_LARGE  1.3f

static void
feat_titles(struct features *f, const struct reading *r)
{
	const struct sheet *s = r->sheet;
	int title[TYPE_COUNT] = {0}, looked = 0;
	struct sign_index x;
	index_signs(&x);
	for (size_t i = 0; i < s->n && looked < TITLES_MOST; i++) {
		const struct segment *g = &s->segs[i];
		if (g->n_words > TITLE_WORDS || (i >= TITLES_AMONG && g->h < TITLE_LARGE * s->median_h))
			continue;
		long at[ARRAY_LEN(signs)];
		looked++;
		find_signs(&x, g->upper, at);
		for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
			int says = at[k] < 0 ? 0 : 2 * strlen(signs[k].words) >= g->len ? 2 : at[k] == 0;
			title[signs[k].kind] = says > title[signs[k].kind] ? says : title[signs[k].kind];
		}
	}
	for (int t = 0; t < TYPE_COUNT; t++)
		feat_in(f, "title", type_names[t], title[t]);
}

struct letters {
	double all, digits, letters, capitals, cyrillic, lines, marks;
};

static void
count_letters(const struct segment *g, struct letters *l)
{
	for (size_t i = 0, k; i < g->len; i += k) {
		uint32_t c = text_decode(g->text + i, g->len - i, &k);
		l->all++;
		l->digits += c < 128 && text_is_digit((char)c);
		l->cyrillic += c >= 0x400 && c < 0x500;
		l->lines += c == '_';
		l->marks += c == ':';
		if (text_is_letter(c)) {
			l->letters++;
			l->capitals += memcmp(g->text + i, g->upper + i, k) == 0;
		}
	}
}

static void
feat_text(struct features *f, const struct reading *r)
{
	const struct sheet *s = r->sheet;
	struct letters l = {0};
	double words = 0, longs = 0, shorts = 0, labels = 0, length = 0, numbers = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct segment *g = &s->segs[i];
		count_letters(g, &l);
		words += g->n_words;
		length += g->len;
		longs += g->n_words >= 9;
		shorts += g->n_words <= 2;
		labels += g->len && g->text[g->len - 1] == ':';
		numbers += g->len && text_is_digit(g->text[0]) && text_is_digit(g->text[g->len - 1]);
	}
	double n = s->n ? (double)s->n : 1, rows = s->n_rows ? (double)s->n_rows : 1;
	double two = 0, three = 0, with_sum = 0;
	for (size_t i = 0; i < s->n_rows; i++) {
		two += s->rows[i].n >= 2;
		three += s->rows[i].n >= 3;
	}
	uint32_t last = UINT32_MAX;
	for (size_t i = 0; i < r->n_amounts; i++) {
		uint32_t row = s->segs[r->amounts[i].seg].row;
		with_sum += row != last;
		last = row;
	}
	feat(f, "words", log(words + 1));
	feat(f, "rows", log(rows + 1));
	feat(f, "words_a_row", words / rows);
	feat(f, "words_a_segment", words / n);
	feat(f, "letters_a_segment", length / n);
	feat(f, "long_segments", longs / n);
	feat(f, "short_segments", shorts / n);
	feat(f, "labels", labels / n);
	feat(f, "numbers", numbers / n);
	feat(f, "rows_of_two", two / rows);
	feat(f, "rows_of_three", three / rows);
	feat(f, "rows_with_sums", with_sum / rows);
	feat(f, "digits", l.digits / fmax(1, l.all));
	feat(f, "capitals", l.capitals / fmax(1, l.letters));
	feat(f, "cyrillic", l.cyrillic / fmax(1, l.letters));
	feat(f, "underlines", l.lines / fmax(1, l.all));
	feat(f, "colons", l.marks / n);
	feat(f, "amounts", log((double)r->n_amounts + 1));
	feat(f, "dates", log((double)r->n_dates + 1));
	feat(f, "dates_a_row", (double)r->n_dates / rows);
}

static void
feat_page(struct features *f, const struct reading *r)
{
	const struct sheet *s = r->sheet;
	const struct document_text *d = s->doc;
	const struct page *p = d->n_pages ? &d->pages[0] : NULL;
	double aspect = p && p->width > 0 ? (double)p->height / p->width : 0;
	int codes = 0;
	for (size_t i = 0; p && i < d->n_pages; i++)
		codes += (int)d->pages[i].n_barcodes;
	feat(f, "aspect", aspect);
	feat(f, "pages", (double)d->n_pages);
	feat(f, "codes", codes);
	feat(f, "width_used", (s->x1 - s->x0) / 1000);
	feat(f, "largest_letters", s->max_head_h / fmaxf(s->median_h, 1e-3f));
}

enum err
kind_features(const struct reading *r, const float text_p[TYPE_COUNT], struct features *f, struct why *why)
{
	(void)why;
	for (int t = 0; t < TYPE_COUNT; t++)
		feat_in(f, "words_say", type_names[t], text_p[t]);
	feat_signs(f, r);
	feat_titles(f, r);
	feat_text(f, r);
	kind_shape_features(r, f);
	feat_page(f, r);
	return ERR_NONE;
}

void
kind_paper_features(const struct reading *r, struct features *f)
{
	for (int t = 0; t < TYPE_COUNT; t++)
		feat_in(f, "paper_signs", type_names[t], r->signs->found[t]);
	kind_shape_brief(r, f);
}

enum err
kind_feature_names(struct buf *out, struct why *why)
{
	static const struct document_text no_document = {0};
	static const struct sheet none = {.doc = &no_document, .median_h = 1};
	static const struct sign_counts no_signs = {0};
	static const struct reading empty = {.sheet = &none, .signs = &no_signs};
	float v[KIND_MAX_FEATURES], p[TYPE_COUNT] = {0};
	struct features f = {.v = v, .cap = KIND_MAX_FEATURES, .names = out};
	return kind_features(&empty, p, &f, why);
}
