#include "child.h"

#include "clock.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS   10000
#define LIVELY_MS      10000 /* lived for so long: the next pause is short again */

/* Only what is safe between fork and exec in a process with threads. */
static _Noreturn void
become(char **argv, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* the parent died before the line above */
	setpgid(0, 0);      /* Ctrl-C in a terminal is for the parent, which stops us in order */
	signals_reset();
	execv("/proc/self/exe", argv);
	_exit(127);
}

void
child_start(struct child *c, const struct log *log)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		become(c->argv, parent);
	c->started_ms = clock_steady_ms();
	if (pid < 0) { /* no room for a process just now */
		c->pid = 0;
		c->pause_ms = c->pause_ms ? c->pause_ms : PAUSE_FIRST_MS;
		c->restart_ms = c->started_ms + c->pause_ms;
		return;
	}
	c->pid = pid;
	log_event(log, LOG_INFO, "child.started", F_STR("child", c->name), F_INT("pid", pid));
}

static void
reap(struct child *c, const struct log *log)
{
	int status;
	if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	int64_t now = clock_steady_ms();
	if (now - c->started_ms > LIVELY_MS || c->pause_ms == 0)
		c->pause_ms = PAUSE_FIRST_MS;
	else
		c->pause_ms = c->pause_ms * 2 < PAUSE_MAX_MS ? c->pause_ms * 2 : PAUSE_MAX_MS;
	c->restart_ms = now + c->pause_ms;
	log_event(log, LOG_WARN, "child.died", F_STR("child", c->name), F_INT("pid", c->pid),
	          F_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
	          F_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	          F_INT("restart_ms", c->pause_ms));
	c->pid = 0;
}

void
child_tend(struct child *c, const struct log *log)
{
	if (!c->argv)
		return;
	reap(c, log);
	if (c->pid == 0 && clock_steady_ms() >= c->restart_ms)
		child_start(c, log);
}

int64_t
child_due(const struct child *c)
{
	if (!c->argv || c->pid != 0)
		return -1;
	int64_t left = c->restart_ms - clock_steady_ms();
	return left > 0 ? left : 0;
}

void
child_stop(struct child *c, int64_t grace_ms, const struct log *log)
{
	if (c->pid == 0)
		return;
	kill(c->pid, SIGTERM);
	int64_t give_up = clock_steady_ms() + grace_ms;
	int status;
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (clock_steady_ms() >= give_up) {
			log_event(log, LOG_WARN, "child.stuck", F_STR("child", c->name),
			          F_INT("pid", c->pid));
			kill(c->pid, SIGKILL);
			(void)waitpid(c->pid, &status, 0);
			break;
		}
		clock_sleep_ms(10);
	}
	c->pid = 0;
}
