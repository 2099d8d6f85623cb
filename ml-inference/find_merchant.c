/* The seller's name: one to three lines near the top, whole or without what is stuck to a name. */
#include "candidates.h"
#include "parties.h"
#include "patterns.h"
#include "text.h"
#include "words.h"

#include <math.h>

#define HEAD_SEGMENTS 22
#define TAIL          2.0f /* log-odds against words of everybody's that go on from the line above */
#define OWN_LETTER    2.0f /* against a name without the letter before it where no picture was read */
#define UNFINISHED    4.0f /* against what goes on, were it an office */
#define A_PLACE       1.5f
#define A_TITLE       4.0f /* against a paper's title */
#define TWICE         2.0f /* against a name with what its picture was read as before it */
#define MID_SENTENCE  2.0f
#define THE_TERMINALS 5.0f /* against the bank that a card's terminal belongs to */
#define SLIP_MOST     40   /* segments of a slip of paper */
#define MAX_NAME      90   /* bytes, twice that where letters take two */

enum cut {
	CUT_NONE,
	CUT_REGISTRATION,
	CUT_BRACKET,
	CUT_LEGAL,
	CUT_OWNER,
	CUT_NUMBERS,
	CUT_ADDRESS,
	CUT_LABEL,
	CUT_MARK,
	CUT_COUNT
};
static const char *const cut_names[CUT_COUNT] = {"cut_none",       "cut_registration", "cut_bracket",
                                                 "cut_legal_form", "cut_owner",        "cut_numbers",
                                                 "cut_address",    "cut_label",        "cut_mark"};

struct variant {
	enum cut cut;
	size_t from, to;
};

static void
add_variant(struct variant *v, size_t *n, const char *t, enum cut cut, size_t from, size_t to)
{
	while (from < to && strchr(" ,:-", t[from]))
		from++;
	while (to > from && strchr(" ,:-", t[to - 1]))
		to--;
	if (to - from < 4)
		return;
	for (size_t i = 0; i < *n; i++)
		if (v[i].from == from && v[i].to == to)
			return;
	v[(*n)++] = (struct variant){cut, from, to};
}

/* Where the numbers of a Russian firm begin behind its name, as on invoices: "ООО «Ель», ИНН 77...". */
static size_t
numbers_after(const char *t)
{
	static const char *const begins[] = {" ИНН", ",ИНН", " КПП", " ОГРН"};
	const char *first = NULL;
	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		const char *p = strstr(t, begins[i]);
		if (p && (!first || p < first))
			first = p;
	}
	return first ? (size_t)(first - t) : 0;
}

/* Where an address begins behind the name in its line: "Quality AG - Uferweg 40 - D-63571 Gelnhausen"; 0:
 * none. */
static size_t
address_after(const char *t)
{
	static const char *const marks[] = {" - ", ", ", " | ", " · ", " • ", " – "};
	const char *first = NULL;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *p = strstr(t, marks[i]);
		if (p && (!first || p < first))
			first = p;
	}
	size_t digit = strcspn(t, "0123456789");
	return first && t[digit] && t + digit > first ? (size_t)(first - t) : 0;
}

/* Behind the one word that names it: "NAME: ...", "PAYER: ..."; 0: none. */
static size_t
behind_label(const char *t)
{
	size_t n = strcspn(t, " :0123456789");
	return n >= 4 && t[n] == ':' ? n + 1 : 0;
}

/* Behind a single letter or mark: what a picture beside the name was read as; 0: none. */
static size_t
behind_mark(const char *t)
{
	size_t k;
	text_decode(t, strlen(t), &k);
	return t[0] && !text_is_digit(t[0]) && t[k] == ' ' ? k : 0;
}

static bool
starts_with_letter(const char *t)
{
	size_t k;
	return text_is_letter(text_decode(t, strlen(t), &k));
}

/* A mail's sender without the address of his mailbox: "Anna Petrova" <anna@example.org>. */
static struct variant
without_mailbox(const char *t)
{
	struct variant v = {CUT_NONE, 0, strlen(t)};
	const char *open = strchr(t, '<'), *at = open ? strchr(open, '@') : NULL;
	if (!at || !strchr(at, '>'))
		return v;
	size_t from = strspn(t, " \""), to = (size_t)(open - t);
	while (to > from && strchr(" \"", t[to - 1]))
		to--;
	return to > from ? (struct variant){CUT_NONE, from, to} : v;
}

#define OWNER_BEGINS "BCDLMOR\xD0" /* what the pattern's words begin with */

/* A pattern is asked for only where what it cannot do without is there: it takes long to say no. A bracket
 * that opens in one line and closes in the next belongs together. */
static size_t
variants(const char *t, bool goes_on, struct variant *v)
{
	size_t n = 0, from, to;
	v[n++] = without_mailbox(t);
	if (strpbrk(t, "0123456789(") && pattern_match(PATTERN_REGISTRATION_TAIL, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_REGISTRATION, 0, from);
	if (!goes_on && strchr(t, '(') && pattern_match(PATTERN_BRACKET_TAIL, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_BRACKET, 0, from);
	if ((strstr(t, "BHD") || strstr(t, "BERHAD") || strstr(t, "S/B")) &&
	    pattern_match(PATTERN_LEGAL_FORM, t, 1, &from, &to))
		add_variant(v, &n, t, CUT_LEGAL, 0, to);
	if ((to = numbers_after(t)) > 0)
		add_variant(v, &n, t, CUT_NUMBERS, 0, to);
	if ((to = address_after(t)) > 0)
		add_variant(v, &n, t, CUT_ADDRESS, 0, to);
	if ((from = behind_label(t)) > 0)
		add_variant(v, &n, t, CUT_LABEL, from, strlen(t));
	if ((from = behind_mark(t)) > 0)
		add_variant(v, &n, t, CUT_MARK, from, strlen(t));
	if (t[0] && strchr(OWNER_BEGINS, t[0]) && pattern_match(PATTERN_OWNER_HEAD, t, 1, &from, &to)) {
		size_t whole = n;
		for (size_t i = 0; i < whole; i++)
			if (v[i].to > to)
				add_variant(v, &n, t, CUT_OWNER, to, v[i].to);
	}
	return n;
}

/* Behind a till's number: "#000002 BAIFU"; 0: none. */
static size_t
behind_number(const char *t)
{
	size_t n = t[0] == '#' ? 1 + strspn(t + 1, "0123456789") : 0;
	return n > 1 && t[n] == ' ' && t[n + 1] ? n + 1 : 0;
}

/* Behind how a letter ends: "Best Regards, Mallori"; 0: none. `upper`: the same in capitals. */
static size_t
behind_closing(const char *t, const char *upper)
{
	const struct words *l = &word_lists[WORDS_CLOSINGS];
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(upper, l->word[i], strlen(l->word[i])) == 0) {
			const char *comma = strchr(t, ',');
			return comma && comma[1] == ' ' && comma[2] ? (size_t)(comma + 2 - t) : 0;
		}
	return 0;
}

/* "Sold By : WS Retail Services Pvt. Ltd."; 0: no label of a sender stands there. */
static size_t
behind_party(const char *t, const char *upper)
{
	const struct segment line = {.text = t, .upper = upper, .len = (uint32_t)strlen(t)};
	size_t after;
	enum party_role role;
	if (!party_label(&line, &after, &role) || role == PARTY_OFFICE)
		return 0;
	size_t n = strspn(t + after, " ");
	if (t[after + n] != ':')
		return 0;
	after += n + strspn(t + after + n, ": ");
	return t[after] ? after : 0;
}

/* "CONTOS0 BANK" is how a picture's "CONTOSO BANK" was read: one nought among capitals is none. */
static char *
without_noughts(const char *s, struct arena *mem)
{
	char *t = arena_strdup(mem, s);
	for (char *p = t; p && *p;) {
		size_t n = strcspn(p, " "), capitals = 0;
		for (size_t i = 0; i < n; i++)
			capitals += p[i] >= 'A' && p[i] <= 'Z';
		char *nought = memchr(p, '0', n);
		if (nought && n >= 5 && capitals == n - 1)
			*nought = 'O';
		p += n + (p[n] != '\0');
	}
	return t;
}

static bool
is_generic(const char *w, size_t n)
{
	const struct words *l = &word_lists[WORDS_GENERIC];
	for (size_t i = 0; i < l->n; i++)
		if (l->word[i][0] == *w && strlen(l->word[i]) == n && memcmp(l->word[i], w, n) == 0)
			return true;
	return false;
}

struct wording {
	int own, generic;   /* words of one's own, of everybody's */
	bool starts_joined; /* its first word only goes on with another */
	bool ends_joined;
};

static struct wording
wording(const char *canon)
{
	struct wording w = {0};
	bool first = true;
	for (const char *p = canon; *p;) {
		size_t lead = strspn(p, " .,()[]-:;'*#\"");
		if (first && lead < strlen(p))
			w.starts_joined |= p[0] == '(';
		p += lead;
		size_t n = strcspn(p, " .,()[]-:;'*#\"");
		if (n == 0)
			break;
		bool joint = n == 1 && *p == '&';
		bool generic = joint || is_generic(p, n);
		if (first)
			w.starts_joined |= generic;
		w.ends_joined = joint;
		w.generic += generic;
		w.own += !generic && !text_is_digit(*p) && n >= 2;
		first = false;
		p += n;
	}
	return w;
}

/* The first word of one's own, of four letters or more; its length, or 0. */
static size_t
own_word(const char *canon, const char **ret)
{
	for (const char *p = canon; *p;) {
		p += strspn(p, " .,()[]-:;'*#\"");
		size_t n = strcspn(p, " .,()[]-:;'*#\"");
		if (n >= 4 && !is_generic(p, n) && !text_is_digit(*p)) {
			*ret = p;
			return n;
		}
		p += n;
	}
	return 0;
}

/* A seller's name comes back: in the foot, in its address on the web. */
static void
feat_repeated(struct features *f, const struct sheet *s, uint32_t first, uint32_t last, const char *canon)
{
	const char *w;
	char word[64];
	size_t n = own_word(canon, &w);
	int lines = 0, web = 0;
	if (n >= sizeof word)
		n = 0;
	memcpy(word, n ? w : "", n);
	word[n] = '\0';
	for (uint32_t i = 0; n && i < s->n && i < 400; i++) {
		if ((i >= first && i <= last) || !strstr(s->segs[i].canon, word))
			continue;
		lines++;
		web |= strstr(s->segs[i].canon, "WWW") || strstr(s->segs[i].canon, ".COM") ||
		       strchr(s->segs[i].canon, '@');
	}
	feat(f, "repeated", lines);
	feat(f, "in_web_address", web);
}

/* What candidates ask of the same lines again and again. */
#define LINES_READ (HEAD_SEGMENTS + 4)
struct lines {
	struct head_signs *signs;           /* of every segment */
	struct wording wording[LINES_READ]; /* of the first */
	bool legal_end[LINES_READ];
	float prior[LINES_READ];
	bool goes_on[LINES_READ]; /* only goes on with what the line right above began */
};

/* Does segment i only go on with what the line right above it began? */
static bool
goes_on_from_above(const struct sheet *s, const struct lines *l, uint32_t i)
{
	if (i == 0 || s->segs[i].row == s->segs[i - 1].row)
		return false;
	const struct segment *g = &s->segs[i], *up = &s->segs[i - 1];
	struct wording above = l->wording[i - 1];
	return l->wording[i].starts_joined && above.own > 0 && !strpbrk(up->canon, "0123456789:") &&
	       !l->legal_end[i - 1] && g->y0 - up->y1 < 1.5f * g->h && up->h > 0.7f * g->h;
}

static enum err
read_lines(const struct reading *r, struct arena *mem, struct lines *ret, struct why *why)
{
	const struct sheet *s = r->sheet;
	ARENA_TRY(ret->signs, arena_array(mem, s->n + 1, sizeof *ret->signs), mem, why);
	for (uint32_t i = 0; i < s->n && i < LINES_READ; i++) {
		ret->wording[i] = wording(s->segs[i].canon);
		ret->legal_end[i] = pattern_in(PATTERN_LEGAL_END, s->segs[i].canon);
		ret->goes_on[i] = goes_on_from_above(s, ret, i);
	}
	parties_weigh(r, LINES_READ, ret->prior);
	return ERR_NONE;
}

static struct wording
wording_at(const struct lines *l, const struct sheet *s, int64_t i)
{
	return i >= 0 && i < (int64_t)s->n ? l->wording[i] : (struct wording){0};
}

static void
feat_wording(struct features *f, const char *group, struct wording w)
{
	feat_in(f, group, "own_words", w.own);
	feat_in(f, group, "generic_words", w.generic);
	feat_in(f, group, "starts_joined", w.starts_joined);
	feat_in(f, group, "ends_joined", w.ends_joined);
}

struct run {
	const struct reading *r;
	struct lines *lines;
	uint32_t first, last;
	struct passage passage;
	const char *upper, *text; /* joined */
	bool legal_in_head;
	bool unfit;
	float own; /* what its lines say of it */
};

static void
feat_run(struct features *f, const struct run *n)
{
	const struct sheet *s = n->r->sheet;
	float lo = 1e9f, hi = 0, p[3][LINE_CLASSES];
	for (int c = 0; c < LINE_CLASSES; c++) {
		p[0][c] = 1;
		p[1][c] = p[2][c] = 0;
	}
	uint32_t count = n->last - n->first + 1;
	for (uint32_t k = n->first; k <= n->last; k++) {
		lo = fminf(lo, s->segs[k].h);
		hi = fmaxf(hi, s->segs[k].h);
		for (int c = 0; c < LINE_CLASSES; c++) {
			p[0][c] = fminf(p[0][c], n->r->line_p[k][c]);
			p[1][c] = fmaxf(p[1][c], n->r->line_p[k][c]);
			p[2][c] += n->r->line_p[k][c] / (float)count;
		}
	}
	feat(f, "segments", count);
	feat(f, "lowest", lo / s->median_h);
	feat(f, "highest", hi / s->median_h);
	feat(f, "head_highest", s->max_head_h / s->median_h);
	feat(f, "is_highest", hi >= s->max_head_h - 1e-3f);
	feat(f, "share_of_highest", hi / fmaxf(s->max_head_h, 1e-3f));
	float above = n->first ? s->segs[n->first].y0 - s->segs[n->first - 1].y1 : 0;
	float below = n->last + 1 < s->n ? s->segs[n->last + 1].y0 - s->segs[n->last].y1 : 0;
	feat(f, "gap_above", above / s->median_h);
	feat(f, "gap_below", below / s->median_h);
	feat(f, "gaps", (above - below) / s->median_h);
	feat(f, "prev_height", n->first ? s->segs[n->first - 1].h / fmaxf(s->segs[n->first].h, 1e-3f) : 0);
	feat(f, "next_height",
	     n->last + 1 < s->n ? s->segs[n->last + 1].h / fmaxf(s->segs[n->last].h, 1e-3f) : 0);
	static const char *const kind[] = {"least", "most", "mean"};
	for (int k = 0; k < 3; k++) {
		feat_in(f, kind[k], "p_other", p[k][LINE_OTHER]);
		feat_in(f, kind[k], "p_merchant", p[k][LINE_MERCHANT]);
		feat_in(f, kind[k], "p_address", p[k][LINE_ADDRESS]);
	}
	float before = 0, after = 0, best = 0;
	for (uint32_t k = 0; k < s->n && k < HEAD_SEGMENTS; k++) {
		float q = n->r->line_p[k][LINE_MERCHANT];
		best = fmaxf(best, q);
		if (k < n->first)
			before += q;
		else if (k > n->last)
			after += q;
	}
	feat(f, "p_before", before);
	feat(f, "p_after", after);
	feat(f, "p_of_best", p[1][LINE_MERCHANT] / fmaxf(best, 1e-4f));
	feat_line_p(f, "prev", n->r, (int64_t)n->first - 1);
	feat_line_p(f, "prev2", n->r, (int64_t)n->first - 2);
	feat_line_p(f, "next", n->r, (int64_t)n->last + 1);
	feat_line_p(f, "next2", n->r, (int64_t)n->last + 2);
}

static double
share(const char *s, size_t n, bool letters)
{
	size_t hits = 0, all = 0, k;
	for (size_t i = 0; i < n; i += k, all++) {
		uint32_t c = text_decode(s + i, n - i, &k);
		hits += letters ? text_is_letter(c) : (c < 128 && text_is_digit((char)c));
	}
	return all ? (double)hits / (double)all : 0;
}

static int
count_char(const char *s, size_t n, char c)
{
	int k = 0;
	for (size_t i = 0; i < n; i++)
		k += s[i] == c;
	return k;
}

static bool
ends_in_one(const char *name, size_t n, const char *const *ends, size_t n_ends)
{
	for (size_t i = 0; i < n_ends; i++) {
		size_t k = strlen(ends[i]);
		if (n > k && memcmp(name + n - k, ends[i], k) == 0)
			return true;
	}
	return false;
}

/* What its last word says of a name: log-odds. "Department of the" goes on in the next line, "Contoso
 * Headquarters" is a place of Contoso's. */
static float
weigh_end(const char *name, size_t n)
{
	static const char *const joints[] = {" OF", " THE", " AND", " &", " FOR", " DE", " UND", " И"},
	                         *const places[] = {" HEADQUARTERS", " HEADQUARTER", " HEAD OFFICE"};
	return ends_in_one(name, n, joints, ARRAY_LEN(joints))   ? -UNFINISHED
	       : ends_in_one(name, n, places, ARRAY_LEN(places)) ? -A_PLACE
	                                                         : 0;
}

static size_t
word_length(const char *s)
{
	return strcspn(s, " /,.;:()[]");
}

/* Is the line made of words that papers are called by, and of no others? */
static bool
is_title(const char *upper)
{
	static const char *const words[] = {
#define X(word) word,
#include "titles.tbl.h"
#undef X
	};
	bool any = false;
	for (const char *p = upper; *p;) {
		size_t n = word_length(p), i = 0;
		while (n > 0 && i < ARRAY_LEN(words) &&
		       (words[i][0] != *p || strncmp(words[i], p, n) != 0 || words[i][n]))
			i++;
		if (n > 0 && i == ARRAY_LEN(words))
			return false;
		any |= n >= 4;
		p += n + (p[n] != '\0');
	}
	return any;
}

/* "G) Contose" above "Contoso Inn": a logo, which is one word, and the name below it. */
static bool
says_twice(const char *above, const char *below)
{
	size_t words = 0, m = word_length(below);
	bool alike = false;
	for (const char *p = above; *p;) {
		size_t n = word_length(p);
		words += n > 2;
		alike |= n >= 5 && m >= 5 && text_similarity(p, n, below, m) >= 0.7;
		p += n + (p[n] != '\0');
	}
	return alike && words == 1;
}

/* "or Local Income Tax Return": goes on from somewhere. */
static bool
is_mid_sentence(const char *text)
{
	static const char *const words[] = {"or ", "and ", "of ", "to ", "for ", "in ",  "with ",
	                                    "и ",  "или ", "в ",  "на ", "und ", "oder "};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* "5. Force majeure": a heading that is numbered, "(Form": half of something in brackets. */
static bool
is_numbered_or_half(const char *text)
{
	size_t n = strspn(text, "0123456789"), k;
	bool numbered = n > 0 && text[n] == '.' && text[n + 1] == ' ' &&
	                text_is_letter(text_decode(text + n + 2, strlen(text + n + 2) + 1, &k));
	return numbered || (text[0] == '(' && !strchr(text, ')'));
}

/* A slip of a card's payment, on which the bank of the terminal stands beside the shop. */
static bool
is_card_slip(const struct sheet *s)
{
	static const char *const slips[] = {"ТЕРМИНАЛ", "МЕРЧАНТ", "TERMINAL ID", "MERCHANT ID"},
	                         *const machines[] = {"БАНКОМАТ", "ATM"};
	bool slip = false;
	for (size_t i = 0; i < s->n && i < SLIP_MOST; i++) {
		for (size_t k = 0; k < ARRAY_LEN(slips); k++)
			slip |= text_has_word(s->segs[i].upper, slips[k]);
		for (size_t k = 0; k < ARRAY_LEN(machines); k++)
			if (text_has_word(s->segs[i].upper, machines[k]))
				return false;
	}
	return slip && s->n < SLIP_MOST;
}

static bool
is_bank(const char *upper)
{
	return text_has_word(upper, "БАНК") || text_has_word(upper, "СБЕРБАНК") ||
	       text_has_word(upper, "BANK");
}

/* What a name's own lines say of it: log-odds. */
static float
weigh_lines(const struct sheet *s, uint32_t first, uint32_t last, bool slip)
{
	const char *begin = s->segs[first].text;
	float odds = is_mid_sentence(begin) || is_numbered_or_half(begin) ? -MID_SENTENCE : 0;
	bool title = false, twice = false, bank = false;
	for (uint32_t i = first; i <= last; i++) {
		title |= is_title(s->segs[i].upper);
		bank |= slip && is_bank(s->segs[i].upper);
		twice |= i > first && says_twice(s->segs[i - 1].upper, s->segs[i].upper);
	}
	return odds - (title ? A_TITLE : 0) - (twice ? TWICE : 0) - (bank ? THE_TERMINALS : 0);
}

/* «A name in quotation marks is not over before they close». */
#define QUOTE_OPENS  "«"
#define QUOTE_CLOSES "»"

static const char *
last_of(const char *text, const char *what)
{
	const char *last = NULL;
	for (const char *p = text; (p = strstr(p, what)); p++)
		last = p;
	return last;
}

static bool
quote_is_open(const char *text)
{
	const char *opens = last_of(text, QUOTE_OPENS);
	return opens && !strstr(opens, QUOTE_CLOSES);
}

static enum err
add_candidate(const struct run *n, const struct variant *v, struct arena *mem, struct candidates *all,
              struct buf *names, struct why *why)
{
	const struct sheet *s = n->r->sheet;
	struct features f;
	if (!candidates_begin(all, mem, &f, names))
		return ERR_NONE;
	struct candidate c = {0};
	size_t len = v->to - v->from;
	const char *name = n->upper + v->from;
	OWNED(buf_free) struct buf canon = buf_init(16 * KIB);
	text_canonical(&canon, name, len, false);
	buf_putc(&canon, ' ');
	feat_geometry(&f, "line", s, n->first);
	feat_run(&f, n);
	for (int k = 0; k < CUT_COUNT; k++)
		feat(&f, cut_names[k], v->cut == (enum cut)k);
	const struct head_signs own = head_signs_of(canon.data);
	const struct wording own_words = wording(canon.data);
	const struct head_signs *prev = head_signs_at(n->lines->signs, s, (int64_t)n->first - 1),
	                        *next = head_signs_at(n->lines->signs, s, (int64_t)n->last + 1);
	feat_head_words(&f, "name", &own);
	feat_patterns(&f, "name", &own);
	feat_patterns(&f, "prev", prev);
	feat_patterns(&f, "next", next);
	feat_head_words(&f, "next", next);
	feat_head_words(&f, "prev", prev);
	feat(&f, "length", (double)len);
	feat(&f, "mark_before", behind_mark(name) > 0);
	feat(&f, "cut_off", (double)(strlen(n->upper) - len));
	feat(&f, "digits", share(name, len, false));
	feat(&f, "letters", share(name, len, true));
	int open = count_char(name, len, '('), close = count_char(name, len, ')');
	feat(&f, "brackets", open);
	feat(&f, "brackets_unbalanced", open != close);
	feat(&f, "legal_end", pattern_in(PATTERN_LEGAL_END, canon.data));
	feat(&f, "legal_in_head", n->legal_in_head);
	feat_wording(&f, "name", own_words);
	feat(&f, "tail_only", v->from == 0 && n->lines->goes_on[n->first]);
	feat(&f, "completed", n->last > n->first && n->lines->goes_on[n->first + 1]);
	feat_repeated(&f, s, n->first, n->last, canon.data);
	feat_wording(&f, "first", wording_at(n->lines, s, n->first));
	feat_wording(&f, "prev", wording_at(n->lines, s, (int64_t)n->first - 1));
	feat_wording(&f, "next", wording_at(n->lines, s, (int64_t)n->last + 1));
	feat(&f, "next_legal", n->last + 1 < s->n && n->lines->legal_end[n->last + 1]);
	feat(&f, "left_open",
	     count_char(n->upper, strlen(n->upper), '(') > count_char(n->upper, strlen(n->upper), ')'));
	feat(&f, "prev_legal", n->first > 0 && n->lines->legal_end[n->first - 1]);
	ARENA_TRY(c.text, arena_strndup(mem, n->text + v->from, len), mem, why);
	size_t skip = behind_number(c.text);
	skip = skip ? skip : behind_closing(c.text, name);
	const char *said = c.text + (skip ? skip : behind_party(c.text, name));
	if (s->doc->source != SOURCE_TEXT_LAYER && strchr(said, '0'))
		ARENA_TRY(said, without_noughts(said, mem), mem, why);
	c.said = said;
	c.unfit = n->unfit || (len > 0 && name[len - 1] == ':') ||    /* "To whom it may concern:" */
	          (quote_is_open(c.text) && !quote_is_open(n->text)); /* "ТСЖ «Набережная, 12»" */
	c.prior = n->lines->prior[n->first];
	if (v->from == 0 && n->lines->goes_on[n->first] && own_words.own == 0)
		c.prior -= TAIL; /* "RESTAURANT SDN BHD" below "LIAN CHI VEGETARIAN" */
	if (v->cut == CUT_MARK && s->doc->source == SOURCE_TEXT_LAYER && starts_with_letter(n->upper))
		c.prior -= OWN_LETTER; /* "L TWO FLORIST" */
	c.prior += weigh_end(name, len) + n->own;
	place_range(s, &n->passage, v->from, v->to, &c);
	feat(&f, "word_confidence", c.confidence);
	feat_paper(&f, n->r);
	candidates_end(all, &c, &f);
	return ERR_NONE;
}

/* What papers call themselves and their parts, and what a Russian cash register prints around the seller's
 * name: nobody is called so. The receipts that the model learnt from have little of it, so it could not learn
 * to pass them by. */
static bool
is_heading(const char *upper)
{
	static const char *const nouns[] = {
#define X(words) words,
#include "nobody.tbl.h"
#undef X
	};
	static const char around[] = " .,:;*=-_#\"";
	const char *s = upper + strspn(upper, around);
	size_t n = strlen(s);
	while (n > 0 && strchr(around, s[n - 1]))
		n--;
	const char *bracket = n > 0 && s[n - 1] == ')' ? memrchr(s, '(', n) : NULL;
	if (bracket && bracket > s + 1 && bracket[-1] == ' ')
		n = (size_t)(bracket - 1 - s); /* "ПРОЕЗДНОЙ ДОКУМЕНТ (БИЛЕТ)" */
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		if (nouns[i][0] == s[0] && strlen(nouns[i]) == n && memcmp(s, nouns[i], n) == 0)
			return true;
	const struct words *begins = &word_lists[WORDS_TITLE_BEGINS], *ends = &word_lists[WORDS_TITLE_ENDS];
	for (size_t i = 0; i < begins->n; i++)
		if (s[0] == begins->word[i][0] && strncmp(s, begins->word[i], strlen(begins->word[i])) == 0)
			return true;
	for (size_t i = 0; i < ends->n; i++) {
		size_t len = strlen(ends->word[i]);
		if (n > len && memcmp(s + n - len, ends->word[i], len) == 0)
			return true;
	}
	return false;
}

static bool
is_joint(const char *upper, size_t n)
{
	const struct words *l = &word_lists[WORDS_JOINTS];
	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->word[i]) == n && memcmp(l->word[i], upper, n) == 0)
			return true;
	return false;
}

/* "Matters to be decided", "or foreign postal code": of a name's words hardly one begins with a small letter,
 * but for those that join others. Only in Latin letters: Russian offices have but one capital. */
static bool
is_phrase(const struct segment *g)
{
	int small = 0;
	for (const char *p = g->text; *p;) {
		size_t n = strcspn(p, " ");
		if (n >= 2 && *p >= 'a' && *p <= 'z' && !memchr(p, '.', n) && !memchr(p, '@', n) &&
		    !is_joint(g->upper + (p - g->text), n))
			small++;
		p += n;
		p += strspn(p, " ");
	}
	return small >= 2;
}

/* "noreply@example.org" is where to write to, unless a name stands before it in a mail's head. */
static bool
is_mailbox(const char *t)
{
	const char *at = strchr(t, '@');
	return at && at > t && at[-1] != ' ' && at[1] && at[1] != ' ' && !strchr(t, '<');
}

/* "г. Нижний Новгород", "Г. МОСКВА": where a contract was made. "Г. Петров" is a person. */
static bool
is_town(const struct segment *g)
{
	static const char small[] = "г.", capital[] = "Г.";
	size_t n = sizeof small - 1;
	return strncmp(g->text, small, n) == 0 ||
	       (strncmp(g->text, capital, n) == 0 && strcmp(g->text, g->upper) == 0);
}

static bool
is_nobody(const struct segment *g)
{
	return is_heading(g->upper) || is_phrase(g) || is_mailbox(g->text);
}

static bool
closes_quote(const char *text)
{
	const char *closes = strstr(text, QUOTE_CLOSES), *opens = strstr(text, QUOTE_OPENS);
	return closes && (!opens || closes < opens);
}

/* Do the lines i to j of a name begin or end within its quotation marks? */
static bool
cuts_quote(const struct sheet *s, uint32_t i, uint32_t j, const char *joined)
{
	if (j + 1 < s->n && quote_is_open(joined) && closes_quote(s->segs[j + 1].text))
		return true;
	return i > 0 && closes_quote(joined) && quote_is_open(s->segs[i - 1].text);
}

enum err
find_merchant(const struct reading *r, struct arena *mem, struct candidates *ret, struct buf *names,
              struct why *why)
{
	const struct sheet *s = r->sheet;
	size_t head = s->n < HEAD_SEGMENTS ? s->n : HEAD_SEGMENTS;
	bool legal = false;
	struct lines lines = {0};
	TRY(read_lines(r, mem, &lines, why));
	const bool slip = is_card_slip(s);
	for (size_t i = 0; i < head && i < 12; i++)
		legal |= strstr(s->segs[i].canon, "BHD") || strstr(s->segs[i].canon, "S/B");
	for (uint32_t i = 0; i < head; i++)
		for (uint32_t j = i; j < s->n && j < i + 3; j++) {
			if (is_nobody(&s->segs[j]))
				break;
			const struct passage passage = passage_of(s, i, j);
			const char *upper, *text;
			TRY(passage_text(s, &passage, true, mem, &upper, why));
			TRY(passage_text(s, &passage, false, mem, &text, why));
			struct run n = {.r = r,
			                .lines = &lines,
			                .first = i,
			                .last = j,
			                .passage = passage,
			                .upper = upper,
			                .text = text,
			                .legal_in_head = legal,
			                .own = weigh_lines(s, i, j, slip)};
			size_t len = strlen(upper);
			bool wide =
			    len > 2 && ((uint8_t)n.upper[0] >= 0x80 || (uint8_t)n.upper[len / 2] >= 0x80);
			if (len > (wide ? 2 * MAX_NAME : MAX_NAME))
				break;
			struct variant v[18];
			int open = count_char(n.upper, len, '(') - count_char(n.upper, len, ')');
			if (open < 0 && i > 0 && strchr(s->segs[i - 1].upper, '('))
				continue;
			n.unfit = is_town(&s->segs[i]) || cuts_quote(s, i, j, n.text);
			bool goes_on = open > 0 && j + 1 < s->n && strchr(s->segs[j + 1].upper, ')');
			size_t count = variants(n.upper, goes_on, v);
			for (size_t k = 0; k < count; k++)
				TRY(add_candidate(&n, &v[k], mem, ret, names, why));
		}
	return ERR_NONE;
}
