#include "trees.h"

#include "own.h"

#include <math.h>

#define MAGIC     "DKTT"
#define VERSION   1
#define HEAD      16 /* bytes of the file before the counts */
#define NODE      12
#define MOST_TREE 100000

struct trees {
	struct tree_list list; /* owned */
	/* Every tree as a full one of `depth`: forks by level, then the row of leaves. A row finds its leaf
	 * without a branch that the processor could guess wrong. */
	unsigned depth;
	uint16_t *feature;
	float *threshold, *leaf;
};

void
trees_free(struct trees **t)
{
	if (!*t)
		return;
	free((void *)(uintptr_t)(*t)->list.nodes);
	free((void *)(uintptr_t)(*t)->list.counts);
	free((*t)->feature);
	free((*t)->threshold);
	free((*t)->leaf);
	free(*t);
	*t = NULL;
}

/* ---- from a list ---- */

/* Children stand behind their parents, so there is no way round in circles. */
static enum err
check_tree(const struct tree_list *l, const struct tree_node *node, unsigned n, unsigned *depth,
           struct why *why)
{
	uint8_t level[TREES_MOST_NODES] = {0};
	if (n == 0 || n > TREES_MOST_NODES)
		return fail(why, ERR_SCHEMA, "a tree of %u nodes", n);
	for (unsigned i = 0; i < n; i++) {
		const struct tree_node *k = &node[i];
		bool leaf = k->left == 0;
		if (!isfinite(k->value) || !(k->cover > 0) || !isfinite(k->cover) ||
		    (!leaf && (k->left <= i || k->left + 1u >= n || k->feature >= l->columns)))
			return fail(why, ERR_SCHEMA, "node %u of a tree leads astray", i);
		if (leaf)
			continue;
		level[k->left] = level[k->left + 1] = (uint8_t)(level[i] + 1);
		if (level[k->left] > TREES_MAX_DEPTH)
			return fail(why, ERR_SCHEMA, "a tree deeper than %d", TREES_MAX_DEPTH);
		*depth = level[k->left] > *depth ? level[k->left] : *depth;
	}
	return ERR_NONE;
}

static enum err
check_list(const struct tree_list *l, unsigned *depth, struct why *why)
{
	size_t at = 0;
	*depth = 0;
	if (l->columns == 0 || l->columns > UINT16_MAX || l->classes == 0 || l->classes > UINT8_MAX ||
	    l->n_trees > MOST_TREE || l->n_trees % l->classes != 0 || !isfinite(l->base))
		return fail(why, ERR_SCHEMA, "%zu trees of %zu classes over %zu features", l->n_trees,
		            l->classes, l->columns);
	for (size_t i = 0; i < l->n_trees; at += l->counts[i++]) {
		if (l->counts[i] > l->n_nodes - at)
			return fail(why, ERR_SCHEMA, "tree %zu has fewer nodes than it says", i);
		TRY(check_tree(l, l->nodes + at, l->counts[i], depth, why));
	}
	return at == l->n_nodes ? ERR_NONE : fail(why, ERR_SCHEMA, "nodes of no tree");
}

/* `at`: the place in the full tree, counted by level. What lies below a leaf is that leaf again. */
static void
fill(struct trees *t, size_t tree, const struct tree_node *node, unsigned i, unsigned at, unsigned level)
{
	unsigned forks = (1u << t->depth) - 1;
	const struct tree_node *k = &node[i];
	if (level == t->depth) {
		t->leaf[tree * (forks + 1) + at - forks] = k->value;
		return;
	}
	if (k->left) {
		t->feature[tree * forks + at] = k->feature;
		t->threshold[tree * forks + at] = k->value;
	}
	fill(t, tree, node, k->left ? k->left : i, 2 * at + 1, level + 1);
	fill(t, tree, node, k->left ? k->left + 1u : i, 2 * at + 2, level + 1);
}

static void *
copy_of(const void *p, size_t n)
{
	void *to = malloc(n + 1);
	if (!to)
		BUG("no memory for trees");
	memcpy(to, p, n);
	return to;
}

enum err
trees_make(const struct tree_list *list, struct trees **ret, struct why *why)
{
	unsigned depth;
	TRY(check_list(list, &depth, why));
	OWNED(trees_free) struct trees *t = calloc(1, sizeof *t);
	size_t forks = ((size_t)1 << depth) - 1;
	if (!t)
		BUG("no memory for trees");
	t->list = *list;
	t->list.nodes = copy_of(list->nodes, list->n_nodes * sizeof *list->nodes);
	t->list.counts = copy_of(list->counts, list->n_trees * sizeof *list->counts);
	t->depth = depth;
	t->feature = calloc(list->n_trees * forks + 1, sizeof *t->feature);
	t->threshold = calloc(list->n_trees * forks + 1, sizeof *t->threshold);
	t->leaf = calloc(list->n_trees * (forks + 1) + 1, sizeof *t->leaf);
	if (!t->feature || !t->threshold || !t->leaf)
		BUG("no memory for trees");
	const struct tree_node *node = list->nodes;
	for (size_t i = 0; i < list->n_trees; node += list->counts[i++])
		fill(t, i, node, 0, 0, 0);
	*ret = TAKE(t);
	return ERR_NONE;
}

/* ---- the file ---- */

static uint32_t
le(const uint8_t *p, size_t n)
{
	uint32_t v = 0;
	for (size_t i = 0; i < n; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

static float
le_float(const uint8_t *p)
{
	uint32_t u = le(p, 4);
	float f;
	memcpy(&f, &u, sizeof f);
	return f;
}

static void
put_le(struct buf *out, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(out, (char)(v >> (8 * i) & 0xFF));
}

static void
put_float(struct buf *out, float f)
{
	uint32_t u;
	memcpy(&u, &f, sizeof u);
	put_le(out, u, 4);
}

void
trees_write(const struct trees *t, struct buf *out)
{
	const struct tree_list *l = &t->list;
	buf_puts(out, MAGIC);
	put_le(out, VERSION, 1);
	put_le(out, (uint32_t)l->classes, 1);
	put_le(out, (uint32_t)l->columns, 2);
	put_le(out, (uint32_t)l->n_trees, 4);
	put_float(out, l->base);
	for (size_t i = 0; i < l->n_trees; i++)
		put_le(out, l->counts[i], 2);
	for (size_t i = 0; i < l->n_nodes; i++) {
		put_le(out, l->nodes[i].feature, 2);
		put_le(out, l->nodes[i].left, 2);
		put_float(out, l->nodes[i].value);
		put_float(out, l->nodes[i].cover);
	}
}

enum err
trees_read(const void *bytes, size_t n, struct trees **ret, struct why *why)
{
	const uint8_t *p = bytes;
	if (n < HEAD || memcmp(p, MAGIC, 4) != 0 || p[4] != VERSION)
		return fail(why, ERR_SCHEMA, "no trees of version %d", VERSION);
	struct tree_list l = {
	    .classes = p[5], .columns = le(p + 6, 2), .n_trees = le(p + 8, 4), .base = le_float(p + 12)};
	if (l.n_trees > (n - HEAD) / 2 || (n - HEAD - 2 * l.n_trees) % NODE != 0)
		return fail(why, ERR_SCHEMA, "%zu bytes do not hold %zu trees", n, l.n_trees);
	l.n_nodes = (n - HEAD - 2 * l.n_trees) / NODE;
	OWNED(mem_free) uint16_t *counts = calloc(l.n_trees + 1, sizeof *counts);
	OWNED(mem_free) struct tree_node *nodes = calloc(l.n_nodes + 1, sizeof *nodes);
	if (!counts || !nodes)
		return fail(why, ERR_BROKEN, "no memory for %zu trees", l.n_trees);
	for (size_t i = 0; i < l.n_trees; i++)
		counts[i] = (uint16_t)le(p + HEAD + 2 * i, 2);
	p += HEAD + 2 * l.n_trees;
	for (size_t i = 0; i < l.n_nodes; i++, p += NODE)
		nodes[i] = (struct tree_node){(uint16_t)le(p, 2), (uint16_t)le(p + 2, 2), le_float(p + 4),
		                              le_float(p + 8)};
	l.counts = counts;
	l.nodes = nodes;
	return trees_make(&l, ret, why);
}

/* ---- scoring ---- */

static enum err
fits(const struct trees *t, size_t columns, size_t classes, struct why *why)
{
	if (t->list.columns != columns || t->list.classes != classes)
		return fail(why, ERR_SCHEMA,
		            "trees of %zu classes over %zu features where %zu over %zu were expected",
		            t->list.classes, t->list.columns, classes, columns);
	return ERR_NONE;
}

#define TOGETHER 16 /* ways that are gone side by side: none waits for another's next fork */

/* Many rows down one tree after the other. */
static void
score_rows(const struct trees *t, const float *x, float *ret)
{
	size_t columns = t->list.columns, classes = t->list.classes, forks = ((size_t)1 << t->depth) - 1;
	for (size_t i = 0; i < t->list.n_trees; i++) {
		const uint16_t *feature = t->feature + i * forks;
		const float *threshold = t->threshold + i * forks;
		const float *leaf = t->leaf + i * (forks + 1);
		uint32_t at[TOGETHER] = {0};
		for (unsigned d = 0; d < t->depth; d++)
			for (size_t k = 0; k < TOGETHER; k++)
				at[k] = 2 * at[k] + 2 - (x[k * columns + feature[at[k]]] < threshold[at[k]]);
		for (size_t k = 0; k < TOGETHER; k++)
			ret[k * classes + i % classes] += leaf[at[k] - forks];
	}
}

/* One row down many trees. */
static void
score_row(const struct trees *t, const float *x, float *ret)
{
	size_t classes = t->list.classes, forks = ((size_t)1 << t->depth) - 1;
	for (size_t i = 0; i < t->list.n_trees; i += TOGETHER) {
		size_t n = t->list.n_trees - i < TOGETHER ? t->list.n_trees - i : TOGETHER;
		uint32_t at[TOGETHER] = {0};
		for (unsigned d = 0; d < t->depth; d++)
			for (size_t k = 0; k < n; k++) {
				size_t fork = (i + k) * forks + at[k];
				at[k] = 2 * at[k] + 2 - (x[t->feature[fork]] < t->threshold[fork]);
			}
		for (size_t k = 0; k < n; k++)
			ret[(i + k) % classes] += t->leaf[(i + k) * (forks + 1) + at[k] - forks];
	}
}

enum err
trees_score(const struct trees *t, const float *x, size_t rows, size_t columns, size_t classes, float *ret,
            struct why *why)
{
	TRY(fits(t, columns, classes, why));
	for (size_t i = 0; i < rows * classes; i++)
		ret[i] = t->list.base;
	size_t i = 0;
	for (; i + TOGETHER <= rows; i += TOGETHER)
		score_rows(t, x + i * columns, ret + i * classes);
	for (; i < rows; i++)
		score_row(t, x + i * columns, ret + i * classes);
	return ERR_NONE;
}

/* ---- explaining ---- */

/* A feature asked about on the way to a leaf. */
struct step {
	uint16_t feature;
	bool taken;   /* this row would go that way at all its forks */
	double share; /* of what was learnt from, that did */
};
struct explainer {
	const struct tree_node *node;
	const float *x;
	double *part; /* of each feature, then the rest */
	size_t rest;
	struct step way[TREES_MAX_DEPTH];                    /* down to the node at hand */
	double weight[TREES_MAX_DEPTH + 1][TREES_MAX_DEPTH]; /* k! (n - 1 - k)! / n! */
};

/* With the features of a set known, the leaf is reached if all of them are taken, by the product of the
 * shares of the others. Sums over all sets of one size are the coefficients of the product of (share + t)
 * over those taken; each of these in turn is divided out of it. Whatever is not taken takes the same from the
 * leaf. */
static void
explain_leaf(struct explainer *e, double value, unsigned n)
{
	double c[TREES_MAX_DEPTH + 1] = {1};
	unsigned taken = 0;
	for (unsigned j = 0; j < n; j++) {
		double share = e->way[j].share;
		if (!e->way[j].taken) {
			value *= share;
			continue;
		}
		c[taken + 1] = c[taken];
		for (unsigned k = taken; k > 0; k--)
			c[k] = c[k] * share + c[k - 1];
		c[0] *= share;
		taken++;
	}
	e->part[e->rest] += value * c[0];
	double without = 0;
	for (unsigned k = 0; taken < n && k <= taken; k++)
		without += c[k] * e->weight[n][k];
	for (unsigned i = 0; i < n; i++) {
		double sum = 0, rest = 0, share = e->way[i].share;
		if (!e->way[i].taken) {
			e->part[e->way[i].feature] -= value * without;
			continue;
		}
		for (unsigned k = taken; k-- > 0;) {
			rest = c[k + 1] - share * rest;
			sum += rest * e->weight[n][k];
		}
		e->part[e->way[i].feature] += value * (1 - share) * sum;
	}
}

static void
explain_node(struct explainer *e, unsigned at, unsigned n)
{
	const struct tree_node *k = &e->node[at];
	if (k->left == 0) {
		explain_leaf(e, (double)k->value, n);
		return;
	}
	unsigned same = 0;
	while (same < n && e->way[same].feature != k->feature)
		same++;
	struct step before = same < n ? e->way[same] : (struct step){k->feature, true, 1};
	bool goes_left = e->x[k->feature] < k->value;
	for (unsigned side = 0; side < 2; side++) {
		unsigned child = k->left + side;
		e->way[same] = (struct step){k->feature, before.taken && goes_left == (side == 0),
		                             before.share * (double)(e->node[child].cover / k->cover)};
		explain_node(e, child, same < n ? n : n + 1);
	}
	e->way[same] = before;
}

enum err
trees_explain(const struct trees *t, const float *x, size_t columns, float *ret, struct why *why)
{
	TRY(fits(t, columns, 1, why));
	OWNED(mem_free) double *part = calloc(columns + 1, sizeof *part);
	if (!part)
		return fail(why, ERR_BROKEN, "no memory to explain");
	struct explainer e = {.node = t->list.nodes, .x = x, .part = part, .rest = columns};
	for (unsigned n = 1; n <= TREES_MAX_DEPTH; n++) {
		e.weight[n][0] = 1.0 / n;
		for (unsigned k = 1; k < n; k++)
			e.weight[n][k] = e.weight[n][k - 1] * k / (n - k);
	}
	part[columns] = (double)t->list.base;
	for (size_t i = 0; i < t->list.n_trees; e.node += t->list.counts[i++])
		explain_node(&e, 0, 0);
	for (size_t i = 0; i <= columns; i++)
		ret[i] = (float)part[i];
	return ERR_NONE;
}
