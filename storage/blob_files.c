/* Blobs as files: DIR/ab/abcdef..., made once and never changed.
 *
 * Written where they stay, fsync, fsync of the folder, and only then does anybody hear of the key: keys
 * are never used again, and found by rows alone, so a file that is not whole is one that nobody
 * asks for. (A name of its own until then would be a second change of folders to wait for, of each upload.)
 * Those that are begun at the same time are made in one folder, whose one fsync is for all of them.
 * What a crash leaves without a row is swept, at start and once a day. */
#include "backend.h"

#include "call_group.h"
#include "clock.h"
#include "fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define FOLDER_LEN 2 /* of a key, the name of its folder */

struct files {
	char *dir;
	int dir_fd;
	struct call_group begun;
};

/* "ab", of the key's first letters. -1 and errno. */
static int
open_folder(const struct files *f, const char *key)
{
	char folder[FOLDER_LEN + 1] = {key[0], key[1], '\0'};
	return openat(f->dir_fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static enum err
open_folders(struct files *f, struct why *why)
{
	TRY(dir_make(f->dir, why));
	f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", f->dir);
	for (int i = 0; i < 256; i++) {
		char name[3];
		snprintf(name, sizeof name, "%02x", (unsigned)i);
		if (mkdirat(f->dir_fd, name, 0700) != 0 && errno != EEXIST)
			return fail_errno(why, ERR_BROKEN, "%s/%s", f->dir, name);
	}
	if (fsync(f->dir_fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync %s", f->dir);
	return ERR_NONE;
}

static enum err
files_open(struct storage *st, const char *url, struct why *why)
{
	struct files *f = calloc(1, sizeof *f);
	if (!f)
		BUG("no memory");
	st->blobs = f;
	f->dir = strdup(url + strlen(file_blobs.scheme));
	f->dir_fd = -1;
	call_group_init(&f->begun, 4);
	return f->dir ? open_folders(f, why) : fail(why, ERR_BROKEN, "no memory");
}

static void
files_close(struct storage *st)
{
	struct files *f = st->blobs;
	fd_close(&f->dir_fd);
	call_group_destroy(&f->begun);
	free(f->dir);
	free(f);
	st->blobs = NULL;
}

static int
make_file(int folder, const char *key)
{
	return folder < 0 ? -1 : openat(folder, key, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

struct beginning {
	struct call_ticket t; /* first */
	struct blob_writer *w;
	int fd, error;
};

/* After an fsync that failed the next may succeed and mean nothing. */
static void
unmake(struct beginning *b, int folder, int error)
{
	(void)unlinkat(folder, b->w->key, 0);
	fd_close(&b->fd);
	b->error = error;
}

static void
make_together(struct storage *st, struct call_ticket *const *tickets, size_t n)
{
	const struct blob_writer *first = ((struct beginning *)tickets[0])->w;
	OWNED(fd_close) int folder = open_folder(st->blobs, first->key);
	for (size_t i = 0; i < n; i++) {
		struct beginning *b = (struct beginning *)tickets[i];
		memmove(b->w->key, first->key, FOLDER_LEN); /* its own, of the first */
		b->fd = make_file(folder, b->w->key);
		b->error = errno;
	}
	/* One alone need not wait yet: its folder goes to the disk when it is whole. */
	bool named = n > 1 && folder >= 0 && fsync(folder) == 0;
	int error = errno;
	for (size_t i = 0; n > 1 && i < n; i++) {
		struct beginning *b = (struct beginning *)tickets[i];
		b->w->named = named;
		if (!named && b->fd >= 0)
			unmake(b, folder, error);
	}
}

static int
files_begin(struct storage *st, struct blob_writer *w)
{
	struct files *f = st->blobs;
	if (!w->new_key || store_in_a_hurry()) {
		OWNED(fd_close) int folder = open_folder(f, w->key);
		return make_file(folder, w->key);
	}
	struct beginning b = {.w = w};
	call_group_go(&f->begun, st, &b.t, make_together);
	errno = b.error;
	return b.fd;
}

static enum err
files_publish(struct blob_writer *w, const struct blob *b, struct why *why)
{
	if (fsync(w->fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob");
	if (w->named)
		return ERR_NONE;
	OWNED(fd_close) int folder = open_folder(w->st->blobs, b->key);
	if (folder < 0 || fsync(folder) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob's folder");
	return ERR_NONE;
}

static void
files_abandon(struct blob_writer *w)
{
	OWNED(fd_close) int folder = open_folder(w->st->blobs, w->key);
	if (folder >= 0)
		(void)unlinkat(folder, w->key, 0);
}

static enum err
files_fetch(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd, uint64_t *ret_at,
            struct why *why)
{
	OWNED(fd_close) int folder = open_folder(st->blobs, key);
	int fd = folder < 0 ? -1 : openat(folder, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "blob %s", key);
	*ret_at = part ? part->from : 0;
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err
files_remove(struct storage *st, const char *key, struct why *why)
{
	OWNED(fd_close) int folder = open_folder(st->blobs, key);
	if (folder < 0 || (unlinkat(folder, key, 0) != 0 && errno != ENOENT))
		return fail_errno(why, ERR_BROKEN, "removing blob %s", key);
	return ERR_NONE;
}

/* ---- marks: empty files in DIR/marks ---- */

static int
open_marks(const struct files *f)
{
	return openat(f->dir_fd, "marks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static enum err
files_mark(struct storage *st, const char *name, uint32_t n, struct why *why)
{
	const struct files *f = st->blobs;
	char mark[MARK_NAME_LEN];
	mark_name(name, n, mark);
	if (mkdirat(f->dir_fd, "marks", 0700) != 0 && errno != EEXIST)
		return fail_errno(why, ERR_BROKEN, "%s/marks", f->dir);
	OWNED(fd_close) int marks = open_marks(f);
	OWNED(fd_close)
	int fd = marks < 0 ? -1 : openat(marks, mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fsync(marks) != 0 || fsync(f->dir_fd) != 0)
		return fail_errno(why, ERR_BROKEN, "%s/marks/%s", f->dir, mark);
	return ERR_NONE;
}

static enum err
files_highest(struct storage *st, const char *name, uint32_t *ret, struct why *why)
{
	const struct files *f = st->blobs;
	int fd = open_marks(f);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	*ret = 0;
	if (!d && errno == ENOENT)
		return ERR_NONE;
	if (!d) {
		fd_close(&fd);
		return fail_errno(why, ERR_BROKEN, "%s/marks", f->dir);
	}
	for (struct dirent *e; (e = readdir(d));) {
		uint32_t n;
		if (mark_number(e->d_name, name, &n) && n > *ret)
			*ret = n;
	}
	closedir(d);
	return ERR_NONE;
}

/* ---- the sweep ---- */

static bool
older(int dir_fd, const char *name, int64_t age_ms)
{
	struct stat s;
	return fstatat(dir_fd, name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_wall_ms() - (int64_t)s.st_mtim.tv_sec * 1000 > age_ms;
}

static enum err
sweep_folder(struct storage *st, const char *name, int64_t age_ms, size_t *n, struct why *why)
{
	const struct files *f = st->blobs;
	int fd = open_folder(f, name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		fd_close(&fd);
		return fail_errno(why, ERR_BROKEN, "%s/%s", f->dir, name);
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.' || (age_ms > 0 && !older(dirfd(d), e->d_name, age_ms)))
			continue;
		if (!st->row_driver->knows_blob(st, e->d_name))
			*n += unlinkat(dirfd(d), e->d_name, 0) == 0;
	}
	closedir(d);
	return ERR_NONE;
}

/* Where earlier versions wrote what was not whole yet: nothing in it has a row. */
static void
sweep_old_place(const struct files *f, int64_t age_ms, size_t *n)
{
	int fd = openat(f->dir_fd, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		fd_close(&fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] != '.' && older(dirfd(d), e->d_name, age_ms))
			*n += unlinkat(dirfd(d), e->d_name, 0) == 0;
	}
	closedir(d);
	(void)unlinkat(f->dir_fd, "tmp", AT_REMOVEDIR); /* if it is empty */
}

static enum err
files_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	sweep_old_place(st->blobs, age_ms, n);
	for (int i = 0; i < 256; i++) {
		char name[3];
		snprintf(name, sizeof name, "%02x", (unsigned)i);
		TRY(sweep_folder(st, name, age_ms, n, why));
	}
	return ERR_NONE;
}

const struct blob_driver file_blobs = {
    .scheme = "file:",
    .open = files_open,
    .close = files_close,
    .sweep = files_sweep,
    .begin = files_begin,
    .publish = files_publish,
    .abandon = files_abandon,
    .fetch = files_fetch,
    .remove = files_remove,
    .mark = files_mark,
    .highest = files_highest,
};
