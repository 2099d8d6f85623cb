/* A second model that reads along: it is compared, counted, and never heard. */
#include "shadow.h"

#include "json_own.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char paper[] =
    "{\"schema\":\"docket.document/"
    "1\",\"source\":\"ocr\",\"pages\":[{\"number\":1,\"width\":500,\"height\":900,"
    "\"words\":[{\"t\":\"CORNER\",\"c\":1,\"b\":[0.1,0.1,0.3,0.12]},{\"t\":\"CAFE\",\"c\":1,\"b\":[0.32,0.1,"
    "0.5,0.12]},"
    "{\"t\":\"12/03/"
    "2018\",\"c\":1,\"b\":[0.1,0.2,0.4,0.22]},{\"t\":\"TOTAL\",\"c\":1,\"b\":[0.1,0.3,0.3,0.32]},"
    "{\"t\":\"9.00\",\"c\":1,\"b\":[0.7,0.3,0.8,0.32]}],\"lines\":[[0,2],[2,1],[3,1],[4,1]]}]}";

static char models_path[4200], pin[300];

struct ground {
	struct model *model;
	json_t *answer;
};

/* How often an outcome was counted in this process. */
static double
counted(const char *outcome)
{
	char wanted[80];
	OWNED(buf_free) struct buf b = buf_init(1 * MIB);
	metrics_write(&b, METRICS_PROMETHEUS);
	snprintf(wanted, sizeof wanted, "docket_inference_shadow_total{outcome=\"%s\"} ", outcome);
	const char *at = b.data ? strstr(b.data, wanted) : NULL;
	return at ? strtod(at + strlen(wanted), NULL) : 0;
}

/* The shadow works on its own thread: waits until it has said something. */
static void
await(const char *outcome, double n)
{
	for (int i = 0; i < 2000 && counted(outcome) < n; i++)
		usleep(10000);
	if (counted(outcome) < n)
		fail_msg("%s was counted %g times, expected %g", outcome, counted(outcome), n);
}

static void
the_same_model_says_the_same(void **state)
{
	struct ground *g = *state;
	struct shadow *s = NULL;
	struct why why = {""};
	assert_int_equal(shadow_start(models_path, pin, NULL, &s, &why), ERR_NONE);
	double before = counted("same");
	shadow_show(s, paper, sizeof paper - 1, g->answer, "j-1");
	await("same", before + 1);
	shadow_stop(&s);
	assert_null(s);
}

static void
what_differs_is_counted_and_the_answer_is_left_alone(void **state)
{
	struct ground *g = *state;
	struct shadow *s = NULL;
	struct why why = {""};
	OWNED(json_release) json_t *other = json_deep_copy(g->answer);
	json_object_set_new(json_object_get(other, "doc_type"), "value", json_string("resume"));
	OWNED(json_release) json_t *kept = json_deep_copy(other);
	assert_int_equal(shadow_start(models_path, pin, NULL, &s, &why), ERR_NONE);
	double before = counted("different");
	shadow_show(s, paper, sizeof paper - 1, other, NULL);
	await("different", before + 1);
	assert_true(json_equal(other, kept));
	shadow_stop(&s);
}

static void
what_a_shadow_cannot_read_is_counted_too(void **state)
{
	struct ground *g = *state;
	struct shadow *s = NULL;
	struct why why = {""};
	assert_int_equal(shadow_start(models_path, pin, NULL, &s, &why), ERR_NONE);
	double before = counted("failed");
	shadow_show(s, "[]", 2, g->answer, "j-2");
	await("failed", before + 1);
	shadow_stop(&s);
}

static void
a_shadow_that_is_not_there_is_refused_by_name(void **state)
{
	(void)state;
	struct shadow *s = NULL;
	struct why why = {""};
	assert_int_equal(shadow_start(models_path, "papers@0.0.0", NULL, &s, &why), ERR_MODEL_UNAVAILABLE);
	assert_non_null(strstr(why.text, "papers@0.0.0"));
	assert_null(s);
	shadow_show(NULL, paper, sizeof paper - 1, NULL, NULL); /* none was asked for */
}

static void
a_difference_names_the_field_and_both_values(void **state)
{
	struct ground *g = *state;
	OWNED(json_release) json_t *none = prediction_difference(g->answer, g->answer);
	assert_int_equal(json_array_size(none), 0);
	OWNED(json_release) json_t *other = json_deep_copy(g->answer);
	json_t *fields = json_object_get(other, "fields"), *f;
	size_t i;
	json_array_foreach(fields, i, f)
	{
		const char *name = json_get_str(f, "name");
		if (strcmp(name, "date") == 0)
			json_object_set_new(f, "normalized", json_string("2018-12-03"));
	}
	json_array_append_new(fields, json_pack("{s:s, s:s}", "name", "iban", "normalized", "DE89"));
	OWNED(json_release) json_t *two = prediction_difference(g->answer, other);
	assert_int_equal(json_array_size(two), 2);
	const json_t *date = json_array_get(two, 0), *iban = json_array_get(two, 1);
	assert_string_equal(json_get_str(date, "name"), "date");
	assert_string_equal(json_get_str(date, "a"), "2018-03-12");
	assert_string_equal(json_get_str(date, "b"), "2018-12-03");
	assert_string_equal(json_get_str(iban, "name"), "iban");
	assert_true(json_is_null(json_object_get(iban, "a")));
}

static int
setup(void **state)
{
	static struct ground g;
	struct why why = {""};
	const char *source = getenv("DOCKET_SOURCE_DIR");
	snprintf(models_path, sizeof models_path, "%s/ml-inference/models", source ? source : ".");
	if (model_load(models_path, "", &g.model, &why) != ERR_NONE ||
	    model_predict(g.model, paper, sizeof paper - 1, &g.answer, &why) != ERR_NONE) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	OWNED(json_release) json_t *d = model_describe(g.model);
	snprintf(pin, sizeof pin, "%s@%s", json_get_str(d, "name"), json_get_str(d, "version"));
	*state = &g;
	return 0;
}

static int
teardown(void **state)
{
	struct ground *g = *state;
	json_decref(g->answer);
	model_free(&g->model);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_model_says_the_same),
	    cmocka_unit_test(what_differs_is_counted_and_the_answer_is_left_alone),
	    cmocka_unit_test(what_a_shadow_cannot_read_is_counted_too),
	    cmocka_unit_test(a_shadow_that_is_not_there_is_refused_by_name),
	    cmocka_unit_test(a_difference_names_the_field_and_both_values),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
