#include "answer.h"

#include "bands.h"
#include "evidence.h"
#include "facts.h"
#include "inference.h"
#include "json_own.h"
#include "line_items.h"
#include "money.h"
#include "text.h"

#include <math.h>

#define ALTERNATIVES     3
#define LEAST_FIELD      0.01 /* below this a field is rather absent than wrong */
#define TYPE_LEAST_TEXT  3    /* segments; with less nobody can tell the kind */
#define TYPE_LEAST_WORDS 10

static const char *
band(double p, double high)
{
	return p >= high ? "high" : p >= BAND_MEDIUM ? "medium" : "low";
}

static double
rounded(double p)
{
	return round(p * 10000) / 10000;
}

static json_t *
region(const struct sheet *s, const struct place *p)
{
	const struct segment *g = &s->segs[p->seg];
	struct box b = layout_box(s, g, p->start, p->end);
	double x0 = (double)b.x0, y0 = (double)b.y0, x1 = (double)b.x1, y1 = (double)b.y1;
	return json_pack("{s:i, s:[f,f,f,f,f,f,f,f]}", "page", (int)s->doc->pages[g->page].number, "polygon",
	                 x0, y0, x1, y0, x1, y1, x0, y1);
}

static json_t *
regions(const struct sheet *s, const struct candidate *c)
{
	json_t *a = json_array();
	for (uint32_t i = 0; i < c->n_places; i++)
		json_array_append_new(a, region(s, &c->places[i]));
	return a;
}

static json_t *
normalized(enum field_id field, const struct candidate *c, const char *text, const char *currency)
{
	if (field == FIELD_TOTAL)
		return money_json(c->minor, c->amount->a.currency
		                                ? money_currency(c->amount->a.currency, currency)
		                                : currency);
	if (field == FIELD_DATE) {
		char day[DATE_TEXT_LEN];
		dates_text(&c->date, day);
		return json_string(day);
	}
	return json_string(text);
}

static json_t *
alternatives(const struct sheet *s, enum field_id field, const struct choice *c, const char *currency)
{
	json_t *a = json_array();
	double sum = 0;
	float top = c->odds[c->order[0]];
	for (size_t i = 0; i < c->all.n; i++)
		sum += exp((double)(c->odds[i] - top));
	for (size_t i = 1; i < c->all.n && json_array_size(a) < ALTERNATIVES; i++) {
		const struct candidate *k = &c->all.c[c->order[i]];
		bool passed_by = k->unfit || strcmp(k->said, c->text) == 0;
		for (size_t j = 0; j < i && !passed_by; j++)
			passed_by = strcmp(k->said, c->all.c[c->order[j]].said) == 0;
		if (passed_by)
			continue;
		/* what the best leaves over, shared by odds; never above the best itself */
		double share = exp((double)(c->odds[c->order[i]] - top)) / fmax(sum - 1, 1e-9);
		double conf = fmin((1 - c->confidence) * fmin(share, 1), c->confidence);
		json_array_append_new(a, json_pack("{s:s, s:o, s:f, s:o}", "value", k->said, "normalized",
		                                   normalized(field, k, k->said, currency), "confidence",
		                                   rounded(conf), "regions", regions(s, k)));
	}
	return a;
}

/* What the trees chose, as a field. NULL when there is nothing worth saying. */
static enum err
chosen_field(const struct predictor *p, enum field_id field, const struct reading *r, const struct choice *c,
             const char *currency, json_t **ret, struct why *why)
{
	static const char *const types[FIELD_COUNT] = {"text", "date", "text", "money"};
	*ret = NULL;
	if (c->all.n == 0 || c->confidence < LEAST_FIELD)
		return ERR_NONE;
	const struct candidate *best = &c->all.c[c->order[0]];
	OWNED(buf_free) struct buf english = buf_init(4 * KIB);
	OWNED(buf_free) struct buf russian = buf_init(4 * KIB);
	TRY(evidence_write(p, field, c, &english, &russian, why));
	json_t *f = json_pack(
	    "{s:s, s:s, s:s, s:o, s:f, s:s, s:s, s:o, s:s, s:s, s:o}", "name", field_names[field], "type",
	    types[field], "value", c->text, "normalized", normalized(field, best, c->text, currency),
	    "confidence", rounded(c->confidence), "band", band(c->confidence, c->high), "source", "ml",
	    "regions", regions(r->sheet, best), "evidence", english.data ? english.data : "", "evidence_ru",
	    russian.data ? russian.data : "", "alternatives", alternatives(r->sheet, field, c, currency));
	if (!f)
		return fail(why, ERR_BROKEN, "the answer's %s cannot be put in JSON", field_names[field]);
	if (c->mended)
		json_object_set_new(f, "read", json_string(best->text));
	if (field == FIELD_DATE && best->date.ambiguous) {
		struct date other = best->date;
		char day[DATE_TEXT_LEN];
		other.day = best->date.month;
		other.month = best->date.day;
		dates_text(&other, day);
		json_object_set_new(f, "ambiguous_with", json_string(day));
	}
	*ret = f;
	return ERR_NONE;
}

static json_t *
fact_field(enum fact_id id, const struct fact *f, const char *currency)
{
	json_t *normal =
	    strcmp(fact_types[id], "money") == 0
	        ? money_json(f->minor, f->currency ? money_currency(f->currency, currency) : currency)
	        : json_string(f->code);
	json_t *where = json_array();
	if (f->has_box) {
		double x0 = (double)f->box.x0, y0 = (double)f->box.y0, x1 = (double)f->box.x1,
		       y1 = (double)f->box.y1;
		json_array_append_new(where, json_pack("{s:i, s:[f,f,f,f,f,f,f,f]}", "page", (int)f->page,
		                                       "polygon", x0, y0, x1, y0, x1, y1, x0, y1));
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:f, s:s, s:s, s:o, s:s, s:s, s:o}", "name", fact_names[id],
	                 "type", fact_types[id], "value", f->value, "normalized", normal, "confidence",
	                 rounded(f->confidence), "band", band(f->confidence, BAND_HIGH), "source", f->source,
	                 "regions", where, "evidence", f->english, "evidence_ru", f->russian, "alternatives",
	                 json_array());
}

/* The code's word, with what was read as the runner-up where the two differ. */
static json_t *
outrank(json_t *by_code, json_t *by_reading)
{
	if (!by_reading)
		return by_code;
	const json_t *a = json_object_get(by_code, "normalized"),
	             *b = json_object_get(by_reading, "normalized");
	json_object_set(by_code, "agrees", json_boolean(json_equal(a, b)));
	json_t *other = json_object();
	static const char *const kept[] = {"value", "normalized", "confidence", "regions"};
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		json_object_set(other, kept[i], json_object_get(by_reading, kept[i]));
	if (!json_equal(a, b))
		json_array_append(json_object_get(by_code, "alternatives"), other);
	json_decref(other);
	json_decref(by_reading);
	return by_code;
}

/* A laboratory's results look like sums, and so do measurements, scores and numbers of chapters on papers of
 * which nobody knows what they are: there a total is one that is called so, or has a mark of money. */
static bool
is_no_total(enum paper_type kind, enum field_id field, const struct choice *c)
{
	static const char *const words[] = {"TOTAL",   "AMOUNT", "PAY",   "PAID",
	                                    "BALANCE", "DUE",    "PRICE", "FEE"};
	if ((kind != TYPE_MEDICAL && kind != TYPE_OTHER) || field != FIELD_TOTAL || c->all.n == 0)
		return false;
	const struct found_amount *a = c->all.c[c->order[0]].amount;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(a->left, words[i]) || strstr(a->up, words[i]))
			return false;
	return a->a.currency == NULL;
}

/* Nothing is said where the only days are to pay by, or those of an earlier debt. */
static bool
is_no_day(const struct reading *r, enum field_id field, const struct choice *c)
{
	return field == FIELD_DATE && c->all.n > 0 && facts_date_is_another(r, &c->all.c[c->order[0]].date);
}

static const int field_of_fact[FACT_COUNT] = {
    [FACT_MERCHANT_NAME] = FIELD_MERCHANT + 1,
    [FACT_DATE] = FIELD_DATE + 1,
    [FACT_MERCHANT_ADDRESS] = FIELD_ADDRESS + 1,
    [FACT_TOTAL] = FIELD_TOTAL + 1,
};

/* `kind`: that of the paper, TYPE_OTHER where it is in doubt. */
static enum err
add_fields(const struct predictor *p, const struct reading *r, enum paper_type kind, struct arena *mem,
           json_t *fields, json_t *items, struct why *why)
{
	struct choice c[FIELD_COUNT];
	struct facts rule, code;
	const char *currency = money_of_paper(r);
	TRY(predictor_choose_all(p, r, mem, c, why));
	if (kind != TYPE_RECEIPT)
		predictor_temper(p, r, c);
	const struct choice *t = &c[FIELD_TOTAL];
	bool sure = t->all.n > 0 && t->confidence > 0.3;
	TRY(facts_by_code(r->sheet->doc, mem, &code, why));
	int64_t total = code.f[FACT_TOTAL].value ? code.f[FACT_TOTAL].minor
	                : sure                   ? t->all.c[t->order[0]].minor
	                                         : INT64_MIN;
	TRY(facts_by_rule(r, total, mem, &rule, why));
	TRY(facts_about(r, mem, &rule, why));
	if (kind == TYPE_OTHER && rule.f[FACT_CATEGORY].confidence < 0.7)
		rule.f[FACT_CATEGORY] = (struct fact){0}; /* nobody knows that it was spent at all */
	if (currency && r->n_amounts > 0 && !code.f[FACT_CURRENCY].value)
		rule.f[FACT_CURRENCY] = (struct fact){.value = currency,
		                                      .code = currency,
		                                      .confidence = 0.9,
		                                      .source = "rule",
		                                      .english = "Marks and words on the paper speak of it",
		                                      .russian = "на неё указывают знаки и слова на бумаге"};
	if (code.f[FACT_TOTAL].value && code.f[FACT_TOTAL].currency)
		currency = code.f[FACT_TOTAL].currency;
	for (int id = 0; id < FACT_COUNT; id++) {
		json_t *read = NULL;
		if (!facts_fit((enum fact_id)id, kind)) {
			/* an IBAN on a slip of a card is something else */
		} else if (field_of_fact[id]) {
			enum field_id f = (enum field_id)(field_of_fact[id] - 1);
			if (!is_no_total(kind, f, &c[f]) && !is_no_day(r, f, &c[f]))
				TRY(chosen_field(p, f, r, &c[f], currency, &read, why));
		} else if (rule.f[id].value) {
			read = fact_field((enum fact_id)id, &rule.f[id], currency);
		}
		if (code.f[id].value)
			read = outrank(fact_field((enum fact_id)id, &code.f[id], currency), read);
		if (read)
			json_array_append_new(fields, read);
	}
	return line_items_find(r, total, currency, items, mem, why);
}

static bool
is_scrap(const struct sheet *s)
{
	size_t words = 0;
	for (size_t i = 0; i < s->n; i++)
		words += s->segs[i].n_words;
	return s->n < TYPE_LEAST_TEXT || words < TYPE_LEAST_WORDS;
}

/* *ret_kind: what the fields go by. */
static enum err
type_json(const struct predictor *p, const struct reading *r, enum paper_type *ret_kind, json_t **ret,
          struct why *why)
{
	struct kind_choice c;
	TRY(predictor_kind(p, r, &c, why));
	if (is_scrap(r->sheet)) {
		c.kind = TYPE_OTHER;
		c.confidence = fmin(c.confidence, 0.3);
	}
	*ret_kind = c.confidence >= BAND_MEDIUM ? c.kind : TYPE_OTHER;
	json_t *others = json_array();
	float left[TYPE_COUNT];
	memcpy(left, c.p, sizeof left);
	left[c.kind] = -1;
	for (int k = 0; k < ALTERNATIVES; k++) {
		int best = -1;
		for (int t = 0; t < TYPE_COUNT; t++)
			if (left[t] > 0.01f && (best < 0 || left[t] > left[best]))
				best = t;
		if (best < 0)
			break;
		double conf = fmin((double)left[best], fmin(c.confidence, 1 - c.confidence));
		json_array_append_new(
		    others, json_pack("{s:s, s:f}", "value", type_names[best], "confidence", rounded(conf)));
		left[best] = -1;
	}
	OWNED(buf_free) struct buf english = buf_init(4 * KIB);
	OWNED(buf_free) struct buf russian = buf_init(4 * KIB);
	evidence_of_kind(r, c.kind, &english, &russian);
	*ret = json_pack("{s:s, s:f, s:s, s:s, s:s, s:o}", "value", type_names[c.kind], "confidence",
	                 rounded(c.confidence), "band", band(c.confidence, c.high), "evidence", english.data,
	                 "evidence_ru", russian.data, "alternatives", others);
	return *ret ? ERR_NONE : fail(why, ERR_BROKEN, "the kind of paper cannot be put in JSON");
}

enum err
answer_compose(const struct predictor *p, struct reading *r, json_t *model, struct arena *mem, json_t **ret,
               struct why *why)
{
	reading_judge(r, &p->text);
	OWNED(json_release) json_t *out = json_object();
	OWNED(json_release) json_t *fields = json_array();
	OWNED(json_release) json_t *items = json_array();
	OWNED(json_release) json_t *t = NULL;
	enum paper_type kind;
	TRY(type_json(p, r, &kind, &t, why));
	TRY(add_fields(p, r, kind, mem, fields, items, why));
	json_object_set_new(out, "schema", json_string(INFERENCE_OUTPUT_SCHEMA));
	json_object_set(out, "model", model);
	json_object_set(out, "doc_type", t);
	json_object_set(out, "fields", fields);
	json_object_set(out, "line_items", items);
	json_object_set_new(out, "diagnostics",
	                    json_pack("{s:i, s:i, s:i, s:i, s:b}", "pages", (int)r->sheet->doc->n_pages,
	                              "segments", (int)r->sheet->n, "amounts", (int)r->n_amounts, "dates",
	                              (int)r->n_dates, "cut", r->sheet->n >= LAYOUT_MAX_SEGMENTS));
	*ret = TAKE(out);
	return ERR_NONE;
}
