#include "process_stats.h"

#include "clock.h"
#include "observe.h"
#include "own.h"

#include <dirent.h>
#include <fcntl.h>

/* /proc's files say that they are empty, so base's fd_read_file() would believe it. */
static bool
read_proc(const char *path, char *ret, size_t size)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static void
set_resident(void)
{
	char text[256];
	long long total, resident;
	if (read_proc("/proc/self/statm", text, sizeof text) &&
	    sscanf(text, "%lld %lld", &total, &resident) == 2)
		metric_set(METRIC_RESIDENT, NULL, NULL, (double)resident * (double)sysconf(_SC_PAGESIZE));
}

static long
count_entries(const char *path, long others)
{
	DIR *d = opendir(path);
	if (!d)
		return -1;
	long n = -others;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Wall clock, ms: the kernel tells the start in ticks since boot. */
static int64_t
started_at(void)
{
	char text[1024];
	unsigned long long ticks;
	const char *rest = NULL; /* after the name, which may hold anything */
	if (read_proc("/proc/self/stat", text, sizeof text))
		rest = strrchr(text, ')');
	for (int field = 2; rest && field < 22; field++)
		rest = strchr(rest + 1, ' ');
	struct timespec up;
	clock_gettime(CLOCK_BOOTTIME, &up);
	if (!rest || sscanf(rest, "%llu", &ticks) != 1)
		return clock_wall_ms();
	return clock_wall_ms() - (int64_t)up.tv_sec * 1000 - up.tv_nsec / 1000000 +
	       (int64_t)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

void
process_stats_set(void)
{
	static int64_t started_ms;
	if (started_ms == 0) {
		started_ms = started_at();
		metric_set(METRIC_START_TIME, NULL, NULL, (double)started_ms / 1000);
		metric_set(METRIC_BUILD_INFO, DOCKET_VERSION, NULL, 1);
	}
	/* A counter that the kernel counts: set, not added to. */
	metric_set(METRIC_CPU_SECONDS, NULL, NULL, (double)clock_cpu_ms() / 1000);
	set_resident();
	long fds = count_entries("/proc/self/fd", 3); /* ".", ".." and the one that reads the folder */
	if (fds >= 0)
		metric_set(METRIC_OPEN_FDS, NULL, NULL, (double)fds);
	long threads = count_entries("/proc/self/task", 2);
	if (threads >= 0)
		metric_set(METRIC_THREADS, NULL, NULL, (double)threads);
}
