/* Models that must be refused, by name: broken copies of the committed one. */
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "test_folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char models_path[4200];

static void
copy_model(const char *to)
{
	struct why why = {""};
	char from[4800] = "", path[4900];
	DIR *d = opendir(models_path);
	assert_non_null(d);
	struct dirent *e;
	char name[256] = "", version[256] = "";
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			snprintf(name, sizeof name, "%s", e->d_name);
	closedir(d);
	snprintf(from, sizeof from, "%s/%s", models_path, name);
	d = opendir(from);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && strverscmp(e->d_name, version) > 0)
			snprintf(version, sizeof version, "%s", e->d_name);
	closedir(d);
	snprintf(from, sizeof from, "%s/%s/%s", models_path, name, version);
	snprintf(path, sizeof path, "%s/m/1", to);
	assert_int_equal(dir_make(path, &why), ERR_NONE);
	d = opendir(from);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		OWNED(mem_free) char *bytes = NULL;
		size_t n;
		char file[5200];
		snprintf(file, sizeof file, "%s/%s", from, e->d_name);
		assert_int_equal(file_read(file, 64 * MIB, &bytes, &n, &why), ERR_NONE);
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		OWNED(file_close) FILE *f = fopen(file, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(bytes, 1, n, f), n);
	}
	closedir(d);
}

static void
expect_refusal(const char *folder, const char *named)
{
	OWNED(model_free) struct model *m = NULL;
	struct why why = {""};
	assert_int_equal(model_load(folder, "m@1", &m, &why), ERR_SCHEMA);
	if (!strstr(why.text, named))
		fail_msg("\"%s\" does not name %s", why.text, named);
}

static void
set_manifest(const char *folder, const char *key, const char *value)
{
	char path[4300];
	struct why why = {""};
	OWNED(mem_free) char *bytes = NULL;
	OWNED(json_release) json_t *j = NULL;
	size_t n;
	snprintf(path, sizeof path, "%s/m/1/manifest.json", folder);
	assert_int_equal(file_read(path, 1 * MIB, &bytes, &n, &why), ERR_NONE);
	assert_int_equal(json_parse(bytes, n, &j, &why), ERR_NONE);
	json_object_set_new(j, key, json_string(value));
	assert_int_equal(json_dump_file(j, path, 0), 0);
}

static void
refuses_a_model_that_does_not_match(void **state)
{
	(void)state;
	static const char *const keys[] = {"input_schema", "output_schema", "features_sha256"};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		char folder[TEST_FOLDER_LEN];
		test_folder(folder);
		copy_model(folder);
		set_manifest(folder, keys[i], "something else");
		expect_refusal(folder, keys[i]);
	}
}

static void
refuses_a_model_file_that_was_changed(void **state)
{
	(void)state;
	char folder[TEST_FOLDER_LEN], path[300];
	test_folder(folder);
	copy_model(folder);
	snprintf(path, sizeof path, "%s/m/1/total.trees", folder);
	OWNED(file_close) FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, 1000, SEEK_SET);
	fputc('#', f);
	fflush(f);
	expect_refusal(folder, "total.trees: sha256");
}

static void
says_which_model_is_missing(void **state)
{
	(void)state;
	OWNED(model_free) struct model *m = NULL;
	struct why why = {""};
	assert_int_equal(model_load(models_path, "papers@0.0.0", &m, &why), ERR_MODEL_UNAVAILABLE);
	assert_non_null(strstr(why.text, "papers@0.0.0"));
	assert_int_equal(model_load(models_path, "../papers@1", &m, &why), ERR_MODEL_UNAVAILABLE);
	assert_int_equal(model_load(models_path, "papers", &m, &why), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_a_model_that_does_not_match),
	    cmocka_unit_test(refuses_a_model_file_that_was_changed),
	    cmocka_unit_test(says_which_model_is_missing),
	};
	const char *source = getenv("DOCKET_SOURCE_DIR");
	snprintf(models_path, sizeof models_path, "%s/ml-inference/models", source ? source : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
