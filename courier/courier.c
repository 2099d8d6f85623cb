#include "courier.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#define PROGRAM    "docket-courier"
#define ANSWER_MAX 4096

static void
program_beside_us(char *ret, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", ret, cap - sizeof PROGRAM - 1);
	if (n <= 0)
		BUG("/proc/self/exe cannot be read");
	ret[n] = '\0';
	char *slash = strrchr(ret, '/');
	snprintf(slash + 1, cap - (size_t)(slash + 1 - ret), "%s", PROGRAM);
}

/* The message is its standard input, the answer its standard output, and there is nothing else. */
static enum err
spawn(int in, int out, pid_t *ret, struct why *why)
{
	char program[4096];
	posix_spawn_file_actions_t a;
	posix_spawnattr_t attr;
	sigset_t none, all;
	static char name[] = PROGRAM, locale[] = "LC_ALL=C.UTF-8";
	char *argv[] = {name, NULL}, *environment[] = {locale, NULL};
	program_beside_us(program, sizeof program);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&a);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr,
	                         POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawn_file_actions_adddup2(&a, in, 0);
	posix_spawn_file_actions_adddup2(&a, out, 1);
	posix_spawn_file_actions_addopen(&a, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&a, 3);
	int e = posix_spawn(ret, program, &a, &attr, argv, environment);
	posix_spawn_file_actions_destroy(&a);
	posix_spawnattr_destroy(&attr);
	errno = e;
	return e == 0 ? ERR_NONE : fail_errno(why, ERR_BROKEN, "%s", program);
}

/* All that it says until it ends; false when the time is over first. */
static bool
listen_to(int fd, int64_t until, char *ret, size_t cap, size_t *n)
{
	*n = 0;
	for (;;) {
		int64_t left = until - clock_steady_ms();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return false;
		ssize_t got = read(fd, ret + *n, cap - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || *n == cap)
			return true;
		*n += (size_t)got;
	}
}

static void
understand(const char *answer, size_t n, struct courier_report *ret)
{
	OWNED(json_release) json_t *o = NULL;
	struct why why;
	if (json_parse(answer, n, &o, &why) != ERR_NONE || !json_is_object(o)) {
		snprintf(ret->detail, sizeof ret->detail, "the courier died");
		return;
	}
	const char *detail = json_get_str(o, "detail");
	ret->carried = json_is_true(json_object_get(o, "carried"));
	ret->for_good = json_is_true(json_object_get(o, "for_good"));
	snprintf(ret->detail, sizeof ret->detail, "%.150s", detail ? detail : "");
}

enum err
courier_carry(const json_t *message, int64_t timeout_ms, struct courier_report *ret, struct why *why)
{
	size_t n;
	OWNED(mem_free) char *text = json_text(message, &n);
	OWNED(fd_close) int in = -1;
	int pipe_fds[2];
	TRY(fd_from_bytes("message", text, n, &in, why));
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return fail_errno(why, ERR_BROKEN, "a pipe for the courier");
	OWNED(fd_close) int answer = pipe_fds[0];
	OWNED(fd_close) int theirs = pipe_fds[1];
	pid_t pid;
	TRY(spawn(in, theirs, &pid, why));
	fd_close(&theirs);

	char said[ANSWER_MAX];
	size_t len;
	*ret = (struct courier_report){0};
	if (listen_to(answer, clock_steady_ms() + timeout_ms, said, sizeof said, &len))
		understand(said, len, ret);
	else
		snprintf(ret->detail, sizeof ret->detail, "no answer in time");
	kill(-pid, SIGKILL); /* it has said what it had to say */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ERR_NONE;
}
