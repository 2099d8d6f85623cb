/* docket-train: from papers with their truth to a model folder, the same bytes every time.
 *
 *	docket-train --data ../shared/data --ocr CACHE --cross both
 *	docket-train --data ../shared/data --ocr CACHE --out ml-inference/models/papers/1.0.0
 */
#include "baseline.h"
#include "clock.h"
#include "export.h"
#include "fit.h"
#include "json_own.h"
#include "kinds.h"
#include "score.h"

#include <argp.h>
#include <math.h>

struct arguments {
	const char *data, *ocr, *out, *cross;
	unsigned folds;
	uint64_t seed;
	bool list;
};

/* What cross-validation found out: per paper and field, by folds of either kind. */
struct trial {
	struct outcome *outcome[FIELD_COUNT]; /* of each paper */
	bool *counted[FIELD_COUNT];           /* the truth is known and something was answered */
	uint8_t *fold;
	struct tally tally[ORIGIN_COUNT];
	struct tally rules[ORIGIN_COUNT]; /* what plain rules answer */
	int64_t micros, judged;           /* time of all four fields together */
	struct outcome *kind;
	bool *kind_counted;
};

static void *
room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	if (!p)
		BUG("no memory for results");
	return p;
}

static void
trial_begin(struct trial *t, size_t n)
{
	*t = (struct trial){0};
	for (int f = 0; f < FIELD_COUNT; f++) {
		t->outcome[f] = room(n, sizeof *t->outcome[f]);
		t->counted[f] = room(n, sizeof *t->counted[f]);
	}
	t->kind = room(n, sizeof *t->kind);
	t->kind_counted = room(n, sizeof *t->kind_counted);
	t->fold = room(n, 1);
}

static void
trial_release(struct trial *t)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		free(t->outcome[f]);
		free(t->counted[f]);
	}
	free(t->kind);
	free(t->kind_counted);
	free(t->fold);
}

static enum err
try_paper(const struct predictor *p, const struct corpus *corpus, size_t i, struct trial *t, bool list,
          struct why *why)
{
	const struct paper *paper = &corpus->p[i];
	enum paper_type kind;
	if (kind_of_class(paper->type, &kind) && paper->reading->sheet->n > 0) {
		float tp[TYPE_COUNT];
		double conf;
		enum paper_type got = predictor_type(p, paper->reading, tp, &conf);
		float next = 0;
		for (int k = 0; k < TYPE_COUNT; k++)
			if (k != (int)got)
				next = fmaxf(next, tp[k]);
		float top = logf(fmaxf(tp[got], 1e-6f));
		t->kind_counted[i] = true;
		t->kind[i] = (struct outcome){{{top, fminf(top - logf(fmaxf(next, 1e-6f)), 10), 0, 0,
		                                logf((float)paper->reading->sheet->n + 1), 0}},
		                              got == kind};
		if (list && got != kind)
			printf("WRONG %d %s type: %s <- %s\n", paper->origin, paper->id, type_names[kind],
			       type_names[got]);
	}
	if (!paper->key[0])
		return ERR_NONE;
	int64_t start = clock_steady_us();
	reading_judge(paper->reading, &p->text);
	for (int f = 0; f < FIELD_COUNT; f++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("paper", 256 * MIB);
		struct choice c;
		TRY(predictor_choose(p, (enum field_id)f, paper->reading, mem, &c, why));
		const char *truth = paper->key[f];
		tally_add(&t->tally[paper->origin], (enum field_id)f, c.text, truth);
		t->counted[f][i] = c.all.n > 0 && truth[0];
		bool right = t->counted[f][i] && score_normalised((enum field_id)f, c.text, truth);
		t->outcome[f][i] = (struct outcome){c.signs, right};
		if (list && truth[0] && !right)
			printf("WRONG %d %s %s: %s <- %s (margin %.2f)\n", paper->origin, paper->id,
			       field_names[f], truth, c.text ? c.text : "-", (double)c.signs.v[0]);
	}
	t->micros += clock_steady_us() - start;
	t->judged++;
	for (int f = 0; f < FIELD_COUNT; f++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("rules", 16 * MIB);
		const char *answer;
		TRY(baseline_answer(paper, (enum field_id)f, mem, &answer, why));
		tally_add(&t->rules[paper->origin], (enum field_id)f, answer, paper->key[f]);
	}
	return ERR_NONE;
}

static enum err
cross_validate(const struct corpus *c, enum fold_kind kind, const struct arguments *a, struct trial *t,
               struct why *why)
{
	OWNED(mem_free) bool *use = room(c->n, sizeof *use);
	folds_draw(c, kind, a->folds, a->seed, t->fold);
	for (unsigned k = 0; k < a->folds; k++) {
		for (size_t i = 0; i < c->n; i++)
			use[i] = t->fold[i] != k;
		struct predictor p;
		TRY(fit(c, use, a->seed, &p, why));
		for (size_t i = 0; i < c->n; i++)
			if (!use[i])
				TRY(try_paper(&p, c, i, t, a->list, why));
		predictor_release(&p);
		fprintf(stderr, "fold %u of %u\n", k + 1, a->folds);
	}
	return ERR_NONE;
}

/* ---- calibration ---- */

/* Outcomes of one field and origin; those of fold `skip` left out, or only those with `only`. */
static size_t
collect(const struct corpus *c, const struct outcome *o, const bool *counted, const uint8_t *fold, int origin,
        int skip, int only, struct outcome *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (counted[i] && (origin < 0 || (int)c->p[i].origin == origin) &&
		    (skip < 0 || fold[i] != skip) && (only < 0 || fold[i] == only))
			ret[n++] = o[i];
	return n;
}

struct reliability {
	double error; /* expected calibration error */
	size_t high, high_right, n;
};

/* Each fold is judged by a calibration that has not seen it. */
static struct reliability
measure(const struct corpus *c, const struct outcome *o, const bool *counted, const uint8_t *fold, int origin,
        unsigned folds)
{
	struct reliability r = {0};
	struct outcome *some = room(c->n, sizeof *some);
	double *p = room(c->n, sizeof *p);
	bool *right = room(c->n, sizeof *right);
	for (unsigned k = 0; k < folds; k++) {
		struct calibration cal;
		calibration_fit(&cal, some, collect(c, o, counted, fold, origin, (int)k, -1, some));
		size_t n = collect(c, o, counted, fold, origin, -1, (int)k, some);
		for (size_t i = 0; i < n; i++) {
			p[r.n] = calibration_apply(&cal, &some[i].signs);
			right[r.n] = some[i].right;
			r.high += p[r.n] >= 0.97;
			r.high_right += p[r.n] >= 0.97 && some[i].right;
			r.n++;
		}
	}
	r.error = calibration_error(p, right, r.n);
	free(some);
	free(p);
	free(right);
	return r;
}

static json_t *
reliability_json(const char *name, const struct reliability *r)
{
	printf("%-28s ECE %.4f  high band %zu of %zu, right %.4f\n", name, r->error, r->high, r->n,
	       r->high ? (double)r->high_right / (double)r->high : 0);
	return json_pack("{s:f, s:f, s:f, s:i}", "expected_error", r->error, "high_share",
	                 r->n ? (double)r->high / (double)r->n : 0.0, "high_right",
	                 r->high ? (double)r->high_right / (double)r->high : 0.0, "n", (int)r->n);
}

static json_t *
calibrate(const struct corpus *c, const struct trial *t, unsigned folds, struct predictor *p)
{
	static const char *const origins[ORIGIN_COUNT] = {"transcript", "ocr"};
	json_t *report = json_object();
	struct outcome *some = room(c->n, sizeof *some);
	for (int f = 0; f < FIELD_COUNT; f++)
		for (int o = 0; o < ORIGIN_COUNT; o++) {
			char name[64];
			size_t n = collect(c, t->outcome[f], t->counted[f], t->fold, o, -1, -1, some);
			if (n == 0) /* no reading of that origin: the other one's is better than none */
				n = collect(c, t->outcome[f], t->counted[f], t->fold, -1, -1, -1, some);
			calibration_fit(&p->calibration[f][o], some, n);
			snprintf(name, sizeof name, "%s, %s", field_names[f], origins[o]);
			struct reliability r = measure(c, t->outcome[f], t->counted[f], t->fold, o, folds);
			json_object_set_new(report, name, reliability_json(name, &r));
		}
	size_t n = collect(c, t->kind, t->kind_counted, t->fold, -1, -1, -1, some);
	calibration_fit(&p->type_calibration, some, n);
	struct reliability r = measure(c, t->kind, t->kind_counted, t->fold, -1, folds);
	json_object_set_new(report, "doc_type", reliability_json("doc_type", &r));
	free(some);
	return report;
}

/* ---- the run ---- */

static json_t *
facts(const struct corpus *c, const struct arguments *a)
{
	size_t receipts[ORIGIN_COUNT] = {0}, others = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].key[0])
			receipts[c->p[i].origin]++;
		else
			others++;
	printf("%zu papers: %zu receipts by transcript, %zu by our own reading, %zu of other kinds\n", c->n,
	       receipts[0], receipts[1], others);
	return json_pack(
	    "{s:{s:i, s:i, s:i, s:I, s:[s,s,s]}}", "training", "receipts_by_transcript", (int)receipts[0],
	    "receipts_by_ocr", (int)receipts[1], "others", (int)others, "seed", (json_int_t)a->seed,
	    "credits", "ICDAR 2019 SROIE (Huang et al.), CC BY 4.0: receipts, their lines and keys",
	    "sample documents of public repositories under MIT, Apache-2.0 and BSD licences: kinds of paper",
	    "papers made for this project, Apache-2.0");
}

static void
split_path(const char *path, char name[64], char version[64])
{
	const char *last = strrchr(path, '/');
	snprintf(version, 64, "%s", last ? last + 1 : path);
	snprintf(name, 64, "papers");
	if (!last || last == path)
		return;
	const char *start = last;
	while (start > path && start[-1] != '/')
		start--;
	snprintf(name, 64, "%.*s", (int)(last - start), start);
}

static enum err
run(const struct arguments *a, struct why *why)
{
	static const char *const kinds[] = {"random", "vendor"};
	struct corpus c;
	TRY(corpus_load(a->data, a->ocr, false, &c, why));
	OWNED(json_release) json_t *m = facts(&c, a);
	json_t *scores = json_object();
	json_object_set_new(m, "scores", scores);
	struct predictor p = {0};
	struct trial t = {0};
	for (int k = 0; k < 2; k++) {
		bool wanted = a->cross && (strcmp(a->cross, kinds[k]) == 0 || strcmp(a->cross, "both") == 0);
		if (!wanted && !a->out)
			continue;
		trial_release(&t);
		trial_begin(&t, c.n);
		TRY(cross_validate(&c, (enum fold_kind)k, a, &t, why));
		for (int o = 0; o < ORIGIN_COUNT; o++) {
			char label[40];
			snprintf(label, sizeof label, "%s folds, %s", kinds[k],
			         o == ORIGIN_TEXT ? "transcript" : "ocr");
			tally_print(label, &t.tally[o]);
			json_object_set_new(scores, label, tally_json(&t.tally[o]));
			if (k == 0)
				tally_print(o == ORIGIN_TEXT ? "rules alone, transcript" : "rules alone, ocr",
				            &t.rules[o]);
		}
	}
	if (t.judged)
		printf("%lld microseconds a receipt for all fields, wall clock\n",
		       (long long)(t.micros / t.judged));
	/* sellers kept apart: a stranger's receipt is what confidence must be true of */
	if (t.fold)
		json_object_set_new(scores, "confidence", calibrate(&c, &t, a->folds, &p));
	if (a->out) {
		struct predictor whole;
		char name[64], version[64];
		OWNED(mem_free) bool *use = room(c.n, sizeof *use);
		memset(use, true, c.n);
		TRY(fit(&c, use, a->seed, &whole, why));
		memcpy(whole.calibration, p.calibration, sizeof whole.calibration);
		whole.type_calibration = p.type_calibration;
		split_path(a->out, name, version);
		TRY(export_model(&whole, name, version, a->out, m, why));
		predictor_release(&whole);
	}
	trial_release(&t);
	corpus_release(&c);
	return ERR_NONE;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'd':
		a->data = arg;
		break;
	case 'r':
		a->ocr = arg;
		break;
	case 'o':
		a->out = arg;
		break;
	case 'c':
		a->cross = arg;
		break;
	case 's':
		a->seed = strtoull(arg, NULL, 10);
		break;
	case 'k':
		a->folds = (unsigned)strtoul(arg, NULL, 10);
		if (a->folds < 2 || a->folds > 100)
			argp_error(state, "--folds is a number from 2 to 100");
		break;
	case 'l':
		a->list = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"data", 'd', "DIR", 0, "papers and their truth (manifest.tsv)", 0},
	    {"ocr", 'r', "DIR", 0, "the same papers as docket.document/1", 0},
	    {"out", 'o', "DIR", 0, "write the model here: .../NAME/VERSION", 0},
	    {"cross", 'c', "random|vendor|both", 0, "cross-validate by these folds", 0},
	    {"folds", 'k', "N", 0, "folds (5)", 0},
	    {"seed", 's', "N", 0, "seed (1)", 0},
	    {"list", 'l', NULL, 0, "print what came out wrong", 0},
	    {0},
	};
	static const struct argp argp = {options, parse, NULL, "Train Docket's models.", NULL, NULL, NULL};
	struct arguments a = {.data = "../shared/data", .folds = 5, .seed = 1};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct why why = {""};
	enum err e = run(&a, &why);
	if (e != ERR_NONE) {
		fprintf(stderr, "docket-train: %s: %s\n", err_code(e), why.text);
		return 1;
	}
	return 0;
}
