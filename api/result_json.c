#include "result_json.h"

#include "clock.h"
#include "job_json.h"

#include <malloc.h>
#include <pthread.h>

/* JSON in memory is some fifteen times its text, and a hundred pages have megabytes of that: of those that
 * are large so much is taken apart at once, and whoever comes later waits for who is at it. One alone is let
 * in whatever it has. */
#define LARGE   (512 * KIB)
#define AT_ONCE (16 * MIB)
static struct {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	size_t taken;
} room = {.lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

static size_t
room_take(size_t n)
{
	if (n < LARGE)
		return 0;
	pthread_mutex_lock(&room.lock);
	while (room.taken > 0 && room.taken + n > AT_ONCE)
		pthread_cond_wait(&room.freed, &room.lock);
	room.taken += n;
	pthread_mutex_unlock(&room.lock);
	return n;
}

static void
room_give(size_t *n)
{
	if (*n == 0)
		return;
	/* Each thread frees into a heap of its own, which would keep it. */
	(void)malloc_trim(0);
	pthread_mutex_lock(&room.lock);
	room.taken -= *n;
	pthread_cond_broadcast(&room.freed);
	pthread_mutex_unlock(&room.lock);
	*n = 0;
}

void
shown_result_free(struct shown_result *r)
{
	json_release(&r->read);
	json_release(&r->shown);
	room_give(&r->room);
}

json_t *
result_to_lay_on(json_t *read)
{
	json_t *copy = json_object();
	const char *key;
	json_t *value;
	json_object_foreach(read, key, value)
	{
		if (strcmp(key, "pages") == 0)
			json_object_set(copy, key, value);
		else
			json_object_set_new(copy, key, json_deep_copy(value));
	}
	return copy;
}

static enum err
lay_over(struct shown_result *r, struct why *why)
{
	const struct correction_list *c = &r->row->corrections;
	struct result_correction laid[CORRECTIONS_OF_DOCUMENT_MAX];
	OWNED(json_release) json_t *values = json_array();
	char today[RESULT_DATE_LEN];
	for (size_t i = 0; i < c->n; i++) {
		json_t *after = NULL;
		if (!c->list[i].after)
			after = json_null();
		else
			TRY(json_parse(c->list[i].after, strlen(c->list[i].after), &after, why));
		json_array_append_new(values, after);
		laid[i] = (struct result_correction){c->list[i].path, after, c->list[i].made_ms};
	}
	result_today(today);
	r->shown = result_to_lay_on(r->read);
	result_overlay(r->shown, laid, c->n, today);
	return ERR_NONE;
}

static enum err
take_apart(struct shown_result *r, struct why *why)
{
	if (json_parse(r->row->json, r->row->json_len, &r->read, why) != ERR_NONE || !json_is_object(r->read))
		return fail(why, ERR_BROKEN, "the stored result is no JSON");
	return lay_over(r, why);
}

enum err
shown_result_of(struct storage *st, struct uuid user, struct uuid job, struct arena *mem,
                struct shown_result *ret, struct why *why)
{
	OWNED(shown_result_free) struct shown_result r = {0};
	TRY(storage_result_get(st, user, job, mem, &r.row, why));
	TRY(take_apart(&r, why));
	*ret = r;
	r = (struct shown_result){0};
	return ERR_NONE;
}

enum err
shown_result_load(struct request *rq, struct shown_result *ret, struct why *why)
{
	OWNED(shown_result_free) struct shown_result r = {0};
	enum err e = storage_result_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &r.row, why);
	if (e == ERR_NOT_FINISHED || e == ERR_JOB_FAILED || e == ERR_CANCELLED) {
		char id[UUID_TEXT_LEN];
		uuid_text(rq->id, id);
		rq->problem_job = arena_strdup(rq->mem, id);
		answer_header(rq, "Link", "</jobs/%s>; rel=\"describedby\"", id);
	}
	TRY(e);
	r.room = room_take(r.row->json_len);
	TRY(take_apart(&r, why));
	*ret = r;
	r = (struct shown_result){0};
	return ERR_NONE;
}

void
shown_result_etag(const struct shown_result *r, char *ret, size_t cap)
{
	snprintf(ret, cap, "\"%lld\"", (long long)r->row->version);
}

/* {"id", "schema", "job_id", "document_id", "created_at"} first, for whoever reads it with their eyes. */
static json_t *
with_ids(const struct result *r, const char *id, const char *document, json_t *shown)
{
	char created[CLOCK_TEXT_LEN];
	clock_text(r->created_ms, created);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id, "schema", "docket.result/1", "job_id",
	                      id, "document_id", document, "created_at", created);
	const char *key;
	json_t *value;
	json_object_foreach(shown, key, value)
	{
		if (!json_object_get(o, key))
			json_object_set(o, key, value);
	}
	return o;
}

static void
link_pictures(json_t *result, const char *document)
{
	size_t i;
	json_t *page;
	json_array_foreach(json_object_get(result, "pages"), i, page)
	{
		long long n = (long long)json_get_int(page, "number", (int64_t)i + 1);
		char link[128];
		snprintf(link, sizeof link, "/documents/%s/pages/%lld", document, n);
		json_object_set_new(page, "image", json_string(link));
		snprintf(link, sizeof link, "/documents/%s/pages/%lld/thumbnail", document, n);
		json_object_set_new(page, "thumbnail", json_string(link));
	}
}

enum err
answer_result(struct request *rq, const struct shown_result *r, struct why *why)
{
	char id[UUID_TEXT_LEN], document[UUID_TEXT_LEN], etag[ETAG_LEN];
	(void)why;
	shown_result_etag(r, etag, sizeof etag);
	answer_header(rq, "Cache-Control", "private, no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	uuid_text(r->row->job_id, id);
	uuid_text(r->row->document_id, document);
	OWNED(json_release) json_t *whole = with_ids(r->row, id, document, r->shown);
	link_pictures(whole, document);
	size_t n;
	OWNED(mem_free) char *text = json_text(whole, &n);
	struct buf *out = answer_json(rq, 200);
	buf_put(out, text, n);
	buf_putc(out, '\n');
	return ERR_NONE;
}
