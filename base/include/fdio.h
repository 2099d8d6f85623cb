/* fdio.h: descriptors read and written whole. All calls restart after a signal. */
#ifndef DOCKET_FDIO_H
#define DOCKET_FDIO_H

#include "err.h"

#include <stdint.h>
#include <sys/types.h>

enum err fd_write_all(int fd, const void *p, size_t n, struct why *why) MUST_CHECK;
/* Exactly n bytes; ERR_BROKEN at an early end. */
enum err fd_read_exact(int fd, void *p, size_t n, struct why *why) MUST_CHECK;
/* The whole of a file, at most `limit` bytes (ERR_TOO_BIG), with a NUL after them. free() it. */
enum err fd_read_file(int fd, size_t limit, char **ret, size_t *ret_len, struct why *why) MUST_CHECK;
enum err file_read(const char *path, size_t limit, char **ret, size_t *ret_len, struct why *why) MUST_CHECK;
/* `n` bytes of a key from its file, where they stand as hexadecimal digits and at most a line's end behind
 * them. ERR_ABSENT, ERR_INVALID. */
enum err key_file_read(const char *path, uint8_t *ret, size_t n, struct why *why) MUST_CHECK;
/* A sealed, anonymous copy of the bytes: what one process hands to another. */
enum err fd_from_bytes(const char *name, const void *p, size_t n, int *ret_fd, struct why *why) MUST_CHECK;
/* mkdir -p with mode 0700; the names of those that it makes are durable. */
enum err dir_make(const char *path, struct why *why) MUST_CHECK;
/* A file, or a folder with the names in it, is on the disk when this returns. */
enum err path_sync(const char *path, struct why *why) MUST_CHECK;
/* openat() of "a/b/c" below a folder, none of which may be a symlink. -1 and errno. */
int open_below(int dir_fd, const char *name, int flags, mode_t mode);

#endif
