/* Every way out is tried by the program that is shipped, and must be its death. */
#include "sandbox.h"

#include "own.h"
#include "parsers.h"

#include <errno.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/prctl.h>
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
dies(const char *name)
{
	int status = self_test(name);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("%s: status %#x, not death by SIGSYS", name, (unsigned)status);
}

static void
every_way_out_of_the_sandbox_is_death(void **state)
{
	char name[40];
	(void)state;
	for (size_t i = 0; sandbox_trespasses[i]; i++) {
		dies(sandbox_trespasses[i]);
		snprintf(name, sizeof name, "pdf:%s", sandbox_trespasses[i]);
		if (strcmp(sandbox_trespasses[i], "open") != 0)
			dies(name);
		snprintf(name, sizeof name, "thread:%s", sandbox_trespasses[i]);
		dies(name);
	}
	/* A PDF may open fonts. That nothing else opens the program looks itself: 4 would say that it did. */
	int status = self_test("pdf:open");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
}

/* As on a kernel without seccomp: whoever asks for a filter hears that there is no such thing. */
static void
take_seccomp_away(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	if (!f || seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0) != 0 ||
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
	                     SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) != 0 ||
	    seccomp_load(f) != 0)
		_exit(10);
}

/* 0: all is as it should be. In a process of its own, as what was taken away stays away. */
static int
try_without_seccomp(void)
{
	static char program[4096];
	struct parser_options o = {.program = program,
	                           .languages = "eng",
	                           .engine = "docket",
	                           .warm = 1,
	                           .memory = (int64_t)GIB,
	                           .max_pages = 1,
	                           .max_megapixels = 1,
	                           .page_time_ms = 10000,
	                           .require_sandbox = true};
	struct parser_pool *pool = NULL;
	struct parser_stats stats;
	struct why why = {""};
	snprintf(program, sizeof program, "%s/bin/docket-parse", getenv("DOCKET_BUILD_DIR"));
	take_seccomp_away();
	if (parser_pool_start(&o, &pool, &why) != ERR_BROKEN || !strstr(why.text, "sandbox"))
		return 11;
	o.require_sandbox = false;
	if (parser_pool_start(&o, &pool, &why) != ERR_NONE)
		return 12;
	parser_pool_stats(pool, &stats);
	parser_pool_stop(&pool);
	return stats.sandbox & SANDBOX_SECCOMP ? 13 : 0;
}

static void
without_seccomp_nothing_is_read_unless_somebody_insists(void **state)
{
	int status = 0;
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try_without_seccomp());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Else a process that died of anything at all would prove the sandbox. */
static void
doing_nothing_forbidden_is_survived(void **state)
{
	(void)state;
	static const char *const names[] = {"nothing", "pdf:nothing", "thread:nothing"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int status = self_test(names[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_way_out_of_the_sandbox_is_death),
	    cmocka_unit_test(without_seccomp_nothing_is_read_unless_somebody_insists),
	    cmocka_unit_test(doing_nothing_forbidden_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
