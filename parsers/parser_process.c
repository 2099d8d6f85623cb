#include "parser_process.h"

#include "clock.h"
#include "own.h"
#include "program.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define READY_MS   120000 /* takes a tenth of a second, but where others hold the processors */
#define CHILD_SOCK 3

/* An environment of our own: nothing of ours reaches a process that meets strangers' bytes. What a page's
 * pictures gave back stays for the next: to take each from the kernel anew, and to give it back, was an
 * eighth of the processor time of a receipt. The process ends with its document. */
static const char *const environment[] = {"LC_ALL=C",
                                          "OMP_THREAD_LIMIT=1", /* a sandboxed process starts no threads */
                                          "MALLOC_ARENA_MAX=1",
                                          "MALLOC_MMAP_THRESHOLD_=33554432",
                                          "MALLOC_TRIM_THRESHOLD_=1073741824",
                                          "XDG_CACHE_HOME=/nonexistent",
                                          "G_SLICE=always-malloc",
                                          NULL};

static enum err
await_ready(struct parser_process *p, const struct parser_options *o, struct why *why)
{
	struct wire_message m;
	TRY(wire_receive(p->socket, READY_MS, &m, why));
	OWNED(fd_close) int fd = m.fd;
	if (m.type == WIRE_PARSE_FAILED)
		return fail(why, ERR_BROKEN, "%s", m.parse_failed.detail);
	if (m.type != WIRE_READY)
		return fail(why, ERR_BROKEN, "%s instead of READY", wire_name(m.type));
	/* Without Landlock no file can be opened at all, so seccomp is what it stands on. */
	if (o->require_sandbox && (m.ready.sandbox & (1 | 4 | 8)) != (1 | 4 | 8))
		return fail(why, ERR_BROKEN, "the kernel offers no complete sandbox (level %u)",
		            m.ready.sandbox);
	p->sandbox = m.ready.sandbox;
	return ERR_NONE;
}

/* One that there was no descriptor for. Nobody has waited for it, so the number is still its own. */
static void
bury_unwatched(struct parser_process *p)
{
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fd_close(&p->socket);
}

enum err
parser_process_start(const struct parser_options *o, const char *program, bool hashed,
                     struct parser_process *ret, struct why *why)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fail_errno(why, ERR_BROKEN, "a socket for a parser");
	OWNED(fd_close) int theirs = pair[1];
	struct parser_process p = PARSER_PROCESS_NONE;
	p.socket = pair[0];
	char memory[40], cpu[40], parent[40], threads[40], digest[40];
	int64_t seconds = (o->page_time_ms / 1000 + 1) * (o->max_pages < 1000 ? o->max_pages : 1000) + 30;
	snprintf(memory, sizeof memory, "--memory=%lld", (long long)o->memory);
	snprintf(cpu, sizeof cpu, "--cpu=%lld", (long long)seconds);
	snprintf(parent, sizeof parent, "--parent=%d", (int)getpid());
	snprintf(threads, sizeof threads, "--threads=%d", (int)o->threads);
	snprintf(digest, sizeof digest, "--hashed=%d", hashed);
	char *const argv[] = {(char *)(uintptr_t)program,
	                      (char[]){"--languages"},
	                      (char *)(uintptr_t)o->languages,
	                      memory,
	                      cpu,
	                      parent,
	                      threads,
	                      digest,
	                      o->engine ? (char[]){"--engine"} : NULL,
	                      (char *)(uintptr_t)o->engine,
	                      NULL};
	/* The libraries' chatter about broken files is no log of ours. */
	const int fds[CHILD_SOCK + 1] = {-1, -1, -1, theirs};
	enum err started = program_start(program, argv, (char *const *)(uintptr_t)environment, fds,
	                                 ARRAY_LEN(fds), &p.pid, why);
	if (started != ERR_NONE) {
		fd_close(&p.socket);
		return started;
	}
	fd_close(&theirs);
	p.pidfd = (int)syscall(SYS_pidfd_open, p.pid, 0);
	if (p.pidfd < 0) {
		enum err e = fail_errno(why, ERR_BROKEN, "a descriptor for a parser");
		bury_unwatched(&p);
		return e;
	}
	struct why reason;
	enum err ready = await_ready(&p, o, &reason);
	if (ready != ERR_NONE) {
		parser_process_end(&p, 0);
		return fail(why, ERR_BROKEN, "the parser does not come up: %s", reason.text);
	}
	*ret = p;
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

struct parser_end
parser_process_end(struct parser_process *p, int64_t patience_ms)
{
	struct parser_end end = {0};
	if (p->pid == 0)
		return end;
	struct pollfd poll_fd = {.fd = p->pidfd, .events = POLLIN};
	int64_t until = clock_steady_ms() + patience_ms;
	int n = 0;
	do {
		int64_t left = until - clock_steady_ms();
		n = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0) /* by descriptor: a number may have passed to somebody else */
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
	fd_close(&p->pidfd);
	fd_close(&p->socket);
	p->pid = 0;
	return end;
}
