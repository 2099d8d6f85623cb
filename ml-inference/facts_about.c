/* What a paper is about: whom it is for, and what kind of spending it is. */
#include "fact_finder.h"
#include "parties.h"
#include "text.h"

#define MAX_SCANNED 1500 /* segments */
#define HEAD        12   /* segments that a seller calls itself by */

#define LIKELY 0.80 /* set by hand: few papers say what it should be */

static void
put(struct fact *f, const struct sheet *s, uint32_t seg, size_t from, size_t to, struct arena *mem,
    const char *code, double confidence, const char *english, const char *russian)
{
	const struct segment *g = &s->segs[seg];
	char *value = arena_strndup(mem, g->text + from, to - from);
	if (!value || !code || (f->value && f->confidence >= confidence))
		return;
	*f = (struct fact){.value = value,
	                   .code = code,
	                   .confidence = confidence,
	                   .source = "rule",
	                   .english = english,
	                   .russian = russian,
	                   .box = layout_box(s, g, from, to),
	                   .page = s->doc->pages[g->page].number,
	                   .has_box = true};
}

/* ---- whom it is for ---- */

/* Where a name may end: what follows is a number or an address. */
static size_t
name_end(const char *upper, size_t at)
{
	static const char *const ends[] = {", ИНН", " ИНН", ", КПП", ", ", ";", " ТЕЛ"};
	size_t end = strlen(upper);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *p = strstr(upper + at, ends[i]);
		if (p && (size_t)(p - upper) < end)
			end = (size_t)(p - upper);
	}
	while (end > at && strchr(" :,", upper[end - 1]))
		end--;
	return end;
}

/* Past marks, what stands in brackets, and the payer's number. */
static size_t
name_begin(const char *upper, size_t at)
{
	for (;;) {
		size_t from = at;
		at += strspn(upper + at, " :.-0123456789");
		if (strncmp(upper + at, "№", strlen("№")) == 0)
			at += strlen("№");
		if (upper[at] == '(' && strchr(upper + at, ')'))
			at = (size_t)(strchr(upper + at, ')') - upper) + 1;
		if (at == from)
			return at;
	}
}

/* Of a payment order's next cell: nobody's name. */
static bool
is_label(const char *upper)
{
	static const char *const labels[] = {"БИК", "ИНН", "КПП", "ОГРН", "Р/С", "СЧ.", "СУММА", "АДРЕС"};
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t n = strlen(labels[i]), k;
		if (strncmp(upper, labels[i], n) == 0 &&
		    (!upper[n] || !text_is_letter(text_decode(upper + n, strlen(upper + n), &k))))
			return true;
	}
	return false;
}

static bool
put_name(const struct sheet *s, uint32_t seg, size_t after, struct arena *mem, struct fact *f)
{
	const char *u = s->segs[seg].upper;
	size_t from = name_begin(u, after), to = name_end(u, from), k;
	bool letter = from < to && text_is_letter(text_decode(u + from, to - from, &k));
	if (to < from + 5 || is_label(u + from) ||
	    !(letter || u[from] == '"' || strncmp(u + from, "«", 2) == 0))
		return false;
	put(f, s, seg, from, to, mem, arena_strndup(mem, s->segs[seg].text + from, to - from), LIKELY,
	    "Words for whom it is meant stand before it", "перед ним слова о том, кому это предназначено");
	return true;
}

/* Where a label's name may stand: beside it, in the next row to its right where the label has two lines,
 * below it. An English one is the head of a block of lines. */
static size_t
values_of(const struct sheet *s, uint32_t seg, uint32_t *ret, size_t cap)
{
	const struct segment *g = &s->segs[seg];
	size_t n = g->upper[0] < 'A' || g->upper[0] > 'Z' ? 0 : fact_below(s, seg, ret, 1);
	if (seg + 1 < s->n && s->segs[seg + 1].row == g->row)
		ret[n++] = seg + 1;
	for (uint32_t i = seg + 1; n == 0 && i < s->n && s->segs[i].row <= g->row + 1; i++)
		if (s->segs[i].x0 >= g->x1 && s->segs[i].y0 - g->y1 < g->h)
			ret[n++] = i;
	return n + fact_below(s, seg, ret + n, cap - n);
}

static void
recipient(const struct reading *r, struct arena *mem, struct fact *f)
{
	const struct sheet *s = r->sheet;
	for (uint32_t seg = 0; seg < s->n && seg < MAX_SCANNED && !f->value; seg++) {
		size_t n;
		enum party_role role;
		if (!party_label(&s->segs[seg], &n, &role) || role != PARTY_RECIPIENT ||
		    put_name(s, seg, n, mem, f) ||
		    name_begin(s->segs[seg].upper, n) < s->segs[seg].len) /* something else is said of him */
			continue;
		uint32_t place[6];
		size_t places = values_of(s, seg, place, ARRAY_LEN(place));
		for (size_t b = 0; b < places && !f->value; b++)
			(void)put_name(s, place[b], 0, mem, f);
	}
}

/* ---- what was paid for ---- */

static const struct {
	const char *category, *words;
} telling[] = {
#define X(category, words) {category, words},
#include "categories.tbl.h"
#undef X
};

#define HEAD_COUNTS 3

struct mention { /* where a word of the table first stands */
	uint32_t seg;
	uint16_t at;
	bool found;
};

/* Words by the byte they begin with, so that a line is gone through once. */
struct word_index {
	int16_t first[256], next[ARRAY_LEN(telling)];
};

static void
index_words(struct word_index *x)
{
	memset(x->first, -1, sizeof x->first);
	for (int i = (int)ARRAY_LEN(telling) - 1; i >= 0; i--) {
		uint8_t b = (uint8_t)telling[i].words[0];
		x->next[i] = x->first[b];
		x->first[b] = (int16_t)i;
	}
}

static void
find_words(const struct sheet *s, struct mention ret[ARRAY_LEN(telling)])
{
	struct word_index x;
	index_words(&x);
	for (uint32_t seg = 0; seg < s->n && seg < MAX_SCANNED; seg++) {
		const char *u = s->segs[seg].upper;
		for (size_t at = 0; u[at]; at++) {
			uint8_t before = at ? (uint8_t)u[at - 1] : ' ';
			bool inside = before >= 'A' && before <= 'Z';
			if (before >= 0x80 || (inside && u[at] != 'M'))
				continue;
			for (int i = x.first[(uint8_t)u[at]]; i >= 0; i = x.next[i]) {
				/* MART ends names too: FAMILYMART */
				if (ret[i].found || (inside && strcmp(telling[i].words, "MART") != 0))
					continue;
				if (strncmp(u + at, telling[i].words, strlen(telling[i].words)) == 0)
					ret[i] = (struct mention){seg, (uint16_t)at, true};
			}
		}
	}
}

static void
category(const struct reading *r, struct arena *mem, struct fact *f)
{
	const struct sheet *s = r->sheet;
	struct mention found[ARRAY_LEN(telling)] = {0};
	int best = 0, second = 0;
	find_words(s, found);
	for (size_t i = 0; i < ARRAY_LEN(telling);) {
		const char *name = telling[i].category;
		const struct mention *earliest = NULL;
		int score = 0;
		for (; i < ARRAY_LEN(telling) && strcmp(telling[i].category, name) == 0; i++) {
			if (!found[i].found)
				continue;
			score += found[i].seg < HEAD ? HEAD_COUNTS : 1;
			if (!earliest || found[i].seg < earliest->seg)
				earliest = &found[i];
		}
		if (score > best) {
			size_t n = strlen(telling[earliest - found].words);
			second = best;
			best = score;
			*f = (struct fact){0};
			put(f, s, earliest->seg, earliest->at, earliest->at + n, mem, name, LIKELY,
			    "Words on it speak of such spending", "слова на ней говорят о таких тратах");
		} else if (score > second) {
			second = score;
		}
	}
	if (f->value && best == second)
		f->confidence = 0.5; /* it might as well be the other */
	else if (f->value && best < HEAD_COUNTS)
		f->confidence = 0.6;
}

enum err
facts_about(const struct reading *r, struct arena *mem, struct facts *to, struct why *why)
{
	(void)why;
	recipient(r, mem, &to->f[FACT_RECIPIENT]);
	category(r, mem, &to->f[FACT_CATEGORY]);
	return ERR_NONE;
}
