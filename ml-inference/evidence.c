#include "evidence.h"

#include "json_own.h"

#include <pthread.h>

#define MOST_REASONS 3

/* Of what tells of one thing only the strongest is said. */
enum about { ABOUT_ITSELF, ABOUT_WORDS, ABOUT_SIZE, ABOUT_LETTERS, ABOUT_NAME, ABOUT_ADDRESS };

struct phrase {
	const char *feature; /* the name, or its end after the dot */
	bool needs_value;    /* speaks only when the feature is not 0 */
	enum about about;
	const char *english, *russian;
};
static const struct phrase phrases[] = {
    {"p", false, ABOUT_WORDS, "the words around it", "слова рядом"},
    {"p_sum", false, ABOUT_WORDS, "the words around all its occurrences",
     "слова рядом со всеми её упоминаниями"},
    {"p_share", false, ABOUT_WORDS, "no other amount has such words around it",
     "ни у какой другой суммы нет таких слов рядом"},
    {"left.TOTAL", true, ABOUT_ITSELF, "TOTAL stands before it", "перед ней слово «итого»"},
    {"most.22", true, ABOUT_ITSELF, "TOTAL stands before it", "перед ней слово «итого»"},
    {"left.CASH", true, ABOUT_ITSELF, "CASH stands before it", "перед ней слово «наличные»"},
    {"down.CASH", true, ABOUT_ITSELF, "CASH stands in the next row", "строкой ниже слово «наличные»"},
    {"down.CHANGE", true, ABOUT_ITSELF, "CHANGE stands in the next row", "строкой ниже слово «сдача»"},
    {"left.AMOUNT", true, ABOUT_ITSELF, "AMOUNT stands before it", "перед ней слово «сумма»"},
    {"TOTAL_above", true, ABOUT_ITSELF, "TOTAL stands above it", "над ней слово «итого»"},
    {"is_largest", true, ABOUT_SIZE, "it is the largest amount", "это самая большая сумма"},
    {"share_of_largest", true, ABOUT_SIZE, "its size among the amounts", "её величина среди сумм"},
    {"rank", false, ABOUT_SIZE, "its size among the amounts", "её величина среди сумм"},
    {"cash_minus_change", true, ABOUT_ITSELF, "cash minus change agrees", "наличные минус сдача сходятся"},
    {"net_plus_tax", true, ABOUT_ITSELF, "net plus tax agrees", "сумма без налога плюс налог сходятся"},
    {"tax_inside", true, ABOUT_ITSELF, "the tax printed fits it", "напечатанный налог ей соответствует"},
    {"items_add_up", true, ABOUT_ITSELF, "its rows add up to it", "строки в сумме дают её"},
    {"sum_of_two", true, ABOUT_ITSELF, "two other amounts add up to it", "две другие суммы дают её"},
    {"sum_before", true, ABOUT_ITSELF, "the amounts before it add up", "суммы перед ней складываются"},
    {"occurrences", true, ABOUT_ITSELF, "how often it stands there", "сколько раз встречается"},
    {"height", true, ABOUT_LETTERS, "the size of its letters", "размер букв"},
    {"highest", true, ABOUT_LETTERS, "the size of its letters", "размер букв"},
    {"share_of_highest", true, ABOUT_LETTERS, "the size of its letters", "размер букв"},
    {"is_highest", true, ABOUT_LETTERS, "it has the largest letters", "самые крупные буквы"},
    {"DATE_left", true, ABOUT_ITSELF, "DATE stands before it", "перед ней слово «дата»"},
    {"DATE_above", true, ABOUT_ITSELF, "DATE stands above it", "над ней слово «дата»"},
    {"time_right", true, ABOUT_ITSELF, "a time follows it", "за ней следует время"},
    {"y", false, ABOUT_ITSELF, "its place on the page", "место на странице"},
    {"row", false, ABOUT_ITSELF, "its place on the page", "место на странице"},
    {"line.segment", false, ABOUT_ITSELF, "its place on the page", "место на странице"},
    {"p_merchant", false, ABOUT_NAME, "it reads like a company's name", "похоже на название организации"},
    {"p_of_best", false, ABOUT_NAME, "no other line reads more like a company's name",
     "ни одна строка не похожа на название больше"},
    {"p_address", false, ABOUT_ADDRESS, "it reads like an address", "похоже на адрес"},
    {"odds_sum", false, ABOUT_ADDRESS, "its lines read like an address", "строки похожи на адрес"},
    {"odds_least", false, ABOUT_ADDRESS, "its lines read like an address", "строки похожи на адрес"},
    {"odds_mean", false, ABOUT_ADDRESS, "its lines read like an address", "строки похожи на адрес"},
    {"odds_before", false, ABOUT_ITSELF, "the line before does not belong to it",
     "предыдущая строка сюда не относится"},
    {"odds_after", false, ABOUT_ITSELF, "the line after does not belong to it",
     "следующая строка сюда не относится"},
    {"legal_end", true, ABOUT_ITSELF, "it has a company's legal form", "есть форма собственности"},
    {"postcodes", true, ABOUT_ITSELF, "it has a postcode", "есть почтовый индекс"},
    {"last.postcodes", true, ABOUT_ITSELF, "it has a postcode", "есть почтовый индекс"},
    {"state_last", true, ABOUT_ITSELF, "it ends in a state or country", "в конце область или страна"},
    {"next.long_number", true, ABOUT_ITSELF, "a number of registration or telephone follows",
     "дальше регистрационный номер или телефон"},
};

static const struct phrase *
find_phrase(const char *name)
{
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (strcmp(name, phrases[i].feature) == 0 ||
		    (dot && strcmp(dot + 1, phrases[i].feature) == 0))
			return &phrases[i];
	return NULL;
}

/* The names are what the code computes, so they never change. */
static char *names[FIELD_COUNT][CANDIDATES_MAX_FEATURES];
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

static void
read_names(void)
{
	for (int field = 0; field < FIELD_COUNT; field++) {
		OWNED(buf_free) struct buf text = buf_init(64 * KIB);
		struct why why = {""};
		if (candidates_feature_names((enum field_id)field, &text, &why) != ERR_NONE)
			BUG("the features of %s have no names: %s", field_names[field], why.text);
		char *rest = buf_take(&text, NULL);
		for (size_t i = 0; i < CANDIDATES_MAX_FEATURES; i++)
			names[field][i] = rest ? strsep(&rest, "\n") : (char *)"";
	}
}

enum err
evidence_write(const struct predictor *p, enum field_id field, const struct choice *c, struct buf *out,
               struct buf *out_russian, struct why *why)
{
	float part[CANDIDATES_MAX_FEATURES + 1];
	size_t n = c->all.n_features;
	const float *x = c->all.x + (size_t)c->order[0] * n;
	pthread_once(&names_once, read_names);
	TRY(trees_explain(p->field[field], x, n, part, why));
	const struct phrase *said[MOST_REASONS];
	size_t n_said = 0;
	while (n_said < MOST_REASONS) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (part[i] > 0.05f && (best == n || part[i] > part[best]))
				best = i;
		if (best == n)
			break;
		part[best] = 0;
		const struct phrase *f = find_phrase(names[field][best]);
		bool again = !f || (f->needs_value && x[best] == 0);
		for (size_t i = 0; i < n_said && !again; i++)
			again = strcmp(said[i]->english, f->english) == 0 ||
			        (f->about != ABOUT_ITSELF && said[i]->about == f->about);
		if (!again)
			said[n_said++] = f;
	}
	for (size_t i = 0; i < n_said; i++) {
		buf_printf(out, "%s%s", i ? "; " : "", said[i]->english);
		buf_printf(out_russian, "%s%s", i ? "; " : "", said[i]->russian);
	}
	if (n_said == 0) {
		buf_puts(out, "the most likely of what stands there");
		buf_puts(out_russian, "самое вероятное из того, что напечатано");
	}
	if (c->mended) {
		buf_puts(out, "; spelt as this sender is known");
		buf_puts(out_russian, "; написание известного отправителя");
	}
	if (out->data && out->data[0] >= 'a' && out->data[0] <= 'z')
		out->data[0] = (char)(out->data[0] - 32);
	return ERR_NONE;
}

#define MOST_SIGNS 3

void
evidence_of_kind(const struct reading *r, enum paper_type kind, struct buf *english, struct buf *russian)
{
	const char *sign[MOST_SIGNS];
	size_t n = kind_signs(r, kind, sign, MOST_SIGNS);
	buf_puts(english,
	         n ? "These words stand on it: " : "The look of its text is most like this kind of paper");
	buf_puts(russian, n ? "На ней стоят слова: " : "Вид текста больше всего похож на такую бумагу");
	for (size_t i = 0; i < n; i++) {
		buf_printf(english, "%s%s", i ? ", " : "", sign[i]);
		buf_printf(russian, "%s%s", i ? ", " : "", sign[i]);
	}
}
