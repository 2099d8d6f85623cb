#include "parties.h"

#include "address_signs.h"
#include "fact_finder.h"
#include "text.h"

#include <math.h>

enum label_how { ALWAYS, ALONE };

static const struct label {
	const char *words;
	enum party_role role;
	enum label_how how;
} labels[] = {
#define X(words, role, how) {words, PARTY_##role, how},
#include "parties.tbl.h"
#undef X
};

bool
party_label(const struct segment *g, size_t *after, enum party_role *role)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t n = strlen(labels[i].words), k;
		if (g->upper[0] != labels[i].words[0] || strncmp(g->upper, labels[i].words, n) != 0 ||
		    (g->len > n && text_is_letter(text_decode(g->upper + n, g->len - n, &k))))
			continue;
		const char *rest = g->upper + n + strspn(g->upper + n, " ");
		if (labels[i].how == ALONE && *rest && *rest != ':')
			continue;
		*after = n;
		*role = labels[i].role;
		return true;
	}
	return false;
}

/* Log-odds, set by hand: a word about a party is nearly always right, a place or a number mostly. */
#define LABELLED_FOR     3.0f
#define LABELLED_BY      2.0f
#define NAMED_AS_OFFICE  2.0f
#define ABOVE_THE_WINDOW 2.5f
#define IN_THE_WINDOW    3.0f
#define NUMBER_BELOW     1.0f /* the first, and half of it the second */
#define CONTACT_BELOW    0.5f

/* ---- labels ---- */

static bool
ends_as_label(const struct segment *g)
{
	return g->len > 0 && g->text[g->len - 1] == ':';
}

/* What a label at the head of a block or of a row speaks of: below it, or beside it where labels stand in a
 * column. */
static size_t
block_of(const struct sheet *s, uint32_t seg, uint32_t *ret, size_t cap)
{
	const struct segment *g = &s->segs[seg];
	size_t n = fact_below(s, seg, ret, cap);
	bool beside = seg + 1 < s->n && s->segs[seg + 1].row == g->row;
	bool stacked = n > 0 && ends_as_label(g) && ends_as_label(&s->segs[ret[0]]);
	bool russian = (uint8_t)g->upper[0] >= 0x80;
	if (beside && (n == 0 || stacked || russian)) {
		ret[0] = seg + 1;
		n = 1;
	}
	return n;
}

static void
weigh_labels(const struct sheet *s, uint32_t n, float *ret)
{
	for (uint32_t seg = 0; seg < s->n && seg < n; seg++) {
		static const float says[] = {-LABELLED_FOR, -LABELLED_FOR, LABELLED_BY, NAMED_AS_OFFICE};
		size_t after;
		enum party_role role;
		if (!party_label(&s->segs[seg], &after, &role))
			continue;
		after += strspn(s->segs[seg].upper + after, " :.-");
		if (after < s->segs[seg].len || role == PARTY_OFFICE) {
			ret[seg] = says[role];
			continue;
		}
		ret[seg] = -LABELLED_FOR; /* nobody is called so */
		uint32_t place[6];
		size_t places = block_of(s, seg, place, ARRAY_LEN(place));
		for (size_t b = 0; b < places; b++)
			if (place[b] < n)
				ret[place[b]] = says[role];
	}
}

/* ---- blocks: lines below each other that begin at the same place ---- */

#define BLOCK_LINES 12
#define BLOCK_LOOKS 60 /* segments further on */
#define INDENT      25 /* thousandths of the page's width */

/* The lines of the block that segment `seg` begins, itself not counted. */
static size_t
block_below(const struct sheet *s, uint32_t seg, float gap, uint32_t ret[BLOCK_LINES])
{
	const struct segment *last = &s->segs[seg];
	size_t n = 0;
	for (uint32_t i = seg + 1; i < s->n && i < seg + BLOCK_LOOKS && n < BLOCK_LINES; i++) {
		const struct segment *g = &s->segs[i];
		if (g->page != last->page || fabsf(g->x0 - last->x0) > INDENT ||
		    g->y0 < last->y0 + 0.5f * last->h)
			continue;
		if (g->y0 - last->y1 > gap * last->h)
			break;
		ret[n++] = i;
		last = g;
	}
	return n;
}

static bool
says_any(const char *upper, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fact_after_label(upper, words[i]) != SIZE_MAX)
			return true;
	return false;
}

/* A seller tells his numbers for tax and bank below his name, and how to reach him; of a buyer that is seldom
 * told. */
static void
weigh_numbers(const struct sheet *s, uint32_t n, float *ret)
{
	static const char *const numbers[] = {"VAT",   "GST",   "TAX ID", "TAX NO", "TAX REG", "ABN",
	                                      "BTW",   "KVK",   "UST-",   "UST.",   "STEUER",  "SIRET",
	                                      "TVA",   "P.IVA", "P. IVA", "NIF",    "IBAN",    "BIC",
	                                      "SWIFT", "ИНН",   "ОГРН",   "Р/С"},
	                         *const contacts[] = {"TEL", "PHONE", "FAX", "WWW.", "HTTP", "ТЕЛ"};
	for (uint32_t seg = 0; seg < s->n && seg < n; seg++) {
		uint32_t block[BLOCK_LINES];
		size_t lines = ret[seg] < 0 ? 0 : block_below(s, seg, 2.0f, block);
		int told = 0;
		bool contact = false;
		for (size_t i = 0; i < lines; i++) {
			const char *upper = s->segs[block[i]].upper;
			told += says_any(upper, numbers, ARRAY_LEN(numbers));
			contact |= says_any(upper, contacts, ARRAY_LEN(contacts)) || strchr(upper, '@');
		}
		ret[seg] += (told ? NUMBER_BELOW : 0) + (told > 1 ? NUMBER_BELOW / 2 : 0) +
		            (contact ? CONTACT_BELOW : 0);
	}
}

/* ---- a letter's window ---- */

static int
count_separators(const char *t)
{
	static const char *const marks[] = {" - ", ", ", " | ", " · ", " • ", " – ", " * "};
	int n = 0;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		for (const char *p = t; (p = strstr(p, marks[i])); p += strlen(marks[i]))
			n++;
	return n;
}

/* "Quality AG - Uferweg 40 - D-63571 Gelnhausen" */
static bool
is_return_line(const struct segment *g)
{
	struct address_signs signs = address_signs_of(g->upper);
	return count_separators(g->text) >= 2 && signs.street && signs.place;
}

/* The lines of a recipient's name and address below a return line; 0: there are none. */
static size_t
addressee(const struct sheet *s, uint32_t seg, uint32_t ret[1 + BLOCK_LINES])
{
	uint32_t below[BLOCK_LINES];
	if (block_below(s, seg, 9, below) == 0)
		return 0;
	const struct segment *small = &s->segs[seg], *name = &s->segs[below[0]];
	size_t n = 1 + block_below(s, below[0], 2, ret + 1);
	ret[0] = below[0];
	bool postcode = small->h < 0.85f * name->h; /* small print: an address abroad may have none */
	for (size_t i = 1; i < n; i++)
		postcode |= address_signs_of(s->segs[ret[i]].upper).place;
	bool fits = n >= 3 && n <= 7 && name->h > 0.95f * small->h && !strpbrk(name->text, "0123456789:");
	return fits && postcode ? n : 0;
}

/* The sender's address in one line above the recipient's in lines, as both show through a letter's window. */
static void
weigh_window(const struct sheet *s, uint32_t n, float *ret)
{
	for (uint32_t seg = 0; seg < s->n && seg < n; seg++) {
		uint32_t block[1 + BLOCK_LINES];
		size_t lines = is_return_line(&s->segs[seg]) ? addressee(s, seg, block) : 0;
		for (size_t i = 0; i < lines; i++)
			if (block[i] < n)
				ret[block[i]] = -IN_THE_WINDOW;
		if (lines == 0)
			continue;
		ret[seg] = ABOVE_THE_WINDOW;
		return;
	}
}

void
parties_weigh(const struct reading *r, uint32_t n, float *ret)
{
	for (uint32_t i = 0; i < n; i++)
		ret[i] = 0;
	weigh_labels(r->sheet, n, ret);
	weigh_numbers(r->sheet, n, ret);
	weigh_window(r->sheet, n, ret);
}
