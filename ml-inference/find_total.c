/* The sum that was paid: each distinct amount on the paper, seen through its best occurrence and
 * through what it makes together with the others (cash minus change, net plus tax, rounding). */
#include "candidates.h"
#include "patterns.h"
#include "text.h"
#include "words.h"

#include <math.h>

#define MAX_VALUES 400
#define OCCURRENCE 160

static const char *const words[] = {
    "TOTAL", "SUB",    "GRAND",  "NET",  "NETT",   "CASH",    "CHANGE",  "ROUND", "GST", "TAX",   "INCL",
    "EXCL",  "DISC",   "AMOUNT", "AMT",  "DUE",    "BALANCE", "PAYMENT", "PAID",  "QTY", "ITEM",  "TENDER",
    "VISA",  "MASTER", "CARD",   "SAV",  "SR",     "ZR",      "@",       "%",     "RM",  "SALES", "PAY",
    "BILL",  "ADJ",    "INV",    "SERV", "BEFORE", "AFTER",   "PRICE",   "(RM)",  "PTS", "POINT", "PAYABLE",
};
#define HEAD_FEATURES 24 /* of an occurrence, before the words */
#define WORDS_RIGHT   31
#define WORDS_ROWS    21
#define N_OCCURRENCE  (HEAD_FEATURES + ARRAY_LEN(words) + WORDS_RIGHT + 2 * WORDS_ROWS)

struct value {
	int64_t minor;
	bool negative;
	uint32_t occurrence[24];
	size_t n;
};
struct values {
	struct value v[MAX_VALUES]; /* in order of first occurrence */
	size_t n;
	int64_t sorted[MAX_VALUES]; /* largest first */
};

/* What the label before an amount says. Every value is weighed against every amount, so that the labels
 * are read once and not for each. */
struct label {
	bool plain_total, total, paying, change, rounding;
	int claim;
};
/* What a list of amounts is asked again and again. */
struct labels {
	struct label *of;        /* each amount */
	int64_t *paid, *changes; /* what was handed over and what came back, largest first */
	size_t n_paid, n_changes;
	uint32_t *totals_after; /* plain totals from this amount on */
	int64_t *sum_before;    /* of the amounts before this one */
	int64_t largest_plain;
	int most_claimed;
};

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

static void
gather(const struct reading *r, struct values *all)
{
	for (uint32_t i = 0; i < r->n_amounts; i++) {
		const struct amount *a = &r->amounts[i].a;
		size_t k = 0;
		while (k < all->n && all->v[k].minor != a->minor)
			k++;
		if (k == all->n) {
			if (all->n == MAX_VALUES)
				continue;
			all->v[all->n++] = (struct value){.minor = a->minor};
		}
		if (all->v[k].n < ARRAY_LEN(all->v[k].occurrence))
			all->v[k].occurrence[all->v[k].n++] = i;
	}
	for (size_t k = 0; k < all->n; k++)
		all->sorted[k] = all->v[k].minor;
	qsort(all->sorted, all->n, sizeof *all->sorted, by_size);
}

static bool
has(const struct values *all, int64_t minor)
{
	return bsearch(&minor, all->sorted, all->n, sizeof minor, by_size) != NULL;
}

/* TOTAL, and nothing that says of what: no rate, no count, no "SUB". */
static bool
plain_total(const char *left)
{
	return strstr(left, "TOTAL") && !strpbrk(left, "0123456789%") && !strstr(left, "SUB") &&
	       !strstr(left, "TAX") && !strstr(left, "QTY") && !strstr(left, "ITEM");
}

/* How much a label claims: 4 what is to be paid in the end, 3 the total, 2 the total of some part or
 * before something, 1 any other sum that is named, 0 no name. */
static int
claim(const char *left)
{
	size_t n = strlen(left);
	const char *l = n > 60 ? left + n - 60 : left;
	bool total = strstr(l, "TOTAL") || strstr(l, "JUMLAH"),
	     amount = strstr(l, "AMOUNT") || strstr(l, "BALANCE") || strstr(l, "AMT") || strstr(l, "PAYABLE");
	bool part = false, end = false;
	for (size_t i = 0; i < word_lists[WORDS_PARTS].n; i++)
		part |= strstr(l, word_lists[WORDS_PARTS].word[i]) != NULL;
	for (size_t i = 0; i < word_lists[WORDS_ENDS].n; i++)
		end |= strstr(l, word_lists[WORDS_ENDS].word[i]) != NULL;
	if (strstr(l, "SUB") || strstr(l, "%") || strstr(l, "EXCL") || strstr(l, "QTY"))
		return total ? 2 : 1;
	if (total || amount)
		return end && (total || amount) ? 4 : part ? 2 : total ? 3 : 1;
	return n > 0;
}

static bool
any_word(const char *left, enum word_list list)
{
	for (size_t i = 0; i < word_lists[list].n; i++)
		if (text_has_word(left, word_lists[list].word[i]))
			return true;
	return false;
}

static struct label
read_label(const char *left)
{
	return (struct label){.plain_total = plain_total(left),
	                      .total = strstr(left, "TOTAL") != NULL,
	                      .paying = any_word(left, WORDS_PAYING),
	                      .change = any_word(left, WORDS_CHANGE),
	                      .rounding = strstr(left, "ROUND") != NULL,
	                      .claim = claim(left)};
}

static enum err
read_labels(const struct reading *r, struct arena *mem, struct labels *ret, struct why *why)
{
	size_t n = r->n_amounts;
	struct labels l = {0};
	ARENA_TRY(l.of, arena_array(mem, n + 1, sizeof *l.of), mem, why);
	ARENA_TRY(l.paid, arena_array(mem, n + 1, sizeof *l.paid), mem, why);
	ARENA_TRY(l.changes, arena_array(mem, n + 1, sizeof *l.changes), mem, why);
	ARENA_TRY(l.totals_after, arena_array(mem, n + 1, sizeof *l.totals_after), mem, why);
	ARENA_TRY(l.sum_before, arena_array(mem, n + 1, sizeof *l.sum_before), mem, why);
	l.sum_before[0] = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t minor = r->amounts[i].a.minor;
		struct label k = l.of[i] = read_label(r->amounts[i].left);
		if (k.paying)
			l.paid[l.n_paid++] = minor;
		if (k.change)
			l.changes[l.n_changes++] = minor;
		if (k.plain_total && minor > l.largest_plain)
			l.largest_plain = minor;
		l.most_claimed = k.claim > l.most_claimed ? k.claim : l.most_claimed;
		l.sum_before[i + 1] = l.sum_before[i] + minor;
	}
	l.totals_after[n] = 0;
	for (size_t i = n; i > 0; i--)
		l.totals_after[i - 1] = l.totals_after[i] + l.of[i - 1].plain_total;
	qsort(l.paid, l.n_paid, sizeof *l.paid, by_size);
	qsort(l.changes, l.n_changes, sizeof *l.changes, by_size);
	*ret = l;
	return ERR_NONE;
}

static void
feat_occurrence(struct features *f, const char *group, const struct reading *r, const struct label *l,
                uint32_t at)
{
	const struct found_amount *a = &r->amounts[at];
	const struct sheet *s = r->sheet;
	const struct segment *g = &s->segs[a->seg];
	bool up_has_sum = pattern_in(PATTERN_ANY_SUM, a->up);
	feat_in(f, group, "p", a->p);
	feat_in(f, group, "y", (g->y0 - s->y0) / fmaxf(1, s->y1 - s->y0));
	feat_in(f, group, "row", g->row);
	feat_in(f, group, "rows_below", (double)s->n_rows - g->row);
	feat_in(f, group, "x_right", (g->x1 - s->x0) / fmaxf(1, s->x1 - s->x0));
	feat_in(f, group, "height", g->h / s->median_h);
	feat_in(f, group, "currency", a->a.currency != NULL);
	feat_in(f, group, "dollar", a->a.currency && strcmp(a->a.currency, "USD") == 0);
	feat_in(f, group, "negative", a->a.negative);
	feat_in(f, group, "left_empty", a->left[0] == '\0');
	feat_in(f, group, "left_length", (double)strlen(a->left));
	feat_in(f, group, "left_sum", pattern_in(PATTERN_ANY_SUM, a->left));
	feat_in(f, group, "right_sum", pattern_in(PATTERN_ANY_SUM, a->right));
	feat_in(f, group, "odd_mark", a->a.comma || a->a.blank);
	feat_in(f, group, "order", (double)at / (double)r->n_amounts);
	feat_in(f, group, "after", (double)(r->n_amounts - at));
	feat_in(f, group, "right_length", (double)strlen(a->right));
	feat_in(f, group, "p_prev", at ? r->amounts[at - 1].p : 0);
	feat_in(f, group, "p_next", at + 1 < r->n_amounts ? r->amounts[at + 1].p : 0);
	feat_in(f, group, "TOTAL_above", strstr(a->up, "TOTAL") && !up_has_sum);
	feat_in(f, group, "TOTAL_below", strstr(a->down, "TOTAL") != NULL);
	feat_in(f, group, "confidence", layout_confidence(s, g, a->a.start, a->a.end));
	feat_in(f, group, "plain_total", l->plain_total);
	feat_in(f, group, "claim", l->claim);
	feat_words(f, group ? "left" : NULL, a->left, words, ARRAY_LEN(words));
	feat_words(f, group ? "right" : NULL, a->right, words, WORDS_RIGHT);
	feat_words(f, group ? "up" : NULL, a->up, words, WORDS_ROWS);
	feat_words(f, group ? "down" : NULL, a->down, words, WORDS_ROWS);
}

/* Two amounts, each with TOTAL before it, that make `v` together. */
static bool
sum_of_totals(const struct reading *r, const struct labels *l, int64_t v)
{
	int64_t part[24];
	size_t n = 0;
	for (size_t i = 0; i < r->n_amounts && n < ARRAY_LEN(part); i++) {
		int64_t w = r->amounts[i].a.negative ? -r->amounts[i].a.minor : r->amounts[i].a.minor;
		if (l->of[i].total && w != 0 && w != v)
			part[n++] = w;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (part[i] + part[j] == v)
				return true;
	return false;
}

struct claims {
	int here;     /* of this value's occurrences */
	int rivals;   /* other values that claim as much as this one */
	bool largest; /* of those that claim most */
};

static struct claims
weigh_claims(const struct reading *r, const struct labels *l, int64_t v)
{
	struct claims c = {.largest = true};
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->amounts[i].a.minor == v && l->of[i].claim > c.here)
			c.here = l->of[i].claim;
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->amounts[i].a.minor != v && l->of[i].claim >= c.here) {
			c.rivals++;
			c.largest &= r->amounts[i].a.minor < v;
		}
	return c;
}

/* Is the value what was handed over less what came back, by their labels? */
static bool
paid_less_change(const struct labels *l, int64_t v)
{
	for (size_t i = 0; i < l->n_paid && l->paid[i] >= v; i++) {
		int64_t back = l->paid[i] - v;
		if (i > 0 && l->paid[i] == l->paid[i - 1])
			continue;
		if (back == 0 || bsearch(&back, l->changes, l->n_changes, sizeof back, by_size))
			return true;
	}
	return false;
}

/* Is it another sum with the rounding that is printed? */
static bool
rounded_from(const struct reading *r, const struct labels *l, const struct values *all, int64_t v)
{
	for (size_t i = 0; i < r->n_amounts; i++) {
		int64_t by = r->amounts[i].a.minor;
		if (l->of[i].rounding && by > 0 && by < 5 && (has(all, v - by) || has(all, v + by)))
			return true;
	}
	return false;
}

/* How the value fits the other sums of the paper. */
static void
feat_arithmetic(struct features *f, const struct reading *r, const struct labels *l, const struct values *all,
                size_t k)
{
	int64_t v = all->v[k].minor, largest = all->sorted[0];
	int cash = 0, split = 0, near = 0, near_above = 0, near_times = 0, above_n = 0;
	bool taxed = false, tax_inside = false;
	for (size_t i = 0; i < all->n; i++) {
		int64_t w = all->v[i].minor;
		cash += w > v && w - v != v && has(all, w - v);
		split += w > 0 && w < v && has(all, v - w);
		above_n += w > v;
		if (w != v && w > 0 && llabs(w - v) <= 4) {
			near++;
			near_above += w > v;
			near_times += (int)all->v[i].n;
		}
		/* w and its tax make v, for the rates people meet */
		static const int rates[] = {5, 6, 7, 8, 10, 18, 19, 20, 22};
		for (size_t t = 0; t < ARRAY_LEN(rates); t++) {
			int64_t tax = (w * rates[t] + 50) / 100;
			if (w > 0 && w < v && llabs(v - w - tax) <= 1 && (has(all, v - w)))
				taxed = true;
			int64_t part = (v * rates[t] + (100 + rates[t]) / 2) / (100 + rates[t]);
			if (v > 100 && w > 0 && llabs(w - part) <= 1)
				tax_inside = true;
		}
	}
	uint32_t first = all->v[k].occurrence[0], last = all->v[k].occurrence[all->v[k].n - 1];
	int64_t before = l->sum_before[first];
	size_t rank = 0;
	while (all->sorted[rank] != v)
		rank++;
	struct claims c = weigh_claims(r, l, v);
	feat(f, "claim_here", c.here);
	feat(f, "claim_short", l->most_claimed - c.here);
	feat(f, "claim_rivals", c.rivals);
	feat(f, "claim_largest", c.largest && c.here == l->most_claimed);
	feat(f, "paid_less_change", v > 0 && paid_less_change(l, v));
	feat(f, "rounded_from", v % 5 == 0 && rounded_from(r, l, all, v));
	feat(f, "plain_totals_below", l->totals_after[last + 1]);
	feat(f, "largest_plain_total", v > 0 && v == l->largest_plain);
	feat(f, "sum_of_totals", sum_of_totals(r, l, v));
	feat(f, "log_value", log((double)v + 1));
	feat(f, "rank", (double)rank);
	feat(f, "values", (double)all->n);
	feat(f, "occurrences", (double)all->v[k].n);
	feat(f, "is_largest", v == largest);
	feat(f, "share_of_largest", (double)v / (double)(largest ? largest : 1));
	feat(f, "cash_minus_change", cash);
	feat(f, "sum_of_two", split);
	feat(f, "near", near);
	feat(f, "near_above", near_above > 0);
	feat(f, "near_times", near_times);
	feat(f, "round_5", v % 5 == 0);
	feat(f, "round_100", v % 100 == 0);
	feat(f, "net_plus_tax", taxed);
	feat(f, "tax_inside", tax_inside);
	feat(f, "items_add_up", v > 0 && v == r->items_sum);
	feat(f, "zero", v == 0);
	feat(f, "zero_somewhere", has(all, 0));
	feat(f, "amounts", (double)r->n_amounts);
	feat(f, "larger_values", above_n);
	feat(f, "sum_before", v > 0 && before < 10 * v ? (double)before / (double)v : 10);
}

/* Least and most of what the occurrences of a value say; ret_best: what the best of them does. */
static void
spread(const struct reading *r, const struct labels *l, const struct value *v, uint32_t best, float *least,
       float *most, float *ret_best)
{
	float row[OCCURRENCE];
	for (size_t o = 0; o < v->n; o++) {
		uint32_t at = v->occurrence[o];
		struct features one = {.v = row, .cap = OCCURRENCE};
		feat_occurrence(&one, NULL, r, &l->of[at], at);
		for (size_t i = 0; i < one.n; i++) {
			most[i] = o ? fmaxf(most[i], row[i]) : row[i];
			least[i] = o ? fminf(least[i], row[i]) : row[i];
		}
		if (at == best)
			memcpy(ret_best, row, one.n * sizeof *row);
	}
}

/* The sum as people write it down: "RM9.00" and "-9.00", but "9.00" where "RM" stands apart. */
static size_t
text_from(const struct segment *g, const struct amount *a)
{
	bool apart = !a->negative && a->start > a->from && g->text[a->start - 1] == ' ';
	return apart ? a->start : a->from;
}

enum err
find_total(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
           struct why *why)
{
	const struct sheet *s = r->sheet;
	struct values *all;
	ARENA_TRY(all, arena_alloc(mem, sizeof *all), mem, why);
	struct labels labels = {0};
	gather(r, all);
	TRY(read_labels(r, mem, &labels, why));
	double p_all = 0;
	for (size_t i = 0; i < r->n_amounts; i++)
		p_all += r->amounts[i].p;
	for (size_t k = 0; k < all->n; k++) {
		const struct value *v = &all->v[k];
		uint32_t best = v->occurrence[0];
		double sum = 0;
		for (size_t o = 0; o < v->n; o++) {
			sum += r->amounts[v->occurrence[o]].p;
			const struct found_amount *a = &r->amounts[v->occurrence[o]], *b = &r->amounts[best];
			/* "VISA -538.00" is how a total is paid, not what it is */
			if (a->a.negative != b->a.negative ? b->a.negative : a->p > b->p)
				best = v->occurrence[o];
		}
		struct features f;
		if (!candidates_begin(ret, mem, &f, names))
			break;
		float most[OCCURRENCE] = {0}, least[OCCURRENCE] = {0}, of_best[OCCURRENCE];
		spread(r, &labels, v, best, least, most, of_best);
		if (f.names) {
			feat_occurrence(&f, "best", r, &labels.of[best], best);
		} else {
			memcpy(f.v, of_best, N_OCCURRENCE * sizeof *f.v);
			f.n = N_OCCURRENCE;
		}
		char name[24] = "";
		for (size_t i = 0; i < HEAD_FEATURES + ARRAY_LEN(words); i++) {
			if (f.names)
				snprintf(name, sizeof name, "%zu", i);
			feat_in(&f, "most", name, most[i]);
			if (i < HEAD_FEATURES)
				feat_in(&f, "least", name, least[i]);
		}
		feat_arithmetic(&f, r, &labels, all, k);
		feat(&f, "p_sum", sum);
		feat(&f, "p_share", p_all > 0 ? sum / p_all : 0);
		feat_paper(&f, r);
		const struct found_amount *a = &r->amounts[best];
		const struct segment *g = &s->segs[a->seg];
		struct candidate c = {.amount = a};
		c.minor = a->a.negative ? -v->minor : v->minor;
		const struct passage line = passage_begin(s, a->seg);
		place_range(s, &line, a->a.from, a->a.to, &c);
		size_t from = text_from(g, &a->a);
		ARENA_TRY(c.text, arena_strndup(mem, g->text + from, a->a.end - from), mem, why);
		candidates_end(ret, &c, &f);
	}
	return ERR_NONE;
}
