/* storage.h: the door of storage: users, sessions, documents, blobs, the queue of jobs, results.
 *
 * SQLite or PostgreSQL, files or S3 answer behind it, and callers cannot tell which.
 *
 *                   claim                    settle
 *      queued ----------------> processing ----------> done
 *        ^  ^ \                   |  |  \ REJECT, out of attempts
 *        |  |  \ cancel           |  |   `-----------> failed
 *        |  |   `----> cancelled <'  |                   |
 *        |  `-- RETRY (backoff), lease ran out, release -'|
 *        `-------------------- retry by hand -------------'
 *
 * State in storage is the truth. Every call that reads or changes what belongs to a person takes
 * that person's id and answers ERR_ABSENT for anybody else's.
 *
 * A lease is time-bounded ownership of a job; its `lease` number only ever grows and fences every
 * later change: whoever holds a stale number gets ERR_LEASE_LOST and must drop what it has.
 *
 * One struct storage for all threads of a process. Calls block (a write waits for its commit, which
 * is durable when the call returns). What a call returns lives in the arena it was given. Times are
 * wall-clock milliseconds UTC. ERR_FULL: no room, nothing changed. ERR_UNSURE: the connection broke
 * during a commit, look the id up. Storage does not log.
 */
#ifndef DOCKET_STORAGE_H
#define DOCKET_STORAGE_H

#include "arena.h"
#include "err.h"
#include "uuid.h"

#include <stdint.h>

struct storage;

struct storage_options {
	const char *storage_url; /* "sqlite:PATH", "postgresql://..."; both URLs are needed only to open */
	const char *blobs_url;   /* "file:DIR", "s3://bucket?endpoint=..." */
	/* What secrets of webhooks and second factors are sealed with (secret_box.h); "": they are not.
	 * `make_key`: where the file is missing, it is made. */
	const char *key_file;
	bool make_key;
	int32_t pool;            /* connections to PostgreSQL; 0: 8 */
	bool pooler;             /* PostgreSQL is behind a pooler in transaction mode */
	int64_t migrate_ms;      /* a migration waits so long for tables that others use; 0: 5 minutes */
	int64_t lease_ms;        /* length of one lease */
	int64_t job_deadline_ms; /* a job processing for longer is taken away even with heartbeats */
	int32_t max_attempts;    /* tries per job */
	int32_t max_crashes;     /* parsers one document may bring down */
	int64_t backoff_ms;      /* first pause: full jitter over backoff * 2^(attempt-1), at most 5 min */
	int32_t max_queued_per_user; /* ERR_RATE_LIMITED beyond */
	/* ERR_QUOTA beyond, by an upload in flight at most; 0: no limit. Of originals. */
	int64_t max_documents_per_user, max_bytes_per_user;
};

/* Opens, migrates, checks integrity, and seals the secrets that are not sealed yet where there is a key.
 * Where this process is the only one (SQLite) it also takes up leases again and sweeps orphans (blobs
 * without a row, older than an hour). A second process on the same SQLite file: ERR_CONFLICT. */
enum err storage_open(const struct storage_options *o, struct storage **ret, struct why *why) MUST_CHECK;
void storage_close(struct storage **st);

/* How secrets stood when storage was opened. What cannot be unsealed hinders nothing but its use. */
struct secret_state {
	bool sealed;        /* there is a key */
	int64_t ours, lost; /* secrets under it, and under another */
	char lost_key[9];   /* the name of that other key, if any */
};
struct secret_state storage_secrets(const struct storage *st);

/* This thread serves many at once, or somebody who does not wait. While the database is away its calls fail
 * at once (ERR_BUSY) instead of waiting for seconds; finding out that it is away takes a second at most. */
void storage_in_a_hurry(void);

/* Can it commit right now? For /readyz. */
enum err storage_ready(struct storage *st, struct why *why) MUST_CHECK;

/* ---- users and sessions ---- */

enum user_role { ROLE_USER, ROLE_ADMIN };

struct user {
	struct uuid id;
	const char *email;         /* as typed; compared without case */
	const char *password_hash; /* as libsodium writes it */
	const char *locale;        /* "en", "ru" */
	int64_t created_ms;
	enum user_role role;
	bool disabled;
	bool second_factor;  /* codes by time */
	bool passkey;        /* there is one */
	int64_t verified_ms; /* when the e-mail was proved; 0: not */
	int64_t delete_ms;   /* when the account goes; 0: it stays */
	/* what brought them, where storage_session_user() or storage_key_user() says so */
	int64_t session_expires_ms; /* its end if it stays unused; else 0 */
	uint32_t scopes;            /* of an API token: what it may; a session may everything */
};

/* ERR_EMAIL_TAKEN. */
enum err storage_user_create(struct storage *st, const char *email, const char *password_hash,
                             const char *locale, struct arena *mem, const struct user **ret, struct why *why)
    MUST_CHECK;
enum err storage_user_by_email(struct storage *st, const char *email, struct arena *mem,
                               const struct user **ret, struct why *why) MUST_CHECK;
enum err storage_user_by_id(struct storage *st, struct uuid id, struct arena *mem, const struct user **ret,
                            struct why *why) MUST_CHECK;

#define TOKEN_HASH_LEN 32 /* SHA-256 of the token; the token itself is never stored */

struct new_session {
	struct uuid user;
	const uint8_t *token_hash; /* TOKEN_HASH_LEN bytes */
	int64_t idle_ms, life_ms;
	const char *device, *address; /* for their owner to know it by; may be NULL */
	const char *password_hash;    /* of the password that opened it; NULL: something else did */
};
/* ERR_CONFLICT when the password is another by now, or the user disabled: whoever came in with what has ended
 * meanwhile stays outside. */
enum err storage_session_create(struct storage *st, const struct new_session *s, struct why *why) MUST_CHECK;
/* The live session's user, unless disabled. Moves the idle limit on, at most once a minute.
 * ERR_UNAUTHENTICATED. */
enum err storage_session_user(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN],
                              struct arena *mem, const struct user **ret, struct why *why) MUST_CHECK;
enum err storage_session_end(struct storage *st, const uint8_t token_hash[static TOKEN_HASH_LEN],
                             struct why *why) MUST_CHECK;

/* ---- blobs: bytes under a key that storage makes, never changed once published ---- */

struct blob_writer;
#define BLOB_KEY_LEN 65 /* text, NUL included */
struct blob {
	char key[BLOB_KEY_LEN];
	uint64_t size;
	uint8_t sha256[32];
};

enum err blob_begin(struct storage *st, struct blob_writer **ret, struct why *why) MUST_CHECK;
enum err blob_write(struct blob_writer *w, const void *p, size_t n, struct why *why) MUST_CHECK;
/* Durable when it returns; the writer is gone. Without a row that names it, it is swept later. */
enum err blob_publish(struct blob_writer **w, struct blob *ret, struct why *why) MUST_CHECK;
void blob_abandon(struct blob_writer **w); /* as OWNED wants it */
/* Published in vain: an upload was refused, an attempt failed. Nobody keeps its key, and no change under way
 * may name it. Where a row does, or where that cannot be told, it stays. */
void blob_discard(struct storage *st, const struct blob *b);
/* A readable, seekable descriptor at 0. ERR_ABSENT. */
enum err blob_open(struct storage *st, const char *key, int *ret_fd, struct why *why) MUST_CHECK;
struct blob_part {
	uint64_t from, len; /* len > 0, and within the blob */
};
/* The same, with at least this part of it, whose first byte stands at `*ret_at`. */
enum err blob_open_part(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd,
                        uint64_t *ret_at, struct why *why) MUST_CHECK;
/* Deletes blobs that no row names and that are older than `age_ms`, which must be longer than an upload may
 * take; `*n` how many. Once a day is enough. */
enum err storage_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why) MUST_CHECK;

/* ---- documents and jobs; states and stages are stored by their numbers ---- */

enum job_state { JOB_QUEUED, JOB_PROCESSING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_STATE_MAX };
const char *job_state_name(enum job_state s); /* "queued" ... as the API spells them */

enum job_stage {
	STAGE_RECEIVED,
	STAGE_QUEUED,
	STAGE_PARSING,
	STAGE_INFERENCE,
	STAGE_PERSIST,
	STAGE_FINISHED,
	STAGE_MAX
};
const char *job_stage_name(enum job_stage s);

struct job {
	struct uuid id, document_id, user_id;
	enum job_state state;
	enum job_stage stage;
	int32_t pages_done, pages_total; /* 0 of 0: not known yet */
	int32_t attempt, max_attempts;
	int64_t created_ms, started_ms, finished_ms, next_run_ms; /* 0: not (yet) */
	enum err error;                                           /* last failure; ERR_NONE if none */
	const char *error_detail;                                 /* NULL where there is none */
	int64_t version;                    /* grows with every visible change: the ETag */
	const char *request_id;             /* of the upload */
	const char *file_name, *media_type; /* of its document, as uploaded */
	uint64_t size;
};

struct upload {
	struct uuid user;
	struct uuid job_id, document_id; /* chosen by the caller, so that an unsure commit can be looked up */
	const struct blob *blob;
	const char *file_name;       /* at most 255 bytes of UTF-8; may be NULL */
	const char *media_type;      /* what the bytes seem to be */
	const char *idempotency_key; /* NULL: none */
	const char *request_id;
};

/* One transaction: document, job, queue entry, idempotency key, audit.
 * The key is known with the same bytes: `*ret` is the first job and `*replayed` true.
 * Known with other bytes: ERR_KEY_REUSED. Too many waiting: ERR_RATE_LIMITED. */
enum err storage_upload(struct storage *st, const struct upload *u, struct arena *mem, const struct job **ret,
                        bool *replayed, struct why *why) MUST_CHECK;

/* Forgets idempotency keys from before `before_ms`, a thousand at most; `*n` how many. */
enum err storage_idempotency_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
    MUST_CHECK;

enum err storage_job_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                         const struct job **ret, struct why *why) MUST_CHECK;

struct job_page {
	const struct job *jobs;
	size_t n;
	bool more; /* continue with before = the last one's id */
};
/* Newest first. `before` nil: from the newest. limit 1..200. */
enum err storage_job_list(struct storage *st, struct uuid user, struct uuid before, int32_t limit,
                          struct arena *mem, struct job_page *ret, struct why *why) MUST_CHECK;

/* ERR_JOB_FINAL when it has ended; the worker notices at its next heartbeat. */
enum err storage_job_cancel(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                            const struct job **ret, struct why *why) MUST_CHECK;
/* failed or cancelled -> queued with attempts and crashes at 0. ERR_NOT_RETRYABLE otherwise. */
enum err storage_job_retry(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                           const struct job **ret, struct why *why) MUST_CHECK;

struct document {
	struct uuid id, user_id, job_id;
	const char *file_name, *media_type;
	struct blob blob;
	int64_t created_ms;
	enum job_state state; /* of its job */
	int32_t pages;        /* 0 until read */
	struct uuid parent;   /* the document that it hung on; nil: it was uploaded itself */
	/* from the result, NULL until there is one: what a list shows */
	const char *doc_type, *merchant, *date, *total, *currency;
	/* from its owner, NULL where there is none; tags with '\n' between them */
	const char *title, *note, *tags;
	int64_t trashed_ms;      /* since when it lies in the trash; 0: it does not */
	int64_t version;         /* grows with every change that shows here: the ETag */
	struct uuid running_job; /* it is being read again by this one; nil: it is not */
};
enum err storage_document_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                              const struct document **ret, struct why *why) MUST_CHECK;
struct document_page {
	const struct document *documents;
	size_t n;
	bool more;
};

/* What hung on a document and became documents of their own, in its order, at most ATTACHMENTS_MAX. */
#define ATTACHMENTS_MAX 1000
enum err storage_document_parts(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                                struct document_page *ret, struct why *why) MUST_CHECK;

/* ---- the queue, for workers ---- */

/* What one attempt has cost. */
struct cost {
	int64_t cpu_ms;
	int64_t memory_kib_s; /* resident memory times the time it was held */
	int64_t bytes_in, bytes_out;
};

struct claim {
	struct uuid job_id, document_id, user_id;
	int64_t lease;   /* the fencing number */
	int32_t attempt; /* 1 on the first try */
	int32_t crashes; /* parsers brought down so far */
	struct blob blob;
	const char *file_name, *media_type, *request_id;
	int64_t created_ms;
	int64_t deadline_ms; /* wall clock: past it the job is taken away */
	int32_t depth;       /* of documents that this one hung on; 0: it was uploaded itself */
	struct cost used;    /* for the worker to fill in: whatever settles the attempt stores it */
};

/* Lease up to `max` runnable jobs, oldest first, to `worker` (a fresh id each process start).
 * `*n` 0 is an ordinary answer. */
enum err storage_claim(struct storage *st, struct uuid worker, int32_t max, struct arena *mem,
                       const struct claim **ret, size_t *n, struct why *why) MUST_CHECK;

/* Block until a job may be runnable or `timeout_ms` passed: a hint, claim decides. */
void storage_claim_wait(struct storage *st, int64_t timeout_ms);
void storage_claim_wake(struct storage *st); /* end all such waits: for stopping */

struct heartbeat {
	struct uuid job_id;
	int64_t lease;
	bool lost, cancelled; /* answers: stop working on it */
};
enum err storage_heartbeat(struct storage *st, struct heartbeat *beats, size_t n, struct why *why) MUST_CHECK;

/* All below: ERR_LEASE_LOST when the lease has passed on. */
enum err storage_progress(struct storage *st, const struct claim *c, enum job_stage stage, int32_t pages_done,
                          int32_t pages_total, struct why *why) MUST_CHECK;

struct page_picture {
	int32_t number;        /* from 1 */
	int32_t width, height; /* px of the picture */
	struct blob picture;   /* WebP, upright */
	struct blob thumbnail; /* WebP, at most 320 px; key "" where there is none */
};
/* A file that hung on the document: it becomes a document of the same person with a job of its own. */
struct attachment {
	struct uuid document_id, job_id; /* chosen by the caller */
	struct blob blob;
	const char *file_name, *media_type;
};
struct result_row {
	const char *json; /* docket.result/1, without the ids and times that storage knows */
	size_t json_len;
	const struct blob *parsed; /* docket.document/1 as the parser wrote it */
	const struct page_picture *pages;
	size_t n_pages;
	const struct attachment *attachments;
	size_t n_attachments; /* at most ATTACHMENTS_MAX */
	/* what lists show and search finds; NULL where unknown */
	const char *doc_type, *merchant, *date, *total, *currency, *text;
	/* what it asks of its owner; `doubtful`: the names of values to be looked at, as a JSON array */
	const char *due_date, *category, *doubtful;
};
/* For how many of `list`, from the first, has its owner room? What counts is what counts for an upload, but
 * ten times as many may wait: nobody can send an attachment again a moment later. Those that are documents
 * from an earlier reading take none. Others may take that room before storage_settle_done() does. */
enum err storage_parts_fit(struct storage *st, const struct claim *c, const struct attachment *list, size_t n,
                           size_t *ret, struct why *why) MUST_CHECK;
/* One transaction: the result becomes visible, the job done, and attachments are documents with queued jobs.
 * Of a document that is read again none is made twice: the first stays. ERR_QUOTA: the room that
 * storage_parts_fit() found is taken by now; nothing has changed, and fewer may still fit. */
enum err storage_settle_done(struct storage *st, const struct claim *c, const struct result_row *r,
                             struct why *why) MUST_CHECK;
/* err_fate(outcome) decides: failed, queued again with backoff, or counted as a crash.
 * `*ret` is the state it came to. */
enum err storage_settle_failed(struct storage *st, const struct claim *c, enum err outcome,
                               const char *detail, enum job_state *ret, struct why *why) MUST_CHECK;
/* Give it back unharmed: the attempt does not count, the lease number still grows. */
enum err storage_release(struct storage *st, const struct claim *c, struct why *why) MUST_CHECK;
/* The process of `worker` is known to be dead: its jobs may run again at once. ERR_BUSY: not all of them yet.
 */
enum err storage_worker_gone(struct storage *st, struct uuid worker, struct why *why) MUST_CHECK;
/* Take back what has outlived its lease or its deadline; `*n` how many. Any worker, every few seconds. */
enum err storage_reap(struct storage *st, size_t *n, struct why *why) MUST_CHECK;

/* Something of storage that callers share: "storage_readers", "storage_writer", "storage_connections". */
struct storage_pool {
	const char *name; /* a literal; NULL: no such pool */
	int32_t capacity, busy, waiting;
};
struct queue_stats {
	int64_t queued, processing, delayed;
	int64_t oldest_ready_ms; /* age; 0 when none waits */
	uint64_t wal_bytes, commits, writes;
	uint64_t commit_us; /* in which all those commits became durable */
	struct storage_pool pools[2];
};
enum err storage_queue_stats(struct storage *st, struct queue_stats *ret, struct why *why) MUST_CHECK;

/* ---- corrections: what a person says against the machine ----
 *
 * Kept beside results and never merged into them. One of a path is in force at a time; a later one ends
 * the earlier. Storage knows of them what lists show and nothing else.
 */
struct correction {
	struct uuid id, job_id, document_id;
	const char *path; /* "total", "line_items", "doc_type" */
	/* JSON. `before`: what was shown, NULL: nothing. `after` NULL: it is absent. `region` may be NULL. */
	const char *before, *after, *region;
	int64_t made_ms, undone_ms; /* 0: in force */
};
#define CORRECTIONS_OF_DOCUMENT_MAX 200
struct correction_list {
	const struct correction *list;
	size_t n;
	int64_t version; /* of all that the person has corrected: grows with each change and undoing */
};
/* A person's corrections in force, newest first, at most `max`; with 0 only the version. */
enum err storage_corrections(struct storage *st, struct uuid user, size_t max, struct arena *mem,
                             struct correction_list *ret, struct why *why) MUST_CHECK;
/* The docket.document/1 behind a document's present result. ERR_ABSENT. */
enum err storage_parsed_get(struct storage *st, struct uuid user, struct uuid document, struct blob *ret,
                            struct why *why) MUST_CHECK;

/* What was learnt from them, of senders: made by the worker, kept here as it came. */
struct sender_memory_row {
	int64_t version;  /* of the corrections it was learnt from */
	const char *json; /* NULL: there was nothing to learn */
};
/* ERR_ABSENT: never learnt. */
enum err storage_memory_get(struct storage *st, struct uuid user, struct arena *mem,
                            struct sender_memory_row *ret, struct why *why) MUST_CHECK;
/* A row of a later version stays. */
enum err storage_memory_put(struct storage *st, struct uuid user, const struct sender_memory_row *row,
                            struct why *why) MUST_CHECK;

enum list_fact { LIST_NOTHING, LIST_TYPE, LIST_MERCHANT, LIST_DATE, LIST_TOTAL };
struct list_facts {
	const char *doc_type, *merchant, *date, *total, *currency; /* NULL: unknown */
};
struct correction_change {
	const char *path;
	bool undo; /* the rest is then not looked at */
	const char *before, *after, *region;
	enum list_fact fact; /* what lists show by it, now and after another reading */
	const char *fact_value, *fact_currency;
};
struct correct {
	struct uuid user, job;
	int64_t version; /* of the result as the person saw it */
	const struct correction_change *changes;
	size_t n;
	struct list_facts facts; /* of the whole, once it is corrected */
	const char *request_id;
};
/* One transaction, with audit. ERR_STALE: the result is at another version, or the document has been read
 * again since. */
enum err storage_correct(struct storage *st, const struct correct *o, struct why *why) MUST_CHECK;

/* ---- results ---- */

struct result {
	struct uuid job_id, document_id;
	const char *json;
	size_t json_len;
	int64_t created_ms, version;        /* the version grows when it is corrected */
	struct correction_list corrections; /* of its document; their `version` is not set */
};
/* By job id. ERR_NOT_FINISHED, ERR_JOB_FAILED (its error is in the job), ERR_CANCELLED, ERR_ABSENT. */
enum err storage_result_get(struct storage *st, struct uuid user, struct uuid job, struct arena *mem,
                            const struct result **ret, struct why *why) MUST_CHECK;
enum err storage_page_get(struct storage *st, struct uuid user, struct uuid document, int32_t number,
                          struct arena *mem, const struct page_picture **ret, struct why *why) MUST_CHECK;

/* ---- for whoever runs the service: sums over everybody, nothing of what documents say ---- */

enum cost_group { COST_BY_DAY, COST_BY_TYPE, COST_BY_USER };
struct cost_row {
	const char *key; /* "2026-11-24" (UTC), "receipt" or "", a user's id */
	int64_t jobs, attempts, wall_ms;
	int64_t wasted; /* attempts that brought no result */
	struct cost used, used_in_vain;
};
struct cost_report {
	const struct cost_row *rows;
	size_t n;
};
#define COST_ROWS_MAX 10000
/* Of attempts that began in [from, to), dearest in processor time first; at most COST_ROWS_MAX. */
enum err storage_costs(struct storage *st, int64_t from_ms, int64_t to_ms, enum cost_group group,
                       struct arena *mem, struct cost_report *ret, struct why *why) MUST_CHECK;

struct outcome_row {
	int64_t day_ms; /* its beginning, UTC */
	enum job_state state;
	enum err error; /* of failed jobs */
	bool late;      /* finished more than `limit_ms` after the upload */
	int64_t jobs;
};
struct outcome_report {
	const struct outcome_row *rows;
	size_t n;
};
/* How the jobs of uploads in [from, to) went, by the day of the upload. */
enum err storage_outcomes(struct storage *st, int64_t from_ms, int64_t to_ms, int64_t limit_ms,
                          struct arena *mem, struct outcome_report *ret, struct why *why) MUST_CHECK;
struct slow_job {
	struct uuid job_id;
	int64_t created_ms, took_ms; /* from upload to its end, or until now */
	enum job_state state;
	int32_t attempt;
};
/* Of uploads since `from_ms`, those that took longest, at most `max`; `*n` how many. */
enum err storage_slowest(struct storage *st, int64_t from_ms, size_t max, struct arena *mem,
                         const struct slow_job **ret, size_t *n, struct why *why) MUST_CHECK;
/* Uploads in each of `n` buckets of `bucket_ms` from `from_ms` on. */
enum err storage_arrivals(struct storage *st, int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts,
                          struct why *why) MUST_CHECK;

/* ---- audit: append-only ---- */
enum err storage_audit(struct storage *st, struct uuid user, const char *action, const char *object,
                       const char *request_id, struct why *why) MUST_CHECK;

#endif
