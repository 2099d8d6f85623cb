#include "line_items.h"

#include "item.h"
#include "money.h"
#include "text.h"

#include <math.h>

/* ---- the list ---- */

struct walk {
	const struct reading *r;
	struct goods_head head; /* without columns: there is none */
	struct item_naming naming;
	uint32_t row, foot, used;
	int64_t sum;
	size_t n, n_products; /* of them, in which a count times a price is the sum */
};

static struct walk
walk_begin(const struct reading *r, bool by_head)
{
	struct walk w = {.r = r};
	if (by_head && r->head)
		w.head = *r->head;
	w.row = w.head.row;
	w.foot = w.head.n ? (uint32_t)r->sheet->n_rows : item_foot_row(r);
	w.naming = item_naming_of(r, w.head.n ? &w.head : NULL, w.row, w.foot);
	return w;
}

/* The head may be said again, on another page; another head is the end. */
static void
pass_heads(struct walk *w)
{
	struct goods_head h;
	while (w->row < w->foot) {
		switch (goods_head_at(w->r, w->row, &h)) {
		case GOODS_NO_HEAD:
			return;
		case GOODS_OTHER_HEAD:
			w->foot = w->n > 0 ? w->row : w->foot;
			w->row += w->n == 0;
			break;
		case GOODS_HEAD:
			if (h.n != w->head.n && w->n > 0)
				w->foot = w->row;
			w->head = h;
			w->row = h.row;
			break;
		}
	}
}

static bool
is_product(const struct item *it)
{
	double product = it->count.number * it->price.number * 100;
	return it->price.seg && fabs(product - (double)it->minor) <= 1;
}

/* A sum may be of a part of the list: behind it are goods still, counted and priced. */
static bool
goes_on(const struct walk *w)
{
	struct goods_head other;
	struct item it;
	for (uint32_t row = w->row + 1; row < w->foot && row < w->row + 12; row++) {
		const struct item_place p = {w->r, row, row, &w->naming, w->n, w->sum};
		if (goods_head_at(w->r, row, &other) != GOODS_NO_HEAD)
			return false;
		if (item_by_head(&p, &w->head, &it) == ITEM_GOODS && it.count.number != 0 && is_product(&it))
			return true;
	}
	return false;
}

static bool
next_item(struct walk *w, struct item *ret)
{
	while (w->row < w->foot && w->n < LINE_ITEMS_MAX) {
		if (w->head.n)
			pass_heads(w);
		if (w->row >= w->foot)
			return false;
		const struct item_place p = {w->r, w->row, w->used, &w->naming, w->n, w->sum};
		enum item_kind k = w->head.n ? item_by_head(&p, &w->head, ret) : item_by_row(&p, ret);
		if (k == ITEM_FOOT && !(w->head.n && goes_on(w)))
			w->foot = w->row;
		w->row += k == ITEM_GOODS ? ret->rows : 1;
		if (k != ITEM_GOODS)
			continue;
		w->used = w->row + (ret->below != NULL);
		w->sum += ret->minor;
		w->n_products += is_product(ret);
		w->n++;
		return true;
	}
	return false;
}

/* Do they add up to the total, or to a sum behind them? */
static bool
fits(const struct walk *w, int64_t total)
{
	const struct reading *r = w->r;
	bool is = w->n > 0 && w->sum == total;
	for (size_t i = 0; i < r->n_amounts && !is; i++)
		is = w->n > 1 && item_minor(r->sheet, &r->amounts[i]) == w->sum &&
		     r->sheet->segs[r->amounts[i].seg].row >= w->foot;
	return is;
}

/* `it` NULL: only counted. */
static struct walk
walk(const struct reading *r, bool by_head, struct item *it)
{
	struct item one;
	struct walk w = walk_begin(r, by_head);
	while (next_item(&w, it ? &it[w.n] : &one))
		;
	return w;
}

/* By the head of a table, where there is one; but not where that makes no sense, and rows by themselves do.
 */
static struct walk
walk_best(const struct reading *r, int64_t total, struct item *it)
{
	if (!r->head)
		return walk(r, false, it);
	struct walk head = walk(r, true, it);
	if (head.n > 0 && (fits(&head, total) || 2 * head.n_products >= head.n))
		return head;
	struct walk rows = walk(r, false, it);
	return head.n == 0 || fits(&rows, total) ? rows : walk(r, true, it);
}

int64_t
line_items_sum(const struct reading *r)
{
	struct walk w = walk_best(r, INT64_MIN, NULL);
	return w.n >= 2 ? w.sum : INT64_MIN;
}

/* How sure of the rows: those that add up to the total, or to some sum of the foot, are surely items, and so
 * nearly are those of a table in which counts times prices are sums. */
static double
how_sure(const struct walk *w, int64_t total)
{
	if (fits(w, total))
		return 0.95;
	return w->head.n && w->n_products == w->n ? 0.9 : 0.7;
}

/* ---- the answer ---- */

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

/* `normalized` NULL: the text itself. */
static json_t *
cell_part(const struct sheet *s, const struct goods_cell *c, json_t *normalized, double conf)
{
	json_t *text = normalized ? normalized : json_stringn(c->seg->text + c->from, c->to - c->from);
	return part(s, c->seg, c->from, c->to, text ? text : json_string(""), conf);
}

static json_t *
sum_part(const struct sheet *s, const struct found_amount *a, int64_t minor, const char *currency,
         double conf)
{
	const char *of = a->a.currency ? money_currency(a->a.currency, currency) : currency;
	return part(s, &s->segs[a->seg], a->a.start, a->a.end, money_json(minor, of), conf);
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
	json_object_set_new(o, "amount", sum_part(s, it->amount, it->minor, currency, conf));
	int64_t price = llround(it->price.number * 100);
	if (it->price.amount)
		json_object_set_new(o, "unit_price",
		                    sum_part(s, it->price.amount, price, currency, conf * 0.9));
	else if (it->price.seg) /* with more decimals than money has */
		json_object_set_new(o, "unit_price",
		                    cell_part(s, &it->price, money_json(price, currency), conf * 0.9));
	if (it->count.seg)
		json_object_set_new(o, "quantity",
		                    cell_part(s, &it->count, json_real(it->count.number), conf * 0.9));
	else if (it->count.number > 0)
		json_object_set_new(
		    o, "quantity",
		    json_pack("{s:f, s:f}", "normalized", it->count.number, "confidence", conf * 0.9));
	if (it->unit.seg)
		json_object_set_new(o, "unit", cell_part(s, &it->unit, NULL, conf * 0.9));
	if (it->rate.seg)
		json_object_set_new(o, "tax_rate",
		                    cell_part(s, &it->rate, json_real(it->rate.number), conf * 0.9));
	return o;
}

enum err
line_items_find(const struct reading *r, int64_t total, const char *currency, json_t *items,
                struct arena *mem, struct why *why)
{
	struct item *it;
	ARENA_TRY(it, arena_array(mem, LINE_ITEMS_MAX + 1, sizeof *it), mem, why);
	struct walk w = walk_best(r, total, it);
	double conf = how_sure(&w, total);
	if (!w.head.n && w.foot == r->sheet->n_rows && conf < 0.95)
		return ERR_NONE; /* a paper without head and foot has sums, but no list of goods */
	leave_out_numbers(it, w.n);
	for (size_t i = 0; i < w.n; i++)
		json_array_append_new(items, item_json(r->sheet, &it[i], i + 1, currency, conf));
	return ERR_NONE;
}
