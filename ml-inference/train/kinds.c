#include "kinds.h"

#include "booster.h"
#include "fit.h"

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

static bool
kind_of_class(const char *class, enum paper_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(class, classes[i].class) == 0) {
			*ret = classes[i].kind;
			return true;
		}
	return false;
}

/* Papers whose folder says what they are not, told by looking at them. */
static const struct {
	const char *id;
	enum paper_type kind;
} misfiled[] = {
    {"az_generaldoc-employment.png", TYPE_FORM}, /* an application for employment, filled in */
    {"unst_DA-1p.jpg", TYPE_OTHER},              /* a page of a game's rules */
    {"unst_DA-1p.pdf", TYPE_OTHER},              /* the same */
    {"omp_linn.png", TYPE_OTHER},                /* a leaflet about a sequencer */
    {"omp_typewriter.png", TYPE_OTHER},          /* a recipe */
    {"dedoc_with_trash.jpg", TYPE_CONTRACT},     /* a deed of gift */
};

bool
kind_of_paper(const struct paper *p, enum paper_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(misfiled); i++)
		if (!p->made && strcmp(p->id, misfiled[i].id) == 0) {
			*ret = misfiled[i].kind;
			return true;
		}
	return kind_of_class(p->type, ret);
}

#define INNER_FOLDS  4
#define MADE_WEIGHT  0.3f
#define OTHER_WEIGHT 0.35f
#define KIND_EPOCHS  4 /* twice as many learn the papers at hand by heart, and say less of a stranger's */

/* A receipt's transcript and its picture are one paper: the picture is what kinds are told from. */
static bool
teaches(const struct corpus *c, const bool *use, size_t i, enum paper_type *ret)
{
	return use[i] && !c->p[i].transcript && kind_of_paper(&c->p[i], ret);
}

/* Is it written in Russian letters? Papers of one tongue say little of those of another: each is weighed by
 * itself. */
static bool
is_cyrillic(const struct paper *p)
{
	size_t all = 0, cyrillic = 0;
	for (size_t i = 0; i < p->sheet->n && i < 60; i++)
		for (const char *c = p->sheet->segs[i].text; *c; c++) {
			all += ((uint8_t)*c & 0xC0) != 0x80;
			cyrillic += (uint8_t)*c == 0xD0 || (uint8_t)*c == 0xD1;
		}
	return 5 * cyrillic > all;
}

/* Rare kinds count for more, or receipts would be all there is. `other` is what is left when nothing else
 * fits: taught as heartily as the rest it would draw everything unknown to itself. */
static void
weigh(const struct corpus *c, const bool *use, float *weight)
{
	float sum[TYPE_COUNT][2] = {0};
	enum paper_type kind;
	for (size_t i = 0; i < c->n; i++)
		if (teaches(c, use, i, &kind))
			sum[kind][is_cyrillic(&c->p[i])] += c->p[i].made ? MADE_WEIGHT : 1.0f;
	for (size_t i = 0; i < c->n; i++)
		if (teaches(c, use, i, &kind))
			weight[i] = (c->p[i].made ? MADE_WEIGHT : 1.0f) *
			            powf(100.0f / sum[kind][is_cyrillic(&c->p[i])], 0.75f) *
			            (kind == TYPE_OTHER ? OTHER_WEIGHT : 1.0f);
	float all = 0, papers = 0;
	for (size_t i = 0; i < c->n; i++) {
		all += weight[i];
		papers += weight[i] > 0;
	}
	for (size_t i = 0; i < c->n && all > 0; i++)
		weight[i] *= papers / all;
}

static void
fit_words(const struct corpus *c, const bool *use, const float *weight, uint64_t seed, struct text_model *ret)
{
	size_t n = 0;
	enum paper_type kind;
	struct text_example *e = calloc(c->n + 1, sizeof *e);
	if (!e)
		BUG("no memory for examples");
	for (size_t i = 0; i < c->n; i++)
		if (teaches(c, use, i, &kind))
			e[n++] = (struct text_example){c->p[i].reading->whole, kind, weight[i]};
	text_model_fit(ret, TYPE_COUNT, e, n, KIND_EPOCHS, 1e-4f, seed);
	text_model_round(ret);
	free(e);
}

/* What the words say of each paper in use, by models that have not seen its source. */
static void
judge_out_of_fold(const struct corpus *c, const bool *use, const float *weight, uint64_t seed,
                  float (*text_p)[TYPE_COUNT])
{
	uint8_t *fold = calloc(c->n + 1, 1);
	bool *inner = calloc(c->n + 1, sizeof *inner);
	if (!fold || !inner)
		BUG("no memory for folds");
	folds_draw(c, FOLDS_SOURCE, INNER_FOLDS, seed + 3, fold);
	for (unsigned k = 0; k < INNER_FOLDS; k++) {
		struct text_model m = {0};
		for (size_t i = 0; i < c->n; i++)
			inner[i] = use[i] && fold[i] != k;
		fit_words(c, inner, weight, seed, &m);
		for (size_t i = 0; i < c->n; i++)
			if (use[i] && fold[i] == k)
				text_model_apply(&m, &c->p[i].reading->whole, text_p[i]);
		text_model_free(&m);
	}
	free(fold);
	free(inner);
}

static enum err
fit_trees(const struct corpus *c, const bool *use, const float *weight, const float (*text_p)[TYPE_COUNT],
          uint64_t seed, struct trees **ret, struct why *why)
{
	size_t rows = 0, columns = 0;
	enum paper_type kind;
	OWNED(mem_free) float *x = calloc(c->n * KIND_MAX_FEATURES + 1, sizeof *x);
	OWNED(mem_free) float *y = calloc(c->n + 1, sizeof *y);
	OWNED(mem_free) float *w = calloc(c->n + 1, sizeof *w);
	if (!x || !y || !w)
		BUG("no memory for a matrix");
	for (size_t i = 0; i < c->n; i++) {
		if (!teaches(c, use, i, &kind))
			continue;
		struct features f = {.v = x + rows * columns, .cap = KIND_MAX_FEATURES};
		TRY(kind_features(c->p[i].reading, text_p[i], &f, why));
		columns = f.n;
		y[rows] = kind;
		w[rows++] = weight[i];
	}
	const struct booster_options o = {.rounds = 100,
	                                  .depth = 4,
	                                  .classes = TYPE_COUNT,
	                                  .eta = 0.1,
	                                  .subsample = 0.7,
	                                  .columns = 0.3,
	                                  .lambda = 1,
	                                  .min_child = 0.2,
	                                  .seed = (unsigned)seed,
	                                  .runs = 3};
	return booster_train(x, y, w, rows, columns, &o, ret, why);
}

enum err
fit_kinds(const struct corpus *c, const bool *use, uint64_t seed, struct predictor *ret, struct why *why)
{
	OWNED(mem_free) float *weight = calloc(c->n + 1, sizeof *weight);
	OWNED(mem_free) float(*text_p)[TYPE_COUNT] = calloc(c->n + 1, sizeof *text_p);
	if (!weight || !text_p)
		BUG("no memory for the kinds of paper");
	weigh(c, use, weight);
	judge_out_of_fold(c, use, weight, seed, text_p);
	TRY(fit_trees(c, use, weight, text_p, seed, &ret->kind, why));
	fit_words(c, use, weight, seed, &ret->text.type);
	return ERR_NONE;
}
