#include "predictor.h"

#include "text.h"

#include <math.h>

const char *const type_names[TYPE_COUNT] = {
#define X(name, text) text,
#include "types.tbl.h"
#undef X
};

#define LEAST_LIKE_TEXT 0.95
#define LEAST_LIKE_OCR  0.80

void
predictor_release(struct predictor *p)
{
	text_model_free(&p->text.line);
	text_model_free(&p->text.amount);
	text_model_free(&p->text.date);
	text_model_free(&p->text.type);
	for (int f = 0; f < FIELD_COUNT; f++)
		booster_free(&p->field[f]);
	senders_free(&p->senders);
}

enum origin
reading_origin(const struct reading *r)
{
	return r->sheet->doc->source == SOURCE_TEXT_LAYER ? ORIGIN_TEXT : ORIGIN_OCR;
}

/* Best first; equal ones stay in the finder's order. */
static void
rank(struct choice *c)
{
	for (uint32_t i = 0; i < c->all.n; i++) {
		uint32_t j = i;
		while (j > 0 && c->odds[c->order[j - 1]] < c->odds[i]) {
			c->order[j] = c->order[j - 1];
			j--;
		}
		c->order[j] = i;
	}
}

/* A candidate close behind the best that is a sender known takes its place. */
#define NEAR_MARGIN 3.0f
#define NEAR_COUNT  6

static void
prefer_known(const struct predictor *p, enum field_id field, struct choice *c)
{
	if (!p->senders || (field != FIELD_MERCHANT && field != FIELD_ADDRESS))
		return;
	enum sender_part part = field == FIELD_MERCHANT ? SENDER_NAME : SENDER_ADDRESS;
	float top = c->odds[c->order[0]];
	for (uint32_t i = 0; i < c->all.n && i < NEAR_COUNT && c->odds[c->order[i]] > top - NEAR_MARGIN;
	     i++) {
		uint32_t k = c->order[i];
		if (!senders_known(p->senders, part, c->all.c[k].text))
			continue;
		memmove(&c->order[1], &c->order[0], i * sizeof *c->order);
		c->order[0] = k;
		return;
	}
}

static void
mend(const struct predictor *p, enum field_id field, enum origin origin, struct choice *c)
{
	if (!p->senders || (field != FIELD_MERCHANT && field != FIELD_ADDRESS))
		return;
	double q = 0, least = origin == ORIGIN_TEXT ? LEAST_LIKE_TEXT : LEAST_LIKE_OCR;
	const char *known = senders_find(p->senders, field == FIELD_MERCHANT ? SENDER_NAME : SENDER_ADDRESS,
	                                 c->text, least, &q);
	c->known = known ? q : 0;
	if (known && strcmp(known, c->text) != 0) {
		c->text = known;
		c->mended = true;
	}
}

enum err
predictor_choose(const struct predictor *p, enum field_id field, const struct reading *r, struct arena *mem,
                 struct choice *ret, struct why *why)
{
	struct choice c = {0};
	TRY(candidates_find(field, r, mem, &c.all, why));
	if (c.all.n == 0) {
		*ret = c;
		return ERR_NONE;
	}
	ARENA_TRY(c.odds, arena_array(mem, c.all.n, sizeof *c.odds), mem, why);
	ARENA_TRY(c.order, arena_array(mem, c.all.n, sizeof *c.order), mem, why);
	TRY(booster_score(p->field[field], c.all.x, c.all.n, c.all.n_features, c.odds, why));
	rank(&c);
	prefer_known(p, field, &c);
	const struct candidate *best = &c.all.c[c.order[0]];
	enum origin origin = reading_origin(r);
	c.text = best->text;
	mend(p, field, origin, &c);
	float top = c.odds[c.order[0]];
	float next = -20;
	for (size_t i = 1; i < c.all.n; i++)
		if (strcmp(c.all.c[c.order[i]].text, best->text) != 0)
			next = fmaxf(next, c.odds[c.order[i]]);
	c.signs = (struct signs){{top, fmaxf(fminf(top - next, 10), -3), best->confidence, (float)c.known,
	                          logf((float)strlen(c.text) + 1), logf((float)c.all.n)}};
	c.confidence = calibration_apply(&p->calibration[field][origin], &c.signs);
	*ret = c;
	return ERR_NONE;
}

enum paper_type
predictor_type(const struct predictor *p, const struct reading *r, float *type_p, double *confidence)
{
	text_model_apply(&p->text.type, &r->whole, type_p);
	enum paper_type best = TYPE_OTHER;
	float next = 0;
	for (int t = 0; t < TYPE_COUNT; t++)
		if (type_p[t] > type_p[best])
			best = (enum paper_type)t;
	for (int t = 0; t < TYPE_COUNT; t++)
		if (t != (int)best)
			next = fmaxf(next, type_p[t]);
	float top = logf(fmaxf(type_p[best], 1e-6f)), lead = top - logf(fmaxf(next, 1e-6f));
	struct signs s = {{top, fminf(lead, 10), 0, 0, logf((float)r->sheet->n + 1), 0}};
	*confidence = calibration_apply(&p->type_calibration, &s);
	return best;
}
