/* Reads docket.document/1 as what it is: a hostile process's output. */
#include "document.h"
#include "json_pull.h"

#include <math.h>
#include <utf8proc.h>

struct reader {
	struct json_pull j;
	struct arena *mem;
	size_t words_left; /* of DOCUMENT_MAX_WORDS */
};

#define SIDE_MAX_PX  1000000    /* of a page */
#define COST_MAX_MS  1000000000 /* of a page */
#define NAME_MAX_LEN 80         /* bytes of a warning's or language's name */
#define NAMES_MAX    32         /* of a page, or of all languages */
#define WARNINGS_MAX 100        /* of a document */
#define LABEL_MAX    100        /* bytes of the schema, the engine, its version, the media type */

#define FIELDS(r, names, seen, ret) pull_field(&(r)->j, (names), (int)ARRAY_LEN(names), (seen), (ret))
#define BIT(i)                      (1u << (i))

static enum err
missing(struct reader *r, const char *const *names, int n, uint32_t required, uint32_t seen)
{
	for (int i = 0; i < n; i++) {
		if (required & ~seen & BIT(i))
			return pull_fail(&r->j, "\"%s\" is missing", names[i]);
	}
	return ERR_NONE;
}

/* Into the list that begins here: how many elements it has, and room for all of them. Then next_item() before
 * each and leave_list() behind the last. */
#define ENTER_LIST(r, most, what, list, n)                                                           \
	do {                                                                                         \
		TRY(pull_count(&(r)->j, (most), (what), &(n)));                                      \
		ARENA_TRY((list), arena_array((r)->mem, (n), sizeof *(list)), (r)->mem, (r)->j.why); \
		TRY(pull_enter(&(r)->j, '['));                                                       \
	} while (0)

static enum err
expect_item(struct reader *r, bool there)
{
	bool more = false;
	TRY(pull_item(&r->j, &more));
	return more == there ? ERR_NONE : pull_fail(&r->j, "a list of another length than was counted");
}

static enum err
next_item(struct reader *r)
{
	return expect_item(r, true);
}

static enum err
leave_list(struct reader *r)
{
	return expect_item(r, false);
}

/* A short list of identifiers: warnings, languages. */
static enum err
read_idents(struct reader *r, size_t most, const char *const **ret, size_t *ret_n)
{
	size_t n = 0;
	const char **list;
	ENTER_LIST(r, most, "names in a list", list, n);
	for (size_t i = 0; i < n; i++) {
		TRY(next_item(r));
		TRY(pull_string(&r->j, NAME_MAX_LEN, &list[i]));
		if (!list[i][0])
			return pull_fail(&r->j, "an empty name");
		for (const char *p = list[i]; *p; p++) {
			if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
			    !(*p >= '0' && *p <= '9') && *p != '_' && *p != '-')
				return pull_fail(&r->j, "\"%s\" is not a name", list[i]);
		}
	}
	TRY(leave_list(r));
	*ret = list;
	*ret_n = n;
	return ERR_NONE;
}

/* Text for people from a stranger: a line without controls. */
static enum err
read_line(struct reader *r, size_t limit, const char **ret)
{
	TRY(pull_string(&r->j, limit, ret));
	for (const char *p = *ret; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			return pull_fail(&r->j, "a control character");
	}
	return ERR_NONE;
}

static enum err
read_source(struct reader *r, enum text_source *ret)
{
	const char *s = NULL;
	TRY(pull_string(&r->j, 20, &s));
	for (int i = SOURCE_OCR; i <= SOURCE_MIXED; i++) {
		if (strcmp(s, text_source_name(i)) == 0) {
			*ret = i;
			return ERR_NONE;
		}
	}
	return pull_fail(&r->j, "\"%s\" is no source of text", s);
}

/* Exactly n numbers on the page. */
static enum err
read_places(struct reader *r, int n, float *ret)
{
	bool more = false;
	TRY(pull_enter(&r->j, '['));
	for (int i = 0; i < n; i++) {
		double v = 0;
		TRY(pull_item(&r->j, &more));
		TRY(pull_number(&r->j, 0, 1, &v));
		ret[i] = (float)v;
	}
	TRY(pull_item(&r->j, &more));
	return more ? pull_fail(&r->j, "more than %d numbers", n) : ERR_NONE;
}

static enum err
read_box(struct reader *r, struct box *ret)
{
	float v[4];
	TRY(read_places(r, 4, v));
	if (v[0] > v[2] || v[1] > v[3])
		return pull_fail(&r->j, "not a box");
	*ret = (struct box){v[0], v[1], v[2], v[3]};
	return ERR_NONE;
}

/* A word is one token in NFC: what compares equal must be equal bytes. */
static enum err
check_word(struct reader *r, const char *text)
{
	bool ascii = true;
	if (!*text)
		return pull_fail(&r->j, "an empty word");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p <= 0x20 || *p == 0x7F)
			return pull_fail(&r->j, "a space or control inside a word");
		ascii = ascii && *p < 0x80;
	}
	if (ascii)
		return ERR_NONE;
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
	for (utf8proc_int32_t c; *p;) {
		p += utf8proc_iterate(p, -1, &c);
		utf8proc_category_t kind = utf8proc_category(c);
		if (kind == UTF8PROC_CATEGORY_ZS || kind == UTF8PROC_CATEGORY_ZL ||
		    kind == UTF8PROC_CATEGORY_ZP || kind == UTF8PROC_CATEGORY_CC)
			return pull_fail(&r->j, "a space or control inside a word");
	}
	OWNED(mem_free) utf8proc_uint8_t *nfc = utf8proc_NFC((const utf8proc_uint8_t *)text);
	if (!nfc || strcmp((const char *)nfc, text) != 0)
		return pull_fail(&r->j, "a word that is not in NFC");
	return ERR_NONE;
}

enum { WORD_TEXT, WORD_CONFIDENCE, WORD_BOX };
static const char *const word_names[] = {"t", "c", "b"};
#define WORD_REQUIRED (BIT(WORD_TEXT) | BIT(WORD_CONFIDENCE) | BIT(WORD_BOX))

static enum err
read_word(struct reader *r, struct word *w)
{
	uint32_t seen = 0;
	double c = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		TRY(FIELDS(r, word_names, &seen, &k));
		if (k < 0)
			break;
		switch (k) {
		case WORD_TEXT:
			TRY(pull_string(&r->j, DOCUMENT_MAX_WORD_LEN, &w->text));
			TRY(check_word(r, w->text));
			break;
		case WORD_CONFIDENCE:
			TRY(pull_number(&r->j, 0, 1, &c));
			break;
		case WORD_BOX:
			TRY(read_box(r, &w->box));
			break;
		}
	}
	w->confidence = (float)c;
	return missing(r, word_names, ARRAY_LEN(word_names), WORD_REQUIRED, seen);
}

static enum err
read_words(struct reader *r, struct page *page)
{
	size_t n = 0;
	struct word *words;
	ENTER_LIST(r, r->words_left, "words", words, n);
	for (size_t i = 0; i < n; i++) {
		TRY(next_item(r));
		TRY(read_word(r, &words[i]));
	}
	TRY(leave_list(r));
	r->words_left -= n;
	page->words = words;
	page->n_words = n;
	return ERR_NONE;
}

/* Runs, ascending and apart; that they lie inside the array they index is checked at the page's end,
 * since the array may stand later in the text. */
static enum err
read_spans(struct reader *r, const struct span **ret, size_t *ret_n)
{
	size_t n = 0;
	struct span *spans;
	uint64_t end = 0;
	ENTER_LIST(r, DOCUMENT_MAX_WORDS, "lines", spans, n);
	for (size_t i = 0; i < n; i++) {
		int64_t v[2] = {0, 0};
		bool more = false;
		TRY(next_item(r));
		TRY(pull_enter(&r->j, '['));
		for (int k = 0; k < 2; k++) {
			TRY(pull_item(&r->j, &more));
			TRY(pull_integer(&r->j, k, DOCUMENT_MAX_WORDS, &v[k]));
		}
		TRY(pull_item(&r->j, &more));
		if (more || (uint64_t)v[0] < end)
			return pull_fail(&r->j, "runs must be pairs, ascending and apart");
		spans[i] = (struct span){(uint32_t)v[0], (uint32_t)v[1]};
		end = (uint64_t)v[0] + (uint64_t)v[1];
	}
	TRY(leave_list(r));
	*ret = spans;
	*ret_n = n;
	return ERR_NONE;
}

static enum err
check_spans(struct reader *r, const struct span *spans, size_t n, size_t among, const char *what)
{
	if (n > 0 && (uint64_t)spans[n - 1].first + spans[n - 1].n > among)
		return pull_fail(&r->j, "%s reach beyond the %zu there are", what, among);
	return ERR_NONE;
}

/* Exactly four whole numbers; that they lie inside what they index is checked at the page's end. */
static enum err
read_four(struct reader *r, uint32_t ret[static 4])
{
	bool more = false;
	TRY(pull_enter(&r->j, '['));
	for (int i = 0; i < 4; i++) {
		int64_t v = 0;
		TRY(pull_item(&r->j, &more));
		TRY(pull_integer(&r->j, 0, DOCUMENT_MAX_WORDS, &v));
		ret[i] = (uint32_t)v;
	}
	TRY(pull_item(&r->j, &more));
	return more ? pull_fail(&r->j, "more than four numbers") : ERR_NONE;
}

static enum err
read_cells(struct reader *r, struct table *t)
{
	size_t n = 0;
	struct table_cell *cells;
	ENTER_LIST(r, DOCUMENT_MAX_CELLS, "cells in a table", cells, n);
	for (size_t i = 0; i < n; i++) {
		uint32_t v[4];
		TRY(next_item(r));
		TRY(read_four(r, v));
		cells[i] = (struct table_cell){v[0], v[1], {v[2], v[3]}};
	}
	TRY(leave_list(r));
	t->cells = cells;
	t->n_cells = n;
	return ERR_NONE;
}

enum { TABLE_BOX, TABLE_ROWS, TABLE_COLUMNS, TABLE_RULED, TABLE_CELLS };
static const char *const table_names[] = {"b", "rows", "columns", "ruled", "cells"};
#define TABLE_REQUIRED (BIT(TABLE_BOX) | BIT(TABLE_ROWS) | BIT(TABLE_COLUMNS) | BIT(TABLE_CELLS))

static enum err
read_table(struct reader *r, struct table *t)
{
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		int64_t v = 0;
		TRY(FIELDS(r, table_names, &seen, &k));
		if (k < 0)
			break;
		switch (k) {
		case TABLE_BOX:
			TRY(read_box(r, &t->box));
			break;
		case TABLE_ROWS:
			TRY(pull_integer(&r->j, 0, DOCUMENT_MAX_CELLS, &v));
			t->rows = (uint32_t)v;
			break;
		case TABLE_COLUMNS:
			TRY(pull_integer(&r->j, 0, DOCUMENT_MAX_CELLS, &v));
			t->columns = (uint32_t)v;
			break;
		case TABLE_RULED:
			TRY(pull_bool(&r->j, &t->ruled));
			break;
		case TABLE_CELLS:
			TRY(read_cells(r, t));
			break;
		}
	}
	TRY(missing(r, table_names, ARRAY_LEN(table_names), TABLE_REQUIRED, seen));
	for (size_t i = 0; i < t->n_cells; i++) {
		if (t->cells[i].row >= t->rows || t->cells[i].column >= t->columns)
			return pull_fail(&r->j, "a cell outside its table");
	}
	return ERR_NONE;
}

static enum err
read_tables(struct reader *r, struct page *page)
{
	size_t n = 0;
	struct table *tables;
	ENTER_LIST(r, DOCUMENT_MAX_TABLES, "tables on a page", tables, n);
	for (size_t i = 0; i < n; i++) {
		TRY(next_item(r));
		TRY(read_table(r, &tables[i]));
	}
	TRY(leave_list(r));
	page->tables = tables;
	page->n_tables = n;
	return ERR_NONE;
}

static enum err
read_key_values(struct reader *r, struct page *page)
{
	size_t n = 0;
	struct key_value *list;
	ENTER_LIST(r, DOCUMENT_MAX_KEY_VALUES, "keys with values on a page", list, n);
	for (size_t i = 0; i < n; i++) {
		uint32_t v[4];
		TRY(next_item(r));
		TRY(read_four(r, v));
		list[i] = (struct key_value){{v[0], v[1]}, {v[2], v[3]}};
	}
	TRY(leave_list(r));
	page->key_values = list;
	page->n_key_values = n;
	return ERR_NONE;
}

static bool
inside(struct span s, size_t among)
{
	return s.n > 0 && (uint64_t)s.first + s.n <= among;
}

static enum err
check_layout(struct reader *r, const struct page *page)
{
	for (size_t i = 0; i < page->n_tables; i++) {
		for (size_t k = 0; k < page->tables[i].n_cells; k++) {
			if (!inside(page->tables[i].cells[k].words, page->n_words))
				return pull_fail(&r->j, "a cell of words that are not there");
		}
	}
	for (size_t i = 0; i < page->n_key_values; i++) {
		if (!inside(page->key_values[i].key, page->n_words) ||
		    !inside(page->key_values[i].value, page->n_words))
			return pull_fail(&r->j, "a key or value of words that are not there");
	}
	return ERR_NONE;
}

enum { BARCODE_FORMAT, BARCODE_TEXT, BARCODE_BOX, BARCODE_CORNERS };
static const char *const barcode_names[] = {"format", "text", "b", "p"};
#define BARCODE_REQUIRED (BIT(BARCODE_FORMAT) | BIT(BARCODE_TEXT) | BIT(BARCODE_BOX))

static enum err
read_barcode(struct reader *r, struct barcode *code)
{
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		TRY(FIELDS(r, barcode_names, &seen, &k));
		if (k < 0)
			break;
		switch (k) {
		case BARCODE_FORMAT:
			TRY(read_line(r, 40, &code->format));
			break;
		case BARCODE_TEXT:
			TRY(pull_string(&r->j, DOCUMENT_MAX_BARCODE_LEN, &code->text));
			break;
		case BARCODE_BOX:
			TRY(read_box(r, &code->box));
			break;
		case BARCODE_CORNERS:
			TRY(read_places(r, 8, code->corners));
			break;
		}
	}
	return missing(r, barcode_names, ARRAY_LEN(barcode_names), BARCODE_REQUIRED, seen);
}

static enum err
read_barcodes(struct reader *r, struct page *page)
{
	size_t n = 0;
	struct barcode *codes;
	ENTER_LIST(r, DOCUMENT_MAX_BARCODES, "barcodes on a page", codes, n);
	for (size_t i = 0; i < n; i++) {
		TRY(next_item(r));
		TRY(read_barcode(r, &codes[i]));
	}
	TRY(leave_list(r));
	page->barcodes = codes;
	page->n_barcodes = n;
	return ERR_NONE;
}

static enum err
read_quality(struct reader *r, struct page_quality *q)
{
	static const char *const names[] = {"score", "sharpness", "contrast", "skew_deg",
	                                    "dpi",   "glare",     "letter_px"};
	static const double least[] = {0, 0, 0, -180, 0, 0, 0}, most[] = {1, 1, 1, 180, 100000, 1, 100000};
	float *const into[] = {&q->score, &q->sharpness, &q->contrast, &q->skew_deg,
	                       &q->dpi,   &q->glare,     &q->letter_px};
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		double v = 0;
		TRY(FIELDS(r, names, &seen, &k));
		if (k < 0)
			return ERR_NONE;
		TRY(pull_number(&r->j, least[k], most[k], &v));
		*into[k] = (float)v;
	}
}

static enum err
read_cost(struct reader *r, struct page *page)
{
	static const char *const names[] = {"cpu_ms", "decode_ms", "ocr_ms"};
	int64_t *const into[] = {&page->cpu_ms, &page->decode_ms, &page->ocr_ms};
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		TRY(FIELDS(r, names, &seen, &k));
		if (k < 0)
			return ERR_NONE;
		TRY(pull_integer(&r->j, 0, COST_MAX_MS, into[k]));
	}
}

enum {
	PAGE_NUMBER,
	PAGE_WIDTH,
	PAGE_HEIGHT,
	PAGE_ROTATION,
	PAGE_SOURCE,
	PAGE_QUALITY,
	PAGE_WORDS,
	PAGE_LINES,
	PAGE_BLOCKS,
	PAGE_BARCODES,
	PAGE_COST,
	PAGE_WARNINGS,
	PAGE_LANGUAGES,
	PAGE_TABLES,
	PAGE_KEY_VALUES
};
static const char *const page_names[] = {"number",  "width",    "height",    "rotation", "source",
                                         "quality", "words",    "lines",     "blocks",   "barcodes",
                                         "cost",    "warnings", "languages", "tables",   "key_values"};
#define PAGE_REQUIRED (BIT(PAGE_NUMBER) | BIT(PAGE_WIDTH) | BIT(PAGE_HEIGHT) | BIT(PAGE_WORDS))

static enum err
read_page(struct reader *r, struct page *page)
{
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		int64_t v = 0;
		TRY(FIELDS(r, page_names, &seen, &k));
		if (k < 0)
			break;
		switch (k) {
		case PAGE_NUMBER:
			TRY(pull_integer(&r->j, 1, DOCUMENT_MAX_PAGES, &v));
			page->number = (int32_t)v;
			break;
		case PAGE_WIDTH:
			TRY(pull_integer(&r->j, 1, SIDE_MAX_PX, &v));
			page->width = (int32_t)v;
			break;
		case PAGE_HEIGHT:
			TRY(pull_integer(&r->j, 1, SIDE_MAX_PX, &v));
			page->height = (int32_t)v;
			break;
		case PAGE_ROTATION:
			TRY(pull_integer(&r->j, 0, 270, &v));
			if (v % 90 != 0)
				return pull_fail(&r->j, "a page is turned by quarters");
			page->rotation = (int32_t)v;
			break;
		case PAGE_SOURCE:
			TRY(read_source(r, &page->source));
			break;
		case PAGE_QUALITY:
			TRY(read_quality(r, &page->quality));
			break;
		case PAGE_WORDS:
			TRY(read_words(r, page));
			break;
		case PAGE_LINES:
			TRY(read_spans(r, &page->lines, &page->n_lines));
			break;
		case PAGE_BLOCKS:
			TRY(read_spans(r, &page->blocks, &page->n_blocks));
			break;
		case PAGE_BARCODES:
			TRY(read_barcodes(r, page));
			break;
		case PAGE_COST:
			TRY(read_cost(r, page));
			break;
		case PAGE_WARNINGS:
			TRY(read_idents(r, NAMES_MAX, &page->warnings, &page->n_warnings));
			break;
		case PAGE_LANGUAGES:
			TRY(read_idents(r, NAMES_MAX, &page->languages, &page->n_languages));
			break;
		case PAGE_TABLES:
			TRY(read_tables(r, page));
			break;
		case PAGE_KEY_VALUES:
			TRY(read_key_values(r, page));
			break;
		}
	}
	TRY(missing(r, page_names, ARRAY_LEN(page_names), PAGE_REQUIRED, seen));
	TRY(check_layout(r, page));
	TRY(check_spans(r, page->lines, page->n_lines, page->n_words, "lines"));
	return check_spans(r, page->blocks, page->n_blocks, page->n_lines, "blocks");
}

static enum err
read_pages(struct reader *r, struct document_text *d)
{
	size_t n = 0;
	struct page *pages;
	ENTER_LIST(r, DOCUMENT_MAX_PAGES, "pages", pages, n);
	for (size_t i = 0; i < n; i++) {
		TRY(next_item(r));
		TRY(read_page(r, &pages[i]));
		if (i > 0 && pages[i].number <= pages[i - 1].number)
			return pull_fail(&r->j, "pages out of order");
	}
	TRY(leave_list(r));
	d->pages = pages;
	d->n_pages = n;
	return ERR_NONE;
}

static enum err
read_engine(struct reader *r, struct document_text *d)
{
	static const char *const names[] = {"name", "version"};
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		TRY(FIELDS(r, names, &seen, &k));
		if (k < 0)
			return ERR_NONE;
		TRY(read_line(r, LABEL_MAX, k == 0 ? &d->engine : &d->engine_version));
	}
}

static enum err
read_schema(struct reader *r)
{
	const char *s = NULL;
	TRY(pull_string(&r->j, LABEL_MAX, &s));
	if (strcmp(s, DOCUMENT_SCHEMA) != 0)
		return fail(r->j.why, ERR_SCHEMA, "the document says \"%.60s\", this program reads %s", s,
		            DOCUMENT_SCHEMA);
	return ERR_NONE;
}

enum { DOC_SCHEMA, DOC_SOURCE, DOC_ENGINE, DOC_LANGUAGES, DOC_MEDIA_TYPE, DOC_WARNINGS, DOC_PAGES };
static const char *const doc_names[] = {"schema",     "source",   "engine", "languages",
                                        "media_type", "warnings", "pages"};
#define DOC_REQUIRED (BIT(DOC_SCHEMA) | BIT(DOC_PAGES))

static enum err
read_document(struct reader *r, struct document_text *d)
{
	uint32_t seen = 0;
	TRY(pull_enter(&r->j, '{'));
	for (;;) {
		int k = -1;
		TRY(FIELDS(r, doc_names, &seen, &k));
		if (k < 0)
			break;
		switch (k) {
		case DOC_SCHEMA:
			TRY(read_schema(r));
			break;
		case DOC_SOURCE:
			TRY(read_source(r, &d->source));
			break;
		case DOC_ENGINE:
			TRY(read_engine(r, d));
			break;
		case DOC_LANGUAGES:
			TRY(read_idents(r, NAMES_MAX, &d->languages, &d->n_languages));
			break;
		case DOC_MEDIA_TYPE:
			TRY(read_line(r, LABEL_MAX, &d->media_type));
			break;
		case DOC_WARNINGS:
			TRY(read_idents(r, WARNINGS_MAX, &d->warnings, &d->n_warnings));
			break;
		case DOC_PAGES:
			TRY(read_pages(r, d));
			break;
		}
	}
	TRY(missing(r, doc_names, ARRAY_LEN(doc_names), DOC_REQUIRED, seen));
	return pull_end(&r->j);
}

enum err
document_read(const char *json, size_t n, struct arena *mem, const struct document_text **ret,
              struct why *why)
{
	if (n > DOCUMENT_MAX_JSON)
		return fail(why, ERR_TOO_BIG, "a parsed document of %zu bytes, limit %zu", n,
		            DOCUMENT_MAX_JSON);
	struct reader r = {
	    .j = {.start = json, .at = json, .end = json + n, .mem = mem, .why = why},
	    .mem = mem,
	    .words_left = DOCUMENT_MAX_WORDS,
	};
	struct document_text *d;
	ARENA_TRY(d, arena_alloc(mem, sizeof *d), mem, why);
	d->engine = d->engine_version = d->media_type = "";
	TRY(read_document(&r, d));
	*ret = d;
	return ERR_NONE;
}
