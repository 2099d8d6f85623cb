#include "wire.h"

#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

struct pair {
	int a, b;
};

static void
pair_close(struct pair *p)
{
	fd_close(&p->a);
	fd_close(&p->b);
}

static struct pair
pair_open(void)
{
	int s[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
	return (struct pair){s[0], s[1]};
}

static int
open_fds(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
every_kind_of_message_arrives_as_sent(void **state)
{
	(void)state;
	OWNED(pair_close) struct pair p = pair_open();
	OWNED(fd_close) int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct why why;
	for (int t = 0; t < WIRE_MAX; t++) {
		bool fd = t == WIRE_PARSE_REQUEST || t == WIRE_PARSE_PICTURE || t == WIRE_PARSE_DONE ||
		          t == WIRE_PARSE_ATTACHMENT || t == WIRE_BEAR;
		struct wire_message in = {.type = t, .fd = fd ? file : -1}, out;
		if (t == WIRE_PARSE_REQUEST)
			in.parse_request = (struct wire_parse_request){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
		assert_int_equal(wire_send(p.a, &in, &why), ERR_NONE);
		assert_int_equal(wire_receive(p.b, 1000, &out, &why), ERR_NONE);
		OWNED(fd_close) int got = out.fd;
		assert_int_equal(out.type, t);
		assert_int_equal(got >= 0, fd);
		if (fd)
			assert_int_equal(fcntl(got, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		if (t == WIRE_PARSE_REQUEST)
			assert_int_equal(out.parse_request.at_once, 11);
	}
}

static void
silence_and_a_closed_end_are_told_apart(void **state)
{
	(void)state;
	OWNED(pair_close) struct pair p = pair_open();
	struct wire_message m;
	struct why why;
	assert_int_equal(wire_receive(p.b, 10, &m, &why), ERR_DEADLINE);
	fd_close(&p.a);
	assert_int_equal(wire_receive(p.b, 1000, &m, &why), ERR_BROKEN);
	const struct wire_message ready = {.type = WIRE_READY, .fd = -1};
	assert_int_equal(wire_send(p.b, &ready, &why), ERR_BROKEN);
}

/* Sends raw bytes and n descriptors, as a parser that was taken over could. */
static void
send_raw(int socket, const void *bytes, size_t n, int n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)(uintptr_t)bytes, n};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	if (n_fds) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE((size_t)n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		*c = (struct cmsghdr){CMSG_LEN((size_t)n_fds * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		for (int i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &(int){0}, sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &msg, 0), (ssize_t)n);
}

#define READY sizeof(struct wire_ready)

static void
what_is_not_a_message_is_refused_and_leaves_no_descriptor(void **state)
{
	(void)state;
	OWNED(pair_close) struct pair p = pair_open();
	struct wire_message m;
	struct why why;
	struct {
		uint32_t magic;
		uint16_t version, type;
		char body[400];
	} raw;
	static const struct {
		uint32_t magic;
		uint16_t version, type;
		size_t body;
		int fds;
	} cases[] = {{0, WIRE_VERSION, WIRE_READY, READY, 0},              /* not ours */
	             {0x54434b44, WIRE_VERSION + 1, WIRE_READY, READY, 0}, /* another version */
	             {0x54434b44, WIRE_VERSION, WIRE_MAX, 8, 0},           /* no such type */
	             {0x54434b44, WIRE_VERSION, WIRE_READY, READY - 1, 0}, /* cut */
	             {0x54434b44, WIRE_VERSION, WIRE_READY, READY + 1, 0}, /* too long */
	             {0x54434b44, WIRE_VERSION, WIRE_READY, 400, 0},       /* longer than anything */
	             {0x54434b44, WIRE_VERSION, WIRE_READY, READY, 1},     /* a descriptor nobody asked for */
	             {0x54434b44, WIRE_VERSION, WIRE_PARSE_DONE, 16, 0},   /* the descriptor missing */
	             {0x54434b44, WIRE_VERSION, WIRE_PARSE_DONE, 16, 2},   /* two of them */
	             {0x54434b44, WIRE_VERSION, WIRE_PARSE_DONE, 16, 8},   /* more than there is room for */
	             {0x54434b44, WIRE_VERSION, WIRE_PARSE_FAILED, 40 + 200, 0}, /* strings without an end */
	             {0x54434b44, WIRE_VERSION, WIRE_PARSE_ATTACHMENT, 8 + 256, 1}};
	int before = open_fds();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&raw, 'x', sizeof raw);
		raw.magic = cases[i].magic;
		raw.version = cases[i].version;
		raw.type = cases[i].type;
		send_raw(p.a, &raw, 8 + cases[i].body, cases[i].fds);
		enum err e = wire_receive(p.b, 1000, &m, &why);
		if (e != ERR_BAD_DOCUMENT)
			fail_msg("case %zu gives %s", i, err_code(e));
	}
	send_raw(p.a, "abc", 3, 0);
	assert_int_equal(wire_receive(p.b, 1000, &m, &why), ERR_BAD_DOCUMENT);
	assert_int_equal(open_fds(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_of_message_arrives_as_sent),
	    cmocka_unit_test(silence_and_a_closed_end_are_told_apart),
	    cmocka_unit_test(what_is_not_a_message_is_refused_and_leaves_no_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
