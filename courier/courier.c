#include "courier.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define PROGRAM    "docket-courier"
#define ANSWER_MAX 4096

/* The message is its standard input, the answer its standard output, and there is nothing else. */
static enum err
start(int in, int out, pid_t *ret, struct why *why)
{
	static char name[] = PROGRAM, locale[] = "LC_ALL=C.UTF-8";
	char *const argv[] = {name, NULL}, *const environment[] = {locale, NULL};
	const int fds[] = {in, out, -1};
	OWNED(mem_free) char *program = program_beside_us(PROGRAM);
	return program_start(program, argv, environment, fds, ARRAY_LEN(fds), ret, why);
}

/* All that it says until it ends; false when the time is over first. */
static bool
listen_to(int fd, int64_t until, char *ret, size_t cap, size_t *n)
{
	*n = 0;
	for (;;) {
		int64_t left = until - clock_steady_ms();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready == 0)
			return false;
		ssize_t got = ready < 0 ? -1 : read(fd, ret + *n, cap - *n);
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
	TRY(start(in, theirs, &pid, why));
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
