#include "booster.h"

#include "own.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <xgboost/c_api.h>

struct booster {
	BoosterHandle h;
	pthread_mutex_t lock; /* predictions live in memory of the handle */
};

#define XGB(call, why)                                                                        \
	do {                                                                                  \
		if ((call) != 0)                                                              \
			return fail((why), ERR_BROKEN, "XGBoost: %.150s", XGBGetLastError()); \
	} while (0)

static struct booster *
booster_new(void)
{
	struct booster *b = calloc(1, sizeof *b);
	if (!b)
		BUG("no memory for a booster");
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void
booster_free(struct booster **b)
{
	if (!*b)
		return;
	if ((*b)->h)
		XGBoosterFree((*b)->h);
	pthread_mutex_destroy(&(*b)->lock);
	free(*b);
	*b = NULL;
}

static void
matrix_free(DMatrixHandle *m)
{
	if (*m)
		XGDMatrixFree(*m);
	*m = NULL;
}

enum err
booster_read(const void *bytes, size_t n, struct booster **ret, struct why *why)
{
	OWNED(booster_free) struct booster *b = booster_new();
	XGB(XGBoosterCreate(NULL, 0, &b->h), why);
	XGB(XGBoosterLoadModelFromBuffer(b->h, bytes, n), why);
	XGB(XGBoosterSetParam(b->h, "nthread", "1"), why);
	*ret = TAKE(b);
	return ERR_NONE;
}

enum err
booster_write(const struct booster *b, const char *path, struct why *why)
{
	XGB(XGBoosterSaveModel(b->h, path), why);
	return ERR_NONE;
}

enum err
booster_score(const struct booster *b, const float *x, size_t rows, size_t columns, size_t classes,
              float *ret, struct why *why)
{
	static const char config[] =
	    "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
	    "\"strict_shape\":false,\"cache_id\":0,\"missing\":NaN}";
	char array[160];
	snprintf(array, sizeof array,
	         "{\"data\":[%" PRIuPTR ",true],\"shape\":[%zu,%zu],\"typestr\":\"<f4\",\"version\":3}",
	         (uintptr_t)x, rows, columns);
	struct booster *w = (struct booster *)(uintptr_t)b;
	bst_ulong const *shape;
	bst_ulong dim;
	const float *out = NULL;
	pthread_mutex_lock(&w->lock);
	int rc = XGBoosterPredictFromDense(w->h, array, config, NULL, &shape, &dim, &out);
	bst_ulong n = 1;
	for (bst_ulong i = 0; rc == 0 && i < dim; i++)
		n *= shape[i];
	bool fits = rc == 0 && n == rows * classes;
	if (fits)
		memcpy(ret, out, n * sizeof *ret);
	pthread_mutex_unlock(&w->lock);
	XGB(rc, why);
	if (!fits)
		return fail(why, ERR_SCHEMA, "trees of %llu values where %zu were expected",
		            (unsigned long long)n, rows * classes);
	return ERR_NONE;
}

enum err
booster_explain(const struct booster *b, const float *x, size_t columns, float *ret, struct why *why)
{
	static const char config[] =
	    "{\"type\":2,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
	    "\"strict_shape\":false}";
	struct booster *w = (struct booster *)(uintptr_t)b;
	OWNED(matrix_free) DMatrixHandle m = NULL;
	bst_ulong const *shape;
	bst_ulong dim;
	const float *out = NULL;
	XGB(XGDMatrixCreateFromMat(x, 1, columns, -9e30f, &m), why);
	pthread_mutex_lock(&w->lock);
	int rc = XGBoosterPredictFromDMatrix(w->h, m, config, &shape, &dim, &out);
	if (rc == 0)
		memcpy(ret, out, (columns + 1) * sizeof *ret);
	pthread_mutex_unlock(&w->lock);
	XGB(rc, why);
	return ERR_NONE;
}

enum err
booster_train(const float *x, const float *y, const float *weight, size_t rows, size_t columns,
              const struct booster_options *o, struct booster **ret, struct why *why)
{
	OWNED(booster_free) struct booster *b = booster_new();
	OWNED(matrix_free) DMatrixHandle m = NULL;
	XGB(XGDMatrixCreateFromMat(x, rows, columns, -9e30f, &m), why);
	XGB(XGDMatrixSetFloatInfo(m, "label", y, rows), why);
	if (weight)
		XGB(XGDMatrixSetFloatInfo(m, "weight", weight, rows), why);
	XGB(XGBoosterCreate(&m, 1, &b->h), why);
	char v[32];
	XGB(XGBoosterSetParam(b->h, "objective", o->classes ? "multi:softprob" : "binary:logistic"), why);
	static const char *const fixed[][2] = {
	    {"tree_method", "hist"}, {"max_bin", "64"}, {"nthread", "1"}, {"verbosity", "0"}};
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		XGB(XGBoosterSetParam(b->h, fixed[i][0], fixed[i][1]), why);
#define SET(name, format, value)                            \
	do {                                                \
		snprintf(v, sizeof v, format, value);       \
		XGB(XGBoosterSetParam(b->h, name, v), why); \
	} while (0)
	if (o->classes)
		SET("num_class", "%d", o->classes);
	SET("max_depth", "%d", o->depth);
	SET("eta", "%g", o->eta);
	SET("subsample", "%g", o->subsample);
	SET("colsample_bytree", "%g", o->columns);
	SET("lambda", "%g", o->lambda);
	SET("min_child_weight", "%g", o->min_child);
	SET("seed", "%u", o->seed);
#undef SET
	for (int i = 0; i < o->rounds; i++)
		XGB(XGBoosterUpdateOneIter(b->h, i, m), why);
	*ret = TAKE(b);
	return ERR_NONE;
}
