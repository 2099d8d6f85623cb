#include "signals.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t
ours(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

int
signals_open(void)
{
	sigset_t set = ours();
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		BUG("signalfd: %d", errno);
	return fd;
}

int
signals_next(int fd, int64_t timeout_ms)
{
	struct signalfd_siginfo info;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t until = clock_steady_ms() + timeout_ms;
	for (;;) {
		if (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
			return (int)info.ssi_signo;
		int64_t left = timeout_ms < 0 ? 60000 : until - clock_steady_ms();
		if (left <= 0)
			return 0;
		(void)poll(&p, 1, left > 60000 ? 60000 : (int)left);
	}
}

void
signals_let_through(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void
signals_reset(void)
{
	sigset_t set = ours();
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
