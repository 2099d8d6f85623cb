#include "kind_shape.h"

#include "text.h"
#include "words.h"

#include <math.h>

static const char *const labels[] = {
#define X(words) words,
#include "labels.tbl.h"
#undef X
};

static bool
begins_with_any(const char *s, enum word_list list)
{
	const struct words *l = &word_lists[list];
	for (size_t i = 0; i < l->n; i++)
		if (s[0] == l->word[i][0] && strncmp(s, l->word[i], strlen(l->word[i])) == 0)
			return true;
	return false;
}

/* Not "NAMELY": what follows the label is no letter. */
static bool
begins_with_label(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (s[0] != labels[i][0])
			continue;
		size_t n = strlen(labels[i]);
		if (strncmp(s, labels[i], n) != 0)
			continue;
		uint8_t next = (uint8_t)s[n];
		if (!(next >= 'A' && next <= 'Z') && next < 0x80)
			return true;
	}
	return false;
}

static size_t
count_joints(const char *s)
{
	const struct words *l = &word_lists[WORDS_JOINTS];
	size_t count = 0;
	while (*s) {
		size_t n = strcspn(s, " ");
		for (size_t i = 0; n <= 10 && i < l->n; i++)
			if (s[0] == l->word[i][0] && strncmp(s, l->word[i], n) == 0 && !l->word[i][n]) {
				count++;
				break;
			}
		s += n;
		s += *s == ' ';
	}
	return count;
}

/* "1.", "3.2", "(a)", "12)": what clauses and questions are counted by. */
static bool
is_numbered(const char *s)
{
	size_t at = *s == '(', n = strspn(s + at, "0123456789.");
	if (n == 0 && at && s[1] >= 'A' && s[1] <= 'Z')
		n = 1;
	return n > 0 && n < 6 &&
	       (s[at + n] == ')' || (s[at + n - 1] == '.' && (!s[at + n] || s[at + n] == ' ')) ||
	        (at + n >= 3 && s[at + n] == ' ' && strchr(s, '.') && strchr(s, '.') < s + at + n));
}

/* "2005 - 2009", "2015 - PRESENT": the years of a life. */
static bool
has_years(const char *s)
{
	for (const char *p = s; (p = strpbrk(p, "12")); p++) {
		if ((p > s && text_is_digit(p[-1])) || strspn(p, "0123456789") != 4 ||
		    (strncmp(p, "19", 2) != 0 && strncmp(p, "20", 2) != 0))
			continue;
		const char *q = p + 4;
		while (*q == ' ')
			q++;
		bool dash = *q == '-' || strncmp(q, "–", 3) == 0 || strncmp(q, "—", 3) == 0 ||
		            strncmp(q, "TO ", 3) == 0;
		if (dash)
			return true;
	}
	return false;
}

#define HEAD_OF_MAIL 20 /* segments */

/* Which of "From:", "To:", "Subject:", "Sent:" lines among the first begin with, a bit each. */
static unsigned
head_of_mail(const struct sheet *s)
{
	static const char *const words[][6] = {
	    {"FROM:", "ОТ:", "ОТ КОГО:", "ОТПРАВИТЕЛЬ:", "VON:", "DE:"},
	    {"SUBJECT:", "RE:", "ТЕМА:", "ТЕМА ПИСЬМА:", "BETREFF:", "OBJET:"},
	    {"TO:", "КОМУ:", "КОМУ :", "ПОЛУЧАТЕЛЬ:", "AN:", "À:"},
	    {"DATE:", "SENT:", "ДАТА:", "ОТПРАВЛЕНО:", "GESENDET:", "DATUM:"},
	};
	unsigned seen = 0;
	for (size_t i = 0; i < s->n && i < HEAD_OF_MAIL; i++)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			for (size_t w = 0; w < ARRAY_LEN(words[k]); w++)
				if (strncmp(s->segs[i].upper, words[k][w], strlen(words[k][w])) == 0)
					seen |= 1u << k;
	return seen;
}

bool
kind_is_mail(const struct sheet *s)
{
	static const char *const greetings[] = {
	    "HI ", "HI,", "ПРИВЕТ", "GOOD MORNING", "GOOD AFTERNOON", "ДОБРОЕ УТРО"};
	unsigned head = head_of_mail(s);
	bool written = false;
	for (size_t i = 0; i < s->n && i < HEAD_OF_MAIL; i++) {
		const char *u = s->segs[i].upper;
		written |= strchr(u, '@') || begins_with_any(u, WORDS_GREETINGS);
		for (size_t k = 0; k < ARRAY_LEN(greetings); k++)
			written |= strncmp(u, greetings[k], strlen(greetings[k])) == 0;
	}
	return written && (head & 3) == 3 && head > 3;
}

struct shape {
	double labels, blanks, boxes, numbered, questions, sentences, bullets, capital_lines, years, emails,
	    joints, words, capitals, long_run, starts_left, colon_inside, greets, closes;
};

static void
look_at(const struct sheet *s, size_t i, struct shape *to)
{
	const struct segment *g = &s->segs[i];
	const char *u = g->upper;
	char first = u[0], last = g->len ? u[g->len - 1] : ' ';
	bool lower = memcmp(g->text, u, g->len) != 0;
	to->words += g->n_words;
	to->labels += begins_with_label(u);
	to->blanks += strstr(u, "__") || strstr(u, "....") || (g->n_words > 1 && strchr(u, '_'));
	to->boxes += strncmp(u, "[ ]", 3) == 0 || strncmp(u, "□", 3) == 0 || strncmp(u, "☐", 3) == 0 ||
	             strncmp(u, "( )", 3) == 0 || strncmp(u, "[X]", 3) == 0 || strncmp(u, "O ", 2) == 0 ||
	             strncmp(u, "D ", 2) == 0 || strncmp(u, "☑", 3) == 0;
	to->numbered += is_numbered(u);
	to->questions += last == '?';
	to->sentences += lower && g->n_words >= 6 && (last == '.' || last == ',' || last == ';');
	to->bullets += (first == '*' || first == '-' || strncmp(u, "•", 3) == 0) && g->n_words > 1;
	to->capital_lines += !lower && g->n_words >= 2 && first >= 'A';
	to->years += has_years(u);
	to->emails += strchr(u, '@') != NULL;
	to->joints += (double)count_joints(u);
	to->colon_inside += strchr(u, ':') && last != ':';
	to->greets += i < 30 && begins_with_any(u, WORDS_GREETINGS);
	to->closes += i + 20 >= s->n && g->n_words <= 4 && begins_with_any(u, WORDS_CLOSINGS);
	to->starts_left += g->x0 < s->x0 + 0.06f * (s->x1 - s->x0);
}

/* The most lines of prose in a row: one wide segment each. */
static size_t
longest_run(const struct sheet *s)
{
	size_t run = 0, most = 0;
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct segment *g = &s->segs[s->rows[i].first];
		bool prose = s->rows[i].n == 1 && g->n_words >= 6 && g->x1 - g->x0 > 0.5f * (s->x1 - s->x0);
		run = prose ? run + 1 : 0;
		most = run > most ? run : most;
	}
	return most;
}

/* How many different columns lines begin in, a page's 40th part wide each: a table has few, a form many. */
static int
columns_begun(const struct sheet *s)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->segs[i].x0 >= 0 && s->segs[i].x0 < 1000)
			seen |= (uint64_t)1 << (int)(s->segs[i].x0 / 25);
	return __builtin_popcountll(seen);
}

static int
by_width(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* What no word tells: places left to write in, text in columns, how much of the page is covered. */
struct lay {
	double open_labels, aligned, gaps, wide_gaps, covered;
};

/* A label that nothing follows: to its right the row is empty, or the next piece is another label. */
static bool
is_open_label(const struct sheet *s, const struct row *row, uint32_t i)
{
	const struct segment *g = &s->segs[i];
	const char *end = g->len ? g->upper + g->len - 1 : g->upper;
	while (end > g->upper && strchr(" _.", *end))
		end--;
	if (g->len == 0 || *end != ':')
		return false;
	if (i + 1 >= row->first + row->n)
		return true;
	const struct segment *next = &s->segs[i + 1];
	return next->len > 0 && next->upper[next->len - 1] == ':';
}

/* Does a segment begin where one of the row above does? Tables and prose do, forms seldom. */
static bool
is_aligned(const struct sheet *s, const struct segment *g)
{
	if (g->row == 0)
		return false;
	const struct row *up = &s->rows[g->row - 1];
	for (uint32_t i = up->first; i < up->first + up->n && i < up->first + 40; i++)
		if (fabsf(s->segs[i].x0 - g->x0) < 6)
			return true;
	return false;
}

static struct lay
look_at_lay(const struct sheet *s)
{
	struct lay l = {0};
	double page = 0;
	for (size_t i = 0; i < s->doc->n_pages; i++) {
		const struct page *p = &s->doc->pages[i];
		page += p->width > 0 ? 1e6 * (double)p->height / p->width : 1.414e6;
	}
	for (size_t r = 0; r < s->n_rows; r++) {
		const struct row *row = &s->rows[r];
		for (uint32_t i = row->first; i < row->first + row->n; i++) {
			const struct segment *g = &s->segs[i];
			l.open_labels += is_open_label(s, row, i);
			l.aligned += is_aligned(s, g);
			l.covered += (double)((g->x1 - g->x0) * g->h);
			if (i > row->first) {
				float gap = g->x0 - s->segs[i - 1].x1;
				l.gaps++;
				l.wide_gaps += gap > 0.15f * (s->x1 - s->x0);
			}
		}
	}
	l.covered /= page > 0 ? page : 1;
	return l;
}

#define MOST_MEASURED 600

/* Letters that a full line would hold: some forty on a till's roll wherever it was laid, twice as many on a
 * sheet. */
static double
letters_across(const struct sheet *s)
{
	float width[MOST_MEASURED];
	size_t n = 0;
	for (size_t i = 0; i < s->n && n < MOST_MEASURED; i++)
		if (s->segs[i].len >= 6)
			width[n++] = (s->segs[i].x1 - s->segs[i].x0) / (float)s->segs[i].len;
	if (n == 0)
		return 0;
	qsort(width, n, sizeof *width, by_width);
	return fmin((double)((s->x1 - s->x0) / fmaxf(width[n / 2], 0.5f)), 300);
}

static struct shape
shape_of(const struct sheet *s)
{
	struct shape t = {0};
	for (size_t i = 0; i < s->n; i++)
		look_at(s, i, &t);
	return t;
}

void
kind_shape_brief(const struct reading *r, struct features *f)
{
	const struct sheet *s = r->sheet;
	const struct shape t = shape_of(s);
	double n = s->n ? (double)s->n : 1, words = t.words > 0 ? t.words : 1;
	feat(f, "labelled", t.labels / n);
	feat(f, "sentences", t.sentences / n);
	feat(f, "joints", t.joints / words);
	feat(f, "letters_across", letters_across(s));
}

void
kind_shape_features(const struct reading *r, struct features *f)
{
	const struct sheet *s = r->sheet;
	const struct shape t = shape_of(s);
	double n = s->n ? (double)s->n : 1, words = t.words > 0 ? t.words : 1;
	feat(f, "labelled", t.labels / n);
	feat(f, "labelled_count", log(t.labels + 1));
	feat(f, "colons_inside", t.colon_inside / n);
	feat(f, "blanks", t.blanks / n);
	feat(f, "boxes", log(t.boxes + 1));
	feat(f, "numbered", t.numbered / n);
	feat(f, "questions", log(t.questions + 1));
	feat(f, "sentences", t.sentences / n);
	feat(f, "bullets", t.bullets / n);
	feat(f, "capital_lines", t.capital_lines / n);
	feat(f, "years", log(t.years + 1));
	feat(f, "emails", log(t.emails + 1));
	feat(f, "joints", t.joints / words);
	feat(f, "greets", t.greets > 0);
	feat(f, "closes", t.closes > 0);
	feat(f, "starts_left", t.starts_left / n);
	feat(f, "longest_prose", log((double)longest_run(s) + 1));
	feat(f, "letters_across", letters_across(s));
	feat(f, "columns_begun", columns_begun(s));
	struct lay l = look_at_lay(s);
	feat(f, "open_labels", l.open_labels / n);
	feat(f, "open_labels_count", log(l.open_labels + 1));
	feat(f, "aligned", l.aligned / n);
	feat(f, "wide_gaps", l.gaps > 0 ? l.wide_gaps / l.gaps : 0);
	feat(f, "covered", fmin(l.covered, 1));
}
