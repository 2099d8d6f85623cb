#include "made_text.h"

#include "check_digits.h"

#define STICKY    60
#define MAX_DEPTH 24
#define LINE_MAX  (8 * KIB)

struct sticky {
	const char *name, *text;
};
struct maker {
	const struct grammar *g;
	uint64_t *chance;
	struct arena *mem;
	struct made_text *to;
	struct sticky sticky[STICKY];
	size_t n_sticky;
	int depth;
	/* how this paper writes */
	bool comma, mark_first;
	const char *thousands, *mark;
	int date_form;
	/* what it says */
	int year, month, day, later;
	int64_t price, qty, sum, tax, paid, debt;
	bool tax_fixed, paid_fixed;
	char bik[10]; /* "" none yet */
};

uint64_t
made_random(uint64_t *state, uint64_t below)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return below ? (z ^ (z >> 31)) % below : 0;
}

static uint64_t
pick(struct maker *m, uint64_t below)
{
	return made_random(m->chance, below);
}

static enum err expand(struct maker *m, const char *s, size_t n, struct buf *out, struct why *why);
static enum err write_part(struct maker *m, const struct part *p, struct why *why);

/* ---- numbers ---- */

static void
put_money(const struct maker *m, int64_t minor, struct buf *out)
{
	char whole[24], grouped[48];
	size_t n = 0, len = (size_t)snprintf(whole, sizeof whole, "%lld", (long long)(llabs(minor) / 100));
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			n += (size_t)snprintf(grouped + n, sizeof grouped - n, "%s", m->thousands);
		grouped[n++] = whole[i];
	}
	buf_printf(out, "%s%.*s%c%02lld", minor < 0 ? "-" : "", (int)n, grouped, m->comma ? ',' : '.',
	           (long long)(llabs(minor) % 100));
}

static void
put_digits(struct maker *m, uint64_t n, struct buf *out)
{
	for (uint64_t i = 0; i < n && i < 24; i++)
		buf_putc(out, (char)('0' + (i ? pick(m, 10) : 1 + pick(m, 9))));
}

static void
put_date(const struct maker *m, int ahead, struct buf *out)
{
	static const char *const english[] = {"January",   "February", "March",    "April",
	                                      "May",       "June",     "July",     "August",
	                                      "September", "October",  "November", "December"};
	static const char *const russian[] = {"января",   "февраля", "марта",  "апреля",
	                                      "мая",      "июня",    "июля",   "августа",
	                                      "сентября", "октября", "ноября", "декабря"};
	int d = m->day + ahead, mo = m->month, y = m->year;
	while (d > 28) {
		d -= 28;
		mo = mo % 12 + 1;
		y += mo == 1;
	}
	switch (m->date_form) {
	case 0:
		buf_printf(out, "%02d.%02d.%04d", d, mo, y);
		break;
	case 1:
		buf_printf(out, "%02d/%02d/%04d", d, mo, y);
		break;
	case 2:
		buf_printf(out, "%04d-%02d-%02d", y, mo, d);
		break;
	case 3:
		buf_printf(out, "%d %s %04d", d, english[mo - 1], y);
		break;
	case 4:
		buf_printf(out, "%s %d, %04d", english[mo - 1], d, y);
		break;
	case 5:
		buf_printf(out, "%d %s %04d г.", d, russian[mo - 1], y);
		break;
	case 6:
		buf_printf(out, "%02d.%02d.%02d", d, mo, y % 100);
		break;
	default:
		buf_printf(out, "%02d-%.3s-%04d", d, english[mo - 1], y);
	}
}

static void
put_checked(struct maker *m, size_t n, bool (*good)(const char *, size_t), const char *head, struct buf *out)
{
	char s[40];
	size_t h = strlen(head);
	for (int tries = 0; tries < 100000; tries++) {
		memcpy(s, head, h);
		for (size_t i = h; i < n; i++)
			s[i] = (char)('0' + pick(m, 10));
		s[n] = '\0';
		if (good(s, n))
			break;
	}
	buf_puts(out, s);
}

/* IBANs are printed in fours as often as not. */
static void
put_iban(struct maker *m, struct buf *out)
{
	OWNED(buf_free) struct buf b = buf_init(64);
	put_checked(m, 22, check_iban, "DE", &b);
	bool fours = pick(m, 2);
	for (size_t i = 0; i < b.len; i++) {
		if (fours && i && i % 4 == 0)
			buf_putc(out, ' ');
		buf_putc(out, b.data[i]);
	}
}

static const char *
own_bik(struct maker *m)
{
	if (!m->bik[0])
		snprintf(m->bik, sizeof m->bik, "0445%05llu", (unsigned long long)pick(m, 100000));
	return m->bik;
}

/* One whose check digit holds against the paper's BIK. */
static void
put_account(struct maker *m, struct buf *out)
{
	static const char *const heads[] = {"40702810", "40802810", "40821810", "40703810"};
	char s[24];
	const char *head = heads[pick(m, ARRAY_LEN(heads))], *bik = own_bik(m);
	do
		snprintf(s, sizeof s, "%s%06llu%06llu", head, (unsigned long long)pick(m, 1000000),
		         (unsigned long long)pick(m, 1000000));
	while (!check_account(s, bik));
	buf_puts(out, s);
}

static void
put_phone(struct maker *m, struct buf *out)
{
	bool russian = m->mark && strncmp(m->mark, "р", 2) == 0;
	if (russian)
		buf_printf(out,
		           pick(m, 2) ? "+7 (%llu) %03llu-%02llu-%02llu" : "8 (%llu) %03llu-%02llu-%02llu",
		           495 + (unsigned long long)pick(m, 400), (unsigned long long)pick(m, 1000),
		           (unsigned long long)pick(m, 100), (unsigned long long)pick(m, 100));
	else
		buf_printf(out, pick(m, 2) ? "(%llu) %03llu-%04llu" : "0%llu %03llu %04llu",
		           200 + (unsigned long long)pick(m, 700), (unsigned long long)pick(m, 1000),
		           (unsigned long long)pick(m, 10000));
}

/* ---- names ---- */

static int64_t
total_of(const struct maker *m)
{
	return m->sum + m->tax + m->debt;
}

static void
note_fact(struct made_text *to, const char *name, const char *text)
{
	static const struct {
		const char *name;
		enum fact_id id;
	} facts[] = {{"sum", FACT_SUBTOTAL},     {"tax", FACT_TAX},
	             {"taxin", FACT_TAX},        {"paid", FACT_PAID},
	             {"total", FACT_PAID},       {"change", FACT_CHANGE},
	             {"time", FACT_TIME},        {"inn", FACT_MERCHANT_TAX_ID},
	             {"iban", FACT_IBAN},        {"bik", FACT_BIC},
	             {"account", FACT_ACCOUNT},  {"phone", FACT_MERCHANT_PHONE},
	             {"kpp", FACT_MERCHANT_KPP}, {"card4", FACT_CARD_LAST4},
	             {"due", FACT_DUE_DATE},     {"until", FACT_PERIOD}};
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (strcmp(facts[i].name, name) == 0 && to->n_facts < MADE_FACTS)
			to->fact[to->n_facts++] = (struct made_fact){facts[i].id, text};
}

static enum err
note_truth(struct maker *m, const char *name, const char *text, struct why *why)
{
	static const struct {
		const char *name;
		enum field_id field;
	} truths[] = {{"seller", FIELD_MERCHANT},  {"address1", FIELD_ADDRESS}, {"address2", FIELD_ADDRESS},
	              {"address3", FIELD_ADDRESS}, {"date", FIELD_DATE},        {"total", FIELD_TOTAL}};
	for (size_t i = 0; i < ARRAY_LEN(truths); i++) {
		if (strcmp(truths[i].name, name) != 0)
			continue;
		const char **key = &m->to->key[truths[i].field];
		bool more = truths[i].field == FIELD_ADDRESS && (*key)[0];
		if ((*key)[0] && !more)
			return ERR_NONE;
		ARENA_TRY(*key, more ? arena_printf(m->mem, "%s %s", *key, text) : arena_strdup(m->mem, text),
		          m->mem, why);
	}
	return ERR_NONE;
}

static bool
built_in(struct maker *m, const char *name, struct buf *out)
{
	if (name[0] == 'n' && name[1] >= '1' && name[1] <= '9' &&
	    strspn(name + 1, "0123456789") == strlen(name + 1))
		put_digits(m, strtoull(name + 1, NULL, 10), out);
	else if (strcmp(name, "date") == 0)
		put_date(m, 0, out);
	else if (strcmp(name, "date2") == 0 || strcmp(name, "due") == 0)
		put_date(m, m->later, out);
	else if (strcmp(name, "from") == 0)
		put_date(m, -m->day + 1, out);
	else if (strcmp(name, "until") == 0)
		put_date(m, 28 - m->day, out);
	else if (strcmp(name, "day") == 0)
		put_date(m, (int)pick(m, 60), out);
	else if (strcmp(name, "time") == 0)
		buf_printf(out, "%02d:%02d", (int)(8 + pick(m, 14)), (int)pick(m, 60));
	else if (strcmp(name, "year") == 0)
		buf_printf(out, "%d", m->year);
	else if (strcmp(name, "qty") == 0) {
		m->qty = 1 + (int64_t)(pick(m, 3) ? pick(m, 3) : pick(m, 12));
		buf_printf(out, "%lld", (long long)m->qty);
	} else if (strcmp(name, "price") == 0) {
		m->price = 50 + (int64_t)(pick(m, 3) ? pick(m, 3000) : pick(m, 90000));
		put_money(m, m->price, out);
	} else if (strcmp(name, "amount") == 0) {
		if (!m->price)
			m->price = 50 + (int64_t)(pick(m, 3) ? pick(m, 3000) : pick(m, 90000));
		int64_t a = m->price * (m->qty ? m->qty : 1);
		m->sum += a;
		m->price = m->qty = 0;
		put_money(m, a, out);
	} else if (strcmp(name, "money") == 0)
		put_money(m, 100 + (int64_t)(pick(m, 3) ? pick(m, 20000) : pick(m, 900000)), out);
	else if (strcmp(name, "sum") == 0)
		put_money(m, m->sum, out);
	else if (strcmp(name, "tax") == 0) {
		if (!m->tax_fixed)
			m->tax = m->sum * (int64_t)(5 + pick(m, 16)) / 100;
		m->tax_fixed = true;
		put_money(m, m->tax, out);
	} else if (strcmp(name, "taxin") == 0)
		put_money(m, total_of(m) * 20 / 120, out);
	else if (strcmp(name, "total") == 0)
		put_money(m, total_of(m), out);
	else if (strcmp(name, "paid") == 0 || strcmp(name, "change") == 0) {
		if (!m->paid_fixed)
			m->paid = (total_of(m) / 1000 + 1 + (int64_t)pick(m, 3)) * 1000;
		m->paid_fixed = true;
		put_money(m, name[0] == 'p' ? m->paid : m->paid - total_of(m), out);
	} else if (strcmp(name, "mark") == 0)
		buf_puts(out, m->mark);
	else if (strcmp(name, "inn") == 0)
		put_checked(m, pick(m, 4) ? 10 : 12, check_inn, "77", out);
	else if (strcmp(name, "iban") == 0)
		put_iban(m, out);
	else if (strcmp(name, "bik") == 0)
		buf_puts(out, own_bik(m));
	else if (strcmp(name, "account") == 0)
		put_account(m, out);
	else if (strcmp(name, "kpp") == 0) {
		put_digits(m, 4, out);
		buf_puts(out, "01001");
	} else if (strcmp(name, "card4") == 0)
		put_digits(m, 4, out);
	else if (strcmp(name, "debt") == 0) {
		if (!m->debt)
			m->debt = 100 + (int64_t)pick(m, 200000);
		put_money(m, m->debt, out);
	} else if (strcmp(name, "phone") == 0)
		put_phone(m, out);
	else
		return false;
	return true;
}

static enum err
part_inline(struct maker *m, const struct part *p, struct buf *out, struct why *why)
{
	const char *const *line;
	size_t n = part_lines(p, pick(m, p->n_starts), &line);
	/* a part of single lines: each line is an alternative too */
	if (n == 0)
		return ERR_NONE;
	const char *s = line[pick(m, n)];
	return expand(m, s, strlen(s), out, why);
}

static enum err
put_name(struct maker *m, const char *name, const char *part, bool keep, struct buf *out, struct why *why)
{
	for (size_t i = 0; keep && i < m->n_sticky; i++)
		if (strcmp(m->sticky[i].name, name) == 0) {
			buf_puts(out, m->sticky[i].text);
			return ERR_NONE;
		}
	size_t from = out->len;
	if (!built_in(m, part, out)) {
		const struct part *p = grammar_part(m->g, part, strlen(part));
		if (!p)
			return fail(why, ERR_INVALID, "the grammar has no part %s", part);
		TRY(part_inline(m, p, out, why));
	}
	const char *text;
	ARENA_TRY(text, arena_strndup(m->mem, out->data ? out->data + from : "", out->len - from), m->mem,
	          why);
	note_fact(m->to, part, text);
	TRY(note_truth(m, name, text, why));
	if (keep && m->n_sticky < STICKY)
		m->sticky[m->n_sticky++] = (struct sticky){name, text};
	return ERR_NONE;
}

/* ---- lines ---- */

static size_t
choice_end(const char *s, size_t n)
{
	int depth = 0;
	for (size_t i = 0; i < n; i++) {
		depth += s[i] == '{';
		depth -= s[i] == '}';
		if (depth == 0)
			return i;
	}
	return n;
}

static enum err
expand_choice(struct maker *m, const char *s, size_t n, struct buf *out, struct why *why)
{
	size_t start[64], count = 0;
	int depth = 0;
	start[count++] = 0;
	for (size_t i = 0; i < n; i++) {
		depth += s[i] == '{';
		depth -= s[i] == '}';
		if (depth == 0 && s[i] == '|' && count < ARRAY_LEN(start) - 1)
			start[count++] = i + 1;
	}
	start[count] = n + 1;
	size_t k = pick(m, count);
	return expand(m, s + start[k], start[k + 1] - start[k] - 1, out, why);
}

static enum err
expand(struct maker *m, const char *s, size_t n, struct buf *out, struct why *why)
{
	if (++m->depth > MAX_DEPTH)
		return fail(why, ERR_INVALID, "the grammar goes round in circles at %.40s", s);
	for (size_t i = 0; i < n;) {
		if (s[i] == '{') {
			size_t end = choice_end(s + i, n - i);
			TRY(expand_choice(m, s + i + 1, end - 1, out, why));
			i += end + 1;
		} else if (s[i] == '$' && i + 1 < n && s[i + 1] != ' ') {
			bool keep = s[i + 1] == '=';
			size_t from = i + 1 + keep;
			size_t k = strspn(s + from, "abcdefghijklmnopqrstuvwxyz0123456789_");
			char *name;
			ARENA_TRY(name, arena_strndup(m->mem, s + from, from + k <= n ? k : n - from), m->mem,
			          why);
			i = from + k;
			const char *part = name;
			if (keep && i < n && s[i] == ':') {
				size_t w = strspn(s + i + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
				ARENA_TRY(part, arena_strndup(m->mem, s + i + 1, w), m->mem, why);
				i += w + 1;
			}
			TRY(put_name(m, name, part, keep, out, why));
		} else {
			buf_putc(out, s[i++]);
		}
	}
	m->depth--;
	return ERR_NONE;
}

static const char *
trimmed(struct maker *m, const char *s, size_t n)
{
	while (n && *s == ' ') {
		s++;
		n--;
	}
	while (n && s[n - 1] == ' ')
		n--;
	return arena_strndup(m->mem, s, n);
}

static enum err
add_line(struct maker *m, const char *s, struct why *why)
{
	OWNED(buf_free) struct buf b = buf_init(LINE_MAX);
	struct made_line l = {.align = ' '};
	if (m->to->n == MADE_LINES)
		return ERR_NONE;
	if (*s && strchr("^~>=", *s))
		l.align = *s++;
	TRY(expand(m, s, strlen(s), &b, why));
	const char *p = b.data ? b.data : "";
	while (l.n < MADE_CELLS) {
		const char *end = strstr(p, "||");
		size_t n = end ? (size_t)(end - p) : strlen(p);
		ARENA_TRY(l.cell[l.n], trimmed(m, p, n), m->mem, why);
		l.n++;
		if (!end)
			break;
		p = end + 2;
	}
	if (l.n == 1 && !l.cell[0][0])
		l.n = 0;
	m->to->line[m->to->n++] = l;
	return ERR_NONE;
}

static enum err
write_line(struct maker *m, const char *s, struct why *why)
{
	uint64_t times = 1;
	for (;;) {
		char *end;
		if (s[0] == '?' && s[1] >= '0' && s[1] <= '9') {
			uint64_t chance = strtoull(s + 1, &end, 10);
			if (pick(m, 100) >= chance)
				return ERR_NONE;
			s = end + (*end == ' ');
		} else if (s[0] == 'x' && s[1] >= '0' && s[1] <= '9') {
			uint64_t lo = strtoull(s + 1, &end, 10),
			         hi = *end == '-' ? strtoull(end + 1, &end, 10) : lo;
			times = lo + pick(m, hi >= lo ? hi - lo + 1 : 1);
			s = end + (*end == ' ');
		} else {
			break;
		}
	}
	for (uint64_t i = 0; i < times; i++) {
		const char *close = s[0] == '<' ? strchr(s, '>') : NULL;
		if (close && close[1] == '\0') {
			const struct part *p = grammar_part(m->g, s + 1, (size_t)(close - s - 1));
			if (!p)
				return fail(why, ERR_INVALID, "the grammar has no part %s", s);
			TRY(write_part(m, p, why));
		} else {
			TRY(add_line(m, s, why));
		}
	}
	return ERR_NONE;
}

static enum err
write_part(struct maker *m, const struct part *p, struct why *why)
{
	const char *const *line;
	if (++m->depth > MAX_DEPTH)
		return fail(why, ERR_INVALID, "the grammar goes round in circles at %s", p->name);
	size_t n = part_lines(p, pick(m, p->n_starts), &line);
	for (size_t i = 0; i < n; i++)
		TRY(write_line(m, line[i], why));
	m->depth--;
	return ERR_NONE;
}

/* ---- the paper's ways ---- */

static void
choose_ways(struct maker *m, const char *paper)
{
	static const char *const en_marks[] = {"$", "RM", "£", "USD", "€"};
	static const char *const ru_marks[] = {"руб.", "р.", "₽", "руб"};
	static const char *const de_marks[] = {"€", "EUR"};
	static const int en_dates[] = {1, 2, 3, 4, 7, 1, 0}, ru_dates[] = {0, 0, 5, 6, 0},
	                 de_dates[] = {0, 0, 2};
	size_t len = strlen(paper);
	const char *tongue = len > 3 ? paper + len - 2 : "en";
	bool ru = strcmp(tongue, "ru") == 0, de = strcmp(tongue, "de") == 0;
	m->mark = ru ? ru_marks[pick(m, 4)] : de ? de_marks[pick(m, 2)] : en_marks[pick(m, 5)];
	m->comma = de || (ru && pick(m, 2));
	m->thousands = ru ? (pick(m, 3) ? " " : "") : de ? "." : pick(m, 3) ? "," : "";
	m->date_form = ru ? ru_dates[pick(m, 5)] : de ? de_dates[pick(m, 3)] : en_dates[pick(m, 7)];
	m->year = 2008 + (int)pick(m, 18);
	m->month = 1 + (int)pick(m, 12);
	m->day = 1 + (int)pick(m, 28);
	m->later = 5 + (int)pick(m, 40);
}

enum err
made_write(const struct grammar *g, const struct part *paper, uint64_t *chance, struct arena *mem,
           struct made_text **ret, struct why *why)
{
	struct made_text *t;
	ARENA_TRY(t, arena_alloc(mem, sizeof *t), mem, why);
	for (int f = 0; f < FIELD_COUNT; f++)
		t->key[f] = "";
	struct maker m = {.g = g, .chance = chance, .mem = mem, .to = t};
	choose_ways(&m, paper->name);
	TRY(write_part(&m, paper, why));
	*ret = t;
	return ERR_NONE;
}
