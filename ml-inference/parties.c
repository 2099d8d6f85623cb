#include "parties.h"

#include "address_signs.h"
#include "fact_finder.h"
#include "text.h"

#include <math.h>

enum label_how { ALWAYS, ALONE, FORM };

static const struct label {
	const char *words;
	enum party_role role;
	enum label_how how;
} labels[] = {
#define X(words, role, how) {words, PARTY_##role, how},
#include "parties.tbl.h"
#undef X
};

/* `after`, where a value follows the label in its line; FORM: none does, whatever stands there. */
static size_t
label_end(const struct label *l, const struct segment *g)
{
	return l->how == FORM ? g->len : strlen(l->words);
}

/* "/ PASSENGER" before a colon, the same label in another tongue: how long; 0: none. */
static size_t
second_tongue(const char *rest)
{
	size_t n = strcspn(rest, ":0123456789");
	return rest[n] == ':' && n < 30 ? n : 0;
}

bool
party_label(const struct segment *g, size_t *after, enum party_role *role)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (g->upper[0] != labels[i].words[0])
			continue;
		size_t n = strlen(labels[i].words), k;
		if (strncmp(g->upper, labels[i].words, n) != 0 ||
		    (g->len > n && text_is_letter(text_decode(g->upper + n, g->len - n, &k))))
			continue;
		const char *rest = g->upper + n + strspn(g->upper + n, " ");
		size_t tongues = labels[i].how == ALONE && *rest == '/' ? second_tongue(rest) : 0;
		if (labels[i].how == ALONE && *rest && *rest != ':' && !tongues)
			continue;
		*after = tongues ? (size_t)(rest - g->upper) + tongues : label_end(&labels[i], g);
		*role = labels[i].role;
		return true;
	}
	return false;
}

/* Log-odds, set by hand: a word about a party is nearly always right, a place or a number mostly. */
#define LABELLED_FOR     3.0f
#define LABELLED_BY      2.0f
#define NAMED_AS_OFFICE  3.0f
#define ABOVE_THE_WINDOW 2.5f
#define IN_THE_WINDOW    3.0f
#define NUMBER_BELOW     1.0f /* the first, and half of it the second; the third where another has none */
#define CONTACT_BELOW    0.5f
#define BARE_BESIDE      3.0f

/* ---- labels ---- */

#define BESIDE_IT   50 /* thousandths of the page's width */
#define NAMESAKE    4  /* letters, at least */
#define HEAD_MOST   40 /* segments in which names are looked for, at most */
#define BLOCK_LINES 12
#define BLOCK_LOOKS 60 /* segments further on */
#define INDENT      25 /* thousandths of the page's width */

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

/* "To   MICROSOFT LTD" above a line that begins below "To". */
static bool
stands_beside(const struct sheet *s, uint32_t seg)
{
	return seg + 1 < s->n && s->segs[seg + 1].row == s->segs[seg].row &&
	       s->segs[seg + 1].x0 - s->segs[seg].x1 < BESIDE_IT;
}

/* "Client: MICROSOFT" speaks of "MICROSOFT LTD" wherever it stands. */
static void
weigh_namesakes(const struct sheet *s, uint32_t n, const char *name, float odds, float *ret)
{
	size_t len = strlen(name), k;
	for (uint32_t i = 0; i < s->n && i < n && len >= NAMESAKE; i++) {
		const struct segment *g = &s->segs[i];
		if (strncmp(g->upper, name, len) == 0 &&
		    (g->len == len || !text_is_letter(text_decode(g->upper + len, g->len - len, &k))))
			ret[i] = odds;
	}
}

static void
weigh_labels(const struct sheet *s, uint32_t n, float *ret)
{
	for (uint32_t seg = 0; seg < s->n && seg < n + BLOCK_LOOKS; seg++) {
		static const float says[] = {-LABELLED_FOR, -LABELLED_FOR, LABELLED_BY, LABELLED_BY,
		                             NAMED_AS_OFFICE};
		size_t after;
		enum party_role role;
		if (!party_label(&s->segs[seg], &after, &role))
			continue;
		after += strspn(s->segs[seg].upper + after, " :.-");
		if (after < s->segs[seg].len || role == PARTY_OFFICE) {
			if (role == PARTY_RECIPIENT)
				weigh_namesakes(s, n, s->segs[seg].upper + after, says[role], ret);
			if (seg < n)
				ret[seg] = says[role];
			continue;
		}
		if (seg >= n)
			continue;
		ret[seg] = -LABELLED_FOR; /* nobody is called so */
		uint32_t place[6];
		size_t places = block_of(s, seg, place, ARRAY_LEN(place));
		for (size_t b = 0; b < places; b++)
			if (place[b] < n)
				ret[place[b]] = says[role];
		if (role == PARTY_RECIPIENT && stands_beside(s, seg) && seg + 1 < n)
			ret[seg + 1] = says[role];
	}
}

/* ---- blocks: lines below each other that begin at the same place ---- */

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

/* What the block below a line tells of the one named there. */
struct block_tells {
	int numbers; /* lines with one for tax or bank */
	bool contact, home;
};

static struct block_tells
read_block(const struct sheet *s, const uint32_t *block, size_t lines)
{
	static const char *const numbers[] = {"VAT",   "GST",   "TAX ID", "TAX NO", "TAX REG", "ABN",
	                                      "BTW",   "KVK",   "UST-",   "UST.",   "STEUER",  "SIRET",
	                                      "TVA",   "P.IVA", "P. IVA", "NIF",    "IBAN",    "BIC",
	                                      "SWIFT", "ИНН",   "ОГРН",   "Р/С"},
	                         *const contacts[] = {"TEL", "PHONE", "FAX", "WWW.", "HTTP", "ТЕЛ"};
	struct block_tells t = {0};
	for (size_t i = 0; i < lines; i++) {
		const char *upper = s->segs[block[i]].upper;
		t.numbers += says_any(upper, numbers, ARRAY_LEN(numbers));
		t.contact |= says_any(upper, contacts, ARRAY_LEN(contacts)) || strchr(upper, '@');
		t.home |= i < 3 && address_signs_of(upper).place;
	}
	return t;
}

/* What stands below a block's postcode is no name. */
static void
note_below_place(const struct sheet *s, const uint32_t *block, size_t lines, bool ret[HEAD_MOST])
{
	bool place = false;
	for (size_t i = 0; i < lines && block[i] < HEAD_MOST; i++) {
		ret[block[i]] |= place;
		place |= address_signs_of(s->segs[block[i]].upper).place;
	}
}

/* Of the first lines. */
struct tellers {
	bool many[HEAD_MOST]; /* somebody with three numbers of his own, or more */
	bool bare[HEAD_MOST]; /* somebody with an address and nothing else, where another has so many */
};

/* A seller tells his numbers for tax and bank below his name, and how to reach him; of a buyer that is seldom
 * told: where somebody tells three of them, another with nothing but his address is the buyer. */
static void
weigh_numbers(const struct sheet *s, uint32_t n, float *ret, struct tellers *ret_who)
{
	bool below_place[HEAD_MOST] = {false}, some = false;
	struct tellers who = {0};
	for (uint32_t seg = 0; seg < s->n && seg < n && seg < HEAD_MOST; seg++) {
		uint32_t block[BLOCK_LINES];
		size_t lines = ret[seg] < 0 ? 0 : block_below(s, seg, 2.0f, block);
		const struct block_tells t = read_block(s, block, lines);
		note_below_place(s, block, lines, below_place);
		if (below_place[seg])
			continue;
		ret[seg] += (t.numbers ? NUMBER_BELOW : 0) + (t.numbers > 1 ? NUMBER_BELOW / 2 : 0) +
		            (t.contact ? CONTACT_BELOW : 0);
		who.many[seg] = t.numbers > 2;
		who.bare[seg] = t.home && t.numbers == 0 && !t.contact && ret[seg] >= 0;
		some |= who.many[seg];
	}
	if (some)
		*ret_who = who;
}

static void
weigh_bare(const struct sheet *s, uint32_t n, float *ret)
{
	struct tellers who = {0};
	bool any = false;
	weigh_numbers(s, n, ret, &who);
	for (uint32_t seg = 0; seg < HEAD_MOST; seg++)
		any |= who.bare[seg];
	for (uint32_t seg = 0; any && seg < HEAD_MOST; seg++)
		if (who.bare[seg])
			ret[seg] -= BARE_BESIDE;
		else if (who.many[seg])
			ret[seg] += NUMBER_BELOW;
}

static void
weigh_bare_homes(const struct sheet *s, uint32_t n, float *ret)
{
	struct tellers who = {0};
	float names[HEAD_MOST] = {0};
	uint32_t head = n < HEAD_MOST ? n : HEAD_MOST, block[BLOCK_LINES];
	weigh_numbers(s, head, names, &who);
	for (uint32_t seg = 0; seg < head; seg++) {
		size_t lines = who.bare[seg] ? block_below(s, seg, 2.0f, block) : 0;
		for (size_t i = 0; i < lines && i < 3; i++)
			if (block[i] < n && ret[block[i]] == 0)
				ret[block[i]] = -BARE_BESIDE;
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
	if (count_separators(g->text) < 2)
		return false;
	struct address_signs signs = address_signs_of(g->upper);
	return signs.street && signs.place;
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
	weigh_bare(r->sheet, n, ret);
	weigh_window(r->sheet, n, ret);
}

/* ---- whose address ---- */

#define ZONE_LINES 8
#define FLAT       2.0f /* log-odds: a flat is where somebody lives */
#define BY_ACCOUNT 1.5f

/* May `b` go on with what stands above it? Over a gap only until there was a postcode. */
static bool
is_near(const struct segment *above, const struct segment *b, size_t rows, bool place)
{
	float gap = (b->y0 - above->y1) / above->h;
	return gap <= (place ? 0.8f : rows == 0 ? 3.0f : 2.0f);
}

/* What a label speaks of: the lines below it or beside it, up to the end of an address, a wide gap or another
 * label. Where the lines are labels themselves ("Anschrift:") also what stands beside them. */
static size_t
zone_of(const struct sheet *s, uint32_t seg, bool bare, uint32_t ret[ZONE_LINES])
{
	const struct segment *g = &s->segs[seg], *last = g;
	float x0 = g->x0, x1 = g->x1;
	uint32_t places[6];
	bool beside = bare && ((block_of(s, seg, places, ARRAY_LEN(places)) == 1 && places[0] == seg + 1) ||
	                       stands_beside(s, seg));
	bool place = false;
	size_t n = 0, rows = 0, after;
	enum party_role role;
	for (uint32_t i = seg + 1; i < s->n && i < seg + BLOCK_LOOKS && n < ZONE_LINES; i++) {
		const struct segment *b = &s->segs[i];
		if (b->page != g->page)
			break;
		if (b->y0 < last->y0 + 0.5f * last->h) {
			bool value = b->row == last->row &&
			             (last == g ? beside && i == seg + 1 : ends_as_label(&s->segs[i - 1]));
			if (!value)
				continue;
			x1 = fmaxf(x1, b->x1);
		} else {
			if (b->x0 >= x1 || b->x1 <= x0)
				continue;
			if (!is_near(last, b, rows, place) || party_label(b, &after, &role))
				break;
			rows++;
			last = b;
		}
		place |= address_signs_of(b->upper).place;
		ret[n++] = i;
	}
	return n;
}

static void
weigh_zone(const struct sheet *s, uint32_t seg, bool bare, uint32_t n, float odds, float *ret)
{
	uint32_t zone[ZONE_LINES];
	size_t lines = zone_of(s, seg, bare, zone);
	if (!bare)
		ret[seg] = odds;
	for (size_t i = 0; i < lines; i++)
		if (zone[i] < n)
			ret[zone[i]] = odds;
}

/* "Ms D Farrow", "Herrn": whom a letter is for. "MR D.I.Y. (M) SDN BHD" is a shop. */
static bool
is_courtesy(const struct segment *g, bool *bare)
{
	static const char *const words[] = {"MR", "MRS", "MS", "MISS", "HERRN", "FRAU", "MME"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i]);
		if (strncmp(g->upper, words[i], n) != 0 || (g->len > n && !strchr(" .", g->upper[n])))
			continue;
		const char *name = g->upper + n + strspn(g->upper + n, ". ");
		*bare = !*name;
		return *bare || (g->len < 40 && !strpbrk(name, ".(0123456789:,"));
	}
	return false;
}

static void
weigh_zones(const struct sheet *s, uint32_t n, float *ret)
{
	static const char *const accounts[] = {"ЛИЦЕВОЙ СЧ",   "Л/С",     "ACCOUNT N", "CUSTOMER N",
	                                       "CUSTOMER REF", "KUNDENN", "АБОНЕНТ №"};
	for (uint32_t seg = 0; seg < s->n && seg < n; seg++) {
		static const float says[] = {-LABELLED_FOR, -LABELLED_FOR, LABELLED_BY, 0, 0};
		const struct segment *g = &s->segs[seg];
		size_t after;
		enum party_role role;
		bool bare;
		if (party_label(g, &after, &role) && role != PARTY_OFFICE) {
			after += strspn(g->upper + after, " :.-");
			weigh_zone(s, seg, after == g->len, n, says[role], ret);
		} else if (is_courtesy(g, &bare))
			weigh_zone(s, seg, bare, n, -LABELLED_FOR, ret);
		else if (says_any(g->upper, accounts, ARRAY_LEN(accounts)) && ret[seg] == 0) {
			uint32_t zone[ZONE_LINES];
			size_t lines = zone_of(s, seg, false, zone);
			for (size_t i = 0; i < lines && i < 3; i++)
				if (zone[i] < n && ret[zone[i]] == 0)
					ret[zone[i]] = -BY_ACCOUNT;
		}
	}
}

static void
weigh_flats(const struct sheet *s, uint32_t n, float *ret)
{
	for (uint32_t seg = 0; seg < s->n && seg < n; seg++) {
		size_t at = fact_after_label(s->segs[seg].upper, "КВ.");
		if (at == SIZE_MAX)
			continue;
		at += strspn(s->segs[seg].upper + at, " ");
		if (s->segs[seg].upper[at] >= '0' && s->segs[seg].upper[at] <= '9')
			ret[seg] = fminf(ret[seg], -FLAT);
	}
}

void
parties_weigh_homes(const struct reading *r, uint32_t n, float *ret)
{
	for (uint32_t i = 0; i < n; i++)
		ret[i] = 0;
	weigh_zones(r->sheet, n, ret);
	weigh_flats(r->sheet, n, ret);
	weigh_bare_homes(r->sheet, n, ret);
	weigh_window(r->sheet, n, ret);
}
