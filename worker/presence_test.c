#include "presence.h"

#include "own.h"
#include "test_folder.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_LEN];
static struct presence *me;

static int
set_up(void **state)
{
	struct why why;
	(void)state;
	test_folder(folder);
	assert_int_equal(presence_open(folder, uuid_new(), &me, &why), ERR_NONE);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	presence_close(&me);
	return 0;
}

/* Another worker, in a process of its own, there when this returns. */
static pid_t
another(struct uuid id)
{
	int ends[2];
	char said;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct presence *other;
		struct why why;
		if (presence_open(folder, id, &other, &why) != ERR_NONE || write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &said, 1), 1);
	close(ends[0]);
	return pid;
}

struct found {
	struct uuid dead;
	int n;
	enum err answer;
};

static enum err
note(void *arg, struct uuid dead, struct why *why)
{
	struct found *f = arg;
	f->dead = dead;
	f->n++;
	return f->answer == ERR_NONE ? ERR_NONE : (fail)(why, f->answer, "as told");
}

static void
who_was_killed_is_found_once(void **state)
{
	struct found f = {.answer = ERR_NONE};
	struct uuid id = uuid_new();
	(void)state;
	pid_t pid = another(id);
	presence_look(me, note, &f);
	assert_int_equal(f.n, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	presence_look(me, note, &f);
	presence_look(me, note, &f);
	assert_int_equal(f.n, 1);
	assert_true(uuid_equal(f.dead, id));
}

static void
who_is_stopped_is_not_dead(void **state)
{
	struct found f = {.answer = ERR_NONE};
	int status;
	(void)state;
	pid_t pid = another(uuid_new());
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	presence_look(me, note, &f);
	assert_int_equal(f.n, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
a_burial_that_failed_is_tried_again(void **state)
{
	struct found f = {.answer = ERR_BUSY};
	(void)state;
	pid_t pid = another(uuid_new());
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	presence_look(me, note, &f);
	f.answer = ERR_NONE;
	presence_look(me, note, &f);
	presence_look(me, note, &f);
	assert_int_equal(f.n, 2);
}

static void
who_left_in_order_is_not_missed(void **state)
{
	struct found f = {.answer = ERR_NONE};
	struct presence *other;
	struct why why;
	(void)state;
	assert_int_equal(presence_open(folder, uuid_new(), &other, &why), ERR_NONE);
	presence_close(&other);
	presence_look(me, note, &f);
	assert_int_equal(f.n, 0);
}

#define DEAD 100

static void *
look_around(void *arg)
{
	static struct presence *lookers[2];
	struct presence **p = &lookers[(intptr_t)arg];
	struct found *f = calloc(1, sizeof *f);
	struct why why;
	if (presence_open(folder, uuid_new(), p, &why) != ERR_NONE)
		BUG("%s", why.text);
	for (int i = 0; i < 20; i++)
		presence_look(*p, note, f);
	presence_close(p);
	return f;
}

static void
two_who_look_at_once_bury_each_once(void **state)
{
	pthread_t threads[2];
	int buried = 0;
	(void)state;
	for (int i = 0; i < DEAD; i++) {
		char id[UUID_TEXT_LEN], path[200];
		uuid_text(uuid_new(), id);
		snprintf(path, sizeof path, "%s/%s", folder, id);
		OWNED(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
	}
	for (intptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_around, (void *)i), 0);
	for (int i = 0; i < 2; i++) {
		void *found;
		pthread_join(threads[i], &found);
		buried += ((struct found *)found)->n;
		free(found);
	}
	assert_int_equal(buried, DEAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_was_killed_is_found_once),        TEST(who_is_stopped_is_not_dead),
	    TEST(a_burial_that_failed_is_tried_again), TEST(who_left_in_order_is_not_missed),
	    TEST(two_who_look_at_once_bury_each_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
