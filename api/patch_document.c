/* PATCH /documents/{id}: its title, note and tags; into the trash and out of it. */
#include "answer_document.h"
#include "document_query.h"
#include "job_json.h"

#include <stdlib.h>

/* A string or null (which takes it away); absent leaves it alone. */
static enum err
text_member(const json_t *body, const char *key, size_t max, bool lines, const char **ret, struct why *why)
{
	const json_t *v = json_object_get(body, key);
	*ret = NULL;
	if (!v)
		return ERR_NONE;
	if (!json_is_null(v) && !json_is_string(v))
		return fail(why, ERR_INVALID, "%s: a string or null", key);
	*ret = json_is_null(v) ? "" : json_string_value(v);
	return text_ok(key, *ret, max, lines, why);
}

static enum err
tags_member(struct request *rq, const json_t *body, struct document_change *ch, struct why *why)
{
	const json_t *list = json_object_get(body, "tags");
	const char **tags;
	size_t i;
	json_t *v;
	if (!list)
		return ERR_NONE;
	if (!json_is_array(list) || json_array_size(list) > DOCUMENT_TAGS_MAX)
		return fail(why, ERR_INVALID, "tags: a list of at most %d", DOCUMENT_TAGS_MAX);
	ARENA_TRY(tags, arena_array(rq->mem, json_array_size(list) + 1, sizeof *tags), rq->mem, why);
	json_array_foreach((json_t *)list, i, v)
	{
		if (!json_is_string(v))
			return fail(why, ERR_INVALID, "tags[%zu]: must be a string", i);
		tags[i] = json_string_value(v);
		TRY(tag_ok(tags[i], why));
	}
	ch->tags = tags;
	ch->n_tags = json_array_size(list);
	return ERR_NONE;
}

static enum err
members_known(const json_t *body, struct why *why)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)body, key, v)
	{
		if (strcmp(key, "title") != 0 && strcmp(key, "note") != 0 && strcmp(key, "tags") != 0 &&
		    strcmp(key, "trashed") != 0)
			return fail(why, ERR_INVALID, "there is no member \"%.40s\" to change", key);
	}
	return json_object_size(body) > 0 ? ERR_NONE : fail(why, ERR_INVALID, "the body changes nothing");
}

/* If-Match is not demanded here: a title or a tag is a person's own last word. */
static enum err
version_wanted(struct request *rq, int64_t *ret, struct why *why)
{
	const char *etag = request_header(rq, "If-Match");
	char *end;
	*ret = -1;
	if (!etag || strcmp(etag, "*") == 0)
		return ERR_NONE;
	if (etag[0] == '"') {
		long long v = strtoll(etag + 1, &end, 10);
		if (end > etag + 1 && *end == '-' && v >= 0) {
			*ret = v;
			return ERR_NONE;
		}
	}
	return fail(why, ERR_STALE, "If-Match: not an ETag of this document");
}

static enum err
patch_document(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct document_change ch = {DOCUMENT_CHANGE_NONE};
	const struct document *d;
	TRY(storage_document_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &d, why));
	TRY(request_json(rq, &body, why));
	TRY(members_known(body, why));
	TRY(text_member(body, "title", TITLE_MAX, false, &ch.title, why));
	TRY(text_member(body, "note", NOTE_MAX, true, &ch.note, why));
	TRY(tags_member(rq, body, &ch, why));
	const json_t *trashed = json_object_get(body, "trashed");
	if (trashed && !json_is_boolean(trashed))
		return fail(why, ERR_INVALID, "trashed: true or false");
	if (trashed)
		ch.trashed = json_is_true(trashed);
	TRY(version_wanted(rq, &ch.version, why));
	ch.request_id = rq->request_id;
	TRY(storage_document_change(request_storage(rq), rq->user->id, rq->id, &ch, rq->mem, &d, why));
	return answer_document(rq, d, why);
}

const struct route route_patch_document = {.name = "PATCH /documents/{id}",
                                           .handle = patch_document,
                                           .auth = AUTH_SESSION,
                                           .runs = RUN_BLOCKING,
                                           .body = BODY_JSON};
