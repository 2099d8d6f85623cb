#include "pdf_layer.h"

#include "own.h"

#include <math.h>
#include <utf8proc.h>

#define FIELD_WORDS 2000 /* of all forms of a page */

static bool
is_strange(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return c == 0xFFFD || k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_CO ||
	       k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CS;
}

static bool
is_gap(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
	       k == UTF8PROC_CATEGORY_CC;
}

static void
grow_box(struct box *b, const PopplerRectangle *r, double w, double h)
{
	float x0 = (float)(fmin(r->x1, r->x2) / w), x1 = (float)(fmax(r->x1, r->x2) / w);
	float y0 = (float)(fmin(r->y1, r->y2) / h), y1 = (float)(fmax(r->y1, r->y2) / h);
	if (b->x1 <= b->x0) {
		*b = (struct box){x0, y0, x1, y1};
		return;
	}
	*b = (struct box){fminf(b->x0, x0), fminf(b->y0, y0), fmaxf(b->x1, x1), fmaxf(b->y1, y1)};
}

/* Does a character stand off from the word before it, by a third of the word's height or more? */
static bool
is_apart(const struct box *word, const PopplerRectangle *r, double w, double h)
{
	double height = ((double)word->y1 - word->y0) * h;
	double x0 = fmin(r->x1, r->x2), y0 = fmin(r->y1, r->y2);
	if (word->x1 <= word->x0)
		return false;
	return x0 - word->x1 * w > height / 3 || word->x0 * w - x0 > height ||
	       fabs(y0 - word->y0 * h) > height;
}

static float
clamp01(float v)
{
	return v > 0 ? (v < 1 ? v : 1) : 0;
}

static enum err
end_word(struct pdf_layer *t, const char *start, const char *end, struct box box, struct arena *mem,
         struct why *why)
{
	if (end == start || t->n_words == DOCUMENT_MAX_WORDS)
		return ERR_NONE;
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)start, end - start, &nfc,
	                                  UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n <= 0 || n > DOCUMENT_MAX_WORD_LEN) {
		free(nfc);
		return ERR_NONE;
	}
	struct word *w = &t->words[t->n_words];
	w->text = arena_strndup(mem, (const char *)nfc, (size_t)n);
	free(nfc);
	if (!w->text)
		return arena_full(mem, why);
	w->confidence = 1;
	w->box = (struct box){clamp01(box.x0), clamp01(box.y0), clamp01(box.x1), clamp01(box.y1)};
	t->lines[t->n_lines].n++;
	t->n_words++;
	return ERR_NONE;
}

static void
end_line(struct pdf_layer *t)
{
	if (t->lines[t->n_lines].n > 0)
		t->lines[++t->n_lines] = (struct span){(uint32_t)t->n_words, 0};
}

static enum err
cut_words(struct pdf_layer *t, const char *text, const PopplerRectangle *boxes, size_t n_boxes, double w,
          double h, struct arena *mem, struct why *why)
{
	const char *start = text;
	struct box box = {0};
	size_t i = 0;
	const char *p = text;
	while (*p && i < n_boxes) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &c);
		if (n <= 0)
			break;
		if (is_gap(c)) {
			TRY(end_word(t, start, p, box, mem, why));
			if (c == '\n' || c == '\f')
				end_line(t);
			start = p + n;
			box = (struct box){0};
		} else {
			/* Cells of a table follow one another without a space: their distance is one. */
			if (is_apart(&box, &boxes[i], w, h)) {
				TRY(end_word(t, start, p, box, mem, why));
				start = p;
				box = (struct box){0};
			}
			t->letters++;
			t->strange += is_strange(c);
			grow_box(&box, &boxes[i], w, h);
		}
		p += n;
		i++;
	}
	TRY(end_word(t, start, p, box, mem, why));
	end_line(t);
	return ERR_NONE;
}

/* ---- which way it runs ---- */

/* Turns the boxes of a page of w x h by quarters clockwise. */
static void
turn_boxes(PopplerRectangle *boxes, size_t n, int quarters, double *w, double *h)
{
	for (int q = 0; q < quarters; q++) {
		for (size_t i = 0; i < n; i++) {
			PopplerRectangle r = boxes[i];
			boxes[i] = (PopplerRectangle){*h - r.y2, r.x1, *h - r.y1, r.x2};
		}
		double side = *w;
		*w = *h;
		*h = side;
	}
}

/* From letter to letter: right, down, left or up? */
static int
quarters_of(const char *text, const PopplerRectangle *boxes, size_t n)
{
	size_t ways[4] = {0}; /* by the turns that make it run to the right */
	bool inside = false;
	size_t i = 0;
	for (const char *p = text; *p && i < n; i++) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &c);
		if (len < 1)
			break;
		p += len;
		if (inside && !is_gap(c)) {
			double dx = boxes[i].x1 + boxes[i].x2 - boxes[i - 1].x1 - boxes[i - 1].x2;
			double dy = boxes[i].y1 + boxes[i].y2 - boxes[i - 1].y1 - boxes[i - 1].y2;
			if (fabs(dx) > fabs(dy))
				ways[dx > 0 ? 0 : 2]++;
			else if (dx != dy)
				ways[dy > 0 ? 3 : 1]++;
		}
		inside = !is_gap(c);
	}
	size_t all = ways[0] + ways[1] + ways[2] + ways[3];
	for (int q = 1; q < 4; q++) {
		if (ways[q] * 3 > all * 2)
			return q;
	}
	return 0;
}

/* ---- what was filled in ---- */

/* The line beside which a field stands, to be read after its words; the last one at or above it otherwise. */
static size_t
line_of(const struct pdf_layer *t, const struct box *field)
{
	size_t best = t->n_lines ? t->n_lines - 1 : 0;
	float least = 2, middle = (field->y0 + field->y1) / 2;
	for (size_t i = 0; i < t->n_lines; i++) {
		const struct box *b = &t->words[t->lines[i].first].box;
		float off = fabsf((b->y0 + b->y1) / 2 - middle);
		if (b->x0 <= field->x0 && off < least) {
			least = off;
			best = i;
		}
	}
	return best;
}

/* Puts the words of `from` at the end of a line of `t`. There is room for them. */
static void
insert_words(struct pdf_layer *t, size_t line, const struct pdf_layer *from)
{
	if (t->n_lines == 0)
		t->lines[t->n_lines++] = (struct span){0, 0};
	size_t at = t->lines[line].first + t->lines[line].n, n = from->n_words;
	memmove(t->words + at + n, t->words + at, (t->n_words - at) * sizeof *t->words);
	memcpy(t->words + at, from->words, n * sizeof *t->words);
	t->n_words += n;
	t->lines[line].n += (uint32_t)n;
	for (size_t i = line + 1; i < t->n_lines; i++)
		t->lines[i].first += (uint32_t)n;
}

static char *
value_of(PopplerFormField *field)
{
	switch (poppler_form_field_get_field_type(field)) {
	case POPPLER_FORM_FIELD_TEXT:
		return poppler_form_field_text_is_password(field) ? NULL
		                                                  : poppler_form_field_text_get_text(field);
	case POPPLER_FORM_FIELD_CHOICE: {
		int n = poppler_form_field_choice_get_n_items(field);
		for (int i = 0; i < n && i < 10000; i++) {
			if (poppler_form_field_choice_is_item_selected(field, i))
				return poppler_form_field_choice_get_item(field, i);
		}
		return poppler_form_field_choice_is_editable(field)
		           ? poppler_form_field_choice_get_text(field)
		           : NULL;
	}
	default:
		return NULL;
	}
}

/* Its words, spread evenly over the field: where each letter stands is not told. */
static enum err
add_value(struct pdf_layer *t, const char *value, struct box box, size_t room, struct arena *mem,
          struct why *why)
{
	struct pdf_layer own = {0};
	size_t all = strlen(value);
	own.words = arena_array(mem, all / 2 + 2, sizeof *own.words);
	own.lines = arena_array(mem, 1, sizeof *own.lines);
	if (!own.words || !own.lines)
		return arena_full(mem, why);
	float each = (box.x1 - box.x0) / (float)(all ? all : 1);
	for (const char *p = value; *p && own.n_words < room;) {
		p += strspn(p, " \t\r\n\f\v");
		size_t n = strcspn(p, " \t\r\n\f\v");
		struct box b = {box.x0 + each * (float)(p - value), box.y0,
		                box.x0 + each * (float)(p - value + (ptrdiff_t)n), box.y1};
		TRY(end_word(&own, p, p + n, b, mem, why));
		p += n;
	}
	if (own.n_words)
		insert_words(t, line_of(t, &box), &own);
	return ERR_NONE;
}

/* Fields stand in the page's own space, from the bottom left. */
static enum err
add_fields(PopplerPage *page, double w, double h, struct pdf_layer *t, struct arena *mem, struct why *why)
{
	GList *list = poppler_page_get_form_field_mapping(page);
	size_t room = FIELD_WORDS;
	enum err e = ERR_NONE;
	for (GList *at = list; at && e == ERR_NONE; at = at->next) {
		const PopplerFormFieldMapping *m = at->data;
		char *value = m->field ? value_of(m->field) : NULL;
		const struct box box = {
		    clamp01((float)(m->area.x1 / w)), clamp01((float)(1 - m->area.y2 / h)),
		    clamp01((float)(m->area.x2 / w)), clamp01((float)(1 - m->area.y1 / h))};
		if (value && g_utf8_validate(value, -1, NULL) && box.x1 > box.x0 && box.y1 > box.y0) {
			size_t before = t->n_words;
			e = add_value(t, value, box, room, mem, why);
			room -= t->n_words - before;
		}
		g_free(value);
	}
	poppler_page_free_form_field_mapping(list);
	return e;
}

/* ---- all of it ---- */

enum err
pdf_layer_read(PopplerPage *page, struct arena *mem, struct pdf_layer *t, struct why *why)
{
	PopplerRectangle *boxes = NULL;
	guint n = 0;
	double w = 0, h = 0;
	poppler_page_get_size(page, &w, &h);
	char *text = poppler_page_get_text(page);
	if (!text || !poppler_page_get_text_layout(page, &boxes, &n))
		n = 0;
	size_t most = (size_t)n + 2 + FIELD_WORDS;
	t->words = arena_array(mem, most, sizeof *t->words);
	t->lines = arena_array(mem, most, sizeof *t->lines);
	enum err e = t->words && t->lines ? ERR_NONE : arena_full(mem, why);
	if (e == ERR_NONE && n > 0) {
		t->quarters = quarters_of(text, boxes, n);
		turn_boxes(boxes, n, t->quarters, &w, &h);
		e = cut_words(t, text, boxes, n, w, h, mem, why);
	}
	if (e == ERR_NONE && t->quarters == 0)
		e = add_fields(page, w, h, t, mem, why);
	g_free(boxes);
	g_free(text);
	return e;
}
