#include "fit.h"

#include "booster.h"
#include "score.h"
#include "text.h"

#include <math.h>

#define INNER_FOLDS 4
#define MADE_WEIGHT 0.3f
/* Of a paper that is no receipt of SROIE: few, and of few sources. The trees see what kind of paper it is;
 * the words of a line are the same to its model everywhere. */
#define OTHER_WEIGHT      1.0f
#define OTHER_TEXT_WEIGHT 0.4f

/* ---- what is the truth ---- */

static double
text_likeness(const char *a, const char *truth)
{
	char x[600], y[600];
	size_t nx = text_key(a, strlen(a), x, sizeof x), ny = text_key(truth, strlen(truth), y, sizeof y);
	return ny ? text_similarity(x, nx, y, ny) : 0;
}

static double
likest_way(const struct paper *p, enum field_id field, const char *a)
{
	double best = text_likeness(a, p->key[field]);
	for (size_t i = 0; i < TRUTH_WAYS && p->also[field][i]; i++)
		best = fmax(best, text_likeness(a, p->also[field][i]));
	return best;
}

double
truth_likeness(const struct paper *p, enum field_id field, const struct candidates *all)
{
	double best = 0;
	if (field != FIELD_MERCHANT && field != FIELD_ADDRESS)
		return 1;
	for (size_t i = 0; i < all->n; i++)
		best = fmax(best, likest_way(p, field, all->c[i].text));
	return best;
}

bool
is_truth(const struct paper *p, enum field_id field, const struct candidate *c, double best)
{
	if (field == FIELD_MERCHANT || field == FIELD_ADDRESS)
		return best >= 0.7 && likest_way(p, field, c->text) >= best - 1e-9;
	return p->key[field][0] && score_normalised(field, c->text, p->key[field]);
}

static bool
is_absent(const struct paper *p, enum field_id field)
{
	return strcmp(p->key[field], TRUTH_ABSENT) == 0;
}

/* A transcript teaches more than the same receipt misread, and a true paper more than a made one. */
static float
weight_of(const struct paper *p, float other)
{
	float own = p->origin == ORIGIN_TEXT ? 1.0f : 0.5f;
	return p->made ? MADE_WEIGHT : p->other ? other * own : own;
}

/* ---- text models ---- */

struct examples {
	struct text_example *e;
	size_t n, cap;
};

static void
add_example(struct examples *x, struct pieces p, uint32_t label, float weight)
{
	if (x->n == x->cap) {
		x->cap = x->cap ? 2 * x->cap : 4096;
		x->e = realloc(x->e, x->cap * sizeof *x->e);
		if (!x->e)
			BUG("no memory for examples");
	}
	x->e[x->n++] = (struct text_example){p, label, weight};
}

/* Among equal days the one spelt as the truth is the better example of a date's neighbourhood. */
static bool
spelt_so(const struct paper *p, const struct found_date *d)
{
	const struct segment *g = &p->sheet->segs[d->seg];
	size_t n = strlen(p->key[FIELD_DATE]);
	return n == d->d.end - d->d.start && memcmp(g->text + d->d.start, p->key[FIELD_DATE], n) == 0;
}

/* As its own text says it, which is how the truth is read: the paper's other days have no say. */
static bool
is_day(const struct date *truth, const struct sheet *s, const struct found_date *d)
{
	struct date alone;
	const char *upper = s->segs[d->seg].upper + d->d.start;
	return dates_find(upper, d->d.end - d->d.start, &alone, 1) == 1 && dates_compare(&alone, truth) == 0;
}

static void
add_dates(struct examples *x, const struct paper *p)
{
	struct date truth;
	bool absent = is_absent(p, FIELD_DATE), spelt = false;
	OWNED(arena_destroy) struct arena *mem = arena_create("date", 64 * KIB);
	const char *up = text_upper(mem, p->key[FIELD_DATE], strlen(p->key[FIELD_DATE]));
	if (!up || (!absent && dates_find(up, strlen(up), &truth, 1) != 1))
		return;
	for (size_t i = 0; i < p->reading->n_dates; i++)
		spelt |= spelt_so(p, &p->reading->dates[i]);
	for (size_t i = 0; i < p->reading->n_dates; i++) {
		const struct found_date *d = &p->reading->dates[i];
		bool right = !absent && is_day(&truth, p->sheet, d) && (!spelt || spelt_so(p, d));
		add_example(x, d->pieces, right, weight_of(p, OTHER_TEXT_WEIGHT));
	}
}

static void
fit_text(const struct corpus *c, const bool *use, uint64_t seed, struct text_models *ret)
{
	struct examples line = {0}, amount = {0}, date = {0};
	for (size_t k = 0; k < c->n; k++) {
		const struct paper *p = &c->p[k];
		if (!use[k] || !p->key[0])
			continue;
		for (size_t i = 0; i < p->sheet->n && p->key[FIELD_MERCHANT][0]; i++)
			add_example(&line, p->reading->lines[i], p->line[i], weight_of(p, OTHER_TEXT_WEIGHT));
		int64_t total = p->key[FIELD_TOTAL][0] ? score_amount(p->key[FIELD_TOTAL]) : INT64_MIN;
		if (total != INT64_MIN || is_absent(p, FIELD_TOTAL))
			for (size_t i = 0; i < p->reading->n_amounts; i++) {
				const struct found_amount *a = &p->reading->amounts[i];
				add_example(&amount, a->pieces,
				            total != INT64_MIN && a->a.minor == llabs(total),
				            weight_of(p, OTHER_TEXT_WEIGHT));
			}
		add_dates(&date, p);
	}
	text_model_fit(&ret->line, LINE_CLASSES, line.e, line.n, 8, 1e-5f, seed);
	text_model_fit(&ret->amount, 2, amount.e, amount.n, 8, 1e-5f, seed + 1);
	text_model_fit(&ret->date, 2, date.e, date.n, 12, 1e-5f, seed + 2);
	text_model_round(&ret->line);
	text_model_round(&ret->amount);
	text_model_round(&ret->date);
	free(line.e);
	free(amount.e);
	free(date.e);
}

static void
text_models_release(struct text_models *m)
{
	text_model_free(&m->line);
	text_model_free(&m->amount);
	text_model_free(&m->date);
	text_model_free(&m->type);
}

/* Every paper in use is judged by models that have not seen its seller. */
static void
judge_out_of_fold(const struct corpus *c, const bool *use, uint64_t seed)
{
	uint8_t *fold = calloc(c->n + 1, 1);
	bool *inner = calloc(c->n + 1, sizeof *inner);
	if (!fold || !inner)
		BUG("no memory for folds");
	folds_draw(c, FOLDS_VENDOR, INNER_FOLDS, seed + 7, fold);
	for (unsigned k = 0; k < INNER_FOLDS; k++) {
		for (size_t i = 0; i < c->n; i++)
			inner[i] = use[i] && fold[i] != k;
		struct text_models m = {0};
		fit_text(c, inner, seed, &m);
		for (size_t i = 0; i < c->n; i++)
			if (use[i] && fold[i] == k && c->p[i].key[0])
				reading_judge(c->p[i].reading, &m);
		text_models_release(&m);
	}
	free(fold);
	free(inner);
}

/* ---- trees ---- */

struct matrix {
	float *x, *y, *w;
	size_t rows, columns, cap;
};

static void
matrix_release(struct matrix *m)
{
	free(m->x);
	free(m->y);
	free(m->w);
}

static void
add_rows(struct matrix *m, const struct paper *p, enum field_id field, const struct candidates *all)
{
	double best = truth_likeness(p, field, all);
	/* what is read so badly teaches where nothing is, and that is wrong */
	if ((field == FIELD_ADDRESS || field == FIELD_MERCHANT) && p->origin == ORIGIN_OCR && best < 0.8 &&
	    !is_absent(p, field))
		return;
	for (size_t i = 0; i < all->n; i++) {
		if (m->rows == m->cap) {
			m->columns = all->n_features;
			m->cap = m->cap ? 2 * m->cap : 8192;
			m->x = realloc(m->x, m->cap * m->columns * sizeof *m->x);
			m->y = realloc(m->y, m->cap * sizeof *m->y);
			m->w = realloc(m->w, m->cap * sizeof *m->w);
			if (!m->x || !m->y || !m->w)
				BUG("no memory for a matrix");
		}
		memcpy(m->x + m->rows * m->columns, all->x + i * m->columns, m->columns * sizeof *m->x);
		m->y[m->rows] = is_truth(p, field, &all->c[i], best);
		m->w[m->rows] = weight_of(p, OTHER_WEIGHT);
		m->rows++;
	}
}

static enum err
fit_field(const struct corpus *c, const bool *use, enum field_id field, uint64_t seed, struct trees **ret,
          struct why *why)
{
	OWNED(matrix_release) struct matrix m = {0};
	for (size_t k = 0; k < c->n; k++) {
		if (!use[k] || !c->p[k].key[0] || !c->p[k].key[field][0])
			continue;
		OWNED(arena_destroy) struct arena *mem = arena_create("candidates", 256 * MIB);
		struct candidates all;
		TRY(candidates_find(field, c->p[k].reading, mem, &all, why));
		add_rows(&m, &c->p[k], field, &all);
	}
	static const int rounds[FIELD_COUNT] = {400, 150, 400, 400};
	struct booster_options o = {.rounds = rounds[field],
	                            .depth = 4,
	                            .eta = 0.06,
	                            .subsample = 0.8,
	                            .columns = 0.3,
	                            .lambda = 2,
	                            .min_child = 2,
	                            .seed = (unsigned)seed};
	return booster_train(m.x, m.y, m.w, m.rows, m.columns, &o, ret, why);
}

enum err
fit_fields(const struct corpus *c, const bool *use, uint64_t seed, struct predictor *ret, struct why *why)
{
	struct predictor p = *ret; /* what is not chosen here stays: kinds, calibration */
	judge_out_of_fold(c, use, seed);
	for (int f = 0; f < FIELD_COUNT; f++)
		TRY(fit_field(c, use, (enum field_id)f, seed + (uint64_t)f, &p.field[f], why));
	fit_text(c, use, seed, &p.text);
	p.senders = senders_new();
	for (size_t k = 0; k < c->n; k++)
		if (use[k] && c->p[k].key[0] && c->p[k].transcript) {
			senders_add(p.senders, SENDER_NAME, c->p[k].key[FIELD_MERCHANT]);
			senders_add(p.senders, SENDER_ADDRESS, c->p[k].key[FIELD_ADDRESS]);
			senders_add_home(p.senders, c->p[k].key[FIELD_MERCHANT], c->p[k].key[FIELD_ADDRESS]);
		}
	*ret = p;
	return ERR_NONE;
}
