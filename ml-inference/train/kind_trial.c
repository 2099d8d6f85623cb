#include "kinds.h"
#include "processes.h"
#include "trial.h"

#define LEAST_PAPERS 10 /* of a kind, to be worth an average */

struct run {
	const struct corpus *c;
	const struct trial_options *o;
	struct kind_trial *t;
	unsigned (*seen)[TYPE_COUNT][TYPE_COUNT]; /* shared: of each fold */
};

static enum err
run_fold(void *arg, unsigned k, struct why *why)
{
	struct run *r = arg;
	const struct corpus *c = r->c;
	struct predictor p = {0};
	OWNED(mem_free) bool *use = calloc(c->n + 1, sizeof *use);
	if (!use)
		BUG("no memory for a list");
	for (size_t i = 0; i < c->n; i++)
		use[i] = !c->p[i].evaluate && (c->p[i].made || r->t->fold[i] != k);
	TRY(fit_kinds(c, use, r->o->seed, &p, why));
	for (size_t i = 0; i < c->n; i++) {
		const struct paper *paper = &c->p[i];
		enum paper_type truth;
		struct kind_choice got;
		if (paper->made || paper->transcript || r->t->fold[i] != k || !kind_of_paper(paper, &truth) ||
		    paper->reading->sheet->n == 0)
			continue;
		TRY(predictor_kind(&p, paper->reading, &got, why));
		r->t->counted[i] = true;
		r->t->said[i] = got.kind;
		r->t->outcome[i] = (struct outcome){.signs = got.signs, .right = got.kind == truth};
		r->seen[k][truth][got.kind]++;
		if (r->o->list && got.kind != truth)
			printf("WRONG %s %s type: %s <- %s (%.2f), words say it by %.2f\n", paper->source,
			       paper->id, type_names[truth], type_names[got.kind], (double)got.p[got.kind],
			       (double)got.signs.v[5]);
	}
	predictor_release(&p);
	fprintf(stderr, "kinds: fold %u of %u\n", k + 1, r->o->folds);
	return ERR_NONE;
}

enum err
kind_trial_run(const struct corpus *c, const struct trial_options *o, struct kind_trial *ret, struct why *why)
{
	struct kind_trial t = {.outcome = shared_room(c->n, sizeof *t.outcome),
	                       .said = shared_room(c->n, sizeof *t.said),
	                       .counted = shared_room(c->n, sizeof *t.counted),
	                       .fold = shared_room(c->n, 1)};
	struct run r = {.c = c, .o = o, .t = &t, .seen = shared_room(o->folds, sizeof *r.seen)};
	folds_draw(c, FOLDS_SOURCE, o->folds, o->seed, t.fold);
	TRY(in_processes(o->folds, o->jobs, run_fold, &r, why));
	for (unsigned k = 0; k < o->folds; k++)
		for (int i = 0; i < TYPE_COUNT * TYPE_COUNT; i++)
			t.seen[i / TYPE_COUNT][i % TYPE_COUNT] += r.seen[k][i / TYPE_COUNT][i % TYPE_COUNT];
	*ret = t;
	return ERR_NONE;
}

struct measure {
	unsigned papers, answered, right;
	double precision, recall, f1;
};

static struct measure
measure(const struct kind_trial *t, int kind)
{
	struct measure m = {.right = t->seen[kind][kind]};
	for (int k = 0; k < TYPE_COUNT; k++) {
		m.papers += t->seen[kind][k];
		m.answered += t->seen[k][kind];
	}
	m.precision = m.answered ? (double)m.right / m.answered : 0;
	m.recall = m.papers ? (double)m.right / m.papers : 0;
	m.f1 = m.right ? 2.0 * m.right / (m.papers + m.answered) : 0;
	return m;
}

json_t *
kind_trial_json(const struct kind_trial *t, double *ret_macro)
{
	json_t *o = json_object();
	double sum = 0;
	unsigned n = 0;
	for (int k = 0; k < TYPE_COUNT; k++) {
		struct measure m = measure(t, k);
		if (m.papers == 0)
			continue;
		if (m.papers >= LEAST_PAPERS) {
			sum += m.f1;
			n++;
		}
		json_object_set_new(o, type_names[k],
		                    json_pack("{s:i, s:f, s:f, s:f}", "papers", (int)m.papers, "precision",
		                              m.precision, "recall", m.recall, "f1", m.f1));
	}
	*ret_macro = n ? sum / n : 0;
	json_object_set_new(o, "macro_f1", json_real(*ret_macro));
	return o;
}

void
kind_trial_print(const struct kind_trial *t)
{
	double macro;
	json_decref(kind_trial_json(t, &macro));
	printf("%-20s %6s %9s %6s %6s   mistaken for\n", "kind of paper", "papers", "precision", "recall",
	       "F1");
	for (int k = 0; k < TYPE_COUNT; k++) {
		struct measure m = measure(t, k);
		if (m.papers == 0 && m.answered == 0)
			continue;
		printf("%-20s %6u %9.3f %6.3f %6.3f  ", type_names[k], m.papers, m.precision, m.recall, m.f1);
		for (int j = 0; j < TYPE_COUNT; j++)
			if (j != k && t->seen[k][j])
				printf(" %s %u", type_names[j], t->seen[k][j]);
		printf("\n");
	}
	printf("macro F1 of the kinds with %d papers and more: %.4f\n", LEAST_PAPERS, macro);
	fflush(stdout);
}
