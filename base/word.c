#include "word.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void
word_wait(const _Atomic uint32_t *w, uint32_t was, int64_t most_ms)
{
	const struct timespec most = {.tv_sec = most_ms / 1000, .tv_nsec = most_ms % 1000 * 1000000};
	(void)syscall(SYS_futex, w, FUTEX_WAIT_PRIVATE, was, most_ms < 0 ? NULL : &most, NULL, 0);
}

void
word_wake(const _Atomic uint32_t *w)
{
	(void)syscall(SYS_futex, w, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
