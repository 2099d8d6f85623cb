/* docket-train: from papers with their truth to a model folder, the same bytes every time.
 *
 *	docket-train --ocr CACHE --cross both				figures only
 *	docket-train --ocr CACHE --out ml-inference/models/papers/1.3.0	and the model
 *	docket-train --speed ml-inference/models --ocr CACHE		how long an answer takes
 *	docket-train --facts --ocr CACHE				how often rules are right
 */
#include "bands.h"
#include "export.h"
#include "fact_trial.h"
#include "fdio.h"
#include "json_own.h"
#include "kinds.h"
#include "processes.h"
#include "reliability.h"
#include "speed.h"

#include <argp.h>

struct arguments {
	const char *data, *ocr, *truth, *made, *out, *cross, *aside, *svg, *speed;
	unsigned folds, made_each, jobs;
	uint64_t seed;
	bool list, facts;
};

/* ---- what the model is made of ---- */

static json_t *
facts(const struct corpus *c, const struct arguments *a)
{
	size_t receipts[2] = {0}, made = 0, others = 0, known = 0, evaluate = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].made)
			made++;
		else if (c->p[i].evaluate)
			evaluate++;
		else if (c->p[i].key[0] && !c->p[i].other)
			receipts[!c->p[i].transcript]++;
		else {
			others++;
			known += c->p[i].other;
		}
	printf(
	    "%zu papers: %zu receipts by transcript, %zu by our own reading, %zu of other kinds (the fields "
	    "of %zu are known), %zu made up; %zu more to measure on\n",
	    c->n, receipts[0], receipts[1], others, known, made, evaluate);
	return json_pack(
	    "{s:{s:i, s:i, s:i, s:i, s:I, s:[s,s,s]}}", "training", "receipts_by_transcript",
	    (int)receipts[0], "receipts_by_ocr", (int)receipts[1], "others", (int)others, "made_up",
	    (int)made, "seed", (json_int_t)a->seed, "credits",
	    "ICDAR 2019 SROIE (Huang et al.), CC BY 4.0: receipts, their lines and keys",
	    "sample documents of public repositories under MIT, Apache-2.0 and BSD licences: kinds of paper",
	    "papers made up by ml-inference/train/made, Apache-2.0");
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

/* ---- figures ---- */

#define MOST_DIAGRAMS (FIELD_COUNT * (ORIGIN_COUNT + 2) + 1)

struct figures {
	struct trial fields;
	struct kind_trial kinds;
	struct reliability of_kinds;
	enum paper_type *goes_by; /* of each paper */
	struct reliability reliability[MOST_DIAGRAMS];
	size_t n;
	json_t *scores; /* borrowed */
};

static const char *const origin_names[ORIGIN_COUNT] = {"transcript", "picture"};

/* Ids of papers, one a line: those that our reader was not trained on. */
static enum err
read_aside(const char *path, const struct corpus *c, bool *aside, struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	TRY(file_read(path, 1 * MIB, &bytes, &n, why));
	char *rest = bytes, *line;
	while ((line = strsep(&rest, "\n"))) {
		size_t len = strcspn(line, " \t.");
		for (size_t i = 0; len && i < c->n; i++)
			if (!c->p[i].transcript && strncmp(c->p[i].id, line, len) == 0 &&
			    c->p[i].id[len] == '.')
				aside[i] = true;
	}
	return ERR_NONE;
}

static void
print_tallies(const char *folds, const struct trial *t, json_t *scores, bool aside)
{
	char label[48];
	for (int o = 0; o < ORIGIN_COUNT; o++) {
		if (tally_f1(&t->tally[o], -1, false) <= 0)
			continue;
		snprintf(label, sizeof label, "%s folds, %s", folds, origin_names[o]);
		tally_print(label, &t->tally[o]);
		json_object_set_new(scores, label, tally_json(&t->tally[o]));
		snprintf(label, sizeof label, "rules alone, %s", origin_names[o]);
		tally_print(label, &t->rules[o]);
	}
	snprintf(label, sizeof label, "%s folds, other papers", folds);
	tally_print(label, &t->others);
	json_object_set_new(scores, label, tally_json(&t->others));
	if (aside) {
		snprintf(label, sizeof label, "%s folds, unread vendors", folds);
		tally_print(label, &t->aside);
		json_object_set_new(scores, label, tally_json(&t->aside));
	}
}

static enum err
measure_fields(const struct corpus *c, const struct arguments *a, struct figures *f, struct why *why)
{
	static const char *const names[] = {"random", "vendor"};
	char label[48];
	OWNED(mem_free) bool *aside = calloc(c->n + 1, sizeof *aside);
	if (!aside)
		BUG("no memory for a list");
	if (a->aside)
		TRY(read_aside(a->aside, c, aside, why));
	for (int k = 0; k < 2; k++) {
		bool wanted = a->cross && (strcmp(a->cross, names[k]) == 0 || strcmp(a->cross, "both") == 0);
		if (!wanted && !(a->out && k == FOLDS_VENDOR))
			continue;
		const struct trial_options o = {.kind = (enum fold_kind)k,
		                                .folds = a->folds,
		                                .jobs = a->jobs,
		                                .seed = a->seed,
		                                .list = a->list,
		                                .aside = aside,
		                                .goes_by = f->goes_by};
		TRY(trial_run(c, &o, &f->fields, why));
		print_tallies(names[k], &f->fields, f->scores, a->aside);
		if (a->ocr) {
			snprintf(label, sizeof label, "%s folds, the reader's", names[k]);
			trial_print_readers(label, c, &f->fields);
		}
	}
	return ERR_NONE;
}

/* Sellers kept apart: a stranger's receipt is what confidence must be true of. */
static void
calibrate(const struct corpus *c, const struct arguments *a, struct figures *f, struct predictor *p)
{
	json_t *report = json_object();
	for (int k = 0; k < FIELD_COUNT && f->fields.fold; k++) {
		const struct reliability_data d = {c, f->fields.outcome[k], f->fields.counted[k],
		                                   f->fields.fold, true};
		struct reliability both = {0}, others = {0};
		struct elsewhere elsewhere;
		/* by the error of confidence that it left, other fields are better without */
		bool tempered = k != FIELD_TOTAL;
		if (tempered)
			reliability_fit_elsewhere(&d, a->folds, &elsewhere);
		snprintf(others.name, sizeof others.name, "%s, other papers", field_names[k]);
		snprintf(both.name, sizeof both.name, "%s", field_names[k]);
		for (int o = 0; o < ORIGIN_COUNT; o++) {
			char name[64];
			struct reliability *r = &f->reliability[f->n];
			snprintf(name, sizeof name, "%s, %s", field_names[k], origin_names[o]);
			reliability_fit(&d, o, a->folds, name, tempered ? &elsewhere : NULL,
			                &p->calibration[k][o], r, &others);
			reliability_add(&both, r);
			f->n += r->n > 0;
		}
		if (both.n)
			f->reliability[f->n++] = both;
		if (others.n)
			f->reliability[f->n++] = others;
	}
	f->reliability[f->n++] = f->of_kinds;
	for (size_t i = 0; i < f->n; i++) {
		reliability_print(&f->reliability[i]);
		json_object_set_new(report, f->reliability[i].name, reliability_json(&f->reliability[i]));
	}
	json_object_set_new(f->scores, "confidence", report);
}

/* Kinds come first: a field that papers of its kind do not have is not given, and is measured so. */
static enum err
measure_kinds(const struct corpus *c, const struct arguments *a, struct figures *f, struct predictor *p,
              struct why *why)
{
	double macro;
	const struct trial_options o = {.folds = a->folds, .jobs = a->jobs, .seed = a->seed, .list = a->list};
	TRY(kind_trial_run(c, &o, &f->kinds, why));
	kind_trial_print(&f->kinds);
	json_object_set_new(f->scores, "kinds, sources apart", kind_trial_json(&f->kinds, &macro));
	const struct reliability_data d = {c, f->kinds.outcome, f->kinds.counted, f->kinds.fold, false};
	reliability_fit(&d, -1, a->folds, "kind of paper", NULL, &p->type_calibration, &f->of_kinds, NULL);
	f->goes_by = shared_room(c->n, sizeof *f->goes_by);
	for (size_t i = 0; i < c->n; i++) {
		double sure = calibration_apply(&p->type_calibration, &f->kinds.outcome[i].signs);
		f->goes_by[i] = f->kinds.counted[i] && sure >= BAND_MEDIUM ? f->kinds.said[i] : TYPE_OTHER;
	}
	return ERR_NONE;
}

static enum err
measure(const struct corpus *c, const struct arguments *a, struct figures *f, struct predictor *p,
        struct why *why)
{
	TRY(measure_kinds(c, a, f, p, why));
	TRY(measure_fields(c, a, f, why));
	calibrate(c, a, f, p);
	return a->svg ? reliability_svg(f->reliability, f->n, a->svg, why) : ERR_NONE;
}

/* ---- the model ---- */

static enum err
write_model(const struct corpus *c, const struct arguments *a, struct predictor *p, json_t *manifest,
            struct why *why)
{
	char name[64], version[64];
	OWNED(mem_free) bool *use = calloc(c->n + 1, sizeof *use);
	if (!use)
		BUG("no memory for a list");
	for (size_t i = 0; i < c->n; i++)
		use[i] = !c->p[i].evaluate;
	TRY(fit_fields(c, use, a->seed, p, why));
	TRY(fit_kinds(c, use, a->seed, p, why));
	split_path(a->out, name, version);
	return export_model(p, name, version, a->out, manifest, why);
}

static enum err
run(const struct arguments *a, struct why *why)
{
	struct corpus c;
	struct figures f = {0};
	struct predictor p = {0};
	TRY(corpus_load(a->data, a->ocr, a->truth, &c, why));
	if (a->made_each)
		TRY(corpus_make(&c, a->made, a->made_each, a->seed, why));
	OWNED(json_release) json_t *manifest = facts(&c, a);
	f.scores = json_object();
	json_object_set_new(manifest, "scores", f.scores);
	enum err e = measure(&c, a, &f, &p, why);
	if (e == ERR_NONE && a->out)
		e = write_model(&c, a, &p, manifest, why);
	predictor_release(&p);
	corpus_release(&c);
	return e;
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
	case 'w':
		a->truth = arg;
		break;
	case 'm':
		a->made = arg;
		break;
	case 'n':
		a->made_each = (unsigned)strtoul(arg, NULL, 10);
		break;
	case 'o':
		a->out = arg;
		break;
	case 'c':
		a->cross = arg;
		break;
	case 'a':
		a->aside = arg;
		break;
	case 'g':
		a->svg = arg;
		break;
	case 't':
		a->speed = arg;
		break;
	case 's':
		a->seed = strtoull(arg, NULL, 10);
		break;
	case 'k':
		a->folds = (unsigned)strtoul(arg, NULL, 10);
		if (a->folds < 2 || a->folds > 100)
			argp_error(state, "--folds is a number from 2 to 100");
		break;
	case 'j':
		a->jobs = (unsigned)strtoul(arg, NULL, 10);
		if (a->jobs < 1 || a->jobs > 64)
			argp_error(state, "--jobs is a number from 1 to 64");
		break;
	case 'l':
		a->list = true;
		break;
	case 'f':
		a->facts = true;
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
	    {"ocr", 'r', "DIR", 0, "the same papers as docket.document/1 (read-pictures)", 0},
	    {"truth", 'w', "FILE", 0, "what papers of other kinds say (ml-inference/train/truth.tsv)", 0},
	    {"made", 'm', "DIR", 0, "the grammar of papers made up (ml-inference/train/made)", 0},
	    {"made-each", 'n', "N", 0, "how many of each are made (48)", 0},
	    {"out", 'o', "DIR", 0, "write the model here: .../NAME/VERSION", 0},
	    {"cross", 'c', "random|vendor|both", 0, "cross-validate the fields by these folds", 0},
	    {"aside", 'a', "FILE", 0, "ids of pictures to be tallied apart as well", 0},
	    {"svg", 'g', "FILE", 0, "draw the reliability diagrams", 0},
	    {"speed", 't', "MODELS", 0, "time the newest model there on the papers of --ocr", 0},
	    {"facts", 'f', NULL, 0, "measure the fields that rules find", 0},
	    {"folds", 'k', "N", 0, "folds (5)", 0},
	    {"jobs", 'j', "N", 0, "folds that run side by side (2)", 0},
	    {"seed", 's', "N", 0, "seed (1)", 0},
	    {"list", 'l', NULL, 0, "print what came out wrong", 0},
	    {0},
	};
	static const struct argp argp = {options, parse, NULL, "Train Docket's models.", NULL, NULL, NULL};
	struct arguments a = {.data = "../shared/data",
	                      .truth = "ml-inference/train/truth.tsv",
	                      .made = "ml-inference/train/made",
	                      .made_each = 48,
	                      .folds = 5,
	                      .jobs = 2,
	                      .seed = 1};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct why why = {""};
	enum err e = a.speed   ? speed_measure(a.speed, a.ocr, &why)
	             : a.facts ? fact_trial_run(a.made, a.made_each, a.seed, a.data, a.ocr, &why)
	                       : run(&a, &why);
	if (e != ERR_NONE) {
		fprintf(stderr, "docket-train: %s: %s\n", err_code(e), why.text);
		return 1;
	}
	return 0;
}
