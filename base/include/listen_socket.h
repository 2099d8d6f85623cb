/* listen_socket.h: "127.0.0.1:8080", "[::1]:8080", "localhost:0", ":8080" (every address) as a socket.
 * Port 0: any that is free; `*ret_port` says which. ERR_INVALID: not an address. ERR_BROKEN: it is taken, or
 * not ours. */
#ifndef DOCKET_LISTEN_SOCKET_H
#define DOCKET_LISTEN_SOCKET_H

#include "err.h"

enum err listen_socket(const char *host_port, int backlog, int *ret_fd, int *ret_port, struct why *why)
    MUST_CHECK;

#endif
