#include "document.h"

#include <math.h>

const char *
text_source_name(enum text_source s)
{
	static const char *const names[] = {"ocr", "text_layer", "mixed"};
	return names[s];
}

/* A number with at most `places` decimals and no trailing zeros, whatever the locale. */
static void
put_number(struct buf *b, double v, int places)
{
	int64_t scale = 1;
	for (int i = 0; i < places; i++)
		scale *= 10;
	int64_t n = isfinite(v) && fabs(v) < 1e12 ? llround(v * (double)scale) : 0;
	if (n < 0)
		buf_putc(b, '-');
	n = n < 0 ? -n : n;
	buf_printf(b, "%lld", (long long)(n / scale));
	n %= scale;
	if (n == 0)
		return;
	while (n % 10 == 0) {
		n /= 10;
		places--;
	}
	buf_printf(b, ".%0*lld", places, (long long)n);
}

static double
unit(double v)
{
	return v > 0 ? (v < 1 ? v : 1) : 0; /* NaN becomes 0 */
}

static void
put_places(struct buf *b, const char *key, const float *v, int n)
{
	buf_printf(b, "\"%s\":[", key);
	for (int i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		put_number(b, unit((double)v[i]), 5);
	}
	buf_putc(b, ']');
}

static void
put_box(struct buf *b, const struct box *box)
{
	put_places(b, "b", (const float[]){box->x0, box->y0, box->x1, box->y1}, 4);
}

static void
put_string(struct buf *b, const char *key, const char *s)
{
	buf_printf(b, "\"%s\":", key);
	buf_json_string(b, s ? s : "", s ? strlen(s) : 0);
}

static void
put_strings(struct buf *b, const char *key, const char *const *list, size_t n)
{
	buf_printf(b, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json_string(b, list[i], strlen(list[i]));
	}
	buf_putc(b, ']');
}

static void
put_spans(struct buf *b, const char *key, const struct span *spans, size_t n)
{
	buf_printf(b, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s[%u,%u]", i ? "," : "", spans[i].first, spans[i].n);
	buf_putc(b, ']');
}

static void
put_quality(struct buf *b, const struct page_quality *q)
{
	buf_puts(b, ",\"quality\":{\"score\":");
	put_number(b, unit(q->score), 3);
	buf_puts(b, ",\"sharpness\":");
	put_number(b, unit(q->sharpness), 3);
	buf_puts(b, ",\"contrast\":");
	put_number(b, unit(q->contrast), 3);
	buf_puts(b, ",\"glare\":");
	put_number(b, unit(q->glare), 3);
	buf_puts(b, ",\"letter_px\":");
	put_number(b, q->letter_px, 1);
	buf_puts(b, ",\"skew_deg\":");
	put_number(b, q->skew_deg, 2);
	buf_puts(b, ",\"dpi\":");
	put_number(b, q->dpi, 0);
	buf_putc(b, '}');
}

static void
put_tables(struct buf *b, const struct page *p)
{
	buf_puts(b, ",\"tables\":[");
	for (size_t i = 0; i < p->n_tables; i++) {
		const struct table *t = &p->tables[i];
		buf_puts(b, i ? ",{" : "{");
		put_box(b, &t->box);
		buf_printf(b, ",\"rows\":%u,\"columns\":%u,\"ruled\":%s,\"cells\":[", t->rows, t->columns,
		           t->ruled ? "true" : "false");
		for (size_t k = 0; k < t->n_cells; k++)
			buf_printf(b, "%s[%u,%u,%u,%u]", k ? "," : "", t->cells[k].row, t->cells[k].column,
			           t->cells[k].words.first, t->cells[k].words.n);
		buf_puts(b, "]}");
	}
	buf_puts(b, "],\"key_values\":[");
	for (size_t i = 0; i < p->n_key_values; i++) {
		const struct key_value *kv = &p->key_values[i];
		buf_printf(b, "%s[%u,%u,%u,%u]", i ? "," : "", kv->key.first, kv->key.n, kv->value.first,
		           kv->value.n);
	}
	buf_putc(b, ']');
}

static void
put_barcodes(struct buf *b, const struct page *p)
{
	buf_puts(b, ",\"barcodes\":[");
	for (size_t i = 0; i < p->n_barcodes; i++) {
		const struct barcode *c = &p->barcodes[i];
		bool known = false;
		buf_puts(b, i ? ",{" : "{");
		put_string(b, "format", c->format);
		buf_putc(b, ',');
		put_string(b, "text", c->text);
		buf_putc(b, ',');
		put_box(b, &c->box);
		for (int k = 0; k < 8; k++)
			known = known || c->corners[k] != 0;
		if (known) {
			buf_putc(b, ',');
			put_places(b, "p", c->corners, 8);
		}
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
put_page(struct buf *b, const struct page *p)
{
	buf_printf(b, "{\"number\":%d,\"width\":%d,\"height\":%d,\"rotation\":%d,\"source\":\"%s\"",
	           p->number, p->width, p->height, p->rotation, text_source_name(p->source));
	put_quality(b, &p->quality);
	put_strings(b, "warnings", p->warnings, p->n_warnings);
	put_strings(b, "languages", p->languages, p->n_languages);
	buf_puts(b, ",\"words\":[");
	for (size_t i = 0; i < p->n_words; i++) {
		buf_puts(b, i ? ",{" : "{");
		put_string(b, "t", p->words[i].text);
		buf_puts(b, ",\"c\":");
		put_number(b, unit(p->words[i].confidence), 3);
		buf_putc(b, ',');
		put_box(b, &p->words[i].box);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	put_spans(b, "lines", p->lines, p->n_lines);
	put_spans(b, "blocks", p->blocks, p->n_blocks);
	put_tables(b, p);
	put_barcodes(b, p);
	buf_printf(b, ",\"cost\":{\"cpu_ms\":%lld,\"decode_ms\":%lld,\"ocr_ms\":%lld}}", (long long)p->cpu_ms,
	           (long long)p->decode_ms, (long long)p->ocr_ms);
}

void
document_write(struct buf *out, const struct document_text *d)
{
	buf_puts(out, "{\"schema\":\"" DOCUMENT_SCHEMA "\",");
	put_string(out, "source", text_source_name(d->source));
	buf_puts(out, ",\"engine\":{");
	put_string(out, "name", d->engine);
	buf_putc(out, ',');
	put_string(out, "version", d->engine_version);
	buf_putc(out, '}');
	put_strings(out, "languages", d->languages, d->n_languages);
	buf_putc(out, ',');
	put_string(out, "media_type", d->media_type);
	put_strings(out, "warnings", d->warnings, d->n_warnings);
	buf_puts(out, ",\"pages\":[");
	for (size_t i = 0; i < d->n_pages; i++) {
		if (i)
			buf_putc(out, ',');
		put_page(out, &d->pages[i]);
	}
	buf_puts(out, "]}");
}
