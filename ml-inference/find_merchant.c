/* The seller's name: one to three lines near the top, whole or without what is stuck to a name. */
#include "candidates.h"
#include "patterns.h"
#include "text.h"

#include <math.h>

#define HEAD_SEGMENTS 22
#define MAX_NAME      90 /* bytes, twice that where letters take two */

enum cut { CUT_NONE, CUT_REGISTRATION, CUT_BRACKET, CUT_LEGAL, CUT_OWNER, CUT_COUNT };
static const char *const cut_names[CUT_COUNT] = {"cut_none", "cut_registration", "cut_bracket",
                                                 "cut_legal_form", "cut_owner"};

struct variant {
	enum cut cut;
	size_t from, to;
};

static void
add_variant(struct variant *v, size_t *n, const char *t, enum cut cut, size_t from, size_t to)
{
	while (from < to && strchr(" ,:-", t[from]))
		from++;
	while (to > from && strchr(" ,:-", t[to - 1]))
		to--;
	if (to - from < 4)
		return;
	for (size_t i = 0; i < *n; i++)
		if (v[i].from == from && v[i].to == to)
			return;
	v[(*n)++] = (struct variant){cut, from, to};
}

static size_t
variants(const char *t, struct variant *v)
{
	size_t n = 0, from, to, len = strlen(t);
	v[n++] = (struct variant){CUT_NONE, 0, len};
	if (pattern_match(PATTERN_REGISTRATION_TAIL, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_REGISTRATION, 0, from);
	if (pattern_match(PATTERN_BRACKET_TAIL, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_BRACKET, 0, from);
	if (pattern_match(PATTERN_LEGAL_FORM, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_LEGAL, 0, to);
	if (pattern_match(PATTERN_OWNER_HEAD, t, 1, &from, &to)) {
		size_t whole = n;
		for (size_t i = 0; i < whole; i++)
			if (v[i].to > to)
				add_variant(v, &n, t, CUT_OWNER, to, v[i].to);
	}
	return n;
}

struct run {
	const struct reading *r;
	uint32_t first, last;
	const char *upper, *text, *canon; /* joined */
	bool legal_in_head;
};

static void
feat_run(struct features *f, const struct run *n)
{
	const struct sheet *s = n->r->sheet;
	float lo = 1e9f, hi = 0, p[3][LINE_CLASSES];
	for (int c = 0; c < LINE_CLASSES; c++) {
		p[0][c] = 1;
		p[1][c] = p[2][c] = 0;
	}
	uint32_t count = n->last - n->first + 1;
	for (uint32_t k = n->first; k <= n->last; k++) {
		lo = fminf(lo, s->segs[k].h);
		hi = fmaxf(hi, s->segs[k].h);
		for (int c = 0; c < LINE_CLASSES; c++) {
			p[0][c] = fminf(p[0][c], n->r->line_p[k][c]);
			p[1][c] = fmaxf(p[1][c], n->r->line_p[k][c]);
			p[2][c] += n->r->line_p[k][c] / (float)count;
		}
	}
	feat(f, "segments", count);
	feat(f, "lowest", lo / s->median_h);
	feat(f, "highest", hi / s->median_h);
	feat(f, "head_highest", s->max_head_h / s->median_h);
	feat(f, "is_highest", hi >= s->max_head_h - 1e-3f);
	feat(f, "share_of_highest", hi / fmaxf(s->max_head_h, 1e-3f));
	float above = n->first ? s->segs[n->first].y0 - s->segs[n->first - 1].y1 : 0;
	float below = n->last + 1 < s->n ? s->segs[n->last + 1].y0 - s->segs[n->last].y1 : 0;
	feat(f, "gap_above", above / s->median_h);
	feat(f, "gap_below", below / s->median_h);
	static const char *const kind[] = {"least", "most", "mean"};
	for (int k = 0; k < 3; k++) {
		feat_in(f, kind[k], "p_other", p[k][LINE_OTHER]);
		feat_in(f, kind[k], "p_merchant", p[k][LINE_MERCHANT]);
		feat_in(f, kind[k], "p_address", p[k][LINE_ADDRESS]);
	}
	float before = 0, after = 0, best = 0;
	for (uint32_t k = 0; k < s->n && k < HEAD_SEGMENTS; k++) {
		float q = n->r->line_p[k][LINE_MERCHANT];
		best = fmaxf(best, q);
		if (k < n->first)
			before += q;
		else if (k > n->last)
			after += q;
	}
	feat(f, "p_before", before);
	feat(f, "p_after", after);
	feat(f, "p_of_best", p[1][LINE_MERCHANT] / fmaxf(best, 1e-4f));
	feat_line_p(f, "prev", n->r, (int64_t)n->first - 1);
	feat_line_p(f, "prev2", n->r, (int64_t)n->first - 2);
	feat_line_p(f, "next", n->r, (int64_t)n->last + 1);
	feat_line_p(f, "next2", n->r, (int64_t)n->last + 2);
}

static double
share(const char *s, size_t n, bool letters)
{
	size_t hits = 0, all = 0, k;
	for (size_t i = 0; i < n; i += k, all++) {
		uint32_t c = text_decode(s + i, n - i, &k);
		hits += letters ? text_is_letter(c) : (c < 128 && text_is_digit((char)c));
	}
	return all ? (double)hits / (double)all : 0;
}

static int
count_char(const char *s, size_t n, char c)
{
	int k = 0;
	for (size_t i = 0; i < n; i++)
		k += s[i] == c;
	return k;
}

static enum err
add_candidate(const struct run *n, const struct variant *v, struct arena *mem, struct candidates *all,
              struct buf *names, struct why *why)
{
	const struct sheet *s = n->r->sheet;
	struct features f;
	if (!candidates_begin(all, mem, &f, names))
		return ERR_NONE;
	struct candidate c = {0};
	size_t len = v->to - v->from;
	const char *name = n->upper + v->from;
	OWNED(buf_free) struct buf canon = buf_init(16 * KIB);
	text_canonical(&canon, name, len, false);
	buf_putc(&canon, ' ');
	feat_geometry(&f, "line", s, n->first);
	feat_run(&f, n);
	for (int k = 0; k < CUT_COUNT; k++)
		feat(&f, cut_names[k], v->cut == (enum cut)k);
	feat_head_words(&f, "name", canon.data);
	feat_patterns(&f, "name", canon.data);
	feat_patterns(&f, "prev", segment_canon(s, (int64_t)n->first - 1));
	feat_patterns(&f, "next", segment_canon(s, (int64_t)n->last + 1));
	feat_head_words(&f, "next", segment_canon(s, (int64_t)n->last + 1));
	feat_head_words(&f, "prev", segment_canon(s, (int64_t)n->first - 1));
	feat(&f, "length", (double)len);
	feat(&f, "cut_off", (double)(strlen(n->upper) - len));
	feat(&f, "digits", share(name, len, false));
	feat(&f, "letters", share(name, len, true));
	int open = count_char(name, len, '('), close = count_char(name, len, ')');
	feat(&f, "brackets", open);
	feat(&f, "brackets_unbalanced", open != close);
	feat(&f, "legal_end", pattern_in(PATTERN_LEGAL_END, canon.data));
	feat(&f, "legal_in_head", n->legal_in_head);
	ARENA_TRY(c.text, arena_strndup(mem, n->text + v->from, len), mem, why);
	place_range(s, n->first, n->last, v->from, v->to, &c);
	feat(&f, "word_confidence", c.confidence);
	candidates_end(all, &c, &f);
	return ERR_NONE;
}

/* What a Russian cash register prints above or below the seller's name. The receipts that the model
 * learnt from have none of it, so it could not learn to pass them by. */
static bool
is_heading(const char *upper)
{
	static const char *const headings[] = {"КАССОВЫЙ ЧЕК",    "КАССОВЫИ ЧЕК", "ПРИХОД",
	                                       "ВОЗВРАТ ПРИХОДА", "ТОВАРНЫЙ ЧЕК", "ДОБРО ПОЖАЛОВАТЬ"};
	for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
		if (strncmp(upper, headings[i], strlen(headings[i])) == 0)
			return true;
	return false;
}

enum err
find_merchant(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
              struct why *why)
{
	const struct sheet *s = r->sheet;
	size_t head = s->n < HEAD_SEGMENTS ? s->n : HEAD_SEGMENTS;
	bool legal = false;
	for (size_t i = 0; i < head && i < 12; i++)
		legal |= strstr(s->segs[i].canon, "BHD") || strstr(s->segs[i].canon, "S/B");
	for (uint32_t i = 0; i < head; i++)
		for (uint32_t j = i; j < s->n && j < i + 3; j++) {
			if (is_heading(s->segs[j].upper))
				break;
			struct run n = {.r = r, .first = i, .last = j, .legal_in_head = legal};
			TRY(join_segments(s, i, j, true, mem, &n.upper, why));
			TRY(join_segments(s, i, j, false, mem, &n.text, why));
			size_t len = strlen(n.upper);
			bool wide =
			    len > 2 && ((uint8_t)n.upper[0] >= 0x80 || (uint8_t)n.upper[len / 2] >= 0x80);
			if (len > (wide ? 2 * MAX_NAME : MAX_NAME))
				break;
			struct variant v[12];
			size_t count = variants(n.upper, v);
			for (size_t k = 0; k < count; k++)
				TRY(add_candidate(&n, &v[k], mem, ret, names, why));
		}
	return ERR_NONE;
}
