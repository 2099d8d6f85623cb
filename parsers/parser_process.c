#include "parser_process.h"

#include "clock.h"
#include "own.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum err
parser_process_adopt(struct parser_process *p, pid_t pid, struct why *why)
{
	p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p->pidfd >= 0) {
		p->pid = pid;
		return ERR_NONE;
	}
	enum err e = fail_errno(why, ERR_BROKEN, "a descriptor for a parser");
	kill(pid, SIGKILL); /* nobody has waited for it, so the number is still its own */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return e;
}

enum err
parser_process_hear(const struct parser_process *p, enum wire_type want, int64_t wait_ms,
                    struct wire_message *ret, struct why *why)
{
	struct wire_message m;
	TRY(wire_receive(p->socket, wait_ms, &m, why));
	fd_close(&m.fd); /* nothing that is said of oneself carries one */
	if (m.type == WIRE_PARSE_FAILED)
		return fail(why, ERR_BROKEN, "%s", m.parse_failed.detail);
	if (m.type != want)
		return fail(why, ERR_BROKEN, "%s instead of %s", wire_name(m.type), wire_name(want));
	*ret = m;
	return ERR_NONE;
}

int64_t
parser_process_cpu_ms(const struct parser_process *p)
{
	clockid_t clock;
	struct timespec used;
	if (clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static bool
ends_within(const struct parser_process *p, int64_t ms)
{
	struct pollfd poll_fd = {.fd = p->pidfd, .events = POLLIN};
	int64_t until = clock_steady_ms() + ms;
	int n = 0;
	do {
		int64_t left = until - clock_steady_ms();
		n = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n != 0;
}

bool
parser_process_ended(const struct parser_process *p)
{
	return ends_within(p, 0);
}

struct parser_end
parser_process_end(struct parser_process *p, int64_t patience_ms)
{
	struct parser_end end = {0};
	if (p->pid != 0) {
		if (!ends_within(p,
		                 patience_ms)) /* by descriptor: a number may have passed to somebody else */
			syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
		int status = 0;
		struct rusage used = {0};
		while (wait4(p->pid, &status, 0, &used) < 0 && errno == EINTR)
			;
		end.exited = WIFEXITED(status);
		end.code = end.exited ? WEXITSTATUS(status) : WTERMSIG(status);
		end.cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
		             (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
		end.peak_rss_kib = used.ru_maxrss;
	}
	fd_close(&p->pidfd);
	fd_close(&p->socket);
	p->pid = 0;
	return end;
}
