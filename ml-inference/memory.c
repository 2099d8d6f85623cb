/* What one correction teaches about a sender: see inference.h. */
#include "facts.h"
#include "inference.h"
#include "json_own.h"
#include "money.h"
#include "text.h"

#define MAX_ANCHORS  12
#define KEY_LEN      120
#define LEAST_ANCHOR 5    /* bytes: shorter lines begin too many papers */
#define LIKE_ANCHOR  0.85 /* OCR reads the same line a little differently every time */
#define SHARED       0.5
#define LIKE_LABEL   0.85
#define CONFIDENCE   0.95

struct anchors {
	char key[MAX_ANCHORS][KEY_LEN];
	size_t n;
};

static enum err
read_paper(const char *document, size_t n, struct arena *mem, struct reading **ret, struct why *why)
{
	const struct document_text *doc = NULL;
	const struct sheet *sheet = NULL;
	TRY(document_read(document, n, mem, &doc, why));
	TRY(layout_build(doc, mem, &sheet, why));
	return reading_build(sheet, mem, ret, why);
}

static bool
has_sum(const struct reading *r, size_t seg)
{
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->sheet->segs[r->amounts[i].seg].row == r->sheet->segs[seg].row)
			return true;
	return false;
}

/* How the paper begins: its first lines without sums, and without the digits that change from one
 * paper to the next. */
static void
find_anchors(const struct reading *r, struct anchors *a)
{
	const struct sheet *s = r->sheet;
	a->n = 0;
	for (size_t i = 0; i < s->n && i < 20 && a->n < MAX_ANCHORS; i++) {
		char key[KEY_LEN];
		if (has_sum(r, i))
			continue;
		size_t k = text_key(s->segs[i].upper, s->segs[i].len, key, sizeof key), m = 0;
		for (size_t j = 0; j < k; j++)
			if (!text_is_digit(key[j]))
				a->key[a->n][m++] = key[j];
		a->key[a->n][m] = '\0';
		a->n += m >= LEAST_ANCHOR;
	}
}

static bool
same_sender(const struct anchors *a, const json_t *lesson)
{
	const json_t *list = json_object_get(lesson, "anchors");
	size_t n = json_array_size(list), shared = 0;
	for (size_t i = 0; i < n && i < MAX_ANCHORS; i++) {
		const char *k = json_string_value(json_array_get(list, i));
		bool found = false;
		for (size_t j = 0; k && j < a->n && !found; j++)
			found = text_similarity(k, strlen(k), a->key[j], strlen(a->key[j])) >= LIKE_ANCHOR;
		shared += found;
	}
	size_t least = n < a->n ? n : a->n;
	return least > 0 && (shared >= 2 || least == 1) && (double)shared >= SHARED * (double)least;
}

static bool
is_own(const char *field)
{
	static const char *const names[] = {"merchant_name",   "merchant_address", "merchant_phone",
	                                    "merchant_tax_id", "merchant_vat_id",  "merchant_kpp",
	                                    "currency"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(field, names[i]) == 0)
			return true;
	return false;
}

/* ---- labels: the words before a sum or a date ---- */

static void
label_key(const char *left, const char *up, char ret[KEY_LEN])
{
	char key[KEY_LEN];
	const char *s = left[0] ? left : up;
	size_t n = strlen(s), k, m = 0;
	if (n > 60) {
		s += n - 60;
		n = 60;
	}
	k = text_key(s, n, key, sizeof key);
	for (size_t i = 0; i < k; i++)
		if (!text_is_digit(key[i]))
			ret[m++] = key[i];
	ret[m] = '\0';
}

static bool
is_sum(const json_t *normalized, int64_t *ret)
{
	const json_t *minor = json_object_get(normalized, "minor");
	if (!json_is_integer(minor))
		return false;
	*ret = json_integer_value(minor);
	return true;
}

/* The label of the corrected value on this paper; "" when it stands nowhere with words before it. The
 * last occurrence with a label: totals are repeated below where they are summed up. */
static void
find_label(const struct reading *r, const json_t *normalized, char ret[KEY_LEN])
{
	int64_t minor;
	const char *day = json_string_value(normalized);
	ret[0] = '\0';
	if (is_sum(normalized, &minor)) {
		for (size_t i = 0; i < r->n_amounts; i++)
			if (r->amounts[i].a.minor == llabs(minor) && r->amounts[i].left[0])
				label_key(r->amounts[i].left, "", ret);
	} else if (day) {
		for (size_t i = 0; i < r->n_dates; i++) {
			char text[DATE_TEXT_LEN];
			dates_text(&r->dates[i].d, text);
			if (strcmp(text, day) == 0 && r->dates[i].left[0])
				label_key(r->dates[i].left, "", ret);
		}
	}
}

static bool
same_label(const char *a, const char *left)
{
	char b[KEY_LEN];
	label_key(left, "", b);
	return b[0] && text_similarity(a, strlen(a), b, strlen(b)) >= LIKE_LABEL;
}

/* The one amount (date) with that label: its place, or -1 when there is none or several differ. */
static int64_t
amount_with(const struct reading *r, const char *label)
{
	int64_t at = -1;
	for (size_t i = 0; i < r->n_amounts; i++) {
		if (!same_label(label, r->amounts[i].left))
			continue;
		if (at >= 0 && r->amounts[at].a.minor != r->amounts[i].a.minor)
			return -1;
		at = (int64_t)i;
	}
	return at;
}

static int64_t
date_with(const struct reading *r, const char *label)
{
	int64_t at = -1;
	for (size_t i = 0; i < r->n_dates; i++) {
		if (!same_label(label, r->dates[i].left))
			continue;
		if (at >= 0 && dates_compare(&r->dates[at].d, &r->dates[i].d) != 0)
			return -1;
		at = (int64_t)i;
	}
	return at;
}

/* ---- learning ---- */

static json_t *
lessons_of(const json_t *memory)
{
	json_t *l = json_object_get(memory, "lessons");
	return json_is_array(l) ? json_deep_copy(l) : json_array();
}

static json_t *
memory_of(json_t *lessons)
{
	return json_pack("{s:s, s:o}", "schema", MEMORY_SCHEMA, "lessons", lessons);
}

enum err
memory_learn(const json_t *memory, const char *document, size_t n, const json_t *correction, json_t **ret,
             struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("memory", 256 * MIB);
	struct reading *r = NULL;
	struct anchors a;
	const char *id = json_get_str(correction, "id"), *field = json_get_str(correction, "field");
	const char *value = json_get_str(correction, "value");
	json_t *normalized = json_object_get(correction, "normalized");
	if (!id || !field || !value || !normalized)
		return fail(why, ERR_INVALID, "a correction has id, field, value and normalized");
	TRY(read_paper(document, n, mem, &r, why));
	find_anchors(r, &a);
	char label[KEY_LEN] = "";
	if (!is_own(field))
		find_label(r, normalized, label);
	json_t *lessons = lessons_of(memory);
	for (size_t i = json_array_size(lessons); i-- > 0;) {
		const json_t *old = json_array_get(lessons, i);
		const char *f = json_get_str(old, "field");
		if (f && strcmp(f, field) == 0 && same_sender(&a, old))
			json_array_remove(lessons, i);
	}
	if (a.n > 0 && (is_own(field) || label[0])) {
		json_t *keys = json_array();
		for (size_t i = 0; i < a.n; i++)
			json_array_append_new(keys, json_string(a.key[i]));
		json_t *lesson = json_pack("{s:s, s:s, s:o}", "id", id, "field", field, "anchors", keys);
		if (is_own(field)) {
			json_object_set_new(lesson, "value", json_string(value));
			json_object_set(lesson, "normalized", normalized);
		} else {
			json_object_set_new(lesson, "label", json_string(label));
		}
		json_array_append_new(lessons, lesson);
	}
	while (json_array_size(lessons) > MEMORY_MAX_LESSONS)
		json_array_remove(lessons, 0);
	*ret = memory_of(lessons);
	return ERR_NONE;
}

/* ---- applying ---- */

static json_t *
field_named(json_t *fields, const char *name)
{
	for (size_t i = 0; i < json_array_size(fields); i++) {
		json_t *f = json_array_get(fields, i);
		const char *n = json_get_str(f, "name");
		if (n && strcmp(n, name) == 0)
			return f;
	}
	return NULL;
}

static const char *
type_of(const char *field)
{
	for (int i = 0; i < FACT_COUNT; i++)
		if (strcmp(fact_names[i], field) == 0)
			return fact_types[i];
	return NULL;
}

static json_t *
where(const struct sheet *s, uint32_t seg, size_t from, size_t to)
{
	const struct segment *g = &s->segs[seg];
	struct box b = layout_box(s, g, from, to);
	double x0 = (double)b.x0, y0 = (double)b.y0, x1 = (double)b.x1, y1 = (double)b.y1;
	return json_pack("[{s:i, s:[f,f,f,f,f,f,f,f]}]", "page", (int)s->doc->pages[g->page].number,
	                 "polygon", x0, y0, x1, y0, x1, y1, x0, y1);
}

/* What the lesson says here: {value, normalized, regions}; NULL when it says nothing. */
static json_t *
recall(const struct reading *r, const json_t *lesson, const char *type, const json_t *field)
{
	const char *label = json_get_str(lesson, "label"), *value = json_get_str(lesson, "value");
	if (value)
		return json_pack("{s:s, s:O, s:o}", "value", value, "normalized",
		                 json_object_get(lesson, "normalized"), "regions",
		                 field ? json_incref(json_object_get(field, "regions")) : json_array());
	if (!label)
		return NULL;
	bool sum = strcmp(type, "money") == 0;
	int64_t at = sum ? amount_with(r, label) : date_with(r, label);
	if (at < 0)
		return NULL;
	const struct found_amount *a = sum ? &r->amounts[at] : NULL;
	const struct found_date *d = sum ? NULL : &r->dates[at];
	uint32_t seg = sum ? a->seg : d->seg, from = sum ? a->a.from : d->d.start,
	         to = sum ? a->a.end : d->d.end;
	json_t *normal;
	if (sum) {
		const char *paper = money_of_paper(r);
		normal = money_json(a->a.negative ? -a->a.minor : a->a.minor,
		                    a->a.currency ? money_currency(a->a.currency, paper) : paper);
	} else {
		char day[DATE_TEXT_LEN];
		dates_text(&d->d, day);
		normal = json_string(day);
	}
	json_t *text = json_stringn(r->sheet->segs[seg].text + from, to - from);
	return json_pack("{s:o, s:o, s:o}", "value", text ? text : json_string(""), "normalized", normal,
	                 "regions", where(r->sheet, seg, from, to));
}

static void
overrule(json_t *fields, const char *name, const char *type, json_t *said)
{
	json_t *f = field_named(fields, name), *others = json_array();
	if (f) {
		json_t *old = json_object();
		static const char *const kept[] = {"value", "normalized", "confidence", "regions"};
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (json_object_get(f, kept[i]))
				json_object_set(old, kept[i], json_object_get(f, kept[i]));
		json_array_append_new(others, old);
		json_array_extend(others, json_object_get(f, "alternatives"));
	} else {
		f = json_object();
		json_array_append_new(fields, f);
	}
	json_object_clear(f);
	json_object_set_new(f, "name", json_string(name));
	json_object_set_new(f, "type", json_string(type));
	json_object_update(f, said);
	json_object_set_new(f, "confidence", json_real(CONFIDENCE));
	json_object_set_new(f, "band", json_string("medium"));
	json_object_set_new(f, "source", json_string("memory"));
	json_object_set_new(f, "evidence",
	                    json_string("You corrected this on an earlier paper of the same sender"));
	json_object_set_new(f, "evidence_ru",
	                    json_string("вы исправили это на прежней бумаге того же отправителя"));
	json_object_set_new(f, "alternatives", others);
}

enum err
memory_apply(const json_t *memory, const char *document, size_t n, json_t *prediction, size_t *ret_changed,
             struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("memory", 256 * MIB);
	struct reading *r = NULL;
	struct anchors a;
	const json_t *lessons = json_object_get(memory, "lessons");
	json_t *fields = json_object_get(prediction, "fields");
	*ret_changed = 0;
	if (json_array_size(lessons) == 0 || !json_is_array(fields))
		return ERR_NONE;
	TRY(read_paper(document, n, mem, &r, why));
	find_anchors(r, &a);
	for (size_t i = 0; i < json_array_size(lessons); i++) {
		const json_t *lesson = json_array_get(lessons, i);
		const char *name = json_get_str(lesson, "field"), *type = name ? type_of(name) : NULL;
		if (!type || !same_sender(&a, lesson))
			continue;
		json_t *f = field_named(fields, name);
		const char *source = f ? json_get_str(f, "source") : NULL;
		if (source && strcmp(source, "qr") == 0)
			continue;
		OWNED(json_release) json_t *said = recall(r, lesson, type, f);
		if (!said ||
		    (f && json_equal(json_object_get(f, "normalized"), json_object_get(said, "normalized"))))
			continue;
		overrule(fields, name, type, said);
		(*ret_changed)++;
	}
	return ERR_NONE;
}
