/* Blobs from one place to another, several at a time, each held against its hash on the way. */
#include "moving_parts.h"

#include "fdio.h"
#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#define AT_ONCE 4
#define PIECE   (256 * KIB)

void
moving_tell(const struct moving_watch *watch, const char *what, int64_t done, int64_t of)
{
	if (watch && watch->fn)
		watch->fn(watch->arg, what, done, of);
}

enum err
blobs_open(const struct storage_options *o, struct storage **ret, struct why *why)
{
	struct storage *st = calloc(1, sizeof *st);
	if (!st)
		BUG("no memory");
	st->options = *o;
	enum err e = storage_choose_blobs(st, why);
	if (e == ERR_NONE)
		e = st->blob_driver->open(st, o->blobs_url, why);
	if (e != ERR_NONE)
		storage_close(&st);
	else
		*ret = st;
	return e;
}

/* ---- hashing ---- */

/* What is left of `fd`; into `w` too, where there is one. */
static enum err
hash_fd(int fd, struct blob_writer *w, uint8_t ret[static 32], int64_t *size, struct why *why)
{
	struct sha256 h;
	OWNED(mem_free) uint8_t *piece = malloc(PIECE);
	if (!piece)
		BUG("no memory");
	sha256_init(&h);
	*size = 0;
	for (;;) {
		ssize_t n = read(fd, piece, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "reading");
		if (n == 0)
			break;
		sha256_update(&h, piece, (size_t)n);
		*size += n;
		if (w)
			TRY(blob_write(w, piece, (size_t)n, why));
	}
	sha256_final(&h, ret);
	return ERR_NONE;
}

enum err
fd_sha256(int fd, uint8_t ret[static 32], int64_t *size, struct why *why)
{
	return hash_fd(fd, NULL, ret, size, why);
}

static bool
is_blob(const struct blob *b, const uint8_t sha[static 32], int64_t size)
{
	return (uint64_t)size == b->size && memcmp(sha, b->sha256, sizeof b->sha256) == 0;
}

/* ---- one blob ---- */

struct move {
	struct storage *from, *to;
	bool copy;
	const struct moving_watch *watch;
	int64_t of;

	pthread_mutex_t lock;
	const struct blob *list;
	size_t n, next;
	struct moved *sum;
	enum err err;
	struct why why;
};

/* ERR_ABSENT: it is not there. ERR_CORRUPT_FILE: other bytes are, as a move leaves that was killed. */
static enum err
check_there(struct storage *to, const struct blob *b, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	uint8_t sha[32];
	int64_t size;
	TRY(blob_open(to, b->key, &fd, why));
	TRY(fd_sha256(fd, sha, &size, why));
	if (!is_blob(b, sha, size))
		return fail(why, ERR_CORRUPT_FILE, "the file %s is damaged", b->key);
	return ERR_NONE;
}

static enum err
move_one(const struct move *m, const struct blob *b, bool *already, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	OWNED(blob_abandon) struct blob_writer *w = NULL;
	uint8_t sha[32];
	int64_t size;
	struct blob made;
	enum err e = check_there(m->to, b, why);
	*already = e == ERR_NONE;
	if (e == ERR_CORRUPT_FILE && m->copy) {
		TRY(check_there(m->from, b, why)); /* it may be the only one there is */
		TRY(m->to->blob_driver->remove(m->to, b->key, why));
	} else if (e != ERR_ABSENT) {
		return e;
	} else if (!m->copy) {
		return fail(why, ERR_ABSENT, "the file %s is not where it should be", b->key);
	}
	TRY(blob_open(m->from, b->key, &fd, why));
	TRY(blob_begin_as(m->to, b->key, &w, why));
	TRY(hash_fd(fd, w, sha, &size, why));
	if (!is_blob(b, sha, size))
		return fail(why, ERR_CORRUPT_FILE, "the file %s is damaged where it comes from", b->key);
	return blob_publish(&w, &made, why);
}

static void *
move_some(void *arg)
{
	struct move *m = arg;
	pthread_mutex_lock(&m->lock);
	while (m->next < m->n && m->err == ERR_NONE) {
		const struct blob *b = &m->list[m->next++];
		pthread_mutex_unlock(&m->lock);
		struct why why = {""};
		bool already = false;
		enum err e = move_one(m, b, &already, &why);
		pthread_mutex_lock(&m->lock);
		if (e != ERR_NONE && m->err == ERR_NONE) {
			m->err = e;
			m->why = why;
		}
		if (e != ERR_NONE)
			break;
		m->sum->blobs++;
		m->sum->already += already;
		m->sum->bytes += (int64_t)b->size;
		moving_tell(m->watch, "files", m->sum->blobs, m->of);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* ---- all ---- */

/* "key \t size \t \\x..." as COPY writes it, for these never with anything to unescape. */
static bool
read_line(char *line, struct blob *ret)
{
	char *size = strchr(line, '\t'), *sha = size ? strchr(size + 1, '\t') : NULL;
	if (!sha)
		return false;
	*size++ = *sha++ = '\0';
	sha[strcspn(sha, "\n")] = '\0';
	char *end;
	ret->size = strtoull(size, &end, 10);
	if (*end || !blob_key_ok(line) || strncmp(sha, "\\\\x", 3) != 0 || strlen(sha) != 3 + 64 ||
	    !hex_parse(sha + 3, ret->sha256, sizeof ret->sha256))
		return false;
	memcpy(ret->key, line, sizeof ret->key); /* its length was looked at */
	return true;
}

enum err
blob_list_next(struct blob_list *l, size_t max, struct blob *ret, size_t *n, struct why *why)
{
	char line[400];
	for (*n = 0; *n < max; ++*n) {
		struct blob *b = &ret[*n];
		if (l->copy) {
			if (!fgets(line, sizeof line, l->copy))
				return ferror(l->copy)
				           ? fail_errno(why, ERR_BROKEN, "reading the files' rows")
				           : ERR_NONE;
			if (!read_line(line, b))
				return fail(why, ERR_CORRUPT_FILE, "rows/blob.copy has a line that is none");
			continue;
		}
		int rc = sqlite3_step(l->sqlite);
		if (rc == SQLITE_DONE)
			return ERR_NONE;
		const char *key = (const char *)sqlite3_column_text(l->sqlite, 0);
		if (rc != SQLITE_ROW || !key || sqlite3_column_bytes(l->sqlite, 2) != (int)sizeof b->sha256)
			return fail(why, ERR_BROKEN, "reading the files' rows");
		snprintf(b->key, sizeof b->key, "%s", key);
		b->size = (uint64_t)sqlite3_column_int64(l->sqlite, 1);
		memcpy(b->sha256, sqlite3_column_blob(l->sqlite, 2), sizeof b->sha256);
	}
	return ERR_NONE;
}

enum err
blobs_move(struct storage *from, struct storage *to, bool copy, struct blob_list *list,
           const struct moving_watch *watch, struct moved *ret, struct why *why)
{
	static const size_t batch = 1000;
	OWNED(mem_free) struct blob *blobs = calloc(batch, sizeof *blobs);
	struct move m = {.from = from,
	                 .to = to,
	                 .copy = copy,
	                 .watch = watch,
	                 .of = list->of,
	                 .lock = PTHREAD_MUTEX_INITIALIZER,
	                 .list = blobs,
	                 .sum = ret};
	if (!blobs)
		BUG("no memory");
	do {
		pthread_t threads[AT_ONCE];
		m.next = 0;
		TRY(blob_list_next(list, batch, blobs, &m.n, why));
		for (int i = 0; i < AT_ONCE; i++)
			if (pthread_create(&threads[i], NULL, move_some, &m) != 0)
				BUG("no thread");
		for (int i = 0; i < AT_ONCE; i++)
			pthread_join(threads[i], NULL);
	} while (m.n == batch && m.err == ERR_NONE);
	if (m.err != ERR_NONE)
		*why = m.why;
	return m.err;
}
