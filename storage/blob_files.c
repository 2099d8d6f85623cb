/* Blobs as files: DIR/ab/abcdef..., published so that a name never leads to bytes that are not whole.
 *
 * Write into DIR/tmp, fsync, link to the final name (create-only), fsync the folder. Keys are random
 * and never used again. What a crash leaves in tmp, or in place without a row, is swept at start. */
#include "sqlite_store.h"

#include "clock.h"
#include "fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#define ORPHAN_AGE_MS (3600 * 1000)

struct blob_writer {
	struct storage *st;
	int fd;
	char key[BLOB_KEY_LEN];
	uint64_t size;
	crypto_hash_sha256_state sha;
};

static void
key_path(const char *key, char ret[static BLOB_KEY_LEN + 4])
{
	snprintf(ret, BLOB_KEY_LEN + 4, "%.2s/%s", key, key);
}

enum err
blob_files_open(struct storage *st, struct why *why)
{
	char tmp[4200];
	snprintf(tmp, sizeof tmp, "%s/tmp", st->blob_dir);
	TRY(dir_make(tmp, why));
	st->blob_dir_fd = open(st->blob_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	st->tmp_dir_fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st->blob_dir_fd < 0 || st->tmp_dir_fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", st->blob_dir);
	for (int i = 0; i < 256; i++) {
		char name[3];
		snprintf(name, sizeof name, "%02x", (unsigned)i);
		if (mkdirat(st->blob_dir_fd, name, 0700) != 0 && errno != EEXIST)
			return fail_errno(why, ERR_BROKEN, "%s/%s", st->blob_dir, name);
	}
	if (fsync(st->blob_dir_fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync %s", st->blob_dir);
	return ERR_NONE;
}

void
blob_files_close(struct storage *st)
{
	fd_close(&st->blob_dir_fd);
	fd_close(&st->tmp_dir_fd);
}

enum err
blob_begin(struct storage *st, struct blob_writer **ret, struct why *why)
{
	struct blob_writer *w = calloc(1, sizeof *w);
	if (!w)
		BUG("no memory");
	w->st = st;
	/* Random, so that a key tells nothing of its content; the first byte spreads the folders. */
	uint8_t key[(BLOB_KEY_LEN - 1) / 2];
	random_bytes(key, sizeof key);
	hex_text(key, sizeof key, w->key);
	crypto_hash_sha256_init(&w->sha);
	w->fd = openat(st->tmp_dir_fd, w->key, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		enum err e = fail_errno(why, ERR_BROKEN, "new blob");
		blob_abandon(&w);
		return e;
	}
	*ret = w;
	return ERR_NONE;
}

enum err
blob_write(struct blob_writer *w, const void *p, size_t n, struct why *why)
{
	TRY(fd_write_all(w->fd, p, n, why));
	crypto_hash_sha256_update(&w->sha, p, n);
	w->size += n;
	return ERR_NONE;
}

static enum err
publish(struct blob_writer *w, struct why *why)
{
	char path[BLOB_KEY_LEN + 4], folder[3] = {w->key[0], w->key[1], '\0'};
	struct storage *st = w->st;
	key_path(w->key, path);
	if (fsync(w->fd) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob");
	if (renameat2(st->tmp_dir_fd, w->key, st->blob_dir_fd, path, RENAME_NOREPLACE) != 0)
		return fail_errno(why, ERR_BROKEN, "publishing a blob");
	OWNED(fd_close) int dir = openat(st->blob_dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return fail_errno(why, ERR_BROKEN, "fsync of a blob's folder");
	return ERR_NONE;
}

enum err
blob_publish(struct blob_writer **wp, struct blob *ret, struct why *why)
{
	OWNED(blob_abandon) struct blob_writer *w = TAKE(*wp);
	TRY(publish(w, why));
	snprintf(ret->key, sizeof ret->key, "%s", w->key);
	ret->size = w->size;
	crypto_hash_sha256_final(&w->sha, ret->sha256);
	return ERR_NONE;
}

void
blob_abandon(struct blob_writer **wp)
{
	struct blob_writer *w = *wp;
	if (!w)
		return;
	if (w->fd >= 0)
		unlinkat(w->st->tmp_dir_fd, w->key, 0); /* already gone when it was published */
	fd_close(&w->fd);
	free(w);
	*wp = NULL;
}

enum err
blob_open(struct storage *st, const char *key, int *ret_fd, struct why *why)
{
	char path[BLOB_KEY_LEN + 4];
	uint8_t plain[(BLOB_KEY_LEN - 1) / 2];
	if (strlen(key) != BLOB_KEY_LEN - 1 || !hex_parse(key, plain, sizeof plain))
		return fail(why, ERR_ABSENT, "not a blob's key");
	key_path(key, path);
	int fd = openat(st->blob_dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "blob %s", key);
	*ret_fd = fd;
	return ERR_NONE;
}

/* ---- the sweep ---- */

static bool
old_enough(int dir_fd, const char *name)
{
	struct stat s;
	return fstatat(dir_fd, name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_wall_ms() - (int64_t)s.st_mtim.tv_sec * 1000 > ORPHAN_AGE_MS;
}

static bool
has_row(struct storage *st, const char *key)
{
	struct why why;
	struct connection *c = reader_take(st);
	STATEMENT *s = statement(c, "SELECT 1 FROM blob WHERE key = ?1", &why);
	bool found = true; /* when in doubt, keep */
	if (s) {
		bind_text(s, 1, key);
		found = step_row(c, s, &why) != ERR_ABSENT;
		statement_reset(&s);
	}
	reader_give(st, c);
	return found;
}

static enum err
sweep_folder(struct storage *st, const char *name, bool temporary, struct why *why)
{
	int fd = openat(st->blob_dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		fd_close(&fd);
		return fail_errno(why, ERR_BROKEN, "%s/%s", st->blob_dir, name);
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		/* Nobody writes at start, so what is in tmp is left from before, of whatever age. */
		if (temporary || (old_enough(dirfd(d), e->d_name) && !has_row(st, e->d_name)))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return ERR_NONE;
}

enum err
blob_files_sweep(struct storage *st, struct why *why)
{
	TRY(sweep_folder(st, "tmp", true, why));
	for (int i = 0; i < 256; i++) {
		char name[3];
		snprintf(name, sizeof name, "%02x", (unsigned)i);
		TRY(sweep_folder(st, name, false, why));
	}
	return ERR_NONE;
}
