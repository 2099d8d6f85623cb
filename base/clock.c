#include "clock.h"

#include <errno.h>

static int64_t
read_us(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_steady_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_cpu_ms(void)
{
	return read_us(CLOCK_PROCESS_CPUTIME_ID) / 1000;
}

int64_t
clock_thread_cpu_ms(void)
{
	return read_us(CLOCK_THREAD_CPUTIME_ID) / 1000;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	while (ms > 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

void
clock_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(c, &steady);
	pthread_condattr_destroy(&steady);
}

bool
clock_cond_wait(pthread_cond_t *c, pthread_mutex_t *lock, int64_t until_ms)
{
	struct timespec t = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	return pthread_cond_timedwait(c, lock, &t) == 0;
}

void
clock_text(int64_t wall_ms, char ret[static CLOCK_TEXT_LEN])
{
	time_t s = (time_t)(wall_ms / 1000);
	int ms = (int)(wall_ms % 1000);
	struct tm tm;
	char date[20];
	if (ms < 0) {
		ms += 1000;
		s--;
	}
	gmtime_r(&s, &tm);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret, CLOCK_TEXT_LEN, "%s.%03uZ", date, (unsigned)ms % 1000);
}
