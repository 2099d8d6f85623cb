/* The door: each call goes to the driver that the URLs chose. */
#include "backend.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"
#include "uuid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct row_driver *const row_drivers[] = {&sqlite_rows, &pg_rows};
static const struct blob_driver *const blob_drivers[] = {&file_blobs, &s3_blobs};

#define ORPHAN_AGE_MS 3600000

/* A URL may carry a password: only its beginning is told. */
enum err
storage_choose_rows(struct storage *st, struct why *why)
{
	const char *url = st->options.storage_url;
	for (size_t i = 0; i < ARRAY_LEN(row_drivers); i++) {
		if (strncmp(url, row_drivers[i]->scheme, strlen(row_drivers[i]->scheme)) == 0)
			st->row_driver = row_drivers[i];
	}
	if (!st->row_driver)
		return fail(why, ERR_INVALID, "storage \"%.10s...\" is not sqlite:PATH or postgresql://...",
		            url);
	return ERR_NONE;
}

enum err
storage_choose_blobs(struct storage *st, struct why *why)
{
	const char *url = st->options.blobs_url;
	for (size_t i = 0; i < ARRAY_LEN(blob_drivers); i++) {
		if (strncmp(url, blob_drivers[i]->scheme, strlen(blob_drivers[i]->scheme)) == 0)
			st->blob_driver = blob_drivers[i];
	}
	if (!st->blob_driver)
		return fail(why, ERR_INVALID, "blobs \"%.10s...\" is not file:DIR or s3://...", url);
	return ERR_NONE;
}

static enum err
open_drivers(struct storage *st, struct why *why)
{
	TRY(storage_choose_rows(st, why));
	TRY(storage_choose_blobs(st, why));
	if (st->row_driver->shared)
		TRY(st->blob_driver->open(st, st->options.blobs_url, why));
	TRY(st->row_driver->open(st, st->options.storage_url, why));
	/* After the rows: embedded storage has made its folder by then. */
	if (st->options.key_file && *st->options.key_file)
		TRY(secret_box_open(st->options.key_file, st->options.make_key, &st->box, why));
	st->secrets.sealed = st->box != NULL;
	TRY(storage_secrets_seal(st, why));
	if (st->row_driver->shared)
		return ERR_NONE;
	size_t n = 0;
	TRY(st->blob_driver->open(st, st->options.blobs_url, why));
	return st->blob_driver->sweep(st, ORPHAN_AGE_MS, &n, why);
}

enum err
storage_open(const struct storage_options *o, struct storage **ret, struct why *why)
{
	struct storage *st = calloc(1, sizeof *st);
	if (!st)
		BUG("no memory");
	st->options = *o;
	enum err e = open_drivers(st, why);
	if (e != ERR_NONE)
		storage_close(&st);
	else
		*ret = st;
	return e;
}

void
storage_close(struct storage **stp)
{
	struct storage *st = *stp;
	if (!st)
		return;
	if (st->rows)
		st->row_driver->close(st);
	if (st->blobs)
		st->blob_driver->close(st);
	secret_box_free(&st->box);
	free(st);
	*stp = NULL;
}

/* ---- rows ---- */

#define X(name, params, call)                          \
	enum err storage_##name PARAMS params          \
	{                                              \
		return st->row_driver->name CALL call; \
	}
#define CALL(...) (st, __VA_ARGS__)
#include "rows.tbl.h"
#undef X

void
storage_claim_wait(struct storage *st, int64_t timeout_ms)
{
	st->row_driver->claim_wait(st, timeout_ms);
}

void
storage_claim_wake(struct storage *st)
{
	st->row_driver->claim_wake(st);
}

static _Thread_local const char *acts_for;

void
storage_acts_for(const char *address)
{
	acts_for = address;
}

const char *
store_acts_for(void)
{
	return acts_for;
}

static _Thread_local bool in_a_hurry;

void
storage_in_a_hurry(void)
{
	in_a_hurry = true;
}

bool
store_in_a_hurry(void)
{
	return in_a_hurry;
}

/* ---- secrets ---- */

struct secret_state
storage_secrets(const struct storage *st)
{
	return st->secrets;
}

size_t
store_seal(const struct storage *st, struct uuid id, const void *secret, size_t n,
           char ret[static SEALED_MAX])
{
	if (n > SECRET_MAX)
		BUG("a secret of %zu bytes", n);
	if (st->box) {
		secret_seal(st->box, id, secret, n, ret);
		return strlen(ret);
	}
	memcpy(ret, secret, n);
	return n;
}

/* As text with an end. ERR_SECRET_LOST: too long to be either. */
static enum err
as_text(const void *p, size_t n, char ret[static SEALED_MAX], struct why *why)
{
	if (n >= SEALED_MAX)
		return fail(why, ERR_SECRET_LOST, "a secret of %zu characters", n);
	memcpy(ret, p, n);
	ret[n] = '\0';
	return ERR_NONE;
}

enum err
store_unseal(const struct storage *st, struct uuid id, const void *p, size_t len, void *ret, size_t cap,
             size_t *n, struct why *why)
{
	char text[SEALED_MAX];
	TRY(as_text(p, len, text, why));
	if (secret_sealed(st->box, text) != SEALED_NOT)
		return secret_unseal(st->box, id, text, ret, cap, n, why);
	if (len > cap)
		return fail(why, ERR_SECRET_LOST, "a secret of %zu characters", len);
	memcpy(ret, p, len);
	*n = len;
	return ERR_NONE;
}

const char *
webhook_secret(const struct storage *st, struct uuid id, const void *p, size_t n, struct arena *mem)
{
	char secret[SECRET_MAX];
	struct why why;
	if (store_unseal(st, id, p, n, secret, sizeof secret, &n, &why) != ERR_NONE)
		return NULL;
	return arena_strndup(mem, secret, n);
}

bool
store_secret_seen(struct storage *st, const void *p, size_t len)
{
	char text[SEALED_MAX];
	struct why why;
	if (as_text(p, len, text, &why) != ERR_NONE || len == 0)
		return false;
	enum sealed s = secret_sealed(st->box, text);
	st->secrets.ours += s == SEALED_HERE || (s == SEALED_NOT && st->box);
	if (s == SEALED_ELSEWHERE) {
		st->secrets.lost++;
		snprintf(st->secrets.lost_key, sizeof st->secrets.lost_key, "%.8s", text + strlen("dks1."));
	}
	return s == SEALED_NOT && st->box;
}

/* ---- blobs ---- */

static enum err
begin_blob(struct storage *st, const char *key, bool new_key, struct blob_writer **ret, struct why *why)
{
	OWNED(mem_free) struct blob_writer *w = calloc(1, sizeof *w);
	if (!w)
		BUG("no memory");
	w->st = st;
	w->new_key = new_key;
	snprintf(w->key, sizeof w->key, "%s", key);
	sha256_init(&w->sha);
	w->fd = st->blob_driver->begin(st, w);
	if (w->fd < 0)
		return fail_errno(why, ERR_BROKEN, "new blob");
	*ret = TAKE(w);
	return ERR_NONE;
}

enum err
blob_begin(struct storage *st, struct blob_writer **ret, struct why *why)
{
	char key[BLOB_KEY_LEN];
	blob_key_new(key);
	return begin_blob(st, key, true, ret, why);
}

enum err
blob_begin_as(struct storage *st, const char *key, struct blob_writer **ret, struct why *why)
{
	return begin_blob(st, key, false, ret, why);
}

enum err
blob_write(struct blob_writer *w, const void *p, size_t n, struct why *why)
{
	TRY(fd_write_all(w->fd, p, n, why));
	sha256_update(&w->sha, p, n);
	w->size += n;
	return ERR_NONE;
}

enum err
blob_publish(struct blob_writer **wp, struct blob *ret, struct why *why)
{
	OWNED(blob_abandon) struct blob_writer *w = TAKE(*wp);
	struct blob b = {.size = w->size};
	memcpy(b.key, w->key, sizeof b.key);
	sha256_final(&w->sha, b.sha256);
	TRY(w->st->blob_driver->publish(w, &b, why));
	w->whole = true;
	*ret = b;
	return ERR_NONE;
}

void
blob_abandon(struct blob_writer **w)
{
	if (!*w)
		return;
	if (!(*w)->whole && (*w)->st->blob_driver->abandon)
		(*w)->st->blob_driver->abandon(*w);
	fd_close(&(*w)->fd);
	free(*w);
	*w = NULL;
}

void
blob_discard(struct storage *st, const struct blob *b)
{
	struct why why;
	if (!st->row_driver->knows_blob(st, b->key))
		(void)!st->blob_driver->remove(st, b->key, &why); /* else it is swept */
}

enum err
blob_open(struct storage *st, const char *key, int *ret_fd, struct why *why)
{
	if (!blob_key_ok(key))
		return fail(why, ERR_ABSENT, "not a blob's key");
	uint64_t at;
	return st->blob_driver->fetch(st, key, NULL, ret_fd, &at, why);
}

enum err
blob_open_part(struct storage *st, const char *key, const struct blob_part *part, int *ret_fd,
               uint64_t *ret_at, struct why *why)
{
	if (!blob_key_ok(key))
		return fail(why, ERR_ABSENT, "not a blob's key");
	return st->blob_driver->fetch(st, key, part, ret_fd, ret_at, why);
}

enum err
storage_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	*n = 0;
	return st->blob_driver->sweep(st, age_ms, n, why);
}

/* ---- leaving ---- */

#define ERASE_MEMORY_MAX (64 * MIB) /* names of blobs: some 700,000 */

enum err
storage_user_erase(struct storage *st, struct uuid id, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("erase", ERASE_MEMORY_MAX);
	const char *const *blobs;
	size_t n;
	/* Rows first: a file without a row is swept in time, a row without its file would be a lie. */
	TRY(storage_user_erase_rows(st, id, mem, &blobs, &n, why));
	enum err first = ERR_NONE;
	for (size_t i = 0; i < n; i++) {
		struct why reason;
		enum err e = st->blob_driver->remove(st, blobs[i], &reason);
		if (e != ERR_NONE && first == ERR_NONE)
			first = fail(why, e, "%s", reason.text);
	}
	return first;
}

/* ---- shared ---- */

void
webhook_body(struct uuid delivery, enum webhook_event event, struct uuid job, struct uuid document,
             char ret[static WEBHOOK_BODY_LEN])
{
	char id[UUID_TEXT_LEN], job_id[UUID_TEXT_LEN], document_id[UUID_TEXT_LEN], now[CLOCK_TEXT_LEN];
	uuid_text(delivery, id);
	uuid_text(job, job_id);
	uuid_text(document, document_id);
	clock_text(clock_wall_ms(), now);
	snprintf(ret, WEBHOOK_BODY_LEN,
	         "{\"id\":\"%s\",\"type\":\"%s\",\"created_at\":\"%s\",\"data\":{\"job_id\":\"%s\","
	         "\"document_id\":\"%s\"}}",
	         id, event == EVENT_DOCUMENT_DONE ? "document.done" : "document.failed", now, job_id,
	         document_id);
}

/* Those of one moment stand together, in the database and in one folder of the 256: with random ones each new
 * row came to a page of its own, which was a quarter of all that uploads wrote into SQLite's log. The rest is
 * random. */
void
blob_key_new(char ret[static BLOB_KEY_LEN])
{
	uint8_t key[(BLOB_KEY_LEN - 1) / 2];
	uint64_t ms = (uint64_t)clock_wall_ms();
	random_bytes(key, sizeof key);
	key[0] = (uint8_t)(ms >> 12);
	for (int i = 0; i < 6; i++)
		key[1 + i] = (uint8_t)(ms >> (40 - 8 * i));
	hex_text(key, sizeof key, ret);
}

bool
blob_key_ok(const char *key)
{
	uint8_t plain[(BLOB_KEY_LEN - 1) / 2];
	return strlen(key) == BLOB_KEY_LEN - 1 && hex_parse(key, plain, sizeof plain);
}

void
mark_name(const char *name, uint32_t n, char ret[static MARK_NAME_LEN])
{
	snprintf(ret, MARK_NAME_LEN, "%.60s-%08x", name, n);
}

bool
mark_number(const char *mark, const char *name, uint32_t *ret)
{
	uint8_t n[4];
	size_t len = strlen(name);
	if (strncmp(mark, name, len) != 0 || mark[len] != '-' || strlen(mark) != len + 9 ||
	    !hex_parse(mark + len + 1, n, sizeof n))
		return false;
	*ret = (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 | (uint32_t)n[2] << 8 | n[3];
	return true;
}

enum err
check_waiting(const struct storage *st, int64_t waiting, struct why *why)
{
	return waiting < st->options.max_queued_per_user
	           ? ERR_NONE
	           : fail(why, ERR_RATE_LIMITED, "%lld documents of yours are waiting", (long long)waiting);
}

enum err
check_room(const struct storage *st, const struct usage *u, uint64_t size, struct why *why)
{
	const struct storage_options *o = &st->options;
	if (o->max_documents_per_user > 0 && u->documents >= o->max_documents_per_user)
		return fail(why, ERR_QUOTA, "at most %lld documents", (long long)o->max_documents_per_user);
	if (o->max_bytes_per_user > 0 && u->bytes + (int64_t)size > o->max_bytes_per_user)
		return fail(why, ERR_QUOTA, "at most %lld bytes", (long long)o->max_bytes_per_user);
	return ERR_NONE;
}

bool
room_is_limited(const struct storage *st)
{
	return st->options.max_documents_per_user > 0 || st->options.max_bytes_per_user > 0;
}

size_t
parts_that_fit(const struct storage *st, const struct parts_room *room, const struct attachment *list,
               size_t n)
{
	struct usage used = room->used;
	struct why full;
	for (size_t i = 0; i < n; i++) {
		if (room->there[i])
			continue;
		if (used.waiting >= (int64_t)st->options.max_queued_per_user * PARTS_WAITING ||
		    check_room(st, &used, list[i].blob.size, &full) != ERR_NONE)
			return i;
		used.waiting++;
		used.documents++;
		used.bytes += (int64_t)list[i].blob.size;
	}
	return n;
}

enum err
check_parts(const struct storage *st, const struct parts_room *room, const struct attachment *list, size_t n,
            struct why *why)
{
	size_t fit = parts_that_fit(st, room, list, n);
	return fit == n ? ERR_NONE : fail(why, ERR_QUOTA, "room for %zu of %zu attachments", fit, n);
}

enum err
check_limit(int32_t limit, struct why *why)
{
	if (limit < 1 || limit > 200)
		return fail(why, ERR_INVALID, "limit %d is outside 1 to 200", limit);
	return ERR_NONE;
}

const char *
job_state_name(enum job_state s)
{
	static const char *const names[] = {"queued", "processing", "done", "failed", "cancelled"};
	return names[s];
}

const char *
job_stage_name(enum job_stage s)
{
	static const char *const names[] = {"received",  "queued",  "parsing",
	                                    "inference", "persist", "finished"};
	return names[s];
}

char *
email_folded(const char *email, struct arena *mem)
{
	char *f = arena_strdup(mem, email);
	for (char *p = f; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return f;
}

enum err
no_result(const struct job *j, struct why *why)
{
	switch (j->state) {
	case JOB_FAILED:
		return fail(why, ERR_JOB_FAILED, "the job failed: %s", err_code(j->error));
	case JOB_CANCELLED:
		return fail(why, ERR_CANCELLED, "the job was cancelled");
	default:
		return fail(why, ERR_NOT_FINISHED, "the job is %s", job_state_name(j->state));
	}
}

#define AWAIT_MAX_MS 86400000

/* Full jitter: anywhere between now and the doubled pause, so that failures do not march in step. */
static int64_t
backoff_ms(const struct storage_options *o, int32_t attempt)
{
	int64_t most = o->backoff_ms;
	for (int32_t i = 1; i < attempt && most < PAUSE_MAX_MS; i++)
		most *= 2;
	most = most < PAUSE_MAX_MS ? most : PAUSE_MAX_MS;
	return most > 0 ? (int64_t)random_below((uint64_t)most + 1) : 0;
}

/* Longer from time to time, as the backoff is, but by the job's age: no attempts are counted. */
static int64_t
await_ms(const struct storage_options *o, int64_t age_ms)
{
	int64_t pause = age_ms / 2 < PAUSE_MAX_MS ? age_ms / 2 : PAUSE_MAX_MS;
	return pause > o->backoff_ms ? pause : o->backoff_ms;
}

struct attempt_end
attempt_end(const struct storage_options *o, const struct claim *k, enum err outcome)
{
	enum fate fate = err_fate(outcome);
	int64_t age_ms = clock_wall_ms() - k->created_ms;
	struct attempt_end end = {.state = JOB_QUEUED,
	                          .attempt = k->attempt,
	                          .crashes = k->crashes + (fate == FATE_CRASH),
	                          .pause_ms = backoff_ms(o, k->attempt)};
	if (fate == FATE_AWAIT && age_ms < AWAIT_MAX_MS) {
		end.attempt--;
		end.pause_ms = await_ms(o, age_ms);
	} else if (k->attempt >= o->max_attempts || (fate != FATE_RETRY && fate != FATE_CRASH) ||
	           (fate == FATE_CRASH && end.crashes >= o->max_crashes)) {
		end.state = JOB_FAILED;
	}
	return end;
}

const char *
key_made_action(const struct key *k)
{
	static const char *const names[KEY_KIND_MAX] = {
	    [KEY_API] = "token.created", [KEY_FEED] = "feed.created", [KEY_INVITE] = "invitation.created"};
	return k->by_command ? "invitation.created_by_command" : names[k->kind];
}

const char *
key_ended_action(enum key_kind kind)
{
	static const char *const names[KEY_KIND_MAX] = {
	    [KEY_API] = "token.ended", [KEY_FEED] = "feed.ended", [KEY_INVITE] = "invitation.ended"};
	return names[kind];
}
