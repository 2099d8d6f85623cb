#include "fact_trial.h"

#include "bands.h"
#include "corpus.h"
#include "fdio.h"
#include "json_own.h"
#include "made.h"
#include "money.h"
#include "score.h"
#include "text.h"

#define MOST_TRUTHS 40 /* of one paper */

enum group { GROUP_TEXT, GROUP_MISREAD, GROUP_REAL, GROUP_COUNT };
static const char *const group_names[GROUP_COUNT] = {"made up", "made up, misread", "real invoices"};

struct count {
	unsigned known, given, right; /* papers that say it; answers; those that were right */
	unsigned high, high_right;    /* of those with a high confidence */
	double said;                  /* sum of confidences */
};
struct tallies {
	struct count of[FACT_COUNT][GROUP_COUNT];
};
struct said_fact { /* by the paper, we know */
	enum fact_id id;
	const char *text;
};

static bool
equal_day(const char *code, const char *truth)
{
	char day[DATE_TEXT_LEN];
	struct date d;
	size_t n = strlen(truth);
	OWNED(arena_destroy) struct arena *mem = arena_create("a day", 64 * KIB);
	const char *upper = text_upper(mem, truth, n);
	if (!upper || dates_find(upper, n, &d, 1) != 1)
		return false;
	dates_text(&d, day);
	return strcmp(day, code) == 0;
}

static bool
equal(enum fact_id id, const struct fact *f, const char *truth)
{
	if (strcmp(fact_types[id], "money") == 0)
		return llabs(score_amount(truth)) == llabs(f->minor);
	if (id == FACT_PERIOD) { /* the grammar tells its last day */
		size_t len = strlen(f->code);
		return len == 21 && equal_day(f->code + 11, truth);
	}
	if (strcmp(fact_types[id], "date") == 0)
		return equal_day(f->code, truth);
	char a[200], b[200];
	const char *from = id == FACT_MERCHANT_PHONE && truth[0] == '+' ? truth + 1 : truth;
	size_t n = text_key(f->code, strlen(f->code), a, sizeof a),
	       m = text_key(from, strlen(from), b, sizeof b);
	return n == m && memcmp(a, b, n) == 0;
}

/* A field is looked at where the paper is known to say it. Sums are told apart by their labels alone, so one
 * that is given where there is none is wrong; of a change of nothing the grammar does not tell. */
static void
note(struct tallies *t, enum group group, const struct facts *f, enum paper_type kind,
     const struct said_fact *truth, size_t n)
{
	for (int id = 0; id < FACT_COUNT; id++) {
		const struct fact *given = &f->f[id];
		struct count *c = &t->of[id][group];
		bool known = false, right = false;
		for (size_t i = 0; i < n; i++)
			if ((int)truth[i].id == id) {
				known = true;
				right |= given->value && equal((enum fact_id)id, given, truth[i].text);
			}
		bool sum = group != GROUP_REAL && strcmp(fact_types[id], "money") == 0 && given->minor != 0;
		c->known += known;
		if (!given->value || !(known || sum) || !facts_fit((enum fact_id)id, kind))
			continue;
		c->given++;
		c->right += right;
		c->said += given->confidence;
		c->high += given->confidence >= BAND_HIGH;
		c->high_right += given->confidence >= BAND_HIGH && right;
	}
}

static enum err
look(const struct document_text *doc, enum paper_type kind, const char *total, const struct said_fact *truth,
     size_t n, enum group group, struct tallies *t, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("a paper's facts", 256 * MIB);
	const struct sheet *sheet;
	struct reading *r;
	struct facts f;
	TRY(layout_build(doc, mem, &sheet, why));
	TRY(reading_build(sheet, mem, &r, why));
	TRY(facts_by_rule(r, total[0] ? score_amount(total) : INT64_MIN, mem, &f, why));
	const char *currency = money_of_paper(r);
	if (currency && r->n_amounts > 0)
		f.f[FACT_CURRENCY] = (struct fact){.value = currency, .code = currency, .confidence = 0.9};
	note(t, group, &f, kind, truth, n);
	return ERR_NONE;
}

/* ---- papers made up ---- */

static enum err
try_made(const char *folder, unsigned each, uint64_t seed, struct tallies *t, struct why *why)
{
	OWNED(grammar_free) struct grammar *g = NULL;
	TRY(grammar_read(folder, &g, why));
	for (size_t which = 0; which < grammar_papers(g); which++)
		for (unsigned k = 0; k < each; k++) {
			OWNED(arena_destroy) struct arena *mem = arena_create("a paper made up", 256 * MIB);
			struct made m;
			struct said_fact truth[MOST_TRUTHS];
			size_t n = 0;
			TRY(made_paper(g, which, seed + k, mem, &m, why));
			for (size_t i = 0; i < m.n_facts && n < MOST_TRUTHS; i++)
				truth[n++] = (struct said_fact){m.facts[i].id, m.facts[i].text};
			enum group group = m.doc->source == SOURCE_TEXT_LAYER ? GROUP_TEXT : GROUP_MISREAD;
			TRY(look(m.doc, m.kind, m.key[FIELD_TOTAL], truth, n, group, t, why));
		}
	return ERR_NONE;
}

/* ---- real invoices ---- */

static enum err
try_invoice(const char *data, const char *ocr, const char *path, struct tallies *t, struct why *why)
{
	static const struct {
		const char *key;
		enum fact_id id;
	} keys[] = {{"invoice_number", FACT_DOCUMENT_NUMBER},
	            {"net", FACT_SUBTOTAL},
	            {"tax", FACT_TAX},
	            {"vat_id", FACT_MERCHANT_VAT_ID},
	            {"currency", FACT_CURRENCY}};
	OWNED(arena_destroy) struct arena *mem = arena_create("an invoice", 256 * MIB);
	OWNED(json_release) json_t *j = NULL;
	OWNED(mem_free) char *bytes = NULL;
	const struct document_text *doc;
	struct said_fact truth[ARRAY_LEN(keys)];
	char file[1200];
	size_t n, known = 0;
	snprintf(file, sizeof file, "%s/%.*s.key.json", data, (int)strcspn(path, "."), path);
	if (access(file, R_OK) != 0)
		return ERR_NONE;
	TRY(file_read(file, 64 * KIB, &bytes, &n, why));
	TRY(json_parse(bytes, n, &j, why));
	enum err e = corpus_document(ocr, path, mem, &doc, why);
	if (e != ERR_NONE)
		return e == ERR_ABSENT ? ERR_NONE : e;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *text = json_get_str(j, keys[i].key);
		if (text && text[0])
			truth[known++] = (struct said_fact){keys[i].id, text};
	}
	const char *total = json_get_str(j, "total");
	return look(doc, TYPE_INVOICE, total ? total : "", truth, known, GROUP_REAL, t, why);
}

static enum err
try_invoices(const char *data, const char *ocr, struct tallies *t, struct why *why)
{
	char path[1024];
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	snprintf(path, sizeof path, "%s/manifest.tsv", data);
	TRY(file_read(path, 4 * MIB, &bytes, &n, why));
	char *rest = bytes, *line;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\t")] = '\0';
		if (strncmp(line, "invoices/", 9) == 0)
			TRY(try_invoice(data, ocr, line, t, why));
	}
	return ERR_NONE;
}

enum err
fact_trial_run(const char *made, unsigned each, uint64_t seed, const char *data, const char *ocr,
               struct why *why)
{
	struct tallies t = {0};
	TRY(try_made(made, each, seed, &t, why));
	if (ocr)
		TRY(try_invoices(data, ocr, &t, why));
	printf("%-16s %-18s %6s %6s %6s %6s %6s %6s\n", "field", "papers", "say it", "given", "right", "said",
	       "high", "right");
	for (int id = 0; id < FACT_COUNT; id++)
		for (int g = 0; g < GROUP_COUNT; g++) {
			const struct count *c = &t.of[id][g];
			if (!c->given)
				continue;
			printf("%-16s %-18s %6u %6u %6.3f %6.3f %6u", fact_names[id], group_names[g],
			       c->known, c->given, (double)c->right / c->given, c->said / c->given, c->high);
			if (c->high)
				printf(" %6.3f", (double)c->high_right / c->high);
			printf("\n");
		}
	return ERR_NONE;
}
