/* Backups: rows as a snapshot, the files that they name, and the hashes of all. */
#include "moving_parts.h"
#include "sqlite_store.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define TRIES    5 /* people may delete what a snapshot names before its file is copied */
#define PATH_LEN 4300
#define NAME_LEN 200

struct backup {
	char dir[PATH_MAX]; /* without symlinks; below it none is followed */
	int dir_fd;
	bool postgres, blobs;
	int version; /* of the schema */
	int64_t files;
	struct {
		char name[NAME_LEN];
		uint8_t sha256[32];
	} tables[MOVING_TABLES_MAX]; /* PostgreSQL's, as they were written */
	int n_tables;
	const struct moving_watch *watch;
	struct moved *ret;
};

static bool
is_postgres(const struct storage_options *o)
{
	return strncmp(o->storage_url, pg_rows.scheme, strlen(pg_rows.scheme)) == 0;
}

/* ---- its folder ---- */

static void
folder_close(struct backup *b)
{
	fd_close(&b->dir_fd);
}

/* ERR_ABSENT: it is not there. */
static enum err
folder_open(struct backup *b, const char *dir, struct why *why)
{
	b->dir_fd = realpath(dir, b->dir) ? open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (b->dir_fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "%.150s", dir);
	return ERR_NONE;
}

static const char *
path_in(const struct backup *b, const char *name, char ret[static PATH_LEN])
{
	snprintf(ret, PATH_LEN, "%.4000s/%.200s", b->dir, name);
	return ret;
}

/* NULL and errno. It holds everybody's papers: what is made is for its owner alone. */
static FILE *
open_in(const struct backup *b, const char *name, bool writing)
{
	OWNED(fd_close)
	int fd = open_below(b->dir_fd, name, writing ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, writing ? "w" : "r");
	if (f)
		(void)TAKE_FD(fd);
	return f;
}

static enum err
sha256_in(const struct backup *b, const char *name, uint8_t ret[static 32], int64_t *size, struct why *why)
{
	OWNED(fd_close) int fd = open_below(b->dir_fd, name, O_RDONLY, 0);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "%s", name);
	return fd_sha256(fd, ret, size, why);
}

/* Closes it; what was said to be written is on the disk. */
static enum err
finish_file(FILE **f, const char *name, struct why *why)
{
	bool bad = ferror(*f) || fflush(*f) != 0 || fsync(fileno(*f)) != 0;
	bad = fclose(*f) != 0 || bad;
	*f = NULL;
	return bad ? fail_errno(why, ERR_BROKEN, "writing %s", name) : ERR_NONE;
}

/* A storage of which the blobs alone are open: those of the backup. */
static enum err
open_own_blobs(const struct backup *b, struct storage **ret, struct why *why)
{
	char url[PATH_LEN + 8];
	OWNED(fd_close) int fd = open_below(b->dir_fd, "blobs", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && errno != ENOENT)
		return fail_errno(why, ERR_BROKEN, "blobs");
	snprintf(url, sizeof url, "file:%.4000s/blobs", b->dir);
	const struct storage_options o = {.blobs_url = url};
	return blobs_open(&o, ret, why);
}

/* ---- which files the rows name ---- */

struct own_list {
	struct connection c;
	FILE *f;
	struct blob_list list;
};

static void
own_list_close(struct own_list *l)
{
	statement_reset(&l->list.sqlite);
	if (l->c.db)
		connection_close(&l->c);
	file_close(&l->f);
}

static enum err
own_list_open(const struct backup *b, struct own_list *ret, struct why *why)
{
	char path[PATH_LEN];
	*ret = (struct own_list){0};
	if (b->postgres) {
		ret->f = open_in(b, "rows/blob.copy", false);
		ret->list.copy = ret->f;
		return ret->f ? ERR_NONE : fail_errno(why, ERR_BROKEN, "rows/blob.copy");
	}
	OWNED(fd_close) int fd = open_below(b->dir_fd, "docket.db", O_RDONLY, 0);
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "docket.db");
	fd_close(&fd); /* before SQLite's own: closing it later would end its locks */
	TRY(sqlite_moving_open_copy(path_in(b, "docket.db", path), &ret->c, why));
	return sqlite_moving_blobs(&ret->c, &ret->list, why);
}

/* ---- rows ---- */

static enum err
write_table(struct backup *b, struct pg_moving *m, const struct moving_table *t, struct why *why)
{
	char *name = b->tables[b->n_tables].name;
	struct moving_sum sum;
	snprintf(name, NAME_LEN, "rows/%s.copy", t->name);
	OWNED(file_close) FILE *f = open_in(b, name, true);
	if (!f)
		return fail_errno(why, ERR_BROKEN, "%s", name);
	TRY(pg_moving_out(m, t, f, true, &sum, why));
	memcpy(b->tables[b->n_tables++].sha256, sum.sha256, sizeof sum.sha256);
	b->ret->rows += sum.rows;
	return finish_file(&f, name, why);
}

static enum err
snapshot_postgres(struct backup *b, const struct storage_options *from, struct why *why)
{
	OWNED(pg_moving_end) struct pg_moving *m = NULL;
	char rows[PATH_LEN];
	TRY(dir_make(path_in(b, "rows", rows), why));
	TRY(pg_moving_begin(from, true, 0, &m, why));
	const struct moving_tables *all = pg_moving_tables(m);
	b->version = pg_moving_version(m);
	b->ret->rows = b->n_tables = 0;
	for (int i = 0; i < all->n; i++) {
		TRY(write_table(b, m, &all->list[i], why));
		moving_tell(b->watch, "tables", i + 1, all->n);
	}
	return path_sync(rows, why);
}

static enum err
snapshot(struct backup *b, const struct storage_options *from, struct why *why)
{
	char path[PATH_LEN];
	if (b->postgres)
		return snapshot_postgres(b, from, why);
	if (unlinkat(b->dir_fd, "docket.db", 0) != 0 && errno != ENOENT)
		return fail_errno(why, ERR_BROKEN, "docket.db");
	TRY(sqlite_moving_snapshot(from->storage_url, path_in(b, "docket.db", path), &b->version, why));
	moving_tell(b->watch, "tables", 1, 1);
	return ERR_NONE;
}

/* ---- files that the rows name no more ---- */

/* The names of one folder of files at a time: files and list both come in their order. */
struct wanted {
	struct blob_list *list;
	struct blob next;
	size_t more; /* `next` is one */
	char (*keys)[BLOB_KEY_LEN];
	size_t n, cap;
	enum err err;
	struct why why;
};

static void
wanted_free(struct wanted *x)
{
	free(x->keys);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
wanted_add(struct wanted *x)
{
	if (x->n == x->cap) {
		x->cap = x->cap ? 2 * x->cap : 1024;
		x->keys = reallocarray(x->keys, x->cap, sizeof *x->keys);
		if (!x->keys)
			BUG("no memory");
	}
	memcpy(x->keys[x->n++], x->next.key, sizeof *x->keys);
}

static bool
is_wanted(struct storage *own, const char *key)
{
	struct wanted *x = own->rows;
	if (x->more && x->err == ERR_NONE && strncmp(x->next.key, key, 2) <= 0)
		x->n = 0;
	while (x->more && x->err == ERR_NONE && strncmp(x->next.key, key, 2) <= 0) {
		if (strncmp(x->next.key, key, 2) == 0)
			wanted_add(x);
		x->err = blob_list_next(x->list, 1, &x->next, &x->more, &x->why);
	}
	return x->err != ERR_NONE || (x->n && bsearch(key, x->keys, x->n, sizeof *x->keys, by_key));
}

/* An unfinished backup that was taken up again may hold files which people have deleted since. */
static enum err
drop_unwanted(const struct backup *b, struct storage *own, struct why *why)
{
	static const struct row_driver names = {.knows_blob = is_wanted};
	OWNED(own_list_close) struct own_list l = {0};
	OWNED(wanted_free) struct wanted x = {.list = &l.list};
	size_t dropped = 0;
	TRY(own_list_open(b, &l, why));
	TRY(blob_list_next(&l.list, 1, &x.next, &x.more, why));
	own->row_driver = &names;
	own->rows = &x;
	enum err e = own->blob_driver->sweep(own, 0, &dropped, why);
	own->rows = NULL;
	TRY(e);
	if (x.err != ERR_NONE)
		*why = x.why;
	return x.err;
}

static enum err
snapshot_with_blobs(struct backup *b, const struct storage_options *from, struct why *why)
{
	OWNED(storage_close) struct storage *source = NULL;
	OWNED(storage_close) struct storage *own = NULL;
	if (!b->blobs)
		return snapshot(b, from, why);
	TRY(blobs_open(from, &source, why));
	TRY(open_own_blobs(b, &own, why));
	for (int tries = 1;; tries++) {
		OWNED(own_list_close) struct own_list l = {0};
		b->ret->blobs = b->ret->bytes = 0;
		TRY(snapshot(b, from, why));
		TRY(own_list_open(b, &l, why));
		enum err e = blobs_move(source, own, true, &l.list, b->watch, b->ret, why);
		if (e == ERR_NONE)
			return drop_unwanted(b, own, why);
		if (e != ERR_ABSENT || tries == TRIES)
			return e;
	}
}

/* ---- the sums ---- */

static void
put_sum(struct backup *b, FILE *sums, const uint8_t sha[static 32], const char *name)
{
	char hex[65];
	hex_text(sha, 32, hex);
	fprintf(sums, "%s  %s\n", hex, name);
	b->files++;
}

static enum err
put_sum_of(struct backup *b, FILE *sums, const char *name, struct why *why)
{
	uint8_t sha[32];
	int64_t size;
	TRY(sha256_in(b, name, sha, &size, why));
	put_sum(b, sums, sha, name);
	return ERR_NONE;
}

/* What was copied was held against these hashes on its way. */
static enum err
sum_blobs(struct backup *b, FILE *sums, struct why *why)
{
	OWNED(own_list_close) struct own_list l = {0};
	TRY(own_list_open(b, &l, why));
	for (size_t n = 1; n == 1;) {
		struct blob blob;
		char name[NAME_LEN];
		TRY(blob_list_next(&l.list, 1, &blob, &n, why));
		snprintf(name, sizeof name, "blobs/%.2s/%s", blob.key, blob.key);
		if (n == 1)
			put_sum(b, sums, blob.sha256, name);
	}
	return ERR_NONE;
}

static enum err
put_manifest(struct backup *b, struct why *why)
{
	char now[CLOCK_TEXT_LEN];
	OWNED(file_close) FILE *f = open_in(b, "manifest", true);
	if (!f)
		return fail_errno(why, ERR_BROKEN, "manifest");
	clock_text(clock_wall_ms(), now);
	fprintf(f, "docket-backup 1\nmade %s\nprogram %s\nrows %s\nschema %d\nblobs %s\nfiles %lld\n", now,
	        DOCKET_VERSION, b->postgres ? "postgresql" : "sqlite", b->version,
	        b->blobs ? "here" : "elsewhere", (long long)b->files);
	return finish_file(&f, "manifest", why);
}

static enum err
seal(struct backup *b, struct why *why)
{
	OWNED(file_close) FILE *sums = open_in(b, "SHA256SUMS.part", true);
	if (!sums)
		return fail_errno(why, ERR_BROKEN, "SHA256SUMS.part");
	b->files = 0;
	for (int i = 0; i < b->n_tables; i++)
		put_sum(b, sums, b->tables[i].sha256, b->tables[i].name);
	if (!b->postgres)
		TRY(put_sum_of(b, sums, "docket.db", why));
	if (b->blobs)
		TRY(sum_blobs(b, sums, why));
	TRY(put_manifest(b, why));
	TRY(put_sum_of(b, sums, "manifest", why));
	TRY(finish_file(&sums, "SHA256SUMS", why));
	if (renameat(b->dir_fd, "SHA256SUMS.part", b->dir_fd, "SHA256SUMS") != 0)
		return fail_errno(why, ERR_BROKEN, "SHA256SUMS");
	return path_sync(b->dir, why);
}

enum err
storage_backup(const struct storage_options *from, const char *dir, bool blobs,
               const struct moving_watch *watch, struct moved *ret, struct why *why)
{
	OWNED(folder_close)
	struct backup b = {
	    .dir_fd = -1, .postgres = is_postgres(from), .blobs = blobs, .watch = watch, .ret = ret};
	*ret = (struct moved){0};
	TRY(dir_make(dir, why));
	TRY(folder_open(&b, dir, why));
	if (faccessat(b.dir_fd, "SHA256SUMS", F_OK, 0) == 0)
		return fail(why, ERR_CONFLICT, "there is a finished backup already in %.150s", dir);
	TRY(snapshot_with_blobs(&b, from, why));
	return seal(&b, why);
}

/* ---- looking one through ---- */

/* "sha256  name": names of ours only, so that a line leads nowhere else. */
static bool
read_sum(char *line, uint8_t sha[static 32], const char **name)
{
	size_t n = strcspn(line, "\n");
	if (n < 67 || line[n] != '\n' || line[64] != ' ' || line[65] != ' ')
		return false;
	line[n] = line[64] = '\0';
	*name = line + 66;
	for (const char *p = *name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-/", *p))
			return false;
	return hex_parse(line, sha, 32) && (*name)[0] != '/' && !strstr(*name, "..");
}

static enum err
read_manifest(struct backup *b, struct why *why)
{
	OWNED(file_close) FILE *f = open_in(b, "manifest", false);
	char rows[16] = "", blobs[16] = "";
	int form = 0;
	long long files = 0;
	if (!f)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "%.150s/manifest", b->dir);
	if (fscanf(
	        f,
	        "docket-backup %d\nmade %*39s\nprogram %*39s\nrows %15s\nschema %d\nblobs %15s\nfiles %lld",
	        &form, rows, &b->version, blobs, &files) != 5 ||
	    form != 1)
		return fail(why, ERR_SCHEMA, "the manifest is not of a backup that this program knows");
	b->postgres = strcmp(rows, "postgresql") == 0;
	b->blobs = strcmp(blobs, "here") == 0;
	b->files = files;
	return ERR_NONE;
}

static enum err
check_sum(struct backup *b, const char *name, const uint8_t sha[static 32], struct why *why)
{
	uint8_t is[32];
	int64_t size;
	enum err e = sha256_in(b, name, is, &size, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_CORRUPT_FILE, "%s is missing from the backup", name);
	TRY(e);
	if (memcmp(is, sha, sizeof is) != 0)
		return fail(why, ERR_CORRUPT_FILE, "%s in the backup is damaged", name);
	b->ret->bytes += size;
	b->ret->blobs += strncmp(name, "blobs/", 6) == 0;
	return ERR_NONE;
}

static enum err
check(struct backup *b, struct why *why)
{
	int64_t n = 0;
	bool manifest = false;
	char line[400];
	OWNED(file_close) FILE *sums = open_in(b, "SHA256SUMS", false);
	if (!sums)
		return fail(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN,
		            "%.150s holds no finished backup (no SHA256SUMS)", b->dir);
	TRY(read_manifest(b, why));
	while (fgets(line, sizeof line, sums)) {
		uint8_t sha[32];
		const char *name;
		if (!read_sum(line, sha, &name))
			return fail(why, ERR_CORRUPT_FILE, "line %lld of SHA256SUMS is damaged",
			            (long long)n + 1);
		TRY(check_sum(b, name, sha, why));
		manifest = manifest || strcmp(name, "manifest") == 0;
		moving_tell(b->watch, "files checked", ++n, b->files + 1);
	}
	if (!manifest || n != b->files + 1)
		return fail(why, ERR_CORRUPT_FILE, "SHA256SUMS names %lld files, the manifest %lld",
		            (long long)n - manifest, (long long)b->files);
	return ERR_NONE;
}

enum err
storage_backup_check(const char *dir, const struct moving_watch *watch, struct moved *ret, struct why *why)
{
	OWNED(folder_close) struct backup b = {.dir_fd = -1, .watch = watch, .ret = ret};
	*ret = (struct moved){0};
	TRY(folder_open(&b, dir, why));
	return check(&b, why);
}

/* ---- restore ---- */

static enum err
load_table(struct backup *b, struct pg_moving *m, const struct moving_table *t, struct why *why)
{
	char name[NAME_LEN];
	OWNED(mem_free) char *line = NULL;
	size_t cap = 0;
	struct moving_sum there;
	uint8_t sha[32];
	int64_t size;
	snprintf(name, sizeof name, "rows/%s.copy", t->name);
	OWNED(file_close) FILE *f = open_in(b, name, false);
	if (!f)
		return fail_errno(why, ERR_BROKEN, "%s", name);
	TRY(pg_moving_in_begin(m, t, why));
	for (ssize_t n; (n = getline(&line, &cap, f)) > 0;)
		TRY(pg_moving_in_line(m, line, (size_t)n, why));
	TRY(pg_moving_in_end(m, why));
	TRY(pg_moving_out(m, t, NULL, true, &there, why));
	TRY(sha256_in(b, name, sha, &size, why));
	if (ferror(f) || memcmp(sha, there.sha256, sizeof sha) != 0)
		return fail(why, ERR_BROKEN, "what was written to %s is not what the backup holds", t->name);
	b->ret->rows += there.rows;
	return ERR_NONE;
}

static enum err
restore_postgres(struct backup *b, const struct storage_options *to, bool look_only, struct why *why)
{
	OWNED(pg_moving_end) struct pg_moving *m = NULL;
	bool empty;
	TRY(pg_moving_begin(to, false, b->version, &m, why));
	TRY(pg_moving_is_empty(m, &empty, why));
	if (!empty)
		return fail(why, ERR_CONFLICT, "the database holds rows already: restore needs an empty one");
	if (look_only)
		return ERR_NONE;
	const struct moving_tables *all = pg_moving_tables(m);
	for (int i = 0; i < all->n; i++) {
		moving_tell(b->watch, "tables", i, all->n);
		TRY(load_table(b, m, &all->list[i], why));
	}
	TRY(pg_moving_counters(m, why));
	moving_tell(b->watch, "tables", all->n, all->n);
	return pg_moving_commit(m, why);
}

static enum err
restore_rows(struct backup *b, const struct storage_options *to, bool look_only, struct why *why)
{
	char path[PATH_LEN];
	if (b->postgres != is_postgres(to))
		return fail(why, ERR_INVALID, "this backup is of %s and can be restored to that alone",
		            b->postgres ? "PostgreSQL" : "SQLite");
	if (b->postgres)
		return restore_postgres(b, to, look_only, why);
	if (look_only)
		return sqlite_moving_is_free(to->storage_url, why);
	return sqlite_moving_install(path_in(b, "docket.db", path), to->storage_url, why);
}

static enum err
restore_blobs(struct backup *b, const struct storage_options *to, struct why *why)
{
	OWNED(storage_close) struct storage *own = NULL;
	OWNED(storage_close) struct storage *target = NULL;
	OWNED(own_list_close) struct own_list l = {0};
	TRY(blobs_open(to, &target, why));
	if (b->blobs)
		TRY(open_own_blobs(b, &own, why));
	TRY(own_list_open(b, &l, why));
	return blobs_move(own, target, b->blobs, &l.list, b->watch, b->ret, why);
}

enum err
storage_restore(const char *dir, const struct storage_options *to, const struct moving_watch *watch,
                struct moved *ret, struct why *why)
{
	OWNED(folder_close) struct backup b = {.dir_fd = -1, .watch = watch, .ret = ret};
	*ret = (struct moved){0};
	TRY(folder_open(&b, dir, why));
	TRY(check(&b, why));
	*ret = (struct moved){0};
	TRY(restore_rows(&b, to, true, why));
	TRY(restore_blobs(&b, to, why));
	return restore_rows(&b, to, false, why);
}
