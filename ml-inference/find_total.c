/* The sum that was paid: each distinct amount on the paper, seen through its best occurrence and
 * through what it makes together with the others (cash minus change, net plus tax, rounding). */
#include "candidates.h"
#include "patterns.h"
#include "text.h"

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
	static const char *const parts[] = {"SUB",  "%",   "EXCL", "BEFORE", "QTY",   "ITEM",
	                                    "DISC", "SAV", "TAX",  "GST",    "ROUND", "SUPPLIES"};
	static const char *const ends[] = {"PAYABLE", "DUE",     "GRAND",   "NET",   "TO PAY",
	                                   "INCL",    "PAYMENT", "ROUNDED", "AFTER", "FINAL"};
	bool total = strstr(l, "TOTAL") || strstr(l, "JUMLAH"),
	     amount = strstr(l, "AMOUNT") || strstr(l, "BALANCE") || strstr(l, "AMT") || strstr(l, "PAYABLE");
	bool part = false, end = false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		part |= strstr(l, parts[i]) != NULL;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		end |= strstr(l, ends[i]) != NULL;
	if (strstr(l, "SUB") || strstr(l, "%") || strstr(l, "EXCL") || strstr(l, "QTY"))
		return total ? 2 : 1;
	if (total || amount)
		return end && (total || amount) ? 4 : part ? 2 : total ? 3 : 1;
	return n > 0;
}

static int
most_claimed(const struct reading *r)
{
	int most = 0;
	for (size_t i = 0; i < r->n_amounts; i++) {
		int c = claim(r->amounts[i].left);
		most = c > most ? c : most;
	}
	return most;
}

static void
feat_occurrence(struct features *f, const char *group, const struct reading *r, uint32_t at)
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
	feat_in(f, group, "plain_total", plain_total(a->left));
	feat_in(f, group, "claim", claim(a->left));
	feat_words(f, group ? "left" : NULL, a->left, words, ARRAY_LEN(words));
	feat_words(f, group ? "right" : NULL, a->right, words, WORDS_RIGHT);
	feat_words(f, group ? "up" : NULL, a->up, words, WORDS_ROWS);
	feat_words(f, group ? "down" : NULL, a->down, words, WORDS_ROWS);
}

static int64_t
largest_plain_total(const struct reading *r)
{
	int64_t most = 0;
	for (size_t i = 0; i < r->n_amounts; i++)
		if (plain_total(r->amounts[i].left) && r->amounts[i].a.minor > most)
			most = r->amounts[i].a.minor;
	return most;
}

/* Two amounts, each with TOTAL before it, that make `v` together. */
static bool
sum_of_totals(const struct reading *r, int64_t v)
{
	int64_t part[24];
	size_t n = 0;
	for (size_t i = 0; i < r->n_amounts && n < ARRAY_LEN(part); i++) {
		int64_t w = r->amounts[i].a.negative ? -r->amounts[i].a.minor : r->amounts[i].a.minor;
		if (strstr(r->amounts[i].left, "TOTAL") && w != 0 && w != v)
			part[n++] = w;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (part[i] + part[j] == v)
				return true;
	return false;
}

struct claims {
	int here, most; /* of this value's occurrences, of all */
	int rivals;     /* other values that claim as much as this one */
	bool largest;   /* of those that claim most */
};

static struct claims
weigh_claims(const struct reading *r, int64_t v)
{
	struct claims c = {.most = most_claimed(r), .largest = true};
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->amounts[i].a.minor == v) {
			int k = claim(r->amounts[i].left);
			c.here = k > c.here ? k : c.here;
		}
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->amounts[i].a.minor != v && claim(r->amounts[i].left) >= c.here) {
			c.rivals++;
			c.largest &= r->amounts[i].a.minor < v;
		}
	return c;
}

static bool
labelled(const struct found_amount *a, const char *const words_of[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_has_word(a->left, words_of[i]))
			return true;
	return false;
}

/* Is the value what was handed over less what came back, by their labels? */
static bool
paid_less_change(const struct reading *r, int64_t v)
{
	static const char *const paying[] = {"CASH", "TENDER", "TENDERED", "CREDIT", "CARD",
	                                     "VISA", "MASTER", "PAID",     "DEBIT"};
	static const char *const change[] = {"CHANGE", "BALANCE"};
	for (size_t i = 0; i < r->n_amounts; i++) {
		const struct found_amount *a = &r->amounts[i];
		if (!labelled(a, paying, ARRAY_LEN(paying)) || a->a.minor < v)
			continue;
		if (a->a.minor == v)
			return true;
		for (size_t j = 0; j < r->n_amounts; j++)
			if (labelled(&r->amounts[j], change, ARRAY_LEN(change)) &&
			    a->a.minor - r->amounts[j].a.minor == v)
				return true;
	}
	return false;
}

/* Is it another sum with the rounding that is printed? */
static bool
rounded_from(const struct reading *r, const struct values *all, int64_t v)
{
	for (size_t i = 0; i < r->n_amounts; i++) {
		const struct found_amount *a = &r->amounts[i];
		if (a->a.minor > 0 && a->a.minor < 5 && strstr(a->left, "ROUND") &&
		    (has(all, v - a->a.minor) || has(all, v + a->a.minor)))
			return true;
	}
	return false;
}

/* How the value fits the other sums of the paper. */
static void
feat_arithmetic(struct features *f, const struct reading *r, const struct values *all, size_t k)
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
	int totals_below = 0;
	uint32_t last = all->v[k].occurrence[all->v[k].n - 1];
	for (uint32_t i = last + 1; i < r->n_amounts; i++)
		totals_below += plain_total(r->amounts[i].left);
	int64_t before = 0;
	uint32_t first = all->v[k].occurrence[0];
	for (uint32_t i = 0; i < first; i++)
		before += r->amounts[i].a.minor;
	size_t rank = 0;
	while (all->sorted[rank] != v)
		rank++;
	struct claims c = weigh_claims(r, v);
	feat(f, "claim_here", c.here);
	feat(f, "claim_short", c.most - c.here);
	feat(f, "claim_rivals", c.rivals);
	feat(f, "claim_largest", c.largest && c.here == c.most);
	feat(f, "paid_less_change", v > 0 && paid_less_change(r, v));
	feat(f, "rounded_from", v % 5 == 0 && rounded_from(r, all, v));
	feat(f, "plain_totals_below", totals_below);
	feat(f, "largest_plain_total", v > 0 && v == largest_plain_total(r));
	feat(f, "sum_of_totals", sum_of_totals(r, v));
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
	feat(f, "zero", v == 0);
	feat(f, "zero_somewhere", has(all, 0));
	feat(f, "amounts", (double)r->n_amounts);
	feat(f, "larger_values", above_n);
	feat(f, "sum_before", v > 0 && before < 10 * v ? (double)before / (double)v : 10);
}

enum err
find_total(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
           struct why *why)
{
	const struct sheet *s = r->sheet;
	struct values *all;
	ARENA_TRY(all, arena_alloc(mem, sizeof *all), mem, why);
	gather(r, all);
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
		struct features f, one;
		if (!candidates_begin(ret, mem, &f, names))
			break;
		feat_occurrence(&f, "best", r, best);
		float most[OCCURRENCE] = {0}, least[OCCURRENCE] = {0}, row[OCCURRENCE];
		for (size_t o = 0; o < v->n; o++) {
			one = (struct features){.v = row, .cap = OCCURRENCE};
			feat_occurrence(&one, NULL, r, v->occurrence[o]);
			for (size_t i = 0; i < one.n; i++) {
				most[i] = o ? fmaxf(most[i], row[i]) : row[i];
				least[i] = o ? fminf(least[i], row[i]) : row[i];
			}
		}
		char name[24];
		for (size_t i = 0; i < HEAD_FEATURES + ARRAY_LEN(words); i++) {
			snprintf(name, sizeof name, "%zu", i);
			feat_in(&f, "most", name, most[i]);
			if (i < HEAD_FEATURES)
				feat_in(&f, "least", name, least[i]);
		}
		feat_arithmetic(&f, r, all, k);
		feat(&f, "p_sum", sum);
		feat(&f, "p_share", p_all > 0 ? sum / p_all : 0);
		const struct found_amount *a = &r->amounts[best];
		const struct segment *g = &s->segs[a->seg];
		struct candidate c = {.amount = a};
		c.minor = a->a.negative ? -v->minor : v->minor;
		place_range(s, a->seg, a->seg, a->a.from, a->a.to, &c);
		ARENA_TRY(c.text, arena_strndup(mem, g->text + a->a.from, a->a.end - a->a.from), mem, why);
		candidates_end(ret, &c, &f);
	}
	return ERR_NONE;
}
