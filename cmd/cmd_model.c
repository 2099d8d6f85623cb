/* docket model: which models there are, whether they are whole, and how two of them differ. */
#include "commands.h"

#include "document.h"
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "places.h"

#include <stdlib.h>

static int
list(const char *models, const struct settings *s)
{
	struct why why = {""};
	OWNED(json_release) json_t *all = NULL;
	enum err e = model_list(models, s->inference_model, &all, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *m = json_array_get(all, i);
		const char *sum = json_get_str(m, "sha256");
		bool fits = json_is_true(json_object_get(m, "fits"));
		printf("%s %s@%s  %.12s  %s\n", json_is_true(json_object_get(m, "served")) ? "*" : " ",
		       json_get_str(m, "name"), json_get_str(m, "version"), sum ? sum : "",
		       fits ? "fits this program" : json_get_str(m, "reason"));
	}
	return EXIT_SUCCESS;
}

/* Every part is read, its sum checked. */
static int
verify_one(const char *models, const char *pin)
{
	struct why why = {""};
	struct model *m = NULL;
	enum err e = model_load(models, pin, &m, &why);
	printf("%-6s %s%s%s\n", e == ERR_NONE ? "ok" : "WRONG", pin, e == ERR_NONE ? "" : ": ",
	       e == ERR_NONE ? "" : why.text);
	model_free(&m);
	return e == ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
verify(const char *models, const struct settings *s, char **pins, int n)
{
	struct why why = {""};
	OWNED(json_release) json_t *all = NULL;
	int status = EXIT_SUCCESS;
	for (int i = 0; i < n; i++)
		status |= verify_one(models, pins[i]);
	if (n > 0)
		return status;
	enum err e = model_list(models, s->inference_model, &all, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *m = json_array_get(all, i);
		char pin[600];
		snprintf(pin, sizeof pin, "%s@%s", json_get_str(m, "name"), json_get_str(m, "version"));
		status |= verify_one(models, pin);
	}
	return status;
}

/* ---- two models on the same papers ---- */

static enum err
compare_one(struct model *a, struct model *b, const char *path, json_t *counts, int *papers, struct why *why)
{
	OWNED(mem_free) char *json = NULL;
	size_t n;
	OWNED(json_release) json_t *x = NULL;
	OWNED(json_release) json_t *y = NULL;
	TRY(file_read(path, DOCUMENT_MAX_JSON, &json, &n, why));
	TRY(model_predict(a, json, n, &x, why));
	TRY(model_predict(b, json, n, &y, why));
	OWNED(json_release) json_t *different = prediction_difference(x, y);
	(*papers)++;
	for (size_t i = 0; i < json_array_size(different); i++) {
		const json_t *d = json_array_get(different, i);
		const char *name = json_get_str(d, "name");
		OWNED(mem_free)
		char *before = json_dumps(json_object_get(d, "a"), JSON_ENCODE_ANY | JSON_COMPACT);
		OWNED(mem_free)
		char *after = json_dumps(json_object_get(d, "b"), JSON_ENCODE_ANY | JSON_COMPACT);
		printf("%s: %s: %s -> %s\n", path, name, before ? before : "-", after ? after : "-");
		json_int_t seen = json_integer_value(json_object_get(counts, name));
		json_object_set_new(counts, name, json_integer(seen + 1));
	}
	return ERR_NONE;
}

static int
compare(const char *models, char **args, int n)
{
	struct why why = {""};
	OWNED(model_free) struct model *a = NULL;
	OWNED(model_free) struct model *b = NULL;
	OWNED(json_release) json_t *counts = json_object();
	int papers = 0;
	enum err e = model_load(models, args[0], &a, &why);
	if (e == ERR_NONE)
		e = model_load(models, args[1], &b, &why);
	for (int i = 2; i < n && e == ERR_NONE; i++)
		e = compare_one(a, b, args[i], counts, &papers, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	const char *name;
	json_t *count;
	printf("%d papers\n", papers);
	json_object_foreach(counts, name, count)
	    printf("  %-18s differs on %lld\n", name, (long long)json_integer_value(count));
	return EXIT_SUCCESS;
}

static int
run(int argc, char **argv)
{
	static const char doc[] = "list: the models there are, * the one that answers.\v"
	                          "verify: reads every part of a model (all of them, if none is named).\n"
	                          "compare A B FILE...: what two models say differently; a FILE is what "
	                          "\"docket read --format document\" prints of one paper.";
	int status = 0;
	char models[PLACE_MAX];
	OWNED(invocation_release) struct invocation inv;
	const struct command_syntax syntax = {.args = "list\nverify [NAME@VERSION...]\ncompare A B FILE...",
	                                      .doc = doc,
	                                      .min_args = 1,
	                                      .max_args = 100000};
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	place_models(&inv.settings, models);
	if (strcmp(inv.args[0], "list") == 0 && inv.n_args == 1)
		return list(models, &inv.settings);
	if (strcmp(inv.args[0], "verify") == 0)
		return verify(models, &inv.settings, inv.args + 1, inv.n_args - 1);
	if (strcmp(inv.args[0], "compare") == 0 && inv.n_args >= 4)
		return compare(models, inv.args + 1, inv.n_args - 1);
	fprintf(stderr, "docket model: list, verify [NAME@VERSION...] or compare A B FILE...\n");
	return EXIT_USAGE;
}

const struct command command_model = {"model", "list, verify and compare models", run};
