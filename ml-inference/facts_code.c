/* QR codes that say what the paper says. Anything malformed is passed over: the paper was read too. */
#include "check_digits.h"
#include "facts.h"
#include "text.h"

#define MAX_LINES 40

static const char because_en[] = "The code printed on the paper says so";
static const char because_ru[] = "Так сказано в коде на бумаге";

struct code {
	const struct barcode *b;
	int32_t page;
	struct arena *mem;
	struct facts *to;
};

/* False: an earlier code has said it, or there is nothing to say. */
static bool
put(const struct code *c, enum fact_id id, const char *value, const char *normal)
{
	struct fact *f = &c->to->f[id];
	if (f->value || !value || !value[0])
		return false;
	*f = (struct fact){.value = value,
	                   .code = normal ? normal : value,
	                   .confidence = 0.995,
	                   .source = "qr",
	                   .english = because_en,
	                   .russian = because_ru,
	                   .box = c->b->box,
	                   .page = c->page,
	                   .has_box = true};
	return true;
}

/* "1234.56" or "1234": hundredths; -1 when it is neither. */
static int64_t
parse_sum(const char *s, size_t n)
{
	int64_t v = 0;
	size_t i = 0, decimals = 0;
	bool point = false;
	for (; i < n && i < 15; i++) {
		if (text_is_digit(s[i])) {
			v = v * 10 + (s[i] - '0');
			decimals += point;
		} else if (s[i] == '.' && !point && i > 0) {
			point = true;
		} else {
			return -1;
		}
	}
	if (i != n || n == 0 || decimals > 2)
		return -1;
	for (; decimals < 2; decimals++)
		v *= 10;
	return v;
}

static void
put_money(const struct code *c, int64_t minor, const char *currency)
{
	if (minor < 0)
		return;
	char *text = arena_printf(c->mem, "%lld.%02lld", (long long)(minor / 100), (long long)(minor % 100));
	if (!put(c, FACT_TOTAL, text, text))
		return;
	c->to->f[FACT_TOTAL].minor = minor;
	c->to->f[FACT_TOTAL].currency = currency;
	put(c, FACT_CURRENCY, currency, currency);
}

/* The value of `key=` in a list of them separated by `sep`; its length, or 0. */
static size_t
member(const char *s, const char *key, char sep, const char **ret)
{
	size_t k = strlen(key);
	for (const char *p = s; p; p = strchr(p, sep) ? strchr(p, sep) + 1 : NULL)
		if (strncasecmp(p, key, k) == 0 && p[k] == '=') {
			const char *end = strchr(p, sep);
			*ret = p + k + 1;
			return end ? (size_t)(end - *ret) : strlen(*ret);
		}
	return 0;
}

static bool
digits_only(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_digit(s[i]))
			return false;
	return n > 0;
}

/* t=20240203T1845&s=233.90&fn=9289000100...&i=12345&fp=...&n=1 */
static bool
fiscal(const struct code *c)
{
	const char *s = c->b->text, *t, *sum, *fn, *i;
	size_t nt = member(s, "t", '&', &t), ns = member(s, "s", '&', &sum), nf = member(s, "fn", '&', &fn);
	size_t ni = member(s, "i", '&', &i);
	if (nt < 13 || ns == 0 || nf < 10 || !digits_only(fn, nf) || !digits_only(t, 8) || t[8] != 'T' ||
	    !digits_only(t + 9, 4))
		return false;
	int y = (t[0] - '0') * 1000 + (t[1] - '0') * 100 + (t[2] - '0') * 10 + (t[3] - '0');
	int m = (t[4] - '0') * 10 + (t[5] - '0'), d = (t[6] - '0') * 10 + (t[7] - '0');
	int64_t minor = parse_sum(sum, ns);
	int hour = (t[9] - '0') * 10 + (t[10] - '0'), minute = (t[11] - '0') * 10 + (t[12] - '0');
	if (!dates_valid(y, m, d) || hour > 23 || minute > 59 || minor < 0)
		return false;
	char *day = arena_printf(c->mem, "%04d-%02d-%02d", y, m, d);
	char *time = arena_printf(c->mem, "%.2s:%.2s", t + 9, t + 11);
	put(c, FACT_DATE, day, day);
	put(c, FACT_TIME, time, time);
	put_money(c, minor, "RUB");
	if (ni > 0 && ni < 20 && digits_only(i, ni))
		put(c, FACT_DOCUMENT_NUMBER, arena_strndup(c->mem, i, ni), NULL);
	return true;
}

static void
put_member(const struct code *c, enum fact_id id, const char *key)
{
	const char *v;
	size_t n = member(c->b->text, key, '|', &v);
	if (n > 0 && n < 200)
		put(c, id, arena_strndup(c->mem, v, n), NULL);
}

/* ST00012|Name=...|PersonalAcc=...|BankName=...|BIC=...|CorrespAcc=...|Sum=23390|PayeeINN=... */
static bool
russian_payment(const struct code *c)
{
	if (strncmp(c->b->text, "ST0001", 6) != 0)
		return false;
	const char *sum;
	put_member(c, FACT_MERCHANT_NAME, "Name");
	put_member(c, FACT_ACCOUNT, "PersonalAcc");
	put_member(c, FACT_BIC, "BIC");
	put_member(c, FACT_MERCHANT_TAX_ID, "PayeeINN");
	put_member(c, FACT_MERCHANT_KPP, "KPP");
	size_t n = member(c->b->text, "Sum", '|', &sum);
	if (n > 0 && n < 13 && digits_only(sum, n)) {
		int64_t minor = 0;
		for (size_t i = 0; i < n; i++)
			minor = minor * 10 + (sum[i] - '0');
		put_money(c, minor, "RUB");
	}
	return true;
}

static size_t
split_lines(const struct code *c, const char **lines)
{
	size_t n = 0;
	for (const char *p = c->b->text; p && n < MAX_LINES;) {
		size_t k = strcspn(p, "\r\n");
		lines[n] = arena_strndup(c->mem, p, k);
		if (!lines[n])
			return n;
		n++;
		p += k;
		if (*p == '\r')
			p++;
		p = *p == '\n' ? p + 1 : NULL;
	}
	return n;
}

static void
put_iban(const struct code *c, const char *iban)
{
	if (check_iban(iban, strlen(iban)))
		put(c, FACT_IBAN, iban, NULL);
}

/* BCD, version, encoding, SCT, BIC, name, IBAN, EUR12.30, purpose, reference, text */
static bool
epc_payment(const struct code *c)
{
	const char *l[MAX_LINES];
	size_t n = split_lines(c, l);
	if (n < 7 || strcmp(l[0], "BCD") != 0 || strcmp(l[3], "SCT") != 0)
		return false;
	put(c, FACT_BIC, l[4], NULL);
	put(c, FACT_MERCHANT_NAME, l[5], NULL);
	put_iban(c, l[6]);
	if (n > 7 && strncmp(l[7], "EUR", 3) == 0)
		put_money(c, parse_sum(l[7] + 3, strlen(l[7] + 3)), "EUR");
	return true;
}

/* SPC, 0200, 1, IBAN, creditor (7 lines), ultimate creditor (7), amount, currency, debtor (7), ... */
static bool
swiss_bill(const struct code *c)
{
	const char *l[MAX_LINES];
	size_t n = split_lines(c, l);
	if (n < 20 || strcmp(l[0], "SPC") != 0)
		return false;
	put_iban(c, l[3]);
	put(c, FACT_MERCHANT_NAME, l[5], NULL);
	if (strcmp(l[19], "CHF") == 0 || strcmp(l[19], "EUR") == 0)
		put_money(c, parse_sum(l[18], strlen(l[18])), l[19]);
	if (n > 21)
		put(c, FACT_RECIPIENT, l[21], NULL);
	return true;
}

enum err
facts_by_code(const struct document_text *doc, struct arena *mem, struct facts *ret, struct why *why)
{
	*ret = (struct facts){0};
	for (size_t p = 0; p < doc->n_pages; p++)
		for (size_t i = 0; i < doc->pages[p].n_barcodes; i++) {
			struct code c = {&doc->pages[p].barcodes[i], doc->pages[p].number, mem, ret};
			if (!fiscal(&c) && !russian_payment(&c) && !epc_payment(&c))
				(void)swiss_bill(&c);
		}
	(void)why;
	return ERR_NONE;
}
