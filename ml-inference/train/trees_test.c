/* What serving makes of trees against XGBoost, which grew them. */
#include "booster.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <xgboost/c_api.h>

#define ROWS    500
#define COLUMNS 12

static float
drawn(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) / (float)(1 << 24);
}

/* Features some of which are counts, as ours are, so that values lie on thresholds too. */
static void
draw(float *x, float *y, int classes)
{
	uint32_t state = 7;
	for (size_t i = 0; i < ROWS; i++) {
		float *row = x + i * COLUMNS, sum = 0;
		for (size_t c = 0; c < COLUMNS; c++) {
			row[c] = c % 3 ? drawn(&state) : floorf(4 * drawn(&state));
			sum += c < 4 ? row[c] : 0;
		}
		sum += row[5] * row[6] + 0.3f * drawn(&state);
		y[i] = classes ? (float)((int)sum % classes) : sum > 3.5f;
	}
}

struct grown {
	BoosterHandle booster;
	DMatrixHandle matrix;
	struct trees *trees;
	float x[ROWS * COLUMNS], y[ROWS];
};

static void
grow(struct grown *g, const char *objective, const char *classes)
{
	const char *json;
	bst_ulong n;
	struct why why = {""};
	draw(g->x, g->y, (int)strtol(classes, NULL, 10));
	assert_int_equal(XGDMatrixCreateFromMat(g->x, ROWS, COLUMNS, -9e30f, &g->matrix), 0);
	assert_int_equal(XGDMatrixSetFloatInfo(g->matrix, "label", g->y, ROWS), 0);
	assert_int_equal(XGBoosterCreate(&g->matrix, 1, &g->booster), 0);
	const char *const set[][2] = {{"objective", objective}, {"num_class", classes}, {"max_depth", "5"},
	                              {"tree_method", "hist"},  {"nthread", "1"},       {"subsample", "0.8"},
	                              {"verbosity", "0"}};
	for (size_t i = 0; i < ARRAY_LEN(set); i++)
		assert_int_equal(XGBoosterSetParam(g->booster, set[i][0], set[i][1]), 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(XGBoosterUpdateOneIter(g->booster, i, g->matrix), 0);
	assert_int_equal(XGBoosterSaveModelToBuffer(g->booster, "{\"format\":\"json\"}", &n, &json), 0);
	if (booster_trees(json, n, &g->trees, &why) != ERR_NONE)
		fail_msg("%s", why.text);
}

static void
fell(struct grown *g)
{
	XGBoosterFree(g->booster);
	XGDMatrixFree(g->matrix);
	trees_free(&g->trees);
	free(g);
}

/* What XGBoost says: 1 log-odds, 2 what each feature adds. */
static const float *
said(struct grown *g, int type, size_t expected)
{
	char config[160];
	bst_ulong const *shape;
	bst_ulong dim, n = 1;
	const float *out;
	snprintf(config, sizeof config,
	         "{\"type\":%d,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
	         "\"strict_shape\":false}",
	         type);
	assert_int_equal(XGBoosterPredictFromDMatrix(g->booster, g->matrix, config, &shape, &dim, &out), 0);
	for (bst_ulong i = 0; i < dim; i++)
		n *= shape[i];
	assert_int_equal(n, expected);
	return out;
}

static void
scores_are_xgboosts(void **state)
{
	(void)state;
	static const struct {
		const char *objective, *classes;
	} forms[] = {{"binary:logistic", "0"}, {"multi:softprob", "3"}};
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct grown *g = calloc(1, sizeof *g);
		float ours[ROWS * 3];
		struct why why = {""};
		assert_non_null(g);
		grow(g, forms[i].objective, forms[i].classes);
		size_t classes = i == 0 ? 1 : 3;
		assert_int_equal(trees_score(g->trees, g->x, ROWS, COLUMNS, classes, ours, &why), ERR_NONE);
		const float *theirs = said(g, 1, ROWS * classes);
		assert_memory_equal(ours, theirs, ROWS * classes * sizeof *ours);
		/* any number of rows, alone and in company */
		float one[3];
		assert_int_equal(trees_score(g->trees, g->x + 17 * COLUMNS, 1, COLUMNS, classes, one, &why),
		                 ERR_NONE);
		assert_memory_equal(one, ours + 17 * classes, classes * sizeof *one);
		assert_int_equal(trees_score(g->trees, g->x, 1, COLUMNS + 1, classes, one, &why), ERR_SCHEMA);
		fell(g);
	}
}

static void
parts_are_xgboosts_and_make_the_whole(void **state)
{
	(void)state;
	struct grown *g = calloc(1, sizeof *g);
	float part[COLUMNS + 1], whole;
	struct why why = {""};
	assert_non_null(g);
	grow(g, "binary:logistic", "0");
	const float *theirs = said(g, 2, ROWS * (COLUMNS + 1));
	for (size_t i = 0; i < ROWS; i++) {
		double sum = 0;
		assert_int_equal(trees_explain(g->trees, g->x + i * COLUMNS, COLUMNS, part, &why), ERR_NONE);
		assert_int_equal(trees_score(g->trees, g->x + i * COLUMNS, 1, COLUMNS, 1, &whole, &why),
		                 ERR_NONE);
		for (size_t c = 0; c <= COLUMNS; c++) {
			assert_float_equal(part[c], theirs[i * (COLUMNS + 1) + c], 2e-4f);
			sum += (double)part[c];
		}
		assert_float_equal((float)sum, whole, 1e-4f);
	}
	fell(g);
}

static void
a_file_gives_the_same_trees(void **state)
{
	(void)state;
	struct grown *g = calloc(1, sizeof *g);
	OWNED(trees_free) struct trees *again = NULL;
	OWNED(buf_free) struct buf b = buf_init(1 * MIB);
	OWNED(buf_free) struct buf twice = buf_init(1 * MIB);
	struct why why = {""};
	assert_non_null(g);
	grow(g, "binary:logistic", "0");
	trees_write(g->trees, &b);
	assert_int_equal(trees_read(b.data, b.len, &again, &why), ERR_NONE);
	trees_write(again, &twice);
	assert_int_equal(b.len, twice.len);
	assert_memory_equal(b.data, twice.data, b.len);
	/* cut off, or with a byte of any node turned, they are refused or still lead to some leaf */
	for (size_t n = 0; n < b.len; n += 97) {
		OWNED(trees_free) struct trees *cut = NULL;
		assert_int_equal(trees_read(b.data, n, &cut, &why), ERR_SCHEMA);
	}
	float ours[1], part[COLUMNS + 1];
	for (size_t n = 0; n < b.len; n += 13) {
		OWNED(trees_free) struct trees *odd = NULL;
		b.data[n] = (char)(b.data[n] ^ 0x55);
		if (trees_read(b.data, b.len, &odd, &why) == ERR_NONE &&
		    trees_score(odd, g->x, 1, COLUMNS, 1, ours, &why) == ERR_NONE)
			assert_int_equal(trees_explain(odd, g->x, COLUMNS, part, &why), ERR_NONE);
		b.data[n] = (char)(b.data[n] ^ 0x55);
	}
	fell(g);
}

#define CLASSES 3

/* Each run by other chance: together they say what they say on the average. */
static void
runs_are_averaged(void **state)
{
	(void)state;
	struct why why = {""};
	float *x = malloc(ROWS * COLUMNS * sizeof *x), *y = malloc(ROWS * sizeof *y);
	float *said = calloc(3 * ROWS * CLASSES, sizeof *said);
	assert_non_null(x);
	assert_non_null(y);
	assert_non_null(said);
	draw(x, y, CLASSES);
	for (unsigned k = 0; k < 3; k++) { /* one, the other, both */
		struct trees *t = NULL;
		const struct booster_options o = {.rounds = 10,
		                                  .depth = 4,
		                                  .classes = CLASSES,
		                                  .eta = 0.2,
		                                  .subsample = 0.7,
		                                  .columns = 0.5,
		                                  .lambda = 1,
		                                  .min_child = 1,
		                                  .seed = k == 1 ? 1005 : 5,
		                                  .runs = k == 2 ? 2 : 1};
		assert_int_equal(booster_train(x, y, NULL, ROWS, COLUMNS, &o, &t, &why), ERR_NONE);
		assert_int_equal(trees_score(t, x, ROWS, COLUMNS, CLASSES, said + k * ROWS * CLASSES, &why),
		                 ERR_NONE);
		trees_free(&t);
	}
	bool differ = false;
	for (size_t i = 0; i < (size_t)ROWS * CLASSES; i++) {
		float a = said[i], b = said[ROWS * CLASSES + i], both = said[2 * ROWS * CLASSES + i];
		assert_true(fabsf((a + b) / 2 - both) < 1e-4f);
		differ |= fabsf(a - b) > 1e-3f;
	}
	assert_true(differ);
	free(x);
	free(y);
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scores_are_xgboosts),
	    cmocka_unit_test(parts_are_xgboosts_and_make_the_whole),
	    cmocka_unit_test(a_file_gives_the_same_trees),
	    cmocka_unit_test(runs_are_averaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
