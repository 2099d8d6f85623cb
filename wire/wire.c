#include "wire.h"

#include "own.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"

/* Before each payload. The magic tells a stray writer from a peer of another version. */
struct header {
	uint32_t magic;
	uint16_t version, type;
};
#define MAGIC 0x54434b44u /* "DKCT" */

static const struct kind {
	const char *name;
	size_t size;
	bool fd;
} kinds[] = {
#define X(name, from, to, payload, fd) {#name, sizeof(struct payload), fd},
#include "wire.tbl.h"
#undef X
};

const char *
wire_name(enum wire_type t)
{
	return (unsigned)t < WIRE_MAX ? kinds[t].name : "?";
}

/* All payloads share one address in the union. */
static void *
payload(struct wire_message *m)
{
	return &m->ready;
}

enum err
wire_send(int socket, const struct wire_message *m, struct why *why)
{
	const struct kind *kind = &kinds[m->type];
	if (kind->fd != (m->fd >= 0))
		BUG("%s %s a descriptor", kind->name, kind->fd ? "needs" : "carries no");
	struct header h = {MAGIC, WIRE_VERSION, (uint16_t)m->type};
	struct wire_message copy = *m;
	struct iovec parts[] = {{&h, sizeof h}, {payload(&copy), kind->size}};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};
	if (kind->fd) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof control.bytes;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &m->fd, sizeof(int));
	}
	for (;;) {
		if (sendmsg(socket, &msg, MSG_NOSIGNAL) >= 0)
			return ERR_NONE;
		if (errno != EINTR)
			return fail_errno(why, ERR_BROKEN, "sending %s", kind->name);
	}
}

static enum err
wait_readable(int socket, int64_t timeout_ms, struct why *why)
{
	int64_t end = clock_steady_ms() + timeout_ms;
	for (;;) {
		struct pollfd p = {.fd = socket, .events = POLLIN};
		int64_t left = timeout_ms < 0 ? -1 : end - clock_steady_ms();
		if (timeout_ms >= 0 && left < 0)
			left = 0;
		int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
		if (n > 0)
			return ERR_NONE;
		if (n < 0 && errno != EINTR)
			return fail_errno(why, ERR_BROKEN, "waiting for a message");
		if (timeout_ms >= 0 && clock_steady_ms() >= end)
			return fail(why, ERR_DEADLINE, "no message within %lld ms", (long long)timeout_ms);
	}
}

/* The one descriptor that may come; any further ones are closed, and the message is refused. */
static bool
take_descriptor(struct msghdr *msg, int *ret)
{
	bool ok = !(msg->msg_flags & MSG_CTRUNC);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (*ret < 0) {
				*ret = fd;
			} else {
				close(fd);
				ok = false;
			}
		}
	}
	return ok;
}

/* A string of a stranger ends inside its field. */
static bool
strings_end(const struct wire_message *m)
{
	if (m->type == WIRE_PARSE_ATTACHMENT)
		return memchr(m->parse_attachment.name, '\0', sizeof m->parse_attachment.name);
	if (m->type != WIRE_PARSE_FAILED)
		return true;
	return memchr(m->parse_failed.code, '\0', sizeof m->parse_failed.code) &&
	       memchr(m->parse_failed.detail, '\0', sizeof m->parse_failed.detail);
}

enum err
wire_receive(int socket, int64_t timeout_ms, struct wire_message *ret, struct why *why)
{
	struct header h = {0};
	struct wire_message m = {.fd = -1};
	struct iovec parts[] = {{&h, sizeof h},
	                        {payload(&m), sizeof m - offsetof(struct wire_message, ready)}};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))]; /* room to see, and close, what is too many */
	} control;
	struct msghdr msg = {
	    .msg_iov = parts,
	    .msg_iovlen = ARRAY_LEN(parts),
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof control.bytes,
	};
	ssize_t n;
	do {
		TRY(wait_readable(socket, timeout_ms, why));
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return fail_errno(why, ERR_BROKEN, "receiving");
	if (n == 0)
		return fail(why, ERR_BROKEN, "the other side is gone");
	OWNED(fd_close) int fd = -1;
	bool whole = take_descriptor(&msg, &fd);
	if (!whole || (msg.msg_flags & MSG_TRUNC) || (size_t)n < sizeof h || h.magic != MAGIC)
		return fail(why, ERR_BAD_DOCUMENT, "not a message (%zd bytes)", n);
	if (h.version != WIRE_VERSION)
		return fail(why, ERR_BAD_DOCUMENT, "a message of version %u, this is %d", h.version,
		            WIRE_VERSION);
	if (h.type >= WIRE_MAX || (size_t)n != sizeof h + kinds[h.type].size || (fd >= 0) != kinds[h.type].fd)
		return fail(why, ERR_BAD_DOCUMENT, "type %u with %zd bytes and %s descriptor", h.type, n,
		            fd >= 0 ? "a" : "no");
	m.type = h.type;
	if (!strings_end(&m))
		return fail(why, ERR_BAD_DOCUMENT, "%s with a string that does not end", wire_name(m.type));
	*ret = m;
	ret->fd = TAKE_FD(fd);
	return ERR_NONE;
}
