#include "reading.h"

#include "goods_table.h"
#include "kind.h"
#include "line_items.h"
#include "text.h"

/* The last (first) `most` bytes of a text. */
static void
put_tail(struct buf *b, const char *s, size_t most)
{
	size_t n = strlen(s);
	if (n > most) {
		s += n - most;
		n = most;
	}
	buf_put(b, s, n);
}

static void
put_head(struct buf *b, const char *s, size_t most)
{
	buf_put(b, s, strnlen(s, most));
}

static enum err
keep(struct arena *mem, const struct buf *b, const char **ret, struct why *why)
{
	const char *s = b->data ? b->data : "";
	size_t n = b->len;
	while (n > 0 && *s == ' ') {
		s++;
		n--;
	}
	while (n > 0 && s[n - 1] == ' ')
		n--;
	ARENA_TRY(*ret, arena_strndup(mem, s, n), mem, why);
	return ERR_NONE;
}

#define BESIDE 1024 /* bytes, or little more: who stands further off in the row is no neighbour */

/* What stands left of byte `from` of segment `at` in its row, and right of byte `to`. */
static enum err
neighbours(const struct sheet *s, uint32_t at, size_t from, size_t to, struct arena *mem, const char **left,
           const char **right, struct why *why)
{
	const struct segment *g = &s->segs[at];
	const struct row *row = &s->rows[g->row];
	OWNED(buf_free) struct buf b = buf_init(16 * KIB);
	uint32_t begin = at;
	for (size_t n = 0; begin > row->first && n < BESIDE; begin--)
		n += strlen(s->segs[begin - 1].canon);
	for (uint32_t i = begin; i < at; i++) {
		buf_puts(&b, s->segs[i].canon);
		buf_putc(&b, ' ');
	}
	text_canonical(&b, g->upper, from, false);
	TRY(keep(mem, &b, left, why));
	buf_clear(&b);
	text_canonical(&b, g->upper + to, g->len - to, false);
	for (uint32_t i = at + 1; i < row->first + row->n && b.len < BESIDE; i++) {
		buf_putc(&b, ' ');
		buf_puts(&b, s->segs[i].canon);
	}
	return keep(mem, &b, right, why);
}

static const char *
row_text(const struct sheet *s, int64_t row)
{
	return row >= 0 && row < (int64_t)s->n_rows ? s->rows[row].canon : "";
}

static enum err
fold_pieces(const struct buf *b, struct arena *mem, struct pieces *ret, struct why *why)
{
	OWNED(buf_free) struct buf folded = buf_init(64 * KIB);
	for (size_t i = 0; i < b->len; i++)
		buf_putc(&folded, text_is_digit(b->data[i]) ? '0' : b->data[i]);
	return text_pieces(folded.data ? folded.data : "", folded.len, mem, ret, why);
}

static enum err
add_amount(struct reading *r, uint32_t at, const struct amount *a, struct arena *mem, struct why *why)
{
	const struct sheet *s = r->sheet;
	struct found_amount *f = &r->amounts[r->n_amounts];
	*f = (struct found_amount){.a = *a, .seg = at};
	TRY(neighbours(s, at, a->from, a->to, mem, &f->left, &f->right, why));
	f->up = row_text(s, (int64_t)s->segs[at].row - 1);
	f->down = row_text(s, (int64_t)s->segs[at].row + 1);
	OWNED(buf_free) struct buf b = buf_init(4 * KIB);
	put_tail(&b, f->left, 40);
	buf_puts(&b, a->currency ? " C| " : " | ");
	put_head(&b, f->right, 15);
	if (f->left[0] == '\0') {
		buf_puts(&b, " ~");
		put_tail(&b, f->up, 25);
	}
	TRY(fold_pieces(&b, mem, &f->pieces, why));
	r->n_amounts++;
	return ERR_NONE;
}

static enum err
add_date(struct reading *r, uint32_t at, const struct date *d, struct arena *mem, struct why *why)
{
	const struct sheet *s = r->sheet;
	struct found_date *f = &r->dates[r->n_dates];
	*f = (struct found_date){.d = *d, .seg = at};
	TRY(neighbours(s, at, d->start, d->end, mem, &f->left, &f->right, why));
	f->up = row_text(s, (int64_t)s->segs[at].row - 1);
	OWNED(buf_free) struct buf b = buf_init(4 * KIB);
	put_tail(&b, f->left, 30);
	buf_puts(&b, " <D> ");
	put_head(&b, f->right, 15);
	TRY(fold_pieces(&b, mem, &f->pieces, why));
	r->n_dates++;
	return ERR_NONE;
}

#define PER_SEGMENT 40

static enum err
read_segment(struct reading *r, uint32_t at, struct arena *mem, struct why *why)
{
	const struct segment *g = &r->sheet->segs[at];
	struct date dates[PER_SEGMENT];
	struct amount amounts[PER_SEGMENT];
	size_t nd = dates_find(g->upper, g->len, dates, PER_SEGMENT);
	bool joined = at > 0 && g[-1].row == g->row;
	size_t na = amounts_find(joined ? g[-1].upper : "", g->upper, g->len, amounts, PER_SEGMENT);
	for (size_t i = 0; i < nd && r->n_dates < READING_MAX_DATES; i++)
		TRY(add_date(r, at, &dates[i], mem, why));
	for (size_t i = 0; i < na && r->n_amounts < READING_MAX_AMOUNTS; i++) {
		bool inside_date = false;
		for (size_t j = 0; j < nd; j++)
			inside_date |= amounts[i].start < dates[j].end && amounts[i].end > dates[j].start;
		if (!inside_date)
			TRY(add_amount(r, at, &amounts[i], mem, why));
	}
	return ERR_NONE;
}

/* Where a day of the paper surely has its month first and none its day, so have those that leave it open. */
static void
settle_order(struct reading *r)
{
	bool month_first = false, day_first = false;
	for (size_t i = 0; i < r->n_dates; i++) {
		const struct date *d = &r->dates[i].d;
		month_first |= d->form == DATE_SLASH && d->month_first;
		day_first |= d->form == DATE_SLASH && !d->month_first && d->day > 12;
	}
	for (size_t i = 0; i < r->n_dates && month_first && !day_first; i++) {
		struct date *d = &r->dates[i].d;
		int8_t day = d->month;
		if (d->form != DATE_SLASH || !d->ambiguous)
			continue;
		d->month = d->day;
		d->day = day;
		d->ambiguous = false;
	}
}

/* A line's pieces carry its place from the top: the same words mean less further down. */
static enum err
read_line(struct reading *r, uint32_t at, struct arena *mem, struct why *why)
{
	const struct segment *g = &r->sheet->segs[at];
	OWNED(buf_free) struct buf b = buf_init(16 * KIB);
	buf_printf(&b, "^%c ", (char)('a' + (at / 2 < 9 ? at / 2 : 9)));
	buf_puts(&b, g->canon);
	return fold_pieces(&b, mem, &r->lines[at], why);
}

#define WHOLE_TEXT (4 * KIB) /* the first page tells */

/* What stands first or largest names the paper: its words once more, marked. */
#define TITLE_ROWS    8
#define TITLES_LOOKED 40
#define TITLE_WORDS   9

static void
put_titles(const struct sheet *s, struct buf *b)
{
	for (size_t i = 0; i < s->n && i < TITLES_LOOKED; i++) {
		const struct segment *g = &s->segs[i];
		if (g->n_words > TITLE_WORDS || !(g->row < TITLE_ROWS || g->h > 1.35f * s->median_h))
			continue;
		for (const char *p = g->canon; *p;) {
			size_t n = strcspn(p, " ");
			if (n > 2) {
				buf_putc(b, '^');
				buf_put(b, p, n);
				buf_putc(b, ' ');
			}
			p += n;
			p += *p == ' ';
		}
	}
}

/* What kind of paper it is shows in its words and its shape; the shape joins in as words. */
static enum err
read_whole(struct reading *r, struct arena *mem, struct why *why)
{
	const struct sheet *s = r->sheet;
	const struct document_text *d = s->doc;
	OWNED(buf_free) struct buf b = buf_init(64 * KIB);
	for (size_t i = 0; i < s->n && b.len < WHOLE_TEXT; i++) {
		buf_puts(&b, s->segs[i].canon);
		buf_putc(&b, ' ');
	}
	put_titles(s, &b);
	int shape = 0;
	if (d->n_pages && d->pages[0].width > 0)
		shape = (int)(4.0 * d->pages[0].height / d->pages[0].width);
	for (int k = 0; k < 3; k++) {
		buf_printf(&b, "~shape_%c ", (char)('a' + (shape < 12 ? shape : 12)));
		buf_printf(&b, "~pages_%c ", d->n_pages > 3 ? 'd' : (char)('a' + d->n_pages));
		buf_printf(&b, "~amounts_%c ", r->n_amounts > 20 ? 'c' : r->n_amounts > 2 ? 'b' : 'a');
		buf_printf(&b, "~lines_%c ",
		           s->n_rows > 120  ? 'd'
		           : s->n_rows > 50 ? 'c'
		           : s->n_rows > 15 ? 'b'
		                            : 'a');
		buf_printf(&b, "~width_%c ", s->n_rows && s->n > 2 * s->n_rows ? 'b' : 'a');
	}
	return fold_pieces(&b, mem, &r->whole, why);
}

enum err
reading_build(const struct sheet *sheet, struct arena *mem, struct reading **ret, struct why *why)
{
	struct reading *r;
	ARENA_TRY(r, arena_alloc(mem, sizeof *r), mem, why);
	r->sheet = sheet;
	size_t most_amounts = sheet->n * PER_SEGMENT, most_dates = sheet->n * PER_SEGMENT;
	if (most_amounts > READING_MAX_AMOUNTS)
		most_amounts = READING_MAX_AMOUNTS;
	if (most_dates > READING_MAX_DATES)
		most_dates = READING_MAX_DATES;
	ARENA_TRY(r->amounts, arena_array(mem, most_amounts + 1, sizeof *r->amounts), mem, why);
	ARENA_TRY(r->dates, arena_array(mem, most_dates + 1, sizeof *r->dates), mem, why);
	ARENA_TRY(r->lines, arena_array(mem, sheet->n + 1, sizeof *r->lines), mem, why);
	ARENA_TRY(r->line_p, arena_array(mem, sheet->n + 1, sizeof *r->line_p), mem, why);
	for (uint32_t i = 0; i < sheet->n; i++) {
		TRY(read_segment(r, i, mem, why));
		TRY(read_line(r, i, mem, why));
	}
	settle_order(r);
	struct goods_head *head;
	ARENA_TRY(head, arena_alloc(mem, sizeof *head), mem, why);
	if (goods_head_find(r, head))
		r->head = head;
	r->items_sum = line_items_sum(r);
	TRY(read_whole(r, mem, why));
	struct sign_counts *signs;
	ARENA_TRY(signs, arena_alloc(mem, sizeof *signs), mem, why);
	*signs = kind_count_signs(r);
	r->signs = signs;
	float *paper;
	ARENA_TRY(paper, arena_array(mem, PAPER_MAX_FEATURES, sizeof *paper), mem, why);
	struct features f = {.v = paper, .cap = PAPER_MAX_FEATURES};
	kind_paper_features(r, &f);
	r->paper = paper;
	r->n_paper = f.n;
	*ret = r;
	return ERR_NONE;
}

size_t
reading_amount_from(const struct reading *r, uint32_t seg)
{
	size_t from = 0, to = r->n_amounts; /* in the order of segments */
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (r->amounts[middle].seg < seg)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void
reading_judge(struct reading *r, const struct text_models *m)
{
	float p[TEXT_MAX_CLASSES];
	for (size_t i = 0; i < r->sheet->n; i++)
		text_model_apply(&m->line, &r->lines[i], r->line_p[i]);
	for (size_t i = 0; i < r->n_amounts; i++) {
		text_model_apply(&m->amount, &r->amounts[i].pieces, p);
		r->amounts[i].p = p[1];
	}
	for (size_t i = 0; i < r->n_dates; i++) {
		text_model_apply(&m->date, &r->dates[i].pieces, p);
		r->dates[i].p = p[1];
	}
}
