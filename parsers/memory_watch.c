#include "memory_watch.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t refused;

#ifndef DOCKET_ASAN
/* The C library's own functions under their public names, with a note of what they could not give. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static void *
note(void *p, size_t n)
{
	if (!p && n > 0)
		refused = 1;
	return p;
}

void *
malloc(size_t n)
{
	return note(__libc_malloc(n), n);
}

void *
calloc(size_t n, size_t size)
{
	return note(__libc_calloc(n, size), n && size);
}

void *
realloc(void *p, size_t n)
{
	return note(__libc_realloc(p, n), n);
}
#endif

static void
on_death(int signal)
{
	if (refused)
		_exit(PARSER_EXIT_MEMORY);
	raise(signal); /* SA_RESETHAND: this time for good */
}

void
memory_watch_start(void)
{
	const struct sigaction act = {.sa_handler = on_death, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
	static const int deaths[] = {SIGABRT, SIGTRAP, SIGSEGV, SIGBUS};
	for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++)
		sigaction(deaths[i], &act, NULL);
}

bool
memory_was_refused(void)
{
	return refused != 0;
}
