/* PATCH /results/{id}/fields: the person knows better. */
#include "header_values.h"
#include "job_json.h"
#include "observe.h"
#include "result_json.h"

static enum err
check_precondition(struct request *rq, const struct shown_result *r, struct why *why)
{
	char etag[ETAG_LEN];
	const char *wanted = request_header(rq, "If-Match");
	if (!wanted)
		return fail(why, ERR_PRECONDITION_REQUIRED, "%s", "");
	shown_result_etag(r, etag, sizeof etag);
	if (etag_matches(wanted, etag))
		return ERR_NONE;
	answer_header(rq, "ETag", "%s", etag);
	return fail(why, ERR_STALE, "it is at version %s", etag);
}

/* What the whole will be: what was read, the corrections that stay, and the new ones. */
static enum err
preview(const struct shown_result *r, const struct result_changes *c, json_t **ret, struct why *why)
{
	const struct correction_list *have = &r->row->corrections;
	struct result_correction laid[CORRECTIONS_OF_DOCUMENT_MAX + RESULT_CHANGES_MAX];
	OWNED(json_release) json_t *values = json_array();
	char today[RESULT_DATE_LEN];
	size_t n = 0;
	for (size_t i = 0; i < have->n; i++) {
		bool replaced = false;
		json_t *after = NULL;
		for (size_t k = 0; k < c->n && !replaced; k++)
			replaced = strcmp(have->list[i].path, c->list[k].path) == 0;
		if (replaced)
			continue;
		if (!have->list[i].after)
			after = json_null();
		else
			TRY(json_parse(have->list[i].after, strlen(have->list[i].after), &after, why));
		json_array_append_new(values, after);
		laid[n++] = (struct result_correction){have->list[i].path, after, have->list[i].made_ms};
	}
	for (size_t k = 0; k < c->n; k++)
		if (!c->list[k].undo)
			laid[n++] = (struct result_correction){c->list[k].path, c->list[k].after, 0};
	if (n > CORRECTIONS_OF_DOCUMENT_MAX)
		return fail(why, ERR_INVALID, "at most %d corrections of one document",
		            CORRECTIONS_OF_DOCUMENT_MAX);
	result_today(today);
	*ret = result_to_lay_on(r->read);
	result_overlay(*ret, laid, n, today);
	return ERR_NONE;
}

static void
name_fact(struct correction_change *ch, const struct result_facts *f)
{
	const struct {
		const char *path;
		enum list_fact fact;
		const char *value;
	} facts[] = {{"doc_type", LIST_TYPE, f->doc_type},
	             {"merchant_name", LIST_MERCHANT, f->merchant},
	             {"date", LIST_DATE, f->date},
	             {"total", LIST_TOTAL, f->total}};
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		if (strcmp(ch->path, facts[i].path) != 0)
			continue;
		ch->fact = facts[i].fact;
		ch->fact_value = facts[i].value;
		ch->fact_currency = ch->fact == LIST_TOTAL ? f->currency : NULL;
	}
}

/* NULL stays NULL, and so does JSON's. */
static enum err
text_of(struct request *rq, const json_t *j, const char **ret, struct why *why)
{
	*ret = NULL;
	if (!j || json_is_null(j))
		return ERR_NONE;
	OWNED(mem_free) char *text = json_text(j, NULL);
	ARENA_TRY(*ret, arena_strdup(rq->mem, text), rq->mem, why);
	return ERR_NONE;
}

static enum err
store(struct request *rq, const struct shown_result *r, const struct result_changes *c, struct why *why)
{
	OWNED(json_release) json_t *whole = NULL;
	struct correction_change changes[RESULT_CHANGES_MAX] = {0};
	TRY(preview(r, c, &whole, why));
	const struct result_facts f = result_facts(whole);
	for (size_t i = 0; i < c->n; i++) {
		changes[i].path = c->list[i].path;
		changes[i].undo = c->list[i].undo;
		if (changes[i].undo)
			continue;
		TRY(text_of(rq, c->list[i].before, &changes[i].before, why));
		TRY(text_of(rq, c->list[i].after, &changes[i].after, why));
		TRY(text_of(rq, c->list[i].region, &changes[i].region, why));
		name_fact(&changes[i], &f);
	}
	const struct correct o = {.user = rq->user->id,
	                          .job = rq->id,
	                          .version = r->row->version,
	                          .changes = changes,
	                          .n = c->n,
	                          .facts = {f.doc_type, f.merchant, f.date, f.total, f.currency},
	                          .request_id = rq->request_id};
	return storage_correct(request_storage(rq), &o, why);
}

static enum err
patch_fields(struct request *rq, struct why *why)
{
	OWNED(shown_result_free) struct shown_result r = {0};
	OWNED(shown_result_free) struct shown_result after = {0};
	OWNED(json_release) json_t *body = NULL;
	OWNED(result_changes_free) struct result_changes c = {0};
	char id[UUID_TEXT_LEN];
	TRY(shown_result_load(rq, &r, why));
	TRY(check_precondition(rq, &r, why));
	TRY(request_json(rq, &body, why));
	TRY(result_changes_read(body, r.shown, &c, why));
	TRY(store(rq, &r, &c, why));
	shown_result_free(&r);
	uuid_text(rq->id, id);
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "result.corrected", F_STR("job_id", id), F_INT("changes", (int64_t)c.n));
	TRY(shown_result_load(rq, &after, why));
	return answer_result(rq, &after, why);
}

const struct route route_patch_fields = {.name = "PATCH /results/{id}/fields",
                                         .handle = patch_fields,
                                         .auth = AUTH_SESSION,
                                         .runs = RUN_BLOCKING,
                                         .body = BODY_JSON};
