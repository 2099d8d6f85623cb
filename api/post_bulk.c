/* POST /bulk: one thing done to many documents; each succeeds or fails alone. */
#include "document_query.h"
#include "job_json.h"
#include "request_limits.h"

#define IDS_MAX 200

enum bulk_action { BULK_TRASH, BULK_RESTORE, BULK_DELETE, BULK_REPROCESS, BULK_TAG, BULK_UNTAG, BULK_MAX };

struct bulk {
	enum bulk_action action;
	const char *tag;
	const json_t *ids;
};

static enum err
read_bulk(const json_t *body, struct bulk *ret, struct why *why)
{
	static const char *const names[BULK_MAX] = {"trash",     "restore", "delete",
	                                            "reprocess", "tag",     "untag"};
	const char *action;
	TRY(member_string(body, "action", 20, &action, why));
	ret->action = 0;
	while (ret->action < BULK_MAX && strcmp(names[ret->action], action) != 0)
		ret->action++;
	if (ret->action == BULK_MAX)
		return fail(why, ERR_INVALID, "action: trash, restore, delete, reprocess, tag or untag");
	ret->tag = NULL;
	if (ret->action == BULK_TAG || ret->action == BULK_UNTAG) {
		TRY(member_string(body, "tag", TAG_MAX, &ret->tag, why));
		TRY(tag_ok(ret->tag, why));
	}
	ret->ids = json_object_get(body, "ids");
	size_t n = json_array_size(ret->ids);
	if (n < 1 || n > IDS_MAX)
		return fail(why, ERR_INVALID, "ids: a list of 1 to %d", IDS_MAX);
	return ERR_NONE;
}

static enum err
act(struct request *rq, const struct bulk *b, struct uuid id, struct why *why)
{
	struct storage *st = request_storage(rq);
	struct document_change ch = {DOCUMENT_CHANGE_NONE};
	/* What one of them needs goes with it: two hundred notes are not held together. */
	OWNED(arena_destroy) struct arena *mem = arena_create("bulk", MIB);
	const struct document *d;
	const struct job *job;
	ch.request_id = rq->request_id;
	switch (b->action) {
	case BULK_DELETE:
		return storage_document_delete(st, rq->user->id, id, rq->request_id, why);
	case BULK_REPROCESS:
		return storage_document_reprocess(st, rq->user->id, id, rq->request_id, mem, &job, why);
	case BULK_TRASH:
	case BULK_RESTORE:
		ch.trashed = b->action == BULK_TRASH;
		break;
	case BULK_TAG:
		ch.add_tag = b->tag;
		break;
	case BULK_UNTAG:
		ch.remove_tag = b->tag;
		break;
	case BULK_MAX:
		BUG("no action");
	}
	return storage_document_change(st, rq->user->id, id, &ch, mem, &d, why);
}

static enum err
post_bulk(struct request *rq, struct why *why)
{
	OWNED(json_release) json_t *body = NULL;
	struct bulk b;
	struct uuid ids[IDS_MAX];
	size_t i, done = 0, failed = 0;
	json_t *v;
	TRY(request_json(rq, &body, why));
	TRY(read_bulk(body, &b, why));
	json_array_foreach((json_t *)b.ids, i, v)
	{
		if (!json_is_string(v) || !uuid_parse(json_string_value(v), &ids[i]))
			return fail(why, ERR_INVALID, "ids[%zu]: not an id", i);
	}
	OWNED(buf_free) struct buf list = buf_init(64 * KIB);
	for (i = 0; i < json_array_size(b.ids); i++) {
		struct why reason = {""};
		char id[UUID_TEXT_LEN];
		/* Each reading costs what an upload does; the request itself has paid for the first. */
		enum err e =
		    b.action == BULK_REPROCESS && i > 0 ? request_limit_again(rq, &reason) : ERR_NONE;
		if (e == ERR_NONE)
			e = act(rq, &b, ids[i], &reason);
		done += e == ERR_NONE;
		if (e == ERR_NONE)
			continue;
		uuid_text(ids[i], id);
		buf_printf(&list, "%s{\"id\":\"%s\",\"code\":\"%s\"}", failed++ ? "," : "", id, err_code(e));
	}
	struct buf *out = answer_json(rq, 200);
	buf_printf(out, "{\"done\":%zu,\"failed\":[%s]}\n", done, list.len ? list.data : "");
	return ERR_NONE;
}

const struct route route_post_bulk = {.name = "POST /bulk",
                                      .handle = post_bulk,
                                      .auth = AUTH_SESSION,
                                      .runs = RUN_BLOCKING,
                                      .body = BODY_JSON,
                                      .limit = LIMIT_UPLOAD};
