#include "trial.h"

#include "baseline.h"
#include "facts.h"
#include "processes.h"

/* The way of saying the truth that the answer takes, else the first. */
static const char *
way_taken(const struct paper *p, enum field_id f, const char *answer)
{
	for (size_t i = 0; answer && i < TRUTH_WAYS && p->also[f][i]; i++)
		if (score_normalised(f, answer, p->also[f][i]))
			return p->also[f][i];
	return p->key[f];
}

static enum err
try_paper(const struct predictor *p, const struct paper *paper, size_t i, struct trial *t,
          const struct trial_options *o, struct why *why)
{
	bool aside = o->aside && o->aside[i], list = o->list;
	OWNED(arena_destroy) struct arena *mem = arena_create("paper", 256 * MIB);
	struct choice c[FIELD_COUNT];
	reading_judge(paper->reading, &p->text);
	TRY(predictor_choose_all(p, paper->reading, mem, c, why));
	if (o->goes_by && !facts_fit(FACT_TOTAL, o->goes_by[i]))
		c[FIELD_TOTAL] = (struct choice){0};
	for (int f = 0; f < FIELD_COUNT; f++) {
		const char *truth = way_taken(paper, (enum field_id)f, c[f].text), *answer;
		if (!paper->other)
			tally_add(&t->tally[paper->origin], (enum field_id)f, c[f].text, truth);
		else if (truth[0])
			tally_add(&t->others, (enum field_id)f, c[f].text, truth);
		if (aside)
			tally_add(&t->aside, (enum field_id)f, c[f].text, truth);
		t->counted[f][i] = c[f].all.n > 0 && truth[0];
		bool right = t->counted[f][i] && score_normalised((enum field_id)f, c[f].text, truth);
		t->outcome[f][i] = (struct outcome){.signs = c[f].signs, .right = right};
		if (list && truth[0] && !right)
			printf("WRONG %d %s %s: %s <- %s (margin %.2f)\n", paper->origin, paper->id,
			       field_names[f], truth, c[f].text ? c[f].text : "-", (double)c[f].signs.v[0]);
		if (paper->other)
			continue;
		TRY(baseline_answer(paper, (enum field_id)f, mem, &answer, why));
		tally_add(&t->rules[paper->origin], (enum field_id)f, answer, truth);
	}
	return ERR_NONE;
}

/* What the folds have in common. */
struct run {
	const struct corpus *c;
	const struct trial_options *o;
	struct trial *of_fold; /* shared: the tallies of each */
	struct trial whole;
};

static enum err
run_fold(void *arg, unsigned k, struct why *why)
{
	struct run *r = arg;
	const struct corpus *c = r->c;
	struct predictor p = {0};
	struct trial t = r->whole;
	OWNED(mem_free) bool *use = calloc(c->n + 1, sizeof *use);
	if (!use)
		BUG("no memory for a list");
	for (size_t i = 0; i < c->n; i++)
		use[i] = !c->p[i].evaluate && (c->p[i].made || t.fold[i] != k);
	TRY(fit_fields(c, use, r->o->seed, &p, why));
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].key[0] && !c->p[i].made && t.fold[i] == k)
			TRY(try_paper(&p, &c->p[i], i, &t, r->o, why));
	predictor_release(&p);
	r->of_fold[k] = t;
	fprintf(stderr, "fold %u of %u\n", k + 1, r->o->folds);
	return ERR_NONE;
}

static void
add_tally(struct tally *to, const struct tally *t)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		to->exact[f] += t->exact[f];
		to->normalised[f] += t->normalised[f];
		to->answered[f] += t->answered[f];
		to->truth[f] += t->truth[f];
	}
}

enum err
trial_run(const struct corpus *c, const struct trial_options *o, struct trial *ret, struct why *why)
{
	struct run r = {.c = c, .o = o, .of_fold = shared_room(o->folds, sizeof *r.of_fold)};
	for (int f = 0; f < FIELD_COUNT; f++) {
		r.whole.outcome[f] = shared_room(c->n, sizeof *r.whole.outcome[f]);
		r.whole.counted[f] = shared_room(c->n, sizeof *r.whole.counted[f]);
	}
	r.whole.fold = shared_room(c->n, 1);
	folds_draw(c, o->kind, o->folds, o->seed, r.whole.fold);
	TRY(in_processes(o->folds, o->jobs, run_fold, &r, why));
	for (unsigned k = 0; k < o->folds; k++) {
		for (int g = 0; g < ORIGIN_COUNT; g++) {
			add_tally(&r.whole.tally[g], &r.of_fold[k].tally[g]);
			add_tally(&r.whole.rules[g], &r.of_fold[k].rules[g]);
		}
		add_tally(&r.whole.aside, &r.of_fold[k].aside);
		add_tally(&r.whole.others, &r.of_fold[k].others);
	}
	*ret = r.whole;
	return ERR_NONE;
}

/* What the same receipt's transcript had right, its picture has wrong by its reading alone. */
static bool
right_from_transcript(const struct corpus *c, const struct trial *t, enum field_id f, size_t picture)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].transcript && c->p[i].twin == c->p[picture].twin)
			return t->outcome[f][i].right;
	return false;
}

void
trial_print_readers(const char *name, const struct corpus *c, const struct trial *t)
{
	printf("%-26s", name);
	for (int f = 0; f < FIELD_COUNT; f++) {
		unsigned wrong = 0, readers = 0;
		for (size_t i = 0; i < c->n; i++) {
			const struct paper *p = &c->p[i];
			if (!p->key[0] || p->made || p->other || p->transcript || !p->key[f][0] ||
			    t->outcome[f][i].right)
				continue;
			wrong++;
			readers += right_from_transcript(c, t, (enum field_id)f, i);
		}
		printf(" %s %u of %u ", field_names[f], readers, wrong);
	}
	printf("\n");
}
