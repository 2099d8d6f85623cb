/* Every way out is tried by the program that is shipped, and must be its death. */
#include "sandbox.h"

#include "own.h"

#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static int
self_test(const char *name)
{
	char program[4096], option[100];
	pid_t pid = 0;
	int status = 0;
	snprintf(program, sizeof program, "%s/bin/docket-parse", getenv("DOCKET_BUILD_DIR"));
	snprintf(option, sizeof option, "--self-test=%s", name);
	char *const argv[] = {program, option, NULL}, *const env[] = {NULL};
	assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, env), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
every_way_out_of_the_sandbox_is_death(void **state)
{
	(void)state;
	for (size_t i = 0; sandbox_trespasses[i]; i++) {
		int status = self_test(sandbox_trespasses[i]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x, not death by SIGSYS", sandbox_trespasses[i],
			         (unsigned)status);
	}
}

/* Else a process that died of anything at all would prove the sandbox. */
static void
doing_nothing_forbidden_is_survived(void **state)
{
	(void)state;
	int status = self_test("nothing");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_way_out_of_the_sandbox_is_death),
	    cmocka_unit_test(doing_nothing_forbidden_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
