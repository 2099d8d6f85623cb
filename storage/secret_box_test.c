/* Sealed secrets open with their key, for their row, and not otherwise. */
#include "secret_box.h"

#include "own.h"
#include "test_folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_LEN];

static const char *
in_folder(const char *name, char path[static 100])
{
	snprintf(path, 100, "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	test_folder(folder);
	return 0;
}

struct name_list {
	struct dirent **names;
	int n;
};

static void
list_free(struct name_list *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
}

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void
the_key_is_made_once_for_its_owner_alone(void **state)
{
	(void)state;
	char path[100], sealed[SEALED_MAX], plain[SECRET_MAX];
	struct why why;
	struct stat st;
	size_t n;
	struct uuid id = uuid_new();
	OWNED(secret_box_free) struct secret_box *box = NULL;
	OWNED(secret_box_free) struct secret_box *again = NULL;
	assert_int_equal(secret_box_open(in_folder("key", path), false, &box, &why), ERR_ABSENT);
	assert_int_equal(secret_box_open(path, true, &box, &why), ERR_NONE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(secret_box_open(path, true, &again, &why), ERR_NONE);
	secret_seal(box, id, "teapot", 6, sealed);
	assert_int_equal(secret_unseal(again, id, sealed, plain, sizeof plain, &n, &why), ERR_NONE);
	assert_int_equal(n, 6);
	assert_memory_equal(plain, "teapot", 6);
	/* Nothing else is left of its making. */
	OWNED(list_free) struct name_list files = {0};
	files.n = scandir(folder, &files.names, visible, alphasort);
	assert_int_equal(files.n, 1);
}

static void
a_sealed_secret_shows_nothing_and_is_never_the_same_twice(void **state)
{
	(void)state;
	char path[100], one[SEALED_MAX], two[SEALED_MAX];
	struct why why;
	struct uuid id = uuid_new();
	OWNED(secret_box_free) struct secret_box *box = NULL;
	assert_int_equal(secret_box_open(in_folder("key", path), true, &box, &why), ERR_NONE);
	secret_seal(box, id, "teapot", 6, one);
	secret_seal(box, id, "teapot", 6, two);
	assert_string_not_equal(one, two);
	assert_null(strstr(one, "teapot"));
	assert_int_equal(secret_sealed(box, one), SEALED_HERE);
	assert_int_equal(secret_sealed(NULL, one), SEALED_ELSEWHERE);
	assert_int_equal(secret_sealed(box, "teapot"), SEALED_NOT);
}

static void
another_key_another_row_or_a_changed_letter_open_nothing(void **state)
{
	(void)state;
	char path[100], sealed[SEALED_MAX], plain[SECRET_MAX];
	struct why why;
	size_t n;
	struct uuid id = uuid_new();
	OWNED(secret_box_free) struct secret_box *box = NULL;
	OWNED(secret_box_free) struct secret_box *other = NULL;
	assert_int_equal(secret_box_open(in_folder("key", path), true, &box, &why), ERR_NONE);
	assert_int_equal(secret_box_open(in_folder("other", path), true, &other, &why), ERR_NONE);
	secret_seal(box, id, "teapot", 6, sealed);
	assert_int_equal(secret_unseal(other, id, sealed, plain, sizeof plain, &n, &why), ERR_SECRET_LOST);
	assert_int_equal(secret_unseal(NULL, id, sealed, plain, sizeof plain, &n, &why), ERR_SECRET_LOST);
	assert_int_equal(secret_unseal(box, uuid_new(), sealed, plain, sizeof plain, &n, &why),
	                 ERR_SECRET_LOST);
	assert_int_equal(secret_unseal(box, id, sealed, plain, 5, &n, &why), ERR_SECRET_LOST);
	sealed[30] = sealed[30] == 'A' ? 'B' : 'A';
	assert_int_equal(secret_unseal(box, id, sealed, plain, sizeof plain, &n, &why), ERR_SECRET_LOST);
	sealed[20] = '\0';
	assert_int_equal(secret_unseal(box, id, sealed, plain, sizeof plain, &n, &why), ERR_SECRET_LOST);
}

static void
a_file_that_is_no_key_is_refused_and_left_alone(void **state)
{
	static const char *const texts[] = {
	    "", "short\n", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg\n",
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\n"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char path[100];
		struct why why;
		struct secret_box *box = NULL;
		FILE *f = fopen(in_folder("odd", path), "w");
		assert_non_null(f);
		fputs(texts[i], f);
		fclose(f);
		assert_int_equal(secret_box_open(path, true, &box, &why), ERR_INVALID);
		unlink(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_key_is_made_once_for_its_owner_alone),
	    cmocka_unit_test(a_sealed_secret_shows_nothing_and_is_never_the_same_twice),
	    cmocka_unit_test(another_key_another_row_or_a_changed_letter_open_nothing),
	    cmocka_unit_test(a_file_that_is_no_key_is_refused_and_left_alone),
	};
	return cmocka_run_group_tests(tests, make_folder, NULL);
}
