#include "item.h"

#include "text.h"

#include <math.h>

int64_t
item_minor(const struct sheet *s, const struct found_amount *a)
{
	const char *after = s->segs[a->seg].upper + a->a.end;
	bool behind = after[0] == '-' && (after[1] == '\0' || after[1] == ' ');
	return a->a.negative || behind ? -a->a.minor : a->a.minor;
}

/* ---- what a row is ---- */

/* Words of the foot and the head: such a row is no item. */
static bool
is_foot(const char *canon)
{
	static const char *const words[] = {"TOTAL",  "CASH",     "CHANGE", "ROUND",    "BALANCE",
	                                    "AMOUNT", "CARD",     "VISA",   "MASTER",   "PAYMENT",
	                                    "TENDER", "SUBTOTAL", "PAID",   "ROUNDING", "TOT"};
	if (text_has_word(canon, "DISC") || text_has_word(canon, "PROMO"))
		return false; /* "CARD DISC", of the goods above */
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_has_word(canon, words[i]))
			return true;
	return strncmp(canon, "NET ", 4) == 0 || strncmp(canon, "NETTO", 5) == 0 ||
	       strncmp(canon, "QTY", 3) == 0;
}

/* These say so also where a number stands under the head of counts: "TOTAL QTY: 7 51.42". */
static bool
is_sure_foot(const char *canon)
{
	return text_has_word(canon, "TOTAL") || text_has_word(canon, "SUBTOTAL") ||
	       text_has_word(canon, "TOT") || strncmp(canon, "QTY", 3) == 0;
}

/* Of an item or of the foot: the tax of a row, what was owed before. No item, and the list may go on behind
 * it. */
static bool
is_aside(const char *canon)
{
	static const char *const words[] = {"TAX", "GST", "DISCOUNT", "DEPOSIT", "TIP", "GRATUITY"};
	static const char *const stems[] = {"ЗАДОЛЖ",          "ДОЛГ ",          "ПОСТУПИЛ",    "НАЧИСЛЕНО",
	                                    "BROUGHT FORWARD", "SERVICE CHARGE", "SERV CHARGE", "ПЕНИ "};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_has_word(canon, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(stems); i++)
		if (strstr(canon, stems[i]))
			return true;
	return false;
}

/* "30CM*7.62M", "3X1.25MM" */
static bool
is_size(const struct reading *r, const struct found_amount *a)
{
	const char *s = r->sheet->segs[a->seg].upper + a->a.start;
	return a->a.start > 1 && (s[-1] == '*' || s[-1] == 'X') && s[-2] != ' ';
}

/* The amounts of one row, left to right. */
static size_t
amounts_of(const struct reading *r, uint32_t row, const struct found_amount **ret, size_t cap)
{
	const struct row *w = &r->sheet->rows[row];
	size_t n = 0;
	for (size_t i = reading_amount_from(r, w->first);
	     i < r->n_amounts && r->amounts[i].seg < w->first + w->n && n < cap; i++)
		if (!is_size(r, &r->amounts[i]))
			ret[n++] = &r->amounts[i];
	return n;
}

uint32_t
item_foot_row(const struct reading *r)
{
	uint32_t first = UINT32_MAX, aside = (uint32_t)r->sheet->n_rows;
	for (size_t i = 0; i < r->n_amounts; i++) {
		uint32_t row = r->sheet->segs[r->amounts[i].seg].row;
		if (is_foot(r->sheet->rows[row].canon)) {
			if (first != UINT32_MAX)
				return row;
		} else if (first == UINT32_MAX) {
			first = row;
		} else if (row < aside && is_aside(r->sheet->rows[row].canon)) {
			aside = row;
		}
	}
	return aside;
}

static bool
row_is_text(const struct reading *r, uint32_t row)
{
	const struct found_amount *none[1];
	return amounts_of(r, row, none, 1) == 0 && !is_foot(r->sheet->rows[row].canon) &&
	       !is_aside(r->sheet->rows[row].canon) &&
	       text_letters(r->sheet->rows[row].canon, strlen(r->sheet->rows[row].canon)) >= 3;
}

/* ---- what goods are called ---- */

/* "2 ШТ. X": a count and its unit, which describe nothing. */
static bool
is_count(const char *upper, uint32_t to)
{
	static const char *const units[] = {"ШТУК", "ШТ", "PCS", "PC", "EA", "КГ", "KG", "УП", "УСЛ", "ЕД"};
	const char *p = upper, *end = upper + to;
	if (!text_is_digit(*p))
		return false;
	(void)goods_number(&p);
	for (bool more = true; more && p < end;) {
		p += strspn(p, " .");
		more = false;
		for (size_t i = 0; i < ARRAY_LEN(units) && !more; i++)
			if (strncmp(p, units[i], strlen(units[i])) == 0) {
				p += strlen(units[i]);
				more = true;
			}
	}
	return p >= end || text_letters(p, (size_t)(end - p)) <= 1; /* the sign of a product */
}

/* The description: the row's first segment that has words, up to its first number of money. */
static void
describe(const struct reading *r, uint32_t row, struct item *it)
{
	const struct sheet *s = r->sheet;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++) {
		const struct segment *g = &s->segs[i];
		uint32_t to = g->len;
		for (size_t k = reading_amount_from(r, i); k < r->n_amounts && r->amounts[k].seg == i; k++)
			if (r->amounts[k].a.from < to && !is_size(r, &r->amounts[k]))
				to = r->amounts[k].a.from;
		while (to > 0 && strchr(" @*X", g->upper[to - 1]))
			to--;
		if (text_letters(g->upper, to) >= 3 && !is_count(g->upper, to)) {
			it->description = g;
			it->to = to;
			it->text_row = row;
			return;
		}
	}
}

/* Of a cell of two lines, beside whose middle the sums of its row stand: the line in the row next to it. */
static const struct segment *
other_line(const struct reading *r, const struct item *it, uint32_t row)
{
	const struct sheet *s = r->sheet;
	const struct segment *d = it->description, *a = &s->segs[it->amount->seg];
	if (it->text_row != it->row || row >= s->n_rows || !row_is_text(r, row))
		return NULL;
	const struct segment *g = &s->segs[s->rows[row].first];
	float height = d->y1 - d->y0, level = (d->y0 + d->y1) / 2, other = (g->y0 + g->y1) / 2;
	bool is_next = g->page == d->page && fabsf(other - level) < 1.6F * height;
	bool is_flush = fabsf(g->x0 - d->x0) < 0.3F * height;
	bool is_middle = fabsf((a->y0 + a->y1) / 2 - (level + other) / 2) < 0.15F * height;
	return is_next && is_flush && is_middle ? g : NULL;
}

static float
gap_between(const struct sheet *s, uint32_t upper, uint32_t lower)
{
	return s->segs[s->rows[lower].first].y0 - s->segs[s->rows[upper].first].y1;
}

/* A sum that has no name beside it. */
static bool
is_bare(const struct reading *r, const struct goods_head *h, uint32_t row)
{
	struct goods_cell cell[GOODS_COLUMNS];
	const struct found_amount *other[GOODS_MOST_COLUMNS];
	const struct found_amount *any[1];
	const char *canon = r->sheet->rows[row].canon;
	struct item it = {0};
	if (amounts_of(r, row, any, 1) == 0 || is_foot(canon) || is_aside(canon))
		return false;
	if (h) {
		(void)goods_cells(r, h, row, cell, other);
		return cell[GOODS_SUM].seg && !cell[GOODS_TEXT].seg;
	}
	describe(r, row, &it);
	return !it.description;
}

/* Names stand below where the last sum has one there and the first has none above: it is further from the row
 * before it, or that is the head. */
struct item_naming
item_naming_of(const struct reading *r, const struct goods_head *h, uint32_t from, uint32_t to)
{
	const struct sheet *s = r->sheet;
	uint32_t first = 0, last = 0, n = 0,
	         apart[4] = {0}; /* how often so many rows stand between two sums */
	struct goods_head other;
	for (uint32_t row = from; row < to; row++) {
		if (h && n > 0 && goods_head_at(r, row, &other) != GOODS_NO_HEAD)
			to = row;
		if (!is_bare(r, h, row))
			continue;
		if (n++ == 0)
			first = row;
		else
			apart[row - last - 1 < 3 ? row - last - 1 : 3]++;
		last = row;
	}
	struct item_naming ret = {.rows = 1};
	for (uint32_t k = 2; k <= 3; k++)
		if (apart[k] > apart[ret.rows])
			ret.rows = k;
	if (n == 0 || last + 1 >= to || !row_is_text(r, last + 1))
		return ret;
	float after = gap_between(s, last, last + 1);
	bool near = after < 0.8F * s->median_h;
	bool alone = (h && first == from) || first == 0 ||
	             gap_between(s, first - 1, first) > after + 0.3F * s->median_h;
	ret.below = near && alone;
	return ret;
}

/* A name that is hardly one, "8'2X3", of a sum that has no other. */
static void
describe_poorly(const struct reading *r, uint32_t row, struct item *it)
{
	const struct found_amount *none[1];
	const struct segment *g = &r->sheet->segs[r->sheet->rows[row].first];
	const char *canon = r->sheet->rows[row].canon;
	if (it->count.number == 0 || amounts_of(r, row, none, 1) > 0 || is_foot(canon) || is_aside(canon) ||
	    text_letters(g->upper, g->len) == 0)
		return;
	it->description = g;
	it->to = g->len;
	it->text_row = row;
}

/* The name in another row than the sum's. */
static void
name_beside(const struct item_place *p, struct item *it)
{
	if (p->naming->below) {
		if (p->row + 1 >= p->r->sheet->n_rows)
			return;
		describe(p->r, p->row + 1, it);
		if (!it->description)
			describe_poorly(p->r, p->row + 1, it);
		it->rows += it->description != NULL;
		return;
	}
	uint32_t most = p->row - p->used < 3 ? p->row - p->used : 3;
	for (uint32_t k = p->naming->rows < most ? p->naming->rows : most; k > 0 && !it->description; k--)
		if (row_is_text(p->r, p->row - k))
			describe(p->r, p->row - k, it);
	for (uint32_t k = p->naming->rows + 1; k <= most && !it->description && it->count.number > 0; k++)
		if (row_is_text(p->r, p->row - k))
			describe(p->r, p->row - k, it);
	if (!it->description && most > 0)
		describe_poorly(p->r, p->row - 1, it);
}

static void
find_other_lines(const struct item_place *p, struct item *it)
{
	if (it->description && p->row > p->used)
		it->above = other_line(p->r, it, p->row - 1);
	if (it->description && !it->above)
		it->below = other_line(p->r, it, p->row + 1);
}

/* ---- a row by itself ---- */

/* Behind a number: "X1.25MM" of "3X1.25MM". */
static bool
is_of_a_size(const char *s)
{
	const char *q = s + 1;
	if ((*s != 'X' && *s != '*') || !text_is_digit(*q))
		return false;
	(void)goods_number(&q);
	return *q >= 'A' && *q <= 'Z';
}

/* "2 X", "2X", "2 @", "1.500 KG X", "2 PCS", "3 ШТ": a count by what stands behind it. */
static double
quantity_in(const char *s)
{
	static const char *const units[] = {"Х ",  "Х",  "×",   "ШТ", "PCS", "КГ",
	                                    "УСЛ", "УП", "КВТ", "М3", "М³"};
	for (const char *p = s; *p; p++) {
		if (!text_is_digit(*p) || (p > s && (text_is_digit(p[-1]) || p[-1] == '.' || p[-1] == ',')))
			continue;
		const char *q = p;
		double v = goods_number(&q);
		while (*q == ' ')
			q++;
		bool times = *q == '@' || *q == '*' || ((*q == 'X') && !(q[1] >= 'A' && q[1] <= 'Z'));
		for (size_t i = 0; i < ARRAY_LEN(units) && !times; i++)
			times = strncmp(q, units[i], strlen(units[i])) == 0;
		if (times && v > 0 && v < 10000 && !is_of_a_size(q))
			return v;
		p = q > p ? q - 1 : p;
	}
	return 0;
}

#define MOST_NUMBERS 24 /* of one row */

/* The numbers of a row that may be counts. */
static size_t
numbers_of(const struct sheet *s, uint32_t row, double *ret)
{
	size_t n = 0;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++)
		for (const char *p = s->segs[i].upper; *p && n < MOST_NUMBERS;) {
			if (!text_is_digit(*p)) {
				p++;
				continue;
			}
			bool negative = p > s->segs[i].upper && p[-1] == '-' &&
			                (p - 1 == s->segs[i].upper || p[-2] == ' ');
			double v = goods_number(&p);
			ret[n++] = negative ? -v : v;
		}
	return n;
}

static struct goods_cell
price_of(const struct sheet *s, const struct found_amount *a)
{
	return (struct goods_cell){&s->segs[a->seg], a->a.start, a->a.end, (double)item_minor(s, a) / 100, a};
}

/* A count times a price is an amount of the row, the last one if need be: then all of them are surely so. A
 * price that is the amount itself goes with a count of one. */
static bool
multiply(const struct reading *r, uint32_t row, const struct found_amount *const *a, size_t n,
         struct item *it)
{
	double number[MOST_NUMBERS];
	size_t numbers = n > 1 ? numbers_of(r->sheet, row, number) : 0;
	for (size_t product = n; product-- > 1;)
		for (size_t price = product; price-- > 0;)
			for (size_t i = 0; i < numbers; i++) {
				double sum = number[i] * (double)a[price]->a.minor;
				bool itself = fabs(number[i] * 100 - (double)a[price]->a.minor) < 0.5;
				if (number[i] <= 0 || number[i] >= 100000 || itself ||
				    a[price]->a.minor == 0 || fabs(sum - (double)a[product]->a.minor) > 1)
					continue;
				it->count.number = number[i];
				it->price = price_of(r->sheet, a[price]);
				return true;
			}
	return false;
}

/* What is not under a head may be told by arithmetic still. */
static void
multiply_to(const struct reading *r, struct item *it)
{
	const struct found_amount *a[8];
	size_t n = amounts_of(r, it->row, a, ARRAY_LEN(a));
	struct item by = {0};
	while (n > 1 && a[n - 1] != it->amount)
		n--;
	if (!multiply(r, it->row, a, n, &by) || (it->count.seg && it->count.number != by.count.number) ||
	    (it->price.seg && it->price.amount != by.price.amount))
		return;
	if (!it->count.seg)
		it->count.number = by.count.number;
	it->price = by.price;
}

/* Where the count stands, and its unit, if that is one that is known. */
static void
find_count(const struct reading *r, uint32_t row, struct item *it)
{
	static const char *const units[] = {"ШТ", "КГ",   "УП",    "УСЛ",  "ЕД",  "КВТ",  "М3",
	                                    "М³", "ГКАЛ", "КУБ",   "КВ",   "PCS", "PC",   "EA",
	                                    "KG", "STK",  "UNITS", "DAYS", "HRS", "HOURS"};
	const struct sheet *s = r->sheet;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++)
		for (uint32_t from = 0, to; from < s->segs[i].len; from = to + 1) {
			const char *q = s->segs[i].upper + from;
			to = from + (uint32_t)strcspn(q, " ");
			if (!text_is_digit(*q) || goods_number(&q) != it->count.number)
				continue;
			struct goods_cell count = {
			    .seg = &s->segs[i], .from = from, .to = to, .number = it->count.number};
			struct goods_cell unit = goods_unit_behind(&count);
			for (size_t k = 0; k < ARRAY_LEN(units) && unit.seg && !it->unit.seg; k++)
				if (strncmp(unit.seg->upper + unit.from, units[k], strlen(units[k])) == 0)
					it->unit = unit;
			if (it->unit.seg)
				return;
		}
}

/* A count times a price has no minus: what is read as one is a speck. */
static void
set_sum(const struct reading *r, struct item *it)
{
	double product = it->count.number * it->price.number * 100;
	it->minor = item_minor(r->sheet, it->amount);
	if (product > 0 && fabs(product + (double)it->minor) <= 1)
		it->minor = -it->minor;
}

enum item_kind
item_by_row(const struct item_place *p, struct item *ret)
{
	const struct reading *r = p->r;
	const struct found_amount *a[8];
	size_t n = amounts_of(r, p->row, a, ARRAY_LEN(a));
	const char *canon = r->sheet->rows[p->row].canon;
	if (n == 0 || is_foot(canon))
		return ITEM_NONE;
	*ret = (struct item){.row = p->row, .rows = 1, .amount = a[n - 1]};
	bool product = multiply(r, p->row, a, n, ret);
	if (!product) {
		ret->count.number = quantity_in(canon);
		if (n > 1 && (ret->count.number > 0 || a[n - 2]->a.minor == a[n - 1]->a.minor))
			ret->price = price_of(r->sheet, a[n - 2]);
	}
	set_sum(r, ret);
	if (ret->minor == 0 || (is_aside(canon) && !(p->n > 0 && ret->minor < 0)))
		return ITEM_NONE;
	if (p->n > 2 && ret->count.number == 0 && ret->minor == p->sum)
		return ITEM_FOOT;
	find_count(r, p->row, ret);
	describe(r, p->row, ret);
	if (!ret->description)
		name_beside(p, ret);
	find_other_lines(p, ret);
	double price = ret->price.number * 100, sum = (double)ret->minor;
	if (!product && ret->count.number > 0 && fabs(ret->count.number * price - sum) > 1 && price > sum)
		ret->price = (struct goods_cell){0};
	return ret->description ? ITEM_GOODS : ITEM_NONE;
}

/* ---- a row by the head of its table ---- */

/* A thousand's mark read as a decimal's is mended where the row's sums tell: "10.000 kWh". */
static void
mend_count(const struct sheet *s, struct goods_cell *cell, const struct found_amount *const *other, size_t n)
{
	double product = cell[GOODS_COUNT].number * 1000 * cell[GOODS_PRICE].number * 100;
	bool is =
	    cell[GOODS_SUM].amount && fabs(product - (double)item_minor(s, cell[GOODS_SUM].amount)) <= 1;
	for (size_t i = 0; i < n && !is; i++)
		is = fabs(product - (double)item_minor(s, other[i])) <= 1;
	if (is && product != 0)
		cell[GOODS_COUNT].number *= 1000;
}

/* What hangs a little lower than its row: a next one, close below, that has neither count nor name. */
static bool
take_hanging(const struct reading *r, const struct goods_head *h, uint32_t row, struct goods_cell *cell)
{
	struct goods_cell next[GOODS_COLUMNS];
	const struct found_amount *other[GOODS_MOST_COLUMNS];
	if (row + 1 >= r->sheet->n_rows || gap_between(r->sheet, row, row + 1) > 0.4F * r->sheet->median_h)
		return false;
	(void)goods_cells(r, h, row + 1, next, other);
	if (next[GOODS_COUNT].seg || !next[GOODS_SUM].seg || (next[GOODS_PRICE].seg && cell[GOODS_PRICE].seg))
		return false;
	cell[GOODS_SUM] = next[GOODS_SUM];
	if (next[GOODS_PRICE].seg)
		cell[GOODS_PRICE] = next[GOODS_PRICE];
	return true;
}

enum item_kind
item_by_head(const struct item_place *p, const struct goods_head *h, struct item *ret)
{
	struct goods_cell cell[GOODS_COLUMNS];
	const struct found_amount *other[GOODS_MOST_COLUMNS];
	size_t others = goods_cells(p->r, h, p->row, cell, other);
	const char *canon = p->r->sheet->rows[p->row].canon;
	bool counted = cell[GOODS_COUNT].seg, hangs = false;
	if (!cell[GOODS_SUM].seg && (counted || cell[GOODS_PRICE].seg))
		hangs = take_hanging(p->r, h, p->row, cell);
	mend_count(p->r->sheet, cell, other, others);
	*ret = (struct item){.row = p->row,
	                     .rows = hangs ? 2 : 1,
	                     .amount = cell[GOODS_SUM].amount,
	                     .price = cell[GOODS_PRICE],
	                     .count = cell[GOODS_COUNT],
	                     .unit = cell[GOODS_UNIT],
	                     .rate = cell[GOODS_PERCENT],
	                     .description = cell[GOODS_TEXT].seg,
	                     .from = cell[GOODS_TEXT].from,
	                     .to = cell[GOODS_TEXT].to,
	                     .text_row = p->row};
	if (ret->amount && (!ret->count.seg || !ret->price.seg))
		multiply_to(p->r, ret);
	if (!ret->amount && !goods_head_has(h, GOODS_SUM)) {
		ret->amount = ret->price.amount;
		ret->price = (struct goods_cell){0};
	}
	if (counted ? is_sure_foot(canon) : is_foot(canon))
		return p->n > 0 && ret->amount ? ITEM_FOOT : ITEM_NONE;
	if (!ret->amount)
		return ITEM_NONE;
	set_sum(p->r, ret);
	if (!counted && is_aside(canon) && !(p->n > 0 && ret->minor < 0))
		return ITEM_NONE;
	bool is_sum = ret->minor == p->sum || llround(ret->price.number * 100) == p->sum;
	if (p->n > 0 && !counted && is_sum)
		return ITEM_FOOT;
	if (!ret->description)
		name_beside(p, ret);
	find_other_lines(p, ret);
	return ret->description ? ITEM_GOODS : ITEM_NONE;
}
