#include "money.h"

#include "text.h"

struct sign {
	const char *word, *currency;
	int weight;
};
/* Where a shop is says what its sums are in, unless the sums say it themselves. */
static const struct sign signs[] = {
    {"SDN", "MYR", 2},   {"BHD", "MYR", 2},   {"MALAYSIA", "MYR", 2}, {"SELANGOR", "MYR", 2},
    {"JOHOR", "MYR", 2}, {"KUALA", "MYR", 2}, {"MYR", "MYR", 5},      {"RM", "MYR", 3},
    {"РУБ", "RUB", 5},   {"₽", "RUB", 5},   {"ИНН", "RUB", 3},      {"НДС", "RUB", 2},
    {"ООО", "RUB", 2},   {"БИК", "RUB", 3},   {"КПП", "RUB", 2},      {"РФ", "RUB", 2},
    {"EUR", "EUR", 5},   {"€", "EUR", 5},     {"GBP", "GBP", 5},      {"£", "GBP", 5},
    {"USD", "USD", 5},   {"CHF", "CHF", 5},   {"SGD", "SGD", 5},      {"SINGAPORE", "SGD", 2},
    {"GMBH", "EUR", 1},  {"MWST", "EUR", 1},  {"UAH", "UAH", 5},      {"ГРН", "UAH", 5},
    {"KZT", "KZT", 5},   {"ТЕНГЕ", "KZT", 5}, {"BYN", "BYN", 5},      {"INR", "INR", 5},
    {"₹", "INR", 5},
};
static const char *const codes[] = {"MYR", "RUB", "EUR", "GBP", "USD", "CHF",
                                    "SGD", "UAH", "KZT", "BYN", "INR"};

static size_t
code_index(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strcmp(codes[i], code) == 0)
			return i;
	return 0;
}

const char *
money_of_paper(const struct reading *r)
{
	int score[ARRAY_LEN(codes)] = {0};
	for (size_t i = 0; i < r->n_amounts; i++)
		if (r->amounts[i].a.currency)
			score[code_index(r->amounts[i].a.currency)] +=
			    strcmp(r->amounts[i].a.currency, "USD") ? 4 : 1;
	for (size_t i = 0; i < r->sheet->n && i < 400; i++)
		for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
			const char *u = r->sheet->segs[i].upper;
			bool symbol = (uint8_t)signs[k].word[0] == 0xE2 || (uint8_t)signs[k].word[0] == 0xC2;
			if (symbol ? strstr(u, signs[k].word) != NULL : text_has_word(u, signs[k].word))
				score[code_index(signs[k].currency)] += signs[k].weight;
		}
	size_t best = 0;
	for (size_t i = 1; i < ARRAY_LEN(codes); i++)
		if (score[i] > score[best])
			best = i;
	return score[best] > 0 ? codes[best] : NULL;
}

const char *
money_currency(const char *mark, const char *paper)
{
	return strcmp(mark, "USD") == 0 && paper ? paper : mark;
}

json_t *
money_json(int64_t minor, const char *currency)
{
	char amount[32];
	int64_t a = minor < 0 ? -minor : minor;
	snprintf(amount, sizeof amount, "%s%lld.%02lld", minor < 0 ? "-" : "", (long long)(a / 100),
	         (long long)(a % 100));
	return json_pack("{s:s, s:I, s:i, s:s?}", "amount", amount, "minor", (json_int_t)minor, "exp", 2,
	                 "currency", currency);
}
