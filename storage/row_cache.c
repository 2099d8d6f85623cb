#include "row_cache.h"

#include "own.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS    16
#define JOBS      2048 /* places; a row that falls on a taken one drives the other out */
#define SESSIONS  1024
#define TEXTS_MAX 4

/* Up to four texts in one allocation. */
struct texts {
	const char *text[TEXTS_MAX];
	char *bytes;
};

struct kept_job {
	uint64_t generation; /* 0: empty */
	struct job job;
	struct texts texts;
};
struct kept_session {
	uint64_t generation;
	uint8_t token_hash[TOKEN_HASH_LEN];
	struct user user;
	int64_t used_ms;
	struct texts texts;
};
struct row_cache {
	_Atomic uint64_t generation[CACHED_KINDS];
	pthread_mutex_t lock[SHARDS];
	struct kept_job jobs[JOBS];
	struct kept_session sessions[SESSIONS];
};

unsigned
row_cache_touched(const char *table)
{
	enum { NONE, PEOPLE = 1u << CACHED_PEOPLE, JOB = 1u << CACHED_JOBS };
	static const struct {
		const char *table;
		unsigned kinds;
	} known[] = {{"job", JOB},
	             {"document", JOB},
	             {"blob", JOB},
	             {"job_q", JOB},
	             {"session", PEOPLE},
	             {"user", PEOPLE},
	             {"attempt", NONE},
	             {"audit", NONE},
	             {"idempotency", NONE},
	             {"result", NONE},
	             {"page", NONE},
	             {"usage", NONE},
	             {"correction", NONE},
	             {"search", NONE},
	             {"document_tag", NONE},
	             {"search_data", NONE},
	             {"search_idx", NONE},
	             {"search_content", NONE},
	             {"search_docsize", NONE},
	             {"search_config", NONE},
	             {"correction_version", NONE}};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].table, table) == 0)
			return known[i].kinds;
	return PEOPLE | JOB;
}

struct row_cache *
row_cache_create(void)
{
	struct row_cache *c = calloc(1, sizeof *c);
	if (!c)
		BUG("no memory for rows");
	for (int i = 0; i < CACHED_KINDS; i++)
		atomic_init(&c->generation[i], 1);
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&c->lock[i], NULL);
	return c;
}

void
row_cache_destroy(struct row_cache **cc)
{
	struct row_cache *c = *cc;
	if (!c)
		return;
	for (int i = 0; i < JOBS; i++)
		free(c->jobs[i].texts.bytes);
	for (int i = 0; i < SESSIONS; i++)
		free(c->sessions[i].texts.bytes);
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&c->lock[i]);
	free(c);
	*cc = NULL;
}

uint64_t
row_cache_generation(const struct row_cache *c, enum cached_rows kind)
{
	return atomic_load(&c->generation[kind]);
}

void
row_cache_move_on(struct row_cache *c, unsigned kinds)
{
	for (int i = 0; i < CACHED_KINDS; i++)
		if (kinds & (1u << i))
			atomic_fetch_add(&c->generation[i], 1);
}

/* ---- texts ---- */

/* Takes the place of what was kept there. */
static void
keep(struct texts *t, const char *const *from)
{
	size_t n = 0, at = 0;
	for (int i = 0; i < TEXTS_MAX; i++)
		n += from[i] ? strlen(from[i]) + 1 : 0;
	char *bytes = malloc(n + 1);
	if (!bytes)
		BUG("no memory for a row");
	for (int i = 0; i < TEXTS_MAX; i++) {
		t->text[i] = from[i] ? bytes + at : NULL;
		if (!from[i])
			continue;
		size_t len = strlen(from[i]) + 1;
		memcpy(bytes + at, from[i], len);
		at += len;
	}
	free(t->bytes);
	t->bytes = bytes;
}

static bool
copy(const struct texts *t, struct arena *mem, const char **const *to)
{
	for (int i = 0; i < TEXTS_MAX && to[i]; i++) {
		*to[i] = t->text[i] ? arena_strdup(mem, t->text[i]) : NULL;
		if (t->text[i] && !*to[i])
			return false;
	}
	return true;
}

/* ---- jobs ---- */

/* Version 7 ids end in random bytes. */
static size_t
job_place(struct uuid id)
{
	uint32_t h;
	memcpy(&h, id.b + 12, sizeof h);
	return h % JOBS;
}

bool
row_cache_job(struct row_cache *c, struct uuid user, struct uuid id, struct arena *mem, struct job *ret)
{
	size_t at = job_place(id);
	struct kept_job *k = &c->jobs[at];
	uint64_t now = row_cache_generation(c, CACHED_JOBS);
	pthread_mutex_lock(&c->lock[at % SHARDS]);
	bool found = k->generation == now && uuid_equal(k->job.id, id) && uuid_equal(k->job.user_id, user);
	if (found) {
		*ret = k->job;
		const char **const to[TEXTS_MAX] = {&ret->error_detail, &ret->request_id, &ret->file_name,
		                                    &ret->media_type};
		found = copy(&k->texts, mem, to);
	}
	pthread_mutex_unlock(&c->lock[at % SHARDS]);
	return found;
}

void
row_cache_keep_job(struct row_cache *c, uint64_t generation, const struct job *job)
{
	size_t at = job_place(job->id);
	struct kept_job *k = &c->jobs[at];
	const char *const texts[TEXTS_MAX] = {job->error_detail, job->request_id, job->file_name,
	                                      job->media_type};
	pthread_mutex_lock(&c->lock[at % SHARDS]);
	k->generation = generation;
	k->job = *job;
	keep(&k->texts, texts);
	pthread_mutex_unlock(&c->lock[at % SHARDS]);
}

/* ---- sessions ---- */

static size_t
session_place(const uint8_t *token_hash)
{
	uint32_t h;
	memcpy(&h, token_hash, sizeof h);
	return h % SESSIONS;
}

bool
row_cache_session(struct row_cache *c, const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem,
                  struct user *ret, int64_t *used_ms)
{
	size_t at = session_place(token_hash);
	struct kept_session *k = &c->sessions[at];
	uint64_t now = row_cache_generation(c, CACHED_PEOPLE);
	pthread_mutex_lock(&c->lock[at % SHARDS]);
	bool found = k->generation == now && memcmp(k->token_hash, token_hash, TOKEN_HASH_LEN) == 0;
	if (found) {
		*ret = k->user;
		*used_ms = k->used_ms;
		const char **const to[TEXTS_MAX] = {&ret->email, &ret->password_hash, &ret->locale, NULL};
		found = copy(&k->texts, mem, to);
	}
	pthread_mutex_unlock(&c->lock[at % SHARDS]);
	return found;
}

void
row_cache_keep_session(struct row_cache *c, uint64_t generation,
                       const uint8_t token_hash[static TOKEN_HASH_LEN], const struct user *user,
                       int64_t used_ms)
{
	size_t at = session_place(token_hash);
	struct kept_session *k = &c->sessions[at];
	const char *const texts[TEXTS_MAX] = {user->email, user->password_hash, user->locale, NULL};
	pthread_mutex_lock(&c->lock[at % SHARDS]);
	k->generation = generation;
	memcpy(k->token_hash, token_hash, TOKEN_HASH_LEN);
	k->user = *user;
	k->used_ms = used_ms;
	keep(&k->texts, texts);
	pthread_mutex_unlock(&c->lock[at % SHARDS]);
}
