#include "program.h"

#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

#define FDS_MAX 8

struct moved {
	int fds[FDS_MAX];
};

static void
moved_close(struct moved *m)
{
	for (size_t i = 0; i < FDS_MAX; i++)
		fd_close(&m->fds[i]);
}

/* Past the numbers that they are to get: else one would take another's place. */
static enum err
move(const int *fds, size_t n, struct moved *ret, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] < 0)
			continue;
		ret->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FDS_MAX);
		if (ret->fds[i] < 0)
			return fail_errno(why, ERR_BROKEN, "descriptors for a child");
	}
	return ERR_NONE;
}

static void
describe(posix_spawn_file_actions_t *a, const struct moved *m, size_t n)
{
	posix_spawn_file_actions_init(a);
	for (int i = 0; i < (int)n; i++) {
		if (m->fds[i] < 0)
			posix_spawn_file_actions_addopen(a, i, "/dev/null", O_RDWR, 0);
		else
			posix_spawn_file_actions_adddup2(a, m->fds[i], i);
	}
	posix_spawn_file_actions_addclosefrom_np(a, (int)n);
}

static void
detach(posix_spawnattr_t *a)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(a);
	posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(a, &none);
	posix_spawnattr_setsigdefault(a, &all);
	posix_spawnattr_setpgroup(a, 0);
}

enum err
program_start(const char *program, char *const argv[], char *const environment[], const int *fds,
              size_t n_fds, pid_t *ret, struct why *why)
{
	OWNED(moved_close) struct moved m = {{-1, -1, -1, -1, -1, -1, -1, -1}};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	if (n_fds > FDS_MAX)
		BUG("a child with %zu descriptors", n_fds);
	TRY(move(fds, n_fds, &m, why));
	describe(&actions, &m, n_fds);
	detach(&attributes);
	int e = posix_spawn(ret, program, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = e;
	return e == 0 ? ERR_NONE : fail_errno(why, ERR_BROKEN, "%s does not start", program);
}

char *
program_beside_us(const char *name)
{
	char path[4096], *ret;
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);
	if (n <= 0 || (size_t)n == sizeof path)
		BUG("/proc/self/exe cannot be read");
	path[n] = '\0';
	strrchr(path, '/')[1] = '\0';
	if (asprintf(&ret, "%s%s", path, name) < 0)
		BUG("no memory for a path");
	return ret;
}
