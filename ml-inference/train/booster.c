#include "booster.h"

#include "json_own.h"
#include "own.h"

#include <math.h>
#include <xgboost/c_api.h>

#define XGB(call, why)                                                                        \
	do {                                                                                  \
		if ((call) != 0)                                                              \
			return fail((why), ERR_BROKEN, "XGBoost: %.150s", XGBGetLastError()); \
	} while (0)

static void
booster_free(BoosterHandle *b)
{
	if (*b)
		XGBoosterFree(*b);
	*b = NULL;
}

static void
matrix_free(DMatrixHandle *m)
{
	if (*m)
		XGDMatrixFree(*m);
	*m = NULL;
}

/* ---- what XGBoost wrote ---- */

static double
number_at(const json_t *tree, const char *key, size_t i)
{
	return json_number_value(json_array_get(json_object_get(tree, key), i));
}

static long
whole_at(const json_t *tree, const char *key, size_t i)
{
	return (long)json_integer_value(json_array_get(json_object_get(tree, key), i));
}

/* Numbered anew, level by level: XGBoost leaves gaps where it cut branches off. Returns how many nodes. */
static size_t
copy_tree(const json_t *tree, struct tree_node *ret, size_t cap)
{
	long from[TREES_MOST_NODES] = {0};
	size_t n = 1;
	for (size_t i = 0; i < n; i++) {
		size_t k = (size_t)from[i];
		long left = whole_at(tree, "left_children", k), right = whole_at(tree, "right_children", k);
		bool leaf = left < 0;
		if (!leaf && n + 2 > cap)
			BUG("a tree of more than %zu nodes", cap);
		/* of a leaf the condition is what it adds */
		ret[i] =
		    (struct tree_node){.feature = leaf ? 0 : (uint16_t)whole_at(tree, "split_indices", k),
		                       .left = leaf ? 0 : (uint16_t)n,
		                       .value = (float)number_at(tree, "split_conditions", k),
		                       .cover = (float)number_at(tree, "sum_hessian", k)};
		if (leaf)
			continue;
		from[n++] = left;
		from[n++] = right;
	}
	return n;
}

/* Trees of one booster or several, as they are gathered. */
struct grown {
	struct tree_list l;
	uint16_t *counts;
	struct tree_node *nodes;
};

static void
grown_release(struct grown *g)
{
	free(g->counts);
	free(g->nodes);
}

/* Adds what XGBoost wrote; `share` is what each leaf counts. */
static enum err
gather(const char *json, size_t n, float share, struct grown *to, struct why *why)
{
	OWNED(json_release) json_t *all = NULL;
	TRY(json_parse(json, n, &all, why));
	const json_t *learner = json_object_get(all, "learner"),
	             *shape = json_object_get(learner, "learner_model_param"),
	             *model = json_object_get(json_object_get(learner, "gradient_booster"), "model"),
	             *list = json_object_get(model, "trees");
	const char *classes = json_get_str(shape, "num_class"), *columns = json_get_str(shape, "num_feature"),
	           *base = json_get_str(shape, "base_score"),
	           *objective = json_get_str(json_object_get(learner, "objective"), "name");
	if (!classes || !columns || !base || !objective || !json_is_array(list))
		return fail(why, ERR_SCHEMA, "XGBoost writes its models in another way");
	struct tree_list *l = &to->l;
	size_t trees = json_array_size(list);
	l->columns = strtoul(columns, NULL, 10);
	l->classes = strtoul(classes, NULL, 10);
	l->base = strtof(base, NULL);
	if (l->classes == 0)
		l->classes = 1;
	if (strcmp(objective, "binary:logistic") == 0) /* given as a probability */
		l->base = -logf(1.0f / l->base - 1.0f);
	to->counts = realloc(to->counts, (l->n_trees + trees + 1) * sizeof *to->counts);
	to->nodes = realloc(to->nodes, (l->n_nodes + trees * TREES_MOST_NODES + 1) * sizeof *to->nodes);
	if (!to->counts || !to->nodes)
		BUG("no memory for %zu trees", trees);
	for (size_t i = 0; i < trees; i++) {
		if ((size_t)whole_at(model, "tree_info", i) != i % l->classes)
			return fail(why, ERR_SCHEMA, "tree %zu speaks for another class", i);
		struct tree_node *node = to->nodes + l->n_nodes;
		size_t nodes = copy_tree(json_array_get(list, i), node, TREES_MOST_NODES);
		for (size_t k = 0; k < nodes; k++)
			node[k].value *= node[k].left == 0 ? share : 1;
		to->counts[l->n_trees++] = (uint16_t)nodes;
		l->n_nodes += nodes;
	}
	l->counts = to->counts;
	l->nodes = to->nodes;
	return ERR_NONE;
}

enum err
booster_trees(const char *json, size_t n, struct trees **ret, struct why *why)
{
	OWNED(grown_release) struct grown g = {0};
	TRY(gather(json, n, 1, &g, why));
	return trees_make(&g.l, ret, why);
}

/* ---- training ---- */

static enum err
grow(DMatrixHandle m, const struct booster_options *o, unsigned seed, struct grown *to, struct why *why)
{
	OWNED(booster_free) BoosterHandle b = NULL;
	XGB(XGBoosterCreate(&m, 1, &b), why);
	char v[32];
	XGB(XGBoosterSetParam(b, "objective", o->classes ? "multi:softprob" : "binary:logistic"), why);
	static const char *const fixed[][2] = {
	    {"tree_method", "hist"}, {"max_bin", "64"}, {"nthread", "1"}, {"verbosity", "0"}};
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		XGB(XGBoosterSetParam(b, fixed[i][0], fixed[i][1]), why);
#define SET(name, format, value)                         \
	do {                                             \
		snprintf(v, sizeof v, format, value);    \
		XGB(XGBoosterSetParam(b, name, v), why); \
	} while (0)
	if (o->classes)
		SET("num_class", "%d", o->classes);
	SET("max_depth", "%d", o->depth);
	SET("eta", "%g", o->eta);
	SET("subsample", "%g", o->subsample);
	SET("colsample_bytree", "%g", o->columns);
	SET("lambda", "%g", o->lambda);
	SET("min_child_weight", "%g", o->min_child);
	SET("seed", "%u", seed);
#undef SET
	for (int i = 0; i < o->rounds; i++)
		XGB(XGBoosterUpdateOneIter(b, i, m), why);
	bst_ulong n;
	const char *json;
	XGB(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &n, &json), why);
	return gather(json, n, 1.0f / (float)(o->runs ? o->runs : 1), to, why);
}

enum err
booster_train(const float *x, const float *y, const float *weight, size_t rows, size_t columns,
              const struct booster_options *o, struct trees **ret, struct why *why)
{
	OWNED(matrix_free) DMatrixHandle m = NULL;
	OWNED(grown_release) struct grown g = {0};
	XGB(XGDMatrixCreateFromMat(x, rows, columns, -9e30f, &m), why);
	XGB(XGDMatrixSetFloatInfo(m, "label", y, rows), why);
	if (weight)
		XGB(XGDMatrixSetFloatInfo(m, "weight", weight, rows), why);
	for (unsigned i = 0; i < (o->runs ? o->runs : 1); i++)
		TRY(grow(m, o, o->seed + 1000 * i, &g, why));
	return trees_make(&g.l, ret, why);
}
