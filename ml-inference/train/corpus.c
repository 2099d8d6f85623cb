#include "corpus.h"

#include "fdio.h"
#include "json_own.h"
#include "made.h"
#include "score.h"
#include "text.h"

#include <math.h>

#define CORPUS_MEMORY (6 * GIB)

/* ---- one SROIE line a row: x1,y1,...,x4,y4,transcript ---- */

struct raw_line {
	int x0, y0, x1, y1;
	char *text;
};

static bool
parse_row(char *row, struct raw_line *ret)
{
	int c[8];
	char *p = row;
	for (int i = 0; i < 8; i++) {
		char *end;
		c[i] = (int)strtol(p, &end, 10);
		if (end == p || *end != ',')
			return false;
		p = end + 1;
	}
	p[strcspn(p, "\r\n")] = '\0';
	while (*p == ' ')
		p++;
	ret->x0 = ret->y0 = 1 << 30;
	ret->x1 = ret->y1 = -1;
	for (int i = 0; i < 8; i += 2) {
		ret->x0 = c[i] < ret->x0 ? c[i] : ret->x0;
		ret->x1 = c[i] > ret->x1 ? c[i] : ret->x1;
		ret->y0 = c[i + 1] < ret->y0 ? c[i + 1] : ret->y0;
		ret->y1 = c[i + 1] > ret->y1 ? c[i + 1] : ret->y1;
	}
	ret->text = p;
	return *p != '\0';
}

/* The line's words, each with its share of the line's width. */
static size_t
split_words(const struct raw_line *l, float w, float h, struct word *out, struct arena *mem)
{
	size_t n = 0, len = strlen(l->text);
	for (size_t i = 0; i < len;) {
		size_t k = strcspn(l->text + i, " ");
		if (k) {
			float a = (float)i / (float)len, b = (float)(i + k) / (float)len;
			float dx = (float)(l->x1 - l->x0);
			struct box box = {((float)l->x0 + a * dx) / w, (float)l->y0 / h,
			                  ((float)l->x0 + b * dx) / w, (float)l->y1 / h};
			char *t = arena_strndup(mem, l->text + i, k);
			if (t)
				out[n++] = (struct word){t, 1, box};
		}
		i += k ? k : 1;
	}
	return n;
}

static enum err
read_transcript(const char *path, struct arena *mem, const struct document_text **ret, struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	TRY(file_read(path, 4 * MIB, &bytes, &n, why));
	struct raw_line *lines;
	struct word *words;
	struct span *spans;
	struct page *page;
	struct document_text *doc;
	size_t n_lines = 0, n_words = 0;
	ARENA_TRY(lines, arena_array(mem, n / 16 + 1, sizeof *lines), mem, why);
	ARENA_TRY(words, arena_array(mem, n / 2 + 1, sizeof *words), mem, why);
	ARENA_TRY(spans, arena_array(mem, n / 16 + 1, sizeof *spans), mem, why);
	ARENA_TRY(page, arena_alloc(mem, sizeof *page), mem, why);
	ARENA_TRY(doc, arena_alloc(mem, sizeof *doc), mem, why);
	char *rest = bytes, *row;
	while ((row = strsep(&rest, "\n")))
		if (parse_row(row, &lines[n_lines]))
			n_lines++;
	int w = 1, h = 1;
	for (size_t i = 0; i < n_lines; i++) {
		w = lines[i].x1 > w ? lines[i].x1 : w;
		h = lines[i].y1 > h ? lines[i].y1 : h;
	}
	size_t kept = 0;
	for (size_t i = 0; i < n_lines; i++) {
		size_t k = split_words(&lines[i], (float)w, (float)h, words + n_words, mem);
		if (k)
			spans[kept++] = (struct span){(uint32_t)n_words, (uint32_t)k};
		n_words += k;
	}
	*page = (struct page){.number = 1,
	                      .width = w,
	                      .height = h,
	                      .source = SOURCE_TEXT_LAYER,
	                      .words = words,
	                      .n_words = n_words,
	                      .lines = spans,
	                      .n_lines = kept};
	*doc = (struct document_text){.source = SOURCE_TEXT_LAYER, .pages = page, .n_pages = 1};
	*ret = doc;
	return ERR_NONE;
}

/* ---- the truth ---- */

static enum err
read_key(const char *path, struct arena *mem, struct paper *p, struct why *why)
{
	static const char *const names[FIELD_COUNT] = {"company", "date", "address", "total"};
	OWNED(mem_free) char *bytes = NULL;
	OWNED(json_release) json_t *j = NULL;
	size_t n;
	TRY(file_read(path, 64 * KIB, &bytes, &n, why));
	TRY(json_parse(bytes, n, &j, why));
	for (int f = 0; f < FIELD_COUNT; f++) {
		const char *v = json_get_str(j, names[f]);
		v = v ? v : "";
		size_t len = strlen(v);
		while (len && *v == ' ') {
			v++;
			len--;
		}
		while (len && v[len - 1] == ' ')
			len--;
		ARENA_TRY(p->key[f], arena_strndup(mem, v, len), mem, why);
	}
	return ERR_NONE;
}

/* " | " stands between ways of saying the same; "?" is unknown. */
static enum err
read_ways(char *cell, enum field_id f, struct arena *mem, struct paper *p, struct why *why)
{
	const char *way[1 + TRUTH_WAYS] = {NULL};
	char *rest = strcmp(cell, "?") == 0 ? NULL : cell;
	way[0] = "";
	for (size_t n = 0; rest && n < ARRAY_LEN(way); n++) {
		char *end = strstr(rest, " | ");
		if (end)
			*end = '\0';
		ARENA_TRY(way[n], arena_strdup(mem, rest), mem, why);
		rest = end ? end + 3 : NULL;
	}
	p->key[f] = way[0];
	memcpy(p->also[f], way + 1, sizeof p->also[f]);
	return ERR_NONE;
}

/* The row of `path` in the table, if it has one. */
static enum err
read_truth(const char *table, const char *path, struct arena *mem, struct paper *p, struct why *why)
{
	static const enum field_id column[] = {FIELD_MERCHANT, FIELD_DATE, FIELD_ADDRESS, FIELD_TOTAL};
	size_t len = strlen(path);
	for (const char *row = table; row && *row; row = strchr(row, '\n') ? strchr(row, '\n') + 1 : NULL) {
		if (strncmp(row, path, len) != 0 || row[len] != '\t')
			continue;
		char *rest;
		ARENA_TRY(rest, arena_strndup(mem, row + len + 1, strcspn(row + len + 1, "\n")), mem, why);
		for (size_t i = 0; i < ARRAY_LEN(column); i++) {
			char *cell = strsep(&rest, "\t");
			if (!cell || !*cell)
				return fail(why, ERR_SCHEMA, "truth of %.150s: %zu columns are missing", path,
				            ARRAY_LEN(column) - i);
			TRY(read_ways(cell, column[i], mem, p, why));
		}
		p->other = true;
		return ERR_NONE;
	}
	return ERR_NONE;
}

static enum err
add_paper(struct corpus *c, const struct paper *p, struct why *why)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 256;
		struct paper *n = realloc(c->p, c->cap * sizeof *n);
		if (!n)
			return fail(why, ERR_BROKEN, "no memory for the corpus");
		c->p = n;
	}
	struct paper *q = &c->p[c->n];
	*q = *p;
	q->source_id = (uint32_t)c->n;
	for (size_t i = 0; i < c->n && q->source_id == c->n; i++)
		if (strcmp(c->p[i].source, q->source) == 0)
			q->source_id = c->p[i].source_id;
	TRY(layout_build(q->doc, c->mem, &q->sheet, why));
	TRY(reading_build(q->sheet, c->mem, &q->reading, why));
	if (q->key[0])
		TRY(corpus_label(q, c->mem, why));
	c->n++;
	return ERR_NONE;
}

enum err
corpus_document(const char *ocr, const char *path, struct arena *mem, const struct document_text **ret,
                struct why *why)
{
	char name[512], file[1024];
	size_t n = 0;
	for (const char *s = path; *s && n + 3 < sizeof name; s++) {
		name[n++] = *s == '/' ? '_' : *s;
		if (*s == '/')
			name[n++] = '_';
	}
	name[n] = '\0';
	snprintf(file, sizeof file, "%s/%s.json", ocr, name);
	if (access(file, R_OK) != 0)
		return ERR_ABSENT;
	OWNED(mem_free) char *bytes = NULL;
	size_t len;
	TRY(file_read(file, 64 * MIB, &bytes, &len, why));
	return document_read(bytes, len, mem, ret, why);
}

struct manifest_row {
	const char *path, *repo, *class, *truth, *use;
};

static bool
split_row(char *row, struct manifest_row *ret)
{
	char *col[9], *rest = row;
	for (int i = 0; i < 9; i++) {
		col[i] = strsep(&rest, "\t");
		if (!col[i])
			return false;
	}
	*ret = (struct manifest_row){col[0], col[1], col[3], col[5], col[8]};
	return strcmp(col[0], "path") != 0;
}

/* What a row comes with. */
struct sources {
	const char *data, *ocr, *truth; /* the table's text */
};

static enum err
load_row(struct corpus *c, const struct sources *from, const struct manifest_row *row, uint32_t twin,
         struct why *why)
{
	struct paper p = {.twin = twin, .evaluate = strcmp(row->use, "train") != 0};
	ARENA_TRY(p.type, arena_strdup(c->mem, row->class), c->mem, why);
	ARENA_TRY(p.source, arena_strdup(c->mem, row->repo), c->mem, why);
	char path[1024];
	const char *base = strrchr(row->path, '/');
	snprintf(p.id, sizeof p.id, "%s", base ? base + 1 : row->path);
	bool sroie = strncmp(row->path, "sroie/", 6) == 0, keyed = strncmp(row->truth, "key", 3) == 0;
	int stem = (int)strcspn(row->path, ".");
	if (sroie || (keyed && !p.evaluate)) {
		snprintf(path, sizeof path, "%s/%.*s.key.json", from->data, stem, row->path);
		TRY(read_key(path, c->mem, &p, why));
		p.other = !sroie;
	} else if (!p.evaluate) {
		TRY(read_truth(from->truth, row->path, c->mem, &p, why));
	}
	if (sroie) {
		snprintf(path, sizeof path, "%s/%.*s.boxes.txt", from->data, stem, row->path);
		TRY(read_transcript(path, c->mem, &p.doc, why));
		p.origin = ORIGIN_TEXT;
		p.transcript = true;
		TRY(add_paper(c, &p, why));
		p.transcript = false;
	}
	if (!from->ocr)
		return ERR_NONE;
	enum err e = corpus_document(from->ocr, row->path, c->mem, &p.doc, why);
	if (e == ERR_ABSENT)
		return ERR_NONE;
	TRY(e);
	p.origin = p.doc->source == SOURCE_TEXT_LAYER ? ORIGIN_TEXT : ORIGIN_OCR;
	return add_paper(c, &p, why);
}

/* ---- sellers, so that folds can keep them together ---- */

static uint32_t
root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

/* Receipts belong together when their sellers' names begin alike or their addresses do. */
static enum err
group_sellers(struct corpus *c, struct why *why)
{
	uint32_t *parent;
	char(*key)[2][32];
	ARENA_TRY(parent, arena_array(c->mem, c->n + 1, sizeof *parent), c->mem, why);
	ARENA_TRY(key, arena_array(c->mem, c->n + 1, sizeof *key), c->mem, why);
	for (uint32_t i = 0; i < c->n; i++) {
		parent[i] = i;
		const struct paper *p = &c->p[i];
		if (!p->key[0])
			continue;
		char full[512];
		text_key(p->key[FIELD_MERCHANT], strlen(p->key[FIELD_MERCHANT]), full, sizeof full);
		snprintf(key[i][0], sizeof key[i][0], "%.9s", full);
		text_key(p->key[FIELD_ADDRESS], strlen(p->key[FIELD_ADDRESS]), full, sizeof full);
		snprintf(key[i][1], sizeof key[i][1], "%.25s", full);
	}
	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t j = 0; j < i; j++) {
			bool same = c->p[i].twin == c->p[j].twin;
			if (c->p[i].key[0] && c->p[j].key[0])
				same |= (key[i][0][0] && strcmp(key[i][0], key[j][0]) == 0) ||
				        (strlen(key[i][1]) > 9 && strcmp(key[i][1], key[j][1]) == 0);
			if (same)
				parent[root(parent, i)] = root(parent, j);
		}
	for (uint32_t i = 0; i < c->n; i++)
		c->p[i].vendor = root(parent, i);
	return ERR_NONE;
}

enum err
corpus_load(const char *data, const char *ocr, const char *truth, struct corpus *ret, struct why *why)
{
	char path[1024];
	OWNED(mem_free) char *bytes = NULL;
	OWNED(mem_free) char *table = NULL;
	size_t n;
	TRY(file_read(truth, 1 * MIB, &table, &n, why));
	const struct sources from = {data, ocr, table};
	*ret = (struct corpus){.mem = arena_create("corpus", CORPUS_MEMORY)};
	snprintf(path, sizeof path, "%s/manifest.tsv", data);
	TRY(file_read(path, 4 * MIB, &bytes, &n, why));
	char *rest = bytes, *line;
	uint32_t twin = 0;
	while ((line = strsep(&rest, "\n"))) {
		struct manifest_row row;
		if (!split_row(line, &row) || strcmp(row.class, "nasty") == 0)
			continue;
		TRY(load_row(ret, &from, &row, ++twin, why));
	}
	return group_sellers(ret, why);
}

#define FIELDS_OF 24 /* of each made paper so many teach fields; kinds want more */

/* A made paper's fields are true only where they stand on it whole: what fell off the page is unknown. */
static enum err
add_made(struct corpus *c, const struct made *m, size_t number, struct why *why)
{
	struct paper p = {.type = type_names[m->kind], .made = true, .doc = m->doc};
	snprintf(p.id, sizeof p.id, "%s-%zu", m->name, number);
	ARENA_TRY(p.source, arena_printf(c->mem, "made %s", m->name), c->mem, why);
	p.origin = m->doc->source == SOURCE_TEXT_LAYER ? ORIGIN_TEXT : ORIGIN_OCR;
	bool seller = m->key[FIELD_MERCHANT][0] && m->key[FIELD_ADDRESS][0];
	bool no_total = !facts_fit(FACT_TOTAL, m->kind); /* whatever sums stand there */
	if (number < FIELDS_OF && (seller || no_total))
		memcpy(p.key, m->key, sizeof p.key);
	if (p.key[0] && no_total)
		p.key[FIELD_TOTAL] = TRUTH_ABSENT;
	if (p.key[0] && !seller)
		p.key[FIELD_MERCHANT] = p.key[FIELD_ADDRESS] = "";
	return add_paper(c, &p, why);
}

enum err
corpus_make(struct corpus *c, const char *folder, unsigned n, uint64_t seed, struct why *why)
{
	OWNED(grammar_free) struct grammar *g = NULL;
	TRY(grammar_read(folder, &g, why));
	uint32_t group = c->n ? c->p[c->n - 1].twin + 1 : 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].twin >= group)
			group = c->p[i].twin + 1;
	for (size_t which = 0; which < grammar_papers(g); which++)
		for (unsigned k = 0; k < n; k++) {
			struct made m;
			TRY(made_paper(g, which, seed + k, c->mem, &m, why));
			TRY(add_made(c, &m, k, why));
			c->p[c->n - 1].twin = group + (uint32_t)(which * n + k);
			c->p[c->n - 1].vendor = (uint32_t)c->n - 1;
		}
	return ERR_NONE;
}

void
corpus_release(struct corpus *c)
{
	free(c->p);
	arena_destroy(&c->mem);
	*c = (struct corpus){0};
}
