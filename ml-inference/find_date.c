/* The paper's date: each distinct day that stands on it, seen through all its occurrences. */
#include "candidates.h"
#include "day_signs.h"
#include "patterns.h"
#include "text.h"

#include <math.h>

#define MAX_VALUES 100
#define OCCURRENCE 48   /* features of one occurrence */
#define PIECES     4.0f /* log-odds against what counts pieces in boxes */

struct value {
	const struct date *d;
	uint32_t occurrence[16];
	size_t n;
};

/* The last 40 bytes of what stands before it decide, not the whole row. */
static const char *
tail(const char *s, size_t most)
{
	size_t n = strlen(s);
	return n > most ? s + n - most : s;
}

/* Whose day it is, by what stands before it. */
static const char *const words[] = {"INVOICE", "ORDER",  "ISSUE", "DUE",  "PERIOD", "BIRTH",
                                    "EXPIR",   "PRINT",  "SIGN",  "SHIP", "DELIV",  "STATEMENT",
                                    "PAYMENT", "RECEIV", "CHECK", "END",  "REV",    "ФОРМИР",
                                    "ОПЕРАЦ",  "ПЛАТЕЖ", "ОТЧЕТ", "ОТ ",  " ПО",    "№"};

static void
feat_occurrence(struct features *f, const char *group, const struct reading *r, uint32_t at)
{
	const struct found_date *d = &r->dates[at];
	const struct sheet *s = r->sheet;
	const struct segment *g = &s->segs[d->seg];
	const char *left = tail(d->left, 40);
	char right[24];
	snprintf(right, sizeof right, "%s", d->right);
	feat_in(f, group, "p", d->p);
	feat_in(f, group, "y", (g->y0 - s->y0) / fmaxf(1, s->y1 - s->y0));
	feat_in(f, group, "row", g->row);
	feat_in(f, group, "DATE_left", strstr(left, "DATE") != NULL);
	feat_in(f, group, "DATE_above", strstr(d->up, "DATE") != NULL);
	feat_in(f, group, "time_right", pattern_in(PATTERN_TIME, right));
	feat_in(f, group, "time_left", pattern_in(PATTERN_CLOCK, left));
	feat_in(f, group, "TIME_beside", strstr(left, "TIME") || strstr(right, "TIME"));
	feat_in(f, group, "stranger_left", pattern_in(PATTERN_DATE_STRANGER, left));
	feat_in(f, group, "document_left", pattern_in(PATTERN_DOCUMENT_WORD, left));
	feat_in(f, group, "form", d->d.form);
	feat_in(f, group, "short_year", d->d.short_year);
	feat_in(f, group, "left_empty", d->left[0] == '\0');
	feat_in(f, group, "right_empty", d->right[0] == '\0');
	feat_in(f, group, "order", at);
	feat_in(f, group, "height", g->h / s->median_h);
	feat_in(f, group, "confidence", layout_confidence(s, g, d->d.start, d->d.end));
	feat_words(f, group, left[0] ? left : tail(d->up, 40), words, ARRAY_LEN(words));
}

static size_t
gather(const struct reading *r, struct value *v)
{
	size_t n = 0;
	for (uint32_t i = 0; i < r->n_dates; i++) {
		size_t k = 0;
		while (k < n && dates_compare(v[k].d, &r->dates[i].d) != 0)
			k++;
		if (k == n) {
			if (n == MAX_VALUES)
				continue;
			v[n++] = (struct value){.d = &r->dates[i].d};
		}
		if (v[k].n < ARRAY_LEN(v[k].occurrence))
			v[k].occurrence[v[k].n++] = i;
	}
	return n;
}

/* Once its own is enough; another's it is only where it always is. */
static float
weigh_occurrences(const struct reading *r, const struct value *v)
{
	float most = day_signs_weigh(r->sheet, &r->dates[v->occurrence[0]]);
	for (size_t o = 1; o < v->n; o++)
		most = fmaxf(most, day_signs_weigh(r->sheet, &r->dates[v->occurrence[o]]));
	return most;
}

enum err
find_date(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
          struct why *why)
{
	const struct sheet *s = r->sheet;
	struct value *v;
	ARENA_TRY(v, arena_array(mem, MAX_VALUES, sizeof *v), mem, why);
	size_t n = gather(r, v);
	for (size_t k = 0; k < n; k++) {
		uint32_t best = v[k].occurrence[0];
		double sum = 0;
		for (size_t o = 0; o < v[k].n; o++) {
			const struct found_date *d = &r->dates[v[k].occurrence[o]];
			sum += d->p;
			if (d->p > r->dates[best].p)
				best = v[k].occurrence[o];
		}
		struct features f, one;
		if (!candidates_begin(ret, mem, &f, names))
			break;
		feat_occurrence(&f, "best", r, best);
		float most[OCCURRENCE] = {0}, row[OCCURRENCE];
		size_t width = 0;
		for (size_t o = 0; o < v[k].n; o++) {
			one = (struct features){.v = row, .cap = OCCURRENCE};
			feat_occurrence(&one, NULL, r, v[k].occurrence[o]);
			width = one.n;
			for (size_t i = 0; i < width; i++)
				most[i] = o ? fmaxf(most[i], row[i]) : row[i];
		}
		static const char *const kept[] = {"p",         "y",           "row",
		                                   "DATE_left", "DATE_above",  "time_right",
		                                   "time_left", "TIME_beside", "stranger_left"};
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			feat_in(&f, "most", kept[i], most[i]);
		size_t earlier = 0;
		for (size_t i = 0; i < n; i++)
			earlier += dates_compare(v[i].d, v[k].d) < 0;
		feat(&f, "occurrences", (double)v[k].n);
		feat(&f, "values", (double)n);
		feat(&f, "before_2010", v[k].d->year < 2010);
		feat(&f, "after_2035", v[k].d->year > 2035);
		feat(&f, "earlier_values", (double)earlier);
		feat(&f, "p_sum", sum);
		feat_paper(&f, r);
		const struct found_date *d = &r->dates[best];
		const struct segment *g = &s->segs[d->seg];
		struct candidate c = {.date = d->d, .day = d};
		c.prior = dates_counts_pieces(g->upper, g->len, &d->d) ? -PIECES : 0;
		c.prior += weigh_occurrences(r, &v[k]);
		const struct passage line = passage_begin(s, d->seg);
		place_range(s, &line, d->d.start, d->d.end, &c);
		ARENA_TRY(c.text, arena_strndup(mem, g->text + d->d.start, d->d.end - d->d.start), mem, why);
		candidates_end(ret, &c, &f);
	}
	return ERR_NONE;
}
