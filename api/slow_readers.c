#include "slow_readers.h"

#include "clock.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#define SLOW_BYTES_S 512 /* as of bodies that come in */
#define LOOKS        4   /* in a window */

struct slow_readers {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slow_reader *first; /* under the lock */
	int64_t window_ms;
	bool stopping;
};

/* What its reader's kernel has said that it has. False: no TCP. */
static bool
acknowledged(int socket, uint64_t *ret)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return false;
	*ret = info.tcpi_bytes_acked;
	return true;
}

static void
judge(const struct slow_readers *all, struct slow_reader *one, int64_t now)
{
	uint64_t so_far;
	int64_t ms = now - one->judged_ms;
	if (ms < all->window_ms || !acknowledged(one->socket, &so_far))
		return;
	if (so_far - one->acknowledged < (uint64_t)ms / 1000 * SLOW_BYTES_S)
		(void)shutdown(one->socket, SHUT_RDWR); /* the library sees its end, and closes it */
	one->acknowledged = so_far;
	one->judged_ms = now;
}

static void *
look(void *arg)
{
	struct slow_readers *all = arg;
	pthread_mutex_lock(&all->lock);
	while (!all->stopping) {
		if (!all->first) {
			pthread_cond_wait(&all->changed, &all->lock);
			continue;
		}
		(void)clock_cond_wait(&all->changed, &all->lock,
		                      clock_steady_ms() + all->window_ms / LOOKS + 1);
		int64_t now = clock_steady_ms();
		for (struct slow_reader *one = all->first; one; one = one->next)
			judge(all, one, now);
	}
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

enum err
slow_readers_start(int64_t window_ms, struct slow_readers **ret, struct why *why)
{
	struct slow_readers *all = calloc(1, sizeof *all);
	if (!all)
		BUG("no memory for slow readers");
	all->window_ms = window_ms;
	pthread_mutex_init(&all->lock, NULL);
	clock_cond_init(&all->changed);
	if (pthread_create(&all->thread, NULL, look, all) != 0) {
		free(all);
		return fail(why, ERR_BROKEN, "no thread for slow readers");
	}
	*ret = all;
	return ERR_NONE;
}

void
slow_readers_watch(struct slow_readers *all, struct slow_reader *one, int socket)
{
	uint64_t so_far;
	if (one->watched || !acknowledged(socket, &so_far))
		return;
	pthread_mutex_lock(&all->lock);
	*one = (struct slow_reader){.watched = true,
	                            .next = all->first,
	                            .at = &all->first,
	                            .socket = socket,
	                            .acknowledged = so_far,
	                            .judged_ms = clock_steady_ms()};
	if (one->next)
		one->next->at = &one->next;
	else
		pthread_cond_signal(&all->changed);
	all->first = one;
	pthread_mutex_unlock(&all->lock);
}

void
slow_readers_forget(struct slow_readers *all, struct slow_reader *one)
{
	if (!one->watched)
		return;
	pthread_mutex_lock(&all->lock);
	*one->at = one->next;
	if (one->next)
		one->next->at = one->at;
	pthread_mutex_unlock(&all->lock);
	*one = (struct slow_reader){0};
}

void
slow_readers_stop(struct slow_readers **at)
{
	struct slow_readers *all = *at;
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	pthread_cond_signal(&all->changed);
	pthread_mutex_unlock(&all->lock);
	pthread_join(all->thread, NULL);
	pthread_cond_destroy(&all->changed);
	pthread_mutex_destroy(&all->lock);
	free(all);
	*at = NULL;
}
