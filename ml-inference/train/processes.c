#include "processes.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void *
shared_room(size_t n, size_t size)
{
	void *p = mmap(NULL, (n + 1) * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		BUG("no memory for results");
	return p;
}

static enum err
begin(unsigned k, enum err (*one)(void *arg, unsigned k, struct why *why), void *arg, struct why *why)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return fail_errno(why, ERR_BROKEN, "fork");
	if (pid > 0)
		return ERR_NONE;
	struct why own = {""};
	enum err e = one(arg, k, &own);
	if (e != ERR_NONE)
		fprintf(stderr, "docket-train: fold %u: %s: %s\n", k + 1, err_code(e), own.text);
	fflush(NULL);
	_exit(e == ERR_NONE ? 0 : 1);
}

static enum err
await_one(struct why *why)
{
	int status;
	while (wait(&status) < 0)
		if (errno != EINTR)
			return fail_errno(why, ERR_BROKEN, "wait");
	return status == 0 ? ERR_NONE : fail(why, ERR_BROKEN, "a fold failed");
}

enum err
in_processes(unsigned n, unsigned jobs, enum err (*one)(void *arg, unsigned k, struct why *why), void *arg,
             struct why *why)
{
	unsigned running = 0;
	for (unsigned k = 0; k < n; k++) {
		if (running == jobs) {
			TRY(await_one(why));
			running--;
		}
		TRY(begin(k, one, arg, why));
		running++;
	}
	for (; running > 0; running--)
		TRY(await_one(why));
	return ERR_NONE;
}
