#include "nursery.h"

#include "clock.h"
#include "own.h"
#include "program.h"

#include <sys/socket.h>

#define UP_MS      120000 /* takes a tenth of a second, but where others hold the processors */
#define CHILD_SOCK 3

/* An environment of our own: nothing of ours reaches a process that meets strangers' bytes. What a page's
 * pictures gave back stays for the next: to take each from the kernel anew, and to give it back, was an
 * eighth of the processor time of a receipt. The process ends with its document. */
static const char *const environment[] = {"LC_ALL=C",
                                          "OMP_THREAD_LIMIT=1", /* a nursery has one thread */
                                          "MALLOC_ARENA_MAX=1",
                                          "MALLOC_MMAP_THRESHOLD_=33554432",
                                          "MALLOC_TRIM_THRESHOLD_=1073741824",
                                          "XDG_CACHE_HOME=/nonexistent",
                                          "G_SLICE=always-malloc",
                                          "LD_BIND_NOW=1", /* not by each child anew */
                                          NULL};

static enum err
pair_open(int *ret_ours, int *ret_theirs, struct why *why)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fail_errno(why, ERR_BROKEN, "a socket for a parser");
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return ERR_NONE;
}

/* ---- one nursery ---- */

static void
nursery_end(struct nursery *n)
{
	parser_process_end(&n->process, 0);
	n->born = 0;
}

static bool
is_there(const struct nursery *n)
{
	return n->process.pid != 0;
}

static bool
is_due(const struct nursery *n)
{
	return n->born >= NURSERY_BIRTHS || clock_steady_ms() - n->begun_ms >= NURSERY_MS;
}

/* It loads while we go on. */
static enum err
begin(struct nurseries *all, struct nursery *ret, struct why *why)
{
	const struct parser_options *o = all->options;
	struct parser_process p = PARSER_PROCESS_NONE;
	OWNED(fd_close) int theirs = -1;
	OWNED(fd_close) int ours = -1;
	char parent[40];
	pid_t pid = 0;
	snprintf(parent, sizeof parent, "--parent=%d", (int)getpid());
	char *const argv[] = {(char *)(uintptr_t)all->program,
	                      (char[]){"--languages"},
	                      (char *)(uintptr_t)o->languages,
	                      parent,
	                      o->engine ? (char[]){"--engine"} : NULL,
	                      (char *)(uintptr_t)o->engine,
	                      NULL};
	TRY(pair_open(&ours, &theirs, why));
	/* The libraries' chatter about broken files is no log of ours. */
	const int fds[CHILD_SOCK + 1] = {-1, -1, -1, theirs};
	TRY(program_start(all->program, argv, (char *const *)(uintptr_t)environment, fds, ARRAY_LEN(fds),
	                  &pid, why));
	TRY(parser_process_adopt(&p, pid, why));
	p.socket = TAKE_FD(ours);
	*ret = (struct nursery){.process = p, .number = ++all->started, .begun_ms = clock_steady_ms()};
	return ERR_NONE;
}

/* ---- succession ---- */

/* The next one takes over once it is up. It is waited for only where there is no other. */
static enum err
succeed(struct nurseries *n, struct why *why)
{
	struct wire_message m;
	int64_t left = n->next.begun_ms + UP_MS - clock_steady_ms();
	bool hurry = !is_there(&n->now) || left <= 0;
	enum err e = parser_process_hear(&n->next.process, WIRE_READY, hurry && left > 0 ? left : 0, &m, why);
	if (e == ERR_DEADLINE && !hurry)
		return ERR_NONE;
	TRY(e);
	nursery_end(&n->now);
	n->now = n->next;
	n->next = (struct nursery){.process = PARSER_PROCESS_NONE};
	return ERR_NONE;
}

static enum err
choose(struct nurseries *n, struct why *why)
{
	if (!is_there(&n->next) && (!is_there(&n->now) || is_due(&n->now)))
		TRY(begin(n, &n->next, why));
	return is_there(&n->next) ? succeed(n, why) : ERR_NONE;
}

/* ---- a birth ---- */

static enum err
ask(const struct nursery *n, const struct parser_options *o, int theirs, struct why *why)
{
	int64_t seconds = (o->page_time_ms / 1000 + 1) * (o->max_pages < 1000 ? o->max_pages : 1000) + 30;
	const struct wire_message m = {.type = WIRE_BEAR,
	                               .fd = theirs,
	                               .bear = {.memory = (uint64_t)o->memory,
	                                        .cpu_s = (uint64_t)seconds,
	                                        .threads = (uint32_t)o->threads}};
	return wire_send(n->process.socket, &m, why);
}

static enum err
hear_of_birth(struct parser_process *p, const struct parser_options *o, struct why *why)
{
	struct wire_message m;
	TRY(parser_process_hear(p, WIRE_BORN, UP_MS, &m, why));
	TRY(parser_process_adopt(p, m.born.pid, why));
	TRY(parser_process_hear(p, WIRE_READY, UP_MS, &m, why));
	/* Without Landlock no file can be opened at all, so seccomp is what it stands on. */
	if (o->require_sandbox && (m.ready.sandbox & (1 | 4 | 8)) != (1 | 4 | 8))
		return fail(why, ERR_BROKEN, "the kernel offers no complete sandbox (level %u)",
		            m.ready.sandbox);
	p->sandbox = m.ready.sandbox;
	return ERR_NONE;
}

static enum err
bear(struct nurseries *n, struct parser_process *ret, struct why *why)
{
	TRY(choose(n, why));
	struct parser_process p = PARSER_PROCESS_NONE;
	OWNED(fd_close) int theirs = -1;
	TRY(pair_open(&p.socket, &theirs, why));
	enum err e = ask(&n->now, n->options, theirs, why);
	fd_close(&theirs); /* if nobody else has it any more, we hear of that */
	if (e == ERR_NONE)
		e = hear_of_birth(&p, n->options, why);
	if (e != ERR_NONE) {
		parser_process_end(&p, 0);
		return e;
	}
	n->now.born++;
	*ret = p;
	ret->nursery = n->now.number;
	return ERR_NONE;
}

enum err
nurseries_bear(struct nurseries *n, uint32_t condemned, struct parser_process *ret, struct why *why)
{
	if (n->now.number <= condemned)
		nursery_end(&n->now);
	if (n->next.number <= condemned)
		nursery_end(&n->next);
	bool again = is_there(&n->now); /* somebody's kill -9 of a nursery is no failure of the next */
	struct why reason;
	enum err e = bear(n, ret, &reason);
	if (e != ERR_NONE && again) {
		nurseries_end(n);
		e = bear(n, ret, &reason);
	}
	if (e == ERR_NONE)
		return ERR_NONE;
	nurseries_end(n);
	return fail(why, ERR_BROKEN, "the parser does not come up: %s", reason.text);
}

void
nurseries_end(struct nurseries *n)
{
	nursery_end(&n->now);
	nursery_end(&n->next);
}
