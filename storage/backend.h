/* backend.h: what stands behind the door: a row driver and a blob driver, chosen by URL.
 *
 *	storage.h     what callers see
 *	storage.c     opens both drivers, and hands each call to its own
 *	rows.tbl.h    the calls that a row driver answers
 *	sqlite_*.c    rows in SQLite
 *	pg_*.c        rows in PostgreSQL
 *	blob_files.c  blobs as files
 *	blob_s3.c     blobs in an S3 store, by s3_request.c
 *
 * To add a function on rows: its prototype in storage.h, its line in rows.tbl.h, sqlite_NAME() and
 * pg_NAME() in a file of each driver, with the door's parameters, and a test in storage_conformance.c,
 * which runs on both (ctest -R storage). Tables: a migration in migrations/ and its twin in
 * migrations/postgres/. In PostgreSQL one statement is best (pg_query, pg_change; WITH takes several parts);
 * what needs more is a pg_transaction(); pg_corrections.c shows both.
 * What needs no rows of its own (a check of arguments, a helper over other calls) belongs in storage.c.
 */
#ifndef DOCKET_BACKEND_H
#define DOCKET_BACKEND_H

#include "accounts.h"
#include "audit.h"
#include "errands.h"
#include "library.h"
#include "passkeys.h"
#include "rates.h"
#include "secret_box.h"
#include "sha256.h"
#include "storage.h"

/* A row of rows.tbl.h names its parameters after the storage. */
#define PARAMS(...) (struct storage * st, __VA_ARGS__)

struct row_driver {
	const char *scheme; /* "sqlite:" */
	bool shared;        /* other processes may use the same rows, and so the same blobs */
	/* Sets st->rows; what it has made so far is closed by close() after a failure too. Where the rows are
	 * shared the blobs are open already. */
	enum err (*open)(struct storage *st, const char *url, struct why *why);
	void (*close)(struct storage *st);
	/* Does a row name this blob? In doubt: yes. For the sweep. */
	bool (*knows_blob)(struct storage *st, const char *key);
	void (*claim_wait)(struct storage *st, int64_t timeout_ms);
	void (*claim_wake)(struct storage *st);
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration */
#define X(name, params, call) enum err(*name) PARAMS params;
#include "rows.tbl.h"
#undef X
};

/* Of a document in a statement: its owner has tagged it as paid. Tags are compared folded. */
#define DOCUMENT_PAID                                                        \
	"EXISTS (SELECT 1 FROM document_tag WHERE document_id = document.id" \
	" AND key IN ('paid', 'оплачено'))"

/* One blob on its way: what has come is counted and hashed, and stands in `fd`. */
struct blob_writer {
	struct storage *st;
	int fd;
	char key[BLOB_KEY_LEN];
	bool new_key; /* nobody has heard of the key: the driver may begin another one in its place */
	bool named;   /* of files: that it is there is on the disk */
	bool whole;   /* published */
	uint64_t size;
	struct sha256 sha;
};

struct blob_driver {
	const char *scheme; /* "file:" */
	/* Sets st->blobs; as for rows, which may be open already or not. */
	enum err (*open)(struct storage *st, const char *url, struct why *why);
	void (*close)(struct storage *st);
	/* Deletes what has no row and is older than an upload under way can be. */
	enum err (*sweep)(struct storage *st, int64_t age_ms, size_t *n, struct why *why);
	/* A file for what comes, of the writer's key. -1 and errno. */
	int (*begin)(struct storage *st, struct blob_writer *w);
	/* All is there: under its key for good when this returns. */
	enum err (*publish)(struct blob_writer *w, const struct blob *b, struct why *why);
	/* It was not published: nothing of it may stay. NULL: nothing does. */
	void (*abandon)(struct blob_writer *w);
	/* `part` NULL: the whole, checked where that costs little. Its first byte stands at `*ret_at`. */
	enum err (*fetch)(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd,
	                  uint64_t *ret_at, struct why *why);
	/* Gone already is as good. */
	enum err (*remove)(struct storage *st, const char *key, struct why *why);
	/* A number that only grows, beside the blobs, for all who share them: `n` has been reached; and the
	 * highest that was, 0: none. `name` is of small letters, digits and '-'. */
	enum err (*mark)(struct storage *st, const char *name, uint32_t n, struct why *why);
	enum err (*highest)(struct storage *st, const char *name, uint32_t *ret, struct why *why);
};

struct storage {
	struct storage_options options;
	const struct row_driver *row_driver;
	const struct blob_driver *blob_driver;
	void *rows, *blobs;     /* the drivers' own */
	struct secret_box *box; /* NULL: secrets are kept as they are */
	struct secret_state secrets;
};

extern const struct row_driver sqlite_rows, pg_rows;
extern const struct blob_driver file_blobs, s3_blobs;

/* `key` is new here: blob_key_new()'s, or that of a blob which comes from elsewhere. */
enum err blob_begin_as(struct storage *st, const char *key, struct blob_writer **ret, struct why *why)
    MUST_CHECK;

/* By the URL of its options; opens nothing. */
enum err storage_choose_rows(struct storage *st, struct why *why) MUST_CHECK;
enum err storage_choose_blobs(struct storage *st, struct why *why) MUST_CHECK;

/* Rows that a door's call is made of, and no door themselves. */
enum err storage_user_erase_rows(struct storage *st, struct uuid id, struct arena *mem,
                                 const char *const **ret_blobs, size_t *n, struct why *why) MUST_CHECK;

/* ---- what drivers share ---- */

/* A secret as it goes into its row: sealed for `id`, or as it is where there is no key. Bytes, not text. */
size_t store_seal(const struct storage *st, struct uuid id, const void *secret, size_t n,
                  char ret[static SEALED_MAX]);
/* ...and out of it. ERR_SECRET_LOST. */
enum err store_unseal(const struct storage *st, struct uuid id, const void *p, size_t len, void *ret,
                      size_t cap, size_t *n, struct why *why) MUST_CHECK;
/* A webhook's, in the arena. NULL: it cannot be unsealed, and nothing can be signed with it. */
const char *webhook_secret(const struct storage *st, struct uuid id, const void *p, size_t n,
                           struct arena *mem) MUST_CHECK;
/* Of each secret that a driver finds when it is opened: it is counted. True: seal it, and write it back. */
bool store_secret_seen(struct storage *st, const void *p, size_t len);
/* The rows of secrets, seen one by one; not the door's. */
enum err storage_secrets_seal(struct storage *st, struct why *why) MUST_CHECK;

/* What this thread's storage_acts_for() said. */
const char *store_acts_for(void);
/* ...and its storage_in_a_hurry(). */
bool store_in_a_hurry(void);

/* What a webhook is sent: which job, and where to ask about it; nothing of what the paper says. */
#define WEBHOOK_BODY_LEN 400
void webhook_body(struct uuid delivery, enum webhook_event event, struct uuid job, struct uuid document,
                  char ret[static WEBHOOK_BODY_LEN]);
/* ERR_RATE_LIMITED: so many wait that no more may be brought. */
enum err check_waiting(const struct storage *st, int64_t waiting, struct why *why) MUST_CHECK;
/* Is there room for one more of that size? ERR_QUOTA. */
enum err check_room(const struct storage *st, const struct usage *u, uint64_t size, struct why *why)
    MUST_CHECK;
/* What storage_parts_fit() goes by. */
#define PARTS_WAITING 10 /* times what may wait of uploads */
struct parts_room {
	struct usage used;           /* of documents and bytes: where they have a limit */
	bool there[ATTACHMENTS_MAX]; /* a document already, from an earlier reading */
};
size_t parts_that_fit(const struct storage *st, const struct parts_room *room, const struct attachment *list,
                      size_t n);
/* ERR_QUOTA: not for all of them. */
enum err check_parts(const struct storage *st, const struct parts_room *room, const struct attachment *list,
                     size_t n, struct why *why) MUST_CHECK;
/* Have documents and bytes of one person a limit? */
bool room_is_limited(const struct storage *st);
/* A page's size as lists take it: ERR_INVALID outside 1 to 200. */
enum err check_limit(int32_t limit, struct why *why) MUST_CHECK;
/* A key for a new blob: random, so that it tells nothing of the content and is never used again. */
void blob_key_new(char ret[static BLOB_KEY_LEN]);
bool blob_key_ok(const char *key);
/* A mark's own name, and back: false where it is another's. */
#define MARK_NAME_LEN 80
void mark_name(const char *name, uint32_t n, char ret[static MARK_NAME_LEN]);
bool mark_number(const char *mark, const char *name, uint32_t *ret);
/* E-mails are compared without the case of their ASCII letters. NULL: the arena is full. */
char *email_folded(const char *email, struct arena *mem) MUST_CHECK;
/* What the audit calls the making of a key, and the ending; NULL: it is not told. */
const char *key_made_action(const struct key *k);
const char *key_ended_action(enum key_kind kind);
/* Why a job that is not done has no result. */
enum err no_result(const struct job *j, struct why *why);
/* The attempt failed with `outcome`: queued to try again, or failed. No pause is longer than this, or than
 * options.backoff_ms where that is. */
#define PAUSE_MAX_MS 300000
struct attempt_end {
	enum job_state state;
	int32_t attempt, crashes; /* as they count from now on */
	int64_t pause_ms;
};
struct attempt_end attempt_end(const struct storage_options *o, const struct claim *k, enum err outcome);

#endif
