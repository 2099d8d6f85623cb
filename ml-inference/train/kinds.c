#include "kinds.h"

#include <math.h>

struct class_kind {
	const char *class;
	enum paper_type kind;
};
static const struct class_kind classes[] = {
    {"receipt", TYPE_RECEIPT},
    {"invoice", TYPE_INVOICE},
    {"utility_bill", TYPE_UTILITY_BILL},
    {"bank_statement", TYPE_BANK_STATEMENT},
    {"card_slip", TYPE_CARD_SLIP},
    {"letter", TYPE_LETTER},
    {"contract", TYPE_CONTRACT},
    {"form", TYPE_FORM},
    {"mortgage_form", TYPE_FORM},
    {"resume", TYPE_RESUME},
    {"identity_document", TYPE_IDENTITY_DOCUMENT},
    {"ticket", TYPE_TICKET},
    {"medical", TYPE_MEDICAL},
    {"insurance_card", TYPE_MEDICAL},
    {"tax_form", TYPE_TAX},
    {"tax", TYPE_TAX},
    {"bank_card", TYPE_OTHER},
    {"business_card", TYPE_OTHER},
    {"certificate", TYPE_OTHER},
    {"law_or_official", TYPE_OTHER},
    {"ocr_text_page", TYPE_OTHER},
    {"other_document", TYPE_OTHER},
    {"payment_order", TYPE_OTHER},
    {"payslip", TYPE_OTHER},
    {"other", TYPE_OTHER},
};

bool
kind_of_class(const char *class, enum paper_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(class, classes[i].class) == 0) {
			*ret = classes[i].kind;
			return true;
		}
	return false;
}

/* Rare kinds count for more, by the root of how rare they are, or receipts would be all there is. */
void
fit_kinds(const struct corpus *c, const bool *use, uint64_t seed, struct text_model *ret)
{
	size_t count[TYPE_COUNT] = {0}, n = 0;
	enum paper_type kind;
	struct text_example *e = calloc(c->n + 1, sizeof *e);
	if (!e)
		BUG("no memory for examples");
	for (size_t i = 0; i < c->n; i++)
		if (use[i] && kind_of_class(c->p[i].type, &kind))
			count[kind]++;
	for (size_t i = 0; i < c->n; i++)
		if (use[i] && kind_of_class(c->p[i].type, &kind))
			e[n++] = (struct text_example){c->p[i].reading->whole, kind,
			                               (float)sqrt(100.0 / (double)count[kind])};
	text_model_fit(ret, TYPE_COUNT, e, n, 12, 1e-4f, seed);
	text_model_round(ret);
	free(e);
}
