#include "fact_finder.h"

#include "text.h"

bool
fact_put(const struct fact_finder *k, enum fact_id id, const struct segment *g, size_t from, size_t to,
         const char *code, double confidence, struct reason why)
{
	struct fact *f = &k->to->f[id];
	const struct sheet *s = k->r->sheet;
	if (!code || (f->value && f->proof >= confidence))
		return false;
	char *value = arena_strndup(k->mem, g->text + from, to - from);
	if (!value)
		return false;
	*f = (struct fact){.value = value,
	                   .code = code,
	                   .proof = confidence,
	                   .confidence = confidence * (0.6 + 0.4 * (double)layout_confidence(s, g, from, to)),
	                   .source = "rule",
	                   .english = why.english,
	                   .russian = why.russian,
	                   .box = layout_box(s, g, from, to),
	                   .page = s->doc->pages[g->page].number,
	                   .has_box = true};
	return true;
}

size_t
fact_after_label(const char *upper, const char *label)
{
	size_t k = strlen(label);
	for (const char *p = strstr(upper, label); p; p = strstr(p + 1, label)) {
		bool start = p == upper || (!text_is_letter((uint8_t)p[-1]) && (uint8_t)p[-1] < 0x80);
		if (start)
			return (size_t)(p - upper) + k;
	}
	return SIZE_MAX;
}

static size_t
skip_marks(const char *s, size_t at)
{
	while (s[at] && strchr(" :.#=-", s[at]))
		at++;
	return at;
}

static bool
has_digit(const char *s)
{
	return strpbrk(s, "0123456789") != NULL;
}

#define ROWS_BELOW 2

size_t
fact_below(const struct sheet *s, uint32_t seg, uint32_t *ret, size_t cap)
{
	const struct segment *g = &s->segs[seg];
	size_t n = 0;
	for (uint32_t row = g->row + 1; row < s->n_rows && row <= g->row + ROWS_BELOW; row++)
		for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n && n < cap;
		     i++) {
			const struct segment *b = &s->segs[i];
			bool under = b->x0 < g->x1 && b->x1 > g->x0 && b->page == g->page;
			if (under && b->y0 - g->y1 < 3 * g->h)
				ret[n++] = i;
		}
	return n;
}

const struct segment *
fact_value_of(const struct fact_finder *k, uint32_t seg, size_t after, size_t *at)
{
	const struct sheet *s = k->r->sheet;
	const struct segment *g = &s->segs[seg];
	*at = skip_marks(g->upper, after);
	if (g->upper[*at] && has_digit(g->upper + *at))
		return g;
	uint32_t place[4];
	size_t n = 0;
	if (seg + 1 < s->n && s->segs[seg + 1].row == g->row)
		place[n++] = seg + 1;
	if (!g->upper[*at])
		n += fact_below(s, seg, place + n, ARRAY_LEN(place) - n);
	for (size_t i = 0; i < n; i++) {
		const char *u = s->segs[place[i]].upper;
		*at = skip_marks(u, 0);
		if (has_digit(u + *at))
			return &s->segs[place[i]];
	}
	return NULL;
}

size_t
fact_digits(const char *s, size_t at)
{
	return strspn(s + at, "0123456789");
}

bool
fact_any(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(s, words[i]))
			return true;
	return false;
}

bool
fact_row_says(const struct sheet *s, uint32_t seg, const char *const *words, size_t n)
{
	uint32_t first = s->rows[s->segs[seg].row].first;
	for (uint32_t i = seg - first < FACT_ROW_LOOKED ? first : seg - FACT_ROW_LOOKED; i <= seg; i++)
		if (fact_any(s->segs[i].upper, words, n))
			return true;
	return false;
}
