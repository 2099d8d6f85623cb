#include "decode.h"

#include "own.h"

#include <math.h>

/* On a page of one alphabet a letter of the other is as unlikely: nats. */
#define FOREIGN (-3.0F)

/* Before a line that begins with a small letter a hyphen is as much likelier than a full stop: one line in
 * seven of a narrow column ends in the one, one in four hundred goes on behind the other. */
#define HYPHEN_ODDS 4.0F

/* A page with so many more letters of its own alphabet has few words of the other. */
#define MOSTLY 4

bool
decode_is_space(const struct weights *w, const struct letter *l)
{
	return w->alphabet[l->class][0] == ' ';
}

static bool
is_capital(const char *c)
{
	const uint8_t *p = (const uint8_t *)c;
	return (p[0] >= 'A' && p[0] <= 'Z') || (p[0] == 0xd0 && p[1] >= 0x81 && p[1] <= 0xaf);
}

static bool
is_small(const char *c)
{
	const uint8_t *p = (const uint8_t *)c;
	return (p[0] >= 'a' && p[0] <= 'z') || (p[0] == 0xd0 && p[1] >= 0xb0) || p[0] == 0xd1;
}

static bool
is_any_of(const struct weights *w, const struct letter *l, const char *const set[])
{
	for (; *set; set++)
		if (strcmp(w->alphabet[l->class], *set) == 0)
			return true;
	return false;
}

static bool
is_digit(const struct weights *w, const struct letter *l)
{
	return w->alphabet[l->class][0] >= '0' && w->alphabet[l->class][0] <= '9';
}

/* Drawn alike; Latin, then Cyrillic. */
static const char *const alike[][2] = {
    {"A", "А"}, {"B", "В"}, {"C", "С"}, {"E", "Е"}, {"H", "Н"}, {"K", "К"}, {"M", "М"},
    {"O", "О"}, {"P", "Р"}, {"T", "Т"}, {"X", "Х"}, {"Y", "У"}, {"a", "а"}, {"c", "с"},
    {"e", "е"}, {"o", "о"}, {"p", "р"}, {"x", "х"}, {"y", "у"},
};

enum script { NEITHER, LATIN, CYRILLIC };

int32_t
decode_class(const struct weights *w, const char *text)
{
	for (int32_t c = 1; c < w->classes; c++)
		if (strcmp(w->alphabet[c], text) == 0)
			return c;
	return 0;
}

/* Of 224 such lines of 157 receipts of SROIE 196 say what is not on the paper, of 721 of 149 forms 647. Marks
 * that stand low by nature are spared: on the receipts 19 of 20 are there. */
#define SPECK_LETTERS 2
#define SPECK_LOW     0.8F
#define SPECK_SURE    0.6F
#define SPECK_TINY    0.6F
#define SPECK_AS_READ 0.9F

bool
decode_is_speck(const struct weights *w, const struct letter *letters, size_t n, float height)
{
	float sure = 1;
	if (n > SPECK_LETTERS)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *c = w->alphabet[letters[i].class];
		if (strcmp(c, ":") == 0 || strcmp(c, "-") == 0)
			return false;
		sure = fminf(sure, letters[i].confidence);
	}
	return (height < SPECK_TINY && sure < SPECK_AS_READ) || (height < SPECK_LOW && sure < SPECK_SURE);
}

static enum script
script_of(const char *c, bool *ret_alike)
{
	const uint8_t *p = (const uint8_t *)c;
	*ret_alike = false;
	for (size_t i = 0; i < ARRAY_LEN(alike); i++)
		if (strcmp(alike[i][0], c) == 0 || strcmp(alike[i][1], c) == 0)
			*ret_alike = true;
	if ((p[0] | 0x20) >= 'a' && (p[0] | 0x20) <= 'z')
		return LATIN;
	if (p[0] == 0xc3 || p[0] == 0xc4 || p[0] == 0xc5)
		return LATIN;
	return p[0] == 0xd0 || p[0] == 0xd1 || p[0] == 0xd2 ? CYRILLIC : NEITHER;
}

void
decode_count(const struct weights *w, const struct letter *l, size_t n, struct decode_letters *count)
{
	for (size_t i = 0; i < n; i++) {
		bool both;
		enum script s = script_of(w->alphabet[l[i].class], &both);
		count->latin += s == LATIN && !both;
		count->cyrillic += s == CYRILLIC && !both;
	}
}

static void
lean(const struct weights *w, enum script away_from, float *ret)
{
	ret[0] = 0;
	for (int32_t c = 1; c < w->classes; c++) {
		bool both;
		enum script s = script_of(w->alphabet[c], &both);
		ret[c] = s == away_from && !both ? FOREIGN : 0;
	}
}

void
decode_lean_to_latin(const struct weights *w, float *ret)
{
	lean(w, CYRILLIC, ret);
}

static enum script
more_of(struct decode_letters n)
{
	return n.latin > n.cyrillic ? LATIN : n.cyrillic > n.latin ? CYRILLIC : NEITHER;
}

/* The alphabet that the letters with only one reading speak for. */
static enum script
vote(const struct weights *w, const struct letter *l, size_t n)
{
	struct decode_letters count = {0};
	decode_count(w, l, n, &count);
	return more_of(count);
}

/* The alphabet of most letters, those that may be of either as they were read. */
static enum script
vote_of_all(const struct weights *w, const struct letter *l, size_t n)
{
	struct decode_letters count = {0};
	for (size_t i = 0; i < n; i++) {
		bool both;
		enum script s = script_of(w->alphabet[l[i].class], &both);
		count.latin += s == LATIN;
		count.cyrillic += s == CYRILLIC;
	}
	return more_of(count);
}

static void
settle(const struct weights *w, struct letter *l, size_t n, enum script s)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(alike); k++) {
			const char *from = alike[k][s == LATIN], *to = alike[k][s != LATIN];
			int32_t c = strcmp(w->alphabet[l[i].class], from) == 0 ? decode_class(w, to) : 0;
			if (c)
				l[i].class = c;
		}
}

static bool
is_letter(const struct weights *w, const struct letter *l)
{
	bool both;
	return script_of(w->alphabet[l->class], &both) != NEITHER;
}

static bool
has_letters(const struct weights *w, const struct letter *l, size_t n, size_t least)
{
	for (size_t i = 0; i < n; i++)
		least -= least && is_letter(w, &l[i]);
	return least == 0;
}

void
decode_settle_script(const struct weights *w, struct letter *l, size_t n, struct decode_letters page)
{
	enum script line = vote(w, l, n);
	bool told = line != NEITHER;
	if (line == NEITHER)
		line = more_of(page);
	if (line == NEITHER)
		line = vote_of_all(w, l, n);
	for (size_t i = 0, j; i < n; i = j + 1) {
		for (j = i; j < n && !decode_is_space(w, &l[j]); j++)
			;
		enum script s = vote(w, l + i, j - i);
		if (s == NEITHER && page.cyrillic > MOSTLY * page.latin && has_letters(w, l + i, j - i, 4))
			s = CYRILLIC;                    /* "СУММА: 450 RUB" */
		if (s == NEITHER && (told || j - i > 1)) /* "2 x 3" has no alphabet */
			s = line;
		if (s != NEITHER)
			settle(w, l + i, j - i, s);
	}
}

/* Up to three letters, small ones among them, with nothing beside them but spaces and stops: "no", which is
 * misread, and not "RUB", ".ru" or "e-mail". */
static bool
is_short_word(const struct weights *w, const struct letter *l, size_t n, size_t from, size_t to)
{
	static const char *const stops[] = {".", ",", ":", ";", ")", NULL};
	size_t small = 0, behind = to + (to < n && is_any_of(w, &l[to], stops));
	for (size_t i = from; i < to; i++)
		small += is_small(w->alphabet[l[i].class]);
	return to - from <= 3 && small > 0 && (from == 0 || decode_is_space(w, &l[from - 1])) &&
	       (behind == n || decode_is_space(w, &l[behind]));
}

bool
decode_next_mixed(const struct weights *w, const struct letter *l, size_t n, size_t *from, size_t *to,
                  float *ret_lean)
{
	enum script line = vote(w, l, n);
	for (size_t i = *to, j; i < n; i = j) {
		if (!is_letter(w, &l[i])) {
			j = i + 1;
			continue;
		}
		struct decode_letters has = {0};
		for (j = i; j < n && is_letter(w, &l[j]); j++)
			;
		decode_count(w, l + i, j - i, &has);
		enum script s = has.latin && has.cyrillic ? more_of(has) : NEITHER;
		if ((has.latin && has.cyrillic && s == NEITHER) ||
		    (has.latin && line == CYRILLIC && is_short_word(w, l, n, i, j)))
			s = line;
		if (s == NEITHER)
			continue;
		lean(w, s == LATIN ? CYRILLIC : LATIN, ret_lean);
		*from = i;
		*to = j;
		return true;
	}
	return false;
}

/* Letters whose capital is the same shape, only taller: capital, small. */
static const char *const taller[][2] = {
    {"C", "c"}, {"O", "o"}, {"S", "s"}, {"V", "v"}, {"W", "w"}, {"X", "x"}, {"Z", "z"}, {"U", "u"},
    {"K", "k"}, {"В", "в"}, {"Г", "г"}, {"Д", "д"}, {"Ж", "ж"}, {"З", "з"}, {"И", "и"}, {"Й", "й"},
    {"К", "к"}, {"Л", "л"}, {"М", "м"}, {"Н", "н"}, {"О", "о"}, {"П", "п"}, {"С", "с"}, {"Т", "т"},
    {"У", "у"}, {"Х", "х"}, {"Ц", "ц"}, {"Ч", "ч"}, {"Ш", "ш"}, {"Щ", "щ"}, {"Ъ", "ъ"}, {"Ы", "ы"},
    {"Ь", "ь"}, {"Э", "э"}, {"Ю", "ю"}, {"Я", "я"},
};

bool
decode_ends_in_stop(const struct weights *w, const struct letter *l, size_t n)
{
	return n > 1 && strcmp(w->alphabet[l[n - 1].class], ".") == 0 &&
	       is_small(w->alphabet[l[n - 2].class]);
}

void
decode_mend_hyphen(const struct weights *w, struct letter *l, size_t n, float odds, const struct letter *next,
                   size_t n_next)
{
	int32_t hyphen = decode_class(w, "-");
	if (hyphen && n_next && odds > -HYPHEN_ODDS && decode_ends_in_stop(w, l, n) &&
	    is_small(w->alphabet[next[0].class]))
		l[n - 1].class = hyphen;
}

/* What stands before the form of a firm: nothing, an opening mark, or a space and no number. */
static bool
may_begin_firm(const struct weights *w, const struct letter *l, size_t at)
{
	static const char *const opening[] = {"(", "«", "\"", "“", "„", "/", ":", NULL};
	if (at == 0 || is_any_of(w, &l[at - 1], opening))
		return true;
	return decode_is_space(w, &l[at - 1]) && (at == 1 || !is_digit(w, &l[at - 2]));
}

static size_t
cyrillic_from(const struct weights *w, const struct letter *l, size_t n, size_t i, bool capitals)
{
	bool both;
	while (i < n && script_of(w->alphabet[l[i].class], &both) == CYRILLIC &&
	       (!capitals || is_capital(w->alphabet[l[i].class])))
		i++;
	return i;
}

/* A name in quotes, which a word of capitals may stand before, or one that has a capital and two letters
 * more. */
static bool
names_a_firm(const struct weights *w, const struct letter *l, size_t n)
{
	static const char *const quotes[] = {"«", "\"", "“", "„", "'", NULL};
	size_t i = n && decode_is_space(w, &l[0]), word = cyrillic_from(w, l, n, i, true);
	if (i > 0 && word > i + 1 && word + 1 < n && decode_is_space(w, &l[word]) &&
	    is_any_of(w, &l[word + 1], quotes))
		i = word + 1; /* "УК «Ель»" */
	bool quoted = i < n && is_any_of(w, &l[i], quotes);
	i += quoted;
	if (i >= n || (!quoted && i == 0) || !is_capital(w->alphabet[l[i].class]))
		return false;
	return cyrillic_from(w, l, n, i, false) - i > (quoted ? 0 : 2);
}

void
decode_mend_firm(const struct weights *w, struct letter *l, size_t n, struct decode_letters page)
{
	static const char *const round[] = {"0", "O", "О", NULL};
	int32_t o = decode_class(w, "О");
	for (size_t i = 0, j; o && page.cyrillic > page.latin && i < n; i = j) {
		size_t zeros = 0;
		for (j = i; j < n && is_any_of(w, &l[j], round); j++)
			zeros += is_digit(w, &l[j]);
		if (j == i) {
			j++;
			continue;
		}
		bool alone =
		    may_begin_firm(w, l, i) && (j == n || (!is_letter(w, &l[j]) && !is_digit(w, &l[j])));
		if (j - i == 3 && alone && (zeros < 3 || names_a_firm(w, l + j, n - j)))
			for (size_t k = i; k < j; k++)
				l[k].class = o;
	}
}

void
decode_mend_quotes(const struct weights *w, struct letter *l, size_t n)
{
	static const char *const closing[] = {">", NULL}, *const opening[] = {"«", NULL},
	                         *const closed[] = {"»", NULL};
	int32_t close = decode_class(w, "»");
	bool open = false;
	for (size_t i = 0; close && i < n; i++) {
		if (open && i > 0 && is_any_of(w, &l[i], closing) && !decode_is_space(w, &l[i - 1]))
			l[i].class = close;
		open = is_any_of(w, &l[i], opening) || (open && !is_any_of(w, &l[i], closed));
	}
}

int32_t
decode_other_mark(const struct weights *w, const struct letter *l)
{
	const char *c = w->alphabet[l->class];
	return strcmp(c, ".") == 0 ? decode_class(w, ",") : strcmp(c, ",") == 0 ? decode_class(w, ".") : 0;
}

void
decode_mend_decimals(const struct weights *w, struct letter *l, size_t n)
{
	for (size_t i = 0, j; i < n; i = j) {
		size_t marks = 0, at = 0;
		for (j = i; j < n && (is_digit(w, &l[j]) || (j > i && decode_other_mark(w, &l[j]))); j++)
			if (!is_digit(w, &l[j])) {
				marks++;
				at = j;
			}
		if (marks == 1 && at + 1 < j && l[at].odds > 0)
			l[at].class = decode_other_mark(w, &l[at]);
		j += j == i;
	}
}

bool
decode_is_capital(const struct weights *w, const struct letter *l)
{
	return is_capital(w->alphabet[l->class]);
}

int32_t
decode_other_case(const struct weights *w, const struct letter *l)
{
	for (size_t k = 0; k < ARRAY_LEN(taller); k++)
		for (size_t i = 0; i < 2; i++)
			if (strcmp(w->alphabet[l->class], taller[k][i]) == 0)
				return decode_class(w, taller[k][!i]);
	return 0;
}

void
decode_settle_tall_line(const struct weights *w, struct letter *l, size_t n)
{
	size_t small = 0;
	for (size_t i = 0; i < n; i++) {
		const char *c = w->alphabet[l[i].class];
		if (is_capital(c) || (is_small(c) && !decode_other_case(w, &l[i])))
			return;
		small += is_small(c);
	}
	for (size_t i = 0; small > 1 && i < n; i++) /* "2 x 3" tells nothing */
		if (is_small(w->alphabet[l[i].class]))
			l[i].class = decode_other_case(w, &l[i]);
}

/* A word's case is that of the letters whose shape tells it, or of most. Its first letter may be a capital
 * before small ones, but not small before capitals. */
static void
settle_word_case(const struct weights *w, struct letter *l, size_t n)
{
	size_t capitals = 0, small = 0, letters = 0, first = 0;
	while (first < n && !is_capital(w->alphabet[l[first].class]) &&
	       !is_small(w->alphabet[l[first].class]))
		first++;
	for (size_t i = first + 1; i < n; i++) {
		const char *c = w->alphabet[l[i].class];
		if (c[0] >= '0' && c[0] <= '9')
			return; /* a code: each letter stands for itself */
		size_t weight = decode_other_case(w, &l[i]) ? 1 : n + 1;
		capitals += is_capital(c) ? weight : 0;
		small += is_small(c) ? weight : 0;
		letters += is_capital(c) || is_small(c);
	}
	if (letters == 0 || (letters == 1 && capitals < n && small < n))
		return;
	bool to_small = small > capitals;
	for (size_t i = first + to_small; i < n; i++) {
		int32_t other = decode_other_case(w, &l[i]);
		if (other && is_small(w->alphabet[other]) == to_small)
			l[i].class = other;
	}
}

/* A space, or the hyphen of "Санкт-Петербург". */
static bool
ends_word(const struct weights *w, const struct letter *l, size_t n, size_t at)
{
	bool both;
	return decode_is_space(w, &l[at]) || (strcmp(w->alphabet[l[at].class], "-") == 0 && at + 1 < n &&
	                                      script_of(w->alphabet[l[at + 1].class], &both) == CYRILLIC);
}

void
decode_settle_case(const struct weights *w, struct letter *l, size_t n)
{
	for (size_t i = 0, j; i < n; i = j + 1) {
		for (j = i; j < n && !ends_word(w, l, n, j); j++)
			;
		settle_word_case(w, l + i, j - i);
	}
}
