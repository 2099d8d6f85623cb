#include "goods_table.h"

#include "text.h"

#include <math.h>

/* ---- what a word of a head says ---- */

enum said {
	SAID_NOTHING,
	TEXT,
	COUNT,
	UNIT,
	PRICE,
	SUM,
	SUM_OF,
	TAX,
	PERCENT,
	RATE,
	WITH,
	CODE,
	OTHER,
	STOP
};

static const struct {
	const char *word;
	enum said said;
} heads[] = {
#define X(word, class) {word, class},
#include "item_heads.tbl.h"
#undef X
};

static enum said
word_says(const char *s, size_t n)
{
	char key[64];
	size_t len = text_key(s, n, key, sizeof key);
	if (len == 0)
		return n == 1 && *s == '%'                                ? PERCENT
		       : (n == 1 && *s == '#') || strncmp(s, "№", n) == 0 ? CODE
		                                                          : SAID_NOTHING;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		if (heads[i].word[0] != key[0])
			continue;
		size_t k = strlen(heads[i].word);
		bool begins = heads[i].word[k - 1] == '*';
		if (begins ? len >= k - 1 && memcmp(key, heads[i].word, k - 1) == 0
		           : len == k && memcmp(key, heads[i].word, k) == 0)
			return s[n - 1] == '%' && heads[i].said == TAX ? PERCENT : heads[i].said;
	}
	return SAID_NOTHING;
}

/* Of two words of one head, in this order: "UNIT PRICE", "VAT %", "TOTAL PRICE", "AMOUNT EXCL. VAT", "ITEM
 * NO". SAID_NOTHING: two columns. */
static enum said
together(enum said a, enum said b)
{
	static const struct {
		enum said a, b, both;
	} pairs[] = {
	    {UNIT, PRICE, PRICE}, {UNIT, RATE, PRICE},     {UNIT, SUM, PRICE},   {PRICE, UNIT, PRICE},
	    {PRICE, SUM, SUM},    {SUM, PRICE, SUM},       {PRICE, RATE, PRICE}, {PRICE, WITH, PRICE},
	    {PRICE, TAX, PRICE},  {SUM, WITH, WITH},       {WITH, SUM, WITH},    {WITH, TAX, WITH},
	    {WITH, PRICE, PRICE}, {SUM_OF, TAX, TAX},      {SUM_OF, WITH, WITH}, {TAX, SUM, TAX},
	    {TAX, SUM_OF, TAX},   {TAX, PERCENT, PERCENT}, {TAX, RATE, PERCENT}, {PERCENT, TAX, PERCENT},
	    {RATE, TAX, PERCENT}, {OTHER, PERCENT, OTHER}, {OTHER, SUM, OTHER},  {OTHER, PRICE, OTHER},
	    {TEXT, CODE, CODE},
	};
	if (a == b || b == SAID_NOTHING)
		return a;
	if (a == SAID_NOTHING)
		return b;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i].a == a && pairs[i].b == b)
			return pairs[i].both;
	return SAID_NOTHING;
}

static enum goods_column
column_of(enum said s)
{
	static const enum goods_column is[] = {
	    [TEXT] = GOODS_TEXT, [COUNT] = GOODS_COUNT,     [UNIT] = GOODS_UNIT, [PRICE] = GOODS_PRICE,
	    [SUM] = GOODS_SUM,   [SUM_OF] = GOODS_SUM,      [TAX] = GOODS_TAX,   [RATE] = GOODS_PRICE,
	    [WITH] = GOODS_SUM,  [PERCENT] = GOODS_PERCENT, [CODE] = GOODS_CODE, [OTHER] = GOODS_OTHER,
	};
	return s < ARRAY_LEN(is) ? is[s] : GOODS_NONE;
}

/* ---- the head ---- */

#define MOST_WORDS 48 /* of a head */
#define MOST_ROWS  3

struct head_word {
	enum said said;
	int line;
	float x0, x1;
};

static bool
has_amount(const struct reading *r, uint32_t row)
{
	const struct row *w = &r->sheet->rows[row];
	size_t first = reading_amount_from(r, w->first);
	return first < r->n_amounts && r->amounts[first].seg < w->first + w->n;
}

static bool
is_long_number(const char *s, size_t n)
{
	size_t digits = 0;
	for (size_t i = 0; i < n; i++)
		digits += text_is_digit(s[i]);
	return digits > 2;
}

/* The words of a row; false where it cannot be of a head. */
static bool
add_words(const struct reading *r, uint32_t row, int line, struct head_word *ret, size_t *n)
{
	const struct sheet *s = r->sheet;
	size_t named = 0, before = *n;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++) {
		const struct segment *g = &s->segs[i];
		const struct word *w = &s->doc->pages[g->page].words[g->first_word];
		const char *at = g->upper;
		for (uint32_t k = 0; k < g->n_words; k++) {
			size_t len = strcspn(at, " ");
			bool rule = len == 1 && strchr("|_-:", *at);
			if (*n == MOST_WORDS || is_long_number(at, len))
				return false;
			ret[*n] = (struct head_word){word_says(at, len), line, w[k].box.x0 * 1000,
			                             w[k].box.x1 * 1000};
			named += ret[*n].said != SAID_NOTHING;
			*n += !rule;
			at += len + (at[len] == ' ');
		}
	}
	/* prose speaks of amounts, too */
	return named > 0 && 4 * named >= *n - before;
}

static int
by_place(const void *a, const void *b)
{
	const struct head_word *x = a, *y = b;
	if (x->x0 != y->x0)
		return x->x0 > y->x0 ? 1 : -1;
	return x->line - y->line;
}

bool
goods_head_has(const struct goods_head *h, enum goods_column what)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->column[i].what == what)
			return true;
	return false;
}

/* Of two columns of a tax the first is its rate: the "%" over it may be lost as a speck. Of two prices, where
 * there are no sums, the last is the sum. */
static void
tell_apart(struct goods_head *h)
{
	size_t taxes = 0, prices = 0, last_price = 0;
	for (size_t k = h->n; k-- > 0;) {
		if (h->column[k].what == GOODS_TAX && taxes++ > 0)
			h->column[k].what = GOODS_PERCENT;
		if (h->column[k].what == GOODS_PRICE && prices++ == 0)
			last_price = k;
	}
	if (prices > 1 && !goods_head_has(h, GOODS_SUM))
		h->column[last_price].what = GOODS_SUM;
}

/* Words to columns: what stands below a word belongs to it, and so does what follows it closely and means one
 * thing with it. */
static bool
columns_of(struct head_word *w, size_t n, float gap, struct goods_head *ret)
{
	enum said said[GOODS_MOST_COLUMNS];
	float end[GOODS_MOST_COLUMNS][MOST_ROWS]; /* where each line of it ends */
	qsort(w, n, sizeof *w, by_place);
	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = ret->n;
		enum said both = w[i].said;
		while (k-- > 0) {
			float over = fminf(w[i].x1, ret->column[k].x1) - fmaxf(w[i].x0, ret->column[k].x0);
			bool below =
			    end[k][w[i].line] < 0 &&
			    over > 0.3F * fminf(w[i].x1 - w[i].x0, ret->column[k].x1 - ret->column[k].x0);
			bool follows = end[k][w[i].line] >= 0 && w[i].x0 - end[k][w[i].line] < gap;
			both = together(said[k], w[i].said);
			if (below && both == SAID_NOTHING)
				both = together(w[i].said, said[k]); /* above it, perhaps */
			if ((below || follows) && (both != SAID_NOTHING || said[k] == w[i].said))
				break;
		}
		if (k == SIZE_MAX) {
			if (ret->n == GOODS_MOST_COLUMNS)
				return false;
			k = ret->n++;
			both = w[i].said;
			ret->column[k].x0 = w[i].x0;
			ret->column[k].x1 = w[i].x1;
			for (int line = 0; line < MOST_ROWS; line++)
				end[k][line] = -1;
		}
		said[k] = both;
		end[k][w[i].line] = w[i].x1;
		ret->column[k].x0 = fminf(ret->column[k].x0, w[i].x0);
		ret->column[k].x1 = fmaxf(ret->column[k].x1, w[i].x1);
	}
	for (size_t k = 0; k < ret->n; k++) {
		if (said[k] == STOP)
			return false;
		ret->column[k].what = column_of(said[k]);
	}
	tell_apart(ret);
	return true;
}

static int
kinds_of(const struct goods_head *h)
{
	int kinds = 0;
	for (enum goods_column c = GOODS_TEXT; c < GOODS_CODE; c++)
		kinds += goods_head_has(h, c);
	return kinds;
}

static enum goods_heading
heading(const struct goods_head *h)
{
	bool sums = goods_head_has(h, GOODS_SUM) || goods_head_has(h, GOODS_PRICE);
	if (sums && (goods_head_has(h, GOODS_TEXT) || goods_head_has(h, GOODS_COUNT)))
		return GOODS_HEAD;
	return kinds_of(h) >= 2 ? GOODS_OTHER_HEAD : GOODS_NO_HEAD;
}

enum goods_heading
goods_head_at(const struct reading *r, uint32_t row, struct goods_head *ret)
{
	const struct sheet *s = r->sheet;
	struct head_word words[MOST_WORDS], sorted[MOST_WORDS];
	size_t n = 0;
	int most = 0;
	enum goods_heading best = GOODS_NO_HEAD;
	for (uint32_t k = 0; k < MOST_ROWS && row + k < s->n_rows; k++) {
		const struct segment *g = &s->segs[s->rows[row + k].first], *last = k > 0 ? g - 1 : g;
		bool next = g->page == last->page && g->y0 - last->y1 < 1.2F * g->h;
		if (!next || has_amount(r, row + k) || !add_words(r, row + k, (int)k, words, &n))
			break;
		struct goods_head h = {.row = row + k + 1};
		memcpy(sorted, words, n * sizeof *words);
		if (!columns_of(sorted, n, 0.7F * g->h, &h) || kinds_of(&h) < most)
			continue;
		enum goods_heading is = heading(&h);
		if (is == GOODS_NO_HEAD || (is == GOODS_OTHER_HEAD && best == GOODS_HEAD))
			continue;
		best = is;
		most = kinds_of(&h);
		*ret = h;
	}
	return best;
}

bool
goods_head_find(const struct reading *r, struct goods_head *ret)
{
	*ret = (struct goods_head){0};
	for (uint32_t row = 0; row < r->sheet->n_rows; row++)
		if (goods_head_at(r, row, ret) == GOODS_HEAD)
			return true;
	return false;
}

/* ---- a row ---- */

#define MOST_TOKENS 32

struct token {
	const struct segment *seg;
	uint32_t from, to;
	const struct found_amount *amount;
	double number;
	bool percent, whole;
	float x0, x1;
	size_t column; /* SIZE_MAX: none */
	float off;
};

double
goods_number(const char **s)
{
	double v = 0, scale = 1;
	const char *q = *s;
	while (text_is_digit(*q) && v < 1e9)
		v = v * 10 + (*q++ - '0');
	/* thousands apart, only where decimals follow: "4 350 PCS" are two numbers */
	const char *t = q;
	while (q - *s <= 3 && *t == ' ' && strspn(t + 1, "0123456789") == 3)
		t += 4;
	if (t > q && (*t == ',' || *t == '.') && text_is_digit(t[1]))
		for (; q < t; q += 4)
			v = v * 1000 + (double)strtol(q + 1, NULL, 10);
	if ((*q == '.' || *q == ',') && text_is_digit(q[1])) {
		q++;
		while (text_is_digit(*q)) {
			scale /= 10;
			v += (*q++ - '0') * scale;
		}
	}
	*s = q;
	return v;
}

static void
add_token(const struct sheet *s, struct token t, struct token *ret, size_t *n)
{
	if (*n == MOST_TOKENS)
		return;
	struct box b = layout_box(s, t.seg, t.from, t.to);
	t.x0 = b.x0 * 1000;
	t.x1 = b.x1 * 1000;
	t.column = SIZE_MAX;
	ret[(*n)++] = t;
}

/* The amounts of a row, and its other words that begin with a digit. */
static size_t
tokens_of(const struct reading *r, uint32_t row, struct token ret[static MOST_TOKENS])
{
	const struct sheet *s = r->sheet;
	size_t n = 0, a = reading_amount_from(r, s->rows[row].first);
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++) {
		const struct segment *g = &s->segs[i];
		for (const char *at = g->upper; *at;) {
			uint32_t from = (uint32_t)(at - g->upper), len = (uint32_t)strcspn(at, " ");
			const struct found_amount *f =
			    a < r->n_amounts && r->amounts[a].seg == i ? &r->amounts[a] : NULL;
			if (f && f->a.start < from + len) {
				double v = (double)(f->a.negative ? -f->a.minor : f->a.minor) / 100;
				add_token(s,
				          (struct token){.seg = g,
				                         .from = f->a.start,
				                         .to = f->a.end,
				                         .amount = f,
				                         .number = v},
				          ret, &n);
				at = g->upper + f->a.end;
				at += strcspn(at, " ");
				a++;
				while (a < r->n_amounts && r->amounts[a].seg == i &&
				       r->amounts[a].a.start < (uint32_t)(at - g->upper))
					a++;
			} else {
				const char *q = at;
				q += *q == '-' && len > 1;
				if (text_is_digit(*q)) {
					struct token t = {.seg = g,
					                  .from = from,
					                  .to = from + len,
					                  .number = goods_number(&q)};
					t.number = *at == '-' ? -t.number : t.number;
					t.percent = *q == '%' || strncmp(q, " %", 2) == 0;
					t.whole = !memchr(at, ',', len) && !memchr(at, '.', len);
					add_token(s, t, ret, &n);
				}
				at += len;
			}
			at += *at == ' ';
		}
	}
	return n;
}

/* How far from standing under a head. */
static float
off(const struct goods_head *h, size_t column, float x0, float x1)
{
	float c0 = h->column[column].x0, c1 = h->column[column].x1;
	return fminf(fabsf((x0 + x1) - (c0 + c1)) / 2, fminf(fabsf(x0 - c0), fabsf(x1 - c1)));
}

/* Does a number of this form fit a column of that kind? */
static bool
may_stand(const struct token *t, enum goods_column what)
{
	switch (what) {
	case GOODS_SUM:
		return t->amount;
	case GOODS_PRICE:
		return !t->percent && fabs(t->number) < 1e9;
	case GOODS_COUNT:
		return !t->percent && t->number < 1e6;
	case GOODS_PERCENT:
		return t->number >= 0 && t->number < 100;
	case GOODS_NONE:
	case GOODS_TEXT:
	case GOODS_UNIT:
		return false;
	default:
		return true;
	}
}

/* Words follow it that are no unit: it is part of a name, "2 nights". One that begins its segment may be a
 * count all the same. */
static bool
is_in_words(const struct token *t)
{
	size_t words = 0;
	for (const char *p = t->seg->upper + t->to; *p && !t->amount && t->from > 0;) {
		p += *p == ' ';
		size_t n = strcspn(p, " ");
		if (n == 0 || text_is_digit(*p))
			break;
		words += text_letters(p, n) > 0;
		p += n;
	}
	return words > 1;
}

/* Each number to the column under whose head it stands; of two the one that stands there better. */
static void
place(const struct goods_head *h, struct token *t, size_t n)
{
	size_t holder[GOODS_MOST_COLUMNS];
	for (size_t c = 0; c < h->n; c++)
		holder[c] = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		float most = (t[i].amount ? 3.0F : 1.5F) * t[i].seg->h;
		size_t best = SIZE_MAX;
		for (size_t c = 0; c < h->n && !is_in_words(&t[i]); c++) {
			if (!may_stand(&t[i], h->column[c].what))
				continue;
			float d = off(h, c, t[i].x0, t[i].x1);
			if (d < most) {
				most = d;
				best = c;
			}
		}
		if (best == SIZE_MAX || (holder[best] != SIZE_MAX && t[holder[best]].off <= most))
			continue;
		if (holder[best] != SIZE_MAX)
			t[holder[best]].column = SIZE_MAX;
		holder[best] = i;
		t[i].column = best;
		t[i].off = most;
	}
}

static bool
is_code(const struct goods_head *h, size_t column)
{
	return h->column[column].what == GOODS_CODE || h->column[column].what == GOODS_NONE;
}

/* Text before the column of names is no name. */
static bool
is_before_names(const struct goods_head *h, float x1)
{
	for (size_t c = 0; c < h->n; c++)
		if (h->column[c].what == GOODS_TEXT)
			return x1 < h->column[c].x0;
	return false;
}

/* The column whose head text begins, ends or stands under. */
static size_t
column_of_text(const struct goods_head *h, float x0, float x1)
{
	size_t best = SIZE_MAX;
	for (size_t c = 0; c < h->n; c++)
		if (best == SIZE_MAX || off(h, c, x0, x1) < off(h, best, x0, x1))
			best = c;
	return best;
}

/* With its sign and its currency. */
static uint32_t
begin_of(const struct token *t)
{
	return t->amount ? t->amount->a.from : t->from;
}

/* The goods' name: the first words of the row that are no code, up to the first number of a column. */
static struct goods_cell
name_of(const struct reading *r, const struct goods_head *h, uint32_t row, const struct token *t, size_t n)
{
	const struct sheet *s = r->sheet;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++) {
		const struct segment *g = &s->segs[i];
		uint32_t from = 0, to = g->len;
		for (size_t k = 0; k < n; k++) {
			if (t[k].seg != g || t[k].column == SIZE_MAX)
				continue;
			if (is_code(h, t[k].column) && t[k].from <= from)
				from = t[k].to + (g->text[t[k].to] == ' ');
			else if (!is_code(h, t[k].column) && begin_of(&t[k]) < to)
				to = begin_of(&t[k]);
		}
		while (to > from && g->text[to - 1] == ' ')
			to--;
		if (from >= to || text_letters(g->upper + from, to - from) < 3)
			continue;
		struct box b = layout_box(s, g, from, to);
		size_t c = column_of_text(h, b.x0 * 1000, b.x1 * 1000);
		enum goods_column what = c == SIZE_MAX ? GOODS_NONE : h->column[c].what;
		if (what == GOODS_CODE || what == GOODS_UNIT ||
		    (what == GOODS_NONE && is_before_names(h, b.x1 * 1000)))
			continue;
		return (struct goods_cell){.seg = g, .from = from, .to = to};
	}
	return (struct goods_cell){0};
}

/* A word that is a unit, as long as such words are. */
static bool
may_be_unit(const char *upper, uint32_t from, uint32_t to)
{
	size_t letters = text_letters(upper + from, to - from);
	return letters > 0 && letters <= 8 && strcspn(upper + from, "0123456789") >= to - from &&
	       !(to - from == 1 && (upper[from] == 'X' || upper[from] == '@'));
}

/* "кв. м", "усл. ед." */
static uint32_t
end_of_unit(const struct segment *g, uint32_t to)
{
	uint32_t more = g->upper[to] == ' ' ? to + 1 + (uint32_t)strcspn(g->upper + to + 1, " ") : to;
	bool goes_on = g->upper[to - 1] == '.' && more > to && text_letters(g->upper + to, more - to) <= 3;
	return goes_on && may_be_unit(g->upper, to + 1, more) ? more : to;
}

/* "3 Stk.", "5kg": the word behind a count, or the rest of its own. */
struct goods_cell
goods_unit_behind(const struct goods_cell *count)
{
	const struct segment *g = count->seg;
	const char *q = g->upper + count->from;
	q += *q == '-';
	(void)goods_number(&q);
	uint32_t from = (uint32_t)(q - g->upper);
	from = from < count->to ? count->to : from;
	from += g->upper[from] == ' ';
	uint32_t to = from + (uint32_t)strcspn(g->upper + from, " ");
	if (from < to && may_be_unit(g->upper, from, to))
		return (struct goods_cell){.seg = g, .from = from, .to = end_of_unit(g, to)};
	return (struct goods_cell){0};
}

/* The word under the head of units. */
static struct goods_cell
unit_under(const struct reading *r, const struct goods_head *h, uint32_t row)
{
	const struct sheet *s = r->sheet;
	struct goods_cell best = {0};
	for (size_t c = 0; c < h->n; c++) {
		float most = 1.5F * s->segs[s->rows[row].first].h;
		for (uint32_t i = s->rows[row].first;
		     h->column[c].what == GOODS_UNIT && i < s->rows[row].first + s->rows[row].n; i++) {
			const struct segment *g = &s->segs[i];
			for (uint32_t from = 0, to; from < g->len; from = to + 1) {
				to = from + (uint32_t)strcspn(g->upper + from, " ");
				struct box b = layout_box(s, g, from, to);
				float d = off(h, c, b.x0 * 1000, b.x1 * 1000);
				if (d >= most || !may_be_unit(g->upper, from, to))
					continue;
				most = d;
				best = (struct goods_cell){.seg = g, .from = from, .to = end_of_unit(g, to)};
			}
		}
	}
	return best;
}

size_t
goods_cells(const struct reading *r, const struct goods_head *h, uint32_t row,
            struct goods_cell ret[static GOODS_COLUMNS],
            const struct found_amount *other[static GOODS_MOST_COLUMNS])
{
	struct token t[MOST_TOKENS];
	size_t n = tokens_of(r, row, t), sums = 0;
	memset(ret, 0, GOODS_COLUMNS * sizeof *ret);
	place(h, t, n);
	for (size_t i = 0; i < n; i++) {
		if (t[i].column == SIZE_MAX)
			continue;
		enum goods_column what = h->column[t[i].column].what;
		if (what == GOODS_TAX &&
		    (t[i].percent || (t[i].whole && t[i].number >= 5 && t[i].number <= 30)))
			what = GOODS_PERCENT; /* "VAT" over its rate */
		if (what == GOODS_SUM && ret[what].seg)
			other[sums++] = ret[what].amount;
		ret[what] = (struct goods_cell){t[i].seg, t[i].from, t[i].to, t[i].number, t[i].amount};
	}
	ret[GOODS_TEXT] = name_of(r, h, row, t, n);
	if (ret[GOODS_COUNT].seg)
		ret[GOODS_UNIT] = goods_unit_behind(&ret[GOODS_COUNT]);
	if (!ret[GOODS_UNIT].seg)
		ret[GOODS_UNIT] = unit_under(r, h, row);
	return sums;
}
