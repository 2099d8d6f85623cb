/* Blobs as files: DIR/ab/abcdef..., made once and never changed.
 *
 * Written where they stay, fsync, fsync of the folder, and only then does anybody hear of the key: keys
 * are random, never used again, and found by rows alone, so a file that is not whole is one that nobody
 * asks for. (A name of its own until then would be a second change of folders to wait for, of each upload.)
 * What a crash leaves without a row is swept, at start and once a day. */
#include "backend.h"

#include "clock.h"
#include "fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

struct files {
	char *dir;
	int dir_fd;
};

struct file_writer {
	struct blob_writer w; /* first */
	int fd;
	char key[BLOB_KEY_LEN];
	bool whole;
	uint64_t size;
	crypto_hash_sha256_state sha;
};

static void
key_path(const char *key, char ret[static BLOB_KEY_LEN + 4])
{
	snprintf(ret, BLOB_KEY_LEN + 4, "%.2s/%s", key, key);
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
	return f->dir ? open_folders(f, why) : fail(why, ERR_BROKEN, "no memory");
}

static void
files_close(struct storage *st)
{
	struct files *f = st->blobs;
	fd_close(&f->dir_fd);
	free(f->dir);
	free(f);
	st->blobs = NULL;
}

static void
files_abandon(struct blob_writer **wp)
{
	struct file_writer *w = (struct file_writer *)*wp;
	struct files *f = w->w.st->blobs;
	char path[BLOB_KEY_LEN + 4];
	key_path(w->key, path);
	if (!w->whole)
		unlinkat(f->dir_fd, path, 0);
	fd_close(&w->fd);
	free(w);
	*wp = NULL;
}

static enum err
files_begin(struct storage *st, const char *key, struct blob_writer **ret, struct why *why)
{
	struct files *f = st->blobs;
	char path[BLOB_KEY_LEN + 4];
	struct file_writer *w = calloc(1, sizeof *w);
	if (!w)
		BUG("no memory");
	w->w.st = st;
	snprintf(w->key, sizeof w->key, "%s", key); /* its first byte spreads the folders */
	crypto_hash_sha256_init(&w->sha);
	key_path(w->key, path);
	w->fd = openat(f->dir_fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		enum err e = fail_errno(why, ERR_BROKEN, "new blob");
		free(w);
		return e;
	}
	*ret = &w->w;
	return ERR_NONE;
}

static enum err
files_write(struct blob_writer *bw, const void *p, size_t n, struct why *why)
{
	struct file_writer *w = (struct file_writer *)bw;
	TRY(fd_write_all(w->fd, p, n, why));
	crypto_hash_sha256_update(&w->sha, p, n);
	w->size += n;
	return ERR_NONE;
}

static enum err
make_durable(struct files *f, struct file_writer *w, struct why *why)
{
	char folder[3] = {w->key[0], w->key[1], '\0'};
	if (fsync(w->fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob");
	OWNED(fd_close) int dir = openat(f->dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob's folder");
	return ERR_NONE;
}

static enum err
files_publish(struct blob_writer **wp, struct blob *ret, struct why *why)
{
	OWNED(blob_abandon) struct blob_writer *owned = TAKE(*wp);
	struct file_writer *w = (struct file_writer *)owned;
	TRY(make_durable(w->w.st->blobs, w, why));
	w->whole = true;
	snprintf(ret->key, sizeof ret->key, "%s", w->key);
	ret->size = w->size;
	crypto_hash_sha256_final(&w->sha, ret->sha256);
	return ERR_NONE;
}

static enum err
files_fetch(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd, uint64_t *ret_at,
            struct why *why)
{
	struct files *f = st->blobs;
	char path[BLOB_KEY_LEN + 4];
	key_path(key, path);
	int fd = openat(f->dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "blob %s", key);
	*ret_at = part ? part->from : 0;
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err
files_remove(struct storage *st, const char *key, struct why *why)
{
	struct files *f = st->blobs;
	char path[BLOB_KEY_LEN + 4];
	key_path(key, path);
	if (unlinkat(f->dir_fd, path, 0) != 0 && errno != ENOENT)
		return fail_errno(why, ERR_BROKEN, "removing blob %s", key);
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
	int fd = openat(f->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static enum err
files_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
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
    .write = files_write,
    .publish = files_publish,
    .abandon = files_abandon,
    .fetch = files_fetch,
    .remove = files_remove,
};
