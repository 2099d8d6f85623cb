/* Who takes a little now and then is cut off; who takes more, or is not watched any more, is not. */
#include "slow_readers.h"

#include "clock.h"
#include "own.h"

#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define WINDOW_MS 3000
#define FILE_SIZE (1 * MIB)

/* A connection over TCP whose reader's kernel takes in as little as it can, and who writes a file to it. */
struct line {
	int writer, reader;
	pthread_t thread;
	size_t written;
	atomic_bool ended;
};

static void *
write_file(void *arg)
{
	static const char piece[4096];
	struct line *l = arg;
	while (l->written < FILE_SIZE) {
		ssize_t n = send(l->writer, piece, sizeof piece, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		l->written += (size_t)n;
	}
	(void)shutdown(l->writer, SHUT_WR);
	atomic_store(&l->ended, true);
	return NULL;
}

static void
line_begin(struct line *l)
{
	const int small = 2304;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof at;
	OWNED(fd_close) int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	l->reader = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(door, (const struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(door, 1), 0);
	assert_int_equal(getsockname(door, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(setsockopt(l->reader, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
	assert_int_equal(connect(l->reader, (const struct sockaddr *)&at, sizeof at), 0);
	l->writer = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	assert_true(l->writer >= 0);
	assert_int_equal(setsockopt(l->writer, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	assert_int_equal(pthread_create(&l->thread, NULL, write_file, l), 0);
}

static void
line_end(struct line *l)
{
	fd_close(&l->reader);
	pthread_join(l->thread, NULL);
	fd_close(&l->writer);
}

/* Of the file, `bytes` each 20 ms, until there is no more or `ms` have passed. */
static size_t
read_slowly(const struct line *l, size_t bytes, int64_t ms)
{
	char piece[16384];
	size_t sum = 0;
	for (int64_t end = clock_steady_ms() + ms; clock_steady_ms() < end;) {
		ssize_t n = recv(l->reader, piece, bytes, MSG_DONTWAIT);
		if (n == 0)
			return sum;
		if (n > 0)
			sum += (size_t)n;
		clock_sleep_ms(20);
	}
	return sum;
}

static void
who_takes_a_little_now_and_then_is_cut_off(void **state)
{
	(void)state;
	struct why why;
	struct slow_readers *all = NULL;
	struct slow_reader one = {0};
	struct line l = {0};
	assert_int_equal(slow_readers_start(WINDOW_MS, &all, &why), ERR_NONE);
	line_begin(&l);
	slow_readers_watch(all, &one, l.writer);
	while (!atomic_load(&l.ended))
		(void)read_slowly(&l, 1, 500); /* 50 bytes a second, and never silent */
	assert_true(l.written < FILE_SIZE / 2);
	slow_readers_forget(all, &one);
	line_end(&l);
	slow_readers_stop(&all);
	assert_null(all);
}

static void
who_is_only_slow_has_all_of_it(void **state)
{
	(void)state;
	struct why why;
	struct slow_readers *all = NULL;
	struct slow_reader one = {0}, other = {0};
	struct line l = {0}, silent = {0};
	assert_int_equal(slow_readers_start(WINDOW_MS, &all, &why), ERR_NONE);
	line_begin(&l);
	line_begin(&silent);
	slow_readers_watch(all, &one, l.writer);
	slow_readers_watch(all, &other, silent.writer);
	slow_readers_forget(all, &other);
	/* Three times as long as another would be cut off after. */
	assert_int_equal(read_slowly(&l, FILE_SIZE / (3 * WINDOW_MS / 20), 120000), FILE_SIZE);
	assert_int_equal(l.written, FILE_SIZE);
	assert_false(atomic_load(&silent.ended)); /* nobody looked at it */
	slow_readers_forget(all, &one);
	slow_readers_forget(all, &one);
	line_end(&l);
	line_end(&silent);
	slow_readers_stop(&all);
}

static void
what_is_no_tcp_is_not_watched(void **state)
{
	(void)state;
	int pair[2];
	struct why why;
	struct slow_readers *all = NULL;
	struct slow_reader one = {0};
	assert_int_equal(slow_readers_start(WINDOW_MS, &all, &why), ERR_NONE);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	slow_readers_watch(all, &one, pair[0]);
	assert_false(one.watched);
	slow_readers_forget(all, &one);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
	slow_readers_stop(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_takes_a_little_now_and_then_is_cut_off),
	    cmocka_unit_test(who_is_only_slow_has_all_of_it),
	    cmocka_unit_test(what_is_no_tcp_is_not_watched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
