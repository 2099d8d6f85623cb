/* trees.h: boosted trees as they are served: rows scored, one row explained. XGBoost grows them
 * (train/booster.h); serving needs nothing of it.
 *
 * The file, little-endian: "DKTT", version, classes, columns (16 bits), trees (32), base (float); of each
 * tree the count of its nodes (16); then the nodes: feature (16), left (16), value, cover (floats).
 */
#ifndef DOCKET_ML_TREES_H
#define DOCKET_ML_TREES_H

#include "buf.h"
#include "err.h"

#include <stddef.h>
#include <stdint.h>

#define TREES_MAX_DEPTH  8
#define TREES_MOST_NODES 512 /* of one tree */

struct tree_node {
	uint16_t feature;
	uint16_t left; /* from the tree's first node; the right child is the next one; 0: a leaf */
	float value;   /* of a leaf what it adds; at a fork what is less goes left */
	float cover;   /* how much of what was learnt from came by here */
};
struct tree_list {
	size_t columns, classes; /* one class: right or wrong. Tree i speaks for class i % classes. */
	float base;              /* log-odds before any tree */
	const struct tree_node *nodes;
	const uint16_t *counts; /* nodes of each tree */
	size_t n_trees, n_nodes;
};

struct trees;
void trees_free(struct trees **t);
/* Copies the list; refuses one that would lead astray. */
enum err trees_make(const struct tree_list *list, struct trees **ret, struct why *why) MUST_CHECK;
enum err trees_read(const void *bytes, size_t n, struct trees **ret, struct why *why) MUST_CHECK;
void trees_write(const struct trees *t, struct buf *out);

/* ret[rows][classes]: log-odds. Bit for bit what XGBoost says. */
enum err trees_score(const struct trees *t, const float *x, size_t rows, size_t columns, size_t classes,
                     float *ret, struct why *why) MUST_CHECK;
/* For trees of one class. ret[columns + 1]: what each feature added to the log-odds of this row, then what
 * they are without any: exact Shapley values, an absent feature standing for the training's mean below each
 * fork (Lundberg, Erion, Lee 2018, "Consistent Individualized Feature Attribution for Tree Ensembles"). */
enum err trees_explain(const struct trees *t, const float *x, size_t columns, float *ret, struct why *why)
    MUST_CHECK;

#endif
