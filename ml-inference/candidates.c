#include "candidates.h"

#include "kind.h"
#include "text.h"

#include <math.h>

const char *const field_names[FIELD_COUNT] = {"merchant_name", "date", "merchant_address", "total"};

static finder_fn *const finders[FIELD_COUNT] = {find_merchant, find_date, find_address, find_total};

enum err
candidates_find(enum field_id field, const struct reading *r, struct arena *mem, struct candidates *ret,
                struct why *why)
{
	*ret = (struct candidates){0};
	return finders[field](r, mem, ret, NULL, why);
}

/* The finders describe what they find, so they are shown the smallest paper that has one of each. */
enum err
candidates_feature_names(enum field_id field, struct buf *out, struct why *why)
{
	static const struct word words[] = {
	    {"KEDAI", 1, {0.1f, 0.01f, 0.3f, 0.03f}},
	    {"25/12/2018", 1, {0.1f, 0.05f, 0.3f, 0.07f}},
	    {"9.00", 1, {0.1f, 0.1f, 0.3f, 0.12f}},
	};
	static const struct span lines[] = {{0, 1}, {1, 1}, {2, 1}}, block = {0, 3};
	struct page page = {.number = 1,
	                    .width = 1000,
	                    .height = 1414,
	                    .words = words,
	                    .n_words = 3,
	                    .lines = lines,
	                    .n_lines = 3,
	                    .blocks = &block,
	                    .n_blocks = 1};
	struct document_text doc = {.pages = &page, .n_pages = 1};
	OWNED(arena_destroy) struct arena *mem = arena_create("feature names", 16 * MIB);
	const struct sheet *sheet = NULL;
	struct reading *r = NULL;
	struct candidates all = {0};
	TRY(layout_build(&doc, mem, &sheet, why));
	TRY(reading_build(sheet, mem, &r, why));
	for (size_t i = 0; i < sheet->n; i++)
		r->line_p[i][LINE_ADDRESS] = 1;
	TRY(finders[field](r, mem, &all, out, why));
	if (all.n == 0)
		BUG("the finder of %s finds nothing on the sample", field_names[field]);
	return ERR_NONE;
}

bool
candidates_begin(struct candidates *all, struct arena *mem, struct features *f, struct buf *names)
{
	if (all->n >= CANDIDATES_MAX)
		return false;
	if (all->n == all->cap) {
		size_t cap = all->cap ? all->cap * 2 : 32;
		struct candidate *c = arena_array(mem, cap, sizeof *c);
		/* the width is known after the first */
		float *x = arena_array(
		    mem, cap * (all->n_features ? all->n_features : CANDIDATES_MAX_FEATURES), sizeof *x);
		if (!c || !x)
			return false;
		if (all->n) {
			memcpy(c, all->c, all->n * sizeof *c);
			memcpy(x, all->x, all->n * all->n_features * sizeof *x);
		}
		all->c = c;
		all->x = x;
		all->cap = cap;
	}
	*f = (struct features){.v = all->x + all->n * all->n_features,
	                       .cap = all->n_features ? all->n_features : CANDIDATES_MAX_FEATURES,
	                       .names = all->n ? NULL : names};
	return true;
}

void
candidates_end(struct candidates *all, const struct candidate *c, const struct features *f)
{
	if (all->n && f->n != all->n_features)
		BUG("%zu features after %zu", f->n, all->n_features);
	all->n_features = f->n;
	all->c[all->n] = *c;
	if (!c->said)
		all->c[all->n].said = c->text;
	all->n++;
}

/* ---- what the header fields share ---- */

const char *
segment_canon(const struct sheet *s, int64_t i)
{
	return i >= 0 && i < (int64_t)s->n ? s->segs[i].canon : "";
}

void
feat_geometry(struct features *f, const char *group, const struct sheet *s, int64_t i)
{
	static const struct segment none = {.text = "", .upper = "", .canon = ""};
	bool in = i >= 0 && i < (int64_t)s->n;
	const struct segment *g = in ? &s->segs[i] : &none;
	float w = fmaxf(1, s->x1 - s->x0), h = fmaxf(1, s->y1 - s->y0);
	size_t digits = 0;
	for (uint32_t k = 0; k < g->len; k++)
		digits += text_is_digit(g->text[k]);
	feat_in(f, group, "segment", in ? (double)i : -1);
	feat_in(f, group, "row", in ? g->row : -1.0);
	feat_in(f, group, "y", in ? (g->y0 - s->y0) / h : -1);
	feat_in(f, group, "x_middle", in ? ((g->x0 + g->x1) / 2 - s->x0) / w : -1);
	feat_in(f, group, "width", (g->x1 - g->x0) / w);
	feat_in(f, group, "height", g->h / s->median_h);
	feat_in(f, group, "length", g->len);
	feat_in(f, group, "digits", (double)digits / (g->len ? g->len : 1));
	feat_in(f, group, "in_row", in ? s->rows[g->row].n : 0);
}

void
feat_paper(struct features *f, const struct reading *r)
{
	if (f->names) {
		kind_paper_features(r, f);
		return;
	}
	if (f->n + r->n_paper > f->cap)
		BUG("more features than the %zu there is room for", f->cap);
	memcpy(f->v + f->n, r->paper, r->n_paper * sizeof *r->paper);
	f->n += r->n_paper;
}

void
feat_line_p(struct features *f, const char *group, const struct reading *r, int64_t i)
{
	bool in = i >= 0 && i < (int64_t)r->sheet->n;
	feat_in(f, group, "p_other", in ? r->line_p[i][LINE_OTHER] : 1);
	feat_in(f, group, "p_merchant", in ? r->line_p[i][LINE_MERCHANT] : 0);
	feat_in(f, group, "p_address", in ? r->line_p[i][LINE_ADDRESS] : 0);
}

/* A run of exactly n digits, from `lo` to `hi`, alone. */
static int
digit_runs(const char *s, size_t lo, size_t hi)
{
	int found = 0;
	while (*s) {
		size_t k = strspn(s, "0123456789");
		if (k >= lo && k <= hi)
			found++;
		s += k ? k : 1;
	}
	return found;
}

/* "123456-X" and "(AB123456": how companies are registered. */
static bool
registration(const char *s)
{
	for (const char *p = s; *p; p++) {
		size_t k = strspn(p, "0123456789");
		if (k >= 4 && k <= 12) {
			const char *q = p + k;
			while (*q == ' ')
				q++;
			if (*q == '-' && ((q[1] >= 'A' && q[1] <= 'Z') || q[2] == ')'))
				return true;
			if (p > s && p[-1] == '(' && k >= 5)
				return true;
		}
		if (k)
			p += k - 1;
	}
	return false;
}

static const char *const pattern_names[HEAD_PATTERNS] = {"postcodes",  "registration", "long_number",
                                                         "ends_comma", "ends_point",   "bracketed"};
static const char *const head_words[HEAD_WORDS] = {
    "SDN",      "BHD",     "S/B",   "ENTERPRISE", "TRADING",  "RESTORAN",   "RESTAURANT", "SHOP",
    "JALAN",    "JLN",     "LOT",   "NO",         "TAMAN",    "KUALA",      "SELANGOR",   "JOHOR",
    "TEL",      "FAX",     "GST",   "REG",        "INVOICE",  "CASH",       "DATE",       "CO.",
    "(M)",      "FLOOR",   "BLOCK", "MALAYSIA",   "SEKSYEN",  "BANDAR",     "WWW",        ".COM",
    "@",        "RECEIPT", "BATU",  "PERSIARAN",  "KM",       "STATIONERY", "HARDWARE",   "CAFE",
    "MART",     "BANK",    "NAME",  "FORM",       "SCHEDULE", "COPY",       "DEPARTMENT", "BILL TO",
    "CUSTOMER", "STATE",   "PAGE",
};

struct head_signs
head_signs_of(const char *c)
{
	size_t n = strlen(c);
	struct head_signs h = {.patterns = {(float)digit_runs(c, 5, 6), registration(c),
	                                    (float)digit_runs(c, 6, 20), n && c[n - 1] == ',',
	                                    n && c[n - 1] == '.', n > 1 && c[0] == '(' && c[n - 1] == ')'},
	                       .read = true};
	for (size_t i = 0; i < HEAD_WORDS; i++)
		h.words |= (uint64_t)(strstr(c, head_words[i]) != NULL) << i;
	return h;
}

const struct head_signs *
head_signs_at(struct head_signs *all, const struct sheet *s, int64_t i)
{
	static const struct head_signs none = {0};
	if (i < 0 || i >= (int64_t)s->n)
		return &none;
	if (!all[i].read)
		all[i] = head_signs_of(s->segs[i].canon);
	return &all[i];
}

void
feat_patterns(struct features *f, const char *group, const struct head_signs *h)
{
	for (size_t i = 0; i < HEAD_PATTERNS; i++)
		feat_in(f, group, pattern_names[i], (double)h->patterns[i]);
}

void
feat_head_words(struct features *f, const char *group, const struct head_signs *h)
{
	for (size_t i = 0; i < HEAD_WORDS; i++)
		feat_in(f, group, head_words[i], (double)(h->words >> i & 1));
}

#define COLUMN_GAP  3.0f /* letters' heights: what stands further off across is another column */
#define PASSED_OVER 4    /* segments of other columns, between two of one */

struct passage
passage_begin(const struct sheet *s, uint32_t at)
{
	return (struct passage){.at = {at}, .n = 1, .x0 = s->segs[at].x0, .x1 = s->segs[at].x1};
}

static void
take(const struct sheet *s, uint32_t at, struct passage *p)
{
	p->at[p->n++] = at;
	p->x0 = fminf(p->x0, s->segs[at].x0);
	p->x1 = fmaxf(p->x1, s->segs[at].x1);
}

struct passage
passage_of(const struct sheet *s, uint32_t first, uint32_t last)
{
	struct passage p = passage_begin(s, first);
	for (uint32_t i = first + 1; i <= last && p.n < PASSAGE_MAX; i++)
		take(s, i, &p);
	return p;
}

bool
passage_extend(const struct sheet *s, struct passage *p)
{
	uint32_t last = p->at[p->n - 1];
	if (p->n == PASSAGE_MAX)
		return false;
	for (uint32_t i = last + 1; i < s->n && i <= last + 1 + PASSED_OVER; i++) {
		const struct segment *g = &s->segs[i];
		float gap = COLUMN_GAP * s->median_h;
		if (g->page != s->segs[last].page)
			return false;
		if (g->x0 - p->x1 > gap || p->x0 - g->x1 > gap)
			continue;
		take(s, i, p);
		return true;
	}
	return false;
}

enum err
passage_text(const struct sheet *s, const struct passage *p, bool upper, struct arena *mem, const char **ret,
             struct why *why)
{
	OWNED(buf_free) struct buf b = buf_init(64 * KIB);
	for (uint32_t i = 0; i < p->n; i++) {
		const struct segment *g = &s->segs[p->at[i]];
		if (i > 0)
			buf_putc(&b, ' ');
		buf_puts(&b, upper ? g->upper : g->text);
	}
	ARENA_TRY(*ret, arena_strndup(mem, b.data, b.len), mem, why);
	return ERR_NONE;
}

void
place_range(const struct sheet *s, const struct passage *p, size_t from, size_t to, struct candidate *c)
{
	size_t at = 0;
	float sum = 0, worst = 1;
	c->n_places = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct segment *g = &s->segs[p->at[i]];
		size_t end = at + g->len;
		size_t a = from > at ? from : at, b = to < end ? to : end;
		if (a < b && c->n_places < ARRAY_LEN(c->places)) {
			struct place k = {p->at[i], (uint32_t)(a - at), (uint32_t)(b - at)};
			c->places[c->n_places++] = k;
			sum += layout_confidence(s, g, k.start, k.end);
			worst = fminf(worst, layout_worst(s, g, k.start, k.end));
		}
		at = end + 1;
	}
	c->first = p->at[0];
	c->last = p->at[p->n - 1];
	c->confidence = c->n_places ? sum / (float)c->n_places : 0;
	c->worst = worst;
}
