#include "birth.h"

#include "own.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum err
birth_prepare(struct why *why)
{
	int threads = 0;
	char line[200];
	FILE *f = fopen("/proc/self/status", "re");
	while (f && threads == 0 && fgets(line, sizeof line, f))
		(void)sscanf(line, "Threads: %d", &threads);
	file_close(&f);
	if (threads != 1)
		return fail(why, ERR_BROKEN, "a nursery with %d threads", threads);
	(void)prctl(PR_SET_NAME, NURSERY_NAME);
	return ERR_NONE;
}

/* A fork whose child is our parent's. What the C library's own does beside is for other threads, and to write
 * down the child's number as its thread's; here the kernel does. Where it does not tell the place (it is an
 * option of its build) the number stays ours, by which locks tell their owner: nobody else's as long as we
 * live, and that is longer than a child takes to start its threads. */
static pid_t
bear(void)
{
	unsigned long flags = CLONE_PARENT | SIGCHLD;
	int *tid = NULL;
	if (prctl(PR_GET_TID_ADDRESS, &tid) == 0)
		flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	/* clone() and not clone3(), which service managers forbid as they cannot see its flags. The last two
	 * are in either order, by the machine; without CLONE_SETTLS the other is not looked at. */
	return (pid_t)syscall(SYS_clone, flags, NULL, NULL, tid, tid);
}

static void
tell_failure(int socket, int error)
{
	struct why why;
	struct wire_message m = {.type = WIRE_PARSE_FAILED, .fd = -1};
	snprintf(m.parse_failed.code, sizeof m.parse_failed.code, "%s", err_code(ERR_BROKEN));
	snprintf(m.parse_failed.detail, sizeof m.parse_failed.detail, "a fork: %s", strerror(error));
	(void)!wire_send(socket, &m, &why);
}

/* In the child: nothing of the nursery's but its memory. It says itself which process it is: whatever becomes
 * of the nursery meanwhile, somebody will wait for it. */
static bool
grow_up(int socket, int own, pid_t parent)
{
	struct why why;
	const struct wire_message m = {.type = WIRE_BORN, .fd = -1, .born = {getpid()}};
	(void)prctl(PR_SET_NAME, PARSER_NAME);
	return dup2(own, socket) == socket && close(own) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	       getppid() == parent && wire_send(socket, &m, &why) == ERR_NONE;
}

struct wire_bear
birth_await(int socket, pid_t parent)
{
	for (;;) {
		struct wire_message m;
		struct why why;
		if (wire_receive(socket, -1, &m, &why) != ERR_NONE || m.type != WIRE_BEAR)
			_exit(0);
		OWNED(fd_close) int own = m.fd;
		pid_t pid = bear();
		if (pid < 0)
			tell_failure(own, errno);
		if (pid == 0) {
			if (!grow_up(socket, TAKE_FD(own), parent))
				_exit(2);
			return m.bear;
		}
	}
}
