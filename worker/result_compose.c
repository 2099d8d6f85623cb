/* docket.result/1: what the parser read and what the model thinks of it, as one object. */
#include "clock.h"
#include "json_own.h"
#include "own.h"
#include "parsers.h"
#include "result.h"
#include "worker.h"

#define RESULT_SCHEMA "docket.result/1"
#define TEXT_MAX      (32 * MIB)
#define POOR_QUALITY  0.35 /* of a page; below it people misread too */

/* Four decimals: a tenth of a pixel on any page, and what a confidence is good for. */
static json_t *
real(double v)
{
	double scaled = v * 10000;
	return json_real((double)(int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)) / 10000);
}

static json_t *
box_json(struct box b)
{
	json_t *a = json_array();
	json_array_append_new(a, real((double)b.x0));
	json_array_append_new(a, real((double)b.y0));
	json_array_append_new(a, real((double)b.x1));
	json_array_append_new(a, real((double)b.y1));
	return a;
}

static json_t *
words_json(const struct page *p)
{
	json_t *words = json_array();
	for (size_t i = 0; i < p->n_words; i++) {
		json_t *w = json_object();
		json_object_set_new(w, "t", json_string(p->words[i].text));
		json_object_set_new(w, "c", real((double)p->words[i].confidence));
		json_object_set_new(w, "b", box_json(p->words[i].box));
		json_array_append_new(words, w);
	}
	return words;
}

static json_t *
barcodes_json(const struct page *p)
{
	json_t *codes = json_array();
	for (size_t i = 0; i < p->n_barcodes; i++) {
		json_t *c = json_object();
		json_object_set_new(c, "format", json_string(p->barcodes[i].format));
		json_object_set_new(c, "text", json_string(p->barcodes[i].text));
		json_object_set_new(c, "b", box_json(p->barcodes[i].box));
		json_array_append_new(codes, c);
	}
	return codes;
}

static json_t *
quality_json(const struct page_quality *q)
{
	json_t *o = json_object();
	json_object_set_new(o, "score", real((double)q->score));
	json_object_set_new(o, "sharpness", real((double)q->sharpness));
	json_object_set_new(o, "contrast", real((double)q->contrast));
	json_object_set_new(o, "skew_deg", real((double)q->skew_deg));
	if (q->dpi > 0)
		json_object_set_new(o, "dpi", real((double)q->dpi));
	return o;
}

static json_t *
pages_json(const struct document_text *d)
{
	json_t *pages = json_array();
	for (size_t i = 0; i < d->n_pages; i++) {
		const struct page *p = &d->pages[i];
		json_t *o = json_object();
		json_object_set_new(o, "number", json_integer(p->number));
		json_object_set_new(o, "width_px", json_integer(p->width));
		json_object_set_new(o, "height_px", json_integer(p->height));
		json_object_set_new(o, "rotation", json_integer(p->rotation));
		json_object_set_new(o, "source", json_string(text_source_name(p->source)));
		json_object_set_new(o, "quality", quality_json(&p->quality));
		json_object_set_new(o, "words", words_json(p));
		if (p->n_barcodes > 0)
			json_object_set_new(o, "barcodes", barcodes_json(p));
		json_array_append_new(pages, o);
	}
	return pages;
}

/* [{"name": "total", ...}] -> {"total": {...}}. Of two with one name the first stands. */
static enum err
fields_json(const json_t *list, json_t **ret, struct why *why)
{
	OWNED(json_release) json_t *fields = json_object();
	size_t i;
	json_t *f;
	json_array_foreach(list, i, f)
	{
		const char *name = json_get_str(f, "name");
		if (!name || !json_is_object(f))
			return fail(why, ERR_SCHEMA, "field %zu of the prediction has no name", i);
		if (json_object_get(fields, name))
			continue;
		json_t *copy = json_copy(f);
		json_object_del(copy, "name");
		json_object_set_new(fields, name, copy);
	}
	*ret = TAKE(fields);
	return ERR_NONE;
}

static json_t *
strings_json(const char *const *list, size_t n)
{
	json_t *a = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(list[i]));
	return a;
}

static json_t *
ocr_json(const struct document_text *d)
{
	json_t *o = json_object();
	json_object_set_new(o, "engine", json_string(d->engine));
	json_object_set_new(o, "version", json_string(d->engine_version));
	json_object_set_new(o, "languages", strings_json(d->languages, d->n_languages));
	return o;
}

static void
set_known(json_t *o, const char *key, int64_t v)
{
	if (v >= 0)
		json_object_set_new(o, key, json_integer(v));
}

/* A decimal string, as all money in a result; a job costs fractions of a cent. */
static void
set_price(json_t *cost, const struct result_parts *p)
{
	char amount[32];
	if (!p->prices || !p->prices->currency[0])
		return;
	snprintf(
	    amount, sizeof amount, "%.8f",
	    price_of(p->prices, p->used.cpu_ms, p->used.memory_kib_s, p->used.bytes_in + p->used.bytes_out));
	json_object_set_new(cost, "price",
	                    json_pack("{s:s, s:s}", "amount", amount, "currency", p->prices->currency));
}

static json_t *
diagnostics_json(const struct result_parts *p)
{
	json_t *timings = json_object(), *cost = json_object(), *o = json_object();
	set_known(timings, "queue", p->queue_ms);
	set_known(timings, "parse", p->parse_ms);
	set_known(timings, "infer", p->infer_ms);
	set_known(cost, "cpu_ms", p->used.cpu_ms);
	set_known(cost, "peak_rss_kib", p->peak_rss_kib);
	set_known(cost, "memory_kib_s", p->used.memory_kib_s);
	set_known(cost, "bytes_in", p->used.bytes_in);
	set_known(cost, "bytes_out", p->used.bytes_out);
	set_price(cost, p);
	json_t *warnings = strings_json(p->document->warnings, p->document->n_warnings);
	const json_t *model = json_object_get(p->prediction, "diagnostics");
	json_array_extend(warnings, json_object_get(model, "warnings"));
	/* Read as what it is; but somebody thinks that it is something else. */
	const char *claimed = document_type_of_name(p->file_name);
	if (claimed && strcmp(claimed, p->document->media_type) != 0)
		json_array_append_new(warnings, json_string("type_mismatch"));
	if (p->over_quota)
		json_array_append_new(warnings, json_string("attachments_over_quota"));
	json_object_set_new(o, "warnings", warnings);
	json_object_set_new(o, "timings_ms", timings);
	json_object_set_new(o, "cost", cost);
	return o;
}

static json_t *
text_json(const struct document_text *d)
{
	OWNED(buf_free) struct buf text = buf_init(TEXT_MAX);
	document_plain_text(&text, d);
	json_t *s = text.data ? json_stringn(text.data, text.len) : json_string("");
	if (!s)
		BUG("checked words make text that is not UTF-8");
	return s;
}

/* What the pages alone give cause to doubt. */
static struct result_doubts
doubts_of(const struct document_text *d)
{
	struct result_doubts r = {.no_text = true};
	for (size_t i = 0; i < d->n_pages; i++) {
		const struct page *p = &d->pages[i];
		r.no_text &= p->n_words == 0;
		r.poor_picture |= p->source != SOURCE_TEXT_LAYER && p->n_words > 0 &&
		                  p->quality.score < (float)POOR_QUALITY;
	}
	return r;
}

enum err
result_compose(const struct result_parts *p, json_t **ret, struct why *why)
{
	const json_t *doc_type = json_object_get(p->prediction, "doc_type");
	if (!json_get_str(doc_type, "value") || !json_is_object(json_object_get(p->prediction, "model")))
		return fail(why, ERR_SCHEMA, "the prediction names no doc_type or no model");
	OWNED(json_release) json_t *fields = NULL;
	TRY(fields_json(json_object_get(p->prediction, "fields"), &fields, why));
	json_t *items = json_object_get(p->prediction, "line_items");
	char today[RESULT_DATE_LEN];
	result_today(today);
	const struct result_doubts doubts = doubts_of(p->document);
	OWNED(json_release) json_t *checks = result_checks(fields, items, today);

	json_t *r = json_object();
	json_object_set_new(r, "schema", json_string(RESULT_SCHEMA));
	json_object_set(r, "doc_type", (json_t *)doc_type);
	json_object_set_new(r, "pages", pages_json(p->document));
	json_object_set(r, "fields", fields);
	json_object_set_new(r, "line_items", json_is_array(items) ? json_incref(items) : json_array());
	json_object_set(r, "checks", checks);
	json_object_set_new(r, "review",
	                    result_review(json_get_str(doc_type, "value"), fields, checks, &doubts));
	json_object_set_new(r, "text", text_json(p->document));
	json_object_set(r, "model", json_object_get(p->prediction, "model"));
	json_object_set_new(r, "ocr", ocr_json(p->document));
	json_object_set_new(r, "diagnostics", diagnostics_json(p));
	*ret = r;
	return ERR_NONE;
}
