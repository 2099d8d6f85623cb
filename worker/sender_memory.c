#include "sender_memory.h"

#include "document.h"
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "result.h"

#define MOST_CORRECTIONS 200 /* the newest; older ones have been repeated or are about senders long gone */

/* The paper that lessons are being learnt from: corrections of one paper stand together often. */
struct paper {
	struct uuid id;
	char *json;
	size_t len;
};

static void
paper_release(struct paper *p)
{
	free(p->json);
	*p = (struct paper){0};
}

static enum err
open_paper(struct storage *st, struct uuid user, struct uuid document, struct paper *p, struct why *why)
{
	struct blob blob;
	OWNED(fd_close) int fd = -1;
	if (p->json && uuid_equal(p->id, document))
		return ERR_NONE;
	paper_release(p);
	TRY(storage_parsed_get(st, user, document, &blob, why));
	TRY(blob_open(st, blob.key, &fd, why));
	TRY(fd_read_file(fd, DOCUMENT_MAX_JSON, &p->json, &p->len, why));
	p->id = document;
	return ERR_NONE;
}

/* {"id", "field", "value", "normalized"}; NULL when nothing can be learnt from it. */
static json_t *
lesson_of(const struct correction *c)
{
	enum value_type type;
	char id[UUID_TEXT_LEN];
	struct why ignored;
	OWNED(json_release) json_t *after = NULL;
	if (!c->after || !result_field_type(c->path, &type) ||
	    json_parse(c->after, strlen(c->after), &after, &ignored) != ERR_NONE)
		return NULL;
	const char *value = json_get_str(after, "value");
	json_t *normalized = json_object_get(after, "normalized");
	uuid_text(c->id, id);
	return value && normalized ? json_pack("{s:s, s:s, s:s, s:O}", "id", id, "field", c->path, "value",
	                                       value, "normalized", normalized)
	                           : NULL;
}

/* A paper that is gone or makes no sense teaches nothing; the other lessons stand. False: it may be had
 * later. */
static bool
learn_one(struct storage *st, struct uuid user, const struct correction *c, struct paper *p, json_t **memory)
{
	struct why ignored;
	OWNED(json_release) json_t *lesson = lesson_of(c);
	json_t *more = NULL;
	enum err e = lesson ? open_paper(st, user, c->document_id, p, &ignored) : ERR_ABSENT;
	if (e != ERR_NONE)
		return e == ERR_ABSENT;
	if (memory_learn(*memory, p->json, p->len, lesson, &more, &ignored) == ERR_NONE) {
		json_decref(*memory);
		*memory = more;
	}
	return true;
}

/* `*ret_whole` false: storage could not give some paper just now, so the next job learns anew. */
static enum err
learn_all(struct storage *st, struct uuid user, struct arena *mem, struct sender_memory_row *ret,
          bool *ret_whole, struct why *why)
{
	struct correction_list all;
	OWNED(paper_release) struct paper paper = {0};
	OWNED(json_release) json_t *memory = NULL;
	TRY(storage_corrections(st, user, MOST_CORRECTIONS, mem, &all, why));
	*ret_whole = true;
	for (size_t i = all.n; i-- > 0;) /* the oldest first: later ones know better */
		*ret_whole &= learn_one(st, user, &all.list[i], &paper, &memory);
	*ret = (struct sender_memory_row){.version = all.version};
	if (!memory)
		return ERR_NONE;
	size_t n;
	OWNED(mem_free) char *text = json_text(memory, &n);
	ARENA_TRY(ret->json, arena_strndup(mem, text, n), mem, why);
	return ERR_NONE;
}

enum err
sender_memory(struct storage *st, struct uuid user, struct arena *mem, const char **ret, struct why *why)
{
	struct correction_list now;
	struct sender_memory_row row;
	*ret = NULL;
	TRY(storage_corrections(st, user, 0, mem, &now, why));
	if (now.version == 0)
		return ERR_NONE;
	enum err e = storage_memory_get(st, user, mem, &row, why);
	if (e != ERR_ABSENT)
		TRY(e);
	if (e == ERR_NONE && row.version == now.version) {
		*ret = row.json;
		return ERR_NONE;
	}
	bool whole;
	TRY(learn_all(st, user, mem, &row, &whole, why));
	*ret = row.json;
	return whole ? storage_memory_put(st, user, &row, why) : ERR_NONE;
}
