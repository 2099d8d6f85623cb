/* Gathers words, paragraphs, rows and tables. flow_set.c sets them on pages. */
#include "flow_private.h"

#include <utf8proc.h>

enum err
flow_room(void *array, size_t n, size_t *room, size_t size, size_t most, struct why *why)
{
	void **p = array;
	if (n < *room)
		return ERR_NONE;
	if (n >= most)
		return fail(why, ERR_TOO_BIG, "more than %zu pieces of text", most);
	size_t more = *room ? 2 * *room : 64;
	void *grown = realloc(*p, more * size);
	if (!grown)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the text");
	*p = grown;
	*room = more;
	return ERR_NONE;
}

struct flow *
flow_new(void)
{
	struct flow *f = calloc(1, sizeof *f);
	if (!f)
		BUG("no memory");
	f->mem = arena_create("text", FLOW_MEMORY);
	f->pending = buf_init(DOCUMENT_MAX_WORD_LEN);
	f->here.row = NO_ROW;
	return f;
}

void
flow_free(struct flow **p)
{
	struct flow *f = *p;
	if (!f)
		return;
	arena_destroy(&f->mem);
	buf_free(&f->pending);
	free(f->said);
	free(f->paragraphs);
	free(f->rows);
	free(f->tables);
	free(f->words);
	free(f->places);
	free(f->lines);
	free(f->blocks);
	free(f->pages);
	for (size_t i = 0; i < f->n_pictures; i++)
		free(f->pictures[i].bytes);
	free(f->pictures);
	free(f);
	*p = NULL;
}

/* ---- words ---- */

static bool
is_gap(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
	       k == UTF8PROC_CATEGORY_CC;
}

static enum err
end_word(struct flow *f, uint32_t column, struct why *why)
{
	if (f->pending.len == 0)
		return ERR_NONE;
	utf8proc_uint8_t *nfc = NULL;
	/* Without what has no width: soft hyphens, joiners, marks of direction. */
	utf8proc_ssize_t n =
	    utf8proc_map((const utf8proc_uint8_t *)f->pending.data, (utf8proc_ssize_t)f->pending.len, &nfc,
	                 UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
	buf_clear(&f->pending);
	OWNED(mem_free) utf8proc_uint8_t *text = nfc;
	if (n <= 0 || n > DOCUMENT_MAX_WORD_LEN)
		return ERR_NONE;
	TRY(flow_room(&f->said, f->n_said, &f->room_said, sizeof *f->said, DOCUMENT_MAX_WORDS, why));
	struct flow_word *w = &f->said[f->n_said];
	ARENA_TRY(w->text, arena_strndup(f->mem, (const char *)text, (size_t)n), f->mem, why);
	w->face = f->here.lines ? FACE_MONO : f->bold > 0 ? FACE_BOLD : FACE_PLAIN;
	w->column = column;
	f->n_said++;
	f->here.n++;
	return ERR_NONE;
}

/* A letter more; a word without end is cut where words must end. */
static enum err
put_letter(struct flow *f, const char *p, size_t n, uint32_t column, struct why *why)
{
	if (f->pending.len + n > DOCUMENT_MAX_WORD_LEN / 4)
		TRY(end_word(f, column, why));
	buf_put(&f->pending, p, n);
	return ERR_NONE;
}

enum err
flow_text(struct flow *f, const char *utf8, size_t n, struct why *why)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)utf8;
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate(p + at, (utf8proc_ssize_t)(n - at), &c);
		if (len < 1) {
			at++;
			continue;
		}
		TRY(is_gap(c) ? end_word(f, 0, why) : put_letter(f, utf8 + at, (size_t)len, 0, why));
		at += (size_t)len;
	}
	return ERR_NONE;
}

/* ---- paragraphs ---- */

static enum err
end_piece(struct flow *f, bool gap, struct why *why)
{
	TRY(end_word(f, 0, why));
	if (f->here.n > 0) {
		TRY(flow_room(&f->paragraphs, f->n_paragraphs, &f->room_paragraphs, sizeof *f->paragraphs,
		              DOCUMENT_MAX_WORDS, why));
		const struct open_table *t = f->n_open > 0 ? &f->open[f->n_open - 1] : NULL;
		f->here.row = t ? t->row : NO_ROW;
		f->here.column = t ? t->column : 0;
		f->here.span = t ? t->span : 1;
		f->paragraphs[f->n_paragraphs++] = f->here;
		f->here = (struct flow_paragraph){.first = (uint32_t)f->n_said};
	}
	if (gap && f->n_paragraphs > 0)
		f->paragraphs[f->n_paragraphs - 1].gap_after = true;
	f->here.size = SIZE_TEXT;
	return ERR_NONE;
}

enum err
flow_break(struct flow *f, struct why *why)
{
	enum flow_size size = f->here.size;
	TRY(end_piece(f, false, why));
	f->here.size = size; /* the same paragraph goes on */
	return ERR_NONE;
}

enum err
flow_end_paragraph(struct flow *f, struct why *why)
{
	return end_piece(f, true, why);
}

enum err
flow_end_page(struct flow *f, struct why *why)
{
	TRY(end_piece(f, true, why));
	f->here.page_before = f->n_paragraphs > 0;
	return ERR_NONE;
}

void
flow_bold(struct flow *f, bool on)
{
	f->bold += on ? 1 : -1;
}

void
flow_heading(struct flow *f, int32_t level)
{
	static const enum flow_size sizes[] = {SIZE_TEXT, SIZE_H1, SIZE_H2, SIZE_H3};
	f->here.size = level >= 0 && level < (int32_t)ARRAY_LEN(sizes) ? sizes[level] : SIZE_TEXT;
}

/* ---- lines ---- */

static uint32_t
columns_after(uint32_t column, utf8proc_int32_t c)
{
	return c == '\t' ? (column / 8 + 1) * 8 : column + (uint32_t)(utf8proc_charwidth(c) > 0);
}

/* The columns of the widest line. */
static uint32_t
widest(const char *utf8, size_t n)
{
	uint32_t most = 0, column = 0;
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len =
		    utf8proc_iterate((const utf8proc_uint8_t *)utf8 + at, (utf8proc_ssize_t)(n - at), &c);
		column = len < 1 || c == '\n' || c == '\f' ? 0 : columns_after(column, c);
		most = column > most && !is_gap(c) ? column : most;
		at += len < 1 ? 1 : (size_t)len;
	}
	return most;
}

/* `column` is where the next letter stands, `from` where the word before it began. */
static enum err
end_line(struct flow *f, uint32_t from, bool *empty, enum flow_size size, bool lines, struct why *why)
{
	TRY(end_word(f, from, why));
	*empty = f->here.n == 0;
	TRY(end_piece(f, *empty, why));
	f->here.lines = lines;
	f->here.size = size;
	return ERR_NONE;
}

enum err
flow_lines(struct flow *f, const char *utf8, size_t n, struct why *why)
{
	uint32_t most = widest(utf8, n), column = 0, from = 0;
	/* Wider than a page: lines are paragraphs that a window wraps. */
	bool lines = most <= FINE_COLUMNS, empty;
	enum flow_size size = lines && most > LINE_COLUMNS ? SIZE_FINE : SIZE_TEXT;
	TRY(end_line(f, 0, &empty, size, lines, why));
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len =
		    utf8proc_iterate((const utf8proc_uint8_t *)utf8 + at, (utf8proc_ssize_t)(n - at), &c);
		size_t step = len < 1 ? 1 : (size_t)len;
		if (len < 1) {
			at++;
			continue;
		}
		if (c == '\n' || c == '\f') {
			TRY(end_line(f, from, &empty, size, lines, why));
			if (c == '\f') {
				TRY(flow_end_page(f, why));
				f->here.lines = lines;
				f->here.size = size;
			}
			column = 0;
		} else if (is_gap(c)) {
			TRY(end_word(f, from, why));
			column = columns_after(column, c);
		} else {
			if (f->pending.len == 0)
				from = column;
			TRY(put_letter(f, utf8 + at, step, from, why));
			column = columns_after(column, c);
		}
		at += step;
	}
	TRY(end_line(f, from, &empty, SIZE_TEXT, false, why));
	return flow_end_paragraph(f, why);
}

/* ---- tables ---- */

enum err
flow_begin_table(struct flow *f, struct why *why)
{
	TRY(end_piece(f, true, why));
	if (f->n_open == TABLES_DEEP)
		return fail(why, ERR_DOCUMENT_BOMB, "tables are nested deeper than %d", TABLES_DEEP);
	if (f->n_open > 0 && f->open[f->n_open - 1].row != NO_ROW)
		f->rows[f->open[f->n_open - 1].row].apart = true;
	TRY(flow_room(&f->tables, f->n_tables, &f->room_tables, sizeof *f->tables, DOCUMENT_MAX_WORDS, why));
	f->tables[f->n_tables] = (struct flow_table){0};
	f->open[f->n_open++] =
	    (struct open_table){.table = (uint32_t)f->n_tables++, .row = NO_ROW, .span = 1};
	return ERR_NONE;
}

enum err
flow_row(struct flow *f, struct why *why)
{
	TRY(end_piece(f, false, why));
	if (f->n_open == 0)
		return ERR_NONE;
	struct open_table *t = &f->open[f->n_open - 1];
	TRY(flow_room(&f->rows, f->n_rows, &f->room_rows, sizeof *f->rows, DOCUMENT_MAX_WORDS, why));
	f->rows[f->n_rows] = (struct flow_row){.table = t->table};
	*t = (struct open_table){.table = t->table, .row = (uint32_t)f->n_rows++, .span = 1};
	return ERR_NONE;
}

enum err
flow_cell(struct flow *f, int32_t columns, struct why *why)
{
	if (f->n_open > 0 && f->open[f->n_open - 1].row == NO_ROW)
		TRY(flow_row(f, why));
	TRY(end_piece(f, false, why));
	if (f->n_open == 0)
		return ERR_NONE;
	struct open_table *t = &f->open[f->n_open - 1];
	int32_t left = COLUMNS_MAX - 1 - t->next_column;
	t->column = left < 0 ? COLUMNS_MAX - 1 : t->next_column;
	t->span = columns < 1 || left < 1 ? 1 : columns < left ? columns : left;
	t->next_column = t->column + t->span;
	return ERR_NONE;
}

enum err
flow_end_row(struct flow *f, struct why *why)
{
	TRY(end_piece(f, false, why));
	if (f->n_open > 0)
		f->open[f->n_open - 1].row = NO_ROW;
	return ERR_NONE;
}

enum err
flow_end_table(struct flow *f, struct why *why)
{
	TRY(end_piece(f, true, why));
	if (f->n_open > 0)
		f->n_open--;
	return ERR_NONE;
}
