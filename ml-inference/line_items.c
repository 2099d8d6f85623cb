#include "line_items.h"

#include "money.h"
#include "text.h"

#include <math.h>

/* A row that ends in an amount, or the text above one that has none of its own. */
struct item {
	uint32_t row, text_row; /* the description may stand in the row above */
	const struct found_amount *amount, *price;
	double quantity;
	const struct segment *description;
	uint32_t from, to;                   /* bytes of the description's segment */
	const struct segment *above, *below; /* its other line, if it has two */
};

/* Words of the foot and the head: such a row is no item. */
static bool
is_foot(const char *canon)
{
	static const char *const words[] = {"TOTAL",  "CASH",     "CHANGE", "ROUND",  "BALANCE",
	                                    "AMOUNT", "CARD",     "VISA",   "MASTER", "PAYMENT",
	                                    "TENDER", "SUBTOTAL", "PAID"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_has_word(canon, words[i]))
			return true;
	return strncmp(canon, "NET ", 4) == 0 || strncmp(canon, "NETTO", 5) == 0;
}

/* Of an item or of the foot: the tax of a row, what was owed before. No item, and the list may go on behind
 * it. */
static bool
is_aside(const char *canon)
{
	static const char *const words[] = {"TAX", "GST", "DISCOUNT", "DEPOSIT"};
	static const char *const stems[] = {"ЗАДОЛЖ", "ДОЛГ ", "ПОСТУПИЛ", "НАЧИСЛЕНО", "BROUGHT FORWARD"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_has_word(canon, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(stems); i++)
		if (strstr(canon, stems[i]))
			return true;
	return false;
}

static size_t
letters_in(const char *s, size_t n)
{
	size_t found = 0, k;
	for (size_t i = 0; i < n; i += k)
		found += text_is_letter(text_decode(s + i, n - i, &k));
	return found;
}

/* A number at *s, past which it goes: 2, 1.500, 0,7602, 1 200,00. */
static double
take_number(const char **s)
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
		double v = take_number(&q);
		while (*q == ' ')
			q++;
		bool times = *q == '@' || *q == '*' || ((*q == 'X') && !(q[1] >= 'A' && q[1] <= 'Z'));
		for (size_t i = 0; i < ARRAY_LEN(units) && !times; i++)
			times = strncmp(q, units[i], strlen(units[i])) == 0;
		if (times && v > 0 && v < 10000)
			return v;
		p = q > p ? q - 1 : p;
	}
	return 0;
}

/* The amounts of one row, left to right. */
static size_t
amounts_of(const struct reading *r, uint32_t row, const struct found_amount **ret, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n_amounts && n < cap; i++)
		if (r->sheet->segs[r->amounts[i].seg].row == row)
			ret[n++] = &r->amounts[i];
	return n;
}

/* "2 ШТ. X": a count and its unit, which describe nothing. */
static bool
is_count(const char *upper, uint32_t to)
{
	static const char *const units[] = {"ШТУК", "ШТ", "PCS", "PC", "EA", "КГ", "KG", "УП", "УСЛ", "ЕД"};
	const char *p = upper, *end = upper + to;
	if (!text_is_digit(*p))
		return false;
	(void)take_number(&p);
	for (bool more = true; more && p < end;) {
		p += strspn(p, " .");
		more = false;
		for (size_t i = 0; i < ARRAY_LEN(units) && !more; i++)
			if (strncmp(p, units[i], strlen(units[i])) == 0) {
				p += strlen(units[i]);
				more = true;
			}
	}
	return p >= end || letters_in(p, (size_t)(end - p)) <= 1; /* the sign of a product */
}

/* The description: the row's first segment that has words, up to its first number of money. */
static void
describe(const struct reading *r, uint32_t row, struct item *it)
{
	const struct sheet *s = r->sheet;
	for (uint32_t i = s->rows[row].first; i < s->rows[row].first + s->rows[row].n; i++) {
		const struct segment *g = &s->segs[i];
		uint32_t to = g->len;
		for (size_t k = 0; k < r->n_amounts; k++)
			if (r->amounts[k].seg == i && r->amounts[k].a.from < to)
				to = r->amounts[k].a.from;
		while (to > 0 && strchr(" @*X", g->upper[to - 1]))
			to--;
		if (letters_in(g->upper, to) >= 3 && !is_count(g->upper, to)) {
			it->description = g;
			it->to = to;
			it->text_row = row;
			return;
		}
	}
}

static json_t *
region_json(const struct sheet *s, const struct segment *g, uint32_t from, uint32_t to)
{
	struct box b = layout_box(s, g, from, to);
	double x0 = (double)b.x0, y0 = (double)b.y0, x1 = (double)b.x1, y1 = (double)b.y1;
	return json_pack("{s:i, s:[f,f,f,f,f,f,f,f]}", "page", (int)s->doc->pages[g->page].number, "polygon",
	                 x0, y0, x1, y0, x1, y1, x0, y1);
}

static json_t *
part(const struct sheet *s, const struct segment *g, uint32_t from, uint32_t to, json_t *normalized,
     double conf)
{
	json_t *value = json_stringn(g->text + from, to - from);
	return json_pack("{s:o, s:o, s:f, s:[o]}", "value", value ? value : json_string(""), "normalized",
	                 normalized, "confidence",
	                 round(conf * (double)layout_confidence(s, g, from, to) * 1e4) / 1e4, "regions",
	                 region_json(s, g, from, to));
}

static json_t *
sum_part(const struct sheet *s, const struct found_amount *a, const char *currency, double conf)
{
	int64_t v = a->a.negative ? -a->a.minor : a->a.minor;
	return part(s, &s->segs[a->seg], a->a.start, a->a.end,
	            money_json(v, a->a.currency ? money_currency(a->a.currency, currency) : currency), conf);
}

/* The row that closes the items: the first with a word of the foot after at least one amount; where there is
 * none, with that of a tax. */
static uint32_t
foot_row(const struct reading *r)
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
	       letters_in(r->sheet->rows[row].canon, strlen(r->sheet->rows[row].canon)) >= 3;
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
			ret[n++] = take_number(&p);
		}
	return n;
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
				it->quantity = number[i];
				it->price = a[price];
				return true;
			}
	return false;
}

static bool
read_item(const struct reading *r, uint32_t row, uint32_t used_above, struct item *it)
{
	const struct found_amount *a[8];
	size_t n = amounts_of(r, row, a, ARRAY_LEN(a));
	const char *canon = r->sheet->rows[row].canon;
	if (n == 0 || is_foot(canon) || is_aside(canon))
		return false;
	*it = (struct item){.row = row, .amount = a[n - 1]};
	bool product = multiply(r, row, a, n, it);
	if (!product) {
		it->quantity = quantity_in(canon);
		it->price = n > 1 ? a[n - 2] : NULL;
	}
	describe(r, row, it);
	if (!it->description && row > used_above && row_is_text(r, row - 1))
		describe(r, row - 1, it);
	if (it->description && row > used_above)
		it->above = other_line(r, it, row - 1);
	if (it->description && !it->above)
		it->below = other_line(r, it, row + 1);
	if (!product && it->price && it->quantity > 0 &&
	    llabs((int64_t)llround(it->quantity * (double)it->price->a.minor) - it->amount->a.minor) > 1 &&
	    it->price->a.minor > it->amount->a.minor)
		it->price = NULL;
	return it->description != NULL && it->amount->a.minor > 0;
}

static json_t *
description_json(const struct sheet *s, const struct item *it, double conf)
{
	const struct segment *d = it->description, *above = it->above, *below = it->below;
	json_t *text =
	    json_sprintf("%s%s%.*s%s%s", above ? above->text : "", above ? " " : "", (int)(it->to - it->from),
	                 d->text + it->from, below ? " " : "", below ? below->text : "");
	json_t *o = part(s, d, it->from, it->to, text ? text : json_string(""), conf);
	json_object_set(o, "value", json_object_get(o, "normalized"));
	json_t *regions = json_object_get(o, "regions");
	if (above)
		json_array_insert_new(regions, 0, region_json(s, above, 0, above->len));
	if (below)
		json_array_append_new(regions, region_json(s, below, 0, below->len));
	return o;
}

/* "2. " of the second; how long it is, or 0. */
static uint32_t
number_before(const struct item *it, size_t n)
{
	char number[24];
	size_t len = (size_t)snprintf(number, sizeof number, "%zu", n);
	const char *text = it->description->text;
	if (it->above || strncmp(text, number, len) != 0)
		return 0;
	size_t mark = strspn(text + len, ".)"), to = len + mark + strspn(text + len + mark, " ");
	if (to == len || to >= it->to || (to == len + mark && text_is_digit(text[to])))
		return 0; /* "10 eggs", "1." alone, "1.5 l" */
	return (uint32_t)to;
}

/* Rows that are numbered from one are so for their order alone: the goods are not called so. */
static void
leave_out_numbers(struct item *it, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (n < 2 || number_before(&it[i], i + 1) == 0)
			return;
	for (size_t i = 0; i < n; i++)
		it[i].from = number_before(&it[i], i + 1);
}

static json_t *
item_json(const struct sheet *s, const struct item *it, size_t n, const char *currency, double conf)
{
	json_t *o = json_object();
	json_object_set_new(o, "n", json_integer((json_int_t)n));
	json_object_set_new(o, "description", description_json(s, it, conf));
	json_object_set_new(o, "amount", sum_part(s, it->amount, currency, conf));
	if (it->price)
		json_object_set_new(o, "unit_price", sum_part(s, it->price, currency, conf * 0.9));
	if (it->quantity > 0)
		json_object_set_new(
		    o, "quantity",
		    json_pack("{s:f, s:f}", "normalized", it->quantity, "confidence", conf * 0.9));
	return o;
}

int64_t
line_items_sum(const struct reading *r)
{
	uint32_t foot = foot_row(r), used = 0;
	size_t n = 0;
	int64_t sum = 0;
	for (uint32_t row = 0; row < foot && n < LINE_ITEMS_MAX; row++) {
		struct item it;
		if (!read_item(r, row, used, &it))
			continue;
		used = row + 1 + (it.below != NULL);
		sum += it.amount->a.minor;
		n++;
	}
	return n >= 2 ? sum : INT64_MIN;
}

enum err
line_items_find(const struct reading *r, int64_t total, const char *currency, json_t *items,
                struct arena *mem, struct why *why)
{
	struct item *it;
	size_t n = 0;
	int64_t sum = 0;
	ARENA_TRY(it, arena_array(mem, LINE_ITEMS_MAX, sizeof *it), mem, why);
	uint32_t foot = foot_row(r), used = 0;
	for (uint32_t row = 0; row < foot && n < LINE_ITEMS_MAX; row++)
		if (read_item(r, row, used, &it[n])) {
			used = row + 1 + (it[n].below != NULL);
			sum += it[n++].amount->a.minor;
		}
	/* items that add up to the total, or to some sum of the foot, are surely items */
	bool fits = sum == total;
	for (size_t i = 0; i < r->n_amounts && !fits; i++)
		fits = r->amounts[i].a.minor == sum && r->sheet->segs[r->amounts[i].seg].row >= foot;
	if (foot == r->sheet->n_rows && !fits)
		return ERR_NONE; /* a paper without a foot has sums, but no list of goods */
	leave_out_numbers(it, n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, item_json(r->sheet, &it[i], i + 1, currency, fits ? 0.95 : 0.7));
	return ERR_NONE;
}
