#include "fdio.h"

#include "own.h"
#include "uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum err
fd_write_all(int fd, const void *p, size_t n, struct why *why)
{
	const char *at = p;
	while (n > 0) {
		ssize_t put = write(fd, at, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(why, ERR_BROKEN, "write");
		at += put;
		n -= (size_t)put;
	}
	return ERR_NONE;
}

enum err
fd_read_exact(int fd, void *p, size_t n, struct why *why)
{
	char *at = p;
	while (n > 0) {
		ssize_t got = read(fd, at, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(why, ERR_BROKEN, "read");
		if (got == 0)
			return fail(why, ERR_BROKEN, "read: %zu bytes short", n);
		at += got;
		n -= (size_t)got;
	}
	return ERR_NONE;
}

enum err
fd_read_file(int fd, size_t limit, char **ret, size_t *ret_len, struct why *why)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return fail_errno(why, ERR_BROKEN, "fstat");
	if (st.st_size < 0 || (uint64_t)st.st_size > limit)
		return fail(why, ERR_TOO_BIG, "file of %lld bytes, limit %zu", (long long)st.st_size, limit);
	size_t n = (size_t)st.st_size;
	OWNED(mem_free) char *p = malloc(n + 1);
	if (!p)
		return fail(why, ERR_BROKEN, "no memory for %zu bytes", n);
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, p + at, n - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(why, ERR_BROKEN, "pread");
		if (got == 0)
			return fail(why, ERR_BROKEN, "the file shrank while it was read");
		at += (size_t)got;
	}
	p[n] = '\0';
	*ret = TAKE(p);
	*ret_len = n;
	return ERR_NONE;
}

enum err
file_read(const char *path, size_t limit, char **ret, size_t *ret_len, struct why *why)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "%s", path);
	return fd_read_file(fd, limit, ret, ret_len, why);
}

#define KEY_MAX 64 /* bytes */

enum err
key_file_read(const char *path, uint8_t *ret, size_t n, struct why *why)
{
	char text[2 * KEY_MAX + 2] = "";
	if (n > KEY_MAX)
		BUG("a key of %zu bytes", n);
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return fail(why, ERR_ABSENT, "%s is not there", path);
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	ssize_t got = read(fd, text, 2 * n + 1);
	bool whole = got >= (ssize_t)(2 * n) && (unsigned char)text[2 * n] <= '\n';
	text[2 * n] = '\0';
	whole = whole && hex_parse(text, ret, n);
	explicit_bzero(text, sizeof text);
	return whole ? ERR_NONE
	             : fail(why, ERR_INVALID, "%s is no key: it wants %zu hexadecimal digits", path, 2 * n);
}

enum err
fd_from_bytes(const char *name, const void *p, size_t n, int *ret_fd, struct why *why)
{
	OWNED(fd_close) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "memfd %s", name);
	TRY(fd_write_all(fd, p, n, why));
	if (lseek(fd, 0, SEEK_SET) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		return fail_errno(why, ERR_BROKEN, "sealing memfd %s", name);
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}

/* Its name is on the disk too, where the folder around it may be read. */
static enum err
make_one(const char *path, struct why *why)
{
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? ERR_NONE : fail_errno(why, ERR_BROKEN, "mkdir %s", path);
	OWNED(mem_free) char *copy = strdup(path);
	if (!copy)
		return fail(why, ERR_BROKEN, "no memory");
	OWNED(fd_close) int around = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (around >= 0 && fsync(around) != 0 && errno != EINVAL)
		return fail_errno(why, ERR_BROKEN, "fsync of the folder around %s", path);
	return ERR_NONE;
}

enum err
dir_make(const char *path, struct why *why)
{
	OWNED(mem_free) char *p = strdup(path);
	if (!p)
		return fail(why, ERR_BROKEN, "no memory");
	for (char *at = p + 1; *p && *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		TRY(make_one(p, why));
		*at = '/';
	}
	return make_one(p, why);
}

enum err
path_sync(const char *path, struct why *why)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync %s", path);
	return ERR_NONE;
}

int
open_below(int dir_fd, const char *name, int flags, mode_t mode)
{
	OWNED(fd_close) int folder = -1;
	char part[256];
	for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		if ((size_t)(slash - name) >= sizeof part) {
			errno = ENAMETOOLONG;
			return -1;
		}
		snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
		int next = openat(folder < 0 ? dir_fd : folder, part,
		                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -1;
		fd_close(&folder);
		folder = next;
	}
	return openat(folder < 0 ? dir_fd : folder, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}
