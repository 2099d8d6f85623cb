/* docket-train: from papers with their truth to a model folder, the same bytes every time. */
#include "fit.h"
#include "score.h"

#include <argp.h>

struct arguments {
	const char *data, *ocr, *out, *cross;
	unsigned folds;
	uint64_t seed;
	bool list;
};

struct result { /* of one paper in cross-validation */
	struct signs signs[FIELD_COUNT];
	bool right[FIELD_COUNT], answered[FIELD_COUNT];
};

static enum err
predict_paper(const struct predictor *p, const struct paper *paper, struct result *r, struct tally *t, bool list,
	      struct why *why)
{
	reading_judge(paper->reading, &p->text);
	for (int f = 0; f < FIELD_COUNT; f++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("paper", 256 * MIB);
		struct choice c;
		TRY(predictor_choose(p, (enum field_id)f, paper->reading, mem, &c, why));
		const char *truth = paper->key[f];
		tally_add(t, (enum field_id)f, c.text, truth);
		r->answered[f] = c.all.n > 0 && truth[0];
		r->right[f] = r->answered[f] && score_normalised((enum field_id)f, c.text, truth);
		r->signs[f] = c.signs;
		if (list && truth[0] && !r->right[f])
			printf("WRONG %d %s %s: %s <- %s (margin %.2f)\n", paper->origin, paper->id, field_names[f],
			       truth, c.text ? c.text : "-", (double)c.signs.v[0]);
	}
	return ERR_NONE;
}

static enum err
cross_validate(const struct corpus *c, enum fold_kind kind, const struct arguments *a, struct result *results,
	       struct tally tally[ORIGIN_COUNT], struct why *why)
{
	OWNED(mem_free) uint8_t *fold = calloc(c->n + 1, 1);
	OWNED(mem_free) bool *use = calloc(c->n + 1, sizeof *use);
	if (!fold || !use)
		return fail(why, ERR_BROKEN, "no memory for folds");
	folds_draw(c, kind, a->folds, a->seed, fold);
	for (unsigned k = 0; k < a->folds; k++) {
		for (size_t i = 0; i < c->n; i++)
			use[i] = fold[i] != k;
		struct predictor p;
		TRY(fit(c, use, a->seed, &p, why));
		for (size_t i = 0; i < c->n; i++)
			if (!use[i] && c->p[i].key[0])
				TRY(predict_paper(&p, &c->p[i], &results[i], &tally[c->p[i].origin], a->list, why));
		predictor_release(&p);
		fprintf(stderr, "fold %u of %u\n", k + 1, a->folds);
	}
	return ERR_NONE;
}

static enum err
run(const struct arguments *a, struct why *why)
{
	struct corpus c;
	TRY(corpus_load(a->data, a->ocr, false, &c, why));
	size_t receipts[ORIGIN_COUNT] = { 0 }, name = 0, address = 0;
	for (size_t i = 0; i < c.n; i++)
		if (c.p[i].key[0]) {
			receipts[c.p[i].origin]++;
			name += c.p[i].name_likeness > 0.999;
			address += c.p[i].address_likeness > 0.999;
		}
	printf("%zu papers: %zu receipts by transcript, %zu by our own reading; whole lines give %zu names and %zu addresses\n",
	       c.n, receipts[0], receipts[1], name, address);
	static const char *const kinds[] = { "random", "vendor" };
	struct result *results = calloc(c.n + 1, sizeof *results);
	for (int k = 0; k < 2; k++) {
		if (a->cross && strcmp(a->cross, kinds[k]) != 0 && strcmp(a->cross, "both") != 0)
			continue;
		struct tally t[ORIGIN_COUNT] = { 0 };
		TRY(cross_validate(&c, (enum fold_kind)k, a, results, t, why));
		for (int o = 0; o < ORIGIN_COUNT; o++)
			if (receipts[o]) {
				char label[40];
				snprintf(label, sizeof label, "%s folds, %s", kinds[k], o == ORIGIN_TEXT ? "transcript" : "ocr");
				tally_print(label, &t[o]);
			}
	}
	free(results);
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
		{ "data", 'd', "DIR", 0, "papers and their truth (manifest.tsv)", 0 },
		{ "ocr", 'r', "DIR", 0, "the same papers as docket.document/1", 0 },
		{ "out", 'o', "DIR", 0, "write the model here", 0 },
		{ "cross", 'c', "random|vendor|both", 0, "cross-validate by these folds", 0 },
		{ "folds", 'k', "N", 0, "folds (5)", 0 },
		{ "seed", 's', "N", 0, "seed (1)", 0 },
		{ "list", 'l', NULL, 0, "print what came out wrong", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse, NULL, "Train Docket's models.", NULL, NULL, NULL };
	struct arguments a = { .data = "../shared/data", .folds = 5, .seed = 1 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct why why = { "" };
	enum err e = run(&a, &why);
	if (e != ERR_NONE) {
		fprintf(stderr, "docket-train: %s: %s\n", err_code(e), why.text);
		return 1;
	}
	return 0;
}
