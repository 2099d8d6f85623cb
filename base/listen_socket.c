#include "listen_socket.h"

#include "own.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void
free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
	*list = NULL;
}

static enum err
resolve(const char *host_port, struct addrinfo **ret, struct why *why)
{
	char host[256];
	const char *colon = strrchr(host_port, ':');
	if (!colon || (size_t)(colon - host_port) >= sizeof host)
		return fail(why, ERR_INVALID, "\"%.80s\" is not HOST:PORT", host_port);
	size_t n = (size_t)(colon - host_port);
	const char *start = host_port;
	if (n >= 2 && start[0] == '[' && start[n - 1] == ']') {
		start++;
		n -= 2;
	}
	snprintf(host, sizeof host, "%.*s", (int)n, start);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	int rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, ret);
	if (rc != 0)
		return fail(why, ERR_INVALID, "%.80s: %s", host_port, gai_strerror(rc));
	return ERR_NONE;
}

enum err
listen_socket(const char *host_port, int backlog, int *ret_fd, int *ret_port, struct why *why)
{
	OWNED(free_addresses) struct addrinfo *list = NULL;
	TRY(resolve(host_port, &list, why));
	OWNED(fd_close) int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, backlog) != 0)
		return fail_errno(why, ERR_BROKEN, "cannot listen at %.80s", host_port);
	struct sockaddr_storage bound = {0};
	socklen_t len = sizeof bound;
	if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
		return fail_errno(why, ERR_BROKEN, "%.80s", host_port);
	/* getsockname() has filled it. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
	*ret_port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
	                                              : ((struct sockaddr_in *)&bound)->sin_port);
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}
