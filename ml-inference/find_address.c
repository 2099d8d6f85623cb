/* The seller's address: a run of lines that the line model takes for one. */
#include "address_signs.h"
#include "candidates.h"
#include "parties.h"
#include "patterns.h"
#include "text.h"

#include <math.h>

#define MAX_SEGMENTS 500
#define LEAST_P      0.04f
#define WHOLE_LINE   3.0f /* log-odds for an address that is one */
#define HEAD_LINES   6
#define UNFINISHED                                                                               \
	2.0f /* log-odds against an address of which the next line or the one above has the rest \
	      */

static double
log_odds(float p)
{
	double q = p < 1e-3f ? 1e-3 : p > 0.999f ? 0.999 : (double)p;
	return log(q / (1 - q));
}

static float
p_at(const struct reading *r, int64_t i)
{
	return i >= 0 && i < (int64_t)r->sheet->n ? r->line_p[i][LINE_ADDRESS] : 0;
}

#define LOOKED_ABOVE 60 /* segments from the top */

/* What the segments before one say of where it stands. A seller's address follows its name; below a title, a
 * telephone or a second name it is more often the buyer's. */
struct above {
	int names, titles, phones, labels, first_name, last_name;
};

/* ret[i]: above segment i, and above all that come after LOOKED_ABOVE. */
static void
look_above(const struct sheet *s, struct above ret[LOOKED_ABOVE + 1])
{
	struct above a = {.first_name = -1, .last_name = -1};
	for (int i = 0; i < LOOKED_ABOVE; i++) {
		ret[i] = a;
		if (i >= (int)s->n)
			continue;
		const char *c = s->segs[i].canon;
		if (strstr(c, "BHD") || pattern_in(PATTERN_LEGAL_END, c)) {
			a.names++;
			a.last_name = i;
			if (a.first_name < 0)
				a.first_name = i;
		}
		a.titles += strstr(c, "INVOICE") || strstr(c, "RECEIPT") || strstr(c, "BILL");
		a.phones += text_has_word(c, "TEL") || text_has_word(c, "FAX") || text_has_word(c, "PHONE");
		a.labels += strchr(c, ':') != NULL;
	}
	ret[LOOKED_ABOVE] = a;
}

static void
feat_above(struct features *f, const struct above *a, int i)
{
	feat(f, "names_above", a->names);
	feat(f, "second_name_above", a->names > 1 && a->titles > 0);
	feat(f, "titles_above", a->titles);
	feat(f, "phones_above", a->phones);
	feat(f, "labels_above", a->labels);
	feat(f, "from_first_name", a->first_name < 0 ? -1 : i - a->first_name);
	feat(f, "from_last_name", a->last_name < 0 ? -1 : i - a->last_name);
}

/* What is asked of lines again and again, by many candidates. */
struct lines {
	struct above above[LOOKED_ABOVE + 1];
	struct head_signs *head;     /* of each segment, read as asked */
	struct address_signs *signs; /* of each of the first MAX_SEGMENTS */
	float *prior;                /* of them, too */
};

static struct address_signs
signs_at(const struct reading *r, const struct lines *l, int64_t i)
{
	bool in = i >= 0 && i < (int64_t)r->sheet->n && i < MAX_SEGMENTS;
	return in ? l->signs[i] : (struct address_signs){0};
}

static bool
is_like_address(const struct reading *r, const struct lines *l, uint32_t i)
{
	const struct address_signs s = signs_at(r, l, i);
	return p_at(r, i) >= LEAST_P || s.street || s.place;
}

static void
feat_signs(struct features *f, const struct reading *r, const struct lines *l, const struct passage *run)
{
	int streets = 0, places = 0;
	uint32_t first = run->at[0], last = run->at[run->n - 1];
	for (uint32_t k = 0; k < run->n; k++) {
		streets += signs_at(r, l, run->at[k]).street;
		places += signs_at(r, l, run->at[k]).place;
	}
	feat(f, "streets", streets);
	feat(f, "places", places);
	feat(f, "first_street", signs_at(r, l, first).street);
	feat(f, "last_place", signs_at(r, l, last).place);
	feat(f, "street_before", signs_at(r, l, (int64_t)first - 1).street);
	feat(f, "place_after", signs_at(r, l, (int64_t)last + 1).place);
}

static void
feat_run(struct features *f, const struct reading *r, const struct above *above, const struct passage *run)
{
	const struct sheet *s = r->sheet;
	uint32_t i = run->at[0], j = run->at[run->n - 1];
	double sum = 0, lo = 1e9, hi = -1e9, out_max = -1e9, out_sum = 0, gap = 0;
	for (uint32_t k = 0; k < run->n; k++) {
		double l = log_odds(p_at(r, run->at[k]));
		sum += l;
		lo = fmin(lo, l);
		hi = fmax(hi, l);
		if (k + 1 < run->n)
			gap = fmax(gap, s->segs[run->at[k + 1]].y0 - s->segs[run->at[k]].y1);
	}
	for (int64_t k = (int64_t)i - 3; k <= (int64_t)j + 3; k++) {
		if (k < 0 || k >= (int64_t)s->n || (k >= i && k <= j))
			continue;
		double l = log_odds(p_at(r, k));
		out_max = fmax(out_max, l);
		out_sum += l;
	}
	const struct segment *a = &s->segs[i], *b = &s->segs[j];
	float w = fmaxf(1, s->x1 - s->x0);
	feat(f, "segments", run->n);
	feat(f, "rows", b->row - a->row + 1);
	feat(f, "odds_sum", sum);
	feat(f, "odds_least", lo);
	feat(f, "odds_most", hi);
	feat(f, "odds_mean", sum / run->n);
	feat(f, "odds_outside_most", out_max < -1e8 ? -7 : out_max);
	feat(f, "odds_outside_sum", out_sum);
	feat(f, "odds_before", i ? log_odds(p_at(r, (int64_t)i - 1)) : -7);
	feat(f, "odds_after", j + 1 < s->n ? log_odds(p_at(r, (int64_t)j + 1)) : -7);
	float before = 0, after = 0, name = 0;
	int64_t name_at = 0;
	for (int64_t k = 0; k < (int64_t)s->n && k < 60; k++) {
		if (k < (int64_t)i - 3)
			before = fmaxf(before, p_at(r, k));
		if (k > (int64_t)j + 3)
			after = fmaxf(after, p_at(r, k));
		if (k < 22 && r->line_p[k][LINE_MERCHANT] > name) {
			name = r->line_p[k][LINE_MERCHANT];
			name_at = k;
		}
	}
	int dates = 0;
	for (size_t k = 0; k < r->n_dates; k++)
		dates += r->dates[k].seg < i;
	/* a second block of an address belongs to the buyer more often than to the seller */
	feat(f, "p_earlier", before);
	feat(f, "p_later", after);
	feat(f, "from_name", (double)((int64_t)i - name_at));
	feat(f, "dates_above", dates);
	feat_above(f, &above[i < LOOKED_ABOVE ? i : LOOKED_ABOVE], (int)i);
	feat(f, "gap_inside", gap / s->median_h);
	feat(f, "gap_above", i ? (a->y0 - s->segs[i - 1].y1) / s->median_h : -1);
	feat(f, "gap_below", j + 1 < s->n ? (s->segs[j + 1].y0 - b->y1) / s->median_h : -1);
	feat(f, "middles_apart", fabsf(a->x0 + a->x1 - b->x0 - b->x1) / w);
	feat(f, "lefts_apart", fabsf(a->x0 - b->x0) / w);
	feat(f, "heights", a->h / b->h);
}

/* The first letter, digit, bracket or # from `from` on: a mark before an address is no part of it. */
static size_t
behind_marks(const char *upper, size_t from, size_t to)
{
	while (from < to) {
		size_t k;
		uint32_t c = text_decode(upper + from, to - from, &k);
		if (text_is_letter(c) || (c < 128 && (text_is_digit((char)c) || strchr("(#", (int)c))))
			break;
		from += k;
	}
	return from;
}

static bool
is_cyrillic(const char *s)
{
	return (uint8_t)*s == 0xD0 || (uint8_t)*s == 0xD1;
}

/* Behind what a picture beside a Russian street was read as: "0 УЛ. ВАВИЛОВА", "V УЛ. ВАВИЛОВА". */
static size_t
street_begin(const char *upper, size_t from, size_t to)
{
	static const char *const kinds[] = {"УЛ.",  "УЛИЦА ", "ПР.", "ПР-Т", "ПРОСПЕКТ ",
	                                    "ПЕР.", "НАБ.",   "ПЛ.", "Г."};
	const char *s = upper + from;
	size_t skip = strcspn(s, " ");
	if (skip == 0 || skip > 2 || from + skip + 1 >= to)
		return from;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(s + skip + 1, kinds[i], strlen(kinds[i])) == 0)
			return from + skip + 1;
	return from;
}

/* Where a Russian address ends and the same follows in Latin letters: "..., МОСКВА, 117312 19 VAVILOVA ST,
 * MOSCOW"; `to`: it does not. */
static size_t
tongue_end(const char *upper, size_t from, size_t to)
{
	size_t last = 0, latin = 0;
	for (size_t i = from; i < to; i++) {
		if (is_cyrillic(upper + i)) {
			last = i + 2;
			latin = 0;
		}
		latin += upper[i] >= 'A' && upper[i] <= 'Z';
	}
	if (last < from + 30 || latin < 8)
		return to;
	size_t postcode = last + strcspn(upper + last, "0123456789"),
	       n = strspn(upper + postcode, "0123456789"),
	       end = postcode - last <= 3 && n == 6 ? postcode + n : last;
	return end < to ? end : to;
}

/* A telephone's number that ends the line: behind a plus, a bracket or a nought, and longer than a postcode.
 */
static size_t
number_begin(const char *upper, size_t from, size_t to)
{
	static const char marks[] = "0123456789+()-/. ";
	size_t begin = to;
	while (begin > from && strchr(marks, upper[begin - 1]))
		begin--;
	for (size_t i = begin; i < to; i++) {
		size_t digits = 0;
		if ((i > from && upper[i - 1] != ' ') || !strchr("+(0", upper[i]))
			continue;
		for (size_t k = i; k < to; k++)
			digits += text_is_digit(upper[k]);
		if (digits >= 9 && digits <= 13)
			return i;
	}
	return to;
}

/* Where it ends and what else a head tells begins: how to reach somebody, numbers for tax. */
static size_t
contact_begin(const char *upper, size_t from, size_t to)
{
	static const char *const words[] = {
	    "ТЕЛ",      "ФАКС",        "ИНН",           "ОГРН", "ЛИЦЕНЗИЯ", "ПРИЕМНАЯ",
	    "ПРИЁМНАЯ", "БУХГАЛТЕРИЯ", "ДИСПЕТЧЕРСКАЯ", "TELE", "TELEFON",  "VAT",
	    "GSTIN",    "EMAIL",       "E-MAIL",        "WWW",  "HTTP",     "HTTPS"};
	for (size_t at = from + 9; at < to; at++) {
		char before = upper[at - 1];
		if (before != ' ' && before != ',' && before != ';')
			continue;
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			size_t n, after;
			if (words[i][0] != upper[at] || words[i][1] != upper[at + 1])
				continue;
			n = strlen(words[i]);
			if (strncmp(upper + at, words[i], n) == 0 &&
			    !text_is_letter(text_decode(upper + at + n, strlen(upper + at + n), &after)))
				return at;
		}
	}
	return number_begin(upper, from + 9 < to ? from + 9 : to, to);
}

/* "Suite 528" below "6332 Business Drive": no address begins within a house. */
static bool
begins_within(const struct reading *r, const struct lines *l, uint32_t first)
{
	static const char *const parts[] = {"SUITE ", "STE ",  "STE. ",  "UNIT ", "FLAT ",
	                                    "APT ",   "APT. ", "FLOOR ", "ROOM "};
	const struct sheet *s = r->sheet;
	const char *upper = s->segs[first].upper;
	bool part = false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		part |= strncmp(upper, parts[i], strlen(parts[i])) == 0;
	if (!part || first == 0 || !signs_at(r, l, (int64_t)first - 1).street)
		return false;
	const struct segment *g = &s->segs[first], *up = &s->segs[first - 1];
	return up->page == g->page && up->row + 1 == g->row && g->y0 - up->y1 < 1.5f * g->h;
}

/* "DE" between street and postcode, as forms for machines print it, is no part of the address as people write
 * it. Only between numbers: "WILMINGTON DE 19801" is in Delaware. */
static bool
is_country_code(const char *s)
{
	/* "153 Victoria Street GB SW1B 3BN London" */
	if (strncmp(s, " GB ", 4) == 0 && address_signs_of(s + 4).place)
		return true;
	static const char *const codes[] = {"DE", "AT", "CH", "NL", "BE", "FR", "ES", "IT", "PL", "DK"};
	if (!text_is_digit(s[-1]) || s[0] != ' ' || !s[1] || !s[2] || s[3] != ' ' ||
	    strspn(s + 4, "0123456789") < 4)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (memcmp(s + 1, codes[i], 2) == 0)
			return true;
	return false;
}

static char *
without_country_code(const char *s, size_t n, struct arena *mem)
{
	char *t = arena_strndup(mem, s, n);
	for (size_t i = 1; t && i < n; i++)
		if (is_country_code(t + i)) {
			memmove(t + i, t + i + 3, n - i - 3 + 1);
			break;
		}
	return t;
}

/* Whose address it is, as far as that is known: log-odds. */
static float
known_of(const struct lines *l, const struct passage *run)
{
	float least = 0, most = 0;
	for (uint32_t k = 0; k < run->n; k++) {
		float p = run->at[k] < MAX_SEGMENTS ? l->prior[run->at[k]] : 0;
		least = fminf(least, p);
		most = fmaxf(most, p);
	}
	return least < 0 ? least : most;
}

/* "14 Harbour Street, Whitby YO21 3PU" at a paper's head: a whole address in a line, of a country that the
 * line model knows nothing of. */
static bool
is_whole_line(const struct reading *r, const struct lines *l, const struct passage *run)
{
	const struct address_signs s = signs_at(r, l, run->at[0]);
	return run->n == 1 && run->at[0] < HEAD_LINES && s.street && s.place && p_at(r, run->at[0]) < 0.5f;
}

/* "..., WILAYAH PERSEKUTUAN KUALA": no address ends in what only begins a name. */
static bool
ends_in_a_beginning(const char *upper, size_t from, size_t to)
{
	static const char *const words[] = {"JALAN", "JLN", "LORONG",  "TAMAN", "BANDAR", "KAMPUNG", "KUALA",
	                                    "SERI",  "LOT", "SEKSYEN", "RUE",   "CALLE",  "VIA"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i]);
		if (to > from + n && upper[to - n - 1] == ' ' && memcmp(upper + to - n, words[i], n) == 0)
			return true;
	}
	return false;
}

/* "ул. Мясницкая, д." and below it "24": the house's number, NULL: none. */
static const struct segment *
house_below(const struct sheet *s, uint32_t last, const char *upper, size_t from, size_t to)
{
	static const char house[] = " Д.";
	size_t n = sizeof house - 1;
	if (to < from + n || memcmp(upper + to - n, house, n) != 0 || last + 1 >= s->n)
		return NULL;
	const struct segment *g = &s->segs[last + 1], *up = &s->segs[last];
	bool below = g->page == up->page && g->row == up->row + 1 && g->y0 - up->y1 < up->h;
	return below && g->len <= 6 && text_is_digit(g->text[0]) ? g : NULL;
}

static enum err
add_candidate(const struct reading *r, const struct lines *l, const struct passage *run, struct arena *mem,
              struct candidates *all, struct buf *names, struct why *why)
{
	const struct sheet *s = r->sheet;
	uint32_t i = run->at[0], j = run->at[run->n - 1];
	struct candidate c = {0};
	const char *upper, *text;
	TRY(passage_text(s, run, true, mem, &upper, why));
	TRY(passage_text(s, run, false, mem, &text, why));
	size_t from = 0, to = strlen(upper), a, b;
	if (pattern_match(PATTERN_ADDRESS_HEAD, upper, 1, &a, &b))
		from = b;
	if (pattern_match(PATTERN_PHONE_TAIL, upper + from, 1, &a, &b) && a > 8)
		to = from + a;
	from = street_begin(upper, behind_marks(upper, from, to), to);
	to = tongue_end(upper, from, to);
	while (to > from && upper[to - 1] == ' ')
		to--;
	if (to - from < 9) {
		from = 0;
		to = strlen(upper);
	}
	struct features f;
	if (!candidates_begin(all, mem, &f, names))
		return ERR_NONE;
	const struct head_signs *first = head_signs_at(l->head, s, i), *last = head_signs_at(l->head, s, j),
	                        *prev = head_signs_at(l->head, s, (int64_t)i - 1),
	                        *next = head_signs_at(l->head, s, (int64_t)j + 1);
	feat_geometry(&f, "first", s, i);
	feat_geometry(&f, "last", s, j);
	feat_run(&f, r, l->above, run);
	feat_signs(&f, r, l, run);
	feat(&f, "length", (double)(to - from));
	feat_line_p(&f, "prev2", r, (int64_t)i - 2);
	feat_line_p(&f, "prev", r, (int64_t)i - 1);
	feat_line_p(&f, "first", r, i);
	feat_line_p(&f, "last", r, j);
	feat_line_p(&f, "next", r, (int64_t)j + 1);
	feat_line_p(&f, "next2", r, (int64_t)j + 2);
	feat_patterns(&f, "prev", prev);
	feat_patterns(&f, "first", first);
	feat_patterns(&f, "last", last);
	feat_patterns(&f, "next", next);
	feat_head_words(&f, "first", first);
	feat_head_words(&f, "last", last);
	feat_head_words(&f, "next", next);
	feat_head_words(&f, "prev", prev);
	feat(&f, "state_last", pattern_in(PATTERN_STATE_WORD, segment_canon(s, j)));
	feat(&f, "state_next", pattern_in(PATTERN_STATE_WORD, segment_canon(s, (int64_t)j + 1)));
	int postcodes = 0;
	for (uint32_t k = 0; k < run->n; k++)
		postcodes += (int)head_signs_at(l->head, s, run->at[k])->patterns[0];
	feat(&f, "postcodes", postcodes);
	ARENA_TRY(c.text, without_country_code(text + from, to - from, mem), mem, why);
	bool within = begins_within(r, l, i);
	c.prior = known_of(l, run) + (is_whole_line(r, l, run) && !within ? WHOLE_LINE : 0) -
	          (within || ends_in_a_beginning(upper, from, to) ? UNFINISHED : 0);
	place_range(s, run, from, to, &c);
	feat(&f, "word_confidence", c.confidence);
	feat_paper(&f, r);
	size_t own = contact_begin(upper, from, to);
	while (own > from && own < to && strchr(" ,;", upper[own - 1]))
		own--;
	if (own < to) {
		place_range(s, run, from, own, &c);
		ARENA_TRY(c.said, without_country_code(text + from, own - from, mem), mem, why);
	}
	const struct segment *house = house_below(s, j, upper, from, own);
	if (house && c.n_places < ARRAY_LEN(c.places)) {
		c.places[c.n_places++] = (struct place){j + 1, 0, house->len};
		ARENA_TRY(c.said, arena_printf(mem, "%.*s %s", (int)(own - from), text + from, house->text),
		          mem, why);
	}
	candidates_end(all, &c, &f);
	return ERR_NONE;
}

/* Half of the run's lines, at least, must look like an address. */
static bool
plausible(const struct reading *r, const struct lines *l, const struct passage *run)
{
	uint32_t good = 0;
	for (uint32_t k = 0; k < run->n; k++)
		good += is_like_address(r, l, run->at[k]);
	return run->n <= 2 || 2 * good >= run->n;
}

enum err
find_address(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
             struct why *why)
{
	const struct sheet *s = r->sheet;
	uint32_t n = (uint32_t)(s->n < MAX_SEGMENTS ? s->n : MAX_SEGMENTS);
	struct lines l;
	ARENA_TRY(l.head, arena_array(mem, s->n + 1, sizeof *l.head), mem, why);
	ARENA_TRY(l.signs, arena_array(mem, n + 1, sizeof *l.signs), mem, why);
	ARENA_TRY(l.prior, arena_array(mem, n + 1, sizeof *l.prior), mem, why);
	parties_weigh_homes(r, n, l.prior);
	look_above(s, l.above);
	for (uint32_t i = 0; i < n; i++)
		l.signs[i] = address_signs_of(s->segs[i].upper);
	for (uint32_t i = 0; i < n; i++) {
		if (!is_like_address(r, &l, i))
			continue;
		struct passage run = passage_begin(s, i);
		do {
			if (is_like_address(r, &l, run.at[run.n - 1]) && plausible(r, &l, &run))
				TRY(add_candidate(r, &l, &run, mem, ret, names, why));
		} while (passage_extend(s, &run));
	}
	return ERR_NONE;
}
