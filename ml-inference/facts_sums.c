/* Sums with a label, and how they were paid. */
#include "fact_finder.h"
#include "money.h"
#include "text.h"

static bool
put_sum(const struct fact_finder *k, enum fact_id id, const struct found_amount *a, double confidence,
        struct reason why)
{
	if (!fact_put(k, id, &k->r->sheet->segs[a->seg], a->a.from, a->a.end, "", confidence, why))
		return false;
	k->to->f[id].minor = a->a.minor;
	k->to->f[id].currency = a->a.currency;
	return true;
}

static bool
has(const struct fact_finder *k, int64_t minor)
{
	for (size_t i = 0; i < k->r->n_amounts; i++)
		if (k->r->amounts[i].a.minor == minor)
			return true;
	return false;
}

/* Is it the tax that a total holds, at a rate people meet? A coin more or less: rows are rounded by
 * themselves. */
static bool
tax_inside(int64_t total, int64_t tax)
{
	static const int rates[] = {5, 7, 10, 18, 19, 20, 21, 22};
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		int64_t whole = 100 + rates[i];
		if (llabs(tax - (total * rates[i] + whole / 2) / whole) <= 1)
			return true;
	}
	return false;
}

static void
tax(const struct fact_finder *k, const struct found_amount *a, bool sum_word)
{
	static const struct reason agrees = {"A tax's name stands before it, and net plus tax agrees",
	                                     "перед ней название налога, сумма без налога сходится"},
	                           inside =
	                               {"A tax's name stands before it, and it is a known rate of the total",
	                                "перед ней название налога, она составляет его ставку от итога"},
	                           named = {"A tax's name stands before it", "перед ней название налога"};
	int64_t v = a->a.minor, total = k->total;
	if (v <= 0 || a->a.negative || total <= 0 || v >= total / 3)
		return;
	bool fits = has(k, total - v), rate = tax_inside(total, v);
	if (!sum_word && fits)
		put_sum(k, FACT_TAX, a, 0.95, agrees);
	else if (rate)
		put_sum(k, FACT_TAX, a, 0.93, inside); /* "СУММА НДС" too */
	else if (!sum_word)
		put_sum(k, FACT_TAX, a, 0.6, named); /* often that of one rate among several */
}

static void
subtotal(const struct fact_finder *k, const struct found_amount *a, const char *l)
{
	static const struct reason
	    said = {"SUBTOTAL stands before it", "перед ней слово «подытог»"},
	    net = {"A word for what is before tax stands before it, and with the tax it is the total",
	           "перед ней слова «без налога», с налогом она даёт итог"};
	int64_t v = a->a.minor, total = k->total;
	bool known = total > 0, rest = known && v < total && has(k, total - v);
	if ((strstr(l, "SUB TOTAL") || strstr(l, "SUBTOTAL") || strstr(l, "SUB-TOTAL")) &&
	    (!known || v <= total + total / 2))
		put_sum(k, FACT_SUBTOTAL, a, known && has(k, total - v) ? 0.97 : 0.8, said);
	else if (rest && (text_has_word(l, "NET") || text_has_word(l, "NETTO") || strstr(l, "EXCL") ||
	                  strstr(l, "БЕЗ GST")))
		put_sum(k, FACT_SUBTOTAL, a, 0.93, net);
}

static void
paid(const struct fact_finder *k, const struct found_amount *a, const char *l)
{
	static const struct reason way = {"A way of paying stands before it", "перед ней способ оплаты"},
	                           beside = {"The sum paid stands beside it", "рядом стоит уплаченная сумма"};
	int64_t v = a->a.minor, total = k->total;
	bool cash = text_has_word(l, "CASH") || text_has_word(l, "TENDER") || text_has_word(l, "TENDERED");
	bool by_card = text_has_word(l, "CARD") || text_has_word(l, "VISA") || strstr(l, "MASTER");
	if (!(cash || by_card || text_has_word(l, "PAID")) || total <= 0 || v < total || v >= 1000 * total)
		return;
	bool fits = v == total || has(k, v - total);
	put_sum(k, FACT_PAID, a, fits ? 0.96 : 0.7, way);
	if (cash || by_card)
		fact_put(k, FACT_PAYMENT_METHOD, &k->r->sheet->segs[a->seg], a->a.from, a->a.end,
		         by_card ? "card" : "cash", fits ? 0.95 : 0.7, beside);
}

static void
labelled_sum(const struct fact_finder *k, const struct found_amount *a)
{
	static const struct reason fits_total = {"CHANGE stands before it, and it fits the total",
	                                         "перед ней слово «сдача», с итогом сходится"},
	                           change = {"CHANGE stands before it", "перед ней слово «сдача»"};
	const char *l = a->left;
	bool sum_word = strstr(l, "TOTAL") || strstr(l, "INCL") || strstr(l, "EXCL") || strstr(l, "AMOUNT");
	subtotal(k, a, l);
	if (text_has_word(l, "GST") || text_has_word(l, "TAX"))
		tax(k, a, sum_word);
	if (text_has_word(l, "CHANGE") && k->total > 0) {
		bool fits = has(k, k->total + a->a.minor);
		put_sum(k, FACT_CHANGE, a, fits ? 0.98 : 0.85, fits ? fits_total : change);
	}
	paid(k, a, l);
}

/* Words that say how it was paid wherever they stand. */
static void
way_of_paying(const struct fact_finder *k, uint32_t seg)
{
	static const struct {
		const char *words, *way;
		double sure;
	} ways[] = {{"СИСТЕМА БЫСТРЫХ ПЛАТЕЖЕЙ", "transfer", 0.85},
	            {"ПЕРЕВОД ПО СБП", "transfer", 0.9},
	            {"ОПЛАТА ПО СБП", "transfer", 0.9},
	            {"ОПЛАТА СБП", "transfer", 0.88},
	            {"ПЕРЕВОД КЛИЕНТУ", "transfer", 0.85},
	            {"BANK TRANSFER", "transfer", 0.6},
	            {"БЕЗНАЛИЧН", "card", 0.6},
	            {"PAID BY CARD", "card", 0.9},
	            {"CONTACTLESS", "card", 0.85},
	            {"ПИН-КОД", "card", 0.8},
	            {"PIN VERIFIED", "card", 0.85},
	            {"APPROVAL CODE", "card", 0.75},
	            {"КОД АВТОРИЗАЦИИ", "card", 0.8},
	            {"ПОДПИСЬ КЛИЕНТА НЕ ТРЕБУЕТСЯ", "card", 0.85}};
	static const struct reason words = {"Words for this way of paying stand there",
	                                    "так сказано словами"};
	const struct segment *g = &k->r->sheet->segs[seg];
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		const char *p = strstr(g->upper, ways[i].words);
		size_t at = p ? (size_t)(p - g->upper) : 0;
		if (p)
			fact_put(k, FACT_PAYMENT_METHOD, g, at, at + strlen(ways[i].words), ways[i].way,
			         ways[i].sure, words);
	}
}

void
facts_sums(const struct fact_finder *k)
{
	for (size_t i = 0; i < k->r->n_amounts; i++)
		labelled_sum(k, &k->r->amounts[i]);
	for (uint32_t i = 0; i < k->r->sheet->n && i < FACTS_MAX_SCANNED; i++)
		way_of_paying(k, i);
	const struct fact *card = &k->to->f[FACT_CARD_LAST4];
	struct fact *way = &k->to->f[FACT_PAYMENT_METHOD];
	if (card->value && !way->value) {
		*way = *card;
		way->code = "card";
		way->confidence = way->proof = 0.85 * card->confidence;
		way->english = "A card's last digits are on it";
		way->russian = "на ней последние цифры карты";
	}
}
