#include "sandbox.h"

#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* ---- ceilings ---- */

static enum err
limit(int what, const char *name, int64_t n, struct why *why)
{
	const struct rlimit r = {(rlim_t)n, (rlim_t)n};
	return setrlimit(what, &r) == 0 ? ERR_NONE
	                                : fail_errno(why, ERR_BROKEN, "setting the ceiling of %s", name);
}

static enum err
close_limits(const struct sandbox_limits *l, struct why *why)
{
	TRY(limit(RLIMIT_CORE, "core files", 0, why));
	TRY(limit(RLIMIT_NOFILE, "descriptors", 64, why));
	TRY(limit(RLIMIT_FSIZE, "file size", l->file, why));
	TRY(limit(RLIMIT_CPU, "CPU time", l->cpu_s, why));
#ifndef DOCKET_ASAN /* whose shadow takes terabytes of addresses */
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f || fscanf(f, "%ld", &pages) != 1)
		pages = 0;
	file_close(&f);
	if (pages == 0)
		return fail(why, ERR_BROKEN, "/proc/self/statm cannot be read");
	TRY(limit(RLIMIT_AS, "memory", pages * sysconf(_SC_PAGESIZE) + l->memory, why));
#endif
	return ERR_NONE;
}

/* ---- files: Landlock ---- */

static const char *const readable[] = {
    "/usr/share/fonts",      "/usr/local/share/fonts", "/usr/share/fontconfig",    "/etc/fonts",
    "/var/cache/fontconfig", "/usr/share/poppler",     "/usr/share/tesseract-ocr",
};

static bool
allow_below(int ruleset, const char *path)
{
	OWNED(fd_close) int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return true; /* what is not there needs no rule */
	const struct landlock_path_beneath_attr rule = {
	    .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, .parent_fd = fd};
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* False where the kernel has no Landlock. */
static bool
close_files(const char *models)
{
	/* Every access of the first version: later ones only add what seccomp refuses anyway. */
	const struct landlock_ruleset_attr all = {.handled_access_fs =
	                                              (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	OWNED(fd_close) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(readable); i++) {
		if (!allow_below(ruleset, readable[i]))
			return false;
	}
	if (models && !allow_below(ruleset, models))
		return false;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

/* ---- system calls: seccomp ---- */

/* What decoders, Tesseract, Poppler and the C library still need. Nothing here reaches beyond the
 * process but through descriptors that it already holds. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(times),
    SCMP_SYS(newfstatat), /* how fstat() is spelt; of a path it tells no more than that it is there */
};
/* Only looked at, within what Landlock leaves. */
static const int looking[] = {
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    /* fontconfig asks who it is; the answer is harmless */
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(fadvise64),
};
/* Of fcntl() all but choosing whom a descriptor signals: that may be any process of ours. */
static const int fcntls[] = {F_GETFD, F_SETFD,         F_GETFL,     F_SETFL,
                             F_DUPFD, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS};
#define OPEN_CHANGES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

static int
add_rules(scmp_filter_ctx f, enum sandbox_level level, bool landlock)
{
	int bad = 0;
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < ARRAY_LEN(fcntls); i++)
		bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
		                        SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntls[i], 0));
	bad |=
	    seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	                        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* abort() may signal this process, and nobody else. */
	bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	/* The C library asks whether a stream is a terminal. */
	bad |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
	if (level == SANDBOX_STRICT)
		return bad;
	/* To close it further later. */
	bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 0);
	uint32_t answer = landlock ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EACCES);
	for (size_t i = 0; i < ARRAY_LEN(looking); i++)
		bad |= seccomp_rule_add(f, answer, looking[i], 0);
	if (!landlock) {
		bad |= seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
		bad |= seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0);
		return bad;
	}
	bad |= seccomp_rule_add(f, answer, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_CHANGES, 0));
	bad |= seccomp_rule_add(f, answer, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, OPEN_CHANGES, 0));
	return bad;
}

static bool
close_syscalls(enum sandbox_level level, bool landlock)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!f)
		return false;
	/* Set before, and prctl() is among what is refused afterwards. */
	bool ok = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0) == 0 &&
	          seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(f, level, landlock) == 0 &&
	          seccomp_load(f) == 0;
	seccomp_release(f);
	return ok;
}

bool
sandbox_renounce(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

enum err
sandbox_close(enum sandbox_level level, const struct sandbox_limits *limits, uint32_t *ret, struct why *why)
{
	static bool landlock; /* from an earlier call: it cannot be undone */
	uint32_t bits = 0;
	if (limits) {
		TRY(close_limits(limits, why));
		bits |= SANDBOX_RLIMITS;
		if (sandbox_renounce())
			bits |= SANDBOX_NO_NEW_PRIVS;
		landlock = close_files(limits->models);
		if (limits->threads)
			TRY(limits->threads(limits->arg, why));
	}
	if (landlock)
		bits |= SANDBOX_LANDLOCK;
	if (close_syscalls(level, landlock))
		bits |= SANDBOX_SECCOMP;
	*ret = bits;
	return ERR_NONE;
}
