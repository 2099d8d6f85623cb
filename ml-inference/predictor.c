#include "predictor.h"

#include "address_signs.h"
#include "facts.h"
#include "kind_shape.h"
#include "text.h"

#include <math.h>

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
		trees_free(&p->field[f]);
	trees_free(&p->kind);
	senders_free(&p->senders);
}

enum origin
reading_origin(const struct reading *r)
{
	return r->sheet->doc->source == SOURCE_TEXT_LAYER ? ORIGIN_TEXT : ORIGIN_OCR;
}

static float
reading_confidence(const struct reading *r)
{
	float sum = 0;
	for (size_t i = 0; i < r->sheet->n; i++)
		sum += r->sheet->segs[i].confidence;
	return r->sheet->n ? sum / (float)r->sheet->n : 0;
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

static void
put_first(struct choice *c, uint32_t at)
{
	uint32_t k = c->order[at];
	memmove(&c->order[1], &c->order[0], at * sizeof *c->order);
	c->order[0] = k;
}

/* "Payment received -100.01", "Opening balance brought forward 98.10": what came in already and what was owed
 * before. */
static bool
is_earlier(const struct candidate *c)
{
	static const char *const paid[] = {"PAYMENT", "PAID", "RECEIVED", "THANK"}, *const owed[] = {
	                                                                                "BROUGHT FORWARD",
	                                                                                "OPENING BALANCE",
	                                                                                "PREVIOUS BALANCE",
	                                                                                "ARREAR", "ВХОДЯЩ"};
	bool earlier = false;
	for (size_t i = 0; i < ARRAY_LEN(paid); i++)
		earlier |= c->minor < 0 && strstr(c->amount->left, paid[i]) != NULL;
	for (size_t i = 0; i < ARRAY_LEN(owed); i++)
		earlier |= strstr(c->amount->left, owed[i]) != NULL;
	return earlier;
}

/* It is not what is to be paid; the best of the others is, unsurely. */
static void
pass_earlier(struct choice *c)
{
	if (!is_earlier(&c->all.c[c->order[0]]))
		return;
	for (uint32_t i = 1; i < c->all.n; i++) {
		const struct candidate *k = &c->all.c[c->order[i]];
		if (k->minor <= 0 || is_earlier(k))
			continue;
		put_first(c, i);
		return;
	}
}

static bool
is_birth(const struct candidate *c)
{
	static const char *const words[] = {"BIRTH", "DOB", "РОЖД", "BORN"};
	for (size_t w = 0; w < ARRAY_LEN(words); w++)
		if (strstr(c->day->left, words[w]))
			return true;
	return false;
}

/* A day of birth, to pay by or of an earlier debt is no paper's day while there is another. */
static void
pass_other_days(const struct reading *r, struct choice *c)
{
	for (uint32_t i = 0; i < c->all.n; i++) {
		const struct candidate *k = &c->all.c[c->order[i]];
		if (is_birth(k) || facts_date_is_another(r, &k->date))
			continue;
		put_first(c, i);
		return;
	}
}

/* `name`: the sender's, mended already, or NULL. */
static void
mend(const struct predictor *p, enum field_id field, enum origin origin, const char *name, struct choice *c)
{
	if (!p->senders || (field != FIELD_MERCHANT && field != FIELD_ADDRESS))
		return;
	double q = 0, least = origin == ORIGIN_TEXT ? LEAST_LIKE_TEXT : LEAST_LIKE_OCR;
	const char *known = senders_find(p->senders, field == FIELD_MERCHANT ? SENDER_NAME : SENDER_ADDRESS,
	                                 c->text, least, &q);
	if (!known && field == FIELD_ADDRESS && name)
		known = senders_home(p->senders, name, c->text, &q);
	c->known = known ? q : 0;
	if (known && strcmp(known, c->text) != 0) {
		c->text = known;
		c->mended = true;
	}
}

/* Log-odds below which a field is rather absent than wrong: most papers that are no receipts lack one or
 * another, and have something that is a little like it. Who sent a paper and what it costs is worth a guess.
 */
static const float least_odds[FIELD_COUNT] = {-4.0f, -2.0f, -2.0f, -4.0f};

#define NEVER (-20.0f) /* log-odds */

static enum err
score(const struct predictor *p, enum field_id field, const struct reading *r, struct arena *mem,
      struct choice *ret, struct why *why)
{
	struct choice c = {0};
	TRY(candidates_find(field, r, mem, &c.all, why));
	if (c.all.n > 0) {
		ARENA_TRY(c.odds, arena_array(mem, c.all.n, sizeof *c.odds), mem, why);
		ARENA_TRY(c.order, arena_array(mem, c.all.n, sizeof *c.order), mem, why);
		TRY(trees_score(p->field[field], c.all.x, c.all.n, c.all.n_features, 1, c.odds, why));
		for (size_t i = 0; i < c.all.n; i++)
			if (c.all.c[i].unfit)
				c.odds[i] = NEVER;
			else
				c.odds[i] += c.all.c[i].prior;
		rank(&c);
		if (c.odds[c.order[0]] < least_odds[field])
			c.all.n = 0;
	}
	if (c.all.n > 0) {
		if (field == FIELD_TOTAL)
			pass_earlier(&c);
		if (field == FIELD_DATE)
			pass_other_days(r, &c);
	}
	*ret = c;
	return ERR_NONE;
}

/* ---- together ---- */

#define TOGETHER 8    /* the best of each that are weighed against each other */
#define OVERLAP  4.0f /* log-odds against a line being both */
#define BEHIND   1.0f /* and against an address above its name */

static float
against(const struct candidate *name, const struct candidate *address)
{
	if (name->first <= address->last && address->first <= name->last)
		return OVERLAP;
	return address->last < name->first ? BEHIND : 0;
}

/* The pair of name and address that is likeliest as a pair. */
static void
settle_header(struct choice *name, struct choice *address)
{
	uint32_t best_n = 0, best_a = 0;
	float best = -1e9f;
	for (uint32_t i = 0; i < name->all.n && i < TOGETHER; i++)
		for (uint32_t j = 0; j < address->all.n && j < TOGETHER; j++) {
			uint32_t n = name->order[i], a = address->order[j];
			float both =
			    name->odds[n] + address->odds[a] - against(&name->all.c[n], &address->all.c[a]);
			if (both > best) {
				best = both;
				best_n = i;
				best_a = j;
			}
		}
	if (best > -1e9f) {
		put_first(name, best_n);
		put_first(address, best_a);
	}
}

/* Strangers taught the curve that a likeness to a sender known leads astray: of theirs it always does. What
 * is as like as this is the sender's own, nearly always: of 2,500 values of strangers 18 were so. */
#define SURELY_KNOWN 0.90
#define KNOWN        3 /* of the signs */

static enum err
conclude(const struct predictor *p, enum field_id field, const struct reading *r, const char *name,
         struct arena *mem, struct choice *c, struct why *why)
{
	enum origin origin = reading_origin(r);
	if (c->all.n == 0)
		return ERR_NONE;
	const struct candidate *best = &c->all.c[c->order[0]];
	c->text = best->said;
	if (field == FIELD_ADDRESS && origin == ORIGIN_OCR) {
		char *said = arena_strdup(mem, best->said);
		ARENA_TRY(c->text, said, mem, why);
		address_mend_postcode(said);
	}
	mend(p, field, origin, name, c);
	float top = c->odds[c->order[0]], next = NEVER;
	for (size_t i = 1; i < c->all.n; i++)
		if (strcmp(c->all.c[c->order[i]].said, best->said) != 0)
			next = fmaxf(next, c->odds[c->order[i]]);
	c->signs = (struct signs){{top, fmaxf(fminf(top - next, 10), -3), best->confidence, (float)c->known,
	                           logf((float)strlen(c->text) + 1), logf((float)c->all.n), best->worst,
	                           logf((float)r->n_amounts + 1),
	                           field == FIELD_TOTAL && best->minor == r->items_sum}};
	c->high = p->calibration[field][origin].high;
	struct signs signs = c->signs;
	if (c->known >= SURELY_KNOWN)
		signs.v[KNOWN] = 0;
	c->confidence = calibration_apply(&p->calibration[field][origin], &signs);
	return ERR_NONE;
}

enum err
predictor_choose_all(const struct predictor *p, const struct reading *r, struct arena *mem,
                     struct choice ret[FIELD_COUNT], struct why *why)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		TRY(score(p, (enum field_id)f, r, mem, &ret[f], why));
	settle_header(&ret[FIELD_MERCHANT], &ret[FIELD_ADDRESS]);
	for (int f = 0; f < FIELD_COUNT; f++)
		TRY(conclude(p, (enum field_id)f, r, ret[FIELD_MERCHANT].text, mem, &ret[f], why));
	return ERR_NONE;
}

void
predictor_temper(const struct predictor *p, const struct reading *r, struct choice c[FIELD_COUNT])
{
	enum origin origin = reading_origin(r);
	for (int f = 0; f < FIELD_COUNT; f++)
		if (c[f].all.n > 0)
			c[f].confidence =
			    calibration_temper(&p->calibration[f][origin].elsewhere, c[f].confidence);
}

#define MAIL_FOR      5.0f /* its head looks like a form's, and no mails were learnt from */
#define OTHER_AGAINST 1.0f /* what fits nothing well is rather a poor paper of a known kind */

enum err
predictor_kind(const struct predictor *p, const struct reading *r, struct kind_choice *ret, struct why *why)
{
	struct kind_choice c = {.kind = TYPE_OTHER};
	float text_p[TYPE_COUNT], x[KIND_MAX_FEATURES], sum = 0, next = 0;
	struct features f = {.v = x, .cap = KIND_MAX_FEATURES};
	text_model_apply(&p->text.type, &r->whole, text_p);
	TRY(kind_features(r, text_p, &f, why));
	TRY(trees_score(p->kind, x, 1, f.n, TYPE_COUNT, c.p, why));
	/* the trees were taught to mistrust the words of a stranger's paper; where they see nothing else the
	 * words decide after all */
	for (int t = 0; t < TYPE_COUNT; t++)
		c.p[t] += logf(fmaxf(text_p[t], 1e-4f));
	c.p[TYPE_OTHER] -= OTHER_AGAINST;
	if (kind_is_mail(r->sheet))
		c.p[TYPE_LETTER] += MAIL_FOR;
	float most = c.p[0];
	for (int t = 0; t < TYPE_COUNT; t++)
		most = fmaxf(most, c.p[t]);
	for (int t = 0; t < TYPE_COUNT; t++)
		sum += c.p[t] = expf(c.p[t] - most);
	for (int t = 0; t < TYPE_COUNT; t++) {
		c.p[t] /= sum;
		if (c.p[t] > c.p[c.kind])
			c.kind = (enum paper_type)t;
	}
	for (int t = 0; t < TYPE_COUNT; t++)
		if (t != (int)c.kind)
			next = fmaxf(next, c.p[t]);
	float top = logf(fmaxf(c.p[c.kind], 1e-6f)), lead = top - logf(fmaxf(next, 1e-6f));
	c.signs = (struct signs){{top, fminf(lead, 10), reading_confidence(r), c.kind == TYPE_OTHER,
	                          logf((float)r->sheet->n + 1), text_p[c.kind], 0, 0, 0}};
	c.high = p->type_calibration.high;
	c.confidence = calibration_apply(&p->type_calibration, &c.signs);
	*ret = c;
	return ERR_NONE;
}
