/* From SQLite to PostgreSQL. */
#include "pg_tests.h"

#include "conformance_world.h"
#include "moving.h"

#include "own.h"
#include "test_folder.h"

#include <signal.h>
#include <sys/wait.h>

static struct storage_options
embedded_options(void)
{
	static char urls[2][4200];
	char dir[TEST_FOLDER_LEN];
	test_folder(dir);
	struct storage_options o = new_place();
	snprintf(urls[0], sizeof urls[0], "sqlite:%s/docket.db", dir);
	snprintf(urls[1], sizeof urls[1], "file:%s/blobs", dir);
	o.storage_url = urls[0];
	o.blobs_url = urls[1];
	return o;
}

static void
furnish_embedded(struct world *w)
{
	const struct user *u;
	*w = (struct world){.options = embedded_options(), .worker = uuid_new()};
	w->mem = arena_create("moving", 64 * MIB);
	OK(storage_open(&w->options, &w->st, &w->why));
	OK(storage_user_create(w->st, "Ann@Example.org", "hash-a", "en", w->mem, &u, &w->why));
	w->ann = u->id;
	OK(storage_user_create(w->st, "bob@example.org", "hash-b", "ru", w->mem, &u, &w->why));
	w->bob = u->id;
	furnish(w);
}

static void
die_at(void *arg, const char *what, int64_t done, int64_t of)
{
	int *left = arg;
	(void)what, (void)done, (void)of;
	if (--*left < 0)
		raise(SIGKILL);
}

/* kill -9 at the first step, then at the second, and so on, each going on from what the one before left. */
static void
a_copy_that_is_killed_anywhere_goes_on_to_the_same_papers(void **state)
{
	(void)state;
	struct world world, *w = &world;
	struct storage_options to = new_place();
	struct moved m;
	int killed = 0;
	furnish_embedded(w);
	assert_int_equal(storage_copy(&w->options, &to, NULL, &m, &w->why), ERR_CONFLICT); /* it runs */
	storage_close(&w->st);
	for (int status = -1; status != 0; killed++) {
		pid_t pid = fork();
		if (pid == 0) {
			int left = killed;
			const struct moving_watch watch = {die_at, &left};
			_exit(storage_copy(&w->options, &to, &watch, &m, &w->why) != ERR_NONE);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	}
	assert_true(killed > 20);
	OK(storage_copy(&w->options, &to, NULL, &m, &w->why)); /* the end was not heard of: it is looked up */
	assert_int_equal(m.already, m.blobs);
	OK(storage_open(&to, &w->st, &w->why));
	expect_furnished(w);
	storage_close(&w->st);
	/* it has lived on: nothing of ours goes over it any more */
	assert_int_equal(storage_copy(&w->options, &to, NULL, &m, &w->why), ERR_CONFLICT);
	assert_non_null(strstr(w->why.text, "rows of its own"));
	arena_destroy(&w->mem);
}

static void
files_may_stay_where_they_are(void **state)
{
	(void)state;
	struct world world, *w = &world;
	struct storage_options to = new_place();
	struct moved m;
	furnish_embedded(w);
	storage_close(&w->st);
	to.blobs_url = w->options.blobs_url;
	OK(storage_copy(&w->options, &to, NULL, &m, &w->why));
	assert_int_equal(m.already, 9);
	OK(storage_open(&to, &w->st, &w->why));
	expect_furnished(w);
	storage_close(&w->st);
	arena_destroy(&w->mem);
}

int
pg_moving_tests(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_copy_that_is_killed_anywhere_goes_on_to_the_same_papers),
	    cmocka_unit_test(files_may_stay_where_they_are),
	};
	return cmocka_run_group_tests_name("PostgreSQL: from SQLite to here", tests, NULL, NULL);
}
